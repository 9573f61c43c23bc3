"""Scoring everyone where they are: the engine names the distinct customers, and joins what lies ahead of them back.

Only distinct (frequency, recency, T) leave the engine. What a customer's own mean spend adds is arithmetic that the
engine does in SQL, so neither memory nor time here grows with the number of customers.
"""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from custinsight.clv.horizons import Terms
from custinsight.clv.outlook import Outlook, look_ahead
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.spend import GammaGamma
from custinsight.clv.summaries import TRIPLE, Floats
from custinsight.clv.sums import GROUPED, interval_of_sum, joint_covariance
from custinsight.engine import collect, require_columns
from custinsight.errors import DataError


def score_customers(
    model: PurchaseModel, spend_model: GammaGamma, summary: ibis.Table, terms: Terms, margin: float | str | Any
) -> ibis.Table:
    """One row per customer, lazy: the columns of :func:`custinsight.clv.lifetime_value`."""
    joined, _ = _with_outlook(model, spend_model, summary, terms, margin)
    value = joined.margin__ * joined.expected_spend * joined.discounted__
    up, down = joined.high__ * value, joined.low__ * value
    return joined.select(
        "customer_id",
        "probability_alive",
        "expected_purchases",
        "expected_spend",
        clv=value,
        clv_low=ibis.least(down, up),
        clv_high=ibis.greatest(down, up),
    )


def sum_groups(
    model: PurchaseModel,
    spend_model: GammaGamma,
    summary: ibis.Table,
    groups: ibis.Table | None,
    terms: Terms,
    margin: float | str | Any,
) -> pd.DataFrame:
    """One row per group: the columns of :func:`custinsight.clv.clv_by_group`, summed in the engine."""
    joined, outlook = _with_outlook(model, spend_model, summary, terms, margin)
    parts = _parts(spend_model, joined, len(outlook.slopes))
    sums = {name: parts[name].sum() for name in parts.columns if name != "customer_id"}
    frames = [collect(parts.aggregate(customers=parts.count(), **sums)).assign(kind="total", group="")]
    if groups is not None:
        require_columns(groups, ("customer_id",), name="The groups")
        kinds = [name for name in groups.columns if name != "customer_id"]
        # of a customer named twice one row, whichever: as of a pandas frame
        once = groups.group_by("customer_id").aggregate(**{kind: groups[kind].arbitrary() for kind in kinds})
        members = parts.inner_join(once, "customer_id")
        frames += [_sum_kind(members, kind, sums) for kind in kinds]
    found = pd.concat(frames, ignore_index=True)
    covariance = joint_covariance(outlook, spend_model)
    slopes = [f"slope_{k}" for k in range(len(covariance))]
    rows = [
        (
            row["kind"],
            row["group"],
            int(row["customers"]),
            *interval_of_sum(
                float(row["mean"]), float(row["variance"]), row[slopes].to_numpy(float), covariance, terms.interval
            ),
        )
        for _, row in found.iterrows()
    ]
    return pd.DataFrame(rows, columns=GROUPED)


def _sum_kind(joined: ibis.Table, kind: str, sums: dict[str, Any]) -> pd.DataFrame:
    known = joined.filter(joined[kind].notnull())
    grouped = known.group_by(group=known[kind].cast("string")).aggregate(
        customers=known.count(), **{name: known[name].sum() for name in sums}
    )
    return collect(grouped.order_by("group"), max_rows=None).assign(kind=kind)


