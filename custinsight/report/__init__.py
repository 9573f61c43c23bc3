"""The report: parts that notebooks show, pages that are executed notebooks, and the one file that people read.

Each name is imported when it is first used: a notebook shows parts and has no need of what executes notebooks.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from custinsight.report.steward_file import write_steward_file
    from custinsight.report.worklist_files import write_worklists
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
    "write_steward_file",
    "write_worklists",
]

_HOMES = {
    "Col": "writers.columns",
    "Cover": "report.cover",
    "PageResult": "report.pages",
    "PageTask": "report.pages",
    "build_report": "report.build",
    "cover_of": "report.cover",
    "execute_pages": "report.pages",
    "write_report": "writers.html",
    "write_steward_file": "report.steward_file",
    "write_worklists": "report.worklist_files",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module(f"custinsight.{_HOMES.get(name, 'report.parts')}"), name)
    raise AttributeError(f"module 'custinsight.report' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
