"""Heat maps: two classes crossed, with the number in each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from custinsight.report.figures.canvas import SMALL, canvas, name_of, say_number
from custinsight.report.style import INK, MUTED, colour_map, text_on
from custinsight.words import Message, Words


def draw_heatmap(
    frame: pd.DataFrame,
    words: Words,
    *,
    down: str,
    across: str,
    value: str,
    show: str = "count",
    down_order: Sequence[Any],
    across_order: Sequence[Any],
    down_labels: Mapping[Any, Message] | None = None,
    across_labels: Mapping[Any, Message] | None = None,
    titles: tuple[Message, Message] | None = None,
    colour_by: str | None = None,
    row_height: float = 0.34,
) -> Figure:
    """Draw a table of cells, the darker the larger, each with its number; a cell without a row stays empty.

    Parameters
    ----------
    frame : DataFrame
        Long: one row per cell.
    words : Words
    down, across, value : str
        Columns of the frame.
    show : str
        Format of the numbers.
    down_order, across_order : sequence
        Codes in the order of rows and columns.
    down_labels, across_labels : mapping, optional
        What the codes are called.
    titles : tuple of Message, optional
        What rows and columns are.
    colour_by : str, optional
        Column that gives the shade, where it is not the number that is written.
    row_height : float
        Inches.

    Returns
    -------
    Figure
    """
    figure, axes = canvas(0.75 + row_height * len(down_order) + (0.25 if titles else 0))
    cells = _grid(frame, down, across, value, down_order, across_order)
    shades = _grid(frame, down, across, colour_by or value, down_order, across_order)
    top = float(np.nanmax(shades)) if np.isfinite(shades).any() else 0.0
    scale = colour_map()
    for (i, j), number in np.ndenumerate(cells):
        if np.isfinite(number):
            colour = scale(0.9 * max(float(shades[i, j]), 0.0) / top if top > 0 else 0.0)
            axes.add_patch(_cell(j, i, colour))
            axes.text(
                j, i, say_number(words, number, show), ha="center", va="center", fontsize=SMALL, color=text_on(colour)
            )
    axes.set_xlim(-0.5, len(across_order) - 0.5)
    axes.set_ylim(len(down_order) - 0.5, -0.5)
    fits = max(4, 84 // max(len(across_order), 1))
    axes.set_xticks(range(len(across_order)), [name_of(words, code, across_labels, fits) for code in across_order])
    axes.set_yticks(range(len(down_order)), [name_of(words, code, down_labels) for code in down_order])
    axes.tick_params(axis="both", labelcolor=INK)
    axes.xaxis.tick_top()
    axes.spines[:].set_visible(False)
    axes.grid(False)
    if titles:
        axes.set_ylabel(words(titles[0]), color=MUTED)
        axes.set_xlabel(words(titles[1]), color=MUTED)
        axes.xaxis.set_label_position("top")
    return figure


def _cell(x: float, y: float, colour: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=colour, edgecolor="none")


def _grid(
    frame: pd.DataFrame, down: str, across: str, value: str, rows: Sequence[Any], columns: Sequence[Any]
) -> np.ndarray:
    wide = frame.pivot_table(index=down, columns=across, values=value, aggfunc="sum", min_count=1)
    return wide.reindex(index=list(rows), columns=list(columns)).to_numpy(dtype=float)
