"""Lens 5: the whole customer base, period by period and by the period in which customers were acquired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from custinsight.base.cohorts import tabulate_cohorts
from custinsight.base.purchases import Purchases, TransactionsLike
from custinsight.base.slices import Slices, Where, look
from custinsight.base.spans import (
    RATIOS,
    SUMS,
    Clock,
    add_measures,
    count_cohorts,
    customer_starts,
    set_clock,
    split_by,
)
from custinsight.engine import Tabular, collect

NO_COHORT = ""
C3 = ("period", "cohort", *SUMS, *RATIOS)
BY_COHORT = ("cohort", "period", "age", "complete", "cohort_customers", *SUMS, "share_active", *RATIOS)


@dataclass(frozen=True)
class WholeBase:
    """Lens 5: all periods of the data; a customer's cohort is the period of the first order.

    Parameters
    ----------
    by : str
        Step of the periods.
    value_column : str
        ``profit``, or ``spend`` when no cost is known.
    c3 : DataFrame
        The customer cohort chart: period, cohort, customers (with an order in the period), orders, spend, profit, aof,
        aov, margin, profit_per_customer. Sums over the cohorts are the period's totals. Money before a first order, or
        of customers without any, has the cohort ``""``.
    totals : DataFrame
        period, customers, orders, spend, profit, aof, aov, margin, profit_per_customer (active ones), complete
        (whether the data reach the period's end).
    active : DataFrame
        period, customers (with an order in the period), new (first order in it), repeat (the others).
    repeat_rate : DataFrame
        period, previous, bought_before (customers of the previous period), bought_again (of those, customers of this
        period), rate. The repeat-buying rate; it is not the share of a cohort that is active.
    acquired : DataFrame
        cohort, customers.
    by_cohort : DataFrame
        cohort, period, age, complete, cohort_customers, customers, orders, spend, profit, share_active, aof, aov,
        margin, profit_per_customer; also periods in which nobody of the cohort bought.
    second_purchase : DataFrame
        cohort, period, age, complete, cohort_customers, customers (second purchase day in the period), cumulative,
        share (cumulative over cohort_customers).
    """

    by: str
    value_column: str
    c3: pd.DataFrame
    active: pd.DataFrame
    repeat_rate: pd.DataFrame
    acquired: pd.DataFrame
    totals: pd.DataFrame
    by_cohort: pd.DataFrame
    second_purchase: pd.DataFrame


def whole_base(
    transactions: TransactionsLike,
    by: str | Sequence[str] = "Q",
    *,
    end: str | dt.date | None = None,
    first_month: int = 1,
    where: Where = None,
    customers: Tabular | None = None,
) -> WholeBase | Slices[WholeBase]:
    """Look at the whole base from the first period of the data to the last.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    by : str or sequence of str
        Step W (ISO weeks), M, Q, H or Y; also dimensions, for one result per value. Q if no step is named.
    end : str or date, optional
        Nothing later is seen; the last day of the data when not given.
    first_month : int
        Month in which the fiscal year starts.
    where, customers
        A filter, and a table of customers; see :mod:`custinsight.base.slices`.

    Returns
    -------
    WholeBase
        With dimensions, :class:`~custinsight.base.slices.Slices` of them.

    References
    ----------
    Fader, Hardie and Ross (2022), *The Customer-Base Audit*, chapter 7.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount_net": [30, 50, 20],
    ...                       "doc_date": ["2023-05-03", "2024-02-05", "2024-02-06"]})
    >>> lens = whole_base(lines, by="Y")
    >>> lens.c3[["period", "cohort", "spend"]].values.tolist()
    [['2023', '2023', 30.0], ['2024', '2023', 50.0], ['2024', '2024', 20.0]]
    >>> lens.repeat_rate[["period", "rate"]].values.tolist()
    [['2024', 1.0]]
    """
    step, dims = split_by(by)
    return look(
        lambda purchases: _whole_base(purchases, set_clock(purchases, step, end, first_month)),
        transactions,
        where=where,
        by=dims,
        customers=customers,
    )


def _whole_base(purchases: Purchases, clock: Clock) -> WholeBase:
    counted = count_cohorts(purchases, clock)
    active = _active(counted)
    names = {number: clock.name(number) for number in {*active.index, *counted["number"]}}
    cohorts = tabulate_cohorts(counted, clock, purchases.has_cost)
    return WholeBase(
        by=clock.by,
        value_column=purchases.value_column,
        c3=_c3(counted, names, purchases.has_cost),
        active=active.drop(columns="again").rename(index=names).rename_axis("period").reset_index(),
        repeat_rate=_repeat_rate(active, names),
        acquired=active["new"].rename("customers").rename(index=names).rename_axis("cohort").reset_index(),
        totals=_totals(counted, names, clock, purchases.has_cost),
        by_cohort=cohorts[list(BY_COHORT)],
        second_purchase=_second_purchase(purchases, clock, cohorts),
    )


def _totals(counted: pd.DataFrame, names: dict[int, str], clock: Clock, has_cost: bool) -> pd.DataFrame:
    """One row per period from the first to the last with a line."""
    if counted.empty:
        numbers = pd.RangeIndex(0, name="number")
    else:
        numbers = pd.RangeIndex(counted["number"].min(), counted["number"].max() + 1, name="number")
    sums = counted.groupby("number")[list(SUMS)].sum().reindex(numbers).fillna(0).reset_index()
    frame = add_measures(sums.astype({"customers": "int64", "orders": "int64"}), has_cost)
    period = frame["number"].map(lambda number: names.get(number) or clock.name(number)).astype("str")
    frame = frame.assign(period=period, complete=frame["number"] <= clock.last_complete)
    return frame[["period", *SUMS, *RATIOS, "complete"]]


def _second_purchase(purchases: Purchases, clock: Clock, cohorts: pd.DataFrame) -> pd.DataFrame:
    """Customers of each cohort by the period of their second purchase day."""
    starts = customer_starts(purchases, clock.end)
    second = starts.filter(starts.second_day.notnull())
    second = second.mutate(cohort_number=clock.number(second.first_day), number=clock.number(second.second_day))
    made = collect(second.group_by("cohort_number", "number").aggregate(second=second.count()))
    frame = cohorts[["cohort_number", "number", "cohort", "period", "age", "complete", "cohort_customers"]]
    frame = frame.merge(made, how="left", on=["cohort_number", "number"])
    frame["customers"] = frame["second"].fillna(0).astype("int64")
    frame["cumulative"] = frame.groupby("cohort_number")["customers"].cumsum()
    frame["share"] = frame["cumulative"] / frame["cohort_customers"]
    return frame.drop(columns=["cohort_number", "number", "second"])


def _active(counted: pd.DataFrame) -> pd.DataFrame:
    """One row per period from the first with an order to the last with a line, also those without any order."""
    bought = counted[counted["customers"] > 0]
    if bought.empty:
        return pd.DataFrame({"customers": [], "new": [], "repeat": [], "again": []}, dtype="int64")
    numbers = pd.RangeIndex(int(bought["number"].min()), int(counted["number"].max()) + 1, name="number")
    sums = bought.groupby("number")[["customers", "again"]].sum()
    new = bought[bought["cohort"] == bought["number"]].groupby("number")["customers"].sum().rename("new")
    frame = pd.concat([sums, new], axis=1).reindex(numbers).fillna(0).astype("int64")
    return frame.assign(repeat=frame["customers"] - frame["new"])[["customers", "new", "repeat", "again"]]


def _c3(counted: pd.DataFrame, names: dict[int, str], has_cost: bool) -> pd.DataFrame:
    frame = add_measures(counted, has_cost)
    for column in ("number", "cohort"):
        frame[column] = frame[column].map(names, na_action="ignore").astype("str")
    frame = frame.rename(columns={"number": "period"}).fillna({"cohort": NO_COHORT})
    return frame[list(C3)]


def _repeat_rate(active: pd.DataFrame, names: dict[int, str]) -> pd.DataFrame:
    before, again = active["customers"].shift().iloc[1:], active["again"].iloc[1:]
    frame = pd.DataFrame(
        {
            "period": [names[number] for number in before.index],
            "previous": [names[number - 1] for number in before.index],
            "bought_before": before.astype("int64").to_numpy(),
            "bought_again": again.to_numpy(),
        }
    )
    return frame.assign(rate=frame["bought_again"] / frame["bought_before"].where(frame["bought_before"] > 0))
