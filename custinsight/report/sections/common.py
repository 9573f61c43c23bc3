"""What all sections share: saying that a table is missing, telling a rise from a fall, looking one period back."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from custinsight.report.parts import Note, Part
from custinsight.words import Message, msg

Section = Callable[[Any], Part]
T = TypeVar("T")
HARDLY = 0.0005
"""A change that is shown as 0.0 % is called no change."""


def needs(*tables: str, without: Message) -> Callable[[Section], Section]:
    """Have a section say what cannot be said when one of its tables has no rows.

    Parameters
    ----------
    *tables : str
        Tables of the audit.
    without : Message
        What is missing and what therefore cannot be said.

    Returns
    -------
    callable
        Decorator of a section function.
    """

    def decorate(section: Section) -> Section:
        @functools.wraps(section)
        def checked(audit: Any) -> Part:
            return section(audit) if all(audit.has(table) for table in tables) else Note(without)

        return checked

    return decorate


@dataclass(frozen=True)
class Measure:
    """The result that an audit speaks of: profit where the cost is known, else net sales.

    Parameters
    ----------
    column : str
        ``profit`` or ``spend``.
    name : Message
        What it is called within a sentence.
    title : Message
        What it is called as a heading.
    """

    column: str
    name: Message
    title: Message


PROFIT = Measure("profit", msg("profit"), msg("Profit"))
SALES = Measure("spend", msg("net sales"), msg("Net sales"))


def measure_of(frame: pd.DataFrame) -> Measure:
    """Choose the measure a frame can speak of.

    Examples
    --------
    >>> measure_of(pd.DataFrame({"spend": [10.0], "profit": [None]})).column
    'spend'
    """
    known = "profit" in frame.columns and pd.to_numeric(frame["profit"], errors="coerce").notna().any()
    return PROFIT if known else SALES


def measure_of_audit(audit: Any) -> Measure:
    """Choose the measure an audit can speak of: profit where the cost of the period's purchases is known."""
    return measure_of(audit.table("totals")) if audit.has("totals") else SALES


def pick(change: float, *, up: T, down: T, same: T, floor: float = HARDLY) -> T:
    """Choose among three wordings by the sign of a change; what is not known counts as no change.

    Examples
    --------
    >>> pick(-0.04, up="rose", down="fell", same="did not change")
    'fell'
    """
    if not math.isfinite(change) or abs(change) < floor:
        return same
    return up if change > 0 else down


def number(value: Any) -> float:
    """Return a number as float; what is missing is nan."""
    return math.nan if value is None or pd.isna(value) else float(value)


def relative(now: Any, before: Any) -> float:
    """Change relative to what was before, nan where there was nothing.

    Examples
    --------
    >>> relative(96, 100), relative(5, 0)
    (-0.04, nan)
    """
    new, old = number(now), number(before)
    return (new - old) / abs(old) if old and math.isfinite(old) and math.isfinite(new) else math.nan


def known(value: float) -> bool:
    """Whether a number is there."""
    return math.isfinite(value)


def now_and_before(audit: Any) -> tuple[pd.Series, pd.Series | None]:
    """Return the rows of the history for the audit's period and for the one before, None where it had no customers."""
    rows = audit.table("history")
    now = rows.iloc[-1]
    before = rows.iloc[-2] if len(rows) > 1 and number(rows.iloc[-2]["customers"]) > 0 else None
    return now, before


def earlier(audit: Any, most: int = 8) -> Iterator[Any]:
    """Walk through the audits of the periods before that have been run, newest first."""
    past = audit.previous
    while past is not None and most > 0:
        yield past
        past, most = past.previous, most - 1


def value_by(frame: pd.DataFrame, key: str, value: str) -> Mapping[Any, float]:
    """Return a frame's column as a mapping, such as factor to effect."""
    return {row_key: number(row_value) for row_key, row_value in zip(frame[key], frame[value], strict=True)}


def largest_row(frame: pd.DataFrame, by: str) -> pd.Series:
    """Return the row with the largest value, the first of equals; a missing value is smaller than any other.

    Examples
    --------
    >>> largest_row(pd.DataFrame({"name": ["a", "b"], "n": [1, 2]}), "n")["name"]
    'b'
    """
    return frame.iloc[int(frame[by].astype(float).fillna(-math.inf).to_numpy().argmax())]


def top_rows(frame: pd.DataFrame, by: str, count: int) -> pd.DataFrame:
    """Return the rows with the largest values; ties keep their order."""
    return frame.sort_values(by, ascending=False, kind="stable").head(count).reset_index(drop=True)


def join_messages(parts: list[Message]) -> Message:
    """String sentences together, one after the other.

    Examples
    --------
    >>> from custinsight.words import Words
    >>> Words("en")(join_messages([msg("First."), msg("Second.")]))
    'First. Second.'
    """
    if not parts:
        return msg("")
    joined = parts[0]
    for part in parts[1:]:
        joined = msg("{first} {second}", first=joined, second=part)
    return joined
