"""A file's rows, typed and sorted: which rows are kept, out of scope, totals or rejected, and why."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import BooleanValue, StringValue

from custinsight.ingest.ahead import read_ahead
from custinsight.ingest.binding import ABSENT, Binding
from custinsight.ingest.columns import code_name
from custinsight.ingest.lookups import Joined, join_lookup
from custinsight.ingest.plain import PlainRows, can_be_plain, merge_rows
from custinsight.ingest.raw import LINE, RAW
from custinsight.ingest.rejects import MISSING_REQUIRED, code_number, code_of
from custinsight.ingest.steps import Extend, Layers
from custinsight.ingest.text import ANY_SIGN, Chunk, Field, Signs, equals_any, native_text, plain_code, trimmed_chunk
from custinsight.ingest.totals import PATTERN
from custinsight.ingest.typing_contract import Typed, row_columns
from custinsight.plan import Source
from custinsight.tables import Column

KEPT, OUT_OF_SCOPE, TOTAL, UNSURE, REJECTED = 0, 1, 2, 3, 100
"""States of a row; from REJECTED on, the hundreds tell the column and the rest the code.

UNSURE is out of scope and lacks a required value, as total lines do; no row stays so.
"""
MOST_SHAPES = 3
"""Shapes of chunks that get a query of their own; to write one more would take longer than it saves."""
_NO_RAWS = pa.table({"ci_line": pa.array([], pa.int64()), "ci_raw": pa.array([], pa.string())})


@ibis.udf.scalar.builtin(name="concat_ws")
def join_texts(sign: str, first: str, second: str) -> str:  # type: ignore[empty-body]
    """Join two texts; the engine's own function."""
    ...


