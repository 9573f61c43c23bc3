"""Workbooks and CSV files that hold values only: no formula, no link, whatever a customer is called."""

from __future__ import annotations

import csv
import datetime as dt
import io
import math
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from custinsight.errors import ReportError
from custinsight.words import Message, Words
from custinsight.writers.atomic import write_bytes
from custinsight.writers.columns import Col, clean_text, is_missing, require

MAX_TEXT = 32_767
"""Characters that a cell of a workbook can hold."""

MAX_ROWS = 1_048_575
_FORMATS = {
    "count": "#,##0",
    "precise": "#,##0.000",
    "signed_count": "+#,##0;-#,##0;0",
    "decimal": "#,##0.00",
    "signed_decimal": "+#,##0.00;-#,##0.00;0.00",
    "percent": "0.0%",
    "signed_percent": "+0.0%;-0.0%;0.0%",
    "points": "+0.0%;-0.0%;0.0%",
    "money": "#,##0",
    "signed_money": "+#,##0;-#,##0;0",
    "exact_money": "#,##0.00",
    "day": "yyyy-mm-dd",
    "month": "yyyy-mm",
}
_CENTS = frozenset({"money", "signed_money", "exact_money"})
# the same file from the same rows, whenever it is written
_CREATED = dt.datetime(2000, 1, 1)
_FIRST_DAY, _LAST_DAY = dt.datetime(1900, 3, 1), dt.datetime(9999, 12, 31)
# spreadsheets in East Asian languages read the full-width signs too
_FORMULA = re.compile(r"[\s\u00a0\u3000]*[=+\-@＝＋－＠\t\r]")
_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?%?")


@dataclass(frozen=True, eq=False)
class SheetData:
    """One sheet of a workbook.

    Parameters
    ----------
    frame : DataFrame
    columns : tuple of Col
        Columns that are written, in order.
    fill_in : mapping of str to tuple of Message
        Columns that the reader is to fill in, with the answers to choose from; an empty tuple for free text.
    table : str
        Name of an Excel table to make of the rows, of letters, digits and underscores, that pivot tables and charts
        can refer to; the headings must differ. Empty for plain rows.
    """

    frame: pd.DataFrame
    columns: tuple[Col, ...]
    fill_in: Mapping[str, tuple[Message, ...]] = field(default_factory=dict)
    table: str = ""

    def __post_init__(self) -> None:
        require(self.frame, self.columns)
        if len(self.frame) > MAX_ROWS:
            raise ReportError(
                "A sheet must have at most {most} rows, got {rows}. Write a CSV file instead.",
                most=MAX_ROWS,
                rows=len(self.frame),
            )


@dataclass(frozen=True)
class Written:
    """What was written.

    Parameters
    ----------
    path : Path
    rows : int
        Rows, without headings.
    cleaned : int
        Cells from which control characters were taken out.
    shortened : int
        Cells that were too long for a workbook.
    guarded : int
        Cells of a CSV file that a spreadsheet would have run; an apostrophe stands before them.
    """

    path: Path
    rows: int
    cleaned: int = 0
    shortened: int = 0
    guarded: int = 0


def write_xlsx(
    path: Path, sheets: Mapping[str, SheetData], words: Words, *, title: str = "", private: bool = False
) -> Written:
    """Write a workbook, whole or not at all.

    Parameters
    ----------
    path : Path
    sheets : mapping of str to SheetData
        Name of a sheet, in the reader's language, to its rows. Names are made to fit the rules for sheets.
    words : Words
        Language of headings and codes.
    title : str
        Title in the file's properties.
    private : bool
        Only the owner of the file may read it.

    Returns
    -------
    Written
        The same rows give the same bytes.

    Raises
    ------
    ReportError
        There is no sheet.
    """
    if not sheets:
        raise ReportError("A workbook must have at least one sheet, got none.")
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "remove_timezone": True,
    }
    book = xlsxwriter.Workbook(out, options)
    book.set_properties({"title": clean_text(title), "author": "custinsight", "created": _CREATED})
    tally = _Tally()
    formats = _Formats(book)
    for name, data in zip(sheet_names(list(sheets)), sheets.values(), strict=True):
        _write_sheet(book.add_worksheet(name), data, words, formats, tally)
    book.close()
    write_bytes(path, out.getvalue(), private=private)
    rows = sum(len(data.frame) for data in sheets.values())
    return Written(path, rows, tally.cleaned, tally.shortened)


