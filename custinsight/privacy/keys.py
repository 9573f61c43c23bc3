"""The key behind the pseudonyms: made once for an audit folder, kept out of every output."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from custinsight.errors import WorkspaceError

VARIABLE = "CUSTINSIGHT_KEY"
_BYTES = 32


def pseudonym_key(folder: Path) -> bytes:
    """Return the key that turns customer numbers into pseudonyms.

    The environment variable ``CUSTINSIGHT_KEY`` (64 hexadecimal digits) wins, so that several machines can share
    one key; otherwise the key is read from ``pseudonym.key`` in ``folder``, and made there the first time.

    Parameters
    ----------
    folder : Path
        The audit's ``keys`` folder.

    Returns
    -------
    bytes
        32 bytes.

    Raises
    ------
    WorkspaceError
        The variable or the file does not hold 64 hexadecimal digits.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     pseudonym_key(Path(folder)) == pseudonym_key(Path(folder))
    True
    """
    given = os.environ.get(VARIABLE)
    if given is not None:
        return _decode(given, place=f"${VARIABLE}")
    path = folder / "pseudonym.key"
    if not path.exists():
        _create(path)
    return _decode(path.read_text(encoding="ascii"), place=path.name)


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")
    try:
        # a link cannot replace a key that another process made in the meantime
        os.link(beside, path)
    except FileExistsError:
        return
    finally:
        beside.unlink()


def _decode(text: str, place: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise WorkspaceError(
            "{place} must hold a key of 64 hexadecimal digits. Restore it: new keys make new customer ids.", place=place
        )
    return key
