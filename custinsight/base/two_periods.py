"""Lens 2: what changed between two periods, customer by customer."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import ibis
import numpy as np
import pandas as pd

from custinsight.base import deciles, distributions
from custinsight.base.lines import UNITS, as_units
from custinsight.base.one_period import period_customers
from custinsight.base.purchases import Purchases, TransactionsLike
from custinsight.base.slices import Slices, Where, look
from custinsight.engine import Tabular, collect
from custinsight.periods import Period

GROUPS = ("only_before", "both", "only_after")
SUMS = ("orders", "spend", "profit")
NO_PURCHASE = 0


@dataclass(frozen=True)
class TwoPeriods:
    """Lens 2: two periods side by side, each with what was known at its own end.

    Parameters
    ----------
    before, after : Period
    value_column : str
        What deciles and the first letter of the patterns go by: ``profit``, or ``spend`` when no cost is known.
    groups : DataFrame
        One row per group in only_before, both, only_after (customers by the periods they placed orders in): group,
        customers, then orders, spend, profit, aof, aov, margin of the group's own period (of ``after`` for both),
        then the same as ``<name>_before`` and ``<name>_after``, and change (of the value column). Whoever has not
        bought in one period does not count as lost or new. Returns of customers without an order in either period
        stand with only_before.
    decile_changes : DataFrame
        decile_before, decile_after (0: no purchase in that period), customers, value_before, value_after. Deciles of
        equal customers; the cut-offs of ``before`` hold for both periods.
    cut_offs : DataFrame
        decile (1 to 9), lowest value that belongs to it in both periods.
    patterns : DataFrame
        Of the customers of both periods: pattern, customers, profit_before, profit_after, spend_before, spend_after.
        The letters stand for profit, orders, spend per order and margin; U is up or equal, D down. Without cost:
        spend, orders and spend per order. All combinations are there.
    distributions : DataFrame
        period (before, after), measure, bin_from, bin_to, customers, share: on common bins.
    """

    before: Period
    after: Period
    value_column: str
    groups: pd.DataFrame
    decile_changes: pd.DataFrame
    cut_offs: pd.DataFrame
    patterns: pd.DataFrame
    distributions: pd.DataFrame


@overload
def two_periods(
    transactions: TransactionsLike,
    before: str | Period,
    after: str | Period,
    *,
    where: Where = ...,
    by: None = ...,
    customers: Tabular | None = ...,
) -> TwoPeriods: ...


@overload
def two_periods(
    transactions: TransactionsLike,
    before: str | Period,
    after: str | Period,
    *,
    where: Where = ...,
    by: str | Sequence[str],
    customers: Tabular | None = ...,
) -> Slices[TwoPeriods]: ...


def two_periods(
    transactions: TransactionsLike,
    before: str | Period,
    after: str | Period,
    *,
    where: Where = None,
    by: str | Sequence[str] | None = None,
    customers: Tabular | None = None,
) -> TwoPeriods | Slices[TwoPeriods]:
    """Compare the customers of two periods.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    before, after : str or Period
        Usually of the same length and season.
    where, by, customers
        A filter, dimensions for one result per value, and a table of customers; see :mod:`custinsight.base.slices`.

    Returns
    -------
    TwoPeriods
        With dimensions, :class:`~custinsight.base.slices.Slices` of them.

    References
    ----------
    Fader, Hardie and Ross (2022), *The Customer-Base Audit*, chapter 4.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "b", "b", "c"], "amount_net": [30, 50, 60, 20],
    ...                       "doc_date": ["2023-01-03", "2023-02-05", "2024-02-06", "2024-03-01"]})
    >>> lens = two_periods(lines, "2023", "2024")
    >>> lens.groups[["group", "customers", "spend_before", "spend_after"]].values.tolist()
    [['only_before', 1, 30.0, 0.0], ['both', 1, 50.0, 60.0], ['only_after', 1, 0.0, 20.0]]
    """
    spans = Period.parse(before), Period.parse(after)
    return look(lambda purchases: _two_periods(purchases, *spans), transactions, where, by, customers)


def _two_periods(purchases: Purchases, before: Period, after: Period) -> TwoPeriods:
    sides = [period_customers(purchases, period).cache() for period in (before, after)]
    buyers = [side.filter(side.orders > 0) for side in sides]
    pairs = pair_customers(*sides).cache()
    cuts = _cut_offs(buyers, purchases)
    return TwoPeriods(
        before=before,
        after=after,
        value_column=purchases.value_column,
        groups=_groups(pairs, purchases),
        decile_changes=_decile_changes(pairs, cuts, purchases.value_column),
        cut_offs=pd.DataFrame({"decile": range(1, len(cuts) + 1), "lowest": [cut / UNITS for cut in cuts]}).astype(
            {"decile": "int64", "lowest": "float64"}
        ),
        patterns=_patterns(pairs, purchases.has_cost),
        distributions=distributions.compare_bins(buyers, ("before", "after"), purchases.has_cost),
    )


def pair_customers(before: ibis.Table, after: ibis.Table) -> ibis.Table:
    """One row per customer of either period: customer_id, then orders, spend and profit ``_before`` and ``_after``."""
    zero = ibis.literal(0)
    parts = []
    for here, side in (("before", before), ("after", after)):
        columns: dict[str, Any] = {}
        for name in SUMS:
            for label in ("before", "after"):
                columns[f"{name}_{label}"] = side[name] if label == here else zero.cast(side[name].type())
        parts.append(side.select("customer_id", **columns))
    both = ibis.union(*parts)
    names = [name for name in both.columns if name != "customer_id"]
    return both.group_by("customer_id").aggregate(**{name: both[name].sum() for name in names})


def _groups(pairs: ibis.Table, purchases: Purchases) -> pd.DataFrame:
    bought_before, bought_after = pairs.orders_before > 0, pairs.orders_after > 0
    group = ibis.cases((bought_before & bought_after, "both"), (bought_after, "only_after"), else_="only_before")
    marked = pairs.mutate(group=group, buyer=(bought_before | bought_after).cast("int64"))
    names = [f"{name}_{side}" for side in ("before", "after") for name in SUMS]
    sums = marked.group_by("group").aggregate(
        customers=marked.buyer.sum(), **{name: marked[name].sum() for name in names}
    )
    frame = collect(sums).set_index("group").reindex(pd.Index(GROUPS, name="group")).fillna(0)
    frame = frame.astype(dict.fromkeys(("customers", "orders_before", "orders_after"), "int64"))
    sides = [_side(frame, side, purchases.has_cost) for side in ("before", "after")]
    own = pd.concat([sides[0].loc[["only_before"]], sides[1].loc[["both", "only_after"]]])
    wide = [side.add_suffix(f"_{label}") for side, label in zip(sides, ("before", "after"), strict=True)]
    value = purchases.value_column
    change = (sides[1][value] - sides[0][value]).rename("change")
    return pd.concat([frame["customers"], own, *wide, change], axis=1).reset_index()


def _side(frame: pd.DataFrame, side: str, has_cost: bool) -> pd.DataFrame:
    """One period's orders, spend, profit and ratios of each group."""
    part = frame[[f"{name}_{side}" for name in SUMS]].set_axis(list(SUMS), axis=1)
    part = deciles.add_ratios(part.assign(customers=frame["customers"]), has_cost)
    return part[[*SUMS, "aof", "aov", "margin"]]


