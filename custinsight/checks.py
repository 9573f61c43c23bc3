"""What ``custinsight check`` shows: each source's file, how it was read, how much of each column parses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from custinsight.ingest import SourceCheck, check_sources
from custinsight.plan import read_plan
from custinsight.words import Words, msg


def check_plan(plan: Path) -> list[SourceCheck]:
    """Check a plan and look at the head of each of its sources; nothing is run and nothing is written.

    Raises
    ------
    PlanError
        The plan itself cannot be used.
    """
    return check_sources(read_plan(plan).sources, plan.resolve().parent)


def show_check(found: Sequence[SourceCheck], words: Words) -> RenderableType:
    """Lay out what was found: a table of the columns for each file, then the problems."""
    parts: list[RenderableType] = []
    for one in found:
        parts.append(Text(" · ".join(filter(None, (one.source, one.table, one.file, one.sheet, one.encoding)))))
        if len(one.columns):
            parts.append(_columns(one, words))
        parts += [Text(f"  ! {problem}") for problem in one.problems]
        parts += [Text(f"  · {note}", style="dim") for note in one.notes]
    return Group(*parts)


def _columns(one: SourceCheck, words: Words) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    headings = (msg("Column"), msg("Header in the file"), msg("Filled"), msg("Readable"))
    for heading, side in zip(headings, ("left", "left", "right", "right"), strict=True):
        table.add_column(words(heading), justify="right" if side == "right" else "left")
    for column, header, filled, parsed in one.columns[["column", "header", "filled", "parsed"]].itertuples(index=False):
        table.add_row(Text(str(column)), Text(str(header)), words.percent(filled), words.percent(parsed))
    return table
