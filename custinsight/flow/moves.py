"""The moves stage: what explains a change, who moved between classes, who is alike, and the plan's own segments."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import pandas as pd

from custinsight.base import movement, read_purchases, segments, summarise
from custinsight.base.purchases import Purchases
from custinsight.engine import Tabular, collect
from custinsight.flow.context import Context
from custinsight.plan_segments import COLUMNS

DIMENSIONS = ("region", "customer_group", "industry", "source_channel", "owner_id", "channel", "category")
"""Searched for slices where they are filled: of the customers if they have the column, else of the lines."""
MOVES_TABLES = (
    "price_mix",
    "slices",
    "drivers_by",
    "movement_by",
    "tier_moves",
    "stage_moves",
    "rfm",
    "clusters",
    "cluster_profiles",
    "cluster_stability",
    "own_segments",
    "own_segment_counts",
)
_MOST_VALUES = 60
_COUNTS = {"segment": "str", "customers": "int64", "spend": "float64", "profit": "float64"}


def moves(audit: Context) -> Mapping[str, Tabular]:
    """Say what explains the change, who moved, who is alike, and who is in the plan's own segments."""
    lines, profile = audit.read("transactions"), audit.read("profile").drop("owner_name")
    period, before = audit.period, audit.period.previous()
    purchases = read_purchases(lines)
    dimensions = _filled(lines, profile)
    features = segments.behaviour_features(purchases, period.end)
    found = segments.clusters(features, seed=audit.plan.model.seed)
    scores = segments.rfm(audit.table("summary"))
    inside, counts = _own(audit, scores)
    return {
        "price_mix": movement.price_quantity_mix(lines, before, period),
        "slices": _slices(lines, profile, dimensions, audit),
        "drivers_by": _drivers(lines, profile, dimensions, audit),
        "movement_by": _movement(lines, profile, dimensions, audit),
        "tier_moves": _tier_moves(audit),
        "stage_moves": _stage_moves(audit, purchases),
        "rfm": scores,
        "clusters": found.labels,
        "cluster_profiles": found.profiles.assign(verdict=found.verdict),
        "cluster_stability": found.stability,
        "own_segments": inside,
        "own_segment_counts": counts,
    }


def _filled(lines: ibis.Table, profile: ibis.Table) -> list[str]:
    """Dimensions with at least two values, and few enough to be read."""
    found = []
    for name in DIMENSIONS:
        table = profile if name in profile.columns else lines
        number = int(collect(table.aggregate(n=table[name].nunique()))["n"].iloc[0])
        if 2 <= number <= _MOST_VALUES:
            found.append(name)
    return found


def _slices(lines: ibis.Table, profile: ibis.Table, dimensions: list[str], audit: Context) -> pd.DataFrame:
    blank = {name: pd.Series(dtype="str") for name in DIMENSIONS}
    if not dimensions:
        kinds = {"rank": "int64", "slice": "str", "conditions": "int64", "customers": "int64"}
        kinds |= dict.fromkeys(("before", "after", "change", "share", "own", "beyond"), "float64")
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()} | blank)
    found = movement.slices(lines, audit.period.previous(), audit.period, dimensions, profile)
    missing = {name: pd.Series([None] * len(found), dtype="str") for name in DIMENSIONS if name not in dimensions}
    return found.assign(**missing)


def _drivers(lines: ibis.Table, profile: ibis.Table, dimensions: list[str], audit: Context) -> pd.DataFrame:
    """Drivers by each dimension, one under the other: dimension, value, factor, before, after, effect, change."""
    blocks = [
        movement.drivers(lines, audit.period.previous(), audit.period, name, profile)
        .rename(columns={name: "value"})
        .assign(dimension=name)
        for name in dimensions
    ]
    columns = ["dimension", "value", "factor", "before", "after", "effect", "change"]
    kinds = dict.fromkeys(columns[:3], "str") | dict.fromkeys(columns[3:], "float64")
    whole = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(columns=columns)
    return whole[columns].astype(kinds)


def _movement(lines: ibis.Table, profile: ibis.Table, dimensions: list[str], audit: Context) -> pd.DataFrame:
    """Movement by each dimension, one under the other: dimension, value, step, customers."""
    ends = audit.period.previous().end, audit.period.end
    blocks = [
        movement.movement(lines, *ends, audit.plan.model.active_days, by=name, customers=profile)
        .rename(columns={name: "value"})
        .assign(dimension=name)
        for name in dimensions
    ]
    columns = {"dimension": "str", "value": "str", "step": "str", "customers": "int64"}
    whole = pd.concat(blocks, ignore_index=True) if blocks else pd.DataFrame(columns=list(columns))
    return whole[list(columns)].astype(columns)


def _tier_moves(audit: Context) -> pd.DataFrame:
    """Moves between tiers, by the cut-offs of the period before, so that a tier means the same on both days."""
    plan = audit.plan.tiers
    then, values = audit.table("tiers_before"), audit.table("tiers")[["customer_id", "value"]]
    cut_offs = plan.cut_offs
    if cut_offs is None and (then["tier"] != "C").any():
        cut_offs = segments.pinned_cut_offs(then)
    now = segments.value_tiers(values, plan.a, plan.b, cut_offs)
    return movement.transitions(then, now, "tier")


def _stage_moves(audit: Context, purchases: Purchases) -> pd.DataFrame:
    """Moves between stages of life, each day by what was known on it."""
    end, days, unit = audit.period.previous().end, audit.plan.model.active_days, audit.plan.model.time_unit
    summary = summarise(purchases, end=end, unit=unit)
    then = segments.lifecycle(summary, end, days, trends=segments.trends(purchases, end, days))
    now = audit.table("lifecycle")
    # a prospect without a purchase has moved nowhere
    return movement.transitions(then, now[now["stage"] != "potential"], "stage")


def _own(audit: Context, scores: pd.DataFrame) -> tuple[Tabular, pd.DataFrame]:
    """Members of the plan's own segments, and how many and how much they are."""
    customers = _known(audit, scores)
    inside = segments.own_segments(customers, audit.plan.segments, COLUMNS)
    money = customers[["customer_id", "spend", "profit"]]
    sums = inside.merge(money, on="customer_id").groupby("segment", sort=False)
    counted = sums.agg(customers=("customer_id", "size"), spend=("spend", "sum"), profit=("profit", "sum"))
    names = pd.Index([segment.name for segment in audit.plan.segments], name="segment", dtype="str")
    counts = counted.reindex(names).fillna(0).reset_index()
    if not audit.table("trailing")["profit"].notna().any():
        counts["profit"] = float("nan")
    return inside, counts.astype(_COUNTS)


def _known(audit: Context, scores: pd.DataFrame) -> pd.DataFrame:
    """One row per customer: whatever a condition may speak of."""
    known = audit.table("profile").drop(columns=["owner_name", "records"])
    parts = [
        audit.table("summary").drop(columns=["recency", "T"]),
        audit.table("lifecycle")[["customer_id", "days_silent", "usual_gap_days"]],
        audit.table("segments"),
        scores.drop(columns="rfm"),
        audit.table("trailing")[["customer_id", "spend", "profit"]],
        audit.table("values")[["customer_id", "clv"]],
        audit.table("scores")[["customer_id", "probability"]],
    ]
    for part in parts:
        known = known.merge(part, on="customer_id", how="left")
    return known.sort_values("customer_id", ignore_index=True)
