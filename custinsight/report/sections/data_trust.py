"""Page 1, data trust: does everything that came in have its place, what was refused, and what does that bias."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.parts import Note, Part, Table, shown
from custinsight.report.sections.common import needs
from custinsight.report.sections.labels import OTHER, TABLES, VERDICTS, WITHOUT_TABLE
from custinsight.words import msg
from custinsight.writers.columns import Col

_CENT = 0.005


@shown
@needs("load_report", without=msg("No source was read, so nothing can be reconciled."))
def reconciliation(audit: Any) -> Part:
    """Rows of each source: what came in, what was kept, and where the rest is."""
    report = audit.table("load_report")
    placed = report[["rows_kept", "rows_rejected", "rows_total_lines", "rows_out_of_scope"]].sum(axis=1)
    frame = report.assign(unaccounted=report["rows_in"] - placed)
    lost, rows = int(frame["unaccounted"].abs().sum()), int(frame["rows_in"].sum())
    kept, rejected = int(frame["rows_kept"].sum()), int(frame["rows_rejected"].sum())
    if lost:
        title = msg(
            "{lost:count} of {n:count} row that came in cannot be accounted for.",
            "{lost:count} of {n:count} rows that came in cannot be accounted for.",
            n=rows,
            lost=lost,
        )
    elif rows > kept + rejected:
        title = msg(
            "Each of the {rows:count} rows that came in is accounted for: {kept:count} kept, {rejected:count} "
            "rejected, "
            "{aside:count} total lines or out of scope.",
            rows=rows,
            kept=kept,
            rejected=rejected,
            aside=rows - kept - rejected,
        )
    elif rejected:
        title = msg(
            "Each of the {rows:count} rows that came in is accounted for: {kept:count} kept, {rejected:count} "
            "rejected.",
            rows=rows,
            kept=kept,
            rejected=rejected,
        )
    else:
        title = msg("Each of the {rows:count} rows that came in is accounted for, and none was rejected.", rows=rows)
    columns = (
        Col("source", msg("Source")),
        Col("table", msg("Fills"), "label", TABLES),
        Col("rows_in", msg("Rows in"), "count"),
        Col("rows_kept", msg("Kept"), "count"),
        Col("rows_rejected", msg("Rejected"), "count"),
        Col("rows_total_lines", msg("Total lines"), "count"),
        Col("rows_out_of_scope", msg("Out of scope"), "count"),
        Col("unaccounted", msg("Unaccounted for"), "count"),
    )
    note = msg(
        "Rows in = kept + rejected + total lines of the export + rows that the plan leaves out. Every rejected row is "
        "kept with its file, line and reason."
    )
    return Table(title, note, frame, columns)


@shown
@needs("load_amounts", without=msg("No source carries amounts, so sums cannot be reconciled."))
def amounts_by_currency(audit: Any) -> Part:
    """Amounts of each source and currency: what came in, what was kept, and the difference to the cent."""
    frame = audit.table("load_amounts")
    off = frame[frame["difference"].abs() > _CENT]
    if len(off):
        title = msg(
            "The amounts of {n:count} source and currency do not add up.",
            "The amounts of {n:count} sources and currencies do not add up.",
            n=len(off),
        )
    else:
        title = msg(
            "The amounts add up to the cent in {n:count} currency.",
            "The amounts add up to the cent in each of {n:count} currencies.",
            n=int(frame["currency"].replace("", None).nunique()),
        )
    note = msg(
        "Sums in each document's own currency, over all lines whose amount can be read. Difference must be zero."
    )
    columns = (
        Col("source", msg("Source")),
        Col("currency", msg("Currency"), "label", OTHER),
        *(
            Col(name, title_, "decimal")
            for name, title_ in (
                ("amount_in", msg("Came in")),
                ("amount_kept", msg("Kept")),
                ("amount_rejected", msg("Rejected")),
                ("amount_out_of_scope", msg("Out of scope")),
                ("difference", msg("Difference")),
            )
        ),
    )
    return Table(title, note, frame, columns)


@shown
@needs("scope_report", without=msg("There are no transactions, so nothing could be left out of the audit."))
def lines_in_scope(audit: Any) -> Part:
    """Lines of the transactions that count in this audit, and why the others do not."""
    frame = audit.table("scope_report")
    order = {verdict: place for place, verdict in enumerate(VERDICTS)}
    frame = frame.assign(order=frame["verdict"].map(order).fillna(len(order)))
    frame = frame.sort_values(["order", "verdict", "currency"], ignore_index=True)
    rows = int(frame["rows"].sum())
    counted = int(frame.loc[frame["verdict"] == "kept", "rows"].sum())
    title = (
        msg("All {rows:count} lines of the transactions count in this audit.", rows=rows)
        if counted == rows
        else msg(
            "{counted:count} of {rows:count} lines of the transactions count in this audit.",
            counted=counted,
            rows=rows,
        )
    )
    note = msg("An audit sees nothing that is dated after its period, so that it can be repeated in later years.")
    columns = (
        Col("verdict", msg("Reason"), "label", VERDICTS),
        Col("currency", msg("Currency")),
        Col("rows", msg("Lines"), "count"),
        Col("amount", msg("Amount"), "decimal"),
    )
    return Table(title, note, frame, columns)


@shown
def missing_tables(audit: Any) -> Part:
    """What the audit could not look at because no source fills the table."""
    if not audit.has("missing_tables"):
        return Note(msg("Every kind of table was delivered, so no page had to be left out."), tone="pass")
    names = [str(name) for name in audit.table("missing_tables")["table"]]
    frame = pd.DataFrame({"table": names, "without": [WITHOUT_TABLE.get(name, msg("Not known.")) for name in names]})
    title = msg(
        "{n:count} kind of table was not delivered",
        "{n:count} kinds of tables were not delivered",
        n=len(names),
    )
    return Table(
        title,
        msg("An audit works with what there is; this is what it could therefore not say."),
        frame,
        (Col("table", msg("Table"), "label", TABLES), Col("without", msg("What cannot be said"))),
    )
