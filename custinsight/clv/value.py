"""Customer lifetime value over a horizon, per customer and for groups, with intervals.

A customer's value is what they will bring: each purchase within the horizon, discounted to the period's end from
its own moment, times the spend per purchase, times the margin. The interval says where the realised value is to be
expected, so that the next audit can count how many fell inside. It holds three kinds of doubt:

- the parameters': first-order (delta method), from the models' covariance of the log-parameters; from draws where a
  parameter of the purchase model ended at an edge or its 90 % interval spans a factor of ten
  (:mod:`custinsight.clv.doubt`);
- the customer's own: their rate, dropout and mean spend are known only as far as their history tells;
- chance: how many purchases they then make, of which size.

Mean, variance and the probability of no purchase are exact under the models. The shape in between is approximated:
a lump at zero, and a gamma distribution for what is above it, with the right mean and variance. What the interval
cannot hold is that a model may be wrong: the validation gate is there for that.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from custinsight.clv.horizons import Horizon, checked_margin, read_terms
from custinsight.clv.outlook import look_ahead
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma
from custinsight.clv.summaries import TRIPLE, as_frame
from custinsight.engine import Tabular

VALUED = ("customer_id", *TRIPLE, "monetary_value")


def lifetime_value(
    model: PurchaseModel,
    spend_model: GammaGamma,
    summary: Tabular,
    horizon: Horizon = "365D",
    annual_discount: float = 0.1,
    margin: float | str | Any = 1.0,
    interval: float = 0.9,
    unit: str = "W",
    start: str | dt.date | None = None,
) -> Any:
    """Value of each customer over a horizon: one row per customer.

    Parameters
    ----------
    model : fitted purchase model
    spend_model : fitted GammaGamma
    summary : pandas frame, Arrow table or ibis table
        customer_id, frequency, recency, T (in ``unit``), monetary_value. Of an ibis table only the distinct
        (frequency, recency, T) leave the engine; the values are joined to the customers there.
    horizon : str, number or timedelta
        From the period's end: "365D", "52W", "12M", "1Y", or days.
    annual_discount : float
        Effective rate a year, for example 0.1.
    margin : float, text or array of shape (customers,)
        Margin on sales; 1 gives discounted sales. May be negative. As text, a column of the summary.
    interval : float
        Probability that the interval holds the realised value, between 0 and 1.
    unit : str
        D, W or M: the time unit of the summary.
    start : date or text, optional
        The period's end. With it, a horizon in months or years goes by the calendar.

    Returns
    -------
    Table like the one given
        customer_id, probability_alive, expected_purchases (within the horizon), expected_spend (a purchase),
        clv, clv_low, clv_high (money, discounted); in the order of the summary unless that is an ibis table.

    Raises
    ------
    DataError
        A column is missing, a value impossible, or an argument out of its range.

    Examples
    --------
    >>> from custinsight.clv import BGNBD, GammaGamma
    >>> purchases = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> spend = GammaGamma.from_params(p=6.25, q=3.74, gamma=15.44)
    >>> summary = pd.DataFrame({"customer_id": ["C1"], "frequency": [2], "recency": [30.43], "T": [38.86],
    ...                         "monetary_value": [22.35]})
    >>> lifetime_value(purchases, spend, summary, margin=0.3)[["clv", "clv_low", "clv_high"]].round(2).values.tolist()
    [[11.06, 0.0, 41.62]]
    """
    terms = read_terms(horizon, annual_discount, interval, unit, start)
    if isinstance(summary, ibis.Table):
        from custinsight.clv.scoring import score_customers

        return score_customers(model, spend_model, summary, terms, margin)
    frame = as_frame(summary, (*VALUED, *model.covariates))
    margins = checked_margin(margin, frame)
    _, data, ahead, inverse = model._spread(frame, terms.t)
    outlook = look_ahead(model, spend_model, data, ahead, terms.force)
    low, high = (part[inverse] for part in outlook.bounds(spend_model, data.x, terms.interval))
    spend = spend_model.expected_spend(frame)
    clv = margins * outlook.discounted[inverse] * spend.to_numpy()
    values = pd.DataFrame(
        {
            "customer_id": frame["customer_id"],
            "probability_alive": outlook.alive[inverse],
            "expected_purchases": outlook.purchases[inverse],
            "expected_spend": spend,
            "clv": clv,
            "clv_low": np.where(clv >= 0, low, high) * clv,
            "clv_high": np.where(clv >= 0, high, low) * clv,
        }
    )
    return pa.Table.from_pandas(values, preserve_index=False) if isinstance(summary, pa.Table) else values
