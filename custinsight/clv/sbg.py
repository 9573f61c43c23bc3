"""sBG: customers under contract, who renew or do not, and are seen to."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import numpy as np
import pandas as pd

from custinsight.clv.discrete import DiscreteModel, log_beta_ratio
from custinsight.clv.fitting import Objective, Optimum
from custinsight.clv.purchase import Span
from custinsight.clv.searching import climb
from custinsight.clv.summaries import Floats, Indices, Triples, Weights, dot, read_triples
from custinsight.engine import Tabular, as_table
from custinsight.errors import DataError


class SBG(DiscreteModel):
    """Shifted beta-geometric model of Fader and Hardie, for contracts that are renewed or end.

    At each renewal a customer ends the contract with a probability of their own, beta distributed with ``alpha`` and
    ``beta``. In the summary T is how many renewals came due since the contract began and frequency how many of them
    were made: whoever made all is a customer still, whoever made fewer is gone. A column recency is not needed.
    Purchases are renewals; the probability of no purchase is that of not renewing next time.

    Retention rises with age although nobody changes: who is likely to leave has left.

    Parameters
    ----------
    penalizer : float
        Weight of the squared parameters taken off the mean log-likelihood.

    Attributes
    ----------
    params_ : pandas.Series
        alpha, beta.
    standard_errors_, log_likelihood_, covariance_
        As of :class:`custinsight.clv.BGNBD`.
    identified_ : bool
    limit_ : str
        "", "no_dropout" (nobody left) or "same_dropout" (all leave with one probability).

    References
    ----------
    Fader and Hardie (2007), How to project customer retention, Journal of Interactive Marketing 21 (1), 76-90;
    (2010), Customer-base valuation in a contractual setting, Marketing Science 29 (1), 85-93.

    Examples
    --------
    >>> kept = SBG.summary_of([1000, 869, 743, 653, 593, 551, 517, 491])
    >>> SBG().fit(kept, weights="customers").params_.round(3).to_dict()
    {'alpha': 0.668, 'beta': 3.806}
    """

    name = "sBG"
    _names = ("alpha", "beta")

    def __init__(self, penalizer: float = 0.0) -> None:
        self.penalizer = penalizer

    @staticmethod
    def summary_of(customers: Sequence[float]) -> pd.DataFrame:
        """One row per group of alike contracts, from how many customers a cohort had at first and after each renewal.

        Returns
        -------
        pandas.DataFrame
            frequency, T (renewals), customers.

        Raises
        ------
        DataError
            The numbers grow, or are negative or too few.
        """
        kept = np.asarray(customers, dtype=np.float64)
        if kept.ndim != 1 or len(kept) < 2 or not np.isfinite(kept).all() or (np.diff(kept) > 0).any() or kept[-1] < 0:
            raise DataError(
                "The customers kept must be at least two numbers that do not grow. Give those of one cohort in order."
            )
        due = len(kept) - 1
        left = pd.DataFrame({"frequency": np.arange(due), "T": due, "customers": -np.diff(kept)})
        stay = pd.DataFrame({"frequency": [due], "T": [due], "customers": [kept[-1]]})
        return pd.concat([left, stay], ignore_index=True)

    def retention_rate(self, renewals: int) -> float:
        """Share that renews of the customers who have renewed so many times."""
        alpha, beta = np.exp(self._theta())
        return float((beta + renewals) / (alpha + beta + renewals))

    # -- likelihood ----------------------------------------------------------------------------------------------

    def _plain_objective(self, data: Triples) -> Objective:
        weight = data.weight / data.weight.sum()
        size = int(data.x.max(initial=0)) + 2
        at = data.x.astype(np.intp)
        renewed = np.bincount(at, weights=weight, minlength=size)[::-1].cumsum()[::-1][1:].astype(np.float64)
        ended = np.bincount(at, weights=weight * (data.x < data.T), minlength=size)[:-1].astype(np.float64)
        j = np.arange(size - 1)

        def objective(theta: Floats) -> tuple[float, Floats]:
            alpha, beta = np.exp(theta)
            whole = alpha + beta + j
            value = dot(renewed, np.log((beta + j) / whole)) + dot(ended, np.log(alpha / whole))
            by_alpha = float(ended.sum()) - alpha * dot(renewed + ended, 1 / whole)
            by_beta = beta * (dot(renewed, 1 / (beta + j)) - dot(renewed + ended, 1 / whole))
            return value, np.array([by_alpha, by_beta])

        return objective

    def _search(self, data: Triples, start: Floats | None) -> tuple[Optimum, str]:
        optimum = climb(self, data, np.zeros(2) if start is None else start)
        if not (data.x < data.T).any():
            return Optimum(np.array([-np.inf, 0.0]), 0.0, np.zeros((2, 2)), np.zeros(2, dtype=bool)), "no_dropout"
        return optimum, "" if optimum.inside.all() and optimum.is_peaked else "same_dropout"

    def _may_be(self, params: Floats) -> bool:
        return bool((params >= 0).all() and params[1] > 0)

    def _check(self, data: Triples) -> None:
        if not (data.T > 0).any():
            raise DataError(
                "{model} must be fitted to contracts that came due at least once, got none.", model=self.name
            )

    def _read(self, summary: Tabular, weights: Weights) -> Triples:
        return read_triples(_with_recency(summary), weights)

    def _spread(self, summary: Tabular, t: Span) -> tuple[pd.DataFrame, Triples, Floats, Indices]:
        return super()._spread(_with_recency(summary), t)

    # -- forecasts -----------------------------------------------------------------------------------------------

    def _alive_last(self, theta: Floats, data: Triples) -> Floats:
        return (data.x == data.T).astype(np.float64)

    def _alive(self, theta: Floats, data: Triples) -> Floats:
        return self._alive_last(theta, data)

    def _survival(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        alpha, beta = np.exp(theta)
        return np.exp(log_beta_ratio(alpha, beta + data.x, 0, np.floor(t + 1e-9))) if alpha > 0 else np.ones(len(data))

    def _staying(self, theta: Floats, data: Triples, ahead: int) -> Floats:
        return self._survival(theta, data, np.full(len(data), float(ahead)))

    def _chances(self, theta: Floats, data: Triples) -> tuple[Floats, Floats]:
        return np.ones(len(data)), np.ones(len(data))

    def _silence(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        return 1 - self._alive(theta, data) * self._survival(theta, data, np.minimum(np.floor(t + 1e-9), 1.0)) * (
            t >= 1
        )

    def _counts(self, theta: Floats, data: Triples, t: Floats, most: int) -> Floats:
        ahead, alive = np.floor(t + 1e-9), self._alive(theta, data)
        reached = [np.where(ahead >= n, self._staying(theta, data, n), 0.0) for n in range(most + 2)]
        counts = alive * (np.array(reached[:-1]) - np.array(reached[1:]))
        counts[0] += 1 - alive
        return np.asarray(counts)


def _with_recency(summary: Tabular) -> Tabular:
    """Renewals are made one after the other: the last one made has the number of those made."""
    if isinstance(summary, pd.DataFrame):
        return summary if "recency" in summary else summary.assign(recency=summary.get("frequency"))
    table = as_table(summary)
    return table if "recency" in table.columns else table.mutate(recency=ibis._.frequency)
