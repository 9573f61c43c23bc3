"""Weak bridges that were cut: pairs as probable as the threshold whose records ended in different clusters, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from custinsight.match.clusters import LARGEST

Ints = npt.NDArray[np.int64]

DECIDED, TAX_ID, BRANCH, TOO_LARGE, AVERAGE = "decided", "tax_id", "branch", "too_large", "average"
"""Why a bridge was cut: a person decided so; other tax numbers or branches; too many records; the others disagree."""


def find_bridges(
    left: Ints,
    right: Ints,
    weight: npt.NDArray[np.float64],
    clusters: Ints,
    unlimited: Ints,
    *,
    cut: float,
    labels: Mapping[str, Mapping[int, str]],
    different: Sequence[tuple[int, int]] = (),
) -> tuple[Ints, list[str]]:
    """Find the pairs above the cut whose records are different customers.

    Parameters
    ----------
    left, right, weight : array
        Pairs.
    clusters, unlimited : array of int
        Cluster of each record, and what it were if a customer could have any number of records.
    cut : float
    labels : mapping
        ``tax_id`` and ``branch``: labels of records that keep them apart.
    different : sequence of (int, int)
        Pairs that a person decided to be different customers.

    Returns
    -------
    places : array of int
        Places of the pairs that were cut.
    why : list of str
        ``decided``, ``tax_id``, ``branch``, ``too_large`` or ``average``.

    Examples
    --------
    >>> left, right, weight = np.array([0, 1, 2]), np.array([1, 2, 3]), np.array([9.0, 4.5, 9.0])
    >>> groups = np.array([0, 0, 2, 2])
    >>> places, why = find_bridges(left, right, weight, groups, groups, cut=4, labels={})
    >>> places.tolist(), why
    ([1], ['average'])
    """
    ends = clusters[left], clusters[right]
    places = np.flatnonzero((weight >= cut) & (ends[0] != ends[1]))
    there = [label_sets(clusters, places, ends, labels[name]) if name in labels else {} for name in (TAX_ID, BRANCH)]
    apart = {frozenset((int(clusters[a]), int(clusters[b]))) for a, b in different}
    why = []
    for place in places.tolist():
        a, b = int(ends[0][place]), int(ends[1][place])
        if frozenset((a, b)) in apart:
            why.append(DECIDED)
        elif conflict := next(
            (n for n, known in zip((TAX_ID, BRANCH), there, strict=True) if _conflict(known, a, b)), ""
        ):
            why.append(conflict)
        else:
            is_large = unlimited[left[place]] == unlimited[right[place]]
            why.append(TOO_LARGE if is_large else AVERAGE)
    return places, why


def label_sets(
    clusters: Ints, places: Ints, ends: tuple[Ints, Ints], label: Mapping[int, str]
) -> dict[int, frozenset[str]]:
    """Labels of the clusters that pairs lead to."""
    wanted = np.unique(np.r_[ends[0][places], ends[1][places]])
    known: dict[int, frozenset[str]] = {}
    for record in np.flatnonzero(np.isin(clusters, wanted)).tolist():
        if record in label:
            group = int(clusters[record])
            known[group] = known.get(group, frozenset()) | {label[record]}
    return known


def _conflict(known: Mapping[int, frozenset[str]], a: int, b: int) -> bool:
    return a in known and b in known and known[a].isdisjoint(known[b])


def sizes_of(clusters: Ints) -> Ints:
    """Number of records in the cluster of each record.

    Examples
    --------
    >>> sizes_of(np.array([0, 0, 2])).tolist()
    [2, 2, 1]
    """
    return np.bincount(clusters, minlength=len(clusters))[clusters]


def implausible(unlimited: Ints, largest: int = LARGEST) -> Ints:
    """Numbers of the clusters that would be larger than is plausible."""
    return np.asarray(np.unique(unlimited[sizes_of(unlimited) > largest]), np.int64)
