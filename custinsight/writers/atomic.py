"""Files that appear whole or not at all: written beside, flushed to the disk, renamed.

A run that is killed leaves a hidden file beside the target and the old target as it was; the next run sweeps it.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

_TEMPORARY = re.compile(r"^\.[^/]+\.\d+\.[0-9a-f]{8}\.tmp$")


@contextlib.contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Hand out a temporary path in the same folder; it takes the place of ``path`` when the block ends well.

    Parameters
    ----------
    path : Path
        Its folder is made when it is not there. A symbolic link of this name is replaced, not followed.
    private : bool
        Only the owner of the file may read it, from its first byte on.

    Yields
    ------
    Path
        An empty file.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "report.html"
    ...     with replacing(target) as beside:
    ...         _ = beside.write_text("whole")
    ...     target.read_text(), len(list(Path(folder).iterdir()))
    ('whole', 1)
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # the process's number tells a file that is being written from one that a killed run left
    beside = path.with_name(f".{path.name[:100]}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    beside.touch(mode=0o600 if private else 0o666, exist_ok=False)
    try:
        yield beside
        _flush(beside)
        beside.replace(path)
        _flush_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes, *, private: bool = False) -> Path:
    """Write a file whole or not at all, and return its path; a private one is readable by its owner alone."""
    with replacing(path, private=private) as beside:
        beside.write_bytes(content)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write a UTF-8 file with the line ends it has, whole or not at all, and return its path."""
    return write_bytes(path, text.encode("utf-8"))


def sweep(folder: Path, *, older_than: float = 0.0) -> int:
    """Remove what killed runs left in a folder.

    Parameters
    ----------
    folder : Path
    older_than : float
        Seconds; younger files are left alone. Files of processes that still live are always left alone.

    Returns
    -------
    int
        Files removed.
    """
    removed = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        if not _TEMPORARY.match(path.name) or _is_alive(int(path.name.split(".")[-3])):
            continue
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.lstat().st_mtime >= older_than:
                path.unlink()
                removed += 1
    return removed


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    # without it, a power cut may forget the rename; Windows cannot open folders
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _is_alive(process: int) -> bool:
    if process == os.getpid():
        return True
    if os.name != "posix":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
