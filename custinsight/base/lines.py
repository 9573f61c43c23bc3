"""Transaction lines as the base reads them: which count, which are returns, and to which order each belongs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa

from custinsight.engine import Tabular, as_table, require_columns
from custinsight.errors import DataError
from custinsight.tables import MONEY

REQUIRED = ("customer_id", "doc_date", "amount_net")
LINE = ("customer_id", "order_id", "doc_date", "amount", "cost", "is_return")
OPTIONAL = ("doc_id", "doc_type", "status", "return_of", "cost")
UNITS = 10_000
"""Amounts are compared in whole ten-thousandths of the currency, so that equal amounts are equal."""


@dataclass(frozen=True)
class LineReader:
    """Transaction lines not read yet, of which each pass over them takes the columns it needs.

    One projection for all passes would be kept in memory by DuckDB, and would hinder it from leaving rows and columns
    in the file.

    Parameters
    ----------
    table : ibis.Table
        The lines as given.
    columns : mapping
        Name to expression over the table: customer_id, order_id, doc_date, amount (decimal; negative for a return),
        cost, is_return and further ones.
    counted : tuple
        Conditions that a line must meet to count.
    has_orders : bool
        Whether an order may be anything else than a customer's day.
    """

    table: ibis.Table
    columns: Mapping[str, Any]
    counted: tuple[Any, ...]
    has_orders: bool

    def select(self, *names: str, where: Any = None) -> ibis.Table:
        """Return these columns of the lines that count, and that meet one more condition."""
        more = () if where is None else (where,)
        return self.table.filter(*self.counted, *more).select(**{name: self.columns[name] for name in names})

    def until(self, end: dt.date) -> LineReader:
        """Leave out what is dated later."""
        return replace(self, counted=(*self.counted, self.columns["doc_date"] <= ibis.literal(end)))


def read_lines(transactions: Tabular, *extra: str) -> ibis.Table:
    """One row per line that counts: customer_id, order_id, doc_date, amount, cost, is_return and the extra columns.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        See :func:`custinsight.base.read_purchases`.
    *extra : str
        Further columns to keep, such as ``category``; null where the table has no such column.

    Returns
    -------
    ibis.Table
        Amounts as decimals; a line of type ``return`` is negative whatever sign it was exported with.
    """
    reader = open_lines(transactions, *extra)
    more = {name: reader.columns[name].cast("string") for name in extra}
    return replace(reader, columns={**reader.columns, **more}).select(*LINE, *extra)


def open_lines(transactions: Tabular, *extra: str) -> LineReader:
    """Say what each column of the lines is, without reading them; an extra column that is not there is null."""
    table = select_columns(transactions, (*REQUIRED, *OPTIONAL, *extra))
    amount, cost = table.amount_net.cast(MONEY), _column(table, "cost", MONEY)
    day = table.doc_date.cast("date")
    is_return = amount < 0
    if "doc_type" in table.columns:
        of_type = (table.doc_type == "return").fill_null(False)
        amount = ibis.ifelse(of_type, -amount.abs(), amount).cast(MONEY)
        cost = ibis.ifelse(of_type, -cost.abs(), cost).cast(MONEY)
        is_return = of_type | is_return
    columns = {
        "customer_id": table.customer_id,
        "order_id": _order_key(table, day, is_return),
        "doc_date": day,
        "amount": amount,
        "cost": cost,
        "is_return": is_return,
        **{name: table[name] if name in table.columns else ibis.null("string") for name in extra},
    }
    counted = [table.customer_id.notnull(), day.notnull(), amount.notnull()]
    if "status" in table.columns:
        counted.append(table.status.isnull() | (table.status == "posted"))
    has_orders = not {"doc_id", "return_of"}.isdisjoint(table.columns)
    return LineReader(table, columns, tuple(counted), has_orders)


def as_units(amount: Any) -> Any:
    """Turn a decimal column into whole ten-thousandths of the currency, int64."""
    return (amount * UNITS).cast("int64")


def as_day(day: str | dt.date) -> dt.date:
    """Read one calendar day.

    Raises
    ------
    DataError
        The text is no ISO 8601 date.

    Examples
    --------
    >>> as_day("2024-02-29")
    datetime.date(2024, 2, 29)
    """
    try:
        stamp = pd.Timestamp(dt.date.fromisoformat(day) if isinstance(day, str) else day)
        return dt.date(stamp.year, stamp.month, stamp.day)
    except (TypeError, ValueError):
        raise DataError("A day must look like 2024-12-31, got {day}.", day=repr(day)[:40]) from None


def select_columns(transactions: Tabular, columns: tuple[str, ...]) -> ibis.Table:
    """Take the columns needed; pandas dates that are text or numbers are read here, where errors can be explained."""
    if not isinstance(transactions, pd.DataFrame | pa.Table | ibis.Table):
        as_table(transactions)
    there = transactions.column_names if isinstance(transactions, pa.Table) else list(transactions.columns)
    chosen = [name for name in dict.fromkeys(columns) if name in there]
    if not isinstance(transactions, pd.DataFrame):
        table = as_table(transactions)
        require_columns(table, REQUIRED, name="The table transactions")
        return table.select(*chosen)
    require_columns(transactions, REQUIRED, name="The table transactions")
    frame = transactions[chosen].assign(doc_date=_as_dates(transactions["doc_date"]))
    for name in ("doc_id", "return_of"):
        # spreadsheets give numbers and text in one column
        if name in frame and frame[name].dtype == object:
            frame[name] = frame[name].map(str, na_action="ignore")
    table = as_table(frame)
    # a column without any value has no type yet
    return table.cast({"customer_id": "string"}) if table.customer_id.type().is_null() else table


def _as_dates(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    compact = pd.api.types.is_integer_dtype(values)
    try:
        return pd.to_datetime(values.astype("str") if compact else values, format="%Y%m%d" if compact else "ISO8601")
    except (TypeError, ValueError):
        raise DataError(
            "The column doc_date must hold days such as 2024-12-31, got a value that is none. "
            "Read the dates before handing the table over."
        ) from None


def _column(table: ibis.Table, name: str, dtype: str) -> Any:
    return table[name].cast(dtype) if name in table.columns else ibis.null(dtype)


def _order_key(table: ibis.Table, day: Any, is_return: Any) -> Any:
    """Document a line belongs to: the order it returns, its own document, or the day when it has no number."""
    own = day.cast("string")
    if "doc_id" in table.columns:
        own = table.doc_id.cast("string").nullif("").fill_null(own)
    if "return_of" not in table.columns:
        return own
    return ibis.ifelse(is_return, table.return_of.cast("string").nullif("").fill_null(own), own)
