"""The report: parts that notebooks show, pages that are executed notebooks, and the one file that people read."""

from custinsight.report.parts import (
    Facts,
    Figure,
    Finding,
    Findings,
    Kpi,
    Kpis,
    Note,
    Several,
    Shown,
    Table,
    shown,
)
from custinsight.writers.columns import Col

__all__ = [
    "Col",
    "Facts",
    "Figure",
    "Finding",
    "Findings",
    "Kpi",
    "Kpis",
    "Note",
    "Several",
    "Shown",
    "Table",
    "shown",
]
