"""Where the package's own files are: the notebooks of the report, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from custinsight.errors import WorkspaceError

_PACKAGE = Path(__file__).parent


def packaged_notebooks() -> list[Path]:
    """Return the report's notebooks in page order.

    Raises
    ------
    WorkspaceError
        The installation is incomplete.

    Examples
    --------
    >>> [path.stem for path in packaged_notebooks()][:2]
    ['00_summary', '01_data_trust']
    """
    # a wheel carries them inside the package; in a checkout they lie at the top, where people read them
    for folder in (_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks"):
        found = sorted(folder.glob("[0-9][0-9]_*.ipynb"))
        if found:
            return found
    raise WorkspaceError("The notebooks of the report are missing from this installation. Install custinsight again.")


def review_notebook() -> Path:
    """Return the notebook in which pairs are decided; it is no page of the report.

    Examples
    --------
    >>> review_notebook().name
    'review.ipynb'
    """
    return packaged_notebooks()[0].with_name("review.ipynb")


def notebooks_of(folder: Path) -> list[Path]:
    """Return an audit folder's own notebooks in page order, or the packaged ones where it has none."""
    own = sorted((folder / "notebooks").glob("[0-9][0-9]_*.ipynb"))
    return own or packaged_notebooks()
