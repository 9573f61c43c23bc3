"""The report's file: written whole, and only when nothing in it could run, load or lead elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection
from html.parser import HTMLParser
from pathlib import Path

from custinsight.errors import ReportError
from custinsight.writers.atomic import write_text

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
"""Content-Security-Policy of the report: styles of its own, pictures of its own, nothing else."""

_TEXT = (
    "a abbr b bdi body br code dd details div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 head header hr html "
    "li main nav ol p pre blockquote section small span strong style summary table tbody td th thead title tr ul meta"
)
_DRAWING = (
    "svg g defs clippath path rect circle ellipse line polyline polygon text tspan use image pattern "
    "lineargradient radialgradient stop"
)
_ELEMENTS = frozenset(f"{_TEXT} {_DRAWING}".split())
_LINKS = frozenset(
    ("href", "src", "xlink:href", "srcset", "action", "formaction", "poster", "background", "data", "cite", "ping")
)
_INSIDE = re.compile(r"#[\w.-]*|data:image/png;base64,[A-Za-z0-9+/=\s]*")
_STYLE_LOAD = re.compile(r"url\(\s*(?!['\"]?#)|@import|expression\(|javascript:|\\", re.IGNORECASE)


class _Guard(HTMLParser):
    """Collects what must not be in a report."""

    def __init__(self, beside: Collection[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.beside = beside
        self.faults: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag not in _ELEMENTS:
            self.faults.append(f"<{tag[:20]}>")
        for name, value in attrs:
            if _is_fault(tag, name, value or "") and not (tag == "a" and name == "href" and value in self.beside):
                self.faults.append(f"{name[:20]} of <{tag[:20]}>")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style and re.search(r"@import|url\(|expression\(", data, re.IGNORECASE):
            self.faults.append("a load in <style>")

    def handle_comment(self, data: str) -> None:
        self.faults.append("a comment")

    def handle_pi(self, data: str) -> None:
        self.faults.append("a processing instruction")


def _is_fault(tag: str, name: str, value: str) -> bool:
    if name.startswith("on"):
        return True
    if name in _LINKS:
        return not _INSIDE.fullmatch(value)
    if name == "style":
        return bool(_STYLE_LOAD.search(value))
    return tag == "meta" and name == "http-equiv" and value != "Content-Security-Policy"


def faults(html: str, beside: Collection[str] = ()) -> list[str]:
    """List what of a page or fragment could run, load or lead out of it.

    Parameters
    ----------
    html : str
    beside : collection of str
        Files of ours, relative to the page, that its links may lead to.

    Returns
    -------
    list of str
        Empty for a page that is safe to mail. Quotes names of elements only, no text.

    Examples
    --------
    >>> faults('<p>Profit</p><svg onload="x()"></svg><script src="https://example.com/x.js"></script>')
    ['onload of <svg>', '<script>', 'src of <script>']
    >>> faults('<a href="#value">Value</a> &lt;script&gt;')
    []
    >>> faults('<a href="2024Q4/report.en.html">Quarter 4</a>', beside=["2024Q4/report.en.html"])
    []
    """
    guard = _Guard(beside)
    guard.feed(html)
    guard.close()
    return guard.faults


def write_report(path: Path, html: str, beside: Collection[str] = ()) -> Path:
    """Write a report, whole or not at all.

    Parameters
    ----------
    path : Path
    html : str
        A whole page, as :func:`custinsight.report.build_report` makes it.
    beside : collection of str
        Files of ours, relative to the page, that its links may lead to; a report has none.

    Returns
    -------
    Path
        ``path``.

    Raises
    ------
    ReportError
        The page lacks the strict Content-Security-Policy or holds something that could run, load or lead out of it.
    """
    found = faults(html, beside)
    if f'http-equiv="Content-Security-Policy" content="{POLICY}"' not in html:
        found.append("no Content-Security-Policy")
    if found:
        raise ReportError(
            "A report must hold nothing that runs or loads, got {faults}. Show values through the parts of the report.",
            faults=", ".join(found[:5]),
        )
    return write_text(path, html)
