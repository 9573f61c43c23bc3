"""Rows of database servers, kept as they were when a period was first audited.

A file lies still until somebody replaces it; a database moves all the time. So its rows are read once for a period and
kept in the audit's folder: the content hash, the stages and the pages all see these rows, and the same audit run again
in a year sees them, too. They are read anew when they were taken before the period was over, or when the user asks.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from custinsight.ingest.allowed import Grounds
from custinsight.ingest.binding import bind_mapping, require_mapping
from custinsight.ingest.lookups import open_lookups
from custinsight.ingest.places import source_files, source_places
from custinsight.ingest.raw import LINE, Layout, RawFile
from custinsight.ingest.readers import open_file
from custinsight.periods import Period
from custinsight.plan import Source
from custinsight.privacy import vault
from custinsight.workspace import Workspace, digest, write_json

SHARED_FOR = dt.timedelta(hours=1)
"""Rows so young serve other periods, too: a run over several periods reads a database once."""


@dataclass(frozen=True)
class Extract:
    """Rows of a database as they were at a time.

    Parameters
    ----------
    path : Path
        A parquet file that its owner alone can read.
    sha256 : str
        Hash of the rows.
    taken : datetime.datetime
        When they were read, in UTC.
    """

    path: Path
    sha256: str
    taken: dt.datetime


def fingerprint(source: Source, root: Path | Grounds, workspace: Workspace, period: Period) -> list[str]:
    """Hashes of everything that a source's rows are made from: its files, its lookups, the rows of its database.

    The rows of a database server are read and kept if this period has none.

    Parameters
    ----------
    source : plan.Source
    root : Path
        Folder that holds audit.toml.
    workspace : Workspace
    period : Period
        The period audited.

    Raises
    ------
    SourceError
        A file is missing, or a database cannot be read.
    """
    extracts = [find_extract(source, root, workspace, period).sha256] if is_served(source, root) else []
    return extracts + [workspace.fingerprint(path) for path in source_files(source, root)]


def extract_paths(
    sources: Sequence[Source], root: Path | Grounds, workspace: Workspace, period: Period
) -> dict[str, Path]:
    """Name of each source that a database server feeds to the file of its rows, for :func:`load_sources`."""
    served = [source for source in sources if is_served(source, root)]
    return {source.name: find_extract(source, root, workspace, period).path for source in served}


def is_served(source: Source, root: Path | Grounds) -> bool:
    """Whether a source's rows come from a database server."""
    return source.url is not None and source_places(source, root)[0].server is not None


def find_extract(source: Source, root: Path | Grounds, workspace: Workspace, period: Period) -> Extract:
    """Return the rows that a period sees of a database, and read them if there are none.

    Raises
    ------
    SourceError
        The database cannot be read.
    """
    folder = _folder(source, workspace)
    with workspace.locked("extracts"):
        notes = _read_notes(folder)
        found = _known(folder, notes, period)
        if found is None:
            found = _take(source, root, folder)
            notes["newest"] = _note(found)
        if notes.get(period.label) != _note(found):
            _write_notes(folder, {**notes, period.label: _note(found)})
    return found


def refresh_extracts(
    sources: Sequence[Source], root: Path | Grounds, workspace: Workspace, periods: Sequence[Period]
) -> None:
    """Read the databases again for some periods; other periods keep their rows, and so do these if that fails.

    Raises
    ------
    SourceError
        A database cannot be read.
    """
    for source in sources:
        if is_served(source, root):
            folder = _folder(source, workspace)
            with workspace.locked("extracts"):
                note = _note(_take(source, root, folder))
                renewed = dict.fromkeys(("newest", *(period.label for period in periods)), note)
                _write_notes(folder, {**_read_notes(folder), **renewed})


def kept_extract(source: Source, root: Path | Grounds, workspace: Workspace, period: Period) -> Extract | None:
    """Return the rows that a period sees of a database if they are there; nothing is read."""
    if not is_served(source, root):
        return None
    folder = _folder(source, workspace)
    return _known(folder, _read_notes(folder), period)


def _known(folder: Path, notes: dict[str, Any], period: Period) -> Extract | None:
    """Return the period's own rows while they are complete, or young rows of another period."""
    own, newest = (_extract(folder, notes.get(name)) for name in (period.label, "newest"))
    young = newest if newest and _now() - newest.taken < SHARED_FOR else None
    going_on = _now().date() <= period.end
    whole = (one for one in (own, young) if one and (going_on or one.taken.date() > period.end))
    return next(whole, None)


def _take(source: Source, root: Path | Grounds, folder: Path) -> Extract:
    """Read a database into a file that appears whole or not at all."""
    require_mapping(source)
    raw = open_file(source_places(source, root)[0], Layout.of(source))
    wanted = bind_mapping(source, raw, open_lookups(source, root)).wanted()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    taken = _now()
    descriptor, name = tempfile.mkstemp(prefix=".new-", suffix=".parquet", dir=folder)
    os.close(descriptor)
    try:
        vault.write_personal(Path(name), _reader(raw, wanted))
        with Path(name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        return Extract(Path(name).replace(folder / f"{found[:24]}.parquet"), found, taken)
    finally:
        Path(name).unlink(missing_ok=True)


def _reader(raw: RawFile, wanted: Sequence[int]) -> pa.RecordBatchReader:
    """Hand on a database's rows batch by batch, its columns by their headers."""
    names = [raw.header[n] for n in wanted]
    tables = (table.drop_columns([LINE]).rename_columns(names) for table in raw.chunks(wanted))
    first = next(tables, pa.table({name: pa.array([], pa.string()) for name in names}))

    def batches() -> Iterator[pa.RecordBatch]:
        yield from first.to_batches()
        for table in tables:
            yield from table.to_batches()

    return pa.RecordBatchReader.from_batches(first.schema, batches())


def _folder(source: Source, workspace: Workspace) -> Path:
    """Folder of a source's extracts, by what decides which rows and columns are read."""
    named = {header for lookup in source.lookups for header in lookup.on}
    columns = sorted({*source.columns.values(), *source.keep, *named})
    asked = [source.url, source.relation, source.query, columns, source.computed]
    return workspace.root / "extracts" / digest(asked)[:24]


def _note(extract: Extract) -> dict[str, str]:
    return {"sha256": extract.sha256, "taken": extract.taken.isoformat()}


def _extract(folder: Path, note: dict[str, str] | None) -> Extract | None:
    path = folder / f"{note['sha256'][:24]}.parquet" if note else None
    if note is None or path is None or not path.is_file():
        return None
    return Extract(path, note["sha256"], dt.datetime.fromisoformat(note["taken"]))


def _read_notes(folder: Path) -> dict[str, Any]:
    path = folder / "taken.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _write_notes(folder: Path, notes: dict[str, Any]) -> None:
    """Note which period sees which rows, and drop rows that none sees any more."""
    write_json(folder / "taken.json", notes)
    kept = {f"{note['sha256'][:24]}.parquet" for note in notes.values()}
    for path in folder.glob("*.parquet"):
        if path.name not in kept:
            path.unlink()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
