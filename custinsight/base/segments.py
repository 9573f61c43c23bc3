"""Segments of customers: value tiers, stages of life, and scores of recency, frequency and money."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import pandas as pd

from custinsight.base.deciles import add_better
from custinsight.base.lines import UNITS, as_day
from custinsight.engine import Tabular, as_table, collect, like, require_columns
from custinsight.errors import DataError
from custinsight.tables import MONEY

TIERS = ("A", "B", "C")
STAGES = ("new", "core", "slipping", "lapsed")
SLIPPING = 0.25
LAPSED = 0.05
SCORES = 5


def value_tiers(values: Tabular, a: float = 0.5, b: float = 0.8) -> Any:
    """One row per customer: its value tier.

    Customers are ordered from the best. Those that bring the first share ``a`` of all positive value are tier A,
    those that bring it up to ``b`` tier B, the others C. The customer that carries the running total over a cut
    belongs to the better tier; equal values are never split; without a positive value a customer is in C.

    Parameters
    ----------
    values : pandas frame, Arrow table or ibis table
        customer_id, value (a missing value counts as 0).
    a, b : float
        Shares of value, 0 <= a <= b <= 1.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        customer_id, value, tier, ordered by customer unless lazy.

    Examples
    --------
    >>> frame = pd.DataFrame({"customer_id": list("abcd"), "value": [50, 30, 15, 5]})
    >>> value_tiers(frame, 0.5, 0.8)["tier"].tolist()
    ['A', 'B', 'C', 'C']
    """
    if not 0 <= a <= b <= 1:
        raise DataError("The tiers' shares must satisfy 0 <= a <= b <= 1, got a={a}, b={b}.", a=str(a), b=str(b))
    table = as_table(values)
    require_columns(table, ("customer_id", "value"), name="The table of values")
    table = table.select("customer_id", "value", units=_units(table.value))
    positive = table.filter(table.units > 0)
    grouped = positive.group_by("units").aggregate(customers=positive.count())
    held = grouped.mutate(total=(grouped.units * grouped.customers).sum().over())
    better = add_better(held).mutate(share=lambda t: t.better_units / t.total.cast("float64").nullif(0))
    better = better.select(rank_units=better.units, share=better.share)
    joined = table.left_join(better, table.units == better.rank_units)
    # a hair's breadth for the rounding of a share such as 0.8
    tier = ibis.cases((joined.share < a - 1e-12, "A"), (joined.share < b - 1e-12, "B"), else_="C")
    return _ordered(joined.select("customer_id", "value", tier=tier), values)


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


def lifecycle(summary: Tabular, as_of: str | dt.date, active_days: int = 365) -> Any:
    """One row per customer: its stage of life, judged by its own rhythm.

    With ``x`` gaps between purchase days that took ``t`` days together, the chance that a customer who is still there
    stays silent for ``s`` days is ((m + t) / (m + t + s)) ** (1 + x): gaps that scatter about a rate of their own,
    which is learnt from the customer's gaps and, as one gap more, from ``m``, the base's median gap. A silence that
    only one in four such customers would show is **slipping**, one in twenty **lapsed**. A customer with one purchase
    day has no rhythm: it is **new** for ``active_days`` and **lapsed** after. So is new who has at most two purchase
    days, the first of them within ``active_days``, and is not silent. The others are **core**.

    Parameters
    ----------
    summary : pandas frame, Arrow table or ibis table
        From :func:`custinsight.summarise`: customer_id, frequency, first_date, last_date.
    as_of : str or date
        The day that silence is counted to.
    active_days : int

    Returns
    -------
    pandas frame, Arrow table or ibis table
        customer_id, stage (new, core, slipping, lapsed), days_silent (int64), usual_gap_days (float64; null with one
        purchase day), chance_silent (float64; null with one purchase day), ordered by customer unless lazy.

    Examples
    --------
    >>> summary = pd.DataFrame({"customer_id": list("abc"), "frequency": [0, 9, 9],
    ...     "first_date": ["2024-11-01", "2024-01-01", "2023-01-01"],
    ...     "last_date": ["2024-11-01", "2024-12-20", "2023-12-27"]})
    >>> lifecycle(summary, "2024-12-31")["stage"].tolist()
    ['new', 'core', 'lapsed']
    """
    table = as_table(summary)
    require_columns(table, ("customer_id", "frequency", "first_date", "last_date"), name="The summary")
    day = ibis.literal(as_day(as_of))
    first, last = table.first_date.cast("date"), table.last_date.cast("date")
    told = table.select(
        "customer_id",
        x=table.frequency.cast("int64"),
        took=last.delta(first, unit="day"),
        age=day.delta(first, unit="day"),
        days_silent=day.delta(last, unit="day").cast("int64"),
    )
    told = told.mutate(usual_gap_days=told.took / told.x.nullif(0).cast("float64"))
    told = told.mutate(usual=told.usual_gap_days.median().over().fill_null(float(active_days)))
    pace = (told.usual + told.took).cast("float64")
    chance = (pace / (pace + told.days_silent).nullif(0)) ** (1 + told.x)
    told = told.mutate(chance_silent=ibis.ifelse(told.x > 0, chance, ibis.null("float64")))
    young = (told.age < active_days) & (told.x <= 1)
    stage = ibis.cases(
        ((told.x == 0) & (told.age >= active_days), "lapsed"),
        (told.chance_silent < LAPSED, "lapsed"),
        (told.chance_silent < SLIPPING, "slipping"),
        (young, "new"),
        else_="core",
    )
    columns = ("customer_id", "stage", "days_silent", "usual_gap_days", "chance_silent")
    return _ordered(told.mutate(stage=stage).select(*columns), summary)


def rfm(summary: Tabular) -> Any:
    """One row per customer: scores 1 to 5 (the best) of recency, frequency and monetary value.

    A score's classes are of equal customers by the rule of :mod:`custinsight.base.deciles`: customers with equal
    values never get different scores, so classes may be uneven.

    Parameters
    ----------
    summary : pandas frame, Arrow table or ibis table
        From :func:`custinsight.summarise`: customer_id, last_date, frequency, monetary_value.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        customer_id, r, f, m (int64), rfm (text such as ``"545"``), ordered by customer unless lazy.

    Examples
    --------
    >>> summary = pd.DataFrame({"customer_id": list("abc"), "frequency": [0, 0, 4], "monetary_value": [0, 0, 20.5],
    ...                         "last_date": ["2024-01-01", "2024-03-01", "2024-06-30"]})
    >>> rfm(summary)[["r", "f", "m"]].values.tolist()
    [[2, 4, 4], [4, 4, 4], [5, 5, 5]]
    """
    table = as_table(summary)
    require_columns(table, ("customer_id", "last_date", "frequency", "monetary_value"), name="The summary")
    days = table.last_date.cast("date").delta(ibis.literal(dt.date(1970, 1, 1)), unit="day")
    measures = {"r": days, "f": table.frequency.cast("int64"), "m": _units(table.monetary_value)}
    scored = table.select("customer_id", **measures)
    ranks = {f"{name}_better": ibis.rank().over(order_by=ibis.desc(scored[name])) for name in measures}
    scored = scored.mutate(**ranks, n=scored.count().over())
    scores = {name: SCORES + 1 - _class_in(scored[f"{name}_better"], scored.n, SCORES) for name in measures}
    scored = scored.select("customer_id", **{name: score.cast("int64") for name, score in scores.items()})
    cell = scored.r.cast("string") + scored.f.cast("string") + scored.m.cast("string")
    return _ordered(scored.mutate(rfm=cell), summary)


def _class_in(better: Any, n: Any, classes: int) -> Any:
    """Class of customers with ``better`` strictly better ones among ``n``, where n is known to the engine only."""
    number: Any = ibis.literal(1, "int64")
    for k in range(1, classes):
        number = number + (better * classes >= n * k).cast("int64")
    return number


def _units(value: Any) -> Any:
    """Whole ten-thousandths of a value of any numeric type; missing is 0."""
    return (value.cast(MONEY) * UNITS).cast("int64").fill_null(0)


def _ordered(result: ibis.Table, given: Tabular) -> Any:
    return result if isinstance(given, ibis.Table) else like(result.order_by("customer_id"), given)
