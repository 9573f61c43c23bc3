"""Places in company names: provinces and cities of China, countries in Chinese and English."""

from __future__ import annotations

import functools
import re
from importlib.resources import files

from babel import Locale
from babel.core import get_global

from custinsight.clean.text import tidy

_CITIES_IN_LATIN = (
    "beijing shanghai tianjin chongqing shenzhen guangzhou hangzhou suzhou nanjing wuhan chengdu xiamen qingdao "
    "dalian ningbo dongguan foshan wuxi zhuhai hong_kong hongkong macau macao taiwan taipei"
)
_COUNTRY_WORDS = {
    "CN": "china prc p.r.c. p.r.china 中华人民共和国 中国大陆 chn",
    "HK": "hongkong hk hkg 香港 中国香港",
    "MO": "macau macao 澳门 中国澳门",
    "TW": "taiwan 台湾 中国台湾 twn",
    "US": "usa u.s. u.s.a. america united_states_of_america 美利坚合众国",
    "GB": "uk u.k. great_britain england scotland wales gbr 大不列颠",
    "DE": "deutschland deu ger brd",
    "FR": "fra",
    "JP": "jpn",
    "KR": "korea south_korea kor 大韩民国",
    "SG": "sgp",
}


@functools.lru_cache(maxsize=1)
def _chinese_places() -> frozenset[str]:
    lines = files("custinsight.clean").joinpath("places.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def known_places() -> frozenset[str]:
    """Return the provinces and cities of China that company names begin with, without 省 and 市.

    Examples
    --------
    >>> "苏州" in known_places()
    True
    """
    return _chinese_places()


@functools.lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    """Map names of countries in lower case to their ISO 3166 codes."""
    codes: dict[str, str] = {}
    for language in ("en", "zh", "de", "fr", "es"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                codes.setdefault(name.lower(), code)
                codes.setdefault(code.lower(), code)
    # three letters and numbers of ISO 3166
    for other, known in get_global("territory_aliases").items():
        if len(other) == 3 and len(known) == 1 and known[0] in Locale("en").territories:
            codes.setdefault(other.lower(), known[0])
    for code, words in _COUNTRY_WORDS.items():
        codes.update({word.replace("_", " "): code for word in words.split()})
    return codes


def country_code(text: str | None) -> str | None:
    """Return the ISO 3166 code of a country written as code or name; None when it is not known.

    Examples
    --------
    >>> country_code("中国"), country_code("United States"), country_code("us"), country_code("Atlantis")
    ('CN', 'US', 'US', None)
    >>> country_code("DEU"), country_code("156"), country_code("Ｇｅｒｍａｎｙ")
    ('DE', 'CN', 'DE')
    """
    return _countries().get(tidy(text[:80]).lower()) if text else None


@functools.lru_cache(maxsize=1)
def _leading() -> re.Pattern[str]:
    """Match a province, city or district at the start; the longer names first, so that 吉林 does not hide 吉林市."""
    names = "|".join(sorted(_chinese_places(), key=lambda name: (-len(name), name)))
    return re.compile(rf"({names})(特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|自治州|地区|省|市)?")


def split_leading_place(name: str) -> tuple[str, str]:
    """Split the places off that a Chinese company name begins with.

    A place without 省 or 市 is taken off only when three characters or more stay: 青岛啤酒 is a brand. Of several
    places the last one, the most exact, is returned.

    Parameters
    ----------
    name : str
        Name without legal form.

    Returns
    -------
    place, rest : str
        ``place`` is empty when the name begins with none.

    Examples
    --------
    >>> split_leading_place("广东省深圳市华为技术"), split_leading_place("青岛啤酒"), split_leading_place("上海华东")
    (('深圳', '华为技术'), ('', '青岛啤酒'), ('', '上海华东'))
    """
    place, rest = "", name
    while found := _leading().match(rest):
        left = rest[found.end() :]
        if len(left) < (2 if found[2] else 3):
            break
        place, rest = found[1], left
    if place and (district := re.match(r"[\u4e00-\u9fff]{1,3}[区县](?=[\u4e00-\u9fff]{3})", rest)):
        rest = rest[district.end() :]
    return place, rest


def as_place(text: str) -> str:
    """Return the place that a text names as a whole, as found between brackets in a company name, or ''.

    Examples
    --------
    >>> as_place("上海市"), as_place("中国"), as_place("China"), as_place("贸易")
    ('上海', '中国', 'china', '')
    """
    text = text.strip().lower()
    bare = text[:-1] if text.endswith(("市", "省")) else text
    if bare in _chinese_places() or text in _CITIES_IN_LATIN.replace("_", " ").split():
        return bare
    return text if (len(text) > 2 or not text.isascii()) and text in _countries() else ""
