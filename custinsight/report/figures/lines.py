"""Lines over time, each named at its end."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from custinsight.report.figures.canvas import SMALL, canvas, say_number, some, spread, ticks
from custinsight.report.style import ACCENT, AMBER, BLUE, MUTED, REST, VIOLET
from custinsight.words import Message, Words

COLOURS = (ACCENT, REST, AMBER, BLUE, VIOLET)


def draw_lines(
    frame: pd.DataFrame,
    words: Words,
    *,
    x: str,
    series: Sequence[tuple[str, Message]],
    show: str = "money",
    x_show: str = "",
    height: float = 2.9,
) -> Figure:
    """Draw one line per column; the first has the accent, and each ends in its name and last number.

    Parameters
    ----------
    frame : DataFrame
        One row per point in time, in order.
    words : Words
    x : str
        Column with the names of the points in time.
    series : sequence of (str, Message)
        Columns and what they are called.
    show : str
        Format of the numbers.
    x_show : str
        Format of the names in ``x``.
    height : float
        Inches.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(height)
    ends = []
    for (column, title), colour in zip(series, COLOURS, strict=False):
        values = frame[column].astype(float)
        axes.plot(
            range(len(frame)), values, color=colour, marker="o" if len(frame) < 3 else "", solid_joinstyle="round"
        )
        if values.notna().any():
            at = int(values.notna().to_numpy().nonzero()[0][-1])
            axes.plot([at], [values.iloc[at]], "o", color=colour, markersize=5)
            ends.append((float(values.iloc[at]), title, colour, at))
    numbers = frame[[column for column, _ in series]].astype(float)
    high, low = max([*numbers.max().dropna(), 0.0]), min([*numbers.min().dropna(), 0.0])
    axes.set_ylim(low, high + ((high - low) * 0.1 or 1.0))
    gap = (axes.get_ylim()[1] - low) * 0.1
    for (number, title, colour, at), y in zip(ends, spread([end[0] for end in ends], gap), strict=True):
        axes.annotate(
            f"{words(title)} {say_number(words, number, show)}",
            (at, y),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            color=colour if colour == ACCENT else MUTED,
            annotation_clip=False,
        )
    where = some(len(frame), 9)
    axes.set_xticks(where, [say_number(words, frame[x].iloc[i], x_show) for i in where])
    ticks(axes.yaxis, words, show)
    return figure
