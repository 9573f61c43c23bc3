"""What a match weight is really worth: the model's own word, corrected by labelled pairs.

A Fellegi-Sunter model takes its columns as independent and is therefore surer than it should be (Belin, T. R. and
Rubin, D. B. (1995), A method for calibrating false-match rates in record linkage, JASA 90). Here the log-odds of a
pair are offset + slope x weight (Platt, J. (1999), Probabilistic outputs for support vector machines); offset and
slope start from a prior around 0 and 1, as wide as such models usually err, and labelled pairs sharpen them (Laplace's
approximation: MacKay, D. (1992), The evidence framework applied to classification networks). A pair is picked for
labelling by its weight, never by its answer, so picking mostly doubtful ones does not bias the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

PRIOR_SPREAD = (1.5, 0.2)
"""Standard deviation of the offset (bits) and of the slope before any label."""

FEWEST_LABELS, FEWEST_OF_EACH = 30, 5
"""Labels, and labels of either answer, from which on they set the threshold."""

DRAWS = 2_000
MOST = 20.0
"""Weights (bits) beyond this say the same: as good as certain."""

_LN2 = math.log(2)


@dataclass(frozen=True)
class Calibration:
    """Log-odds of a pair, in bits: ``offset + slope * weight``.

    Parameters
    ----------
    offset, slope : float
    covariance : tuple of tuple of float
        Of offset and slope.
    labels, same : int
        Labelled pairs it was learnt from, and those among them that are one customer.
    """

    offset: float = 0.0
    slope: float = 1.0
    covariance: tuple[tuple[float, float], tuple[float, float]] = (
        (PRIOR_SPREAD[0] ** 2, 0.0),
        (0.0, PRIOR_SPREAD[1] ** 2),
    )
    labels: int = 0
    same: int = 0

    @property
    def is_enough(self) -> bool:
        """Whether there are labels enough to set thresholds by."""
        return self.labels >= FEWEST_LABELS and min(self.same, self.labels - self.same) >= FEWEST_OF_EACH

    def weight_of(self, bits: float) -> float:
        """Weight that a pair must have for its log-odds to be so many bits."""
        return (bits - self.offset) / self.slope

    def draws(self, rng: Any) -> tuple[Floats, Floats]:
        """Offsets and slopes as probable as the labels leave them: columns of :data:`DRAWS` values."""
        drawn = rng.multivariate_normal((self.offset, self.slope), self.covariance, size=DRAWS, method="cholesky")
        return drawn[:, :1], np.maximum(drawn[:, 1:], 0.05)


def calibrate(weight: Floats, same: npt.NDArray[np.bool_]) -> Calibration:
    """Learn what weights are worth from labelled pairs.

    Parameters
    ----------
    weight : array of float
        Match weight (bits) of each labelled pair.
    same : array of bool
        Whether it is one customer.

    Returns
    -------
    Calibration

    Examples
    --------
    Half of the pairs that the model gives 4 bits (94 %) are wrong.

    >>> learnt = calibrate(np.repeat([4.0, 12.0], 40), np.r_[np.arange(40) % 2 == 0, np.ones(40, bool)])
    >>> round(learnt.weight_of(4.0)), learnt.is_enough
    (8, True)
    """
    x = np.c_[np.ones(len(weight)), np.clip(weight, -MOST, MOST)]
    at = prior = np.array([0.0, 1.0])
    precision = np.diag([spread**-2 for spread in PRIOR_SPREAD])
    for _ in range(50):
        chance = _chance(x @ at)
        gradient = _LN2 * x.T @ (same - chance) - precision @ (at - prior)
        hessian = _LN2**2 * (x.T * (chance * (1 - chance))) @ x + precision
        step = np.linalg.solve(hessian, gradient)
        # a full step from afar may overshoot where the curve is flat
        at = at + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if float(np.abs(step).max()) < 1e-9:
            break
    (a, b), (c, d) = np.linalg.inv(hessian).round(12).tolist()
    slope = max(round(float(at[1]), 9), 0.05)
    return Calibration(round(float(at[0]), 9), slope, ((a, b), (c, d)), len(weight), int(same.sum()))


def _chance(bits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp2(-np.clip(bits, -60, 60))))


def chances(bits: Floats) -> Floats:
    """Turn log-odds in bits into probabilities.

    Examples
    --------
    >>> chances(np.array([0.0])).tolist()
    [0.5]
    """
    return _chance(bits)
