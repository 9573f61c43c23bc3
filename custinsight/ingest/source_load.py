"""One source being loaded: file after file, known ones from the store, all others read."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis

from custinsight.errors import SourceError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.archives import list_members
from custinsight.ingest.binding import Binding, bind_mapping
from custinsight.ingest.kept import KeptRows
from custinsight.ingest.ledger import FileLedger, no_amounts
from custinsight.ingest.lookup_places import settle_lookups
from custinsight.ingest.lookups import Joined, load_lookup, open_lookups
from custinsight.ingest.places import Place, source_places
from custinsight.ingest.prepare import prepare_file, prepare_lookup
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers import close_file, open_file
from custinsight.ingest.reconcile import FileBooks, require_stored
from custinsight.ingest.rejects import join_frames
from custinsight.ingest.remember import FileStore, LoadedFile, Memory
from custinsight.ingest.staging import Stager
from custinsight.ingest.tax import tax_warnings
from custinsight.ingest.typing_contract import constant_values
from custinsight.plan import Source
from custinsight.tables import TABLES
from custinsight.words import Message, msg

Lookups = Callable[[], Sequence[RawFile]]


@dataclass
class SourceLoad:
    """What a source's files gave.

    Parameters
    ----------
    source : plan.Source
    con : ibis DuckDB backend
    constants : dict of str to object
        Values that are the same in each row.
    kept : KeptRows
    memory : Memory, optional
        What is known of files that were loaded before.
    zone : str
        Zone in which days begin.
    files : list of LoadedFile
    skipped : list of SourceError
        Why files were passed over.
    """

    source: Source
    con: Any
    constants: dict[str, Any]
    kept: KeptRows
    memory: Memory | None = None
    zone: str = ""
    files: list[LoadedFile] = field(default_factory=list)
    skipped: list[SourceError] = field(default_factory=list)
    joined: dict[tuple[int, tuple[int, ...]], Joined] = field(default_factory=dict)
    stagers: dict[tuple[object, ...], Stager] = field(default_factory=dict)

    def close(self) -> None:
        """Drop what was needed to read the files."""
        for stager in self.stagers.values():
            stager.drop()
            stager.close()

    @property
    def books(self) -> list[FileBooks]:
        """Books of the files, in their order."""
        return [file.books for file in self.files]

    @property
    def known(self) -> int:
        """Files that were known and not read again."""
        return self.memory.known if self.memory is not None else 0


def load_source(
    source: Source,
    grounds: Grounds,
    con: Any,
    extract: Path | None = None,
    store: FileStore | None = None,
    zone: str = "",
) -> SourceLoad:
    """Load all files of a source.

    Parameters
    ----------
    source : plan.Source
    grounds : Grounds
    con : ibis DuckDB backend
    extract : Path, optional
        Parquet file with the rows of a database server.
    store : FileStore, optional
    zone : str
        Zone in which days begin.

    Raises
    ------
    SourceError
        A file cannot be read, or there are no rows at all.
    """
    source = settle_lookups(source, grounds)
    places = source_places(source, grounds)
    if extract:
        places = [Place(extract, place.file, place.source, place.key) for place in places]
    # what a server holds can be told from what it held only by reading it
    is_file = all(place.server is None for place in places)
    memory = Memory(store, source, grounds, zone) if store is not None and is_file else None
    load = SourceLoad(source, con, constant_values(source, con), KeptRows(filled_columns(source), con), memory, zone)
    with contextlib.closing(load), contextlib.ExitStack() as opened:
        lookups = functools.cache(functools.partial(_open_lookups, source, grounds, opened))
        for place in places:
            _load_place(load, place, lookups)
    require_stored(source, load.books, load.kept.table())
    if not sum(book.rows_in for book in load.books):
        if load.skipped:
            raise load.skipped[0]
        raise SourceError(
            "sources.{source}.{key}: {file} must hold rows behind its header, got none. Export it again.",
            code="NO_ROWS",
            **places[0].names,
        )
    return load


def _open_lookups(source: Source, grounds: Grounds, opened: contextlib.ExitStack) -> list[RawFile]:
    lookups = open_lookups(source, grounds)
    for lookup in lookups:
        opened.callback(close_file, lookup)
    return lookups


def filled_columns(source: Source) -> ibis.Schema:
    """Columns that a source's files fill, in the table's order."""
    spec = TABLES[source.table]
    filled = {*source.columns, *source.computed}
    if spec.name == "customers" and "source_id" not in {*filled, *source.constants}:
        filled.add("source_id")
    return ibis.schema({column.name: column.dtype for column in spec.columns if column.name in filled})


def _load_place(load: SourceLoad, place: Place, lookups: Lookups) -> None:
    """Load a file, or each file of an archive; pass over what cannot be read if the plan says so."""
    members: list[Place] = []
    with _tolerated(load, place):
        members = list_members(place, load.source.encoding) if place.server is None else [place]
    for member in members:
        with _tolerated(load, member):
            known = load.memory.recall(member) if load.memory is not None else None
            if load.memory is not None and known is not None:
                load.kept.add(load.memory.rows(member, load.con), known.books.kept)
                load.files.append(known)
            else:
                load.files.append(_read_file(load, member, lookups()))


@contextlib.contextmanager
def _tolerated(load: SourceLoad, place: Place) -> Iterator[None]:
    """Put a file that cannot be read into the load report instead of stopping; none of its rows is kept."""
    try:
        yield
    except SourceError as error:
        if load.source.on_error == "stop":
            raise
        load.skipped.append(error)
        books = FileBooks(place.file, "", problems=[_skipped_sentence(error)])
        load.files.append(LoadedFile(books, join_frames([]), no_amounts()))


def _skipped_sentence(error: SourceError) -> Message:
    code = error.code or "NOT_LOADED"
    return msg("{code}: this file was passed over. {why}", code=code, why=error.message)


def _read_file(load: SourceLoad, place: Place, lookups: Sequence[RawFile]) -> LoadedFile:
    raw = open_file(place, Layout.of(load.source))
    try:
        return _load_file(load, place, raw, lookups)
    finally:
        close_file(raw)


def _load_file(load: SourceLoad, place: Place, raw: RawFile, lookups: Sequence[RawFile]) -> LoadedFile:
    """Load a file, close its books, and keep it for the next load."""
    binding = bind_mapping(load.source, raw, lookups)
    file = prepare_file(raw, load.source, binding, load.zone)
    joined = [_join(load, number, lookup, binding) for number, lookup in enumerate(lookups)]
    ledger = FileLedger(raw, load.source, load.constants.get("currency") or "")
    key = (file.iso, *sorted(binding.at.items(), key=str))
    if key not in load.stagers:
        load.stagers[key] = Stager(file.iso, load.source, binding, joined, load.constants, load.con)
    staged = load.stagers[key].stage(file.chunks(binding.wanted()))
    kept = ledger.book(staged) if staged is not None else ibis.memtable([], schema=load.kept.schema)
    said = [*tax_warnings(load.source), *file.problems, *(problem for one in joined for problem in one.problems)]
    loaded = LoadedFile(ledger.close(said), ledger.rejects, ledger.amounts)
    if load.memory is not None:
        load.memory.keep(place, kept.select(*load.kept.schema.names), loaded, load.con)
    if staged is not None and not load.kept.add(kept, staged.n):
        # its table is part of the result now
        load.stagers.pop(key).close()
    return loaded


def _join(load: SourceLoad, number: int, lookup: RawFile, binding: Binding) -> Joined:
    """Load a lookup once for all files of a source that use the same of its columns."""
    wanted = binding.wanted(number)
    key = (number, tuple(wanted))
    if key not in load.joined:
        lookup = prepare_lookup(lookup, load.source, binding, number, load.zone)
        load.joined[key] = load_lookup(load.source, number, lookup, wanted, load.con)
    return load.joined[key]
