"""The customer summary as the models read it: checked, and compressed to distinct rows with counts.

A purchase model sees only frequency, recency and T. Bases of any size have few distinct triples of these, so the
fit and the forecasts work on the triples and are spread over the customers afterwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import ibis
import numpy as np
import pandas as pd

from custinsight.engine import Tabular, as_table, collect, require_columns
from custinsight.errors import DataError

Floats: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Indices: TypeAlias = np.ndarray[Any, np.dtype[np.intp]]
Weights: TypeAlias = str | Sequence[float] | np.ndarray[Any, Any] | pd.Series | None

UNIT_DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12, "Q": 365.25 / 4, "Y": 365.25}
"""Length in days of the time units that a summary may be counted in; of months, quarters and years the mean."""

MAX_FREQUENCY = 1_000_000
_LARGEST = 2**62
TRIPLE = ("frequency", "recency", "T")


def dot(weight: Floats, values: Floats) -> float:
    """Weighted sum without BLAS: its threads fight for the cores, and their number would change the last digits."""
    return float((weight * values).sum())


@dataclass(frozen=True)
class Triples:
    """Distinct (frequency, recency, T) and how many customers have each.

    Parameters
    ----------
    x, tx, T, weight : ndarray of float64, shape (n,)
        Repeat purchases; time from first to last purchase; time from first purchase to the end; customers.
    z : ndarray of float64, shape (n, c)
        Covariates; c is 0 for models without.
    """

    x: Floats
    tx: Floats
    T: Floats
    weight: Floats
    z: Floats = field(default_factory=lambda: np.zeros((0, 0)))

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def living(self) -> tuple[Triples, Indices]:
        """Distinct customers but for recency, which says nothing more of those alive at T, and which each one is."""
        (x, T, *z), inverse = compress([self.x, self.T, *self.z.T])
        return Triples(x, np.zeros(len(x)), T, np.ones(len(x)), np.array(z).T), inverse

    @property
    def widths(self) -> Floats:
        """Standard deviation of each covariate, 1 where it does not vary, shape (c,)."""
        width = np.asarray(self.z.std(axis=0)) if self.z.size else np.ones(self.z.shape[-1])
        return np.where(width > 0, width, 1.0)

    def scaled(self, scale: float) -> Triples:
        """Measure time in multiples of ``scale``."""
        return Triples(self.x, self.tx / scale, self.T / scale, self.weight, self.z)

    def take(self, rows: Any) -> Triples:
        """Keep some rows, by position or by a mask."""
        z = self.z[rows] if self.z.size else self.z
        return Triples(self.x[rows], self.tx[rows], self.T[rows], self.weight[rows], z)


def newcomer() -> Triples:
    """One customer at the moment of the first purchase."""
    return Triples(np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1))


def unit_days(unit: str) -> float:
    """Return the length of a time unit in days.

    Raises
    ------
    DataError
        The unit is none of D, W, M, Q, Y.

    Examples
    --------
    >>> unit_days("W")
    7.0
    """
    if unit not in UNIT_DAYS:
        raise DataError(
            "The time unit must be D, W, M, Q or Y, got {unit}. Use the unit of the summary.", unit=str(unit)[:20]
        )
    return UNIT_DAYS[unit]


def read_triples(summary: Tabular, weights: Weights = None, covariates: Sequence[str] = ()) -> Triples:
    """Read, check and compress a summary for fitting; an ibis table is counted in its engine.

    Parameters
    ----------
    summary : pandas frame, Arrow table or ibis table
        One row per customer (or per group of alike customers): frequency, recency, T.
    weights : str or sequence of float, optional
        Customers per row: a column of the summary, or one number per row. One per row when not given.
    covariates : sequence of str
        Further numeric columns that customers are told apart by.

    Returns
    -------
    Triples
        Sorted, so that the order of the customers cannot change a fit.

    Raises
    ------
    DataError
        A column is missing, or a value is impossible; the sentence names column and row.
    """
    if isinstance(summary, ibis.Table):
        frame, weights = _counted(summary, weights, covariates), "customers__"
    else:
        frame = as_frame(summary, (*TRIPLE, *covariates))
    columns = [*checked_columns(frame), *(numbers(frame, name) for name in covariates)]
    counted = checked_weights(frame, weights)
    kept = counted > 0
    (x, tx, T, *z), inverse = compress([column[kept] for column in columns])
    count_of = np.asarray(np.bincount(inverse, weights=counted[kept], minlength=len(x)), dtype=np.float64)
    return Triples(x, tx, T, count_of, np.array(z).T)


def _counted(summary: ibis.Table, weights: Weights, covariates: Sequence[str]) -> pd.DataFrame:
    if not isinstance(weights, str | None):
        raise DataError("The weights of an ibis summary must be a column of it. Name the column.")
    columns = [*TRIPLE, *covariates]
    require_columns(summary, (*columns, *([weights] if isinstance(weights, str) else [])), name="The summary")
    count = summary[weights].sum() if isinstance(weights, str) else summary.count()
    return collect(summary.group_by(columns).aggregate(customers__=count), max_rows=None)


def as_frame(table: Tabular, columns: Sequence[str]) -> pd.DataFrame:
    """Hand over a table as pandas, having checked that it has the columns."""
    if isinstance(table, pd.DataFrame):
        require_columns(table, tuple(columns), name="The summary")
        return table
    wrapped = as_table(table)
    require_columns(wrapped, tuple(columns), name="The summary")
    return collect(wrapped, max_rows=None)


def checked_columns(frame: pd.DataFrame) -> list[Floats]:
    """Return frequency, recency and T as float64 arrays, or say which value of which row is impossible."""
    x = checked_frequency(frame)
    tx, T = numbers(frame, "recency"), numbers(frame, "T")
    for column, values in (("recency", tx), ("T", T)):
        refuse(
            values < 0,
            values,
            "In the summary {column} must not be negative, got {value} in row {row}. Make the summary again.",
            column,
        )
    refuse(
        (x == 0) & (tx > 0),
        tx,
        "In the summary {column} must be 0 where frequency is 0, got {value} in row {row}. "
        "Recency runs from the first to the last purchase.",
        "recency",
    )
    refuse(
        tx > T * (1 + 1e-9),
        tx,
        "In the summary {column} must be at most T, got {value} in row {row}. "
        "Leave out purchases after the period's end.",
        "recency",
    )
    return [x, np.minimum(tx, T), T]


def checked_frequency(frame: pd.DataFrame) -> Floats:
    """Return frequency as float64, or say which row holds no count of repeat purchases."""
    x = numbers(frame, "frequency")
    refuse(
        (x < 0) | (x != np.round(x)) | (x > MAX_FREQUENCY),
        x,
        "In the summary {column} must be a whole number from 0 to 1,000,000, got {value} in row {row}. "
        "Count repeat purchases.",
        "frequency",
    )
    return x


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """Return a column as finite float64, or say which row holds something else."""
    values = np.asarray(pd.to_numeric(frame[column], errors="coerce"), dtype=np.float64)
    refuse(
        ~np.isfinite(values),
        values,
        "In the summary {column} must be a number, got {value} in row {row}. Fill it or leave the row out.",
        column,
    )
    return values


def compress(columns: Sequence[Floats]) -> tuple[list[Floats], Indices]:
    """Find the distinct rows of some columns.

    Parameters
    ----------
    columns : sequence of ndarray, each of shape (n,)

    Returns
    -------
    list of ndarray, each of shape (m,)
        The distinct rows, sorted.
    ndarray of int, shape (n,)
        Which distinct row each row is.

    Examples
    --------
    >>> distinct, inverse = compress([np.array([2.0, 1.0, 2.0]), np.array([5.0, 5.0, 5.0])])
    >>> distinct[0].tolist(), inverse.tolist()
    ([1.0, 2.0], [1, 0, 1])
    """
    rows = len(columns[0])
    code, size = np.zeros(rows, dtype=np.int64), 1
    for column in columns:
        codes, values = pd.factorize(column, sort=True)
        if size * max(len(values), 1) > _LARGEST:
            code, known = pd.factorize(code, sort=True)
            size = len(known)
        code, size = code * len(values) + codes, size * max(len(values), 1)
    inverse = _ranks(code, size)
    place = np.zeros(int(inverse.max(initial=-1)) + 1, dtype=np.intp)
    place[inverse] = np.arange(rows)
    return [column[place] for column in columns], inverse


def _ranks(code: Indices, size: int) -> Indices:
    """Rank of each code, which is below ``size``, among the distinct ones; no sorting where few are possible."""
    if size > 4 * len(code) + 1024:
        return np.asarray(pd.factorize(code, sort=True)[0], dtype=np.intp)
    seen = np.zeros(size, dtype=np.intp)
    seen[code] = 1
    return np.asarray((np.cumsum(seen) - 1)[code], dtype=np.intp)


def checked_weights(frame: pd.DataFrame, weights: Weights) -> Floats:
    """Return customers per row as float64, or say which row holds no such number."""
    if weights is None:
        return np.ones(len(frame))
    if isinstance(weights, str):
        require_columns(frame, (weights,), name="The summary")
        counted = numbers(frame, weights)
    else:
        counted = np.asarray(weights, dtype=np.float64)
    if counted.shape != (len(frame),):
        raise DataError(
            "The weights must be one number per row of the summary ({rows}), got {n}.", rows=len(frame), n=counted.size
        )
    refuse(
        ~(np.isfinite(counted) & (counted >= 0)),
        counted,
        "The {column} must be finite and not negative, got {value} in row {row}.",
        "weights",
    )
    return counted


def refuse(bad: np.ndarray[Any, Any], values: Floats, template: str, column: str) -> None:
    """Raise for the first bad row; rows count from 0, as a frame's positions do."""
    rows = np.flatnonzero(bad)
    if rows.size:
        raise DataError(template, column=column, value=f"{values[rows[0]]:g}", row=int(rows[0]))
