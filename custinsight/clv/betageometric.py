"""What BG/NBD and MBG/NBD share: a customer may stop for good at a purchase, with a probability of their own.

The two differ in one thing only: whether the first purchase is such an occasion. A customer alive at T has come through
x of them, or x + 1; the sentences below count these occasions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from scipy.special import digamma, expit, gammaln, hyp2f1

from custinsight.clv.fitting import Objective, Optimum
from custinsight.clv.nbd import NBD, longer_than, paced_rows, rising, rising_slope, sums_by
from custinsight.clv.pacing import PacedModel, negative_binomial
from custinsight.clv.searching import objective_of_rows, search_with_dropout
from custinsight.clv.summaries import Floats, Triples, dot

_STARTS = ((0.7, 2.5), (0.1, 1.0), (2.0, 20.0))


class BetaGeometricModel(PacedModel):
    """Gamma distributed purchase rates, beta distributed probabilities of stopping at a purchase."""

    _names = ("r", "alpha", "a", "b")
    _effects = (("rate", 1, -1.0), ("dropout", 2, 1.0))
    _first: ClassVar[int]
    """1 where a customer may stop at the first purchase already, else 0."""

    def __init__(self, covariates: Sequence[str] = (), penalizer: float = 0.0) -> None:
        self.covariates = covariates
        self.penalizer = penalizer

    # -- likelihood ----------------------------------------------------------------------------------------------

    def _plain_objective(self, data: Triples) -> Objective:
        if self.covariates:
            return objective_of_rows(self, data)
        weight = data.weight / data.weight.sum()
        later = longer_than(data, weight)
        came_through = np.concatenate([np.ones(self._first), later])
        j = np.arange(len(came_through))
        spans, span_at = np.unique(data.T, return_inverse=True)
        people, purchases = sums_by(span_at, weight), sums_by(span_at, weight * data.x)
        rows = np.flatnonzero(data.x + self._first > 0)
        lasts, last_at = np.unique(data.tx[rows], return_inverse=True)
        x, share, span_at = data.x[rows], weight[rows], span_at[rows]
        occasions = (x + self._first).astype(np.intp)

        def objective(theta: Floats) -> tuple[float, Floats]:
            r, alpha, a, b = np.exp(theta)
            log_span, log_last = np.log(alpha + spans), np.log(alpha + lasts)
            stay = log_span[span_at] - log_last[last_at]
            death = (theta[2] - np.log(b + j))[occasions - 1] + (r + x) * stay
            small = np.exp(-np.abs(death))
            softplus = np.maximum(death, 0) + np.log1p(small)
            dead = share * np.where(death > 0, 1.0, small) / (1 + small)
            counted = r * people + purchases
            value = rising(r, later) + r * theta[1] - dot(counted, log_span)
            value += dot(share, softplus) - dot(came_through, np.log1p(a / (b + j)))
            by_r = rising_slope(r, later) + theta[1] - dot(people, log_span) + dot(dead, stay)
            late = (1 / (alpha + lasts))[last_at] - (1 / (alpha + spans))[span_at]
            by_alpha = r / alpha - dot(counted, 1 / (alpha + spans)) - dot(dead, (r + x) * late)
            dead_at = sums_by(occasions - 1, dead, len(j))
            by_a = float(dead_at.sum()) / a - dot(came_through, 1 / (a + b + j))
            by_b = dot(came_through, a / ((b + j) * (a + b + j))) - dot(dead_at, 1 / (b + j))
            return value, np.array([by_r * r, by_alpha * alpha, by_a * a, by_b * b])

        return objective

    def _row_likelihood(self, params: list[Any], data: Triples) -> tuple[Floats, list[Any]]:
        r, alpha, a, b = params
        rows, (by_r, by_alpha) = paced_rows(params, data)
        c = data.x + self._first
        rows = rows + gammaln(b + c) - gammaln(b) + gammaln(a + b) - gammaln(a + b + c)
        death = self._logit(params, data)
        dead = expit(death)
        stay = np.log(alpha + data.T) - np.log(alpha + data.tx)
        by_r = by_r + dead * stay * r
        by_alpha = by_alpha + dead * (r + data.x) * alpha * (1 / (alpha + data.T) - 1 / (alpha + data.tx))
        both = digamma(a + b) - digamma(a + b + c)
        by_a = both * a + dead
        by_b = (digamma(b + c) - digamma(b) + both - dead / np.where(c > 0, b + c - 1, 1.0)) * b
        return rows + np.logaddexp(0, death), [by_r, by_alpha, by_a, by_b]

    def _search(self, data: Triples, start: Floats | None) -> tuple[Optimum, str]:
        limit = self._without_dropout()
        limit._longest = self._longest
        optimum, found = search_with_dropout(self, limit, data, start, _STARTS)
        return optimum, _limit(optimum) if found else "no_dropout"

    def _without_dropout(self) -> NBD:
        """The same model of customers who never stop."""
        return NBD(self.covariates, self.penalizer)

    # -- forecasts -----------------------------------------------------------------------------------------------

    def _logit(self, params: list[Any], data: Triples) -> Floats:
        r, alpha, a, b = params
        c = data.x + self._first
        with np.errstate(divide="ignore"):
            odds = np.log(a) - np.log(np.where(c > 0, b + c - 1, 1.0))
        stay = np.log(alpha + data.T) - np.log(alpha + data.tx)
        return np.where(c > 0, odds + (r + data.x) * stay, -np.inf)

    def _death_logit(self, theta: Floats, data: Triples) -> Floats:
        return self._logit(self._at(theta, data), data)

    def _dropout(self, theta: Floats, data: Triples) -> tuple[Floats, Floats]:
        """Posterior beta distribution of the probability of stopping at a purchase, if alive at T."""
        _, _, a, b = self._at(theta, data)
        return a + np.zeros(len(data)), b + data.x + self._first

    def _survival(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        shape, rate = self._pace(theta, data)
        return survivors(shape, *self._dropout(theta, data), t / rate)

    def _rates(self, theta: Floats, data: Triples, spread: Floats) -> tuple[Floats, Floats]:
        a, c = self._dropout(theta, data)
        shape, rate = self._pace(theta, data)
        single = survivors(shape + 1, a, c, spread)
        double = survivors(shape + 2, a, c + 1, spread) * c / (a + c)
        return shape / rate * single, shape * (shape + 1) / rate**2 * double

    def _decay(self, theta: Floats, data: Triples) -> Floats:
        a, c = self._dropout(theta, data)
        return np.asarray(1 + self._pace(theta, data)[0] * a / (a + c))

    def _counts_if_alive(self, theta: Floats, data: Triples, t: Floats, most: int) -> Floats:
        """Whoever makes n purchases came through n occasions, or stopped at the n-th, silenced by that alone."""
        drawn = negative_binomial(*self._pace(theta, data), t, most)
        at_least = np.maximum(1 - np.cumsum(np.vstack([np.zeros_like(drawn[:1]), drawn[:-1]]), axis=0), 0)
        a, c = self._dropout(theta, data)
        n = np.arange(most + 1)[:, None]
        with np.errstate(invalid="ignore"):
            stays = np.exp(gammaln(c + n) - gammaln(c) + gammaln(a + c) - gammaln(a + c + n))
            stops = stays * a / np.maximum(c + n - 1, 1e-300)
        return np.asarray(drawn * stays + np.where(n > 0, stops * at_least, 0.0))

    def _lifetimes_fitter(self, fitter: Any) -> Any:
        self._theta()
        fitter.params_ = self.params_.copy()
        fitter.standard_errors_ = self.standard_errors_.copy()
        fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
        return fitter


def _limit(optimum: Optimum) -> str:
    if optimum.inside.all():
        return "" if optimum.is_peaked else "same_dropout"
    return "same_dropout" if not optimum.inside[2:].all() else "same_rate"


def survivors(power: Floats, a: Floats, c: Floats, spread: Floats) -> Floats:
    """Mean of (1 + p spread)^-power over p ~ Beta(a, c): 2F1(power, a; a + c; -spread).

    Of the two transformations to an argument in [0, 1) the one whose factor is nearer to the result is taken;
    where even that factor underflows, the result is 0 beside the rate at the start.
    """
    z = spread / (1 + spread)
    first = a <= power
    with np.errstate(invalid="ignore", over="ignore", under="ignore"):
        left = np.where(first, a + c - power, power)
        right = np.where(first, a, c)
        factor = np.exp(-np.where(first, a, power) * np.log1p(spread))
        value = factor * hyp2f1(left, right, a + c, z)
    return np.where(np.isfinite(value), value, 0.0)
