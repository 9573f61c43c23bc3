"""Sources in, canonical tables out, with the books that prove that nothing was lost."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from custinsight import engine
from custinsight.errors import SourceError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.archives import list_members
from custinsight.ingest.binding import Binding, bind_mapping, require_mapping
from custinsight.ingest.dates import require_formats
from custinsight.ingest.kept import KeptRows
from custinsight.ingest.ledger import FileLedger, no_amounts
from custinsight.ingest.lookups import Joined, load_lookup, open_lookups
from custinsight.ingest.places import Place, source_places
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers import close_file, open_file
from custinsight.ingest.reconcile import (
    AMOUNT_COLUMNS,
    AMOUNTS,
    FileBooks,
    amount_frame,
    load_report,
    problem_frame,
    require_stored,
)
from custinsight.ingest.rejects import join_frames
from custinsight.ingest.staging import Stager
from custinsight.ingest.tax import tax_warnings, with_net
from custinsight.ingest.typing_contract import constant_values
from custinsight.plan import Source
from custinsight.tables import TABLES
from custinsight.words import Message, msg


@dataclass(frozen=True)
class Ingested:
    """What came out of the sources.

    Parameters
    ----------
    tables : dict of str to ibis Table
        Canonical table to all rows of all its sources, in the order of sources, files and lines: exactly its columns,
        and for all tables but customers a last column ``source_system``. Only tables with a source are there.
    rejects : DataFrame
        source, table, file, sheet, line, code, reason, raw, column, header: one row per rejected row.
    load_report : DataFrame
        source, table, file, encoding, rows_in, rows_kept, rows_rejected, rows_total_lines, rows_out_of_scope,
        problems: one row per file.
    load_amounts : DataFrame
        source, currency, amount_in, amount_kept, amount_rejected, amount_out_of_scope, difference: one row per source
        and currency, for tables that hold amounts.
    load_problems : DataFrame
        source, table, file, problem: one row per problem of a file, see :mod:`custinsight.messages`.
    """

    tables: dict[str, ibis.Table]
    rejects: pd.DataFrame
    load_report: pd.DataFrame
    load_amounts: pd.DataFrame
    load_problems: pd.DataFrame


@dataclass
class _Load:
    """One source being loaded."""

    source: Source
    con: Any
    constants: dict[str, Any]
    kept: KeptRows
    books: list[FileBooks] = field(default_factory=list)
    rejects: list[pd.DataFrame] = field(default_factory=list)
    amounts: list[pd.DataFrame] = field(default_factory=list)
    skipped: list[SourceError] = field(default_factory=list)
    joined: dict[tuple[int, tuple[int, ...]], Joined] = field(default_factory=dict)


def load_sources(
    sources: Sequence[Source],
    root: str | Path | Grounds,
    con: Any,
    extracts: Mapping[str, Path] | None = None,
    *,
    folders: Iterable[str] = (),
) -> Ingested:
    """Read exports into canonical tables.

    Parameters
    ----------
    sources : sequence of plan.Source
    root : str or Path
        Folder that the sources' paths start from.
    con : ibis DuckDB backend
        Of :func:`custinsight.engine.connect`; the tables live there, as temporary ones.
    extracts : mapping of str to Path, optional
        Source name to a parquet file with its database's rows, of :func:`custinsight.ingest.extract_paths`. A database
        without one is read now.
    folders : iterable of str
        The plan's further folders that files may lie in.

    Returns
    -------
    Ingested

    Raises
    ------
    SourceError
        A file is missing, empty or no table, lies where it must not, or lacks a mapped column; the sentence names file
        and key. A file that cannot be read is passed over if its source says so, and stands in the load report.
    DataError
        Rows or amounts do not reconcile, which is a fault of this program.

    Examples
    --------
    >>> log = Source(
    ...     name="cdnow", table="transactions", path="package:lifetimes/datasets/CDNOW_sample.txt", whitespace=True,
    ...     column_names=("id", "sample_id", "date", "cds", "dollars"), date_formats=("%Y%m%d",),
    ...     columns={"customer_id": "sample_id", "doc_date": "date", "amount_net": "dollars"},
    ...     computed={"doc_id": "sample_id || '-' || date"}, constants={"currency": "USD"},
    ... )
    >>> ingested = load_sources([log], ".", engine.connect())
    >>> ingested.load_report[["rows_in", "rows_kept"]].values.tolist()
    [[6919, 6919]]
    """
    grounds = Grounds.of(root, folders)
    sources = [with_net(source) for source in sources]
    for source in sources:
        require_mapping(source)
        require_formats(source.date_formats, source.name)
    loads = [_load_source(source, grounds, con, (extracts or {}).get(source.name)) for source in sources]
    tables: dict[str, ibis.Table] = {}
    for load in loads:
        name, rows = load.source.table, _canonical(load)
        tables[name] = tables[name].union(rows) if name in tables else rows
    return Ingested(
        tables=tables,
        rejects=join_frames([frame for load in loads for frame in load.rejects]),
        load_report=pd.concat([load_report(load.source, load.books) for load in loads], ignore_index=True),
        load_amounts=_amounts(loads),
        load_problems=pd.concat([problem_frame(load.source, load.books) for load in loads], ignore_index=True),
    )


def _load_source(source: Source, grounds: Grounds, con: Any, extract: Path | None) -> _Load:
    places = source_places(source, grounds)
    if extract:
        places = [Place(extract, place.file, place.source, place.key) for place in places]
    with contextlib.ExitStack() as opened:
        lookups = open_lookups(source, grounds)
        for lookup in lookups:
            opened.callback(close_file, lookup)
        load = _Load(source, con, constant_values(source, con), KeptRows(_filled_columns(source), con))
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


def _load_place(load: _Load, place: Place, lookups: Sequence[RawFile]) -> None:
    """Load a file, or each file of an archive; pass over what cannot be read if the plan says so."""
    members: list[Place] = []
    with _tolerated(load, place):
        members = list_members(place, load.source.encoding)
    for member in members:
        with _tolerated(load, member):
            raw = open_file(member, Layout.of(load.source))
            try:
                _load_file(load, raw, lookups)
            finally:
                close_file(raw)


@contextlib.contextmanager
def _tolerated(load: _Load, place: Place) -> Iterator[None]:
    """Put a file that cannot be read into the load report instead of stopping; none of its rows is kept."""
    try:
        yield
    except SourceError as error:
        if load.source.on_error == "stop":
            raise
        load.skipped.append(error)
        load.books.append(FileBooks(place.file, "", problems=[_skipped_sentence(error)]))


def _skipped_sentence(error: SourceError) -> Message:
    code = error.code or "NOT_LOADED"
    return msg("{code}: this file was passed over. {why}", code=code, why=error.message)


def _load_file(load: _Load, raw: RawFile, lookups: Sequence[RawFile]) -> None:
    """Load a file and close its books."""
    binding = bind_mapping(load.source, raw, lookups)
    joined = [_join(load, number, lookup, binding) for number, lookup in enumerate(lookups)]
    ledger = FileLedger(raw, load.source, load.constants.get("currency") or "")
    with contextlib.closing(Stager(raw, load.source, binding, joined, load.constants, load.con)) as stager:
        try:
            staged = stager.stage(raw.chunks(binding.wanted()))
        except BaseException:
            stager.drop()
            raise
        if staged is not None and load.kept.add(ledger.book(staged), staged.n):
            stager.drop()
    said = [*tax_warnings(load.source), *(sentence for one in joined for sentence in one.problems)]
    load.books.append(ledger.close(said))
    load.rejects.append(ledger.rejects)
    load.amounts.append(ledger.amounts)


def _join(load: _Load, number: int, lookup: RawFile, binding: Binding) -> Joined:
    """Load a lookup once for all files of a source that use the same of its columns."""
    wanted = binding.wanted(number)
    key = (number, tuple(wanted))
    if key not in load.joined:
        load.joined[key] = load_lookup(load.source, number, lookup, wanted, load.con)
    return load.joined[key]


def _filled_columns(source: Source) -> ibis.Schema:
    """Columns that a source's files fill, in the table's order."""
    spec = TABLES[source.table]
    filled = {*source.columns, *source.computed}
    if spec.name == "customers" and "source_id" not in {*filled, *source.constants}:
        filled.add("source_id")
    return ibis.schema({column.name: column.dtype for column in spec.columns if column.name in filled})


def _canonical(load: _Load) -> ibis.Table:
    """All columns of a source's table: those of the files, the constants, and nulls for the rest."""
    columns, kept = {}, load.kept.table()
    for column in TABLES[load.source.table].columns:
        if column.name in kept.columns:
            columns[column.name] = kept[column.name].cast(column.dtype)
        elif column.name in load.constants:
            columns[column.name] = ibis.literal(load.constants[column.name], type=column.dtype)
        else:
            columns[column.name] = ibis.null(column.dtype)
    if "source_system" not in columns:
        columns["source_system"] = ibis.literal(load.source.source_system)
    return kept.select(**columns)


def _amounts(loads: Sequence[_Load]) -> pd.DataFrame:
    frames = [_source_amounts(load) for load in loads if AMOUNTS.get(load.source.table) in load.kept.schema]
    if frames:
        return pd.concat(frames, ignore_index=True)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in AMOUNT_COLUMNS.items()})


def _source_amounts(load: _Load) -> pd.DataFrame:
    """Amounts of a source, those kept being summed over the table that was stored."""
    rows = _canonical(load)
    currency = rows["currency"].fill_null("") if "currency" in rows.columns else ibis.literal("")
    amount = rows[AMOUNTS[load.source.table]].sum().fill_null(0)
    kept = engine.collect(rows.group_by(currency=currency).agg(amount_kept=amount).order_by("currency"))
    return amount_frame(load.source, pd.concat([no_amounts(), *load.amounts]), kept.astype({"currency": "str"}))
