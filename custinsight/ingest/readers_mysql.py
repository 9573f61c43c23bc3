"""A table, a view or a query of MySQL or MariaDB, read in batches.

Not through ibis, which takes a whole result at once, its decimals through floats and its years through eight bits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import sqlglot

from custinsight.ingest.places import Place
from custinsight.ingest.raw import CHUNK_ROWS, Counts, Layout, trimmed_header
from custinsight.ingest.readers_ibis import FETCH_ROWS
from custinsight.ingest.readers_typed import numbered, one_select
from custinsight.ingest.relations import quoted_relation
from custinsight.ingest.sessions import open_session

_BINARY = 63
"""Character set of what is no text."""
_UNSIGNED = 32
_DIGITS, _PLACES = 38, 10


class MysqlTable:
    """Rows of a relation, sorted by all columns that are read, or of a query, in its own order.

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
        self.counts = Counts()
        self._rows = (
            quoted_relation(place, layout.relation, "mysql")
            if layout.relation
            else f"({_without_comments(one_select(place, layout.query, 'mysql'))}) AS asked"
        )
        with open_session(place) as session, session.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {self._rows} LIMIT 0")
            self._names = [column[0] for column in cursor.description]
        self.header = trimmed_header(self._names)

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield the wanted columns in tables of at most 50,000 rows."""
        whole = not (self._layout.relation or self._layout.head)
        with open_session(self.place) as session, session.cursor() as cursor:
            cursor.execute(self._whole_query() if whole else self._chosen(wanted))
            # a query's columns are chosen here: the server would forget the order of a query inside another one
            picked = {n: n if whole else position for position, n in enumerate(wanted)}
            # pymysql keeps a column's scale and character set to itself
            types = {n: _arrow_type(cursor._result.fields[at]) for n, at in picked.items()}
            while batch := cursor.fetchmany(min(rows, FETCH_ROWS)):
                columns = list(zip(*batch, strict=True))
                table = pa.table({f"c{n}": _column(columns[at], types[n]) for n, at in picked.items()})
                yield numbered(table, self.counts)

    def _whole_query(self) -> str:
        return self._rows.removeprefix("(").removesuffix(") AS asked")

    def _chosen(self, wanted: Sequence[int]) -> str:
        names = ", ".join(sqlglot.exp.to_identifier(self._names[n], quoted=True).sql("mysql") for n in wanted)
        if self._layout.head:
            return f"SELECT {names} FROM {self._rows} LIMIT {self._layout.head}"
        order = ", ".join(str(n) for n in range(1, len(wanted) + 1))
        return f"SELECT {names} FROM {self._rows} ORDER BY {order}"


def _without_comments(query: str) -> str:
    """Write a query anew: MySQL would run what stands in some of its comments, unseen by the check."""
    return sqlglot.parse_one(query, dialect="mysql").sql("mysql", comments=False)


def _arrow_type(field: Any) -> pa.DataType:
    """Type of a column by how the server describes it; null for what is no table's business."""
    from pymysql.constants import FIELD_TYPE as KIND

    kind = field.type_code
    if kind in (KIND.DECIMAL, KIND.NEWDECIMAL):
        return pa.decimal128(_DIGITS, min(field.scale, _PLACES) if field.length > _DIGITS else field.scale)
    if kind in (KIND.TINY, KIND.SHORT, KIND.LONG, KIND.INT24, KIND.YEAR, KIND.BIT):
        return pa.int64()
    if kind == KIND.LONGLONG:
        return pa.decimal128(20, 0) if field.flags & _UNSIGNED else pa.int64()
    if kind in (KIND.FLOAT, KIND.DOUBLE):
        return pa.float64()
    if kind in (KIND.DATE, KIND.NEWDATE):
        return pa.date32()
    if kind in (KIND.DATETIME, KIND.TIMESTAMP):
        return pa.timestamp("us")
    blob = kind in (KIND.TINY_BLOB, KIND.BLOB, KIND.MEDIUM_BLOB, KIND.LONG_BLOB, KIND.STRING, KIND.VAR_STRING)
    return pa.null() if kind == KIND.GEOMETRY or (blob and field.charsetnr == _BINARY) else pa.string()


def _column(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_null(kind):
        return pa.nulls(len(values), pa.string())
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return pa.array([_fitted(value, kind) for value in values], kind)


def _fitted(value: Any, kind: pa.DataType) -> Any:
    """Value in a column's type; nothing for MySQL's days that do not exist, such as 0000-00-00."""
    if value is None:
        return None
    if pa.types.is_string(kind):
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    if pa.types.is_integer(kind):
        return int.from_bytes(value, "big") if isinstance(value, bytes) else int(value)
    if pa.types.is_decimal(kind):
        fits = abs(value) < Decimal(10) ** (kind.precision - kind.scale)
        return round(Decimal(value), kind.scale) if fits else None
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return value if isinstance(value, dt.date) else None
    return value
