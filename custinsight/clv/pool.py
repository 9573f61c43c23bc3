"""Several models' forecasts taken together, each with the same weight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.linalg import block_diag

from custinsight.clv.doubt import DRAWS
from custinsight.clv.fitted import Start
from custinsight.clv.fitting import Objective, Optimum
from custinsight.clv.purchase import PurchaseModel, Span
from custinsight.clv.summaries import Floats, Indices, Triples, Weights
from custinsight.engine import Tabular
from custinsight.errors import DataError


class Pool(PurchaseModel):
    """Mean of several purchase models' forecasts: a customer follows one of them, each as likely as the other.

    BG/NBD lets customers stop at a purchase and Pareto/NBD at any moment. Which is right is seldom clear, and what both
    say together is often nearer than either.

    Parameters
    ----------
    models : sequence of PurchaseModel
        At least two; fitted ones are taken as they are until the pool is fitted.

    Attributes
    ----------
    params_, standard_errors_, covariance_
        Of all models, a parameter's name after that of its model: "BGNBD.r".
    log_likelihood_ : float
        Mean of the models' log-likelihoods.
    identified_ : bool
        Whether all models' parameters are.
    limit_ : str
        "no_dropout" if no model found any, else "".

    References
    ----------
    Clemen (1989), Combining forecasts: a review, International Journal of Forecasting 5 (4), 559-583.

    Examples
    --------
    >>> from custinsight.clv import NBD
    >>> pool = Pool([NBD.from_params(r=1.0, alpha=10.0), NBD.from_params(r=1.0, alpha=30.0)])
    >>> customer = pd.DataFrame({"frequency": [3], "recency": [30.0], "T": [30.0]})
    >>> pool.expected_purchases(customer, 10).round(3).tolist()
    [0.833]
    """

    name = "pool"
    _names = ()
    _times = ()

    def __init__(self, models: Sequence[PurchaseModel]) -> None:
        self.models = models

    def fit(self, summary: Tabular, weights: Weights = None, start: Start = None) -> Self:
        """Fit each model; see :meth:`PurchaseModel.fit`. A start is not looked at."""
        if len(self.models) < 2:
            raise DataError("A pool must have at least two models, got {n}.", n=len(self.models))
        for model in self.models:
            model.fit(summary, weights)
        self.n_customers_ = self.models[0].n_customers_
        return self

    def __getattr__(self, name: str) -> Any:
        """What is known of the pool is known of its models; nothing before they are fitted."""
        if name not in _JOINED or not all(hasattr(model, "params_") for model in self.__dict__.get("models", ())):
            raise AttributeError(name)
        return _JOINED[name](self.models)

    @property
    def draws_(self) -> Floats | None:
        """Draws of all models' theta side by side, where one of them needs draws; see :class:`BGNBD`."""
        parts = [model.draws_ for model in self.models]
        if all(part is None for part in parts):
            return None
        pairs = zip(self.models, parts, strict=True)
        return np.hstack([_normal_draws(model) if part is None else part for model, part in pairs])

    def parameter_intervals(self, interval: float = 0.9) -> pd.DataFrame:
        """Bounds of all models' parameters; see :meth:`PurchaseModel.parameter_intervals`."""
        return pd.concat(
            [model.parameter_intervals(interval).rename(f"{type(model).__name__}.{{}}".format) for model in self.models]
        )

    # -- forecasts -----------------------------------------------------------------------------------------------

    def _theta(self) -> Floats:
        return np.concatenate([model._theta() for model in self.models])

    def _spread(self, summary: Tabular, t: Span) -> tuple[pd.DataFrame, Triples, Floats, Indices]:
        return self.models[0]._spread(summary, t)

    def _read(self, summary: Tabular, weights: Weights) -> Triples:
        return self.models[0]._read(summary, weights)

    def _mean(self, theta: Floats, answer: Callable[[PurchaseModel, Floats], Any]) -> Any:
        """Mean of the models' answers, each to its part of theta."""
        answers = [answer(model, part) for model, part in zip(self.models, self._parts(theta), strict=True)]
        return np.mean(np.array(answers), axis=0)

    def _parts(self, theta: Floats) -> list[Floats]:
        ends = np.cumsum([len(model._all_names()) for model in self.models])
        return np.split(theta, ends[:-1])

    def _alive(self, theta: Floats, data: Triples) -> Floats:
        return np.asarray(self._mean(theta, lambda model, part: model._alive(part, data)))

    def _survival(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        alive = self._mean(theta, lambda model, part: model._alive(part, data) * model._survival(part, data, t))
        return np.asarray(alive / np.maximum(self._alive(theta, data), 1e-300))

    def _silence(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        return np.asarray(self._mean(theta, lambda model, part: model._silence(part, data, t)))

    def _purchases(self, theta: Floats, data: Triples, t: Floats, force: float = 0.0) -> Floats:
        return np.asarray(self._mean(theta, lambda model, part: model._purchases(part, data, t, force)))

    def _moments(self, theta: Floats, data: Triples, t: Floats, force: float) -> tuple[Floats, Floats, Floats]:
        mean, squares, pairs = self._mean(theta, lambda model, part: model._moments(part, data, t, force))
        return mean, squares, pairs

    def _limitless(self, theta: Floats, data: Triples, force: float) -> Floats:
        return np.asarray(self._mean(theta, lambda model, part: model._limitless(part, data, force)))

    def _counts(self, theta: Floats, data: Triples, t: Floats, most: int) -> Floats:
        return np.asarray(self._mean(theta, lambda model, part: model._counts(part, data, t, most)))

    def _gradient(self, data: Triples, t: Floats, force: float) -> Floats:
        parts = [model._gradient(data, t, force) for model in self.models]
        return np.concatenate(parts) / len(parts)

    def to_json(self) -> str:
        """Write the fitted models as one text, to be read by :func:`custinsight.clv.from_json`."""
        from custinsight.clv.storage import pool_to_json

        return pool_to_json(self.models)

    def _plain_objective(self, data: Triples) -> Objective:
        objectives = [model._plain_objective(data) for model in self.models]

        def mean(theta: Floats) -> tuple[float, Floats]:
            told = [objective(part) for objective, part in zip(objectives, self._parts(theta), strict=True)]
            return float(np.mean([value for value, _ in told])), np.concatenate([slope for _, slope in told]) / len(
                told
            )

        return mean

    def _search(self, data: Triples, start: Floats | None) -> tuple[Optimum, str]:
        """Each model's own search, put together."""
        found = [model._search(data, None) for model in self.models]
        theta, inside = (np.concatenate([getattr(each, name) for each, _ in found]) for name in ("theta", "inside"))
        information = block_diag(*(each.information for each, _ in found)) / len(found)
        limit = "no_dropout" if all(limit == "no_dropout" for _, limit in found) else ""
        return Optimum(theta, float(np.mean([each.value for each, _ in found])), information, inside), limit


def _titled(models: Sequence[PurchaseModel], part: str) -> pd.Series:
    """A series of all models, a parameter's name after that of its model."""
    return pd.concat([getattr(model, part).add_prefix(f"{type(model).__name__}.") for model in models])


def _normal_draws(model: PurchaseModel) -> Floats:
    """Draws of a model whose Hessian can be trusted."""
    values, vectors = np.linalg.eigh(model.covariance_.to_numpy())
    each = np.random.default_rng(0).standard_normal((DRAWS, len(values)))
    return np.asarray(model._theta() + each * np.sqrt(np.maximum(values, 0)) @ vectors.T)


def _joint_covariance(models: Sequence[PurchaseModel]) -> pd.DataFrame:
    """The models see the same customers, so their errors go together; taken as apart, which the mean of them evens."""
    names = list(_titled(models, "params_").index)
    full, first = np.zeros((len(names), len(names))), 0
    for model in models:
        k = len(model.covariance_)
        full[first : first + k, first : first + k] = model.covariance_
        first += k
    return pd.DataFrame(full, index=names, columns=names)


_JOINED: dict[str, Callable[[Sequence[PurchaseModel]], Any]] = {
    "params_": lambda models: _titled(models, "params_").rename("estimate"),
    "standard_errors_": lambda models: _titled(models, "standard_errors_").rename("standard_error"),
    "covariance_": _joint_covariance,
    "log_likelihood_": lambda models: float(np.mean([model.log_likelihood_ for model in models])),
    "identified_": lambda models: all(model.identified_ for model in models),
    "limit_": lambda models: "no_dropout" if all(model.limit_ == "no_dropout" for model in models) else "",
}
