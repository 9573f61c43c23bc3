"""The effects stage: what finding the duplicates changes in money, and what groups of companies bring."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis
import pandas as pd
from sklearn.base import clone

from custinsight import churn as churn_room
from custinsight import clv as clv_room
from custinsight.base import summarise
from custinsight.base.purchases import read_purchases
from custinsight.engine import Tabular, as_table, collect
from custinsight.errors import DataError
from custinsight.flow.context import Context
from custinsight.flow.trailing import usual_margin
from custinsight.flow.value import stored_model
from custinsight.flow.view import records_until
from custinsight.match import relink

TABLES = ("deduplication_effect", "group_revenue")
TOP = 10


def effects(audit: Context) -> Mapping[str, Tabular]:
    """Work the same figures out on records, on golden customers and on groups of them."""
    golden = audit.read("transactions")
    groups = audit.read("customer_groups")
    ways = {
        "records": records_until(audit)["transactions"],
        "customers": golden,
        "groups": relink(golden, groups.select(customer_id="golden_id", golden_id="group_id")),
    }
    found = pd.DataFrame({way: _figures(audit, lines) for way, lines in ways.items()})
    if audit.table("gate")["verdict"].iloc[0] != "refuse":
        found = pd.concat(
            [found, pd.DataFrame({way: _future(audit, ways[way]) for way in ("records", "customers")})]
        ).astype("float64")
    return {
        "deduplication_effect": found.rename_axis("measure").reset_index(),
        "group_revenue": _group_revenue(_trailing(audit, golden), groups),
    }


def _trailing(audit: Context, lines: ibis.Table) -> ibis.Table:
    start = audit.period.end - dt.timedelta(days=audit.plan.model.active_days)
    return lines.filter(lines.doc_date > start, lines.doc_date <= audit.period.end)


def _figures(audit: Context, lines: ibis.Table) -> pd.Series:
    """Count and sum what was bought in the days that make a customer active."""
    purchases = summarise(
        read_purchases(_trailing(audit, lines)), end=audit.period.end, unit=audit.plan.model.time_unit
    )
    occasions = collect(as_table(purchases), max_rows=None)
    lines = _trailing(audit, lines)
    spent = collect(
        lines.group_by("customer_id").agg(spend=lines.amount_net.sum()).order_by("customer_id"), max_rows=None
    )["spend"].astype("float64")
    active, total = len(occasions), float(spent.sum())
    return pd.Series(
        {
            "active": active,
            "revenue": total,
            "revenue_per_customer": total / active if active else None,
            "occasions_per_customer": float(occasions["frequency"].sum() + active) / active if active else None,
            "top_share": float(spent.nlargest(TOP).sum()) / total if total > 0 else None,
        },
        dtype="float64",
    )


def _future(audit: Context, lines: ibis.Table) -> pd.Series:
    """Fit the value models anew and sum what they expect; nothing where they cannot be fitted."""
    plan = audit.plan.model
    summary = collect(
        as_table(summarise(read_purchases(lines), end=audit.period.end, unit=plan.time_unit)), max_rows=None
    )
    chosen, silent = stored_model(audit, "purchases"), stored_model(audit, "silence")
    if chosen is None or silent is None:
        return pd.Series({"expected_value": None, "churn": None}, dtype="float64")
    try:
        model, spend = clone(chosen).fit(summary), clv_room.GammaGamma().fit(summary)
        silence = clone(silent).fit(summary)
    except DataError:
        return pd.Series({"expected_value": None, "churn": None}, dtype="float64")
    margin = usual_margin(audit.table("trailing"))
    values = clv_room.lifetime_value(
        model, spend, summary, f"{plan.horizon_days}D", plan.annual_discount, margin, plan.interval, plan.time_unit
    )
    scores = churn_room.score(silence, summary, plan.churn_days, plan.time_unit)
    return pd.Series({"expected_value": values["clv"].sum(), "churn": scores["probability"].mean()}, dtype="float64")


def _group_revenue(lines: ibis.Table, groups: ibis.Table) -> pd.DataFrame:
    """One row per group that bought: group_id, customers, revenue, largest (revenue of its largest customer)."""
    spent = lines.group_by("customer_id").agg(spend=lines.amount_net.sum())
    joined = groups.left_join(spent, groups.golden_id == spent.customer_id)
    table = joined.group_by("group_id").agg(
        customers=joined.golden_id.count(),
        revenue=joined.spend.sum().fill_null(0).cast("float64"),
        largest=joined.spend.max().fill_null(0).cast("float64"),
    )
    return collect(table.order_by(table.revenue.desc(), "group_id"), max_rows=None)
