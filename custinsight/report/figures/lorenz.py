"""The Lorenz curve, best customers first: what share of the business hangs on what share of the customers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from custinsight.report.figures.canvas import SMALL, canvas, key, say_number, ticks
from custinsight.report.style import ACCENT, AMBER, AXIS, INK, MUTED
from custinsight.words import Message, Words


def draw_lorenz(
    frame: pd.DataFrame,
    words: Words,
    *,
    series: Sequence[tuple[str, Message]],
    customers: str = "customer_share",
    mark: float = 0.1,
    height: float = 3.2,
) -> Figure:
    """Draw shares of spend or profit against the share of customers, with the line of equality.

    Parameters
    ----------
    frame : DataFrame
        Cumulated shares, from 0 to 1.
    words : Words
    series : sequence of (str, Message)
        One or two columns with cumulated shares, and what they are called; the first has the accent.
    customers : str
        Column with the cumulated share of customers.
    mark : float
        Share of customers at which the curve of the first column is read off.
    height : float
        Inches.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(height)
    axes.plot([0, 1], [0, 1], color=AXIS, linewidth=1, linestyle=(0, (4, 3)))
    x = frame[customers].astype(float)
    marks = [_read(x, frame[column], mark) for column, _ in series]
    for (column, _title), colour in zip(series, (ACCENT, AMBER), strict=False):
        axes.plot(x, frame[column].astype(float), color=colour)
    axes.vlines(mark, 0, max(marks), color=INK, linewidth=0.8)
    axes.plot([mark], [marks[0]], "o", color=ACCENT)
    axes.annotate(
        say_number(words, marks[0], "percent"),
        (mark, marks[0]),
        xytext=(-6, 6),
        textcoords="offset points",
        ha="right",
        color=ACCENT,
        fontweight="bold",
    )
    axes.annotate(words("Everybody the same"), (0.8, 0.76), color=MUTED, fontsize=SMALL, va="top", ha="left")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(0, max(1.05, float(frame[[column for column, _ in series]].max().max()) * 1.03))
    axes.set_xticks([0, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0])
    ticks(axes.xaxis, words, "percent")
    ticks(axes.yaxis, words, "percent")
    axes.set_xlabel(words("Share of customers, best first"))
    if len(series) > 1:
        key(axes, words, list(zip((ACCENT, AMBER), (title for _, title in series), strict=False)))
    return figure


def _read(x: pd.Series, y: pd.Series, mark: float) -> float:
    """Value of the curve at the mark, between its two neighbours."""
    import numpy as np

    return float(np.interp(mark, x, y.astype(float)))
