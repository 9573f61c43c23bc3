"""Gamma-Gamma: what a customer spends per purchase, shrunk towards what others spend."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import ibis
import numpy as np
import pandas as pd
from scipy.special import digamma, gammaln
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from custinsight.clv.doubt import PRIOR_SD
from custinsight.clv.fitting import LOG_BOUND, Objective, covariance, maximise, penalised, refine, thinned
from custinsight.clv.summaries import (
    Floats,
    Weights,
    as_frame,
    checked_frequency,
    checked_weights,
    compress,
    dot,
    numbers,
)
from custinsight.engine import Tabular
from custinsight.errors import DataError

_NAMES = ("p", "q", "gamma")
_STARTS = ((1.5, 1.2, 1.5), (0.0, 0.0, 0.0), (3.0, 3.0, 2.0))
_FEWEST_DEGREES = 0.5


class GammaGamma(BaseEstimator):
    """Gamma-Gamma model of the spend per purchase.

    A customer's purchases vary around a mean of their own (gamma with shape ``p`` and a customer's rate); the rates
    are gamma distributed with shape ``q`` and rate ``gamma``. Spend must not depend on how often a customer buys:
    the gate checks that. Only customers with repeat purchases and a positive mean spend are fitted to.

    Where q comes out at 1 or below, the mean over all customers would be infinite: ``identified_`` is then False,
    and customers of whom nothing is known are given the mean spend of the others.

    Parameters
    ----------
    penalizer : float
        Weight of the squared parameters taken off the mean log-likelihood, as in lifetimes.

    Attributes
    ----------
    params_ : pandas.Series
        p, q, gamma (gamma in money).
    standard_errors_ : pandas.Series
        From the Hessian; nan for a parameter that the data do not determine.
    log_likelihood_ : float
        Of the customers' mean spends. Some authors print it with the sum of log(frequency) subtracted.
    identified_ : bool
    limit_ : str
        "", "infinite_mean" (q <= 1) or "bound" (a parameter ran out of its bounds).
    covariance_ : pandas.DataFrame
        Of the log-parameters, under a weak prior that keeps it finite.
    n_customers_, n_left_out_ : float
        Customers fitted to; repeat customers left out for a mean spend that is not positive.

    References
    ----------
    Fader and Hardie (2013), The Gamma-Gamma model of monetary value; Fader, Hardie and Lee (2005), RFM and CLV,
    Journal of Marketing Research 42 (4), 415-430.

    Examples
    --------
    >>> summary = pd.DataFrame({"frequency": [1, 2, 3, 0], "monetary_value": [20.0, 50.0, 35.0, 0.0]})
    >>> model = GammaGamma.from_params(p=6.25, q=3.74, gamma=15.44)
    >>> model.expected_spend(summary).round(2).tolist()
    [24.64, 47.34, 35.03, 35.22]
    """

    name: ClassVar[str] = "Gamma-Gamma"

    params_: pd.Series
    standard_errors_: pd.Series
    covariance_: pd.DataFrame
    log_likelihood_: float
    identified_: bool
    limit_: str
    n_customers_: float
    n_left_out_: float
    mean_spend_: float

    def __init__(self, penalizer: float = 0.0) -> None:
        self.penalizer = penalizer

    def fit(self, summary: Tabular, weights: Weights = None) -> Self:
        """Find the most likely parameters.

        Parameters
        ----------
        summary : pandas frame, Arrow table or ibis table
            One row per customer: frequency (repeat purchases) and monetary_value (mean spend of these).
        weights : str or sequence of float, optional
            Customers per row: a column's name or one number per row.

        Returns
        -------
        self

        Raises
        ------
        DataError
            A value is impossible (the sentence names column and row), or fewer than three customers can be used.
        """
        frame = _spend_frame(summary, weights)
        x = checked_frequency(frame)
        m = _known_spend(frame, x)
        weight = checked_weights(frame, weights)
        again = (x > 0) & (weight > 0)
        used = again & (m > 0)
        if used.sum() < 3:
            raise DataError(
                "GammaGamma must be fitted to at least 3 customers with repeat purchases and a positive mean spend, "
                "got {n}. Take a longer history.",
                n=int(used.sum()),
            )
        self.n_left_out_ = float(weight[again & ~used].sum())
        (x, m), alike = compress([x[used], m[used]])
        return self._fit(x, m, np.asarray(np.bincount(alike, weights=weight[used]), dtype=np.float64))

    def _fit(self, x: Floats, m: Floats, weight: Floats) -> Self:
        customers = float(weight.sum())
        # amounts in multiples of the typical one, so that the search does not depend on the currency
        scale = float(np.exp(dot(weight, np.log(m)) / customers))
        low, high = np.array([-LOG_BOUND, -LOG_BOUND, -14.0]), np.array([LOG_BOUND, LOG_BOUND, 14.0])
        plain = _objective(x, m / scale, weight)
        factor = np.array([1.0, 1.0, scale])
        objective = penalised(plain, self.penalizer, factor)
        few = thinned(len(x))
        thin = penalised(_objective(x[few], m[few] / scale, weight[few]), self.penalizer, factor)
        optimum = maximise(thin, np.array(_STARTS[0]), low, high)
        if len(few) < len(x):
            optimum = refine(objective, optimum, low, high)
        if not optimum.inside.all():
            others = (maximise(objective, np.array(start), low, high) for start in _STARTS[1:])
            optimum = max((optimum, *others), key=lambda found: found.value)
        params = np.exp(optimum.theta) * np.array([1, 1, scale])
        self._store(params, dot(weight, m / customers))
        if not optimum.inside.all():
            self.limit_ = "bound"
        self.identified_ = self.limit_ == ""
        self.n_customers_ = customers
        self.log_likelihood_ = plain(optimum.theta)[0] * customers - customers * np.log(scale)
        errors = np.sqrt(np.diag(covariance(optimum, customers))) * params
        self.standard_errors_ = pd.Series(np.where(optimum.inside, errors, np.nan), index=list(_NAMES))
        spread = covariance(optimum, customers, prior_sd=PRIOR_SD)
        self.covariance_ = pd.DataFrame(spread, index=list(_NAMES), columns=list(_NAMES))
        return self

    @classmethod
    def from_params(cls, *, p: float, q: float, gamma: float) -> Self:
        """Make a fitted model of known parameters, such as published ones."""
        given = np.array([p, q, gamma], dtype=np.float64)
        if not (np.isfinite(given) & (given > 0)).all() or q <= 1:
            raise DataError("GammaGamma must have positive parameters p, q, gamma, with q above 1. Check them.")
        model = cls()
        model._store(given, p * gamma / (q - 1))
        model.standard_errors_ = pd.Series(np.nan, index=list(_NAMES))
        model.covariance_ = pd.DataFrame(0.0, index=list(_NAMES), columns=list(_NAMES))
        model.log_likelihood_ = model.n_customers_ = model.n_left_out_ = np.nan
        return model

    def _store(self, params: Floats, mean_spend: float) -> None:
        self.params_ = pd.Series(params, index=list(_NAMES), name="estimate")
        self.mean_spend_ = mean_spend
        self.limit_ = "" if params[1] > 1 else "infinite_mean"
        self.identified_ = self.limit_ == ""

    def expected_spend(self, summary: Tabular) -> pd.Series:
        """Mean spend per purchase that is expected of each customer from now on.

        Parameters
        ----------
        summary : table
            One row per customer: frequency, monetary_value.

        Returns
        -------
        pandas.Series
            One amount per row of the summary, in its order.
        """
        frame, x, m = self._read(summary)
        index = None if isinstance(summary, ibis.Table) else frame.index
        return pd.Series(self._mean(self._fitted(), x, m), index=index, name="expected_spend")

    def _read(self, summary: Tabular) -> tuple[pd.DataFrame, Floats, Floats]:
        """Frequency and mean spend; a spend that is not positive pulls the customer down to nothing, not below."""
        frame = as_frame(summary, ("frequency", "monetary_value"))
        x = checked_frequency(frame)
        return frame, x, np.maximum(_known_spend(frame, x), 0.0)

    def _fitted(self) -> Floats:
        check_is_fitted(self, "params_")
        return np.asarray(self.params_, dtype=np.float64)

    def _mean(self, params: Floats, x: Floats, m: Floats) -> Floats:
        p, q, gamma = params
        degrees = p * x + q - 1
        mean = p * (gamma + x * m) / np.where(degrees > 0, degrees, 1.0)
        return np.where((degrees > 0) & ((x > 0) | (q > 1)), mean, self.mean_spend_)

    def _relative_moments(self, x: Floats) -> tuple[Floats, Floats]:
        """Means of Z² and of Z Z' of two purchases, in squares of the mean of Z, which they depend on x beside.

        The spread is held finite where the model says it is infinite.
        """
        p, q, _ = self._fitted()
        degrees = p * x + q - 1
        wider = np.maximum(degrees, _FEWEST_DEGREES) / np.maximum(degrees - 1, _FEWEST_DEGREES)
        product = np.maximum(wider, 1.0)
        return product * (p + 1) / p, product

    def _log_slopes(self, x: Floats, m: Floats) -> Floats:
        """Change of the logarithm of the expected spend with each log-parameter, shape (3, n)."""
        p, q, gamma = self._fitted()
        degrees = p * x + q - 1
        known = (degrees > 0) & ((x > 0) | (q > 1))
        safe = np.where(known, degrees, 1.0)
        slopes = np.array([1 - p * x / safe, -q / safe, gamma / (gamma + x * m)])
        return np.where(known, slopes, 0.0)

    def to_json(self) -> str:
        """Write the fitted model as text, to be read by :func:`custinsight.clv.from_json`; never as pickle."""
        from custinsight.clv.storage import model_to_json

        return model_to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a model that :meth:`to_json` wrote."""
        from custinsight.clv.storage import model_from_json

        return model_from_json(text, cls)

    def to_lifetimes(self) -> Any:
        """Hand the parameters to a fitted ``lifetimes.GammaGammaFitter``; its name for gamma is v."""
        from lifetimes import GammaGammaFitter

        self._fitted()
        fitter = GammaGammaFitter()
        fitter.params_ = self.params_.rename({"gamma": "v"})
        fitter.standard_errors_ = self.standard_errors_.rename({"gamma": "v"})
        return fitter


