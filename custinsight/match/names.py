"""A company's name taken apart once more, with what the whole file knows: its places and its trades.

Cleaning reads one name at a time. Only the file as a whole tells that 关岭 is a place, since many customers live
there, and that 精密模具 is a trade, since many names end in it. What is left is the brand (字号), by which one company
is known, however short its name is written: 关岭驰诺精密模具有限公司, 驰诺精密, 关岭驰诺.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Collection, Iterable
from importlib.resources import files
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from custinsight.clean.chinese import has_cjk, pinyin_key
from custinsight.clean.places import known_places

FEWEST_OF_A_PLACE = 3
"""Records that must live in a place before it is taken off other customers' names."""

FEWEST_OF_A_TRADE, SHARE_OF_A_TRADE = 20, 0.0005
"""Brands, and share of the names, that must stand before an ending for it to be a trade."""

_SHORTEST_BRAND = 2
_TRADE_LENGTHS = (4, 3, 2)
_PLACE_LENGTHS = range(2, 9)
_MARK = re.compile(r"(?:分公司|子公司|分行|支行|分店|分厂|分部|分所|分院|营业部|办事处|门店|经销处)$")
_NAME_COLUMNS = ("name_key", "branch_key", "legal_form", "name_region", "city")


class Parts(NamedTuple):
    """What a name consists of.

    Parameters
    ----------
    key : str
        Brand, trade and branch: the name without its place.
    brand, trade : str
        ``trade`` is empty where the name ends in none that is known.
    branch, region : str
    """

    key: str
    brand: str
    trade: str
    branch: str
    region: str


class Known(NamedTuple):
    """What the whole file tells about its names.

    Parameters
    ----------
    places, trades : frozenset of str
    """

    places: frozenset[str]
    trades: frozenset[str]


def read_names(keys: pa.Table, known: Known | None = None) -> pa.Table:
    """Take the names of customers apart.

    Parameters
    ----------
    keys : pyarrow.Table
        With name_key, pinyin_key, branch_key, legal_form, name_region and city; any further columns.
    known : Known, optional
        Learnt from these keys when not given.

    Returns
    -------
    pyarrow.Table
        The same rows; name_key, pinyin_key, branch_key and name_region of Chinese names are those of the name without
        its place; brand, trade are new. Other names are their own brand.

    Examples
    --------
    >>> names, cities = ["关岭驰诺模具", "驰诺模具", "关岭方正"], ["关岭"] * 3
    >>> empty = pa.nulls(3, pa.string())
    >>> keys = pa.table({"name_key": names, "pinyin_key": empty, "branch_key": empty, "legal_form": empty,
    ...     "name_region": empty, "city": cities})
    >>> read_names(keys).select(["name_key", "brand", "trade"]).to_pylist()[0]
    {'name_key': '驰诺模具', 'brand': '驰诺', 'trade': '模具'}
    """
    known = known or learn_names(keys)
    distinct = keys.select(_NAME_COLUMNS).group_by(list(_NAME_COLUMNS), use_threads=False).aggregate([])
    parts = [
        _take_apart(*row, known) for row in zip(*(distinct[name].to_pylist() for name in _NAME_COLUMNS), strict=True)
    ]
    read = {name: pa.array([part and getattr(part, name) for part in parts], pa.string()) for name in Parts._fields}
    read["sound"] = pa.array([part and pinyin_key(part.key) for part in parts], pa.string())
    code = _codes(keys, distinct)
    taken = {name: pc.take(column, code) for name, column in read.items()}
    is_read = pc.is_valid(taken["key"])
    changed = {"name_key": "key", "pinyin_key": "sound", "branch_key": "branch", "name_region": "region"}
    for name, part in changed.items():
        value = _nullif_empty(pc.if_else(is_read, taken[part], keys[name].combine_chunks()))
        keys = keys.set_column(keys.schema.get_field_index(name), name, value)
    brand = pc.if_else(is_read, taken["brand"], keys["name_key"].combine_chunks())
    return keys.append_column("brand", brand).append_column("trade", pc.fill_null(taken["trade"], ""))


def _codes(keys: pa.Table, distinct: pa.Table) -> pa.Array:
    """Return the row of ``distinct`` that each row of ``keys`` is."""
    joined = [
        pc.binary_join_element_wise(
            *(pc.fill_null(table[name], "\x00") for name in _NAME_COLUMNS), "\x1f"
        ).combine_chunks()
        for table in (keys, distinct)
    ]
    return pc.index_in(joined[0], value_set=joined[1])


