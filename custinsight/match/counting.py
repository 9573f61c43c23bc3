"""How many customers there are, with an interval.

The truth is a partition of the records; its number of customers is the number of records less the number of joins that
are needed to make it. Each join that was made, and each that could still be made, is right with some probability, so
the number of right joins is Poisson-binomial (Wang, Y. H. (1993), On the number of successes in independent trials,
Statistica Sinica 3). What each weight is worth is not known exactly either and is drawn with it
(:mod:`custinsight.match.calibrate`), which is by far the larger part of the interval as long as there are few labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from custinsight.match.calibrate import DRAWS, MOST, Calibration, chances
from custinsight.match.clusters import LEAST_WEIGHT, MOST_WEIGHT, components

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_BINS_PER_BIT = 4


class Count(NamedTuple):
    """Number of customers: as probable as not, and the ends of its interval."""

    middle: int
    low: int
    high: int


def count_customers(
    clusters: Ints,
    left: Ints,
    right: Ints,
    weight: Floats,
    calibration: Calibration,
    *,
    same: Sequence[tuple[int, int]] = (),
    apart: npt.NDArray[np.bool_] | None = None,
    seed: int,
    level: float = 0.9,
) -> Count:
    """Estimate how many customers there are.

    Parameters
    ----------
    clusters : array of int
        Cluster of each record.
    left, right, weight : array
        Pairs that were compared.
    calibration : Calibration
    same : sequence of (int, int)
        Pairs that are one customer for certain.
    apart : array of bool, optional
        Pairs that cannot be one customer: other tax numbers, or a person's decision.
    seed : int
    level : float

    Returns
    -------
    Count

    Examples
    --------
    >>> pair = np.array([0]), np.array([1]), np.array([15.0])
    >>> count_customers(np.array([0, 0, 2]), *pair, Calibration(), seed=1)
    Count(middle=2, low=2, high=2)
    """
    n = len(clusters)
    ends = np.array(list(same), np.int64).reshape(-1, 2)
    whole = components(n, ends[:, 0], ends[:, 1])
    free = np.ones(len(left), bool) if apart is None else ~apart
    inside = clusters[left] == clusters[right]
    made = _best_forest(n, whole[left[inside]], whole[right[inside]], weight[inside])
    open_ = free & ~inside
    groups = _mean_between(clusters, left[open_], right[open_], weight[open_])
    possible = _best_forest(n, *groups)
    joins = np.r_[made, possible]
    bins, count = np.unique(np.round(np.clip(joins, -MOST, MOST) * _BINS_PER_BIT), return_counts=True)
    rng = np.random.default_rng(seed)
    offset, slope = calibration.draws(rng)
    right_joins = rng.binomial(count, chances(offset + slope * bins / _BINS_PER_BIT), size=(DRAWS, len(bins))).sum(1)
    drawn = len(np.unique(whole)) - right_joins
    low, middle, high = np.quantile(drawn, [(1 - level) / 2, 0.5, (1 + level) / 2], method="nearest").tolist()
    return Count(int(middle), int(low), int(high))


def _mean_between(clusters: Ints, left: Ints, right: Ints, weight: Floats) -> tuple[Ints, Ints, Floats]:
    """Mean weight between each two clusters that share a pair; pairs not compared count as in clustering."""
    size = np.bincount(clusters, minlength=len(clusters))
    a, b = clusters[left], clusters[right]
    code = np.minimum(a, b) * len(clusters) + np.maximum(a, b)
    pairs, place, seen = np.unique(code, return_inverse=True, return_counts=True)
    total = np.bincount(place, np.clip(weight, LEAST_WEIGHT, MOST_WEIGHT), len(pairs))
    first, second = pairs // max(len(clusters), 1), pairs % max(len(clusters), 1)
    possible = size[first] * size[second]
    return first, second, (total + (possible - seen) * LEAST_WEIGHT) / np.maximum(possible, 1)


def _best_forest(n: int, left: Ints, right: Ints, weight: Floats) -> Floats:
    """Weights of the joins that make the groups with the best pairs: a spanning forest."""
    keep = left != right
    left, right, weight = np.minimum(left, right)[keep], np.maximum(left, right)[keep], weight[keep]
    order = np.lexsort((-weight, right, left))
    left, right, weight = left[order], right[order], weight[order]
    first = np.r_[True, (left[1:] != left[:-1]) | (right[1:] != right[:-1])][: len(left)]
    # a graph knows no edge of length 0
    length = 2 * MOST - np.clip(weight[first], -MOST, MOST)
    tree = minimum_spanning_tree(coo_array((length, (left[first], right[first])), shape=(n, n)).tocsr())
    return np.asarray(2 * MOST - tree.data)
