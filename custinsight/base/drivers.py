"""Drivers of a change: customers, orders per customer, spend per order and margin, summing exactly to it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pandas as pd

from custinsight.base.deciles import add_ratios
from custinsight.base.dimensions import Parts, split_by
from custinsight.base.one_period import period_customers, period_totals
from custinsight.base.purchases import TransactionsLike, read_purchases
from custinsight.engine import Tabular, collect
from custinsight.periods import Period

FACTORS = ("customers", "aof", "aov", "margin")


def bridge(transactions: TransactionsLike, before: str | Period, after: str | Period) -> pd.DataFrame:
    """One row per factor of profit = customers × AOF × AOV × margin: how much of the change it explains.

    Without any cost the bridge is that of spend = customers × AOF × AOV, and has no margin.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    before, after : str or Period

    Returns
    -------
    DataFrame
        factor (customers, aof, aov, margin), before, after, effect (money). The effects sum to the change.

    See Also
    --------
    split_change : how the change is split.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "b", "c"], "amount_net": [30, 30, 50],
    ...                       "doc_date": ["2023-01-03", "2024-02-05", "2024-02-06"]})
    >>> bridge(lines, "2023", "2024").round(2).values.tolist()
    [['customers', 1.0, 2.0, 35.33], ['aof', 1.0, 1.0, 0.0], ['aov', 30.0, 40.0, 14.67]]
    """
    purchases = read_purchases(transactions)
    sides = [period_totals(purchases, Period.parse(period)) for period in (before, after)]
    return _split(sides[0], sides[1], purchases.has_cost)


def drivers(
    transactions: TransactionsLike,
    before: str | Period,
    after: str | Period,
    by: str | None = None,
    customers: Tabular | None = None,
) -> pd.DataFrame:
    """One row per value of a dimension and factor: how much of the change lies there.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them; Purchases where the dimension is one of
        the customers.
    before, after : str or Period
    by : str, optional
        A column of the customers or else of the lines: region, customer_group, owner_id, channel, category, ...; see
        :func:`custinsight.base.dimensions.split_by`. Without it this is :func:`bridge`.
    customers : pandas frame, Arrow table or ibis table, optional
        customer_id and dimensions.

    Returns
    -------
    DataFrame
        The dimension (text; null where not stated), factor, before, after, effect (money), change (of the value, all
        factors). Largest change first; the effects of a value sum to its change, and all changes to that of the whole.

    Raises
    ------
    DataError
        Neither table has the dimension.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "b", "c"], "amount_net": [30, 30, 50],
    ...                       "channel": ["web", "shop", "web"],
    ...                       "doc_date": ["2023-01-03", "2024-02-05", "2024-02-06"]})
    >>> found = drivers(lines, "2023", "2024", by="channel")
    >>> found.groupby("channel", sort=False)["effect"].sum().round(6).to_dict()
    {'shop': 30.0, 'web': 20.0}
    """
    if by is None:
        frame = bridge(transactions, before, after)
        return frame.assign(change=math.fsum(frame["effect"]))
    parts = split_by(transactions, by, customers)
    sides = [_by_value(parts, Period.parse(period), by) for period in (before, after)]
    values = sides[0].index.union(sides[1].index)
    blocks = [
        _split(_side(sides[0], value), _side(sides[1], value), parts.purchases.has_cost).assign(**{by: value})
        for value in values
    ]
    columns = [by, "factor", "before", "after", "effect", "change"]
    if not blocks:
        return pd.DataFrame(columns=columns).astype({"factor": "str", **dict.fromkeys(columns[2:], "float64")})
    frame = pd.concat(blocks, ignore_index=True)
    frame["change"] = frame.groupby(by, sort=False)["effect"].transform("sum")
    frame[by] = frame[by].astype("str").where(frame[by] != _NOT_STATED)
    order = frame["change"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order, columns].reset_index(drop=True)


_NOT_STATED = "\x00"


def _by_value(parts: Parts, period: Period, by: str) -> pd.DataFrame:
    """Sums and ratios of a period by the value of the dimension."""
    customers = parts.add_value(period_customers(parts.purchases, period), by)
    grouped = customers.group_by(by).aggregate(
        customers=(customers.orders > 0).cast("int64").sum(),
        orders=customers.orders.sum(),
        spend=customers.spend.sum(),
        profit=customers.profit.sum(),
    )
    frame = add_ratios(collect(grouped.order_by(by)), parts.purchases.has_cost)
    return frame.assign(**{by: frame[by].fillna(_NOT_STATED)}).set_index(by).astype("float64")


def _side(frame: pd.DataFrame, value: object) -> pd.Series:
    """One value's sums of a period; without a line, zeros, and ratios that are unknown."""
    if value in frame.index:
        return frame.loc[[value]].iloc[0]
    nothing = pd.DataFrame({name: [0.0] for name in ("customers", "orders", "spend", "profit")})
    return add_ratios(nothing, has_cost=True).iloc[0]


