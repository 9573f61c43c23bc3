"""The quick way for rows in which nothing is out of the ordinary.

Most rows of most exports hold plain codes, ISO days and plain numbers. Their texts stay where Arrow has read them, and
only days and numbers go through the engine. Every row that this module is not sure of is left to the careful way of
:mod:`custinsight.ingest.typing_contract`, which alone decides what is wrong with it.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, TypeAlias

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import Value

from custinsight.ingest import dates, numbers
from custinsight.ingest.binding import Binding
from custinsight.ingest.columns import is_id
from custinsight.ingest.raw import LINE
from custinsight.ingest.text import CONTROL, Chunk, Signs
from custinsight.plan import Source
from custinsight.tables import TABLES, Column

Mask: TypeAlias = pa.ChunkedArray


def can_be_plain(source: Source, rows: pa.Table) -> bool:
    """Tell whether the quick way knows what a source asks for: columns of text, taken as they are.

    Parameters
    ----------
    source : plan.Source
    rows : pyarrow Table
        A chunk of one of its files.
    """
    texts = all(pa.types.is_string(field.type) for field in rows.schema if field.name != LINE)
    return texts and not source.lookups and not source.computed


class PlainRows:
    """Reads the plain rows of a file's chunks, and tells them from all others.

    Parameters
    ----------
    source : plan.Source
    binding : Binding
    iso : bool
        The file's own dates arrive as ISO 8601 text.
    con : ibis DuckDB backend
    """

    def __init__(self, source: Source, binding: Binding, *, iso: bool, con: Any) -> None:
        self.source, self.iso, self.con = source, iso, con
        spec = TABLES[source.table]
        at = {name: binding.at[header].name for name, header in source.columns.items()}
        if spec.name == "customers" and "source_id" not in {*at, *source.constants}:
            at["source_id"] = at["customer_id"]
        self.columns = {spec[name]: at[name] for name in spec.names if name in at}
        self.keep = {binding.at[header].name: values for header, values in source.keep.items()}
        schema = ibis.schema({column.name: column.dtype for column in self.columns})
        self.schema = schema.to_pyarrow().append(pa.field("ci_line", pa.int64()))
        self._view = ibis.util.gen_name("ingest_plain")
        self._queries: dict[tuple[object, ...], str] = {}

    def read(self, chunk: Chunk, signs: Mapping[str, Signs]) -> tuple[pa.Table, np.ndarray]:
        """Rows as the quick way reads them, with ``ci_line``, and which of them it is not sure of.

        Parameters
        ----------
        chunk : Chunk
        signs : mapping of str to Signs
            What each column may hold.
        """
        rows = chunk.rows
        empty = {name: pc.equal(rows[name], "") for name in {*self.columns.values(), *self.keep}}
        odd: list[Mask] = [pc.invert(_is_one_of(rows[name], values)) for name, values in self.keep.items()]
        for name in {*self.columns.values(), *self.keep}:
            odd += self._strange_texts(rows[name], signs[name])
        typed = self._parsed(rows, signs)
        for column, name in self.columns.items():
            if column.name in typed:
                odd.append(pc.and_not(pc.is_null(typed[column.name]), empty[name]))
            else:
                odd += self._strange_values(column, rows[name], signs[name], empty[name])
                typed[column.name] = (
                    _nulled(rows[name], empty[name]) if column.dtype == "string" else pa.nulls(rows.num_rows)
                )
            if column.required or column.name in self.source.constants:
                odd.append(empty[name])
        table = pa.table({column.name: typed[column.name] for column in self.columns} | {"ci_line": rows[LINE]})
        is_odd = functools.reduce(pc.or_, odd) if odd else pa.array(np.zeros(rows.num_rows, bool))
        return table.cast(self.schema), np.asarray(is_odd)

    def _strange_texts(self, text: pa.ChunkedArray, signs: Signs) -> list[Mask]:
        """Texts that may stand for nothing, or for a cell without a value, or hold signs that nobody typed."""
        odd = []
        nothing = [value for value in self.source.null_values if value and signs.may_hold(value)]
        if nothing:
            odd.append(_is_one_of(text, nothing))
        if signs.may_hold("#"):
            odd.append(pc.starts_with(text, "#"))
        if signs.control:
            odd.append(pc.match_substring_regex(text, CONTROL))
        return odd

    def _strange_values(self, column: Column, text: pa.ChunkedArray, signs: Signs, empty: Mask) -> list[Mask]:
        """Texts that are not sure to be the column's value as they are."""
        if column.dtype != "string":
            return [pc.invert(empty)]
        odd = []
        if column.allowed or column.name in self.source.values:
            known = set(column.allowed) - set(self.source.values.get(column.name, {}))
            odd.append(pc.and_not(pc.invert(_is_one_of(text, known)), empty))
        if is_id(column) and signs.wide:
            odd.append(pc.invert(pc.string_is_ascii(text)))
        if is_id(column) or column.name in ("mobile", "phone"):
            odd += [pc.match_substring(text, "+")] if signs.may_hold("e+") or signs.may_hold("E+") else []
        return odd

    def _parsed(self, rows: pa.Table, signs: Mapping[str, Signs]) -> dict[str, pa.ChunkedArray]:
        """Days and numbers that the engine's own casts read as they are meant; null for all others."""
        parsed = {
            column: name
            for column, name in self.columns.items()
            if column.dtype.startswith(("date", "decimal", "float")) and column.name not in self.source.values
        }
        if not parsed:
            return {}
        names = list(dict.fromkeys(parsed.values()))
        self.con.con.register(self._view, rows.select(names))
        try:
            shape = tuple((name, signs[name]) for name in names)
            if shape not in self._queries:
                view = self.con.table(self._view)
                values = {column.name: self._value(column, view, name, signs[name]) for column, name in parsed.items()}
                self._queries[shape] = str(self.con.compile(view.select(**values)))
            found = self.con.con.execute(self._queries[shape]).to_arrow_table()
        finally:
            self.con.con.unregister(self._view)
        return {name: found[name] for name in found.column_names}

    def _value(self, column: Column, view: ibis.Table, name: str, signs: Signs) -> Value:
        if column.dtype != "date":
            return numbers.plain_number(view[name], self.source.decimal, signs).try_cast(column.dtype)
        formats = tuple(dict.fromkeys((*self.source.date_formats, *(dates.ISO if self.iso else ()))))
        day = dates.plain_day(view[name], formats, signs)
        return ibis.ifelse(dates.is_stand_in(day), ibis.null("date"), day)


