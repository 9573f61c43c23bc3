"""What the values of a column look like: days, amounts, numbers of phones or taxpayers, names, codes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NOTHING = frozenset(["", "-", "--", "\\N", "NULL", "null", "None", "N/A", "n/a", "无", "00000000", "0000-00-00"])
_YEAR, _MONTH, _DAY = r"(?:19|20)\d{2}", r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_SHORT, _TIME = r"\d{2}", r"\d{1,2}:\d{2}"
_NAMED = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATES = {
    "%Y-%m-%d": f"{_YEAR}-{_MONTH}-{_DAY}",
    "%Y/%m/%d": f"{_YEAR}/{_MONTH}/{_DAY}",
    "%Y.%m.%d": rf"{_YEAR}\.{_MONTH}\.{_DAY}",
    "%Y%m%d": rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])",
    "%Y年%m月%d日": f"{_YEAR}年{_MONTH}月{_DAY}日",
    "%d.%m.%Y": rf"{_DAY}\.{_MONTH}\.{_YEAR}",
    "%m/%d/%Y": f"{_MONTH}/{_DAY}/{_YEAR}",
    "%d/%m/%Y": f"{_DAY}/{_MONTH}/{_YEAR}",
    "%m-%d-%Y": f"{_MONTH}-{_DAY}-{_YEAR}",
    "%d-%m-%Y": f"{_DAY}-{_MONTH}-{_YEAR}",
    "%m/%d/%y": f"{_MONTH}/{_DAY}/{_SHORT}",
    "%d/%m/%y": f"{_DAY}/{_MONTH}/{_SHORT}",
    "%m-%d-%y": f"{_MONTH}-{_DAY}-{_SHORT}",
    "%d.%m.%y": rf"{_DAY}\.{_MONTH}\.{_SHORT}",
    "%d-%b-%Y": f"{_DAY}-{_NAMED}-{_YEAR}",
    "%d %b %Y": f"{_DAY} {_NAMED} {_YEAR}",
}
_CLOCKS = {
    " %H:%M:%S": r" \d{1,2}:\d{2}:\d{2}",
    "T%H:%M:%S": r"T\d{2}:\d{2}:\d{2}",
    " %H:%M": r" \d{1,2}:\d{2}",
    " %H:%M:%S.%f": r" \d{1,2}:\d{2}:\d{2}\.\d+",
    "T%H:%M:%S.%fZ": r"T\d{2}:\d{2}:\d{2}\.\d+Z",
}
FORMATS: dict[str, re.Pattern[str]] = {form: re.compile(text, re.IGNORECASE) for form, text in _DATES.items()} | {
    form + clock: re.compile(text + more, re.IGNORECASE)
    for form, text in _DATES.items()
    for clock, more in _CLOCKS.items()
}
"""Formats of days that are proposed, in the order in which they are tried, and what they fit."""
DAY_FIRST = {"%m/%d/%Y": "%d/%m/%Y", "%m-%d-%Y": "%d-%m-%Y", "%m/%d/%y": "%d/%m/%y"}
"""Formats with the month first, and those that differ by having the day first."""
_SERIAL = re.compile(r"[34]\d{4}(?:\.\d+)?")
_MONEY = re.compile(r"(?i)CNY|RMB|USD|EUR|GBP|HKD|JPY|US\$|HK\$|[$€£¥元圆]")
_POINT = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?")
_COMMA = re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)(?:,\d+)?")
_CODE = re.compile(r"(?i)[a-z]{0,6}[-_#/. ]?[\da-z]*\d[\da-z]*(?:[-_/.][\da-z]+)*")
_SHAPES: dict[str, re.Pattern[str]] = {
    "mobile": re.compile(r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}"),
    "email": re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    "phone": re.compile(r"(?:\+?\d{1,3}[- ])?\(?\d{2,5}\)?[-. ]?\d{3,4}[-. ]?\d{3,6}(?:[-转x ]+\d{1,6})?"),
    "tax": re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}|\d{15}|\d{2}-\d{7}|[A-Z]{2}\d{8,12}"),
    "company": re.compile(
        r"(?i).+(?:公司|厂|店|行|部|院|学校|中心|集团|合作社|inc\.?|llc|ltd\.?|limited|corp\.?|corporation|co\.?"
        r"|gmbh|ag|s\.?a\.?|s\.?l\.?|plc|bv|kg|company)"
    ),
    "truth": re.compile(r"(?i)true|false|yes|no|y|n|t|f|0|1|是|否|有|无|x|√|×"),
    "currency": re.compile(r"(?i)[a-z]{3}|人民币|美元|欧元|港币|日元|英镑|¥|￥|\$|€|£"),
    "percent": re.compile(r"\d+(?:\.\d+)?\s*[%％]"),
    "code": _CODE,
}


@dataclass(frozen=True)
class Evidence:
    """What a column's values look like; shares are of the values that are there.

    Parameters
    ----------
    rows : int
        Rows that were looked at.
    filled : float
        Share of rows with a value.
    distinct : int
        Different values.
    repeated : float
        1 − distinct / values.
    dates : float
        Share that the best formats read as days.
    formats : tuple of str
        These formats.
    unsure : bool
        Day and month could be swapped in all of the values.
    numbers : float
        Share that are numbers.
    decimal : str
        Decimal sign that the numbers need; empty when either does.
    negative, whole : float
        Shares of the numbers that are negative, that have no digits behind the point.
    largest : float
        Largest absolute number.
    shapes : dict of str to float
        Shares that look like a mobile, email, phone, tax number, company, truth, currency, percent, code.
    length : float
        Mean length.
    """

    rows: int
    filled: float
    distinct: int
    repeated: float
    dates: float
    formats: tuple[str, ...]
    unsure: bool
    numbers: float
    decimal: str
    negative: float
    whole: float
    largest: float
    shapes: dict[str, float]
    length: float

    @property
    def is_unique(self) -> bool:
        """Whether each row has a value of its own."""
        return self.distinct > 1 and self.repeated == 0 and self.filled > 0.95

    @property
    def is_category(self) -> bool:
        """Whether few values serve many rows."""
        return 0 < self.distinct <= max(12, min(200, self.rows * 0.05))


def look_at(values: Sequence[str]) -> Evidence:
    """Look at the values of a column.

    Examples
    --------
    >>> found = look_at(["2024年1月5日", "2024年12月31日", "-"])
    >>> found.dates, found.formats, round(found.filled, 2)
    (1.0, ('%Y年%m月%d日',), 0.67)
    >>> look_at(["1.234,50", "-7,00"]).decimal
    ','
    """
    given = [unicodedata.normalize("NFKC", value).strip() for value in values]
    given = [value for value in given if value not in NOTHING]
    kinds = sorted(set(given))
    formats, dates, unsure = _dates(kinds)
    numbers, decimal, figures = _numbers(given)
    return Evidence(
        rows=len(values),
        filled=len(given) / len(values) if values else 0.0,
        distinct=len(kinds),
        repeated=1 - len(kinds) / len(given) if given else 0.0,
        dates=dates,
        formats=formats,
        unsure=unsure,
        numbers=numbers,
        decimal=decimal,
        negative=_share(figures, lambda figure: figure < 0),
        whole=_share(figures, float.is_integer),
        largest=max(map(abs, figures), default=0.0),
        shapes={name: _share(kinds, shape.fullmatch) for name, shape in _SHAPES.items()},
        length=sum(map(len, kinds)) / len(kinds) if kinds else 0.0,
    )


def _share(values: Sequence[object], test: Callable[..., object]) -> float:
    return sum(1 for value in values if test(value)) / len(values) if values else 0.0


def _dates(kinds: Sequence[str]) -> tuple[tuple[str, ...], float, bool]:
    """Formats that read most of the values, the share that they read, and whether day and month could be swapped."""
    left = [kind for kind in kinds if any(map(str.isdigit, kind)) and len(kind) >= 5]
    formats: list[str] = []
    probe = left[:: max(1, len(left) // 50)]
    if not probe or not any(shape.fullmatch(kind) for kind in probe for shape in FORMATS.values()):
        share = _share(kinds, _SERIAL.fullmatch)
        return (("excel",), share, False) if share >= 0.9 else ((), 0.0, False)
    unsure = False
    while left:
        counts = {form: sum(1 for kind in left if shape.fullmatch(kind)) for form, shape in FORMATS.items()}
        best = max(counts, key=lambda form: counts[form])
        if counts[best] < max(1, len(kinds) * 0.005):
            break
        swappable = best in DAY_FIRST and counts[DAY_FIRST[best]] == counts[best]
        # a few days among others that could be read in two ways are left for the load to reject
        if not swappable or counts[best] >= 0.3 * len(kinds):
            unsure |= swappable
            formats.append(best)
        left = [kind for kind in left if not FORMATS[best].fullmatch(kind)]
    read = [kind for kind in kinds if any(FORMATS[form].fullmatch(kind) for form in formats)]
    serials = [kind for kind in kinds if _SERIAL.fullmatch(kind)]
    if formats and serials and len(serials) + len(read) >= 0.8 * len(kinds):
        formats.append("excel")
        read += serials
    # a compact day is also a plain number: only days that are nearly all of the column tell one
    return tuple(formats), len(read) / len(kinds), unsure


def _numbers(given: Sequence[str]) -> tuple[float, str, list[float]]:
    """Share of numbers, the decimal sign they need, and the numbers."""
    bare = [_MONEY.sub("", value).replace(" ", "").replace("'", "") for value in given]
    bare = [re.sub(r"^\((.*)\)$|^(.*)-$", r"-\1\2", value).removeprefix("+") for value in bare]
    point = [value for value in bare if _POINT.fullmatch(value.removeprefix("-"))]
    comma = [value for value in bare if _COMMA.fullmatch(value.removeprefix("-"))]
    if len(comma) > len(point):
        figures = [float(value.replace(".", "").replace(",", ".")) for value in comma]
        return len(comma) / len(given), ",", figures
    figures = [float(value.replace(",", "")) for value in point]
    sure = any("." in value for value in point) and len(point) > len(comma)
    return (len(point) / len(given) if given else 0.0), "." if sure else "", figures
