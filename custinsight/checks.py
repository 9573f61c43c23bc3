"""What ``custinsight check`` shows: each source's file, how it was read, how much of each column parses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from custinsight.clean import require_own_checks
from custinsight.flow.sources import known_files
from custinsight.ingest import Grounds, SourceCheck, check_sources, count_known, home_zone
from custinsight.ingest.check import SAMPLE_ROWS
from custinsight.plan import read_plan
from custinsight.words import Message, Words, msg
from custinsight.workspace import Workspace

WIDTH, MOST_OF_A_NAME = 100, 24
"""Characters of a line in a log, and of a name in a table before it breaks."""


def check_plan(plan: Path, *, sample: int = SAMPLE_ROWS) -> list[SourceCheck]:
    """Check a plan and look at some rows of each of its sources; nothing is run and nothing is written.

    Parameters
    ----------
    plan : Path
    sample : int
        Rows of a source that are looked at.

    Raises
    ------
    PlanError
        The plan itself cannot be used.
    """
    checked = read_plan(plan)
    require_own_checks(checked.checks)
    zone = home_zone(checked.time_zone, checked.country)
    return check_sources(
        checked.sources, plan.resolve().parent, checked.trust, folders=checked.folders, sample=sample, zone=zone
    )


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
    store = known_files(Workspace(work)) if work.is_dir() else None
    zone = home_zone(checked.time_zone, checked.country)
    files, known = count_known(checked.sources, Grounds.of(folder, checked.folders), store, zone)
    return msg(
        "{n:count} file: {read:count} to be read, {known:count} known from earlier.",
        "{n:count} files: {read:count} to be read, {known:count} known from earlier.",
        n=files,
        read=files - known,
        known=known,
    )


def show_check(found: Sequence[SourceCheck], words: Words) -> RenderableType:
    """Lay out what was found: for each file its size, a table of its columns, the commonest rejects, the problems."""
    parts: list[RenderableType] = []
    for one in found:
        parts.append(Text(" · ".join(filter(None, (one.source, one.table, one.file, one.sheet, one.encoding))), "bold"))
        if one.rows:
            parts.append(_line(words(_size(one))))
        if len(one.columns):
            parts.append(_columns(one, words))
        parts += [_line(words(sentence)) for sentence in _reject_sentences(one)]
        parts += [_line(words(remark)) for remark in one.remarks]
        parts += [_line(f"! {words(fault)}") for fault in one.faults]
    return Group(*parts)


def check_json(found: Sequence[SourceCheck], words: Words) -> str:
    """Write what was found as JSON: a list with one object per file; sentences are in the language of ``words``."""
    return json.dumps([_object(one, words) for one in found], ensure_ascii=False, indent=1)


def _object(one: SourceCheck, words: Words) -> dict[str, object]:
    rejects = one.rejects.assign(reason=[words(reason) for reason in one.rejects["reason"]])
    return {
        "source": one.source,
        "table": one.table,
        "file": one.file,
        "sheet": one.sheet,
        "encoding": one.encoding,
        "header": list(one.header),
        "rows_looked_at": one.rows,
        "rows_in_file": one.rows_in_file,
        "rows_in_file_are": one.counted,
        "columns": one.columns.to_dict("records"),
        "rejects": rejects.to_dict("records"),
        "notes": [words(note) for note in one.remarks],
        "problems": [words(problem) for problem in one.faults],
    }


def _size(one: SourceCheck) -> Message:
    """Say how many rows the file has and how many were looked at."""
    if one.rows_in_file is None:
        return msg(
            "{n} row looked at, of a file of unknown length",
            "{n} rows looked at, of a file of unknown length",
            n=one.rows,
        )
    if one.counted == "lines":
        return msg(
            "{n} row looked at, of {lines} lines",
            "{n} rows looked at, of {lines} lines",
            n=one.rows,
            lines=one.rows_in_file,
        )
    if one.rows < one.rows_in_file:
        return msg("{n} row looked at, of {all}", "{n} rows looked at, of {all}", n=one.rows, all=one.rows_in_file)
    return msg("{n} row, all looked at", "{n} rows, all looked at", n=one.rows)


def _reject_sentences(one: SourceCheck, most: int = 5) -> list[Message]:
    """Say which rejects are the commonest."""
    rejects = one.rejects.to_dict("records")
    said = [
        msg(
            "{code} rejects {n} row, line {line}: {why}",
            "{code} rejects {n} rows, the first in line {line}: {why}",
            n=int(row["rows"]),
            code=str(row["code"]),
            line=str(row["line"]),
            why=row["reason"],
        )
        for row in rejects[:most]
    ]
    rest = sum(int(row["rows"]) for row in rejects[most:])
    return said + ([msg("Other codes reject {n} row.", "Other codes reject {n} rows.", n=rest)] if rest else [])


def _columns(one: SourceCheck, words: Words) -> Table:
    table = Table(box=None, padding=(0, 0, 0, 2), header_style="dim")
    for heading, name in ((msg("Column"), "column"), (msg("Header in the file"), "header")):
        width = min(max(map(cell_len, [words(heading), *one.columns[name]])), MOST_OF_A_NAME)
        table.add_column(words(heading), width=width, overflow="fold")
    for heading in (msg("Filled"), msg("Readable")):
        table.add_column(words(heading), width=max(cell_len(words(heading)), 6), justify="right", no_wrap=True)
    table.add_column(words(msg("Examples")))
    for row in one.columns.to_dict("records"):
        shares = (words.percent(float(row["filled"])), words.percent(float(row["parsed"])))
        table.add_row(
            Text(str(row["column"])),
            Text(str(row["header"])),
            *shares,
            Text(" · ".join(row["examples"]), no_wrap=True, overflow="ellipsis"),
        )
    return table


def _line(text: str) -> RenderableType:
    return Padding(Text(text), (0, 0, 0, 2), expand=False)
