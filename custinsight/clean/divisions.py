"""Provinces, cities and districts of China (GB/T 2260), those of today and, to be recognised, those of before.

A division is known by its code: two digits for a province, four for a city, six for a district or county.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from stdnum import numdb

from custinsight.clean.chinese import simplify

_NO_NAME = re.compile(r"市辖区|市区|郊区|林区|县|(?:省|自治区)直辖.*")
_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土|"
    "达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|塔吉克|怒|鄂温克|保安|裕固|独龙|鄂伦春|各"
)
_SUFFIX = re.compile(rf"(?<=..)(?:省|市|特别行政区|地区|盟|(?:(?:{_PEOPLES})族?)*自治[区州])$")
_DATED = re.compile(r"(?:\[(\d*)-(\d*)\])?([^,\[]+)")
# behind the short name of a city these make it a street's or a building's
_STREET = re.compile(
    r"[东西南北中一二三四五]{0,2}(?:路|街|大道|大街|道|巷|弄|胡同|里|村|桥|广场|大厦|宾馆|饭店|酒店|公寓|花园|小区|新村|商城)"
)
_BETWEEN = re.compile(r"[\s,;:·|/>\-]+")
# districts of 2021 that the library's table lacks
_NEW = {"330113": "临平区", "330114": "钱塘区"}
_DIRECT = "90"


class Division(NamedTuple):
    """Names of a place; those that are not known are None.

    Parameters
    ----------
    province, city, district : str or None
        As in the table, such as 江苏省, 苏州市, 昆山市. A municipality is its own city.
    """

    province: str | None = None
    city: str | None = None
    district: str | None = None


class Path(NamedTuple):
    """How far a text could be followed from the province down.

    Parameters
    ----------
    code : str
        Code of the division, '' when the text begins with none.
    is_sure : bool
        The text names it in full, or two levels of it; 苏州 alone may be a part of another word.
    """

    code: str = ""
    is_sure: bool = False


def follow(text: str, within: str = "") -> Path:
    """Follow the divisions that a text begins with.

    A name that several divisions have is followed only as far as these agree: 朝阳区 alone is left open.

    Parameters
    ----------
    text : str
        Tidied and simplified.
    within : str
        Code of the division that the text is known to lie in.

    Examples
    --------
    >>> follow("江苏省昆山市人民路1号"), follow("苏州人民路"), follow("南京路1号"), follow("朝阳区建国路")
    (Path(code='320583', is_sure=True), Path(code='3205', is_sure=False), Path(code='', is_sure=False),
     Path(code='', is_sure=False))
    >>> follow("朝阳区建国路", within="11").code
    '110105'
    """
    code, levels, is_full = within, 0, False
    while (step := _step(text, code)) is not None:
        found, length, in_full = step
        levels, is_full = levels + (found != code), is_full or in_full
        code = found
        text = text[length:]
        if not length or len(code) == 6:
            break
        if between := _BETWEEN.match(text):
            text = text[between.end() :]
    return Path(code, bool(code) and (is_full or levels > 1)) if levels or within else Path()


def _step(text: str, within: str) -> tuple[str, int, bool] | None:
    """Take one name off a text: the code it leads to, its length (0: no further), and whether it is a full name."""
    for names, is_current in ((_names(), True), (_former_names(), False)):
        for length in filter(len(text).__ge__, names.lengths.get(text[:2], ())):
            inside = [code for code in names.codes.get(text[:length], ()) if code.startswith(within)]
            is_full = text[:length] in names.in_full
            if not inside or (not is_full and _STREET.match(text, length)):
                continue
            shared = _shared_level(inside)
            if not is_current:
                # the district is no more, its city is
                return (shared[:4], 0, is_full) if len(shared) >= 4 else None
            if shared in inside:
                return shared, length, is_full
            return (shared, 0, is_full) if len(shared) > len(within) else None
    return None


def _shared_level(codes: list[str]) -> str:
    """Return the code of the smallest division that several lie in."""
    return next((codes[0][:n] for n in (6, 4, 2) if len({code[:n] for code in codes}) == 1), "")


def describe(code: str) -> Division:
    """Return the names of a division and of those it lies in.

    Examples
    --------
    >>> describe("320583"), describe("1101").city, describe("429004").city
    (Division(province='江苏省', city='苏州市', district='昆山市'), '北京市', '仙桃市')
    """
    current = _current()
    province, city, district = (current.get(code[:n]) if len(code) >= n else None for n in (2, 4, 6))
    if code[2:4] == _DIRECT:
        return Division(province, district)
    if province and province.endswith(("市", "特别行政区")):
        city = province
    return Division(province, city, district)


def province_of(code: str | None) -> str | None:
    """Return the province in which a number with this code was given out; None when the code names none.

    Examples
    --------
    >>> province_of("440300"), province_of("100000")
    ('广东省', None)
    """
    return _current().get(code[:2]) if code else None


@functools.lru_cache(maxsize=1)
def _current() -> dict[str, str]:
    """Map the codes of today's divisions to their names."""
    return {code: name for code, name, is_current in _divisions() if is_current}


class _Names(NamedTuple):
    """Codes of each name, and how long the names are that begin with two characters, longest first."""

    codes: dict[str, tuple[str, ...]]
    lengths: dict[str, tuple[int, ...]]
    in_full: frozenset[str]


def _index(pairs: Iterator[tuple[str, str]], in_full: Iterable[str]) -> _Names:
    codes: dict[str, set[str]] = {}
    lengths: dict[str, set[int]] = {}
    for name, code in pairs:
        codes.setdefault(name, set()).add(code)
        lengths.setdefault(name[:2], set()).add(len(name))
    # a name that a city has, too, is the city's: nobody means the district in another province
    cities = {name: {code for code in found if len(code) < 6} or found for name, found in codes.items()}
    return _Names(
        {name: tuple(sorted(found)) for name, found in cities.items()},
        {start: tuple(sorted(found, reverse=True)) for start, found in lengths.items()},
        frozenset(in_full),
    )


@functools.lru_cache(maxsize=1)
def _names() -> _Names:
    """Names of today's divisions, in full and without 省, 市 …."""
    current = _current()
    return _index((pair for code, name in current.items() for pair in _spellings(code, name)), current.values())


@functools.lru_cache(maxsize=1)
def _former_names() -> _Names:
    former = [(name, code) for code, name, is_current in _divisions() if not is_current]
    return _index(iter(former), (name for name, _ in former))


def _spellings(code: str, name: str) -> Iterator[tuple[str, str]]:
    yield name, code
    is_city = len(code) < 6 or code[2:4] == _DIRECT or name.endswith("市")
    if is_city and (short := _SUFFIX.sub("", name)) != name:
        yield short, code


@functools.lru_cache(maxsize=1)
def _divisions() -> tuple[tuple[str, str, bool], ...]:
    return (*_read_table(), *((code, name, True) for code, name in _NEW.items()))


def _read_table() -> Iterator[tuple[str, str, bool]]:
    """Read the library's table: code, name, and whether the division is one of today's."""
    for _, head, _, properties, children in numdb.get("cn/loc").prefixes:
        yield head, simplify(properties["province"]), True
        for _, tail, _, named, _ in children:
            code = head + (tail.removesuffix("00") if tail.endswith("00") else tail)
            for _, until, name in _DATED.findall(named.get("county", "")):
                if len(code) > 2 and not _NO_NAME.fullmatch(name) and tail != "0000":
                    yield code, simplify(name), not until
