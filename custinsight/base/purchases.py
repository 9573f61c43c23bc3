"""The one place that turns transaction lines into orders, purchase days and money by day.

An **order** is (customer, doc_id); without a document number it is (customer, day). A **return** is a line of type
``return`` or a negative line: money on its own day, and no order. It belongs to the order that ``return_of`` names,
or else to its own document. An order whose returned amount reaches what was bought is **wholly returned** and no
purchase; a document of free goods (bought 0, returned nothing) is one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, TypeAlias

import ibis
import pandas as pd
import pyarrow as pa

from custinsight.engine import Tabular, as_table, collect, require_columns
from custinsight.errors import DataError
from custinsight.tables import MONEY

REQUIRED = ("customer_id", "doc_date", "amount_net")
OPTIONAL = ("doc_id", "doc_type", "status", "return_of", "cost")
UNITS = 10_000
"""Amounts are compared in whole ten-thousandths of the currency, so that equal amounts are equal."""


@dataclass(frozen=True)
class Purchases:
    """Transactions read once; every function of the base takes them in place of the lines.

    Parameters
    ----------
    pieces : ibis.Table
        One row per customer, order and day, kept in the engine: customer_id, order_id, doc_date, amount, profit,
        costed (amount whose cost is known), sold, returned (both positive), sales (number of lines that are no
        return).
    has_cost : bool
        Whether any line has a cost. If not, profit is unknown and analyses go by spend.
    first, last : datetime.date or None
        First and last day of the lines; None when there is no line.
    """

    pieces: ibis.Table
    has_cost: bool
    first: dt.date | None
    last: dt.date | None

    @property
    def value_column(self) -> str:
        """Measure that customers are ranked by: ``profit``, or ``spend`` when no cost is known."""
        return "profit" if self.has_cost else "spend"

    def until(self, end: dt.date) -> ibis.Table:
        """Return the pieces dated up to ``end``: what was known at the end of that day."""
        return self.pieces.filter(self.pieces.doc_date <= ibis.literal(end))


TransactionsLike: TypeAlias = Tabular | Purchases


def read_purchases(transactions: TransactionsLike) -> Purchases:
    """Read transactions once, for several analyses of the same lines.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines with customer_id, doc_date and amount_net; optionally doc_id, doc_type, status, return_of and cost.
        Dates may be text (ISO 8601), dates or timestamps, of pandas also whole numbers such as 20241231. Lines
        without customer, date or amount belong to nobody and are left out, as are lines whose status is known and
        not ``posted``.

    Returns
    -------
    Purchases
        The argument itself if it is one already.

    Raises
    ------
    DataError
        A required column is missing, or a date is no date.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount_net": [5, 7, -2],
    ...                       "doc_date": ["2024-01-03", "2024-02-05", "2024-02-06"]})
    >>> purchases = read_purchases(lines)
    >>> purchases.value_column, purchases.last.isoformat()
    ('spend', '2024-02-06')
    """
    if isinstance(transactions, Purchases):
        return transactions
    pieces = group_pieces(read_lines(transactions)).cache()
    known = pieces.aggregate(
        first=pieces.doc_date.min(), last=pieces.doc_date.max(), costed=(pieces.costed_lines > 0).any()
    )
    facts = collect(known).iloc[0]
    if pd.isna(facts["first"]):
        return Purchases(pieces, has_cost=False, first=None, last=None)
    return Purchases(pieces, bool(facts["costed"]), facts["first"].date(), facts["last"].date())


def read_lines(transactions: Tabular, *extra: str) -> ibis.Table:
    """One row per line that counts: customer_id, order_id, doc_date, amount, cost, is_return and the extra columns.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        See :func:`read_purchases`.
    *extra : str
        Further columns to keep, such as ``category``; null where the table has no such column.

    Returns
    -------
    ibis.Table
        Amounts as decimals; a line of type ``return`` is negative whatever sign it was exported with.
    """
    table = _selected(transactions, (*REQUIRED, *OPTIONAL, *extra))
    amount, cost = table.amount_net.cast(MONEY), _column(table, "cost", MONEY)
    day = table.doc_date.cast("date")
    is_return = amount < 0
    if "doc_type" in table.columns:
        of_type = (table.doc_type == "return").fill_null(False)
        amount = ibis.ifelse(of_type, -amount.abs(), amount).cast(MONEY)
        cost = ibis.ifelse(of_type, -cost.abs(), cost).cast(MONEY)
        is_return = of_type | is_return
    lines = table.select(
        "customer_id",
        order_id=_order_key(table, day, is_return),
        doc_date=day,
        amount=amount,
        cost=cost,
        is_return=is_return,
        status=_column(table, "status", "string"),
        **{name: _column(table, name, "string") for name in extra},
    )
    counts = lines.status.isnull() | (lines.status == "posted")
    belongs = lines.customer_id.notnull() & lines.doc_date.notnull() & lines.amount.notnull()
    return lines.filter(counts, belongs).drop("status")


def group_pieces(lines: ibis.Table) -> ibis.Table:
    """One row per customer, order and day; see :class:`Purchases`."""
    zero = ibis.literal(0).cast(MONEY)
    known = lines.cost.notnull()
    return lines.group_by("customer_id", "order_id", "doc_date").aggregate(
        amount=lines.amount.sum(),
        profit=ibis.ifelse(known, lines.amount - lines.cost, zero).sum(),
        costed=ibis.ifelse(known, lines.amount, zero).sum(),
        costed_lines=known.cast("int64").sum(),
        sold=ibis.ifelse(lines.is_return, zero, lines.amount).sum(),
        returned=ibis.ifelse(lines.is_return, -lines.amount, zero).sum(),
        sales=(~lines.is_return).cast("int64").sum(),
    )


def find_orders(pieces: ibis.Table) -> ibis.Table:
    """One row per order: customer_id, order_id, order_date, returned_on (null unless wholly returned).

    An order is dated by its first line that is no return, and wholly returned from the day of its last return on.
    """
    day = pieces.doc_date
    grouped = pieces.group_by("customer_id", "order_id").aggregate(
        order_date=day.min(where=pieces.sales > 0),
        sold=pieces.sold.sum(),
        returned=pieces.returned.sum(),
        last_return=day.max(where=pieces.returned > 0),
    )
    grouped = grouped.filter(grouped.order_date.notnull())
    wholly = (grouped.returned > 0) & (grouped.returned >= grouped.sold)
    return grouped.select(
        "customer_id",
        "order_id",
        "order_date",
        returned_on=ibis.ifelse(wholly, ibis.greatest(grouped.last_return, grouped.order_date), ibis.null("date")),
    )


def find_occasions(pieces: ibis.Table) -> ibis.Table:
    """One row per customer and purchase day: customer_id, day, orders, amount.

    The amount is the day's net total, returns of that day included, without orders that were wholly returned.
    """
    orders = find_orders(pieces)
    kept, undone = orders.filter(orders.returned_on.isnull()), orders.filter(orders.returned_on.notnull())
    money = pieces.anti_join(undone, ["customer_id", "order_id"])
    money = money.select("customer_id", day=money.doc_date, orders=ibis.literal(0, "int64"), amount=money.amount)
    marks = kept.select(
        "customer_id",
        day=kept.order_date,
        orders=ibis.literal(1, "int64"),
        amount=ibis.literal(0).cast(money.amount.type()),
    )
    both = money.union(marks)
    days = both.group_by("customer_id", "day").aggregate(orders=both.orders.sum(), amount=both.amount.sum())
    return days.filter(days.orders > 0)


def list_events(pieces: ibis.Table) -> ibis.Table:
    """One row per event: money of a customer's order on its day, or an order.

    Columns customer_id, day, amount, profit, costed, orders (1 for an order, else 0) and returned_on. All lines are
    in the money, also those of orders that were returned, each on its own day.
    """
    orders = find_orders(pieces)
    money = pieces.select(
        "customer_id",
        day=pieces.doc_date,
        amount=pieces.amount,
        profit=pieces.profit,
        costed=pieces.costed,
        orders=ibis.literal(0, "int64"),
        returned_on=ibis.null("date"),
    )
    nothing = ibis.literal(0).cast(money.amount.type())
    marks = orders.select(
        "customer_id",
        day=orders.order_date,
        amount=nothing,
        profit=nothing,
        costed=nothing,
        orders=ibis.literal(1, "int64"),
        returned_on=orders.returned_on,
    )
    return money.union(marks)


def sum_customers(events: ibis.Table, start: dt.date, end: dt.date) -> ibis.Table:
    """One row per customer with a line in the span: customer_id, orders, spend, profit, costed.

    ``orders`` counts those not wholly returned by ``end``; it is 0 for a customer that only returned goods.
    """
    inside = events.filter(events.day.between(ibis.literal(start), ibis.literal(end)))
    stands = inside.returned_on.isnull() | (inside.returned_on > ibis.literal(end))
    return inside.group_by("customer_id").aggregate(
        orders=ibis.ifelse(stands, inside.orders, 0).sum(),
        spend=inside.amount.sum(),
        profit=inside.profit.sum(),
        costed=inside.costed.sum(),
    )


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


def _selected(transactions: Tabular, columns: tuple[str, ...]) -> ibis.Table:
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
    return as_table(frame)


def _as_dates(values: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(values):
        return values
    compact = pd.api.types.is_integer_dtype(values)
    try:
        return pd.to_datetime(values, format="%Y%m%d" if compact else "ISO8601")
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
