"""Page 3, groups of customers beside tier and stage: RFM cells, clusters of behaviour, the plan's own segments."""

from __future__ import annotations

from typing import Any

from custinsight.base.cluster_words import describe_profiles
from custinsight.report.figures import draw_rows
from custinsight.report.parts import Figure, Note, Part, Table
from custinsight.report.sections.common import known, largest_row, number
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

CELLS = {
    "champions": msg("Champions"),
    "loyal": msg("Loyal"),
    "big_spenders": msg("Big spenders"),
    "newcomers": msg("Newcomers"),
    "promising": msg("Promising"),
    "need_attention": msg("Need attention"),
    "about_to_sleep": msg("About to sleep"),
    "cannot_lose": msg("Must not be lost"),
    "at_risk": msg("At risk"),
    "hibernating": msg("Hibernating"),
    "lost": msg("Lost"),
    "other": msg("All others"),
}


def group_parts(audit: Any) -> tuple[Part, ...]:
    """RFM cells, clusters and own segments, as far as the tables are there."""
    parts: list[Part] = []
    if audit.has("rfm"):
        parts.append(_cells(audit))
    if audit.has("cluster_profiles"):
        parts.append(_clusters(audit))
    if audit.has("own_segment_counts"):
        parts.append(_own(audit))
    return tuple(parts)


def _cells(audit: Any) -> Part:
    counted = audit.table("rfm").groupby("cell").agg(customers=("customer_id", "size"))
    order = [code for code in CELLS if code in counted.index]
    frame = counted.loc[[*order, *sorted(set(counted.index) - set(order))]].reset_index()
    total = int(frame["customers"].sum())
    frame["share"] = frame["customers"] / max(total, 1)
    most = largest_row(frame, "customers")
    return Figure(
        msg(
            "Most customers, {share:percent}, are “{cell}” by recency, frequency and money.",
            share=float(most["share"]),
            cell=CELLS.get(most["cell"], msg("{name}", name=most["cell"])),
        ),
        msg(
            "Scores 1 to 5 of last purchase, number of purchases and spend at a time; equal customers are never split."
        ),
        lambda words: draw_rows(frame, words, name="cell", value="customers", show="count", labels=CELLS),
        frame,
        (
            Col("cell", msg("RFM cell"), "label", CELLS),
            Col("customers", msg("Customers"), "count"),
            Col("share", msg("Share"), "percent"),
        ),
    )


def _clusters(audit: Any) -> Part:
    frame = audit.table("cluster_profiles")
    said = describe_profiles(frame)
    if len(said) < 2:
        return Note(
            msg("Customers do not fall into groups of behaviour: no division is found again when they are resampled.")
        )
    rows = frame.drop_duplicates("cluster").assign(profile=[said[number] for number in sorted(said)])
    values: dict[str, Any] = {"n": len(said), "doubt": _doubt(str(frame["verdict"].iloc[0]))}
    return Table(
        msg("By their behaviour, customers fall into {n:count} groups{doubt}.", **values),
        msg(
            "How often, how much at a time, how lately, for how long, at which margin. The number of groups is one "
            "that is found again when customers are resampled (Jaccard, Hennig 2007); a group is described by what "
            "sets it apart from all."
        ),
        rows[["cluster", "profile", "customers", "share"]].reset_index(drop=True),
        (
            Col("cluster", msg("Group"), "count"),
            Col("profile", msg("Profile")),
            Col("customers", msg("Customers"), "count"),
            Col("share", msg("Share"), "percent"),
        ),
    )


def _doubt(verdict: str) -> Message:
    return msg("") if verdict == "stable" else msg(", though not with certainty")


def _own(audit: Any) -> Part:
    frame = audit.table("own_segment_counts")
    reasons = {segment.name: segment.why for segment in audit.plan.segments}
    frame = frame.assign(why=[reasons.get(name, "") for name in frame["segment"]])
    first = largest_row(frame, "customers")
    n = int(first["customers"])
    title = (
        msg(
            "Of your own segments, {segment} is the largest: {n:count} customer.",
            "Of your own segments, {segment} is the largest: {n:count} customers.",
            segment=first["segment"],
            n=n,
        )
        if n
        else msg("No customer is in any of your own segments.")
    )
    columns = [
        Col("segment", msg("Segment")),
        Col("customers", msg("Customers"), "count"),
        Col("spend", msg("Net sales"), "money"),
        Col("profit", msg("Profit"), "money"),
        Col("why", msg("What for")),
    ]
    shown = [column for column in columns if column.name != "profit" or frame["profit"].map(number).map(known).any()]
    return Table(
        title,
        msg("By the conditions of the plan; a customer may be in several. Amounts: of the days that make one active."),
        frame,
        tuple(shown),
    )
