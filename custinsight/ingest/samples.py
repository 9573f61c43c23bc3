"""A first look at a file that nobody has described: how it is written, its header, and some of its rows as text."""

from __future__ import annotations

import collections
import csv
import dataclasses
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from custinsight.errors import SourceError
from custinsight.ingest.encodings import detect_encoding, utf8_blocks
from custinsight.ingest.evidence import Evidence, look_at
from custinsight.ingest.places import Place, file_kind
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers import open_file

ROWS = 20_000
"""Rows that are read; values are looked at in some of them, keys in all."""
LOOKED_AT = 2_000
HEAD_LINES = 40
_DELIMITERS = (",", ";", "\t", "|")
_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND substr(name, 1, 7) <> 'sqlite_'",
    "duckdb": "SELECT table_name FROM information_schema.tables ORDER BY table_name",
}


@dataclass(frozen=True)
class Sample:
    """A file as it was found.

    Parameters
    ----------
    place : Place
    layout : Layout
        How it is written; what a reader finds out by itself is left open.
    header : tuple of str
        Column names; made up where the file has none.
    columns : tuple of tuple of str
        Values of each column in the rows that were read.
    is_typed : bool
        The file's columns have types of their own.
    """

    place: Place
    layout: Layout
    header: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    is_typed: bool = False

    @property
    def rows(self) -> int:
        """Rows that were read."""
        return len(self.columns[0]) if self.columns else 0

    def evidence(self) -> list[Evidence]:
        """What each column looks like, by rows from all over those that were read."""
        step = max(1, self.rows // LOOKED_AT)
        return [look_at(column[::step][:LOOKED_AT]) for column in self.columns]


def read_sample(place: Place, layout: Layout | None = None) -> Sample:
    """Find out how a file is written, and read its first rows.

    Parameters
    ----------
    place : Place
    layout : Layout, optional
        Found out when not given.

    Raises
    ------
    SourceError
        The file cannot be read as a table.
    """
    layout = layout or find_layout(place)
    raw = open_file(place, layout)
    chunk = next(raw.chunks(range(len(raw.header)), ROWS), None)
    columns = tuple(_texts(chunk, n) for n in range(len(raw.header)))
    typed = chunk is not None and file_kind(place, layout.encoding) in ("parquet", *_TABLES)
    return Sample(place, layout, raw.header, columns, typed)


def find_layout(place: Place) -> Layout:
    """Find out encoding, delimiter, line of the header, and whether there is a header at all.

    Raises
    ------
    SourceError
        The file is empty, damaged or no table.
    """
    kind = file_kind(place)
    if kind == "text":
        return _text_layout(place)
    return _sheet_layout(place) if kind == "sheet" else Layout()


def database_tables(place: Place) -> list[str]:
    """Names of the tables of a database file; none for other files."""
    kind = file_kind(place)
    if kind not in _TABLES:
        return []
    raw = open_file(place, Layout(query=_TABLES[kind]))
    return [str(name) for chunk in raw.chunks([0]) for name in chunk["c0"].to_pylist()]


def _texts(chunk: pa.Table | None, n: int) -> tuple[str, ...]:
    if chunk is None:
        return ()
    # typed days become ISO 8601, whole numbers lose their point
    return tuple(_text(value) for value in chunk[f"c{n}"].slice(0, ROWS).to_pylist())


def _text(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value).removesuffix(" 00:00:00")


def _text_layout(place: Place) -> Layout:
    encoding, name = None, ""
    try:
        name = detect_encoding(place)
    except SourceError:
        # what is neither UTF-8 nor GB 18030 is most often Western; the plan says so, and the user sees it
        encoding = name = "latin-1"
    blocks = itertools.islice(utf8_blocks(place.path, name, size=1 << 16), 2)
    lines = b"".join(blocks).decode(errors="replace").split("\n")[:HEAD_LINES]
    delimiter, whitespace = _delimiter(lines)
    cells = [_split(line, delimiter, whitespace) for line in lines]
    header = _header_line(cells)
    layout = Layout(encoding=encoding or _named(name), whitespace=whitespace, header=header)
    first = cells[header - 1] if header <= len(cells) else []
    if not whitespace and max(_DELIMITERS, key=lines[header - 1].count) != delimiter:
        layout = dataclasses.replace(layout, delimiter=delimiter)
    return _with_names(layout, first)


def _named(encoding: str) -> str | None:
    """Say an encoding in the plan where it is not the one that is tried first."""
    return None if encoding in ("utf-8", "utf-8-sig") else encoding


def _delimiter(lines: Sequence[str]) -> tuple[str, bool]:
    """The sign that cuts most lines into the same number of parts, or runs of blanks."""
    best, most = ",", 0
    for sign in _DELIMITERS:
        width, count = _usual(len(_split(line, sign, False)) for line in lines if line.strip())
        if width > 1 and count * min(width, 8) > most:
            best, most = sign, count * min(width, 8)
    filled = [line for line in lines if line.strip()]
    width, count = _usual(len(line.split()) for line in filled)
    is_blank = not most and width > 1 and count >= 0.8 * len(filled)
    return best, is_blank


def _usual(widths: object) -> tuple[int, int]:
    counts = collections.Counter(widths)  # type: ignore[call-overload]
    return max(counts.items(), key=lambda item: (item[1] if item[0] > 1 else 0, item[0]), default=(0, 0))


def _split(line: str, delimiter: str, whitespace: bool) -> list[str]:
    if whitespace:
        return line.split()
    return next(csv.reader([line], delimiter=delimiter), [])


def _header_line(rows: Sequence[Sequence[str]]) -> int:
    """Number of the first row that is as wide as most rows are and nearly full: titles above it are narrower."""
    width, _ = _usual(_width(row) for row in rows if _width(row))
    for number, row in enumerate(rows, 1):
        filled = sum(1 for cell in row if str(cell).strip())
        if filled >= 2 and filled >= 0.6 * max(width, 2):
            return number
    return 1


def _width(row: Sequence[str]) -> int:
    """Cells up to the last one that holds anything."""
    return max((n for n, cell in enumerate(row, 1) if str(cell).strip()), default=0)


def _sheet_layout(place: Place) -> Layout:
    """Look at the top of the first visible sheet, without taking any of its rows for a header."""
    raw: RawFile = open_file(place, Layout(column_names=tuple(f"column {n}" for n in range(1, 257))))
    chunk = next(raw.chunks(range(256), HEAD_LINES), None)
    if chunk is None:
        return Layout()
    lines = chunk["line"].to_pylist()
    wide = [name for name in chunk.column_names if name != "line"]
    cells = [[chunk[name][n].as_py() or "" for name in wide] for n in range(chunk.num_rows)]
    number = _header_line(cells)
    return _with_names(Layout(header=int(lines[number - 1])), cells[number - 1])


def _with_names(layout: Layout, first: Sequence[str]) -> Layout:
    """Make names up where the first row is no header but data: then none of it may be shown as a column's name."""
    filled = [cell for cell in (str(cell).strip() for cell in first) if cell]
    if filled and sum(1 for cell in filled if _is_value(cell)) >= 0.4 * len(filled):
        names = tuple(f"column_{n}" for n in range(1, _width(first) + 1))
        return dataclasses.replace(layout, column_names=names)
    return layout


def _is_value(cell: str) -> bool:
    found = look_at([cell])
    return bool(found.dates or found.numbers or found.shapes["email"] or found.shapes["mobile"]) and not re.fullmatch(
        r"(19|20)\d\d", cell
    )
