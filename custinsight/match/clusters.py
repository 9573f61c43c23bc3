"""From pairs to customers: groups of records are joined only when all their pairs together speak for it.

Plain connected components join two groups by one wrong pair. Here two groups are joined when their best pair is sure
enough and the mean of all pairs between them speaks for one customer, a pair that was not even worth comparing
counting against it (average linkage with cannot-link constraints); never when the records carry different valid tax
numbers or belong to different branches. What a person decided comes first: records decided to be one customer are
together before anything is joined, those decided to be different are never joined.

Davidson, I. and Ravi, S. S. (2005), Agglomerative hierarchical clustering with constraints, PKDD: why what must be
together is put together first, and why a greedy order cannot run into a contradiction then.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Labels = Sequence[Mapping[int, str]]
Pairs = Sequence[tuple[int, int]]

LEAST_WEIGHT, MOST_WEIGHT = -5.0, 15.0
"""Bounds of a pair's weight (bits) in a mean, so that no single pair outweighs all others."""

LARGEST = 50
"""Records that one customer may plausibly have; larger groups are taken apart and handed to a person."""

_STEP = 2.0
"""How many bits more the mean must have, each time that a group which came out too large is joined anew."""


class Between(NamedTuple):
    """The pairs between two groups: sum of their weights, their number, the best weight."""

    total: float
    seen: int
    best: float


def cluster(
    n: int,
    left: Ints,
    right: Ints,
    weight: Floats,
    *,
    cut: float,
    labels: Labels = (),
    same: Pairs = (),
    different: Pairs = (),
    largest: int = LARGEST,
) -> Ints:
    """Join records into clusters.

    Parameters
    ----------
    n : int
        Number of records.
    left, right : array of int
        Records of each pair, left < right.
    weight : array of float
        Match weight (bits) of each pair; pairs that are not given count :data:`LEAST_WEIGHT`.
    cut : float
        Weight that the best pair between two groups must have.
    labels : sequence of mappings
        Each maps records to a label; groups whose labels of one mapping have none in common are never joined.
    same, different : sequence of (int, int)
        Pairs that a person decided, free of contradictions; they win over weights, labels and size.
    largest : int
        A group that would have more records is joined anew with a mean that speaks more and more clearly for it; what
        stays too large at the clearest is left as single records. Groups that a person joined are left whole.

    Returns
    -------
    array of int
        Cluster of each record: the number of its smallest record.

    Examples
    --------
    Two pairs joined by one weak bridge stay two clusters.

    >>> left, right = np.array([0, 1, 2]), np.array([1, 2, 3])
    >>> cluster(4, left, right, np.array([9.0, 4.5, 9.0]), cut=4).tolist()
    [0, 0, 2, 2]
    >>> cluster(4, left, right, np.array([9.0, 4.5, 9.0]), cut=4, labels=[{0: "A", 1: "B"}]).tolist()
    [0, 1, 2, 2]
    >>> cluster(4, left, right, np.array([9.0, 4.5, 9.0]), cut=4, same=[(1, 2)], different=[(0, 1)]).tolist()
    [0, 1, 1, 1]
    """
    together = components(n, *_columns(same))
    apart = _both_ways(different)
    weight = np.clip(weight, LEAST_WEIGHT, MOST_WEIGHT)
    parts = _find_parts(n, left, right, weight, cut, together)
    found = together.copy()
    is_pair = (parts.size == 2) & (parts.end - parts.begin == 1)
    if apart or len(_columns(same)[0]):
        spoken_of = np.r_[np.fromiter(apart, np.int64, len(apart)), *_columns(same)]
        is_pair &= ~np.isin(parts.part_of[parts.records[parts.first]], parts.part_of[spoken_of])
    _join_pairs(parts, np.flatnonzero(is_pair), weight, cut, labels, found)
    for i in np.flatnonzero(~is_pair & (parts.size > 1)).tolist():
        found[parts.records_of(i)] = _join_part(
            _part(parts, i, left, right, weight, together, labels, apart), cut, largest
        )
    return found


def without_limit(
    n: int,
    left: Ints,
    right: Ints,
    weight: Floats,
    found: Ints,
    *,
    cut: float,
    labels: Labels = (),
    same: Pairs = (),
    different: Pairs = (),
    largest: int = LARGEST,
) -> Ints:
    """Tell which cluster each record would be in if a customer could have any number of records.

    Parameters
    ----------
    n, left, right, weight, cut, labels, same, different, largest
        As for :func:`cluster`.
    found : array of int
        Clusters that were made with these.

    Returns
    -------
    array of int
        ``found``, but for records that a chain of pairs connects with more than the largest number of others.
    """
    together, apart = components(n, *_columns(same)), _both_ways(different)
    weight = np.clip(weight, LEAST_WEIGHT, MOST_WEIGHT)
    parts = _find_parts(n, left, right, weight, cut, together)
    unlimited = found.copy()
    for i in np.flatnonzero(parts.size > largest).tolist():
        part = _part(parts, i, left, right, weight, together, labels, apart)
        unlimited[parts.records_of(i)] = _join_part(part, cut, n)
    return unlimited


