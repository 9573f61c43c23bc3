"""A proposal of which export is which table, and which header which column; a person corrects it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from custinsight.errors import CustinsightError, SourceError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.places import Place, file_kind, find_places
from custinsight.ingest.proposal_links import complete_lines, linked_shares, numbers_of, repeats_of
from custinsight.ingest.proposal_period import last_quarter
from custinsight.ingest.proposal_presets import PresetMatch, match_presets
from custinsight.ingest.proposal_source import THRESHOLD, draft_source
from custinsight.ingest.proposal_sources import Proposed, finish_sources
from custinsight.ingest.proposal_toml import write_plan
from custinsight.ingest.raw import Layout
from custinsight.ingest.samples import Sample, database_tables, read_sample
from custinsight.ingest.scoring import TableGuess, guess_tables
from custinsight.words import Message, Words, msg

COLUMNS = {
    "file": "str",
    "table": "str",
    "header": "str",
    "column": "str",
    "confidence": "float64",
    "evidence": "str",
}

_COUNTRIES = {"CNY": "CN", "USD": "US", "HKD": "HK", "TWD": "TW", "JPY": "JP", "GBP": "GB", "SGD": "SG", "CHF": "CH"}
"""Where a company that reckons in a currency most likely is."""


@dataclass(frozen=True)
class Proposal:
    """What a folder of exports is taken for.

    Parameters
    ----------
    columns : DataFrame
        file, table, header, column, confidence (0 to 1), evidence: one row per header or expression; the column is
        empty where nothing fits. No evidence shows a value.
    sources : list of dict
        Keys of :class:`custinsight.plan.Source`, one per source, with what is sure enough.
    currency, country : str
        ISO codes of the plan.
    period : str or None
        The last complete quarter of the documents.
    unused : dict of str to Message
        Files that are no source, and why.
    proposed : list of Proposed
        The sources with what is unsure about them, for :meth:`to_toml`.

    Examples
    --------
    >>> import tempfile
    >>> from custinsight.demo import write_demo
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     demo = write_demo(Path(folder), customers=60, truth=False)
    ...     proposal = propose_mapping(folder)
    >>> proposal.period, len(proposal.sources)
    ('2024Q4', 14)
    """

    columns: pd.DataFrame
    sources: list[dict[str, Any]]
    currency: str
    country: str
    period: str | None
    unused: dict[str, Message] = field(default_factory=dict)
    proposed: list[Proposed] = field(default_factory=list)
    folders: tuple[str, ...] = ()

    def to_toml(self, language: str = "en") -> str:
        """Write the proposal as an audit.toml; what is unsure stands behind a #."""
        say = Words(language)
        return write_plan(
            self.proposed, self.unused, self.currency, self.country, self.period, say, folders=self.folders
        )


@dataclass
class _File:
    """A file, or a table of a database, on its way to becoming a source."""

    sample: Sample
    evidence: list[Any]
    guesses: list[TableGuess]
    matches: list[PresetMatch] = field(default_factory=list)
    lookup: tuple[Sample, tuple[str, str]] | None = None
    unused: Message | None = None

    @property
    def guess(self) -> TableGuess:
        return self.guesses[0]

    @property
    def name(self) -> str:
        return self.sample.place.file

    @property
    def is_source(self) -> bool:
        return bool(self.matches) or (self.unused is None and not self.guess.missing)


def propose_mapping(
    files: str | Path | Iterable[str | Path],
    *,
    root: str | Path | None = None,
    currency: str | None = None,
    threshold: float = THRESHOLD,
) -> Proposal:
    """Look at exports and propose what each file and each of its headers is.

    A file whose header has a preset's signature gets the preset. Any other file is compared with each table: a
    bilingual dictionary scores the headers, the values must fit, and customer numbers are looked for in the files of
    customers.

    Parameters
    ----------
    files : path or iterable of paths
        A folder, a glob, a file, or several.
    root : path, optional
        Folder that holds audit.toml; relative paths of the proposal start from there.
    currency : str, optional
        ISO code of amounts without one; told from the exports when not given.
    threshold : float
        Confidence below which a column is only mentioned.

    Raises
    ------
    SourceError
        There is no file, or none that can be taken for customers or transactions.
    """
    given = [files] if isinstance(files, str | Path) else list(files)
    places = [place for path in given for place in _places(path)]
    found, unused = _look_at(places)
    _link(found)
    drafts = [_draft(file, threshold) for file in found if file.is_source]
    unused |= {file.name: file.unused or _no_table(file) for file in found if not file.is_source}
    proposed = finish_sources([one for several in drafts for one in several], root, currency)
    if not {"customers", "transactions"} & {one.table for one in proposed}:
        raise SourceError(
            "None of the files can be taken for customers or transactions: {files}. Map them by hand in audit.toml.",
            files=", ".join(sorted(unused))[:300],
        )
    for match in (match for file in found for match in file.matches):
        for path in match.lookups:
            unused.pop(path.name, None)
    kinds = [one.currency for one in proposed if one.currency]
    chosen = currency or max(sorted(set(kinds)), key=kinds.count, default=_home(found)[1])
    return Proposal(
        columns=_columns(proposed),
        sources=[one.keys for one in proposed],
        currency=chosen,
        country=_COUNTRIES.get(chosen, _home(found)[0]),
        period=last_quarter([one.keys for one in proposed if one.table == "transactions"], Path(root or ".")),
        unused=unused,
        proposed=proposed,
        folders=_outer_folders(proposed, Path(root or ".")),
    )


