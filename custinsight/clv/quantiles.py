"""Quantiles of a customer's value: nothing with some probability, else gamma distributed."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.ndimage import map_coordinates, spline_filter
from scipy.special import expit, gammaincinv, logit

from custinsight.clv.summaries import Floats

_MANY = 50_000
_SHAPES = np.linspace(np.log(0.1), np.log(60.0), 100)
_LEVELS = np.linspace(-6.0, 9.0, 211)
_MARGIN = 7
"""Nodes at each end of the grid that are there to make the spline right further in."""


def hurdle_quantile(level: float, silence: Floats, mean: Floats | float, second: Floats) -> Floats:
    """Quantile of an amount that is 0 with probability ``silence`` and else gamma distributed.

    Parameters
    ----------
    level : float
        Between 0 and 1.
    silence, mean, second : ndarray, shape (n,)
        Probability of 0; mean and mean square of the whole amount, not negative.

    Examples
    --------
    >>> hurdle_quantile(0.95, np.array([0.0, 0.97]), np.array([1.0, 1.0]), np.array([2.0, 80.0])).round(3).tolist()
    [2.996, 0.0]
    """
    result = np.zeros(len(silence))
    rows = np.flatnonzero(level > silence)
    paying = np.maximum(1 - silence[rows], 1e-12)
    above = np.broadcast_to(mean, silence.shape)[rows] / paying
    spread = np.maximum(second[rows] / paying - above**2, 1e-12 * above**2)
    shape = np.maximum(np.divide(above**2, spread, out=np.ones_like(above), where=spread > 0), 1e-12)
    within = np.clip((level - silence[rows]) / paying, 0, 1)
    result[rows] = gamma_quantile(shape, within) * above
    return result


def gamma_quantile(shape: Floats, level: Floats) -> Floats:
    """Quantile of a gamma distribution with mean 1; of many, from a table with four digits.

    The cube root of the quantile is smooth in the logarithm of the shape and the logit of the level, so that a cubic
    spline through a grid of them is near enough for bounds of values; what lies beyond the grid is worked out.

    Parameters
    ----------
    shape, level : ndarray, shape (n,)
        Above 0; between 0 and 1.

    Examples
    --------
    >>> gamma_quantile(np.ones(2), np.array([0.5, 0.95])).round(4).tolist()
    [0.6931, 2.9957]
    """
    if len(shape) < _MANY:
        return np.asarray(gammaincinv(shape, level) / shape)
    with np.errstate(divide="ignore"):
        places = np.array([_places(np.log(shape), _SHAPES), _places(logit(level), _LEVELS)])
    last = np.array([[len(_SHAPES)], [len(_LEVELS)]]) - 1 - _MARGIN
    inside = ((places >= _MARGIN) & (places <= last)).all(axis=0)
    result = map_coordinates(_table(), np.where(inside, places, 1.0), order=3, prefilter=False, mode="mirror") ** 3
    result[~inside] = gammaincinv(shape[~inside], level[~inside]) / shape[~inside]
    return np.asarray(result)


def _places(values: Floats, grid: Floats) -> Floats:
    """Where values lie on a grid, counted in nodes."""
    return np.asarray((values - grid[0]) / (grid[1] - grid[0]))


@cache
def _table() -> Floats:
    """Spline of the cube root of the quantile over shapes and levels."""
    shape = np.exp(_SHAPES)[:, None]
    return np.asarray(spline_filter(np.cbrt(gammaincinv(shape, expit(_LEVELS)) / shape), order=3, mode="mirror"))
