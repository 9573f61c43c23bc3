"""Telephone numbers in E.164, with a fast path for Chinese mobile numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from custinsight.clean.text import tidy_number

_SEPARATORS = re.compile(r"[\s\-.()·_]+")
_CHINESE_MOBILE = re.compile(r"(?:\+?86|0086)?0?(1[3-9]\d{9})")
_CHINESE_LANDLINE = re.compile(r"(?:(?:\+?86|0086)-?0?|0)(10|2\d|[3-9]\d{2})-?([2-9]\d{6,7})")
_AMERICAN = re.compile(r"(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}")
_LABEL = re.compile(r"^\s*(?:tel|phone|mobile|mob|fax|电话|手机|联系电话|座机|固话|传真)\s*[:.]?\s*", re.IGNORECASE)
_SEVERAL = re.compile(r"\s*(?:[/、,;|]|或)\s*(?!ext)")
_EXTENSION = re.compile(r"\s*(?:转|分机|;?ext\.?=?|#|x)\s*:?\s*(\d{1,6})$", re.IGNORECASE)
_EXTENSION_AFTER_DASH = re.compile(r"((?:\+?86-?)?0?\d{2,3}-?\d{7,8})-(\d{1,5})")
_AREA_CODE = re.compile(r"\(?0\d{2,3}[)\- ]+(?=\d{7,8})")
_LONGEST = 100


@dataclass(frozen=True)
class Phone:
    """A telephone number, or several from one cell.

    Parameters
    ----------
    shown : str
        E.164, an extension as ``;ext=801``, several numbers joined by `` / ``.
    key : str or None
        The first mobile number, else the first number, without extension; None for a number that stands for none.
    is_mobile : bool
        The key is a mobile number.
    """

    shown: str
    key: str | None
    is_mobile: bool


def parse_phone(text: str, region: str = "CN") -> Phone | None:
    """Read a telephone number, or several.

    Parameters
    ----------
    text : str
    region : str
        ISO 3166 code of the country whose numbers are written without a country code; several codes with blanks
        between them are tried in turn.

    Returns
    -------
    Phone or None
        None when a part of the text is no valid number.

    Examples
    --------
    >>> parse_phone("１３９-1234-5678")
    Phone(shown='+8613912345678', key='+8613912345678', is_mobile=True)
    >>> parse_phone("010-62345678转801").shown, parse_phone("(415) 555-2671", "CN US").shown, parse_phone("12345")
    ('+861062345678;ext=801', '+14155552671', None)
    """
    if len(text) > _LONGEST:
        return None
    text = _LABEL.sub("", tidy_number(text))
    parts = _with_area_code([part for part in _SEVERAL.split(text) if part])
    for code in region.split():
        numbers = [_parse_one(part, code) for part in parts]
        if numbers and None not in numbers:
            return _combine([number for number in dict.fromkeys(numbers) if number is not None])
    return None


def _combine(numbers: list[tuple[str, str, bool]]) -> Phone:
    usable = [number for number in numbers if not _is_junk(number[1])]
    usable.sort(key=lambda number: not number[2])
    key, is_mobile = usable[0][1:] if usable else (None, False)
    return Phone(" / ".join(shown for shown, _, _ in numbers), key, is_mobile)


def _parse_one(text: str, region: str) -> tuple[str, str, bool] | None:
    """Read one number as (shown, E.164, is mobile)."""
    bare, extension = _split_extension(text)
    digits = _SEPARATORS.sub("", bare)
    if digits.startswith(("+86", "0086")) or (region == "CN" and digits[:1] != "+"):
        found = _parse_chinese(bare, digits)
    else:
        found = _parse_any(bare, region)
    if found is None:
        return None
    e164, is_mobile = found
    return (f"{e164};ext={extension}" if extension else e164), e164, is_mobile


def _parse_chinese(bare: str, digits: str) -> tuple[str, bool] | None:
    """Read a number as a Chinese one; most are told by their form, which costs a fiftieth."""
    is_american = _AMERICAN.fullmatch(bare) is not None
    if not is_american and (mobile := _CHINESE_MOBILE.fullmatch(digits)):
        return f"+86{mobile[1]}", True
    if landline := _CHINESE_LANDLINE.fullmatch(digits):
        return f"+86{landline[1]}{landline[2]}", False
    # libraries take 206 555 0123 for 0206 555 0123; what has no 0 before its area is somebody else's number
    return _parse_any(bare, "CN") if digits.startswith(("400", "800", "+86", "0086")) else None


def _parse_any(bare: str, region: str) -> tuple[str, bool] | None:
    try:
        number = phonenumbers.parse(bare, region)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:  # what is_valid_number asks, too
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164), kind == PhoneNumberType.MOBILE


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
    return len(set(e164[-8:])) == 1
