"""A comparison as people read it: on the terminal, as a page, as a workbook."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from custinsight.errors import ReportError
from custinsight.report.comparison import Comparison
from custinsight.report.cover import period_name
from custinsight.report.parts import Figure, Note, Part, Table
from custinsight.report.parts_html import say_part
from custinsight.report.sections.common import known, number, relative
from custinsight.report.sections.customer_base import bridge_figure
from custinsight.report.sections.drivers import explain_bridge
from custinsight.report.sections.key_numbers import CHANGES
from custinsight.report.sections.labels import GROUPS, OTHER
from custinsight.report.sections.late_rows import KINDS
from custinsight.report.simple_page import say_page
from custinsight.report.tables_html import make_grid
from custinsight.words import Message, Words, msg
from custinsight.writers.columns import Col
from custinsight.writers.html import write_report
from custinsight.writers.sheets import SheetData, write_xlsx

_SPLIT = (
    ("real", msg("Real movement")),
    ("late", msg("Late data")),
    ("definitions", msg("Changed definitions")),
    ("matching", msg("Re-matched customers")),
)


def comparison_parts(found: Comparison) -> tuple[Part, ...]:
    """Lay out a comparison: key figures, what moved them, why the result moved, who moved, which lines differ.

    Parameters
    ----------
    found : Comparison

    Returns
    -------
    tuple of Part
        Tables, figures and notes of the report's own kind.
    """
    return (_figures(found), _split(found), *_drivers(found), *_late(found))


def _figures(found: Comparison) -> Table:
    rows = []
    for then, now in found.figures:
        change = now.change_from(then)
        share = relative(now.value, then.value) if now.show in ("count", "money") else math.nan
        rows.append(
            {
                "figure": now.title,
                "before": _say(then.value, now.show),
                "after": _say(now.value, now.show),
                "change": _say(change, now.change_show),
                "relative": share,
                "before_number": then.value,
                "after_number": now.value,
                "change_number": change,
            }
        )
    return Table(
        msg("Key figures of {before} and {after}", before=found.before.label, after=found.after.label),
        msg("As the report of each period gave them when it was last written."),
        pd.DataFrame(rows),
        (
            Col("figure", msg("Key figure")),
            Col("before", Message(found.before.label), "decimal"),
            Col("after", Message(found.after.label), "decimal"),
            Col("change", msg("Change"), "signed_decimal"),
            Col("relative", msg("Relative change"), "signed_percent"),
        ),
    )


def _say(value: Any, show: str) -> Message:
    """Say a number in its own format, so that one column can hold counts, money and shares."""
    given = number(value)
    if show.startswith("signed") and known(given) and abs(given) < 1e-9:
        given = 0.0
    return Message(f"{{value:{show}}}", {"value": given})


def _split(found: Comparison) -> Part:
    if found.split.empty:
        return Note(msg("One of the periods has no purchases, so no change can be split."))
    shows = {name: each.show for pair in found.figures for each in pair for name in [each.name]} | {"spend": "money"}
    titles = {each.name: each.title for pair in found.figures for each in pair} | {"spend": msg("Net sales")}
    rows = [
        {
            "figure": titles[row["figure"]],
            "change": _say(row["after"] - row["reported"], CHANGES[shows[row["figure"]]]),
            **{name: _say(row[name], CHANGES[shows[row["figure"]]]) for name, _ in _SPLIT},
            "change_number": row["after"] - row["reported"],
            **{f"{name}_number": row[name] for name, _ in _SPLIT},
        }
        for row in found.split.to_dict("records")
    ]
    return Table(
        _split_title(found),
        msg(
            "The report of {before} is computed again from what the audit of {after} knows, one thing after the other: "
            "documents that came late, vanished or were changed; which lines count, exchange rates, cut-offs; whom "
            "each line belongs to. What is left is real. Figures that come from models and checks cannot be split.",
            before=found.before.label,
            after=found.after.label,
        ),
        pd.DataFrame(rows),
        (
            Col("figure", msg("Key figure")),
            Col("change", msg("Change"), "signed_decimal"),
            *(Col(name, title, "signed_decimal") for name, title in _SPLIT),
        ),
    )


def _split_title(found: Comparison) -> Message:
    others = [name for name, _ in _SPLIT[1:]]
    row = found.split.iloc[1]
    change = number(row["after"] - row["reported"])
    if not (found.split[others].abs() > 1e-9).any(axis=None):
        return msg("All of the change is real: {before} looks today as it was reported.", before=found.before.label)
    if not (row[others].abs() >= 0.005).any():
        return msg(
            "All of the change of {change:signed_money} is real, though {before} looks a little different today than "
            "it was reported.",
            change=change,
            before=found.before.label,
        )
    return msg(
        "Of the change of {change:signed_money}, {real:signed_money} is real; {before} would be reported with "
        "{restated:money} today, not with {reported:money}.",
        change=change,
        real=number(row["real"]),
        before=found.before.label,
        restated=number(row["restated"]),
        reported=number(row["reported"]),
    )


def _drivers(found: Comparison) -> tuple[Part, ...]:
    explained = explain_bridge(found.bridge, found.before.label)
    if explained is None:
        return (Note(msg("The period before had no purchases, so there is no change to explain.")),)
    measure = explained.measure.column
    groups = Table(
        msg("Customers who bought only before, in both periods, or only now"),
        msg("Both periods as the audit of {after} sees them.", after=found.after.label),
        found.groups,
        (
            Col("group", msg("Group"), "label", GROUPS),
            Col("customers", msg("Customers"), "count"),
            Col(f"{measure}_before", msg("{what} before", what=explained.measure.title), "money"),
            Col(f"{measure}_after", msg("{what} now", what=explained.measure.title), "money"),
            Col("change", msg("Change"), "signed_money"),
        ),
    )
    return bridge_figure(explained, found.bridge), groups


def _late(found: Comparison) -> tuple[Part, ...]:
    if found.late.empty:
        return ()
    return (
        Table(
            msg("Lines of {before} that are not what they were", before=found.before.label),
            msg("As the two audits read them; amounts in document currency."),
            found.late,
            (
                Col("kind", msg("What happened"), "label", KINDS),
                Col("currency", msg("Currency"), "label", OTHER),
                Col("lines", msg("Lines"), "count"),
                Col("documents", msg("Documents"), "count"),
                Col("customers", msg("Customers"), "count"),
                Col("amount", msg("Change of the amount"), "decimal"),
            ),
        ),
    )


def show_comparison(found: Comparison, words: Words) -> RenderableType:
    """Lay out a comparison for a terminal."""
    shown: list[RenderableType] = []
    for part in comparison_parts(found):
        if isinstance(part, Note):
            shown.append(Text(words(part.text)))
            continue
        assert isinstance(part, Table | Figure)
        shown += [Text(words(part.title), "bold"), Padding(_grid(part, words), (0, 0, 1, 0))]
    return Group(*shown)


def _grid(part: Table | Figure, words: Words) -> Grid:
    frame = part.frame if isinstance(part, Table) else part.table
    said = make_grid(frame, part.columns, words, 50)
    grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for at, heading in enumerate(said.headings):
        grid.add_column(Text(heading), justify="left" if at == 0 or part.columns[at].name == "currency" else "right")
    for row in said.rows:
        grid.add_row(*(Text(cell.text) for cell in row))
    return grid


def write_comparison(found: Comparison, path: Path, words: Words) -> Path:
    """Write a comparison to a page (.html) or a workbook (.xlsx), whole or not at all.

    Raises
    ------
    ReportError
        The file's name ends otherwise.
    """
    check_name(path)
    if path.suffix.lower() == ".html":
        return write_report(path, comparison_page(found, words))
    return write_xlsx(path, _sheets(found, words), words, title=words(_HEADING)).path


def check_name(path: Path) -> None:
    """Make sure that a comparison can be written to a file of this name.

    Raises
    ------
    ReportError
        The name ends neither in .html nor in .xlsx.
    """
    if path.suffix.lower() not in (".html", ".xlsx"):
        raise ReportError("The file must end in .html or .xlsx, got {name}. Give it such a name.", name=path.name)


_HEADING = msg("Comparison of two audits")


def comparison_page(found: Comparison, words: Words) -> str:
    """Put a comparison into a page of the report's kind: no script, no load."""
    body = "\n".join(say_part(part, words)["html"] for part in comparison_parts(found))
    facts = (
        (msg("Before"), period_name(found.before)),
        (msg("Now"), period_name(found.after)),
        (msg("Amounts in"), found.currency),
    )
    return say_page(words, kicker=_HEADING, heading=found.company, facts=facts, body=Markup(body))


def _sheets(found: Comparison, words: Words) -> dict[str, SheetData]:
    """One sheet per table; numbers stay numbers, shares as fractions."""
    names = iter((msg("Key figures"), msg("Split"), msg("Drivers"), msg("Customers"), msg("Late data")))
    sheets = {}
    for part in comparison_parts(found):
        if isinstance(part, Note):
            continue
        assert isinstance(part, Table | Figure)
        frame = part.frame if isinstance(part, Table) else part.table
        columns = tuple(
            Col(f"{column.name}_number", column.title, column.show)
            if f"{column.name}_number" in frame.columns
            else column
            for column in part.columns
        )
        sheets[words(next(names))] = SheetData(frame, columns)
    return sheets
