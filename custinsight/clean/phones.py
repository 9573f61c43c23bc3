"""Telephone numbers in E.164, with a fast path for Chinese mobile numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from custinsight.clean.text import tidy

_SEPARATORS = re.compile(r"[\s\-.()·_]+")
_CHINESE_MOBILE = re.compile(r"(?:\+?86|0086)?0?(1[3-9]\d{9})")
_CHINESE_LANDLINE = re.compile(r"(?:(?:\+?86|0086)-?0?|0)(10|2\d|[3-9]\d{2})-?([2-9]\d{6,7})")
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
        ISO 3166 code of the country whose numbers are written without a country code.

    Returns
    -------
    Phone or None
        None when a part of the text is no valid number.

    Examples
    --------
    >>> parse_phone("１３９-1234-5678")
    Phone(shown='+8613912345678', key='+8613912345678', is_mobile=True)
    >>> parse_phone("010-62345678转801").shown, parse_phone("(415) 555-2671", "US").shown, parse_phone("12345")
    ('+861062345678;ext=801', '+14155552671', None)
    """
    if len(text) > _LONGEST:
        return None
    text = _LABEL.sub("", tidy(text))
    parts = _with_area_code([part for part in _SEVERAL.split(text) if part])
    numbers = [_parse_one(part, region) for part in parts]
    found = list(dict.fromkeys(number for number in numbers if number is not None))
    if not found or (len(found) < len(set(parts)) and None in numbers):
        return None
    usable = [number for number in found if not _is_junk(number[0])]
    best = next((number for number in usable if number[2]), usable[0] if usable else None)
    return Phone(" / ".join(shown for shown, _, _ in found), best[1] if best else None, best is not None and best[2])


def _parse_one(text: str, region: str) -> tuple[str, str, bool] | None:
    """Read one number as (shown, E.164, is mobile)."""
    mobile = _CHINESE_MOBILE.fullmatch(_SEPARATORS.sub("", text))
    if mobile and (region == "CN" or not text.startswith("1")):
        return f"+86{mobile[1]}", f"+86{mobile[1]}", True
    text, extension = _split_extension(text)
    landline = _CHINESE_LANDLINE.fullmatch(_SEPARATORS.sub("", text)) if region == "CN" or "86" in text[:4] else None
    if landline:
        e164 = f"+86{landline[1]}{landline[2]}"
        return (f"{e164};ext={extension}" if extension else e164), e164, False
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    kind = phonenumbers.number_type(number)
    if kind == PhoneNumberType.UNKNOWN:  # what is_valid_number asks, too
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return (f"{e164};ext={extension}" if extension else e164), e164, kind == PhoneNumberType.MOBILE


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
