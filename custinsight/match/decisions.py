"""What people decided about pairs of records: kept for ever, named by source and number, never by name.

A decision names two records as their sources number them, so it outlives golden ids, mappings and models. Of several
about one pair the newest counts; nothing is ever taken out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import pandas as pd

from custinsight.engine import Tabular, as_table, collect, require_columns
from custinsight.errors import DataError

SAME, DIFFERENT, NOT_SURE = "same", "different", "not_sure"
ANSWERS = (SAME, DIFFERENT, NOT_SURE)

ASKED, VOLUNTEERED = "asked", "volunteered"
"""Whether a list asked for the answer, or a person came with it on seeing a mistake: only the former is a sample."""

Record: TypeAlias = tuple[str, str]
"""source_system and source_id of a record."""


@dataclass(frozen=True, order=True)
class Decision:
    """What a person decided about two records.

    Parameters
    ----------
    left, right : (str, str)
        source_system and source_id of each record; the smaller one is put first.
    at : str
        When, in UTC, as ``2024-05-01T10:00:00Z``.
    answer : str
        ``same``, ``different`` or ``not_sure``.
    who : str
    how : str
        ``asked`` by a list, or ``volunteered``.
    origin : str
        Digest of the workbook that it came in; empty for others.

    Raises
    ------
    DataError
        The two records are one, the answer is none of the three, or ``at`` is no time.

    Examples
    --------
    >>> Decision(("ERP", "2"), ("CRM", "1"), "2024-05-01T10:00:00Z", "same").left
    ('CRM', '1')
    """

    left: Record
    right: Record
    at: str
    answer: str
    who: str = ""
    how: str = VOLUNTEERED
    origin: str = ""

    def __post_init__(self) -> None:
        if self.left == self.right:
            raise DataError("A decision must be about two records, got one twice.")
        if self.answer not in ANSWERS:
            raise DataError(
                "The answer must be one of {known}, got {answer}.", known=", ".join(ANSWERS), answer=self.answer
            )
        if self.how not in (ASKED, VOLUNTEERED):
            raise DataError("A decision must be asked or volunteered, got {how}.", how=self.how)
        try:
            dt.datetime.strptime(self.at, "%Y-%m-%dT%H:%M:%SZ")
        except (TypeError, ValueError):
            raise DataError(
                "The time of a decision must be written as 2024-05-01T10:00:00Z, got {at}.", at=self.at
            ) from None
        if self.left > self.right:
            left, right = self.right, self.left
            object.__setattr__(self, "left", left)
            object.__setattr__(self, "right", right)

    @property
    def pair(self) -> tuple[Record, Record]:
        """The two records."""
        return self.left, self.right


def now() -> str:
    """Return the time as decisions write it.

    Examples
    --------
    >>> len(now())
    20
    """
    return dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_force(decisions: Iterable[Decision]) -> dict[tuple[Record, Record], Decision]:
    """Return the decision that counts for each pair: the newest; ordered by pair.

    Raises
    ------
    DataError
        Two of one pair are of the same second and differ.

    Examples
    --------
    >>> first = Decision(("ERP", "1"), ("ERP", "2"), "2024-05-01T10:00:00Z", "same")
    >>> second = Decision(("ERP", "1"), ("ERP", "2"), "2024-06-01T10:00:00Z", "different")
    >>> [kept.answer for kept in in_force([second, first]).values()]
    ['different']
    """
    newest: dict[tuple[Record, Record], Decision] = {}
    for decision in sorted(decisions):
        before = newest.get(decision.pair)
        if before is not None and before.at == decision.at and before.answer != decision.answer:
            raise DataError(
                "{left} and {right} were decided to be {one} and {other} at the same second, {at}. "
                "Decide this pair once more.",
                left=say_record(decision.left),
                right=say_record(decision.right),
                one=before.answer,
                other=decision.answer,
                at=decision.at,
            )
        # asked for once, a pair is part of the sample, whoever decides it once more
        asked = before is not None and before.how == ASKED
        newest[decision.pair] = replace(decision, how=ASKED) if asked else decision
    return newest


def require_consistent(decisions: Iterable[Decision]) -> None:
    """Refuse decisions that contradict each other: what is the same as the same is the same.

    Raises
    ------
    DataError
        Two records are decided to be different, and a chain of decisions makes them one customer.

    Examples
    --------
    >>> a, b, c = ("ERP", "1"), ("ERP", "2"), ("ERP", "3")
    >>> day = "2024-05-01T10:00:00Z"
    >>> require_consistent([Decision(a, b, day, "same"), Decision(b, c, day, "same"), Decision(a, c, day, "different")])
    Traceback (most recent call last):
    custinsight.errors.DataError: ERP 1 and ERP 3 were decided to be different, but decisions make them one customer: \
