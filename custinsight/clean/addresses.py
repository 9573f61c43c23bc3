"""Addresses: province, city and district in China, country and postcode everywhere."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from custinsight.clean.chinese import has_cjk, simplify
from custinsight.clean.divisions import Division, describe, follow
from custinsight.clean.places import country_code
from custinsight.clean.text import is_void, tidy

_LONGEST = 400
_CHINESE = ("CN", "HK", "MO", "TW")
_HEAD = re.compile(r"(?:(?:地址|联系地址|公司地址|收货地址)[:\s]*)?(?:中国|中华人民共和国)?[\s,]*([^0-9]{0,60})")
_CHINESE_POSTCODE = re.compile(
    r"^\(?(?:邮编|邮政编码)?[:\s]*([0-8]\d{5})\)?(?!\d)|\(?(?:邮编|邮政编码)?[:\s]*(?<!\d)([0-8]\d{5})\)?$"
)
_FIVE_DIGITS = "DE FR IT ES FI EE HR TR TH MY KR ID MX UA LT SA"
_FOUR_DIGITS = "AT BE CH DK NO HU AU NZ ZA LU SI BG LV CY PH GE"
_SIX_DIGITS = "IN SG RU RO VN KZ BY"
_POSTCODES = {
    "US": r"\d{5}(?:-\d{4})?",
    "CA": r"[A-Z]\d[A-Z] ?\d[A-Z]\d",
    "GB": r"(?:GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2})",
    "IE": r"[A-Z]\d[\dW] ?[A-Z\d]{4}",
    "NL": r"\d{4} ?[A-Z]{2}",
    "JP": r"\d{3}-\d{4}",
    "PL": r"\d{2}-\d{3}",
    "PT": r"\d{4}-\d{3}",
    "BR": r"\d{5}-?\d{3}",
    "SE": r"\d{3} ?\d{2}",
    "CZ": r"\d{3} ?\d{2}",
    "SK": r"\d{3} ?\d{2}",
    "GR": r"\d{3} ?\d{2}",
    "TW": r"\d{3}(?:\d{2,3})?",
    "IL": r"\d{7}",
    **dict.fromkeys(_FIVE_DIGITS.split(), r"\d{5}"),
    **dict.fromkeys(_FOUR_DIGITS.split(), r"\d{4}"),
    **dict.fromkeys(_SIX_DIGITS.split(), r"\d{6}"),
}
_POSTCODE = {country: re.compile(rf"(?<![\w-])(?:{form})(?![\w-])") for country, form in _POSTCODES.items()}


class Address(NamedTuple):
    """What an address tells.

    Parameters
    ----------
    province, city, district : str or None
        Of an address in China, as in the table of divisions; None where it is not told or could be several.
    postcode : str or None
    country : str or None
        ISO 3166 code.
    is_sure : bool
        The address itself names its city beyond doubt.
    differs : bool
        The address lies elsewhere than the columns beside it say.
    """

    province: str | None = None
    city: str | None = None
    district: str | None = None
    postcode: str | None = None
    country: str | None = None
    is_sure: bool = False
    differs: bool = False


def parse_address(address: str, city: str = "", region: str = "", country: str = "CN") -> Address:
    """Read an address together with the columns for city and region.

    Parameters
    ----------
    address, city, region : str
        Empty when there is none.
    country : str
        ISO 3166 code of the customer's country; several with blanks between them when it is not known.

    Returns
    -------
    Address

    Examples
    --------
    >>> parse_address("江苏省昆山市人民路1号 215300")[:4]
    ('江苏省', '苏州市', '昆山市', '215300')
    >>> parse_address("朝阳区建国路1号")[:3], parse_address("朝阳区建国路1号", city="北京")[:3]
    ((None, None, None), ('北京市', '北京市', '朝阳区'))
    >>> parse_address("Hauptstr. 1, 10115 Berlin, Germany", country="CN DE")[3:5]
    ('10115', 'DE')
    """
    return parse_plain_address("" if is_void(address) else tidy(address), city, region, country)


def parse_plain_address(text: str, city: str, region: str, country: str) -> Address:
    """Read an address that is tidied already; see :func:`parse_address`."""
    text, (city, region) = text[:_LONGEST], map(_plain_column, (city, region))
    countries = country.split()
    if countries and countries[0] in _CHINESE and (len(countries) == 1 or any(map(has_cjk, (text, city, region)))):
        return _read_chinese(simplify(text), city, region)
    return _read_other(text, countries)


@functools.lru_cache(maxsize=10_000)
def _plain_column(text: str) -> str:
    return "" if is_void(text) else simplify(tidy(text[:_LONGEST]))


def _read_chinese(address: str, city: str, region: str) -> Address:
    postcode = _CHINESE_POSTCODE.search(address)
    if postcode:
        address = (address[: postcode.start()] + address[postcode.end() :]).strip(" ,")
    head = _HEAD.match(address)
    found, is_sure, differs = _locate(head[1] if head else "", city, region)
    found_postcode = (postcode[1] or postcode[2]) if postcode else None
    return Address(*found, found_postcode, "CN" if found.province else None, is_sure, differs)


# streets repeat, their numbers do not: what stands before the first digit is looked up once
@functools.lru_cache(maxsize=50_000)
def _locate(head: str, city: str, region: str) -> tuple[Division, bool, bool]:
    """Return where an address lies, whether it says so itself beyond doubt, and whether it differs from its columns."""
    beside = _follow_in(city, follow(region).code)
    alone = follow(head)
    differs = alone.is_sure and bool(beside) and not _agree(alone.code, beside)
    code = _follow_in(head, beside) if beside and not differs else alone.code
    return describe(code), alone.is_sure and len(alone.code) > 2, differs


def _follow_in(text: str, code: str) -> str:
    """Follow a text from a known division on; stay there when it leads nowhere or elsewhere."""
    inside = follow(text, within=code).code
    if inside != code or not code:
        return inside
    alone = follow(text).code
    return alone if _agree(alone, code) and len(alone) > len(code) else code


def _agree(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _read_other(address: str, countries: list[str]) -> Address:
    last = address.rpartition(",")[2].strip() or address
    named = country_code(last) if len(last) > 2 else None
    known = named or (countries[0] if len(countries) == 1 else None)
    form = _POSTCODE.get(known or "")
    # what an address begins with is a house's number
    found = [match[0] for match in form.finditer(address.upper()) if match.start()] if form else []
    return Address(postcode=found[-1] if found else None, country=known)
