"""Trials of models and of rules without a model: each forecasts stretches of the past from what was known before.

The stretches end where the history ends and one stretch earlier, and so on: a rolling origin.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone

from custinsight.base import summarise
from custinsight.base.purchases import Purchases
from custinsight.clv.backtest import silence_rule
from custinsight.clv.metrics import brier, calibration_error, calibration_table, count_errors
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.summaries import Floats, unit_days
from custinsight.errors import DataError

MOST_ORIGINS = 3
RULES = ("naive", "mean", "hiatus")
COLUMNS = [
    "method",
    "origin",
    "customers",
    "actual_total",
    "predicted_total",
    "bias",
    "mae",
    "rmse",
    "brier",
    "ece",
    "is_identified",
]


@dataclass(frozen=True)
class Trials:
    """How models and rules did on stretches of the past.

    Parameters
    ----------
    errors : pandas.DataFrame
        One row per method and origin, the latest origin first: method, origin (last day known), customers,
        actual_total and predicted_total (purchases), bias (of the total, relative), mae, rmse (purchases per customer),
        brier and ece (of the probability of no purchase), is_identified. A rule has nan where it says nothing.
    calibration : pandas.DataFrame
        One row per method, origin and decile: method, origin, decile, customers, predicted and actual (shares without a
        purchase).
    days : int
        Length of the stretches.
    """

    errors: pd.DataFrame
    calibration: pd.DataFrame
    days: int


@dataclass(frozen=True)
class Window:
    """A stretch of the past: the summary before it with what followed."""

    origin: dt.date
    frame: pd.DataFrame
    days: int
    unit: str

    @property
    def t(self) -> float:
        """Its length in the unit of the summary."""
        return self.days / unit_days(self.unit)

    @property
    def actual(self) -> Floats:
        """Purchases that each customer made in it."""
        return self.frame["frequency_holdout"].to_numpy(dtype=np.float64)


def list_windows(purchases: Purchases, end: dt.date, days: int, unit: str) -> list[Window]:
    """Stretches of the past, the latest first: as long as asked, or as half the history if that is shorter.

    Before each there is at least as much history as the stretch is long, and somebody had bought. There may be none.
    """
    if purchases.first is None:
        return []
    known = (end - purchases.first).days
    length = min(days, known // 2)
    windows = []
    for back in range(1, MOST_ORIGINS + 1):
        origin = end - dt.timedelta(days=back * length)
        if length < 1 or (origin - purchases.first).days < length:
            break
        until = origin + dt.timedelta(days=length)
        frame = summarise(purchases, end=until, unit=unit, calibration_end=origin)
        if frame.empty:  # whatever happened before, nobody had bought by then
            break
        windows.append(Window(origin, frame, length, unit))
    return windows


def run_trials(windows: Sequence[Window], candidates: Mapping[str, PurchaseModel]) -> Trials:
    """Let each candidate and each rule forecast each window.

    Parameters
    ----------
    windows : sequence of Window
        Latest first.
    candidates : mapping of text to unfitted model

    Returns
    -------
    Trials
        A model that cannot be fitted to a window has no row for it.
    """
    errors, calibrations = [], []
    for i, window in enumerate(windows):
        earlier = windows[i + 1] if i + 1 < len(windows) else None
        for method, predicted, silent, identified in [*_rules(window, earlier), *_models(window, candidates)]:
            errors.append((method, window.origin, *_judged(window, predicted, silent), identified))
            if silent is not None:
                table = calibration_table(silent, window.actual == 0)
                calibrations.append(table.assign(method=method, origin=window.origin))
    frame = pd.DataFrame(errors, columns=COLUMNS)
    return Trials(frame, _joined(calibrations), windows[0].days if windows else 0)


def fit_or_none(candidate: PurchaseModel, frame: pd.DataFrame) -> PurchaseModel | None:
    """Fit a copy of the candidate; None where it cannot be fitted."""
    try:
        return clone(candidate).fit(frame)
    except DataError:
        return None


Forecast = tuple[str, Floats | None, Floats | None, bool]


def _models(window: Window, candidates: Mapping[str, PurchaseModel]) -> list[Forecast]:
    found: list[Forecast] = []
    for method, candidate in candidates.items():
        model = fit_or_none(candidate, window.frame)
        if model is None:
            continue
        predicted = model.expected_purchases(window.frame, window.t).to_numpy()
        silent = model.probability_no_purchase(window.frame, window.t).to_numpy()
        found.append((method, predicted, silent, bool(model.identified_)))
    return found


def _rules(window: Window, earlier: Window | None) -> list[Forecast]:
    """Everybody at their own past rate; everybody the mean; silence alone, learnt on the window before."""
    frame, t = window.frame, window.t
    own = np.where(frame["T"] > 0, frame["frequency"] / frame["T"].where(frame["T"] > 0, 1) * t, 0.0)
    rate = float(frame["frequency"].sum() / max(frame["T"].sum(), 1e-9))
    found: list[Forecast] = [
        ("naive", own, np.exp(-own), True),
        ("mean", np.full(len(frame), rate * t), None, True),
    ]
    if earlier is not None:
        rule = silence_rule(earlier.frame, (frame["T"] - frame["recency"]) * unit_days(window.unit), window.unit)
        if rule is not None:
            found.append(("hiatus", None, rule, True))
    return found


def _judged(window: Window, predicted: Floats | None, silent: Floats | None) -> tuple[float, ...]:
    actual = window.actual
    counted = {"bias": np.nan, "mae": np.nan, "rmse": np.nan} if predicted is None else count_errors(predicted, actual)
    honest = (
        (np.nan, np.nan) if silent is None else (brier(silent, actual == 0), calibration_error(silent, actual == 0))
    )
    total = np.nan if predicted is None else float(predicted.sum())
    return len(actual), float(actual.sum()), total, counted["bias"], counted["mae"], counted["rmse"], *honest


def _joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    columns = ["method", "origin", "decile", "customers", "predicted", "actual"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
