"""Lens 3: the customers acquired in one period, from then on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd

from custinsight.base import deciles, distributions
from custinsight.base.calendar import MONTHS
from custinsight.base.deciles import TEN
from custinsight.base.lines import as_units
from custinsight.base.purchases import Purchases, TransactionsLike
from custinsight.base.slices import Slices, Where, look
from custinsight.base.spans import (
    RATIOS,
    SUMS,
    Clock,
    add_measures,
    customer_periods,
    customer_starts,
    set_clock,
    split_by,
)
from custinsight.base.summary import span
from custinsight.base.waiting import WAITING, kaplan_meier
from custinsight.engine import Tabular, collect
from custinsight.errors import DataError
from custinsight.periods import Period

STEP_OF = {"year": "Y", "half": "H", "quarter": "Q", "month": "M", "week": "W", "range": "M"}
BY_PERIOD = ("period", "age", "complete", "cohort_customers", *SUMS, "share_active", *RATIOS, "profit_per_acquired")
MOST_PURCHASES = 5


@dataclass(frozen=True)
class OneCohort:
    """Lens 3: one cohort, the customers whose first order lies in a period.

    Parameters
    ----------
    cohort : Period
    by : str
        Step of the periods.
    customers : int
        Size of the cohort.
    value_column : str
        ``profit``, or ``spend`` when no cost is known.
    by_period : DataFrame
        One row per period from the cohort's on: period, age (calendar periods since the cohort's first, which is 0),
        complete (whether the data reach the period's end), cohort_customers, customers (with an order in the period),
        orders, spend, profit, share_active (customers over cohort_customers), aof, aov, margin, profit_per_customer
        (active ones), profit_per_acquired.
    nth_purchase : DataFrame
        Time from the first purchase day to the n-th: nth (2 to 5), age (whole periods), customers (whose n-th purchase
        came at this age), at_risk, incremental, cumulative (Kaplan-Meier), share (cumulated customers over the
        cohort's; below ``cumulative`` where some could not be watched long enough). Ages count calendar periods
        since the customer's first, or elapsed whole units with ``elapsed=True``.
    waiting : DataFrame
        The same from the (n - 1)-th purchase day to the n-th; share is that of customers with n - 1 purchases.
    yearly_patterns : DataFrame
        pattern (a letter per calendar year from the cohort's on, Y bought, N not), customers, share, orders, spend,
        profit; most customers first.
    value_to_date : DataFrame
        measure (spend, orders, spend_per_order, profit, margin from the first purchase to the end), bin_from, bin_to,
        customers, share.
    value_averages : DataFrame
        measure, mean, median, below_mean of the same.
    value_deciles : DataFrame
        Equal customers by value to date: decile, customers, orders, spend, profit, aof, aov, margin, highest, lowest.
    active_by_decile : DataFrame
        period, age, decile (by value up to the period's start, of those who were customers then), customers, active
        (with an order in the period), share_active.
    rfm : DataFrame
        recency (period of the last purchase day), frequency (purchase days; 5 for 5 and more), customers, orders,
        spend, profit, aof, aov, margin (to date).
    """

    cohort: Period
    by: str
    customers: int
    value_column: str
    by_period: pd.DataFrame
    nth_purchase: pd.DataFrame
    waiting: pd.DataFrame
    yearly_patterns: pd.DataFrame
    value_to_date: pd.DataFrame
    value_averages: pd.DataFrame
    value_deciles: pd.DataFrame
    active_by_decile: pd.DataFrame
    rfm: pd.DataFrame


def one_cohort(
    transactions: TransactionsLike,
    cohort: str | Period,
    *,
    by: str | Sequence[str] = (),
    end: str | dt.date | None = None,
    elapsed: bool = False,
    where: Where = None,
    customers: Tabular | None = None,
) -> OneCohort | Slices[OneCohort]:
    """Follow the customers acquired in one period.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    cohort : str or Period
        Period of the customers' first order.
    by : str or sequence of str
        Step W (ISO weeks), M, Q, H or Y; also dimensions, for one result per value. Without a step, the cohort's own
        kind of period, or months.
    end : str or date, optional
        Nothing later is seen; the last day of the data when not given.
    elapsed : bool
        Let times between purchases be whole elapsed units instead of calendar periods.
    where, customers
        A filter, and a table of customers; see :mod:`custinsight.base.slices`.

    Returns
    -------
    OneCohort
        With dimensions, :class:`~custinsight.base.slices.Slices` of them.

    Raises
    ------
    DataError
        The cohort starts after the end.

    References
    ----------
    Fader, Hardie and Ross (2022), *The Customer-Base Audit*, chapter 5.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b", "c"], "amount_net": [30, 60, 20, 40],
    ...                       "doc_date": ["2022-05-03", "2024-02-05", "2022-02-06", "2023-02-06"]})
    >>> lens = one_cohort(lines, "2022", end="2024-12-31")
    >>> lens.by_period[["period", "age", "customers", "share_active", "spend"]].values.tolist()
    [['2022', 0, 2, 1.0, 50.0], ['2023', 1, 0, 0.0, 0.0], ['2024', 2, 1, 0.5, 60.0]]
    >>> lens.nth_purchase.query("nth == 2")["cumulative"].tolist()
    [0.0, 0.0, 0.5]
    """
    period = Period.parse(cohort)
    step, dims = split_by(by, STEP_OF[period.kind])

    def lens(purchases: Purchases) -> OneCohort:
        return _one_cohort(purchases, period, set_clock(purchases, step, end, period.first_month), elapsed)

    return look(lens, transactions, where=where, by=dims, customers=customers)


def _one_cohort(purchases: Purchases, cohort: Period, clock: Clock, elapsed: bool) -> OneCohort:
    if cohort.start > clock.end and purchases.last is not None:
        raise DataError(
            "The cohort must start by the last day seen, {end}; {cohort} starts later.",
            end=str(clock.end),
            cohort=cohort.label,
        )
    starts = customer_starts(purchases, clock.end)
    inside = starts.first_day.between(ibis.literal(cohort.start), ibis.literal(cohort.end))
    members = starts.filter(inside).cache()
    size = int(collect(members.aggregate(n=members.count()))["n"].iloc[0])
    spans = customer_periods(purchases, clock)
    # money before a first order belongs to no cohort
    spans = spans.filter(spans.cohort.notnull()).semi_join(members, "customer_id").cache()
    sums = spans.group_by("customer_id").aggregate(**{name: spans[name].sum() for name in SUMS[1:]}).cache()
    theirs = purchases.only(members)
    times = _purchase_times(theirs, members, clock, elapsed)
    value = _value_to_date(sums, purchases)
    return OneCohort(
        cohort=cohort,
        by=clock.by,
        customers=size,
        value_column=purchases.value_column,
        by_period=_by_period(spans, cohort, clock, size, purchases.has_cost),
        nth_purchase=_waiting_times(times, "first", size),
        waiting=_waiting_times(times, "previous", size),
        yearly_patterns=_yearly_patterns(theirs, cohort, clock, size),
        **value,
        active_by_decile=_active_by_decile(spans, members, purchases.value_column, clock),
        rfm=_rfm(members, sums, clock, purchases.has_cost),
    )


def _by_period(spans: ibis.Table, cohort: Period, clock: Clock, size: int, has_cost: bool) -> pd.DataFrame:
    counted = spans.group_by("number").aggregate(
        customers=(spans.orders > 0).cast("int64").sum(), **{name: spans[name].sum() for name in SUMS[1:]}
    )
    start = int(clock.number(cohort.start))
    numbers = pd.RangeIndex(start, max(clock.last, start) + 1 if size else start, name="number")
    frame = collect(counted).set_index("number").reindex(numbers).fillna(0).reset_index()
    frame = add_measures(frame.astype({"customers": "int64", "orders": "int64"}), has_cost)
    frame["period"] = frame["number"].map(clock.name).astype("str")
    frame["age"] = frame["number"] - start
    frame["complete"] = frame["number"] <= clock.last_complete
    frame["cohort_customers"] = size
    frame["share_active"] = frame["customers"] / max(size, 1)
    frame["profit_per_acquired"] = frame["profit"] / max(size, 1)
    return frame[list(BY_PERIOD)]


def _purchase_times(purchases: Purchases, members: ibis.Table, clock: Clock, elapsed: bool) -> pd.DataFrame:
    """One row per n, age since the first and since the previous purchase, and whether the n-th was made: customers.

    For the purchase that a customer has not made yet, the ages are those at the end.
    """
    days = purchases.occasions(clock.end).select("customer_id", "day")
    in_order = ibis.window(group_by=days.customer_id, order_by=days.day)
    days = days.mutate(nth=ibis.row_number().over(in_order) + 1, next_day=days.day.lead().over(in_order))
    days = days.filter(days.nth < MOST_PURCHASES)
    starts = members.select(owner="customer_id", first_day="first_day")
    joined = days.join(starts, days.customer_id == starts.owner)
    until = joined.next_day.fill_null(ibis.literal(clock.end))
    timed = joined.select(
        nth=(joined.nth + 1).cast("int64"),
        made=joined.next_day.notnull(),
        first=_time(joined.first_day, until, clock, elapsed),
        previous=_time(joined.day, until, clock, elapsed),
    )
    return collect(timed.group_by("nth", "made", "first", "previous").aggregate(customers=timed.count()), max_rows=None)


def _time(start: Any, end: Any, clock: Clock, elapsed: bool) -> Any:
    """Calendar periods, or whole elapsed units, from one day to another."""
    if not elapsed:
        return clock.number(end) - clock.number(start)
    whole = span(start, end, clock.by) if clock.by != "H" else span(start, end, "M") / MONTHS["H"]
    # a hair's breadth for fractions of months that should add up to whole ones
    return (whole + 1e-9).floor().cast("int64")


def _waiting_times(times: pd.DataFrame, since: str, size: int) -> pd.DataFrame:
    """Kaplan-Meier of each n.

    Since the first purchase all of the cohort wait for the n-th; who has not even come to the (n - 1)-th waits too.
    """
    frames = []
    for n in range(2, MOST_PURCHASES + 1):
        here = times[times["nth"] == n]
        watched = int(here["customers"].sum())
        if since == "first":
            # those still waiting for an earlier purchase are watched up to the end
            here = pd.concat([here, times[(times["nth"] < n) & ~times["made"].astype(bool)]])
            watched = size
        frame = kaplan_meier(here.rename(columns={since: "age"})[["age", "made", "customers"]])
        frames.append(frame.assign(nth=n, share=frame["customers"].cumsum() / max(watched, 1)))
    whole = ["nth", "age", "customers", "at_risk"]
    return pd.concat(frames, ignore_index=True).astype(dict.fromkeys(whole, "int64"))[[*WAITING, "share"]]


def _yearly_patterns(purchases: Purchases, cohort: Period, clock: Clock, size: int) -> pd.DataFrame:
    """Customers by the calendar years in which they bought."""
    years = Clock("Y", clock.end, clock.first_month)
    spans = customer_periods(purchases, years)
    spans = spans.filter(spans.cohort.notnull())
    bought = {
        f"bought_{number}": ((spans.number == number) & (spans.orders > 0)).any()
        for number in range(int(years.number(cohort.start)), years.last + 1)
    }
    each = spans.group_by("customer_id").aggregate(**bought, **{name: spans[name].sum() for name in SUMS[1:]})
    letters: Any = ibis.literal("")
    for name in bought:
        letters = letters + ibis.ifelse(each[name], "Y", "N")
    marked = each.mutate(pattern=letters)
    grouped = marked.group_by("pattern").aggregate(
        customers=marked.count(), **{name: marked[name].sum() for name in SUMS[1:]}
    )
    frame = collect(grouped).sort_values(["customers", "pattern"], ascending=[False, False], ignore_index=True)
    frame["share"] = frame["customers"] / max(size, 1)
    frame["profit"] = frame["profit"].astype("float64") if purchases.has_cost else np.nan
    return frame[["pattern", "customers", "share", "orders", "spend", "profit"]]


def _value_to_date(sums: ibis.Table, purchases: Purchases) -> dict[str, pd.DataFrame]:
    measured = distributions.measure_customers(sums, purchases.has_cost)
    described = distributions.describe(measured)
    bins = distributions.choose_bins(described) if len(described) else {}
    counted = distributions.count_bins(measured, described, bins) if bins else distributions.no_bins()
    values = deciles.group_values(sums, purchases.value_column)
    n = int(described["customers"].max()) if len(described) else 0
    return {
        "value_to_date": distributions.lay_out(counted, bins),
        "value_averages": distributions.average(described, counted),
        "value_deciles": deciles.summarise_deciles(values, values.better_customers, n, purchases.has_cost),
    }


def _active_by_decile(spans: ibis.Table, members: ibis.Table, value: str, clock: Clock) -> pd.DataFrame:
    """Share of customers active in a period by their decile of value before it; deciles by the rule of ``deciles``."""
    columns = ["period", "age", "decile", "customers", "active", "share_active"]
    first = members.select(owner="customer_id", start=clock.number(members.first_day))
    earliest = collect(first.aggregate(start=first.start.min()))["start"].iloc[0]
    if pd.isna(earliest) or int(earliest) >= clock.last:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in columns})
    numbers = ibis.memtable({"number": list(range(int(earliest), clock.last + 1))}, schema={"number": "int64"})
    grid = first.cross_join(numbers)
    grid = grid.filter(grid.number >= grid.start)
    own = spans.select(
        buyer="customer_id", at="number", units=as_units(spans[value]), active=(spans.orders > 0).cast("int64")
    )
    cells = grid.left_join(own, [grid.owner == own.buyer, grid.number == own["at"]])
    earlier = ibis.window(group_by=cells.owner, order_by=cells.number, preceding=None, following=0)
    held = cells.units.fill_null(0)
    cells = cells.mutate(before=held.sum().over(earlier) - held, active=cells.active.fill_null(0))
    cells = cells.filter(cells.number > cells.start)
    same = ibis.window(group_by=cells.number)
    best_first = ibis.window(group_by=cells.number, order_by=cells.before.desc())
    cells = cells.mutate(better=ibis.rank().over(best_first), n=cells.count().over(same))
    decile: Any = ibis.literal(1, "int64")
    for k in range(1, TEN):
        decile = decile + (cells.better * TEN >= cells.n * k).cast("int64")
    cells = cells.mutate(decile=decile)
    counted = cells.group_by("number", "decile").aggregate(customers=cells.count(), active=cells.active.sum())
    frame = collect(counted.order_by("number", "decile"))
    frame = frame.assign(period=frame["number"].map(clock.name).astype("str"), age=frame["number"] - int(earliest))
    return frame.assign(share_active=frame["active"] / frame["customers"])[columns]


def _rfm(members: ibis.Table, sums: ibis.Table, clock: Clock, has_cost: bool) -> pd.DataFrame:
    """Customers by the period of their last purchase day and their number of purchase days."""
    placed = members.select(
        owner="customer_id",
        number=clock.number(members.last_day),
        frequency=ibis.least(members.days, MOST_PURCHASES).cast("int64"),
    )
    joined = sums.join(placed, sums.customer_id == placed.owner)
    grouped = joined.group_by("number", "frequency").aggregate(
        customers=joined.count(), **{name: joined[name].sum() for name in SUMS[1:]}
    )
    frame = add_measures(collect(grouped), has_cost).sort_values(["number", "frequency"], ignore_index=True)
    frame["recency"] = frame["number"].map(clock.name).astype("str")
    return frame[["recency", "frequency", *SUMS, "aof", "aov", "margin"]]
