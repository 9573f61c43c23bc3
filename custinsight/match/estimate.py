"""How many of the joined pairs are right, and how many right ones are joined, with intervals.

Pairs are put into strata by whether the model joins them and by their weight. Within a stratum the labelled pairs stand
for the others, so it does no harm that doubtful pairs are labelled more often than sure ones; a stratum's share has the
Beta posterior whose prior is worth two labels that answer as the model says (Marchant, N. G. and Rubinstein, B. I. P.
(2017), In search of an entity resolution OASIS, PVLDB 10(11); Cochran, W. G. (1977), Sampling techniques, chapter 5),
and a doubt of half a label, shared among the strata of a side (Jeffreys' prior; given to each of them, it would count
rare errors many times). Where no label speaks against it, an interval reaches up to 1 (Brown, L. D., Cai, T. T.
and DasGupta, A. (2001), Interval estimation for a binomial proportion, Statistical Science 16).
Only pairs that were compared are spoken of; what no rule brought together is in neither number.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from custinsight.match.calibrate import DRAWS, Calibration, chances

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

STRATA = (-2.0, 0.0, 2.0, 4.0, 6.0, 9.0, 13.0)
"""Weights (bits) between which pairs are taken as alike."""

FEWEST_ON_EACH_SIDE = 10
"""Labels among the joined pairs, and among the others, from which on the estimate is made from labels.

Where a side has few pairs, half of them will do.
"""

LABELS, MODEL = "labels", "model"
_PRIOR, _HALF, _TINY = 2.0, 0.5, 1e-6


@dataclass(frozen=True)
class Quality:
    """Precision and recall of the pairs that the model joins by itself.

    Parameters
    ----------
    precision, recall : (float, float, float)
        Estimate, and the ends of its interval.
    basis : str
        ``labels``, or ``model`` where there are too few: the model's own word, its usual error allowed for.
    labels : int
        Labelled pairs.
    """

    precision: tuple[float, float, float]
    recall: tuple[float, float, float]
    basis: str
    labels: int


def estimate_quality(
    weight: Floats,
    joined: Bools,
    labelled: npt.NDArray[np.int64],
    same: Bools,
    calibration: Calibration,
    *,
    seed: int,
    level: float = 0.9,
) -> Quality:
    """Estimate precision and recall.

    Parameters
    ----------
    weight, joined : array
        Match weight (bits) of each pair that was compared, and whether the model joins it.
    labelled : array of int
        Places of the labelled pairs, of which a list asked; volunteered ones are no sample.
    same : array of bool
        Their answers.
    calibration : Calibration
        What the weights are worth.
    seed : int
    level : float
        Probability that an interval is to hold the truth with.

    Returns
    -------
    Quality

    Examples
    --------
    >>> weight = np.repeat([12.0, 1.0], 100)
    >>> joined, labelled = weight > 4, np.arange(80, 120)
    >>> found = estimate_quality(weight, joined, labelled, labelled < 105, Calibration(), seed=1)
    >>> found.basis, [round(value, 2) for value in found.recall]
    ('labels', [0.78, 0.7, 0.85])
    """
    stratum = np.searchsorted(STRATA, weight) * 2 + joined
    size = np.bincount(stratum, minlength=2 * len(STRATA) + 2).astype(float)
    is_joined = np.arange(len(size)) % 2 == 1
    rng = np.random.default_rng(seed)
    needed = np.minimum(FEWEST_ON_EACH_SIDE, np.ceil(np.bincount(joined.astype(int), minlength=2) / 2))
    if len(labelled) and (np.bincount(joined[labelled].astype(int), minlength=2) >= needed).all():
        shares, basis = _shares_by_labels(weight, stratum, labelled, same, size, calibration, rng), LABELS
    else:
        shares, basis = _shares_by_model(weight, stratum, size, calibration, rng), MODEL
    right = shares * size
    found, missed = right[:, is_joined].sum(1), right[:, ~is_joined].sum(1)
    precision = found / max(size[is_joined].sum(), 1e-12) if size[is_joined].any() else np.ones(DRAWS)
    recall = found / np.maximum(found + missed, 1e-12) if size[is_joined].any() else np.ones(DRAWS)
    at_best = [basis == LABELS and not bool((same != side)[joined[labelled] == side].any()) for side in (True, False)]
    ends = [_summary(drawn, level) for drawn in (precision, recall)]
    ends = [(middle, low, 1.0 if best else high) for (middle, low, high), best in zip(ends, at_best, strict=True)]
    return Quality(ends[0], ends[1], basis, len(labelled))


def _shares_by_labels(
    weight: Floats,
    stratum: npt.NDArray[np.int64],
    labelled: npt.NDArray[np.int64],
    same: Bools,
    size: Floats,
    calibration: Calibration,
    rng: np.random.Generator,
) -> Floats:
    """Draw each stratum's share of right pairs from its posterior."""
    expected = chances(calibration.offset + calibration.slope * weight)
    mean = np.bincount(stratum, expected, len(size)) / np.maximum(size, 1)
    seen = np.bincount(stratum[labelled], minlength=len(size))
    right = np.bincount(stratum[labelled], same.astype(float), len(size))
    sides = size.reshape(-1, 2)
    doubt = _HALF * (sides / np.maximum(sides.sum(0), 1)).ravel() + _TINY
    prior = doubt + _PRIOR * mean, doubt + _PRIOR * (1 - mean)
    drawn = rng.beta(prior[0] + right, prior[1] + seen - right, size=(DRAWS, len(size)))
    # what was labelled is known; only the rest of a stratum is estimated
    rest = np.maximum(size - seen, 0)
    return np.asarray((right + drawn * rest) / np.maximum(size, 1))


def _shares_by_model(
    weight: Floats,
    stratum: npt.NDArray[np.int64],
    size: Floats,
    calibration: Calibration,
    rng: np.random.Generator,
) -> Floats:
    """Draw the shares from what the model may be wrong by."""
    middle = np.bincount(stratum, np.clip(weight, -20, 20), len(size)) / np.maximum(size, 1)
    offset, slope = calibration.draws(rng)
    return chances(offset + slope * middle)


def _summary(drawn: Floats, level: float) -> tuple[float, float, float]:
    low, middle, high = np.quantile(drawn, [(1 - level) / 2, 0.5, (1 + level) / 2]).round(6).tolist()
    return middle, low, high


def choose_controls(
    left: list[str], right: list[str], places: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.int64]:
    """Choose pairs at random, the same ones as long as they are there: those whose numbers have the smallest digests.

    Parameters
    ----------
    left, right : list of str
        Numbers of the customers of each of the ``places``.
    places : array of int
    count : int

    Returns
    -------
    array of int
        Some of the places, sorted.

    Examples
    --------
    >>> choose_controls(["a", "b", "c"], ["x", "y", "z"], np.array([4, 7, 9]), 5).tolist()
    [4, 7, 9]
    """
    texts = np.array([f"{a}|{b}" for a, b in zip(left, right, strict=True)], dtype=object)
    order = np.argsort(pd.util.hash_array(texts), kind="stable")
    return np.sort(places[order[:count]])
