"""What every purchase model can be asked: how many purchases, still a customer, no purchase at all.

A model hands in what follows for a customer's future; checking, and spreading the answers over the customers, are
written once, here. Fitting is in :mod:`custinsight.clv.fitted`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import ibis
import numpy as np
import pandas as pd

from custinsight.clv.doubt import Answer, drawn_bounds, main_directions, normal_bounds
from custinsight.clv.fitted import FittedModel
from custinsight.clv.summaries import (
    TRIPLE,
    Floats,
    Indices,
    Triples,
    as_frame,
    checked_columns,
    compress,
    newcomer,
    numbers,
)
from custinsight.engine import Tabular
from custinsight.errors import DataError

Span: TypeAlias = float | np.ndarray[Any, Any]


class PurchaseModel(FittedModel):
    """Verbs that all purchase models share; see the models for what they assume."""

    # -- what a model adds ---------------------------------------------------------------------------------------

    @abstractmethod
    def _alive(self, theta: Floats, data: Triples) -> Floats:
        """Probability of not having stopped buying for good by T."""

    @abstractmethod
    def _survival(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        """Probability of being alive at T + t of those alive at T."""

    @abstractmethod
    def _silence(self, theta: Floats, data: Triples, t: Floats) -> Floats:
        """Probability of no purchase within t."""

    @abstractmethod
    def _purchases(self, theta: Floats, data: Triples, t: Floats, force: float = 0.0) -> Floats:
        """Expected purchases within t, each discounted by exp(-force * its time)."""

    @abstractmethod
    def _moments(self, theta: Floats, data: Triples, t: Floats, force: float) -> tuple[Floats, Floats, Floats]:
        """Discounted purchases D = sum of d(time): their mean, the mean of sum d², and of D² - sum d²."""

    @abstractmethod
    def _counts(self, theta: Floats, data: Triples, t: Floats, most: int) -> Floats:
        """Probability of 0, 1, …, most purchases within t, shape (most + 1, triples)."""

    def _limitless(self, theta: Floats, data: Triples, force: float) -> Floats:
        """Discounted purchases without end, for a force above 0."""
        return self._purchases(theta, data, np.full(len(data), 40.0 / force), force)

    # -- asking --------------------------------------------------------------------------------------------------

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
        return self._ask(summary, t, self._purchases, "expected_purchases")

    def expected_purchases_of_new(self, t: float) -> float:
        """Repeat purchases that a customer of whom nothing is known makes within ``t`` after the first purchase."""
        return float(self._purchases(self._theta(), newcomer(), np.full(1, float(t)))[0])

    def discounted_purchases(
        self, summary: Tabular, annual_discount: float = 0.1, t: Span | None = None, unit_days: float = 7.0
    ) -> pd.Series:
        """Purchases that each customer is expected to make after T, each discounted to T from its own moment.

        Without ``t`` these are the discounted expected residual transactions (DERT) of the rest of the relation. For
        Pareto/NBD that integral is the published closed form; its confluent hypergeometric function, as libraries
        have it, fails near whole numbers of s, the integral does not.

        Parameters
        ----------
        summary : table
            One row per customer: frequency, recency, T.
        annual_discount : float
            Effective rate a year; above 0 where no ``t`` is given.
        t : float or array of shape (customers,), optional
            Time ahead, in the unit of the summary; no end when not given.
        unit_days : float
            Days in the unit of the summary.

        References
        ----------
        Fader, Hardie and Lee (2005), RFM and CLV, Journal of Marketing Research 42 (4), formula 2.
        """
        force = float(np.log1p(annual_discount) * unit_days / 365.25)
        if t is not None:
            return self._ask(
                summary,
                t,
                lambda theta, data, ahead: self._purchases(theta, data, ahead, force),
                "discounted_purchases",
            )
        if not force > 0:
            raise DataError(
                "The annual discount must be above 0 where purchases have no end, got {value}.",
                value=str(annual_discount),
            )
        return self._ask(
            summary, 0.0, lambda theta, data, _: self._limitless(theta, data, force), "discounted_purchases"
        )

    def probability_alive(self, summary: Tabular, t: Span = 0.0) -> pd.Series:
        """Probability that each customer has not stopped buying for good by T + ``t``.

        Returns
        -------
        pandas.Series
            One number in [0, 1] per row of the summary. It is no churn score: see :meth:`probability_no_purchase`.
        """
        return self._ask(
            summary,
            t,
            lambda theta, data, ahead: self._alive(theta, data) * self._survival(theta, data, ahead),
            "probability_alive",
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
        return self._ask(summary, t, self._silence, "probability_no_purchase")

    def purchase_distribution(self, summary: Tabular, t: Span, most: int = 10) -> pd.DataFrame:
        """Probability of each number of purchases within ``t`` after T: one row per row of the summary.

        Parameters
        ----------
        summary : table
            One row per customer: frequency, recency, T.
        t : float or array of shape (customers,)
            Time ahead, in the unit of the summary.
        most : int
            The last column stands for this many purchases and more.

        Returns
        -------
        pandas.DataFrame
            Columns 0, 1, …, most; rows sum to 1.

        Examples
        --------
        >>> from custinsight.clv import NBD
        >>> customer = pd.DataFrame({"frequency": [3], "recency": [30.0], "T": [39.0]})
        >>> NBD.from_params(r=1.0, alpha=13.0).purchase_distribution(customer, 13, most=2).round(4).values.tolist()
        [[0.4096, 0.3277, 0.2627]]
        """
        if most < 1:
            raise DataError("The number of purchases to tell apart must be at least 1, got {most}.", most=most)
        frame, data, ahead, inverse = self._spread(summary, t)
        below = np.clip(self._counts(self._theta(), data, ahead, most - 1), 0.0, 1.0)
        rest = np.maximum(1 - below.sum(axis=0), 0.0)
        index = None if isinstance(summary, ibis.Table) else frame.index
        return pd.DataFrame(np.vstack([below, rest]).T[inverse], index=index, columns=range(most + 1))

    def _spread(self, summary: Tabular, t: Span) -> tuple[pd.DataFrame, Triples, Floats, Indices]:
        """Read a summary for forecasting: the frame, its distinct triples with t, and which one each row has."""
        return spread_over(summary, t, self.covariates)

    def _ask(self, summary: Tabular, t: Span, answer: Callable[..., Floats], name: str) -> pd.Series:
        """Answer for the distinct rows of a summary and spread the answers over all its rows."""
        frame, data, ahead, inverse = self._spread(summary, t)
        index = None if isinstance(summary, ibis.Table) else frame.index
        return pd.Series(answer(self._theta(), data, ahead)[inverse], index=index, name=name)

    def forecast(self, summary: Tabular, t: Span, interval: float = 0.9) -> pd.DataFrame:
        """What is expected of each customer within ``t`` after T, with how far the doubt about the parameters reaches.

        The bounds hold the expectations of a customer with this history, not what the customer then does: for that see
        :meth:`purchase_distribution` and :func:`custinsight.clv.lifetime_value`. They come from draws where the
        Hessian cannot be trusted (:attr:`draws_`), else from the delta method.

        Parameters
        ----------
        summary : table
            One row per customer: frequency, recency, T.
        t : float or array of shape (customers,)
            Time ahead, in the unit of the summary.
        interval : float
            Probability between the bounds.

        Returns
        -------
        pandas.DataFrame
            expected_purchases, probability_alive (at T), probability_no_purchase; each also with _low and _high.

        Examples
        --------
        >>> from custinsight.clv import NBD
        >>> summary = pd.DataFrame({"frequency": [0, 1, 4], "recency": [0, 20, 38], "T": 39, "n": [600, 300, 100]})
        >>> NBD().fit(summary, weights="n").forecast(summary, 39).iloc[2, :3].round(2).tolist()
        [2.34, 2.16, 2.54]
        """
        frame, data, ahead, inverse = self._spread(summary, t)
        # the time ahead goes along as the weight, which forecasts do not look at
        timed = replace(data, weight=ahead)
        columns: dict[str, Floats] = {}
        for name, answer in (
            ("expected_purchases", lambda theta, rows: self._purchases(theta, rows, rows.weight)),
            ("probability_alive", lambda theta, rows: self._alive(theta, rows)),
            ("probability_no_purchase", lambda theta, rows: self._silence(theta, rows, rows.weight)),
        ):
            here = answer(self._theta(), timed)
            low, high = self._bounds(answer, here, timed, interval, probability=name.startswith("probability"))
            columns |= {
                name: here[inverse],
                f"{name}_low": np.minimum(low, here)[inverse],
                f"{name}_high": np.maximum(high, here)[inverse],
            }
        return pd.DataFrame(columns, index=None if isinstance(summary, ibis.Table) else frame.index)

    def _bounds(
        self, answer: Answer, here: Floats, data: Triples, level: float, *, probability: bool
    ) -> tuple[Floats, Floats]:
        if self.draws_ is not None:
            return drawn_bounds(answer, self.draws_, data, level)
        slopes = self._slopes(lambda theta: answer(theta, data), len(data))
        return normal_bounds(here, slopes, self.covariance_.to_numpy(), level, probability=probability)

    def _doubt(self, data: Triples, t: Floats, force: float) -> tuple[Floats, Floats]:
        """Slopes of the discounted purchases, shape (k, n), and the covariance that goes with them, shape (k, k)."""
        if self.draws_ is None:
            return self._gradient(data, t, force), self.covariance_.to_numpy()
        timed = replace(data, weight=t)
        here = self._purchases(self._theta(), data, t, force)
        slopes = main_directions(
            lambda theta, rows: self._purchases(theta, rows, rows.weight, force), here, self.draws_, timed
        )
        return slopes, np.eye(len(slopes))

    def _gradient(self, data: Triples, t: Floats, force: float) -> Floats:
        """Change of the discounted purchases with each of theta, shape (parameters, triples)."""
        return self._slopes(lambda theta: self._purchases(theta, data, t, force), len(data))

    def _slopes(self, answer: Callable[[Floats], Floats], n: int) -> Floats:
        """Change of an answer with each of theta that the data determine, shape (parameters, n)."""
        theta, step = self._theta(), 1e-5
        slopes = np.zeros((len(theta), n))
        moving = np.flatnonzero(np.diag(self.covariance_) > 0)
        here = answer(theta) if len(moving) else np.zeros(n)
        for k in moving:
            moved = theta.copy()
            moved[k] += step
            slopes[k] = (answer(moved) - here) / step
        return slopes


def spread_over(
    summary: Tabular, t: Span, covariates: Sequence[str] = ()
) -> tuple[pd.DataFrame, Triples, Floats, Indices]:
    """Read a summary for forecasting: the frame, its distinct triples with t, and which one each row has."""
    frame = as_frame(summary, (*TRIPLE, *covariates))
    columns = [*checked_columns(frame), *(numbers(frame, name) for name in covariates)]
    ahead = np.asarray(t, dtype=np.float64)
    if not (np.isfinite(ahead) & (ahead >= 0)).all() or ahead.ndim > 1 or ahead.shape not in ((), (len(frame),)):
        raise DataError("The time ahead must be finite and not negative: one number, or one per row of the summary.")
    varied = [] if ahead.ndim == 0 else [ahead]
    (x, tx, T, *more), inverse = compress([*columns, *varied])
    z, spans = more[: len(covariates)], more[len(covariates) :]
    data = Triples(x, tx, T, np.ones(len(x)), np.array(z).T)
    return frame, data, spans[0] if spans else np.full(len(x), float(ahead)), inverse
