"""A look at the sources before a run: what each file is, and how much of it the mapping can read."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
from ibis.expr.types import BooleanValue

from custinsight import engine
from custinsight.errors import CustinsightError, SourceError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.archives import list_members
from custinsight.ingest.binding import (
    NOWHERE,
    Binding,
    bind_mapping,
    missing_columns,
    require_mapping,
    unknown_column,
)
from custinsight.ingest.columns import code_name
from custinsight.ingest.dates import require_formats
from custinsight.ingest.examples import personal_columns_of, pick_examples
from custinsight.ingest.lookup_places import settle_lookups
from custinsight.ingest.lookups import header_list, load_lookup, open_lookups
from custinsight.ingest.places import Place, source_places
from custinsight.ingest.prepare import prepare_file, prepare_lookup
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers import close_file, open_file
from custinsight.ingest.rejects import reason
from custinsight.ingest.sample import SampledFile
from custinsight.ingest.staging import REJECTED, TOTAL, Staged, Stager
from custinsight.ingest.tax import tax_warnings, with_net
from custinsight.ingest.trust import PASSED, REFUSED, share_of, state_of
from custinsight.ingest.typing_contract import constant_values
from custinsight.plan import Limits, Source, Trust
from custinsight.tables import Column
from custinsight.words import Message, Words, msg

SAMPLE_ROWS = 100_000
LOOKED_THROUGH = 2_000
"""Rows that examples are taken from."""
COLUMNS = {"column": "str", "header": "str", "filled": "float64", "parsed": "float64", "examples": "object"}
REJECTS = {"code": "str", "column": "str", "rows": "int64", "line": "int64", "reason": "object"}


def _empty(kinds: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})


@dataclass(frozen=True)
class SourceCheck:
    """What was found out about one file of a source, or about a source without a readable file.

    Parameters
    ----------
    source, table : str
    file, sheet, encoding : str
        Empty where there is no file, or where the kind of file has none.
    header : tuple of str
        The file's columns.
    rows : int
        Rows that were looked at.
    rows_in_file : int or None
        Rows or lines of the whole file; None where nobody knows without reading it.
    counted : str
        What ``rows_in_file`` counts: ``rows``, ``lines`` (behind the header), or nothing.
    columns : DataFrame
        column, header, filled (share of rows with anything in them), parsed (share of these that could be read),
        examples (tuple of text; shapes only of personal columns), one row per canonical column that the file fills.
    rejects : DataFrame
        code, column, rows, line (the first), reason (a message): the commonest first.
    faults : tuple of Message
        What keeps the file from being loaded as it is.
    remarks : tuple of Message
        What to mind, though the file can be loaded, and what the source's contract mended.
    """

    source: str
    table: str
    file: str = ""
    sheet: str = ""
    encoding: str = ""
    header: tuple[str, ...] = ()
    rows: int = 0
    rows_in_file: int | None = None
    counted: str = ""
    columns: pd.DataFrame = field(default_factory=lambda: _empty(COLUMNS))
    rejects: pd.DataFrame = field(default_factory=lambda: _empty(REJECTS))
    faults: tuple[Message, ...] = ()
    remarks: tuple[Message, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """The faults as English sentences."""
        return tuple(map(Words("en"), self.faults))

    @property
    def warnings(self) -> tuple[str, ...]:
        """The remarks as English sentences."""
        return tuple(map(Words("en"), self.remarks))


@dataclass
class _Look:
    """One source being looked at."""

    source: Source
    grounds: Grounds
    con: Any
    sample: int
    zone: str
    limits: Limits


def check_sources(
    sources: Sequence[Source],
    root: str | Path,
    trust: Trust | None = None,
    *,
    folders: Iterable[str] = (),
    sample: int = SAMPLE_ROWS,
    zone: str = "",
) -> list[SourceCheck]:
    """Look at some rows of each file of each source; what is wrong with it becomes a sentence.

    Parameters
    ----------
    sources : sequence of plan.Source
    root : str or Path
        Folder that the sources' paths start from.
    trust : plan.Trust, optional
        How much may be rejected; not judged when it is not given.
    folders : iterable of str
        The plan's further folders that files may lie in.
    sample : int
        Rows that are looked at: half of them at the head of a file, half all over it. The files of a source share
        them, a thousand each at least.
    zone : str
        Zone in which days begin, see :func:`custinsight.ingest.load.load_sources`.

    Raises
    ------
    SourceError
        One of ``folders`` does not exist.

    Examples
    --------
    >>> log = Source(name="log", table="transactions", path="missing.csv", columns={"doc_id": "No"})
    >>> check_sources([log], ".")[0].problems[0]
    'sources.log: the table transactions must have the column doc_date. Fill it under columns, computed or constants.'
    """
    grounds = Grounds.of(root, folders)
    con = engine.connect()
    try:
        looks = (
            _Look(source, grounds, con, sample, zone, trust.limits(source.name) if trust else Limits())
            for source in sources
        )
        return [found for look in looks for found in _check_source(look)]
    finally:
        con.disconnect()


def _check_source(look: _Look) -> Iterator[SourceCheck]:
    source = look.source
    try:
        source = look.source = with_net(source)
        require_mapping(source)
        require_formats(source.date_formats, source.name)
        places = source_places(source, look.grounds)
        source = look.source = settle_lookups(source, look.grounds)
        constant_values(source, look.con)
    except (CustinsightError, OSError) as error:
        yield SourceCheck(source.name, source.table, faults=(_sentence(error),))
        return
    look.sample = max(look.sample // len(places), min(look.sample, 1_000))
    for place in places:
        yield from _check_place(look, place)


def _check_place(look: _Look, place: Place) -> Iterator[SourceCheck]:
    """Check a file, or each file of an archive."""
    try:
        members = [place] if place.server is not None else list_members(place, look.source.encoding)
    except (SourceError, OSError) as error:
        yield SourceCheck(look.source.name, look.source.table, place.file, faults=(_sentence(error),))
        return
    for member in members:
        yield _check_file(look, member)


def _check_file(look: _Look, place: Place) -> SourceCheck:
    source = look.source
    found: dict[str, Any] = {"file": place.file, "remarks": tuple(tax_warnings(source))}
    with contextlib.ExitStack() as opened:
        try:
            raw = open_file(place, replace(Layout.of(source), head=look.sample))
            opened.callback(close_file, raw)
            found |= {"sheet": raw.sheet, "encoding": raw.encoding, "header": raw.header}
            lookups = open_lookups(source, look.grounds)
            for lookup in lookups:
                opened.callback(close_file, lookup)
            unknown = [
                unknown_column(source, key, name, raw)
                for key, name in missing_columns(source, raw, lookups, require_mapping(source))
            ]
            found["faults"] = tuple(map(_sentence, unknown))
            if not unknown:
                seen = _read_sample(look, raw, lookups)
                found |= {**seen, "remarks": (*found["remarks"], *seen.get("remarks", ()))}
        except (CustinsightError, OSError) as error:
            found["faults"] = (_sentence(error),)
    return SourceCheck(source.name, source.table, **found)


def _read_sample(look: _Look, raw: RawFile, lookups: Sequence[RawFile]) -> dict[str, Any]:
    """Type some rows and count, per column, what is filled and what could be read."""
    source, con = look.source, look.con
    binding = bind_mapping(source, raw, lookups)
    joined = [
        load_lookup(source, n, prepare_lookup(lookup, source, binding, n, look.zone), binding.wanted(n), con)
        for n, lookup in enumerate(lookups)
    ]
    sample = SampledFile(raw, look.sample)
    file = prepare_file(sample, source, binding, look.zone)
    first: list[pa.Table] = []
    stager = Stager(raw.iso, source, binding, joined, constant_values(source, con), con)
    with contextlib.closing(stager):
        staged = stager.stage(_watched(file.chunks(binding.wanted()), first))
        if staged is None and not sample.counts.unread:
            return {"faults": (msg("{file}: no rows behind the header.", file=raw.place.file),)}
        columns = _columns(look, staged, binding, first) if staged else _empty(COLUMNS)
        columns = columns[~columns["header"].isin(binding.absent)].reset_index(drop=True)
        rejects = _rejects(staged, sample)
        kept = int(engine.collect(staged.kept.agg(n=staged.kept.count()))["n"].iloc[0]) if staged else 0
        faults, remarks = _judge(int(rejects["rows"].sum()), kept, look.limits)
        stager.drop()
    return {
        "rows": sample.counts.records,
        "rows_in_file": sample.size,
        "counted": sample.counted,
        "columns": columns,
        "rejects": rejects,
        "faults": (*_unread_columns(columns), *faults),
        "remarks": (*raw.counts.problems, *file.problems, *_lacking(binding, raw), *remarks),
    }


def _lacking(binding: Binding, raw: RawFile) -> list[Message]:
    """Say which optional columns a file lacks."""
    if not binding.absent:
        return []
    names = header_list(binding.absent)
    return [msg("{file} lacks {columns}; the source does without.", file=raw.place.file, columns=names)]


def _judge(rejected: int, kept: int, limits: Limits) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Faults and remarks on the share of the rows looked at that is rejected."""
    share = share_of(rejected, kept)
    state = state_of(share, math.nan, limits)
    if state == PASSED:
        return (), ()
    said = msg(
        "{share:percent} of the {n:count} rows looked at are rejected; custinsight rejects lists rows and reasons.",
        share=share,
        n=rejected + kept,
    )
    return ((said,), ()) if state == REFUSED else ((), (said,))


