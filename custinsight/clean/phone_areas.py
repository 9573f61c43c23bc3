"""Where a Chinese telephone number was given out, from the tables of phonenumbers."""

from __future__ import annotations

import functools

_MOBILE_PREFIXES = (9, 8)  # 86 and the first seven digits, for some networks six
_AREA_CODES = (7, 6, 5, 4)


def chinese_area(e164: str) -> str | None:
    """Return the province and city in which a Chinese number was given out.

    Parameters
    ----------
    e164 : str
        A number that begins with +86.

    Returns
    -------
    str or None
        As it is written in Chinese; several cities that share an area code are named after each other. None for
        numbers that belong to no place, such as 400.

    Examples
    --------
    >>> chinese_area("+8651262345678"), chinese_area("+862162345678"), chinese_area("+864008208820")
    ('江苏省苏州市', '上海市', None)
    """
    areas, digits = _areas(), e164[1:]
    is_mobile = digits[2:3] == "1" and digits[3:4] != "0"
    for length in _MOBILE_PREFIXES if is_mobile else _AREA_CODES:
        if (found := areas.get(digits[:length])) is not None:
            return found
    return None


@functools.lru_cache(maxsize=1)
def _areas() -> dict[str, str]:
    from phonenumbers.geodata import GEOCODE_DATA

    return {prefix: names["zh"] for prefix, names in GEOCODE_DATA.items() if prefix[:2] == "86" and "zh" in names}
