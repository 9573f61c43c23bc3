"""Bars with their numbers written on them: columns, rows for long names, pairs, and bars against a mark."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from custinsight.report.figures.canvas import (
    SMALL,
    bare,
    canvas,
    fitting,
    key,
    name_of,
    panels,
    room_above,
    room_beside,
    say_number,
    some,
)
from custinsight.report.style import ACCENT, AXIS, HIGHLIGHT, INK, MUTED, NEGATIVE, POSITIVE, REST
from custinsight.words import Message, Words, msg

Labels = Mapping[Any, Message]


def draw_columns(
    frame: pd.DataFrame,
    words: Words,
    *,
    name: str,
    value: str,
    show: str = "count",
    labels: Labels | None = None,
    highlight: Collection[Any] = (),
    height: float = 2.7,
) -> Figure:
    """Draw one column per row of the frame, in its order.

    Parameters
    ----------
    frame : DataFrame
    words : Words
    name, value : str
        Columns of the frame: what a bar is called, and how high it is.
    show : str
        Format of the numbers.
    labels : mapping, optional
        What the codes in ``name`` are called.
    highlight : collection
        Names of the bars that the title speaks of; all others are grey. Empty: all have the accent.
    height : float
        Inches.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(height)
    values = frame[value].astype(float).fillna(0.0).to_list()
    colours = _colours(frame[name], values, highlight)
    axes.bar(range(len(values)), values, color=colours, width=0.68)
    names = [name_of(words, code, labels, width=fitting(len(values))) for code in frame[name]]
    where = some(len(values), 14)
    axes.set_xticks(where, [names[i] for i in where])
    for i in where if len(values) > 24 else range(len(values)):
        _above(axes, i, values[i], say_number(words, frame[value].iloc[i], show), colours[i])
    room_above(axes, min(values, default=0), max(values, default=0))
    bare(axes, y=True)
    if min(values, default=0) < 0:
        axes.axhline(0, color=AXIS, linewidth=0.8)
        axes.spines["bottom"].set_visible(False)
    return figure


def draw_rows(
    frame: pd.DataFrame,
    words: Words,
    *,
    name: str,
    value: str,
    show: str = "money",
    labels: Labels | None = None,
    highlight: Collection[Any] = (),
    signed: bool = False,
    name_width: int = 34,
) -> Figure:
    """Draw one horizontal bar per row of the frame, the first on top, for names that need room.

    Parameters
    ----------
    frame, words, name, value, show, labels, highlight
        As in :func:`draw_columns`.
    signed : bool
        Whether gains and losses have the colours of gain and loss.
    name_width : int
        Letters after which a name is shortened.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(0.55 + 0.27 * max(len(frame), 2))
    values = frame[value].astype(float).fillna(0.0).to_list()
    colours = [POSITIVE if v >= 0 else NEGATIVE for v in values] if signed else _colours(frame[name], values, highlight)
    axes.barh(range(len(values)), values, color=colours, height=0.64)
    names = [name_of(words, code, labels, width=name_width) for code in frame[name]]
    said = [say_number(words, given, show) for given in frame[value]]
    axes.set_yticks(range(len(values)), names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(len(values) - 0.4, -0.6)
    for i, number in enumerate(values):
        side = 1 if number >= 0 else -1
        axes.annotate(
            said[i],
            (number, i),
            xytext=(4 * side, 0),
            textcoords="offset points",
            ha="left" if side > 0 else "right",
            va="center",
            fontsize=SMALL,
            color=MUTED,
        )
    room_beside(axes, values, said, names)
    bare(axes, x=True)
    if min(values, default=0) < 0:
        axes.axvline(0, color=AXIS, linewidth=0.8)
    return figure


def draw_pairs(
    frame: pd.DataFrame,
    words: Words,
    *,
    name: str,
    series: Sequence[tuple[str, Message]],
    show: str = "decimal",
    labels: Labels | None = None,
    height: float = 3.0,
) -> Figure:
    """Draw two columns side by side per row: what is compared with is grey, what it is about has the accent.

    Parameters
    ----------
    frame, words, name, show, labels, height
        As in :func:`draw_columns`.
    series : sequence of (str, Message)
        Two columns of the frame and what they are called; the second has the accent.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(height)
    width, colours = 0.38, (REST, ACCENT)
    for k, (column, _title) in enumerate(series):
        values = frame[column].astype(float).fillna(0.0)
        at = [i + (k - 0.5) * width for i in range(len(values))]
        axes.bar(at, values, width=width * 0.94, color=colours[k])
        for x, number, given in zip(at, values, frame[column], strict=True):
            _above(axes, x, number, say_number(words, given, show), MUTED if k == 0 else ACCENT, size=7.5)
    axes.set_xticks(range(len(frame)), [name_of(words, code, labels, fitting(len(frame))) for code in frame[name]])
    numbers = frame[[column for column, _ in series]].astype(float).fillna(0.0)
    room_above(axes, float(numbers.min().min()), float(numbers.max().max()))
    bare(axes, y=True)
    key(axes, words, [(colours[k], title) for k, (_, title) in enumerate(series)])
    return figure


