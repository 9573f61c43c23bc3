"""Notebooks read as what they are, JSON: all that the report needs of them, without a validator's imports."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEY = "custinsight"
"""Entry of a page's notebook metadata that says how it went."""


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook: ``kind`` is markdown or code; ``outputs`` are the MIME bundles it showed."""

    kind: str
    source: str
    outputs: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Notebook:
    """A notebook's cells, and the id of the error that stopped it, if one did."""

    cells: tuple[Cell, ...] = ()
    error_id: str | None = None

    @property
    def words(self) -> Notebook:
        """The notebook's Markdown only."""
        return Notebook(tuple(cell for cell in self.cells if cell.kind == "markdown"))


def read_notebook(path: Path) -> Notebook:
    """Read a notebook.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Notebook

    Raises
    ------
    OSError, ValueError
        The file cannot be read, or is no notebook.
    """
    content = json.loads(path.read_text(encoding="utf-8"))
    try:
        cells = tuple(_cell(cell) for cell in content["cells"])
        return Notebook(cells, content.get("metadata", {}).get(KEY, {}).get("error_id"))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} is no notebook") from error


def _cell(cell: dict[str, Any]) -> Cell:
    shown = tuple(out["data"] for out in cell.get("outputs", ()) if "data" in out)
    return Cell(cell["cell_type"], "".join(cell["source"]), shown)
