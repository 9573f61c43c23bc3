"""NBD: customers who differ in how often they buy and never stop."""

from __future__ import annotations

import numpy as np

from custinsight.clv.fitting import Objective, Optimum, maximise
from custinsight.clv.purchase import PurchaseModel, shape_bounds
from custinsight.clv.summaries import Floats, Triples, dot


class NBD(PurchaseModel):
    """Negative binomial purchase model: BG/NBD in the limit of no dropout.

    Each customer buys at a rate of their own; rates are gamma distributed with shape ``r`` and rate ``alpha``
    (mean r / alpha purchases per time unit). Nobody stops for good.

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

    def _objective(self, data: Triples) -> Objective:
        weight = data.weight / data.weight.sum()
        later = longer_than(data, weight)

        def objective(theta: Floats) -> tuple[float, Floats]:
            r, alpha = np.exp(theta)
            after = alpha + data.T
            value = rising(r, later) + r * theta[1] - dot(weight, (r + data.x) * np.log(after))
            by_r = rising_slope(r, later) + theta[1] - dot(weight, np.log(after))
            by_alpha = r / alpha - dot(weight, (r + data.x) / after)
            return value, np.array([by_r * r, by_alpha * alpha])

        return objective

    def _search(self, data: Triples) -> tuple[Optimum, str]:
        low, high = shape_bounds(2)
        pace = dot(data.weight, data.x) / dot(data.weight, data.T)
        optimum = maximise(self._objective(data), np.log([0.5, 0.5 / pace]), low, high)
        return optimum, "" if optimum.inside.all() else "same_rate"

    def _death_logit(self, params: Floats, data: Triples) -> Floats:
        return np.full(len(data), -np.inf)

    def _rates(self, params: Floats, data: Triples, spread: Floats) -> tuple[Floats, Floats]:
        shape, rate = self._pace(params, data)
        return shape / rate, shape * (shape + 1) / rate**2


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
