"""Lines become orders, and orders purchase days and money by day, as known on any day.

An **order** is (customer, doc_id); without a document number it is (customer, day). A **return** is a line of type
``return`` or a negative line: money on its own day, and no order. It belongs to the order that ``return_of`` names,
or else to its own document. An order whose returned amount reaches what was bought is **wholly returned** and no
purchase; a document of free goods (bought 0, returned nothing) is one.

A **purchase day** is a day with a line that is no return, of an order that is not wholly returned; an order that was
delivered on two days makes two of them, as it does in a log without order numbers. As an order it counts once, on its
first day.
"""

from __future__ import annotations

import datetime as dt

import ibis

from custinsight.base.lines import LineReader
from custinsight.tables import MONEY

ORDER = ["customer_id", "order_id"]


def group_pieces(lines: ibis.Table, *dims: str) -> ibis.Table:
    """One row per customer, order and day of a line; further apart by ``dims``, where given.

    customer_id, order_id, doc_date, amount, profit, costed (amount whose cost is known), costed_lines, sold and
    returned (both positive), sales (number of lines that are no return).
    """
    zero = ibis.literal(0).cast(MONEY)
    known = lines.cost.notnull()
    money = {
        "amount": lines.amount,
        "profit": ibis.ifelse(known, lines.amount - lines.cost, zero),
        "costed": ibis.ifelse(known, lines.amount, zero),
        "sold": ibis.ifelse(lines.is_return, zero, lines.amount),
        "returned": ibis.ifelse(lines.is_return, -lines.amount, zero),
    }
    return lines.group_by(*dims, *ORDER, "doc_date").aggregate(
        **{name: column.sum().cast(MONEY) for name, column in money.items()},
        costed_lines=known.cast("int64").sum(),
        sales=(~lines.is_return).cast("int64").sum(),
    )


def find_orders(pieces: ibis.Table) -> ibis.Table:
    """One row per order: customer_id, order_id, order_date, returned_on (null unless wholly returned).

    An order is dated by its first line that is no return, and wholly returned from the day of its last return on.
    """
    day = pieces.doc_date
    grouped = pieces.group_by(*ORDER).aggregate(
        order_date=day.min(where=pieces.sales > 0),
        sold=pieces.sold.sum(),
        returned=pieces.returned.sum(),
        last_return=day.max(where=pieces.returned > 0),
    )
    grouped = grouped.filter(grouped.order_date.notnull())
    wholly = (grouped.returned > 0) & (grouped.returned >= grouped.sold)
    return grouped.select(
        *ORDER,
        "order_date",
        returned_on=ibis.ifelse(wholly, ibis.greatest(grouped.last_return, grouped.order_date), ibis.null("date")),
    )


def find_occasions(pieces: ibis.Table) -> ibis.Table:
    """One row per customer and purchase day: customer_id, day, lines, amount.

    The amount is the day's net total, returns of that day included, without orders that were wholly returned.
    """
    kept = _kept_pieces(pieces)
    days = kept.group_by("customer_id", day=kept.doc_date).aggregate(lines=kept.sales.sum(), amount=kept.amount.sum())
    return days.filter(days.lines > 0)


def read_occasions(reader: LineReader) -> ibis.Table:
    """One row per customer and purchase day of unread lines: customer_id, day, amount; see :func:`find_occasions`.

    All lines are summed by day in one pass. What belongs to wholly returned orders is found among the few orders with
    a return, and taken off again.
    """
    if not reader.has_orders:
        return _read_occasions_of_days(reader)
    lines = reader.select("customer_id", "doc_date", "amount", "is_return")
    days = lines.group_by("customer_id", day=lines.doc_date).aggregate(
        lines=(~lines.is_return).cast("int64").sum(), amount=lines.amount.sum()
    )
    returned = reader.select(*ORDER, where=reader.columns["is_return"]).distinct()
    theirs = reader.select(*ORDER, "doc_date", "amount", "is_return").semi_join(returned, ORDER)
    pieces = theirs.group_by(*ORDER, "doc_date").aggregate(
        amount=theirs.amount.sum(),
        sold=theirs.amount.sum(where=~theirs.is_return).fill_null(0),
        returned=(-theirs.amount).sum(where=theirs.is_return).fill_null(0),
        sales=(~theirs.is_return).cast("int64").sum(),
    )
    undone = find_orders(pieces)
    gone = pieces.semi_join(undone.filter(undone.returned_on.notnull()), ORDER)
    gone = gone.group_by(holder=gone.customer_id, gone_day=gone.doc_date).aggregate(
        gone_lines=gone.sales.sum(), gone_amount=gone.amount.sum()
    )
    joined = days.left_join(gone, [days.customer_id == gone.holder, days.day == gone.gone_day])
    left = joined.select(
        "customer_id",
        "day",
        lines=joined.lines - joined.gone_lines.fill_null(0),
        amount=joined.amount - joined.gone_amount.fill_null(0),
    )
    return left.filter(left.lines > 0).drop("lines")


def _read_occasions_of_days(reader: LineReader) -> ibis.Table:
    """Purchase days where a customer's day is the order."""
    lines = reader.select("customer_id", "doc_date", "amount", "is_return")
    # flags, not sums: there are nearly as many days as lines, and each is kept in memory
    days = lines.group_by("customer_id", day=lines.doc_date).aggregate(
        amount=lines.amount.sum(),
        is_sold=(~lines.is_return).any(),
        is_back=(lines.is_return & (lines.amount != 0)).any(),
    )
    # returns reach what was bought where the day's total is not above 0
    kept = days.filter(days.is_sold, (days.amount > 0) | ~days.is_back)
    return kept.select("customer_id", "day", "amount")


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


def kept_days(pieces: ibis.Table) -> ibis.Table:
    """Lines and money by customer, order and day, without wholly returned orders: customer_id, day, lines, amount."""
    kept = _kept_pieces(pieces)
    return kept.select("customer_id", day=kept.doc_date, lines=kept.sales, amount=kept.amount)


def _kept_pieces(pieces: ibis.Table) -> ibis.Table:
    """Leave out the pieces of wholly returned orders."""
    orders = find_orders(pieces)
    return pieces.anti_join(orders.filter(orders.returned_on.notnull()), ORDER)
