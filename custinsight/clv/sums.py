"""Value of groups of customers, with intervals that are right for sums."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd
from scipy.linalg import block_diag
from scipy.special import gammaincinv
from scipy.stats import norm

from custinsight.clv.horizons import Horizon, Terms, checked_margin, read_terms
from custinsight.clv.outlook import Outlook, look_ahead
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma
from custinsight.clv.summaries import Floats, as_frame
from custinsight.clv.value import VALUED
from custinsight.engine import Tabular, as_table

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
        As in :func:`custinsight.clv.lifetime_value`. The sums over an ibis table are made in its engine.

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
    frame = as_frame(summary, (*VALUED, *model.covariates))
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
    return Worth(mean, each**2 * outlook.variance[inverse], gradient, joint_covariance(outlook, spend_model))


def joint_covariance(outlook: Outlook, spend_model: GammaGamma) -> Floats:
    """Covariance of what both models' slopes are taken with; the models are fitted apart, so theirs are independent."""
    return np.asarray(block_diag(outlook.covariance, spend_model.covariance_))