def _with_outlook(
    model: PurchaseModel, spend_model: GammaGamma, summary: ibis.Table, terms: Terms, margin: float | str | Any
) -> tuple[ibis.Table, Outlook]:
    """The summary with what lies ahead of each customer, its expected spend and its margin; and what lies ahead."""
    keys = [*TRIPLE, *model.covariates]
    require_columns(summary, ("customer_id", *keys, "monetary_value"), name="The summary")
    _check_spend(summary)
    distinct = collect(summary.select(keys).distinct(), max_rows=None)
    _, data, ahead, inverse = model._spread(distinct, terms.t)
    outlook = look_ahead(model, spend_model, data, ahead, terms.force)
    low, high = outlook.bounds(spend_model, data.x, terms.interval)
    ahead_of = {name: column[inverse] for name, column in _columns(outlook, low, high).items()}
    table = ibis.memtable(pa.table({f"{key}__key": distinct[key].to_numpy() for key in keys} | ahead_of))
    joined = summary.inner_join(table, [(summary[key], table[f"{key}__key"]) for key in keys])
    return joined.mutate(expected_spend=_spend(spend_model, joined), margin__=_margin(joined, margin)), outlook


def _columns(outlook: Outlook, low: Floats, high: Floats) -> dict[str, Floats]:
    slopes = {f"slope_{k}__": slope for k, slope in enumerate(outlook.slopes)}
    return {
        "probability_alive": outlook.alive,
        "expected_purchases": outlook.purchases,
        "discounted__": outlook.discounted,
        "variance__": outlook.variance,
        "low__": low,
        "high__": high,
        **slopes,
    }


def _parts(spend_model: GammaGamma, joined: ibis.Table, directions: int) -> ibis.Table:
    """One row per customer: mean, variance, and changes of the mean with each parameter, as the engine sums them."""
    p, q, gamma = spend_model._fitted()
    each = joined.margin__ * joined.expected_spend
    mean = each * joined.discounted__
    x = joined.frequency.cast("float64")
    degrees = p * x + (q - 1)
    known = (degrees > 0) & ((x > 0) | ibis.literal(bool(q > 1)))
    by_spend = (1 - p * x / degrees.nullif(0), -q / degrees.nullif(0), gamma / (gamma + x * _paid(joined)))
    slopes = [each * joined[f"slope_{k}__"] for k in range(directions)]
    slopes += [ibis.ifelse(known, mean * slope, 0.0) for slope in by_spend]
    return joined.select(
        "customer_id",
        mean=mean,
        variance=each * each * joined.variance__,
        **{f"slope_{k}": slope for k, slope in enumerate(slopes)},
    )


def _paid(table: ibis.Table) -> Any:
    """Mean spend of the repeat purchases: nothing where there are none, and never below nothing."""
    return ibis.ifelse(table.frequency > 0, ibis.greatest(table.monetary_value.cast("float64"), 0.0), 0.0)


def _spend(spend_model: GammaGamma, table: ibis.Table) -> Any:
    """The expected spend as :meth:`GammaGamma.expected_spend` has it, as an expression."""
    p, q, gamma = spend_model._fitted()
    x = table.frequency.cast("float64")
    degrees = p * x + (q - 1)
    known = (degrees > 0) & ((x > 0) | ibis.literal(bool(q > 1)))
    mean = p * (gamma + x * _paid(table)) / ibis.greatest(degrees, 1e-300)
    return ibis.ifelse(known, mean, float(spend_model.mean_spend_))


def _margin(table: ibis.Table, margin: float | str | Any) -> Any:
    if isinstance(margin, str):
        require_columns(table, (margin,), name="The summary")
        return table[margin].cast("float64")
    if np.ndim(margin) != 0 or not np.isfinite(margin):
        raise DataError("The margin must be one finite number, or the name of a column of an ibis summary.")
    return ibis.literal(float(margin))


def _check_spend(summary: ibis.Table) -> None:
    spend = summary.monetary_value.cast("float64")
    unknown = summary.filter((summary.frequency > 0) & (spend.isnull() | spend.isnan() | spend.isinf()))
    n = int(collect(unknown.aggregate(n=unknown.count()))["n"].iloc[0])
    if n:
        raise DataError(
            "In the summary {column} must be a number where frequency is above 0; it is not in {n} rows. "
            "Fill it or leave the rows out.",
            column="monetary_value",
            n=n,
        )
