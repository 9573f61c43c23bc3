"""Which files a source reads, and what kind each of them is by its content, not by its name."""

from __future__ import annotations

import glob
import importlib.util
import itertools
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from custinsight.errors import SourceError
from custinsight.ingest.allowed import Grounds, require_no_link
from custinsight.plan import Source
from custinsight.urls import DatabaseUrl, parse_url

TEXT_SUFFIXES = (".csv", ".txt", ".tsv")
SHEET_SUFFIXES = (".xlsx", ".xls", ".xlsb", ".xlsm", ".ods")
ARCHIVE_SUFFIXES = (".gz", ".zip")
SUFFIXES = (*TEXT_SUFFIXES, *SHEET_SUFFIXES, ".parquet", ".db", ".sqlite", ".sqlite3", ".duckdb", *ARCHIVE_SUFFIXES)
ARCHIVES = ("gzip", "zip")
PACKAGE = "package:"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<script")
_UTF_WIDE = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


@dataclass(frozen=True)
class Server:
    """A database server that a source names.

    Parameters
    ----------
    url : DatabaseUrl
    credentials : str, optional
        Where user and password are kept; never the password itself.
    """

    url: DatabaseUrl
    credentials: str | None = None


@dataclass(frozen=True)
class Place:
    """One file or database that a source names.

    Parameters
    ----------
    path : Path
        Where it lies on this machine; never shown to a reader. Empty for a server.
    file : str
        Its name as reports and errors show it.
    source : str
        Name of the source.
    key : str
        Key of the source that names the file: ``path``, ``url`` or ``lookups[1].path``.
    server : Server, optional
        Where there is a database server in place of a file.
    member : str
        Where the file is a zip archive: name or pattern of the files in it that are meant; all when empty.
    hold : object, optional
        Whatever must live as long as the file is read, such as the folder that it was unpacked to.
    """

    path: Path
    file: str
    source: str
    key: str = "path"
    server: Server | None = None
    member: str = ""
    hold: object = field(default=None, compare=False, repr=False)

    @property
    def names(self) -> dict[str, str]:
        """Values of the fields ``source``, ``key`` and ``file`` of an error's sentence."""
        return {"source": self.source, "key": self.key, "file": self.file}


def find_places(source: str, text: str, root: Path | Grounds, *, key: str = "path") -> list[Place]:
    """Find the files that a path of the plan names, sorted by name.

    Parameters
    ----------
    source : str
        Name of the source, for errors.
    text : str
        A file, a folder, a glob such as ``sales_*.csv``, files in archives such as ``exports.zip/sales_*.csv``, or
        ``package:<package>/<file in it>``.
    root : Path or Grounds
        Folder that relative paths start from, the one that holds audit.toml; with the further folders that files may
        lie in, where there are some.
    key : str
        Key of the source that holds ``text``, for errors.

    Raises
    ------
    SourceError
        The path is empty, is a URL, names no file, or one that lies elsewhere, is a link in a folder or no regular
        file.

    Examples
    --------
    >>> [place.file for place in find_places("log", "package:custinsight/words.py", Path("."))]
    ['words.py']
    """
    if not text.strip():
        raise SourceError(
            "sources.{source}.{key} must name a file, a folder or a glob, got nothing.",
            code="NO_FILE",
            source=source,
            key=key,
        )
    if "://" in text:
        raise SourceError(
            "sources.{source}.{key} must be a path on this machine, got a URL. Save the file beside audit.toml.",
            code="URL",
            source=source,
            key=key,
        )
    if text.startswith(PACKAGE):
        places = [Place(path, path.name, source, key) for path in _package_file(text) if path.is_file()]
    else:
        places = _find(source, text, Grounds.of(root), key)
    if not places:
        raise SourceError(
            "sources.{source}.{key}: the file {file} does not exist. Its path starts from audit.toml's folder.",
            code="NO_FILE",
            source=source,
            key=key,
            file=repr(text)[:200],
        )
    return places


