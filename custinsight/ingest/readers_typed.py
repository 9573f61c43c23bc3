"""Files whose columns have types: parquet, SQLite and DuckDB."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import sqlglot
from sqlglot import exp

from custinsight.errors import SourceError
from custinsight.ingest.parquet_bounds import RowGroupBounds
from custinsight.ingest.places import Place
from custinsight.ingest.raw import CHUNK_ROWS, LINE, Counts, Layout, trimmed_header
from custinsight.ingest.relations import quoted_relation

MAX_QUERY = 20_000
_READING = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, getattr(sqlite3, "SQLITE_RECURSIVE", 33)}
)
_CHANGING = (exp.DML, exp.DDL, exp.Into, exp.Lock, exp.Command)


class ParquetFile:
    """A parquet file; its row numbers are counted from 1.

    Parameters
    ----------
    place : Place
    layout : Layout

    Raises
    ------
    SourceError
        The file is damaged.
    """

    encoding = ""
    sheet = ""
    iso = True

    def __init__(self, place: Place, layout: Layout) -> None:
        self.place = place
        self.counts = Counts()
        try:
            self._file = pq.ParquetFile(place.path, page_checksum_verification=True)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(place) from error
        self.header = trimmed_header(self._file.schema_arrow.names)

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return int(self._file.metadata.num_rows)

    def some_groups(self, wanted: Sequence[int], most: int) -> Iterator[pa.Table]:
        """Yield some of the file's row groups, at even distances."""
        meta, names = self._file.metadata, self._file.schema_arrow.names
        firsts = np.cumsum([0, *(meta.row_group(n).num_rows for n in range(meta.num_row_groups))])
        for group in np.unique(np.linspace(0, meta.num_row_groups - 1, most).astype(int)):
            try:
                rows = self._file.read_row_group(int(group), columns=[names[n] for n in wanted])
            except (pa.ArrowException, OSError) as error:
                raise _damaged(self.place) from error
            columns = {f"c{n}": plain_column(rows.column(names[n])) for n in wanted}
            lines = pa.array(np.arange(firsts[group], firsts[group + 1]) + 1, pa.int64())
            yield pa.table({**columns, LINE: lines})

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield the wanted columns in tables of at most ``rows`` rows, in their own types."""
        names = self._file.schema_arrow.names
        chosen = [names[n] for n in wanted]
        try:
            for batch in self._batches(chosen, rows):
                columns = {f"c{n}": batch.column(name) for n, name in zip(wanted, chosen, strict=True)}
                yield numbered(pa.table({name: plain_column(column) for name, column in columns.items()}), self.counts)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self.place) from error

    def _batches(self, chosen: Sequence[str], rows: int) -> Iterator[pa.Table]:
        """Yield row groups, small ones together, each held against what the footer says about it."""
        parts: list[pa.RecordBatch] = []
        for group in range(self._file.num_row_groups):
            bounds = RowGroupBounds(self._file.metadata.row_group(group), chosen)
            for batch in self._file.iter_batches(rows, row_groups=[group], columns=list(chosen)):
                bounds.add(batch)
                if parts and sum(part.num_rows for part in parts) + batch.num_rows > rows:
                    yield pa.Table.from_batches(parts)
                    parts = []
                parts.append(batch)
            bounds.close()
        if parts:
            yield pa.Table.from_batches(parts)


class DatabaseFile:
    """What a SELECT or a relation returns from a SQLite or DuckDB file, opened for reading only.

    Parameters
    ----------
    place : Place
    layout : Layout
        Its ``query`` is one SELECT, or its ``relation`` the name of a table or view.
    kind : str
        ``sqlite`` or ``duckdb``.

    Raises
    ------
    SourceError
        There is no query, it is no single SELECT, or the database refuses it.
    """

    encoding = ""
    iso = True

    def __init__(self, place: Place, layout: Layout, kind: str) -> None:
        self.place = place
        self.sheet = ""
        self.counts = Counts()
        self._open = self._open_sqlite if kind == "sqlite" else self._open_duckdb
        self._relation = quoted_relation(place, layout.relation, kind) if layout.relation else ""
        query = f"SELECT * FROM {self._relation}" if self._relation else one_select(place, layout.query, kind)
        self._reader = self._open(query)
        self._names: list[str] = next(self._reader)
        self.header: tuple[str, ...] = trimmed_header(self._names)

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield the wanted columns of a relation or all of a query, in tables of at most 100,000 rows."""
        reader, positions = self._reader, list(range(len(self._names)))
        if self._relation:
            positions = list(wanted)
            names = ", ".join(exp.to_identifier(self._names[n], quoted=True).sql() for n in positions)
            reader = self._open(f"SELECT {names} FROM {self._relation}")
            next(reader)
        with self._refused():
            for table in reader:
                yield numbered(table.rename_columns([f"c{n}" for n in positions]), self.counts)

    def _open_sqlite(self, query: str) -> Iterator[Any]:
        """Yield the column names, then the rows; the connection may do nothing but read."""
        with (
            self._refused(),
            contextlib.closing(
                sqlite3.connect(f"{self.place.path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            ) as con,
        ):
            con.set_authorizer(_allow_reading)
            cursor = con.execute(query)
            names = [column[0] for column in cursor.description]
            yield names
            while rows := cursor.fetchmany(100_000):
                columns = zip(*rows, strict=True)
                yield pa.table({f"c{n}": _column(list(values)) for n, values in enumerate(columns)})

    def _open_duckdb(self, query: str) -> Iterator[Any]:
        """Yield the column names, then the rows; nothing outside the file can be reached."""
        settings: dict[str, Any] = {"enable_external_access": "false", "autoload_known_extensions": "false"}
        with (
            self._refused(),
            contextlib.closing(duckdb.connect(str(self.place.path), read_only=True, config=settings)) as con,
        ):
            reader = con.execute(query).to_arrow_reader(100_000)
            yield list(reader.schema.names)
            for batch in reader:
                yield pa.table({f"c{n}": plain_column(column) for n, column in enumerate(batch.columns)})

    @contextlib.contextmanager
    def _refused(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, duckdb.Error) as error:
            raise SourceError(
                "sources.{source}.query must be a SELECT that {file} can run, got the answer: {why}.",
                source=self.place.source,
                file=self.place.file,
                why=str(error).splitlines()[0][:200].rstrip("."),
            ) from error


def one_select(place: Place, query: str | None, dialect: str) -> str:
    """Let only one SELECT through, and none that writes or locks on its way.

    Parameters
    ----------
    place : Place
        For errors.
    query : str or None
    dialect : str
        What sqlglot calls the database's SQL.

    Returns
    -------
    str
        The query as it was given.

    Raises
    ------
    SourceError
        It is anything else.
    """
    statements: list[Any] = []
    if query and len(query) <= MAX_QUERY:
        with contextlib.suppress(sqlglot.errors.SqlglotError):
            statements = sqlglot.parse(query, dialect=dialect)
    if len(statements) != 1 or not isinstance(statements[0], exp.Query) or statements[0].find(*_CHANGING):
        raise SourceError(
            "sources.{source}.query must be one SELECT from {file}, got {query}.",
            source=place.source,
            file=place.file,
            query=repr(query)[:80],
        )
    return str(query)


def _allow_reading(action: int, name: str | None, *_: str | None) -> int:
    allowed = action in _READING and (name or "").lower() != "load_extension"
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def numbered(table: pa.Table, counts: Counts) -> pa.Table:
    """Add row numbers that go on from one chunk to the next."""
    first = counts.records + 1
    counts.records += table.num_rows
    return table.append_column(LINE, pa.array(np.arange(first, first + table.num_rows), pa.int64()))


def _column(values: list[Any]) -> pa.Array:
    """Make a column of SQLite's values; a column of mixed types becomes text, a picture becomes null."""
    kinds = {type(value) for value in values} - {type(None)}
    if bytes in kinds:
        values = [None if isinstance(value, bytes) else value for value in values]
        kinds -= {bytes}
    if kinds <= {int}:
        with contextlib.suppress(pa.ArrowInvalid, OverflowError):
            return pa.array(values, pa.int64())
    if kinds <= {int, float}:
        return pa.array(values, pa.float64())
    return pa.array([value if value is None else str(value) for value in values], pa.string())


def plain_column(column: Any) -> Any:
    """Decode dictionaries, and make text of whatever is neither text, number, date nor truth."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        return plain_column(column.cast(kind.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_null(kind) or pa.types.is_time(kind) or pa.types.is_duration(kind):
        return column.cast(pa.string())
    if pa.types.is_unsigned_integer(kind) or pa.types.is_float16(kind):
        return column.cast(pa.float64() if pa.types.is_float16(kind) else pa.decimal128(20, 0))
    return column


def _damaged(place: Place) -> SourceError:
    return SourceError(
        "sources.{source}.{key}: {file} must be a whole parquet file, got a damaged one. Export it again.",
        code="DAMAGED",
        **place.names,
    )
