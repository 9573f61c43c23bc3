"""What moved between two days or two periods: customers, and the drivers of profit."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Sequence

import ibis
import pandas as pd

from custinsight.base.lines import as_day
from custinsight.base.one_period import period_totals
from custinsight.base.purchases import TransactionsLike, read_purchases
from custinsight.base.two_periods import TwoPeriods
from custinsight.engine import collect
from custinsight.errors import DataError
from custinsight.periods import Period

STEPS = ("opening", "new", "recovered", "lapsed", "closing")
FACTORS = ("customers", "aof", "aov", "margin")


def movement(
    transactions: TransactionsLike, before_end: str | dt.date, after_end: str | dt.date, active_days: int = 365
) -> pd.DataFrame:
    """One row per step from the active customers of one day to those of a later day.

    A customer is active on a day who placed an order within the ``active_days`` days up to it. **New**: first order
    ever after ``before_end``. **Recovered**: bought before, was not active, is active now. **Lapsed**: was active, is
    not any more; a new customer that has fallen silent again within the span counts here, too. Both days are judged
    by what was known on them, so that the opening is the closing of the audit before.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    before_end, after_end : str or date
    active_days : int
        Days after its last order for which a customer counts as active.

    Returns
    -------
    DataFrame
        step (opening, new, recovered, lapsed, closing), customers (int64; lapsed is negative).
        opening + new + recovered + lapsed = closing, always.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "b", "b", "c"], "amount_net": [1, 1, 1, 1],
    ...                       "doc_date": ["2023-01-03", "2023-12-05", "2024-11-06", "2024-03-01"]})
    >>> movement(lines, "2023-12-31", "2024-12-31", 365)["customers"].tolist()
    [2, 1, 0, -1, 2]
    """
    purchases, before, after = read_purchases(transactions), as_day(before_end), as_day(after_end)
    if before >= after or active_days < 1:
        raise DataError(
            "The first day must lie before the second and active_days be at least 1, got {before}, {after}, {days}.",
            before=str(before),
            after=str(after),
            days=active_days,
        )
    seen, no = [], ibis.literal(False)
    for end in (before, after):
        events = purchases.events(end)
        orders = events.filter(events.orders > 0, events.returned_on.isnull())
        active, early = orders.day > ibis.literal(end - dt.timedelta(days=active_days)), end == before
        seen.append(
            orders.select(
                "customer_id",
                active_before=active if early else no,
                active_after=no if early else active,
                known=ibis.literal(early),
            )
        )
    both = ibis.union(*seen)
    names = ("active_before", "active_after", "known")
    state = both.group_by("customer_id").aggregate(**{name: both[name].any() for name in names})
    is_new = ~state.known
    counts = state.aggregate(
        opening=state.active_before.cast("int64").sum(),
        new=is_new.cast("int64").sum(),
        recovered=(state.known & ~state.active_before & state.active_after).cast("int64").sum(),
        lapsed=-((state.active_before | is_new) & ~state.active_after).cast("int64").sum(),
        closing=state.active_after.cast("int64").sum(),
    )
    found = collect(counts).fillna(0).astype("int64").iloc[0]
    if found["opening"] + found["new"] + found["recovered"] + found["lapsed"] != found["closing"]:
        raise AssertionError(f"the movement of customers does not add up: {found.to_dict()}")
    return pd.DataFrame({"step": STEPS, "customers": [int(found[step]) for step in STEPS]})


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
    factors = FACTORS if purchases.has_cost else FACTORS[:-1]
    levels = [[float(side[factor]) for factor in factors] for side in sides]
    value = purchases.value_column
    effects = split_change(levels[0], levels[1], float(sides[0][value]), float(sides[1][value]))
    return pd.DataFrame({"factor": list(factors), "before": levels[0], "after": levels[1], "effect": effects})


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
    Ang (2015), LMDI decomposition approach: a guide for implementation, Energy Policy 86. Shapley (1953).

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


def migration(two_periods: TwoPeriods) -> pd.DataFrame:
    """One row per pair of deciles with customers: how they moved between two periods on common cut-offs.

    Parameters
    ----------
    two_periods : TwoPeriods

    Returns
    -------
    DataFrame
        decile_before, decile_after (1 the best; 0: no purchase in that period), customers.

    Examples
    --------
    >>> from custinsight.base import lenses
    >>> lines = pd.DataFrame({"customer_id": ["a", "b", "b"], "amount_net": [30, 50, 60],
    ...                       "doc_date": ["2023-01-03", "2023-02-05", "2024-02-06"]})
    >>> migration(lenses.two_periods(lines, "2023", "2024")).values.tolist()
    [[1, 1, 1], [6, 0, 1]]
    """
    return two_periods.decile_changes[["decile_before", "decile_after", "customers"]].copy()


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
