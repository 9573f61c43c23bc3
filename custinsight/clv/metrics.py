"""How good a forecast was: errors of numbers, and honesty of probabilities."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from custinsight.clv.summaries import Floats

Outcomes: TypeAlias = np.ndarray[Any, Any]


def mass_bins(values: Floats, n: int = 10) -> np.ndarray[Any, np.dtype[np.intp]]:
    """Sort values into ``n`` bins of about equal mass, 0 for the smallest; equal values share a bin.

    Examples
    --------
    >>> mass_bins(np.array([0.1, 0.2, 0.7, 0.7]), 4).tolist()
    [0, 1, 3, 3]
    """
    middle = (rankdata(values, method="average") - 0.5) / max(len(values), 1)
    return np.minimum((middle * n + 1e-9).astype(np.intp), n - 1)


def calibration_table(probability: Floats, outcome: Outcomes, n: int = 10) -> pd.DataFrame:
    """Forecast beside what happened: one row per bin of about equal mass.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        Forecast probabilities.
    outcome : ndarray of bool or 0/1, shape (n,)
        Whether it came true.

    Returns
    -------
    pandas.DataFrame
        decile (1 is the most probable), customers, predicted and actual (shares). Equal forecasts are never split,
        so there may be fewer than ``n`` rows.

    Examples
    --------
    >>> calibration_table(np.array([0.9, 0.8, 0.1, 0.2]), np.array([1, 1, 0, 1]), 2)
       decile  customers  predicted  actual
    0       1          2       0.85     1.0
    1       2          2       0.15     0.5
    """
    frame = pd.DataFrame({"bin": mass_bins(probability, n), "predicted": probability, "actual": outcome})
    frame["actual"] = frame["actual"].astype(np.float64)
    table = frame.groupby("bin").agg(
        customers=("predicted", "size"), predicted=("predicted", "mean"), actual=("actual", "mean")
    )
    table = table.iloc[::-1].reset_index(names="decile")
    table["decile"] = n - table["decile"]
    return table


def calibration_error(probability: Floats, outcome: Outcomes, n: int = 10) -> float:
    """Expected calibration error: mean gap between forecast and outcome over bins of equal mass.

    Examples
    --------
    >>> round(calibration_error(np.array([0.9, 0.8, 0.1, 0.2]), np.array([1, 1, 0, 1]), 2), 3)
    0.25
    """
    table = calibration_table(probability, outcome, n)
    return float(np.average((table["predicted"] - table["actual"]).abs(), weights=table["customers"]))


def brier(probability: Floats, outcome: Outcomes) -> float:
    """Mean squared error of probabilities; 0 is perfect.

    Examples
    --------
    >>> brier(np.array([1.0, 0.5]), np.array([1, 0]))
    0.125
    """
    return float(np.mean((probability - outcome) ** 2))


def count_errors(predicted: Floats, actual: Floats) -> dict[str, float]:
    """Bias (of the total, relative), mean absolute and root mean squared error of forecasts per customer.

    Examples
    --------
    >>> count_errors(np.array([1.0, 2.0]), np.array([1.0, 1.0]))
    {'bias': 0.5, 'mae': 0.5, 'rmse': 0.7071067811865476}
    """
    gap = predicted - actual
    total = float(actual.sum())
    return {
        "bias": float(gap.sum() / total) if total else np.nan,
        "mae": float(np.abs(gap).mean()),
        "rmse": float(np.sqrt((gap**2).mean())),
    }
