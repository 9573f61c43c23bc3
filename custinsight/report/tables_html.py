"""Rows of a frame as what the table macro shows: text for each cell, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from custinsight.words import Words
from custinsight.writers.columns import Col, cell_text, clean_text

LONG = 60
"""Characters from which on a text is shortened; the whole text stays at hand."""


@dataclass(frozen=True)
class Cell:
    """One cell: what is seen, and the whole text where that was shortened."""

    text: str
    whole: str = ""


@dataclass(frozen=True)
class Grid:
    """A table ready for the template: headings, which columns are numbers, rows, and how many rows there are."""

    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]
    all_rows: int


def make_grid(frame: pd.DataFrame, columns: tuple[Col, ...], words: Words, rows: int) -> Grid:
    """Say the first rows of a frame.

    Parameters
    ----------
    frame : DataFrame
    columns : tuple of Col
    words : Words
    rows : int
        Most rows that are shown.

    Returns
    -------
    Grid

    Examples
    --------
    >>> from custinsight.words import msg
    >>> grid = make_grid(pd.DataFrame({"n": [1200, 3]}), (Col("n", msg("Number"), "count"),), Words("en"), rows=1)
    >>> grid.rows[0][0].text, grid.all_rows
    ('1,200', 2)
    """
    top = frame.head(rows)
    said = [[_cell(value, column, words) for value in top[column.name]] for column in columns]
    return Grid(
        headings=tuple(clean_text(words(column.title)) for column in columns),
        numeric=tuple(column.is_number for column in columns),
        rows=tuple(zip(*said, strict=True)),
        all_rows=len(frame),
    )


def _cell(value: object, column: Col, words: Words) -> Cell:
    text = cell_text(value, column, words)
    return Cell(text) if len(text) <= LONG else Cell(text[: LONG - 1].rstrip() + "…", text)
