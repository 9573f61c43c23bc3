"""Small exports with the headers that the systems write, made up row by row."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from custinsight.ingest import Ingested, check_sources, load_sources
from custinsight.plan import Source


class Exports:
    """A folder of exports, and what a preset makes of them."""

    def __init__(self, folder: Path, con: Any) -> None:
        self.folder, self.con = folder, con

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text.lstrip("\n"), encoding="utf-8")

    def load(self, preset: str, path: str, **more: Any) -> Ingested:
        return load_sources([self.source(preset, path, **more)], self.folder, self.con)

    def rows(self, preset: str, path: str, **more: Any) -> list[dict[str, Any]]:
        """Canonical rows, money as float and days as text, empty columns left out."""
        ingested = self.load(preset, path, **more)
        assert ingested.rejects["code"].tolist() == []
        (table,) = ingested.tables.values()
        return [_plain(row) for row in table.to_pyarrow().to_pylist()]

    def notes(self, preset: str, path: str, **more: Any) -> str:
        (found,) = check_sources([self.source(preset, path, **more)], self.folder)
        assert found.problems == ()
        return " ".join(found.warnings)

    def source(self, preset: str, path: str, **more: Any) -> Source:
        return Source.model_validate({"name": "export", "preset": preset, "path": path, **more})


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if value is not None}
    return {
        name: float(v) if hasattr(v, "quantize") else str(v) if hasattr(v, "year") else v for name, v in shown.items()
    }


def pick(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    """Some columns of rows."""
    return [tuple(row.get(name) for name in names) for row in rows]
