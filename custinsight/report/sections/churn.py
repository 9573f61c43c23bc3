"""Page 5, churn: who is likely not to buy again soon, what hangs on it, and whether the probabilities hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from custinsight.report.figures import draw_calibration, draw_columns, draw_rows
from custinsight.report.parts import Figure, Note, Part, Table, shown
from custinsight.report.sections.common import known, largest_row, measure_of_audit, needs, number, pick
from custinsight.report.sections.labels import MODELS, TIERS, labelled
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_WITHOUT = msg("There are too few purchases to estimate who is leaving.")
LIKELY = 0.5
"""A customer with at least this probability of not buying is called likely to stay away."""


@shown
@needs("scores", without=_WITHOUT)
def churn_distribution(audit: Any) -> Part:
    """How the probabilities of not buying are spread over the customers."""
    probability = audit.table("scores")["probability"].astype(float).dropna()
    if probability.empty:
        return Note(_WITHOUT)
    counts, edges = np.histogram(probability, bins=np.linspace(0, 1, 11))
    frame = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "customers": counts, "share": counts / len(probability)})
    classes = {i: msg("{low:count}–{high:count} %", low=10 * i, high=10 * i + 10) for i in range(10)}
    frame["class"] = range(10)
    likely = int((probability >= LIKELY).sum())
    title = msg(
        "{n:count} customer ({share:percent}) will more likely stay away than buy in the next {days:count} days.",
        "{n:count} customers ({share:percent}) will more likely stay away than buy in the next {days:count} days.",
        n=likely,
        share=likely / len(probability),
        days=int(audit.plan.model.churn_days),
    )
    note = msg(
        "Customers by their probability of no purchase within {days:count} days, given their own history; the mean is "
        "{mean:percent}.",
        days=int(audit.plan.model.churn_days),
        mean=float(probability.mean()),
    )
    return Figure(
        title,
        note,
        lambda words: draw_columns(
            frame, words, name="class", value="customers", labels=classes, highlight=range(5, 10), height=2.5
        ),
        frame,
        (
            Col("from", msg("From"), "percent"),
            Col("to", msg("To"), "percent"),
            Col("customers", msg("Customers"), "count"),
            Col("share", msg("Share"), "percent"),
        ),
    )


@shown
@needs("churn_calibration", without=msg("No past forecast can be graded, so it is not known whether these hold."))
def churn_calibration(audit: Any) -> Part:
    """Predicted and actual shares of customers who stayed away, by tenths of the prediction."""
    frame = audit.table("churn_calibration")
    weights = frame["customers"].astype(float)
    gap = (frame["predicted"] - frame["actual"]).astype(float)
    total = weights.sum() or float("nan")
    error, bias = float((gap.abs() * weights).sum() / total), float((gap * weights).sum() / total)
    values: dict[str, Any] = {"error": error, "bias": abs(bias)}
    title = pick(
        bias,
        up=msg(
            "The probabilities were off by {error:percent} on average, and {bias:percent} too gloomy over all.",
            **values,
        ),
        down=msg(
            "The probabilities were off by {error:percent} on average, and {bias:percent} too hopeful over all.",
            **values,
        ),
        same=msg("The probabilities were off by {error:percent} on average, and right over all.", **values),
        floor=0.005,
    )
    note = msg(
        "Ten groups of equal size by their predicted probability, tested on the last {days:count} days. What is "
        "predicted right lies on the dashed line.",
        days=_tested_days(audit),
    )
    return Figure(
        title,
        note,
        lambda words: draw_calibration(
            frame,
            words,
            above=msg("Above the line: more stayed away than predicted"),
            below=msg("Below the line: fewer stayed away than predicted"),
            axes_titles=(msg("Predicted share"), msg("Actual share")),
        ),
        frame,
        (
            Col("decile", msg("Group"), "count"),
            Col("customers", msg("Customers"), "count"),
            Col("predicted", msg("Predicted"), "percent"),
            Col("actual", msg("Actual"), "percent"),
        ),
    )


def _tested_days(audit: Any) -> int:
    """Length of the stretches that were tested: shorter than the horizon where the history is short."""
    if audit.has("churn_verdict"):
        return int(audit.table("churn_verdict")["window_days"].iloc[0])
    return int(audit.plan.model.churn_days)


@shown
@needs("scores", "segments", without=_WITHOUT)
def value_at_stake(audit: Any) -> Part:
    """Expected margin times probability of leaving, per tier."""
    scores = audit.table("scores")
    if not scores["value_at_stake"].notna().any():
        return Note(msg("Without a value model that may be used, what is at stake cannot be put into money."))
    joined = scores.merge(audit.table("segments")[["customer_id", "tier"]], on="customer_id", how="left")
    joined = joined.assign(
        tier=joined["tier"].fillna(""), likely=joined["probability"] >= LIKELY, stake=joined["value_at_stake"]
    )
    frame = joined.groupby("tier", as_index=False).agg(
        customers=("customer_id", "count"), likely=("likely", "sum"), at_stake=("stake", "sum")
    )
    order = {code: i for i, code in enumerate(TIERS)}
    frame = frame.sort_values("tier", key=lambda codes: codes.map(order).fillna(9), ignore_index=True)
    total, what = float(frame["at_stake"].sum()), measure_of_audit(audit).name
    worst = largest_row(frame, "at_stake")
    note = msg(
        "At stake: expected {what} times the probability of no purchase within {days:count} days.",
        what=what,
        days=int(audit.plan.model.churn_days),
    )
    return Figure(
        _stake_title(total, worst, what),
        note,
        lambda words: draw_rows(frame, words, name="tier", value="at_stake", labels=TIERS, highlight=[worst["tier"]]),
        frame,
        (
            Col("tier", msg("Tier"), "label", TIERS),
            Col("customers", msg("Customers"), "count"),
            Col("likely", msg("Likely to stay away"), "count"),
            Col("at_stake", msg("At stake"), "money"),
        ),
    )


def _stake_title(total: float, worst: pd.Series, what: Message) -> Message:
    if total <= 0:
        return msg("Nothing is at stake.")
    return msg(
        "{total:money} of expected {what} is at stake, {share:percent} of it with the customers of {tier}.",
        what=what,
        total=total,
        share=float(worst["at_stake"]) / total,
        tier=labelled(worst["tier"], TIERS),
    )


@shown
@needs("churn_metrics", without=msg("No past forecast can be graded, so the method cannot be compared."))
def churn_metrics(audit: Any) -> Part:
    """Grades of the chosen method beside those of the rules without a model and of the other methods."""
    frame = audit.table("churn_metrics")
    models = {name: MODELS.get(name, msg("{name}", name=name)) for name in frame["model"]}
    columns = tuple(Col(name, title, shows) for name, title, shows in _GRADES if name in frame.columns)
    note = msg(
        "The first was chosen. AUC, PR-AUC and lift grade the ranking, the higher the better; Brier score and "
        "calibration error grade the level, the lower the better. Lift: those who stayed away among the likeliest "
        "tenth, over their share among all. Silence alone ranks customers by how long they have not bought."
    )
    return Table(_metrics_title(frame), note, frame, (Col("model", msg("Method"), "label", models), *columns))


_GRADES = (
    ("auc", msg("AUC"), "precise"),
    ("pr_auc", msg("PR-AUC"), "precise"),
    ("lift", msg("Lift"), "decimal"),
    ("brier", msg("Brier score"), "precise"),
    ("ece", msg("Calibration error"), "percent"),
)


def _metrics_title(frame: pd.DataFrame) -> Message:
    """Say whether the chosen probabilities beat the simplest rule by their Brier score."""
    rule = frame[frame["model"] == "hiatus"]
    if rule.empty:
        return msg("How well the probabilities did")
    ours, other = number(frame["brier"].iloc[0]), number(rule["brier"].iloc[0])
    if not (known(ours) and known(other)):
        return msg("How well the probabilities did")
    values: dict[str, Any] = {"ours": ours, "other": other}
    return pick(
        other - ours,
        up=msg(
            "The probabilities beat the rule of silence alone: Brier score {ours:precise} against {other:precise}.",
            **values,
        ),
        down=msg(
            "The rule of silence alone did better than the probabilities: Brier score {other:precise} against "
            "{ours:precise}.",
            **values,
        ),
        same=msg("The probabilities did as well as the rule of silence alone: Brier score {ours:precise}.", **values),
    )
