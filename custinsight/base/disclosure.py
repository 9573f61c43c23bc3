"""Hiding small cells so that nobody can work them out again from what is shown.

First each cell of fewer persons than the limit is hidden. Then more are, until

- no line, a total and the cells it sums, leaves a single cell hidden, and what is hidden on a line holds at least as
  many persons as the limit: the difference of a total and the cells shown is a cell, too;
- no hidden cell is determined by all these sums together. A cell is, if every vector of the null space of the sums,
  with the hidden cells as unknowns, is zero there.

The smallest cell of the line is hidden each time, and totals only where there is nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

ALL = "*"
_DENSE = 400


@dataclass(frozen=True, eq=False)
class Line:
    """A total and the cells that it sums, as places within the cells.

    Parameters
    ----------
    total : int
    below : int array
    overlapping : bool
        Whether a person may be in several of the cells: what is hidden then holds as many persons as the largest of
        them for certain, and else as all together.
    """

    total: int
    below: np.ndarray
    overlapping: bool = False

    @property
    def cells(self) -> np.ndarray:
        """All places, the total first."""
        return np.r_[self.total, self.below]

    def persons_hidden(self, persons: np.ndarray, hidden: np.ndarray) -> int:
        """Fewest persons that the hidden cells can hold."""
        held = persons[self.below[hidden[self.below]]]
        return int(held.max(initial=0) if self.overlapping else held.sum())


def hide_small(
    cells: pd.DataFrame,
    dimensions: Sequence[str],
    metrics: Sequence[str],
    small: int,
    overlapping: Collection[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Hide small cells of each period, and those that protect them.

    Parameters
    ----------
    cells : DataFrame
        period, the dimensions (``*`` for all), level, persons, and the metrics.
    dimensions, metrics : sequence of str
    small : int
        Fewest persons of a cell that is shown.
    overlapping : collection of str
        Dimensions under several values of which a person may be.

    Returns
    -------
    cells : DataFrame
        With ``hidden``, the metrics of hidden cells null.
    hidden : DataFrame
        period, cells, small, protecting (int64).
    """
    hidden = np.zeros(len(cells), dtype=bool)
    counts = []
    for period, rows in cells.groupby("period", sort=False):
        persons = rows["persons"].to_numpy(int)
        first = persons < small
        chosen = protect(_lines_of(rows, dimensions, overlapping), persons, first, small) if first.any() else first
        hidden[rows.index] = chosen
        counts.append((period, len(rows), int(first.sum()), int((chosen & ~first).sum())))
    shown = cells.assign(hidden=hidden)
    for name in metrics:
        shown[name] = shown[name].mask(hidden)
    kinds = {"period": "str", "cells": "int64", "small": "int64", "protecting": "int64"}
    return shown, pd.DataFrame(counts, columns=list(kinds)).astype(kinds)


def protect(lines: Sequence[Line], persons: np.ndarray, first: np.ndarray, small: int) -> np.ndarray:
    """Hide more cells until none of the hidden ones can be worked out.

    Parameters
    ----------
    lines : sequence of Line
    persons : int array of shape (n,)
    first : bool array of shape (n,)
        Cells that are small.
    small : int

    Returns
    -------
    bool array of shape (n,)

    Examples
    --------
    >>> lines = [Line(0, np.array([1, 2, 3]))]
    >>> protect(lines, np.array([60, 4, 26, 30]), np.array([False, True, False, False]), 10).tolist()
    [False, True, True, False]
    """
    hidden = first.copy()
    while True:
        _complete_lines(lines, persons, hidden, small)
        found = determined(lines, hidden)
        if not found:
            return hidden
        for cell in found:
            _hide_beside(lines, persons, hidden, cell)


def determined(lines: Sequence[Line], hidden: np.ndarray) -> list[int]:
    """Hidden cells whose values follow from the cells shown, by the sums over all lines together.

    Examples
    --------
    >>> determined([Line(0, np.array([1, 2]))], np.array([False, True, False]))
    [1]
    """
    found: list[int] = []
    for group in _linked(lines, hidden):
        places = {cell: place for place, cell in enumerate(group)}
        held = [line for line in lines if any(cell in places for cell in line.cells.tolist())]
        entries = [
            (row, places[cell], -1.0 if cell == line.total else 1.0)
            for row, line in enumerate(held)
            for cell in line.cells.tolist()
            if cell in places
        ]
        fixed = _fixed(entries, len(held), len(group))
        found += [group[place] for place in np.flatnonzero(fixed)]
    return found


