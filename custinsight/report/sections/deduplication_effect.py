"""Page 2, identity: why records were merged, what belongs together, and what it changes in money."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.match.explain import FACTS
from custinsight.report.parts import Note, Part, Table, shown
from custinsight.report.sections.common import join_messages, needs
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_MERGES = 10
_EVENTS = {
    "kept": msg("kept"),
    "new": msg("new"),
    "merged": msg("merged into another"),
    "split": msg("split from another"),
    "gone": msg("gone"),
}
_MEASURES = {
    "active": (msg("Active customers"), "count"),
    "revenue": (msg("Revenue"), "money"),
    "revenue_per_customer": (msg("Revenue per active customer"), "money"),
    "occasions_per_customer": (msg("Purchase days per active customer"), "decimal"),
    "top_share": (msg("Share of the ten largest in revenue"), "percent"),
    "expected_value": (msg("Expected value of all customers"), "money"),
    "churn": (msg("Mean churn probability"), "percent"),
}
_SHOWN = {
    "count": lambda value: msg("{value:count}", value=value),
    "money": lambda value: msg("{value:money}", value=value),
    "decimal": lambda value: msg("{value:decimal}", value=value),
    "percent": lambda value: msg("{value:percent}", value=value),
}


@shown
@needs("deduplication_effect", without=msg("There are no purchases, so the effect of duplicates cannot be shown."))
def deduplication_effect(audit: Any) -> Part:
    """The same figures by record, by customer and by group of companies."""
    frame = audit.table("deduplication_effect")
    rows = [
        {"measure": _MEASURES[row["measure"]][0]}
        | {way: _say(row[way], _MEASURES[row["measure"]][1]) for way in ("records", "customers", "groups")}
        for row in frame.to_dict("records")
    ]
    of = frame.set_index("measure")
    return Table(
        msg(
            "Counted by record, {records:count} would look active; they are {customers:count} customers.",
            records=of.loc["active", "records"],
            customers=of.loc["active", "customers"],
        ),
        msg(
            "The same purchases by record, by customer and by group, in the {days:count} days up to the period's end; "
            "expected value and churn are of models fitted anew on each.",
            days=audit.plan.model.active_days,
        ),
        pd.DataFrame(rows),
        (
            Col("measure", msg("Figure")),
            Col("records", msg("By record")),
            Col("customers", msg("By customer")),
            Col("groups", msg("By group of companies")),
        ),
    )


def _say(value: Any, kind: str) -> Message:
    return msg("–") if pd.isna(value) else _SHOWN[kind](value)


@shown
@needs("group_revenue", without=msg("No customers were found that belong to one group of companies."))
def company_groups(audit: Any) -> Part:
    """Groups of companies that are several customers, by what they bring together."""
    frame = audit.table("group_revenue")
    return Table(
        msg(
            "{n:count} group of companies is kept as several customers; it brings {revenue:money}.",
            "{n:count} groups of companies are kept as several customers; they bring {revenue:money}.",
            n=len(frame),
            revenue=frame["revenue"].sum(),
        ),
        msg("Branches, subsidiaries and companies under one tax number are linked as a group and not merged."),
        frame,
        (
            Col("group_id", msg("Group")),
            Col("customers", msg("Customers"), "count"),
            Col("revenue", msg("Revenue of the group"), "money"),
            Col("largest", msg("Revenue of its largest customer"), "money"),
        ),
        rows=10,
    )


@shown
@needs("merge_reasons", without=msg("No records were merged, so there is nothing to explain."))
def merge_reasons(audit: Any) -> Part:
    """What decided the merges of the customers that bring most."""
    reasons = audit.table("merge_reasons")
    spend = audit.table("trailing").set_index("customer_id")["spend"].astype("float64")
    pair = ["golden_id", "customer_id_l", "customer_id_r"]
    value = reasons["golden_id"].map(spend).fillna(0.0)
    best = reasons.assign(value=value).sort_values(["value", *pair, "rank"], ascending=[False, True, True, True, True])
    rows = [_merge_row(facts) for _, facts in best.groupby(pair, sort=False)][:_MERGES]
    return Table(
        msg(
            "{n:count} merge was made; here is what decided it.",
            "{n:count} merges were made; here is what decided those of the customers that bring most.",
            n=len(reasons[pair].drop_duplicates()),
        ),
        msg("What weighed most comes first; of a number that both records have, the last two characters are shown."),
        pd.DataFrame(rows),
        (
            Col("golden_id", msg("Customer")),
            Col("speaks_for", msg("Speaks for one customer")),
            Col("speaks_against", msg("Speaks against")),
            Col("probability", msg("Probability"), "percent"),
            Col("value", msg("Revenue"), "money"),
        ),
    )


def _merge_row(facts: pd.DataFrame) -> dict[str, Any]:
    said = {direction: facts[facts["direction"] == direction] for direction in ("for", "against")}
    first = facts.iloc[0]
    return {name: first[name] for name in ("golden_id", "probability", "value")} | {
        f"speaks_{direction}": _listed(rows) for direction, rows in said.items()
    }


def _listed(rows: pd.DataFrame) -> Message:
    parts = [
        msg("{fact} ({hint})", fact=FACTS[fact], hint=hint) if hint else FACTS[fact]
        for fact, hint in zip(rows["fact"], rows["hint"], strict=True)
    ]
    return join_messages(parts) if parts else msg("–")


@shown
@needs("golden_history", without=msg("This is the first audit: there are no earlier customer numbers."))
def number_history(audit: Any) -> Part:
    """What became of the customers' numbers since the audit before."""
    history = audit.table("golden_history")
    counts = history.groupby("event").size().reindex(list(_EVENTS), fill_value=0)
    kept, before = int(counts["kept"]), int((history["records_before"] > 0).sum())
    if kept == before and not counts["split"]:
        return Note(msg("All {n:count} customers known before keep their number.", n=kept), tone="pass")
    frame = counts.rename("customers").rename_axis("event").reset_index()
    return Table(
        msg("{n:count} of {before:count} customers known before keep their number.", n=kept, before=before),
        msg("A number stays with the larger part of a customer's records; the other parts get numbers of their own."),
        frame,
        (Col("event", msg("Number"), "label", _EVENTS), Col("customers", msg("Customers"), "count")),
    )
