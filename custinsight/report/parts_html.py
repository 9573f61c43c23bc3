"""Parts as HTML fragments in one language. Every text is escaped by the template; only our own SVG is trusted."""

from __future__ import annotations

import math
from typing import Any

from markupsafe import Markup

from custinsight.errors import ReportError
from custinsight.report import parts, style
from custinsight.report.svg import figure_svg
from custinsight.report.tables_html import make_grid
from custinsight.report.templates import environment, stylesheet
from custinsight.words import Message, Words, msg
from custinsight.writers.columns import clean_text

FIGURE_ROWS = 250
"""Most rows of the table behind a figure."""

_LABELS = {
    "table": msg("Table"),
    "see": msg("See the section"),
    "nothing": msg("There is nothing to list here."),
}


def say_part(part: parts.Part, words: Words) -> dict[str, str]:
    """Draw a part in one language.

    Parameters
    ----------
    part : Part
    words : Words

    Returns
    -------
    dict
        ``kind`` (figure, table, kpis, findings, note, facts, several), ``title`` (plain text) and ``html``.

    Raises
    ------
    ReportError
        ``part`` is none.
    """
    if isinstance(part, parts.Several):
        inner = [say_part(each, words) for each in part.parts]
        return {"kind": "several", "title": "", "html": "\n".join(each["html"] for each in inner)}
    for kind, (cls, make) in _KINDS.items():
        if isinstance(part, cls):
            values = make(part, words)
            said = {name: words(label) for name, label in _LABELS.items()}
            html = getattr(environment().get_template("parts.html.j2").module, kind)(said, **values)
            return {"kind": kind, "title": str(values.get("title", "")), "html": str(html).strip()}
    raise ReportError(
        "A section must return a part such as a Figure or a Table, got {kind}.",
        kind=type(part).__name__,
    )


def for_jupyter(said: Any, language: str) -> str:
    """Wrap a fragment with its styles, for a notebook."""
    css = stylesheet("parts.css")
    return f'<div class="ci ci-jupyter" lang="{language}"><style>{css}</style>{said["html"]}</div>'


def text(message: Message | str, words: Words) -> str:
    """Say a message; plain text, such as a company's name, is taken as it is."""
    return clean_text(words(message) if isinstance(message, Message) else message)


def _figure(part: parts.Figure, words: Words) -> dict[str, Any]:
    title = text(part.title, words)
    with style.applied():
        svg = figure_svg(part.draw(words), title)
    grid = make_grid(part.table, part.columns, words, FIGURE_ROWS) if part.columns else None
    return {"title": title, "note": text(part.note, words), "svg": Markup(svg), "grid": grid}


def _table(part: parts.Table, words: Words) -> dict[str, Any]:
    grid = make_grid(part.frame, part.columns, words, part.rows)
    return {"title": text(part.title, words), "note": text(part.note, words), "grid": grid}


def _kpis(part: parts.Kpis, words: Words) -> dict[str, Any]:
    tiles = [
        {
            "name": text(tile.name, words),
            "value": text(tile.value, words),
            "change": text(tile.change, words) if tile.change is not None else "",
            "tone": tile.tone,
            "note": text(tile.note, words),
            "trend": spark_points(tile.trend),
        }
        for tile in part.tiles
    ]
    return {"tiles": tiles}


def _findings(part: parts.Findings, words: Words) -> dict[str, Any]:
    items = [
        {"text": text(item.text, words), "detail": text(item.detail, words), "section": slug(item.section)}
        for item in part.items
    ]
    return {"title": text(part.heading, words), "items": items}


def _note(part: parts.Note, words: Words) -> dict[str, Any]:
    return {"text": text(part.text, words), "tone": part.tone}


def _facts(part: parts.Facts, words: Words) -> dict[str, Any]:
    return {"items": [(text(term, words), text(value, words)) for term, value in part.items]}


def slug(name: str) -> str:
    """Make the id of a section or heading from its English name or its notebook's name.

    Examples
    --------
    >>> slug("customer_base"), slug("Drivers of profit: who?")
    ('customer-base', 'drivers-of-profit-who')
    """
    kept = "".join(letter if letter.isalnum() else " " for letter in name.lower())
    return "-".join(kept.split())


def spark_points(trend: tuple[float, ...], width: float = 84, height: float = 20) -> list[tuple[float, float]]:
    """Place a series in a small box, first to last from left to right; gaps are left out.

    Examples
    --------
    >>> spark_points((1.0, 3.0), width=10, height=4)
    [(2.0, 7.0), (12.0, 3.0)]
    """
    points = [(i, float(value)) for i, value in enumerate(trend) if math.isfinite(value)]
    if len(points) < 2:
        return []
    low, high = min(v for _, v in points), max(v for _, v in points)
    step, span = width / (len(trend) - 1), (high - low) or 1.0
    return [(round(2 + i * step, 1), round(3 + height * (1 - (value - low) / span), 1)) for i, value in points]


_KINDS: dict[str, tuple[type, Any]] = {
    "figure": (parts.Figure, _figure),
    "table": (parts.Table, _table),
    "kpis": (parts.Kpis, _kpis),
    "findings": (parts.Findings, _findings),
    "note": (parts.Note, _note),
    "facts": (parts.Facts, _facts),
}
