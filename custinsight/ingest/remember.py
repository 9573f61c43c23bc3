"""Files that were loaded before are known by their content and need not be read again.

What a file gives depends on its bytes, on its source in the plan, on its lookups' bytes and on this room's code;
nothing of other files goes into it. So each file is stored by itself, and a load puts the stored ones and the new ones
together in the same order as if all were read.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path, PurePath
from typing import Any, Protocol

import ibis
import pandas as pd
import pyarrow as pa

from custinsight.errors import SourceError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.archives import list_members
from custinsight.ingest.lookup_places import settle_lookups
from custinsight.ingest.places import Place, find_places, logs_of, source_places
from custinsight.ingest.reconcile import FileBooks
from custinsight.ingest.rejects import join_frames
from custinsight.ingest.tax import with_net
from custinsight.messages import message_json, read_message
from custinsight.plan import Source

_ROWS = 122_880


@dataclass(frozen=True)
class LoadedFile:
    """What became of a file's rows, the kept ones themselves left out.

    Parameters
    ----------
    books : FileBooks
        Closed.
    rejects : DataFrame
        One row per rejected row, in the order of the file.
    amounts : DataFrame
        Amounts that came in, were rejected or are out of scope, part by part.
    """

    books: FileBooks
    rejects: pd.DataFrame
    amounts: pd.DataFrame


class FileStore(Protocol):
    """Where loaded files are kept from one run to the next; all that it holds counts as personal data."""

    def fingerprint(self, path: Path) -> str:
        """Hash of a file's content."""

    def get(self, key: str) -> Mapping[str, pa.Table] | None:
        """Return the small tables of a stored file, or None where it is not there whole."""

    def rows(self, con: Any, key: str) -> ibis.Table:
        """Return the kept rows of a stored file, read when they are needed."""

    def put(self, key: str, rows: pa.RecordBatchReader, parts: Mapping[str, pa.Table]) -> None:
        """Store a file: whole or not at all."""


class Memory:
    """What a store knows of the files of one source.

    Parameters
    ----------
    store : FileStore
    source : plan.Source
    root : Path or Grounds
        Folder that holds audit.toml, and others that files may lie in.
    zone : str
        Zone in which days begin.

    Attributes
    ----------
    known : int
        Files that were in the store.
    """

    def __init__(self, store: FileStore, source: Source, root: Path | Grounds, zone: str = "") -> None:
        self.store, self.source, self.root, self.zone = store, source, root, zone
        self.known = 0
        self._keys: dict[Place, str] = {}

    def recall(self, place: Place) -> LoadedFile | None:
        """Return what became of a file's rows when it was loaded before, under the name that it has now."""
        self._keys[place] = self._key(place)
        parts = self.store.get(self._keys[place])
        self.known += parts is not None
        return _from_parts(parts, place.file) if parts is not None else None

    def rows(self, place: Place, con: Any) -> ibis.Table:
        """Kept rows of a file that :meth:`recall` knew, read when they are needed."""
        return self.store.rows(con, self._keys[place])

    def keep(self, place: Place, rows: ibis.Table, loaded: LoadedFile, con: Any) -> None:
        """Store a file that :meth:`recall` did not know.

        Parameters
        ----------
        place : Place
        rows : ibis Table
            The rows kept, with the columns that the source's files fill.
        loaded : LoadedFile
        con : ibis DuckDB backend

        Raises
        ------
        SourceError
            The file was changed while it was read, so that nobody can tell what was read.
        """
        if self._key(place) != self._keys[place]:
            raise SourceError(
                "sources.{source}.{key}: {file} must not change while it is read. Run again.", **place.names
            )
        reader = con.to_pyarrow_batches(rows, chunk_size=_ROWS)
        self.store.put(self._keys[place], reader, _to_parts(loaded))

    def _key(self, place: Place) -> str:
        """Hash of everything that a file's rows depend on, its name and the other files left out."""
        # whatever else tells a part of a file from the whole of it
        part = {
            one.name: str(getattr(place, one.name))
            for one in fields(place)
            if one.name not in ("path", "file", "source", "key", "server")
        }
        content = [self.store.fingerprint(path) for path in (place.path, *logs_of(place.path))]
        return _digest([self._ground, part, PurePath(place.file).suffix.lower(), content])

    @functools.cached_property
    def _ground(self) -> list[object]:
        """What all files of the source depend on: its part of the plan, and its lookups by name and content."""
        lookups = [
            [place.file, self.store.fingerprint(place.path)]
            for number, lookup in enumerate(self.source.lookups, 1)
            for place in find_places(self.source.name, lookup.path, self.root, key=f"lookups[{number}].path")
        ]
        return [self.source.model_dump(mode="json", exclude={"path"}), lookups, self.zone]


def count_known(
    sources: Sequence[Source], root: str | Path | Grounds, store: FileStore | None, zone: str = ""
) -> tuple[int, int]:
    """Count the files of some sources, and those among them that a store knows.

    Parameters
    ----------
    sources : sequence of plan.Source
    root : str, Path or Grounds
        Folder that holds audit.toml.
    store : FileStore or None
    zone : str
        Zone in which days begin.

    Returns
    -------
    files, known : int
        A source without a file counts none.

    Examples
    --------
    >>> log = Source(name="log", table="transactions", path="package:custinsight/words.py")
    >>> count_known([log, log.model_copy(update={"path": "missing.csv"})], ".", None)
    (1, 0)
    """
    files, known, grounds = 0, 0, Grounds.of(root)
    for source in sources:
        with contextlib.suppress(SourceError, OSError):
            settled = settle_lookups(with_net(source), grounds)
            memory = Memory(store, settled, grounds, zone) if store is not None else None
            places = [place for place in source_places(source, grounds) if place.server is None]
            for member in (member for place in places for member in list_members(place, source.encoding)):
                files += 1
                known += memory is not None and memory.recall(member) is not None
    return files, known


def _to_parts(loaded: LoadedFile) -> dict[str, pa.Table]:
    said = {"problems": list(map(message_json, loaded.books.problems))}
    books = {one.name: getattr(loaded.books, one.name) for one in fields(loaded.books)} | said
    return {
        "books": pa.table({"books": [json.dumps(books, ensure_ascii=False)]}),
        "rejects": pa.Table.from_pandas(loaded.rejects, preserve_index=False),
        "amounts": pa.Table.from_pandas(loaded.amounts, preserve_index=False),
    }


def _from_parts(parts: Mapping[str, pa.Table], file: str) -> LoadedFile:
    kept = json.loads(parts["books"]["books"][0].as_py())
    books = FileBooks(**{**kept, "file": file, "problems": list(map(read_message, kept["problems"]))})
    rejects = parts["rejects"].to_pandas()
    rejects = (
        rejects.assign(file=pd.Series(file, index=rejects.index, dtype="str")) if len(rejects) else join_frames([])
    )
    return LoadedFile(books, rejects, parts["amounts"].to_pandas())


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