def write_csv(
    path: Path, frame: pd.DataFrame, columns: tuple[Col, ...], words: Words, *, private: bool = False
) -> Written:
    """Write a CSV file that Excel opens as it should: UTF-8 with a mark, no formulas, one line per row.

    Parameters
    ----------
    path : Path
    frame : DataFrame
    columns : tuple of Col
        Columns that are written, in order. Numbers are written plainly (amounts to the cent, shares as fractions),
        days as ISO 8601, codes by their labels.
    words : Words
    private : bool
        Only the owner of the file may read it.

    Returns
    -------
    Written
    """
    require(frame, columns)
    tally = _Tally()
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([tally.guard(tally.clean(words(column.title))) for column in columns])
    for row in _rows(frame, columns):
        writer.writerow([_csv_cell(value, column, words, tally) for value, column in zip(row, columns, strict=True)])
    write_bytes(path, out.getvalue().encode("utf-8-sig"), private=private)
    return Written(path, len(frame), tally.cleaned, tally.shortened, tally.guarded)


def sheet_names(names: list[str]) -> list[str]:
    r"""Make names that a workbook accepts: 31 characters, none of ``[]:*?/\``, no two alike.

    Examples
    --------
    >>> sheet_names(["A/B", "a b", ""])
    ['A B', 'a b 2', 'Sheet']
    """
    made: list[str] = []
    for name in names:
        plain = re.sub(r"[\[\]:*?/\\\s]+", " ", clean_text(name)).strip(" '")[:31].strip(" '") or "Sheet"
        plain = f"{plain} " if plain.casefold() == "history" else plain
        fresh, n = plain, 2
        while fresh.casefold() in {other.casefold() for other in made}:
            tail = f" {n}"
            fresh, n = plain[: 31 - len(tail)] + tail, n + 1
        made.append(fresh)
    return made


class _Tally:
    """Makes texts safe and counts those that had to be changed."""

    def __init__(self) -> None:
        self.cleaned = self.shortened = self.guarded = 0

    def clean(self, text: str) -> str:
        cleaned = clean_text(text.replace("\r\n", "\n").replace("\r", "\n"))
        self.cleaned += cleaned != text
        return cleaned

    def fit(self, text: str) -> str:
        if len(text.encode("utf-16-le")) // 2 <= MAX_TEXT:
            return text
        self.shortened += 1
        return text.encode("utf-16-le")[: (MAX_TEXT - 1) * 2].decode("utf-16-le", "ignore") + "…"

    def guard(self, text: str) -> str:
        """Put an apostrophe before what a spreadsheet would run; a signed number is left alone."""
        text = " ".join(text.splitlines()) if "\n" in text else text
        if not _FORMULA.match(text) or _NUMBER.fullmatch(text):
            return text
        self.guarded += 1
        return f"'{text}"


class _Formats:
    """Cell formats of one workbook, made once each."""

    def __init__(self, book: Any) -> None:
        line = {"font_name": "Arial", "font_size": 10, "valign": "top"}
        head = line | {"bold": True, "text_wrap": True, "bottom": 1, "bottom_color": "#9AA5B1", "valign": "vcenter"}
        self.head = book.add_format(head | {"bg_color": "#E4F1EF"})
        self.head_number = book.add_format(head | {"bg_color": "#E4F1EF", "align": "right"})
        self.head_fill_in = book.add_format(head | {"bg_color": "#FDF1DC"})
        self.text = book.add_format(line | {"text_wrap": True, "num_format": "@"})
        self.shows = {show: book.add_format(line | {"num_format": code}) for show, code in _FORMATS.items()}
        self.general = book.add_format(line)

    def of(self, show: str) -> Any:
        return self.shows.get(show, self.text)