def _watched(chunks: Iterator[pa.Table], first: list[pa.Table]) -> Iterator[pa.Table]:
    """Hand on chunks and remember the first rows."""
    for chunk in chunks:
        if not first:
            first.append(chunk.slice(0, LOOKED_THROUGH))
        yield chunk


def _columns(look: _Look, staged: Staged, binding: Binding, first: list[pa.Table]) -> pd.DataFrame:
    """One row per canonical column."""
    names, data = staged.names, staged.others.filter(staged.others["ci_state"] != TOTAL)
    sums = []
    for rows in (staged.kept, data):
        counts = {f"good_{name}": rows[name].notnull().sum() for name in names}
        sums.append(engine.collect(rows.agg(n=rows.count(), **counts)))
    rows = staged.rows.filter(staged.rows["ci_state"] != TOTAL)
    bad = {typed.column.name: _is_unread(rows, typed.column).sum() for typed in staged.typed}
    unread = engine.collect(rows.agg(**{f"bad_{name}": n for name, n in bad.items()}))
    found = pd.concat([*sums, unread]).fillna(0).sum()
    head = engine.collect(staged.kept.select(*names).limit(LOOKED_THROUGH))
    personal = personal_columns_of(look.source, binding)
    values = [_raw_values(look.source, binding, first[0], name, head) for name in names]
    return pd.DataFrame(
        {
            "column": names,
            "header": [typed.header for typed in staged.typed],
            "filled": [_share(found[f"good_{name}"] + found[f"bad_{name}"], found["n"]) for name in names],
            "parsed": [_share(found[f"good_{name}"], found[f"good_{name}"] + found[f"bad_{name}"]) for name in names],
            "examples": [
                pick_examples(these, masked=name in personal) for name, these in zip(names, values, strict=True)
            ],
        }
    ).astype(COLUMNS)


