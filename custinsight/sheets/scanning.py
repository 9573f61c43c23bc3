"""Looks at a workbook's XML in a process of its own: ``python -m custinsight.sheets.scanning JOB``.

calamine hands on an empty text for an error and for a formula that was never calculated, a number without the zeros
that its format puts before it, and nothing about hidden rows; the XML tells. The answer on standard output is a line of
JSON, the fields of :class:`Scan`, and behind it the cells without a value as 64-bit integers, row * 16384 + column.
"""

from __future__ import annotations

import contextlib
import json
import os
import posixpath
import re
import sys
import zipfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from xml.etree import ElementTree

from custinsight.sheets.limits import limit_process

MAX_CELLS = 60_000_000
COLUMNS = 16_384
TOO_MANY_CELLS, MARKUP, DAMAGED = "too many cells", "markup", "damaged"
_PIECE = 1 << 22
_LONGEST_ROW = 1 << 26
_END = 1 << 16
_LARGEST_PART = 1 << 25
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension[^>]*ref="(?:[A-Z]{1,3}\d{1,7}:)?([A-Z]{1,3})(\d{1,7})"')
_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_HIDDEN = re.compile(rb'\bhidden="(?:1|true)"')
_UNSHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


@dataclass
class Scan:
    """What a sheet's XML tells.

    Parameters
    ----------
    fault : str
        Why the workbook must not be read; empty when it may.
    hidden_rows : int
        Hidden rows behind the header that hold cells.
    hidden_columns : list of list of int
        First and last of each run of hidden columns, counted from 0.
    zeros : list of int
        Columns in which a number format writes leading zeros that the numbers do not have.
    date_1904 : bool
        Days are counted from 1904.
    """

    fault: str = ""
    hidden_rows: int = 0
    hidden_columns: list[list[int]] = field(default_factory=list)
    zeros: list[int] = field(default_factory=list)
    date_1904: bool = False


def main() -> None:
    """Answer one job: ``{"path", "sheet", "head"}``."""
    job = json.loads(sys.argv[1])
    limit_process()
    empty = array("q")
    try:
        found = scan_workbook(job["path"], job["sheet"], job["head"], empty)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, KeyError, RuntimeError, MemoryError):
        found = Scan(DAMAGED)
    with os.fdopen(os.dup(1), "wb") as out:
        out.write(json.dumps(asdict(found)).encode() + b"\n")
        out.write(empty.tobytes())


def scan_workbook(path: str, sheet: str, head: int, empty: array[int]) -> Scan:
    """Look at a sheet of a zipped workbook; of kinds other than xlsx only the markup is looked at.

    Parameters
    ----------
    path, sheet : str
    head : int
        Rows down to the header; what they hide is not counted.
    empty : array of int
        Takes the cells that hold an error or a formula without a value.
    """
    with zipfile.ZipFile(path) as archive:
        if any(_has_doctype(archive, name) for name in archive.namelist() if name.endswith((".xml", ".rels"))):
            return Scan(MARKUP)
        book = _parse(archive, "xl/workbook.xml")
        part = None if book is None else _sheet_part(archive, book, sheet)
        if book is None or part is None:
            return Scan()
        found = Scan(date_1904=any(one.get("date1904") in ("1", "true") for one in _named(book, "workbookPr")))
        scanner = _SheetScanner(found, head, _zero_styles(archive), empty)
        for piece in _pieces(archive, part):
            scanner.take(piece)
            if found.fault:
                break
        found.zeros.sort()
        return found


