"""How a purchase model is fitted, whatever it assumes: input checked, parameters found, errors and limits told."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from custinsight.clv.doubt import PRIOR_SD, draw_posterior, needs_draws
from custinsight.clv.fitting import LOG_BOUND, Objective, Optimum, covariance, penalised
from custinsight.clv.summaries import Floats, Triples, Weights, dot, read_triples
from custinsight.engine import Tabular
from custinsight.errors import DataError

Start: TypeAlias = "pd.Series | Mapping[str, float] | FittedModel | None"


class FittedModel(BaseEstimator):
    """What all purchase models share in fitting; see the models for what they assume.

    Inside, a model is told its parameters as ``theta``: their logarithms, and after them the coefficients of
    covariates as they are.
    """

    name: ClassVar[str]
    _names: ClassVar[tuple[str, ...]]
    _times: ClassVar[tuple[int, ...]] = (1,)
    """Which parameters are lengths of time."""
    _effects: ClassVar[tuple[tuple[str, int, float], ...]] = ()
    """What covariates may act on: name of the effect, the parameter it multiplies, and with which sign."""

    covariates: Sequence[str] = ()
    penalizer: float = 0.0
    _longest: float = 1.0
    """The largest T fitted to, in the search's unit of time: lifetimes measures time in it."""

    params_: pd.Series
    standard_errors_: pd.Series
    log_likelihood_: float
    identified_: bool
    limit_: str
    covariance_: pd.DataFrame
    n_customers_: float

    _evidence: tuple[Triples, float] | None = None
    """What draws are made from once they are asked for: the customers in scaled time, and the scale."""
    _drawn: Floats | None = None

    # -- what a model adds ---------------------------------------------------------------------------------------

    @abstractmethod
    def _search(self, data: Triples, start: Floats | None) -> tuple[Optimum, str]:
        """Best parameters, and which limit they ran into ("" for none)."""

    @abstractmethod
    def _plain_objective(self, data: Triples) -> Objective:
        """Mean log-likelihood and gradient as a function of theta, nothing taken off."""

    # -- fitting -------------------------------------------------------------------------------------------------

    def fit(self, summary: Tabular, weights: Weights = None, start: Start = None) -> Self:
        """Find the most likely parameters.

        Parameters
        ----------
        summary : pandas frame, Arrow table or ibis table
            One row per customer: frequency (repeat purchases), recency, T in one time unit.
        weights : str or sequence of float, optional
            Customers per row, for summaries that are counted already: a column's name or one number per row.
        start : fitted model or mapping, optional
            Parameters to begin the search at, such as those of the last period; they change the time it takes only.

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
        if not (np.isfinite(self.penalizer) and self.penalizer >= 0):
            raise DataError("The penalizer must be a number and not negative, got {value}.", value=str(self.penalizer))
        data = self._read(summary, weights)
        self._check(data)
        scale = float(np.average(data.T, weights=data.weight)) if self._times else 1.0
        self._longest = float(data.T.max()) / scale
        scaled = data.scaled(scale)
        optimum, limit = self._search(scaled, self._started(start, scale))
        customers = float(data.weight.sum())
        theta = self._whole(optimum.theta, scale)
        self._store(self._params_of(theta), limit, customers)
        # a density per unit of time: each purchase brings a factor 1 / scale
        value = optimum.value if self.penalizer == 0 else self._plain_objective(scaled)(optimum.theta)[0]
        density = dot(data.weight, data.x) * np.log(scale) if self._times else 0.0
        self.log_likelihood_ = float(value) * customers - density
        self._store_errors(optimum, customers)
        self._drawn = None
        self._evidence = (scaled, scale) if needs_draws(optimum, customers, len(data)) else None
        return self

    def _read(self, summary: Tabular, weights: Weights) -> Triples:
        return read_triples(summary, weights, self.covariates)

    def _objective(self, data: Triples) -> Objective:
        """What is maximised: the mean log-likelihood less the penalty, whose unit of time is lifetimes' own."""
        factor = np.ones(len(self._names))
        factor[list(self._times)] = 1.0 / self._longest
        return penalised(self._plain_objective(data), self.penalizer, factor)

    def _check(self, data: Triples) -> None:
        if data.weight.sum() == 0:
            raise DataError(
                "{model} must be fitted to at least one customer, got none. Check the period.", model=self.name
            )
        if not (data.x > 0).any():
            raise DataError(
                "{model} must be fitted to customers some of whom bought again, got {n} one-time buyers only. "
                "Take a longer history.",
                model=self.name,
                n=int(data.weight.sum()),
            )
        if not (data.T > 0).any():
            raise DataError(
                "{model} must be fitted to a history longer than nothing: T is 0 in each row.", model=self.name
            )

    def _started(self, start: Start, scale: float) -> Floats | None:
        """Theta to begin at, in scaled time; None where nothing usable is given."""
        if start is None:
            return None
        given = start.params_ if isinstance(start, FittedModel) else pd.Series(start, dtype=np.float64)
        values = given.reindex(self._all_names()).to_numpy(dtype=np.float64).copy()
        k = len(self._names)
        if not np.isfinite(values).all() or not (values[:k] > 0).all():
            return None
        values[list(self._times)] /= scale
        return np.concatenate([np.log(values[:k]), values[k:]])

    def _whole(self, theta: Floats, scale: float) -> Floats:
        """Theta in the summary's time unit."""
        whole = theta.copy()
        whole[list(self._times)] += np.log(scale)
        return whole

    def _store(self, params: Floats, limit: str, customers: float) -> None:
        self.params_ = pd.Series(params, index=self._all_names(), name="estimate")
        self.limit_ = limit
        self.identified_ = limit == ""
        self.n_customers_ = customers

    def _store_errors(self, optimum: Optimum, customers: float) -> None:
        names, k = self._all_names(), len(optimum.theta)
        errors = np.sqrt(np.diag(covariance(optimum, customers)))
        errors[~optimum.inside] = np.nan
        # by the delta method: parameters are exponentials, coefficients are themselves
        slopes = np.where(np.arange(k) < len(self._names), self.params_.to_numpy()[:k], 1.0)
        self.standard_errors_ = pd.Series(np.nan, index=names, name="standard_error")
        self.standard_errors_.iloc[:k] = errors * slopes
        full = np.zeros((len(names), len(names)))
        full[:k, :k] = covariance(optimum, customers, prior_sd=PRIOR_SD)
        self.covariance_ = pd.DataFrame(full, index=names, columns=names)

    @property
    def draws_(self) -> Floats | None:
        """Draws of theta that intervals rest on, one row each; None where they rest on the Hessian.

        Made when first asked for; see :mod:`custinsight.clv.doubt` for when and how.
        """
        check_is_fitted(self, "params_")
        if self._evidence is not None:
            data, scale = self._evidence
            width = np.concatenate([np.ones(len(self._names)), np.tile(data.widths, len(self._effects))])
            best = self._whole(self._theta(), 1 / scale) * width
            objective = self._objective(replace(data, z=data.z / data.widths))
            drawn = draw_posterior(objective, best, *bounds_of(self), float(data.weight.sum()))
            self._drawn, self._evidence = np.array([self._whole(theta / width, scale) for theta in drawn]), None
        return self._drawn

    def parameter_intervals(self, interval: float = 0.9) -> pd.DataFrame:
        """Bounds of the parameters: one row per parameter.

        Where the Hessian can be trusted the logarithms are taken as normal; else the bounds are quantiles of draws
        from the posterior under a weak prior, and of a parameter at an edge one of them lies beside the estimate.

        Parameters
        ----------
        interval : float
            Probability between the bounds.

        Returns
        -------
        pandas.DataFrame
            estimate, low, high.

        Examples
        --------
        >>> from custinsight.clv import NBD
        >>> summary = pd.DataFrame({"frequency": [0, 1, 4], "recency": [0, 20, 38], "T": 39, "n": [600, 300, 100]})
        >>> NBD().fit(summary, weights="n").parameter_intervals().round(2).loc["r"].tolist()
        [0.71, 0.59, 0.85]
        """
        theta, k = self._theta(), len(self._names)
        if self.draws_ is None:
            width = norm.ppf((1 + interval) / 2) * np.sqrt(np.diag(self.covariance_))
            low, high = theta - width, theta + width
        else:
            low, high = np.quantile(self.draws_, [(1 - interval) / 2, (1 + interval) / 2], axis=0)
        bounds = [np.concatenate([np.exp(side[:k]), side[k:]]) for side in (low, high)]
        return pd.DataFrame({"estimate": self.params_, "low": bounds[0], "high": bounds[1]})

    def _all_names(self) -> list[str]:
        return [*self._names, *(f"{effect}_{name}" for effect, _, _ in self._effects for name in self.covariates)]

    def _params_of(self, theta: Floats) -> Floats:
        k = len(self._names)
        return np.concatenate([np.exp(theta[:k]), theta[k:]])

    @classmethod
    def from_params(cls, **params: Any) -> Self:
        """Make a fitted model of known parameters, such as published ones.

        Parameters
        ----------
        **params
            Each parameter by its name, positive; and what the model is made with (``covariates``, for one).

        Examples
        --------
        >>> from custinsight.clv import BGNBD
        >>> model = BGNBD.from_params(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)
        >>> round(model.expected_purchases_of_new(52), 3)
        1.444
        """
        settings = {name: params.pop(name) for name in cls._get_param_names() if name in params}
        model = cls(**settings)
        names, k = model._all_names(), len(cls._names)
        given = np.array([params.get(name, np.nan) for name in names], dtype=np.float64)
        if set(params) != set(names) or not np.isfinite(given).all() or not model._may_be(given[:k]):
            raise DataError(
                "{model} must have the parameters {names}, each a positive number. Give each by its name.",
                model=cls.name,
                names=", ".join(names),
            )
        model._store(given, "", np.nan)
        model.log_likelihood_ = np.nan
        model.standard_errors_ = pd.Series(np.nan, index=names, name="standard_error")
        model.covariance_ = pd.DataFrame(0.0, index=names, columns=names)
        return model

    def _may_be(self, params: Floats) -> bool:
        """Whether these parameters are possible; those of dropout may be 0, which stands for none."""
        return bool((params >= 0).all() and (params[:2] > 0).all())

    def log_likelihood(self, summary: Tabular, weights: Weights = None) -> float:
        """Log-likelihood of a summary under the fitted parameters.

        Parameters
        ----------
        summary, weights
            As in :meth:`fit`.
        """
        data = self._read(summary, weights)
        # a = 0 is a legal parameter (no dropout): its logarithm is minus infinity, its likelihood is finite
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(self._plain_objective(data)(self._theta())[0] * data.weight.sum())

    def to_json(self) -> str:
        """Write the fitted model as text, to be read by :func:`custinsight.clv.from_json`; never as pickle."""
        from custinsight.clv.storage import model_to_json

        return model_to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a model that :meth:`to_json` wrote."""
        from custinsight.clv.storage import model_from_json

        return model_from_json(text, cls)

    def _theta(self) -> Floats:
        check_is_fitted(self, "params_")
        values, k = self.params_.to_numpy(dtype=np.float64), len(self._names)
        with np.errstate(divide="ignore"):
            return np.concatenate([np.log(values[:k]), values[k:]])

    def _at(self, theta: Floats, data: Triples) -> list[Any]:
        """Parameters: a number each, or one per row where a covariate acts on them."""
        k, c = len(self._names), len(self.covariates)
        params: list[Any] = list(np.exp(theta[:k]))
        for i, (_, which, sign) in enumerate(self._effects if c and data.z.size else ()):
            params[which] = params[which] * np.exp(sign * (data.z @ theta[k + i * c : k + (i + 1) * c]))
        return params


def bounds_of(model: FittedModel) -> tuple[Floats, Floats]:
    """Bounds of theta; those that are times get more room, coefficients are searched in units of their own."""
    bound = np.full(len(model._names), LOG_BOUND)
    bound[list(model._times)] += 5
    reach = np.full(len(model._all_names()) - len(bound), 20.0)
    return np.concatenate([-bound, -reach]), np.concatenate([bound, reach])
