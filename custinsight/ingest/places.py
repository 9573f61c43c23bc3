"""Which files a source reads, and what kind each of them is by its content, not by its name."""

from __future__ import annotations

import glob
import importlib.util
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from custinsight.errors import SourceError
from custinsight.plan import Source
from custinsight.urls import DatabaseUrl, parse_url

TEXT_SUFFIXES = (".csv", ".txt", ".tsv")
SHEET_SUFFIXES = (".xlsx", ".xls", ".xlsb", ".xlsm", ".ods")
SUFFIXES = (*TEXT_SUFFIXES, *SHEET_SUFFIXES, ".parquet", ".db", ".sqlite", ".sqlite3", ".duckdb")
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
    """

    path: Path
    file: str
    source: str
    key: str = "path"
    server: Server | None = None

    @property
    def names(self) -> dict[str, str]:
        """Values of the fields ``source``, ``key`` and ``file`` of an error's sentence."""
        return {"source": self.source, "key": self.key, "file": self.file}


def find_places(source: str, text: str, root: Path, *, key: str = "path") -> list[Place]:
    """Find the files that a path of the plan names, sorted by name.

    Parameters
    ----------
    source : str
        Name of the source, for errors.
    text : str
        A file, a folder, a glob such as ``sales_*.csv``, or ``package:<package>/<file in it>``.
    root : Path
        Folder that relative paths start from: the one that holds audit.toml.
    key : str
        Key of the source that holds ``text``, for errors.

    Raises
    ------
    SourceError
        The path is empty, is a URL, or names no file.

    Examples
    --------
    >>> [place.file for place in find_places("log", "package:custinsight/words.py", Path("."))]
    ['words.py']
    """
    if not text.strip():
        raise SourceError(
            "sources.{source}.{key} must name a file, a folder or a glob, got nothing.", source=source, key=key
        )
    if "://" in text:
        raise SourceError(
            "sources.{source}.{key} must be a path on this machine, got a URL. Save the file beside audit.toml.",
            source=source,
            key=key,
        )
    paths = list(_package_file(text)) if text.startswith(PACKAGE) else _paths(text, root)
    places = [Place(path, path.name, source, key) for path in paths if path.is_file()]
    if not places:
        raise SourceError(
            "sources.{source}.{key}: the file {file} does not exist. Its path starts from audit.toml's folder.",
            source=source,
            key=key,
            file=repr(text)[:200],
        )
    return places


def source_places(source: Source, root: Path) -> list[Place]:
    """Find the files or the database that a source's rows come from, its lookups left out.

    Parameters
    ----------
    source : plan.Source
    root : Path
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
    if source.url is None:
        return find_places(source.name, source.path, root)
    url = parse_url(source.url, source=source.name)
    label = f"{url.label}: {source.relation}" if source.relation else url.label
    if not url.file:
        return [Place(Path(), label, source.name, "url", Server(url, source.credentials))]
    place = Place(root / url.file, label, source.name, "url")
    if not place.path.is_file() or file_kind(place) != url.backend:
        raise SourceError(
            "sources.{source}.{key}: {file} must be a {kind} database on this machine, got no such file. "
            "Its path starts from audit.toml's folder.",
            kind=url.backend,
            **place.names,
        )
    return [place]


def source_files(source: Source, root: str | Path) -> list[Path]:
    """Files a source reads, its lookups' files included: what a content hash has to cover.

    A database server has none; :func:`custinsight.ingest.fingerprint` covers it.

    Parameters
    ----------
    source : plan.Source
    root : str or Path
        Folder that holds audit.toml.

    Raises
    ------
    SourceError
        A path names no file.
    """
    from custinsight.ingest.lookup_places import settle_lookups  # which starts from the places of this module

    root = Path(root)
    source = settle_lookups(source, root)
    found = [place for place in source_places(source, root) if place.server is None]
    for number, lookup in enumerate(source.lookups, 1):
        found += find_places(source.name, lookup.path, root, key=f"lookups[{number}].path")
    # rows that a database has not yet moved from its log into its file
    logs = [place.path.with_name(place.path.name + end) for place in found for end in ("-wal", ".wal")]
    return [place.path for place in found] + [path for path in logs if path.is_file()]


def file_kind(place: Place, encoding: str | None = None) -> str:
    """Tell what a file is: ``text``, ``sheet``, ``parquet``, ``sqlite`` or ``duckdb``.

    Parameters
    ----------
    place : Place
    encoding : str, optional
        Declared encoding; UTF-16 without a byte order mark looks binary unless it is declared.

    Raises
    ------
    SourceError
        The file is empty, damaged, a web page or an archive, or nothing that can be read as a table.
    """
    head, tail = _ends(place)
    if not head:
        raise SourceError("sources.{source}.{key}: {file} must hold rows, got an empty file.", **place.names)
    if head[:4] == b"PAR1":
        if tail != b"PAR1":
            raise SourceError(
                "sources.{source}.{key}: {file} must be a whole parquet file, got one cut short. Export it again.",
                **place.names,
            )
        return "parquet"
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head.startswith(_OLE):
        return "sheet"
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(place)
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
            "sources.{source}.{key}: the file {file} cannot be opened. Allow reading it.", **place.names
        ) from error


def _paths(text: str, root: Path) -> list[Path]:
    path = root / text
    if path.is_dir():
        return sorted(entry for entry in path.iterdir() if _is_export(entry))
    if path.exists() or not glob.has_magic(text):
        return [path]
    # not Path.glob, which takes neither absolute patterns nor ones that climb out of the folder
    found = glob.glob(text, root_dir=root, recursive=True)  # noqa: PTH207
    return sorted(root / path for path in found if _is_export(root / path))


def _is_export(path: Path) -> bool:
    """Leave out hidden files, Excel's lock files and whatever is no export in a folder."""
    return path.is_file() and path.suffix.lower() in SUFFIXES and not path.name.startswith((".", "~$"))


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
            "sources.{source}.{key}: {file} must be a whole file, got a damaged one. Export it again.", **place.names
        ) from error
    if names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
        return "sheet"
    raise SourceError(
        "sources.{source}.{key}: {file} must be a table, got an archive. Unpack it and name its file.", **place.names
    )


def _require_text(place: Place, head: bytes, encoding: str | None) -> None:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith(_MARKUP):
        raise SourceError(
            "sources.{source}.{key}: {file} must be a table, got a web page. Open it and save it as xlsx or csv.",
            **place.names,
        )
    wide = head.startswith(_UTF_WIDE) or (encoding or "").lower().replace("_", "-").startswith(("utf-16", "utf-32"))
    strange = sum(head.count(byte) for byte in (*range(9), *range(14, 27), 28, 29, 30, 31))
    if not wide and strange > max(len(head) * 0.02, 16):
        raise SourceError(
            "sources.{source}.{key}: {file} must be csv, xlsx, xls, xlsb, ods, parquet, SQLite or DuckDB, "
            "got something else. Export it as one of these, or declare its encoding.",
            **place.names,
        )
