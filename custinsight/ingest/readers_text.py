"""Delimited text: csv, txt, tsv, and columns separated by runs of blanks."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from custinsight.errors import SourceError
from custinsight.ingest.encodings import detect_encoding, utf8_blocks
from custinsight.ingest.headers import joined_header
from custinsight.ingest.places import Place
from custinsight.ingest.raw import CHUNK_ROWS, LINE, RAW, Counts, Layout, Unread
from custinsight.ingest.records import MAX_LINES, gather_records, is_regular, loose_fields, strict_fields

DELIMITERS = (",", ";", "\t", "|")
MAX_LINE_BYTES = 1 << 24
_BLANK_ROW = re.compile(r'[\s",;|]*')


class TextFile:
    """A delimited text file, read in blocks of whole lines.

    Parameters
    ----------
    place : Place
    layout : Layout

    Raises
    ------
    SourceError
        No encoding fits, or the file ends before its header.
    """

    iso = False
    sheet = ""

    def __init__(self, place: Place, layout: Layout) -> None:
        self.place = place
        self.layout = layout
        if layout.delimiter and not (len(layout.delimiter) == 1 and layout.delimiter.isascii()):
            raise SourceError(
                "sources.{source}.delimiter must be one sign such as , or ; got {delimiter}.",
                source=place.source,
                delimiter=repr(layout.delimiter)[:20],
            )
        self.encoding = detect_encoding(place, layout.encoding)
        self.counts = Counts()
        head = list(itertools.islice(self._lines(), layout.header - 1 + MAX_LINES))[layout.header - 1 :]
        if layout.column_names:
            self.delimiter = self._delimiter(head[0] if head else b"")
            self.header: tuple[str, ...] = layout.column_names
            self.first_line = layout.header
        else:
            self.delimiter, self.header, self.first_line = self._read_header(head)

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield the rows in tables of about ``rows`` rows: text columns ``c<position>``, ``line`` and ``raw``."""
        parts: list[pa.Table] = []
        for part in self._parts(self._blocks(), wanted):
            parts += [part] if part.num_rows else []
            if sum(table.num_rows for table in parts) >= rows:
                yield pa.concat_tables(parts)
                parts = []
        if parts:
            yield pa.concat_tables(parts)

    def read_some(self, line: int, text: bytes, wanted: Sequence[int]) -> Iterator[pa.Table]:
        """Yield tables of some whole lines of UTF-8 from anywhere in the file.

        Parameters
        ----------
        line : int
            Number of the first line.
        text : bytes
        wanted : sequence of int
        """
        block = self._squeeze(text)
        return self._parts([(line, block, _line_starts(block))], wanted)

    def _parts(self, blocks: Iterable[tuple[int, bytes, np.ndarray]], wanted: Sequence[int]) -> Iterator[pa.Table]:
        """Yield a table per block; a block with quotes that do not pair up takes the careful way."""
        carried: list[tuple[int, bytes]] = []
        for line, block, starts in blocks:
            if carried:
                block = b"".join(text + b"\n" for _, text in carried) + block
                line, carried = carried[0][0], []
                starts = _line_starts(block)
            table = self._read_block(block, starts, line, wanted)
            if table is None:
                lines = ((line + n, text) for n, text in enumerate(block.split(b"\n")[:-1]))
                table, carried = self._read_lines(lines, wanted, final=False)
            yield table
        if carried:
            yield self._read_lines(carried, wanted, final=True)[0]

    def _read_block(self, block: bytes, starts: np.ndarray, line: int, wanted: Sequence[int]) -> pa.Table | None:
        """Read lines that are records; None when some are not."""
        if not self.layout.whitespace and not is_regular(block, starts, self.delimiter):
            return None
        ends = np.append(starts[1:], len(block))
        filled = np.flatnonzero(ends - starts > 1)
        found = self._parse(block, wanted, spanning=False)
        if found is None or found[0].num_rows + len(found[1]) != len(filled):
            return None
        offsets = pa.py_buffer(np.append(starts, len(block)).astype(np.int32))
        raws = pa.StringArray.from_buffers(len(starts), offsets, pa.py_buffer(block))
        if len(filled) != len(starts):
            raws = raws.take(pa.array(filled))
        return self._finish(*found, lines=filled + line, raws=raws, wanted=wanted)

    def _read_lines(
        self, lines: Iterator[tuple[int, bytes]] | list[tuple[int, bytes]], wanted: Sequence[int], *, final: bool
    ) -> tuple[pa.Table, list[tuple[int, bytes]]]:
        """Read lines with quotes that span lines or never close."""
        records = gather_records(lines, self.delimiter, len(self.header), final=final)
        self.counts.unread += records.unread
        self.counts.records += len(records.unread)
        found = self._parse(b"\n".join(records.texts) + b"\n", wanted, spanning=True) if records.texts else None
        if found is None:
            found = pa.table({f"c{n}": pa.array([], pa.string()) for n in wanted}), []
        raws = pa.array([raw.decode() for raw in records.raws], pa.string())
        table = self._finish(*found, lines=np.array(records.lines, np.int64), raws=raws, wanted=wanted)
        return table, records.rest

    def _parse(
        self, block: bytes, wanted: Sequence[int], *, spanning: bool
    ) -> tuple[pa.Table, list[tuple[int, str]]] | None:
        """Parse records with Arrow: the good ones, and number and text of those with too many or too few values."""
        ragged: list[tuple[int, str]] = []

        def skip(row: pa.csv.InvalidRow) -> str:
            ragged.append((row.number - 1, row.text))
            return "skip"

        names = [f"c{n}" for n in range(len(self.header))]
        chosen = [f"c{n}" for n in wanted]
        try:
            table = pa.csv.read_csv(
                pa.BufferReader(block),
                pa.csv.ReadOptions(use_threads=False, block_size=len(block) + 1, column_names=names),
                pa.csv.ParseOptions(
                    delimiter=self.delimiter,
                    quote_char=False if self.layout.whitespace else '"',
                    newlines_in_values=spanning,
                    invalid_row_handler=skip,
                ),
                pa.csv.ConvertOptions(
                    check_utf8=False,
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                    include_columns=chosen,
                ),
            )
        except pa.ArrowInvalid:
            return None
        return table, ragged

    def _finish(
        self,
        table: pa.Table,
        ragged: list[tuple[int, str]],
        *,
        lines: np.ndarray,
        raws: pa.StringArray,
        wanted: Sequence[int],
    ) -> pa.Table:
        """Add line numbers and raw text, bring back rows that are only followed by blanks, drop blank rows."""
        good = np.ones(len(lines), bool)
        good[[number for number, _ in ragged]] = False
        if ragged:
            raws = raws.take(pa.array(np.flatnonzero(good)))
        table = table.append_column(LINE, pa.array(lines[good], pa.int64())).append_column(RAW, raws)
        table = _drop_blank(table)
        self.counts.records += table.num_rows
        rescued = [row for number, text in ragged if (row := self._rescue(int(lines[number]), text, wanted))]
        if not rescued:
            return table
        return pa.concat_tables([table, pa.Table.from_pylist(rescued, table.schema)]).sort_by(LINE)

    def _rescue(self, line: int, text: str, wanted: Sequence[int]) -> dict[str, object] | None:
        """Keep a row whose surplus values are all empty; reject another; a blank line is neither."""
        if _BLANK_ROW.fullmatch(text):
            return None
        self.counts.records += 1
        fields = text.split("\t") if self.layout.whitespace else loose_fields(text.encode(), self.delimiter)
        if len(fields) <= len(self.header) or any(map(str.strip, fields[len(self.header) :])):
            self.counts.unread.append(Unread(line, "RAGGED_ROW", text))
            return None
        return {**{f"c{n}": fields[n] for n in wanted}, LINE: line, RAW: text}

    def _blocks(self) -> Iterator[tuple[int, bytes, np.ndarray]]:
        """Yield blocks of whole lines behind the header, with the number of the first line and where each starts."""
        line, rest = 1, b""
        for piece in itertools.chain(utf8_blocks(self.place.path, self.encoding), [b"\n"]):
            end = piece.rfind(b"\n") + 1
            if not end:
                rest += piece
                self._require_lines(rest)
                continue
            block, rest = self._squeeze(rest + piece[:end]), piece[end:]
            starts = _line_starts(block)
            skipped = min(max(self.first_line - line, 0), len(starts))
            if skipped < len(starts):
                cut = int(starts[skipped])
                yield line + skipped, block[cut:] if cut else block, starts[skipped:] - cut
            line += len(starts)

    def _squeeze(self, block: bytes) -> bytes:
        """Turn runs of blanks into one tab where they separate columns."""
        if not self.layout.whitespace:
            return block
        return re.sub(rb"^\t|\t$", b"", re.sub(rb"[ \t]+", b"\t", block), flags=re.MULTILINE)

    def _lines(self) -> Iterator[bytes]:
        """Yield the file's lines one by one; only its head is ever read this way."""
        rest = b""
        for piece in utf8_blocks(self.place.path, self.encoding, size=1 << 16):
            *lines, rest = (rest + piece).split(b"\n")
            self._require_lines(rest)
            yield from lines
        if rest:
            yield rest

    def _require_lines(self, rest: bytes) -> None:
        if len(rest) > MAX_LINE_BYTES:
            raise SourceError(
                "sources.{source}.{key}: {file} must have lines shorter than 16 MB, got a longer one. Export it again.",
                **self.place.names,
            )

    def _delimiter(self, header: bytes) -> str:
        """Take the declared delimiter, or the one that the header line holds most often outside quotes."""
        if self.layout.whitespace:
            return "\t"
        if self.layout.delimiter:
            return self.layout.delimiter
        bare = re.sub(rb'"[^"]*"', b"", header).decode()
        return max(DELIMITERS, key=bare.count)

    def _read_header(self, lines: list[bytes]) -> tuple[str, tuple[str, ...], int]:
        """Delimiter, column names and the line behind them; a name may span lines when it is quoted."""
        rows: list[list[str]] = []
        delimiter = self._delimiter(lines[0] if lines else b"")
        at, lines = 0, [self._squeeze(line) for line in lines]
        for _ in range(self.layout.header_rows):
            if not lines[at:] or not (rows or lines[0].strip()):
                raise SourceError(
                    "sources.{source}.header: {file} must have its column names in line {line}, got an empty line.",
                    source=self.place.source,
                    file=self.place.file,
                    line=self.layout.header + at,
                )
            fields, used = _first_record(lines[at:], delimiter)
            rows.append(fields)
            at += used
        return delimiter, joined_header(rows), self.layout.header + at


def _first_record(lines: list[bytes], delimiter: str) -> tuple[list[str], int]:
    """Values of the first record and how many lines it spans."""
    for used in range(1, len(lines) + 1):
        fields = strict_fields(b"\n".join(lines[:used]), delimiter)
        if fields is not None:
            return fields, used
    return loose_fields(lines[0], delimiter), 1


def _line_starts(block: bytes) -> np.ndarray:
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == 10)
    return np.concatenate([[0], ends[:-1] + 1])


def _drop_blank(table: pa.Table) -> pa.Table:
    """Drop rows of nothing but delimiters; the wanted columns are looked at first, then the row's text."""
    columns = [name for name in table.column_names if name not in (LINE, RAW)]
    if not columns or not table.num_rows:
        return table
    empty = None
    for name in columns:
        here = pc.equal(table[name], "")
        empty = here if empty is None else pc.and_(empty, here)
        if not pc.any(empty).as_py():
            return table
    rows = np.flatnonzero(np.asarray(empty))
    blank = [row for row in rows if _BLANK_ROW.fullmatch(table[RAW][int(row)].as_py())]
    if not blank:
        return table
    keep = np.ones(table.num_rows, bool)
    keep[blank] = False
    return table.filter(pa.array(keep))
