"""What a base leaves open about a model's parameters, where the curvature of the likelihood does not say it.

Intervals usually take the parameters' logarithms as normal around the best ones, with the Hessian's covariance. Where
customers are few, or the best parameters lie at an edge such as no dropout at all, the likelihood looks different: it
is skewed, and one-sided at the edge, where the Hessian has nothing to say. There draws from the posterior distribution
stand for it, under a weak prior: each log-parameter normal around 0 with a standard deviation of 3, time measured in
mean ages of the customers. Draws come by importance sampling from a t distribution that is fitted to the posterior in a
few rounds (adaptive importance sampling: Cappé and others, 2004, Journal of Computational and Graphical Statistics 13,
907-929), always from the same random numbers.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from custinsight.clv.fitting import Objective, Optimum, covariance, maximise, thinned
from custinsight.clv.summaries import Floats, Triples

PRIOR_SD = 3.0
"""Weak prior on log-parameters behind intervals; one standard deviation is a factor of 20."""

DRAWS = 64
MOST_TRIPLES = 20_000
WIDE = float(np.log(10) / (2 * norm.ppf(0.95)))
"""A standard deviation of a log-parameter whose 90 % interval spans a factor of ten."""

_TRIED, _ROUNDS, _DEGREES = 240, 4, 5
_CHUNK = 4096

Answer = Callable[[Floats, Triples], Floats]


def needs_draws(optimum: Optimum, customers: float, distinct: int) -> bool:
    """Whether intervals are to rest on draws rather than on the Hessian.

    They are where a parameter ended at an edge or the 90 % interval of one spans more than a factor of ten, in bases of
    up to 20,000 distinct customers; in larger ones what dropout may have been missed is next to nothing.
    """
    if distinct > MOST_TRIPLES:
        return False
    spread = np.sqrt(np.diag(covariance(optimum, customers, prior_sd=PRIOR_SD)))
    return bool(not optimum.inside.all() or spread.max(initial=0.0) > WIDE)


def draw_posterior(objective: Objective, best: Floats, low: Floats, high: Floats, customers: float) -> Floats:
    """Draws of theta from its posterior distribution, one row each, all of the same weight.

    Parameters
    ----------
    objective : callable
        Mean log-likelihood and gradient, time in mean ages.
    best, low, high : ndarray, shape (k,)
        Most likely theta, minus infinity where a parameter is 0; bounds.
    customers : float
        Number behind the mean.

    Examples
    --------
    >>> hill = lambda theta: (-((theta - 1) ** 2).sum() / 2, 1 - theta)
    >>> draws = draw_posterior(hill, np.ones(1), np.full(1, -9.0), np.full(1, 9.0), customers=400.0)
    >>> draws.shape, round(float(draws.mean()), 2), round(float(draws.std()), 2)
    ((64, 1), 1.0, 0.05)
    """
    tightness = 1 / (customers * PRIOR_SD**2)

    def posterior(theta: Floats) -> tuple[float, Floats]:
        value, gradient = objective(theta)
        return value - tightness * float((theta**2).sum()) / 2, gradient - tightness * theta

    top = maximise(posterior, np.maximum(best, -2.0), low, high)
    values, vectors = np.linalg.eigh(top.information * customers)
    mean, spread = top.theta, (vectors / np.maximum(values, PRIOR_SD**-2 / 4)) @ vectors.T
    random, k = np.random.default_rng(0), len(best)
    each = random.standard_normal((_TRIED, k)) * np.sqrt(_DEGREES / random.chisquare(_DEGREES, (_TRIED, 1)))
    proposed = -(_DEGREES + k) / 2 * np.log1p((each**2).sum(axis=1) / _DEGREES)
    for _ in range(_ROUNDS):
        tried = mean + each @ np.linalg.cholesky(spread).T
        weight = _weights(posterior, tried, low, high, customers, proposed)
        mean = weight @ tried
        spread = (tried - mean).T * weight @ (tried - mean) + 1e-6 * np.eye(k)
        if 1 / float((weight**2).sum()) > _TRIED / 3:
            break
    # every draw stands for 1 / 64 of the mass, whose places are evenly spaced
    return tried[np.searchsorted(np.cumsum(weight), (np.arange(DRAWS) + 0.5) / DRAWS).clip(max=_TRIED - 1)]


def _weights(
    posterior: Objective, tried: Floats, low: Floats, high: Floats, customers: float, proposed: Floats
) -> Floats:
    """Share of the posterior mass that each theta tried stands for."""
    with np.errstate(all="ignore"):
        mass = [
            customers * posterior(theta)[0] if ((theta > low) & (theta < high)).all() else -np.inf for theta in tried
        ]
    logs = np.nan_to_num(np.array(mass) - proposed, nan=-np.inf, posinf=-np.inf)
    weight = np.exp(logs - logs.max())
    return np.asarray(weight / weight.sum())


def main_directions(answer: Answer, here: Floats, draws: Floats, data: Triples) -> Floats:
    """How an answer differs from ``here`` over the draws, put together into few rows, shape (directions, n).

    The sum of their squares is the mean squared difference, and sums over customers go through them; they serve as
    slopes of a covariance of 1.
    """
    few = thinned(len(data))
    sample = data if len(few) == len(data) else data.take(few)
    scale = 1 / np.sqrt(len(draws))
    apart = np.array([answer(theta, sample) - here[few] for theta in draws]) * scale
    left, sizes, _ = np.linalg.svd(apart, full_matrices=False)
    told = np.cumsum(sizes**2)
    kept = int(np.searchsorted(told, (1 - 1e-4) * told[-1])) + 1 if told.size and told[-1] > 0 else 1
    left = left[:, :kept]
    if len(few) == len(data):
        return np.asarray(np.einsum("sk,sn->kn", left, apart))
    slopes = np.zeros((kept, len(data)))
    for share, theta in zip(left, draws, strict=True):
        slopes += np.multiply.outer(share, (answer(theta, data) - here) * scale)
    return slopes


def drawn_bounds(answer: Answer, draws: Floats, data: Triples, level: float) -> tuple[Floats, Floats]:
    """Quantiles of an answer over the draws, worked out for some customers at a time."""
    low, high = np.zeros(len(data)), np.zeros(len(data))
    for first in range(0, len(data), _CHUNK):
        rows = np.arange(first, min(first + _CHUNK, len(data)))
        some = data.take(rows)
        over = np.array([answer(theta, some) for theta in draws])
        low[rows], high[rows] = np.quantile(over, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return low, high


def normal_bounds(
    here: Floats, slopes: Floats, spread: Floats, level: float, *, probability: bool
) -> tuple[Floats, Floats]:
    """Bounds by the delta method: of a probability on its logit, of a number on its logarithm."""
    reach = norm.ppf((1 + level) / 2)
    inner = np.clip(here, 1e-300, 1 - 1e-16) if probability else np.maximum(here, 1e-300)
    by_link = slopes / (inner * (1 - inner) if probability else inner)
    width = reach * np.sqrt(np.maximum(np.einsum("kn,kl,ln->n", by_link, spread, by_link), 0.0))
    with np.errstate(over="ignore"):
        if probability:
            return expit(logit(inner) - width), expit(logit(inner) + width)
        return inner * np.exp(-width), inner * np.exp(width)
