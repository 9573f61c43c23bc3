"""What cohorts are made of: customers by calendar period, added up once for all lenses that look along time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd

from custinsight.base.calendar import MONTHS, check_step, name_of, number_of
from custinsight.base.deciles import add_ratios
from custinsight.base.lines import as_day
from custinsight.base.purchases import Purchases
from custinsight.engine import collect
from custinsight.periods import Period

SUMS = ("customers", "orders", "spend", "profit")
RATIOS = ("aof", "aov", "margin", "profit_per_customer")


@dataclass(frozen=True)
class Clock:
    """Calendar periods up to a day.

    Parameters
    ----------
    by : str
        W, M, Q, H or Y.
    end : datetime.date
        Nothing later is seen.
    first_month : int
        Month in which the fiscal year starts.
    """

    by: str
    end: dt.date
    first_month: int = 1

    @property
    def last(self) -> int:
        """Number of the period that holds the end."""
        return int(self.number(self.end))

    @property
    def last_complete(self) -> int:
        """Number of the last period that the end has not cut short."""
        return self.last if Period.parse(self.name(self.last), self.first_month).end <= self.end else self.last - 1

    def number(self, day: Any) -> Any:
        """Number of the period that holds a day, of a column or of one day."""
        return number_of(day, self.by, self.first_month)

    def name(self, number: int) -> str:
        """Name of a numbered period."""
        return name_of(int(number), self.by, self.first_month)


def set_clock(purchases: Purchases, by: str, end: str | dt.date | None, first_month: int) -> Clock:
    """Choose the periods: up to ``end``, or to the last day of the data."""
    last = as_day(end) if end is not None else purchases.last
    return Clock(check_step(by), last or dt.date(1970, 1, 1), first_month)


def split_by(by: str | Sequence[str], step: str = "Q") -> tuple[str, tuple[str, ...]]:
    """Tell the calendar step from the dimensions to slice by.

    Examples
    --------
    >>> split_by("Y"), split_by("region"), split_by(["M", "region"])
    (('Y', ()), ('Q', ('region',)), ('M', ('region',)))
    """
    given = (by,) if isinstance(by, str) else tuple(by)
    steps = [name for name in given if name in ("W", *MONTHS)]
    # one letter that is no step is a slip, not the name of a column
    check_step(given[0] if len(given) == 1 and len(given[0]) == 1 else (steps or [step])[0])
    return (steps or [step])[0], tuple(name for name in given if name not in steps)


def customer_periods(purchases: Purchases, clock: Clock) -> ibis.Table:
    """One row per customer and period with a line, kept in the engine.

    customer_id, number, orders, spend, profit, cohort (number of the period of the first order; null before it),
    previous (number of the customer's period before this one, if it has an order).
    """
    return purchases.remember(("periods", clock), lambda: _customer_periods(purchases, clock))


def _customer_periods(purchases: Purchases, clock: Clock) -> ibis.Table:
    events = purchases.events(clock.end)
    events = events.mutate(number=clock.number(events.day))
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


def customer_starts(purchases: Purchases, end: dt.date) -> ibis.Table:
    """One row per customer, kept in the engine: customer_id, first_day, second_day (null if none), last_day, days.

    Of purchase days as known at the end.
    """
    return purchases.remember(("starts", end), lambda: _customer_starts(purchases.occasions(end)))


def _customer_starts(occasions: ibis.Table) -> ibis.Table:
    spans = occasions.group_by("customer_id").aggregate(
        first_day=occasions.day.min(), last_day=occasions.day.max(), days=occasions.count()
    )
    starts = spans.select(owner="customer_id", start="first_day")
    later = occasions.join(starts, occasions.customer_id == starts.owner)
    later = later.filter(later.day > later.start)
    second = later.group_by(buyer=later.customer_id).aggregate(second_day=later.day.min())
    joined = spans.left_join(second, spans.customer_id == second.buyer)
    return joined.select("customer_id", "first_day", "second_day", "last_day", "days")


def count_cohorts(purchases: Purchases, clock: Clock) -> pd.DataFrame:
    """One row per cohort and period: number, cohort, customers, again, orders, spend, profit.

    The cohort is NaN before a first order; ``again`` counts those that bought in the period before, too.
    """
    spans = customer_periods(purchases, clock)
    counted = spans.group_by("number", "cohort").aggregate(
        customers=(spans.orders > 0).cast("int64").sum(),
        again=((spans.orders > 0) & (spans.previous == spans.number - 1)).fill_null(False).cast("int64").sum(),
        orders=spans.orders.sum(),
        spend=spans.spend.sum(),
        profit=spans.profit.sum(),
    )
    return collect(counted).sort_values(["number", "cohort"], na_position="first", ignore_index=True)


def add_measures(frame: pd.DataFrame, has_cost: bool) -> pd.DataFrame:
    """Add aof, aov, margin and profit_per_customer (active ones): ratios of totals, NaN with nothing to divide by.

    Examples
    --------
    >>> sums = pd.DataFrame({"customers": [2, 0], "orders": [4, 0], "spend": [80.0, 0.0], "profit": [20.0, 0.0]})
    >>> add_measures(sums, has_cost=True)["profit_per_customer"].tolist()
    [10.0, nan]
    """
    frame = add_ratios(frame.astype({"spend": "float64", "profit": "float64"}), has_cost)
    return frame.assign(profit_per_customer=frame["profit"] / divisor(frame["customers"]))


def divisor(values: pd.Series) -> pd.Series:
    """Return the numbers as float64, NaN for 0, to divide by."""
    numbers = values.astype("float64")
    return numbers.where(numbers != 0, np.nan)
