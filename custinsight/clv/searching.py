"""The search for the parameters of a model that may turn out to have no dropout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from custinsight.clv.fitted import bounds_of
from custinsight.clv.fitting import Objective, Optimum, maximise, refine, thinned
from custinsight.clv.summaries import Floats, Triples, dot

if TYPE_CHECKING:
    from custinsight.clv.pacing import PacedModel
    from custinsight.clv.purchase import PurchaseModel

_NO_GAIN = 0.01
"""A log-likelihood within this of the model without dropout says nothing about dropout."""
_CHANCE = 1.35
"""A base without dropout gains less than this in 19 of 20 cases; enough to drop a fit without a peak."""


def search_with_dropout(
    model: PurchaseModel, limit: PurchaseModel, data: Triples, start: Floats | None, starts: Sequence[Sequence[float]]
) -> tuple[Optimum, bool]:
    """Find the best parameters, or those of the limit where the data show no dropout.

    Parameters
    ----------
    model : PurchaseModel
        Its first two parameters are those of the limit, two of dropout follow.
    limit : PurchaseModel
        The same without dropout.
    data : Triples
    start : ndarray or None
        Theta to begin at.
    starts : sequence of pairs
        Dropout parameters to begin at otherwise, one after the other until one finds dropout.

    Returns
    -------
    Optimum
        Of all the model's parameters; in the limit, theta is minus infinity for the first parameter of dropout.
    bool
        Whether dropout was found.
    """
    without = limit._search(data, None)[0]
    customers = float(data.weight.sum())
    tries = [] if start is None else [start]
    tries += [_begun(model, without.theta, np.log(pair)) for pair in starts]
    best: Optimum | None = None
    for begin in tries:
        found = climb(model, data, begin)
        best = found if best is None or found.value > best.value else best
        if (best.value - without.value) * customers > (_NO_GAIN if best.is_peaked else _CHANCE):
            return best, True
    return _lifted(model, without), False


def climb(model: PurchaseModel, data: Triples, begin: Floats) -> Optimum:
    """Search from one start: in a thin sample first where there are many, then in all.

    Coefficients are searched in standard deviations of their covariate.
    """
    width = data.widths
    scaled = replace(data, z=data.z / width)
    k = len(model._names)
    begin = np.concatenate([begin[:k], begin[k:] * np.tile(width, len(model._effects))])
    low, high = bounds_of(model)
    sample = thin(scaled)
    found = maximise(model._objective(sample), begin, low, high)
    if len(sample) < len(scaled):
        found = refine(model._objective(scaled), found, low, high)
    return _unscaled(found, np.concatenate([np.ones(k), np.tile(width, len(model._effects))]))


def thin(data: Triples) -> Triples:
    """Every so many-th of the sorted triples: all frequencies and ages keep their shares."""
    few = thinned(len(data))
    return data if len(few) == len(data) else data.take(few)


def objective_of_rows(model: PacedModel, data: Triples) -> Objective:
    """Mean log-likelihood of a model with covariates: each customer has parameters of their own.

    References
    ----------
    Fader and Hardie (2007), Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models.
    """
    weight = data.weight / data.weight.sum()

    def objective(theta: Floats) -> tuple[float, Floats]:
        rows, slopes = model._row_likelihood(model._at(theta, data), data)
        slopes = [np.broadcast_to(slope, rows.shape) for slope in slopes]
        own = [dot(weight, slope) for slope in slopes]
        effects = model._effects if data.z.size else ()
        coefficients = [sign * dot(weight * slopes[which], z) for _, which, sign in effects for z in data.z.T]
        return dot(weight, rows), np.array([*own, *coefficients])

    return objective


def _begun(model: PurchaseModel, limit: Floats, dropout: Floats) -> Floats:
    """Theta to begin at: the limit's rates with their effects, some dropout, no effects on it."""
    begin = np.zeros(len(model._all_names()))
    c = len(model.covariates)
    begin[:2], begin[2:4], begin[4 : 4 + c] = limit[:2], dropout, limit[2 : 2 + c]
    return begin


def _lifted(model: PurchaseModel, limit: Optimum) -> Optimum:
    """The limit's optimum as one of the model: dropout is 0, and not inside any bounds."""
    size, c = len(model._all_names()), len(model.covariates)
    places = np.concatenate([[0, 1], np.arange(4, 4 + c)]).astype(int)
    theta, inside, information = np.zeros(size), np.zeros(size, dtype=bool), np.zeros((size, size))
    theta[2] = -np.inf
    theta[places], inside[places] = limit.theta, limit.inside
    information[np.ix_(places, places)] = limit.information
    return Optimum(theta, limit.value, information, inside)


def _unscaled(found: Optimum, width: Floats) -> Optimum:
    return Optimum(found.theta / width, found.value, found.information * np.outer(width, width), found.inside)
