"""When customers buy, what, and through which channel."""

from __future__ import annotations

from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from custinsight.base.calendar import number_of
from custinsight.base.lines import read_lines
from custinsight.base.orders import find_orders, group_pieces, list_events
from custinsight.engine import Tabular, collect
from custinsight.periods import Period

MONTHS_SHOWN = 24
CATEGORIES_SHOWN = 12
OTHER = "other"
SUMS = ("customers", "orders", "spend", "profit")


@dataclass(frozen=True)
class Behaviour:
    """What customers do; frames of customers and orders (int64), spend and profit (NaN when no cost is known).

    Parameters
    ----------
    by_month : DataFrame
        month (first day), for the 24 months up to the period's end, those before the first line left out.
    by_category : DataFrame
        category: the twelve with most spend in the period, ``""`` for lines without one, ``other`` for the rest.
        Orders and customers that have the category in an order. Empty when no line names a category.
    by_channel : DataFrame
        channel, in the same way.
    by_weekday : DataFrame
        weekday (1 Monday to 7 Sunday), in the period.
    """

    by_month: pd.DataFrame
    by_category: pd.DataFrame
    by_channel: pd.DataFrame
    by_weekday: pd.DataFrame


def behaviour(transactions: Tabular, period: str | Period) -> Behaviour:
    """Describe the season, the categories, the channels and the weekdays of purchases.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        Lines with customer_id, doc_date and amount_net; optionally doc_id, cost, category, channel and what
        :func:`custinsight.base.read_purchases` takes.
    period : str or Period

    Returns
    -------
    Behaviour

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount_net": [30, 50, 20], "doc_id": [1, 1, 2],
    ...                       "doc_date": ["2024-01-03", "2024-01-03", "2024-02-06"], "category": ["x", "y", "x"]})
    >>> behaviour(lines, "2024Q1").by_category[["category", "customers", "orders", "spend"]].values.tolist()
    [['x', 2, 2, 50.0], ['y', 1, 1, 50.0]]
    """
    period = Period.parse(period)
    lines = read_lines(transactions, "category", "channel").filter(lambda t: t.doc_date <= ibis.literal(period.end))
    pieces = group_pieces(lines).cache()
    has_cost = bool(collect(pieces.aggregate(known=(pieces.costed_lines > 0).any()))["known"].fillna(False).iloc[0])
    events = list_events(pieces)
    split = _split_lines(lines, pieces, period).cache()
    frames = {
        "by_month": _by_month(events, period),
        "by_category": _by_code(split, "category"),
        "by_channel": _by_code(split, "channel"),
        "by_weekday": _by_weekday(events, period),
    }
    return Behaviour(**{name: frame if has_cost else frame.assign(profit=np.nan) for name, frame in frames.items()})


def _by_month(events: ibis.Table, period: Period) -> pd.DataFrame:
    last = number_of(period.end, "M")
    months = events.mutate(month=number_of(events.day, "M"))
    found = _sum(months.filter(months.month > last - MONTHS_SHOWN), "month")
    numbers = range(int(found["month"].min()), last + 1) if len(found) else range(0)
    frame = found.set_index("month").reindex(numbers).fillna(0)
    starts = [pd.Timestamp(number // 12, number % 12 + 1, 1) for number in numbers]
    return _typed(frame.assign(month=pd.Series(starts, index=frame.index, dtype="datetime64[us]")), "month")


def _by_weekday(events: ibis.Table, period: Period) -> pd.DataFrame:
    inside = events.filter(events.day >= ibis.literal(period.start))
    found = _sum(inside.mutate(weekday=inside.day.day_of_week.index().cast("int64") + 1), "weekday")
    if found.empty:
        return _typed(found, "weekday")
    return _typed(found.set_index("weekday").reindex(range(1, 8)).fillna(0).reset_index(), "weekday")


def _sum(events: ibis.Table, key: str) -> pd.DataFrame:
    """Sum events per customer and key, then per key, so that customers are counted once."""
    stands = ibis.ifelse(events.returned_on.isnull(), events.orders, 0)
    per_customer = events.group_by(key, "customer_id").aggregate(
        orders=stands.sum(), spend=events.amount.sum(), profit=events.profit.sum()
    )
    return _count(per_customer, key)


def _count(per_customer: ibis.Table, key: str) -> pd.DataFrame:
    grouped = per_customer.group_by(key).aggregate(
        customers=(per_customer.orders > 0).cast("int64").sum(),
        orders=per_customer.orders.sum(),
        spend=per_customer.spend.sum(),
        profit=per_customer.profit.sum(),
    )
    return collect(grouped.order_by(key))


def _split_lines(lines: ibis.Table, pieces: ibis.Table, period: Period) -> ibis.Table:
    """One row per customer, order, category and channel of the period: orders (0 or 1), spend, profit.

    A return is money of its category and no order, and so is a line of an order that was wholly returned.
    """
    orders = find_orders(pieces)
    undone = orders.filter(orders.returned_on.notnull()).select("customer_id", "order_id", undone=True)
    inside = lines.filter(lines.doc_date >= ibis.literal(period.start))
    inside = inside.left_join(undone, ["customer_id", "order_id"]).select(
        "customer_id",
        "order_id",
        "amount",
        category=inside.category.fill_null(""),
        channel=inside.channel.fill_null(""),
        profit=ibis.ifelse(inside.cost.notnull(), inside.amount - inside.cost, 0),
        stands=(~inside.is_return & undone.undone.isnull()).cast("int64"),
    )
    return inside.group_by("customer_id", "order_id", "category", "channel").aggregate(
        orders=inside.stands.max(), spend=inside.amount.sum(), profit=inside.profit.sum()
    )


def _by_code(split: ibis.Table, code: str) -> pd.DataFrame:
    """Sums per category or channel, largest spend first, then ``other``, then lines without one."""
    sizes = split.group_by(code).aggregate(spend=split.spend.sum())
    largest = collect(sizes.filter(sizes[code] != "").order_by(sizes.spend.desc(), code).limit(CATEGORIES_SHOWN))
    shown = largest[code].tolist()
    if not shown:
        return pd.DataFrame({code: pd.Series(dtype="str"), **{name: pd.Series(dtype="float64") for name in SUMS}})
    known = split[code].isin([*shown, ""])
    named = split.mutate(**{code: ibis.ifelse(known, split[code], OTHER)})
    per_order = named.group_by(code, "customer_id", "order_id").aggregate(
        orders=named.orders.max(), spend=named.spend.sum(), profit=named.profit.sum()
    )
    per_customer = per_order.group_by(code, "customer_id").aggregate(
        orders=per_order.orders.sum(), spend=per_order.spend.sum(), profit=per_order.profit.sum()
    )
    frame = _count(per_customer, code)
    place = {name: number for number, name in enumerate([*shown, OTHER, ""])}
    return _typed(frame.sort_values(code, key=lambda codes: codes.map(place), ignore_index=True), code)


def _typed(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    frame = frame.astype({"customers": "int64", "orders": "int64", "spend": "float64", "profit": "float64"})
    return frame[[key, *SUMS]].reset_index(drop=True)
