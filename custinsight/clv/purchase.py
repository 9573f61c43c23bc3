"""What every purchase model can be asked: how many purchases, still a customer, no purchase at all.

A model hands in its likelihood and two rates; fitting and forecasting are written once, here. All expected numbers
are integrals of the rate at which a customer buys, by Gauss-Legendre quadrature in log(1 + decay t / (alpha + T)).
The rate is smooth there: some fifteen points give nine digits for any parameters, no term is the small difference of
two large ones, and discounting costs nothing.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any, ClassVar, Self, TypeAlias

import ibis
import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from custinsight.clv.fitting import LOG_BOUND, Objective, Optimum, covariance
from custinsight.clv.summaries import (
    TRIPLE,
    Floats,
    Triples,
    Weights,
    as_frame,
    checked_columns,
    compress,
    dot,
    read_triples,
)
from custinsight.engine import Tabular
from custinsight.errors import DataError

Span: TypeAlias = float | np.ndarray[Any, Any]

PRIOR_SD = 3.0
"""Weak prior on log-parameters behind intervals; one standard deviation is a factor of 20."""


class PurchaseModel(BaseEstimator):
    """Verbs that all purchase models share; see the models for what they assume."""

    name: ClassVar[str]
    _names: ClassVar[tuple[str, ...]]

    params_: pd.Series
    standard_errors_: pd.Series
    log_likelihood_: float
    identified_: bool
    limit_: str
    covariance_: pd.DataFrame
    n_customers_: float

    # -- what a model adds ---------------------------------------------------------------------------------------

    @abstractmethod
    def _objective(self, data: Triples) -> Objective:
        """Mean log-likelihood and gradient as a function of the log-parameters."""

    @abstractmethod
    def _search(self, data: Triples) -> tuple[Optimum, str]:
        """Best parameters, and which limit they ran into ("" for none)."""

    @abstractmethod
    def _death_logit(self, params: Floats, data: Triples) -> Floats:
        """Log-odds of having stopped buying for good by T."""

    @abstractmethod
    def _rates(self, params: Floats, data: Triples, spread: Floats) -> tuple[Floats, Floats]:
        """Rate of purchase, and of pairs of purchases ending, ``spread`` (alpha + T) after T, if alive at T."""

    def _pace(self, params: Floats, data: Triples) -> tuple[Floats, Floats]:
        """Shape and rate of the posterior gamma distribution of a customer's purchase rate, if alive at T."""
        return params[0] + data.x, params[1] + data.T

    def _decay(self, params: Floats, data: Triples) -> Floats:
        """How fast the rate of purchase falls at T, relative to 1 / (alpha + T); it sets the grid of the integrals."""
        return np.ones(len(data))

    # -- fitting -------------------------------------------------------------------------------------------------

    def fit(self, summary: Tabular, weights: Weights = None) -> Self:
        """Find the most likely parameters.

        Parameters
        ----------
        summary : pandas frame, Arrow table or ibis table
            One row per customer: frequency (repeat purchases), recency, T in one time unit.
        weights : str or sequence of float, optional
            Customers per row, for summaries that are counted already: a column's name or one number per row.

        Returns
        -------
        self
            With params_, standard_errors_, log_likelihood_, identified_, limit_, covariance_ (of the
            log-parameters) and n_customers_.

        Raises
        ------
        DataError
            A value is impossible (the sentence names column and row), or nobody bought twice.
        """
        data = read_triples(summary, weights)
        _check_repeats(data, self.name)
        scale = float(np.average(data.T, weights=data.weight))
        scaled = data.scaled(scale)
        optimum, limit = self._search(scaled)
        customers = float(data.weight.sum())
        params = self._natural(optimum.theta, scale)
        # a density per unit of time: each purchase brings a factor 1 / scale
        self.log_likelihood_ = optimum.value * customers - dot(data.weight, data.x) * np.log(scale)
        self._store(params, limit, customers)
        errors = np.sqrt(np.diag(covariance(optimum, customers)))
        errors[~optimum.inside] = np.nan
        self.standard_errors_ = self._padded(errors * params[: len(errors)], np.nan)
        spread = covariance(optimum, customers, prior_sd=PRIOR_SD)
        full = np.zeros((len(self._names), len(self._names)))
        full[: len(spread), : len(spread)] = spread
        self.covariance_ = pd.DataFrame(full, index=list(self._names), columns=list(self._names))
        return self

    @classmethod
    def from_params(cls, **params: float) -> Self:
        """Make a fitted model of known parameters, such as published ones.

        Parameters
        ----------
        **params : float
            Each parameter by its name, positive.

        Examples
        --------
        >>> from custinsight.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)
        >>> round(model.expected_purchases_of_new(52), 3)
        1.444
        """
        model = cls()
        given = np.array([params.get(name, np.nan) for name in cls._names], dtype=np.float64)
        if set(params) != set(cls._names) or not (np.isfinite(given) & (given >= 0)).all() or (given[:2] == 0).any():
            raise DataError(
                "{model} must have the parameters {names}, each a positive number. Give each by its name.",
                model=cls.name,
                names=", ".join(cls._names),
            )
        model._store(given, "", np.nan)
        model.log_likelihood_ = np.nan
        model.standard_errors_ = model._padded(np.array([]), np.nan)
        zeros = np.zeros((len(given), len(given)))
        model.covariance_ = pd.DataFrame(zeros, index=list(cls._names), columns=list(cls._names))
        return model

    def _store(self, params: Floats, limit: str, customers: float) -> None:
        self.params_ = pd.Series(params, index=list(self._names), name="estimate")
        self.limit_ = limit
        self.identified_ = limit == ""
        self.n_customers_ = customers

    def _natural(self, theta: Floats, scale: float) -> Floats:
        """Parameters from log-parameters of scaled time; a model may end with fewer than it has."""
        params = np.exp(theta)
        params[1] *= scale
        return params

    def _padded(self, values: Floats, fill: float) -> pd.Series:
        padded = np.full(len(self._names), fill)
        padded[: len(values)] = values
        return pd.Series(padded, index=list(self._names), name="standard_error")

    # -- asking --------------------------------------------------------------------------------------------------

    def log_likelihood(self, summary: Tabular, weights: Weights = None) -> float:
        """Log-likelihood of a summary under the fitted parameters.

        Parameters
        ----------
        summary, weights
            As in :meth:`fit`.
        """
        data = read_triples(summary, weights)
        # a = 0 is a legal parameter (no dropout): its logarithm is minus infinity, its likelihood is finite
        with np.errstate(divide="ignore", invalid="ignore"):
            theta = np.log(self._fitted())
            return float(self._objective(data)(theta)[0] * data.weight.sum())

    def expected_purchases(self, summary: Tabular, t: Span) -> pd.Series:
        """Purchases that each customer is expected to make within ``t`` after T.

        Parameters
        ----------
        summary : table
            One row per customer: frequency, recency, T.
        t : float or array of shape (customers,)
            Time ahead, in the unit of the summary.

        Returns
        -------
        pandas.Series
            One number per row of the summary, in its order.
        """
        return self._ask(
            summary, t, lambda data, ahead: self._purchases(self._fitted(), data, ahead), "expected_purchases"
        )

    def expected_purchases_of_new(self, t: float) -> float:
        """Repeat purchases that a customer of whom nothing is known makes within ``t`` after the first purchase."""
        newcomer = Triples(np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1))
        return float(self._purchases(self._fitted(), newcomer, np.full(1, float(t)))[0])

    def probability_alive(self, summary: Tabular) -> pd.Series:
        """Probability that each customer has not stopped buying for good by T.

        Returns
        -------
        pandas.Series
            One number in [0, 1] per row of the summary. It is no churn score: see :meth:`probability_no_purchase`.
        """
        return self._ask(
            summary, 0.0, lambda data, _: expit(-self._death_logit(self._fitted(), data)), "probability_alive"
        )

    def probability_no_purchase(self, summary: Tabular, t: Span) -> pd.Series:
        """Exact probability that each customer buys nothing within ``t`` after T.

        It is the likelihood of (frequency, recency, T + t) over that of (frequency, recency, T): the customer
        stopped before T, or is alive and stays silent.

        Parameters
        ----------
        summary : table
            One row per customer: frequency, recency, T.
        t : float or array of shape (customers,)
            Time ahead, in the unit of the summary.

        Returns
        -------
        pandas.Series
            One number in [0, 1] per row of the summary.
        """
        return self._ask(
            summary, t, lambda data, ahead: self._silence(self._fitted(), data, ahead), "probability_no_purchase"
        )

    def _fitted(self) -> Floats:
        check_is_fitted(self, "params_")
        return np.asarray(self.params_, dtype=np.float64)

    def _silence(self, params: Floats, data: Triples, t: Floats) -> Floats:
        death = self._death_logit(params, data)
        shape, rate = self._pace(params, data)
        return np.minimum(expit(death) + expit(-death) * np.exp(-shape * np.log1p(t / rate)), 1.0)

    def _ask(self, summary: Tabular, t: Span, answer: Any, name: str) -> pd.Series:
        """Answer for the distinct rows of a summary and spread the answers over all its rows."""
        frame, data, ahead, inverse = spread_over(summary, t)
        index = None if isinstance(summary, ibis.Table) else frame.index
        return pd.Series(answer(data, ahead)[inverse], index=index, name=name)

    def _purchases(self, params: Floats, data: Triples, t: Floats, force: float = 0.0) -> Floats:
        """Expected purchases within t, each discounted by exp(-force * its time)."""
        rate_at = self._pace(params, data)[1]
        total = np.zeros(len(data))
        for spread, weight in _nodes(t / rate_at, self._decay(params, data)):
            total += weight * self._rates(params, data, spread)[0] * np.exp(-force * spread * rate_at)
        return expit(-self._death_logit(params, data)) * total * rate_at

    def _moments(self, params: Floats, data: Triples, t: Floats, force: float) -> tuple[Floats, Floats, Floats]:
        """Discounted purchases D = sum of d(time): their mean, the mean of sum d², and of D² - sum d²."""
        rate_at = self._pace(params, data)[1]
        mean, squares, pairs = (np.zeros(len(data)) for _ in range(3))
        for spread, weight in _nodes(t / rate_at, self._decay(params, data)):
            after = spread * rate_at
            single, double = self._rates(params, data, spread)
            discount = np.exp(-force * after)
            earlier = after if force == 0 else -np.expm1(-force * after) / force
            mean += weight * single * discount
            squares += weight * single * discount**2
            pairs += 2 * weight * double * discount * earlier
        alive = expit(-self._death_logit(params, data)) * rate_at
        return alive * mean, alive * squares, alive * pairs

    def _gradient(self, data: Triples, t: Floats, force: float) -> Floats:
        """Change of the discounted purchases with each log-parameter, shape (parameters, triples)."""
        params, step = self._fitted(), 1e-5
        gradient = np.zeros((len(params), len(data)))
        here = self._purchases(params, data, t, force)
        for k in np.flatnonzero(np.diag(self.covariance_) > 0):
            moved = params.copy()
            moved[k] *= np.exp(step)
            gradient[k] = (self._purchases(moved, data, t, force) - here) / step
        return gradient