def components(n: int, left: Ints, right: Ints) -> Ints:
    """Return the connected component of each record: the number of its smallest record.

    Examples
    --------
    >>> components(4, np.array([0, 2]), np.array([3, 3])).tolist()
    [0, 1, 0, 0]
    """
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(n, n))
    _, number = connected_components(graph, directed=False)
    _, first = np.unique(number, return_index=True)
    return np.asarray(first[number], np.int64)


def _columns(pairs: Pairs) -> tuple[Ints, Ints]:
    ends = np.array(list(pairs), np.int64).reshape(-1, 2)
    return ends[:, 0], ends[:, 1]


def _both_ways(pairs: Pairs) -> dict[int, set[int]]:
    others: dict[int, set[int]] = {}
    for a, b in pairs:
        others.setdefault(a, set()).add(b)
        others.setdefault(b, set()).add(a)
    return others


class _Part(NamedTuple):
    """Records that can only be joined with each other, their pairs, and what is known of them."""

    records: Ints
    left: Ints
    right: Ints
    weight: Floats
    start: Ints
    labels: Labels
    apart: Mapping[int, set[int]]


class _Parts(NamedTuple):
    """The work split: only records that a chain of pairs above the cut connects can come to one cluster.

    ``records[first[i] : first[i] + size[i]]`` are the records of a part in which there is something to join, ascending;
    ``pairs[begin[i] : end[i]]`` the places of its pairs.
    """

    part_of: Ints
    records: Ints
    first: Ints
    size: Ints
    pairs: Ints
    begin: Ints
    end: Ints

    def records_of(self, i: int) -> Ints:
        return self.records[self.first[i] : self.first[i] + self.size[i]]


def _find_parts(n: int, left: Ints, right: Ints, weight: Floats, cut: float, together: Ints) -> _Parts:
    strong = weight >= cut
    whole = np.flatnonzero(together != np.arange(n))
    part_of = components(n, np.r_[left[strong], whole], np.r_[right[strong], together[whole]])
    by_record, by_pair = np.argsort(part_of, kind="stable"), np.flatnonzero(part_of[left] == part_of[right])
    by_pair = by_pair[np.argsort(part_of[left[by_pair]], kind="stable")]
    parts, first, size = np.unique(part_of[by_record], return_index=True, return_counts=True)
    keys = part_of[left[by_pair]]
    begin, end = np.searchsorted(keys, parts), np.searchsorted(keys, parts, side="right")
    several = np.flatnonzero((size > 1) & (end > begin))
    return _Parts(part_of, by_record, first[several], size[several], by_pair, begin[several], end[several])


def _part(
    parts: _Parts,
    i: int,
    left: Ints,
    right: Ints,
    weight: Floats,
    together: Ints,
    labels: Labels,
    apart: Mapping[int, set[int]],
) -> _Part:
    records, pairs = parts.records_of(i), parts.pairs[parts.begin[i] : parts.end[i]]
    return _Part(records, left[pairs], right[pairs], weight[pairs], together[records], labels, apart)


def _join_pairs(parts: _Parts, chosen: Ints, weight: Floats, cut: float, labels: Labels, found: Ints) -> None:
    """Join parts of two records, which most are, at a stroke: as :func:`_join` does, their only pair decides."""
    a, b = parts.records[parts.first[chosen]], parts.records[parts.first[chosen] + 1]
    bits = weight[parts.pairs[parts.begin[chosen]]]
    may = (bits >= cut) & (np.round(bits, 9) >= 0)
    a, b = a[may], b[may]
    agree = [
        all(x not in label or y not in label or label[x] == label[y] for label in labels)
        for x, y in zip(a.tolist(), b.tolist(), strict=True)
    ]
    joined = np.array(agree, bool)
    found[b[joined]] = a[joined]


def _join_part(part: _Part, cut: float, largest: int) -> Ints:
    """Join the records of a part; groups that come out too large are joined anew, ever more strictly."""
    found, floor = _join(part, cut, 0.0), 0.0
    while floor < MOST_WEIGHT and len(found) > largest and (big := _too_large(part, found, largest)).any():
        floor += _STEP
        found = np.where(big, _join(part, cut, floor), found)
    # no bar is high enough: nothing tells these records apart, and nothing says that so many are one customer
    return np.where(_too_large(part, found, largest), part.start, found)


