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
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.special import gammaincinv
from scipy.stats import norm

from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma
from custinsight.clv.summaries import TRIPLE, Floats, as_frame, unit_days
from custinsight.engine import Tabular, require_columns
from custinsight.errors import DataError

Horizon: TypeAlias = str | float | dt.timedelta

DAYS_PER_YEAR = 365.25
_COLUMNS = ("customer_id", *TRIPLE, "monetary_value")
_HORIZON = re.compile(r"(\d+(?:\.\d+)?)\s*([DWMY])")


@dataclass(frozen=True)
class Worth:
    """Value of customers as random amounts, one element per customer.

    Parameters
    ----------
    mean : ndarray, shape (n,)
        Expected value.
    variance : ndarray, shape (n,)
        Of the realised value, parameters taken as known.
    silence : ndarray, shape (n,)
        Probability of no purchase within the horizon.
    gradient : ndarray, shape (k, n)
        Change of the mean with each log-parameter of both models.
    covariance : ndarray, shape (k, k)
        Of these log-parameters.
    """

    mean: Floats
    variance: Floats
    silence: Floats
    gradient: Floats
    covariance: Floats

    def interval(self, level: float) -> tuple[Floats, Floats]:
        """Bounds that hold the realised value of each customer with probability ``level``; they hold the mean too."""
        doubt = np.einsum("kn,kl,ln->n", self.gradient, self.covariance, self.gradient)
        size, sign = np.abs(self.mean), np.sign(self.mean)
        second = self.variance + np.maximum(doubt, 0) + size**2
        ends = [hurdle_quantile((1 + side * level) / 2, self.silence, size, second) * sign for side in (-1, 1)]
        return np.minimum.reduce([*ends, self.mean]), np.maximum.reduce([*ends, self.mean])

    def total(self, rows: np.ndarray[Any, Any], level: float) -> tuple[float, float, float]:
        """Total of some customers with its interval: their chances are independent, the parameters are shared."""
        mean = float(self.mean[rows].sum())
        slope = self.gradient[:, rows].sum(axis=1)
        variance = float(self.variance[rows].sum() + max(slope @ self.covariance @ slope, 0.0))
        if variance <= 0:
            return mean, mean, mean
        if (self.mean[rows] >= 0).all():
            shape = mean**2 / variance
            low, high = (float(gammaincinv(shape, (1 + side * level) / 2)) * variance / mean for side in (-1, 1))
        else:
            reach = float(norm.ppf((1 + level) / 2)) * variance**0.5
            low, high = mean - reach, mean + reach
        return mean, min(low, mean), max(high, mean)


