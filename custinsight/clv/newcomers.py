"""Value of a customer whom one does not have yet."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from scipy.optimize import brentq
from scipy.special import betainc
from scipy.stats import norm

from custinsight.clv.horizons import Horizon, read_terms
from custinsight.clv.outlook import look_ahead
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma
from custinsight.clv.summaries import newcomer
from custinsight.clv.sums import joint_covariance


def value_of_new(
    model: PurchaseModel,
    spend_model: GammaGamma,
    horizon: Horizon = "365D",
    annual_discount: float = 0.1,
    margin: float = 1.0,
    interval: float = 0.9,
    unit: str = "W",
    start: str | dt.date | None = None,
) -> pd.Series:
    """Value that a customer yet to be acquired will bring, the first purchase included.

    Parameters
    ----------
    model, spend_model, horizon, annual_discount, interval, unit, start
        As in :func:`custinsight.clv.lifetime_value`; the horizon begins with the first purchase.
    margin : float
        Margin on sales.

    Returns
    -------
    pandas.Series
        expected_purchases, clv, and clv_low and clv_high: bounds of what one such customer will bring.

    Examples
    --------
    >>> from custinsight.clv import BGNBD, GammaGamma
    >>> purchases = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> spend = GammaGamma.from_params(p=6.25, q=3.74, gamma=15.44)
    >>> value_of_new(purchases, spend, "52W", annual_discount=0.0, margin=0.3).round(2).tolist()
    [2.45, 25.84, 3.08, 92.86]
    """
    terms = read_terms(horizon, annual_discount, interval, unit, start)
    ahead = np.full(1, terms.t)
    outlook = look_ahead(model, spend_model, newcomer(), ahead, terms.force)
    square, product = spend_model._relative_moments(np.zeros(1))
    count = 1 + float(outlook.discounted[0])
    # the first purchase is certain; its size and that of later ones go together
    own = outlook.variance + (square - product) + (product - 1) * (2 * count - 1)
    slope = np.concatenate([outlook.slopes[:, 0] / count, spend_model._log_slopes(np.zeros(1), np.zeros(1))[:, 0]])
    doubt = max(float(slope @ joint_covariance(outlook, spend_model) @ slope), 0.0)
    second = float(count**2 * (1 + doubt) + own[0])
    each = float(margin * spend_model.mean_spend_)
    levels = ((1 + side * interval) / 2 for side in (-1, 1))
    ends = [each * _quantile_of_new(level, float(outlook.silence[0]), count, second, spend_model) for level in levels]
    clv = each * count
    return pd.Series(
        {
            "expected_purchases": 1 + outlook.purchases[0],
            "clv": clv,
            "clv_low": min(*ends, clv),
            "clv_high": max(*ends, clv),
        },
        name="value",
    )


def _quantile_of_new(level: float, silence: float, mean: float, second: float, spend_model: GammaGamma) -> float:
    """Quantile of a new customer's value in mean spends: one purchase, or a lognormal amount with repeats."""
    p, q, gamma = spend_model._fitted()
    # one purchase is gamma / (mean spend) times a beta prime variable with shapes p and q
    size = gamma / spend_model.mean_spend_
    square = float(spend_model._relative_moments(np.zeros(1))[0][0])
    repeating = max(1 - silence, 1e-9)
    above = max((mean - silence) / repeating, 1.0)
    # lognormal: two purchases and more are skewed as a gamma distribution is, but are never next to nothing
    shape = float(np.sqrt(np.log(max((second - silence * square) / repeating / above**2, 1 + 1e-9))))

    def surplus(value: float) -> float:
        once = float(betainc(p, q, value / (size + value)))
        more = float(norm.cdf(np.log(value / above) / shape + shape / 2)) if value > 0 else 0.0
        return silence * once + repeating * more - level

    return float(brentq(surplus, 0.0, 1e6 * mean, xtol=1e-9))
