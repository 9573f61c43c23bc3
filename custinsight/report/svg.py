"""A matplotlib figure as an SVG fragment that is safe and small enough to stand inside the report.

Only elements and attributes that matplotlib draws with are kept; ids get a prefix of their figure, since the clip
paths of two figures on one page would otherwise share their names.
"""

from __future__ import annotations

import hashlib
import io
import re
import sys
import xml.etree.ElementTree as ET
from typing import Any

from custinsight.report.style import PALETTE
from custinsight.writers.columns import clean_text

# what matplotlib draws with; a list of words is easier to check than a list of quotes
_ELEMENTS = frozenset(
    "svg g defs clipPath path rect circle ellipse line polyline polygon text tspan use image pattern "  # noqa: SIM905
    "linearGradient radialGradient stop".split()
)
_NUMBERS = frozenset("d x y dx dy x1 y1 x2 y2 cx cy r rx ry width height points transform".split())  # noqa: SIM905
_ATTRIBUTES = _NUMBERS | frozenset(
    "id viewBox style fill stroke href clip-path clip-rule offset patternUnits gradientUnits "  # noqa: SIM905
    "gradientTransform stop-color stop-opacity preserveAspectRatio text-anchor".split()
)
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_REFERENCE = re.compile(r"url\(#([\w.-]+)\)")
_NO_TURN = re.compile(r"\s*rotate\(-?0(?: [^)]*)?\)")
_FONT_FAMILY = re.compile(r"font-family:[^;]*;?\s*")
_COLOUR = re.compile("|".join(map(re.escape, PALETTE)))


def figure_svg(figure: Any, label: str) -> str:
    """Write a figure as inline SVG and close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    label : str
        What a screen reader says instead of the picture.

    Returns
    -------
    str
        ``<svg role="img" aria-label=…>`` without metadata, comments, scripts, links, fonts and size; the same figure
        gives the same text. Colours of the palette are the page's colour variables.
    """
    out = io.StringIO()
    try:
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    finally:
        # a figure that pyplot knows stays in memory until it is closed
        if "matplotlib.pyplot" in sys.modules:
            sys.modules["matplotlib.pyplot"].close(figure)
    return scrub(out.getvalue(), label)


def scrub(text: str, label: str) -> str:
    """Keep of an SVG file what may stand in the report.

    Parameters
    ----------
    text : str
        A whole SVG file.
    label : str
        Accessible name.

    Examples
    --------
    >>> scrub('<svg onload="x()"><!--c--><script>x()</script><path d="M 0 1.23456"/></svg>', "A & B")
    '<svg role="img" aria-label="A &amp; B"><path d="M 0 1.23" /></svg>'
    """
    root = ET.fromstring(text)
    _keep_known(root)
    used = _references(root)
    prefix = f"f{hashlib.sha256((label + text).encode()).hexdigest()[:8]}-"
    for element in root.iter():
        _rename(element, prefix, used)
    _drop_empty(root)
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    root.attrib = {"role": "img", "aria-label": clean_text(label)} | root.attrib
    return ET.tostring(root, encoding="unicode")


def _keep_known(element: ET.Element) -> None:
    """Drop unknown elements with all they hold (a link leaves its content), unknown attributes and blanks."""
    element.tag = _local(element.tag)
    element.attrib = {
        _local(name): _value(_local(name), value)
        for name, value in element.attrib.items()
        if _local(name) in _ATTRIBUTES and _is_inside(_local(name), value)
    }
    if element.tag in ("text", "tspan"):
        element.text = clean_text(element.text or "")
    else:
        element.text = None
    kept: list[ET.Element] = []
    for child in element:
        inside = list(child) if _local(child.tag) == "a" else [child]
        kept += [part for part in inside if _local(part.tag) in _ELEMENTS]
    element[:] = kept
    for child in kept:
        child.tail = clean_text(child.tail or "") if element.tag == "text" and (child.tail or "").strip() else None
        _keep_known(child)


def _value(name: str, value: str) -> str:
    if name in _NUMBERS:
        value = " ".join(_LONG_NUMBER.sub(_short, value).split())
        return _NO_TURN.sub("", value) if name == "transform" else value
    if name in ("style", "fill", "stroke"):
        value = _FONT_FAMILY.sub("", value)
    if name == "style":
        return _COLOUR.sub(lambda found: f"var(--ci-{PALETTE[found.group()]})", value).replace(": ", ":").strip("; ")
    return value


def _short(found: re.Match[str]) -> str:
    return f"{float(found.group()):.2f}".rstrip("0").rstrip(".")


def _is_inside(name: str, value: str) -> bool:
    """Whether an attribute points to nothing outside of the figure."""
    if name == "href":
        return value.startswith("#") or value.startswith("data:image/png;base64,")
    return "url(" not in _REFERENCE.sub("", value) and "javascript:" not in value.lower()


def _references(root: ET.Element) -> set[str]:
    used: set[str] = set()
    for element in root.iter():
        for name, value in element.attrib.items():
            used |= set(_REFERENCE.findall(value))
            if name == "href" and value.startswith("#"):
                used.add(value[1:])
    return used


def _rename(element: ET.Element, prefix: str, used: set[str]) -> None:
    """Give referenced ids the figure's prefix and drop all others."""
    for name, value in list(element.attrib.items()):
        if (name == "id" and value not in used) or (name == "transform" and not value):
            del element.attrib[name]
        elif name == "id":
            element.attrib[name] = prefix + value
        elif name == "href" and value.startswith("#"):
            element.attrib[name] = f"#{prefix}{value[1:]}"
        elif "url(#" in value:
            element.attrib[name] = _REFERENCE.sub(rf"url(#{prefix}\1)", value)


def _drop_empty(element: ET.Element) -> None:
    """Take out groups that hold nothing and unwrap those that say nothing."""
    kept: list[ET.Element] = []
    for child in element:
        _drop_empty(child)
        if child.tag in ("g", "defs") and not len(child):
            continue
        kept += list(child) if child.tag == "g" and not child.attrib else [child]
    element[:] = kept


def _local(name: Any) -> str:
    # comments and processing instructions have a function for a tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""
