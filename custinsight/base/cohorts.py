"""Lens 4: the customers of one period of acquisition beside those of others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from custinsight.base.calendar import MONTHS
from custinsight.base.purchases import Purchases, TransactionsLike
from custinsight.base.slices import Slices, Where, look
from custinsight.base.spans import RATIOS, SUMS, Clock, add_measures, count_cohorts, divisor, set_clock, split_by
from custinsight.engine import Tabular

PLACE = ("cohort", "period", "age", "complete", "cohort_customers")
OWN = ("share_active", *RATIOS, "profit_per_acquired", "spend_index", "profit_index")
COLUMNS = (*PLACE, *SUMS, *OWN)
PAIRED = ("cohort_customers", "customers", "share_active", "spend", "profit", "aof", "aov", "margin")


@dataclass(frozen=True)
class Cohorts:
    """Lens 4: cohorts beside each other. A customer's cohort is the period of the first order.

    Parameters
    ----------
    by : str
        Step of cohorts and periods.
    value_column : str
        ``profit``, or ``spend`` when no cost is known.
    acquired : DataFrame
        cohort, customers, orders, spend, profit, aof, aov, margin, profit_per_customer: of the period of acquisition.
    by_age : DataFrame
        One row per cohort and period from its own on: cohort, period, age (calendar periods since the cohort's, 0 the
        first), complete (whether the data reach the period's end), cohort_customers, customers (with an order in the
        period), orders, spend, profit, share_active (customers over cohort_customers), aof, aov, margin,
        profit_per_customer (active ones), profit_per_acquired, spend_index and profit_index (1 in the period of
        acquisition; NaN unless that was positive). Ordered by cohort and age.
    by_period : DataFrame
        The same rows by period and cohort, for comparison along the calendar.
    same_season : DataFrame
        One row per cohort that has a cohort one year older, and age: cohort, older, age, complete, then
        cohort_customers, customers, share_active, spend, profit, aof, aov and margin, and of the older cohort at the
        same age the same with ``_older``.
    """

    by: str
    value_column: str
    acquired: pd.DataFrame
    by_age: pd.DataFrame
    by_period: pd.DataFrame
    same_season: pd.DataFrame

    def wide(self, measure: str, along: str = "age") -> pd.DataFrame:
        """One row per cohort, one column per age (or ``period``), of one measure of :attr:`by_age`."""
        return self.by_age.pivot_table(index="cohort", columns=along, values=measure, sort=True)


def cohorts(
    transactions: TransactionsLike,
    by: str | Sequence[str] = "Q",
    *,
    end: str | dt.date | None = None,
    first_month: int = 1,
    where: Where = None,
    customers: Tabular | None = None,
) -> Cohorts | Slices[Cohorts]:
    """Compare the customers acquired in one period with those of others, by their age and along the calendar.

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
    Cohorts
        With dimensions, :class:`~custinsight.base.slices.Slices` of them.

    References
    ----------
    Fader, Hardie and Ross (2022), *The Customer-Base Audit*, chapter 6.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b", "c"], "amount_net": [30, 60, 20, 40],
    ...                       "doc_date": ["2022-05-03", "2024-02-05", "2022-02-06", "2023-02-06"]})
    >>> lens = cohorts(lines, by="Y", end="2024-12-31")
    >>> lens.by_age[["cohort", "age", "customers", "share_active", "spend"]].values.tolist()
    [['2022', 0, 2, 1.0, 50.0], ['2022', 1, 0, 0.0, 0.0], ['2022', 2, 1, 0.5, 60.0],
     ['2023', 0, 1, 1.0, 40.0], ['2023', 1, 0, 0.0, 0.0]]
    """
    step, dims = split_by(by)
    return look(
        lambda purchases: _cohorts(purchases, set_clock(purchases, step, end, first_month)),
        transactions,
        where=where,
        by=dims,
        customers=customers,
    )


def _cohorts(purchases: Purchases, clock: Clock) -> Cohorts:
    frame = tabulate_cohorts(count_cohorts(purchases, clock), clock, purchases.has_cost)
    acquired = frame.loc[frame["age"] == 0, ["cohort", *SUMS, *RATIOS]]
    return Cohorts(
        by=clock.by,
        value_column=purchases.value_column,
        acquired=acquired.reset_index(drop=True),
        by_age=frame[list(COLUMNS)],
        by_period=frame.sort_values(["number", "cohort_number"], ignore_index=True)[list(COLUMNS)],
        same_season=_same_season(frame, clock),
    )


def tabulate_cohorts(counted: pd.DataFrame, clock: Clock, has_cost: bool) -> pd.DataFrame:
    """One row per cohort and period from its own to the last, periods without an order included.

    Parameters
    ----------
    counted : DataFrame
        From :func:`custinsight.base.spans.count_cohorts`.
    clock : Clock
    has_cost : bool

    Returns
    -------
    DataFrame
        The columns of :attr:`Cohorts.by_age`, cohort_number and number, ordered by cohort and age.
    """
    known = counted.dropna(subset=["cohort"]).astype({"cohort": "int64"})
    size = known.loc[known["cohort"] == known["number"]].set_index("cohort")["customers"]
    grid = pd.DataFrame(
        [(cohort, number) for cohort in size.index for number in range(cohort, clock.last + 1)],
        columns=["cohort", "number"],
        dtype="int64",
    )
    frame = grid.merge(known[["cohort", "number", *SUMS]], how="left", on=["cohort", "number"])
    frame = frame.fillna(dict.fromkeys(SUMS, 0)).astype({"customers": "int64", "orders": "int64"})
    frame["age"] = frame["number"] - frame["cohort"]
    frame["cohort_customers"] = frame["cohort"].map(size).astype("int64")
    frame = add_measures(frame, has_cost)
    frame["share_active"] = frame["customers"] / frame["cohort_customers"]
    frame["profit_per_acquired"] = frame["profit"] / frame["cohort_customers"]
    for name in ("spend", "profit"):
        start = frame["cohort"].map(frame.loc[frame["age"] == 0].set_index("cohort")[name])
        frame[f"{name}_index"] = frame[name] / divisor(start.astype("float64").clip(lower=0))
    frame["complete"] = frame["number"] <= clock.last_complete
    names = {number: clock.name(number) for number in {*frame["number"], *frame["cohort"]}}
    return frame.rename(columns={"cohort": "cohort_number"}).assign(
        cohort=frame["cohort"].map(names).astype("str"), period=frame["number"].map(names).astype("str")
    )


def _same_season(frame: pd.DataFrame, clock: Clock) -> pd.DataFrame:
    """Pair each cohort with the one a year older, age by age."""
    year = 52 if clock.by == "W" else 12 // MONTHS[clock.by]
    older = frame[["cohort_number", "age", "cohort", *PAIRED]].assign(cohort_number=frame["cohort_number"] + year)
    older = older.rename(columns={"cohort": "older", **{name: f"{name}_older" for name in PAIRED}})
    paired = frame.merge(older, on=["cohort_number", "age"], how="inner")
    names = [name for measure in PAIRED for name in (measure, f"{measure}_older")]
    return paired[["cohort", "older", "age", "complete", *names]]