@dataclass(frozen=True)
class Staged:
    """A file's rows, typed.

    Parameters
    ----------
    kept : ibis Table
        ``ci_line`` and the canonical columns that the file fills, of the rows to keep, in the order of the file.
    rows : ibis Table
        All other rows at least: ``ci_line``, ``ci_state``, the canonical columns, ``ci_code_<column>`` and
        ``ci_lost_<lookup>``; a kept row that is not here is plain, without any code.
    typed : list of Typed
        The canonical columns.
    n : int
        Rows that came in.
    raws : pyarrow Table
        ``ci_line`` and ``ci_raw``: the text of total lines and rejected rows.
    """

    kept: ibis.Table
    rows: ibis.Table
    typed: list[Typed]
    n: int
    raws: pa.Table

    @property
    def names(self) -> list[str]:
        """Canonical columns, in order."""
        return [typed.column.name for typed in self.typed]

    @property
    def others(self) -> ibis.Table:
        """Rows that are not kept."""
        return self.rows.filter(self.rows["ci_state"] != KEPT)

    def fault(self, state: int) -> tuple[str, str, str]:
        """Code, column and header of a rejected row's state."""
        typed = self.typed[state // REJECTED - 1]
        return code_of(state % REJECTED), typed.column.name, typed.header


class Stager:
    """Types a file, chunk by chunk, into a table of the engine.

    Chunks of the same shape share one query, so that a file of many chunks, or many files of the same columns, are
    translated for the engine once.

    Parameters
    ----------
    iso : bool
        The file's own dates arrive as ISO 8601 text.
    source : plan.Source
    binding : Binding
    lookups : sequence of Joined
    constants : mapping of str to object
        Of :func:`custinsight.ingest.typing_contract.constant_values`.
    con : ibis DuckDB backend
    """

    def __init__(
        self,
        iso: bool,
        source: Source,
        binding: Binding,
        lookups: Sequence[Joined],
        constants: Mapping[str, Any],
        con: Any,
    ) -> None:
        self.iso, self.source, self.binding = iso, source, binding
        self.lookups, self.constants, self.con = lookups, constants, con
        self._view, self._name = ibis.util.gen_name("ingest_chunk"), ibis.util.gen_name("ingest_staged")
        self._layers = Layers(con)
        self._seen: dict[str, Signs] = {}
        self._queries: dict[tuple[object, ...], str] = {}
        self._typed: list[Typed] = []
        self._raws: list[pa.Table] = []
        self._n = 0
        self._plain: PlainRows | None = None
        self._quick: PlainRows | None = None
        self._is_mostly_plain = False
        self._pieces: list[pa.Table] = []
        self._pieces_name, self._is_registered = ibis.util.gen_name("ingest_kept"), False

    def stage(self, chunks: Iterable[pa.Table]) -> Staged | None:
        """Type a file's rows and tell what becomes of each; None when there are none.

        The rows of the file before are gone.

        Parameters
        ----------
        chunks : iterable of pyarrow Table
            Of ``raw.chunks``; they are read ahead of their typing.
        """
        self._start()
        for rows in read_ahead(chunks):
            chunk = _trimmed(self._completed(rows))
            # signs of earlier chunks are kept, so that a file's chunks have few shapes
            self._seen = {column: self._signs(column, signs) for column, signs in chunk.signs.items()}
            if not self._n and not self.binding.absent and can_be_plain(self.source, chunk.rows):
                self._quick = self._quick or PlainRows(self.source, self.binding, iso=self.iso, con=self.con)
                self._plain, self._is_mostly_plain = self._quick, True
            self._n += chunk.rows.num_rows
            if self._plain is None:
                self._type(chunk.rows)
            else:
                self._pieces.append(self._split(chunk, self._plain))
        if not self._n:
            return None
        rows = self.con.table(self._name)
        kept = self._kept() if self._plain else rows.filter(rows["ci_state"] == KEPT)
        return Staged(kept, rows, self._typed, self._n, pa.concat_tables(self._raws))

    def _completed(self, rows: pa.Table) -> pa.Table:
        """Add the empty column that stands for optional ones which the file lacks."""
        return rows.append_column(ABSENT, pa.nulls(rows.num_rows, pa.string())) if self.binding.absent else rows

    def drop(self) -> None:
        """Drop the rows."""
        if self._queries:
            self.con.drop_table(self._name)
        self._forget_pieces()

    def close(self) -> None:
        """Drop the queries; the table stays."""
        self._layers.close()

    def _start(self) -> None:
        """Forget the file before."""
        self._raws, self._pieces, self._n, self._plain = [_NO_RAWS], [], 0, None
        if self._queries:
            self.con.con.execute(f'TRUNCATE "{self._name}"')
        self._forget_pieces()

    def _forget_pieces(self) -> None:
        if self._is_registered:
            self.con.con.unregister(self._pieces_name)
            self._is_registered = False

    def _signs(self, column: str, signs: Signs) -> Signs:
        """Signs that a column may hold: of this chunk and of all before, or any at all once chunks differ too much."""
        return signs | self._seen.get(column, signs) if len(self._queries) < MOST_SHAPES else ANY_SIGN

    def _query(self, shape: tuple[object, ...]) -> str:
        """Statement that types a chunk of the shape seen now into the table."""
        if shape not in self._queries:
            if any(sign.wide for sign in self._seen.values()):
                # a view finds the function only once the connection has used it
                self.con.to_pyarrow(plain_code(ibis.literal("")))
            view, self._typed = self._typed_rows(self.con.table(self._view), self._seen)
            if not self._queries:
                self.con.create_table(self._name, schema=view.schema(), temp=True)
            # joins may change the order of rows
            order = " ORDER BY ci_line" if self.lookups else ""
            self._queries[shape] = f'INSERT INTO "{self._name}" SELECT * FROM "{view.op().name}"{order}'
        return self._queries[shape]

    @contextlib.contextmanager
    def _registered(self, rows: pa.Table) -> Iterator[None]:
        self.con.con.register(self._view, rows)
        try:
            yield
        finally:
            self.con.con.unregister(self._view)

    def _settle_odd(self, rows: pa.Table, first: int, last: int) -> None:
        """Look at the text of rows that are not to be kept: total lines are told from rejected rows by it."""
        found = self.con.con.execute(
            f'SELECT ci_line, ci_state FROM "{self._name}" WHERE ci_line BETWEEN ? AND ? AND ci_state > ? ORDER BY 1',
            [first, last, TOTAL],
        ).to_arrow_table()
        if not found.num_rows:
            return
        odd = rows.take(pa.array(np.searchsorted(rows[LINE].to_numpy(), found["ci_line"].to_numpy())))
        texts = odd[RAW] if RAW in odd.column_names else self._joined_texts(odd)
        is_total = pc.match_substring_regex(texts, PATTERN)
        is_unsure = pc.equal(found["ci_state"], UNSURE)
        for mask, state in ((is_total, TOTAL), (pc.and_not(is_unsure, is_total), OUT_OF_SCOPE)):
            if lines := found["ci_line"].filter(mask).to_pylist():
                self.con.con.execute(f'UPDATE "{self._name}" SET ci_state = ? WHERE ci_line IN ?', [state, lines])
        found = pa.table({"ci_line": found["ci_line"], "ci_raw": texts})
        self._raws.append(found.filter(pc.or_(is_total, pc.invert(is_unsure))))

    def _joined_texts(self, odd: pa.Table) -> pa.ChunkedArray:
        """Text of rows that a typed file or a spreadsheet holds: their values separated by tabs."""
        with self._registered(odd):
            rows = self.con.table(self._view)
            text = _row_text(rows, [name for name in rows.columns if name not in (LINE, ABSENT)])
            return self.con.to_pyarrow(rows.order_by(LINE).select(text=text))["text"]

    def _split(self, chunk: Chunk, plain: PlainRows) -> pa.Table:
        """Rows to keep of a chunk: the plain ones taken the quick way, the others typed with care."""
        if self._is_mostly_plain:
            quick, is_odd = plain.read(chunk, self._seen)
            self._is_mostly_plain = is_odd.mean() <= 0.5
        else:
            quick, is_odd = None, np.ones(chunk.rows.num_rows, bool)
        if quick is not None and not is_odd.any() and self._queries:
            return quick
        odd = chunk.rows.filter(pa.array(is_odd)) if quick is not None else chunk.rows
        first, last = self._type(odd)
        names = ", ".join(f'"{name}"' for name in plain.schema.names)
        careful = self.con.con.execute(
            f'SELECT {names} FROM "{self._name}" WHERE ci_line BETWEEN ? AND ? AND ci_state = ? ORDER BY ci_line',
            [first, last, KEPT],
        )
        kept = careful.to_arrow_table().cast(plain.schema)
        return kept if quick is None else merge_rows(quick, is_odd, kept)

    def _kept(self) -> ibis.Table:
        """Rows to keep, as a table of the engine; their texts stay where Arrow has read them."""
        self.con.con.register(self._pieces_name, pa.concat_tables(self._pieces))
        self._is_registered = True
        return self.con.table(self._pieces_name)

    def _type(self, rows: pa.Table) -> tuple[int, int]:
        """Type rows into the table, and return their first and last line."""
        bare = rows.drop_columns([RAW]) if RAW in rows.column_names else rows
        with self._registered(bare):
            self.con.con.execute(self._query((bare.schema.remove_metadata(), *self._seen.items())))
        if not rows.num_rows:
            return 0, 0
        first, last = rows[LINE][0].as_py(), rows[LINE][-1].as_py()
        self._settle_odd(rows, first, last)
        return first, last

    def _typed_rows(self, rows: ibis.Table, signs: Mapping[str, Signs]) -> tuple[ibis.Table, list[Typed]]:
        source, extend = self.source, self._layers.extend
        for number, joined in enumerate(self.lookups):
            keys = self._fields(joined.on, signs)
            rows = self._layers.settle(join_lookup(rows, number, joined, keys, source.null_values, extend))
        fields = self._fields(self.binding.at, signs)
        rows, typed = row_columns(
            rows, source, self.binding, fields, iso=self.iso, constants=self.constants, extend=extend
        )
        in_scope: BooleanValue = ibis.literal(True)
        for name, values in source.keep.items():
            if name in self.binding.absent:
                continue
            in_scope &= equals_any(rows[fields[name].text], values).fill_null(False)
        lost = {f"ci_lost_{n}": rows[f"l{n}_found"].isnull() for n in range(len(self.lookups))}
        rows = extend(rows, {"ci_scope": in_scope, **lost})
        return self._layers.settle(_sorted_rows(rows, typed, list(lost), extend)), typed

    def _fields(self, names: Iterable[str], signs: Mapping[str, Signs]) -> dict[str, Field]:
        """Columns of the rows, by the names that the mapping uses."""
        fields = {}
        for name in names:
            at = self.binding.at[name]
            here = signs[at.name] if at.lookup is None else self.lookups[at.lookup].signs[at.position]
            fields[name] = Field(name, at.name, here)
        return fields


def _trimmed(rows: pa.Table) -> Chunk:
    return trimmed_chunk(rows, [column for column in rows.column_names if column not in (LINE, RAW)])


def _sorted_rows(rows: ibis.Table, typed: Sequence[Typed], lost: Sequence[str], extend: Extend) -> ibis.Table:
    """Give each row its state: out of scope, rejected for the first required column that is null, or kept."""
    required = [(n, one.column) for n, one in enumerate(typed, 1) if one.column.required]
    gap = _any_of([rows[column.name].isnull() for _, column in required])
    out = ibis.ifelse(gap, UNSURE, OUT_OF_SCOPE)
    faults = [(rows[column.name].isnull(), _fault_state(rows, n, column)) for n, column in required]
    rows = extend(rows, {"ci_state": ibis.cases((~rows["ci_scope"], out), *faults, else_=KEPT).cast("int16")})
    columns = [name for one in typed for name in (one.column.name, code_name(one.column))]
    return rows.select(*columns, *lost, "ci_state", ci_line=rows[LINE])


def _fault_state(rows: ibis.Table, number: int, column: Column) -> ibis.Value:
    missing = ibis.literal(code_number(MISSING_REQUIRED), type="int16")
    code = rows[code_name(column)]
    return ibis.ifelse(code == 0, missing, code) + REJECTED * number


def _any_of(conditions: Sequence[BooleanValue]) -> BooleanValue:
    return functools.reduce(lambda one, other: one | other, conditions, ibis.literal(False))


def _row_text(rows: ibis.Table, names: Sequence[str]) -> StringValue:
    texts = [(rows[name] if rows[name].type().is_string() else native_text(rows[name])).fill_null("") for name in names]
    return functools.reduce(lambda one, other: join_texts("\t", one, other), texts)
