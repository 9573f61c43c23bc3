"""Spreadsheets: xlsx, xls, xlsb and ods, each cell as text that has lost no digit."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import python_calamine as calamine

from custinsight.errors import SourceError
from custinsight.ingest.places import Place
from custinsight.ingest.raw import CHUNK_ROWS, LINE, Counts, Layout, trimmed_header
from custinsight.ingest.workbooks import empty_formulas, require_safe_workbook

EXACT = 1e15
"""Whole numbers below this are exact in a spreadsheet; from here on digits may be lost."""
NO_VALUE = "#N/A"


class SheetFile:
    """A sheet of a spreadsheet.

    Parameters
    ----------
    place : Place
    layout : Layout

    Raises
    ------
    SourceError
        The file is encrypted, damaged or too large, or has no such sheet.
    """

    encoding = ""
    iso = True

    def __init__(self, place: Place, layout: Layout) -> None:
        self.place = place
        self.layout = layout
        self.counts = Counts()
        require_safe_workbook(place)
        try:
            with calamine.CalamineWorkbook.from_path(place.path) as book:
                self.sheet = _choose_sheet(place, book, layout.sheet)
                self._sheet = book.get_sheet_by_name(self.sheet)
        except calamine.PasswordError as error:
            raise SourceError(
                "sources.{source}.{key}: {file} must not be encrypted. Save it without a password.", **place.names
            ) from error
        except (calamine.CalamineError, OSError) as error:
            raise SourceError(
                "sources.{source}.{key}: {file} must be a whole spreadsheet, got one that cannot be opened. "
                "Save it anew as xlsx.",
                **place.names,
            ) from error
        self._no_value = empty_formulas(place, self.sheet)
        self.header = self._read_header()

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield all columns as text ``c<position>``, and ``line``, in tables of at most ``rows`` rows."""
        numbered = self._filled_rows()
        while part := list(itertools.islice(numbered, rows)):
            self.counts.records += len(part)
            lines, cells = zip(*part, strict=True)
            columns = {
                f"c{n}": pa.array(column, pa.string())
                for n, column in enumerate(itertools.islice(zip(*cells, strict=True), len(self.header)))
            }
            yield pa.table({**columns, LINE: pa.array(lines, pa.int64())})

    def _read_header(self) -> tuple[str, ...]:
        if self.layout.column_names:
            return self.layout.column_names
        head = self._rows(self.layout.header)
        row = head[-1] if len(head) == self.layout.header else []
        names = trimmed_header([cell_text(cell) for cell in row])
        if not any(names):
            raise SourceError(
                "sources.{source}.header: {file} must have its column names in row {line} of the sheet {sheet}, "
                "got an empty row.",
                source=self.place.source,
                file=self.place.file,
                line=self.layout.header,
                sheet=repr(self.sheet),
            )
        return names

    def _rows(self, first: int | None = None) -> list[list[Any]]:
        """All rows from the top of the sheet on, or the first few; each as wide as the widest."""
        rows: list[list[Any]] = self._sheet.to_python(skip_empty_area=False, nrows=first)
        return rows

    def _filled_rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield row number and cells as text of the rows behind the header that hold anything."""
        first = self.layout.header + (0 if self.layout.column_names else 1)
        for number, row in enumerate(self._rows(), 1):
            if number < first:
                continue
            cells = [cell_text(cell, self.layout.decimal) for cell in row]
            for column in self._no_value.get(number, ()):
                if column < len(cells):
                    cells[column] = cells[column] or NO_VALUE
            if any(map(str.strip, cells)):
                yield number, cells + [""] * (len(self.header) - len(cells))


def cell_text(cell: Any, decimal: str = ".") -> str:
    """Text of a cell: whole numbers without a point, dates as ISO 8601, digits as they are.

    Parameters
    ----------
    cell : object
        As calamine hands it on.
    decimal : str
        Decimal sign that the source's numbers are read with.

    Examples
    --------
    >>> cell_text(123.0), cell_text(0.1), cell_text(dt.datetime(2024, 3, 5)), cell_text(1.5, ",")
    ('123', '0.1', '2024-03-05', '1,5')
    >>> cell_text(110101199003071234.0)
    '1.101011990030712e+17'
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < EXACT:
            return str(int(cell))
        return (repr(cell) if abs(cell) < EXACT else f"{cell:.15e}").replace(".", decimal)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)


def _choose_sheet(place: Place, book: Any, wanted: str | None) -> str:
    """Take the sheet that the plan names, or the first that is visible."""
    visible = [
        meta.name
        for meta in book.sheets_metadata
        if meta.typ == calamine.SheetTypeEnum.WorkSheet and meta.visible == calamine.SheetVisibleEnum.Visible
    ]
    if wanted is None and visible:
        return visible[0]
    if wanted in book.sheet_names:
        return str(wanted)
    raise SourceError(
        "sources.{source}.sheet must be a sheet of {file}, got {sheet}; it has {there}.",
        source=place.source,
        file=place.file,
        sheet=repr(wanted),
        there=", ".join(map(repr, book.sheet_names[:20])),
    )
