"""Where tables live and run: DuckDB by default, any ibis backend by URL.

This is the one place where an expression is executed.
"""

from __future__ import annotations

import os
import uuid
import weakref
from collections.abc import Iterator
from typing import Any, TypeAlias

import ibis
import ibis.expr.datatypes as dtypes
import pandas as pd
import pyarrow as pa

from custinsight.errors import DataError
from custinsight.tables import TableSpec

Tabular: TypeAlias = pd.DataFrame | pa.Table | ibis.Table


def connect(url: str = "duckdb://", *, threads: int | None = None, memory_limit: str | None = None) -> Any:
    """Open an engine.

    Parameters
    ----------
    url : str
        ``duckdb://`` for DuckDB in memory, or the URL of any ibis backend.
    threads : int, optional
        Threads DuckDB may use; all cores when not given.
    memory_limit : str, optional
        For example ``"2GB"``.

    Returns
    -------
    ibis backend

    Examples
    --------
    >>> con = connect()
    >>> con.name
    'duckdb'
    """
    if not url.startswith("duckdb://"):
        return ibis.connect(url)
    con = ibis.duckdb.connect(url.removeprefix("duckdb://") or ":memory:")
    settings = {
        # a spill file would hold personal data in clear text
        "temp_directory": "",
        "preserve_insertion_order": "true",
        "TimeZone": "UTC",
    }
    if threads or os.environ.get("CUSTINSIGHT_THREADS"):
        settings["threads"] = str(threads or os.environ["CUSTINSIGHT_THREADS"])
    if memory_limit:
        settings["memory_limit"] = memory_limit
    for key, value in settings.items():
        con.raw_sql(f"SET {key} = '{value}'")
    # in a kernel without ipywidgets DuckDB refuses to change this, even to turn off what is off
    if con.raw_sql("SELECT current_setting('enable_progress_bar')").fetchone()[0]:
        con.raw_sql("SET enable_progress_bar = false")
    return con


def as_table(table: Tabular) -> ibis.Table:
    """Wrap a pandas frame or an Arrow table; an ibis table is handed back as it is.

    Examples
    --------
    >>> as_table(pd.DataFrame({"n": [1, 2]})).columns
    ('n',)
    """
    if isinstance(table, ibis.Table):
        if session := spark_session(table):
            # rows come and go as Arrow; one by one they are slow, and 'NaN' would stand where there is nothing
            session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
        return table
    if isinstance(table, pd.DataFrame):
        return ibis.memtable(pa.Table.from_pandas(table, preserve_index=False))
    if isinstance(table, pa.Table):
        return ibis.memtable(table)
    raise DataError(
        "A table must be a pandas frame, an Arrow table or an ibis table, got {kind}.",
        kind=type(table).__name__,
    )


def spark_session(table: ibis.Table) -> Any:
    """Return the Spark session that a table lives in; None for other engines.

    Examples
    --------
    >>> spark_session(as_table(pd.DataFrame({"n": [1, 2]}))) is None
    True
    """
    backend = table.get_backend()
    return backend.raw_sql("SELECT 1").sparkSession if backend.name == "pyspark" else None


def beside(small: ibis.Table, table: ibis.Table) -> ibis.Table:
    """Put a table where another one lives, so that they can be joined.

    Parameters
    ----------
    small : ibis.Table
        Wherever it lives.
    table : ibis.Table

    Returns
    -------
    ibis.Table
        ``small`` itself, or its rows as a view of Spark that goes with the last expression that uses it.

    Examples
    --------
    >>> people, sizes = as_table(pd.DataFrame({"id": [1]})), as_table(pd.DataFrame({"id": [1], "n": [5]}))
    >>> collect(people.inner_join(beside(sizes, people), "id"))["n"].tolist()
    [5]
    """
    session = spark_session(table)
    if session is None or spark_session(small) is not None:
        return small
    name = f"custinsight_{uuid.uuid4().hex}"
    session.createDataFrame(small.to_pyarrow()).createOrReplaceTempView(name)
    placed = table.get_backend().table(name)
    weakref.finalize(placed.op(), session.catalog.dropTempView, name).atexit = False
    return placed


def without_null_types(table: ibis.Table, spec: TableSpec | None = None) -> ibis.Table:
    """Give columns of nothing a type: that of the canonical table, else text.

    Examples
    --------
    >>> str(without_null_types(as_table(pa.table({"city": pa.nulls(1)}))).city.type())
    'string'
    """
    known = {column.name: column.dtype for column in spec.columns} if spec else {}
    nothing = [name for name, kind in table.schema().items() if kind.is_null()]
    return table.cast({name: known.get(name, "string") for name in nothing}) if nothing else table


def like(result: ibis.Table, given: Tabular) -> Any:
    """Hand a result back in the form of what was given: pandas in, pandas out; ibis in, ibis out (lazy).

    Examples
    --------
    >>> frame = pd.DataFrame({"n": [1, 2]})
    >>> like(as_table(frame), frame).shape
    (2, 1)
    """
    if isinstance(given, ibis.Table):
        return result
    return result.to_pyarrow() if isinstance(given, pa.Table) else collect(result, max_rows=None)


def collect(expr: ibis.Table, *, max_rows: int | None = 100_000) -> pd.DataFrame:
    """Run an expression and return its rows as pandas; decimals arrive as float64, dates as datetime64.

    Parameters
    ----------
    expr : ibis.Table
    max_rows : int or None
        More rows than this are a mistake of the caller: an analysis returns small frames. None for no bound.

    Raises
    ------
    DataError
        The result has more than ``max_rows`` rows.

    Examples
    --------
    >>> collect(as_table(pd.DataFrame({"n": [1, 2]})))["n"].sum()
    np.int64(3)
    """
    if max_rows is not None:
        expr = expr.limit(max_rows + 1)
    frame = plain(expr).to_pyarrow().to_pandas(date_as_object=False)
    if max_rows is not None and len(frame) > max_rows:
        raise DataError("The result must have at most {n} rows, got more.", n=max_rows)
    return frame


def plain(expr: ibis.Table) -> ibis.Table:
    """Cast decimals to float64, for arithmetic outside the engine."""
    casts = {name: "float64" for name, dtype in expr.schema().items() if isinstance(dtype, dtypes.Decimal)}
    return expr.cast(casts) if casts else expr


def batches(expr: ibis.Table, *, rows: int = 100_000) -> Iterator[pd.DataFrame]:
    """Run an expression and yield its rows as pandas frames of at most ``rows`` rows.

    Examples
    --------
    >>> sum(len(part) for part in batches(as_table(pd.DataFrame({"n": range(5)})), rows=2))
    5
    """
    for batch in plain(expr).to_pyarrow_batches(chunk_size=rows):
        yield batch.to_pandas(date_as_object=False)


def empty_table(spec: TableSpec) -> ibis.Table:
    """Make a table without rows that has a canonical table's columns and types.

    Examples
    --------
    >>> from custinsight.tables import TARGETS
    >>> collect(empty_table(TARGETS)).columns.to_list()
    ['owner_id', 'period', 'revenue_target']
    """
    schema = ibis.schema({column.name: column.dtype for column in spec.columns})
    return ibis.memtable(schema.to_pyarrow().empty_table())


def require_columns(table: ibis.Table | pd.DataFrame, columns: tuple[str, ...], *, name: str) -> None:
    """Refuse a table that lacks columns.

    Raises
    ------
    DataError
        Names the table, the missing columns and those there are.
    """
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DataError(
            "{name} must have the columns {missing}; it has {there}.",
            name=name,
            missing=", ".join(missing),
            there=", ".join(map(str, table.columns)),
        )
