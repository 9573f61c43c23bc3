"""Loaded files kept in an audit's folder, so that an export that is still there is not read again.

Rows as they were loaded hold customer numbers and names: everything here is readable by the owner alone. A file's
entry goes when none of the last :data:`KEPT_LOADS` loads used it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

from custinsight.privacy import vault
from custinsight.workspace import Workspace, digest, write_json

KEPT_LOADS = 3
"""An entry that none of the last so many loads used is removed."""
_ROWS = "rows"
_RECORD = "file.json"
_NEW = ".new-"


class KnownFiles:
    """The files that an audit's folder knows.

    One load at a time may use it: the stage that loads holds a lock.

    Parameters
    ----------
    workspace : Workspace
    version : str
        Hash of the code that loads: other code knows none of the files.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     known = KnownFiles(Workspace(Path(folder)), "v1")
    ...     rows = pa.table({"customer_id": ["7"]})
    ...     known.put("k", rows.to_reader(), {"books": pa.table({"n": [1]})})
    ...     known.get("k")["books"].to_pydict(), known.get("other"), KnownFiles(Workspace(Path(folder)), "v2").get("k")
    ({'n': [1]}, None, None)
    """

    def __init__(self, workspace: Workspace, version: str) -> None:
        self.workspace, self.version = workspace, version
        self.folder = workspace.root / "files"
        self._used: dict[str, None] = {}

    def fingerprint(self, path: Path) -> str:
        """Hash of a file's content."""
        return self.workspace.fingerprint(path)

    def get(self, key: str) -> Mapping[str, pa.Table] | None:
        """Return the small tables of a stored file; None where it is not there or was damaged since."""
        folder = self._folder(key)
        try:
            record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
            if any(_sha256(folder / f"{name}.parquet") != found for name, found in record.items()):
                return None
            parts = {name: vault.load_personal(folder / f"{name}.parquet") for name in record if name != _ROWS}
        except (OSError, ValueError):
            return None
        self._used[folder.name] = None
        return parts

    def rows(self, con: Any, key: str) -> ibis.Table:
        """Return the kept rows of a stored file, read when they are needed."""
        return vault.read_personal(con, self._folder(key) / f"{_ROWS}.parquet")

    def put(self, key: str, rows: pa.RecordBatchReader, parts: Mapping[str, pa.Table]) -> None:
        """Store a file: whole or not at all."""
        folder = self._folder(key)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=_NEW, dir=self.folder))
        try:
            vault.write_personal(beside / f"{_ROWS}.parquet", rows, quick=True)
            for name, table in parts.items():
                vault.write_personal(beside / f"{name}.parquet", table.to_reader())
            write_json(beside / _RECORD, {name: _sha256(beside / f"{name}.parquet") for name in (_ROWS, *parts)})
            # an entry that get() refused is damaged, or there is none
            shutil.rmtree(folder, ignore_errors=True)
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        self._used[folder.name] = None

    def sweep(self) -> int:
        """End a load: remove what the last loads did not use, and what killed ones left; return how many entries."""
        notes = self.workspace.recall("known-files") or {"loads": []}
        loads = [*notes["loads"], list(self._used)][-KEPT_LOADS:]
        self.workspace.remember("known-files", {"loads": loads})
        wanted = {name for load in loads for name in load}
        gone = [path for path in self.folder.iterdir() if path.name not in wanted] if self.folder.is_dir() else []
        for path in gone:
            shutil.rmtree(path, ignore_errors=True)
        self._used = {}
        return len(gone)

    def _folder(self, key: str) -> Path:
        return self.folder / digest([self.version, key])[:24]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
