"""What lies ahead of each distinct customer, apart from money: what values and their intervals are made of.

A customer's value is purchases × spend × margin. All that a value's interval needs besides the value itself depends on
frequency, recency and T only, so it is worked out once per distinct triple, as multiples of the value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.quantiles import hurdle_quantile
from custinsight.clv.spend import GammaGamma
from custinsight.clv.summaries import Floats, Triples


@dataclass(frozen=True)
class Outlook:
    """Future of distinct customers over a horizon: one element per triple.

    Parameters
    ----------
    alive : ndarray, shape (n,)
        Probability of being a customer still.
    purchases, discounted : ndarray, shape (n,)
        Expected purchases within the horizon, as they are and discounted.
    silence : ndarray, shape (n,)
        Probability of no purchase within the horizon.
    variance : ndarray, shape (n,)
        Of the discounted spend, parameters taken as known, in squares of the expected spend per purchase.
    slopes : ndarray, shape (k, n)
        Change of ``discounted`` with each of the purchase model's parameters, as the model searches them; or with
        each direction in which draws of them differ.
    covariance : ndarray, shape (k, k)
        Of these.
    """

    alive: Floats
    purchases: Floats
    discounted: Floats
    silence: Floats
    variance: Floats
    slopes: Floats
    covariance: Floats

    def bounds(self, spend_model: GammaGamma, x: Floats, level: float) -> tuple[Floats, Floats]:
        """Interval of the realised value, as multiples of the expected value; they hold 1 between them.

        The doubt about the spend's scale is taken at the mean spend of all customers: it differs by customer, but it is
        a small part of an interval.
        """
        mean = np.where(self.discounted > 0, self.discounted, 1.0)
        by_spend = spend_model._log_slopes(x, np.full(len(x), spend_model.mean_spend_))
        by_purchases = self.slopes / mean
        doubt = np.einsum("kn,kl,ln->n", by_purchases, self.covariance, by_purchases)
        doubt += np.einsum("kn,kl,ln->n", by_spend, spend_model.covariance_.to_numpy(), by_spend)
        second = 1 + self.variance / mean**2 + np.maximum(doubt, 0)
        low, high = (hurdle_quantile((1 + side * level) / 2, self.silence, 1.0, second) for side in (-1, 1))
        return np.minimum(low, 1.0), np.maximum(high, 1.0)


def look_ahead(model: PurchaseModel, spend_model: GammaGamma, data: Triples, t: Floats, force: float) -> Outlook:
    """Work out the future of distinct customers.

    Parameters
    ----------
    model, spend_model
        Fitted.
    data : Triples
    t : ndarray, shape (n,)
        Time ahead.
    force : float
        Discounts a purchase after a time u by exp(-force u).
    """
    theta = model._theta()
    count, squares, pairs = model._moments(theta, data, t, force)
    square, product = spend_model._relative_moments(data.x)
    variance = np.maximum(squares * square + pairs * product - count**2, 0)
    slopes, covariance = model._doubt(data, t, force)
    return Outlook(
        alive=model._alive(theta, data),
        purchases=count if force == 0 else model._purchases(theta, data, t),
        discounted=count,
        silence=model._silence(theta, data, t),
        variance=variance,
        slopes=slopes,
        covariance=covariance,
    )
