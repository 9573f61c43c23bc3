"""What cleaning read out of personal values, kept for the next period: in the vault, and no longer than it is right."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa

from custinsight.privacy import vault
from custinsight.writers.atomic import replacing


class Remembered:
    """Tables of readings in a folder of their own.

    Parameters
    ----------
    root : Path
        Folder for readings; made when it is not there.
    key : str
        Digest of everything that readings depend on besides the values: the code and the libraries that it calls.
        What was kept under another key is deleted.
    con : ibis backend
        The engine that reads the files.

    Examples
    --------
    >>> import tempfile
    >>> from custinsight.engine import connect
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     memory = Remembered(Path(folder, "readings"), "k1", connect())
    ...     memory.put("email", pa.table({"value": ["a@example.com"]}))
    ...     memory.get("email").num_rows, memory.get("phone")
    (1, None)
    """

    def __init__(self, root: Path, key: str, con: Any) -> None:
        self._folder = root / key[:24]
        self._con = con
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for other in root.iterdir():
            if other != self._folder:
                shutil.rmtree(other, ignore_errors=True)

    def get(self, name: str) -> pa.Table | None:
        """Return the table kept under this name, or None."""
        path = self._path(name)
        return vault.read_personal(self._con, path).to_pyarrow() if path.is_file() else None

    def put(self, name: str, table: pa.Table) -> None:
        """Keep a table under this name, whole or not at all."""
        with replacing(self._path(name)) as beside:
            vault.write_personal(beside, table.to_reader(max_chunksize=65_536))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"
