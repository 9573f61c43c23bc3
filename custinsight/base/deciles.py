"""Classes of customers from best to worst: deciles of equal customers or equal value, tiers, scores.

The rule
--------
Order the customers from the best value to the worst and let a running total go along: of customers (classes of equal
customers) or of value (classes of equal value). A customer belongs to the class in which the running total first
passes the cut: the customer that carries it over the cut of class k is the last one of class k. Put exactly: with
B the total of all customers **strictly better** than a customer, and G the grand total, the customer's class is

    1 + the number of k in 1 .. n - 1 for which  B >= k G / n.

Customers of equal value have the same B, so they never fall into different classes; the best is always in class 1; a
customer so big that the total passes several cuts at once leaves the classes between empty. In classes of equal value
G is the net total. The running total stops at the last positive value, which has brought it to G or beyond, so that
losses lie in the last class. If G is not positive there is nothing to share out, and the sum of the positive values
takes its place; without any positive value all customers are in the last class.

All comparisons are made in whole ten-thousandths of the currency, so no rounding decides a class.
"""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd

from custinsight.base.lines import UNITS, as_units
from custinsight.engine import collect

TEN = 10
MEASURES = ("orders", "spend", "profit")


def group_values(customers: ibis.Table, value: str) -> ibis.Table:
    """One row per distinct value, with what strictly better customers hold.

    Parameters
    ----------
    customers : ibis.Table
        One row per customer: orders, spend, profit (decimals).
    value : str
        Column that customers are ranked by.

    Returns
    -------
    ibis.Table
        units (the value in ten-thousandths), customers, orders, spend, profit, better_customers, better_units.
    """
    valued = customers.mutate(units=as_units(customers[value]))
    grouped = valued.group_by("units").aggregate(
        customers=valued.count(), **{name: valued[name].sum() for name in MEASURES}
    )
    return add_better(grouped)


def add_better(grouped: ibis.Table) -> ibis.Table:
    """Add better_customers and better_units (positive ones) to a table of distinct values (units, customers)."""
    held = grouped.mutate(held=ibis.greatest(grouped.units, 0) * grouped.customers)
    above = ibis.window(order_by=ibis.desc(held.units), preceding=None, following=0)
    return held.mutate(
        better_customers=held.customers.sum().over(above) - held.customers,
        better_units=held.held.sum().over(above) - held.held,
    ).drop("held")


def class_of(better: Any, total: int, n: int = TEN) -> Any:
    """Class, 1 the best, of customers whose betters hold ``better`` of ``total``, both integers."""
    if total <= 0:
        return ibis.literal(n, "int64")
    number: Any = ibis.literal(1, "int64")
    for k in range(1, n):
        number = number + (better * n >= ibis.literal(k * total)).cast("int64")
    return number


def sharing_total(total: int, positive: int) -> int:
    """Grand total that classes of equal value share out: the net total, or the positive values if it is not above 0."""
    return total if total > 0 else positive


def summarise_deciles(values: ibis.Table, better: Any, total: int, has_cost: bool) -> pd.DataFrame:
    """One row per decile, 1 the best; all ten are there.

    Parameters
    ----------
    values : ibis.Table
        From :func:`group_values`.
    better : ibis column
        Its running total of the betters: of customers or of value.
    total : int
        Grand total of the same thing.
    has_cost : bool
        Whether profit is known.

    Returns
    -------
    DataFrame
        decile, customers, orders, spend, profit, aof, aov, margin, highest, lowest (value of the best and of the last
        customer in it; NaN in an empty decile).
    """
    classed = values.mutate(decile=class_of(better, total))
    grouped = classed.group_by("decile").aggregate(
        customers=classed.customers.sum(),
        **{name: classed[name].sum() for name in MEASURES},
        highest=classed.units.max(),
        lowest=classed.units.min(),
    )
    frame = collect(grouped).set_index("decile").reindex(pd.RangeIndex(1, TEN + 1, name="decile")).reset_index()
    counted = ["customers", "orders"]
    frame[[*counted, "spend", "profit"]] = frame[[*counted, "spend", "profit"]].fillna(0)
    frame[counted] = frame[counted].astype("int64")
    frame[["highest", "lowest"]] = frame[["highest", "lowest"]].astype("float64") / UNITS
    frame = add_ratios(frame, has_cost)
    return frame[["decile", *counted, "spend", "profit", "aof", "aov", "margin", "highest", "lowest"]]


def add_ratios(frame: pd.DataFrame, has_cost: bool) -> pd.DataFrame:
    """Add aof, aov and margin: ratios of totals; NaN where there is nothing to divide by or no cost is known.

    Examples
    --------
    >>> totals = pd.DataFrame({"customers": [2], "orders": [4], "spend": [80.0], "profit": [20.0]})
    >>> add_ratios(totals, has_cost=True)[["aof", "aov", "margin"]].iloc[0].tolist()
    [2.0, 20.0, 0.25]
    """
    frame = frame.copy()
    if not has_cost:
        frame["profit"] = np.nan
    for name, above, below in (
        ("aof", "orders", "customers"),
        ("aov", "spend", "orders"),
        ("margin", "profit", "spend"),
    ):
        divisor = frame[below].astype("float64")
        frame[name] = frame[above] / divisor.where(divisor != 0)
    return frame


def cut_offs(deciles: pd.DataFrame) -> list[int]:
    """Lowest value, in ten-thousandths, that still belongs to decile 1, 2, ... 9; for pinning deciles.

    An empty decile takes the cut-off of the one above it. If even the first is empty, there are no cut-offs.
    """
    lowest = deciles.set_index("decile")["lowest"].cummin().ffill()
    return [round(value * UNITS) for value in lowest.loc[1 : TEN - 1] if not pd.isna(value)]


def pinned_class(units: Any, cuts: list[int]) -> Any:
    """Class of a value under cut-offs that were made on another period."""
    number: Any = ibis.literal(1, "int64")
    for cut in cuts:
        number = number + (units < ibis.literal(cut)).cast("int64")
    return number
