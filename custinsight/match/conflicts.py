"""Pairs whose names say that they are two companies, however much else they share.

Sister companies share a brand, a switchboard, a mail domain and often a clerk. A model that takes its columns as
independent is sure that they are one; their names say that they are not: the same brand in another trade (艾迪合物流,
艾迪合化工), or registered in another city (贵阳创朋, 西安创朋).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from custinsight.clean.chinese import has_cjk, pinyin_key
from custinsight.clean.divisions import follow

_LONGEST_ABBREVIATION = 5

Flags = npt.NDArray[np.bool_]


def find_conflicts(pairs: pa.Table, compared: pa.Table) -> Flags:
    """Tell which pairs have names of two companies; those with the same tax number never do.

    Parameters
    ----------
    pairs : pyarrow.Table
        record_l, record_r (places in ``compared``), mw_… where they were compared.
    compared : pyarrow.Table
        brand, trade, branch_key, name_region of each record.

    Returns
    -------
    array of bool
    """
    left, right = pairs["record_l"].to_numpy(), pairs["record_r"].to_numpy()
    found = np.zeros(len(left), bool)
    if "mw_name_key" not in pairs.column_names:
        return found
    for name, differs, among in (
        ("trade", _is_other_trade, _same_brand(compared, left, right)),
        ("name_region", _is_elsewhere, _are_head_offices(compared, left, right)),
    ):
        values = compared[name].combine_chunks().dictionary_encode()
        texts = [text or "" for text in values.dictionary.to_pylist()] + [""]
        code = pc.fill_null(values.indices, len(texts) - 1).to_numpy().astype(np.int64)
        a, b = code[left], code[right]
        open_ = np.flatnonzero(among & (a != b))
        both, place = np.unique(a[open_] * len(texts) + b[open_], return_inverse=True)
        apart = [differs(texts[one // len(texts)], texts[one % len(texts)]) for one in both.tolist()]
        found[open_] |= np.array(apart, bool)[place]
    if "mw_tax_key" in pairs.column_names:
        found &= ~(pairs["mw_tax_key"].to_numpy() > 0)
    return found


def find_abbreviations(pairs: pa.Table, compared: pa.Table, among: Flags) -> Flags:
    """Tell which pairs have a name and one that may be short for it: 中石油, 中国石油天然气.

    Parameters
    ----------
    pairs, compared : pyarrow.Table
        As :func:`find_conflicts` takes them.
    among : array of bool
        Pairs to look at.

    Returns
    -------
    array of bool
    """
    found = np.zeros(pairs.num_rows, bool)
    places = np.flatnonzero(among)
    sides = (compared.take(pairs[f"record_{side}"].take(pa.array(places))) for side in "lr")
    names = [
        pc.binary_join_element_wise(*(pc.fill_null(side[part], "") for part in ("name_region", "brand", "trade")), "")
        for side in sides
    ]
    found[places] = [abbreviates(*both) for both in zip(*(name.to_pylist() for name in names), strict=True)]
    return found


def abbreviates(one: str, other: str) -> bool:
    """Tell whether the shorter of two Chinese names may be made of characters of the longer, its first among them.

    Examples
    --------
    >>> abbreviates("中国石油天然气", "中石油"), abbreviates("上海汽车", "上汽"), abbreviates("上海汽车", "海汽")
    (True, True, False)
    >>> abbreviates("acme trading", "at")
    False
    """
    short, long = sorted((one, other), key=len)
    if not 2 <= len(short) <= _LONGEST_ABBREVIATION or len(short) == len(long) or not has_cjk(short):
        return False
    rest = iter(long)
    return short[0] == long[0] and all(letter in rest for letter in short)


def _same_brand(compared: pa.Table, left: Any, right: Any) -> Flags:
    brand = pc.fill_null(compared["brand"].combine_chunks().dictionary_encode().indices, -1).to_numpy()
    return np.asarray((brand[left] == brand[right]) & (brand[left] >= 0), np.bool_)


def _are_head_offices(compared: pa.Table, left: Any, right: Any) -> Flags:
    is_head = pc.is_null(compared["branch_key"]).to_numpy(zero_copy_only=False)
    return np.asarray(is_head[left] & is_head[right], np.bool_)


def _is_other_trade(one: str, other: str) -> bool:
    """Tell whether two trades are different ones; one that is cut short or sounds the same is not.

    Examples
    --------
    >>> _is_other_trade("物流", "化工"), _is_other_trade("农业", "农业开发"), _is_other_trade("", "化工")
    (True, False, False)
    >>> _is_other_trade("家俱", "家具")
    False
    """
    is_cut = one.startswith(other) or other.startswith(one)
    return bool(one and other) and not is_cut and pinyin_key(one) != pinyin_key(other)


@functools.lru_cache(maxsize=100_000)
def _division(place: str) -> str:
    return follow(place).code


def _is_elsewhere(one: str, other: str) -> bool:
    """Tell whether two places of China lie apart; a city lies in its province.

    Examples
    --------
    >>> _is_elsewhere("贵阳", "西安"), _is_elsewhere("广东", "深圳"), _is_elsewhere("中国", "深圳")
    (True, False, False)
    """
    a, b = _division(one), _division(other)
    return bool(a and b) and not a.startswith(b) and not b.startswith(a)
