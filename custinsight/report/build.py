"""The report: executed pages put together into one file in one language.

Of a page only two things are taken: its Markdown, said through the catalogue, and the parts it showed. Whatever else
a notebook may hold (prints, warnings, tracebacks, code, widgets) cannot get into the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from markupsafe import Markup

from custinsight import __version__
from custinsight.errors import ReportError
from custinsight.report.cover import Cover
from custinsight.report.markdown import Block, blocks, say_blocks, say_inline
from custinsight.report.notebooks import Cell, Notebook, read_notebook
from custinsight.report.pages import PageResult
from custinsight.report.parts import MIME
from custinsight.report.parts_html import slug, text
from custinsight.report.templates import environment, stylesheet
from custinsight.words import Words, msg
from custinsight.writers.html import POLICY, faults

_GO = re.compile(r' <a class="ci-go" href="#([^"]*)">[^<]*</a>')
_DRAWING_ID = re.compile(r"""((?:\bid="|href="#|url\(#))(f[0-9a-f]{8})-""")
_LISTS = re.compile(r"""(?:<div class="ci-findings">(?:(?!</?div).)*</div>\s*){2,}""", re.DOTALL)


@dataclass
class Section:
    """A page of the report, or a heading within one.

    Parameters
    ----------
    anchor : str
        Id that links point to; the same in each language.
    title : str
    number : str
        Shown before the title; empty for the summary.
    html : list of str
        What stands under the heading, before the first heading within.
    inner : list of Section
    """

    anchor: str
    title: str
    number: str = ""
    html: list[str] = field(default_factory=list)
    inner: list[Section] = field(default_factory=list)

    @property
    def body(self) -> Markup:
        """All of ``html``; it was escaped where it was made."""
        return Markup("\n".join(self.html))

    def walk(self) -> Iterator[Section]:
        """Yield the section and those within."""
        yield self
        yield from self.inner


def build_report(pages: Sequence[Path | PageResult], cover: Cover, language: str) -> str:
    """Put executed pages together into one HTML page.

    Parameters
    ----------
    pages : sequence of Path or PageResult
        Executed notebooks in page order, or how :func:`~custinsight.report.pages.execute_pages` made them.
    cover : Cover
    language : str
        One of the languages that the pages were made for.

    Returns
    -------
    str
        A whole page: no script, no load, no path; the same pages give the same text.

    Raises
    ------
    ReportError
        A page was not made for this language.
    """
    words = Words(language, cover.currency)
    sections = [_read_page(page, words) for page in pages]
    _number(sections)
    _finish(sections)
    values = {
        "language": language,
        "policy": POLICY,
        "css": Markup(stylesheet("parts.css") + "\n" + stylesheet("report.css")),
        "running_title": Markup(css_string(f"{text(cover.company, words)} · {text(cover.period, words)}")),
        "company": text(cover.company, words),
        "period": text(cover.period, words),
        "facts": [(text(term, words), text(value, words)) for term, value in cover.facts()],
        "verdict": text(cover.verdict, words),
        "tone": cover.tone,
        "sections": sections,
        "say": _labels(words),
    }
    return environment().get_template("report.html.j2").render(values)


def css_string(content: str) -> str:
    r"""Write a text as a CSS string that nothing can break out of.

    Examples
    --------
    >>> print(css_string('A</style>'))
    "A\00003c \00002f style\00003e "
    """
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x} " for c in content) + '"'


def _labels(words: Words) -> dict[str, str]:
    labels = {
        "title": msg("Customer audit"),
        "contents": msg("Contents"),
        "skip": msg("Skip to the content"),
        "top": msg("Back to the top"),
        "made": msg("Made with custinsight {version}.", version=__version__),
        "safe": msg("This file holds no script and loads nothing; it can be kept, printed and mailed as it is."),
    }
    return {name: words(label) for name, label in labels.items()}


def _read_page(page: Path | PageResult, words: Words) -> Section:
    path = page.task.output if isinstance(page, PageResult) else page
    section = Section(slug(re.sub(r"^\d+[_-]*", "", path.stem)), path.stem)
    try:
        notebook = read_notebook(path)
    except (OSError, ValueError):
        notebook = Notebook(error_id="E-LOST")
    if isinstance(page, PageResult) and notebook.error_id != page.error_id:
        # what lies there is left from an earlier run: only the page's title is shown
        source = read_notebook(page.task.notebook) if page.task.notebook.is_file() else notebook
        notebook = Notebook(source.words.cells[:1], page.error_id or notebook.error_id)
    _fill(section, notebook, words)
    if notebook.error_id:
        _last(section).html.append(_failed(notebook.error_id, words))
    return section


def _fill(section: Section, notebook: Notebook, words: Words) -> None:
    """Put a page's words and parts under its headings, in their order."""
    for cell in notebook.cells:
        if cell.kind == "markdown":
            _add_words(section, blocks(cell.source), words)
        else:
            for said in _parts(cell, words.language, section.anchor):
                _last(section).html.append(_checked(said["html"], words))


def _add_words(section: Section, given: list[Block], words: Words) -> None:
    plain: list[Block] = []

    def put_down() -> None:
        if plain:
            _last(section).html.append(f'<div class="words">{say_blocks(plain, words)}</div>')
            plain.clear()

    for block in given:
        if not block.mark.startswith("#"):
            plain.append(block)
            continue
        put_down()
        if block.mark == "#":
            section.title = say_inline(block, words)
        else:
            section.inner.append(Section(slug(block.text), say_inline(block, words)))
    put_down()


def _last(section: Section) -> Section:
    return section.inner[-1] if section.inner else section


def _parts(cell: Cell, language: str, page: str) -> Iterator[dict[str, str]]:
    for output in cell.outputs:
        languages = output.get(MIME, {}).get("languages")
        if languages is None:
            continue
        if language not in languages:
            raise ReportError(
                "The page {page} must have been made for the language {language}, got {there}. Make the pages again.",
                page=page,
                language=language,
                there=", ".join(sorted(languages)),
            )
        yield languages[language]


def _checked(html: str, words: Words) -> str:
    """Refuse a fragment that our templates cannot have made: the notebook was changed by hand."""
    return html if not faults(html) else _failed("E-CHANGED", words)


def _failed(error_id: str, words: Words) -> str:
    said = words(
        msg(
            "This page could not be completed (error {error_id}); the other pages are whole. The log says why.",
            error_id=error_id,
        )
    )
    return str(Markup('<p class="ci-callout ci-fail" role="note">{}</p>').format(said))


def _number(sections: Sequence[Section]) -> None:
    """Number the sections after the summary, and make each id the only one of its name."""
    seen: set[str] = set()
    number = 0
    for at, section in enumerate(sections):
        if at or not section.anchor.startswith("summary"):
            number += 1
            section.number = str(number)
        for each in section.walk():
            anchor, n = each.anchor or "section", 2
            while anchor in seen:
                anchor, n = f"{each.anchor}-{n}", n + 1
            each.anchor = anchor
            seen.add(anchor)


def _finish(sections: Sequence[Section]) -> None:
    """Fill in what a part cannot know: the titles it links to, its neighbours, and ids that others took."""
    titles = {each.anchor: each.title for section in sections for each in section.walk()}
    taken: dict[str, int] = {}

    def link(found: re.Match[str]) -> str:
        target = re.sub(r"^\d+-", "", found.group(1))
        if target not in titles:
            return ""
        return str(Markup(' <a class="ci-go" href="#{}">{}</a>').format(target, titles[target]))

    for section in sections:
        for each in section.walk():
            each.html = [_own_ids(html, taken) for html in each.html]
            joined = _GO.sub(link, "\n".join(each.html))
            each.html = [_LISTS.sub(lambda found: f'<div class="ci-two">{found.group()}</div>', joined)]


def _own_ids(html: str, taken: dict[str, int]) -> str:
    """Give drawings that appear twice ids of their own."""
    for prefix in dict.fromkeys(found.group(2) for found in _DRAWING_ID.finditer(html)):
        taken[prefix] = taken.get(prefix, 0) + 1
        if taken[prefix] > 1:
            fresh = rf"\g<1>{prefix}.{taken[prefix]}-"
            html = re.sub(_DRAWING_ID.pattern.replace("f[0-9a-f]{8}", prefix), fresh, html)
    return html
