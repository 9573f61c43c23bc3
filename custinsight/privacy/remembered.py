"""What cleaning read out of personal values, kept for the next period: in the vault, and no longer than it is right."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import ibis
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
    ...     kept = memory.put("emails", pa.table({"value": ["a@example.com"]}).to_reader())
    ...     int(kept.count().execute()), memory.get("phones")
    (1, None)
    """

    def __init__(self, root: Path, key: str, con: Any) -> None:
        self._folder = root / key[:24]
        self._con = con
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for other in root.iterdir():
            if other != self._folder:
                shutil.rmtree(other, ignore_errors=True)

    def get(self, name: str) -> ibis.Table | None:
        """Return the table kept under this name, or None."""
        newest = max(self._files(name), default=None)
        return vault.read_personal(self._con, newest) if newest is not None else None

    def put(self, name: str, rows: pa.RecordBatchReader) -> ibis.Table:
        """Keep rows in the place of all that was kept, whole or not at all."""
        earlier = sorted(self._folder.glob("*.parquet"))
        # another file each time: a lazy table that reads the earlier one must fail, not change
        number = max((int(path.stem.rpartition(".")[2]) for path in earlier), default=0) + 1
        path = self._folder / f"{name}.{number:06d}.parquet"
        with replacing(path) as beside:
            vault.write_personal(beside, rows, quick=True)
        for old in earlier:
            old.unlink(missing_ok=True)
        return vault.read_personal(self._con, path)

    def _files(self, name: str) -> list[Path]:
        return list(self._folder.glob(f"{name}.*.parquet"))
