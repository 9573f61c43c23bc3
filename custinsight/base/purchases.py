"""The one place that turns transaction lines into orders, purchase days and money by day.

An **order** is (customer, doc_id); without a document number it is (customer, day). A **return** is a line of type
``return`` or a negative line: money on its own day, and no order. It belongs to the order that ``return_of`` names,
or else to its own document. An order whose returned amount reaches what was bought is **wholly returned** and no
purchase; a document of free goods (bought 0, returned nothing) is one.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TypeAlias

import ibis
import pandas as pd

from custinsight.base.lines import read_lines
from custinsight.engine import Tabular, collect
from custinsight.tables import MONEY


@dataclass(frozen=True)
class Purchases:
    """Transactions read once; every function of the base takes them in place of the lines.

    What an order without any return has to say does not depend on the day one looks from, so it is summed by day
    here. Orders with returns are kept apart, for whether they count depends on what was known.

    Parameters
    ----------
    days : ibis.Table
        One row per customer and day, of orders without returns, kept in the engine: customer_id, day, amount, profit,
        costed (amount whose cost is known), orders.
    pieces : ibis.Table
        One row per customer, order and day, of orders with returns and of returns, kept in the engine; see
        :func:`group_pieces`.
    has_cost : bool
        Whether any line has a cost. If not, profit is unknown and analyses go by spend.
    first, last : datetime.date or None
        First and last day of the lines; None when there is no line.
    """

    days: ibis.Table
    pieces: ibis.Table
    has_cost: bool
    first: dt.date | None
    last: dt.date | None

    @property
    def value_column(self) -> str:
        """Measure that customers are ranked by: ``profit``, or ``spend`` when no cost is known."""
        return "profit" if self.has_cost else "spend"

    def events(self, end: dt.date) -> ibis.Table:
        """Return money and orders as known at the end of a day; see :func:`list_events`."""
        days = self.days.filter(self.days.day <= ibis.literal(end))
        known = self.pieces.filter(self.pieces.doc_date <= ibis.literal(end))
        return days.mutate(returned_on=ibis.null("date")).union(list_events(known))

    def occasions(self, end: dt.date) -> ibis.Table:
        """Return purchase days as known at the end of a day; see :func:`find_occasions`."""
        days = self.days.filter(self.days.day <= ibis.literal(end))
        known = self.pieces.filter(self.pieces.doc_date <= ibis.literal(end))
        return _sum_occasions(days.select("customer_id", "day", "orders", "amount").union(_kept_events(known)))


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
    returned = pieces.filter(pieces.returned > 0).select("customer_id", "order_id").distinct()
    days = _sum_days(pieces.anti_join(returned, ["customer_id", "order_id"])).cache()
    apart = pieces.semi_join(returned, ["customer_id", "order_id"]).cache()
    facts = collect(known).iloc[0]
    if pd.isna(facts["first"]):
        return Purchases(days, apart, has_cost=False, first=None, last=None)
    return Purchases(days, apart, bool(facts["costed"]), facts["first"].date(), facts["last"].date())


def group_pieces(lines: ibis.Table) -> ibis.Table:
    """One row per customer, order and day of a line.

    customer_id, order_id, doc_date, amount, profit, costed (amount whose cost is known), costed_lines, sold and
    returned (both positive), sales (number of lines that are no return).
    """
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
    return _sum_occasions(_kept_events(pieces))


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


def _sum_days(pieces: ibis.Table) -> ibis.Table:
    """Sum orders without returns by customer and day."""
    orders = pieces.group_by("customer_id", "order_id").aggregate(day=pieces.doc_date.min())
    money = pieces.select(
        "customer_id",
        day=pieces.doc_date,
        amount=pieces.amount,
        profit=pieces.profit,
        costed=pieces.costed,
        orders=ibis.literal(0, "int64"),
    )
    nothing = ibis.literal(0).cast(money.amount.type())
    marks = orders.select(
        "customer_id", "day", amount=nothing, profit=nothing, costed=nothing, orders=ibis.literal(1, "int64")
    )
    both = money.union(marks)
    return both.group_by("customer_id", "day").aggregate(
        **{name: both[name].sum() for name in ("amount", "profit", "costed", "orders")}
    )


def _kept_events(pieces: ibis.Table) -> ibis.Table:
    """Money and orders, without those wholly returned: customer_id, day, orders (0 or 1), amount."""
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
    return money.union(marks)


def _sum_occasions(events: ibis.Table) -> ibis.Table:
    days = events.group_by("customer_id", "day").aggregate(orders=events.orders.sum(), amount=events.amount.sum())
    return days.filter(days.orders > 0)
