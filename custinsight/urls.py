"""Database URLs of a plan: which kinds are allowed, and that none of them carries a password."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from custinsight.errors import PlanError

FILES = ("sqlite", "duckdb")
"""Databases that are a file on this machine."""
_SCHEMES = {"postgresql": "postgres", "postgres": "postgres", "mysql": "mysql", "mariadb": "mysql"} | {
    name: name for name in ("mssql", "oracle", "snowflake", "clickhouse", "trino", *FILES)
}
_PARAMETERS = {
    "postgres": ("host", "sslmode", "sslrootcert", "sslcert", "sslkey"),
    "mysql": ("charset", "unix_socket"),
    "mssql": ("driver", "Encrypt", "TrustServerCertificate"),
    "oracle": ("service_name", "sid"),
    "snowflake": ("warehouse", "role"),
    "clickhouse": ("secure",),
    "trino": ("http_scheme",),
}


@dataclass(frozen=True)
class DatabaseUrl:
    """A database that a plan names; it holds no secret.

    Parameters
    ----------
    backend : str
        Name of the ibis backend.
    text : str
        The URL as ibis takes it.
    label : str
        What reports and errors call the database: its name, without host and user.
    file : str
        Path of a database that is a file, else empty.
    """

    backend: str
    text: str
    label: str
    file: str = ""


def parse_url(text: str, *, source: str) -> DatabaseUrl:
    """Read the URL of a source's database.

    Parameters
    ----------
    text : str
        Such as ``postgresql://erp.example/sales`` or ``sqlite://erp.db``.
    source : str
        Name of the source, for errors. They never repeat the URL, which may hold what must not be shown.

    Raises
    ------
    PlanError
        It is the URL of no known kind of database, names none, holds a password, or has other parameters than those
        that are known to be harmless.

    Examples
    --------
    >>> parse_url("postgresql://audit@erp.example:5433/sales", source="erp").label
    'sales'
    >>> parse_url("postgresql://audit:secret@erp.example/sales", source="erp")
    Traceback (most recent call last):
    custinsight.errors.PlanError: sources[erp].url must not hold a password. Name where it is kept:
    credentials = "env:ERP" or "keyring:service/user".
    """
    try:
        parts = urlsplit(text.strip())
        plain = not (parts.fragment or parts.port == 0)
    except ValueError:
        plain = False
    backend = _SCHEMES.get(parts.scheme) if plain else None
    if backend is None:
        raise PlanError(
            "sources[{source}].url must be the URL of a database such as postgresql://server/database, "
            "got something else. Known are {known}.",
            source=source,
            known=", ".join(sorted(_SCHEMES)),
        ) from None
    if parts.password is not None:
        raise PlanError(
            "sources[{source}].url must not hold a password. Name where it is kept: "
            'credentials = "env:ERP" or "keyring:service/user".',
            source=source,
        )
    _require_harmless(parts, backend, source)
    if backend in FILES:
        return _file_url(parts, backend, source)
    database = "/".join(filter(None, (unquote(part) for part in parts.path.split("/"))))
    return DatabaseUrl(backend, parts._replace(scheme=backend).geturl(), database or backend)


def _require_harmless(parts: SplitResult, backend: str, source: str) -> None:
    """Let only known parameters through: others could hold a secret, or take the session's limits away."""
    known = _PARAMETERS.get(backend, ())
    given = parse_qsl(parts.query, keep_blank_values=True)
    if any(name not in known for name, _ in given):
        raise PlanError(
            "sources[{source}].url must have no parameters but {known}, got another one.",
            source=source,
            known=", ".join(known) or "-",
        )


def _file_url(parts: SplitResult, backend: str, source: str) -> DatabaseUrl:
    path = unquote(parts.netloc + parts.path)
    if not path.strip("/"):
        raise PlanError(
            "sources[{source}].url must name a file, such as {example}, got none.",
            source=source,
            example=f"{backend}://erp.{backend}",
        )
    return DatabaseUrl(backend, f"{backend}://{path}", path.rsplit("/", 1)[-1], path)