def source_places(source: Source, root: str | Path | Grounds) -> list[Place]:
    """Find the files or the database that a source's rows come from, its lookups left out.

    Parameters
    ----------
    source : plan.Source
    root : Path or Grounds
        Folder that relative paths start from.

    Raises
    ------
    SourceError
        A path names no file, or a URL no database file of its kind.

    Examples
    --------
    >>> erp = Source(name="erp", table="transactions", url="postgresql://erp.example/sales", relation="shop.lines")
    >>> [place.file for place in source_places(erp, Path("."))]
    ['sales: shop.lines']
    """
    grounds = Grounds.of(root)
    if source.url is None:
        return find_places(source.name, source.path, grounds)
    url = parse_url(source.url, source=source.name)
    label = f"{url.label}: {source.relation}" if source.relation else url.label
    if not url.file:
        return [Place(Path(), label, source.name, "url", Server(url, source.credentials))]
    place = Place(grounds.root / url.file, label, source.name, "url")
    if place.path.exists():
        grounds.require(place.path, source=source.name, key="url")
    if not place.path.is_file() or file_kind(place) != url.backend:
        raise SourceError(
            "sources.{source}.{key}: {file} must be a {kind} database on this machine, got no such file. "
            "Its path starts from audit.toml's folder.",
            kind=url.backend,
            **place.names,
        )
    return [place]


def source_files(source: Source, root: str | Path | Grounds, folders: Iterable[str] = ()) -> list[Path]:
    """Files a source reads, its lookups' files included: what a content hash has to cover.

    A database server has none; :func:`custinsight.ingest.fingerprint` covers it.

    Parameters
    ----------
    source : plan.Source
    root : str or Path
        Folder that holds audit.toml.
    folders : iterable of str
        The plan's further folders that files may lie in.

    Raises
    ------
    SourceError
        A path names no file, or one that must not be read.
    """
    from custinsight.ingest.lookup_places import settle_lookups  # which starts from the places of this module

    grounds = Grounds.of(root, folders)
    source = settle_lookups(source, grounds)
    found = [place for place in source_places(source, grounds) if place.server is None]
    for number, lookup in enumerate(source.lookups, 1):
        found += find_places(source.name, lookup.path, grounds, key=f"lookups[{number}].path")
    return [place.path for place in found] + [log for place in found for log in logs_of(place.path)]


def logs_of(path: Path) -> list[Path]:
    """Files beside a database's file with rows that it has not yet moved there; none for other files."""
    logs = (path.with_name(path.name + end) for end in ("-wal", ".wal"))
    return [log for log in logs if log.is_file()]


def file_kind(place: Place, encoding: str | None = None) -> str:
    """Tell what a file is: ``text``, ``sheet``, ``parquet``, ``sqlite``, ``duckdb``, ``zip`` or ``gzip``.

    Parameters
    ----------
    place : Place
    encoding : str, optional
        Declared encoding; UTF-16 without a byte order mark looks binary unless it is declared.

    Raises
    ------
    SourceError
        The file is empty, damaged or a web page, or nothing that can be read as a table.
    """
    head, tail = _ends(place)
    if not head:
        raise SourceError(
            "sources.{source}.{key}: {file} must hold rows, got an empty file.", code="EMPTY", **place.names
        )
    if head[:4] == b"PAR1":
        if tail != b"PAR1":
            raise SourceError(
                "sources.{source}.{key}: {file} must be a whole parquet file, got one cut short. Export it again.",
                code="DAMAGED",
                **place.names,
            )
        return "parquet"
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head.startswith(_OLE):
        return "sheet"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(place)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    _require_text(place, head, encoding)
    return "text"


