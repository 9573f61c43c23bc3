"""Sources in, canonical tables out, with the books that prove that nothing was lost."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from custinsight import engine
from custinsight.errors import DataError, SourceError
from custinsight.ingest.binding import Binding, bind_mapping, require_mapping
from custinsight.ingest.dates import require_formats
from custinsight.ingest.lookups import Joined, load_lookup, open_lookups
from custinsight.ingest.places import find_places
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers import open_file
from custinsight.ingest.reconcile import AMOUNT_COLUMNS, AMOUNTS, FileBooks, amount_frame, load_report
from custinsight.ingest.rejects import code_of, join_frames, reason, reject_frame, unread_frame
from custinsight.ingest.staging import KEPT, OUT_OF_SCOPE, REJECTED, TOTAL, Staged, Stager
from custinsight.ingest.totals import TotalsCheck
from custinsight.ingest.typing_contract import constant_values
from custinsight.plan import Source
from custinsight.tables import MONEY, TABLES
from custinsight.words import Words


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
    kept: ibis.Table
    books: list[FileBooks] = field(default_factory=list)
    rejects: list[pd.DataFrame] = field(default_factory=list)
    amounts: list[pd.DataFrame] = field(default_factory=list)
    joined: dict[tuple[int, tuple[int, ...]], Joined] = field(default_factory=dict)


def load_sources(sources: Sequence[Source], root: str | Path, con: Any) -> Ingested:
    """Read exports into canonical tables.

    Parameters
    ----------
    sources : sequence of plan.Source
    root : str or Path
        Folder that the sources' paths start from.
    con : ibis DuckDB backend
        Of :func:`custinsight.engine.connect`; the tables live there, as temporary ones.

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
    loads = [_load_source(source, root, con) for source in sources]
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


def _load_source(source: Source, root: Path, con: Any) -> _Load:
    places = find_places(source.name, source.path, root)
    lookups = open_lookups(source, root)
    load = _Load(source, con, constant_values(source, con), _new_table(source, con))
    for place in places:
        _load_file(load, open_file(place, Layout.of(source)), lookups)
    if not sum(book.rows_in for book in load.books):
        raise SourceError(
            "sources.{source}.{key}: {file} must hold rows behind its header, got none. Export it again.",
            **places[0].names,
        )
    return load


def _load_file(load: _Load, raw: RawFile, lookups: Sequence[RawFile]) -> None:
    """Load a file chunk by chunk and close its books."""
    binding = bind_mapping(load.source, raw, lookups)
    joined = [_join(load, number, lookup, binding) for number, lookup in enumerate(lookups)]
    book = FileBooks(raw.place.file, raw.encoding)
    totals = TotalsCheck([name for name in load.kept.columns if TABLES[load.source.table][name].dtype == MONEY])
    stager = Stager(raw, load.source, binding, joined, load.constants, load.con)
    for chunk in raw.chunks(binding.wanted()):
        with stager.stage(chunk) as staged:
            _take_chunk(load, raw, book, totals, staged, chunk.num_rows)
    book.rows_in = raw.counts.records
    book.rejected += len(raw.counts.unread)
    load.rejects.append(unread_frame(raw, load.source, raw.counts.unread))
    book.problems += [*totals.problems, *(sentence for one in joined for sentence in one.problems)]
    book.problems = list(dict.fromkeys(book.problems))
    book.close(load.source)
    load.books.append(book)


