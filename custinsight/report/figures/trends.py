"""Key figures over time: one small panel each, with its first and last number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custinsight.report.figures.canvas import SMALL, bare, panels, say_number
from custinsight.report.style import ACCENT, INK, LINE, MUTED
from custinsight.words import Message, Words


@dataclass(frozen=True)
class Trend:
    """One panel: a column of the frame, what it is called, and the format of its numbers."""

    column: str
    title: Message
    show: str


def draw_trends(
    frame: pd.DataFrame, words: Words, *, x: str, trends: Sequence[Trend], height: float = 1.35, across: int = 3
) -> Figure:
    """Draw one line per panel, each on a scale of its own: the shape is compared, not the height.

    Parameters
    ----------
    frame : DataFrame
        One row per point in time, in order.
    words : Words
    x : str
        Column with the names of the points in time; the first and the last are shown.
    trends : sequence of Trend
    height : float
        Inches of a panel.
    across : int
        Panels in a row.

    Returns
    -------
    Figure
    """
    figure, grid = panels(len(trends), height, across)
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.08)
    for axes, trend in zip(grid, trends, strict=True):
        axes.set_title(words(trend.title), loc="left", fontsize=9, color=INK, pad=7)
        _draw_one(axes, frame[trend.column].astype(float), words, trend.show)
        _name_ends(axes, [str(name) for name in frame[x]])
    return figure


def _draw_one(axes: Axes, values: pd.Series, words: Words, show: str) -> None:
    bare(axes, y=True)
    there = [(at, float(value)) for at, value in enumerate(values) if not pd.isna(value)]
    axes.plot(range(len(values)), values, color=ACCENT, marker="o", markersize=2.5, linewidth=1.6)
    if not there:
        axes.text(0.5, 0.5, say_number(words, None, show), transform=axes.transAxes, ha="center", color=MUTED)
        axes.set_ylim(0, 1)
        return
    low, high = min(value for _, value in there), max(value for _, value in there)
    span = (high - low) or abs(high) or 1.0
    axes.set_ylim(low - 0.5 * span, high + 0.5 * span)
    # numbers keep out of the way of a line that rises from the first point or falls to the last
    if len(there) > 1:
        below = max(value for _, value in there[1:3]) > there[0][1]
        _number(axes, there[0], say_number(words, there[0][1], show), below=below, last=False)
    below = len(there) > 1 and max(value for _, value in there[-3:-1]) > there[-1][1]
    _number(axes, there[-1], say_number(words, there[-1][1], show), below=below, last=True)
    axes.plot([there[-1][0]], [there[-1][1]], "o", color=ACCENT, markersize=5)


def _number(axes: Axes, point: tuple[int, float], said: str, *, below: bool, last: bool) -> None:
    axes.annotate(
        said,
        point,
        xytext=(0, -6) if below else (0, 6),
        textcoords="offset points",
        va="top" if below else "bottom",
        ha="right" if last and point[0] else "left",
        fontsize=SMALL,
        color=ACCENT if last else MUTED,
        fontweight="bold" if last else "normal",
    )


def _name_ends(axes: Axes, names: list[str]) -> None:
    last = len(names) - 1
    axes.set_xlim(-0.04 * max(last, 1), last + 0.04 * max(last, 1))
    axes.set_xticks(sorted({0, last}), [names[i] for i in sorted({0, last})])
    labels = axes.get_xticklabels()
    labels[0].set_horizontalalignment("left")
    labels[-1].set_horizontalalignment("right" if last else "left")
    for label in labels:
        label.set_fontsize(SMALL)
    axes.spines["bottom"].set_color(LINE)