def _write_sheet(sheet: Any, data: SheetData, words: Words, formats: _Formats, tally: _Tally) -> None:
    for at, column in enumerate(data.columns):
        head = formats.head_number if column.is_number else formats.head
        head = formats.head_fill_in if column.name in data.fill_in else head
        sheet.write_string(0, at, tally.fit(tally.clean(words(column.title))), head)
        sheet.set_column(at, at, _width(data.frame, column, words), None)
    for number, row in enumerate(_rows(data.frame, data.columns), start=1):
        for at, (value, column) in enumerate(zip(row, data.columns, strict=True)):
            _write_cell(sheet, (number, at), value, column, words, formats, tally)
    last = max(len(data.frame), 1)
    for at, column in enumerate(data.columns):
        answers = [clean_text(words(answer)) for answer in data.fill_in.get(column.name, ())]
        if answers and len(",".join(answers)) <= 255:
            sheet.data_validation(1, at, last, at, {"validate": "list", "source": answers, "error_type": "warning"})
    if data.columns and data.table:
        heads = [{"header": tally.fit(tally.clean(words(column.title)))} for column in data.columns]
        options = {"name": data.table, "columns": heads, "style": "Table Style Light 1", "banded_rows": False}
        sheet.add_table(0, 0, last, len(data.columns) - 1, options)
    elif data.columns:
        sheet.autofilter(0, 0, last, len(data.columns) - 1)
    sheet.freeze_panes(1, 0)
    sheet.set_row(0, 30)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _write_cell(
    sheet: Any, at: tuple[int, int], value: Any, column: Col, words: Words, formats: _Formats, tally: _Tally
) -> None:
    if is_missing(value) or (isinstance(value, float) and not math.isfinite(value)):
        return
    if isinstance(value, bool):
        sheet.write_boolean(*at, value, formats.general)
    elif isinstance(value, int | float) and column.show != "label" and abs(value) < 1e15:
        sheet.write_number(*at, value, formats.shows.get(column.show, formats.general))
    elif isinstance(value, dt.date) and _fits_excel(value):
        sheet.write_datetime(*at, value, formats.shows["day"] if column.show == "" else formats.of(column.show))
    else:
        sheet.write_string(*at, tally.fit(tally.clean(_say(value, column, words))), formats.text)


def _csv_cell(value: Any, column: Col, words: Words, tally: _Tally) -> str:
    if is_missing(value) or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, float) and column.show != "label":
        return f"{value:.2f}" if column.show in _CENTS else repr(round(value, 6))
    if isinstance(value, int) and not isinstance(value, bool) and column.show != "label":
        return str(value)
    return tally.guard(tally.clean(_say(value, column, words)))


def _say(value: Any, column: Col, words: Words) -> str:
    if isinstance(value, Message):
        return words(value)
    if column.show == "label" and value in column.labels:
        return words(column.labels[value])
    if isinstance(value, dt.datetime):
        return value.strftime("%Y-%m-%d") if value.time() == dt.time() else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _rows(frame: pd.DataFrame, columns: tuple[Col, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield rows of Python values: numpy's numbers as int and float."""
    plain = [frame[column.name].astype(object).tolist() for column in columns]
    for row in zip(*plain, strict=True):
        yield tuple(value.item() if hasattr(value, "item") else value for value in row)


def _fits_excel(value: dt.date) -> bool:
    return _FIRST_DAY.date() <= (value.date() if isinstance(value, dt.datetime) else value) <= _LAST_DAY.date()


def _width(frame: pd.DataFrame, column: Col, words: Words) -> float:
    """Width of a column in characters of the sheet; a Chinese one counts two."""
    shown = [_say(value, column, words) for value in frame[column.name].head(300) if not is_missing(value)]
    if column.show in _FORMATS:
        shown = ["0000-00-00"] if column.show in ("day", "month") else [f"{text[:12]}," for text in shown]
    widest = max((_breadth(text) for text in shown), default=0)
    return float(min(max(widest + 2, _breadth(words(column.title)) / 2 + 3, 9), 46))


def _breadth(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text[:60])
