"""Audit periods: reading ``2024Q4`` and its kin, and walking from one period to the next."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from custinsight.errors import PeriodError

_SHAPES = (
    ("year", re.compile(r"(\d{4})")),
    ("half", re.compile(r"(\d{4})H([12])")),
    ("quarter", re.compile(r"(\d{4})Q([1-4])")),
    ("month", re.compile(r"(\d{4})-(0[1-9]|1[0-2])")),
    ("week", re.compile(r"(\d{4})W(0[1-9]|[1-4]\d|5[0-3])")),
    ("range", re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")),
)
_MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}


@dataclass(frozen=True, order=True)
class Period:
    """A closed span of calendar days that an audit covers.

    Parameters
    ----------
    start, end : datetime.date
        First and last day, both included.
    label : str
        What the user wrote; also the name of the report's folder.
    kind : str
        ``year``, ``half``, ``quarter``, ``month``, ``week`` or ``range``.
    first_month : int
        Month in which the fiscal year starts, 1 to 12.

    Examples
    --------
    >>> period = Period.parse("2024Q4")
    >>> period.start.isoformat(), period.end.isoformat()
    ('2024-10-01', '2024-12-31')
    >>> period.previous().label, period.year_before().label
    ('2024Q3', '2023Q4')
    >>> Period.parse("2024H1", first_month=4).end.isoformat()
    '2024-09-30'
    """

    start: dt.date
    end: dt.date
    label: str
    kind: str
    first_month: int = 1

    @classmethod
    def parse(cls, text: str | Period, first_month: int = 1) -> Period:
        """Read a period; the whole text must match one of the known shapes.

        Parameters
        ----------
        text : str or Period
            ``2024``, ``2024H1``, ``2024Q4``, ``2024-11``, ``2024W47`` (ISO week) or
            ``2024-10-01..2024-12-31``. A Period is handed back as it is.
        first_month : int
            Month in which the fiscal year starts; fiscal year 2024 starts in 2024.

        Raises
        ------
        PeriodError
            The text has none of these shapes or names days that do not exist.
        """
        if isinstance(text, Period):
            return text
        for kind, shape in _SHAPES:
            match = shape.fullmatch(text) if isinstance(text, str) and text.isascii() else None
            if match:
                try:
                    start, end = _span(kind, match.groups(), first_month)
                except ValueError:
                    break
                if start <= end and start.year >= 1900:
                    return cls(start, end, text, kind, first_month)
                break
        raise PeriodError(
            "The period must look like 2024, 2024H1, 2024Q4, 2024-11, 2024W47 or 2024-10-01..2024-12-31, got {text}.",
            text=repr(text)[:60],
        )

    @classmethod
    def parse_many(cls, text: str, first_month: int = 1) -> list[Period]:
        """Read ``2024Q1..2024Q4`` as the periods from the first to the last, or one period.

        Examples
        --------
        >>> [p.label for p in Period.parse_many("2023Q4..2024Q2")]
        ['2023Q4', '2024Q1', '2024Q2']
        """
        first_text, dots, last_text = text.partition("..")
        if not (first_text and dots and last_text) or _SHAPES[-1][1].fullmatch(text):
            return [cls.parse(text, first_month)]
        first, last = cls.parse(first_text, first_month), cls.parse(last_text, first_month)
        if first.kind != last.kind or first > last:
            raise PeriodError(
                "A range of periods must run from an earlier to a later period of the same kind, got {text}.",
                text=repr(text)[:60],
            )
        periods = [first]
        while periods[-1] < last:
            periods.append(periods[-1].next())
        return periods

    def previous(self) -> Period:
        """Return the period of the same length that ends the day before this one starts."""
        return self._of_day(self.start - dt.timedelta(days=1), back=True)

    def next(self) -> Period:
        """Return the period of the same length that starts the day after this one ends."""
        return self._of_day(self.end + dt.timedelta(days=1), back=False)

    def year_before(self) -> Period:
        """Return the same season one year earlier."""
        if self.kind == "week":
            return self._of_day(self.start - dt.timedelta(weeks=52), back=False)
        if self.kind == "range":
            start, end = _shift_year(self.start), _shift_year(self.end)
            return Period(start, end, f"{start}..{end}", "range", self.first_month)
        return self._of_day(_shift_year(self.start), back=False)

    @property
    def days(self) -> int:
        """Number of days, both ends included."""
        return (self.end - self.start).days + 1

    def _of_day(self, day: dt.date, *, back: bool) -> Period:
        """Return the period of this kind that holds ``day``."""
        if self.kind == "range":
            length = dt.timedelta(days=self.days - 1)
            start, end = (day - length, day) if back else (day, day + length)
            return Period(start, end, f"{start}..{end}", "range", self.first_month)
        return Period.parse(_label(self.kind, day, self.first_month), self.first_month)


def _label(kind: str, day: dt.date, first_month: int) -> str:
    if kind == "week":
        year, week, _ = day.isocalendar()
        return f"{year}W{week:02d}"
    if kind == "month":
        return f"{day:%Y-%m}"
    months = (day.year * 12 + day.month - 1) - (first_month - 1)
    year, month = divmod(months, 12)
    if kind == "year":
        return f"{year}"
    return f"{year}H{month // 6 + 1}" if kind == "half" else f"{year}Q{month // 3 + 1}"


def _span(kind: str, groups: tuple[str, ...], first_month: int) -> tuple[dt.date, dt.date]:
    if kind == "range":
        return dt.date.fromisoformat(groups[0]), dt.date.fromisoformat(groups[1])
    year = int(groups[0])
    if kind == "week":
        return dt.date.fromisocalendar(year, int(groups[1]), 1), dt.date.fromisocalendar(year, int(groups[1]), 7)
    length = _MONTHS[kind]
    if kind == "month":
        first = year * 12 + int(groups[1]) - 1
    else:
        number = int(groups[1]) if len(groups) > 1 else 1
        first = year * 12 + (first_month - 1) + (number - 1) * length
    last = first + length - 1
    end_year, end_month = divmod(last, 12)
    last_day = calendar.monthrange(end_year, end_month + 1)[1]
    return dt.date(first // 12, first % 12 + 1, 1), dt.date(end_year, end_month + 1, last_day)


def _shift_year(day: dt.date) -> dt.date:
    return day.replace(year=day.year - 1, day=min(day.day, calendar.monthrange(day.year - 1, day.month)[1]))
