"""Ways to soil an export: change cells of existing rows, or add rows that should not be there.

Dirt that a careful reader can undo is put into existing rows, whose truth stays as it was. Dirt that must be rejected
comes in rows of its own. So a right import ends with exactly the rows of the truth.

Left out on purpose, since one such fault makes the whole file unusable or belongs to another program's export:
a header that names a column twice, a delimiter that changes half-way, cells merged over rows of a mapped column,
totals on an order's first line only (Shopify), ``S``/``H`` signs (SAP), several time zones in one file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from custinsight.demo.sheets import Dirt, Row, Sheet, text_line

MOST_SOILED = 0.4
"""Share of a file's rows that dirt may touch; it matters for very small demos only."""

Change = Callable[[Any], Any]

LEFT_OUT = {
    "duplicate_header": "the whole file would be refused",
    "changed_delimiter": "the rest of the file would be refused",
    "merged_body_cells": "needs a rule of its own for filling down",
    "header_only_totals": "an export of Shopify",
    "debit_credit_signs": "an export of SAP",
    "mixed_time_zones": "the canonical tables hold days",
}
"""Phenomena that the demo does not show, and why."""

SERIAL_DAY_0 = dt.date(1899, 12, 30)
"""Day 0 of spreadsheet serial dates."""


def chinese_date(day: str | dt.date) -> str:
    """Write a day the Chinese way.

    Examples
    --------
    >>> chinese_date("2026-01-08")
    '2026年1月8日'
    """
    parsed = day if isinstance(day, dt.date) else dt.date.fromisoformat(day)
    return f"{parsed.year}年{parsed.month}月{parsed.day}日"


class Soiler:
    """Soils one sheet and keeps the list of what was done.

    Parameters
    ----------
    sheet : Sheet
    rng : numpy.random.Generator
    """

    def __init__(self, sheet: Sheet, rng: np.random.Generator) -> None:
        self.sheet = sheet
        self.rng = rng

    def choose(self, n: int, where: Callable[[dict[str, Any]], bool] | None = None) -> list[Row]:
        """Choose up to ``n`` clean rows, at random but in the order of the file."""
        header, rows = self.sheet.header, self.sheet.rows
        n = min(n, int(MOST_SOILED * len(rows)) - sum(row.is_soiled for row in rows))
        places: list[int] = []
        for place in self.rng.permutation(len(rows)):
            row = rows[place]
            if len(places) >= n:
                break
            if not row.is_soiled and (where is None or where(dict(zip(header, row.cells, strict=True)))):
                places.append(place)
        chosen = [rows[place] for place in sorted(places)]
        for row in chosen:
            row.is_soiled = True
        return chosen

    def note(self, kind: str, row: Row | None, column: str = "", right: Any = "", *, as_: str, code: str = "") -> None:
        """Enter a piece of dirt into the list."""
        self.sheet.dirt.append(Dirt(kind, row, column, str(right), as_, code))

    def change(
        self,
        kind: str,
        column: str,
        new: Change | Sequence[Any],
        *,
        n: int = 3,
        where: Callable[[dict[str, Any]], bool] | None = None,
        right: Change | None = None,
        as_: str = "kept",
        code: str = "",
    ) -> list[Row]:
        """Write a cell of existing rows another way.

        Parameters
        ----------
        kind, column : str
        new : callable or sequence
            What to write for a cell, or one value per row (then ``n`` is their number).
        n : int
            Number of rows.
        where : callable, optional
            Which rows will do, given as header -> cell.
        right : callable, optional
            What the new cell means; the old cell when not given.
        as_, code : str
            See :class:`custinsight.demo.sheets.Dirt`.
        """
        place = self.sheet.place(column)
        rows = self.choose(n if callable(new) else len(new), where)
        for number, row in enumerate(rows):
            old = row.cells[place]
            row.cells[place] = new(old) if callable(new) else new[number]
            self.note(kind, row, column, right(row.cells[place]) if right else old, as_=as_, code=code)
        return rows

    def add(self, kind: str, edits: Mapping[str, Any], *, code: str, as_: str = "rejected", column: str = "") -> Row:
        """Put in a further row like some other one, with some cells changed."""
        clean = [row for row in self.sheet.rows if not row.is_soiled]
        model = clean[int(self.rng.integers(len(clean)))]
        row = Row(list(model.cells), is_soiled=True)
        for name, value in edits.items():
            row.cells[self.sheet.place(name)] = value
        self._insert(row)
        self.note(kind, row, column or list(edits)[-1], as_=as_, code=code)
        return row

    def add_raw(self, kind: str, edits: Mapping[str, Any], spoil: Change, *, code: str) -> None:
        """Put in a further line of text that is no proper row any more."""
        row = self.add(kind, edits, code=code)
        row.raw = spoil(text_line(self.sheet, row.cells))

    def change_raw(self, kind: str, spoil: Change, *, n: int = 3) -> None:
        """Write existing rows as lines with a flaw that a careful reader sees through."""
        for row in self.choose(n):
            row.raw = spoil(text_line(self.sheet, row.cells))
            self.note(kind, row, as_="kept")

    def _insert(self, row: Row) -> None:
        # not among the first rows, nor after a total
        self.sheet.rows.insert(int(self.rng.integers(len(self.sheet.rows) // 4, len(self.sheet.rows))), row)
