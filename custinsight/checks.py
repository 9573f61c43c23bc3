"""What ``custinsight check`` shows: each source's file, how it was read, how much of each column parses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from custinsight.flow.sources import known_files
from custinsight.ingest import Grounds, SourceCheck, check_sources, count_known
from custinsight.plan import read_plan
from custinsight.words import Message, Words, msg
from custinsight.workspace import Workspace


def check_plan(plan: Path) -> list[SourceCheck]:
    """Check a plan and look at the head of each of its sources; nothing is run and nothing is written.

    Raises
    ------
    PlanError
        The plan itself cannot be used.
    """
    checked = read_plan(plan)
    return check_sources(checked.sources, plan.resolve().parent, checked.trust, folders=checked.folders)


def files_known(plan: Path) -> Message:
    """Say how many files the sources have, and how many of them a run would not have to read.

    Raises
    ------
    PlanError
        The plan itself cannot be used.
    """
    checked, folder = read_plan(plan), plan.resolve().parent
    work = folder / checked.output.work
    # looking must not make the folder that a first run makes
    files, known = count_known(
        checked.sources, Grounds.of(folder, checked.folders), known_files(Workspace(work)) if work.is_dir() else None
    )
    return msg(
        "{n:count} file: {read:count} to be read, {known:count} known from earlier.",
        "{n:count} files: {read:count} to be read, {known:count} known from earlier.",
        n=files,
        read=files - known,
        known=known,
    )


def show_check(found: Sequence[SourceCheck], words: Words) -> RenderableType:
    """Lay out what was found: a table of the columns for each file, then the problems."""
    parts: list[RenderableType] = []
    for one in found:
        parts.append(Text(" · ".join(filter(None, (one.source, one.table, one.file, one.sheet, one.encoding)))))
        if len(one.columns):
            parts.append(_columns(one, words))
        parts += [Text(f"  ! {words(fault)}") for fault in one.faults]
        parts += [Text(f"  · {words(remark)}") for remark in one.remarks]
    return Group(*parts)


def _columns(one: SourceCheck, words: Words) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 2), header_style="dim")
    headings = (msg("Column"), msg("Header in the file"), msg("Filled"), msg("Readable"))
    for heading, side in zip(headings, ("left", "left", "right", "right"), strict=True):
        table.add_column(words(heading), justify="right" if side == "right" else "left")
    for column, header, filled, parsed in one.columns[["column", "header", "filled", "parsed"]].itertuples(index=False):
        table.add_row(Text(str(column)), Text(str(header)), words.percent(filled), words.percent(parsed))
    return table
