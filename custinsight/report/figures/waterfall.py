"""Waterfalls: how one number became another, step by step."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from custinsight.report.figures.canvas import SMALL, bare, canvas, fitting, name_of, say_number
from custinsight.report.style import AXIS, MUTED, NEGATIVE, POSITIVE
from custinsight.words import Message, Words


def draw_waterfall(
    frame: pd.DataFrame,
    words: Words,
    *,
    step: str,
    value: str,
    totals: Collection[Any] = (),
    show: str = "count",
    signed: str = "signed_count",
    labels: Mapping[Any, Message] | None = None,
    height: float = 2.8,
) -> Figure:
    """Draw a waterfall: totals stand on the zero line, every other step hangs where the one before it ended.

    Parameters
    ----------
    frame : DataFrame
        One row per step, in order; steps that are no totals hold changes with their sign.
    words : Words
    step, value : str
        Columns of the frame.
    totals : collection
        Codes in ``step`` that are totals.
    show, signed : str
        Formats of totals and of changes.
    labels : mapping, optional
        What the steps are called.
    height : float
        Inches.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(height)
    values = frame[value].astype(float).fillna(0.0).to_list()
    ends, level = [], 0.0
    for i, (code, number) in enumerate(zip(frame[step], values, strict=True)):
        start = 0.0 if code in totals else level
        level = start + number
        colour = MUTED if code in totals else POSITIVE if number >= 0 else NEGATIVE
        axes.bar(i, abs(number), bottom=min(start, level), color=colour, width=0.62)
        text = say_number(words, frame[value].iloc[i], show if code in totals else signed)
        _label(axes, i, max(start, level), text, colour)
        ends.append(level)
        if i + 1 < len(values):
            axes.hlines(level, i + 0.31, i + 0.69, color=AXIS, linewidth=0.8)
    axes.set_xticks(
        range(len(values)), [name_of(words, code, labels, width=fitting(len(values))) for code in frame[step]]
    )
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    axes.set_ylim(low - (high - low) * (0.05 if low < 0 else 0), high + ((high - low) * 0.14 or 1.0))
    bare(axes, y=True)
    if low < 0:
        axes.spines["bottom"].set_visible(False)
        axes.axhline(0, color=AXIS, linewidth=0.8)
    return figure


def _label(axes: Any, x: float, y: float, text: str, colour: str) -> None:
    axes.annotate(
        text,
        (x, y),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=SMALL + 0.5,
        color=colour,
    )