def _is_unread(rows: ibis.Table, column: Column) -> BooleanValue:
    return rows[column.name].isnull() & (rows[code_name(column)] > 0)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 1.0


def _raw_values(source: Source, binding: Binding, first: pa.Table, name: str, typed: pd.DataFrame) -> list[object]:
    """Values of a column as the file has them, or as they were read where another file or an expression fills it."""
    at = binding.at.get(source.columns.get(name, ""))
    if at is not None and at != NOWHERE and at.lookup is None:
        return list(first[at.name].to_pylist())
    return list(typed[name].dropna())


def _rejects(staged: Staged | None, sample: SampledFile) -> pd.DataFrame:
    """One row per code and column."""
    found: list[tuple[str, str, int, int, Message]] = []
    for code, rows in itertools.groupby(sorted(sample.counts.unread, key=lambda row: (row.code, row.line)), _code_of):
        lines = [row.line for row in rows]
        found.append((code, "", len(lines), lines[0], reason(code, "", "")))
    if staged is not None:
        rows = staged.rows.filter(staged.rows["ci_state"] >= REJECTED)
        counts = rows.group_by("ci_state").agg(n=rows.count(), line=rows["ci_line"].min()).order_by("ci_state")
        for state, n, line in engine.collect(counts).itertuples(index=False):
            fault = staged.fault(int(state))
            found.append((*fault[:2], int(n), int(line), reason(*fault)))
    frame = pd.DataFrame(found, columns=list(REJECTS)).astype(REJECTS)
    return frame.sort_values(["rows", "line"], ascending=[False, True], ignore_index=True)


def _code_of(row: Any) -> str:
    return str(row.code)


def _unread_columns(columns: pd.DataFrame) -> Iterator[Message]:
    """Sentences about columns that can hardly be read, which tells of a wrong format rather than of bad rows."""
    for row in columns[columns["parsed"] < 0.5].to_dict("records"):
        yield msg(
            "{column}: only {share:percent} of the values in {header} could be read. "
            "Look at the source's date_formats, decimal and values.",
            column=str(row["column"]),
            share=float(row["parsed"]),
            header=str(row["header"]),
        )


def _sentence(error: BaseException) -> Message:
    if isinstance(error, CustinsightError):
        return error.message
    return msg("A file cannot be read: {why}.", why=type(error).__name__)
