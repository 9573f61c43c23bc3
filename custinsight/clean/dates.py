"""Days written as text, where they can be read in one way only."""

from __future__ import annotations

import datetime as dt
import re

from custinsight.clean.text import tidy_number

_LONGEST = 40
_TIME = r"(?:[ t]+\d{1,2}:\d{2}.*)?"
_YEAR_FIRST = re.compile(rf"(\d{{4}})\s*[-/.年]\s*(\d{{1,2}})\s*[-/.月]\s*(\d{{1,2}})\s*日?{_TIME}")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/.])(\d{{1,2}})\2(\d{{4}}){_TIME}")
_DAY_FIRST_WORD = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ \-.]*([a-z]{3,9})\.?[ \-,]*(\d{4})")
_MONTH_FIRST_WORD = re.compile(r"([a-z]{3,9})\.? *(\d{1,2})(?:st|nd|rd|th)?,? *(\d{4})")
_SERIAL = re.compile(r"[2-5]\d{4}(?:\.0+)?")
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: n for n, name in enumerate(_MONTH_NAMES.split(), 1)}
_CHINESE_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_CHINESE_NUMBER = re.compile(r"([二三]?)十([一二三四五六七八九]?)")
_SPREADSHEET_START = dt.date(1899, 12, 30)
_STAND_INS = frozenset(["1900-01-01", "1899-12-30", "1970-01-01", "9999-12-31"])


def parse_date(text: str, region: str = "CN") -> str | None:
    """Read a day.

    Parameters
    ----------
    text : str
    region : str
        ISO 3166 code; tells whether 03/04/2024 is a day in March or in April. Where it does not, such a day is not
        read.

    Returns
    -------
    str or None
        YYYY-MM-DD; None for what is no day, could be two, or stands for none (1900-01-01, 9999-12-31).

    Examples
    --------
    >>> parse_date("2024年3月5日"), parse_date("20240305"), parse_date("5 March 2024"), parse_date("45356")
    ('2024-03-05', '2024-03-05', '2024-03-05', '2024-03-05')
    >>> parse_date("03/04/2024"), parse_date("03/04/2024", "US"), parse_date("25/04/2024")
    (None, '2024-03-04', '2024-04-25')
    """
    if len(text) > _LONGEST:
        return None
    plain = _chinese_digits(tidy_number(text)).lower()
    parts = _year_first(plain) or _year_last(plain, region) or _with_month(plain)
    try:
        day = dt.date(*parts) if parts else _serial(plain)
    except ValueError:
        return None
    return day.isoformat() if day and day.year >= 1900 and day.isoformat() not in _STAND_INS else None


def _chinese_digits(text: str) -> str:
    if text.isascii():
        return text
    tens = _CHINESE_NUMBER.sub(lambda found: (found[1] or "一") + (found[2] or "〇"), text)
    return tens.translate(_CHINESE_DIGITS)


def _year_first(text: str) -> tuple[int, int, int] | None:
    found = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _year_last(text: str, region: str) -> tuple[int, int, int] | None:
    found = _YEAR_LAST.fullmatch(text)
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    if region == "US" and second <= 31 and first <= 12:
        return year, first, second
    day_first = found[2] == "." or first > 12 or region in ("GB", "DE", "FR", "ES", "IT", "NL", "AU", "NZ", "IN", "BR")
    if day_first or first == second:
        return year, second, first
    return (year, first, second) if second > 12 else None


def _with_month(text: str) -> tuple[int, int, int] | None:
    if found := _DAY_FIRST_WORD.fullmatch(text):
        day, name, year = found.groups()
    elif found := _MONTH_FIRST_WORD.fullmatch(text):
        name, day, year = found.groups()
    else:
        return None
    month = _MONTHS.get(name[:3])
    return (int(year), month, int(day)) if month else None


def _serial(text: str) -> dt.date | None:
    """Read a spreadsheet's day number."""
    return _SPREADSHEET_START + dt.timedelta(days=int(float(text))) if _SERIAL.fullmatch(text) else None
