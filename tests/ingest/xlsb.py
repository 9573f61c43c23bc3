"""The smallest writer of xlsb workbooks: one sheet of texts and numbers, as binary records in a zip archive.

A record is its type, its size, both in groups of seven bits, and its bytes; MS-XLSB names the types.
"""

import struct
import zipfile
from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="bin" ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>'
)
ROW, BLANK, ERROR, NUMBER, TEXT = 0, 1, 3, 5, 6
SHEET, END_SHEET, DATA, END_DATA, SIZE = 129, 130, 145, 146, 148
BOOK, END_BOOK, SHEETS, END_SHEETS, ONE_SHEET = 131, 132, 143, 144, 156


def record(kind: int, content: bytes = b"") -> bytes:
    return _bits(kind) + _bits(len(content)) + content


def write_xlsb(path: Path, rows: list[list[object]]) -> None:
    width = max(map(len, rows))
    sheet = [record(SHEET), record(SIZE, struct.pack("<4I", 0, len(rows) - 1, 0, width - 1)), record(DATA)]
    for number, row in enumerate(rows):
        sheet.append(record(ROW, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0)))
        sheet += [_cell(column, value) for column, value in enumerate(row)]
    sheet += [record(END_DATA), record(END_SHEET)]
    name = struct.pack("<II", 0, 1) + _text("rId1") + _text("Sheet1")
    book = [record(BOOK), record(SHEETS), record(ONE_SHEET, name), record(END_SHEETS), record(END_BOOK)]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", _links("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/_rels/workbook.bin.rels", _links("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/workbook.bin", b"".join(book))
        archive.writestr("xl/worksheets/sheet1.bin", b"".join(sheet))


def _cell(column: int, value: object) -> bytes:
    place = struct.pack("<II", column, 0)
    if value is None:
        return record(BLANK, place)
    if isinstance(value, str):
        return record(TEXT, place + _text(value))
    return record(NUMBER, place + struct.pack("<d", value))


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _bits(number: int) -> bytes:
    groups = [number & 127]
    while number := number >> 7:
        groups[-1] |= 128
        groups.append(number & 127)
    return bytes(groups)


def _links(kind: str, target: str) -> str:
    return (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{MAIN}/{kind}" Target="{target}"/></Relationships>'
    )
