"""What every reader hands on: a file's header, and its rows in chunks with their line numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pyarrow as pa

from custinsight.errors import SourceError
from custinsight.ingest.places import Place
from custinsight.plan import Source
from custinsight.plan_source import Lookup
from custinsight.words import Message

CHUNK_ROWS = 500_000
LINE, RAW = "line", "raw"


@dataclass(frozen=True)
class Layout:
    """How a file is written; the fields are those of :class:`custinsight.plan.Source`.

    ``head`` says that only so many of the first rows are wanted, so that a database need not sort the others.
    """

    encoding: str | None = None
    delimiter: str | None = None
    decimal: str = "."
    header: int = 1
    header_rows: int = 1
    column_names: tuple[str, ...] = ()
    whitespace: bool = False
    sheet: str | None = None
    query: str | None = None
    relation: str | None = None
    head: int | None = None
    date_formats: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Source | Lookup, decimal: str = ".") -> Layout:
        """Take the layout of a source or of a lookup, whose decimal sign is its source's.

        Examples
        --------
        >>> Layout.of(Lookup(path="orders.csv", on={"id": "ID"}, delimiter=";")).delimiter
        ';'
        """
        known = {name: getattr(given, name) for name in cls.__dataclass_fields__ if hasattr(given, name)}
        return cls(**{"decimal": decimal, **known})


@dataclass(frozen=True)
class Unread:
    """A row that could not be read as a row: its line, a reject code and its text."""

    line: int
    code: str
    raw: str


@dataclass
class Counts:
    """Rows that a reader met, counted as it goes.

    Parameters
    ----------
    records : int
        Rows of the file with anything in them, unread ones included.
    unread : list of Unread
    problems : list of Message
        What whoever keeps the file should know about it.
    """

    records: int = 0
    unread: list[Unread] = field(default_factory=list)
    problems: list[Message] = field(default_factory=list)


class RawFile(Protocol):
    """One file or sheet, opened.

    ``header`` holds the column names in order. ``chunks`` yields Arrow tables with a column ``c<position>`` for each
    wanted position (text, or the native type of a typed file), ``line`` (int64, 1-based line or row of the file) and,
    where the file is text, ``raw`` (the row's text). ``iso`` says that days and times come as ISO 8601 text whatever
    the plan's formats are. ``counts`` is complete once the chunks have been read.
    """

    place: Place
    sheet: str
    encoding: str
    header: tuple[str, ...]
    iso: bool
    counts: Counts

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield the rows."""
        ...


def trimmed_header(names: Sequence[str]) -> tuple[str, ...]:
    r"""Column names without blanks around them and line breaks inside.

    Examples
    --------
    >>> trimmed_header([" Order ID ", "Amount\n(net)"])
    ('Order ID', 'Amount (net)')
    """
    return tuple(" ".join(name.replace("\ufeff", "").split()) for name in names)


def file_position(raw: RawFile, name: str, source: Source | None) -> int | None:
    """Position of a column in a file's header; a preset's headers are found in capital and in small letters."""
    return column_position(raw, name, any_case=bool(source and source.preset))


def column_position(raw: RawFile, name: str, *, any_case: bool = False) -> int | None:
    """Position of a column in a file's header; None when there is none.

    Raises
    ------
    SourceError
        Two columns bear the name, so that nobody can tell which is meant.
    """
    wanted = trimmed_header([name])[0]
    found = [position for position, there in enumerate(raw.header) if there == wanted]
    if not found and any_case:
        found = [position for position, there in enumerate(raw.header) if there.casefold() == wanted.casefold()]
    if len(found) > 1:
        raise SourceError(
            "sources.{source}.{key}: {file} must have one column {column}, got {n}. Rename the others in the file.",
            column=repr(name),
            n=len(found),
            **raw.place.names,
        )
    return found[0] if found else None