def _spend_frame(summary: Tabular, weights: Weights) -> pd.DataFrame:
    """What is fitted to; of an ibis table no other column leaves the engine."""
    columns = ("frequency", "monetary_value", *((weights,) if isinstance(weights, str) else ()))
    if isinstance(summary, ibis.Table) and set(columns) <= set(summary.columns):
        summary = summary.select(*columns)
    return as_frame(summary, columns[:2])


def _known_spend(frame: pd.DataFrame, x: Floats) -> Floats:
    """Mean spend of repeat purchases; whatever stands beside a frequency of 0 is not looked at."""
    return numbers(frame[["monetary_value"]].where(pd.Series(x > 0, index=frame.index), 0.0), "monetary_value")


def _objective(x: Floats, m: Floats, weight: Floats) -> Objective:
    """Mean log-likelihood of the mean spends and its gradient, as a function of log p, q, gamma."""
    weight = weight / weight.sum()
    times, which = np.unique(x, return_inverse=True)
    share = np.asarray(np.bincount(which, weights=weight), dtype=np.float64)
    paid, bought = x * m, weight * x
    log_m, log_x, x_log_m = dot(weight, np.log(m)), dot(bought, np.log(x)), dot(bought, np.log(m))

    def objective(theta: Floats) -> tuple[float, Floats]:
        p, q, gamma = np.exp(theta)
        total = gamma + paid
        log_total = np.log(total)
        summed, x_summed = dot(weight, log_total), dot(bought, log_total)
        value = dot(share, gammaln(p * times + q) - gammaln(p * times)) - gammaln(q) + q * theta[2]
        value += p * (x_log_m + log_x) - log_m - p * x_summed - q * summed
        joint = digamma(p * times + q)
        by_p = dot(share, times * (joint - digamma(p * times))) + x_log_m + log_x - x_summed
        by_q = dot(share, joint) - digamma(q) + theta[2] - summed
        by_gamma = q / gamma - float(((p * bought + q * weight) / total).sum())
        return float(value), np.array([by_p * p, by_q * q, by_gamma * gamma])

    return objective
