"""Stacked cohorts (C3): how much of each period's business comes from the customers won in which year."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from custinsight.report.figures.canvas import SMALL, canvas, name_of, some, spread, ticks
from custinsight.report.style import CARD, INK, ramp
from custinsight.words import Words


def draw_cohorts(
    frame: pd.DataFrame,
    words: Words,
    *,
    period: str = "period",
    cohort: str = "cohort",
    value: str = "spend",
    show: str = "money",
    height: float = 3.2,
) -> Figure:
    """Draw the cohorts' values over the periods, the oldest cohort at the bottom.

    Parameters
    ----------
    frame : DataFrame
        Long: period, cohort, value; periods and cohorts sort by their text. A pair without a row is zero.
    words : Words
    period, cohort, value : str
        Columns of the frame.
    show : str
        Format of the axis.
    height : float
        Inches.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(height)
    wide = frame.pivot_table(index=period, columns=cohort, values=value, aggfunc="sum").fillna(0.0)
    bands = wide.clip(lower=0.0)  # a band cannot be negative; the table shows the number as it is
    colours = ramp(len(bands.columns))
    if len(bands) == 1:
        axes.bar([0] * len(bands.columns), bands.iloc[0], bottom=_below(bands.iloc[0]), color=colours, width=0.5)
    else:
        axes.stackplot(range(len(bands)), bands.T.to_numpy(), colors=colours, edgecolor=CARD, linewidth=0.6)
    where = some(len(bands), 9)
    axes.set_xticks(where, [str(bands.index[i]) for i in where])
    ticks(axes.yaxis, words, show)
    axes.set_ylim(bottom=0)
    axes.margins(x=0.01)
    _name_bands(axes, bands.iloc[-1], len(bands) - 1, words)
    return figure


def _below(last: pd.Series) -> pd.Series:
    return last.cumsum() - last


def _name_bands(axes: object, last: pd.Series, x: int, words: Words) -> None:
    """Write each cohort's name beside the last period, moved apart where the bands are thin."""
    height = axes.get_ylim()[1]  # type: ignore[attr-defined]
    middles = (_below(last) + last / 2).to_list()
    for name, middle, y in zip(last.index, middles, spread(middles, height * 0.075), strict=True):
        axes.annotate(  # type: ignore[attr-defined]
            name_of(words, name, width=12),
            (x, middle),
            xytext=(x + 0.012 * max(x, 1) + (0.27 if x == 0 else 0), y),
            textcoords="data",
            va="center",
            fontsize=SMALL,
            color=INK,
            annotation_clip=False,
        )
