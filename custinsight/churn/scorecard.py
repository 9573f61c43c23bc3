"""Forecasts kept, and graded by what happened: purchases, spend and churn, by customer and by segment.

A forecast is graded over the days it was made for, on the customers it was made for. Whoever was won later is in no
grade, and so is nobody whose number is no longer known, who is counted apart.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from custinsight.base.purchases import Purchases
from custinsight.churn.trials import grade
from custinsight.clv.metrics import calibration_table
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma
from custinsight.clv.summaries import numbers
from custinsight.clv.value import lifetime_value
from custinsight.engine import collect, require_columns
from custinsight.errors import DataError

FORECASTS = {
    "customer_id": "str",
    "days": "int64",
    "probability": "float64",
    "purchases": "float64",
    "spend": "float64",
    "spend_low": "float64",
    "spend_high": "float64",
    "interval": "float64",
}
"""Columns of the forecasts and their types: one row per customer and horizon."""
TOTALS = {
    "days": "int64",
    "customers": "int64",
    "unmatched": "int64",
    "churn_predicted": "float64",
    "churn_actual": "float64",
    "auc": "float64",
    "pr_auc": "float64",
    "lift": "float64",
    "brier": "float64",
    "ece": "float64",
    "purchases_predicted": "float64",
    "purchases_actual": "float64",
    "purchases_bias": "float64",
    "spend_predicted": "float64",
    "spend_actual": "float64",
    "spend_bias": "float64",
    "coverage": "float64",
    "interval": "float64",
}
GROUPED = {
    "days": "int64",
    "kind": "str",
    "group": "str",
    "customers": "int64",
    "churn_predicted": "float64",
    "churn_actual": "float64",
    "purchases_predicted": "float64",
    "purchases_actual": "float64",
    "spend_predicted": "float64",
    "spend_actual": "float64",
}


@dataclass(frozen=True)
class Scorecard:
    """Forecasts graded.

    Parameters
    ----------
    totals : pandas.DataFrame
        One row per horizon: days, customers, unmatched (forecast for, but no longer known), churn_predicted and
        churn_actual (shares without a purchase), auc, pr_auc, lift, brier and ece of the probabilities;
        purchases_predicted, purchases_actual and purchases_bias (relative), the same of spend; coverage (share of
        customers whose spend fell into its interval) and interval (the share aimed at). nan for what was not forecast.
    groups : pandas.DataFrame
        One row per horizon, kind and group of customers: the same predictions beside what happened.
    calibration : pandas.DataFrame
        days, decile (1 is the likeliest to stay away), customers, predicted, actual.
    """

    totals: pd.DataFrame
    groups: pd.DataFrame
    calibration: pd.DataFrame


def make_forecasts(
    summary: pd.DataFrame,
    scores: pd.DataFrame,
    horizons: Sequence[int],
    *,
    model: PurchaseModel | None = None,
    spend_model: GammaGamma | None = None,
    level: float = 1.0,
    interval: float = 0.9,
    unit: str = "W",
) -> pd.DataFrame:
    """Put down what is expected of each customer, to be graded later: one row per customer and horizon.

    Parameters
    ----------
    summary : pandas.DataFrame
        customer_id, frequency, recency, T, monetary_value.
    scores : pandas.DataFrame
        customer_id, probability of no purchase within the first of the horizons; may be empty.
    horizons : sequence of int
        Days ahead.
    model, spend_model : optional
        Fitted. Without them purchases and spend are not forecast.
    level : float
        What purchases and spend are multiplied by.
    interval : float
        Probability that intervals of the spend aim at.
    unit : str
        D, W or M: the time unit of the summary.

    Returns
    -------
    pandas.DataFrame
        The columns of :data:`FORECASTS`; nothing is discounted, spend is net sales.
    """
    known = scores.drop_duplicates("customer_id").set_index("customer_id")["probability"]
    parts = []
    for place, days in enumerate(dict.fromkeys(horizons)):
        part = summary[["customer_id"]].assign(days=days, probability=np.nan, purchases=np.nan, interval=interval)
        if place == 0:
            part["probability"] = known.reindex(summary["customer_id"]).to_numpy(dtype=np.float64)
        part = part.assign(spend=np.nan, spend_low=np.nan, spend_high=np.nan)
        if model is not None and spend_model is not None:
            values = lifetime_value(model, spend_model, summary, f"{days}D", 0.0, level, interval, unit)
            part["purchases"] = values["expected_purchases"].to_numpy() * level
            part[["spend", "spend_low", "spend_high"]] = values[["clv", "clv_low", "clv_high"]].to_numpy()
        parts.append(part)
    return pd.concat(parts, ignore_index=True)[list(FORECASTS)].astype(FORECASTS)


def what_happened(purchases: Purchases, origin: dt.date, days: int) -> pd.DataFrame:
    """Purchases and spend after a day: one row per customer known by then: customer_id, purchases, spend."""
    until = purchases.occasions(origin + dt.timedelta(days=days))
    after = until.day > ibis.literal(origin)
    counted = until.group_by("customer_id").aggregate(
        first=until.day.min(),
        purchases=after.cast("int64").sum(),
        spend=until.amount.sum(where=after).fill_null(0).cast("float64"),
    )
    known = counted.filter(counted["first"] <= ibis.literal(origin)).drop("first")
    return collect(known.order_by("customer_id"), max_rows=None)


def scorecard(forecasts: pd.DataFrame, actual: pd.DataFrame, groups: pd.DataFrame | None = None) -> Scorecard:
    """Grade forecasts of one horizon by what happened.

    Parameters
    ----------
    forecasts : pandas.DataFrame
        The columns of :data:`FORECASTS`, of one horizon.
    actual : pandas.DataFrame
        customer_id, purchases, spend: all customers known when the forecast was made; 0 for those who bought nothing.
    groups : pandas.DataFrame, optional
        customer_id and one column per kind of group, such as tier, as they were when the forecast was made.

    Returns
    -------
    Scorecard

    Raises
    ------
    DataError
        A column is missing, or the forecasts are of several horizons.

    Examples
    --------
    >>> made = pd.DataFrame({"customer_id": ["x", "y"], "days": 90, "probability": [0.8, 0.3], "purchases": [0.4, 2.0],
    ...                      "spend": [40.0, 200.0], "spend_low": 0.0, "spend_high": 300.0, "interval": 0.9})
    >>> happened = pd.DataFrame({"customer_id": ["x", "y"], "purchases": [0, 3], "spend": [0.0, 310.0]})
    >>> scorecard(made, happened).totals[["purchases_bias", "brier", "coverage"]].round(3).values.tolist()
    [[-0.2, 0.065, 0.5]]
    """
    require_columns(forecasts, tuple(FORECASTS), name="The forecasts")
    require_columns(actual, ("customer_id", "purchases", "spend"), name="What happened")
    if len(forecasts["days"].unique()) > 1:
        raise DataError("Forecasts must be graded one horizon at a time. Choose one of their days.")
    joined = forecasts.merge(
        actual.rename(columns={"purchases": "bought", "spend": "paid"}), on="customer_id", validate="one_to_one"
    )
    if joined.empty:
        return Scorecard(
            *(pd.DataFrame({n: pd.Series(dtype=k) for n, k in c.items()}) for c in (TOTALS, GROUPED, _CAL))
        )
    days = int(forecasts["days"].iloc[0])
    joined["is_silent"] = numbers(joined, "bought") == 0
    return Scorecard(
        pd.DataFrame([_totals(joined, days, len(forecasts) - len(joined))])[list(TOTALS)].astype(TOTALS),
        _groups(joined, days, groups),
        _calibration(joined, days),
    )


_CAL = {"days": "int64", "decile": "int64", "customers": "int64", "predicted": "float64", "actual": "float64"}


def _totals(joined: pd.DataFrame, days: int, unmatched: int) -> dict[str, float]:
    row: dict[str, float] = dict.fromkeys(TOTALS, np.nan)
    row |= {"days": days, "customers": len(joined), "unmatched": unmatched, **_sums(joined)}
    scored = joined[joined["probability"].notna()]
    if len(scored):
        p, silent = scored["probability"].to_numpy(dtype=np.float64), scored["is_silent"].to_numpy(dtype=bool)
        _, _, actual, predicted, *grades = grade(None, p, silent)
        row |= dict(zip(("auc", "pr_auc", "lift", "brier", "ece"), grades, strict=True))
        row |= {"churn_predicted": predicted, "churn_actual": actual}
    for name in ("purchases", "spend"):
        predicted, actual = row[f"{name}_predicted"], row[f"{name}_actual"]
        row[f"{name}_bias"] = predicted / actual - 1 if actual and np.isfinite(predicted) else np.nan
    known = joined[joined["spend_low"].notna()]
    if len(known):
        inside = known["paid"].between(known["spend_low"] - 1e-9, known["spend_high"] + 1e-9)
        row |= {"coverage": float(inside.mean()), "interval": float(known["interval"].iloc[0])}
    return row


def _sums(part: pd.DataFrame) -> dict[str, float]:
    return {
        "churn_predicted": float(part["probability"].mean()),
        "churn_actual": float(part["is_silent"].mean()),
        "purchases_predicted": float(part["purchases"].sum(min_count=1)),
        "purchases_actual": float(part["bought"].sum()),
        "spend_predicted": float(part["spend"].sum(min_count=1)),
        "spend_actual": float(part["paid"].sum()),
    }


def _groups(joined: pd.DataFrame, days: int, groups: pd.DataFrame | None) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    if groups is not None:
        known = groups.drop_duplicates("customer_id").set_index("customer_id").reindex(joined["customer_id"])
        for kind in known:
            names = known[kind].astype(object).fillna("").astype("str").to_numpy()
            rows += [
                {"days": days, "kind": str(kind), "group": str(name), "customers": len(part), **_sums(part)}
                for name, part in joined.groupby(names)
            ]
    return pd.DataFrame(rows, columns=list(GROUPED)).astype(GROUPED)


def _calibration(joined: pd.DataFrame, days: int) -> pd.DataFrame:
    scored = joined[joined["probability"].notna()]
    if scored.empty:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _CAL.items()})
    p = scored["probability"].to_numpy(dtype=np.float64)
    table = calibration_table(p, scored["is_silent"].to_numpy())
    return table.assign(days=days)[list(_CAL)].astype(_CAL)
