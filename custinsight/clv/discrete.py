"""Forecasts of the models in which customers buy, or renew, at set occasions only: once a year, at each issue.

Frequency counts the occasions taken, T those there were, recency is the number of the last one taken. A customer who is
alive takes an occasion with a chance of their own and may stop for good before the next.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import pandas as pd
from scipy.special import gammaln

from custinsight.clv.purchase import PurchaseModel, Span
from custinsight.clv.summaries import Floats, Indices, Triples, Weights, refuse
from custinsight.engine import Tabular


class DiscreteModel(PurchaseModel):
    """Purchase model at set occasions."""

    _times = ()

    @abstractmethod
    def _alive_last(self, theta: Floats, data: Triples) -> Floats:
        """Probability of having been alive at the last occasion."""

    @abstractmethod
    def _staying(self, theta: Floats, data: Triples, ahead: int) -> Floats:
        """Probability of being alive ``ahead`` occasions on, if alive at the last."""

    @abstractmethod
    def _chances(self, theta: Floats, data: Triples) -> tuple[Floats, Floats]:
        """Means of the chance to take an occasion and of its square, if alive."""

    def _alive(self, theta: Floats, data: Triples) -> Floats:
        return self._alive_last(theta, data) * self._staying(theta, data, 1)

    def _survival(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        first = self._staying(theta, data, 1)
        kept = np.ones(len(data))
        for ahead in range(1, _whole(t.max(initial=0)) + 1):
            kept = np.where(_whole(t) >= ahead, self._staying(theta, data, ahead + 1) / first, kept)
        return kept

    def _purchases(self, theta: Floats, data: Triples, t: Floats, force: float = 0.0) -> Floats:
        return self._moments(theta, data, t, force)[0]

    def _moments(self, theta: Floats, data: Triples, t: Floats, force: float) -> tuple[Floats, Floats, Floats]:
        chance, both = self._chances(theta, data)
        mean, squares, pairs, earlier = (np.zeros(len(data)) for _ in range(4))
        for ahead in range(1, _whole(t.max(initial=0)) + 1):
            discount = np.exp(-force * ahead)
            staying = np.where(_whole(t) >= ahead, self._staying(theta, data, ahead), 0.0)
            mean += staying * discount
            squares += staying * discount**2
            pairs += 2 * staying * discount * earlier
            earlier += discount
        alive = self._alive_last(theta, data)
        return alive * chance * mean, alive * chance * squares, alive * both * pairs

    def _read(self, summary: Tabular, weights: Weights) -> Triples:
        data = super()._read(summary, weights)
        _check_occasions(data)
        return data

    def _spread(self, summary: Tabular, t: Span) -> tuple[pd.DataFrame, Triples, Floats, Indices]:
        spread = super()._spread(summary, t)
        _check_occasions(spread[1])
        return spread


def _whole(t: Floats | float) -> Floats | int:
    """Occasions within t."""
    whole = np.floor(np.asarray(t) + 1e-9)
    return whole if whole.ndim else int(whole)


def log_beta_ratio(a: Floats | float, b: Floats | float, more_a: Floats | float, more_b: Floats | float) -> Floats:
    """Logarithm of B(a + more_a, b + more_b) / B(a, b)."""
    total = gammaln(a + b) - gammaln(a + b + more_a + more_b)
    return np.asarray(gammaln(a + more_a) - gammaln(a) + gammaln(b + more_b) - gammaln(b) + total)


def _check_occasions(data: Triples) -> None:
    whole = "In the summary {column} must be a whole number of occasions, got {value}. Count occasions, not time."
    refuse(np.round(data.T) != data.T, data.T, whole, "T")
    refuse(data.tx != np.round(data.tx), data.tx, whole, "recency")
    refuse(
        data.x > data.tx,
        data.x,
        "In the summary {column} must be at most recency, got {value}: one purchase an occasion. "
        "Recency is the number of the last occasion taken.",
        "frequency",
    )