def _nullif_empty(values: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)


def learn_names(keys: pa.Table) -> Known:
    """Learn the places and trades of a file's names.

    Parameters
    ----------
    keys : pyarrow.Table
        With name_key, branch_key and city.

    Returns
    -------
    Known
    """
    counts = pc.value_counts(keys["city"]).to_pylist()
    cities = {row["values"] for row in counts if row["values"] and row["counts"] >= FEWEST_OF_A_PLACE}
    places = {place for place in cities if len(place) in _PLACE_LENGTHS and has_cjk(place)}
    names = pc.unique(keys["name_key"].filter(pc.is_null(keys["branch_key"]))).drop_null()
    return Known(frozenset(places | known_places()), _trades(names.to_pylist()))


@functools.lru_cache(maxsize=1)
def _usual_trades() -> frozenset[str]:
    lines = files("custinsight.match").joinpath("trades.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _trades(names: Iterable[str]) -> frozenset[str]:
    """Return the usual trades, and the endings that stand behind many different brands."""
    chinese = [name for name in names if has_cjk(name)]
    fewest = max(FEWEST_OF_A_TRADE, SHARE_OF_A_TRADE * len(chinese))
    endings = Counter(name[-n:] for name in chinese for n in _TRADE_LENGTHS if len(name) >= n + _SHORTEST_BRAND)
    frequent = {ending for ending, n in endings.items() if n >= fewest}
    # 份科技 is frequent only because 科技 is
    own = {word for word in frequent if not (len(word) > 2 and endings[word[1:]] > 4 * endings[word])}
    return frozenset(own | _usual_trades())


def _take_apart(
    name: str | None, branch: str | None, form: str | None, region: str | None, city: str | None, known: Known
) -> Parts | None:
    """Take one name apart; None where there is nothing to take off: no name, or no Chinese one."""
    if not name or not has_cjk(name):
        return None
    branch, region, city = branch or "", region or "", city or ""
    core = name.removesuffix(branch)
    if branch:
        core, branch = _place_branch(core, branch, city, known.places, after_form=bool(form))
    if not region:
        region, core = _leading_place(core, city, known.places)
    brand, trade = _split_trade(core, known.trades)
    return Parts(core + branch, brand, trade, branch, region)


def _place_branch(core: str, branch: str, city: str, places: Collection[str], *, after_form: bool) -> tuple[str, str]:
    """Tell where a branch's place begins: 驰诺模具昆明分公司 is a branch in 昆明, not in 模具昆明."""
    mark = found[0] if (found := _MARK.search(branch)) else ""
    where = branch.removesuffix(mark)
    whole = core + where
    for n in sorted({*_PLACE_LENGTHS, len(city)} - {0}, reverse=True):
        place = whole[-n:].removesuffix("市")
        if (
            len(whole) - n >= _SHORTEST_BRAND
            and (place in places or place == city)
            and (not after_form or n <= len(where))
        ):
            return whole[:-n], place + mark
    return core, where.removesuffix("市") + mark


def _leading_place(core: str, city: str, places: Collection[str]) -> tuple[str, str]:
    """Take off the place that a name begins with: the customer's own city, or where others live."""
    for place in (city, *(core[:n] for n in sorted(_PLACE_LENGTHS, reverse=True))):
        if len(place) < 2 or not core.startswith(place) or (place != city and place not in places):
            continue
        rest = core[len(place) :]
        rest = rest[1:] if rest[:1] in ("市", "县", "区") else rest
        if len(rest) >= _SHORTEST_BRAND:
            return place, rest
    return "", core


def _split_trade(core: str, trades: Collection[str]) -> tuple[str, str]:
    """Split the trades off the end of a name.

    Examples
    --------
    >>> _split_trade("驰诺网络科技", frozenset(["网络", "科技"])), _split_trade("科技", frozenset(["科技"]))
    (('驰诺', '网络科技'), ('科技', ''))
    """
    end = len(core)
    while length := next(
        (n for n in _TRADE_LENGTHS if end - n >= _SHORTEST_BRAND and core[end - n : end] in trades), 0
    ):
        end -= length
    return core[:end], core[end:]
