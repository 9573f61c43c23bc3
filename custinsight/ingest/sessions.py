"""A session with a database server: opened in bounded time, for reading only, and never quoted with a secret."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import ibis

from custinsight.errors import CustinsightError, SourceError
from custinsight.ingest.credentials import Login, find_login
from custinsight.ingest.places import Place
from custinsight.urls import DatabaseUrl

CONNECT_SECONDS = 10
ANSWER_SECONDS = 600
"""Longest wait for one answer: the first rows of a sorted table, or the next batch."""

_DRIVERS = {
    "postgres": ("psycopg", "custinsight[postgres]"),
    "mysql": ("pymysql", "custinsight[mysql]"),
    "mssql": ("pyodbc", "ibis-framework[mssql]"),
    "oracle": ("oracledb", "ibis-framework[oracle]"),
    "snowflake": ("snowflake", "ibis-framework[snowflake]"),
    "clickhouse": ("clickhouse_connect", "ibis-framework[clickhouse]"),
    "trino": ("trino", "ibis-framework[trino]"),
}
# what these say is about the query's words, or the session's limits; others may quote a row
_POSTGRES_WORDS = frozenset({"25", "3F", "42", "55"})
_MYSQL_WORDS = frozenset({1044, 1046, 1049, 1054, 1060, 1064, 1109, 1142, 1143, 1146, 1305, 1356, 1370, 1792})
_MYSQL_REFUSED, _MYSQL_SLOW = frozenset({1045, 1130, 1698}), frozenset({1317, 1969, 3024})
_REFUSED = re.compile(r"authentication|password|pg_hba|role .* (does not exist|is not permitted)|access denied", re.I)
_NO_DATABASE = re.compile(r'database "?.*"? does not exist|unknown database', re.I)


@contextmanager
def open_session(place: Place) -> Iterator[Any]:
    """Open a session that may only read, where the server can promise that, and close it.

    Parameters
    ----------
    place : Place
        Of a database server.

    Yields
    ------
    ibis backend, or a pymysql connection for MySQL
        ibis would read a MySQL result whole, and its decimals through floats.

    Raises
    ------
    SourceError
        The driver is not installed, no login is to be found, the server does not answer or refuses the login. Nothing
        that a driver says about a login is repeated.
    """
    assert place.server is not None
    url, login = place.server.url, find_login(place.server.credentials, source=place.source)
    _require_driver(url, place)
    try:
        session = _open(url, login)
    except Exception as error:
        raise _unopened(error, place) from None
    try:
        with answering(place, login):
            yield session
    finally:
        with suppress(Exception):
            session.close() if url.backend == "mysql" else session.disconnect()


@contextmanager
def answering(place: Place, login: Login) -> Iterator[None]:
    """Turn what a driver raises into one sentence, without a value of a row and without the login."""
    try:
        yield
    except CustinsightError:
        raise
    except Exception as error:
        raise _unanswered(error, place, login) from None


def _require_driver(url: DatabaseUrl, place: Place) -> None:
    module, package = _DRIVERS[url.backend]
    if importlib.util.find_spec(module) is None:
        raise SourceError(
            "sources.{source}.url needs the driver of {backend}, which is not installed. Run: {command}",
            source=place.source,
            backend=url.backend,
            command=f'pip install "{package}"',
        )


def _open(url: DatabaseUrl, login: Login) -> Any:
    if url.backend == "mysql":
        return _open_mysql(url, login)
    options: dict[str, Any] = dict(login.options)
    if url.backend == "postgres":
        return _open_postgres(url, options)
    if url.backend == "trino" and "password" in options:
        options["auth"] = options.pop("password")
    if url.backend == "snowflake":
        # it would write functions of its own into the database
        options["create_object_udfs"] = False
    return ibis.connect(url.text, **options)


def _open_postgres(url: DatabaseUrl, options: dict[str, Any]) -> Any:
    alive = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
    session = ibis.connect(url.text, connect_timeout=CONNECT_SECONDS, **alive, **options)
    # both: the session's default, and what each transaction of the driver says
    session.con.read_only = True
    for setting in (
        "default_transaction_read_only = on",
        f"statement_timeout = '{ANSWER_SECONDS}s'",
        f"lock_timeout = '{CONNECT_SECONDS}s'",
    ):
        session.raw_sql(f"SET {setting}").close()
    return session


def _open_mysql(url: DatabaseUrl, login: Login) -> Any:
    import pymysql

    parts = urlsplit(url.text)
    named = {"host": parts.hostname, "port": parts.port, "user": unquote(parts.username or "")}
    session = pymysql.connect(
        **{**{name: value for name, value in named.items() if value}, **login.options},
        **{"charset": "utf8mb4", **dict(parse_qsl(parts.query))},
        database=parts.path.strip("/") or None,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=ANSWER_SECONDS,
        autocommit=True,
        cursorclass=pymysql.cursors.SSCursor,
    )
    with session.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.execute("SET time_zone = '+00:00'")
    return session


def _unopened(error: Exception, place: Place) -> SourceError:
    text, number = str(error), _mysql_number(error)
    if number in _MYSQL_REFUSED or (number is None and _REFUSED.search(text)):
        return SourceError(
            "sources.{source}.{key}: {file} must be opened by a user and a password that it accepts, got a refusal. "
            "Check what credentials names, or the driver's own password file.",
            **place.names,
        )
    if number in (1044, 1049) or _NO_DATABASE.search(text):
        return SourceError(
            "sources.{source}.{key}: the database {file} must be there and open to the user, got a refusal.",
            **place.names,
        )
    return SourceError(
        "sources.{source}.{key}: {file} must be a database that answers within {n} seconds, got no connection. "
        "Check server, port and network.",
        n=CONNECT_SECONDS,
        **place.names,
    )


def _unanswered(error: Exception, place: Place, login: Login) -> SourceError:
    state, number = getattr(error, "sqlstate", None) or "", _mysql_number(error)
    if state == "57014" or number in _MYSQL_SLOW:
        return SourceError(
            "sources.{source}.{key}: {file} must answer within {n} seconds, got nothing. Ask it for fewer rows.",
            n=ANSWER_SECONDS,
            **place.names,
        )
    words = ""
    if number in _MYSQL_WORDS:
        words = str(error.args[1])
    elif state[:2] in _POSTGRES_WORDS:
        words = getattr(getattr(error, "diag", None), "message_primary", None) or ""
    elif type(error).__name__ == "TableNotFound":
        words = f"no such table: {error}"
    why = login.scrub(words).splitlines()[0][:200].rstrip(".") if words else f"{type(error).__name__} {state}".strip()
    return SourceError(
        "sources.{source}.{key}: {file} must be able to answer, got: {why}.", **{**place.names, "why": why}
    )


def _mysql_number(error: Exception) -> int | None:
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) and type(error).__module__.startswith("pymysql") else None
