"""Decisions of people put into force: which records of this table must be together, which apart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from custinsight.engine import beside, collect
from custinsight.match.clusters import components
from custinsight.match.decisions import ASKED, DIFFERENT, NOT_SURE, SAME, Decision, Record, in_force, require_consistent

Pairs = list[tuple[int, int]]


@dataclass(frozen=True)
class Rulings:
    """Decisions as pairs of record numbers.

    Parameters
    ----------
    same, different : list of (int, int)
        What holds; a contact of a company is spoken of by its company's record.
    asked : dict of (int, int) to bool
        Answers that a list asked for: the pair (smaller number first), and whether it is one customer.
    contacts : array of int
        Contacts that were decided not to belong to their company.
    answered : dict of (int, int) to str
        Every answer about the two records themselves.
    unknown : int
        Decisions about a record that is not there; they wait until it comes back.
    """

    same: Pairs = field(default_factory=list)
    different: Pairs = field(default_factory=list)
    asked: dict[tuple[int, int], bool] = field(default_factory=dict)
    contacts: npt.NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    answered: dict[tuple[int, int], str] = field(default_factory=dict)
    unknown: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is decided."""
        return not (self.same or self.different or self.asked or len(self.contacts))

    def renumbered(self, records: npt.NDArray[np.int64]) -> Rulings:
        """Number the records by their place in ``records``, which is sorted and holds all that are spoken of."""

        def place(pair: tuple[int, int]) -> tuple[int, int]:
            a, b = np.searchsorted(records, pair).tolist()
            return a, b

        same, different = [place(pair) for pair in self.same], [place(pair) for pair in self.different]
        asked = {place(pair): answer for pair, answer in self.asked.items()}
        return Rulings(same, different, asked, self.contacts, self.answered, self.unknown)


def put_in_force(decisions: Iterable[Decision], table: ibis.Table, keys: pa.Table, parents: pa.Table) -> Rulings:
    """Find the records that decisions speak of.

    Parameters
    ----------
    decisions : iterable of Decision
    table : ibis.Table
        Customers with source_system, source_id and customer_id.
    keys : pyarrow.Table
        record and customer_id.
    parents : pyarrow.Table
        record and parent: persons who are only a company's contact.

    Returns
    -------
    Rulings

    Raises
    ------
    DataError
        The decisions contradict each other.
    """
    valid = list(in_force(decisions).values())
    if not valid:
        return Rulings()
    require_consistent(valid)
    number = _numbers(valid, table, keys)
    known = [each for each in valid if each.left in number and each.right in number]
    ends = [(number[each.left], number[each.right]) for each in known]
    answered = {_ordered(a, b): each.answer for each, pairs in zip(known, ends, strict=True) for a, b in _all(pairs)}
    same = [pair for pair, answer in answered.items() if answer == SAME]
    different = [pair for pair, answer in answered.items() if answer == DIFFERENT]
    parent_of = dict(zip(parents["record"].to_pylist(), parents["parent"].to_pylist(), strict=True))
    left_alone = _decided_not_to_belong(different, same, parent_of, keys.num_rows)
    for contact in left_alone:
        del parent_of[contact]
    sampled = {
        _ordered(a, b)
        for each, pairs in zip(known, ends, strict=True)
        for a, b in _all(pairs)
        if each.how == ASKED and each.answer != NOT_SURE and a not in parent_of and b not in parent_of
    }
    return Rulings(
        _spoken_for(same, parent_of),
        _spoken_for(different, parent_of),
        {pair: answered[pair] == SAME for pair in sorted(sampled)},
        np.array(left_alone, np.int64),
        answered,
        len(valid) - len(known),
    )


def _numbers(valid: Sequence[Decision], table: ibis.Table, keys: pa.Table) -> dict[Record, list[int]]:
    """Record numbers of each source's number; a number that a source gave twice stands for both."""
    wanted = sorted({record for each in valid for record in each.pair})
    asked = ibis.memtable(pd.DataFrame(wanted, columns=["wanted_system", "wanted_id"], dtype="str"))
    asked = beside(asked, table)
    own = table.select(
        "customer_id", source_system=table.source_system.cast("string"), source_id=table.source_id.cast("string")
    )
    found = own.join(asked, [own.source_system == asked.wanted_system, own.source_id == asked.wanted_id])
    rows = collect(found.select("source_system", "source_id", "customer_id").order_by("customer_id"), max_rows=None)
    place = pd.Series(keys["record"].to_numpy(), index=keys["customer_id"].to_pandas())
    numbers: dict[Record, list[int]] = {}
    for system, source_id, record in zip(
        rows["source_system"], rows["source_id"], place.reindex(rows["customer_id"]), strict=True
    ):
        numbers.setdefault((system, source_id), []).append(int(record))
    return numbers


def _all(ends: tuple[list[int], list[int]]) -> list[tuple[int, int]]:
    return [(a, b) for a in ends[0] for b in ends[1]]


def _ordered(a: int, b: int) -> tuple[int, int]:
    return (a, b) if a < b else (b, a)


def _decided_not_to_belong(different: Pairs, same: Pairs, parent_of: dict[int, int], n: int) -> list[int]:
    """Find the contacts that a person parted from their company, or from a record that is the company."""
    columns = np.array(same, np.int64).reshape(-1, 2)
    group = components(n, columns[:, 0], columns[:, 1])
    parted = set()
    for pair in different:
        for contact, other in (pair, pair[::-1]):
            if contact in parent_of and group[parent_of[contact]] == group[parent_of.get(other, other)]:
                parted.add(contact)
    return sorted(parted)


def _spoken_for(pairs: Pairs, parent_of: dict[int, int]) -> Pairs:
    """Let companies speak for their contacts."""
    spoken = {_ordered(parent_of.get(a, a), parent_of.get(b, b)) for a, b in pairs}
    return sorted((a, b) for a, b in spoken if a != b)
