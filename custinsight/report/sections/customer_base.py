"""Page 3, customer base: who came and went, why the result changed, and which customers stand where."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.base.segments import tier_cut_offs
from custinsight.report.figures import draw_heatmap, draw_waterfall
from custinsight.report.parts import Figure, Note, Part, Several, Table, shown
from custinsight.report.sections.common import known, needs, number, value_by
from custinsight.report.sections.drivers import explain
from custinsight.report.sections.groups import group_parts
from custinsight.report.sections.labels import FACTORS, FADING, STAGES, STEPS, TIERS
from custinsight.report.sections.reasons import change_parts
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_NO_PURCHASES = msg("There are no purchases, so the customer base cannot be described.")


@shown
@needs("movement", without=msg("There are no purchases, so it is not known which customers came and went."))
def movement_waterfall(audit: Any) -> Part:
    """Active customers at the start, new, won back, lapsed, active at the end."""
    frame = audit.table("movement")
    steps = {name: int(value) for name, value in value_by(frame, "step", "customers").items()}
    note = msg(
        "Active: not silent for longer than 95 in 100 customers of the same rhythm would be; after a single purchase, "
        "for {days:count} days. New: first purchase in the period. Won back: active again after a lapse. Active at "
        "start + new + won back − lapsed = active at end.",
        days=int(audit.plan.model.active_days),
    )
    return Figure(
        _movement_title(steps),
        note,
        lambda words: draw_waterfall(
            frame, words, step="step", value="customers", totals=("opening", "closing"), labels=STEPS
        ),
        frame,
        (Col("step", msg("Step"), "label", STEPS), Col("customers", msg("Customers"), "signed_count")),
    )


def _movement_title(steps: dict[str, int]) -> Message:
    net = steps["closing"] - steps["opening"]
    values: dict[str, Any] = {
        "n": steps["closing"],
        "net": abs(net),
        "came": steps["new"] + steps["recovered"],
        "lost": -steps["lapsed"],
    }
    if net > 0:
        return msg(
            "{n:count} customer is active, {net:count} more than at the start: {came:count} came or came back, "
            "{lost:count} lapsed.",
            "{n:count} customers are active, {net:count} more than at the start: {came:count} came or came back, "
            "{lost:count} lapsed.",
            **values,
        )
    if net < 0:
        return msg(
            "{n:count} customer is active, {net:count} fewer than at the start: {lost:count} lapsed, {came:count} came "
            "or came back.",
            "{n:count} customers are active, {net:count} fewer than at the start: {lost:count} lapsed, {came:count} "
            "came or came back.",
            **values,
        )
    if not values["n"]:
        return msg("No customer was active, neither at the start nor at the end.")
    return msg(
        "{n:count} customer is active, as at the start: {came:count} came or came back, as many lapsed.",
        "{n:count} customers are active, as many as at the start: {came:count} came or came back, as many lapsed.",
        **values,
    )


@shown
@needs(
    "bridge", without=msg("There are no purchases in the period or in the one before, so no change can be explained.")
)
def profit_bridge(audit: Any) -> Part:
    """Change of the result, split exactly into customers, orders per customer, spend per order and margin."""
    explained = explain(audit)
    if explained is None:
        return Note(msg("The period before had no purchases, so there is no change to explain."))
    bridge = audit.table("bridge")
    steps = bridge[bridge["effect"].notna()][["factor", "effect"]]
    drawn = pd.concat([steps, pd.DataFrame({"factor": ["total"], "effect": [explained.change]})], ignore_index=True)
    note = (
        msg(
            "Profit = customers × orders per customer × spend per order × margin. The effects sum exactly to the "
            "change "
            "from {before:money} to {after:money}.",
            before=explained.before,
            after=explained.after,
        )
        if "margin" in explained.effects
        else msg(
            "Net sales = customers × orders per customer × spend per order; the cost is not known. The effects sum "
            "exactly to the change from {before:money} to {after:money}.",
            before=explained.before,
            after=explained.after,
        )
    )
    table = bridge.assign(
        before_text=[_factor_text(name, value) for name, value in zip(bridge["factor"], bridge["before"], strict=True)],
        after_text=[_factor_text(name, value) for name, value in zip(bridge["factor"], bridge["after"], strict=True)],
    )
    figure = Figure(
        explained.title,
        note,
        lambda words: draw_waterfall(
            drawn,
            words,
            step="factor",
            value="effect",
            totals=("total",),
            show="signed_money",
            signed="signed_money",
            labels=FACTORS,
        ),
        table,
        (
            Col("factor", msg("Factor"), "label", FACTORS),
            Col("before_text", msg("Before")),
            Col("after_text", msg("Now")),
            Col("effect", msg("Effect"), "signed_money"),
        ),
    )
    behind = change_parts(audit)
    return Several((figure, *behind)) if behind else figure


def _factor_text(factor: str, value: Any) -> Message:
    given = number(value)
    if not known(given):
        return msg("not known")
    if factor == "customers":
        return msg("{n:count}", n=given)
    if factor == "aov":
        return msg("{amount:money}", amount=given)
    return msg("{share:percent}", share=given) if factor == "margin" else msg("{orders:decimal}", orders=given)


@shown
@needs("segments", without=_NO_PURCHASES)
def tier_matrix(audit: Any) -> Part:
    """Customers by value tier and stage of life, and the cut-offs of the tiers."""
    segments = audit.table("segments")
    segments = segments.assign(tier=segments["tier"].fillna(""), stage=segments["stage"].fillna(""))
    frame = segments.groupby(["tier", "stage"], as_index=False).agg(customers=("customer_id", "size"))
    tiers = [code for code in TIERS if code in set(frame["tier"])]
    stages = [code for code in STAGES if code in set(frame["stage"])]
    figure = Figure(
        _matrix_title(frame),
        _matrix_note(audit),
        lambda words: draw_heatmap(
            frame,
            words,
            down="tier",
            across="stage",
            value="customers",
            down_order=tiers,
            across_order=stages,
            down_labels=TIERS,
            across_labels=STAGES,
            row_height=0.42,
        ),
        frame,
        (
            Col("tier", msg("Tier"), "label", TIERS),
            Col("stage", msg("Stage"), "label", STAGES),
            Col("customers", msg("Customers"), "count"),
        ),
    )
    parts = (*((_cut_offs(audit),) if audit.has("tiers") else ()), *group_parts(audit))
    return Several((figure, *parts)) if parts else figure


def is_by_clv(audit: Any) -> bool:
    """Whether tiers are made by what customers are expected to bring, not by what they brought."""
    return bool(audit.has("tier_basis") and audit.table("tier_basis")["basis"].iloc[0] == "clv")


def _matrix_note(audit: Any) -> Message:
    plan = audit.plan
    if is_by_clv(audit):
        return _note_by_clv(plan)
    days = int(plan.model.active_days)
    if plan.tiers.cut_offs is not None:
        return msg(
            "Tier, by the result of the last {days:count} days: A from {high:money} on, B from {middle:money} on, as "
            "pinned in the plan. Stage: by each customer's own rhythm.",
            days=days,
            high=float(plan.tiers.cut_offs[0]),
            middle=float(plan.tiers.cut_offs[1]),
        )
    return msg(
        "Tier, by the result of the last {days:count} days: A brings the first {a:percent}, A and B the first "
        "{b:percent}. Stage: by each customer's own rhythm.",
        days=days,
        a=float(plan.tiers.a),
        b=float(plan.tiers.b),
    )


def _note_by_clv(plan: Any) -> Message:
    days = int(plan.model.horizon_days)
    if plan.tiers.cut_offs is not None:
        return msg(
            "Tier, by the value expected in the next {days:count} days: A from {high:money} on, B from {middle:money} "
            "on, as pinned in the plan. Stage: by each customer's own rhythm.",
            days=days,
            high=float(plan.tiers.cut_offs[0]),
            middle=float(plan.tiers.cut_offs[1]),
        )
    return msg(
        "Tier, by the value expected in the next {days:count} days: A is to bring the first {a:percent}, A and B the "
        "first {b:percent}. Stage: by each customer's own rhythm.",
        days=days,
        a=float(plan.tiers.a),
        b=float(plan.tiers.b),
    )


def _matrix_title(frame: pd.DataFrame) -> Message:
    best = frame[frame["tier"] == "A"]
    fading, all_best = int(best.loc[best["stage"].isin(FADING), "customers"].sum()), int(best["customers"].sum())
    if not all_best:
        return msg("No customer is in tier A: nobody has a positive value.")
    if not fading:
        return msg(
            "The only customer of tier A keeps buying in its usual rhythm.",
            "All {n:count} customers of tier A keep buying in their usual rhythm.",
            n=all_best,
        )
    return msg(
        "{n:count} of {all_best:count} customers of tier A ({share:percent}) is slipping away or has lapsed.",
        "{n:count} of {all_best:count} customers of tier A ({share:percent}) are slipping away or have lapsed.",
        n=fading,
        all_best=all_best,
        share=fading / all_best,
    )


def _best_title(customers: float, share: float, by_clv: bool) -> Message:
    if by_clv:
        return msg(
            "Tier A: {customers:percent} of the customers are expected to bring {share:percent} of the value.",
            customers=customers,
            share=share,
        )
    return msg(
        "Tier A: {customers:percent} of the customers brought {share:percent} of the result.",
        customers=customers,
        share=share,
    )


def _cut_offs(audit: Any) -> Table:
    frame = tier_cut_offs(audit.table("tiers")[["customer_id", "value", "tier"]])
    total = float(frame["value"].sum())
    frame = frame.assign(customer_share=frame["customers"] / max(int(frame["customers"].sum()), 1))
    best = frame[frame["tier"] == "A"]
    by_clv = is_by_clv(audit)
    title = msg("Cut-offs of the tiers")
    if int(best["customers"].iloc[0]) and total > 0:
        title = _best_title(float(best["customer_share"].iloc[0]), float(best["share"].iloc[0]), by_clv)
    note = msg("Customers of equal value are never split; the lowest value of a tier is its cut-off in this audit.")
    return Table(
        title,
        note,
        frame,
        (
            Col("tier", msg("Tier"), "label", TIERS),
            Col("customers", msg("Customers"), "count"),
            Col("customer_share", msg("Share of customers"), "percent"),
            Col("value", msg("Expected value") if by_clv else msg("Contribution"), "money"),
            Col("share", msg("Share of the value") if by_clv else msg("Share of the result"), "percent"),
            Col("lowest", msg("Lowest value"), "money"),
        ),
    )
