"""Lens 5: the whole customer base, period by period and by the period in which customers were acquired."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from custinsight.base.calendar import check_step, name_of, number_of
from custinsight.base.lines import as_day
from custinsight.base.purchases import Purchases, TransactionsLike, read_purchases
from custinsight.engine import collect

NO_COHORT = ""
C3 = ("period", "cohort", "customers", "orders", "spend", "profit")


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
        The customer cohort chart: period, cohort, customers (with an order in the period), orders, spend, profit.
        Sums over the cohorts are the period's totals. Money before a first order, or of customers without any, has
        the cohort ``""``.
    active : DataFrame
        period, customers (with an order in the period), new (first order in it), repeat (the others).
    repeat_rate : DataFrame
        period, previous, bought_before (customers of the previous period), bought_again (of those, customers of this
        period), rate. The repeat-buying rate; it is not the share of a cohort that is active.
    acquired : DataFrame
        cohort, customers.
    """

    by: str
    value_column: str
    c3: pd.DataFrame
    active: pd.DataFrame
    repeat_rate: pd.DataFrame
    acquired: pd.DataFrame


def whole_base(
    transactions: TransactionsLike, by: str = "Q", *, end: str | dt.date | None = None, first_month: int = 1
) -> WholeBase:
    """Look at the whole base from the first period of the data to the last.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    by : str
        W (ISO weeks), M, Q, H or Y.
    end : str or date, optional
        Nothing later is seen; the last day of the data when not given.
    first_month : int
        Month in which the fiscal year starts.

    Returns
    -------
    WholeBase

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
    purchases, by = read_purchases(transactions), check_step(by)
    last = as_day(end) if end is not None else purchases.last
    spans = _customer_periods(purchases, last or dt.date(1970, 1, 1), by, first_month).cache()
    counted = collect(
        spans.group_by("number", "cohort").aggregate(
            customers=(spans.orders > 0).cast("int64").sum(),
            again=((spans.orders > 0) & (spans.previous == spans.number - 1)).fill_null(False).cast("int64").sum(),
            orders=spans.orders.sum(),
            spend=spans.spend.sum(),
            profit=spans.profit.sum(),
        )
    ).sort_values(["number", "cohort"], na_position="first", ignore_index=True)
    active = _active(counted)
    names = {number: name_of(number, by, first_month) for number in {*active.index, *counted["number"]}}
    return WholeBase(
        by=by,
        value_column=purchases.value_column,
        c3=_c3(counted, names, purchases.has_cost),
        active=active.drop(columns="again").rename(index=names).rename_axis("period").reset_index(),
        repeat_rate=_repeat_rate(active, names),
        acquired=active["new"].rename("customers").rename(index=names).rename_axis("cohort").reset_index(),
    )


def _customer_periods(purchases: Purchases, end: dt.date, by: str, first_month: int) -> ibis.Table:
    """One row per customer and period with a line.

    customer_id, number, orders, spend, profit, cohort (null before the first order), previous (number of the
    customer's period before this one, if it has an order).
    """
    events = purchases.events(end)
    events = events.mutate(number=number_of(events.day, by, first_month))
    stands = events.returned_on.isnull()
    spans = events.group_by("customer_id", "number").aggregate(
        orders=ibis.ifelse(stands, events.orders, 0).sum(), spend=events.amount.sum(), profit=events.profit.sum()
    )
    bought = ibis.ifelse(spans.orders > 0, spans.number, ibis.null("int64"))
    mine = ibis.window(group_by=spans.customer_id)
    in_order = ibis.window(group_by=spans.customer_id, order_by=spans.number)
    spans = spans.mutate(first=bought.min().over(mine), previous=bought.lag().over(in_order))
    cohort = ibis.ifelse(spans.first <= spans.number, spans.first, ibis.null("int64"))
    return spans.mutate(cohort=cohort).drop("first")


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
    frame = counted.copy()
    for column in ("number", "cohort"):
        frame[column] = frame[column].map(names, na_action="ignore").astype("str")
    frame = frame.rename(columns={"number": "period"}).fillna({"cohort": NO_COHORT})
    if not has_cost:
        frame["profit"] = np.nan
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