ERP 1 = ERP 2 = ERP 3. Decide one of these pairs once more.
    """
    valid = in_force(decisions).values()
    near: dict[Record, list[Record]] = {}
    for decision in valid:
        if decision.answer == SAME:
            near.setdefault(decision.left, []).append(decision.right)
            near.setdefault(decision.right, []).append(decision.left)
    for decision in valid:
        if decision.answer == DIFFERENT and (chain := _chain(near, *decision.pair)):
            raise DataError(
                "{left} and {right} were decided to be different, but decisions make them one customer: {chain}. "
                "Decide one of these pairs once more.",
                left=say_record(decision.left),
                right=say_record(decision.right),
                chain=" = ".join(map(say_record, chain)),
            )


def _chain(near: dict[Record, list[Record]], start: Record, end: Record) -> list[Record]:
    """Find the shortest chain of equal records between two; empty when there is none."""
    came: dict[Record, Record | None] = {start: None}
    waiting = [start]
    for record in waiting:
        for other in near.get(record, ()):
            if other not in came:
                came[other] = record
                waiting.append(other)
    chain, at = [], end if end in came else None
    while at is not None:
        chain.append(at)
        at = came[at]
    return chain[::-1]


def say_record(record: Record) -> str:
    """Write a record as people do.

    Examples
    --------
    >>> say_record(("ERP", "1001"))
    'ERP 1001'
    """
    return " ".join(filter(None, record))


def split_off(
    links: Tabular, golden_id: str, records: Sequence[Record] | None = None, *, who: str = "", at: str = ""
) -> list[Decision]:
    """Write down that records of a golden customer are no part of it.

    Parameters
    ----------
    links : table
        ``Matched.links``.
    golden_id : str
    records : sequence of (source_system, source_id), optional
        Records to split off, as one customer of their own; when not given, every record becomes a customer of its own.
    who : str
    at : str
        The time; now when not given.

    Returns
    -------
    list of Decision
        Each record split off is different from each that stays.

    Raises
    ------
    DataError
        There is no such golden customer, it has one record, or a record is not one of its own.

    Examples
    --------
    >>> links = pd.DataFrame({"source_system": ["ERP"] * 2, "source_id": ["1", "2"], "golden_id": ["G", "G"]})
    >>> [(d.left, d.right, d.answer) for d in split_off(links, "G", [("ERP", "2")])]
    [(('ERP', '1'), ('ERP', '2'), 'different')]
    """
    table = as_table(links)
    require_columns(table, ("source_system", "source_id", "golden_id"), name="links")
    frame = collect(table.filter(table.golden_id == golden_id).select("source_system", "source_id"))
    members = sorted(zip(frame["source_system"], frame["source_id"], strict=True))
    if len(members) < 2:
        raise DataError(
            "The golden customer {golden_id} must have several records to be split, got {n}.",
            golden_id=golden_id,
            n=len(members),
        )
    leaving = members if records is None else sorted({(str(system), str(number)) for system, number in records})
    for record in leaving:
        if record not in members:
            raise DataError(
                "{record} is no record of the golden customer {golden_id}.",
                record=say_record(record),
                golden_id=golden_id,
            )
    at = at or now()
    apart = [(a, b) for a in leaving for b in members if (a < b if records is None else b not in leaving)]
    if not apart:
        raise DataError("At least one record of {golden_id} must stay, got all to split off.", golden_id=golden_id)
    return [Decision(a, b, at, DIFFERENT, who) for a, b in apart]


def decision_frame(decisions: Iterable[Decision]) -> pd.DataFrame:
    """Return decisions as a frame: one row per decision, ordered.

    Examples
    --------
    >>> decision_frame([]).columns.tolist()[:3]
    ['source_system_l', 'source_id_l', 'source_system_r']
    """
    rows = [(*d.left, *d.right, d.answer, d.who, d.at, d.how) for d in sorted(decisions)]
    return pd.DataFrame(rows, columns=_FRAME, dtype="str")


_FRAME = ["source_system_l", "source_id_l", "source_system_r", "source_id_r", "answer", "who", "at", "how"]
