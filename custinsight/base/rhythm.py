"""How long a customer's silence is by its own rhythm, and when that silence is a lapse.

With ``x`` gaps between purchase days that took ``t`` days together, the chance that a customer who is still there
stays silent for ``s`` days is ((m + t) / (m + t + s)) ** (1 + x): gaps that scatter about a rate of their own
(exponential gaps, the rate gamma distributed), learnt from the customer's gaps and, as one gap more, from ``m``, the
base's median of the customers' mean gaps. It is the tail of a Pareto distribution of the second kind, as in Fader,
Hardie and Lee (2005), Marketing Science 24(2), section 3. A silence that only one in twenty such customers would show,
longer than the 95th percentile of what is expected, is a **lapse**. A customer with one purchase day has no rhythm: it
has lapsed after ``active_days``.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis

SLIPPING = 0.25
LAPSED = 0.05
LOST = 0.01


def chance_of_silence(gaps: Any, took: Any, silent: Any, usual: Any) -> Any:
    """Chance of a silence of at least ``silent`` days, float64; see the head of this module.

    Parameters
    ----------
    gaps, took, silent : ibis numeric column
        Number of gaps, days that they took together, days of silence.
    usual : ibis numeric column
        The base's median gap, in days.
    """
    pace = (usual + took).cast("float64")
    return (pace / (pace + silent).nullif(0)) ** (1 + gaps)


def purchase_spans(occasions: ibis.Table) -> ibis.Table:
    """One row per customer: customer_id, x (gaps), first_date, last_date.

    Parameters
    ----------
    occasions : ibis.Table
        customer_id, day; see :meth:`custinsight.base.purchases.Purchases.occasions`.
    """
    return occasions.group_by("customer_id").aggregate(
        x=(occasions.count() - 1).cast("int64"), first_date=occasions.day.min(), last_date=occasions.day.max()
    )


def add_rhythm(spans: ibis.Table, as_of: dt.date, active_days: int) -> ibis.Table:
    """Add took, age, days_silent, usual_gap_days, usual (the base's), chance_silent and is_lapsed to customers.

    Parameters
    ----------
    spans : ibis.Table
        customer_id, x, first_date, last_date; see :func:`purchase_spans`.
    as_of : datetime.date
        The day that silence is counted to.
    active_days : int

    Returns
    -------
    ibis.Table
        usual_gap_days and chance_silent are null with one purchase day.
    """
    day = ibis.literal(as_of)
    told = spans.mutate(
        took=spans.last_date.delta(spans.first_date, unit="day"),
        age=day.delta(spans.first_date, unit="day"),
        days_silent=day.delta(spans.last_date, unit="day").cast("int64"),
    )
    told = told.mutate(usual_gap_days=told.took / told.x.nullif(0).cast("float64"))
    told = told.mutate(usual=told.usual_gap_days.median().over().fill_null(float(active_days)))
    chance = chance_of_silence(told.x, told.took, told.days_silent, told.usual)
    told = told.mutate(chance_silent=ibis.ifelse(told.x > 0, chance, ibis.null("float64")))
    by_rhythm, alone = told.chance_silent < LAPSED, told.age >= active_days
    return told.mutate(is_lapsed=ibis.ifelse(told.x > 0, by_rhythm, alone))