def _cut_offs(buyers: list[ibis.Table], purchases: Purchases) -> list[int]:
    """Cut-offs of the earlier period; of the later one if nobody bought in the earlier."""
    for side in buyers:
        values = deciles.group_values(side, purchases.value_column)
        n = int(collect(side.aggregate(n=side.count()))["n"].iloc[0])
        frame = deciles.summarise_deciles(values, values.better_customers, n, purchases.has_cost)
        cuts = deciles.cut_offs(frame)
        if cuts:
            return cuts
    return []


def _decile_changes(pairs: ibis.Table, cuts: list[int], value: str) -> pd.DataFrame:
    columns = {}
    for side in ("before", "after"):
        units = as_units(pairs[f"{value}_{side}"])
        number = deciles.pinned_class(units, cuts)
        columns[f"decile_{side}"] = ibis.ifelse(pairs[f"orders_{side}"] > 0, number, NO_PURCHASE)
    classed = pairs.mutate(**columns).filter((pairs.orders_before > 0) | (pairs.orders_after > 0))
    grouped = classed.group_by("decile_before", "decile_after").aggregate(
        customers=classed.count(),
        value_before=classed[f"{value}_before"].sum(),
        value_after=classed[f"{value}_after"].sum(),
    )
    frame = collect(grouped.order_by("decile_before", "decile_after"))
    return frame.astype({"decile_before": "int64", "decile_after": "int64"})


def _patterns(pairs: ibis.Table, has_cost: bool) -> pd.DataFrame:
    both = pairs.filter((pairs.orders_before > 0) & (pairs.orders_after > 0))
    ups = _ups(both, has_cost)
    letters = ibis.literal("")
    for up in ups:
        letters = letters + ibis.ifelse(up, "U", "D")
    names = [f"{name}_{side}" for name in ("profit", "spend") for side in ("before", "after")]
    marked = both.mutate(pattern=letters)
    grouped = marked.group_by("pattern").aggregate(
        customers=marked.count(), **{name: marked[name].sum() for name in names}
    )
    possible = pd.Index(["".join(letters) for letters in itertools.product("UD", repeat=len(ups))], name="pattern")
    frame = collect(grouped).set_index("pattern").reindex(possible).fillna(0).reset_index()
    frame = frame.astype({"customers": "int64", **dict.fromkeys(names, "float64")})
    return frame if has_cost else frame.assign(profit_before=np.nan, profit_after=np.nan)


def _ups(both: ibis.Table, has_cost: bool) -> list[Any]:
    """Whether profit, orders, spend per order and margin are up or equal; without cost spend, orders and the third.

    Quotients of whole units are equal as floats whenever the fractions are equal, so equal counts as up exactly.
    """
    units = {name: as_units(both[name]) for name in both.columns if name.startswith(("spend", "profit"))}

    def quotient(above: Any, below: Any) -> Any:
        return (above / below.nullif(0)).fill_null(0)

    orders_up = both.orders_after >= both.orders_before
    per_order = {side: quotient(units[f"spend_{side}"], both[f"orders_{side}"]) for side in ("before", "after")}
    per_order_up = per_order["after"] >= per_order["before"]
    if not has_cost:
        return [units["spend_after"] >= units["spend_before"], orders_up, per_order_up]
    margin = {side: quotient(units[f"profit_{side}"], units[f"spend_{side}"]) for side in ("before", "after")}
    return [
        units["profit_after"] >= units["profit_before"],
        orders_up,
        per_order_up,
        margin["after"] >= margin["before"],
    ]
