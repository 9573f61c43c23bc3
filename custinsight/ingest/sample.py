"""Some rows of a file, from its head and from all over it: enough to judge it without reading it whole."""

from __future__ import annotations

import itertools
import mmap
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa

from custinsight.ingest.raw import CHUNK_ROWS, LINE, Counts, RawFile
from custinsight.ingest.readers_sheet import SheetFile
from custinsight.ingest.readers_text import TextFile
from custinsight.ingest.readers_typed import ParquetFile
from custinsight.ingest.records import MAX_LINES

_SPREAD = (TextFile, ParquetFile, SheetFile)
PLACES = 20
"""Places behind the head of a file that rows are taken from."""
_STEP = 1 << 24
_WIDE = ("utf-16", "utf-32", "utf-7", "iso2022", "hz")
"""Encodings in which a byte that looks like a line end may be a part of something else."""


class SampledFile:
    """A file of which at most ``rows`` rows are handed on: all of a small one, of a large one half head, half spread.

    A database, and text of two bytes a sign, are read from their heads only, for nothing else is cheap there.

    Parameters
    ----------
    raw : RawFile
    rows : int

    Attributes
    ----------
    size : int or None
        Rows or lines of the whole file, once it was read; None when nobody knows.
    counted : str
        ``rows``, ``lines`` (behind the header, some of which may be blank or go on with the one before), or empty.
    """

    def __init__(self, raw: RawFile, rows: int) -> None:
        self.place, self.sheet, self.encoding = raw.place, raw.sheet, raw.encoding
        self.header, self.iso, self.counts = raw.header, raw.iso, Counts()
        self.delimiter = getattr(raw, "delimiter", "\t")
        self.size: int | None = None
        self.counted = ""
        self._raw, self._rows = raw, max(rows, 2)

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield the rows of the sample, in the order of the file."""
        coming = self._raw.chunks(wanted, min(rows, self._rows))
        head = _first_chunks(coming, self._rows + 1)
        if sum(map(len, head)) <= self._rows:
            self._count(self._raw.counts.records, "rows")
            self.counts.records, self.counts.unread = self._raw.counts.records, self._raw.counts.unread
            yield from head
            return
        table = pa.concat_tables(head, promote_options="permissive").slice(0, self._head_rows())
        last = table[LINE][-1].as_py()
        self.counts.unread = [row for row in self._raw.counts.unread if row.line <= last]
        self.counts.records = len(table) + len(self.counts.unread)
        yield table
        for part in self._spread(itertools.chain(head, coming), wanted, last):
            self.counts.records += len(part)
            yield part

    def _head_rows(self) -> int:
        """Rows that are taken of the head: all of them where the rest cannot be reached cheaply."""
        is_wide = self.encoding.lower().replace("_", "-").startswith(_WIDE)
        return self._rows if is_wide or not isinstance(self._raw, _SPREAD) else self._rows // 2

    def _spread(self, chunks: Iterator[pa.Table], wanted: Sequence[int], last: int) -> Iterator[pa.Table]:
        """Yield rows behind the head's last line."""
        rows = self._rows - self._head_rows()
        if not rows:
            return
        if isinstance(self._raw, TextFile):
            yield from self._lines_of_text(self._raw, wanted, rows, last)
        elif isinstance(self._raw, ParquetFile):
            self._count(self._raw.rows, "rows")
            yield from _thinned(self._raw.some_groups(wanted, PLACES // 2), rows, last)
        elif isinstance(self._raw, SheetFile):
            # a sheet lies in memory as a whole
            yield from _thinned([pa.concat_tables(chunks)], rows, last)
            self._count(self._raw.counts.records, "rows")

    def _lines_of_text(self, file: TextFile, wanted: Sequence[int], rows: int, last: int) -> Iterator[pa.Table]:
        """Read some lines at each of a few places; what cannot be read at their ends may be a part of something."""
        blocks, lines = _blocks_at_places(file, -(-rows // PLACES), last)
        self._count(lines - file.first_line + 1, "lines")
        for line, block in blocks:
            before, last = len(file.counts.unread), line + block.count(b"\n") - MAX_LINES
            yield from (part for part in file.read_some(line, block, wanted) if part.num_rows)
            unread = [row for row in file.counts.unread[before:] if line + MAX_LINES <= row.line < last]
            self.counts.unread += unread
            self.counts.records += len(unread)

    def _count(self, size: int, counted: str) -> None:
        self.size, self.counted = size, counted


def _first_chunks(chunks: Iterator[pa.Table], rows: int) -> list[pa.Table]:
    """Take chunks until there are so many rows."""
    taken: list[pa.Table] = []
    while sum(map(len, taken)) < rows and (chunk := next(chunks, None)) is not None:
        taken.append(chunk)
    return taken


def _thinned(tables: Iterable[pa.Table], rows: int, last: int) -> Iterator[pa.Table]:
    """Take rows at even distances behind the last one seen, the same number of each table."""
    behind = [table.slice(int(np.searchsorted(table[LINE].to_numpy(), last, side="right"))) for table in tables]
    behind = [table for table in behind if table.num_rows]
    for table in behind:
        n = min(max(rows // len(behind), 1), table.num_rows)
        yield table.take(pa.array(np.unique(np.linspace(0, table.num_rows - 1, n).astype(np.int64))))


def _blocks_at_places(file: TextFile, lines: int, last: int) -> tuple[list[tuple[int, bytes]], int]:
    """Blocks of so many lines at even distances behind a line, and the number of lines of the whole file."""
    blocks: list[tuple[int, bytes]] = []
    with file.place.path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        size, seen, line = len(content), 0, 1
        first = _behind_lines(content, 0, last) or size
        step = (size - first) // PLACES
        for place in range(first, size, step + 1):
            start = _behind_lines(content, place - 1, 1)
            if not start or start == size:
                break
            line, seen = line + _count_lines(content, seen, start), start
            end = _behind_lines(content, start, lines, start + step) or size
            text = content[start:end].decode(_plain(file.encoding)).replace("\r\n", "\n").replace("\r", "\n")
            blocks.append((line, (text if text.endswith("\n") else f"{text}\n").encode()))
        line += _count_lines(content, seen, size)
        return blocks, line - 1 if content[size - 1] in b"\r\n" else line


def _behind_lines(content: mmap.mmap, start: int, lines: int, most: int | None = None) -> int:
    """Place behind so many lines, or behind the first that ends later than ``most``; 0 when there are fewer."""
    for _ in range(lines):
        start = content.find(b"\n", start) + 1
        if not start or (most is not None and start > most):
            break
    return start


def _count_lines(content: mmap.mmap, start: int, end: int) -> int:
    """Line ends of all systems between two places."""
    count = 0
    for at in range(start, end, _STEP):
        part = content[at : min(at + _STEP, end)]
        returns = part.count(b"\r")
        count += part.count(b"\n") + returns
        count -= content[at : min(at + _STEP, end) + 1].count(b"\r\n") if returns else 0
    return count


def _plain(encoding: str) -> str:
    """Encoding of text behind a byte order mark."""
    return "utf-8" if encoding == "utf-8-sig" else encoding
