"""An audit's folder: tables that appear whole or not at all, found again by the hash of what made them."""

from __future__ import annotations

import functools
import hashlib
import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock
import ibis
import pandas as pd
import pyarrow as pa

from custinsight.engine import Tabular
from custinsight.errors import BusyError
from custinsight.privacy import vault
from custinsight.tables import personal_columns
from custinsight.writers.atomic import write_text

_ROWS = 65_536
_RECORD = "stage.json"
_GROUND_FLOOR = ("engine", "periods", "plan", "plan_churn", "plan_match", "plan_quality", "tables", "workspace")


@dataclass(frozen=True)
class StoredStage:
    """What a stage left: where its tables are and what they hold.

    Parameters
    ----------
    folder : Path
        Folder of the tables.
    key : str
        Hash of everything the stage was made from.
    tables : mapping
        Table name to its ``rows``, ``sha256`` and whether it is ``personal``.
    """

    folder: Path
    key: str
    tables: Mapping[str, Mapping[str, Any]]

    @property
    def content(self) -> str:
        """Hash over the content of all tables."""
        return digest({name: entry["sha256"] for name, entry in self.tables.items()})


class Workspace:
    """The folder in which an audit keeps its tables.

    Parameters
    ----------
    root : Path
        The folder, made when it is not there.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     space = Workspace(Path(folder))
    ...     stored = space.store("base", "k1", {"totals": pd.DataFrame({"customers": [3]})})
    ...     space.find("base", "k1") == stored, space.find("base", "k2")
    (True, None)
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)

    def find(self, stage: str, key: str) -> StoredStage | None:
        """Return what a stage left under this key, or None."""
        folder = self._folder(stage, key)
        record = folder / _RECORD
        if not record.is_file():
            return None
        return StoredStage(folder, key, json.loads(record.read_text(encoding="utf-8")))

    def store(self, stage: str, key: str, tables: Mapping[str, Tabular]) -> StoredStage:
        """Store a stage's tables under a key: all of them or none.

        A table with personal columns goes through the vault. Rows of lazy tables are put in a total order, so that
        the same rows make the same bytes whatever the number of threads.
        """
        folder = self._folder(stage, key)
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
        try:
            entries = {name: _write(beside, name, table) for name, table in sorted(tables.items())}
            write_json(beside / _RECORD, entries)
            try:
                beside.rename(folder)
            except OSError:
                # another process stored the same key first; its tables are the same
                if not (folder / _RECORD).is_file():
                    raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return StoredStage(folder, key, entries)

    def read(self, con: Any, stored: StoredStage, name: str) -> ibis.Table:
        """Return a stored table as a lazy table of the engine ``con``."""
        path = stored.folder / f"{name}.parquet"
        if stored.tables[name]["personal"]:
            return vault.read_personal(con, path)
        return con.read_parquet(str(path))

    @contextmanager
    def locked(self, name: str, timeout: float = -1) -> Iterator[None]:
        """Hold a lock of this folder; others wait, or give up after ``timeout`` seconds.

        Raises
        ------
        BusyError
            The lock was not to be had in time.
        """
        lock = filelock.FileLock(self.root / f".{name}.lock", timeout=timeout)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise BusyError(
                "Another run is using the folder {folder}. Wait until it ends.", folder=self.root.name
            ) from None
        try:
            yield
        finally:
            lock.release()

    def fingerprint(self, path: Path) -> str:
        """SHA-256 of a file's content, remembered as long as its size and time do not change."""
        stat = path.stat()
        seen = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
        note = self.root / "fingerprints" / digest(seen)
        if note.is_file():
            return note.read_text(encoding="ascii")
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        note.parent.mkdir(exist_ok=True)
        write_text(note, found)
        return found

    def remember(self, name: str, content: Mapping[str, Any]) -> None:
        """Keep a small record, such as which stages an audit consists of."""
        path = self._record(name)
        path.parent.mkdir(exist_ok=True)
        write_json(path, content)

    def recall(self, name: str) -> dict[str, Any] | None:
        """Return a record that :meth:`remember` kept, or None."""
        path = self._record(name)
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None

    def _folder(self, stage: str, key: str) -> Path:
        return self.root / "tables" / stage / key[:24]

    def _record(self, name: str) -> Path:
        return self.root / "records" / f"{re.sub(r'[^A-Za-z0-9.-]', '_', name)}.json"


def digest(content: Any) -> str:
    """SHA-256 of anything that JSON can write.

    Examples
    --------
    >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    True
    """
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


@functools.cache
def code_digest(*rooms: str) -> str:
    """Hash of the source of some rooms and the ground floor: changed code runs its stages again.

    Examples
    --------
    >>> code_digest("base") == code_digest("clv")
    False
    """
    package = Path(__file__).parent
    ground = (package / f"{name}.py" for name in _GROUND_FLOOR)
    paths = [*ground, *(path for room in rooms for path in (package / room).rglob("*.py"))]
    return digest({str(p.relative_to(package)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(paths)})


def write_json(path: Path, content: Any) -> None:
    """Write a small JSON file whole or not at all."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, default=str))


def _write(folder: Path, name: str, table: Tabular) -> dict[str, Any]:
    path = folder / f"{name}.parquet"
    reader = _reader(table)
    personal = bool(personal_columns(reader.schema.names))
    if personal:
        vault.write_personal(path, reader)
    else:
        with path.open("wb") as file:
            vault.write_parquet(file, reader)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    rows = pa.parquet.read_metadata(path).num_rows
    return {"rows": rows, "sha256": found, "personal": personal}


def _reader(table: Tabular) -> pa.RecordBatchReader:
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    elif isinstance(table, ibis.Table):
        table = table.order_by(list(table.columns)).to_pyarrow()
    return table.combine_chunks().to_reader(max_chunksize=_ROWS)
