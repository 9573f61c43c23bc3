"""A table, a view or a query of a database server, read through ibis in batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.datatypes as dtypes
import pyarrow as pa
from ibis.expr.types import Value

from custinsight.ingest.places import Place
from custinsight.ingest.raw import CHUNK_ROWS, Counts, Layout, trimmed_header
from custinsight.ingest.readers_typed import numbered, one_select, plain_column
from custinsight.ingest.relations import quoted_relation, relation_parts
from custinsight.ingest.sessions import open_session

FETCH_ROWS = 50_000
"""Rows that are in memory as Python objects at a time."""
_DIALECTS = {"mssql": "tsql"}
_DIGITS, _PLACES = 38, 10
_FIRST, _LAST = dt.datetime(1, 1, 2), dt.datetime(9999, 12, 31)


class IbisTable:
    """Rows of a relation or of a query; their numbers are counted from 1, in the order in which they come.

    The rows of a relation come sorted by all columns that are read: an order that each kind of relation has, and that
    makes the same rows the same bytes. A query's order is its own.

    Parameters
    ----------
    place : Place
    layout : Layout
        With a ``relation`` or a ``query``.

    Raises
    ------
    SourceError
        The server cannot be reached, refuses the login, or cannot answer.
    """

    encoding = ""
    sheet = ""
    iso = True

    def __init__(self, place: Place, layout: Layout) -> None:
        self.place, self._layout = place, layout
        self._backend = place.server.url.backend if place.server else ""
        self._dialect = _DIALECTS.get(self._backend, self._backend)
        self._query = "" if layout.relation else one_select(place, layout.query, self._dialect)
        self.counts = Counts()
        with open_session(place) as session:
            self._schema = self._table(session).schema()
        self.header = trimmed_header(self._schema.names)

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield the wanted columns in tables of at most 50,000 rows, in types that Arrow and the engine share."""
        with open_session(self.place) as session:
            table = self._table(session)
            chosen = table.select(**{f"c{n}": _shared(table[n], self._backend) for n in wanted})
            if self._layout.head:
                chosen = chosen.limit(self._layout.head)
            elif self._layout.relation:
                chosen = chosen.order_by(list(chosen.columns))
            for batch in chosen.to_pyarrow_batches(chunk_size=min(rows, FETCH_ROWS)):
                columns = {name: plain_column(batch.column(name)) for name in batch.schema.names}
                yield numbered(pa.table(columns), self.counts)

    def _table(self, session: Any) -> ibis.Table:
        relation = self._layout.relation
        if self._backend == "postgres":
            # ibis would make a view to learn a query's types, which a session that only reads must not
            query = f"SELECT * FROM {quoted_relation(self.place, relation, 'postgres')}" if relation else self._query
            return session.sql(query, schema=_postgres_schema(session, query))
        if not relation:
            return session.sql(self._query)
        *above, name = relation_parts(self.place, relation, self._dialect)
        return session.table(name, database=above[0] if len(above) == 1 else tuple(above) or None)


def _postgres_schema(session: Any, query: str) -> ibis.Schema:
    """Types of a query's columns as the server describes them, domains by what they are made of."""
    mapper = session.compiler.type_mapper
    cursor = session.raw_sql(f"SELECT * FROM (\n{query.strip().rstrip(';')}\n) AS described LIMIT 0")
    try:
        types = [(column.name, column.type_display) for column in cursor.description]
    finally:
        cursor.close()
    # money comes as text with a sign, which the contract of an amount reads
    return ibis.schema({name: mapper.from_string("text" if kind == "money" else kind) for name, kind in types})


def _shared(value: Value, backend: str) -> Value:
    """Leave numbers, days and truths as they are, and make text or nothing of the rest; done by the server."""
    kind = value.type()
    if kind.is_decimal():
        return _bounded_decimal(value, backend)
    if (kind.is_timestamp() or kind.is_date()) and backend == "postgres":
        return _bounded_day(value)
    if kind.is_binary() or kind.is_array() or kind.is_map() or kind.is_struct():
        return ibis.null(dtypes.string)
    if kind.is_numeric() or kind.is_boolean() or kind.is_string() or kind.is_timestamp() or kind.is_date():
        return value
    return value.cast("string")


def _bounded_decimal(value: Value, backend: str) -> Value:
    """Give a decimal digits that Arrow and the engine can hold; NaN and what is larger are nothing."""
    kind = value.type()
    precision, scale = kind.precision or _DIGITS, kind.scale if kind.precision else _PLACES
    if precision > _DIGITS or not 0 <= scale <= precision:
        precision, scale = _DIGITS, _PLACES
    shared, as_it_is = dtypes.Decimal(precision, scale), (kind.precision, kind.scale) == (precision, scale)
    cast = value if as_it_is else value.cast(shared)
    if backend != "postgres":
        return cast
    # a cast may round up: one less, so that it has room
    bound = Decimal(10) ** (precision - scale) - (0 if as_it_is else 1)
    return ibis.ifelse(value.abs() < ibis.literal(bound, type=dtypes.decimal), cast, ibis.null(shared))


def _bounded_day(value: Value) -> Value:
    """Let a day through that Python can hold; PostgreSQL's infinity is nothing."""
    kind = value.type()
    first, last = (_FIRST, _LAST) if kind.is_timestamp() else (_FIRST.date(), _LAST.date())
    inside = (value >= ibis.literal(first, type=kind)) & (value <= ibis.literal(last, type=kind))
    return ibis.ifelse(inside, value, ibis.null(kind))