def _take_chunk(load: _Load, raw: RawFile, book: FileBooks, totals: TotalsCheck, staged: Staged, rows_in: int) -> None:
    """Store the kept rows of a typed chunk and book the others."""
    rows = staged.rows
    counts = engine.collect(_by_state(load, staged), max_rows=None)
    if int(counts["n"].sum()) != rows_in:
        raise DataError(
            "The lookups of the source {source} must leave each row one row, got another number of rows.",
            source=load.source.name,
        )
    by_state = counts.groupby("ci_state")["n"].sum()
    book.kept += int(by_state.get(KEPT, 0))
    book.out_of_scope += int(by_state.get(OUT_OF_SCOPE, 0))
    book.total_lines += int(by_state.get(TOTAL, 0))
    book.rejected += int(by_state[by_state.index >= REJECTED].sum())
    load.amounts.append(_gone(counts))
    load.con.insert(load.kept.op().name, rows.filter(rows["ci_state"] == KEPT).order_by("ci_line").select(staged.names))
    if (by_state.index >= REJECTED).any():
        load.rejects.append(_rejected(load, raw, staged))
    book.problems += _value_problems(staged, load)
    _check_totals(totals, staged, bool(by_state.get(TOTAL, 0)))


def _by_state(load: _Load, staged: Staged) -> ibis.Table:
    """One row per state and currency: rows, and the amount that is reconciled."""
    rows, amount = staged.rows, AMOUNTS.get(load.source.table)
    constant = load.constants.get("currency") or ""
    currency = rows["currency"].fill_null("") if "currency" in rows.columns else ibis.literal(constant)
    total = rows[amount].sum().fill_null(0) if amount in rows.columns else ibis.literal(0).cast(MONEY)
    return (
        rows.group_by(ci_state=rows["ci_state"], currency=currency)
        .agg(n=rows.count(), amount=total)
        .order_by("ci_state", "currency")
    )


def _gone(counts: pd.DataFrame) -> pd.DataFrame:
    """Amounts by currency that came in, were rejected or are out of scope; total lines are no part of them."""
    counts = counts[counts["ci_state"] != TOTAL]
    state = counts["ci_state"]
    return pd.DataFrame(
        {
            "currency": counts["currency"].astype("str"),
            "amount_in": counts["amount"],
            "amount_rejected": counts["amount"].where(state >= REJECTED, 0.0),
            "amount_out_of_scope": counts["amount"].where(state == OUT_OF_SCOPE, 0.0),
        }
    )


def _rejected(load: _Load, raw: RawFile, staged: Staged) -> pd.DataFrame:
    rows = staged.rows.filter(staged.rows["ci_state"] >= REJECTED).select("ci_line", "ci_state", "ci_raw")
    frame = engine.collect(rows, max_rows=None)
    faults = {state: staged.fault(int(state)) for state in frame["ci_state"].unique()}
    parts = pd.DataFrame(
        [faults[state] for state in frame["ci_state"]], columns=["code", "column", "header"], index=frame.index
    )
    return reject_frame(raw, load.source, parts.assign(line=frame["ci_line"], raw=frame["ci_raw"]))


def _value_problems(staged: Staged, load: _Load) -> list[str]:
    """Sentences about values of kept rows that were left out or cleaned, and about keys that lookups lack."""
    rows = staged.rows
    counts: dict[str, ibis.Value] = {}
    kept = rows["ci_state"] == KEPT
    for typed in staged.typed:
        code = f"ci_code_{typed.column.name}"
        if code in rows.columns:
            counts |= {
                f"{n}:{typed.column.name}": (kept & (rows[code] == n)).sum().fill_null(0) for n in range(1, 10) if n > 1
            }
    counts |= {name: rows[name].sum().fill_null(0) for name in rows.columns if name.startswith("ci_lost_")}
    if not counts:
        return []
    found = engine.collect(rows.agg(**counts)).iloc[0]
    return [_problem(name, int(n), staged, load) for name, n in found.items() if n]


def _problem(name: str, n: int, staged: Staged, load: _Load) -> str:
    if name.startswith("ci_lost_"):
        file = load.source.lookups[int(name.removeprefix("ci_lost_"))].path
        return f"{n:,} rows find no row in {Path(file).name}."
    number, _, column = name.partition(":")
    header = next(typed.header for typed in staged.typed if typed.column.name == column)
    code = code_of(int(number))
    sentence = Words("en")(reason(code, column, header))
    return f"{code} in {n:,} rows: {sentence}"


