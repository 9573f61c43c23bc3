"""Values that an export writes once for several rows: merged cells, totals on the first line of an order."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custinsight.errors import SourceError
from custinsight.ingest.lookups import header_list
from custinsight.ingest.raw import LINE, RAW, RawFile, column_position
from custinsight.ingest.totals import PATTERN
from custinsight.plan import Source
from custinsight.words import Message, msg


class Filler:
    """Fills empty cells of a source's ``fill`` from the row above.

    The row above counts as long as all columns of ``fill_within`` hold the same, an empty cell there being the same as
    no other. Total lines neither take nor give a value, or they would look like rows.

    Parameters
    ----------
    raw : RawFile
    source : plan.Source

    Raises
    ------
    SourceError
        The file lacks a column that is not optional.
    """

    def __init__(self, raw: RawFile, source: Source) -> None:
        there = [name for name in source.fill if name not in source.optional or column_position(raw, name) is not None]
        self._filled = {f"c{require_position(raw, source, 'fill', name)}": name for name in there}
        self._within = [f"c{require_position(raw, source, 'fill_within', name)}" for name in source.fill_within]
        self.positions = tuple(int(name[1:]) for name in (*self._filled, *self._within))
        self._above: pa.Table | None = None
        self._counts: Counter[str] = Counter()

    @property
    def problems(self) -> list[Message]:
        """How many cells of each column were filled."""
        return [
            msg(
                "{n} cell of {header} was filled from the row above.",
                "{n} cells of {header} were filled from the row above.",
                n=self._counts[name],
                header=header,
            )
            for name, header in self._filled.items()
            if self._counts[name]
        ]

    def __call__(self, chunk: pa.Table) -> pa.Table:
        """Fill a chunk; its first rows may go on from the chunk before."""
        if not chunk.num_rows:
            return chunk
        rows = np.flatnonzero(~_total_lines(chunk))
        if not len(rows):
            return chunk
        for name in {*self._filled, *self._within}:
            chunk = _replace(
                chunk, name, pc.utf8_trim_whitespace(chunk[name]) if _is_text(chunk[name]) else chunk[name]
            )
        data = chunk.select([*self._filled, *self._within]).take(pa.array(rows))
        above = self._above if self._above is not None else data.slice(0, 0)
        data = pa.concat_tables([_as_schema(above, data.schema), data])
        starts = self._starts(data)
        for name in self._filled:
            taken = _rows_taken(~_is_empty(data[name]), starts)
            self._counts[name] += int((taken != np.arange(len(taken))).sum())
            column = data[name].take(pa.array(taken))
            data = _replace(data, name, column)
            chunk = _replace(chunk, name, _scattered(chunk[name], column.slice(above.num_rows), rows))
        self._above = data.slice(data.num_rows - 1)
        return chunk

    def _starts(self, data: pa.Table) -> np.ndarray:
        """Row in which the run of each row begins: nothing above it belongs to the same things."""
        n = data.num_rows
        begins = np.zeros(n, bool)
        for name in self._within:
            column = data[name]
            same = np.asarray(pc.equal(column.slice(1), column.slice(0, n - 1)).fill_null(False))
            begins[1:] |= ~same
            begins |= _is_empty(column)
        return np.maximum.accumulate(np.where(begins, np.arange(n), 0))


def require_position(raw: RawFile, source: Source, key: str, name: str) -> int:
    """Position of a column that a source's contract names.

    Raises
    ------
    SourceError
        The file has no such column.
    """
    position = column_position(raw, name)
    if position is None:
        raise SourceError(
            "sources.{source}.{key} names the column {column}, which {file} lacks; it has {there}.",
            source=source.name,
            key=key,
            column=repr(name)[:80],
            file=raw.place.file,
            there=header_list(raw.header),
        )
    return position


def _rows_taken(full: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Row that each row takes its value from: the last full one of its run, or itself when there is none."""
    rows = np.arange(len(full))
    last = np.maximum.accumulate(np.where(full, rows, -1))
    return np.where(last >= starts, last, rows)


def _scattered(column: pa.ChunkedArray, values: pa.ChunkedArray, rows: np.ndarray) -> pa.ChunkedArray:
    """Put values into some rows of a column."""
    if len(values) == len(column):
        return values
    taken = np.arange(len(column))
    taken[rows] = len(column) + np.arange(len(values))
    return pa.chunked_array([*column.chunks, *values.chunks], column.type).take(pa.array(taken))


def _is_empty(column: pa.ChunkedArray) -> np.ndarray:
    empty = pc.is_null(column, nan_is_null=True)
    if _is_text(column):
        empty = pc.or_kleene(empty, pc.equal(column, ""))
    return np.asarray(empty.fill_null(True))


def _is_text(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_string(column.type))


def _total_lines(chunk: pa.Table) -> np.ndarray:
    """Rows whose first value is a word for a total."""
    if RAW in chunk.column_names:
        return np.asarray(pc.match_substring_regex(chunk[RAW], PATTERN).fill_null(False))
    names = [name for name in chunk.column_names if name != LINE and _is_text(chunk[name])]
    if not names:
        return np.zeros(chunk.num_rows, bool)
    text = pc.binary_join_element_wise(*(chunk[name] for name in names), "\t", null_handling="replace")
    return np.asarray(pc.match_substring_regex(text, PATTERN))


def _replace(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)


def _as_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Cast the row above to the types of this chunk, which a database without types may change; else it is empty."""
    columns = []
    for field in schema:
        try:
            columns.append(table[field.name].cast(field.type))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            columns.append(pa.chunked_array([pa.nulls(table.num_rows, field.type)]))
    return pa.table(columns, schema=schema)