def spread_over(summary: Tabular, t: Span) -> tuple[pd.DataFrame, Triples, Floats, np.ndarray[Any, np.dtype[np.intp]]]:
    """Read a summary for forecasting: the frame, its distinct triples with t, and which one each row has."""
    frame = as_frame(summary, TRIPLE)
    columns = checked_columns(frame)
    ahead = np.asarray(t, dtype=np.float64)
    if not (np.isfinite(ahead) & (ahead >= 0)).all() or ahead.ndim > 1 or ahead.shape not in ((), (len(frame),)):
        raise DataError("The time ahead must be finite and not negative: one number, or one per row of the summary.")
    (x, tx, T, ahead), inverse = compress([*columns, np.broadcast_to(ahead, (len(frame),))])
    return frame, Triples(x, tx, T, np.ones(len(x))), ahead, inverse


def _nodes(reach: Floats, decay: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Quadrature points for integrals over [0, reach] in units of alpha + T, with their weights."""
    length = np.log1p(decay * reach)
    n = int(np.clip(6 + 3 * length.max(initial=0.0), 6, 40))
    for point, weight in zip(*np.polynomial.legendre.leggauss(n), strict=True):
        grown = length * (point + 1) / 2
        yield np.expm1(grown) / decay, weight * length / 2 * np.exp(grown) / decay


def shape_bounds(k: int) -> tuple[Floats, Floats]:
    """Bounds of the log-parameters; alpha, the second one, is a time and gets more room."""
    bound = np.full(k, LOG_BOUND)
    bound[1] += 5
    return -bound, bound


def _check_repeats(data: Triples, model: str) -> None:
    if data.weight.sum() == 0:
        raise DataError("{model} must be fitted to at least one customer, got none. Check the period.", model=model)
    if not (data.x > 0).any():
        raise DataError(
            "{model} must be fitted to customers some of whom bought again, got {n} one-time buyers only. "
            "Take a longer history.",
            model=model,
            n=int(data.weight.sum()),
        )
    if not (data.T > 0).any():
        raise DataError("{model} must be fitted to a history longer than nothing: T is 0 in each row.", model=model)
