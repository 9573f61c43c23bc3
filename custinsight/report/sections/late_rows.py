"""Late rows: what came, vanished or changed in a period after its report had been written."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.parts import Part, Table, shown
from custinsight.report.sections.common import needs
from custinsight.report.sections.labels import OTHER
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

KINDS = {"late": msg("Came late"), "gone": msg("Vanished"), "changed": msg("Amount changed")}


@shown
@needs(
    "late_rows",
    without=msg("No line of the periods closed so far came late, vanished or changed since their reports."),
)
def late_rows(audit: Any) -> Part:
    """Lines of closed periods that are not what they were when the period's report was written."""
    frame = audit.table("late_rows")
    columns = (
        Col("period", msg("Closed period")),
        Col("closed_on", msg("Closed on")),
        Col("kind", msg("What happened"), "label", KINDS),
        Col("currency", msg("Currency"), "label", OTHER),
        Col("lines", msg("Lines"), "count"),
        Col("documents", msg("Documents"), "count"),
        Col("customers", msg("Customers"), "count"),
        Col("amount", msg("Change of the amount"), "decimal"),
    )
    note = msg(
        "Each line is compared with what it was when the period that it is dated in, or the next one closed, was "
        "closed. This audit's numbers hold the lines as they are now, the earlier reports as they were then. Amounts "
        "in document currency."
    )
    return Table(_title(frame, audit.period.label), note, frame, columns)


def _title(frame: pd.DataFrame, period: str) -> Message:
    counts = frame.groupby("kind")["lines"].sum()
    late, gone, changed = (int(counts.get(kind, 0)) for kind in ("late", "gone", "changed"))
    if (frame["period"] == period).any():
        return msg(
            "This period had been closed before. Lines of it and of the closed periods before it that came late since: "
            "{late:count}; vanished: {gone:count}; changed in amount: {changed:count}.",
            late=late,
            gone=gone,
            changed=changed,
        )
    return msg(
        "Lines of closed periods that came late: {late:count}; vanished: {gone:count}; changed in amount: "
        "{changed:count}.",
        late=late,
        gone=gone,
        changed=changed,
    )
