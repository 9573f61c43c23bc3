"""Figures of purchase models: each takes the frame that an analysis returned and computes nothing."""

from __future__ import annotations

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from custinsight.words import Message, Words, msg

_ENGLISH = Words("en")
_SIZE = (6.4, 3.8)


def plot_matrix(frame: pd.DataFrame, column: str = "expected_purchases", words: Words = _ENGLISH) -> Figure:
    """Draw a frequency-recency matrix.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of :func:`custinsight.clv.frequency_recency_matrix`.
    column : str
        expected_purchases, probability_alive or probability_no_purchase.
    words : Words
        The language of the figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, axes = _canvas()
    table = frame.pivot_table(index="frequency", columns="recency", values=column)
    mesh = axes.pcolormesh(table.columns.to_numpy(), table.index.to_numpy(), table.to_numpy(), shading="nearest")
    mesh.set_rasterized(True)
    figure.colorbar(mesh, ax=axes, label=words(_COLUMNS[column]))
    _name(axes, words, msg("Time from first to last purchase"), msg("Repeat purchases"))
    return figure


def plot_alive(frame: pd.DataFrame, words: Words = _ENGLISH) -> Figure:
    """Draw the history of one customer's probability of being alive, of :func:`custinsight.clv.alive_history`."""
    figure, axes = _canvas()
    axes.plot(pd.to_datetime(frame["day"]), frame["probability_alive"])
    bought = frame[frame["purchases"].diff().fillna(1) > 0]
    axes.vlines(pd.to_datetime(bought["day"]), 0, 1, linestyles="dotted", linewidth=1)
    axes.set_ylim(0, 1.02)
    _name(axes, words, msg("Day"), _COLUMNS["probability_alive"])
    figure.autofmt_xdate()
    return figure


def plot_tracking(frame: pd.DataFrame, cumulative: bool = True, words: Words = _ENGLISH) -> Figure:
    """Draw purchases made and expected over time, of :func:`custinsight.clv.track_purchases`."""
    figure, axes = _canvas()
    ending = "_total" if cumulative else ""
    axes.plot(frame["step"], frame[f"actual{ending}"], label=words(msg("Happened")))
    axes.plot(frame["step"], frame[f"expected{ending}"], linestyle="dashed", label=words(msg("Predicted")))
    axes.legend(frameon=False)
    _name(axes, words, msg("Time since the first purchase"), msg("Repeat purchases"))
    return figure


def plot_calibration(frame: pd.DataFrame, words: Words = _ENGLISH) -> Figure:
    """Draw predicted against actual shares, of a :class:`custinsight.clv.Holdout`'s ``calibration``."""
    figure, axes = _canvas()
    axes.plot([0, 1], [0, 1], linestyle="dashed", linewidth=1, color="0.6")
    axes.plot(frame["predicted"], frame["actual"], marker="o")
    _name(axes, words, msg("Predicted"), msg("Happened"))
    return figure


def plot_values(frame: pd.DataFrame, words: Words = _ENGLISH) -> Figure:
    """Draw who carries the value, of :func:`custinsight.clv.value_distribution`."""
    figure, axes = _canvas()
    axes.plot([0, *frame["share_of_customers"]], [0, *frame["share_of_value"]], marker="o", markersize=3)
    axes.plot([0, 1], [0, 1], linestyle="dashed", linewidth=1, color="0.6")
    _name(axes, words, msg("Share of customers, the most valuable first"), msg("Share of value"))
    return figure


_COLUMNS: dict[str, Message] = {
    "expected_purchases": msg("Expected purchases"),
    "probability_alive": msg("Probability of being a customer still"),
    "probability_no_purchase": msg("Probability of no purchase"),
}


def _canvas() -> tuple[Figure, Any]:
    figure = Figure(figsize=_SIZE, layout="constrained")
    return figure, figure.add_subplot()


def _name(axes: Any, words: Words, x: Message, y: Message) -> None:
    axes.set_xlabel(words(x))
    axes.set_ylabel(words(y))
