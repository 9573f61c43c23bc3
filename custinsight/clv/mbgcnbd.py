"""MBG/CNBD-k: MBG/NBD for customers who buy at regular intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy.special import digamma, expit, gammaln

from custinsight.clv.betageometric import survivors
from custinsight.clv.fitting import Objective
from custinsight.clv.mbgnbd import MBGNBD
from custinsight.clv.nbd import NBD, paced_rows
from custinsight.clv.pacing import negative_binomial, quadrature
from custinsight.clv.searching import objective_of_rows
from custinsight.clv.summaries import Floats, Triples
from custinsight.errors import DataError

_CHUNK = 2048
_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(6)


class MBGCNBD(MBGNBD):
    """MBG/NBD with Erlang-k intervals between purchases, of Platzer and Reutterer.

    Like :class:`custinsight.clv.MBGNBD`, but a purchase is made at each ``k``-th tick of a customer's clock only: the
    larger k, the more regular the purchases, and the sooner silence tells. With k = 1 it is MBG/NBD. A base's k can be
    estimated from the intervals by :func:`custinsight.clv.estimate_regularity`.

    Expected purchases and their distribution are sums over the ticks to come, exact for any horizon. Discounting
    without a horizon takes the purchases as coming at random, at a k-th of the pace of the ticks.

    Parameters
    ----------
    k : int
        Ticks a purchase, from 1 to 20.
    covariates : sequence of str
        As of :class:`custinsight.clv.MBGNBD`.
    penalizer : float
        Weight of the squared parameters taken off the mean log-likelihood.

    Attributes
    ----------
    params_ : pandas.Series
        r, alpha (in time units; r / alpha is the mean rate of ticks), a, b; then effects of covariates.
    log_likelihood_ : float
        Of the summary; it leaves out the product of the intervals, which no parameter but k depends on.
    standard_errors_, identified_, limit_, covariance_
        As of :class:`custinsight.clv.BGNBD`.

    References
    ----------
    Platzer and Reutterer (2016), Ticking away the moments: timing regularity helps to better predict customer activity,
    Marketing Science 35 (5), 779-799; Reutterer, Platzer and Schröder (2021), Leveraging purchase regularity for
    predicting customer behavior the easy way, International Journal of Research in Marketing 38 (1), 194-215.

    Examples
    --------
    >>> import pandas as pd
    >>> silent = pd.DataFrame({"frequency": [6], "recency": [30.0], "T": [39.0]})
    >>> models = [MBGCNBD.from_params(r=1.0 * k, alpha=6.0, a=0.5, b=2.5, k=k) for k in (1, 3)]
    >>> [round(float(model.probability_alive(silent).iloc[0]), 2) for model in models]
    [0.78, 0.69]
    """

    name = "MBG/CNBD-k"

    def __init__(self, k: int = 2, covariates: Sequence[str] = (), penalizer: float = 0.0) -> None:
        self.k = k
        super().__init__(covariates, penalizer)

    # -- likelihood ----------------------------------------------------------------------------------------------

    def _check(self, data: Triples) -> None:
        if self.k != int(self.k) or not 1 <= self.k <= 20:
            raise DataError("The ticks a purchase k must be a whole number from 1 to 20, got {k}.", k=str(self.k))
        super()._check(data)

    def _plain_objective(self, data: Triples) -> Objective:
        return objective_of_rows(self, data)

    def _without_dropout(self) -> NBD:
        return _RegularNBD(self)

    def _ticks(self, data: Triples) -> Triples:
        """The customers as their clocks have them: ticks instead of purchases."""
        return Triples(data.x * self.k, data.tx, data.T, data.weight, data.z)

    def _row_likelihood(self, params: list[Any], data: Triples) -> tuple[Floats, list[Any]]:
        r, alpha, a, b = params
        ticks = self._ticks(data)
        rows, (by_r, by_alpha) = paced_rows(params, ticks)
        c = data.x + 1
        rows = rows + gammaln(b + c) - gammaln(b) + gammaln(a + b) - gammaln(a + b + c)
        stages = np.exp(self._log_stages(params, data))
        silent = np.log(stages.sum(axis=0))
        stages /= stages.sum(axis=0)
        j, shape = np.arange(self.k)[:, None], r + ticks.x
        more = (stages * (digamma(shape + j) - digamma(shape))).sum(axis=0)
        death = self._logit(params, data)
        dead = expit(death - silent)
        stay = np.log(alpha + data.T) - np.log(alpha + data.tx)
        by_r = by_r + r * ((1 - dead) * more + dead * stay)
        by_alpha = by_alpha - (1 - dead) * (stages * j).sum(axis=0) * alpha / (alpha + data.T)
        by_alpha = by_alpha + dead * shape * alpha * (1 / (alpha + data.T) - 1 / (alpha + data.tx))
        both = digamma(a + b) - digamma(a + b + c)
        by_b = (digamma(b + c) - digamma(b) + both - dead / (b + data.x)) * b
        return rows + np.logaddexp(silent, death), [by_r, by_alpha, both * a + dead, by_b]

    def _log_stages(self, params: list[Any], data: Triples, more: Floats | float = 0.0) -> Floats:
        """Relative log-probability of 0, 1, …, k - 1 ticks since the last purchase, shape (k, n).

        With ``more``, of as many ticks up to that much after T.
        """
        r, alpha, *_ = params
        shape, j = r + self.k * data.x, np.arange(self.k)[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.log((data.T + more - data.tx) / (alpha + data.T + more))
            passed = np.where(j > 0, j * share, 0.0)
        return np.asarray(gammaln(shape + j) - gammaln(shape) - gammaln(j + 1) + passed)

    def _logit(self, params: list[Any], data: Triples) -> Floats:
        """Log-odds of being gone against being alive with no tick since the last purchase."""
        r, alpha, a, b = params
        with np.errstate(divide="ignore"):
            odds = np.log(a) - np.log(b + data.x)
        return np.asarray(odds + (r + self.k * data.x) * (np.log(alpha + data.T) - np.log(alpha + data.tx)))

    # -- forecasts -----------------------------------------------------------------------------------------------

    def _pace(self, theta: Floats, data: Triples) -> tuple[Floats, Floats]:
        r, alpha, *_ = self._at(theta, data)
        return r + self.k * data.x, alpha + data.T

    def _death_logit(self, theta: Floats, data: Triples) -> Floats:
        params = self._at(theta, data)
        return self._logit(params, data) - np.log(np.exp(self._log_stages(params, data)).sum(axis=0))

    def _silence(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        params, death = self._at(theta, data), self._death_logit(theta, data)
        shape, rate = self._pace(theta, data)
        before, after = (np.exp(self._log_stages(params, data, more)).sum(axis=0) for more in (0.0, t))
        kept = after / before * np.exp(-shape * np.log1p(t / rate))
        return np.minimum(expit(death) + expit(-death) * kept, 1.0)

    def _survival(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        return _in_chunks(lambda rows, span: self._future(theta, rows, span)[2], data, t)

    def _counts(self, theta: Floats, data: Triples, t: Floats, most: int) -> Floats:
        """As of MBG/NBD, but a purchase takes k ticks, and the next one those that have not passed yet."""
        k, n = self.k, np.arange(most + 1)[:, None]
        stages = self._stage_shares(theta, data)
        shape, rate = self._pace(theta, data)
        a, c = self._dropout(theta, data)
        stays = np.exp(gammaln(c + n) - gammaln(c) + gammaln(a + c) - gammaln(a + c + n))
        stops = np.where(n > 0, stays * a / (c + n - 1), 0.0)
        counts = np.zeros((most + 1, len(data)))
        for j in range(k):
            below = np.cumsum(negative_binomial(shape + j, rate, t, (most + 1) * k), axis=0)
            # ticks needed for n purchases: n k - j, for n = 1, 2, …
            reached = np.vstack([np.ones_like(below[:1]), 1 - below[k - j - 1 : (most + 1) * k - j : k]])
            counts += stages[j] * (stays * (reached[:-1] - reached[1:]) + stops * reached[:-1])
        alive = self._alive(theta, data)
        counts *= alive
        counts[0] += 1 - alive
        return counts

    def _purchases(self, theta: Floats, data: Triples, t: Floats, force: float = 0.0) -> Floats:
        return self._moments(theta, data, t, force)[0]

    def _moments(self, theta: Floats, data: Triples, t: Floats, force: float) -> tuple[Floats, Floats, Floats]:
        alive = self._alive(theta, data)
        plain = _in_chunks(lambda rows, span: np.array(self._future(theta, rows, span)[:2]), data, t)
        if force == 0:
            return alive * plain[0], alive * plain[0], alive * plain[1]
        # integrated by parts, so that the number of purchases is all that is asked of the future
        mean, squares = (plain[0] * np.exp(-many * force * t) for many in (1, 2))
        for point, weight in zip(_POINTS, _WEIGHTS, strict=True):
            when = t * (point + 1) / 2
            made = _in_chunks(lambda rows, span: self._future(theta, rows, span)[0], data, when)
            mean += weight * t / 2 * force * np.exp(-force * when) * made
            squares += weight * t / 2 * 2 * force * np.exp(-2 * force * when) * made
        usual = np.divide(mean, plain[0], out=np.ones_like(mean), where=plain[0] > 0)
        return alive * mean, alive * squares, alive * plain[1] * usual**2

    def _gradient(self, data: Triples, t: Floats, force: float) -> Floats:
        return self._slopes(lambda theta: self._purchases(theta, data, t, force), len(data))

    def _limitless(self, theta: Floats, data: Triples, force: float) -> Floats:
        shape, rate = self._pace(theta, data)
        a, c = self._dropout(theta, data)
        total = np.zeros(len(data))
        for spread, weight in quadrature(40.0 / force / rate, 1 + shape * a / (a + c)):
            staying = survivors(shape + 1, a, c, spread / self.k)
            total += weight * staying * np.exp(-force * spread * rate)
        return np.asarray(self._alive(theta, data) * total * shape / self.k)

    def _stage_shares(self, theta: Floats, data: Triples) -> Floats:
        stages = np.exp(self._log_stages(self._at(theta, data), data))
        return np.asarray(stages / stages.sum(axis=0))

    def _future(self, theta: Floats, data: Triples, t: Floats) -> tuple[Floats, Floats, Floats]:
        """Of those alive at T: mean of N, of N (N - 1), and the share alive at T + t, by sums over n."""
        k, stages = self.k, self._stage_shares(theta, data)
        shape, rate = self._pace(theta, data)
        a, c = self._dropout(theta, data)
        ticks = (shape + k) * t / rate
        most = int(np.ceil((ticks + 12 * np.sqrt(ticks * (1 + t / rate)) + 20 * (1 + t / rate)).max(initial=1) / k)) + 1
        mean, pairs, lost = (np.zeros(len(data)) for _ in range(3))
        for j in range(k):
            below = np.cumsum(negative_binomial(shape + j, rate, t, most * k), axis=0)
            reached = np.maximum(1 - below[k - j - 1 : most * k - j : k], 0.0)
            n = np.arange(1, len(reached) + 1)[:, None]
            stays = np.exp(gammaln(c + n - 1) - gammaln(c) + gammaln(a + c) - gammaln(a + c + n - 1))
            made = stages[j] * reached * stays
            mean += made.sum(axis=0)
            pairs += (2 * (n - 1) * made).sum(axis=0)
            lost += (made * a / (a + c + n - 1)).sum(axis=0)
        return mean, pairs, 1 - lost

    def to_lifetimes(self) -> Any:
        """Refuse: lifetimes has no such model."""
        raise DataError("lifetimes has no model of regular purchases. Use MBGNBD for it.")


class _RegularNBD(NBD):
    """MBG/CNBD-k of customers who never stop."""

    def __init__(self, model: MBGCNBD) -> None:
        super().__init__(model.covariates, model.penalizer)
        self.model = model

    def _plain_objective(self, data: Triples) -> Objective:
        return objective_of_rows(self, data)

    def _row_likelihood(self, params: list[Any], data: Triples) -> tuple[Floats, list[Any]]:
        rows, slopes = self.model._row_likelihood([*params[:2], 0.0, 1.0], data)
        return rows, slopes[:2]


def _in_chunks(answer: Callable[[Triples, Floats], Floats], data: Triples, t: Floats) -> Floats:
    """Answer for few customers at a time, those of like pace together: how many sums it takes goes by the fastest."""
    order = np.argsort(t * (data.x + 1) / np.maximum(data.T, 1e-9), kind="stable")
    parts = [order[first : first + _CHUNK] for first in range(0, len(order), _CHUNK)]
    if not parts:
        return np.asarray(answer(data, t))
    answers = np.concatenate([answer(data.take(rows), t[rows]) for rows in parts], axis=-1)
    result = np.empty_like(answers)
    result[..., order] = answers
    return result
