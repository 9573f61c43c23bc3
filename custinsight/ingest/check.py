"""A look at the sources before a run: what each file is, and how much of it the mapping can read."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from custinsight import engine
from custinsight.errors import CustinsightError, SourceError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.archives import list_members
from custinsight.ingest.binding import bind_mapping, find_column, mapped_names, require_mapping, unknown_column
from custinsight.ingest.columns import code_name
from custinsight.ingest.dates import require_formats
from custinsight.ingest.lookups import load_lookup, open_lookups
from custinsight.ingest.places import Place, source_places
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers import close_file, open_file
from custinsight.ingest.staging import REJECTED, Staged, Stager
from custinsight.ingest.tax import tax_warnings, with_net
from custinsight.ingest.trust import PASSED, REFUSED, share_of, state_of
from custinsight.ingest.typing_contract import constant_values
from custinsight.plan import Limits, Source, Trust
from custinsight.words import Message, Words, msg

SAMPLE_ROWS = 1_000
COLUMNS = {"column": "str", "header": "str", "filled": "float64", "parsed": "float64"}


def _no_columns() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})


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
        Rows that were looked at: the first 1,000 at most.
    columns : DataFrame
        column, header, filled (share of rows with anything in them), parsed (share of these that could be read), one
        row per canonical column that the file fills.
    faults : tuple of Message
        What keeps the file from being loaded as it is.
    remarks : tuple of Message
        What to mind, though the file can be loaded.
    """

    source: str
    table: str
    file: str = ""
    sheet: str = ""
    encoding: str = ""
    header: tuple[str, ...] = ()
    rows: int = 0
    columns: pd.DataFrame = field(default_factory=_no_columns)
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