class _SheetScanner:
    """Takes a sheet's XML piece by piece; plain searches come first, since most pieces hold nothing of interest."""

    def __init__(self, found: Scan, head: int, zero_styles: Sequence[str], empty: array[int]) -> None:
        self.found, self.head, self.empty = found, head, empty
        self.rows = self.columns = 0
        self.styles = [f's="{style}"'.encode() for style in zero_styles]
        self.prefix, self.is_started = b"", False

    def take(self, piece: bytes) -> None:
        """Look at a piece that ends behind a row."""
        if not self.is_started:
            self._start(piece)
        for letters, row in {(letters, row) for letters, row in _REFERENCE.findall(piece[-_END:])}:
            self._reach(letters, row)
        if b"hidden=" in piece:
            self._count_hidden(piece)
        for style in self.styles:
            if style in piece:
                found = re.findall(rb'<%bc r="([A-Z]{1,3})\d+" %b(?: t="n")?>' % (self.prefix, style), piece)
                self.found.zeros += sorted({_column(letters) for letters in found} - set(self.found.zeros))
        for mark in (b"</%bf></%bc>" % (self.prefix, self.prefix), b"/></%bc>" % self.prefix, b"<%bv></" % self.prefix):
            self._find_empty(piece, mark)
        self._find_empty(piece, b't="e"')

    def _start(self, piece: bytes) -> None:
        """Read what stands before the rows."""
        root = re.search(rb"<(\w+:)?worksheet", piece)
        self.prefix, self.is_started = (root and root[1]) or b"", True
        before, _, _ = piece.partition(b"<%bsheetData" % self.prefix)
        for letters, row in _DIMENSION.findall(before):
            self._reach(letters, row)
        for column in re.findall(rb"<%bcol\s[^>]*>" % self.prefix, before):
            ends = dict(re.findall(rb'\b(min|max)="(\d{1,5})"', column))
            if _HIDDEN.search(column) and len(ends) == 2:
                self.found.hidden_columns.append([int(ends[b"min"]) - 1, int(ends[b"max"]) - 1])

    def _reach(self, letters: bytes, row: bytes) -> None:
        self.rows, self.columns = max(self.rows, int(row)), max(self.columns, _column(letters) + 1)
        if self.rows * self.columns > MAX_CELLS:
            self.found.fault = TOO_MANY_CELLS

    def _count_hidden(self, piece: bytes) -> None:
        for row in re.findall(rb"<%brow\s([^>]*)>" % self.prefix, piece):
            number = re.search(rb'\br="(\d{1,7})"', row)
            if _HIDDEN.search(row) and not row.endswith(b"/") and number and int(number[1]) > self.head:
                self.found.hidden_rows += 1

    def _find_empty(self, piece: bytes, mark: bytes) -> None:
        """Find the cells around a mark, and keep those with an error or a formula that has no value."""
        prefix = self.prefix
        at = piece.find(mark)
        while at >= 0:
            start = piece.rfind(b"<%bc " % prefix, max(at - _END, 0), at)
            end = piece.find(b"</%bc>" % prefix, at)
            cell = piece[start : end if end > 0 else len(piece)] if start >= 0 else b""
            opening, _, body = cell.partition(b">")
            is_empty = b"<%bf" % prefix in body and not re.search(rb"<%bv[^>/]*>[^<]" % prefix, body)
            place = _REFERENCE.search(opening)
            # a formula that holds an error bears two marks, and counts at the one of its error
            if place and (mark == b't="e"' if b't="e"' in opening else is_empty):
                self.empty.append(int(place[2]) * COLUMNS + _column(place[1]))
            at = piece.find(mark, at + len(mark))


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a sheet's XML in pieces that end behind a row."""
    rest: list[bytes] = []
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            end = piece.rfind(b"row>") + 4
            if end < 4 and sum(map(len, rest)) < _LONGEST_ROW:
                rest.append(piece)
                continue
            yield b"".join([*rest, piece[:end]])
            rest = [piece[end:]]
    yield b"".join(rest)


def _has_doctype(archive: zipfile.ZipFile, name: str) -> bool:
    """Whether a part declares a document type, whose entities could swell or read other files."""
    with archive.open(name) as stream:
        head = stream.read(_END)
    return b"<!DOCTYPE" in head or b"<!ENTITY" in head


def _parse(archive: zipfile.ZipFile, name: str) -> ElementTree.Element | None:
    """Parse a small part; None where it is missing, too large or damaged, and then nothing can be said about it."""
    with contextlib.suppress(KeyError, ElementTree.ParseError):
        if archive.getinfo(name).file_size <= _LARGEST_PART:
            return ElementTree.fromstring(archive.read(name))
    return None


def _named(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """Yield elements by their name alone; the strict and the usual kind of xlsx differ in their namespaces."""
    return (one for one in root.iter() if one.tag.rpartition("}")[2] == name)


def _sheet_part(archive: zipfile.ZipFile, book: ElementTree.Element, sheet: str) -> str | None:
    """Name of the part that holds a sheet."""
    links = _parse(archive, "xl/_rels/workbook.xml.rels")
    entry = next((one for one in _named(book, "sheet") if one.get("name") == sheet), None)
    if links is None or entry is None:
        return None
    wanted = next((value for key, value in entry.attrib.items() if key.endswith("}id")), None)
    target = next((link.get("Target") for link in links if wanted and link.get("Id") == wanted), None)
    if not target:
        return None
    part = posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    return part if part in archive.namelist() else None


def _zero_styles(archive: zipfile.ZipFile) -> list[str]:
    """Numbers of the cell styles whose number format writes leading zeros."""
    styles = _parse(archive, "xl/styles.xml")
    if styles is None:
        return []
    formats = {one.get("numFmtId") for one in _named(styles, "numFmt") if shows_zeros(one.get("formatCode") or "")}
    cells = next(_named(styles, "cellXfs"), None)
    return [str(n) for n, style in enumerate(cells if cells is not None else ()) if style.get("numFmtId") in formats]


def shows_zeros(code: str) -> bool:
    """Whether a number format writes a whole number with leading zeros.

    Examples
    --------
    >>> [shows_zeros(code) for code in ("00000", '"K"000000;-0', "0", "0.00", "yyyy-mm-dd")]
    [True, True, False, False, False]
    """
    return bool(re.fullmatch(r"0{2,}[0 ()/-]*", _UNSHOWN.sub("", code.split(";")[0]).strip()))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


if __name__ == "__main__":
    main()