def _ends(place: Place) -> tuple[bytes, bytes]:
    try:
        with place.path.open("rb") as stream:
            head = stream.read(65536)
            stream.seek(-min(4, place.path.stat().st_size), 2)
            return head, stream.read(4)
    except OSError as error:
        raise SourceError(
            "sources.{source}.{key}: the file {file} cannot be opened. Allow reading it.",
            code="UNREADABLE",
            **place.names,
        ) from error


def _find(source: str, text: str, grounds: Grounds, key: str) -> list[Place]:
    """Find the files of a path outside packages; none of them is opened before it is known to be a file."""
    start = grounds.root / _plain_start(text)
    if not grounds.allow(start):
        grounds.require(start, source=source, key=key)
    text, member = _split_archive(text, grounds.root)
    path = grounds.root / text
    listed = path.is_dir() or (glob.has_magic(text) and not path.exists())
    found = [entry for entry in _entries(path, text, grounds.root) if _is_export(entry)] if listed else [path]
    places = []
    for entry in found:
        if listed:
            for step in (entry, *entry.parents):
                if step in (start, grounds.root):
                    break
                require_no_link(step, source=source, key=key)
        if listed or entry.exists():
            grounds.require(entry, source=source, key=key)
            places.append(Place(entry, entry.name, source, key, member=member))
    return places


def _entries(path: Path, text: str, root: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.iterdir())
    # not Path.glob, which takes neither absolute patterns nor ones that climb out of the folder
    return sorted(root / found for found in glob.glob(text, root_dir=root, recursive=True))  # noqa: PTH207


def _plain_start(text: str) -> Path:
    """Take the folders of a path down to the first part that is a pattern."""
    parts = Path(text).parts
    return Path(*itertools.takewhile(lambda part: not glob.has_magic(part), parts))


def _split_archive(text: str, root: Path) -> tuple[str, str]:
    """Split ``exports.zip/sales_*.csv`` where its first part names files and no folder."""
    parts = Path(text).parts
    for n in range(1, len(parts)):
        outer = str(Path(*parts[:n]))
        found = [root / outer] if not glob.has_magic(outer) else _entries(root / outer, outer, root)
        if any(path.is_file() for path in found):
            return outer, str(PurePosixPath(*parts[n:]))
    return text, ""


def _is_export(path: Path) -> bool:
    """Leave out folders, hidden files, Excel's lock files and whatever is no export in a folder."""
    return path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$")) and not path.is_dir()


def _package_file(text: str) -> Iterator[Path]:
    """Find a file inside an installed package, without importing the package: that would run its code."""
    package, _, inside = text.removeprefix(PACKAGE).partition("/")
    found = importlib.util.find_spec(package) if package.isidentifier() else None
    if found is None or ".." in PurePosixPath(inside).parts:
        return
    for folder in found.submodule_search_locations or ():
        yield Path(folder) / inside


def _zip_kind(place: Place) -> str:
    try:
        with zipfile.ZipFile(place.path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError) as error:
        raise SourceError(
            "sources.{source}.{key}: {file} must be a whole file, got a damaged one. Export it again.",
            code="DAMAGED",
            **place.names,
        ) from error
    return "sheet" if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"} else "zip"


def _require_text(place: Place, head: bytes, encoding: str | None) -> None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_MARKUP):
        raise SourceError(
            "sources.{source}.{key}: {file} must be a table, got a web page. Open it and save it as xlsx or csv.",
            code="WEB_PAGE",
            **place.names,
        )
    wide = head.startswith(_UTF_WIDE) or (encoding or "").lower().replace("_", "-").startswith(("utf-16", "utf-32"))
    strange = sum(head.count(byte) for byte in (*range(9), *range(14, 27), 28, 29, 30, 31))
    if not wide and strange > max(len(head) * 0.02, 16):
        raise SourceError(
            "sources.{source}.{key}: {file} must be csv, xlsx, xls, xlsb, ods, parquet, SQLite or DuckDB, "
            "got something else. Export it as one of these, or declare its encoding.",
            code="NO_TABLE",
            **place.names,
        )
