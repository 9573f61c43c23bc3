"""Colours and the drawing style that all figures share.

A figure takes its colours from here. The page knows each of them by name, so that the figures follow the reader's
light or dark mode; a colour that is not in :data:`PALETTE` stays as it is drawn.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

WIDTH = 7.2
"""Width of a figure in inches; the page scales it to the column."""

INK = "#1f2933"
MUTED = "#52606d"
AXIS = "#9aa5b1"
LINE = "#e4e7eb"
CARD = "#ffffff"
GREY = "#9fb0bd"
ACCENT = "#0b6e69"
SOFT = "#9cc4c1"
AMBER = "#e08e0b"
BLUE = "#3e6db0"
RED = "#a4483c"
VIOLET = "#8a6fae"
RAMP = ("#dce9e8", "#b9d6d3", "#8fbcb8", "#639f9b", "#36847f", ACCENT, "#064a47")
"""One hue from light to dark for ordered classes: small to large, old to new."""

PALETTE = {
    INK: "ink",
    MUTED: "muted",
    AXIS: "axis",
    LINE: "line",
    CARD: "card",
    GREY: "grey",
    ACCENT: "accent",
    SOFT: "soft",
    AMBER: "amber",
    BLUE: "blue",
    RED: "red",
    VIOLET: "violet",
} | {colour: f"ramp{i}" for i, colour in enumerate(RAMP) if colour != ACCENT}
"""Colour -> name of the page's colour variable (``--ci-<name>``)."""

POSITIVE, NEGATIVE, HIGHLIGHT, REST = ACCENT, RED, ACCENT, GREY
# Not in the palette on purpose: they stand on a drawn colour that does not change in dark mode.
ON_LIGHT, ON_DARK = "#0d1318", "#fefefe"


def ramp(n: int) -> list[str]:
    """Return ``n`` shades of the accent from light to dark.

    Examples
    --------
    >>> len(ramp(3)), ramp(1) == [ACCENT]
    (3, True)
    """
    if n == 1:
        return [ACCENT]
    last = len(RAMP) - 1
    if n <= len(RAMP):
        return [RAMP[round(i * last / (n - 1))] for i in range(n)]
    from matplotlib.colors import to_hex

    scale = colour_map()
    return [to_hex(scale(i / (n - 1))) for i in range(n)]


def colour_map() -> Any:
    """Return the accent's shades as a continuous matplotlib colour map for heat maps."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("custinsight", ["#f3f7f6", *RAMP])


def text_on(colour: Any) -> str:
    """Return the text colour that can be read on a drawn colour, in light and in dark mode.

    Parameters
    ----------
    colour : matplotlib colour

    Returns
    -------
    str
        For a colour of the palette, which changes in dark mode, a colour that changes with it; else a fixed one.

    Examples
    --------
    >>> text_on(RAMP[0]) == INK, text_on(RAMP[-1]) == CARD, text_on("#fafafa") == ON_LIGHT
    (True, True, True)
    """
    from matplotlib.colors import to_hex

    follows = to_hex(colour) in PALETTE
    return max((INK, CARD) if follows else (ON_LIGHT, ON_DARK), key=lambda ink: _contrast(ink, colour))


def _contrast(one: Any, other: Any) -> float:
    """Contrast of two colours as WCAG 2 defines it: 1 for the same, 21 for black on white."""
    from matplotlib.colors import to_rgb

    lights = []
    for colour in (one, other):
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(colour)]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


@contextlib.contextmanager
def applied() -> Iterator[None]:
    """Draw with the house style; the reader's matplotlib settings are left alone.

    A Chinese label makes matplotlib fall back on its last-resort font for the widths, which is what is wanted, since
    the reader's browser draws the glyphs. Its warning about that, and no other, is silenced.
    """
    import matplotlib as mpl
    import matplotlib.style

    with mpl.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font\(s\)")
        mpl.rcdefaults()
        mpl.style.use(str(files("custinsight.report").joinpath("report.mplstyle")))
        yield
