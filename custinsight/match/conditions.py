"""Conditions over pairs of records, written in SQL by the model's levels: those of a known form are decided in numpy.

============================================ =============================================================
``a_l = b_r``                                 the values are there and the same
``name_similarity(a_l, b_r) >= 0.8``          and the same with ``text_similarity``; costly
``name_similarity(a_l, b_r) IS NULL``         a text is missing; also ``a_l IS NULL OR b_r IS NULL``
``list_has_any(a_l, a_r)``                    lists have a value in common
``len(a_l) = 0 OR len(a_r) = 0``              a list is empty
``… AND …``                                   of these
``ELSE``                                      always
============================================ =============================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from custinsight.match.similarity import Texts

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_FORMS = {
    "else": re.compile(r"ELSE"),
    "same": re.compile(r"(?P<a>\w+)_l = (?P<b>\w+)_r"),
    "alike": re.compile(r"(?P<how>name|text)_similarity\((?P<a>\w+)_l, (?P<b>\w+)_r\) >= (?P<least>[0-9.]+)"),
    "unlike": re.compile(r"(?:name|text)_similarity\((?P<a>\w+)_l, (?P<b>\w+)_r\) IS NULL"),
    "missing": re.compile(r"(?P<a>\w+)_l IS NULL OR (?P<b>\w+)_r IS NULL"),
    "common": re.compile(r"list_has_any\((?P<a>\w+)_l, (?P<b>\w+)_r\)"),
    "empty": re.compile(r"len\((?P<a>\w+)_l\) = 0 OR len\((?P<b>\w+)_r\) = 0"),
}
_LONGEST = 8


class Values:
    """The columns of records, each in the forms in which conditions look at it; worked out when first asked for.

    Parameters
    ----------
    records : pyarrow.Table
        ``record``, ascending, and the columns.
    """

    def __init__(self, records: pa.Table) -> None:
        self._records = records
        self._known: dict[tuple[str, ...], object] = {}

    @cached_property
    def places(self) -> Ints:
        """Number of each row's record."""
        return np.asarray(self._records["record"].to_numpy(), np.int64)

    def _spread(self, rows: npt.NDArray, empty: object) -> npt.NDArray:
        """Put each row at its record's number."""
        spread = np.full((int(self.places.max(initial=-1)) + 1, *rows.shape[1:]), empty, rows.dtype)
        spread[self.places] = rows
        return spread

    def texts(self, name: str) -> Texts:
        """Texts with their likeness."""
        key = ("texts", name)
        if key not in self._known:
            self._known[key] = Texts(self._records[name].combine_chunks(), self.places)
        return self._known[key]  # type: ignore[return-value]

    def numbers(self, name: str) -> npt.NDArray[np.float64]:
        """Numbers, nan for null."""
        key = ("numbers", name)
        if key not in self._known:
            self._known[key] = self._spread(self._records[name].to_numpy().astype(float), np.nan)
        return self._known[key]  # type: ignore[return-value]

    def codes(self, a: str, b: str) -> tuple[Ints, Ints]:
        """Codes of two columns' values, the same for the same value, -1 for null."""
        key = ("codes", a, b)
        if key not in self._known:
            both = pa.chunked_array([self._records[name].combine_chunks().cast(pa.string()) for name in (a, b)])
            codes = _codes(both.combine_chunks())
            n = self._records.num_rows
            left = self._spread(codes[:n], -1)
            self._known[key] = (left, left if a == b else self._spread(codes[n:], -1))
        return self._known[key]  # type: ignore[return-value]

    def lists(self, name: str) -> Ints | None:
        """Codes of the values of lists, a column for each place in the longest, -1 where it is shorter."""
        key = ("lists", name)
        if key not in self._known:
            column = self._records[name].combine_chunks()
            sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
            width = int(sizes.max(initial=0))
            rows = np.full((len(sizes), width), -1, np.int64)
            if width <= _LONGEST:
                at = np.repeat(np.arange(len(sizes)), sizes)
                rows[at, np.arange(len(at)) - np.repeat(np.cumsum(sizes) - sizes, sizes)] = _codes(column.flatten())
            self._known[key] = self._spread(rows, -1) if width <= _LONGEST else None
        return self._known[key]  # type: ignore[return-value]


