"""NBD: customers who differ in how often they buy and never stop."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import digamma, gammaln

from custinsight.clv.fitting import Objective, Optimum
from custinsight.clv.pacing import PacedModel
from custinsight.clv.searching import climb, objective_of_rows
from custinsight.clv.summaries import Floats, Indices, Triples, dot


class NBD(PacedModel):
    """Negative binomial purchase model: the other models in the limit of no dropout.

    Each customer buys at a rate of their own; rates are gamma distributed with shape ``r`` and rate ``alpha``
    (mean r / alpha purchases per time unit). Nobody stops for good.

    Parameters
    ----------
    covariates : sequence of str
        Numeric columns of the summary that act on the rate: exp(rate_z × z) times as often.
    penalizer : float
        Weight of the squared parameters taken off the mean log-likelihood, as in lifetimes.

    Attributes
    ----------
    params_ : pandas.Series
        r, alpha (alpha in time units).
    standard_errors_ : pandas.Series
        From the Hessian; nan for a parameter that ended at a bound.
    log_likelihood_ : float
        Comparable with that of BG/NBD on the same summary.
    identified_ : bool
        False where the customers do not differ in their rates.
    limit_ : str
        "" or "same_rate".

    References
    ----------
    Ehrenberg (1959), The pattern of consumer purchases, Applied Statistics 8, 26-41.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame({"frequency": [0, 1, 4], "recency": [0, 20, 38], "T": [39, 39, 39], "n": [60, 30, 10]})
    >>> model = NBD().fit(summary, weights="n")
    >>> model.expected_purchases(summary, 39).round(2).tolist()
    [0.35, 0.85, 2.34]
    """

    name = "NBD"
    _names = ("r", "alpha")
    _effects = (("rate", 1, -1.0),)

    def __init__(self, covariates: Sequence[str] = (), penalizer: float = 0.0) -> None:
        self.covariates = covariates
        self.penalizer = penalizer

    def _plain_objective(self, data: Triples) -> Objective:
        if self.covariates:
            return objective_of_rows(self, data)
        weight = data.weight / data.weight.sum()
        later = longer_than(data, weight)
        # of T and x the likelihood needs, for each T, how many customers and purchases there are
        spans, at = np.unique(data.T, return_inverse=True)
        people, purchases = sums_by(at, weight), sums_by(at, weight * data.x)

        def objective(theta: Floats) -> tuple[float, Floats]:
            r, alpha = np.exp(theta)
            after = alpha + spans
            counted, log_after = r * people + purchases, np.log(after)
            value = rising(r, later) + r * theta[1] - dot(counted, log_after)
            by_r = rising_slope(r, later) + theta[1] - dot(people, log_after)
            by_alpha = r / alpha - dot(counted, 1 / after)
            return value, np.array([by_r * r, by_alpha * alpha])

        return objective

    def _row_likelihood(self, params: list[Any], data: Triples) -> tuple[Floats, list[Any]]:
        return paced_rows(params, data)

    def _search(self, data: Triples, start: Floats | None) -> tuple[Optimum, str]:
        pace = dot(data.weight, data.x) / dot(data.weight, data.T)
        begin = np.zeros(len(self._all_names()))
        begin[:2] = np.log([0.5, 0.5 / pace])
        optimum = climb(self, data, begin if start is None else start)
        return optimum, "" if optimum.inside.all() else "same_rate"

    def _death_logit(self, theta: Floats, data: Triples) -> Floats:
        return np.full(len(data), -np.inf)

    def _survival(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        return np.ones(len(data))

    def _rates(self, theta: Floats, data: Triples, spread: Floats) -> tuple[Floats, Floats]:
        shape, rate = self._pace(theta, data)
        return shape / rate, shape * (shape + 1) / rate**2


def paced_rows(params: list[Any], data: Triples) -> tuple[Floats, list[Any]]:
    """Log-likelihood of each row without dropout, and its slopes with log r and log alpha."""
    r, alpha = params[:2]
    after = alpha + data.T
    rows = gammaln(r + data.x) - gammaln(r) + r * np.log(alpha) - (r + data.x) * np.log(after)
    by_r = digamma(r + data.x) - digamma(r) + np.log(alpha) - np.log(after)
    return rows, [by_r * r, r - (r + data.x) * alpha / after]


def sums_by(at: Indices, values: Floats, n: int = 0) -> Floats:
    """Sum of the values at each index."""
    return np.asarray(np.bincount(at, weights=values, minlength=n), dtype=np.float64)


def longer_than(data: Triples, weight: Floats) -> Floats:
    """Share of customers with more than j repeat purchases, j = 0, 1, …; all the likelihood needs to know of x.

    Sums over customers of log gamma(r + x) - log gamma(r) become sums over j of this share times log(r + j):
    exact for any size of r, and as short as the largest frequency.
    """
    at = np.bincount(data.x.astype(np.intp), weights=weight)
    return np.asarray(at[::-1].cumsum()[::-1][1:], dtype=np.float64)


def rising(r: float, later: Floats) -> float:
    """Mean of log gamma(r + x) - log gamma(r)."""
    return dot(later, np.log(r + np.arange(len(later))))


def rising_slope(r: float, later: Floats) -> float:
    """Derivative of :func:`rising` with respect to r."""
    return dot(later, 1 / (r + np.arange(len(later))))
