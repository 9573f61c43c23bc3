"""Parts and pages that the tests of the report share."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pandas as pd
from matplotlib.figure import Figure as Drawing

from custinsight.report import Col, Cover, Facts, Figure, Finding, Findings, Kpi, Kpis, Note, Shown, Table, style
from custinsight.report.notebooks import KEY
from custinsight.words import Message, Words, msg

LANGUAGES = ("en", "zh-CN")
AUDIT = SimpleNamespace(languages=LANGUAGES, plan=SimpleNamespace(currency="CNY"))

STEPS = pd.DataFrame({"step": ["opening", "new", "lapsed", "closing"], "customers": [6120, 1480, -1460, 6140]})
LABELS = {
    "opening": Message("Opening 期初活跃"),
    "new": Message("New 新客"),
    "lapsed": Message("Lapsed 流失"),
    "closing": Message("Closing 期末活跃"),
}
COLUMNS = (Col("step", Message("Step"), "label", LABELS), Col("customers", Message("Customers"), "signed_count"))


def draw_steps(words: Words, names: list[str] | None = None) -> Drawing:
    """Draw the customer movement; also what a hostile name would look like in it."""
    figure = Drawing(figsize=(style.WIDTH, 2.9))
    axes = figure.subplots()
    colours = [style.MUTED, style.POSITIVE, style.NEGATIVE, style.MUTED]
    bars = axes.bar(range(4), [6120, 1480, 1460, 6140], bottom=[0, 6120, 6140, 0], color=colours, width=0.62)
    axes.bar_label(bars, [words.signed_count(n) for n in STEPS["customers"]], fontsize=9, padding=3)
    axes.set_xticks(range(4), names or [words(LABELS[step]) for step in STEPS["step"]])
    axes.set_yticks([])
    axes.grid(visible=False)
    return figure


def figure(title: str = "New customers made up for those who lapsed", **changes: Any) -> Figure:
    """Return the movement as a part."""
    parts = {"title": Message(title), "note": Message("Active: bought within 12 months."), "draw": draw_steps}
    return Figure(**(parts | {"table": STEPS, "columns": COLUMNS} | changes))


def kpis() -> Kpis:
    """Return the six tiles of a summary."""
    trend = (5.0, 5.4, 5.2, 6.0, 6.1, 6.12, 6.14)
    active = msg("{n:count}", n=6140)
    return Kpis(
        (
            Kpi(msg("Active customers"), active, msg("{c:signed_percent}", c=0.003), "flat", msg("±0.2"), trend),
            Kpi(
                msg("Profit"),
                msg("{v:money}", v=12840000),
                msg("{c:signed_percent}", c=-0.041),
                "down",
                trend=trend[::-1],
            ),
            Kpi(
                msg("Share of the top 10 %"),
                msg("{v:percent}", v=0.382),
                msg("{c:points}", c=0.021),
                "warn",
                trend=trend,
            ),
            Kpi(
                msg("Value of 12 months"),
                msg("{v:money}", v=29600000),
                msg("{c:signed_percent}", c=0.018),
                "up",
                trend=trend,
            ),
            Kpi(msg("Without an earlier audit"), msg("{v:percent}", v=0.31)),
        )
    )


def findings(heading: str = "Three findings", section: str = "customer_base") -> Findings:
    """Return a list of findings that link to a section."""
    items = (
        Finding(Message("Profit fell, since regular customers ordered less often."), Message("Orders −3.8 %"), section),
        Finding(Message("The top 10 % of customers bring 38.2 % of profit."), Message("90 %: 149–231")),
    )
    return Findings(Message(heading), items)


def table(rows: int = 20) -> Table:
    """Return a table longer than what is shown."""
    frame = pd.DataFrame({"customer": [f"C{n:04d}" for n in range(30)], "value": [n * 1234.5 for n in range(30)]})
    columns = (Col("customer", Message("Customer")), Col("value", Message("Value"), "money"))
    return Table(Message("Who is worth most"), Message("Expected margin of the next 12 months."), frame, columns, rows)


def cover(**changes: Any) -> Cover:
    """Return a cover."""
    parts: dict[str, Any] = {
        "company": "示例零售公司",
        "period": Message("Quarter {number} of {year}", {"number": "4", "year": "2018"}),
        "as_of": Message("2018-12-31"),
        "verdict": Message("Reconciles: {read:count} rows read, none rejected, none lost", {"read": 70118}),
        "responsible": "客户运营部",
        "purpose": "Quarterly review",
        "languages": LANGUAGES,
    }
    return Cover(**(parts | changes))


def page(path: Path, cells: list[Any], error_id: str | None = None, languages: tuple[str, ...] = LANGUAGES) -> Path:
    """Write an executed notebook; a text is Markdown, a part is shown by a code cell."""
    made = []
    for cell in cells:
        if isinstance(cell, str):
            made.append(nbformat.v4.new_markdown_cell(cell))
            continue
        data = Shown(cell, languages)._repr_mimebundle_()
        output = nbformat.v4.new_output("execute_result", data=data, execution_count=1)
        made.append(nbformat.v4.new_code_cell("page.part(audit)", outputs=[output]))
    notebook = nbformat.v4.new_notebook(cells=made, metadata={KEY: {"error_id": error_id}})
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def report_pages(folder: Path) -> list[Path]:
    """Write the pages of a small whole report."""
    notes = [
        Note(Message("Every row is accounted for."), "pass"),
        Note(Message("Costs are missing before 2017."), "warn"),
    ]
    facts = Facts(((Message("Method"), "Pareto/NBD"), (Message("Rows"), Message("{n:count}", {"n": 70118}))))
    return [
        page(folder / "00_summary.ipynb", ["# Summary", kpis(), findings(), findings("Three decisions", "value")]),
        page(
            folder / "03_customer_base.ipynb",
            [
                "# Customer base\n\nWho came and who went.",
                figure(),
                "## Drivers\n\nWhy **profit** moved:\n\n- orders\n- spend",
                figure("Regular customers ordered less often"),
                table(8),
            ],
        ),
        page(folder / "04_value.ipynb", ["# Customer value", *notes, facts, "## By stage", figure("Core customers")]),
    ]
