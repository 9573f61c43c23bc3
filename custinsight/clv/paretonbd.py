"""Pareto/NBD: customers who differ in how often they buy, and may stop at any moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from scipy.special import expit

from custinsight.clv.fitting import Objective, Optimum
from custinsight.clv.nbd import NBD, paced_rows
from custinsight.clv.pacing import PacedModel, negative_binomial
from custinsight.clv.searching import objective_of_rows, search_with_dropout
from custinsight.clv.summaries import Floats, Triples

Means: TypeAlias = tuple[Floats, Floats, Floats, Floats]

_STARTS = ((0.6, 0.6), (0.1, 0.1), (3.0, 10.0))
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
_FLATTENED = 6
_CHUNK = 4096


class ParetoNBD(PacedModel):
    """Pareto/NBD purchase model of Schmittlein, Morrison and Colombo.

    While alive, a customer buys at a rate of their own; rates are gamma distributed with shape ``r`` and rate
    ``alpha``. A customer may stop for good at any moment; the rates of stopping are gamma distributed with shape ``s``
    and rate ``beta``.

    The likelihood's Gaussian hypergeometric functions are one integral over the moment of stopping: all terms positive,
    so nothing cancels, and its derivatives are integrals of the same kind. It is taken by Gauss-Legendre quadrature
    in a variable that makes the integrand nearly a polynomial; 12 points give 12 digits for usual parameters.

    Where the data show no dropout the fit ends in the NBD, with s = 0, ``limit_`` "no_dropout" and ``identified_``
    False.

    Parameters
    ----------
    covariates : sequence of str
        Numeric columns of the summary: a customer buys exp(rate_z × z) times as often, and stops at a rate
        exp(dropout_z × z) times as high.
    penalizer : float
        Weight of the squared parameters taken off the mean log-likelihood, as in lifetimes.

    Attributes
    ----------
    params_ : pandas.Series
        r, alpha, s, beta (alpha and beta in time units); then rate_z and dropout_z of each covariate z.
    standard_errors_, log_likelihood_, identified_, limit_, covariance_
        As of :class:`custinsight.clv.BGNBD`.

    References
    ----------
    Schmittlein, Morrison and Colombo (1987), Counting your customers, Management Science 33 (1), 1-24; Fader and
    Hardie (2005), A note on deriving the Pareto/NBD model and related expressions.

    Examples
    --------
    >>> import pandas as pd
    >>> model = ParetoNBD.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    >>> customer = pd.DataFrame({"frequency": [26], "recency": [30.86], "T": [31.0]})
    >>> round(model.expected_purchases(customer, 52).iloc[0], 2)
    np.float64(25.46)
    """

    name = "Pareto/NBD"
    _names = ("r", "alpha", "s", "beta")
    _times = (1, 3)
    _effects = (("rate", 1, -1.0), ("dropout", 3, -1.0))

    def __init__(self, covariates: Sequence[str] = (), penalizer: float = 0.0) -> None:
        self.covariates = covariates
        self.penalizer = penalizer

    # -- likelihood ----------------------------------------------------------------------------------------------

    def _plain_objective(self, data: Triples) -> Objective:
        return objective_of_rows(self, data)

    def _row_likelihood(self, params: list[Any], data: Triples) -> tuple[Floats, list[Any]]:
        r, alpha, s, beta = params
        rows, (by_r, by_alpha) = paced_rows(params, data)
        log_tail = np.log(beta) - np.log(beta + data.T)
        death, (log_a, log_b, one_a, one_b) = _death(params, data)
        dead = expit(death)
        slope_r = by_r + dead * r * (np.log(alpha + data.T) - np.log(alpha + data.tx) - log_a)
        slope_alpha = by_alpha + dead * (r + data.x) * alpha * (1 / (alpha + data.T) - one_a)
        waited = np.log(beta + data.T) - np.log(beta + data.tx)
        slope_s = s * log_tail + dead * (1 + s * (waited - log_b))
        slope_beta = s * data.T / (beta + data.T) + dead * beta * (s / (beta + data.T) - (s + 1) * one_b)
        rows = rows + s * log_tail + np.logaddexp(0, death)
        return rows, [slope_r, slope_alpha, slope_s, slope_beta]

    def _search(self, data: Triples, start: Floats | None) -> tuple[Optimum, str]:
        limit = NBD(self.covariates, self.penalizer)
        limit._longest = self._longest
        optimum, found = search_with_dropout(self, limit, data, start, _STARTS)
        if not found:
            return optimum, "no_dropout"
        if optimum.inside.all():
            return optimum, "" if optimum.is_peaked else "same_dropout"
        return optimum, "same_dropout" if not optimum.inside[2:4].all() else "same_rate"

    # -- forecasts -----------------------------------------------------------------------------------------------

    def _death_logit(self, theta: Floats, data: Triples) -> Floats:
        with np.errstate(divide="ignore"):
            return _death(self._at(theta, data), data)[0]

    def _survival(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        _, _, s, beta = self._at(theta, data)
        return np.asarray(np.exp(-s * np.log1p(t / (beta + data.T))))

    def _silence_if_alive(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        """Silent and alive at T + t, or stopped in between with no purchase before."""
        params = self._at(theta, data)
        r, alpha, s, beta = params
        later = Triples(data.x, data.T, data.T + t, data.weight, data.z)
        both = -(r + data.x) * np.log1p(t / (alpha + data.T)) - s * np.log1p(t / (beta + data.T))
        with np.errstate(divide="ignore"):
            return np.asarray(np.exp(both + np.logaddexp(0, _death(params, later)[0])))

    def _rates(self, theta: Floats, data: Triples, spread: Floats) -> tuple[Floats, Floats]:
        shape, rate = self._pace(theta, data)
        staying = self._survival(theta, data, spread * rate)
        return shape / rate * staying, shape * (shape + 1) / rate**2 * staying

    def _decay(self, theta: Floats, data: Triples) -> Floats:
        _, alpha, s, beta = self._at(theta, data)
        return np.asarray(1e-3 + (alpha + data.T) * (s + 1) / (beta + data.T))

    def _counts_if_alive(self, theta: Floats, data: Triples, t: Floats, most: int) -> Floats:
        """Alive throughout, or stopped on the way: an integral over the moment of stopping."""
        _, _, s, beta = self._at(theta, data)
        pace, reach = self._pace(theta, data), beta + data.T
        counts = self._survival(theta, data, t) * negative_binomial(*pace, t, most)
        length = np.log1p(t / reach)
        points, weights = np.polynomial.legendre.leggauss(32)
        for point, weight in zip(points, weights, strict=True):
            grown = length * (point + 1) / 2
            when = reach * np.expm1(grown)
            counts += weight * length / 2 * s * np.exp(-s * grown) * negative_binomial(*pace, when, most)
        return counts

    def to_lifetimes(self) -> Any:
        """Hand the parameters to a fitted ``lifetimes.ParetoNBDFitter``, for its plots."""
        from lifetimes import ParetoNBDFitter

        self._theta()
        fitter = ParetoNBDFitter()
        fitter.params_ = self.params_.copy()
        fitter.standard_errors_ = self.standard_errors_.copy()
        fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
        return fitter


def _death(params: list[Any], data: Triples) -> tuple[Floats, Means]:
    """Log-odds of having stopped by T, and means over the moment of stopping that its slopes are made of."""
    r, alpha, s, beta = params
    after, reach = alpha + data.tx, beta + data.tx
    log_integral, means = _stopping(r + data.x, s + 1.0, after, reach, data.T - data.tx)
    logit = np.log(s) + s * np.log(beta + data.T) - (s + 1) * np.log(reach) + log_integral
    return logit + (r + data.x) * (np.log(alpha + data.T) - np.log(after)), means


def _stopping(q: Floats, p: Any, after: Floats, reach: Floats, span: Floats) -> tuple[Floats, Means]:
    """Log of the integral of (1 + v / after)^-q (1 + v / reach)^-p over v in [0, span], in chunks that fit the cache.

    Also the means under that density of log(1 + v / after), log(1 + v / reach), 1 / (after + v), 1 / (reach + v).
    """
    p = np.broadcast_to(p, q.shape)
    out = np.empty((5, len(q)))
    for first in range(0, len(q), _CHUNK):
        rows = slice(first, first + _CHUNK)
        out[:, rows] = _stopping_rows(q[rows], p[rows], after[rows], reach[rows], span[rows])
    with np.errstate(divide="ignore"):
        return np.log(out[0]), (out[1], out[2], out[3], out[4])


def _stopping_rows(q: Floats, p: Floats, after: Floats, reach: Floats, span: Floats) -> Floats:
    """The integral and the four means of :func:`_stopping`, shape (5, n).

    The density is matched by (1 + v / c)^-m1, whose value and first two derivatives at 0 are its own. In the variable
    w with (1 + v / c)^-((m1 - 1) / 6) = 1 - w (m1 - 1) / 6 the matching density is a polynomial of degree 5, and the
    true one is so nearly.
    """
    slope, bend = q / after + p / reach, q / after**2 + p / reach**2
    c = slope / bend
    power = (slope * c - 1) / _FLATTENED
    power = np.where(np.abs(power) < 1e-9, 1e-9, power)
    width = -np.expm1(-power * np.log1p(span / c)) / power / 2
    w = width * (_NODES[:, None] + 1)
    grown = -np.log1p(-power * w) / power
    v = c * np.expm1(grown)
    log_a, log_b = np.log1p(v / after), np.log1p(v / reach)
    mass = _WEIGHTS[:, None] * np.exp((power + 1) * grown - q * log_a - p * log_b)
    total = mass.sum(axis=0)
    mass /= total
    means = [(mass * part).sum(axis=0) for part in (log_a, log_b, 1 / (after + v), 1 / (reach + v))]
    return np.array([total * width * c, *means])
