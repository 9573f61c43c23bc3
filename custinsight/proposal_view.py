"""What ``custinsight new --from`` shows: what each file was taken for, how surely, and what to look at."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from custinsight.ingest.propose import Proposal
from custinsight.words import MISSING, Words, msg


def show_proposal(proposal: Proposal, words: Words) -> RenderableType:
    """Lay out a proposal: a line per source, then what is to be looked at, then the files that are not used."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading, side in (
        (msg("File"), "left"),
        (msg("Table"), "left"),
        (msg("Columns"), "right"),
        (msg("Least confidence"), "right"),
        (msg("Preset"), "left"),
    ):
        table.add_column(words(heading), justify="right" if side == "right" else "left")
    for one in proposal.proposed:
        filled = {**one.keys.get("columns", {}), **one.keys.get("computed", {})}
        mapped = [line.confidence for line in one.lines if line.name and (one.preset or line.name in filled)]
        least = words.decimal(min(mapped)) if mapped else MISSING
        preset = str(one.keys.get("preset", ""))
        table.add_row(*map(Text, (_file(one.keys["path"]), one.table, words.count(len(mapped)), least, preset)))
    notes = [Text(f"  · {words(note)}") for one in proposal.proposed for note in one.remarks]
    unused = [
        Text("  · " + words(msg("not used: {file} ({why})", file=file, why=why)), style="dim")
        for file, why in sorted(proposal.unused.items())
    ]
    return Group(table, *notes, *unused)


def _file(path: str) -> str:
    return path.rsplit("/", 1)[-1]