def _codes(values: pa.Array) -> Ints:
    return np.asarray(pc.fill_null(pc.dictionary_encode(values).indices, -1).to_numpy(), np.int64)


class Pairs:
    """Pairs of records; the likeness of two texts is worked out once, for those pairs that it is first asked for.

    Parameters
    ----------
    values : Values
    left, right : array of int
    """

    def __init__(self, values: Values, left: Ints, right: Ints) -> None:
        self.values, self.left, self.right = values, left, right
        self._likeness: dict[tuple[str, str, str], npt.NDArray[np.float64]] = {}

    def likeness(self, how: str, a: str, b: str, places: Ints) -> npt.NDArray[np.float64]:
        """Likeness of the pairs at these places; each time at some of the places asked for before."""
        key = (how, a, b)
        if key not in self._likeness:
            found = np.full(len(self.left), np.nan)
            texts = self.values.texts(a), self.values.texts(b)
            left, right = self.left[places], self.right[places]
            found[places] = texts[0].likeness(left, texts[1], right, as_names=how == "name")
            self._likeness[key] = found
        return self._likeness[key][places]


@dataclass(frozen=True)
class Condition:
    """A condition; without parts when its form is not known.

    Parameters
    ----------
    parts : tuple of (str, dict)
        Form and what it speaks of, all of which must hold.
    """

    parts: tuple[tuple[str, dict[str, str]], ...]

    @property
    def is_costly(self) -> bool:
        """Whether the likeness of texts has to be worked out."""
        return any(form == "alike" for form, _ in self.parts)

    @property
    def columns(self) -> set[str]:
        """Columns it looks at."""
        return {match[side] for _, match in self.parts for side in "ab" if side in match}

    def holds(self, pairs: Pairs, places: Ints, is_costly: bool) -> Flags | None:
        """Tell for which of the pairs at these places it holds; None if that is not known or would cost too much."""
        if not self.parts or (self.is_costly and not is_costly):
            return None
        found = np.ones(len(places), bool)
        for form, match in self.parts:
            part = _holds(form, match, pairs, places)
            if part is None:
                return None
            found &= part
        return found


def read_condition(condition: str) -> Condition:
    """Read a condition.

    Examples
    --------
    >>> read_condition("a_l = a_r AND text_similarity(b_l, b_r) >= 0.8").is_costly
    True
    >>> read_condition("substr(a_l, 1, 4) = substr(a_r, 1, 4)").parts
    ()
    """
    parts = []
    for text in re.split(r"\s+AND\s+", condition.strip()):
        known = [(form, match) for form, pattern in _FORMS.items() if (match := pattern.fullmatch(text))]
        if not known:
            return Condition(())
        parts.append((known[0][0], known[0][1].groupdict()))
    return Condition(tuple(parts))


def _holds(form: str, match: dict[str, str], pairs: Pairs, places: Ints) -> Flags | None:
    if form == "else":
        return np.ones(len(places), bool)
    a, b = match["a"], match["b"]
    if form == "alike":
        return np.asarray(pairs.likeness(match["how"], a, b, places) >= float(match["least"]))
    left, right, values = pairs.left[places], pairs.right[places], pairs.values
    if form in ("common", "empty"):
        return _lists_hold(form, values.lists(a), values.lists(b), left, right) if a == b else None
    codes = values.codes(a, b)
    first, second = codes[0][left], codes[1][right]
    if form == "same":
        return np.asarray((first == second) & (first >= 0))
    return np.asarray((first < 0) | (second < 0))


def _lists_hold(form: str, a: Ints | None, b: Ints | None, left: Ints, right: Ints) -> Flags | None:
    if a is None or b is None:
        return None
    if not a.shape[1]:
        return np.full(len(left), form == "empty")
    first, second = a[left], b[right]
    if form == "empty":
        return np.asarray((first[:, 0] < 0) | (second[:, 0] < 0))
    found = np.zeros(len(left), bool)
    for i in range(first.shape[1]):
        for j in range(second.shape[1]):
            found |= (first[:, i] == second[:, j]) & (first[:, i] >= 0)
    return found
