"""Spark as an engine of matching: what is written for a connection of DuckDB runs in a Spark session.

Tables are temporary views of a session of their own, so that no name of the user's is touched; they are kept in memory
and on the executors' disks as Spark keeps what is cached, and written nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from pyspark import cloudpickle
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.functions import pandas_udf
from sqlglot import exp

from custinsight.match import similarity
from custinsight.match.spark_sql import read_sql, translate_settings, write_sql

_TYPES = {"DOUBLE": "double"}
_SETTINGS = {
    # division and casts behave as they do by default in Spark 4, whatever the user's session says
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}


class SparkEngine:
    """A session of Spark that is spoken to as a connection of DuckDB.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        The user's; its cluster is used, its tables and settings are left alone.
    """

    def __init__(self, session: SparkSession) -> None:
        self.session = session.newSession()
        for name in ("spark.sql.shuffle.partitions", "spark.sql.adaptive.enabled"):
            self.session.conf.set(name, session.conf.get(name))
        for name, value in _SETTINGS.items():
            self.session.conf.set(name, value)

    def execute(self, sql: str) -> Answer:
        """Run a statement in DuckDB's SQL."""
        tree = read_sql(sql)
        if isinstance(tree, exp.Create):
            return self._create(tree)
        return Answer(self.session.sql(write_sql(tree)))

    def _create(self, tree: exp.Create) -> Answer:
        """Make a table of a query's rows; it may take the place of one that the query reads."""
        query = tree.expression
        query.set("order", None)  # rows of Spark have none
        # not persisted: a table that is made of itself ten times over would remember all ten
        frame = self.session.sql(write_sql(query)).localCheckpoint()
        frame.createOrReplaceTempView(tree.this.name)
        return Answer(frame)

    def register(self, name: str, table: pa.Table) -> None:
        """Make an Arrow table known under a name."""
        self.session.createDataFrame(table).createOrReplaceTempView(name)

    def unregister(self, name: str) -> None:
        """Forget a table."""
        self.session.catalog.dropTempView(name)

    def create_function(
        self, name: str, function: Callable[..., pa.Array], parameters: Sequence[str], return_type: str, *, type: str
    ) -> None:
        """Make a function of two Arrow arrays of text known to SQL."""

        def call(left: pd.Series, right: pd.Series) -> pd.Series:
            # an absent text may arrive as nan
            texts = (pa.Array.from_pandas(values, type=pa.string()) for values in (left, right))
            return function(*texts).to_pandas()

        call.__annotations__ = {"left": pd.Series, "right": pd.Series, "return": pd.Series}
        # sent along as it is: the cluster needs rapidfuzz, not this package
        cloudpickle.register_pickle_by_value(similarity)
        try:
            self.session.udf.register(name, pandas_udf(call, _TYPES[return_type]))
        finally:
            cloudpickle.unregister_pickle_by_value(similarity)

    def close(self) -> None:
        """Let go of all that was kept."""
        for view in self.session.sql("SHOW VIEWS").collect():
            if view.isTemporary:
                self.session.catalog.uncacheTable(view.viewName)
                self.session.catalog.dropTempView(view.viewName)


class Answer:
    """The rows of a query.

    Parameters
    ----------
    frame : pyspark.sql.DataFrame
    """

    def __init__(self, frame: DataFrame) -> None:
        self.frame = frame

    def fetchone(self) -> tuple[Any, ...] | None:
        """Return the first row."""
        return next(iter(self.fetchall()), None)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return [tuple(row) for row in self.frame.collect()]

    def to_arrow_table(self) -> pa.Table:
        """Return all rows as an Arrow table."""
        return self.frame.toArrow()


def splink_table_of_spark(con: Any, name: str) -> Any:
    """Make a table known to Splink; see :func:`custinsight.match.engines.splink_table`."""
    from splink import SparkAPI

    # likeness is measured by our own functions, so that Splink's jar is not needed
    api = SparkAPI(spark_session=con.session, break_lineage_method="persist", register_udfs_automatically=False)
    return api.register(name)


def open_spark_linker(con: Any, settings: Mapping[str, Any]) -> Any:
    """Open Splink on the table ``records``; see :func:`custinsight.match.engines.open_linker`."""
    from splink import Linker

    records = con.session.table("records")
    counted = [name for name in records.columns if name.startswith("tf_")]
    # Splink joins its own columns of these names to the records: in Spark no two may have the same
    records.drop(*counted).createOrReplaceTempView("records_to_link")
    linker = Linker(splink_table_of_spark(con, "records_to_link"), translate_settings(settings), log_level=None)
    for name in counted:
        column = name.removeprefix("tf_")
        records.select(column, name).dropna().distinct().createOrReplaceTempView(f"lookup_{name}")
        linker.table_management.register_term_frequency_lookup(splink_table_of_spark(con, f"lookup_{name}"), column)
    return linker
