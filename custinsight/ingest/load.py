"""Sources in, canonical tables out, with the books that prove that nothing was lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from custinsight import engine
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.binding import require_mapping
from custinsight.ingest.dates import require_formats
from custinsight.ingest.ledger import no_amounts
from custinsight.ingest.reconcile import (
    AMOUNT_COLUMNS,
    AMOUNTS,
    amount_frame,
    load_report,
    problem_frame,
)
from custinsight.ingest.rejects import join_frames
from custinsight.ingest.remember import FileStore
from custinsight.ingest.source_load import SourceLoad, load_source
from custinsight.ingest.tax import with_net
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
        source, table, file, sheet, line, code, reason, raw, column, header: one row per rejected row.
    load_report : DataFrame
        source, table, file, encoding, rows_in, rows_kept, rows_rejected, rows_total_lines, rows_out_of_scope,
        problems: one row per file.
    load_amounts : DataFrame
        source, currency, amount_in, amount_kept, amount_rejected, amount_out_of_scope, difference: one row per source
        and currency, for tables that hold amounts.
    load_problems : DataFrame
        source, table, file, problem: one row per problem of a file, see :mod:`custinsight.messages`.
    known_files : int
        Files among those of the load report that were known from an earlier load and not read again.
    """

    tables: dict[str, ibis.Table]
    rejects: pd.DataFrame
    load_report: pd.DataFrame
    load_amounts: pd.DataFrame
    load_problems: pd.DataFrame
    known_files: int = 0


def load_sources(
    sources: Sequence[Source],
    root: str | Path | Grounds,
    con: Any,
    extracts: Mapping[str, Path] | None = None,
    store: FileStore | None = None,
    *,
    folders: Iterable[str] = (),
    zone: str = "",
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
    store : FileStore, optional
        Where files that were loaded before are found again, such as :class:`custinsight.known_files.KnownFiles`;
        without one each file is read.
    folders : iterable of str
        The plan's further folders that files may lie in.
    zone : str
        Zone in which days begin, see :func:`custinsight.ingest.zones.home_zone`; without one a time keeps the day that
        it is written with.

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
    loads = [load_source(source, grounds, con, (extracts or {}).get(source.name), store, zone) for source in sources]
    tables: dict[str, ibis.Table] = {}
    for load in loads:
        name, rows = load.source.table, _canonical(load)
        tables[name] = tables[name].union(rows) if name in tables else rows
    return Ingested(
        tables=tables,
        rejects=join_frames([file.rejects for load in loads for file in load.files]),
        load_report=pd.concat([load_report(load.source, load.books) for load in loads], ignore_index=True),
        load_amounts=_amounts(loads),
        load_problems=pd.concat([problem_frame(load.source, load.books) for load in loads], ignore_index=True),
        known_files=sum(load.known for load in loads),
    )


def _canonical(load: SourceLoad) -> ibis.Table:
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


def _amounts(loads: Sequence[SourceLoad]) -> pd.DataFrame:
    frames = [_source_amounts(load) for load in loads if AMOUNTS.get(load.source.table) in load.kept.schema]
    if frames:
        return pd.concat(frames, ignore_index=True)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in AMOUNT_COLUMNS.items()})


def _source_amounts(load: SourceLoad) -> pd.DataFrame:
    """Amounts of a source, those kept being summed over the table that was stored."""
    rows = _canonical(load)
    currency = rows["currency"].fill_null("") if "currency" in rows.columns else ibis.literal("")
    amount = rows[AMOUNTS[load.source.table]].sum().fill_null(0)
    kept = engine.collect(rows.group_by(currency=currency).agg(amount_kept=amount).order_by("currency"))
    gone = pd.concat([no_amounts(), *(file.amounts for file in load.files)])
    return amount_frame(load.source, gone, kept.astype({"currency": "str"}))
