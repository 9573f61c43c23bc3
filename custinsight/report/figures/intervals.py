"""Estimates with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from custinsight.report.figures.canvas import canvas, name_of, say_number, ticks
from custinsight.report.style import ACCENT, INK, SOFT
from custinsight.words import Message, Words


def draw_intervals(
    frame: pd.DataFrame,
    words: Words,
    *,
    name: str,
    value: str,
    low: str,
    high: str,
    axis: Message,
    show: str = "money",
    labels: Mapping[Any, Message] | None = None,
) -> Figure:
    """Draw a point and its interval per row of the frame, the first on top.

    Parameters
    ----------
    frame : DataFrame
    words : Words
    name, value, low, high : str
        Columns of the frame.
    axis : Message
        What is measured, and which interval it is.
    show : str
        Format of the numbers.
    labels : mapping, optional
        What the codes in ``name`` are called.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(0.9 + 0.46 * max(len(frame), 2))
    at = range(len(frame))
    axes.hlines(at, frame[low].astype(float), frame[high].astype(float), color=SOFT, linewidth=8, capstyle="round")
    axes.plot(frame[value].astype(float), at, "o", color=ACCENT, markersize=7)
    for i, number in zip(at, frame[value], strict=True):
        axes.annotate(
            say_number(words, number, show),
            (float(number), i),
            xytext=(0, 8),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            color=INK,
        )
    axes.set_yticks(at, [name_of(words, code, labels) for code in frame[name]])
    axes.tick_params(axis="y", labelcolor=INK)
    axes.set_ylim(len(frame) - 0.5, -0.75)
    axes.set_xlim(left=min(0.0, float(frame[[low, value]].min().min())))
    axes.grid(axis="x")
    axes.grid(False, axis="y")
    ticks(axes.xaxis, words, show)
    axes.set_xlabel(words(axis))
    return figure
