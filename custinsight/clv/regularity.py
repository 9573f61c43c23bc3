"""How regularly customers buy: from the gaps between their purchases."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import numpy as np
from scipy.stats import norm

from custinsight.base.lines import as_day
from custinsight.base.purchases import TransactionsLike, read_purchases
from custinsight.clv.summaries import Floats
from custinsight.engine import collect
from custinsight.errors import DataError

FEWEST = 50
"""Customers with two gaps that an estimate needs."""


@dataclass(frozen=True)
class Regularity:
    """How regular the gaps between a base's purchases are.

    Parameters
    ----------
    k : float
        Shape of the gaps: 1 for purchases at random, larger for regular ones, below 1 for bursts.
    k_low, k_high : float
        Bounds of the 95 % interval.
    customers : int
        Customers with at least two gaps.
    """

    k: float
    k_low: float
    k_high: float
    customers: int

    @property
    def ticks(self) -> int:
        """Ticks a purchase, as :class:`custinsight.clv.MBGCNBD` takes them: at least 1, and 1 where in doubt."""
        return max(round(min(self.k, 999.0)), 1) if self.k_low > 1 else 1


def estimate_regularity(transactions: TransactionsLike, end: str | dt.date | None = None) -> Regularity:
    """Estimate the regularity of purchases from each customer's last two gaps.

    Whatever a customer's own pace is, the share that one of two gaps has in both follows a beta distribution with twice
    the same shape k: its variance is 1 / (4 (2 k + 1)).

    Parameters
    ----------
    transactions : table or Purchases
        As :func:`custinsight.summarise` takes them.
    end : date or text, optional
        Last day seen.

    Returns
    -------
    Regularity

    Raises
    ------
    DataError
        Fewer than 50 customers bought on three days.

    References
    ----------
    Wheat and Morrison (1990), Estimating purchase regularity with two interpurchase times, Journal of Marketing
    Research 27 (1), 87-93.
    """
    purchases = read_purchases(transactions)
    last = as_day(end) if end is not None else purchases.last
    gaps = _last_gaps(purchases.occasions(last)) if last is not None else np.zeros((0, 2))
    if len(gaps) < FEWEST:
        raise DataError(
            "Regularity must be estimated from at least {fewest} customers with three purchase days, got {n}.",
            fewest=FEWEST,
            n=len(gaps),
        )
    return regularity_of_shares(gaps[:, 0] / gaps.sum(axis=1))


def regularity_of_shares(shares: Floats) -> Regularity:
    """Estimate the regularity from the share that the earlier of two gaps has in their sum, shape (customers,).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = regularity_of_shares(rng.beta(3.0, 3.0, 20_000))
    >>> round(found.k, 1), found.ticks
    (3.0, 3)
    """
    squares = (shares - 0.5) ** 2
    spread = float(squares.mean())
    doubt = float(norm.ppf(0.975) * squares.std() / np.sqrt(len(squares)))
    k, low, high = (_shape(variance) for variance in (spread, spread + doubt, spread - doubt))
    return Regularity(k, low, high, len(shares))


def _shape(variance: float) -> float:
    return max((1 / (4 * variance) - 1) / 2, 0.0) if variance > 0 else np.inf


def _last_gaps(occasions: ibis.Table) -> Floats:
    """Two numbers per customer with three purchase days or more: days of the last gap but one, and of the last."""
    day = occasions.day
    forth = ibis.window(group_by=occasions.customer_id, order_by=day)
    back = ibis.window(group_by=occasions.customer_id, order_by=day.desc())
    steps = occasions.select(
        occasions.customer_id,
        gap=day.delta(day.lag().over(forth), unit="day").cast("float64"),
        later=ibis.row_number().over(back),
    )
    two = steps.filter(steps.gap.notnull() & (steps.later < 2))
    both = two.group_by("customer_id").aggregate(
        first=two.gap.max(where=two.later == 1), last=two.gap.max(where=two.later == 0)
    )
    frame = collect(both.filter(both.first.notnull()).order_by("customer_id"), max_rows=None)
    return np.asarray(frame[["first", "last"]], dtype=np.float64)
