"""Transactions read once: what every analysis of the base starts from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import ibis
import pandas as pd

from custinsight.base.lines import LINE, LineReader, open_lines
from custinsight.base.orders import ORDER, group_pieces, kept_days, list_events
from custinsight.engine import Tabular, collect
from custinsight.tables import MONEY


@dataclass(frozen=True)
class Purchases:
    """Transactions read once; every function of the base takes them in place of the lines.

    What an order of one day without any return has to say does not depend on the day one looks from, so it is summed
    by day here. Other orders are kept apart, for whether and when they count depends on what was known.

    Parameters
    ----------
    days : ibis.Table
        One row per customer and day, of orders of one day without returns, kept in the engine: customer_id, day,
        amount, profit, costed (amount whose cost is known), orders.
    pieces : ibis.Table
        One row per customer, order and day, of all other orders and of returns, kept in the engine; see
        :func:`custinsight.base.orders.group_pieces`.
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
    _kept: dict[Any, ibis.Table] = field(default_factory=dict, repr=False, compare=False)

    @property
    def value_column(self) -> str:
        """Measure that customers are ranked by: ``profit``, or ``spend`` when no cost is known."""
        return "profit" if self.has_cost else "spend"

    def events(self, end: dt.date) -> ibis.Table:
        """Return money and orders as known at the end of a day; see :func:`custinsight.base.orders.list_events`."""
        days = self.days.filter(self.days.day <= ibis.literal(end))
        return days.mutate(returned_on=ibis.null("date")).union(list_events(self._known(end)))

    def occasions(self, end: dt.date) -> ibis.Table:
        """Return purchase days as known at the end of a day; see :func:`custinsight.base.orders.find_occasions`."""
        days = self.days.filter(self.days.day <= ibis.literal(end))
        both = days.select("customer_id", "day", lines=days.orders, amount=days.amount)
        both = both.union(kept_days(self._known(end)))
        summed = both.group_by("customer_id", "day").aggregate(lines=both.lines.sum(), amount=both.amount.sum())
        return summed.filter(summed.lines > 0)

    def only(self, customers: ibis.Table) -> Purchases:
        """Return the purchases of some customers, given by a table with customer_id."""
        days, pieces = (table.semi_join(customers, "customer_id") for table in (self.days, self.pieces))
        return replace(self, days=days, pieces=pieces, _kept={})

    def remember(self, key: Any, make: Callable[[], ibis.Table]) -> ibis.Table:
        """Keep a table in the engine that several analyses of these purchases share."""
        if key not in self._kept:
            self._kept[key] = make().cache()
        return self._kept[key]

    def _known(self, end: dt.date) -> ibis.Table:
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
    return transactions if isinstance(transactions, Purchases) else purchases_of(open_lines(transactions))


def purchases_of(reader: LineReader, *dims: str) -> Purchases:
    """Read lines; days and pieces are further apart by ``dims``, columns of the reader, where given."""
    orders = _sum_orders(reader, dims).cache()
    simple = (orders.returns == 0) & (orders.day == orders.last_day)
    whole = orders.filter(simple)
    days = whole.group_by(*dims, "customer_id", "day").aggregate(
        **{name: whole[name].sum().cast(MONEY) for name in ("amount", "profit", "costed")}, orders=whole.count()
    )
    odd = orders.filter(~simple).select(*dims, *ORDER)
    pieces = group_pieces(reader.select(*dims, *LINE).semi_join(odd, [*dims, *ORDER]), *dims)
    known = orders.aggregate(first=orders.day.min(), last=orders.last_day.max(), costed=(orders.costed_lines > 0).any())
    days, pieces, facts = days.cache(), pieces.cache(), collect(known).iloc[0]
    if pd.isna(facts["first"]):
        return Purchases(days, pieces, has_cost=False, first=None, last=None)
    return Purchases(days, pieces, bool(facts["costed"]), facts["first"].date(), facts["last"].date())


def _sum_orders(reader: LineReader, dims: tuple[str, ...]) -> ibis.Table:
    """One row per customer and order with its first and last day and its sums; by day where a day is the order."""
    lines = reader.select(*dims, *(name for name in LINE if reader.has_orders or name != "order_id"))
    known = lines.cost.notnull()
    keys = ORDER if reader.has_orders else ["customer_id", "doc_date"]
    orders = lines.group_by(*dims, *keys).aggregate(
        day=lines.doc_date.min(),
        last_day=lines.doc_date.max(),
        amount=lines.amount.sum().cast(MONEY),
        profit=(lines.amount - lines.cost).sum().fill_null(0).cast(MONEY),
        costed=lines.amount.sum(where=known).fill_null(0).cast(MONEY),
        costed_lines=known.cast("int64").sum(),
        returns=lines.is_return.cast("int64").sum(),
    )
    return orders if reader.has_orders else orders.mutate(order_id=orders.day.cast("string")).drop("doc_date")
