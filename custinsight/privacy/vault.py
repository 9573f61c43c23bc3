"""The one door through which tables with personal columns are stored and read.

Files are readable by their owner alone. Encryption and roles belong behind these two functions, so that no stage
changes when they come.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq


def write_personal(path: Path, batches: pa.RecordBatchReader) -> None:
    """Store a table with personal columns, readable by the owner of the file alone.

    Parameters
    ----------
    path : Path
        File to make; its folder exists. The caller renames it into place.
    batches : pyarrow.RecordBatchReader
        The rows.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "people.parquet")
    ...     write_personal(path, pa.table({"email": ["a@example.com"]}).to_reader())
    ...     oct(path.stat().st_mode & 0o777)
    '0o600'
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        # a file that is there already keeps its rights when it is opened; fchmod is not everywhere
        path.chmod(0o600)
        write_parquet(file, batches)


def read_personal(con: Any, path: Path) -> ibis.Table:
    """Read a table with personal columns into the engine.

    Parameters
    ----------
    con : ibis backend
    path : Path
        A file that :func:`write_personal` made.
    """
    return con.read_parquet(str(path))


def write_parquet(file: Any, batches: pa.RecordBatchReader) -> None:
    """Write batches as parquet: same rows, same bytes."""
    with pq.ParquetWriter(file, batches.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
        file.flush()
    os.fsync(file.fileno())
