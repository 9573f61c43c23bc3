"""The words of a notebook: its Markdown cells, said through the catalogue and shown as safe HTML.

The text of a paragraph, list item or heading is its message id, so a notebook is written in English only.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any

import mistune

from custinsight.words import Message, Words
from custinsight.writers.columns import clean_text

_MARK = re.compile(r"^(?P<mark>#{1,6}|[-*+]|\d+[.)]|>)\s+(?P<text>.*)$")


@dataclass(frozen=True)
class Block:
    """A heading, paragraph, list item or quotation.

    Parameters
    ----------
    mark : str
        What Markdown puts in front: ``#``, ``##``, ``-``, ``1.``, ``>``; empty for a paragraph.
    text : str
        The message id: the text on one line, braces doubled.
    """

    mark: str
    text: str


def blocks(source: str) -> list[Block]:
    r"""Split a Markdown cell into what is said at a time.

    Examples
    --------
    >>> [(block.mark, block.text) for block in blocks("# Value\n\nWhat they\nare worth.\n\n- one\n- two")]
    [('#', 'Value'), ('', 'What they are worth.'), ('-', 'one'), ('-', 'two')]
    """
    found: list[tuple[str, list[str]]] = []
    fresh = True
    for line in (line.strip() for line in source.splitlines()):
        marked = _MARK.match(line)
        if marked:
            found.append((marked["mark"], [marked["text"]]))
        elif line and (fresh or found[-1][0].startswith("#")):
            found.append(("", [line]))
        elif line:
            found[-1][1].append(line)
        fresh = not line
    return [Block(mark, " ".join(lines).replace("{", "{{").replace("}", "}}")) for mark, lines in found]


def paragraphs(source: str) -> list[str]:
    r"""Return the message ids of a Markdown cell, for the extraction of the catalogues.

    Examples
    --------
    >>> paragraphs("## Drivers\n\nProfit is customers × orders.")
    ['Drivers', 'Profit is customers × orders.']
    """
    return [block.text for block in blocks(source)]


def say_inline(block: Block, words: Words) -> str:
    """Say a heading as plain text, without Markdown's marks."""
    return re.sub(r"[*_`]", "", clean_text(words(Message(block.text))))


def say_blocks(given: list[Block], words: Words) -> str:
    """Say blocks in the language of ``words`` and render them.

    Parameters
    ----------
    given : list of Block
        Paragraphs, list items, quotations.
    words : Words

    Returns
    -------
    str
        HTML in which markup of the text itself is shown as text, links lead nowhere but inside the page, and
        there are no pictures.

    Examples
    --------
    >>> say_blocks(blocks("Mind **this** <script>"), Words("en"))
    '<p>Mind <strong>this</strong> &lt;script&gt;</p>'
    """
    lines: list[str] = []
    for before, block in zip([None, *given], given, strict=False):
        same_list = before is not None and before.mark and _kind(before.mark) == _kind(block.mark)
        if lines and not same_list:
            lines.append("")
        lines.append(f"{block.mark} {clean_text(words(Message(block.text)))}".strip())
    return str(_renderer()("\n".join(lines))).strip()


def _kind(mark: str) -> str:
    return "1" if mark[:1].isdigit() else mark


class _Html(mistune.HTMLRenderer):
    """Markdown's HTML without a way out of the page."""

    def link(self, text: str, url: str, title: str | None = None) -> str:
        return f'<a href="{mistune.escape(url)}">{text}</a>' if re.fullmatch(r"#[\w-]+", url) else text

    def image(self, text: str, url: str, title: str | None = None) -> str:
        return text


@functools.lru_cache
def _renderer() -> Any:
    return mistune.Markdown(renderer=_Html(escape=True))