def merge_rows(quick: pa.Table, is_odd: np.ndarray, careful: pa.Table) -> pa.Table:
    """Rows to keep of a chunk, in its order: odd rows give way to what the careful way made of them, or vanish.

    Parameters
    ----------
    quick : pyarrow Table
        All rows of the chunk, with ``ci_line``.
    is_odd : ndarray of bool
        Rows that the quick way is not sure of.
    careful : pyarrow Table
        Those of them that are kept, in the order of ``ci_line``, with the same columns.

    Examples
    --------
    >>> quick = pa.table({"n": [1, None, None], "ci_line": [2, 3, 4]})
    >>> careful = pa.table({"n": [8], "ci_line": [4]})
    >>> merge_rows(quick, np.array([False, True, True]), careful).to_pydict()
    {'n': [1, 8], 'ci_line': [2, 4]}
    """
    is_kept = np.zeros(quick.num_rows, bool)
    is_kept[np.searchsorted(quick["ci_line"].to_numpy(), careful["ci_line"].to_numpy())] = True
    mask = pa.array(is_kept)
    columns = [
        pc.replace_with_mask(column.combine_chunks(), mask, values.combine_chunks())
        for column, values in zip(quick.columns, careful.columns, strict=True)
    ]
    merged = pa.table(columns, schema=quick.schema)
    return merged if careful.num_rows == is_odd.sum() else merged.filter(pa.array(is_kept | ~is_odd))


def _is_one_of(text: pa.ChunkedArray, values: Any) -> Mask:
    return pc.is_in(text, pa.array(sorted(values), pa.string()))


def _nulled(text: pa.ChunkedArray, empty: Mask) -> pa.ChunkedArray:
    return pc.if_else(empty, pa.scalar(None, pa.string()), text) if pc.any(empty).as_py() else text
