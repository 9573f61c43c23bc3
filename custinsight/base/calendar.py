"""Calendar periods as whole numbers: in the engine to group by, outside of it to name and to walk."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis

from custinsight.errors import DataError

MONTHS = {"M": 1, "Q": 3, "H": 6, "Y": 12}
MONDAY = dt.date(1970, 1, 5)
"""Week 0 starts on this day; weeks are those of ISO 8601."""


def check_step(by: str) -> str:
    """Refuse a step that is no calendar period.

    Raises
    ------
    DataError
        The step is none of W, M, Q, H, Y.
    """
    if by not in ("W", *MONTHS):
        raise DataError("The step must be one of W, M, Q, H and Y, got {by}.", by=repr(by)[:20])
    return by


def number_of(day: Any, by: str, first_month: int = 1) -> Any:
    """Number of the period that holds a day, of a column of days or of one day; the next period has the next number.

    Parameters
    ----------
    day : ibis date column or datetime.date
    by : str
        W (ISO weeks), M, Q, H or Y.
    first_month : int
        Month in which the fiscal year starts.

    Examples
    --------
    >>> number_of(dt.date(2024, 4, 1), "Q") - number_of(dt.date(2023, 12, 31), "Q")
    2
    """
    in_engine = not isinstance(day, dt.date)
    if check_step(by) == "W":
        days = day.delta(ibis.literal(MONDAY), unit="day") if in_engine else (day - MONDAY).days
        return (days / 7).floor().cast("int64") if in_engine else days // 7
    year, month = (day.year().cast("int64"), day.month().cast("int64")) if in_engine else (day.year, day.month)
    months = year * 12 + month - first_month
    return (months / MONTHS[by]).floor().cast("int64") if in_engine else months // MONTHS[by]


def name_of(number: int, by: str, first_month: int = 1) -> str:
    """Name of a numbered period, as ``Period.parse`` reads it.

    Examples
    --------
    >>> [name_of(number_of(dt.date(2024, 11, 20), by), by) for by in "WMQHY"]
    ['2024W47', '2024-11', '2024Q4', '2024H2', '2024']
    >>> name_of(number_of(dt.date(2024, 3, 31), "Q", first_month=4), "Q", first_month=4)
    '2023Q4'
    """
    if check_step(by) == "W":
        year, week, _ = (MONDAY + dt.timedelta(weeks=int(number))).isocalendar()
        return f"{year}W{week:02d}"
    per_year = 12 // MONTHS[by]
    year, part = divmod(int(number), per_year)
    if by == "M":
        calendar_month = part + first_month
        return f"{year + (calendar_month > 12)}-{(calendar_month - 1) % 12 + 1:02d}"
    return f"{year}" if by == "Y" else f"{year}{by}{part + 1}"
