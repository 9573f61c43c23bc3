"""The track stage: forecasts of earlier audits graded by what happened, and back-filled where there was no audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from custinsight import churn as churn_room
from custinsight import clv as clv_room
from custinsight.base import segments, summarise
from custinsight.churn.scorecard import FORECASTS, GROUPED, TOTALS
from custinsight.clv.pool import Pool
from custinsight.engine import Tabular, collect
from custinsight.errors import DataError
from custinsight.flow.context import Context
from custinsight.flow.leaving import records_of
from custinsight.flow.trailing import trailing_totals
from custinsight.periods import Period
from custinsight.workspace import StoredStage

TRACK_TABLES = ("track_record", "track_groups", "track_calibration")
MOST = 3
"""Forecasts of the churn horizon that are graded; of the value horizon one."""
STORED, BACKFILLED = "audit", "backfilled"
_CALIBRATION = {"days": "int64", "decile": "int64", "customers": "int64", "predicted": "float64", "actual": "float64"}
_KEYS = {"period": "str", "origin": "str", "source": "str"}


@dataclass(frozen=True)
class Past:
    """A forecast that can be graded: made at the end of a period, over days that have passed."""

    period: Period
    days: int


def track(audit: Context) -> Mapping[str, Tabular]:
    """Grade what was forecast at the ends of earlier periods."""
    shapes = dict(zip(TRACK_TABLES, (TOTALS, GROUPED, _CALIBRATION), strict=True))
    found: dict[str, list[pd.DataFrame]] = {name: [_none({**_KEYS, **shape})] for name, shape in shapes.items()}
    asked = list(pasts(audit))
    if not asked:
        return {name: frames[0] for name, frames in found.items()}
    records = records_of(audit)
    made: dict[str, tuple[str, pd.DataFrame]] = {}
    for past in asked:
        label, origin = past.period.label, past.period.end
        if label not in made:
            needs_churn = past.days == audit.plan.model.churn_days
            made[label] = _forecasts(audit, records, past.period, needs_churn=needs_churn)
        source, forecasts = made[label]
        graded = churn_room.scorecard(
            forecasts[forecasts["days"] == past.days],
            churn_room.what_happened(records.purchases, origin, past.days),
            _groups_then(audit, records, origin),
        )
        for name, frame in zip(TRACK_TABLES, (graded.totals, graded.groups, graded.calibration), strict=True):
            found[name].append(frame.assign(period=label, origin=str(origin), source=source))
    return {
        name: pd.concat(found[name], ignore_index=True)[[*_KEYS, *shape]].astype({**_KEYS, **shape})
        for name, shape in shapes.items()
    }


def _forecasts(
    audit: Context, records: churn_room.Records, period: Period, *, needs_churn: bool
) -> tuple[str, pd.DataFrame]:
    """Where forecasts come from, and the forecasts: those that an audit stored, else made now for then."""
    stored = _stored(audit, period)
    if stored is not None:
        return STORED, collect(audit.workspace.read(audit.con, stored, "forecasts"), max_rows=None)
    return BACKFILLED, backfill(audit, records, period.end, needs_churn=needs_churn)


def pasts(audit: Context) -> Iterator[Past]:
    """Forecasts whose days have passed by the period's end, the latest first; none from before the purchases."""
    plan, span = audit.plan.model, audit.table("data_span").iloc[0]
    if not span["rows"]:
        return
    for days, most in {plan.churn_days: MOST, plan.horizon_days: 1}.items():
        period, found = audit.period.previous(), 0
        while found < most and period.end > span["first"].date():
            if period.end + dt.timedelta(days=days) <= audit.period.end:
                yield Past(period, days)
                found += 1
            period = period.previous()


def earlier_forecasts(audit: Context) -> object:
    """What the stage depends on besides its tables: the forecasts that earlier audits stored."""
    found = {}
    for past in pasts(audit):
        stored = _stored(audit, past.period)
        found[past.period.label] = stored.tables["forecasts"]["sha256"] if stored is not None else ""
    return {"period": audit.period.label, "forecasts": found}


def _stored(audit: Context, period: Period) -> StoredStage | None:
    """The churn stage of an earlier audit, if it left forecasts."""
    kept = audit.workspace.recall(f"audit-{period.label}")
    found = audit.workspace.find("churn", kept["churn"]) if kept and "churn" in kept else None
    return found if found is not None and found.tables.get("forecasts", {}).get("rows") else None


def backfill(audit: Context, records: churn_room.Records, origin: dt.date, *, needs_churn: bool = True) -> pd.DataFrame:
    """Forecast as an audit of that day could have: from what was known by then alone, with less effort.

    The value models are the usual ones, since a choice would have to be made anew, and churn is learnt from the last
    two stretches before the day.
    """
    plan = audit.plan.model
    known = (origin - records.first).days + 1
    summary = summarise(records.purchases, end=origin, unit=plan.time_unit)
    if summary.empty or known < 2 * 7:
        return _none(FORECASTS)
    scores = (
        churn_room.fit(records, end=origin, horizon_days=plan.churn_days, most_windows=2).scores
        if needs_churn
        else summary[["customer_id"]].assign(probability=np.nan)
    )
    try:
        model = Pool([clv_room.BGNBD(), clv_room.ParetoNBD()]).fit(summary)
        spend_model = clv_room.GammaGamma().fit(summary)
    except DataError:
        model, spend_model = None, None
    return churn_room.make_forecasts(
        summary,
        scores,
        (plan.churn_days, plan.horizon_days),
        model=model,
        spend_model=spend_model,
        interval=plan.interval,
        unit=plan.time_unit,
    )


def _groups_then(audit: Context, records: churn_room.Records, origin: dt.date) -> pd.DataFrame:
    """Value tier, by what they had brought by then, and stage of each customer at the end of a day."""
    totals, plan = trailing_totals(audit, origin), audit.plan.tiers
    column = "profit" if totals["profit"].notna().any() else "spend"
    values = totals[["customer_id"]].assign(value=totals[column].astype("float64").fillna(0.0))
    tiers = segments.value_tiers(values, plan.a, plan.b)[["customer_id", "tier"]]
    summary = summarise(records.purchases, end=origin, unit=audit.plan.model.time_unit)
    stages = segments.lifecycle(summary, origin, audit.plan.model.active_days)[["customer_id", "stage"]]
    return stages.merge(tiers, on="customer_id", how="left")[["customer_id", "tier", "stage"]]


def _none(columns: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
