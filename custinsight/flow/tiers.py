"""The tiers stage: which customers carry the value, now and a period ago, by what they brought or will bring."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from custinsight import clv as clv_room
from custinsight.base import segments, summarise
from custinsight.base.purchases import read_purchases
from custinsight.engine import Tabular
from custinsight.flow.context import Context
from custinsight.flow.trailing import trailing_totals
from custinsight.flow.value import stored_terms

TIER_TABLES = ("tier_basis", "tiers", "tiers_before", "segments", "value_by_group")

_BY_GROUP = {
    "kind": "str",
    "group": "str",
    "customers": "int64",
    "clv": "float64",
    "clv_low": "float64",
    "clv_high": "float64",
}


def tiers(audit: Context) -> Mapping[str, Tabular]:
    """Put customers into tiers by the plan's measure of value, and sum the expected value of each group."""
    basis = basis_of(audit)
    plan, shares = audit.plan.tiers, (audit.plan.tiers.a, audit.plan.tiers.b)
    before = segments.value_tiers(_values_before(audit, basis), *shares, plan.cut_offs)
    now = segments.value_tiers(_values_now(audit, basis), *shares, plan.cut_offs)
    both = _with_stages(now, audit.table("lifecycle"))
    return {
        "tier_basis": pd.DataFrame({"basis": [basis]}),
        "tiers": now,
        "tiers_before": before,
        "segments": both,
        "value_by_group": _sums(audit, both),
    }


def basis_of(audit: Context) -> str:
    """By what the tiers are made: "clv" where the plan wants it and the gate allows it, else "profit" or "spend"."""
    if audit.plan.tiers.by == "clv" and stored_terms(audit) is not None:
        return "clv"
    return "profit" if audit.table("trailing")["profit"].notna().any() else "spend"


def _values_now(audit: Context, basis: str) -> pd.DataFrame:
    if basis == "clv":
        return audit.table("values")[["customer_id", "clv"]].rename(columns={"clv": "value"})
    return _valued(audit.table("trailing"), basis)


def _values_before(audit: Context, basis: str) -> pd.DataFrame:
    """Values at the end of the period before; expected ones by today's model, so that only customers move."""
    end = audit.period.previous().end
    found = stored_terms(audit) if basis == "clv" else None
    if found is not None:
        purchase, spend, terms = found
        summary = summarise(read_purchases(audit.read("transactions")), end=end, unit=audit.plan.model.time_unit)
        values = clv_room.lifetime_value(purchase, spend, summary, *terms)
        return values[["customer_id", "clv"]].rename(columns={"clv": "value"})
    return _valued(trailing_totals(audit, end), basis)


def _valued(totals: pd.DataFrame, basis: str) -> pd.DataFrame:
    return totals[["customer_id"]].assign(value=totals[basis].astype("float64").fillna(0.0))


def _with_stages(tiers: pd.DataFrame, lifecycle: pd.DataFrame) -> pd.DataFrame:
    """Tier and stage of each customer; C without a value, none without a purchase."""
    both = lifecycle[["customer_id", "stage"]].merge(tiers[["customer_id", "tier"]], on="customer_id", how="outer")
    rest = both["stage"].map(lambda stage: "" if stage == "potential" else "C").astype("str")
    return both.assign(tier=both["tier"].fillna(rest))[["customer_id", "tier", "stage"]].sort_values("customer_id")


def _sums(audit: Context, groups: pd.DataFrame) -> pd.DataFrame:
    found = stored_terms(audit)
    if found is None:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _BY_GROUP.items()})
    purchase, spend, terms = found
    return clv_room.clv_by_group(purchase, spend, audit.table("summary"), groups, *terms)
