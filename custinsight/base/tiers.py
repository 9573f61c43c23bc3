"""Classes by cumulative share of value: value tiers, ABC, and their cut-offs, which can be pinned."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import ibis
import pandas as pd

from custinsight.base.deciles import add_better
from custinsight.base.lines import UNITS
from custinsight.engine import Tabular, as_table, collect, like, require_columns
from custinsight.errors import DataError
from custinsight.tables import MONEY

TIERS = ("A", "B", "C")


def value_tiers(values: Tabular, a: float = 0.5, b: float = 0.8, cut_offs: tuple[float, float] | None = None) -> Any:
    """One row per customer: its value tier, A (high), B (middle) or C (low).

    Customers are ordered from the best. Those that bring the first share ``a`` of all positive value are tier A,
    those that bring it up to ``b`` tier B, the others C. The customer that carries the running total over a cut
    belongs to the better tier; equal values are never split; without a positive value a customer is in C.

    Parameters
    ----------
    values : pandas frame, Arrow table or ibis table
        customer_id, value: profit, spend or CLV (a missing value counts as 0).
    a, b : float
        Shares of value, 0 <= a <= b <= 1.
    cut_offs : tuple of two float, optional
        Lowest values of A and of B, from :func:`pinned_cut_offs` of an earlier audit, so that two audits share them;
        the shares then play no part.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        customer_id, value, tier, ordered by customer unless lazy.

    Raises
    ------
    DataError
        A column is missing, or the shares or cut-offs are not in order.

    Examples
    --------
    >>> frame = pd.DataFrame({"customer_id": list("abcd"), "value": [50, 30, 15, 5]})
    >>> value_tiers(frame, 0.5, 0.8)["tier"].tolist()
    ['A', 'B', 'C', 'C']
    >>> value_tiers(frame, cut_offs=(40, 10))["tier"].tolist()
    ['A', 'B', 'B', 'C']
    """
    if not 0 <= a <= b <= 1:
        raise DataError("The tiers' shares must satisfy 0 <= a <= b <= 1, got a={a}, b={b}.", a=str(a), b=str(b))
    table = _valued(values, "customer_id")
    if cut_offs is None:
        classed = _classes_by_share(table, (a, b), TIERS, "tier")
    else:
        high, middle = cut_offs
        if not high >= middle:
            raise DataError(
                "The cut-offs must be the lowest values of A and of B, the first not below the second, got {high}, "
                "{middle}.",
                high=str(high),
                middle=str(middle),
            )
        units = table.units
        tier = ibis.cases(
            ((units > 0) & (units >= _cut(high)), "A"), ((units > 0) & (units >= _cut(middle)), "B"), else_="C"
        )
        classed = table.mutate(tier=tier)
    return _ordered(classed.select("customer_id", "value", "tier"), values, "customer_id")


def tier_cut_offs(tiers: Tabular) -> pd.DataFrame:
    """One row per tier: tier, customers, value, share (of all value), lowest (the cut-off that was applied).

    Examples
    --------
    >>> frame = pd.DataFrame({"customer_id": list("abcd"), "value": [50, 30, 15, 5]})
    >>> tier_cut_offs(value_tiers(frame))[["tier", "customers", "value", "lowest"]].values.tolist()
    [['A', 1, 50.0, 50.0], ['B', 1, 30.0, 30.0], ['C', 2, 20.0, 5.0]]
    """
    table = as_table(tiers)
    amounts = table.mutate(amount=table.value.cast(MONEY))
    grouped = amounts.group_by("tier").aggregate(
        customers=amounts.count(), value=amounts.amount.sum(), lowest=amounts.amount.min()
    )
    frame = collect(grouped).set_index("tier").reindex(pd.Index(TIERS, name="tier")).reset_index()
    frame = frame.fillna({"customers": 0, "value": 0.0}).astype({"customers": "int64", "value": "float64"})
    total = frame["value"].sum()
    return frame.assign(share=frame["value"] / total if total > 0 else float("nan"))[
        ["tier", "customers", "value", "share", "lowest"]
    ]


def pinned_cut_offs(tiers: Tabular) -> tuple[float, float]:
    """Lowest values of tiers A and B, to be given to :func:`value_tiers` of another audit.

    An empty tier takes the cut-off of the other.

    Raises
    ------
    DataError
        No customer is in A or B, so there is nothing to pin.

    Examples
    --------
    >>> frame = pd.DataFrame({"customer_id": list("abcd"), "value": [50, 30, 15, 5]})
    >>> pinned_cut_offs(value_tiers(frame))
    (50.0, 30.0)
    """
    lowest = tier_cut_offs(tiers).set_index("tier")["lowest"].astype("float64")
    high, middle = float(lowest["A"]), float(lowest["B"])
    if math.isnan(high) and math.isnan(middle):
        raise DataError("Cut-offs can be pinned where customers bring a positive value; here none does.")
    return (middle if math.isnan(high) else high), (high if math.isnan(middle) else middle)


def abc(values: Tabular, shares: Sequence[float] = (0.8, 0.95), key: str = "customer_id") -> Any:
    """One row per customer or product: its class A, B, C, ... by cumulative share of value.

    Parameters
    ----------
    values : pandas frame, Arrow table or ibis table
        The key and value; a missing value counts as 0.
    shares : sequence of float
        Shares of all positive value that close each class but the last, rising, between 0 and 1.
    key : str
        Column that tells what is classed, such as customer_id or product_id.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        The key, value, abc, ordered by key unless lazy. Equal values are never split; whatever brings nothing is in
        the last class.

    Raises
    ------
    DataError
        A column is missing, or the shares are not rising.

    References
    ----------
    Dickie (1951), ABC inventory analysis shoots for dollars, not pennies, Factory Management and Maintenance 109.

    Examples
    --------
    >>> frame = pd.DataFrame({"product_id": list("abcd"), "value": [70, 20, 5, 5]})
    >>> abc(frame, key="product_id")["abc"].tolist()
    ['A', 'A', 'B', 'B']
    """
    rising = all(0 <= low <= high <= 1 for low, high in zip((0, *shares), (*shares, 1), strict=True))
    if not rising or not 1 <= len(shares) <= 25:
        raise DataError("The shares of classes must rise between 0 and 1, got {shares}.", shares=str(list(shares))[:60])
    names = [chr(ord("A") + place) for place in range(len(shares) + 1)]
    classed = _classes_by_share(_valued(values, key), shares, names, "abc")
    return _ordered(classed.select(key, "value", "abc"), values, key)


def _valued(values: Tabular, key: str) -> ibis.Table:
    table = as_table(values)
    require_columns(table, (key, "value"), name="The table of values")
    return table.select(key, "value", units=units_of(table.value))


def _classes_by_share(table: ibis.Table, shares: Sequence[float], names: Sequence[str], name: str) -> ibis.Table:
    """Class by the share of all positive value that strictly better ones hold, so that equals stay together."""
    positive = table.filter(table.units > 0)
    grouped = positive.group_by("units").aggregate(customers=positive.count())
    held = grouped.mutate(total=(grouped.units * grouped.customers).sum().over())
    better = add_better(held).mutate(share=lambda t: t.better_units / t.total.cast("float64").nullif(0))
    better = better.select(rank_units=better.units, share=better.share)
    joined = table.left_join(better, table.units == better.rank_units)
    # a hair's breadth for the rounding of a share such as 0.8
    steps = [(joined.share < share - 1e-12, label) for share, label in zip(shares, names, strict=False)]
    return joined.mutate(**{name: ibis.cases(*steps, else_=names[-1])})


def _cut(value: float) -> Any:
    return ibis.literal(math.ceil(value * UNITS - 1e-6) if math.isfinite(value) else 2**62, "int64")


def units_of(value: Any) -> Any:
    """Whole ten-thousandths of a value of any numeric type; missing is 0."""
    return (value.cast(MONEY) * UNITS).cast("int64").fill_null(0)


def _ordered(result: ibis.Table, given: Tabular, key: str) -> Any:
    return result if isinstance(given, ibis.Table) else like(result.order_by(key), given)
