"""A new audit's folder: the plan with comments, the notebooks, and places for exports and reports."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

from custinsight.resources import packaged_notebooks
from custinsight.writers.atomic import write_text

_PRIVATE = "# exports, keys, intermediate tables and reports hold personal data\n/data/\n/keys/\n/work/\n/reports/\n"


def new_audit(folder: Path, *, demo: bool = False) -> list[Path]:
    """Make an audit's folder; what is already there is left as it is.

    Parameters
    ----------
    folder : Path
        Folder to make or to complete.
    demo : bool
        Write the exports of a made-up company into ``data/demo`` and a plan that maps them.

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
    for notebook in packaged_notebooks():
        target = folder / "notebooks" / notebook.name
        if not target.exists():
            shutil.copyfile(notebook, target)
            made.append(target)
    for name, text in ((".gitignore", _PRIVATE), ("audit.toml", _plan_text(demo))):
        if not (folder / name).exists():
            write_text(folder / name, text)
            made.append(folder / name)
    if demo and not (folder / "data" / "demo" / "complete").exists():
        made += _write_demo(folder / "data" / "demo")
    return made


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