def _check_totals(totals: TotalsCheck, staged: Staged, has_total_lines: bool) -> None:
    """Add a chunk's sums; with total lines in it, run by run between them."""
    rows, names = staged.rows, list(totals.columns)
    if not names:
        return
    data = rows["ci_state"] != TOTAL
    if not has_total_lines:
        totals.add(engine.collect(rows.filter(data).agg(**{name: rows[name].sum() for name in names})).iloc[0])
        return
    upto = ibis.window(order_by="ci_line", preceding=None, following=0)
    runs = rows.mutate(run=(~data).cast("int64").sum().over(upto))
    sums = runs.group_by("run").agg(**{name: runs[name].sum(where=runs["ci_state"] != TOTAL) for name in names})
    by_run = engine.collect(sums, max_rows=None).set_index("run")
    lines = runs.filter(runs["ci_state"] == TOTAL).select("run", "ci_line", "ci_raw", *names).order_by("ci_line")
    said = engine.collect(lines, max_rows=None)
    nothing = pd.Series(0.0, index=names)
    totals.add(by_run.loc[0] if 0 in by_run.index else nothing)
    for _, line in said.iterrows():
        totals.check(int(line["ci_line"]), str(line["ci_raw"]), line)
        totals.add(by_run.loc[line["run"]] if line["run"] in by_run.index else nothing)


def _join(load: _Load, number: int, lookup: RawFile, binding: Binding) -> Joined:
    """Load a lookup once for all files of a source that use the same of its columns."""
    wanted = binding.wanted(number)
    key = (number, tuple(wanted))
    if key not in load.joined:
        load.joined[key] = load_lookup(load.source, number, lookup, wanted, load.con)
    return load.joined[key]


def _new_table(source: Source, con: Any) -> ibis.Table:
    """Make the empty table of the columns that a source's files fill."""
    spec = TABLES[source.table]
    filled = {*source.columns, *source.computed}
    if spec.name == "customers" and "source_id" not in {*filled, *source.constants}:
        filled.add("source_id")
    schema = ibis.schema({column.name: column.dtype for column in spec.columns if column.name in filled})
    return con.create_table(ibis.util.gen_name("ingest_kept"), schema=schema, temp=True)


def _canonical(load: _Load) -> ibis.Table:
    """All columns of a source's table: those of the files, the constants, and nulls for the rest."""
    columns = {}
    for column in TABLES[load.source.table].columns:
        if column.name in load.kept.columns:
            columns[column.name] = load.kept[column.name].cast(column.dtype)
        elif column.name in load.constants:
            columns[column.name] = ibis.literal(load.constants[column.name], type=column.dtype)
        else:
            columns[column.name] = ibis.null(column.dtype)
    if "source_system" not in columns:
        columns["source_system"] = ibis.literal(load.source.source_system)
    return load.kept.select(**columns)


def _amounts(loads: Sequence[_Load]) -> pd.DataFrame:
    frames = [_source_amounts(load) for load in loads if AMOUNTS.get(load.source.table) in load.kept.columns]
    if frames:
        return pd.concat(frames, ignore_index=True)
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in AMOUNT_COLUMNS.items()})


def _source_amounts(load: _Load) -> pd.DataFrame:
    """Amounts of a source, those kept being summed over the table that was stored."""
    rows = _canonical(load)
    currency = rows["currency"].fill_null("") if "currency" in rows.columns else ibis.literal("")
    amount = rows[AMOUNTS[load.source.table]].sum().fill_null(0)
    kept = engine.collect(rows.group_by(currency=currency).agg(amount_kept=amount).order_by("currency"))
    gone = functools.reduce(lambda one, other: pd.concat([one, other]), load.amounts, _gone(_no_counts()))
    return amount_frame(load.source, gone, kept.astype({"currency": "str"}))


def _no_counts() -> pd.DataFrame:
    return pd.DataFrame(
        {"ci_state": pd.Series(dtype="int64"), "currency": pd.Series(dtype="str"), "amount": pd.Series(dtype="float64")}
    )
