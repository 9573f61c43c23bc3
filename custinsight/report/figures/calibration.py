"""Predictions held against what happened: a forecast that is right lies on the diagonal."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from custinsight.report.figures.canvas import SMALL, canvas, ticks
from custinsight.report.style import ACCENT, AXIS, MUTED
from custinsight.words import Message, Words


def draw_calibration(
    frame: pd.DataFrame,
    words: Words,
    *,
    predicted: str = "predicted",
    actual: str = "actual",
    above: Message,
    below: Message,
    axes_titles: tuple[Message, Message],
    height: float = 3.3,
) -> Figure:
    """Draw what was predicted and what happened, a point per class of customers.

    Parameters
    ----------
    frame : DataFrame
        One row per class, both columns as fractions.
    words : Words
    predicted, actual : str
        Columns of the frame.
    above, below : Message
        What it means to lie above and below the diagonal.
    axes_titles : tuple of Message
        Names of the axes, horizontal first.
    height : float
        Inches.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(height)
    x, y = frame[predicted].astype(float), frame[actual].astype(float)
    start, end = _span(pd.concat([x, y]))
    axes.plot([start, end], [start, end], color=AXIS, linewidth=1, linestyle=(0, (4, 3)))
    axes.vlines(x, x, y, color=ACCENT, linewidth=1, alpha=0.5)
    axes.plot(x, y, "o", color=ACCENT, markersize=7, clip_on=False, zorder=3)
    corner: dict[str, Any] = {"transform": axes.transAxes, "color": MUTED, "fontsize": SMALL}
    axes.text(0.02, 0.97, words(above), va="top", **corner)
    axes.text(0.98, 0.03, words(below), ha="right", va="bottom", **corner)
    axes.set_xlim(start, end)
    axes.set_ylim(start, end)
    axes.grid(True, axis="both")
    ticks(axes.xaxis, words, "percent")
    ticks(axes.yaxis, words, "percent")
    axes.set_xlabel(words(axes_titles[0]))
    axes.set_ylabel(words(axes_titles[1]))
    return figure


def _span(shares: pd.Series) -> tuple[float, float]:
    """Ends of both axes: whole tenths around the points, from zero on unless all points lie far from it.

    Examples
    --------
    >>> _span(pd.Series([0.61, 0.97])), _span(pd.Series([0.2, 0.33]))
    ((0.6, 1.0), (0.0, 0.4))
    """
    if shares.isna().all():
        return 0.0, 1.0
    low, high = math.floor(shares.min() * 10) / 10, math.ceil(shares.max() * 10) / 10
    return (low if low >= 0.3 else 0.0), min(max(high, 0.1), 1.0) + (0.1 if low == high < 1 else 0.0)
