"""From pairs to customers: groups of records are joined only when all their pairs together speak for it.

Plain connected components join two groups by one wrong pair. Here two groups are joined when their best pair is sure
enough and the mean of all pairs between them speaks for one customer, a pair that was not even worth comparing
counting against it (average linkage with cannot-link constraints); never when the records carry different valid tax
numbers or belong to different branches.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LEAST_WEIGHT, MOST_WEIGHT = -5.0, 15.0
"""Bounds of a pair's weight (bits) in a mean, so that no single pair outweighs all others."""

LARGEST = 50
"""Records of one customer at most; what would grow larger is left apart."""


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
    labels: Sequence[Mapping[int, str]] = (),
    same: Sequence[tuple[int, int]] = (),
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
        Each maps records to a label; groups with different labels of one mapping are never joined.
    same : sequence of (int, int)
        Pairs known to be together, whatever else speaks against it.

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
    """
    groups = _Groups(n, left, right, np.clip(weight, LEAST_WEIGHT, MOST_WEIGHT), labels)
    for a, b in same:
        groups.put_together(groups.find(a), groups.find(b))
    while groups.heap:
        negative_mean, a, b = heapq.heappop(groups.heap)
        if negative_mean > 0:
            break
        if groups.is_current(a, b, -negative_mean) and groups.may_join(a, b, cut):
            groups.join(a, b)
    return np.fromiter((groups.find(record) for record in range(n)), np.int64, n)


class _Groups:
    """The clusters so far, by their smallest record, and the pairs between those that share any."""

    def __init__(self, n: int, left: Ints, right: Ints, weight: Floats, labels: Sequence[Mapping[int, str]]) -> None:
        self.parent = list(range(n))
        self.size = [1] * n
        self.labels = [dict(mapping) for mapping in labels]
        self.between: dict[int, dict[int, Between]] = {}
        self.heap: list[tuple[float, int, int]] = []
        for a, b, w in zip(left.tolist(), right.tolist(), weight.tolist(), strict=True):
            self.between.setdefault(a, {})[b] = self.between.setdefault(b, {})[a] = Between(w, 1, w)
            self.heap.append((-round(w, 9), a, b))
        heapq.heapify(self.heap)

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
        if self.between[a][b].best < cut or self.size[a] + self.size[b] > LARGEST:
            return False
        return all(a not in mapping or b not in mapping or mapping[a] == mapping[b] for mapping in self.labels)

    def put_together(self, a: int, b: int) -> None:
        if a != b:
            for one in (a, b):
                self.between.setdefault(one, {})
            self.join(a, b)

    def join(self, a: int, b: int) -> None:
        a, b = min(a, b), max(a, b)
        near, far = self.between[a], self.between.pop(b)
        near.pop(b, None)
        far.pop(a, None)
        self.parent[b] = a
        self.size[a] += self.size[b]
        for mapping in self.labels:
            if b in mapping:
                mapping.setdefault(a, mapping[b])
        for other, new in far.items():
            old = near.get(other, Between(0.0, 0, LEAST_WEIGHT))
            both = Between(old.total + new.total, old.seen + new.seen, max(old.best, new.best))
            near[other] = self.between[other][a] = both
            del self.between[other][b]
        for other in near:
            heapq.heappush(self.heap, (-self.mean(a, other), min(a, other), max(a, other)))
