"""Horizon, discount, interval and margin of a value: read and checked once."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from custinsight.base.lines import as_day
from custinsight.clv.summaries import Floats, numbers, unit_days
from custinsight.engine import require_columns
from custinsight.errors import DataError

Horizon: TypeAlias = str | float | dt.timedelta

DAYS_PER_YEAR = 365.25
_HORIZON = re.compile(r"(\d+(?:\.\d+)?)\s*([DWMY])")


@dataclass(frozen=True)
class Terms:
    """What values are worked out on.

    Parameters
    ----------
    t : float
        Horizon in the unit of the summary.
    force : float
        Discounts a purchase after a time u of that unit by exp(-force u).
    interval : float
        Probability that intervals aim at.
    """

    t: float
    force: float
    interval: float


def read_terms(
    horizon: Horizon, annual_discount: float, interval: float, unit: str, start: str | dt.date | None = None
) -> Terms:
    """Check the terms of a value and put them into the unit of the summary."""
    if not 0 <= annual_discount < 10:
        raise DataError(
            "The annual discount must be a rate such as 0.1 and not negative, got {value}.", value=str(annual_discount)
        )
    if not 0 < interval < 1:
        raise DataError("The interval must be a probability between 0 and 1, got {value}.", value=str(interval))
    days = unit_days(unit)
    force = float(np.log1p(annual_discount) * days / DAYS_PER_YEAR)
    return Terms(horizon_days(horizon, start) / days, force, float(interval))


def horizon_days(horizon: Horizon, start: str | dt.date | None = None) -> float:
    """Return the length of a horizon in days.

    Parameters
    ----------
    horizon : str, number or timedelta
        "365D", "52W", "12M", "1Y", or days.
    start : date or text, optional
        Day after which it begins. With it, whole months and years go by the calendar; without, by their mean length.

    Raises
    ------
    DataError
        It is no length of time above 0.

    Examples
    --------
    >>> horizon_days("52W"), horizon_days(90), horizon_days("1Y"), horizon_days("1M", start="2024-01-31")
    (364.0, 90.0, 365.25, 29.0)
    """
    days = np.nan
    if isinstance(horizon, dt.timedelta):
        days = horizon / dt.timedelta(days=1)
    elif isinstance(horizon, int | float):
        days = float(horizon)
    elif match := _HORIZON.fullmatch(str(horizon)):
        length, unit = float(match[1]), match[2]
        if start is not None and unit in "MY" and length == int(length):
            first = pd.Timestamp(as_day(start))
            days = float((first + pd.DateOffset(months=int(length) * (12 if unit == "Y" else 1)) - first).days)
        else:
            days = length * {"D": 1, "W": 7, "M": DAYS_PER_YEAR / 12, "Y": DAYS_PER_YEAR}[unit]
    if not (np.isfinite(days) and days > 0):
        raise DataError(
            "The horizon must be a length of time such as 365D, 52W, 12M or 1Y, got {horizon}.",
            horizon=repr(horizon)[:30],
        )
    return days


def checked_margin(margin: float | str | Any, frame: pd.DataFrame) -> Floats:
    """Return the margin of each row of a summary."""
    if isinstance(margin, str):
        require_columns(frame, (margin,), name="The summary")
        return numbers(frame, margin)
    margins = np.asarray(margin, dtype=np.float64)
    if margins.shape not in ((), (len(frame),)) or not np.isfinite(margins).all():
        raise DataError(
            "The margin must be one finite number, or one per row of the summary ({rows}).", rows=len(frame)
        )
    return np.broadcast_to(margins, (len(frame),))
