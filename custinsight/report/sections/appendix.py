"""The appendix: definitions, parameters, versions and hashes."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.parts import Facts, Part, Several, Table, shown
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

DEFINITIONS = (
    (
        msg("Order"),
        msg(
            "All lines with the same customer and document number. An order that is wholly returned is no purchase; a "
            "return counts on its own date."
        ),
    ),
    (msg("Active"), msg("A customer with a purchase within the days that the plan names, counted back from the day.")),
    (
        msg("Profit"),
        msg("Net sales minus cost = customers × orders per customer × spend per order × margin; the bridge is exact."),
    ),
    (
        msg("Decile"),
        msg("A tenth of the customers, or of the profit, best first. Equal values never fall into different classes."),
    ),
    (
        msg("Tier"),
        msg(
            "A: the best customers, who bring the first part of the result; B: those who bring the next; C: all others."
        ),
    ),
    (
        msg("Stage"),
        msg(
            "Judged by a customer's own rhythm. At risk, dormant, lost: a silence that one in 4, 20 or 100 customers "
            "of that rhythm would show. Won back: again active after a lapse. Growing, declining: 25 % more or less "
            "spend than in as many days before. New: at most two purchases, the first lately. Active: the others."
        ),
    ),
    (
        msg("Frequency, recency, T"),
        msg(
            "Days with a purchase minus one; first to last purchase; first purchase to the period's end. The "
            "convention "
            "of Fader and Hardie."
        ),
    ),
    (
        msg("Repeat-buying rate"),
        msg("Share of the customers of one period who buy again in the next; not the same as the share active."),
    ),
    (
        msg("Churn probability"),
        msg("Probability of no purchase within the churn horizon, given the customer's history."),
    ),
    (
        msg("Customer value"),
        msg("Expected margin over the horizon from the period's end, discounted, with an interval and a tested model."),
    ),
    (
        msg("Data quality score"),
        msg("Mean of completeness, compliance, accuracy, uniqueness, consistency and currentness of the customers."),
    ),
    (
        msg("Point in time"),
        msg("Nothing dated after the period's end is used, so the same period gives the same numbers in any year."),
    ),
)


@shown
def definitions(audit: Any) -> Part:
    """What the words in this report mean."""
    return Facts(DEFINITIONS)


@shown
def parameters(audit: Any) -> Part:
    """The plan's parameters that the numbers depend on."""
    plan, model = audit.plan, audit.plan.model
    return Facts(
        (
            (msg("Period"), msg("{start:day} to {end:day}", start=audit.period.start, end=audit.period.end)),
            (msg("Currency"), str(plan.currency)),
            (msg("Fiscal year starts in month"), msg("{month:count}", month=plan.first_month)),
            (msg("Documents that count"), ", ".join((*plan.scope.doc_types, *plan.scope.statuses))),
            (msg("Active within"), _days(model.active_days)),
            (msg("Horizon of the value"), _days(model.horizon_days)),
            (msg("Horizon of the churn probability"), _days(model.churn_days)),
            (msg("Held back for the test"), _days(model.holdout_days)),
            (msg("Discount a year"), msg("{rate:percent}", rate=model.annual_discount)),
            (
                msg("Margin where the cost is unknown"),
                msg("none given") if model.margin is None else msg("{margin:percent}", margin=model.margin),
            ),
            (msg("Intervals"), msg("{share:percent}", share=model.interval)),
            (
                msg("Cut-offs of the tiers"),
                _cut_offs(plan.tiers),
            ),
            (
                msg("Duplicates"),
                _thresholds(plan.matching.threshold, plan.matching.review_from),
            ),
            (msg("Tasks are due within"), _days(plan.actions.due_days)),
            (msg("Random seed"), str(model.seed)),
        )
    )


def _thresholds(merged: float | None, review: float) -> Any:
    if merged is None:
        return msg("merged from a probability that the data decide, for review from {review:percent}", review=review)
    return msg("merged from {threshold:percent}, for review from {review:percent}", threshold=merged, review=review)


def _days(days: int) -> Any:
    return msg("{n:count} day", "{n:count} days", n=int(days))


@shown
def provenance(audit: Any) -> Part:
    """Versions, and hashes of inputs, code and plan: the same hashes give the same tables."""
    manifest = audit.manifest()
    facts = [
        (msg("Program"), f"custinsight {manifest['custinsight']}" if "custinsight" in manifest else "custinsight"),
        (msg("Hash of the code"), str(manifest["code"])),
        (msg("Hash of the plan"), str(manifest["plan"])),
        *((msg("Library {name}", name=name), str(version)) for name, version in sorted(manifest["versions"].items())),
    ]
    inputs = pd.DataFrame(manifest["inputs"], columns=["source", "rows", "sha256"])
    table = Table(
        msg("Inputs and their hashes"),
        msg("The same files, code and plan give the same tables; a changed hash says which of them changed."),
        inputs,
        (Col("source", msg("Source")), Col("rows", msg("Rows"), "count"), Col("sha256", msg("SHA-256"))),
        rows=50,
    )
    return Several((Facts(tuple(facts)), table))


def _cut_offs(tiers: Any) -> Message:
    if tiers.cut_offs is not None:
        high, middle = tiers.cut_offs
        return msg("Pinned: A from {high:money}, B from {middle:money}", high=high, middle=middle)
    return msg("A to {a:percent}, B to {b:percent} of the result", a=tiers.a, b=tiers.b)