def _outer_folders(proposed: Sequence[Proposed], root: Path) -> tuple[str, ...]:
    """Folders of the files that do not lie in the plan's own folder, which the plan has to name."""
    paths = {one.keys.get("path", "") for one in proposed}
    paths |= {lookup.get("path", "") for one in proposed for lookup in one.keys.get("lookups", ())}
    inside = Grounds.of(root)
    outer = {str(PurePath(path).parent) for path in paths if path and not inside.allow(root / path)}
    return tuple(sorted(outer))


def _places(path: str | Path) -> list[Place]:
    try:
        return find_places("proposal", str(path), Grounds.anywhere())
    except SourceError:
        raise SourceError(
            "{path} holds no exports. Name a folder or a file of csv, xlsx, xls, xlsb, ods, parquet, SQLite or DuckDB.",
            path=PurePath(path).name or str(path),
        ) from None


def _look_at(places: Sequence[Place]) -> tuple[list[_File], dict[str, Message]]:
    found: list[_File] = []
    unread: dict[str, Message] = {}
    for place in places:
        try:
            found += _database(place) if file_kind(place) in ("sqlite", "duckdb") else [_file(place, None)]
        except CustinsightError as error:
            unread[place.file] = error.message
        except (OSError, UnicodeError):
            unread[place.file] = msg("it cannot be read")
    return found, unread


def _file(place: Place, layout: Layout | None) -> _File:
    sample = read_sample(place, layout)
    evidence = sample.evidence()
    guesses = guess_tables(PurePath(place.file).stem, sample.header, evidence)
    return _File(sample, evidence, guesses, match_presets(place, sample) if layout is None else [])


def _database(place: Place) -> list[_File]:
    matches = match_presets(place, None)
    if matches:
        return [_File(match.sample, match.sample.evidence(), [_none()], [match]) for match in matches]
    files = []
    for table in database_tables(place):
        name = table.replace('"', '""')
        file = _file(place, Layout(query=f'SELECT * FROM "{name}"'))
        shown = dataclasses.replace(place, file=f"{table}{place.path.suffix}")
        sample = dataclasses.replace(file.sample, place=shown)
        files.append(_File(sample, file.evidence, guess_tables(table, sample.header, file.evidence)))
    return files


def _none() -> TableGuess:
    return TableGuess("", 0.0, (("",),), ())


def _link(found: Sequence[_File]) -> None:
    """Look for customer numbers in the other files, for headers beside their lines, and for files told twice."""
    plain = [file for file in found if not file.matches]
    joined_by_preset = {path.resolve() for file in found for match in file.matches for path in match.lookups}
    for file in plain:
        if file.sample.place.path.resolve() in joined_by_preset:
            file.unused = msg("it is joined to another file")
    known = _customer_numbers(found)
    for file in plain:
        linked = linked_shares(file.sample, file.evidence, {k: v for k, v in known.items() if k != file.name})
        file.guesses = guess_tables(PurePath(file.name).stem, file.sample.header, file.evidence, linked)
    for file in plain:
        _complete(file, plain)
    lines = [(file.sample, file.guess) for file in plain if file.is_source]
    for file in plain:
        told = repeats_of(file.sample, file.guess, lines) if file.is_source else None
        if told is not None:
            file.unused = msg("its documents are in {file}, line by line", file=told.place.file)


def _complete(file: _File, plain: Sequence[_File]) -> None:
    guess = next(one for one in file.guesses if one.table == "transactions")
    if file.unused or (not file.guess.missing and file.guess.score >= 0.5):
        return
    joint = complete_lines(file.sample, guess, [other.sample for other in plain if other.sample.place.path != Path()])
    if joint is None:
        return
    other = next(one for one in plain if one.sample is joint.other)
    if other.guess.table == "transactions" or other.guess.missing:
        other.unused = msg("it is joined to {file}", file=file.name)
    file.sample, file.guesses = joint.sample, [joint.guess]
    file.evidence, file.lookup = joint.sample.evidence(), (joint.other, joint.on)


def _customer_numbers(found: Sequence[_File]) -> dict[str, frozenset[str]]:
    known = {}
    for file in found:
        for match in file.matches:
            header = next((name for name, column in match.headers if column == "customer_id"), "")
            if match.preset.keys["table"] == "customers" and header in match.sample.header:
                known[file.name] = numbers_of(match.sample, header)
        guess = file.guess.of("customer_id") if not file.matches and file.guess.table == "customers" else None
        if guess and not file.guess.missing:
            known[file.name] = numbers_of(file.sample, guess.header)
    return known


def _draft(file: _File, threshold: float) -> list[Proposed]:
    if file.matches:
        return [Proposed.from_preset(match) for match in file.matches]
    draft = draft_source(file.sample, file.evidence, file.guess, threshold)
    return [Proposed.from_draft(draft, file.lookup)]


def _no_table(file: _File) -> Message:
    if not file.sample.rows:
        return msg("it has no rows")
    return msg("no table fits it")


def _home(found: Sequence[_File]) -> tuple[str, str]:
    """Country and currency of exports that name none: China where headers are Chinese."""
    headers = "".join(header for file in found for header in file.sample.header)
    return ("CN", "CNY") if any("\u4e00" <= sign <= "\u9fff" for sign in headers) else ("US", "USD")


def _columns(proposed: Sequence[Proposed]) -> pd.DataFrame:
    say = Words("en")
    rows = [
        (one.file, one.table, line.header, line.name, line.confidence, "; ".join(map(say, line.evidence)))
        for one in proposed
        for line in one.lines
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
