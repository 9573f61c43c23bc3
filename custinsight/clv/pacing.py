"""Forecasts of the models whose customers buy at a steady rate of their own while they live.

All expected numbers are integrals of the rate at which a customer buys, by Gauss-Legendre quadrature in
log(1 + decay t / (alpha + T)). The rate is smooth there: some fifteen points give nine digits for any parameters, no
term is the small difference of two large ones, and discounting costs nothing. Of the customers alive at T the future
depends on frequency and T alone, so it is worked out once for all that share these.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.special import expit, gammaln

from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.summaries import Floats, Indices, Triples, compress

_MANY, _POINTS = 2_000, 20
"""From so many customers of distinct frequency and age on, ages are interpolated between so many."""


class PacedModel(PurchaseModel):
    """Purchase model with gamma distributed rates, shape ``r`` and rate ``alpha``, the first two parameters."""

    @abstractmethod
    def _row_likelihood(self, params: list[Any], data: Triples) -> tuple[Floats, list[Any]]:
        """Log-likelihood of each row, and its slopes with each log-parameter."""

    @abstractmethod
    def _death_logit(self, theta: Floats, data: Triples) -> Floats:
        """Log-odds of having stopped buying for good by T."""

    @abstractmethod
    def _rates(self, theta: Floats, data: Triples, spread: Floats) -> tuple[Floats, Floats]:
        """Rate of purchase, and of pairs of purchases ending, ``spread`` (alpha + T) after T, if alive at T."""

    def _counts_if_alive(self, theta: Floats, data: Triples, t: Floats, most: int) -> Floats:
        """Probability of 0, 1, …, most purchases within t if alive at T; without dropout, the negative binomial."""
        return negative_binomial(*self._pace(theta, data), t, most)

    def _pace(self, theta: Floats, data: Triples) -> tuple[Floats, Floats]:
        """Shape and rate of the posterior gamma distribution of a customer's purchase rate, if alive at T."""
        r, alpha, *_ = self._at(theta, data)
        return r + data.x, alpha + data.T

    def _decay(self, theta: Floats, data: Triples) -> Floats:
        """How fast the rate of purchase falls at T, relative to 1 / (alpha + T); it sets the grid of the integrals."""
        return np.ones(len(data))

    def _alive(self, theta: Floats, data: Triples) -> Floats:
        return np.asarray(expit(-self._death_logit(theta, data)))

    def _silence(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        death = self._death_logit(theta, data)
        return np.minimum(expit(death) + expit(-death) * self._silence_if_alive(theta, data, t), 1.0)

    def _silence_if_alive(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        """Probability of no purchase within t if alive at T: who stops at purchases only must stay silent."""
        shape, rate = self._pace(theta, data)
        return np.asarray(np.exp(-shape * np.log1p(t / rate)))

    def _purchases(self, theta: Floats, data: Triples, t: Floats, force: float = 0.0) -> Floats:
        living, ahead, inverse = _living(data, t)
        return self._alive(theta, data) * self._smooth(theta, living, ahead, force, self._purchases_if_alive)[inverse]

    def _purchases_if_alive(self, theta: Floats, data: Triples, t: Floats, force: float) -> Floats:
        rate_at = self._pace(theta, data)[1]
        total = np.zeros(len(data))
        for spread, weight in quadrature(t / rate_at, self._decay(theta, data)):
            total += weight * self._rates(theta, data, spread)[0] * np.exp(-force * spread * rate_at)
        return np.asarray(total * rate_at)

    def _gradient(self, data: Triples, t: Floats, force: float) -> Floats:
        living, ahead, inverse = _living(data, t)

        def purchases(theta: Floats) -> Floats:
            made = self._smooth(theta, living, ahead, force, self._purchases_if_alive)
            return self._alive(theta, data) * made[inverse]

        return self._slopes(purchases, len(data))

    def _moments(self, theta: Floats, data: Triples, t: Floats, force: float) -> tuple[Floats, Floats, Floats]:
        living, ahead, inverse = _living(data, t)
        mean, squares, pairs = self._smooth(theta, living, ahead, force, self._moments_if_alive)[:, inverse]
        alive = self._alive(theta, data)
        return alive * mean, alive * squares, alive * pairs

    def _moments_if_alive(self, theta: Floats, data: Triples, t: Floats, force: float) -> Floats:
        rate_at = self._pace(theta, data)[1]
        mean, squares, pairs = (np.zeros(len(data)) for _ in range(3))
        for spread, weight in quadrature(t / rate_at, self._decay(theta, data)):
            after = spread * rate_at
            single, double = self._rates(theta, data, spread)
            discount = np.exp(-force * after)
            earlier = after if force == 0 else -np.expm1(-force * after) / force
            mean += weight * single * discount
            squares += weight * single * discount**2
            pairs += 2 * weight * double * discount * earlier
        return np.array([mean * rate_at, squares * rate_at, pairs * rate_at])

    def _smooth(
        self,
        theta: Floats,
        data: Triples,
        t: Floats,
        force: float,
        answer: Callable[[Floats, Triples, Floats, float], Floats],
    ) -> Floats:
        """Answer for each frequency at a few ages only, and interpolate, where there are many ages.

        What lies ahead is a smooth function of log(alpha + T); a polynomial through twenty Chebyshev points has nine
        digits and more.
        """
        if len(data) < _MANY or self.covariates or t.min() != t.max():
            return answer(theta, data, t, force)
        alpha = float(np.exp(theta[1]))
        frequencies, row = np.unique(data.x, return_inverse=True)
        ages, column = np.unique(data.T, return_inverse=True)
        low, high = np.log(alpha + ages[0]), np.log(alpha + ages[-1])
        k = np.arange(_POINTS)
        nodes = (low + high) / 2 + (high - low) / 2 * np.cos(np.pi * (k + 0.5) / _POINTS)
        if len(frequencies) * _POINTS > len(data) / 2 or high - low < 1e-6:
            return answer(theta, data, t, force)
        x = np.repeat(frequencies, _POINTS)
        grid = Triples(x, np.zeros(len(x)), np.tile(np.exp(nodes) - alpha, len(frequencies)), np.ones(len(x)))
        known = answer(theta, grid, np.full(len(x), t[0]), force)
        known = known.reshape(*known.shape[:-1], len(frequencies), _POINTS)
        # barycentric interpolation; an age that is a node takes that node's answer
        gaps = np.log(alpha + ages)[:, None] - nodes
        exact = np.abs(gaps) < 1e-13
        shares = (-1.0) ** k * np.sin(np.pi * (k + 0.5) / _POINTS) / np.where(exact, 1.0, gaps)
        shares = np.where(exact.any(axis=1, keepdims=True), exact, shares)
        shares /= shares.sum(axis=1, keepdims=True)
        result = np.zeros((*known.shape[:-2], len(data)))
        for point in range(_POINTS):
            result += known[..., point][..., row] * shares[column, point]
        return np.maximum(result, 0.0)

    def _counts(self, theta: Floats, data: Triples, t: Floats, most: int) -> Floats:
        living, ahead, inverse = _living(data, t)
        alive = self._alive(theta, data)
        counts = alive * self._counts_if_alive(theta, living, ahead, most)[:, inverse]
        counts[0] += 1 - alive
        return counts


def negative_binomial(shape: Floats, rate: Floats, t: Floats, most: int) -> Floats:
    """Probability of 0, 1, …, most purchases within t at a gamma distributed rate, shape (most + 1, n)."""
    n = np.arange(most + 1)[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = n * np.log(t / (rate + t))
    log_choose = gammaln(shape + n) - gammaln(shape) - gammaln(n + 1)
    return np.asarray(np.exp(log_choose - shape * np.log1p(t / rate) + np.where(n > 0, grown, 0.0)))


def _living(data: Triples, t: Floats) -> tuple[Triples, Floats, Indices]:
    """Distinct customers but for recency, with their time ahead, and which one each customer is."""
    if t.min(initial=np.inf) == t.max(initial=-np.inf):
        living, inverse = data.living
        return living, np.full(len(living), t[0]), inverse
    (x, T, ahead, *z), inverse = compress([data.x, data.T, t, *data.z.T])
    return Triples(x, np.zeros(len(x)), T, np.ones(len(x)), np.array(z).T), ahead, inverse


def quadrature(reach: Floats, decay: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Quadrature points for integrals over [0, reach] in units of alpha + T, with their weights."""
    length = np.log1p(decay * reach)
    n = int(np.clip(6 + 3 * length.max(initial=0.0), 6, 40))
    for point, weight in zip(*np.polynomial.legendre.leggauss(n), strict=True):
        grown = length * (point + 1) / 2
        yield np.expm1(grown) / decay, weight * length / 2 * np.exp(grown) / decay
