"""Stretches of the past that churn is learnt from and tested on: what was known before each, and who then bought."""

from __future__ import annotations

import datetime as dt
import functools
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from sklearn.base import clone

from custinsight.churn.features import features
from custinsight.churn.records import Records
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.summaries import Floats
from custinsight.engine import collect
from custinsight.errors import DataError

MOST_WINDOWS = 4
MOST_CUSTOMERS, MOST_FITTED = 50_000, 30_000
"""Customers of a window that are looked at, and that its purchase model is fitted to; of more, every so manieth."""
SHORTEST_DAYS = 7
MODEL = ("model_silence", "model_alive", "model_purchases")
"""What the purchase model says of a customer: logits of no purchase and of being a customer still, and purchases."""
_EDGE = 1e-4

Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Window:
    """One stretch of the past.

    Parameters
    ----------
    origin : date
        Last day known.
    days : int
        Its length.
    frame : pandas.DataFrame
        One row per customer who had bought by the origin: customer_id and features of the origin.
    is_silent : ndarray of bool, shape (customers,)
        Whether the customer bought nothing within it.
    model : PurchaseModel or None
        Fitted to what was known at the origin; None where it cannot be.
    """

    origin: dt.date
    days: int
    frame: pd.DataFrame
    is_silent: Flags
    model: PurchaseModel | None

    @functools.cached_property
    def design(self) -> pd.DataFrame:
        """Features, with what the purchase model says of the window."""
        return add_model(self.frame, self.model, self.days)


def window_days(first: dt.date, end: dt.date, horizon_days: int) -> int:
    """Length of the windows: the horizon, or a third of the history where that is shorter.

    So there are always two windows, one to learn from and a later one to test on, with as much history before them.
    """
    return min(horizon_days, ((end - first).days + 1) // 3)


def list_windows(
    records: Records, end: dt.date, horizon_days: int, candidate: PurchaseModel, most: int = MOST_WINDOWS
) -> list[Window]:
    """Windows back from the end, the latest first; each has as much history before it as it is long."""
    days = window_days(records.first, end, horizon_days)
    found: list[Window] = []
    for back in range(1, most + 1):
        origin = end - dt.timedelta(days=back * days)
        if days < SHORTEST_DAYS or (origin - records.first).days < days - 1:
            break
        found.append(read_window(records, origin, days, candidate))
    return found


def read_window(records: Records, origin: dt.date, days: int, candidate: PurchaseModel) -> Window:
    """Look at one window; what happened within it is only in ``is_silent``."""
    known = features(records, origin, days, sampled(records, origin))
    until = records.purchases.occasions(origin + dt.timedelta(days=days))
    bought = until.filter(until.day > ibis.literal(origin)).select(buyer="customer_id").distinct()
    joined = known.left_join(bought, known.customer_id == bought.buyer)
    table = joined.select(*known.columns, is_silent=joined.buyer.isnull()).order_by("customer_id")
    frame = collect(table, max_rows=None)
    silent = frame.pop("is_silent").to_numpy(dtype=bool)
    return Window(origin, days, frame, silent, fit_purchases(frame, candidate))


def sampled(records: Records, day: dt.date, most: int = MOST_CUSTOMERS) -> ibis.Table | None:
    """Every so manieth of the customers known on a day, in the order of their numbers; None where they are few."""
    customers = records.purchases.occasions(day).select("customer_id").distinct()
    step = -(-int(customers.count().to_pyarrow().as_py()) // most)
    if step <= 1:
        return None
    numbered = customers.mutate(place__=ibis.row_number().over(ibis.window(order_by=customers.customer_id)))
    return numbered.filter(numbered.place__ % step == 0).select("customer_id").cache()


def fit_purchases(frame: pd.DataFrame, candidate: PurchaseModel) -> PurchaseModel | None:
    """Fit a copy of the purchase model to features; None where it cannot be."""
    try:
        return clone(candidate).fit(summary_of(frame.iloc[:: -(-len(frame) // MOST_FITTED) or 1]))
    except DataError:
        return None


def summary_of(frame: pd.DataFrame) -> pd.DataFrame:
    """What the purchase models read, in weeks."""
    return pd.DataFrame(
        {
            "frequency": frame["purchases"] - 1,
            "recency": (frame["age_days"] - frame["hiatus_days"]) / 7,
            "T": frame["age_days"] / 7,
        }
    )


def logit(probability: Any) -> Floats:
    """Log odds, of probabilities kept off 0 and 1."""
    kept = np.clip(np.asarray(probability, dtype=np.float64), _EDGE, 1 - _EDGE)
    return np.asarray(np.log(kept / (1 - kept)), dtype=np.float64)


def silence_logit(frame: pd.DataFrame, model: PurchaseModel, days: float) -> Floats:
    """Log odds of no purchase within some days, by the purchase model."""
    return logit(model.probability_no_purchase(summary_of(frame), days / 7))


def add_model(frame: pd.DataFrame, model: PurchaseModel | None, days: int) -> pd.DataFrame:
    """Add what the purchase model says, where it is not there yet."""
    if model is None or "model_silence" in frame:
        return frame
    summary = summary_of(frame)
    return frame.assign(
        model_silence=silence_logit(frame, model, days),
        model_alive=logit(model.probability_alive(summary)),
        model_purchases=model.expected_purchases(summary, days / 7).to_numpy(),
    )
