"""The holdout test: forecast a stretch of the past from what was known before it, and compare.

The last days of the history are hidden from the models, forecast, and compared with what customers then bought,
beside two rules that need no model: everybody goes on at their own past rate, and everybody buys the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression

from custinsight.base import read_purchases, summarise
from custinsight.base.purchases import TransactionsLike
from custinsight.clv.bgnbd import BGNBD
from custinsight.clv.metrics import brier, calibration_error, calibration_table, count_errors
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma
from custinsight.clv.summaries import TRIPLE, Floats, as_frame, numbers, unit_days
from custinsight.clv.value import lifetime_value
from custinsight.engine import Tabular
from custinsight.errors import DataError

_MOST = 7
_FEWEST_FOR_RULE = 100


@dataclass(frozen=True)
class Holdout:
    """Result of a holdout test.

    Parameters
    ----------
    by_frequency : pandas.DataFrame
        frequency (repeat purchases before; 7 stands for 7 and more), customers, actual and predicted (mean purchases
        per customer in the holdout).
    metrics : pandas.Series
        customers, holdout_days, actual_total, predicted_total, mean_actual, mean_predicted, bias (of the total,
        relative), mae, rmse, correlation; the same errors of the rules without a model, naive_* (own past rate) and
        equal_* (everybody the mean of the forecasts); brier and ece of the probability of no purchase, base_brier of
        its mean; where spend is known also spend_actual, spend_predicted, spend_bias, coverage (share of customers
        whose spend fell into its interval) and interval (the share aimed at).
    calibration : pandas.DataFrame
        decile (1 is the most likely to stay silent), customers, predicted and actual share without a purchase.
    customers : pandas.DataFrame
        customer_id, frequency, actual, predicted, naive (purchases), probability (of no purchase), is_silent,
        hiatus_days, age_days (since the first purchase); where spend is known also spend_actual, spend_predicted,
        spend_low, spend_high; where a window before this one could be looked at also hiatus_probability (of no
        purchase, by the days of silence alone).
    """

    by_frequency: pd.DataFrame
    metrics: pd.Series
    calibration: pd.DataFrame
    customers: pd.DataFrame


def holdout(
    summary: Tabular,
    actual: Tabular,
    *,
    holdout_days: float,
    unit: str = "W",
    model: PurchaseModel | None = None,
    spend_model: GammaGamma | None = None,
    interval: float = 0.9,
) -> Holdout:
    """Forecast a holdout from the summary before it and compare with what was bought.

    Parameters
    ----------
    summary : table
        Before the holdout: customer_id, frequency, recency, T (in ``unit``), and monetary_value if spend is tested.
    actual : table
        In the holdout: customer_id, purchases, and spend if known. Customers that are missing bought nothing;
        customers who are not in the summary are new and are left out.
    holdout_days : float
        Length of the holdout.
    unit : str
        D, W or M.
    model, spend_model : optional
        Models to test: unfitted ones are fitted to the summary. BG/NBD and Gamma-Gamma when not given.
    interval : float
        Probability that the intervals of spend aim at.

    Returns
    -------
    Holdout

    Raises
    ------
    DataError
        The summary cannot be fitted to, or a column is missing.

    Examples
    --------
    >>> before = pd.DataFrame({"customer_id": list("abcd"), "frequency": [0, 1, 4, 2], "recency": [0, 9, 38, 20],
    ...                        "T": [39, 39, 39, 39]})
    >>> after = pd.DataFrame({"customer_id": ["c"], "purchases": [3]})
    >>> holdout(before, after, holdout_days=182).by_frequency["actual"].tolist()
    [0.0, 0.0, 0.0, 3.0]
    """
    frame = as_frame(summary, ("customer_id", *TRIPLE)).reset_index(drop=True)
    if not holdout_days > 0:
        raise DataError("The holdout must be longer than 0 days, got {days}.", days=str(holdout_days))
    happened = _matched(frame, as_frame(actual, ("customer_id", "purchases")))
    fitted = _fitted(model if model is not None else BGNBD(), frame)
    t = holdout_days / unit_days(unit)
    customers = pd.DataFrame(
        {
            "customer_id": frame["customer_id"],
            "frequency": frame["frequency"],
            "actual": happened["purchases"],
            "predicted": fitted.expected_purchases(frame, t),
            "naive": np.where(frame["T"] > 0, frame["frequency"] / frame["T"].where(frame["T"] > 0, 1) * t, 0.0),
            "probability": fitted.probability_no_purchase(frame, t),
            "is_silent": happened["purchases"] == 0,
            "hiatus_days": (frame["T"] - frame["recency"]) * unit_days(unit),
            "age_days": frame["T"] * unit_days(unit),
        }
    )
    if "spend" in happened and "monetary_value" in frame:
        customers = _with_spend(customers, frame, happened["spend"], fitted, spend_model, holdout_days, unit, interval)
    metrics = _metrics(customers, holdout_days, interval)
    calibration = calibration_table(customers["probability"].to_numpy(), customers["is_silent"].to_numpy())
    return Holdout(_by_frequency(customers), metrics, calibration, customers)


def holdout_of(
    transactions: TransactionsLike,
    *,
    end: Any,
    holdout_days: int,
    unit: str = "W",
    model: PurchaseModel | None = None,
    spend_model: GammaGamma | None = None,
    interval: float = 0.9,
) -> Holdout:
    """Run the holdout test on transactions: the last ``holdout_days`` up to ``end`` are hidden and forecast.

    Parameters
    ----------
    transactions : table or Purchases
        As :func:`custinsight.summarise` takes them.
    end : date or text
        Last day of the holdout.
    holdout_days, unit, model, spend_model, interval
        As in :func:`holdout`.

    Returns
    -------
    Holdout

    Raises
    ------
    DataError
        Nobody bought before the holdout, or nobody twice.
    """
    purchases = read_purchases(transactions)
    last = pd.Timestamp(end)
    cut, start = (last - pd.Timedelta(days=windows * holdout_days) for windows in (1, 2))

    def split(day: pd.Timestamp, until: pd.Timestamp) -> pd.DataFrame:
        # read_purchases makes summarise answer in pandas, ordered by customer
        return summarise(purchases, end=until.date(), unit=unit, calibration_end=day.date())

    before = split(cut, last)
    result = holdout(
        before,
        _bought(before),
        holdout_days=holdout_days,
        unit=unit,
        model=model,
        spend_model=spend_model,
        interval=interval,
    )
    rule = silence_rule(split(start, cut), result.customers["hiatus_days"], unit)
    return result if rule is None else replace(result, customers=result.customers.assign(hiatus_probability=rule))


def _bought(split: pd.DataFrame) -> pd.DataFrame:
    purchases = split["frequency_holdout"]
    spend = purchases * split["monetary_value_holdout"]
    return pd.DataFrame({"customer_id": split["customer_id"], "purchases": purchases, "spend": spend})


def silence_rule(earlier: pd.DataFrame, hiatus_days: pd.Series, unit: str) -> Floats | None:
    """Probability of no purchase by days of silence alone, learnt in the window before; None where that is thin."""
    if len(earlier) < _FEWEST_FOR_RULE:
        return None
    silent = (earlier["frequency_holdout"] == 0).to_numpy(dtype=float)
    days = (earlier["T"] - earlier["recency"]) * unit_days(unit)
    # the longer silent, the likelier to stay so: nothing else is asked of the rule
    rule = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(days, silent)
    return np.asarray(rule.predict(hiatus_days), dtype=np.float64)


def _matched(frame: pd.DataFrame, actual: pd.DataFrame) -> pd.DataFrame:
    columns = [name for name in ("purchases", "spend") if name in actual]
    counted = pd.DataFrame({name: numbers(actual, name) for name in columns})
    summed = counted.groupby(actual["customer_id"].to_numpy()).sum()
    return summed.reindex(frame["customer_id"]).fillna(0.0).reset_index(drop=True)


def _fitted(model: PurchaseModel, frame: pd.DataFrame) -> PurchaseModel:
    return model if hasattr(model, "params_") else model.fit(frame)


def _with_spend(
    customers: pd.DataFrame,
    frame: pd.DataFrame,
    spend: pd.Series,
    model: PurchaseModel,
    spend_model: GammaGamma | None,
    holdout_days: float,
    unit: str,
    interval: float,
) -> pd.DataFrame:
    """Add spend and its forecast; where too few customers bought again to model spend, nothing is added."""
    try:
        wanted = spend_model if spend_model is not None else GammaGamma()
        fitted = wanted if hasattr(wanted, "params_") else wanted.fit(frame)
    except DataError:
        return customers
    values = lifetime_value(model, fitted, frame, holdout_days, 0.0, 1.0, interval, unit)
    return customers.assign(
        spend_actual=spend, spend_predicted=values["clv"], spend_low=values["clv_low"], spend_high=values["clv_high"]
    )


def _metrics(customers: pd.DataFrame, holdout_days: float, interval: float) -> pd.Series:
    actual, predicted, naive = (customers[name].to_numpy(dtype=float) for name in ("actual", "predicted", "naive"))
    silence, silent = customers["probability"].to_numpy(), customers["is_silent"].to_numpy()
    varied = actual.std() > 0 and predicted.std() > 0
    metrics: dict[str, float] = {
        "customers": len(actual),
        "holdout_days": holdout_days,
        "actual_total": actual.sum(),
        "predicted_total": predicted.sum(),
        "mean_actual": actual.mean(),
        "mean_predicted": predicted.mean(),
        **count_errors(predicted, actual),
        "correlation": float(np.corrcoef(predicted, actual)[0, 1]) if varied else np.nan,
    }
    for name, rule in (("naive", naive), ("equal", np.full(len(actual), predicted.mean()))):
        metrics |= {f"{name}_{key}": value for key, value in count_errors(rule, actual).items()}
    metrics["brier"] = brier(silence, silent)
    metrics["base_brier"] = brier(np.full(len(silence), silence.mean()), silent)
    metrics["ece"] = calibration_error(silence, silent)
    if "spend_actual" in customers:
        spent, expected = customers["spend_actual"], customers["spend_predicted"]
        inside = spent.between(customers["spend_low"] - 1e-9, customers["spend_high"] + 1e-9)
        metrics |= {
            "spend_actual": spent.sum(),
            "spend_predicted": expected.sum(),
            "spend_bias": expected.sum() / spent.sum() - 1 if spent.sum() > 0 else np.nan,
            "coverage": inside.mean(),
            "interval": interval,
        }
    return pd.Series(metrics, dtype=np.float64, name="value").rename_axis("metric")


def _by_frequency(customers: pd.DataFrame) -> pd.DataFrame:
    grouped = customers.groupby(customers["frequency"].clip(upper=_MOST).astype(int))
    return grouped.agg(
        customers=("actual", "size"), actual=("actual", "mean"), predicted=("predicted", "mean")
    ).reset_index()