def _split(before: pd.Series, after: pd.Series, has_cost: bool) -> pd.DataFrame:
    factors, value = (FACTORS, "profit") if has_cost else (FACTORS[:-1], "spend")
    levels = [[float(side[factor]) for factor in factors] for side in (before, after)]
    totals = float(before[value]), float(after[value])
    effects = split_change(levels[0], levels[1], *totals)
    require_sum(effects, totals[1] - totals[0], scale=max(map(abs, totals)))
    return pd.DataFrame({"factor": list(factors), "before": levels[0], "after": levels[1], "effect": effects})


def require_sum(effects: Sequence[float], change: float, scale: float = 0.0) -> None:
    """Make sure that parts sum to the change, to the last digits that a float holds.

    Raises
    ------
    AssertionError
        They do not: a fault of ours, never of the data.
    """
    size = max([scale, *(abs(effect) for effect in effects)], default=scale)
    if abs(math.fsum(effects) - change) > 1e-9 * max(size, 1.0):
        raise AssertionError(f"the parts of a change sum to {math.fsum(effects)!r}, not to {change!r}")


def split_change(
    before: Sequence[float], after: Sequence[float], total_before: float, total_after: float
) -> list[float]:
    """Split the change of a product over its factors; the parts sum to the change.

    Where all factors are positive in both periods, by the logarithmic mean (Divisia index, LMDI-I): factor f explains
    L × ln(after_f / before_f), with L the logarithmic mean of the totals. It treats all factors alike and leaves no
    rest. Where a factor is zero, negative or unknown in one period, by Shapley values: the mean over all orders of
    changing one factor after the other, which is exact for any sign. A factor unknown in one period (a ratio to
    nothing) takes the other period's value there, so that it explains nothing. Money that the product does not hold,
    such as returns in a period without an order, goes to the last factor.

    Parameters
    ----------
    before, after : sequence of float
        Levels of the factors.
    total_before, total_after : float
        The totals whose change is split.

    Returns
    -------
    list of float

    References
    ----------
    Ang (2015), LMDI decomposition approach: a guide for implementation, Energy Policy 86, equations 3 and 4. Shapley
    (1953), A value for n-person games; for decompositions Shorrocks (2013), Journal of Economic Inequality 11.

    Examples
    --------
    >>> [round(part, 6) for part in split_change([2, 5], [0, 7], 10, 0)]
    [-12.0, 2.0]
    """
    change = total_after - total_before
    pairs = [_known(b, a) for b, a in zip(before, after, strict=True)]
    smooth = min(total_before, total_after) > 0 and all(b > 0 and a > 0 for b, a in pairs)
    effects = _log_mean_effects(pairs, total_before, total_after) if smooth else _shapley_effects(pairs)
    effects[-1] += change - math.fsum(effects)
    return effects


def _known(before: float, after: float) -> tuple[float, float]:
    """Let a level that is unknown in one period be that of the other; 0 when it is unknown in both."""
    if not math.isfinite(before):
        before = after if math.isfinite(after) else 0.0
    return before, after if math.isfinite(after) else before


def _log_mean_effects(pairs: Sequence[tuple[float, float]], total_before: float, total_after: float) -> list[float]:
    growth = math.log(total_after / total_before)
    change = total_after - total_before
    # the mean of two nearly equal totals by its series, where the quotient would lose all digits
    mean = change / growth if abs(growth) > 1e-8 else (total_before + total_after) / 2
    return [mean * math.log(after / before) for before, after in pairs]


def _shapley_effects(pairs: Sequence[tuple[float, float]]) -> list[float]:
    effects = [0.0] * len(pairs)
    orders = list(itertools.permutations(range(len(pairs))))
    for order in orders:
        levels = [before for before, _ in pairs]
        for factor in order:
            start = math.prod(levels)
            levels[factor] = pairs[factor][1]
            effects[factor] += (math.prod(levels) - start) / len(orders)
    return effects
