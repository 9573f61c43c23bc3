"""Sources in, canonical tables out, with the books that prove that nothing was lost."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from custinsight import engine
from custinsight.errors import SourceError
from custinsight.ingest.binding import Binding, bind_mapping, require_mapping
from custinsight.ingest.dates import require_formats
from custinsight.ingest.kept import KeptRows
from custinsight.ingest.ledger import FileLedger, no_amounts
from custinsight.ingest.lookup_places import settle_lookups
from custinsight.ingest.lookups import Joined, load_lookup, open_lookups
from custinsight.ingest.places import Place, source_places
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers import open_file
from custinsight.ingest.reconcile import AMOUNT_COLUMNS, AMOUNTS, FileBooks, amount_frame, load_report, require_stored
from custinsight.ingest.rejects import join_frames
from custinsight.ingest.staging import Stager
from custinsight.ingest.typing_contract import constant_values
from custinsight.plan import Source
from custinsight.tables import TABLES


@dataclass(frozen=True)
class Ingested:
    """What came out of the sources.

    Parameters
    ----------
    tables : dict of str to ibis Table
        Canonical table to all rows of all its sources, in the order of sources, files and lines: exactly its columns,
        and for all tables but customers a last column ``source_system``. Only tables with a source are there.
    rejects : DataFrame
        source, table, file, sheet, line, code, reason, raw: one row per rejected row.
    load_report : DataFrame
        source, table, file, encoding, rows_in, rows_kept, rows_rejected, rows_total_lines, rows_out_of_scope,
        problems: one row per file.
    load_amounts : DataFrame
        source, currency, amount_in, amount_kept, amount_rejected, amount_out_of_scope, difference: one row per source
        and currency, for tables that hold amounts.
    """

    tables: dict[str, ibis.Table]
    rejects: pd.DataFrame
    load_report: pd.DataFrame
    load_amounts: pd.DataFrame


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
    joined: dict[tuple[int, tuple[int, ...]], Joined] = field(default_factory=dict)


def load_sources(
    sources: Sequence[Source], root: str | Path, con: Any, extracts: Mapping[str, Path] | None = None
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

    Returns
    -------
    Ingested

    Raises
    ------
    SourceError
        A file is missing, empty or no table, or a mapped column is not in it; the sentence names file and key.
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
    root = Path(root)
    for source in sources:
        require_mapping(source)
        require_formats(source.date_formats, source.name)
    loads = [_load_source(source, root, con, (extracts or {}).get(source.name)) for source in sources]
    tables: dict[str, ibis.Table] = {}
    for load in loads:
        name, rows = load.source.table, _canonical(load)
        tables[name] = tables[name].union(rows) if name in tables else rows
    return Ingested(
        tables=tables,
        rejects=join_frames([frame for load in loads for frame in load.rejects]),
        load_report=pd.concat([load_report(load.source, load.books) for load in loads], ignore_index=True),
        load_amounts=_amounts(loads),
    )


def _load_source(source: Source, root: Path, con: Any, extract: Path | None) -> _Load:
    source = settle_lookups(source, root)
    places = source_places(source, root)
    if extract:
        places = [Place(extract, place.file, place.source, place.key) for place in places]
    lookups = open_lookups(source, root)
    load = _Load(source, con, constant_values(source, con), KeptRows(_filled_columns(source), con))
    for place in places:
        _load_file(load, open_file(place, Layout.of(source)), lookups)
    require_stored(source, load.books, load.kept.table())
    if not sum(book.rows_in for book in load.books):
        raise SourceError(
            "sources.{source}.{key}: {file} must hold rows behind its header, got none. Export it again.",
            **places[0].names,
        )
    return load


def _load_file(load: _Load, raw: RawFile, lookups: Sequence[RawFile]) -> None:
    """Load a file and close its books."""
    binding = bind_mapping(load.source, raw, lookups)
    joined = [_join(load, number, lookup, binding) for number, lookup in enumerate(lookups)]
    ledger = FileLedger(raw, load.source, load.constants.get("currency") or "")
    with contextlib.closing(Stager(raw, load.source, binding, joined, load.constants, load.con)) as stager:
        staged = stager.stage(raw.chunks(binding.wanted()))
        if staged is not None and load.kept.add(ledger.book(staged), staged.n):
            stager.drop()
    load.books.append(ledger.close([sentence for one in joined for sentence in one.problems]))
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
