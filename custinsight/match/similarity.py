"""How alike two texts are, counted in characters: an engine's own functions may count the bytes of UTF-8.

The functions take and give Arrow arrays, so that an engine can call them on whole columns of pairs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz.distance import OSA, JaroWinkler
from rapidfuzz.process import cpdist

_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


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
    lefts, rights, absent = _texts(left, right)
    is_cjk = np.array([_is_cjk(a) or _is_cjk(b) for a, b in zip(lefts, rights, strict=True)], dtype=bool)
    similarity = np.zeros(len(lefts))
    chinese, latin = np.flatnonzero(is_cjk), np.flatnonzero(~is_cjk)
    if len(chinese):
        similarity[chinese] = _compare(OSA, _take(lefts, chinese), _take(rights, chinese))
    if len(latin):
        pair = _take(lefts, latin), _take(rights, latin)
        as_sorted = [" ".join(sorted(a.split())) for a in pair[0]], [" ".join(sorted(b.split())) for b in pair[1]]
        similarity[latin] = np.maximum(_compare(JaroWinkler, *pair), _compare(JaroWinkler, *as_sorted))
    return pa.array(similarity, mask=absent)


def text_similarity(left: Any, right: Any) -> pa.Array:
    """Return how alike two texts are, 0 to 1: 1 − edits / longer length.

    Examples
    --------
    >>> text_similarity(["新华路1号"], ["新华路2号"]).to_pylist()
    [0.8]
    """
    lefts, rights, absent = _texts(left, right)
    return pa.array(_compare(OSA, lefts, rights), mask=absent)


def _is_cjk(text: str) -> bool:
    return not text.isascii() and _CJK.search(text) is not None


def _texts(left: Any, right: Any) -> tuple[list[str], list[str], npt.NDArray[np.bool_]]:
    lefts, rights = _list(left), _list(right)
    absent = np.array([a is None or b is None for a, b in zip(lefts, rights, strict=True)], dtype=bool)
    return [a or "" for a in lefts], [b or "" for b in rights], absent


def _list(values: Any) -> list[str | None]:
    return values.to_pylist() if isinstance(values, pa.Array | pa.ChunkedArray) else list(values)


def _take(values: Sequence[str], places: npt.NDArray[np.intp]) -> list[str]:
    return [values[place] for place in places]


def _compare(metric: Any, lefts: list[str], rights: list[str]) -> npt.NDArray[np.float64]:
    if not lefts:
        return np.zeros(0)
    # one worker: the engine already runs its own threads
    found = cpdist(lefts, rights, scorer=metric.normalized_similarity, workers=1)
    # rounded: compared with thresholds such as 0.8, which 1 - 0.2 might just miss
    return np.asarray(found, dtype=np.float64).round(6)
