"""Where pairs are drawn, compared and scored: DuckDB by default, Spark where the customers live there.

The rest of this room speaks to an engine as to a connection of DuckDB, in DuckDB's SQL: lists are measured by ``len``,
texts by ``length``, lists are made by ``list(x ORDER BY x)``. A connection of DuckDB is an engine as it is;
:mod:`custinsight.match.spark` makes one of a Spark session. What differs between them stands there and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import duckdb
import ibis
import pyarrow as pa

from custinsight import engine


class Engine(Protocol):
    """What a connection of DuckDB offers and this room uses."""

    def execute(self, sql: str) -> Any:
        """Run SQL; the result has fetchone, fetchall and to_arrow_table."""

    def register(self, name: str, table: pa.Table) -> Any:
        """Make an Arrow table known under a name."""

    def unregister(self, name: str) -> Any:
        """Forget it."""

    def create_function(
        self, name: str, function: Callable[..., pa.Array], parameters: Sequence[str], return_type: str, *, type: str
    ) -> Any:
        """Make a function of Arrow arrays known to SQL."""

    def close(self) -> None:
        """Leave nothing behind."""


def open_engine(customers: ibis.Table) -> Engine:
    """Open the engine that a table of customers lives in, else DuckDB.

    Parameters
    ----------
    customers : ibis.Table

    Returns
    -------
    Engine
        One that shares no names with the user's connection.

    Examples
    --------
    >>> open_engine(ibis.memtable({"n": [1]})).execute("SELECT len([1, 2])").fetchone()
    (2,)
    """
    if session := engine.spark_session(customers):
        from custinsight.match.spark import SparkEngine

        return SparkEngine(session)
    # one thread, so that sums have one order
    connection: Engine = engine.connect(threads=1).con
    return connection


def splink_table(con: Engine, name: str) -> Any:
    """Make a table of an engine known to Splink.

    Parameters
    ----------
    con : Engine
    name : str

    Returns
    -------
    splink.SplinkDataFrame
        What a linker of this engine takes.
    """
    if _is_duckdb(con):
        from splink import DuckDBAPI  # heavy: only who matches pays for the import

        return DuckDBAPI(connection=con).register(name)
    from custinsight.match.spark import splink_table_of_spark

    return splink_table_of_spark(con, name)


def open_linker(con: Engine, settings: Mapping[str, Any]) -> Any:
    """Open Splink on the table ``records`` of an engine.

    Parameters
    ----------
    con : Engine
        Columns ``tf_…`` of its records are term frequencies of a larger table.
    settings : mapping
        Splink's settings, in DuckDB's SQL.

    Returns
    -------
    splink.Linker
    """
    if _is_duckdb(con):
        from splink import Linker

        return Linker(splink_table(con, "records"), dict(settings), log_level=None)
    from custinsight.match.spark import open_spark_linker

    return open_spark_linker(con, settings)


def _is_duckdb(con: Engine) -> bool:
    return isinstance(con, duckdb.DuckDBPyConnection)


def read_learnt(linker: Any, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a linker has learnt, in the SQL of the settings it was opened with: the same whichever the engine.

    Parameters
    ----------
    linker : splink.Linker
    settings : mapping
        Those it was opened with, in DuckDB's SQL.

    Returns
    -------
    dict
        JSON-able settings.
    """
    learnt = dict(linker.misc.save_model_to_json(out_path=None))
    del learnt["linker_uid"]  # drawn at random; the same input shall give the same settings
    for comparison, given in zip(learnt["comparisons"], settings["comparisons"], strict=True):
        for level, written in zip(comparison["comparison_levels"], given["comparison_levels"], strict=True):
            level["sql_condition"] = written["sql_condition"]
    rules = "blocking_rules_to_generate_predictions"
    for rule, written in zip(learnt[rules], settings[rules], strict=True):
        rule |= {"blocking_rule": written["blocking_rule"], "sql_dialect": "duckdb"}
    return learnt | {"sql_dialect": "duckdb"}
