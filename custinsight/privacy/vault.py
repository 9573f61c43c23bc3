"""The one door through which tables with personal columns are stored and read.

Files are readable by their owner alone. Encryption and roles belong behind these functions, so that no stage
changes when they come.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq


def write_personal(path: Path, batches: pa.RecordBatchReader, *, quick: bool = False) -> None:
    """Store a table with personal columns, readable by the owner of the file alone.

    Parameters
    ----------
    path : Path
        File to make; its folder exists. The caller renames it into place.
    batches : pyarrow.RecordBatchReader
        The rows.
    quick : bool
        Write in two thirds of the time a file of twice the size.

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
        write_parquet(file, batches, quick=quick)


def read_personal(con: Any, path: Path) -> ibis.Table:
    """Read a table with personal columns into the engine, lazily.

    Parameters
    ----------
    con : ibis backend
    path : Path
        A file that :func:`write_personal` made.
    """
    # a folder called year=2024 is no column
    return con.read_parquet(str(path), hive_partitioning=False)


def load_personal(path: Path) -> pa.Table:
    """Read a small table with personal columns as a whole.

    Parameters
    ----------
    path : Path
        A file that :func:`write_personal` made.
    """
    return pq.read_table(path, partitioning=None)


def write_parquet(file: Any, batches: pa.RecordBatchReader, *, quick: bool = False) -> None:
    """Write batches as parquet: same rows, same bytes."""
    how: dict[str, Any] = {"compression": "lz4", "use_dictionary": False} if quick else {"compression": "zstd"}
    with pq.ParquetWriter(file, batches.schema, **how) as writer:
        for batch in batches:
            writer.write_batch(batch)
    # the writer puts the last part of the file down when it is closed
    file.flush()
    os.fsync(file.fileno())