def _fixed(entries: Sequence[tuple[int, int, float]], rows: int, columns: int) -> np.ndarray:
    """Tell which unknowns of linear sums are determined: those that no vector of the null space changes."""
    from scipy.linalg import null_space
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import lsmr

    if not entries:
        return np.zeros(columns, dtype=bool)
    row, column, value = (np.array(part) for part in zip(*entries, strict=True))
    sums = coo_matrix((value, (row.astype(int), column.astype(int))), shape=(rows, columns)).tocsr()
    if columns <= _DENSE:
        free = null_space(sums.toarray(), rcond=1e-10)
        return np.asarray(np.abs(free).max(axis=1, initial=0.0) < 1e-9)
    # what is left of any direction after taking out the sums' own: zero just where nothing is free
    free = np.zeros(columns)
    for direction in np.random.default_rng(0).standard_normal((2, columns)):
        solved = lsmr(sums.T, direction, atol=1e-13, btol=1e-13, maxiter=20 * columns)[0]
        free = np.maximum(free, np.abs(direction - sums.T @ solved))
    return np.asarray(free < 1e-6)


def _complete_lines(lines: Sequence[Line], persons: np.ndarray, hidden: np.ndarray, small: int) -> None:
    """Hide more on each line that leaves one cell, or too few persons, hidden."""
    changed = True
    while changed:
        changed = False
        for line in lines:
            unknown = hidden[line.cells].sum()
            few = not hidden[line.total] and line.persons_hidden(persons, hidden) < small
            if unknown == 1 or (unknown and few):
                changed = _hide_smallest(line, persons, hidden) or changed


def _hide_smallest(line: Line, persons: np.ndarray, hidden: np.ndarray) -> bool:
    """Hide the smallest cell of a line that is shown, its total only when nothing else is; False if all are hidden."""
    shown = line.below[~hidden[line.below]]
    if len(shown):
        hidden[shown[np.argmin(persons[shown])]] = True
        return True
    if not hidden[line.total]:
        hidden[line.total] = True
        return True
    return False


def _hide_beside(lines: Sequence[Line], persons: np.ndarray, hidden: np.ndarray, cell: int) -> None:
    """Hide one more cell on a line of a cell that is determined: the smallest there is."""
    for line in lines:
        if cell in line.cells and _hide_smallest(line, persons, hidden):
            return


def _linked(lines: Sequence[Line], hidden: np.ndarray) -> list[list[int]]:
    """Hidden cells in groups that share lines."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    pairs = []
    for line in lines:
        unknown = line.cells[hidden[line.cells]].tolist()
        pairs += [(unknown[0], cell) for cell in unknown]
    n = len(hidden)
    left, right = np.array(pairs, dtype=int).reshape(-1, 2).T
    _, labels = connected_components(coo_matrix((np.ones(len(left)), (left, right)), shape=(n, n)), directed=False)
    groups: dict[int, list[int]] = {}
    for cell in np.flatnonzero(hidden).tolist():
        groups.setdefault(int(labels[cell]), []).append(cell)
    return list(groups.values())


def _lines_of(rows: pd.DataFrame, dimensions: Sequence[str], overlapping: Collection[str]) -> list[Line]:
    """List each total with the cells it sums over one dimension."""
    lines = []
    places = pd.Series(np.arange(len(rows)), index=rows.index)
    for name in dimensions:
        is_total = rows[name] == ALL
        others = [rows[other] for other in dimensions if other != name]
        grouped = places.groupby(others, sort=True) if others else [((), places)]
        for _, group in grouped:
            at_top = is_total[group.index].to_numpy()
            lines.append(Line(int(group[at_top].iloc[0]), group[~at_top].to_numpy(), name in overlapping))
    return lines
