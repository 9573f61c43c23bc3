"""The periods up to this one, for comparisons and small trend lines."""

from __future__ import annotations

import ibis
import pandas as pd

from custinsight.base.deciles import add_ratios
from custinsight.base.lines import as_units
from custinsight.base.purchases import Purchases, TransactionsLike, read_purchases
from custinsight.engine import collect
from custinsight.errors import DataError
from custinsight.periods import Period

HISTORY = [
    *("period", "start", "end", "customers", "orders", "spend", "profit", "aof", "aov", "margin", "top_10_share"),
]


def history(transactions: TransactionsLike, period: str | Period, n: int = 8) -> pd.DataFrame:
    """One row per period, the last ``n`` of this kind up to ``period``, oldest first.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    period : str or Period
    n : int
        Periods that end before the first line are left out, so there may be fewer.

    Returns
    -------
    DataFrame
        period, start, end (dates), customers, orders, spend, profit, aof, aov, margin, top_10_share (of profit, or of
        spend when no cost is known). Each period by what was known at its end, as ``lenses.one_period`` gives it.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "b", "b"], "amount_net": [30, 50, 60],
    ...                       "doc_date": ["2023-11-03", "2024-02-05", "2024-02-06"]})
    >>> history(lines, "2024Q1")[["period", "customers", "orders", "spend"]].values.tolist()
    [['2023Q4', 1, 1, 30.0], ['2024Q1', 1, 2, 110.0]]
    """
    purchases, period = read_purchases(transactions), Period.parse(period)
    if n < 1:
        raise DataError("The number of periods must be at least 1, got {n}.", n=n)
    periods = _periods(period, n, purchases)
    frame = collect(_sums(purchases, periods)).set_index("number").reindex(range(len(periods))).reset_index()
    summed = ["customers", "orders", "spend", "profit"]
    frame[summed] = frame[summed].fillna(0)
    frame = add_ratios(frame.astype({"customers": "int64", "orders": "int64"}), purchases.has_cost)
    frame["top_10_share"] = (frame["top"] / frame["total"].where(frame["total"] > 0)).astype("float64")
    return frame.assign(
        period=[part.label for part in periods],
        start=pd.to_datetime([part.start for part in periods]).as_unit("us"),
        end=pd.to_datetime([part.end for part in periods]).as_unit("us"),
    )[HISTORY]


def _periods(period: Period, n: int, purchases: Purchases) -> list[Period]:
    periods = [period]
    while len(periods) < n and purchases.first is not None and periods[0].previous().end >= purchases.first:
        periods.insert(0, periods[0].previous())
    return periods


def _sums(purchases: Purchases, periods: list[Period]) -> ibis.Table:
    """One row per period: number, sums, and what the best tenth of its customers hold of the total."""
    events = purchases.events(periods[-1].end)
    inside = events.filter(events.day >= ibis.literal(periods[0].start))
    day = inside.day
    number = ibis.cases(*((day <= ibis.literal(part.end), place) for place, part in enumerate(periods)))
    closes = ibis.cases(*((day <= ibis.literal(part.end), ibis.literal(part.end)) for part in periods))
    stands = inside.returned_on.isnull() | (inside.returned_on > closes)
    customers = inside.group_by("customer_id", number=number).aggregate(
        orders=ibis.ifelse(stands, inside.orders, 0).sum(), spend=inside.amount.sum(), profit=inside.profit.sum()
    )
    buys = customers.orders > 0
    units = ibis.ifelse(buys, as_units(customers[purchases.value_column]), ibis.null("int64"))
    marked = customers.mutate(units=units, buys=buys.cast("int64"))
    best_first = ibis.window(
        group_by=marked.number, order_by=[marked.buys.desc(), marked.units.desc(), marked.customer_id]
    )
    ranked = marked.mutate(
        position=ibis.row_number().over(best_first), buyers=marked.buys.sum().over(ibis.window(group_by=marked.number))
    )
    # the best tenth of the customers, rounded up
    best = ranked.position * 10 < ranked.buyers
    return ranked.group_by("number").aggregate(
        customers=ranked.buys.sum(),
        orders=ranked.orders.sum(),
        spend=ranked.spend.sum(),
        profit=ranked.profit.sum(),
        total=ranked.units.sum(),
        top=ranked.units.sum(where=best),
    )
