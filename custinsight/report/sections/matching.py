"""Page 2, identity: how sure the matching is, what was decided by people, and which bridges were cut."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.engine import collect
from custinsight.match.estimate import LABELS
from custinsight.report.parts import Part, Table, shown
from custinsight.report.sections.common import needs
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_WITHOUT = msg("There are no customer records, so duplicates cannot be looked for.")
_WHY = {
    "decided": msg("A person decided so"),
    "tax_id": msg("Different valid tax numbers"),
    "branch": msg("Different branches"),
    "too_large": msg("Too many records for one customer"),
    "average": msg("The other pairs of the two groups disagree"),
}


@shown
@needs("match_estimate", without=_WITHOUT)
def match_certainty(audit: Any) -> Part:
    """How many customers there are, how good the merges are, and how much rests on people's answers."""
    row = audit.table("match_estimate").iloc[0]
    labels = int(row["labels"])
    title = msg(
        "{customers:count} customers were found; between {low:count} and {high:count} are likely.",
        customers=int(row["customers"]),
        low=int(row["customers_low"]),
        high=int(row["customers_high"]),
    )
    note = (
        msg(
            "Estimated from {n:count} labelled pair, in strata by probability; 90% intervals. Merges as the model "
            "alone would make them. Duplicates that were never compared are in no number.",
            "Estimated from {n:count} labelled pairs, in strata by probability; 90% intervals. Merges as the model "
            "alone would make them. Duplicates that were never compared are in no number.",
            n=labels,
        )
        if row["basis"] == LABELS
        else msg(
            "The model's own estimate, its usual error allowed for; 90% intervals. Only {n:count} pair is labelled: "
            "fill in the review workbook for an estimate that does not rest on the model. Duplicates that were never "
            "compared are in no number.",
            "The model's own estimate, its usual error allowed for; 90% intervals. Only {n:count} pairs are labelled: "
            "fill in the review workbook for an estimate that does not rest on the model. Duplicates that were never "
            "compared are in no number.",
            n=labels,
        )
    )
    frame = pd.DataFrame(_measures(audit, row), columns=["what", "value", "low", "high"])
    columns = (
        Col("what", msg("Measure")),
        Col("value", msg("Value")),
        Col("low", msg("At least")),
        Col("high", msg("At most")),
    )
    return Table(title, note, frame, columns)


def _measures(audit: Any, row: pd.Series) -> list[tuple[Message, Message, Message | None, Message | None]]:
    shares: list[tuple[Message, Message, Message | None, Message | None]] = []
    for name, title in (("precision", msg("Merged pairs that are right")), ("recall", msg("Right pairs merged"))):
        value, low, high = (msg("{share:percent}", share=float(row[name + end])) for end in ("", "_low", "_high"))
        shares.append((title, value, low, high))
    counts = (
        (msg("Decided by people: the same"), row["decided_same"]),
        (msg("Decided by people: different"), row["decided_different"]),
        (msg("Decided by people: not sure"), row["decided_not_sure"]),
        (msg("Decisions about records that are not there"), row["decided_unknown"]),
        (msg("Records that the largest cluster would have had without a limit"), row["largest_unlimited"]),
        (msg("Clusters too large to be one customer, taken apart for review"), row["implausible_clusters"]),
    )
    plain = [(title, msg("{n:count}", n=int(value)), None, None) for title, value in counts]
    revenue = _merged_revenue(audit)
    share = [(msg("Share of net sales of merged customers"), msg("{share:percent}", share=revenue), None, None)]
    return [*shares, *(share if revenue is not None else []), *plain]


def _merged_revenue(audit: Any) -> float | None:
    """Share of all net sales in transactions of customers that several records stand for."""
    if not audit.has("transactions"):
        return None
    links, lines = audit.read("links"), audit.read("transactions")
    several = links.group_by("golden_id").having(links.count() > 1).agg(records=links.count())
    merged = lines.semi_join(several, lines.customer_id == several.golden_id)
    total, part = (
        float(collect(each.agg(net=each.amount_net.sum().cast("float64").fill_null(0)))["net"].iloc[0])
        for each in (lines, merged)
    )
    return part / total if total else None


@shown
@needs("match_estimate", without=_WITHOUT)
def cut_bridges(audit: Any) -> Part:
    """Pairs that were sure enough and were kept apart all the same, by reason."""
    counted = audit.table("bridges").groupby("why").size()
    frame = pd.DataFrame({"why": list(_WHY), "pairs": [int(counted.get(why, 0)) for why in _WHY]})
    n = int(frame["pairs"].sum())
    title = msg(
        "{n:count} pair was sure enough to be merged and was kept apart.",
        "{n:count} pairs were sure enough to be merged and were kept apart.",
        n=n,
    )
    note = msg("One wrong pair must not join two groups of records; what speaks against these pairs is counted here.")
    return Table(title, note, frame, (Col("why", msg("Reason"), "label", _WHY), Col("pairs", msg("Pairs"), "count")))
