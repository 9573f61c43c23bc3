"""How alike two texts are, counted in characters: an engine's own functions may count the bytes of UTF-8.

The functions take and give Arrow arrays, so that an engine can call them on whole columns of pairs.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

_HEAD, _BITS = 3, 21  # a character is a number of 21 bits

_CJK = r"[\x{2e80}-\x{9fff}\x{f900}-\x{faff}\x{20000}-\x{3ffff}]"


def register_similarities(con: Any) -> None:
    """Make :func:`name_similarity` and :func:`text_similarity` functions of an engine.

    Parameters
    ----------
    con : Engine
    """
    for function in (name_similarity, text_similarity):
        con.create_function(function.__name__, function, ["VARCHAR", "VARCHAR"], "DOUBLE", type="arrow")


def name_similarity(left: Any, right: Any) -> pa.Array:
    """Return how alike two names are, 0 to 1.

    Names with a Chinese character: 1 − edits / longer length, an exchange of neighbours being one edit. Others:
    Jaro-Winkler, of the words as they stand or sorted, whichever is higher, so that ``smith john`` is ``john smith``.

    Parameters
    ----------
    left, right : pyarrow.Array or sequence of str
        Name keys of equal length; null gives null.

    Returns
    -------
    pyarrow.Array
        float64.

    Examples
    --------
    >>> name_similarity(["华东贸易", "smith john", None], ["华冬贸易", "john smith", "x"]).to_pylist()
    [0.75, 1.0, None]
    """
    lefts, rights, is_there = _present(left, right)
    is_cjk = _is_cjk(lefts) | _is_cjk(rights)
    similarity = np.zeros(len(is_cjk))
    if is_cjk.any():
        similarity[is_cjk] = _compare(OSA, *(_strings(texts, is_cjk) for texts in (lefts, rights)))
    if not is_cjk.all():
        pair = [_strings(texts, ~is_cjk) for texts in (lefts, rights)]
        as_sorted = [[" ".join(sorted(text.split())) for text in texts] for texts in pair]
        similarity[~is_cjk] = np.maximum(_compare(JaroWinkler, *pair), _compare(JaroWinkler, *as_sorted))
    return _with_nulls(similarity, is_there)


def text_similarity(left: Any, right: Any) -> pa.Array:
    """Return how alike two texts are, 0 to 1: 1 − edits / longer length.

    Examples
    --------
    >>> text_similarity(["新华路1号"], ["新华路2号"]).to_pylist()
    [0.8]
    """
    lefts, rights, is_there = _present(left, right)
    return _with_nulls(_compare(OSA, _strings(lefts), _strings(rights)), is_there)


class Texts:
    """A column of texts of which many pairs are compared: what is known of each text is worked out once.

    Parameters
    ----------
    values : pyarrow.Array
        Texts or nulls.
    numbers : array of int, optional
        Number of each text, ascending; their places when not given.

    Examples
    --------
    >>> texts = Texts(pa.array(["华东贸易", "华冬贸易", None]))
    >>> texts.likeness(np.array([0, 0]), texts, np.array([1, 2]), as_names=True).tolist()
    [0.75, nan]
    """

    def __init__(self, values: pa.Array, numbers: npt.NDArray[np.int64] | None = None) -> None:
        n = len(values) if numbers is None else int(numbers.max(initial=-1)) + 1
        at = slice(None) if numbers is None else numbers
        filled = pc.fill_null(values.cast(pa.string()), "")
        self.is_there = np.zeros(n, bool)
        self.is_there[at] = values.is_valid().to_numpy(zero_copy_only=False)
        self.is_cjk = np.zeros(n, bool)
        self.is_cjk[at] = _is_cjk(filled)
        self.text = np.full(n, "", object)
        self.text[at] = filled.to_numpy(zero_copy_only=False)
        self.sorted = np.full(n, "", object)
        for place in np.flatnonzero(self.is_there & ~self.is_cjk).tolist():
            self.sorted[place] = " ".join(sorted(self.text[place].split()))

    @cached_property
    def _heads(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """First characters of each text in one number, and how many bits of it a short text leaves open."""
        characters = self.text.astype(f"U{_HEAD}").view(np.uint32).reshape(-1, _HEAD).astype(np.int64)
        weights = 1 << _BITS * np.arange(_HEAD - 1, -1, -1, dtype=np.int64)
        return characters @ weights, _BITS * (characters == 0).sum(axis=1)

    def start_with(
        self, left: npt.NDArray[np.int64], other: Texts, right: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.bool_]:
        """Tell which texts begin with the other's; of many it is known from their first characters."""
        open_ = other._heads[1][right]
        found = self._heads[0][left] >> open_ == other._heads[0][right] >> open_
        longer = np.flatnonzero(found & (open_ == 0))
        texts, beginnings = self.text[left[longer]], other.text[right[longer]]
        found[longer] = np.fromiter(map(str.startswith, texts, beginnings), np.bool_, len(longer))
        return np.asarray(found, np.bool_)

    def likeness(
        self, left: npt.NDArray[np.int64], other: Texts, right: npt.NDArray[np.int64], *, as_names: bool
    ) -> npt.NDArray[np.float64]:
        """Return what :func:`name_similarity`, or else :func:`text_similarity`, tells of each pair; nan for null."""
        found = np.full(len(left), np.nan)
        there = np.flatnonzero(self.is_there[left] & other.is_there[right])
        left, right = left[there], right[there]
        latin = ~(self.is_cjk[left] | other.is_cjk[right]) if as_names else np.zeros(len(left), bool)
        if not latin.all():
            a, b = left[~latin], right[~latin]
            found[there[~latin]] = _compare(OSA, self.text[a], other.text[b], workers=-1)
        if latin.any():
            a, b = left[latin], right[latin]
            as_they_are = _compare(JaroWinkler, self.text[a], other.text[b], workers=-1)
            found[there[latin]] = np.maximum(
                as_they_are, _compare(JaroWinkler, self.sorted[a], other.sorted[b], workers=-1)
            )
        return found


def _present(left: Any, right: Any) -> tuple[pa.Array, pa.Array, npt.NDArray[np.bool_]]:
    """Leave only pairs of which both texts are there; also tell which they are."""
    lefts, rights = _array(left), _array(right)
    both = pc.and_(pc.is_valid(lefts), pc.is_valid(rights))
    return lefts.filter(both), rights.filter(both), both.to_numpy(zero_copy_only=False)


def _array(values: Any) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    return values if isinstance(values, pa.Array) else pa.array(list(values), pa.string())


def _is_cjk(texts: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(texts, _CJK).to_numpy(zero_copy_only=False), np.bool_)


def _strings(texts: pa.Array, chosen: npt.NDArray[np.bool_] | None = None) -> Any:
    strings = texts.to_numpy(zero_copy_only=False)
    return strings if chosen is None or chosen.all() else strings[chosen]


def _with_nulls(similarity: npt.NDArray[np.float64], is_there: npt.NDArray[np.bool_]) -> pa.Array:
    if is_there.all():
        return pa.array(similarity)
    every = np.zeros(len(is_there))
    every[is_there] = similarity
    return pa.array(every, mask=~is_there)


def _compare(metric: Any, lefts: Any, rights: Any, *, workers: int = 1) -> npt.NDArray[np.float64]:
    # one worker where an engine calls, which already runs its own threads
    if not len(lefts):
        return np.zeros(0)
    found = cpdist(lefts, rights, scorer=metric.normalized_similarity, workers=workers)
    # rounded: compared with thresholds such as 0.8, which 1 - 0.2 might just miss
    return np.asarray(found, dtype=np.float64).round(6)
