"""Page 2, identity: how many customers stand behind the records."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.figures import draw_columns, draw_waterfall
from custinsight.report.parts import Figure, Note, Part, shown
from custinsight.report.sections.common import needs
from custinsight.words import msg
from custinsight.writers.columns import Col

_STEPS = {"records": msg("Records"), "duplicates": msg("Duplicates"), "customers": msg("Customers")}
_WITHOUT = msg("There are no customer records, so duplicates cannot be looked for.")


@shown
@needs("match_report", "match_estimate", without=_WITHOUT)
def records_to_customers(audit: Any) -> Part:
    """Records, the duplicates among them, and the customers that remain."""
    report = audit.table("match_report").iloc[0]
    records, customers = int(report["records"]), int(report["customers"])
    duplicates = records - customers
    if duplicates:
        title = msg(
            "{records:count} records stand for {n:count} customer: {share:percent} of the records are duplicates.",
            "{records:count} records stand for {n:count} customers: {share:percent} of the records are duplicates.",
            n=customers,
            records=records,
            share=duplicates / max(records, 1),
        )
    else:
        title = msg(
            "No duplicate was found: {n:count} record is {n:count} customer.",
            "No duplicate was found: {n:count} records are {n:count} customers.",
            n=customers,
        )
    steps = ["records", "duplicates", "customers"]
    frame = pd.DataFrame({"step": steps, "rows": [records, -duplicates, customers]})
    note = msg(
        "Two records are one customer when names, numbers and addresses together make it at least {threshold:percent} "
        "likely; records with two different valid tax numbers never are.",
        threshold=threshold_of(audit),
    )
    return Figure(
        title,
        note,
        lambda words: draw_waterfall(
            frame, words, step="step", value="rows", totals=("records", "customers"), labels=_STEPS, height=2.4
        ),
        frame,
        (Col("step", msg("Step"), "label", _STEPS), Col("rows", msg("Number"), "signed_count")),
    )


def threshold_of(audit: Any) -> float:
    """Return the probability from which records were merged."""
    return float(audit.table("match_estimate").iloc[0]["threshold"])


@shown
@needs("cluster_sizes", without=_WITHOUT)
def cluster_sizes(audit: Any) -> Part:
    """How many records the customers have."""
    sizes = audit.table("cluster_sizes").sort_values("records", ignore_index=True)
    several = sizes[sizes["records"] > 1]
    if several.empty:
        return Note(msg("Every customer has exactly one record."), tone="pass")
    merged, customers = int(several["customers"].sum()), int(sizes["customers"].sum())
    title = msg(
        "{n:count} customer ({share:percent}) had more than one record; the largest had {largest:count}.",
        "{n:count} customers ({share:percent}) had more than one record; the largest had {largest:count}.",
        n=merged,
        share=merged / max(customers, 1),
        largest=int(sizes["records"].max()),
    )
    note = msg("Customers by the number of their records. A very large one deserves a look: it may be a mistake.")
    shown_sizes = several.head(12)
    names = {n: msg("{n:count} records", n=int(n)) for n in shown_sizes["records"]}
    return Figure(
        title,
        note,
        lambda words: draw_columns(shown_sizes, words, name="records", value="customers", labels=names, height=2.3),
        sizes,
        (Col("records", msg("Records"), "count"), Col("customers", msg("Customers"), "count")),
    )


@shown
@needs("match_report", "match_estimate", without=_WITHOUT)
def pairs_for_review(audit: Any) -> Part:
    """How many pairs of records a person has to decide on."""
    pairs = int(audit.table("match_report").iloc[0]["review_pairs"])
    if not pairs:
        return Note(msg("No pair of records is left in doubt."), tone="pass")
    matching = audit.plan.matching
    return Note(
        msg(
            "{n:count} pair of records is in doubt (between {low:percent} and {high:percent}) and stands in the "
            "worklist "
            "of duplicates. Until somebody decides, its records count as two customers.",
            "{n:count} pairs of records are in doubt (between {low:percent} and {high:percent}) and stand in the "
            "worklist of duplicates. Until somebody decides, their records count as different customers.",
            n=pairs,
            low=float(matching.review_from),
            high=threshold_of(audit),
        ),
        tone="warn",
    )
