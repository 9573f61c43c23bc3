"""BG/NBD: customers who differ in how often they buy, and may stop after any repeat purchase."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit, hyp2f1

from custinsight.clv.fitting import Objective, Optimum, maximise
from custinsight.clv.nbd import NBD, longer_than, rising, rising_slope
from custinsight.clv.purchase import PurchaseModel, shape_bounds
from custinsight.clv.summaries import Floats, Triples, dot

_STARTS = ((0.7, 2.5), (0.1, 1.0), (2.0, 20.0))
_NO_GAIN = 0.01
"""A log-likelihood within this of the model without dropout says nothing about dropout."""
_CHANCE = 1.35
"""A base without dropout gains less than this in 19 of 20 cases; enough to drop a fit without a peak."""


class BGNBD(PurchaseModel):
    """Beta-geometric / NBD purchase model of Fader, Hardie and Lee.

    While alive, a customer buys at a rate of their own; rates are gamma distributed with shape ``r`` and rate
    ``alpha``. After each repeat purchase the customer stops for good with a probability of their own, beta
    distributed with ``a`` and ``b``. Whoever bought once only is alive for certain, as in lifetimes.

    Where the data show no dropout the most likely a is 0: the fit then ends in the NBD, with a = 0, ``limit_``
    "no_dropout" and ``identified_`` False, and all verbs keep working.

    Attributes
    ----------
    params_ : pandas.Series
        r, alpha (in time units), a, b.
    standard_errors_ : pandas.Series
        From the Hessian; nan for a parameter that the data do not determine.
    log_likelihood_ : float
    identified_ : bool
        Whether all parameters were found inside their bounds.
    limit_ : str
        "", "no_dropout", "same_rate" (all customers buy at one rate) or "same_dropout" (all stop with one probability).
    covariance_ : pandas.DataFrame
        Of the log-parameters, under a weak prior that keeps it finite; behind the intervals.

    References
    ----------
    Fader, Hardie and Lee (2005), "Counting your customers" the easy way, Marketing Science 24 (2), 275-284.

    Examples
    --------
    >>> import pandas as pd
    >>> model = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> customer = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]})
    >>> round(model.expected_purchases(customer, 39).iloc[0], 3)
    np.float64(1.226)
    >>> round(model.probability_no_purchase(customer, 39).iloc[0], 3)
    np.float64(0.445)
    """

    name = "BG/NBD"
    _names = ("r", "alpha", "a", "b")

    def _objective(self, data: Triples) -> Objective:
        weight = data.weight / data.weight.sum()
        later = longer_than(data, weight)
        j = np.arange(len(later))
        again = data.x > 0
        x, tx, T, repeat = data.x[again], data.tx[again], data.T[again], weight[again]

        def objective(theta: Floats) -> tuple[float, Floats]:
            r, alpha, a, b = np.exp(theta)
            log_after = np.log(alpha + data.T)
            log_stay = log_after[again] - np.log(alpha + tx)
            death = theta[2] - np.log(b + x - 1) + (r + x) * log_stay
            dead = expit(death)
            value = rising(r, later) + r * theta[1] - dot(weight, (r + data.x) * log_after)
            value += dot(repeat, np.logaddexp(0, death)) - dot(later, np.log1p(a / (b + j)))
            by_r = rising_slope(r, later) + theta[1] - dot(weight, log_after) + dot(repeat, dead * log_stay)
            by_alpha = r / alpha - dot(weight, (r + data.x) / (alpha + data.T))
            by_alpha -= dot(repeat, dead * (r + x) * (T - tx) / ((alpha + T) * (alpha + tx)))
            by_a = dot(repeat, dead) / a - dot(later, 1 / (a + b + j))
            by_b = dot(later, a / ((b + j) * (a + b + j))) - dot(repeat, dead / (b + x - 1))
            return value, np.array([by_r * r, by_alpha * alpha, by_a * a, by_b * b])

        return objective

    def _search(self, data: Triples) -> tuple[Optimum, str]:
        without = maximise_nbd(data)
        objective, (low, high) = self._objective(data), shape_bounds(4)
        customers = float(data.weight.sum())
        best: Optimum | None = None
        for start in _STARTS:
            found = maximise(objective, np.concatenate([without.theta, np.log(start)]), low, high)
            best = found if best is None or found.value > best.value else best
            if (best.value - without.value) * customers > (_NO_GAIN if best.is_peaked else _CHANCE):
                return best, _limit(best)
        return without, "no_dropout"

    def _natural(self, theta: Floats, scale: float) -> Floats:
        params = super()._natural(theta, scale)
        return params if len(params) == 4 else np.array([*params, 0.0, 1.0])

    def _death_logit(self, params: Floats, data: Triples) -> Floats:
        r, alpha, a, b = params
        again = data.x > 0
        with np.errstate(divide="ignore"):
            odds = np.log(a) - np.log(np.where(again, b + data.x - 1, 1.0))
        stay = np.log(alpha + data.T) - np.log(alpha + data.tx)
        return np.where(again, odds + (r + data.x) * stay, -np.inf)

    def _rates(self, params: Floats, data: Triples, spread: Floats) -> tuple[Floats, Floats]:
        _, _, a, b = params
        shape, rate = self._pace(params, data)
        single = _survivors(shape + 1, a, b + data.x, spread)
        double = _survivors(shape + 2, a, b + data.x + 1, spread) * (b + data.x) / (a + b + data.x)
        return shape / rate * single, shape * (shape + 1) / rate**2 * double

    def _decay(self, params: Floats, data: Triples) -> Floats:
        r, _, a, b = params
        return 1 + (r + data.x) * a / (a + b + data.x)

    def to_lifetimes(self) -> Any:
        """Hand the parameters to a fitted ``lifetimes.BetaGeoFitter``, for its plots.

        lifetimes is imported here only: it takes seconds to load and changes an option of pandas.
        """
        from lifetimes import BetaGeoFitter

        self._fitted()
        fitter = BetaGeoFitter()
        fitter.params_ = self.params_.copy()
        fitter.standard_errors_ = self.standard_errors_.copy()
        fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
        return fitter


def maximise_nbd(data: Triples) -> Optimum:
    """Fit the limit of no dropout."""
    return NBD()._search(data)[0]


def _limit(optimum: Optimum) -> str:
    if optimum.inside.all():
        return "" if optimum.is_peaked else "same_dropout"
    return "same_dropout" if not optimum.inside[2:].all() else "same_rate"


def _survivors(power: Floats, a: float, c: Floats, spread: Floats) -> Floats:
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
