"""The report: parts that notebooks show, pages that are executed notebooks, and the one file that people read."""

from custinsight.report.build import build_report
from custinsight.report.cover import Cover, cover_of
from custinsight.report.pages import PageResult, PageTask, execute_pages
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
from custinsight.writers.html import write_report

__all__ = [
    "Col",
    "Cover",
    "Facts",
    "Figure",
    "Finding",
    "Findings",
    "Kpi",
    "Kpis",
    "Note",
    "PageResult",
    "PageTask",
    "Several",
    "Shown",
    "Table",
    "build_report",
    "cover_of",
    "execute_pages",
    "shown",
    "write_report",
]
