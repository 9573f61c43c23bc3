"""Finding the parameters that make the data most likely, without failing at the edges.

All parameters are positive and are searched as logarithms. Models give the gradient, so a search takes a few dozen
looks at the data; Newton steps at the end bring the parameters to full precision. Where there are many distinct
customers, a thin sample of them is searched first: from there some five looks at all of them are enough.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from scipy.optimize import minimize
from threadpoolctl import ThreadpoolController

from custinsight.clv.summaries import Floats, Indices

Objective: TypeAlias = Callable[[Floats], tuple[float, Floats]]
Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

LOG_BOUND = 9.0
"""Shapes are searched between exp(-9) and exp(9): beyond, customers are all alike for every purpose."""

FEW = 4_000
"""Up to this many distinct customers are searched at once; of more, about so many are searched first."""

_STEP = 1e-4
_CLOSE = 1e-3
_SETTLED = 1e-8


@dataclass(frozen=True)
class Optimum:
    """Where the search ended.

    Parameters
    ----------
    theta : ndarray, shape (k,)
        Logarithms of the parameters.
    value : float
        Mean log-likelihood there.
    information : ndarray, shape (k, k)
        Minus the Hessian of the mean log-likelihood.
    inside : ndarray of bool, shape (k,)
        Whether a parameter ended inside its bounds.
    """

    theta: Floats
    value: float
    information: Floats
    inside: Flags

    @property
    def is_peaked(self) -> bool:
        """Whether the likelihood falls in every direction inside the bounds, so that standard errors exist."""
        values = np.linalg.eigvalsh(self.information[np.ix_(self.inside, self.inside)])
        return bool(np.all(values > 1e-9 * max(values.max(initial=0.0), 1e-300)))


def one_thread() -> AbstractContextManager[Any]:
    """Keep BLAS to one thread: for matrices of four rows, waking the others takes ten times as long as the search."""
    return _blas().limit(limits=1, user_api="blas")


@cache
def _blas() -> ThreadpoolController:
    return ThreadpoolController()


def maximise(objective: Objective, start: Floats, low: Floats, high: Floats) -> Optimum:
    """Search for the maximum inside bounds.

    Parameters
    ----------
    objective : callable
        From log-parameters to mean log-likelihood and its gradient.
    start, low, high : ndarray, shape (k,)
        Start and bounds in log-parameters.

    Returns
    -------
    Optimum
        The best point seen; running into a bound is a result, not a failure.

    Examples
    --------
    >>> hill = lambda theta: (-((theta - 1) ** 2).sum(), -2 * (theta - 1))
    >>> found = maximise(hill, start=np.zeros(1), low=np.full(1, -9.0), high=np.full(1, 9.0))
    >>> found.theta.round(8).tolist(), found.inside.tolist()
    ([1.0], [True])
    """

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, gradient = objective(theta)
        return (
            (-value, -gradient) if np.isfinite(value) and np.isfinite(gradient).all() else (1e10, np.zeros(len(theta)))
        )

    with one_thread():
        found = minimize(
            loss,
            np.clip(start, low, high),
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(low, high, strict=True)),
            options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-6},
        )
        theta, value = np.asarray(found.x), -float(found.fun)
        inside = (theta > low + _CLOSE) & (theta < high - _CLOSE)
        return _polish(objective, theta, value, inside, low, high)


def _polish(objective: Objective, theta: Floats, value: float, inside: Flags, low: Floats, high: Floats) -> Optimum:
    """Take Newton steps in the parameters inside their bounds, as long as they help."""
    information = information_at(objective, theta)
    for _ in range(8):
        gradient = objective(theta)[1][inside]
        step = _newton_step(information[np.ix_(inside, inside)], gradient)
        if step is None or not np.abs(step).max(initial=0.0) > 1e-10:
            break
        tried = theta.copy()
        tried[inside] = np.clip(theta[inside] + np.clip(step, -1, 1), low[inside], high[inside])
        tried_value = objective(tried)[0]
        if not tried_value >= value - 1e-14 * abs(value):
            break
        theta, value = tried, tried_value
        information = information_at(objective, theta)
    return Optimum(theta, value, information, inside)


def thinned(n: int) -> Indices:
    """Places of every so many-th of n sorted customers, about ``FEW``; of all where they are fewer than two such."""
    step = max(n // FEW, 1)
    return np.arange(step // 2, n, step)


def refine(objective: Objective, near: Optimum, low: Floats, high: Floats) -> Optimum:
    """Climb from the optimum of a sample to that of all customers, in few looks at them.

    The sample's curvature serves for the whole and is mended by BFGS updates on the way; where that does not lead to
    a peak inside the bounds, a full search follows.

    Parameters
    ----------
    objective : callable
        Mean log-likelihood of all customers and its gradient.
    near : Optimum
        Found on the sample.
    low, high : ndarray, shape (k,)
        Bounds.
    """
    if not (near.inside.all() and near.is_peaked):
        return maximise(objective, near.theta, low, high)
    theta = near.theta
    inverse: Floats = np.asarray(np.linalg.inv(near.information))
    value, gradient = objective(theta)
    for _ in range(30):
        step = np.clip(inverse @ gradient, -0.5, 0.5)
        if not np.abs(step).max() > _SETTLED:
            break
        tried_value, tried_gradient = objective(theta + step)
        if not tried_value >= value - 1e-13 * abs(value):
            return maximise(objective, theta, low, high)
        inverse = _mended(inverse, step, gradient - tried_gradient)
        theta, value, gradient = theta + step, tried_value, tried_gradient
    else:
        return maximise(objective, theta, low, high)
    found = Optimum(theta, value, information_at(objective, theta), (theta > low + _CLOSE) & (theta < high - _CLOSE))
    return found if found.inside.all() and found.is_peaked else maximise(objective, theta, low, high)


def _mended(inverse: Floats, step: Floats, fall: Floats) -> Floats:
    """BFGS update of the inverse curvature; left alone where the step says nothing of it."""
    curvature = float(step @ fall)
    if curvature <= 1e-20:
        return inverse
    left = np.eye(len(step)) - np.outer(step, fall) / curvature
    return np.asarray(left @ inverse @ left.T + np.outer(step, step) / curvature)


def penalised(objective: Objective, weight: float, factor: Floats) -> Objective:
    """Take ``weight`` times the sum of the squared parameters off the mean log-likelihood, as lifetimes does.

    Parameters
    ----------
    objective : callable
    weight : float
        0 leaves the objective as it is.
    factor : ndarray, shape (k,)
        What to multiply each parameter by before squaring; what follows beyond k are coefficients, squared as they
        are.
    """
    if weight == 0:
        return objective

    def with_penalty(theta: Floats) -> tuple[float, Floats]:
        value, gradient = objective(theta)
        k = min(len(factor), len(theta))
        squares = weight * (np.exp(theta[:k]) * factor[:k]) ** 2
        slope = np.concatenate([2 * squares, 2 * weight * theta[k:]])
        return value - float(squares.sum() + weight * (theta[k:] ** 2).sum()), gradient - slope

    return with_penalty


def _newton_step(information: Floats, gradient: Floats) -> Floats | None:
    try:
        factor = np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return None
    return np.linalg.solve(factor.T, np.linalg.solve(factor, gradient))


def information_at(objective: Objective, theta: Floats) -> Floats:
    """Minus the Hessian, by central differences of the analytic gradient; shape (k, k)."""
    rows = []
    for k in range(len(theta)):
        step = np.zeros(len(theta))
        step[k] = _STEP
        rows.append((objective(theta - step)[1] - objective(theta + step)[1]) / (2 * _STEP))
    hessian = np.array(rows)
    return (hessian + hessian.T) / 2


def covariance(optimum: Optimum, customers: float, *, prior_sd: float | None = None) -> Floats:
    """Covariance of the log-parameters, shape (k, k); 0 in rows of parameters that ended at a bound.

    Parameters
    ----------
    optimum : Optimum
    customers : float
        Number of customers behind the mean log-likelihood.
    prior_sd : float, optional
        Standard deviation of a weak normal prior on each log-parameter. It keeps intervals finite where the
        likelihood is flat, and is not felt where it is not. Without it a flat likelihood gives nan.
    """
    inside = optimum.inside
    result = np.zeros((len(inside), len(inside)))
    information = optimum.information[np.ix_(inside, inside)] * customers
    if prior_sd is not None:
        values, vectors = np.linalg.eigh(information)
        part = (vectors / (np.maximum(values, 0) + prior_sd**-2)) @ vectors.T
    else:
        part = np.linalg.inv(information) if optimum.is_peaked else np.full_like(information, np.nan)
    result[np.ix_(inside, inside)] = part
    return result