def _too_large(part: _Part, found: Ints, largest: int) -> npt.NDArray[np.bool_]:
    """Tell which records are in a group of too many, unless a person made the group as it is."""
    _, place, size = np.unique(found, return_inverse=True, return_counts=True)
    pieces = np.bincount(place, weights=part.start == part.records)
    return np.asarray((size > largest) & (pieces > 1))[place]


def _join(part: _Part, cut: float, floor: float) -> Ints:
    """Join the groups of a part, those with the highest mean first, as long as the mean is not below the floor."""
    groups = _Groups(part)
    while groups.heap:
        negative_mean, a, b = heapq.heappop(groups.heap)
        if -negative_mean < floor:
            break
        if groups.is_current(a, b, -negative_mean) and groups.may_join(a, b, cut):
            groups.join(a, b)
    return np.fromiter((groups.find(record) for record in part.records.tolist()), np.int64, len(part.records))


class _Groups:
    """The clusters so far, by their smallest record, and the pairs between those that share any."""

    def __init__(self, part: _Part) -> None:
        records = part.records.tolist()
        self.parent = dict(zip(records, part.start.tolist(), strict=True))
        # what a person put together is one thing with several faces; who is like one of them need not be like all
        self.size = dict.fromkeys(records, 1)
        self.labels = [self._labels_of(records, mapping) for mapping in part.labels]
        self.apart = self._apart(records, part.apart)
        self.between: dict[int, dict[int, Between]] = {}
        for a, b, w in zip(part.left.tolist(), part.right.tolist(), part.weight.tolist(), strict=True):
            a, b = self.parent[a], self.parent[b]
            if a != b:
                self._add(a, b, w)
        self.heap = [(-self.mean(a, b), a, b) for a, others in self.between.items() for b in others if a < b]
        heapq.heapify(self.heap)

    def _labels_of(self, records: list[int], mapping: Mapping[int, str]) -> dict[int, frozenset[str]]:
        known: dict[int, frozenset[str]] = {}
        for record in records:
            if record in mapping:
                first = self.parent[record]
                known[first] = known.get(first, frozenset()) | {mapping[record]}
        return known

    def _apart(self, records: list[int], apart: Mapping[int, set[int]]) -> dict[int, set[int]]:
        known: dict[int, set[int]] = {}
        for record in records if apart else ():
            for other in apart.get(record, ()):
                if other in self.parent:
                    known.setdefault(self.parent[record], set()).add(self.parent[other])
        return known

    def _add(self, a: int, b: int, w: float) -> None:
        best = max(w, self.between.setdefault(a, {}).get(b, Between(w, 1, w)).best)
        self.between[a][b] = self.between.setdefault(b, {})[a] = Between(best, 1, best)

    def find(self, record: int) -> int:
        while self.parent[record] != record:
            record = self.parent[record]
        return record

    def mean(self, a: int, b: int) -> float:
        pairs = self.size[a] * self.size[b]
        between = self.between[a][b]
        # rounded, so that the order in which a sum was made does not decide
        return round((between.total + (pairs - between.seen) * LEAST_WEIGHT) / pairs, 9)

    def is_current(self, a: int, b: int, mean: float) -> bool:
        return b in self.between.get(a, ()) and self.mean(a, b) == mean

    def may_join(self, a: int, b: int, cut: float) -> bool:
        if self.between[a][b].best < cut or b in self.apart.get(a, ()):
            return False
        return all(a not in known or b not in known or not known[a].isdisjoint(known[b]) for known in self.labels)

    def join(self, a: int, b: int) -> None:
        a, b = min(a, b), max(a, b)
        near, far = self.between[a], self.between.pop(b)
        del near[b], far[a]
        self.parent[b] = a
        self.size[a] += self.size[b]
        for known in self.labels:
            if b in known:
                known[a] = known.get(a, frozenset()) | known[b]
        for other in self.apart.pop(b, ()):
            self.apart[other] = self.apart[other] - {b} | {a}
            self.apart.setdefault(a, set()).add(other)
        for other, new in far.items():
            old = near.get(other, Between(0.0, 0, LEAST_WEIGHT))
            both = Between(old.total + new.total, old.seen + new.seen, max(old.best, new.best))
            near[other] = self.between[other][a] = both
            del self.between[other][b]
        for other in near:
            heapq.heappush(self.heap, (-self.mean(a, other), min(a, other), max(a, other)))
