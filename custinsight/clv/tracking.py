"""What models say over time and over frequency and recency: small frames, for figures."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import numpy as np
import pandas as pd

from custinsight.base.lines import as_day
from custinsight.base.purchases import TransactionsLike, read_purchases
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.summaries import TRIPLE, Triples, unit_days
from custinsight.engine import collect
from custinsight.errors import DataError


def track_purchases(
    model: PurchaseModel, transactions: TransactionsLike, end: str | dt.date, unit: str = "W"
) -> pd.DataFrame:
    """Repeat purchases expected of all customers and made by them: one row per time unit since the first purchase.

    Parameters
    ----------
    model : fitted purchase model
        Fitted to an early part, it shows how it holds later; nothing of what came later enters the expectation but the
        days on which customers first bought.
    transactions : table or Purchases
        As :func:`custinsight.summarise` takes them.
    end : date or text
        Last day.
    unit : str
        D, W or M: the time unit of the model.

    Returns
    -------
    pandas.DataFrame
        step (1, 2, …), until (date), actual and expected (repeat purchases within the step), actual_total and
        expected_total (since the first step).

    References
    ----------
    Fader, Hardie and Lee (2005), "Counting your customers" the easy way, figures 2 and 3.
    """
    purchases, last, days = read_purchases(transactions), as_day(end), unit_days(unit)
    occasions = purchases.occasions(last)
    first = ibis.row_number().over(ibis.window(group_by="customer_id", order_by="day")) == 0
    marked = occasions.mutate(first=first)
    counted = collect(
        marked.group_by("day").aggregate(
            starts=marked.first.cast("int64").sum(), repeats=(~marked.first).cast("int64").sum()
        ),
        max_rows=None,
    )
    if counted.empty:
        raise DataError("The transactions must have at least one purchase, got none.")
    day = (pd.to_datetime(counted["day"]) - pd.to_datetime(counted["day"]).min()).dt.days.to_numpy(dtype=np.float64)
    begun = pd.to_datetime(counted["day"]).min()
    steps = int(np.floor(((pd.Timestamp(last) - begun).days + 1) / days))
    ends = np.arange(1, steps + 1) * days
    starts = counted["starts"].to_numpy(dtype=np.float64)
    made = np.array([counted.loc[day < limit, "repeats"].sum() for limit in ends], dtype=np.float64)
    expected = np.array([_expected_by(model, (limit - 1 - day) / days, starts) for limit in ends])
    return pd.DataFrame(
        {
            "step": np.arange(1, steps + 1),
            "until": [(begun + pd.Timedelta(days=round(limit) - 1)).date() for limit in ends],
            "actual": np.diff(made, prepend=0.0),
            "expected": np.diff(expected, prepend=0.0),
            "actual_total": made,
            "expected_total": expected,
        }
    )


def _expected_by(model: PurchaseModel, ages: Any, starts: Any) -> float:
    """Repeat purchases expected of customers of some ages, so many of each; none of those yet to come."""
    here = ages > 0
    zeros = np.zeros(int(here.sum()))
    if not len(zeros):
        return 0.0
    newcomers = Triples(zeros, zeros, zeros, np.ones(len(zeros)))
    return float((model._purchases(model._theta(), newcomers, ages[here]) * starts[here]).sum())


def frequency_recency_matrix(
    model: PurchaseModel, T: float, t: float, most: int = 20, recencies: int = 20
) -> pd.DataFrame:
    """Customers of one age by frequency and recency: one row per pair that can be.

    Parameters
    ----------
    model : fitted purchase model
    T : float
        Age of all of them, in the model's time unit.
    t : float
        Time ahead.
    most : int
        Largest frequency.
    recencies : int
        How many recencies, evenly from 0 to T.

    Returns
    -------
    pandas.DataFrame
        frequency, recency, expected_purchases (within t), probability_alive, probability_no_purchase (within t).

    Examples
    --------
    >>> from custinsight.clv import BGNBD
    >>> model = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> matrix = frequency_recency_matrix(model, T=39, t=39, most=2, recencies=2)
    >>> matrix[["frequency", "recency", "expected_purchases"]].round(2).values.tolist()
    [[0.0, 0.0, 0.19], [1.0, 19.5, 0.57], [1.0, 39.0, 0.72], [2.0, 19.5, 0.89], [2.0, 39.0, 1.37]]
    """
    pairs = [(0, 0.0), *((x, T * i / recencies) for x in range(1, most + 1) for i in range(1, recencies + 1))]
    frame = pd.DataFrame(pairs, columns=["frequency", "recency"]).assign(T=float(T))
    return frame[["frequency", "recency"]].assign(
        expected_purchases=model.expected_purchases(frame, t),
        probability_alive=model.probability_alive(frame),
        probability_no_purchase=model.probability_no_purchase(frame, t),
    )


def alive_history(
    model: PurchaseModel, days: Any, end: str | dt.date, unit: str = "W", step_days: int = 1
) -> pd.DataFrame:
    """Probability that one customer was alive, day by day as it was known then: one row per day.

    Parameters
    ----------
    model : fitted purchase model
    days : sequence of dates
        The customer's purchase days.
    end : date or text
        Last day.
    unit : str
        D, W or M: the time unit of the model.
    step_days : int
        Days from one row to the next.

    Returns
    -------
    pandas.DataFrame
        day (date), purchases (so far), probability_alive.

    Examples
    --------
    >>> from custinsight.clv import BGNBD
    >>> model = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> past = alive_history(model, ["2024-01-01", "2024-01-15"], "2024-03-10", step_days=35)
    >>> past[["purchases", "probability_alive"]].round(2).values.tolist()
    [[1.0, 1.0], [2.0, 0.66]]
    """
    bought = np.unique(pd.to_datetime(pd.Series(list(days))).dt.normalize().to_numpy())
    last = pd.Timestamp(as_day(end))
    if not len(bought) or bought[0] > last.to_datetime64():
        raise DataError("The purchase days must begin by the last day. Give at least one.")
    rows = []
    for day in pd.date_range(bought[0], last, freq=f"{step_days}D"):
        known = bought[bought <= day.to_datetime64()]
        spans = ((known[-1] - bought[0]) / np.timedelta64(1, "D"), (day - pd.Timestamp(bought[0])).days)
        rows.append((day.date(), len(known), len(known) - 1, *(span / unit_days(unit) for span in spans)))
    frame = pd.DataFrame(rows, columns=["day", "purchases", *TRIPLE])
    return frame[["day", "purchases"]].assign(probability_alive=model.probability_alive(frame))


def value_distribution(values: pd.DataFrame, classes: int = 20) -> pd.DataFrame:
    """How values are spread over customers: one row per class of customers, the most valuable first.

    Parameters
    ----------
    values : pandas.DataFrame
        As :func:`custinsight.clv.lifetime_value` gives them.
    classes : int
        How many classes of about as many customers.

    Returns
    -------
    pandas.DataFrame
        share_of_customers and share_of_value (running, 0 to 1), customers, clv (mean of the class), least (its
        smallest).

    Examples
    --------
    >>> value_distribution(pd.DataFrame({"clv": [1.0, 2.0, 7.0, 0.0]}), classes=2).round(2).values.tolist()
    [[0.5, 0.9, 2.0, 4.5, 2.0], [1.0, 1.0, 2.0, 0.5, 0.0]]
    """
    ranked = np.sort(values["clv"].to_numpy(dtype=np.float64))[::-1]
    parts = [part for part in np.array_split(ranked, classes) if len(part)]
    total = ranked.sum()
    counts, sums = np.array([len(part) for part in parts]), np.array([part.sum() for part in parts])
    return pd.DataFrame(
        {
            "share_of_customers": counts.cumsum() / max(len(ranked), 1),
            "share_of_value": sums.cumsum() / total if total else np.nan,
            "customers": counts,
            "clv": [part.mean() for part in parts],
            "least": [part.min() for part in parts],
        }
    )
