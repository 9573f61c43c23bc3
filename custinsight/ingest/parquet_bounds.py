"""Parquet data held against what the file's own footer says about them.

Pages written with checksums are verified by Arrow. Few writers add them, and then a flipped bit in a page reads like a
value; the smallest and largest value of each column, which nearly all writers note, at least give away those that
matter most to a sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc


class RowGroupBounds:
    """Smallest and largest values and counts of nulls of one row group, as the footer has them.

    Parameters
    ----------
    group : pyarrow.parquet.RowGroupMetaData
    columns : sequence of str
        Columns that are read.
    """

    def __init__(self, group: Any, columns: Sequence[str]) -> None:
        there = {group.column(n).path_in_schema: group.column(n).statistics for n in range(group.num_columns)}
        self._known = {name: there[name] for name in columns if there.get(name) is not None}
        self._nulls = dict.fromkeys(self._known, 0)

    def add(self, batch: pa.RecordBatch) -> None:
        """Look at some of the group's rows.

        Raises
        ------
        pa.ArrowInvalid
            A text is no UTF-8, or a value lies outside the bounds.
        """
        batch.validate(full=True)
        for name, known in self._known.items():
            column = batch.column(name)
            self._nulls[name] += column.null_count
            if known.has_min_max and _is_ordered(column.type) and column.null_count < len(column):
                ends = pc.min_max(column)
                least, most = _plain(ends["min"]), _plain(ends["max"])
                # a footer may give decimals as bare integers
                if type(known.min) is type(least) and least == least and not (known.min <= least and most <= known.max):
                    raise pa.ArrowInvalid("a value outside the bounds of its column")

    def close(self) -> None:
        """Compare the nulls of the whole group.

        Raises
        ------
        pa.ArrowInvalid
            There are more or fewer than the footer says.
        """
        for name, known in self._known.items():
            if known.has_null_count and known.null_count != self._nulls[name]:
                raise pa.ArrowInvalid("another number of nulls than the footer says")


def _is_ordered(kind: pa.DataType) -> bool:
    """Whether Arrow and Python order a type's values in the same way."""
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return is_number or pa.types.is_date32(kind) or pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _plain(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except (OverflowError, ValueError) as error:
        raise pa.ArrowInvalid("a value that is none of its type") from error