def check_sources(
    sources: Sequence[Source], root: str | Path, trust: Trust | None = None, *, folders: Iterable[str] = ()
) -> list[SourceCheck]:
    """Look at the head of each file of each source; what is wrong with it becomes a sentence.

    Parameters
    ----------
    sources : sequence of plan.Source
    root : str or Path
        Folder that the sources' paths start from.
    trust : plan.Trust, optional
        How much may be rejected; not judged when it is not given.
    folders : iterable of str
        The plan's further folders that files may lie in.

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
        return [
            found
            for source in sources
            for found in _check_source(source, grounds, con, trust.limits(source.name) if trust else Limits())
        ]
    finally:
        con.disconnect()


def _check_source(source: Source, root: Grounds, con: Any, limits: Limits) -> list[SourceCheck]:
    try:
        source = with_net(source)
        require_mapping(source)
        require_formats(source.date_formats, source.name)
        places = source_places(source, root)
        constant_values(source, con)
    except (CustinsightError, OSError) as error:
        return [SourceCheck(source.name, source.table, faults=(_sentence(error),))]
    return [found for place in places for found in _check_place(source, place, root, con, limits)]


def _check_place(source: Source, place: Place, root: Grounds, con: Any, limits: Limits) -> list[SourceCheck]:
    try:
        members = list_members(place, source.encoding)
    except SourceError as error:
        return [SourceCheck(source.name, source.table, place.file, faults=(_sentence(error),))]
    return [_check_file(source, member, root, con, limits) for member in members]


def _check_file(source: Source, place: Place, root: Grounds, con: Any, limits: Limits) -> SourceCheck:
    found: dict[str, Any] = {"file": place.file, "remarks": tuple(tax_warnings(source))}
    opened = contextlib.ExitStack()
    try:
        raw = open_file(place, replace(Layout.of(source), head=SAMPLE_ROWS))
        opened.callback(close_file, raw)
        found |= {"sheet": raw.sheet, "encoding": raw.encoding, "header": raw.header}
        lookups = open_lookups(source, root)
        for lookup in lookups:
            opened.callback(close_file, lookup)
        unknown = [
            unknown_column(source, key, name, raw)
            for key, name in mapped_names(source, require_mapping(source))
            if find_column(name, raw, lookups) is None
        ]
        found["faults"] = tuple(map(_sentence, unknown))
        if not unknown:
            head = _read_head(source, raw, lookups, con, limits)
            found |= {**head, "remarks": (*found["remarks"], *head.get("remarks", ()))}
    except (CustinsightError, OSError) as error:
        found["faults"] = (_sentence(error),)
    finally:
        opened.close()
    return SourceCheck(source.name, source.table, **found)


def _read_head(source: Source, raw: RawFile, lookups: Sequence[RawFile], con: Any, limits: Limits) -> dict[str, Any]:
    """Type the first rows and count, per column, what is filled and what could be read."""
    binding = bind_mapping(source, raw, lookups)
    joined = [load_lookup(source, number, lookup, binding.wanted(number), con) for number, lookup in enumerate(lookups)]
    head = itertools.islice(raw.chunks(binding.wanted(), SAMPLE_ROWS), 1)
    stager = Stager(raw, source, binding, joined, constant_values(source, con), con)
    with contextlib.closing(stager):
        staged = stager.stage(chunk.slice(0, SAMPLE_ROWS) for chunk in head)
        if staged is None:
            return {"faults": (msg("{file}: no rows behind the header.", file=raw.place.file),)}
        good, bad = _count_values(staged)
        faults, remarks = _judge_head(*_count_rows(staged, raw), limits)
    columns = pd.DataFrame(
        {
            "column": staged.names,
            "header": [typed.header for typed in staged.typed],
            "filled": [(good[name] + bad[name]) / staged.n for name in staged.names],
            "parsed": [good[name] / max(good[name] + bad[name], 1) if bad[name] else 1.0 for name in staged.names],
        }
    ).astype(COLUMNS)
    return {"rows": staged.n, "columns": columns, "faults": (*_unread_columns(columns), *faults), "remarks": remarks}


def _count_values(staged: Staged) -> tuple[dict[str, int], dict[str, int]]:
    """Count, per column, values that were read and values that could not be."""
    rows, names = staged.rows, staged.names
    # a plain row stands among the kept ones alone
    read = [part.agg(**{name: part[name].notnull().sum() for name in names}) for part in (staged.kept, staged.others)]
    codes = {typed.column.name: rows[code_name(typed.column)] for typed in staged.typed}
    unread = rows.agg(**{name: (rows[name].isnull() & (codes[name] > 0)).sum() for name in names})
    kept, others, bad = (engine.collect(sums).fillna(0).iloc[0] for sums in (*read, unread))
    return {name: int(kept[name] + others[name]) for name in names}, {name: int(bad[name]) for name in names}


def _count_rows(staged: Staged, raw: RawFile) -> tuple[int, int]:
    """Count the rows that are rejected and kept, up to the last line that was typed."""
    kept, others = staged.kept, staged.others
    rejected = others["ci_state"] >= REJECTED
    first = engine.collect(kept.agg(n=kept.count(), last=kept["ci_line"].max())).fillna(0).iloc[0]
    second = engine.collect(others.agg(n=rejected.sum(), last=others["ci_line"].max())).fillna(0).iloc[0]
    last = max(int(first["last"]), int(second["last"]))
    return int(second["n"]) + sum(row.line <= last for row in raw.counts.unread), int(first["n"])


def _judge_head(rejected: int, kept: int, limits: Limits) -> tuple[tuple[Message, ...], tuple[Message, ...]]:
    """Faults and remarks on the share of the first rows that is rejected."""
    share = share_of(rejected, kept)
    state = state_of(share, math.nan, limits)
    if state == PASSED:
        return (), ()
    said = msg(
        "{share:percent} of the first {n:count} rows are rejected; custinsight rejects lists rows and reasons.",
        share=share,
        n=rejected + kept,
    )
    return ((said,), ()) if state == REFUSED else ((), (said,))


def _unread_columns(columns: pd.DataFrame) -> tuple[Message, ...]:
    """Sentences about columns that can hardly be read, which tells of a wrong format rather than of bad rows."""
    bad = columns[columns["parsed"] < 0.5]
    return tuple(
        msg(
            "{column}: only {share:percent} of the values in {header} could be read. "
            "Look at the source's date_formats, decimal and values.",
            column=str(row["column"]),
            share=float(row["parsed"]),
            header=str(row["header"]),
        )
        for row in bad.to_dict("records")
    )


def _sentence(error: BaseException) -> Message:
    if isinstance(error, CustinsightError):
        return error.message
    return msg("A file cannot be read: {why}.", why=type(error).__name__)
