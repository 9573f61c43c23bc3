"""Filled-in review workbooks taken back: all of their answers, or none when a row cannot be understood."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from custinsight.deciding import keep_decisions, user_name
from custinsight.engine import collect
from custinsight.errors import SourceError
from custinsight.ingest.places import Place
from custinsight.ingest.sheet_process import SheetProcess
from custinsight.ingest.workbooks import require_safe_workbook
from custinsight.match import Decision
from custinsight.match.decisions import ASKED, Record, now
from custinsight.report.review_file import ANSWERS, RECORD_COLUMNS, TITLES, pair_key
from custinsight.words import Words, languages


@dataclass(frozen=True)
class TakenBack:
    """What became of a workbook's rows.

    Parameters
    ----------
    file : str
    rows : int
        Rows with a pair.
    taken : int
        Answers that were written down.
    unanswered : int
    known : int
        Answers that were in force already.
    """

    file: str
    rows: int
    taken: int
    unanswered: int
    known: int


def take_back(audit: Any, files: Sequence[Path], *, who: str = "") -> list[TakenBack]:
    """Read filled-in review workbooks into an audit's decisions.

    Parameters
    ----------
    audit : custinsight.Audit
    files : sequence of Path
    who : str
        Who decided; the user's name on this machine when empty.

    Returns
    -------
    list of TakenBack
        One per file. Taking a file back twice changes nothing.

    Raises
    ------
    SourceError
        A file is no review workbook, or a row holds an answer or a pair that nobody asked for; nothing is written.
    DataError
        The answers contradict each other or earlier decisions; nothing is written.
    """
    at, by = now(), who or user_name()
    read = [_read(path) for path in files]
    _require_known(audit, [row for rows in read for row in rows])
    given: dict[Any, _Row] = {}
    for row in (row for rows in read for row in rows if row.answer):
        first = given.setdefault(frozenset((row.left, row.right)), row)
        if first.answer != row.answer:
            raise SourceError(
                "{at}: the answer must agree with that of {other}, which is about the same pair.",
                at=row.at,
                other=first.at,
            )
    decisions = [Decision(row.left, row.right, at, row.answer, by, ASKED, row.origin) for row in given.values()]
    fresh = {each.pair for each in keep_decisions(audit, decisions)}
    return [_tally(path.name, rows, fresh) for path, rows in zip(files, read, strict=True)]


def _tally(file: str, rows: list[_Row], fresh: set[Any]) -> TakenBack:
    answered = [row for row in rows if row.answer]
    pairs = {tuple(sorted((row.left, row.right))) for row in answered}
    taken = len(pairs & fresh)
    fresh -= pairs  # a pair that stands in two files was taken from the first
    return TakenBack(file, len(rows), taken, len(rows) - len(answered), len(answered) - taken)


@dataclass(frozen=True)
class _Row:
    at: str
    left: Record
    right: Record
    answer: str
    origin: str


def _read(path: Path) -> list[_Row]:
    if not path.is_file() or path.suffix.lower() != ".xlsx":
        raise SourceError("{file} must be a review workbook (.xlsx), got none. Name the file.", file=path.name)
    place = Place(path, path.name, "review")
    try:
        require_safe_workbook(place)
        process = SheetProcess(place, None, 1, ".")
    except (SourceError, OSError, ValueError) as error:
        raise SourceError(
            "{file} cannot be read as a review workbook. Open it, and save it anew as xlsx without a password.",
            file=path.name,
        ) from error
    try:
        columns = _find_columns(process.head, path.name)
        tables = list(process.tables(65_536))
        origin = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        return [row for table in tables for row in _rows(table, columns, f"{path.name}, {process.sheet}", origin)]
    finally:
        process.close()


def _find_columns(head: list[list[str]], file: str) -> dict[str, int]:
    """Find the columns by their headings, in whichever language they are."""
    names = {words(title).casefold(): name for words in _languages() for name, title in TITLES.items()}
    header = head[0] if head else []
    found = {names[cell.strip().casefold()]: n for n, cell in enumerate(header) if cell.strip().casefold() in names}
    if lacking := [Words("en")(title) for name, title in TITLES.items() if name not in found]:
        raise SourceError(
            "{file} must have the columns of a review workbook, got none called {columns}.",
            file=file,
            columns=", ".join(lacking),
        )
    return found


def _languages() -> list[Words]:
    return [Words(language) for language in languages()]


def _rows(table: pa.Table, columns: dict[str, int], sheet: str, origin: str) -> list[_Row]:
    answers = {words(title).casefold(): code for words in _languages() for code, title in ANSWERS.items()}
    answers |= {code: code for code in ANSWERS} | {"": ""}
    names = ("answer", *RECORD_COLUMNS, "key")
    cells = {name: [value or "" for value in table[f"c{columns[name]}"].to_pylist()] for name in names}
    rows = []
    for number, row in zip(table["line"].to_pylist(), zip(*cells.values(), strict=True), strict=True):
        if not any(cell.strip() for cell in row):
            continue
        answer, system_l, id_l, system_r, id_r, key = row
        at = f"{sheet}, {number}"
        if answer.strip().casefold() not in answers:
            raise SourceError(
                "{at}: the answer must be Same, Different or Not sure, got another. Choose one from the list.", at=at
            )
        left, right = (system_l, id_l), (system_r, id_r)
        if pair_key(left, right) != key.strip():
            raise SourceError(
                "{at}: the systems and numbers must be those that the row was written with, got others. "
                "Copy the row anew from the workbook as it was.",
                at=at,
            )
        rows.append(_Row(at, left, right, answers[answer.strip().casefold()], origin))
    return rows


def _require_known(audit: Any, rows: list[_Row]) -> None:
    """Refuse pairs of records that the audit does not have."""
    customers = audit.read("customers")
    wanted = sorted({number for row in rows for _, number in (row.left, row.right)})
    own = customers.filter(customers.source_id.isin(wanted)).select("source_system", "source_id")
    frame = collect(own.distinct(), max_rows=None)
    known = set(zip(frame["source_system"], frame["source_id"], strict=True))
    for row in rows:
        if row.left not in known or row.right not in known:
            raise SourceError("{at}: the pair must be one of this audit's records, got an unknown one.", at=row.at)
