"""BG/BB: customers who may buy at each of a row of occasions, and may stop before any of them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.special import betaln, digamma, gammaln

from custinsight.clv.discrete import DiscreteModel, log_beta_ratio
from custinsight.clv.fitting import Objective, Optimum
from custinsight.clv.searching import climb, search_with_dropout
from custinsight.clv.summaries import Floats, Triples, dot

_STARTS = ((1.0, 3.0), (0.3, 3.0), (50.0, 500.0))


class BGBB(DiscreteModel):
    """Beta-geometric / beta-binomial purchase model of Fader, Hardie and Shang, for purchases at set occasions.

    While alive, a customer takes each occasion with a chance of their own, beta distributed with ``alpha`` and
    ``beta``; before each occasion the customer stops for good with a probability of their own, beta distributed with
    ``gamma`` and ``delta``. In the summary T is the number of occasions since the first purchase, frequency how
    many of them were taken, recency the number of the last one taken.

    Whether a customer is alive means: able to take the next occasion. Where the data show no dropout the fit ends in
    the beta-binomial, with gamma = 0, ``limit_`` "no_dropout" and ``identified_`` False.

    Parameters
    ----------
    penalizer : float
        Weight of the squared parameters taken off the mean log-likelihood, as in lifetimes.

    Attributes
    ----------
    params_ : pandas.Series
        alpha, beta, gamma, delta.
    standard_errors_, log_likelihood_, identified_, limit_, covariance_
        As of :class:`custinsight.clv.BGNBD`.

    References
    ----------
    Fader, Hardie and Shang (2010), Customer-base analysis in a discrete-time noncontractual setting, Marketing Science
    29 (6), 1086-1108.

    Examples
    --------
    >>> import pandas as pd
    >>> donors = BGBB.from_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> round(donors.expected_purchases(pd.DataFrame({"frequency": [4], "recency": [5], "T": [6]}), 10).iloc[0], 2)
    np.float64(3.63)
    """

    name = "BG/BB"
    _names: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")

    def __init__(self, penalizer: float = 0.0) -> None:
        self.penalizer = penalizer

    def _plain_objective(self, data: Triples) -> Objective:
        weight = data.weight / data.weight.sum()
        x, tx, n = data.x, data.tx, data.T
        # a customer was last alive at occasion tx + i; the last of these is n, where the customer still is
        i = np.arange(int((n - tx).max(initial=0)) + 1)[:, None]
        last, gone = tx + i, tx + i < n
        seen = last <= n

        def objective(theta: Floats) -> tuple[float, Floats]:
            alpha, beta, gamma, delta = np.exp(theta)
            missed = np.where(seen, last - x, 0.0)
            a, b, c, d = alpha + x, beta + missed, gamma + gone, delta + np.where(seen, last, 0.0)
            terms = np.where(seen, betaln(a, b) + betaln(c, d), -np.inf)
            top = terms.max(axis=0)
            share = np.exp(terms - top)
            rows = top + np.log(share.sum(axis=0))
            share /= share.sum(axis=0)
            slopes = []
            for upper, other, own, whole in (
                (a, b, alpha, beta),
                (b, a, beta, alpha),
                (c, d, gamma, delta),
                (d, c, delta, gamma),
            ):
                here = digamma(upper) - digamma(upper + other)
                slopes.append(own * (dot(weight, (share * here).sum(axis=0)) - digamma(own) + digamma(own + whole)))
            value = dot(weight, rows) - betaln(alpha, beta) - betaln(gamma, delta)
            return float(value), np.array(slopes)

        return objective

    def _search(self, data: Triples, start: Floats | None) -> tuple[Optimum, str]:
        optimum, found = search_with_dropout(self, _BetaBinomial(self.penalizer), data, start, _STARTS)
        if not found:
            return optimum, "no_dropout"
        if optimum.inside.all():
            return optimum, "" if optimum.is_peaked else "same_dropout"
        return optimum, "same_dropout" if not optimum.inside[2:].all() else "same_rate"

    def _alive_last(self, theta: Floats, data: Triples) -> Floats:
        alpha, beta, gamma, delta = np.exp(theta)
        x, tx, n = data.x, data.tx, data.T
        if gamma == 0:
            return np.ones(len(data))
        alive = log_beta_ratio(alpha, beta, x, n - x) + log_beta_ratio(gamma, delta, 0, n)
        gone = np.zeros(len(data))
        for i in range(int((n - tx).max(initial=0))):
            here = log_beta_ratio(alpha, beta, x, tx - x + i) + log_beta_ratio(gamma, delta, 1, tx + i)
            gone += np.where(tx + i < n, np.exp(np.where(tx + i < n, here - alive, 0.0)), 0.0)
        return 1 / (1 + gone)

    def _staying(self, theta: Floats, data: Triples, ahead: int) -> Floats:
        _, _, gamma, delta = np.exp(theta)
        return np.exp(log_beta_ratio(gamma, delta + data.T, 0, ahead)) if gamma > 0 else np.ones(len(data))

    def _chances(self, theta: Floats, data: Triples) -> tuple[Floats, Floats]:
        alpha, beta, _, _ = np.exp(theta)
        a, whole = alpha + data.x, alpha + beta + data.T
        return a / whole, a * (a + 1) / (whole * (whole + 1))

    def _silence(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        return self._counts(theta, data, t, 0)[0]

    def _counts(self, theta: Floats, data: Triples, t: Floats, most: int) -> Floats:
        """Alive for exactly so many more occasions, some of them taken."""
        alpha, beta, _, _ = np.exp(theta)
        ahead, n = np.floor(t + 1e-9), np.arange(most + 1)[:, None]
        counts = np.zeros((most + 1, len(data)))
        for lived in range(int(ahead.max(initial=0)) + 1):
            here = self._staying(theta, data, lived)
            here = np.where(
                ahead == lived, here, np.where(ahead > lived, here - self._staying(theta, data, lived + 1), 0)
            )
            taken = np.minimum(n, lived)
            choose = gammaln(lived + 1) - gammaln(taken + 1) - gammaln(lived - taken + 1)
            drawn = np.exp(choose + log_beta_ratio(alpha + data.x, beta + data.T - data.x, taken, lived - taken))
            counts += np.where(n <= lived, here * drawn, 0.0)
        alive = self._alive_last(theta, data)
        counts *= alive
        counts[0] += 1 - alive
        return counts

    def to_lifetimes(self) -> object:
        """Hand the parameters to a fitted ``lifetimes.BetaGeoBetaBinomFitter``."""
        from lifetimes import BetaGeoBetaBinomFitter

        self._theta()
        fitter = BetaGeoBetaBinomFitter()
        fitter.params_ = self.params_.copy()
        fitter.standard_errors_ = self.standard_errors_.copy()
        return fitter


class _BetaBinomial(BGBB):
    """BG/BB of customers who never stop."""

    name = "beta-binomial"
    _names = ("alpha", "beta")

    def _plain_objective(self, data: Triples) -> Objective:
        weight = data.weight / data.weight.sum()
        taken, missed = data.x, data.T - data.x

        def objective(theta: Floats) -> tuple[float, Floats]:
            alpha, beta = np.exp(theta)
            value = dot(weight, betaln(alpha + taken, beta + missed)) - betaln(alpha, beta)
            whole = digamma(alpha + beta) - dot(weight, digamma(alpha + beta + data.T))
            by_alpha = dot(weight, digamma(alpha + taken)) - digamma(alpha) + whole
            by_beta = dot(weight, digamma(beta + missed)) - digamma(beta) + whole
            return float(value), np.array([by_alpha * alpha, by_beta * beta])

        return objective

    def _search(self, data: Triples, start: Floats | None) -> tuple[Optimum, str]:
        return climb(self, data, np.zeros(2)), ""
