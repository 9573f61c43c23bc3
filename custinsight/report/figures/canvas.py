"""What all figures share: their size, how they say names and numbers, and how labels keep apart."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from custinsight.report.style import MUTED, WIDTH
from custinsight.words import Message, Words
from custinsight.writers.columns import Col, cell_text

NAME_WIDTH = 22
SMALL = 8.5


def canvas(height: float = 2.9) -> tuple[Figure, Axes]:
    """Open a figure of the house's width with one pair of axes.

    Parameters
    ----------
    height : float
        Inches.

    Returns
    -------
    tuple of Figure and Axes
        Not known to pyplot, so that nothing has to be closed.
    """
    figure = Figure(figsize=(WIDTH, height), layout="constrained")
    return figure, figure.subplots()


def panels(count: int, height: float, across: int = 2) -> tuple[Figure, list[Axes]]:
    """Open a figure of small multiples: ``count`` pairs of axes, ``across`` in a row."""
    down = -(-count // across)
    figure = Figure(figsize=(WIDTH, height * down), layout="constrained")
    grid = figure.subplots(down, across, squeeze=False).ravel().tolist()
    for spare in grid[count:]:
        spare.remove()
    return figure, grid[:count]


def say_number(words: Words, value: Any, show: str) -> str:
    """Say a number in one of the formats of :class:`~custinsight.words.Words`.

    Examples
    --------
    >>> say_number(Words("en"), 0.382, "percent")
    '38.2%'
    """
    return cell_text(value, Col("", Message(""), show), words)


def name_of(words: Words, code: Any, labels: Mapping[Any, Message] | None = None, width: int = NAME_WIDTH) -> str:
    """Say what a code is called; text that is no code is shown as it is, shortened.

    Examples
    --------
    >>> from custinsight.words import msg
    >>> name_of(Words("en"), "open", {"open": msg("Still open")}), name_of(Words("en"), "x" * 30, width=6)
    ('Still open', 'xxxxx…')
    """
    return shorten(cell_text(code, Col("", Message(""), "label", labels or {}), words), width)


def shorten(text: str, width: int = NAME_WIDTH) -> str:
    """Cut a text that is wider than ``width`` Latin letters; a Chinese character is as wide as two.

    Examples
    --------
    >>> shorten("办公用品", 6), shorten("paper", 6)
    ('办公…', 'paper')
    """
    widths = [_letter_width(letter) for letter in text]
    if sum(widths) <= width:
        return text
    used, kept = 1, []
    for letter, size in zip(text, widths, strict=True):
        used += size
        if used > width:
            break
        kept.append(letter)
    return "".join(kept).rstrip() + "…"


def text_width(texts: Iterable[str], size: float = SMALL) -> float:
    """Width in inches of the widest of some texts, roughly: enough to leave room for it.

    Examples
    --------
    >>> text_width(["1,200"]) == text_width(["办公5"]) and text_width([]) == 0
    True
    """
    letters = max((sum(_letter_width(letter) for letter in text) for text in texts), default=0)
    return letters * size * 0.62 / 72


def _letter_width(letter: str) -> int:
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def fitting(bars: int) -> int:
    """Letters of a name that fit under one of so many bars.

    Examples
    --------
    >>> fitting(5), fitting(12)
    (20, 8)
    """
    return max(5, 100 // max(bars, 1))


def spread(positions: Sequence[float], gap: float) -> list[float]:
    """Move labels apart until neighbours are ``gap`` away from each other; their order stays.

    Examples
    --------
    >>> spread([1.0, 1.2, 5.0], gap=1.0)
    [0.6, 1.6, 5.0]
    """
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    clusters: list[tuple[float, int]] = []
    for i in order:
        clusters.append((float(positions[i]), 1))
        while len(clusters) > 1 and _overlap(clusters[-2], clusters[-1], gap):
            (left, n), (right, m) = clusters[-2:]
            clusters[-2:] = [((left * n + right * m) / (n + m), n + m)]
    placed = [centre + (k - (n - 1) / 2) * gap for centre, n in clusters for k in range(n)]
    result = [0.0] * len(placed)
    for i, at in zip(order, placed, strict=True):
        result[i] = round(at, 9)
    return result


def _overlap(below: tuple[float, int], above: tuple[float, int], gap: float) -> bool:
    return above[0] - below[0] < gap * (below[1] + above[1]) / 2 - 1e-12


def ticks(axis: Any, words: Words, show: str) -> None:
    """Write an axis' numbers in the language and format of the figure."""
    axis.set_major_formatter(lambda value, _position: _tick(words, value, show))


def _tick(words: Words, value: float, show: str) -> str:
    """Say a tick; round percentages need no digits."""
    whole = show == "percent" and abs(value * 100 - round(value * 100)) < 1e-6
    return words.percent(value, digits=0) if whole else say_number(words, value, show)


def some(count: int, most: int = 10) -> list[int]:
    """Positions of the labels that an axis of ``count`` steps has room for; the last step always has one.

    Examples
    --------
    >>> some(4), some(24, most=8)
    ([0, 1, 2, 3], [2, 5, 8, 11, 14, 17, 20, 23])
    """
    step = max(-(-count // most), 1)
    return list(range((count - 1) % step, count, step))


def key(axes: Axes, words: Words, entries: Sequence[tuple[str, Message]]) -> None:
    """Name the colours in one line above the axes, where a label at each mark would not fit."""
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=colour, label=words(name)) for colour, name in entries]
    axes.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        ncols=len(entries),
        borderaxespad=0.2,
        handlelength=0.9,
        handleheight=0.9,
        labelcolor=MUTED,
        fontsize=SMALL,
        columnspacing=1.4,
    )


def bare(axes: Axes, *, x: bool = False, y: bool = False) -> None:
    """Take away an axis whose numbers stand beside the marks."""
    if x:
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
    if y:
        axes.set_yticks([])
    axes.grid(False)


def room_above(axes: Axes, low: float, high: float, share: float = 0.12) -> None:
    """Leave room for labels above columns, and below those that hang down."""
    span = (max(high, 0) - min(low, 0)) or 1.0
    limits = (min(low, 0) - (span * share if low < 0 else 0), max(high, 0) + (span * share if high > 0 else 0))
    axes.set_ylim(*(limits if limits[0] < limits[1] else (0, 1)))


def room_beside(axes: Axes, ends: Sequence[float], labels: Sequence[str], names: Sequence[str]) -> None:
    """Leave room for the labels at the ends of horizontal bars, on either side.

    Parameters
    ----------
    axes : Axes
    ends : sequence of float
        Where the bars end.
    labels : sequence of str
        What stands at each end.
    names : sequence of str
        What stands left of the axes, which takes its room from them.
    """
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    left = text_width(label for label, end in zip(labels, ends, strict=True) if end < 0) + (0.1 if low < 0 else 0)
    right = text_width(label for label, end in zip(labels, ends, strict=True) if end >= 0) + 0.1
    inches = max(WIDTH - text_width(names, 9) - 0.2 - left - right, 1.0)
    scale = ((high - low) or 1.0) / inches
    axes.set_xlim(low - left * scale, high + right * scale)
