"""A look at the sources before a run: what each file is, and how much of it the mapping can read."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from custinsight import engine
from custinsight.errors import CustinsightError
from custinsight.ingest.binding import Binding, bind_mapping, missing_columns, require_mapping, unknown_column
from custinsight.ingest.columns import code_name
from custinsight.ingest.dates import require_formats
from custinsight.ingest.lookup_places import settle_lookups
from custinsight.ingest.lookups import header_list, load_lookup, open_lookups
from custinsight.ingest.places import Place, source_places
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers import open_file
from custinsight.ingest.staging import Stager
from custinsight.ingest.typing_contract import constant_values
from custinsight.plan import Source
from custinsight.words import Words, msg

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
    problems : tuple of str
        Sentences; none when the file can be loaded as it is.
    notes : tuple of str
        Sentences about what is missing and not needed.
    """

    source: str
    table: str
    file: str = ""
    sheet: str = ""
    encoding: str = ""
    header: tuple[str, ...] = ()
    rows: int = 0
    columns: pd.DataFrame = field(default_factory=_no_columns)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def check_sources(sources: Sequence[Source], root: str | Path) -> list[SourceCheck]:
    """Look at the head of each file of each source; nothing is raised, what is wrong becomes a sentence.

    Parameters
    ----------
    sources : sequence of plan.Source
    root : str or Path
        Folder that the sources' paths start from.

    Examples
    --------
    >>> log = Source(name="log", table="transactions", path="missing.csv", columns={"doc_id": "No"})
    >>> check_sources([log], ".")[0].problems[0]
    'sources.log: the table transactions must have the column doc_date. Fill it under columns, computed or constants.'
    """
    con = engine.connect()
    try:
        return [found for source in sources for found in _check_source(source, Path(root), con)]
    finally:
        con.disconnect()


def _check_source(source: Source, root: Path, con: Any) -> list[SourceCheck]:
    try:
        require_mapping(source)
        require_formats(source.date_formats, source.name)
        places = source_places(source, root)
        source = settle_lookups(source, root)
        constant_values(source, con)
    except (CustinsightError, OSError) as error:
        return [SourceCheck(source.name, source.table, problems=(_sentence(error),))]
    return [_check_file(source, place, root, con) for place in places]


def _check_file(source: Source, place: Place, root: Path, con: Any) -> SourceCheck:
    found: dict[str, Any] = {"file": place.file}
    try:
        raw = open_file(place, replace(Layout.of(source), head=SAMPLE_ROWS))
        found |= {"sheet": raw.sheet, "encoding": raw.encoding, "header": raw.header}
        lookups = open_lookups(source, root)
        unknown = [
            unknown_column(source, key, name, raw)
            for key, name in missing_columns(source, raw, lookups, require_mapping(source))
        ]
        found["problems"] = tuple(map(_sentence, unknown))
        if not unknown:
            found |= _read_head(source, raw, lookups, con)
    except (CustinsightError, OSError) as error:
        found["problems"] = (_sentence(error),)
    return SourceCheck(source.name, source.table, **found)


def _read_head(source: Source, raw: RawFile, lookups: Sequence[RawFile], con: Any) -> dict[str, Any]:
    """Type the first rows and count, per column, what is filled and what could be read."""
    binding = bind_mapping(source, raw, lookups)
    notes = _notes(source, binding, raw)
    joined = [load_lookup(source, number, lookup, binding.wanted(number), con) for number, lookup in enumerate(lookups)]
    head = itertools.islice(raw.chunks(binding.wanted(), SAMPLE_ROWS), 1)
    stager = Stager(raw, source, binding, joined, constant_values(source, con), con)
    with contextlib.closing(stager):
        staged = stager.stage(chunk.slice(0, SAMPLE_ROWS) for chunk in head)
        if staged is None:
            problem = Words("en")(msg("{file}: no rows behind the header.", file=raw.place.file))
            return {"problems": (problem,), "notes": notes}
        rows, n = staged.rows, staged.n
        counts: dict[str, Any] = {}
        for name in staged.names:
            counts[f"good_{name}"] = rows[name].notnull().sum()
        for typed in staged.typed:
            name = typed.column.name
            counts[f"bad_{name}"] = (rows[name].isnull() & (rows[code_name(typed.column)] > 0)).sum()
        sums = engine.collect(rows.agg(**counts)).iloc[0].fillna(0)
    good = [float(sums[f"good_{name}"]) for name in staged.names]
    bad = [float(sums[f"bad_{name}"]) for name in staged.names]
    columns = pd.DataFrame(
        {
            "column": staged.names,
            "header": [typed.header for typed in staged.typed],
            "filled": [(one + other) / n for one, other in zip(good, bad, strict=True)],
            "parsed": [one / (one + other) if one + other else 1.0 for one, other in zip(good, bad, strict=True)],
        }
    ).astype(COLUMNS)
    columns = columns[~columns["header"].isin(binding.absent)].reset_index(drop=True)
    return {"rows": n, "columns": columns, "problems": _unread_columns(columns), "notes": notes}


def _notes(source: Source, binding: Binding, raw: RawFile) -> tuple[str, ...]:
    """Say which optional columns a file lacks."""
    if not binding.absent:
        return ()
    lacking = msg(
        "{file} lacks {columns}; the source does without.", file=raw.place.file, columns=header_list(binding.absent)
    )
    return (Words("en")(lacking),)


def _unread_columns(columns: pd.DataFrame) -> tuple[str, ...]:
    """Sentences about columns that can hardly be read, which tells of a wrong format rather than of bad rows."""
    bad = columns[columns["parsed"] < 0.5]
    return tuple(
        Words("en")(
            msg(
                "{column}: only {share:percent} of the values in {header} could be read. "
                "Look at the source's date_formats, decimal and values.",
                column=str(row["column"]),
                share=float(row["parsed"]),
                header=str(row["header"]),
            )
        )
        for row in bad.to_dict("records")
    )


def _sentence(error: BaseException) -> str:
    if isinstance(error, CustinsightError):
        return str(error)
    return Words("en")(msg("A file cannot be read: {why}.", why=type(error).__name__))
