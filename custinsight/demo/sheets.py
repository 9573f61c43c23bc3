"""Export files in the making: rows that can be soiled one by one, and their writers (csv, xlsx, parquet).

These files imitate what other programs export, faults and hostile names included. They are input of an audit and do
not go through the product's own writers, which would make them harmless.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

CREATED = dt.datetime(2025, 1, 13, 8, 0, 0)


@dataclass(frozen=True)
class Formula:
    """A spreadsheet formula and the value that was saved with it; an empty value is none."""

    text: str
    value: str = ""


@dataclass(frozen=True)
class Padded:
    """A number that a spreadsheet shows with leading zeros."""

    value: int
    digits: int


@dataclass(eq=False)
class Row:
    """One row of a file.

    Parameters
    ----------
    cells : list
    raw : str or None
        Text line that is written as it is, instead of the cells.
    is_hidden : bool
        The row is hidden in the spreadsheet.
    is_soiled : bool
        The row has been chosen for dirt; it is not chosen again.
    """

    cells: list[Any]
    raw: str | None = None
    is_hidden: bool = False
    is_soiled: bool = False


@dataclass(frozen=True)
class Dirt:
    """One piece of dirt: what it is, where it lies, and what a reader should do with it.

    Parameters
    ----------
    kind : str
        Such as ``sentinel_date``.
    row : Row or None
        None for what concerns the whole file.
    column : str
        Header of the cell, empty for a whole row.
    right : str
        What the cell means, where it is kept.
    expected : str
        ``kept``, ``rejected``, ``total`` or ``flagged`` (kept, but worth a word to the reader).
    code : str
        Proposed code of the reject or flag.
    """

    kind: str
    row: Row | None
    column: str
    right: str
    expected: str
    code: str


@dataclass
class Sheet:
    """An export file in the making.

    Parameters
    ----------
    source : str
        Name of the source in the plan.
    path : str
        File name.
    header : tuple of str
    rows : list of Row
    titles : tuple of str
        Lines above the header.
    encoding, delimiter, newline : str
        For text files.
    types : dict of str to pyarrow.DataType
        For parquet.
    dirt : list of Dirt
        What has been done to it.
    """

    source: str
    path: str
    header: tuple[str, ...]
    rows: list[Row]
    titles: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","
    newline: str = "\r\n"
    types: dict[str, Any] = field(default_factory=dict)
    dirt: list[Dirt] = field(default_factory=list)

    def place(self, column: str) -> int:
        """Position of a column."""
        return self.header.index(column)

    def lines(self) -> dict[int, int]:
        """Line of the text or row of the sheet, from 1, in which each row starts: ``id(row) -> line``."""
        starts: dict[int, int] = {}
        line = 1 if self.path.endswith(".parquet") else len(self.titles) + 2
        is_text = self.path.endswith((".csv", ".txt"))
        for row in self.rows:
            starts[id(row)] = line
            breaks = sum(cell.count("\n") for cell in row.cells if isinstance(cell, str)) if is_text else 0
            line += 1 + (0 if row.raw is not None else breaks)
        return starts

    def write(self, folder: Path) -> Path:
        """Write the file and return its path."""
        path = folder / self.path
        writers: dict[str, Callable[[Sheet, Path], None]] = {".xlsx": _write_xlsx, ".parquet": _write_parquet}
        writers.get(path.suffix, _write_text)(self, path)
        return path


def rows_of(columns: Sequence[Any]) -> list[Row]:
    """Make rows from columns of equal length.

    Examples
    --------
    >>> [row.cells for row in rows_of([["a", "b"], [1, 2]])]
    [['a', 1], ['b', 2]]
    """
    return [Row(list(cells)) for cells in zip(*columns, strict=True)]


def _write_text(sheet: Sheet, path: Path) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=sheet.delimiter, lineterminator=sheet.newline)
    for title in sheet.titles:
        text.write(title + sheet.newline)
    writer.writerow(sheet.header)
    for row in sheet.rows:
        if row.raw is None:
            writer.writerow(row.cells)
        else:
            text.write(row.raw + sheet.newline)
    path.write_bytes(text.getvalue().encode(sheet.encoding))


def text_line(sheet: Sheet, cells: Sequence[Any]) -> str:
    """Write cells as a line of the file, without its end."""
    text = io.StringIO()
    csv.writer(text, delimiter=sheet.delimiter, lineterminator="").writerow(cells)
    return text.getvalue()


def _write_xlsx(sheet: Sheet, path: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(path, options)
    book.set_properties({"author": "export", "created": CREATED})
    page = book.add_worksheet("Sheet1")
    bold = book.add_format({"bold": True})
    formats: dict[str, Any] = {"day": book.add_format({"num_format": "yyyy-mm-dd"})}
    for line, title in enumerate(sheet.titles):
        page.merge_range(line, 0, line, len(sheet.header) - 1, title, bold)
    top = len(sheet.titles)
    for column, name in enumerate(sheet.header):
        page.write_string(top, column, name, bold)
    page.set_column(0, len(sheet.header) - 1, 14)
    page.freeze_panes(top + 1, 0)
    for line, row in enumerate(sheet.rows, start=top + 1):
        for column, cell in enumerate(row.cells):
            _write_cell(book, page, formats, line, column, cell)
        if row.is_hidden:
            page.set_row(line, None, None, {"hidden": True})
    book.close()


def _write_cell(book: Any, page: Any, formats: dict[str, Any], line: int, column: int, cell: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, Formula):
        page.write_formula(line, column, cell.text, None, cell.value)
    elif isinstance(cell, Padded):
        shape = "0" * cell.digits
        if shape not in formats:
            formats[shape] = book.add_format({"num_format": shape})
        page.write_number(line, column, cell.value, formats[shape])
    elif isinstance(cell, dt.date):
        page.write_datetime(line, column, cell, formats["day"])
    elif isinstance(cell, int | float | np.number):
        page.write_number(line, column, cell)
    else:
        page.write_string(line, column, str(cell))


def _write_parquet(sheet: Sheet, path: Path) -> None:
    columns = zip(*(row.cells for row in sheet.rows), strict=True)
    arrays = [pa.array(values, sheet.types[name]) for name, values in zip(sheet.header, columns, strict=True)]
    pq.write_table(pa.table(dict(zip(sheet.header, arrays, strict=True))), path, compression="zstd")
