"""Spreadsheets: xlsx, xls, xlsb and ods, each cell as text that has lost no digit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custinsight.errors import SourceError
from custinsight.ingest.dates import EXCEL
from custinsight.ingest.headers import joined_header
from custinsight.ingest.places import Place
from custinsight.ingest.raw import CHUNK_ROWS, LINE, Counts, Layout
from custinsight.ingest.sheet_process import SheetProcess
from custinsight.ingest.workbooks import require_safe_workbook
from custinsight.sheets.scanning import COLUMNS, Scan
from custinsight.words import Message, msg

NO_VALUE = "#N/A"


class SheetFile:
    """A sheet of a spreadsheet, read in a process of its own from the moment it is opened.

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
        require_safe_workbook(place)
        self._above = layout.header - 1 + (0 if layout.column_names else layout.header_rows)
        self._process: SheetProcess | None = self._open()
        self.sheet = self._process.sheet
        self.header = layout.column_names or self._read_header(self._process.head)
        self.counts = Counts(problems=self._problems(self._process))
        if self._process.scan.date_1904 and EXCEL in layout.date_formats:
            raise SourceError(
                "sources.{source}.date_formats must not hold excel for {file}, which counts its days from 1904. "
                "Format the days as dates in the file.",
                code="DATE_1904",
                source=place.source,
                file=place.file,
            )

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield all columns as text ``c<position>``, and ``line``, in tables of about ``rows`` rows."""
        process, self._process = self._process or self._open(), None
        with contextlib.closing(process):
            for table in process.tables(rows):
                table = _filled_rows(self._fit(_marked(table, process.empty)))
                self.counts.records += table.num_rows
                if table.num_rows:
                    yield table

    def close(self) -> None:
        """End the process, if it still runs."""
        if self._process is not None:
            self._process.close()

    def _open(self) -> SheetProcess:
        return SheetProcess(self.place, self.layout.sheet, self._above, self.layout.decimal)

    def _read_header(self, head: list[list[str]]) -> tuple[str, ...]:
        rows = head[self.layout.header - 1 :]
        names = joined_header(rows) if len(rows) == self.layout.header_rows else ()
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

    def _fit(self, table: pa.Table) -> pa.Table:
        """Give the rows as many columns as the header has."""
        there = table.num_columns - 1
        nothing = pa.repeat(pa.scalar("", pa.string()), table.num_rows)
        columns = {
            f"c{n}": table.column(n) if n < there else pa.chunked_array([nothing]) for n in range(len(self.header))
        }
        return pa.table({**columns, LINE: table[LINE]})

    def _problems(self, process: SheetProcess) -> list[Message]:
        """Say what the sheet merges, hides and only shows: whoever exported it may not have meant it so."""
        file, found = self.place.file, self._hidden(process.scan)
        if merged := sum(last[0] >= self._above for _, last in process.merged):
            found.append(
                msg(
                    "{file}: {n} range of merged cells; only its first cell holds the value. Name its columns in fill.",
                    "{file}: {n} ranges of merged cells; only the first cell of each holds the value. "
                    "Name their columns in fill.",
                    n=merged,
                    file=file,
                )
            )
        if process.scan.zeros:
            found.append(
                msg(
                    "{file}: the leading zeros of {columns} are shown by a number format and are no part of the "
                    "values. Add them with pad.",
                    file=file,
                    columns=self._names(process.scan.zeros),
                )
            )
        return found

    def _hidden(self, scan: Scan) -> list[Message]:
        found, file = [], self.place.file
        if scan.hidden_rows:
            found.append(
                msg(
                    "{file}: {n} hidden row was read, too.",
                    "{file}: {n} hidden rows were read, too.",
                    n=scan.hidden_rows,
                    file=file,
                )
            )
        hidden = [n for first, last in scan.hidden_columns for n in range(first, min(last + 1, len(self.header)))]
        if hidden:
            found.append(
                msg(
                    "{file}: {n} hidden column was read, too: {columns}.",
                    "{file}: {n} hidden columns were read, too: {columns}.",
                    n=len(hidden),
                    file=file,
                    columns=self._names(hidden),
                )
            )
        return found

    def _names(self, positions: Sequence[int]) -> str:
        return ", ".join(repr(self.header[n]) for n in positions[:20] if n < len(self.header))


def _marked(table: pa.Table, empty: np.ndarray) -> pa.Table:
    """Write a sign into the cells that hold an error or a formula without a value."""
    first = table[LINE][0].as_py()
    here = empty[slice(*np.searchsorted(empty, [first * COLUMNS, (first + table.num_rows) * COLUMNS]))]
    for column in np.unique(here % COLUMNS):
        if column < table.num_columns - 1:
            marked = np.zeros(table.num_rows, bool)
            marked[here[here % COLUMNS == column] // COLUMNS - first] = True
            cells = table.column(int(column))
            signs = pc.if_else(pc.and_(pa.array(marked), pc.equal(cells, "")), NO_VALUE, cells)
            table = table.set_column(int(column), table.field(int(column)), signs)
    return table


def _filled_rows(table: pa.Table) -> pa.Table:
    """Drop the rows that hold nothing but blanks."""
    blank = None
    for name in table.column_names[:-1]:
        here = pc.equal(pc.utf8_trim_whitespace(table[name]), "")
        blank = here if blank is None else pc.and_(blank, here)
        if not pc.any(blank).as_py():
            return table
    return table if blank is None else table.filter(pc.invert(blank))