def draw_targets(
    frame: pd.DataFrame,
    words: Words,
    *,
    name: str,
    value: str,
    target: str,
    titles: tuple[Message, Message],
    show: str = "money",
) -> Figure:
    """Draw one horizontal bar per row and, across it, the mark that it should reach.

    Parameters
    ----------
    frame, words, name, value, show
        As in :func:`draw_rows`.
    target : str
        Column with the mark; rows without one show only the bar.
    titles : tuple of Message
        What bar and mark are called.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(0.8 + 0.3 * max(len(frame), 2))
    values, targets = frame[value].astype(float).fillna(0.0), frame[target].astype(float)
    short = values < targets
    axes.barh(range(len(frame)), values, color=[NEGATIVE if s else ACCENT for s in short], height=0.6)
    axes.vlines(targets, [i - 0.42 for i in range(len(frame))], [i + 0.42 for i in range(len(frame))], color=INK, lw=2)
    names = [name_of(words, code) for code in frame[name]]
    said = [say_number(words, given, show) for given in frame[value]]
    axes.set_yticks(range(len(frame)), names)
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(len(frame) - 0.4, -0.6)
    ends = pd.concat([values, targets], axis=1).max(axis=1)
    for i, end in enumerate(ends):
        axes.annotate(said[i], (end, i), xytext=(6, 0), textcoords="offset points", va="center", fontsize=SMALL)
    room_beside(axes, ends.to_list(), said, names)
    bare(axes, x=True)
    below = [(NEGATIVE, msg("Below target"))] if short.any() else []
    key(axes, words, [(ACCENT, titles[0]), *below, (INK, titles[1])])
    return figure


def draw_panels(
    frame: pd.DataFrame,
    words: Words,
    *,
    panel: str,
    name: str,
    value: str,
    titles: Mapping[Any, Message],
    shows: Mapping[Any, str],
    say_value: str = "percent",
) -> Figure:
    """Draw small multiples: one panel of columns per code in ``panel``, names written in that panel's own format.

    Parameters
    ----------
    frame : DataFrame
        Long: one row per bar of each panel.
    words : Words
    panel, name, value : str
        Columns of the frame.
    titles : mapping
        What the panels are called; panels without rows are left out.
    shows : mapping
        Format of the names in each panel.
    say_value : str
        Format of the numbers on the bars.

    Returns
    -------
    Figure
    """
    there = [code for code in titles if (frame[panel] == code).any()]
    figure, grid = panels(len(there), height=1.9, across=1 if len(there) == 1 else 2)
    for axes, code in zip(grid, there, strict=True):
        part = frame[frame[panel] == code]
        values = part[value].astype(float).to_list()
        axes.bar(range(len(part)), values, color=REST, width=0.9)
        top = values.index(max(values))
        axes.patches[top].set_facecolor(HIGHLIGHT)
        _above(axes, top, values[top], say_number(words, values[top], say_value), HIGHLIGHT)
        where = range(0, len(part), -(-len(part) // 4))
        axes.set_xticks(where, [say_number(words, part[name].iloc[i], shows[code]) for i in where])
        axes.set_title(words(titles[code]), fontsize=9, color=INK)
        room_above(axes, 0, max(values), share=0.2)
        bare(axes, y=True)
    return figure


def _colours(names: pd.Series, values: Sequence[float], highlight: Collection[Any]) -> list[str]:
    if highlight:
        return [HIGHLIGHT if name in highlight else REST for name in names]
    return [POSITIVE if value >= 0 else NEGATIVE for value in values]


def _above(axes: Any, x: float, y: float, text: str, colour: str, size: float = SMALL) -> None:
    axes.annotate(
        text,
        (x, y),
        xytext=(0, 3 if y >= 0 else -3),
        textcoords="offset points",
        ha="center",
        va="bottom" if y >= 0 else "top",
        fontsize=size,
        color=MUTED if colour == REST else colour,
    )
