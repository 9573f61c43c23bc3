"""Columns of records in the forms in which conditions over pairs look at them: each worked out once, when asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from custinsight.match.similarity import Texts

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Made = TypeVar("Made")

LONGEST_LIST = 8
"""Lists with more values are not looked at."""


class Values:
    """The columns of records, and what is worked out from one record's columns.

    Parameters
    ----------
    records : pyarrow.Table
        ``record``, ascending, and the columns.
    """

    def __init__(self, records: pa.Table) -> None:
        self._records = records
        self._known: dict[Hashable, Any] = {}

    @cached_property
    def places(self) -> Ints:
        """Number of each row's record."""
        return np.asarray(self._records["record"].to_numpy(), np.int64)

    def is_list(self, name: str) -> bool:
        """Whether a column holds lists."""
        kind = self._records.schema.field(name).type
        return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))

    def texts(self, text: exp.Expression) -> Texts:
        """Texts of an expression over one record, with their likeness."""
        return self._once(("texts", text.sql()), lambda: Texts(self._column(text), self.places))

    def numbers(self, name: str) -> Floats:
        """Numbers of a column, nan for null."""
        return self._once(("numbers", name), lambda: self._spread(self._records[name].to_numpy().astype(float), np.nan))

    def lengths(self, text: exp.Expression) -> Floats:
        """Lengths of an expression's texts in characters, nan for null."""

        def measure() -> Floats:
            return self._spread(pc.utf8_length(self._column(text)).cast(pa.float64()).to_numpy(zero_copy_only=False))

        return self._once(("lengths", text.sql()), measure)

    def codes(self, a: exp.Expression, b: exp.Expression) -> tuple[Ints, Ints]:
        """Codes of two expressions' texts, the same for the same text, -1 for null."""

        def encode() -> tuple[Ints, Ints]:
            codes = _codes(pa.chunked_array([self._column(each) for each in (a, b)]).combine_chunks())
            n = self._records.num_rows
            left = self._spread(codes[:n], -1)
            return left, left if a == b else self._spread(codes[n:], -1)

        return self._once(("codes", a.sql(), b.sql()), encode)

    def lists(self, name: str) -> Ints | None:
        """Codes of the values of lists, a column for each place in the longest, -1 where it is shorter."""

        def encode() -> Ints | None:
            column = self._records[name].combine_chunks()
            sizes = pc.fill_null(pc.list_value_length(column), 0).to_numpy()
            width = int(sizes.max(initial=0))
            if width > LONGEST_LIST:
                return None
            rows = np.full((len(sizes), width), -1, np.int64)
            at = np.repeat(np.arange(len(sizes)), sizes)
            rows[at, np.arange(len(at)) - np.repeat(np.cumsum(sizes) - sizes, sizes)] = _codes(column.flatten())
            return self._spread(rows, -1)

        return self._once(("lists", name), encode)

    def _once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        if key not in self._known:
            self._known[key] = make()
        found: Made = self._known[key]
        return found

    def _column(self, text: exp.Expression) -> pa.Array:
        """Work out a text of each record: a column, a part of one, or several joined; one without is null."""
        if isinstance(text, exp.Column):
            return self._records[text.name].combine_chunks().cast(pa.string())
        if isinstance(text, exp.Substring):
            start = int(text.args["start"].name) - 1
            return pc.utf8_slice_codeunits(self._column(text.this), start, start + int(text.args["length"].name))
        return pc.binary_join_element_wise(self._column(text.this), self._column(text.expression), "")

    def _spread(self, rows: npt.NDArray, empty: object = np.nan) -> npt.NDArray:
        """Put each row at its record's number."""
        spread = np.full((int(self.places.max(initial=-1)) + 1, *rows.shape[1:]), empty, rows.dtype)
        spread[self.places] = rows
        return spread


def _codes(values: pa.Array) -> Ints:
    return np.asarray(pc.fill_null(pc.dictionary_encode(values).indices, -1).to_numpy(), np.int64)
