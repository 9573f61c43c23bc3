"""Page 4, value: what customers are expected to bring, how sure that is, and whether the model earns trust."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from custinsight.report.figures import draw_intervals, draw_lines, draw_pairs
from custinsight.report.parts import Figure, Note, Part, Table, shown
from custinsight.report.sections.common import join_messages, known, measure_of_audit, needs, number, pick, value_by
from custinsight.report.sections.labels import GATES, MODELS, STAGES, TIERS, labelled
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_WITHOUT = msg("There are too few purchases for a value model, so expected values cannot be given.")


def verdict_of(audit: Any) -> str:
    """Verdict of the gate: use, care or refuse; refuse when no model was tested."""
    return str(audit.table("gate")["verdict"].iloc[0]) if audit.has("gate") else "refuse"


@shown
@needs("gate", without=_WITHOUT)
def gate_verdict(audit: Any) -> Part:
    """Whether the value model may be used, and why."""
    verdict = verdict_of(audit)
    said = join_messages([GATES.get(verdict, msg("Not known.")), *audit.gate_reasons()])
    return Note(said, tone="pass" if verdict == "use" else "warn")


@shown
@needs("gate", without=_WITHOUT)
def value_by_tier(audit: Any) -> Part:
    """Expected value per customer of each tier, with its interval."""
    return _value_by(audit, "tier", TIERS, msg("Tier"))


@shown
@needs("gate", without=_WITHOUT)
def value_by_stage(audit: Any) -> Part:
    """Expected value per customer of each stage of life, with its interval."""
    return _value_by(audit, "stage", STAGES, msg("Stage"))


def _trend(audit: Any, refused: Message) -> Part:
    """What customers brought so far, in place of a forecast that may not be used."""
    measure = measure_of_audit(audit)
    frame = audit.table("history").copy()
    frame["each"] = frame[measure.column].astype(float) / frame["customers"].astype(float).where(frame["customers"] > 0)
    return Figure(
        refused,
        msg("In its place, what a customer brought in each period: {what} per active customer.", what=measure.name),
        lambda words: draw_lines(frame, words, x="period", series=(("each", measure.title),)),
        frame,
        (
            Col("period", msg("Period")),
            Col("customers", msg("Customers"), "count"),
            Col("each", msg("Value per customer"), "money"),
        ),
    )


def _value_by(audit: Any, kind: str, labels: dict[str, Message], heading: Message) -> Part:
    if verdict_of(audit) == "refuse":
        refused = msg("The value model may not be used, so no customer values are shown here.")
        return _trend(audit, refused) if kind == "tier" and audit.has("history") else Note(refused, tone="warn")
    if not audit.has("value_by_group"):
        return Note(_WITHOUT)
    frame = audit.table("value_by_group")
    frame = frame[(frame["kind"] == kind) & (frame["customers"] > 0)].copy()
    if frame.empty:
        return Note(_WITHOUT)
    order = {code: i for i, code in enumerate(labels)}
    frame["order"] = [order.get(code, len(order)) for code in frame["group"]]
    frame = frame.sort_values(["order", "group"], ignore_index=True)
    for name in ("clv", "clv_low", "clv_high"):
        frame[f"each_{name}"] = frame[name].astype(float) / frame["customers"]
    interval, days = float(audit.plan.model.interval), int(audit.plan.model.horizon_days)
    what = measure_of_audit(audit).name
    axis = msg(
        "Expected {what} per customer in {days:count} days, {share:percent} interval",
        what=what,
        days=days,
        share=interval,
    )
    note = msg(
        "Expected {what} of the next {days:count} days, discounted at {rate:percent} a year, per customer of the "
        "group. "
        "If the model is right, the bar holds what will come with a probability of {share:percent}.",
        what=what,
        days=days,
        rate=float(audit.plan.model.annual_discount),
        share=interval,
    )
    return Figure(
        _value_title(frame, labels),
        note,
        lambda words: draw_intervals(
            frame,
            words,
            name="group",
            value="each_clv",
            low="each_clv_low",
            high="each_clv_high",
            axis=axis,
            labels=labels,
        ),
        frame,
        (
            Col("group", heading, "label", labels),
            Col("customers", msg("Customers"), "count"),
            Col("each_clv", msg("Value per customer"), "money"),
            Col("each_clv_low", msg("At least"), "money"),
            Col("each_clv_high", msg("At most"), "money"),
            Col("clv", msg("Value of the group"), "money"),
        ),
    )


def _value_title(frame: pd.DataFrame, labels: dict[str, Message]) -> Message:
    """Compare the best with the second best group, and say whether their intervals keep apart."""
    ranked = frame.sort_values("each_clv", ascending=False, ignore_index=True)
    best = ranked.iloc[0]
    called = labelled(best["group"], labels)
    if len(ranked) == 1 or number(ranked.loc[1, "each_clv"]) <= 0:
        return msg(
            "{group}: a customer is expected to bring {value:money}.", group=called, value=float(best["each_clv"])
        )
    second = ranked.iloc[1]
    times = float(best["each_clv"] / second["each_clv"])
    apart = best["each_clv_low"] > second["each_clv_high"]
    values: dict[str, Any] = {"group": called, "times": times, "next": labelled(second["group"], labels)}
    if apart:
        return msg(
            "{group}: a customer is worth {times:decimal} times as much as in {next}; the intervals keep apart.",
            **values,
        )
    return msg(
        "{group}: a customer is worth {times:decimal} times as much as in {next}, but the intervals overlap.",
        **values,
    )


@shown
@needs("holdout_by_frequency", without=msg("The history is too short to hold a part back, so the model is not tested."))
def holdout_check(audit: Any) -> Part:
    """Purchases predicted for a part of the history that was held back, against those that happened."""
    frame = audit.table("holdout_by_frequency")
    weights = frame["customers"].astype(float)
    predicted, actual = (float((frame[name] * weights).sum()) for name in ("predicted", "actual"))
    miss = predicted / actual - 1 if actual else float("nan")
    values: dict[str, Any] = {"predicted": round(predicted), "actual": round(actual), "miss": abs(miss)}
    if not known(miss):
        title = msg("No customer bought in the part of the history that was held back.")
    else:
        title = pick(
            miss,
            up=msg(
                "The model predicted {predicted:count} purchases where {actual:count} happened: {miss:percent} too "
                "many.",
                **values,
            ),
            down=msg(
                "The model predicted {predicted:count} purchases where {actual:count} happened: {miss:percent} too "
                "few.",
                **values,
            ),
            same=msg("The model predicted the {actual:count} purchases that happened almost exactly.", **values),
        )
    last = frame["frequency"].max()
    names = {
        code: msg("{count:count} or more", count=int(code)) if code == last else msg("{count:count}", count=code)
        for code in frame["frequency"].astype(int)
    }
    days = int(audit.plan.model.holdout_days)
    note = msg(
        "The last {days:count} days were hidden from the model and then compared: purchases per customer, by the "
        "number "
        "of repeat purchases before.",
        days=days,
    )
    series = (("actual", msg("Happened")), ("predicted", msg("Predicted")))
    return Figure(
        title,
        note,
        lambda words: draw_pairs(frame, words, name="frequency", series=series, labels=names),
        frame,
        (
            Col("frequency", msg("Repeat purchases before"), "label", names),
            Col("customers", msg("Customers"), "count"),
            Col("actual", msg("Happened"), "decimal"),
            Col("predicted", msg("Predicted"), "decimal"),
        ),
    )


@shown
@needs("holdout_metrics", without=msg("The model was not tested on a part held back, so its errors are not known."))
def holdout_errors(audit: Any) -> Part:
    """How far the model was off per customer, beside two rules that need no model."""
    found = value_by(audit.table("holdout_metrics"), "metric", "value")
    rows = [
        (method, *(found.get(f"{prefix}{name}", math.nan) for name in ("bias", "mae", "rmse")))
        for method, prefix in (("model", ""), ("naive", "naive_"), ("equal", "equal_"))
    ]
    frame = pd.DataFrame(rows, columns=["method", "bias", "mae", "rmse"]).dropna(
        how="all", subset=["bias", "mae", "rmse"]
    )
    note = msg(
        "Own past rate: every customer goes on as before. The mean for everybody: all customers buy the same. Mean "
        "error: purchases per customer, either way; the squared one weighs large misses more."
    )
    columns = (
        Col("method", msg("Forecast"), "label", MODELS),
        Col("bias", msg("Over all customers"), "signed_percent"),
        Col("mae", msg("Mean error"), "precise"),
        Col("rmse", msg("Root of the mean squared error"), "precise"),
    )
    return Table(_error_title(found), note, frame, columns)


def _error_title(found: Mapping[str, float]) -> Message:
    ours, naive = found.get("mae", math.nan), found.get("naive_mae", math.nan)
    if not known(ours):
        return msg("How far the model was off")
    values: dict[str, Any] = {"ours": ours, "naive": naive}
    if not known(naive):
        return msg("Per customer the model was off by {ours:decimal} purchases.", **values)
    return pick(
        naive - ours,
        up=msg(
            "Per customer the model was off by {ours:decimal} purchases, the customers' own past rate by "
            "{naive:decimal}.",
            **values,
        ),
        down=msg(
            "Per customer the model was off by {ours:decimal} purchases; the customers' own past rate was closer, with "
            "{naive:decimal}.",
            **values,
        ),
        same=msg("Per customer the model was off by {ours:decimal} purchases, as was the own past rate.", **values),
        floor=0.005,
    )