def lifetime_value(
    model: PurchaseModel,
    spend_model: GammaGamma,
    summary: Tabular,
    horizon: Horizon = "365D",
    annual_discount: float = 0.1,
    margin: float | Any = 1.0,
    interval: float = 0.9,
    unit: str = "W",
) -> Any:
    """Value of each customer over a horizon: one row per customer.

    Parameters
    ----------
    model : fitted purchase model
    spend_model : fitted GammaGamma
    summary : pandas frame, Arrow table or ibis table
        customer_id, frequency, recency, T (in ``unit``), monetary_value.
    horizon : str, number or timedelta
        From the period's end: "365D", "52W", "12M", "1Y", or days.
    annual_discount : float
        Effective rate a year, for example 0.1.
    margin : float or array of shape (customers,)
        Margin on sales; 1 gives discounted sales. May be negative.
    interval : float
        Probability that the interval holds the realised value, between 0 and 1.
    unit : str
        D, W or M: the time unit of the summary.

    Returns
    -------
    Table like the one given
        customer_id, probability_alive, expected_purchases (within the horizon), expected_spend (a purchase),
        clv, clv_low, clv_high (money, discounted), in the order of the summary.

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
    frame = as_frame(summary, _COLUMNS)
    arguments = (horizon, annual_discount, margin, interval, unit)
    worth = work_out(model, spend_model, frame, *arguments)
    low, high = worth.interval(interval)
    values = pd.DataFrame(
        {
            "customer_id": frame["customer_id"],
            "probability_alive": model.probability_alive(frame),
            "expected_purchases": model.expected_purchases(frame, horizon_days(horizon) / unit_days(unit)),
            "expected_spend": spend_model.expected_spend(frame),
            "clv": worth.mean,
            "clv_low": low,
            "clv_high": high,
        }
    )
    if isinstance(summary, ibis.Table):
        return ibis.memtable(values)
    return pa.Table.from_pandas(values, preserve_index=False) if isinstance(summary, pa.Table) else values


def clv_by_group(
    model: PurchaseModel,
    spend_model: GammaGamma,
    summary: Tabular,
    groups: pd.DataFrame | None = None,
    horizon: Horizon = "365D",
    annual_discount: float = 0.1,
    margin: float | Any = 1.0,
    interval: float = 0.9,
    unit: str = "W",
) -> pd.DataFrame:
    """Value of groups of customers with intervals that are right for sums: one row per group.

    The chances of customers even out in a sum and the doubt about the parameters, which all share, does not; adding
    up the customers' own bounds would be wrong on both counts.

    Parameters
    ----------
    groups : pandas.DataFrame, optional
        customer_id and one column per kind of group (tier, owner_id, region …); customers that it does not name,
        or without a value there, belong to no group of that kind.
    model, spend_model, summary, horizon, annual_discount, margin, interval, unit
        As in :func:`lifetime_value`.

    Returns
    -------
    pandas.DataFrame
        kind, group, customers, clv, clv_low, clv_high (money, totals of the group). The first row, of kind "total",
        is the whole base; then the kinds in the order of the columns, groups sorted by their names.
    """
    frame = as_frame(summary, _COLUMNS)
    worth = work_out(model, spend_model, frame, horizon, annual_discount, margin, interval, unit)
    rows: list[tuple[Any, ...]] = [("total", "", len(frame), *worth.total(np.arange(len(frame)), interval))]
    if groups is not None:
        require_columns(groups, ("customer_id",), name="The groups")
        named = groups.drop_duplicates("customer_id").set_index("customer_id").reindex(frame["customer_id"])
        for kind in named.columns:
            for group, members in sorted(named.groupby(kind, observed=True).indices.items(), key=lambda g: str(g[0])):
                rows.append((kind, str(group), len(members), *worth.total(np.asarray(members), interval)))
    return pd.DataFrame(rows, columns=["kind", "group", "customers", "clv", "clv_low", "clv_high"])


def work_out(
    model: PurchaseModel,
    spend_model: GammaGamma,
    frame: pd.DataFrame,
    horizon: Horizon,
    annual_discount: float,
    margin: float | Any,
    interval: float,
    unit: str,
) -> Worth:
    """Work out the value of each customer of a summary; arguments as in :func:`lifetime_value`."""
    _check_shares(annual_discount, interval)
    margins = _checked_margin(margin, len(frame))
    t = horizon_days(horizon) / unit_days(unit)
    force = np.log1p(annual_discount) * unit_days(unit) / DAYS_PER_YEAR
    _, data, ahead, inverse = model._spread(frame, t)
    count, squares, pairs = (part[inverse] for part in model._moments(model._theta(), data, ahead, force))
    silence = model._silence(model._theta(), data, ahead)[inverse]
    _, x, m = spend_model._read(frame)
    spend = spend_model._moments(x, m)
    mean = margins * count * spend.mean
    second = margins**2 * (squares * spend.square + pairs * spend.product)
    slopes = model._gradient(data, ahead, force)[:, inverse] * (margins * spend.mean)
    spend_slopes = spend_model._gradient(x, m) * (margins * count)
    k, covariance = len(slopes), np.zeros((len(slopes) + 3, len(slopes) + 3))
    covariance[:k, :k], covariance[k:, k:] = model.covariance_, spend_model.covariance_
    return Worth(mean, np.maximum(second - mean**2, 0), silence, np.vstack([slopes, spend_slopes]), covariance)


def hurdle_quantile(level: float, silence: Floats, mean: Floats, second: Floats) -> Floats:
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
    paying = np.maximum(1 - silence, 1e-12)
    above = mean / paying
    spread = np.maximum(second / paying - above**2, 1e-12 * above**2)
    shape = np.divide(above**2, spread, out=np.ones_like(above), where=spread > 0)
    shape = np.maximum(shape, 1e-12)
    within = np.clip((level - silence) / paying, 0, 1)
    return np.where(within > 0, gammaincinv(shape, within) * above / shape, 0.0)


def horizon_days(horizon: Horizon) -> float:
    """Return the length of a horizon in days.

    Examples
    --------
    >>> horizon_days("52W"), horizon_days(90), horizon_days("1Y")
    (364.0, 90.0, 365.25)
    """
    days = np.nan
    if isinstance(horizon, dt.timedelta):
        days = horizon / dt.timedelta(days=1)
    elif isinstance(horizon, int | float):
        days = float(horizon)
    elif match := _HORIZON.fullmatch(str(horizon)):
        days = float(match[1]) * {"D": 1, "W": 7, "M": DAYS_PER_YEAR / 12, "Y": DAYS_PER_YEAR}[match[2]]
    if not (np.isfinite(days) and days > 0):
        raise DataError(
            "The horizon must be a length of time such as 365D, 52W, 12M or 1Y, got {horizon}.",
            horizon=repr(horizon)[:30],
        )
    return days


def _check_shares(annual_discount: float, interval: float) -> None:
    if not 0 <= annual_discount < 10:
        raise DataError(
            "The annual discount must be a rate such as 0.1 and not negative, got {value}.", value=str(annual_discount)
        )
    if not 0 < interval < 1:
        raise DataError("The interval must be a probability between 0 and 1, got {value}.", value=str(interval))


def _checked_margin(margin: float | Any, rows: int) -> Floats:
    margins = np.asarray(margin, dtype=np.float64)
    if margins.shape not in ((), (rows,)) or not np.isfinite(margins).all():
        raise DataError("The margin must be one finite number, or one per row of the summary ({rows}).", rows=rows)
    return np.broadcast_to(margins, (rows,))
