"""Predictions held against what happened: a forecast that is right lies on the diagonal."""

from __future__ import annotations

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
    end = min(1.0, max(float(x.max()), float(y.max())) * 1.08 or 1.0)
    axes.plot([0, end], [0, end], color=AXIS, linewidth=1, linestyle=(0, (4, 3)))
    axes.vlines(x, x, y, color=ACCENT, linewidth=1, alpha=0.5)
    axes.plot(x, y, "o", color=ACCENT, markersize=7)
    axes.text(end * 0.02, end * 0.98, words(above), va="top", color=MUTED, fontsize=SMALL)
    axes.text(end * 0.98, end * 0.02, words(below), ha="right", va="bottom", color=MUTED, fontsize=SMALL)
    axes.set_xlim(0, end)
    axes.set_ylim(0, end)
    axes.grid(True, axis="both")
    ticks(axes.xaxis, words, "percent")
    ticks(axes.yaxis, words, "percent")
    axes.set_xlabel(words(axes_titles[0]))
    axes.set_ylabel(words(axes_titles[1]))
    return figure
