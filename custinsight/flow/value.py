"""The base and clv stages: the customer base, and what customers are worth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from custinsight import clv as clv_room
from custinsight.base import history, lenses, movement, segments, summarise
from custinsight.base.purchases import Purchases, read_purchases
from custinsight.base.spans import Clock
from custinsight.base.waiting import pool_cohorts
from custinsight.engine import Tabular
from custinsight.flow.context import Context
from custinsight.flow.trailing import trailing_totals, usual_margin
from custinsight.periods import Period
from custinsight.words import Message

BASE_TABLES = (
    "summary",
    "history",
    "totals",
    "distributions",
    "equal_customer_deciles",
    "equal_profit_deciles",
    "lorenz",
    "groups",
    "decile_changes",
    "patterns",
    "movement",
    "bridge",
    "migration",
    "c3",
    "active",
    "repeat_rate",
    "acquired",
    "cohort_ages",
    "time_to_second",
    "yearly_patterns",
    "trailing",
    "lifecycle",
)
CLV_TABLES = (
    "values",
    "clv_parameters",
    "clv_models",
    "clv_scores",
    "holdout_by_frequency",
    "holdout_metrics",
    "gate",
    "gate_reasons",
)

_VALUES = {
    "customer_id": "str",
    "probability_alive": "float64",
    "expected_purchases": "float64",
    "expected_spend": "float64",
    "clv": "float64",
    "clv_low": "float64",
    "clv_high": "float64",
}
_PARAMETERS = {"model": "str", "parameter": "str", "estimate": "float64", "standard_error": "float64"}
_MODELS = {"use": "str", "model_json": "str"}
_CLV_SCORES = {
    "method": "str",
    "origins": "int64",
    "mae": "float64",
    "rmse": "float64",
    "bias": "float64",
    "brier": "float64",
    "ece": "float64",
    "is_model": "bool",
    "is_chosen": "bool",
    "is_chosen_for_silence": "bool",
}
_BY_FREQUENCY = {"frequency": "int64", "customers": "int64", "actual": "float64", "predicted": "float64"}
_METRICS = {"metric": "str", "value": "float64"}


def base(audit: Context) -> Mapping[str, Tabular]:
    """Describe the customer base: the lenses, what moved, and the segments."""
    period, model = audit.period, audit.plan.model
    before = period.previous()
    purchases = read_purchases(audit.read("transactions"))
    one = lenses.one_period(purchases, period)
    two = lenses.two_periods(purchases, before, period)
    first_month = audit.plan.first_month
    whole = lenses.whole_base(purchases, by="Q", end=period.end, first_month=first_month)
    aged = lenses.cohorts(purchases, by="Q", end=period.end, first_month=first_month)
    summary = summarise(purchases, end=period.end, unit=model.time_unit)
    trends = segments.trends(purchases, period.end, model.active_days)
    prospects = audit.table("profile")[["customer_id"]]
    lifecycle = segments.lifecycle(summary, period.end, model.active_days, trends=trends, prospects=prospects)
    return {
        "summary": summary,
        "history": history(purchases, period),
        "totals": one.totals.to_frame().T.astype("float64"),
        "distributions": one.distributions,
        "equal_customer_deciles": one.equal_customer_deciles,
        "equal_profit_deciles": one.equal_profit_deciles,
        "lorenz": one.lorenz,
        "groups": two.groups,
        "decile_changes": two.decile_changes,
        "patterns": two.patterns,
        "movement": movement.movement(purchases, before.end, period.end, model.active_days),
        "bridge": movement.bridge(purchases, before, period),
        "migration": movement.migration(two),
        "c3": whole.c3,
        "active": whole.active,
        "repeat_rate": whole.repeat_rate,
        "acquired": whole.acquired,
        "cohort_ages": aged.by_age,
        "time_to_second": pool_cohorts(whole.second_purchase),
        "yearly_patterns": _yearly_patterns(purchases, period, first_month),
        "trailing": trailing_totals(audit, period.end),
        "lifecycle": lifecycle,
    }


def clv(audit: Context) -> Mapping[str, Tabular]:
    """Try the value models on the past, choose, and let the gate decide what is shown."""
    plan, summary = audit.plan.model, audit.table("summary")
    unit, interval = plan.time_unit, plan.interval
    chosen = clv_room.select(
        audit.read("transactions"),
        end=audit.period.end,
        horizon_days=plan.holdout_days,
        unit=unit,
        interval=interval,
    )
    tables = {name: _empty(columns) for name, columns in _CLV_SHAPES.items()}
    tables["gate"] = pd.DataFrame({"verdict": [chosen.verdict]})
    tables["gate_reasons"] = _reasons_table(chosen.reasons)
    tables["clv_scores"] = chosen.scores[list(_CLV_SCORES)].astype(dict(_CLV_SCORES))
    if chosen.holdout is not None:
        tables["holdout_by_frequency"] = chosen.holdout.by_frequency
        tables["holdout_metrics"] = pd.DataFrame(
            {"metric": chosen.holdout.metrics.index, "value": chosen.holdout.metrics.to_numpy(float)}
        )
    model, silence, spend = chosen.model, chosen.silence_model, chosen.spend_model
    if model is not None and silence is not None and spend is not None:
        stored = [("purchases", model.to_json()), ("silence", silence.to_json()), ("spend", spend.to_json())]
        stored.append(("level", json.dumps(chosen.level)))
        tables["clv_models"] = pd.DataFrame(stored, columns=[*_MODELS])
        tables["clv_parameters"] = clv_room.parameter_table(model, silence, spend)
        if chosen.verdict != "refuse":
            values = clv_room.lifetime_value(model, spend, summary, *_terms(audit, chosen.level))
            tables["values"] = values.assign(expected_purchases=values["expected_purchases"] * chosen.level)
    return tables


def _terms(audit: Context, level: float) -> tuple[str, float, float, float, str]:
    """Horizon, annual discount, margin, interval and time unit of values."""
    plan = audit.plan.model
    margin = usual_margin(audit.table("trailing")) * level
    return f"{plan.horizon_days}D", plan.annual_discount, margin, plan.interval, plan.time_unit


def stored_terms(audit: Context) -> tuple[Any, Any, tuple[str, float, float, float, str]] | None:
    """The models that values are worked out with, and on what terms; None where no values may be shown."""
    if audit.table("gate")["verdict"].iloc[0] == "refuse" or not audit.has("clv_models"):
        return None
    return stored_model(audit, "purchases"), stored_model(audit, "spend"), _terms(audit, stored_level(audit))


def stored_level(audit: Context) -> float:
    """What expected purchases are multiplied by; 1 where no value model could be fitted."""
    if not audit.has("clv_models"):
        return 1.0
    return float(json.loads(str(audit.table("clv_models").set_index("use")["model_json"]["level"])))


def stored_model(audit: Context, use: str) -> Any:
    """The model fitted for ``purchases``, ``silence`` or ``spend``; None where none could be."""
    if not audit.has("clv_models"):
        return None
    stored = audit.table("clv_models").set_index("use")["model_json"]
    return clv_room.from_json(str(stored[use])) if use in stored else None


def _yearly_patterns(purchases: Purchases, period: Period, first_month: int) -> pd.DataFrame:
    """Buying patterns of the customers won two years before the period's year; of the first year, if that is later."""
    years = Clock("Y", period.end, first_month)
    earliest = years.number(purchases.first) if purchases.first is not None else years.last
    cohort = Period.parse(years.name(max(years.last - 2, min(earliest, years.last))), first_month)
    lens = lenses.one_cohort(purchases, cohort, end=period.end)
    return lens.yearly_patterns.assign(cohort=cohort.label)


def reasons_of(table: pd.DataFrame) -> tuple[Message, ...]:
    """Read the gate's reasons back from their table."""
    pairs = zip(table["template"], table["values_json"], strict=True)
    return tuple(Message(str(template), json.loads(str(values))) for template, values in pairs)


def _reasons_table(reasons: tuple[Message, ...]) -> pd.DataFrame:
    rows = [(reason.template, json.dumps(dict(reason.values), default=float)) for reason in reasons]
    return pd.DataFrame(rows, columns=["template", "values_json"]).astype("str")


def _empty(columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


_CLV_SHAPES: Mapping[str, Mapping[str, str]] = {
    "values": _VALUES,
    "clv_parameters": _PARAMETERS,
    "clv_models": _MODELS,
    "clv_scores": _CLV_SCORES,
    "holdout_by_frequency": _BY_FREQUENCY,
    "holdout_metrics": _METRICS,
}
