"""A workbook looked at from outside: whether it is small enough to open, and which formulas hold no value.

calamine hands on an empty text for an error and for a formula that was never calculated; only the file's XML tells
them from a cell that nobody filled in.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from xml.etree import ElementTree

from custinsight.errors import SourceError
from custinsight.ingest.places import Place

MAX_BYTES = 1 << 30
MAX_RATIO = 300
MAX_CELLS = 60_000_000
_SMALL = 50 << 20
_PIECE = 1 << 22
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINKS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_CELL = re.compile(rb'<c\s[^>]*?r="([A-Z]{1,3})(\d{1,7})"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_VALUE = re.compile(rb"<v[^>]*>[^<]|<is>")
_REFERENCE = re.compile(rb'r="([A-Z]{1,3})(\d{1,7})"')
_DIMENSION = re.compile(rb'<dimension[^>]*ref="(?:[A-Z]{1,3}\d{1,7}:)?([A-Z]{1,3})(\d{1,7})"')


def require_safe_workbook(place: Place) -> None:
    """Refuse a workbook that would unpack to more than can be read.

    Raises
    ------
    SourceError
        The unpacked size, its ratio to the packed one, or the number of cells is too large.
    """
    if not zipfile.is_zipfile(place.path):
        return
    with zipfile.ZipFile(place.path) as archive:
        entries = archive.infolist()
        size = sum(entry.file_size for entry in entries)
        packed = max(sum(entry.compress_size for entry in entries), 1)
        if size > MAX_BYTES or (size > _SMALL and size / packed > MAX_RATIO):
            raise SourceError(
                "sources.{source}.{key}: {file} must unpack to less than 1 GB, got more. Export it as csv.",
                **place.names,
            )
        for entry in entries:
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", entry.filename) and _cells(archive, entry) > MAX_CELLS:
                raise SourceError(
                    "sources.{source}.{key}: {file} must hold at most {n} cells, got a sheet with more. "
                    "Delete the empty rows and columns behind the data, or export it as csv.",
                    n=MAX_CELLS,
                    **place.names,
                )


def empty_formulas(place: Place, sheet: str) -> dict[int, set[int]]:
    """Cells of an xlsx sheet that hold an error or a formula without a value.

    Parameters
    ----------
    place : Place
    sheet : str
        Name of the sheet.

    Returns
    -------
    dict of int to set of int
        Row, counted from 1, to columns, counted from 0; empty for other kinds of workbooks.
    """
    found: dict[int, set[int]] = {}
    if not zipfile.is_zipfile(place.path):
        return found
    with zipfile.ZipFile(place.path) as archive:
        part = _sheet_part(archive, sheet)
        if part is None:
            return found
        for piece in _pieces(archive, part):
            if b"<f" not in piece and b't="e"' not in piece:
                continue
            for column, row, attributes, body in _CELL.findall(piece):
                if b't="e"' in attributes or (b"<f" in body and not _VALUE.search(body)):
                    found.setdefault(int(row), set()).add(_column_number(column) - 1)
    return found


def _cells(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    """Cells that a sheet says it has, or that its last cells say, whichever is more."""
    head = tail = b""
    with archive.open(entry) as stream:
        while piece := stream.read(_PIECE):
            head = head or piece[:65536]
            tail = (tail + piece)[-65536:]
    ends = [*_DIMENSION.findall(head), *_REFERENCE.findall(tail)]
    rows = max((int(row) for _, row in ends), default=0)
    return rows * max((_column_number(column) for column, _ in ends), default=0)


def _sheet_part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Name of the part of an xlsx file that holds a sheet."""
    try:
        book = _parse(archive, "xl/workbook.xml")
        links = _parse(archive, "xl/_rels/workbook.xml.rels")
    except (KeyError, ElementTree.ParseError):
        return None
    wanted = next((entry.get(_LINKS) for entry in book.iter(f"{_MAIN}sheet") if entry.get("name") == sheet), None)
    target = next((link.get("Target") for link in links if wanted and link.get("Id") == wanted), None)
    if not target:
        return None
    part = posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")
    return part if part in archive.namelist() else None


def _parse(archive: zipfile.ZipFile, name: str) -> ElementTree.Element:
    """Parse a small part; one with a document type is refused, since entities could swell or read files."""
    content = archive.read(name) if archive.getinfo(name).file_size < _PIECE else b""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise KeyError(name)
    return ElementTree.fromstring(content)


def _pieces(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """Yield a sheet's XML in pieces that end behind a row."""
    rest = b""
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            whole, end, rest = (rest + piece).rpartition(b"</row>")
            yield whole + end
    yield rest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
