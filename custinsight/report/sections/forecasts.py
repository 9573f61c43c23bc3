"""First pages: what earlier audits forecast, held against what happened."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.parts import Note, Part, Table, shown
from custinsight.report.sections.common import known, needs, number
from custinsight.report.sections.labels import STAGES, TIERS
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_WITHOUT = msg("No earlier forecast can be graded: no period's forecast horizon has passed yet.")
_SOURCES = {"audit": msg("Earlier audit"), "backfilled": msg("Back-filled")}
_CLOSE, _FAIR = 0.10, 0.25
_KINDS = {"tier": TIERS, "stage": STAGES}


@shown
@needs("track_record", without=_WITHOUT)
def forecast_record(audit: Any) -> Part:
    """One row per forecast whose days have passed: what it said, and what happened."""
    frame = audit.table("track_record")
    sources = frame["source"].map(_SOURCES).to_dict()
    note = msg(
        "Each forecast saw nothing later than its period's end. Forecasts of earlier audits are graded as they were "
        "stored; where there was no audit, they are back-filled from what was known then. Lift: those who stayed "
        "away among the likeliest tenth, over their share among all. Held: customers whose spend fell into its "
        "interval; {interval:percent} were aimed at.",
        interval=number(frame["interval"].dropna().iloc[0]) if frame["interval"].notna().any() else float("nan"),
    )
    columns = (
        Col("period", msg("Forecast at the end of")),
        Col("days", msg("Days ahead"), "count"),
        Col("place", msg("Source"), "label", sources),
        Col("churn_predicted", msg("No purchase: forecast"), "percent"),
        Col("churn_actual", msg("Happened"), "percent"),
        Col("lift", msg("Lift"), "decimal"),
        Col("ece", msg("Calibration error"), "percent"),
        Col("purchases_bias", msg("Purchases: off by"), "signed_percent"),
        Col("spend_bias", msg("Net sales: off by"), "signed_percent"),
        Col("coverage", msg("Held"), "percent"),
    )
    return Table(_title(frame), note, frame.assign(place=range(len(frame))), columns)


def _title(frame: pd.DataFrame) -> Message:
    """Say how far the latest forecast, and all of them, were off."""
    latest = frame.iloc[0]
    values: dict[str, Any] = {
        "period": str(latest["period"]),
        "predicted": number(latest["churn_predicted"]),
        "actual": number(latest["churn_actual"]),
        "bias": number(latest["spend_bias"]),
        "n": len(frame),
    }
    if known(values["bias"]):
        word = _word(abs(values["bias"]))
        return msg(
            "The forecast of {period} {word}: net sales off by {bias:signed_percent}; {predicted:percent} were "
            "expected to stay away, {actual:percent} did.",
            word=word,
            **values,
        )
    if known(values["predicted"]):
        return msg(
            "The forecast of {period}: {predicted:percent} were expected to stay away, {actual:percent} did.", **values
        )
    return msg("The forecast of {period} gave no numbers that could be graded.", **values)


def _word(miss: float) -> Message:
    if miss < _CLOSE:
        return msg("came close")
    return msg("was roughly right") if miss < _FAIR else msg("missed by far")


@shown
@needs("track_groups", without=_WITHOUT)
def forecast_segments(audit: Any) -> Part:
    """The latest forecast by tier and stage, beside what happened."""
    frame = audit.table("track_groups")
    first = frame.iloc[0]
    frame = frame[(frame["period"] == first["period"]) & (frame["days"] == first["days"])].reset_index(drop=True)
    frame = frame.assign(
        place=range(len(frame)),
        miss=(frame["churn_predicted"] - frame["churn_actual"]).astype("float64"),
        spend_miss=(frame["spend_predicted"] / frame["spend_actual"].where(frame["spend_actual"] != 0) - 1).astype(
            "float64"
        ),
    )
    names = {
        row["place"]: _KINDS.get(row["kind"], {}).get(row["group"], msg("{name}", name=row["group"]))
        for row in frame.to_dict("records")
    }
    large = frame[frame["customers"] >= 30]
    if large["miss"].notna().any():
        worst = large.loc[large["miss"].abs().idxmax()]
        title = msg(
            "Farthest off were the customers of {who}: {predicted:percent} were expected to stay away, "
            "{actual:percent} did.",
            who=names[worst["place"]],
            predicted=float(worst["churn_predicted"]),
            actual=float(worst["churn_actual"]),
        )
    else:
        title = msg("The latest forecast by groups of customers")
    note = msg(
        "Forecast at the end of {period}, {days:count} days ahead; tiers and stages as they were then.",
        period=str(first["period"]),
        days=int(first["days"]),
    )
    columns = (
        Col("place", msg("Group"), "label", names),
        Col("customers", msg("Customers"), "count"),
        Col("churn_predicted", msg("No purchase: forecast"), "percent"),
        Col("churn_actual", msg("Happened"), "percent"),
        Col("miss", msg("Difference"), "points"),
        Col("spend_predicted", msg("Net sales: forecast"), "money"),
        Col("spend_actual", msg("Net sales: happened"), "money"),
        Col("spend_miss", msg("Off by"), "signed_percent"),
    )
    return Table(title, note, frame, columns) if len(frame) else Note(_WITHOUT)
