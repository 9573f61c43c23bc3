"""Pages that need not be made again: their notebook, their tables and our code are what they were."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from custinsight.report.pages import PageResult, PageTask
from custinsight.workspace import Workspace, code_digest, digest

_ROOMS = ("actions", "base", "flow", "locale", "report", "writers")


def page_keys(audit: Any, tasks: Sequence[PageTask]) -> dict[Path, str]:
    """Hash what each page of an audit is made from.

    Parameters
    ----------
    audit : custinsight.audit.Audit
        Its stages have run.
    tasks : sequence of PageTask
        The pages of this audit.

    Returns
    -------
    dict of Path to str
        The page's file to its key: notebook, parameters, plan, tables of this audit and the one before, code.
    """
    before = audit.previous
    ground = {
        "tables": audit.contents(),
        "before": before.contents() if before is not None else None,
        "plan": audit.plan.model_dump(mode="json"),
        "code": code_digest(*_ROOMS),
    }
    return {
        task.output: digest(
            {**ground, "notebook": _sha256(task.notebook), "parameters": dict(sorted(task.parameters.items()))}
        )
        for task in tasks
    }


def split_pages(
    workspace: Workspace, name: str, tasks: Sequence[PageTask], keys: dict[Path, str]
) -> tuple[list[PageResult], list[PageTask]]:
    """Tell the pages that still hold from those to be made.

    Parameters
    ----------
    workspace : Workspace
    name : str
        Record under which :func:`note_pages` kept what was made.
    tasks : sequence of PageTask
    keys : dict of Path to str
        Of :func:`page_keys`.

    Returns
    -------
    held : list of PageResult
    missing : list of PageTask
    """
    record = workspace.recall(name) or {}
    held, missing = [], []
    for task in tasks:
        expected = [keys[task.output], _sha256(task.output)] if task.output.is_file() else None
        if expected is not None and record.get(str(task.output.name)) == expected:
            held.append(PageResult(task))
        else:
            missing.append(task)
    return held, missing


def note_pages(workspace: Workspace, name: str, results: Sequence[PageResult], keys: dict[Path, str]) -> None:
    """Keep what whole pages were made from; a page that failed is made again next time."""
    whole = [result.task.output for result in results if not result.error_id]
    workspace.remember(name, {path.name: [keys[path], _sha256(path)] for path in whole})


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
