"""How many clusters can be found again in resampled data: k-means and the bootstrap of Hennig (2007)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

STABLE = 0.75
DOUBTFUL = 0.6
APART = 0.8
_KINDS = {"clusters": "int64", "cluster": "int64", "jaccard": "float64", "silhouette": "float64"}


@dataclass(frozen=True)
class Centres:
    """Centres of the chosen clusters (largest first, one row each), how stable each number was, and the verdict."""

    centres: np.ndarray
    stability: pd.DataFrame
    verdict: str


def choose_centres(
    points: np.ndarray, k: Sequence[int], *, resamples: int = 20, smallest: float = 0.02, seed: int = 0
) -> Centres:
    """Choose the number of clusters by their stability.

    Of the numbers whose clusters are all stable, the largest is taken that keeps the clusters nearly as far apart as
    the best of them does: stability alone would cut even a straight line into as many pieces as one likes.

    Parameters
    ----------
    points : array of shape (n, d)
        Scaled features.
    k : sequence of int
        Numbers of clusters tried; one that leaves fewer than ten points to a cluster is not.
    resamples : int
    smallest : float
        Least share of the points in a cluster.
    seed : int

    Returns
    -------
    Centres

    Examples
    --------
    >>> chance = np.random.default_rng(1)
    >>> found = choose_centres(np.r_[chance.normal(0, 1, (100, 2)), chance.normal(20, 1, (100, 2))], range(2, 5))
    >>> len(found.centres), found.verdict
    (2, 'stable')
    """
    from sklearn.metrics import silhouette_score

    distinct = len(np.unique(points, axis=0)) if points.size else 0
    tried: list[tuple[int, np.ndarray, np.ndarray, float]] = []
    for number in sorted(set(k)):
        if number < 2 or number > distinct or number * 10 > len(points):
            continue
        centres, labels = _fit(points, number, seed)
        if np.bincount(labels, minlength=number).min() >= max(smallest * len(points), 1):
            found = bootstrap_jaccard(points, labels, number, resamples, seed)
            tried.append((number, centres, found, float(silhouette_score(points, labels))))
    rows = [
        (number, place, value, apart)
        for number, _, found, apart in tried
        for place, value in enumerate(found.tolist(), start=1)
    ]
    stability = pd.DataFrame(rows, columns=list(_KINDS)).astype(_KINDS)
    for least, verdict in ((STABLE, "stable"), (DOUBTFUL, "doubtful")):
        good = [(number, centres, apart) for number, centres, found, apart in tried if found.min() >= least]
        if good:
            widest = max(apart for *_, apart in good)
            far = [(number, centres) for number, centres, apart in good if apart >= APART * widest]
            return Centres(max(far, key=lambda one: one[0])[1], stability, verdict)
    return Centres(points[:0], stability, "none")


def bootstrap_jaccard(points: np.ndarray, labels: np.ndarray, number: int, resamples: int, seed: int) -> np.ndarray:
    """Mean Jaccard similarity of each cluster with the most similar one of each resample.

    Parameters
    ----------
    points : array of shape (n, d)
    labels : array of shape (n,)
        Clusters 0 ... number - 1 of all points.
    number, resamples, seed : int

    Returns
    -------
    array of shape (number,)
        A cluster of which a resample has no point counts 0 there.
    """
    chance = np.random.default_rng(seed)
    found = np.zeros((resamples, number))
    for turn in range(resamples):
        drawn = chance.integers(0, len(points), len(points))
        if len(np.unique(points[drawn], axis=0)) < number:
            continue
        _, again = _fit(points[drawn], number, seed + turn)
        there, first = np.unique(drawn, return_index=True)
        table = np.zeros((number, number))
        np.add.at(table, (labels[there], again[first]), 1)
        either = table.sum(axis=1, keepdims=True) + table.sum(axis=0, keepdims=True) - table
        found[turn] = (table / np.maximum(either, 1)).max(axis=1)
    return found.mean(axis=0)


def _fit(points: np.ndarray, number: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Centres and labels of k-means, the largest cluster first."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    # threads add up in an order of their own, and the last digits decide a point between two centres
    with threadpool_limits(1):
        fitted = KMeans(number, n_init=3, random_state=seed).fit(points)
    sizes = np.bincount(fitted.labels_, minlength=number)
    centres = np.round(fitted.cluster_centers_, 9)
    order = np.lexsort((*centres.T[::-1], -sizes))
    place = np.empty(number, dtype=int)
    place[order] = np.arange(number)
    return centres[order], place[fitted.labels_]
