"""Telephone numbers in E.164, with a fast path for Chinese mobile numbers."""

from __future__ import annotations

import re
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from custinsight.clean.phone_areas import chinese_area
from custinsight.clean.text import tidy_number

_SEPARATORS = re.compile(r"[\s\-.()·_]+")
_CHINESE_MOBILE = re.compile(r"(?:\+?86|0086)?0?(1[3-9]\d{9})")
_CHINESE_LANDLINE = re.compile(r"(?:(?:\+?86|0086)-?0?|0)(10|2\d|[3-9]\d{2})-?([2-9]\d{6,7})")
_AMERICAN = re.compile(r"(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}")
_LABEL = re.compile(
    r"^\s*(?:tel|phone|mobile|mob|fax|电话|手机|手机号|手机号码|联系电话|联系方式|座机|固话|传真)\s*[:.]?\s*",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"\s*(?:[/、,;|&]|或|和|及)\s*(?!ext)|(?<=\d{7})\s+(?=(?:\+86\s?)?1[3-9]\d{9}(?!\d))")
_EXTENSION = re.compile(r"\s*(?:转|分机|;?ext\.?=?|#|x)\s*:?\s*(\d{1,6})$", re.IGNORECASE)
_EXTENSION_AFTER_DASH = re.compile(r"((?:\+?86-?)?0?\d{2,3}-?\d{7,8})-(\d{1,5})")
_AREA_CODE = re.compile(r"\(?0\d{2,3}[)\- ]+(?=\d{7,8})")
_LONGEST = 100
_FEWEST_DIGITS = 5
_TELLING = 7
_COUNTRIES: dict[str, str | None] = {}
_KINDS = {
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
}


class Phone(NamedTuple):
    """A telephone number, and what else stands in its cell.

    Parameters
    ----------
    shown : str
        E.164, an extension as ``;ext=801``: the first mobile number, else the first number.
    key : str or None
        The number without extension; None for a number that stands for none.
    kind : str
        ``mobile``, ``fixed``, ``fixed_or_mobile``, ``toll_free``, ``shared_cost``, ``voip`` or ``other``.
    area : str or None
        Province and city of a Chinese number, ISO 3166 code of the country of any other.
    others : tuple of str
        The other numbers of the cell; what is no number as it was written.
    is_whole : bool
        All parts of the cell are numbers.
    """

    shown: str
    key: str | None
    kind: str = "other"
    area: str | None = None
    others: tuple[str, ...] = ()
    is_whole: bool = True

    @property
    def is_mobile(self) -> bool:
        """The number is surely a mobile one."""
        return self.kind == "mobile"


def parse_phone(text: str, region: str = "CN") -> Phone | None:
    """Read a telephone number, or several.

    Parameters
    ----------
    text : str
    region : str
        ISO 3166 code of the country whose numbers are written without a country code; several codes with blanks
        between them are tried in turn, and the one that reads most of the cell is taken.

    Returns
    -------
    Phone or None
        None when no part of the text is a valid number.

    Examples
    --------
    >>> parse_phone("１３９-1234-5678").shown, parse_phone("010-62345678转801").shown, parse_phone("12345")
    ('+8613912345678', '+861062345678;ext=801', None)
    >>> parse_phone("(415) 555-2671", "CN US").area, parse_phone("13912345678/0512-62345678").others
    ('US', ('+8651262345678',))
    """
    if len(text) == 11 and text.isascii() and region.startswith("CN") and _CHINESE_MOBILE.fullmatch(text):
        return _combine([_number(f"+86{text}", "mobile")], ())
    if len(text) > _LONGEST:
        return None
    text = _LABEL.sub("", tidy_number(text))
    parts = _with_area_code([part for part in _SEVERAL.split(text) if part])
    best: list[_Number | None] = []
    for code in region.split():
        numbers = [_parse_one(part, code) for part in parts]
        if sum(map(bool, numbers)) > sum(map(bool, best)):
            best = numbers
        if best and None not in best:
            break
    good = list(dict.fromkeys(number for number in best if number))
    unread = [part for part, number in zip(parts, best, strict=False) if number is None]
    return _combine(good, tuple(dict.fromkeys(unread))) if good else None


class _Number(NamedTuple):
    """One number of a cell."""

    shown: str
    e164: str
    kind: str
    area: str | None


def _number(e164: str, kind: str, area: str | None = None, extension: str = "") -> _Number:
    shown = f"{e164};ext={extension}" if extension else e164
    return _Number(shown, e164, kind, chinese_area(e164) if e164.startswith("+86") else area)


def _combine(numbers: list[_Number], unread: tuple[str, ...]) -> Phone:
    if len(numbers) > 1:
        numbers = sorted(numbers, key=lambda number: (_is_junk(number.e164), number.kind != "mobile"))
    first, *others = numbers
    key = None if _is_junk(first.e164) else first.e164
    rest = (*(number.shown for number in others), *unread)
    return Phone(first.shown, key, first.kind, first.area, rest, not unread)


def _parse_one(text: str, region: str) -> _Number | None:
    bare, extension = _split_extension(text)
    digits = _SEPARATORS.sub("", bare)
    if digits.startswith(("+86", "0086")) or (region == "CN" and digits[:1] != "+"):
        return _parse_chinese(bare, digits, extension)
    return _parse_any(bare, region, extension)


def _parse_chinese(bare: str, digits: str, extension: str) -> _Number | None:
    """Read a number as a Chinese one; most are told by their form, which costs a fiftieth."""
    is_american = _AMERICAN.fullmatch(bare) is not None
    if not is_american and (mobile := _CHINESE_MOBILE.fullmatch(digits)):
        return _number(f"+86{mobile[1]}", "mobile", extension=extension)
    if landline := _CHINESE_LANDLINE.fullmatch(digits):
        return _number(f"+86{landline[1]}{landline[2]}", "fixed", extension=extension)
    # libraries take 206 555 0123 for 0206 555 0123; what has no 0 before its area is somebody else's number
    known = digits.startswith(("400", "800", "+86", "0086"))
    return _parse_any(bare, "CN", extension) if known else None


def _parse_any(bare: str, region: str, extension: str) -> _Number | None:
    if sum(map(str.isdigit, bare)) < _FEWEST_DIGITS:
        return None
    try:
        number = phonenumbers.parse(bare, region)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:  # what is_valid_number asks, too
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return _number(e164, _KINDS.get(kind, "other"), _country_of(e164[:_TELLING], number), extension)


def _country_of(start: str, number: phonenumbers.PhoneNumber) -> str | None:
    """Return a number's country; its first digits tell it, also where several countries share a code."""
    if start not in _COUNTRIES:
        _COUNTRIES[start] = phonenumbers.region_code_for_number(number)
    return _COUNTRIES[start]


def _with_area_code(parts: list[str]) -> list[str]:
    """Give later numbers of a cell such as ``010-88886666/88886667`` the area code of the first."""
    area = _AREA_CODE.match(parts[0]) if len(parts) > 1 else None
    return [area[0] + part if area and re.fullmatch(r"\d{7,8}", part) else part for part in parts]


def _split_extension(text: str) -> tuple[str, str]:
    if found := _EXTENSION.search(text):
        return text[: found.start()], found[1]
    if dashed := _EXTENSION_AFTER_DASH.fullmatch(text):
        return dashed[1], dashed[2]
    return text, ""


def _is_junk(e164: str) -> bool:
    """Tell whether a number only fills the field: its last eight digits are all the same."""
    return e164[-8:] == e164[-1] * 8
