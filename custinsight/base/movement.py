"""What moved between two days or two periods: customers, and the drivers of profit.

The movement of customers is here; bridges, the price-quantity-mix split and the slices that explain a change are handed
on from their own modules.
"""

from __future__ import annotations

import datetime as dt

import ibis
import pandas as pd

from custinsight.base.change_slices import slices
from custinsight.base.dimensions import split_by
from custinsight.base.drivers import FACTORS, bridge, drivers, split_change
from custinsight.base.lines import as_day
from custinsight.base.price_mix import price_quantity_mix
from custinsight.base.purchases import Purchases, TransactionsLike, read_purchases
from custinsight.base.rhythm import add_rhythm, purchase_spans
from custinsight.base.transitions import transitions
from custinsight.base.two_periods import TwoPeriods
from custinsight.engine import Tabular, collect
from custinsight.errors import DataError

__all__ = [
    "FACTORS",
    "STEPS",
    "bridge",
    "drivers",
    "migration",
    "movement",
    "price_quantity_mix",
    "slices",
    "split_change",
    "transitions",
]

STEPS = ("opening", "new", "recovered", "lapsed", "closing")


def movement(
    transactions: TransactionsLike,
    before_end: str | dt.date,
    after_end: str | dt.date,
    active_days: int = 365,
    *,
    by: str | None = None,
    customers: Tabular | None = None,
) -> pd.DataFrame:
    """One row per step from the active customers of one day to those of a later day.

    A customer is active on a day unless it has lapsed by its own rhythm: unless it has been silent for longer than
    the 95th percentile of what its past gaps let expect (:mod:`custinsight.base.rhythm`), or for ``active_days`` after
    its only purchase. **New**: first order ever after ``before_end``. **Recovered**: bought before, had lapsed, is
    active now. **Lapsed**: was active, is not any more; a new customer that has fallen silent again within the span
    counts here, too. Both days are judged by what was known on them, so that the opening is the closing of the audit
    before.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    before_end, after_end : str or date
    active_days : int
        Days after its only order for which a customer counts as active.
    by : str, optional
        A column of the customers or else of the lines; see :func:`custinsight.base.dimensions.split_by`. By one of
        the lines, such as ``channel``, a customer moves in each value by what it bought there.
    customers : pandas frame, Arrow table or ibis table, optional
        customer_id and dimensions.

    Returns
    -------
    DataFrame
        step (opening, new, recovered, lapsed, closing), customers (int64; lapsed is negative), after the dimension
        where one is given. opening + new + recovered + lapsed = closing, always.

    Raises
    ------
    DataError
        The days are not in order, or neither table has the dimension.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "b", "b", "c"], "amount_net": [1, 1, 1, 1],
    ...                       "doc_date": ["2023-01-03", "2023-12-05", "2024-11-06", "2024-03-01"]})
    >>> movement(lines, "2023-12-31", "2024-12-31", 365)["customers"].tolist()
    [2, 1, 0, -1, 2]
    """
    before, after = as_day(before_end), as_day(after_end)
    if before >= after or active_days < 1:
        raise DataError(
            "The first day must lie before the second and active_days be at least 1, got {before}, {after}, {days}.",
            before=str(before),
            after=str(after),
            days=active_days,
        )
    if by is None:
        state = _states(read_purchases(transactions), before, after, active_days)
        counts = collect(state.aggregate(**_steps(state))).fillna(0).astype("int64")
        return _long(counts).drop(columns="place")
    parts = split_by(transactions, by, customers)
    state = parts.add_value(_states(parts.purchases, before, after, active_days), by)
    counts = collect(state.group_by(by).aggregate(**_steps(state)).order_by(ibis.asc(by, nulls_first=False)))
    counts = counts.astype(dict.fromkeys(STEPS, "int64"))
    long = _long(counts)
    return long.assign(**{by: counts[by].to_numpy()[long["place"]]})[[by, "step", "customers"]]


def _states(purchases: Purchases, before: dt.date, after: dt.date, active_days: int) -> ibis.Table:
    """One row per customer known on either day: whether it was known before, and active on each."""
    seen, no = [], ibis.literal(False)
    for end in (before, after):
        early = end == before
        told = add_rhythm(purchase_spans(purchases.occasions(end)), end, active_days)
        active = ~told.is_lapsed
        seen.append(
            told.select(
                "customer_id",
                active_before=active if early else no,
                active_after=no if early else active,
                known=ibis.literal(early),
            )
        )
    both = ibis.union(*seen)
    names = ("active_before", "active_after", "known")
    return both.group_by("customer_id").aggregate(**{name: both[name].any() for name in names})


def _steps(state: ibis.Table) -> dict[str, ibis.Value]:
    is_new = ~state.known
    return {
        "opening": state.active_before.cast("int64").sum(),
        "new": is_new.cast("int64").sum(),
        "recovered": (state.known & ~state.active_before & state.active_after).cast("int64").sum(),
        "lapsed": -((state.active_before | is_new) & ~state.active_after).cast("int64").sum(),
        "closing": state.active_after.cast("int64").sum(),
    }


def _long(counts: pd.DataFrame) -> pd.DataFrame:
    """One row per row and step, with the row's place; the steps must add up."""
    summed = counts["opening"] + counts["new"] + counts["recovered"] + counts["lapsed"]
    if (summed != counts["closing"]).any():
        raise AssertionError(f"the movement of customers does not add up: {counts[summed != counts['closing']]}")
    places = counts[list(STEPS)].reset_index(drop=True).rename_axis("place").reset_index()
    long = places.melt("place", var_name="step", value_name="customers")
    return long.sort_values("place", kind="stable", ignore_index=True).astype({"step": "str", "customers": "int64"})


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
