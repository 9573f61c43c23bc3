"""Customer lifetime value over a horizon, per customer and for groups, with intervals.

A customer's value is what they will bring: each purchase within the horizon, discounted to the period's end from
its own moment, times the spend per purchase, times the margin. The interval says where the realised value is to be
expected, so that the next audit can count how many fell inside. It holds three kinds of doubt:

- the parameters': first-order (delta method), from the models' covariance of the log-parameters;
- the customer's own: their rate, dropout and mean spend are known only as far as their history tells;
- chance: how many purchases they then make, of which size.

Mean, variance and the probability of no purchase are exact under the models. The shape in between is approximated:
a lump at zero, and a gamma distribution for what is above it, with the right mean and variance. What the interval
cannot hold is that a model may be wrong: the validation gate is there for that.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.optimize import brentq
from scipy.special import betainc, gammaincinv
from scipy.stats import norm

from custinsight.clv.horizons import Horizon, Terms, checked_margin, read_terms
from custinsight.clv.outlook import look_ahead
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma
from custinsight.clv.summaries import TRIPLE, Floats, as_frame, newcomer
from custinsight.engine import Tabular, as_table

_COLUMNS = ("customer_id", *TRIPLE, "monetary_value")
GROUPED = ["kind", "group", "customers", "clv", "clv_low", "clv_high"]


@dataclass(frozen=True)
class Worth:
    """Value of customers as random amounts, one element per customer.

    Parameters
    ----------
    mean : ndarray, shape (n,)
        Expected value.
    variance : ndarray, shape (n,)
        Of the realised value, parameters taken as known.
    gradient : ndarray, shape (k, n)
        Change of the mean with each log-parameter of both models.
    covariance : ndarray, shape (k, k)
        Of these log-parameters.
    """

    mean: Floats
    variance: Floats
    gradient: Floats
    covariance: Floats

    def total(self, rows: np.ndarray[Any, Any], level: float) -> tuple[float, float, float]:
        """Total of some customers with its interval: their chances are independent, the parameters are shared."""
        slope = self.gradient[:, rows].sum(axis=1)
        own = float(self.variance[rows].sum())
        return interval_of_sum(float(self.mean[rows].sum()), own, slope, self.covariance, level)


def interval_of_sum(
    mean: float, own: float, slope: Floats, covariance: Floats, level: float
) -> tuple[float, float, float]:
    """Mean and bounds of a sum over customers.

    Parameters
    ----------
    mean, own : float
        Sum of the expected values, and of their variances with the parameters known.
    slope : ndarray, shape (k,)
        Sum of the changes with each parameter: what customers share does not even out.
    covariance : ndarray, shape (k, k)
        Of the parameters.
    level : float
        Between 0 and 1.
    """
    variance = own + max(float(slope @ covariance @ slope), 0.0)
    if variance <= 0:
        return mean, mean, mean
    if mean > 0:
        low, high = (
            float(gammaincinv(mean**2 / variance, (1 + side * level) / 2)) * variance / mean for side in (-1, 1)
        )
    elif mean < 0:
        high, low = (
            float(gammaincinv(mean**2 / variance, (1 + side * level) / 2)) * variance / mean for side in (-1, 1)
        )
    else:
        reach = float(norm.ppf((1 + level) / 2)) * variance**0.5
        low, high = -reach, reach
    return mean, min(low, mean), max(high, mean)


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
    frame = as_frame(summary, (*_COLUMNS, *model.covariates))
    margins = checked_margin(margin, frame)
    _, data, ahead, inverse = model._spread(frame, terms.t)
    outlook = look_ahead(model, spend_model, data, ahead, terms.force)
    low, high = (part[inverse] for part in outlook.bounds(model, spend_model, data.x, terms.interval))
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


def clv_by_group(
    model: PurchaseModel,
    spend_model: GammaGamma,
    summary: Tabular,
    groups: Tabular | None = None,
    horizon: Horizon = "365D",
    annual_discount: float = 0.1,
    margin: float | str | Any = 1.0,
    interval: float = 0.9,
    unit: str = "W",
    start: str | dt.date | None = None,
) -> pd.DataFrame:
    """Value of groups of customers with intervals that are right for sums: one row per group.

    The chances of customers even out in a sum and the doubt about the parameters, which all share, does not; adding
    up the customers' own bounds would be wrong on both counts.

    Parameters
    ----------
    groups : table, optional
        customer_id and one column per kind of group (tier, owner_id, region, cohort …); customers that it does not
        name, or without a value there, belong to no group of that kind.
    model, spend_model, summary, horizon, annual_discount, margin, interval, unit, start
        As in :func:`lifetime_value`. The sums over an ibis table are made in its engine.

    Returns
    -------
    pandas.DataFrame
        kind, group, customers, clv, clv_low, clv_high (money, totals of the group). The first row, of kind "total",
        is the whole base; then the kinds in the order of the columns, groups sorted by their names.
    """
    terms = read_terms(horizon, annual_discount, interval, unit, start)
    if isinstance(summary, ibis.Table):
        from custinsight.clv.scoring import sum_groups

        named = None if groups is None else as_table(groups)
        return sum_groups(model, spend_model, summary, named, terms, margin)
    frame = as_frame(summary, (*_COLUMNS, *model.covariates))
    worth = work_out(model, spend_model, frame, terms, margin)
    rows: list[tuple[Any, ...]] = [("total", "", len(frame), *worth.total(np.arange(len(frame)), interval))]
    if groups is not None:
        known = as_frame(groups, ("customer_id",))
        named_frame = known.drop_duplicates("customer_id").set_index("customer_id").reindex(frame["customer_id"])
        for kind in named_frame.columns:
            members_of = named_frame.groupby(kind, observed=True).indices
            for group, members in sorted(members_of.items(), key=lambda item: str(item[0])):
                rows.append((kind, str(group), len(members), *worth.total(np.asarray(members), interval)))
    return pd.DataFrame(rows, columns=GROUPED)


def work_out(
    model: PurchaseModel, spend_model: GammaGamma, frame: pd.DataFrame, terms: Terms, margin: float | str | Any
) -> Worth:
    """Work out the value of each customer of a summary."""
    margins = checked_margin(margin, frame)
    _, data, ahead, inverse = model._spread(frame, terms.t)
    outlook = look_ahead(model, spend_model, data, ahead, terms.force)
    _, x, m = spend_model._read(frame)
    each = margins * spend_model._mean(spend_model._fitted(), x, m)
    mean = each * outlook.discounted[inverse]
    gradient = np.vstack([outlook.slopes[:, inverse] * each, spend_model._log_slopes(x, m) * mean])
    return Worth(mean, each**2 * outlook.variance[inverse], gradient, joint_covariance(model, spend_model))


def joint_covariance(model: PurchaseModel, spend_model: GammaGamma) -> Floats:
    """Covariance of both models' log-parameters; the models are fitted apart, so theirs are independent."""
    k = len(model.covariance_)
    covariance = np.zeros((k + 3, k + 3))
    covariance[:k, :k], covariance[k:, k:] = model.covariance_, spend_model.covariance_
    return covariance


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
        As in :func:`lifetime_value`; the horizon begins with the first purchase.
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
    doubt = max(float(slope @ joint_covariance(model, spend_model) @ slope), 0.0)
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
