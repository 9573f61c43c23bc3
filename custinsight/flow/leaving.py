"""The churn stage: who is leaving, why, what is at stake, and whether such probabilities held in the past."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from sklearn.base import clone

from custinsight import churn as churn_room
from custinsight import clv as clv_room
from custinsight.engine import Tabular
from custinsight.flow.context import Context
from custinsight.flow.value import stored_level, stored_model, stored_terms
from custinsight.messages import message_json
from custinsight.words import Message, msg

CHURN_TABLES = (
    "scores",
    "churn_verdict",
    "churn_calibration",
    "churn_metrics",
    "churn_reasons",
    "churn_profile",
    "churn_groups",
    "churn_drift",
    "churn_calls",
    "forecasts",
)
_SCORES = {
    "customer_id": "str",
    "probability": "float64",
    "hiatus_days": "float64",
    "usual_gap_days": "float64",
    "expected_margin": "float64",
    "value_at_stake": "float64",
    "changeable": "float64",
    "priority": "int64",
}
_METRICS = {
    "model": "str",
    "auc": "float64",
    "pr_auc": "float64",
    "lift": "float64",
    "brier": "float64",
    "ece": "float64",
    "is_chosen": "bool",
}
_CALLS = {"calls": "int64", "saved": "float64", "cost": "float64", "gain": "float64", "is_best": "bool"}
GROUPS = ("region", "customer_type")
"""Columns of the customers whose groups are looked at one by one, besides tenure and size."""


def churn(audit: Context) -> Mapping[str, Tabular]:
    """Learn who leaves, test it on the past, score everybody with reasons, and say what is at stake."""
    records = records_of(audit)
    found = churn_room.fit(
        records,
        end=audit.period.end,
        horizon_days=audit.plan.model.churn_days,
        purchase_model=purchase_candidate(audit),
    )
    scores = churn_room.add_stake(found.scores, expected_margins(audit))
    return {
        "scores": scores[list(_SCORES)].astype(_SCORES),
        "churn_verdict": _verdict(found, _kind(audit, records)),
        "churn_calibration": found.calibration,
        "churn_metrics": _metrics(found.grades),
        "churn_reasons": found.reasons,
        "churn_profile": churn_room.leaving_profile(found.tested),
        "churn_groups": churn_room.group_performance(found.tested, _groups(audit)),
        "churn_drift": churn_room.drift(found.learnt, found.current),
        "churn_calls": _calls(audit, scores),
        "forecasts": _forecasts(audit, scores),
    }


def _forecasts(audit: Context, scores: pd.DataFrame) -> pd.DataFrame:
    """Put down what is expected, for later audits to grade; purchases and spend only where the gate lets them by."""
    plan, found = audit.plan.model, stored_terms(audit)
    model, spend_model = (found[0], found[1]) if found is not None else (None, None)
    return churn_room.make_forecasts(
        audit.table("summary"),
        scores,
        (plan.churn_days, plan.horizon_days),
        model=model,
        spend_model=spend_model,
        level=stored_level(audit),
        interval=plan.interval,
        unit=plan.time_unit,
    )


def records_of(audit: Context) -> churn_room.Records:
    """Read the audit's tables as churn learns from them."""

    def there(table: str) -> Any:
        return audit.read(table) if audit.has(table) else None

    return churn_room.read_records(
        audit.read("transactions"),
        interactions=there("interactions"),
        feedback=there("feedback"),
        receivables=there("receivables"),
    )


def purchase_candidate(audit: Context) -> Any:
    """The purchase model that the value stage chose for silence, not fitted; None where it chose none."""
    model = stored_model(audit, "silence")
    return None if model is None else clone(model)


def expected_margins(audit: Context) -> pd.DataFrame | None:
    """Margin expected of each customer within the churn horizon; None where the gate refuses values."""
    found = stored_terms(audit)
    if found is None:
        return None
    model, spend, (_, discount, margin, interval, unit) = found
    horizon = f"{audit.plan.model.churn_days}D"
    values = clv_room.lifetime_value(model, spend, audit.table("summary"), horizon, discount, margin, interval, unit)
    return values[["customer_id", "clv"]].rename(columns={"clv": "expected_margin"})


def _kind(audit: Context, records: churn_room.Records) -> tuple[Message, ...]:
    """What to mind where customers seem to be of another kind than the probabilities are for."""
    kind = audit.plan.churn.customers
    if kind == "without_contract":
        return ()
    proposed = churn_room.propose_kind(records.purchases, audit.period.end)
    if kind == "propose" and proposed.kind != "contract":
        return ()
    minded = msg(
        "These customers seem to buy under a contract: a missed payment then says more than a probability of silence. "
        "Use the days on which contracts began and ended, where they are known."
    )
    return (minded, *proposed.reasons)


def _verdict(found: churn_room.Churn, kind: tuple[Message, ...]) -> pd.DataFrame:
    """One row per sentence: verdict, method, horizon_days, window_days, message_json."""
    rows = [
        (found.verdict, found.method, found.horizon_days, found.window_days, message_json(sentence))
        for sentence in (*found.sentences, *kind)
    ]
    columns = ["verdict", "method", "horizon_days", "window_days", "message_json"]
    return pd.DataFrame(rows, columns=columns).astype({"verdict": "str", "method": "str", "message_json": "str"})


def _metrics(grades: pd.DataFrame) -> pd.DataFrame:
    """Grades of all methods and rules, the chosen one first and the rule of silence beside it."""
    place = grades["method"].map({"hiatus": 1, "rate": 2}).fillna(3).where(~grades["is_chosen"], 0)
    ordered = grades.assign(place=place).sort_values(["place", "brier", "method"], ignore_index=True)
    return ordered.rename(columns={"method": "model"})[list(_METRICS)].astype(_METRICS)


def _groups(audit: Context) -> pd.DataFrame | None:
    profile = audit.table("profile")
    kinds = [name for name in GROUPS if profile[name].notna().any()]
    return profile[["customer_id", *kinds]] if kinds else None


def _calls(audit: Context, scores: pd.DataFrame) -> pd.DataFrame:
    """How many calls are worth their cost; empty where the plan gives no cost or no value is known."""
    plan = audit.plan.churn
    if plan.call_cost is None or not (scores["value_at_stake"] > 0).any():
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _CALLS.items()})
    return churn_room.call_curve(scores, plan.call_cost, plan.save_rate).curve.astype(_CALLS)
