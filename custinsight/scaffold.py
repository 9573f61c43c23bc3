"""A new audit's folder: the plan with comments, the notebooks, and places for exports and reports."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from custinsight.errors import SourceError, WorkspaceError
from custinsight.ingest.propose import Proposal, propose_mapping
from custinsight.resources import packaged_notebooks, review_notebook
from custinsight.writers.atomic import write_text

_PRIVATE = "# exports, keys, intermediate tables and reports hold personal data\n/data/\n/keys/\n/work/\n/reports/\n"

# the lines of two copies together are a valid file
_MERGED = "decisions.jsonl merge=union\n"


def new_audit(folder: Path, *, demo: bool = False, plan: str | None = None) -> list[Path]:
    """Make an audit's folder; what is already there is left as it is.

    Parameters
    ----------
    folder : Path
        Folder to make or to complete.
    demo : bool
        Write the exports of a made-up company into ``data/demo`` and a plan that maps them.
    plan : str, optional
        Text of audit.toml; a commented template when not given.

    Returns
    -------
    list of Path
        The files and folders that were made now.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     made = new_audit(Path(folder, "audit"))
    ...     again = new_audit(Path(folder, "audit"))
    >>> "audit.toml" in [path.name for path in made], again
    (True, [])
    """
    made: list[Path] = []
    for name in ("data", "notebooks", "reports"):
        if not (folder / name).is_dir():
            (folder / name).mkdir(parents=True)
            made.append(folder / name)
    for notebook in (*packaged_notebooks(), review_notebook()):
        target = folder / "notebooks" / notebook.name
        if not target.exists():
            shutil.copyfile(notebook, target)
            made.append(target)
    for name, text in ((".gitignore", _PRIVATE), (".gitattributes", _MERGED), ("audit.toml", plan or _plan_text(demo))):
        if not (folder / name).exists():
            write_text(folder / name, text)
            made.append(folder / name)
    if demo and not (folder / "data" / "demo" / "complete").exists():
        made += _write_demo(folder / "data" / "demo")
    return made


def propose_plan(folder: Path, exports: Path, language: str = "en") -> tuple[Proposal, str]:
    """Look at exports and write the text of a plan for them.

    Parameters
    ----------
    folder : Path
        The audit's folder, which need not be there yet.
    exports : Path
        Folder of the exports; they stay where they are.
    language : str
        Language of the comments.

    Returns
    -------
    proposal : Proposal
    text : str
        The proposal as an audit.toml, and the template's further sections behind it.

    Raises
    ------
    WorkspaceError
        The folder has a plan already.
    SourceError
        The exports are not there, or none can be taken for customers or transactions.
    """
    if (folder / "audit.toml").exists():
        raise WorkspaceError(
            "{folder} must have no audit.toml yet, so that none is lost. Name another folder, or move the plan away.",
            folder=folder.name or str(folder),
        )
    if not exports.is_dir():
        raise SourceError("{folder} must be a folder of exports, got none. Name the folder.", folder=exports.name)
    proposal = propose_mapping(exports, root=folder)
    _, mark, further = _plan_text(demo=False).partition("[model]")
    return proposal, proposal.to_toml(language) + "\n" + mark + further


def _plan_text(demo: bool) -> str:
    if demo:
        from custinsight.demo import demo_plan

        return demo_plan()
    return files("custinsight").joinpath("templates", "audit.toml").read_text(encoding="utf-8")


def _write_demo(folder: Path) -> list[Path]:
    from custinsight.demo import write_demo

    write_demo(folder)
    # the marker comes last: an interrupted run writes the exports again
    write_text(folder / "complete", "")
    return [folder]
