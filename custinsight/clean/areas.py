"""Which province of China a landline, a city or an address belongs to, so that they can be held against each other."""

from __future__ import annotations

import functools
from collections import Counter
from importlib.resources import files

import ibis


@functools.lru_cache(maxsize=1)
def _areas() -> tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]:
    """Read (province, first digits of area codes, cities) for each province."""
    lines = files("custinsight.clean").joinpath("areas.txt").read_text(encoding="utf-8").splitlines()
    parts = (line.split("|") for line in lines if line and not line.startswith("#"))
    return tuple((name.strip(), tuple(codes.split()), tuple(cities.split())) for name, codes, cities in parts)


def province_of_city(city: str) -> str | None:
    """Return the province of a Chinese city written without 市; None when it is not known for certain.

    Examples
    --------
    >>> province_of_city("苏州"), province_of_city("朝阳")
    ('江苏', None)
    """
    return next((province for province, _, cities in _areas() if city in cities), None)


def cities_table() -> ibis.Table:
    """Return one row per Chinese city: area__city (without 市) and area__province."""
    rows = [(city, province) for province, _, cities in _areas() for city in cities]
    return ibis.memtable({"area__city": [row[0] for row in rows], "area__province": [row[1] for row in rows]})


def codes_table() -> ibis.Table:
    """Return one row per beginning of an area code: code__first (two digits, or three), code__province."""
    rows = [(code, province) for province, codes, _ in _areas() for code in codes]
    return ibis.memtable({"code__first": [row[0] for row in rows], "code__province": [row[1] for row in rows]})


def first_of_code(phone: ibis.StringValue) -> ibis.StringValue:
    """Return what :func:`codes_table` is joined by, of a number in E.164; it finds nothing for mobile numbers.

    Examples
    --------
    >>> first_of_code(ibis.literal("+8675588889999")).execute(), first_of_code(ibis.literal("+8689188889999")).execute()
    ('75', '891')
    """
    digits = phone.startswith("+86").ifelse(phone.substr(3, 3), ibis.null("string"))
    return digits.startswith("89").ifelse(digits, digits.substr(0, 2))


def bare_city(city: ibis.StringValue) -> ibis.StringValue:
    """Return a city's name without 市.

    Examples
    --------
    >>> bare_city(ibis.literal("苏州市")).execute()
    '苏州'
    """
    return city.endswith("市").ifelse(city.substr(0, city.length() - 1), city)


def address_key(address: ibis.StringValue) -> ibis.StringValue:
    """Return what :func:`address_cities_table` is joined by: the first two characters behind the province.

    Three where two would not tell the city. A pattern over all cities would cost ten times as much.

    Examples
    --------
    >>> address_key(ibis.literal("江苏省苏州市工业园区星湖街1号")).execute()
    '苏州'
    """
    rest = (address.substr(3, 1) == "省").ifelse(address.substr(4, 3), address.substr(0, 3))
    rest = (address.substr(2, 1) == "省").ifelse(address.substr(3, 3), rest)
    return rest.substr(0, 2).isin(_alike()).ifelse(rest, rest.substr(0, 2))


def address_cities_table() -> ibis.Table:
    """Return one row per Chinese city: found__key, found__city (without 市) and found__province.

    Examples
    --------
    >>> rows = address_cities_table().to_pyarrow().to_pylist()
    >>> [row["found__key"] for row in rows if row["found__city"] in ("苏州", "张家口", "张家界")]
    ['张家口', '苏州', '张家界']
    """
    pairs = [(city, province) for province, _, cities in _areas() for city in cities]
    keys = [city[:3] if city[:2] in _alike() else city[:2] for city, _ in pairs]
    return ibis.memtable(
        {"found__key": keys, "found__city": [pair[0] for pair in pairs], "found__province": [pair[1] for pair in pairs]}
    )


def _alike() -> list[str]:
    """Return the beginnings that more than one city has."""
    counted = Counter(city[:2] for _, _, cities in _areas() for city in cities)
    return sorted(start for start, count in counted.items() if count > 1)
