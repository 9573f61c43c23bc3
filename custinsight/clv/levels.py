"""Correction of the level of a forecast: the last miss, or that of the same days a year before, where it helps.

A model takes a customer's pace as steady. A season, or a business that grows with its customers, moves all of them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np

from custinsight.base import summarise
from custinsight.base.purchases import Purchases
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.trials import Trials, Window, fit_or_none


def level_of(
    purchases: Purchases, windows: list[Window], trials: Trials, chosen: str, candidate: PurchaseModel
) -> float:
    """Correction of the level that would have helped on the latest stretch, for the stretch to come; 1 if none."""
    errors = trials.errors[trials.errors["method"] == chosen]
    rows = {row.origin: row for row in errors.itertuples(index=False)}
    latest = windows[0] if windows else None
    if latest is None or latest.origin not in rows:
        return 1.0
    best, factor = _misses(rows[latest.origin], 1.0), 1.0
    if len(windows) > 1 and windows[1].origin in rows:
        tried = _ratio(rows[windows[1].origin])
        if _helps(latest, candidate, tried, best):
            best, factor = _misses(rows[latest.origin], tried), _ratio(rows[latest.origin])
    seasonal = [_year_before(purchases, window, candidate) for window in (latest, _next(latest))]
    if seasonal[0] is not None and seasonal[1] is not None and _helps(latest, candidate, seasonal[0], best):
        factor = seasonal[1]
    return float(np.clip(factor, 0.5, 2.0))


def _next(window: Window) -> Window:
    """The stretch to come, of which nothing is known."""
    return Window(window.origin + dt.timedelta(days=window.days), window.frame, window.days, window.unit)


def _year_before(purchases: Purchases, window: Window, candidate: PurchaseModel) -> float | None:
    """What purchases were, over what was forecast, on the same days a year before; None without such history."""
    origin = window.origin - dt.timedelta(days=364)
    if purchases.first is None or (origin - purchases.first).days < window.days:
        return None
    until = origin + dt.timedelta(days=window.days)
    frame = summarise(purchases, end=until, unit=window.unit, calibration_end=origin)
    model = fit_or_none(candidate, frame)
    if model is None:
        return None
    predicted = float(model.expected_purchases(frame, window.t).sum())
    return float(frame["frequency_holdout"].sum()) / predicted if predicted > 0 else None


def _helps(window: Window, candidate: PurchaseModel, factor: float, best: float) -> bool:
    """Whether the factor brings the total clearly nearer without making the customers' errors larger."""
    model = fit_or_none(candidate, window.frame)
    if model is None or not np.isfinite(factor):
        return False
    predicted, actual = model.expected_purchases(window.frame, window.t).to_numpy(), window.actual
    miss = abs(float(predicted.sum() * factor / actual.sum() - 1)) if actual.sum() else np.inf
    error, corrected = (float(np.abs(scale * predicted - actual).mean()) for scale in (1.0, factor))
    return miss < 0.8 * best and corrected <= error


def _misses(row: Any, factor: float) -> float:
    return abs(float(row.predicted_total * factor / row.actual_total - 1)) if row.actual_total else np.inf


def _ratio(row: Any) -> float:
    return float(row.actual_total / row.predicted_total) if row.predicted_total else np.nan
