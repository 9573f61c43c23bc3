"""Exports inside gz and zip archives: which there are, and one of them unpacked into a private folder."""

from __future__ import annotations

import gzip
import io
import shutil
import stat
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import IO, cast

from custinsight.errors import SourceError
from custinsight.ingest.places import ARCHIVES, SUFFIXES, Place, file_kind

MAX_BYTES = 16 << 30
MAX_RATIO = 300
MAX_MEMBERS = 10_000
_SMALL = 50 << 20
_BLOCK = 1 << 20


class _Folder:
    """A folder that only this user may enter, and that is gone when nobody needs it any more."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="custinsight-"))
        self.remove = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def list_members(place: Place, encoding: str | None = None) -> list[Place]:
    """One place for each export that a file holds: a zip archive may hold many, any other file is one.

    Parameters
    ----------
    place : Place
        Its ``member`` chooses files of a zip archive: ``sales_*.csv`` in any of its folders, ``2024/*.csv`` in one.
    encoding : str, optional
        Declared encoding of text files.

    Raises
    ------
    SourceError
        The archive is damaged or encrypted, holds no such file, too many files, names that lead out of it, or would
        unpack to too much.
    """
    kind = file_kind(place, encoding)
    if kind != "zip":
        if place.member:
            raise SourceError(
                "sources.{source}.{key}: {file} must be a zip archive for {member} to be in it, got none.",
                code="NO_ARCHIVE",
                member=repr(place.member),
                **place.names,
            )
        return [place]
    with _opened_zip(place) as archive:
        members = _members(place, archive)
    chosen = [name for name in members if name == place.member] or sorted(
        name for name in members if _is_chosen(name, place.member)
    )
    if not chosen:
        raise SourceError(
            "sources.{source}.{key}: {file} must hold exports such as csv or xlsx, got none that fits {member}.",
            code="NO_MEMBER",
            member=repr(place.member or "*"),
            **place.names,
        )
    return [replace(place, file=f"{place.path.name}/{name}", member=name) for name in chosen]


def unpack(place: Place, encoding: str | None = None) -> Place:
    """Unpack a gz file, or one member of a zip archive, into a folder that lives as long as the place.

    Parameters
    ----------
    place : Place
        A gz file, or a zip archive with its ``member``.
    encoding : str, optional
        Declared encoding of text files.

    Raises
    ------
    SourceError
        The file is damaged, unpacks to too much, or holds an archive itself.
    """
    folder = _Folder()
    try:
        target = folder.path / "export"
        with _stream(place) as stream, target.open("xb") as out:
            _copy(place, stream, out)
        inner = replace(place, path=target, member="", hold=folder)
        if file_kind(inner, encoding) in ARCHIVES:
            raise SourceError(
                "sources.{source}.{key}: {file} must be no archive inside an archive. Unpack it once.",
                code="NESTED_ARCHIVE",
                **place.names,
            )
    except BaseException:
        folder.remove()
        raise
    return inner


def release(place: Place) -> None:
    """Remove what a place was unpacked to, if it was."""
    if isinstance(place.hold, _Folder):
        place.hold.remove()


def _is_chosen(name: str, pattern: str) -> bool:
    path = PurePosixPath(name)
    if pattern:
        return path.match(pattern)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$")) and path.parts[0] != "__MACOSX"


def _members(place: Place, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Files of a zip archive by their names, once the archive as a whole is known to be harmless."""
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MAX_MEMBERS:
        raise SourceError(
            "sources.{source}.{key}: {file} must hold at most {n} files, got more. Unpack it.",
            code="TOO_MANY_MEMBERS",
            n=MAX_MEMBERS,
            **place.names,
        )
    _require_size(place, sum(entry.file_size for entry in entries))
    members = {member_name(entry): entry for entry in entries}
    if len(members) < len(entries) or not all(map(_is_harmless, members, members.values())):
        raise SourceError(
            "sources.{source}.{key}: {file} must hold files under names of their own, got links, a name twice, or "
            "names that lead out of the archive. Pack it anew.",
            code="BAD_MEMBER",
            **place.names,
        )
    if any(entry.flag_bits & 1 for entry in entries):
        raise SourceError(
            "sources.{source}.{key}: {file} must not be encrypted. Pack it without a password.",
            code="ENCRYPTED",
            **place.names,
        )
    return members


def member_name(entry: zipfile.ZipInfo) -> str:
    """Name of a zip archive's file; archives from Chinese Windows hold names in GBK and do not say so.

    Examples
    --------
    >>> member_name(zipfile.ZipInfo("销售.csv".encode("gbk").decode("cp437")))
    '销售.csv'
    """
    if entry.flag_bits & 0x800:
        return entry.orig_filename
    try:
        name = entry.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.orig_filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.orig_filename


def _is_harmless(name: str, entry: zipfile.ZipInfo) -> bool:
    parts = name.replace("\\", "/").split("/")
    is_link = stat.S_ISLNK(entry.external_attr >> 16)
    return bool(parts[0]) and ".." not in parts and ":" not in parts[0] and "\0" not in name and not is_link


@contextmanager
def _opened_zip(place: Place) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(place.path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise _damaged(place) from error


@contextmanager
def _stream(place: Place) -> Iterator[IO[bytes]]:
    """Open what is packed for reading."""
    if file_kind(place) == "zip":
        with _opened_zip(place) as archive, archive.open(_members(place, archive)[place.member]) as stream:
            yield stream
        return
    try:
        with gzip.open(place.path) as packed:
            yield cast(IO[bytes], packed)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise _damaged(place) from error


def _copy(place: Place, stream: IO[bytes], out: io.BufferedWriter) -> None:
    """Write block by block, counting what comes out: what an archive says about its sizes may be wrong."""
    size = 0
    while block := stream.read(_BLOCK):
        size += len(block)
        _require_size(place, size)
        try:
            out.write(block)
            out.flush()
        except OSError as error:
            raise SourceError(
                "sources.{source}.{key}: {file} cannot be unpacked, since the temporary folder is full. "
                "Make room, or unpack it elsewhere.",
                code="NO_ROOM",
                **place.names,
            ) from error


def _require_size(place: Place, size: int) -> None:
    if size > MAX_BYTES or (size > _SMALL and size > MAX_RATIO * place.path.stat().st_size):
        raise SourceError(
            "sources.{source}.{key}: {file} must unpack to at most {ratio} times its size and 16 GB, got more. "
            "Unpack it, and look whether it is what it should be.",
            code="UNPACKS_TOO_LARGE",
            ratio=MAX_RATIO,
            **place.names,
        )


def _damaged(place: Place) -> SourceError:
    return SourceError(
        "sources.{source}.{key}: {file} must be a whole file, got a damaged one. Export it again.",
        code="DAMAGED",
        **place.names,
    )
