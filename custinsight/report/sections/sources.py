"""Page 1, the sources: how each file was read, how much of each source was rejected, and for what reason."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.ingest.rejects import REJECTS
from custinsight.ingest.tax import net_basis
from custinsight.ingest.trust import PASSED, judge_sources
from custinsight.messages import read_message
from custinsight.report.figures import draw_rows
from custinsight.report.parts import Figure, Note, Part, Several, Table, shown
from custinsight.report.sections.common import needs
from custinsight.report.sections.labels import BASES, STATES, TABLES, labelled
from custinsight.words import msg
from custinsight.writers.columns import Col

_FROM_GROSS = ("gross_less_tax", "gross_less_rate")
_BY_SOURCE = 40
_NO_AMOUNTS = pd.DataFrame({name: [] for name in ("source", "currency", "amount_kept", "amount_rejected")})


@shown
@needs("load_report", without=msg("No source was read, so nothing can be said about the files."))
def files_read(audit: Any) -> Part:
    """How each file was read, what is to be minded about it, and where its net amounts come from."""
    bases = {source.name: net_basis(source) for source in audit.plan.sources}
    frame = audit.table("load_report")
    frame = frame.assign(basis=frame["source"].map(bases), encoding=frame["encoding"].replace("", None))
    columns = (
        Col("source", msg("Source")),
        Col("table", msg("Fills"), "label", TABLES),
        Col("file", msg("File")),
        Col("encoding", msg("Encoding")),
        Col("basis", msg("Net amounts"), "label", BASES),
    )
    title = msg("{n:count} file was read.", "{n:count} files were read.", n=len(frame))
    note = msg("Which encoding a text file turned out to have, and whether net amounts were exported or worked out.")
    parts: list[Part] = [Table(title, note, frame, columns, rows=_BY_SOURCE)]
    used = {basis for basis in bases.values() if basis}
    if used & set(_FROM_GROSS) and used - set(_FROM_GROSS):
        names = ", ".join(name for name, basis in bases.items() if basis in _FROM_GROSS)
        parts.append(
            Note(
                msg(
                    "The net amounts of {sources} were worked out from amounts with tax; those of the others were not.",
                    sources=names,
                )
            )
        )
    return Several((*parts, _problems(audit)))


def _problems(audit: Any) -> Table | Note:
    if not audit.has("load_problems"):
        return Note(msg("Nothing was found in the files that needs a remark."), tone="pass")
    frame = audit.table("load_problems")
    frame = frame.assign(said=[read_message(text) for text in frame["problem"]])
    return Table(
        msg("{n:count} remark on the files", "{n:count} remarks on the files", n=len(frame)),
        msg("Values that were left out or cleaned, total lines that do not fit, and whatever else is to be minded."),
        frame,
        (Col("source", msg("Source")), Col("file", msg("File")), Col("said", msg("Remark"))),
    )


def _limits(audit: Any) -> Part:
    """Share of each source that was rejected, and what the plan's limits say to it."""
    amounts = audit.table("load_amounts") if audit.has("load_amounts") else _NO_AMOUNTS
    frame = judge_sources(audit.table("load_report"), amounts, audit.table("reject_counts"), audit.plan.trust)
    limits = [audit.plan.trust.limits(name) for name in frame["source"]]
    frame = frame.assign(
        warn=[limit.warn_rejected for limit in limits],
        refuse=[limit.refuse_rejected for limit in limits],
    )
    over = frame[frame["state"] != PASSED]
    if over.empty:
        title = msg("Every source is within the plan's limits for rejected rows and amounts.")
    else:
        worst = over.sort_values(["share", "source"], ascending=[False, True]).iloc[0]
        title = msg(
            "{n:count} source lost more than the plan lets pass: {source}, with {share:percent} of its rows.",
            "{n:count} sources lost more than the plan lets pass, most of all {source}, with {share:percent} of its "
            "rows.",
            n=len(over),
            source=str(worst["source"]),
            share=float(worst["share"]),
        )
    note = msg(
        "Share of the rejected among the rejected and the kept, of rows and of the amount in the source's largest "
        "currency. From the first limit on the plan warns, from the second on it refuses the source."
    )
    columns = (
        Col("source", msg("Source")),
        Col("rows", msg("Rows"), "count"),
        Col("rejected", msg("Rejected"), "count"),
        Col("share", msg("Share of rows"), "percent"),
        Col("amount_share", msg("Share of the amount"), "percent"),
        Col("warn", msg("Warns from"), "percent"),
        Col("refuse", msg("Refuses from"), "percent"),
        Col("state", msg("Verdict"), "label", STATES),
    )
    return Table(title, note, frame, columns, rows=_BY_SOURCE)


@shown
@needs("load_report", without=msg("No source was read, so nothing can have been rejected."))
def rejected_rows(audit: Any) -> Part:
    """Rejected rows by their reason, by source, how to get them, and what the plan's limits say to it."""
    if not audit.has("reject_counts"):
        return Note(msg("No row was rejected, so every source is within the plan's limits."), tone="pass")
    counts = audit.table("reject_counts")
    hint = Note(
        msg(
            "The rows themselves may hold personal data and are not in this report. Whoever keeps the data gets them "
            "with file, line and reason: {command}",
            command="custinsight rejects --out rejects.xlsx",
        )
    )
    rows_in = int(audit.table("load_report")["rows_in"].sum())
    return Several((_by_reason(counts, rows_in), _by_source(counts), hint, _limits(audit)))


def _by_reason(counts: pd.DataFrame, all_rows: int) -> Figure:
    frame = counts.groupby("code")["rows"].sum().reset_index()
    frame = frame.sort_values(["rows", "code"], ascending=[False, True], ignore_index=True)
    rows = int(frame["rows"].sum())
    frame = frame.assign(share=frame["rows"] / max(all_rows, 1))
    title = msg(
        "{n:count} row was rejected ({share:percent} of all): {reason}.",
        "{n:count} rows were rejected ({share:percent} of all), most often because of this: {reason}.",
        n=rows,
        share=rows / max(all_rows, 1),
        reason=labelled(frame["code"].iloc[0], REJECTS),
    )
    columns = (
        Col("code", msg("Reason"), "label", REJECTS),
        Col("rows", msg("Rows"), "count"),
        Col("share", msg("Share of all rows"), "percent"),
    )
    note = msg("A rejected row is no part of any number in this report. Correct it in the source and run again.")
    top = frame.head(10)
    return Figure(
        title,
        note,
        lambda words: draw_rows(top, words, name="code", value="rows", show="count", labels=REJECTS),
        frame,
        columns,
    )


def _by_source(counts: pd.DataFrame) -> Table:
    frame = counts.sort_values(["rows", "source", "code"], ascending=[False, True, True], ignore_index=True)
    return Table(
        msg("Rejected rows by source and reason"),
        msg("Where to look first: the largest group stands at the top."),
        frame.assign(kind=frame["code"]),
        (
            Col("source", msg("Source")),
            Col("code", msg("Code")),
            Col("kind", msg("Reason"), "label", REJECTS),
            Col("rows", msg("Rows"), "count"),
        ),
    )
