"""A chunk of a file, typed and sorted: which rows are kept, out of scope, totals or rejected, and why."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa
from ibis.expr.types import BooleanValue, StringValue

from custinsight.ingest.binding import Binding
from custinsight.ingest.columns import code_name
from custinsight.ingest.lookups import Joined, join_lookup
from custinsight.ingest.raw import LINE, RAW, RawFile
from custinsight.ingest.rejects import MISSING_REQUIRED, code_number, code_of
from custinsight.ingest.steps import Extend, Layers
from custinsight.ingest.text import Field, Signs, equals_any, native_text, plain_code, signs_in, trimmed_texts
from custinsight.ingest.totals import PATTERN
from custinsight.ingest.typing_contract import Typed, row_columns
from custinsight.plan import Source
from custinsight.tables import Column

KEPT, OUT_OF_SCOPE, TOTAL, REJECTED = 0, 1, 2, 100
"""States of a row; from REJECTED on, the hundreds tell the column and the rest the code."""


@ibis.udf.scalar.builtin(name="concat_ws")
def join_texts(sign: str, first: str, second: str) -> str:  # type: ignore[empty-body]
    """Join two texts; the engine's own function."""
    ...


@dataclass(frozen=True)
class Staged:
    """A chunk's rows, typed.

    Parameters
    ----------
    rows : ibis Table
        ``ci_line``, ``ci_state``, ``ci_raw`` (only of totals and rejected rows), the canonical columns that the file
        fills, ``ci_code_<column>`` and ``ci_lost_<lookup>``.
    typed : list of Typed
        The canonical columns.
    """

    rows: ibis.Table
    typed: list[Typed]

    @property
    def names(self) -> list[str]:
        """Canonical columns, in order."""
        return [typed.column.name for typed in self.typed]

    def fault(self, state: int) -> tuple[str, str, str]:
        """Code, column and header of a rejected row's state."""
        typed = self.typed[state // REJECTED - 1]
        return code_of(state % REJECTED), typed.column.name, typed.header


class Stager:
    """Types the chunks of a file one after the other.

    Chunks of the same shape share one query, so that a file of many chunks is translated for the engine once.

    Parameters
    ----------
    raw : RawFile
    source : plan.Source
    binding : Binding
    lookups : sequence of Joined
    constants : mapping of str to object
        Of :func:`custinsight.ingest.typing_contract.constant_values`.
    con : ibis DuckDB backend
    """

    def __init__(
        self,
        raw: RawFile,
        source: Source,
        binding: Binding,
        lookups: Sequence[Joined],
        constants: Mapping[str, Any],
        con: Any,
    ) -> None:
        self.raw, self.source, self.binding = raw, source, binding
        self.lookups, self.constants, self.con = lookups, constants, con
        self._view = ibis.util.gen_name("ingest_chunk")
        self._layers = Layers(con)
        self._shapes: dict[tuple[object, ...], tuple[ibis.Table, list[Typed]]] = {}

    @contextlib.contextmanager
    def stage(self, chunk: pa.Table) -> Iterator[Staged]:
        """Type a chunk's rows and tell what becomes of each; the table lives as long as the context.

        Parameters
        ----------
        chunk : pyarrow Table
            Of ``raw.chunks``.
        """
        columns = [column for column in chunk.column_names if column not in (LINE, RAW)]
        chunk = trimmed_texts(chunk, columns)
        signs = {column: signs_in(chunk[column]) for column in columns}
        shape = (chunk.schema.remove_metadata(), *signs.items())
        name = ibis.util.gen_name("ingest_stage")
        self.con.con.register(self._view, chunk)
        try:
            if shape not in self._shapes:
                if any(sign.wide for sign in signs.values()):
                    # a view finds the function only once the connection has used it
                    self.con.to_pyarrow(plain_code(ibis.literal("")))
                self._shapes[shape] = self._typed_rows(self.con.table(self._view), signs)
            view, typed = self._shapes[shape]
            rows = self.con.create_table(name, view, temp=True)
        finally:
            self.con.con.unregister(self._view)
        try:
            yield Staged(rows, typed)
        finally:
            self.con.drop_table(name)

    def close(self) -> None:
        """Drop the queries."""
        self._layers.close()

    def _typed_rows(self, rows: ibis.Table, signs: Mapping[str, Signs]) -> tuple[ibis.Table, list[Typed]]:
        source, extend = self.source, self._layers.extend
        names = [name for name in rows.columns if name not in (LINE, RAW)]
        for number, joined in enumerate(self.lookups):
            keys = self._fields(joined.on, signs)
            rows = self._layers.settle(join_lookup(rows, number, joined, keys, source.null_values, extend))
        fields = self._fields(self.binding.at, signs)
        rows, typed = row_columns(
            rows, source, self.binding, fields, iso=self.raw.iso, constants=self.constants, extend=extend
        )
        in_scope: BooleanValue = ibis.literal(True)
        for name, values in source.keep.items():
            in_scope &= equals_any(rows[fields[name].text], values).fill_null(False)
        lost = {f"ci_lost_{n}": rows[f"l{n}_found"].isnull() for n in range(len(self.lookups))}
        rows = extend(rows, {"ci_scope": in_scope, **lost})
        return self._layers.settle(_sorted_rows(rows, typed, names, list(lost), extend)), typed

    def _fields(self, names: Iterable[str], signs: Mapping[str, Signs]) -> dict[str, Field]:
        """Columns of the rows, by the names that the mapping uses."""
        fields = {}
        for name in names:
            at = self.binding.at[name]
            here = signs[at.name] if at.lookup is None else self.lookups[at.lookup].signs[at.position]
            fields[name] = Field(name, at.name, here)
        return fields


def _sorted_rows(
    rows: ibis.Table, typed: Sequence[Typed], names: Sequence[str], lost: Sequence[str], extend: Extend
) -> ibis.Table:
    """Give each row its state: total, out of scope, rejected for the first required column that is null, or kept."""
    required = [(n, one.column) for n, one in enumerate(typed, 1) if one.column.required]
    rows = extend(rows, {"ci_gap": _any_of([rows[column.name].isnull() for _, column in required])})
    # a row's text is made inside conditions only, for the few rows that need it
    rows = extend(rows, {"ci_total": ibis.ifelse(rows["ci_gap"], _row_text(rows, names).re_search(PATTERN), False)})
    faults = [(rows[column.name].isnull(), _fault_state(rows, n, column)) for n, column in required]
    state = ibis.cases((rows["ci_total"], TOTAL), (~rows["ci_scope"], OUT_OF_SCOPE), *faults, else_=KEPT)
    rows = extend(rows, {"ci_state": state.cast("int16")})
    shown = ibis.ifelse(rows["ci_state"] >= TOTAL, _row_text(rows, names), ibis.null(dt.string))
    columns = [name for one in typed for name in (one.column.name, code_name(one.column))]
    return rows.select(*columns, *lost, "ci_state", ci_line=rows[LINE], ci_raw=shown)


def _fault_state(rows: ibis.Table, number: int, column: Column) -> ibis.Value:
    missing = ibis.literal(code_number(MISSING_REQUIRED), type="int16")
    code = rows[code_name(column)]
    return ibis.ifelse(code == 0, missing, code) + REJECTED * number


def _any_of(conditions: Sequence[BooleanValue]) -> BooleanValue:
    return functools.reduce(lambda one, other: one | other, conditions, ibis.literal(False))


def _row_text(rows: ibis.Table, names: Sequence[str]) -> StringValue:
    """Text of a row: as the file has it, or its values separated by tabs."""
    if RAW in rows.columns:
        return rows[RAW]
    texts = [(rows[name] if rows[name].type().is_string() else native_text(rows[name])).fill_null("") for name in names]
    return functools.reduce(lambda one, other: join_texts("\t", one, other), texts)
