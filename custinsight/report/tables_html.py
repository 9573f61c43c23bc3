"""Rows of a frame as what the table macro shows: text for each cell, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from custinsight.words import Message, Words, msg
from custinsight.writers.columns import Col, cell_text, clean_text

LONG = 60
"""Characters that are shown of a text from the data, such as a name; the whole text stays at hand."""


@dataclass(frozen=True)
class Cell:
    """One cell: what is seen, and the whole text where that was shortened."""

    text: str
    whole: str = ""


@dataclass(frozen=True)
class Grid:
    """A table ready for the template: headings, which columns are numbers, rows, and what is to be said below."""

    headings: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]
    remark: str


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
    >>> grid.rows[0][0].text, grid.remark
    ('1,200', '1 of 2 rows are shown.')
    """
    top = frame.head(rows)
    said = [[_cell(value, column, words) for value in top[column.name]] for column in columns]
    return Grid(
        headings=tuple(clean_text(words(column.title)) for column in columns),
        numeric=tuple(column.is_number for column in columns),
        rows=tuple(zip(*said, strict=True)),
        remark=words(_remark(len(top), len(frame))),
    )


def _remark(shown: int, rows: int) -> Message:
    if not rows:
        return msg("There is nothing to list here.")
    return msg("{shown:count} of {rows:count} rows are shown.", shown=shown, rows=rows) if shown < rows else msg("")


def _cell(value: object, column: Col, words: Words) -> Cell:
    text = cell_text(value, column, words)
    # our own sentences are written to be read; only what comes from the data may be of any length
    ours = column.show != "" or isinstance(value, Message)
    return Cell(text) if ours or len(text) <= LONG else Cell(text[: LONG - 1].rstrip() + "…", text)
