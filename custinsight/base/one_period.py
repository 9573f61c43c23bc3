"""Lens 1: how different the customers of one period are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, overload

import ibis
import numpy as np
import pandas as pd

from custinsight.base import deciles, distributions
from custinsight.base.lines import UNITS, as_units
from custinsight.base.orders import sum_customers
from custinsight.base.purchases import Purchases, TransactionsLike
from custinsight.base.slices import Slices, Where, look
from custinsight.engine import Tabular, collect
from custinsight.periods import Period

TOP_SHARES = (0.01, 0.05, 0.10, 0.20, 0.50)
LORENZ_STEPS = 200
MOST_ORDERS = 10


@dataclass(frozen=True)
class OnePeriod:
    """Lens 1: the customers of one period.

    A customer of the period placed at least one order in it. Amounts are all of the period's lines, so they agree
    with the ledger; those of customers that only returned goods stand in the last decile and are told apart in the
    totals.

    Parameters
    ----------
    period : Period
    value_column : str
        What deciles and the top share go by: ``profit``, or ``spend`` when no cost is known.
    totals : pandas.Series
        customers, orders, spend, profit, aof, aov, margin, one_time (customers with one order), loss_making
        (customers with a profit below zero; NaN without cost), gini and top_10_share of the value column,
        cost_known (share of spend whose cost is known), return_only (customers without an order), return_only_spend.
    equal_customer_deciles, equal_profit_deciles : DataFrame
        decile, customers, orders, spend, profit, aof, aov, margin, highest, lowest.
    distributions : DataFrame
        measure, bin_from, bin_to, customers, share.
    averages : DataFrame
        measure, mean, median, below_mean: of the customers' own values, each customer counting the same.
    by_orders : DataFrame
        orders (1 to 9, 10 for 10 and more), customers, spend, profit, aov, margin.
    top_shares : DataFrame
        top (share of the customers: 1, 5, 10, 20, 50 %), customers (rounded up to whole ones), value (of the best so
        many, in the value column), share (of the total; NaN if that is not positive).
    lorenz : DataFrame
        customer_share, spend_share, profit_share from the best customer down, each by its own order; at most 201
        rows. With losses the curve of profit rises above 1 before it comes down to it.
    """

    period: Period
    value_column: str
    totals: pd.Series
    equal_customer_deciles: pd.DataFrame
    equal_profit_deciles: pd.DataFrame
    distributions: pd.DataFrame
    averages: pd.DataFrame
    by_orders: pd.DataFrame
    top_shares: pd.DataFrame
    lorenz: pd.DataFrame


@overload
def one_period(
    transactions: TransactionsLike,
    period: str | Period,
    *,
    where: Where = ...,
    by: None = ...,
    customers: Tabular | None = ...,
) -> OnePeriod: ...


@overload
def one_period(
    transactions: TransactionsLike,
    period: str | Period,
    *,
    where: Where = ...,
    by: str | Sequence[str],
    customers: Tabular | None = ...,
) -> Slices[OnePeriod]: ...


def one_period(
    transactions: TransactionsLike,
    period: str | Period,
    *,
    where: Where = None,
    by: str | Sequence[str] | None = None,
    customers: Tabular | None = None,
) -> OnePeriod | Slices[OnePeriod]:
    """Describe the customers of one period, with what was known at its end.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    period : str or Period
    where, by, customers
        A filter, dimensions for one result per value, and a table of customers; see :mod:`custinsight.base.slices`.

    Returns
    -------
    OnePeriod
        With dimensions, :class:`~custinsight.base.slices.Slices` of them.

    References
    ----------
    Fader, Hardie and Ross (2022), *The Customer-Base Audit*, chapter 3.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount_net": [30, 50, 20], "cost": [20, 40, 25],
    ...                       "doc_date": ["2024-01-03", "2024-02-05", "2024-02-06"]})
    >>> lens = one_period(lines, "2024Q1")
    >>> lens.totals[["customers", "orders", "spend", "profit", "one_time", "loss_making"]].astype(int).tolist()
    [2, 3, 100, 15, 1, 1]
    """
    span = Period.parse(period)
    return look(lambda purchases: _one_period(purchases, span), transactions, where, by, customers)


def _one_period(purchases: Purchases, period: Period) -> OnePeriod:
    customers = period_customers(purchases, period).cache()
    buyers = customers.filter(customers.orders > 0)
    value = purchases.value_column
    facts = _facts(customers, value)
    curves = _curves(buyers, facts)
    measured = distributions.measure_customers(buyers, purchases.has_cost)
    described = distributions.describe(measured)
    bins = distributions.choose_bins(described) if len(described) else {}
    counted = distributions.count_bins(measured, described, bins) if bins else distributions.no_bins()
    gini, top_shares = _concentration(buyers, value, facts)
    values = deciles.group_values(buyers, value)
    shared = deciles.sharing_total(facts["units"], facts["positive_units"])
    by_customers = deciles.summarise_deciles(values, values.better_customers, facts["customers"], purchases.has_cost)
    by_value = deciles.summarise_deciles(values, values.better_units, shared, purchases.has_cost)
    return OnePeriod(
        period=period,
        value_column=value,
        totals=_totals(facts, purchases.has_cost, gini, top_shares.set_index("top")["share"].get(0.10, np.nan)),
        equal_customer_deciles=_with_returns(by_customers, facts, purchases.has_cost),
        equal_profit_deciles=_with_returns(by_value, facts, purchases.has_cost),
        distributions=distributions.lay_out(counted, bins),
        averages=distributions.average(described, counted),
        by_orders=_by_orders(buyers, purchases.has_cost),
        top_shares=top_shares,
        lorenz=curves if purchases.has_cost else curves.assign(profit_share=np.nan),
    )


def period_customers(purchases: Purchases, period: Period) -> ibis.Table:
    """One row per customer with a line in the period, as known at its end; see ``sum_customers``."""
    return sum_customers(purchases.events(period.end), period.start, period.end)


def period_totals(purchases: Purchases, period: Period) -> pd.Series:
    """Totals of a period without its concentration: customers, orders, spend, profit, aof, aov, margin and more."""
    return _totals(_facts(period_customers(purchases, period), purchases.value_column), purchases.has_cost)


def _facts(customers: ibis.Table, value: str) -> dict[str, Any]:
    """Whole-table sums; money in units stays exact."""
    buys = customers.orders > 0
    units, spend, profit = as_units(customers[value]), as_units(customers.spend), as_units(customers.profit)
    row = customers.aggregate(
        customers=buys.cast("int64").sum(),
        orders=customers.orders.sum(),
        spend=spend.sum(),
        profit=profit.sum(),
        costed=as_units(customers.costed).sum(),
        one_time=(customers.orders == 1).cast("int64").sum(),
        loss_making=(buys & (profit < 0)).cast("int64").sum(),
        units=units.sum(where=buys),
        positive_units=units.sum(where=buys & (units > 0)),
        return_only=(~buys).cast("int64").sum(),
        return_spend=spend.sum(where=~buys),
        return_profit=profit.sum(where=~buys),
    )
    return {str(name): int(amount) for name, amount in collect(row.fill_null(0)).iloc[0].items()}


def _totals(facts: dict[str, Any], has_cost: bool, gini: float = np.nan, top_share: float = np.nan) -> pd.Series:
    frame = pd.DataFrame([facts])
    frame[["spend", "profit"]] = frame[["spend", "profit"]] / UNITS
    frame["loss_making"] = frame["loss_making"] if has_cost else np.nan
    frame["cost_known"] = facts["costed"] / facts["spend"] if facts["spend"] else np.nan
    frame = deciles.add_ratios(frame, has_cost).assign(
        gini=gini, top_10_share=top_share, return_only_spend=frame["return_spend"] / UNITS
    )
    names = (
        "customers orders spend profit aof aov margin one_time loss_making gini top_10_share "
        "cost_known return_only return_only_spend"
    )
    return frame.iloc[0][names.split()].astype("float64").rename("totals")


def _with_returns(frame: pd.DataFrame, facts: dict[str, Any], has_cost: bool) -> pd.DataFrame:
    """Put the money of customers that only returned goods into the last decile: columns then sum to the totals."""
    if not facts["return_only"]:
        return frame
    frame = frame.astype({"spend": "float64", "profit": "float64"})
    last = frame.index[-1]
    frame.loc[last, "spend"] += facts["return_spend"] / UNITS
    frame.loc[last, "profit"] += facts["return_profit"] / UNITS
    return deciles.add_ratios(frame, has_cost)


def _concentration(buyers: ibis.Table, value: str, facts: dict[str, Any]) -> tuple[float, pd.DataFrame]:
    """Gini coefficient, and what the best customers hold, their number rounded up to whole ones."""
    n, total = facts["customers"], facts["units"]
    best = [math.ceil(round(top * n, 9)) for top in TOP_SHARES]
    frame = pd.DataFrame({"top": TOP_SHARES, "customers": best, "value": 0.0, "share": np.nan})
    if n == 0:
        return np.nan, frame
    ranked = buyers.select("customer_id", units=as_units(buyers[value]))
    ranked = ranked.mutate(position=ibis.row_number().over(order_by=[ranked.units, ranked.customer_id]))
    weighted = ((2 * ranked.position + 1 - n) * ranked.units).cast("decimal(38, 0)")
    held = {f"top_{k}": ranked.units.sum(where=ranked.position >= n - k) for k in sorted(set(best))}
    sums = collect(ranked.aggregate(gini=weighted.sum().cast("float64"), **held)).iloc[0]
    frame["value"] = [float(sums[f"top_{k}"]) / UNITS for k in best]
    if total <= 0:
        return np.nan, frame
    return float(sums["gini"]) / n / total, frame.assign(share=frame["value"] * UNITS / total)


def _curves(buyers: ibis.Table, facts: dict[str, Any]) -> pd.DataFrame:
    """Lorenz curves of spend and of profit, best first, at the same numbers of customers."""
    n = facts["customers"]
    start = pd.DataFrame({"position": [0], "spend_share": [0.0], "profit_share": [0.0]})
    if n == 0:
        return start.iloc[:0].rename(columns={"position": "customer_share"}).astype("float64")
    curves = []
    for name in ("spend", "profit"):
        units = buyers.select("customer_id", units=as_units(buyers[name]))
        order = [units.units.desc(), units.customer_id]
        running = units.mutate(
            position=ibis.row_number().over(order_by=order) + 1,
            running=units.units.sum().over(order_by=order, rows=(None, 0)),
        )
        step = (running.position * LORENZ_STEPS / n).floor()
        before = ((running.position - 1) * LORENZ_STEPS / n).floor()
        kept = running.filter((step > before) | (running.position == n))
        curve = collect(kept.select("position", "running")).set_index("position")["running"].sort_index()
        total = float(curve.iloc[-1])
        curves.append((curve / (total if total > 0 else np.nan)).rename(f"{name}_share"))
    frame = pd.concat([start.set_index("position"), pd.concat(curves, axis=1)]).reset_index()
    return frame.assign(customer_share=frame["position"] / n)[["customer_share", "spend_share", "profit_share"]]


def _by_orders(buyers: ibis.Table, has_cost: bool) -> pd.DataFrame:
    """Customers by their number of orders in the period."""
    counted = buyers.mutate(number=ibis.least(buyers.orders, MOST_ORDERS))
    grouped = counted.group_by("number").aggregate(
        customers=counted.count(), orders=counted.orders.sum(), spend=counted.spend.sum(), profit=counted.profit.sum()
    )
    frame = deciles.add_ratios(collect(grouped.order_by("number")), has_cost)
    frame = frame.drop(columns=["orders", "aof"]).rename(columns={"number": "orders"})
    return frame[["orders", "customers", "spend", "profit", "aov", "margin"]]
