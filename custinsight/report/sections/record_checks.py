"""Page 1, data trust: which checks the records pass, what the others bias, and which repairs are worth making."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.clean.check_words import RESPONSIBLE, words_of_check
from custinsight.report.parts import Note, Part, Several, Table, shown
from custinsight.report.sections.common import needs, number
from custinsight.report.sections.labels import TABLES, labelled
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

SEVERITIES = {"fail": msg("FAIL"), "warn": msg("WARN"), "pass": msg("PASS")}
_ROWS = 60
_NO_CHECKS = msg("There are no records, so nothing could be checked.")


@shown
@needs("checks", without=_NO_CHECKS)
def check_list(audit: Any) -> Part:
    """Every check with what it found, the worst first, and what the findings do to the results."""
    frame = _said(audit, audit.table("checks"))
    order = {code: place for place, code in enumerate(SEVERITIES)}
    frame = frame.assign(order=frame["severity"].map(order))
    frame = frame.sort_values(["order", "share", "code"], ascending=[True, False, True], ignore_index=True)
    failed, warned = (int((frame["severity"] == severity).sum()) for severity in ("fail", "warn"))
    frame = frame.assign(rows_off=frame["denominator"] - frame["numerator"], examples=_examples(audit, frame["code"]))
    if failed or warned:
        title = msg(
            "{n:count} check was made: {failed:count} fail, {warned:count} warn, {passed:count} pass.",
            "{n:count} checks were made: {failed:count} fail, {warned:count} warn, {passed:count} pass.",
            n=len(frame),
            failed=failed,
            warned=warned,
            passed=len(frame) - failed - warned,
        )
    else:
        title = msg("The {n:count} check passes.", "All {n:count} checks pass.", n=len(frame))
    note = msg(
        "Share of the rows looked at that are not in order. Examples are masked: 9 stands for a digit, A for a letter, "
        "某 for a Chinese character; whoever may see them finds the rows by their numbers."
    )
    columns = (
        Col("severity", msg("Result"), "label", SEVERITIES),
        Col("title", msg("Check")),
        Col("table", msg("Table"), "label", TABLES),
        Col("rows_off", msg("Not in order"), "count"),
        Col("denominator", msg("Looked at"), "count"),
        Col("share", msg("Share"), "percent"),
        Col("examples", msg("Examples, masked")),
    )
    found = frame[frame["rows_off"] > 0]
    table = (Table(title, note, found, columns, rows=_ROWS),) if len(found) else ()
    return Several((*table, *_flawless(frame, title), _bias_table(frame)))


def _flawless(frame: pd.DataFrame, title: Message) -> tuple[Note, ...]:
    """Name the checks that found nothing; a line for each would bury the others."""
    names = [
        msg("{check} ({table})", check=row["title"], table=labelled(row["table"], TABLES))
        for row in frame[frame["rows_off"] == 0].to_dict("records")
    ]
    if not names:
        return ()
    listed = names[0]
    for name in names[1:]:
        listed = msg("{first} · {second}", first=listed, second=name)
    if len(names) == len(frame):
        return (Note(msg("{first} {second}", first=title, second=listed), tone="pass"),)
    text = msg(
        "{n:count} check found nothing to put right: {checks}.",
        "{n:count} checks found nothing to put right: {checks}.",
        n=len(names),
        checks=listed,
    )
    return (Note(text, tone="pass"),)


def _said(audit: Any, frame: pd.DataFrame) -> pd.DataFrame:
    """Add what each check says."""
    asked = {check.name: check.responsible for check in audit.plan.checks}
    rows: list[dict[str, Any]] = [{str(key): value for key, value in row.items()} for row in frame.to_dict("records")]
    said = [words_of_check(row, asked.get(row["name"], "steward")) for row in rows]
    columns: dict[str, Any] = {
        "title": [words.title for words in said],
        "bias": [words.bias for words in said],
        "action": [words.action for words in said],
        "who": [RESPONSIBLE[words.responsible] for words in said],
    }
    return frame.assign(**columns)


def _examples(audit: Any, codes: pd.Series) -> list[str]:
    if not audit.has("check_examples"):
        return [""] * len(codes)
    found = audit.table("check_examples").sort_values(["code", "place"])
    # rows that look alike once masked say nothing more
    by_code = {code: " · ".join(dict.fromkeys(rows["example"])) for code, rows in found.groupby("code")}
    return [by_code.get(code, "") for code in codes]


def _bias_table(frame: pd.DataFrame) -> Table | Note:
    off = frame[frame["severity"] != "pass"]
    if off.empty:
        return Note(msg("Nothing that was checked biases the results beyond the limits of the plan."), tone="pass")
    return Table(
        msg("What the findings do to the results, and who has to do what"),
        msg("Read the numbers that depend on these records with this in mind until they are put right."),
        off,
        (
            Col("severity", msg("Result"), "label", SEVERITIES),
            Col("bias", msg("Direction of bias")),
            Col("action", msg("What to do")),
            Col("who", msg("Who")),
        ),
        rows=_ROWS,
    )


@shown
@needs("repairs_ranked", "checks", without=msg("No check warns or fails, so there is nothing worth repairing."))
def worthwhile_repairs(audit: Any) -> Part:
    """The repairs that touch the most revenue, and how much of them is known from other records."""
    frame = _said(
        audit, audit.table("checks").merge(audit.table("repairs_ranked")[["code", "place", "repaired", "proposed"]])
    )
    frame = frame.sort_values("place", ignore_index=True)
    first = frame.iloc[0]
    title = msg(
        "The repair that touches most: {check}, with {revenue:money} of the last twelve months' revenue.",
        check=first["title"],
        revenue=number(first["revenue"]),
    )
    note = msg(
        "Checks that warn or fail, ranked by the revenue of the last twelve months of the customers behind their rows. "
        "A customer counts once for each check, so that the lines must not be added."
    )
    columns = (
        Col("place", msg("Rank"), "count"),
        Col("title", msg("Check")),
        Col("action", msg("What to do")),
        Col("who", msg("Who")),
        Col("records", msg("Rows"), "count"),
        Col("customers", msg("Customers"), "count"),
        Col("revenue", msg("Revenue"), "money"),
        Col("revenue_share", msg("Share of revenue"), "percent"),
        Col("repaired", msg("Filled from other records"), "count"),
        Col("proposed", msg("Proposed"), "count"),
    )
    return Several((Table(title, note, frame, columns, rows=10), _filled(audit)))


def _filled(audit: Any) -> Note:
    counts = audit.table("repair_counts") if audit.has("repair_counts") else pd.DataFrame()
    made, proposed = (int(counts[name].sum()) if len(counts) else 0 for name in ("repaired", "proposed"))
    if not made and not proposed:
        return Note(msg("No missing value is known from another record of the same customer."))
    return Note(_filled_words(made, proposed))


def _filled_words(made: int, proposed: int) -> Message:
    return msg(
        "{n:count} missing value is known for certain from other records of the same customer; {proposed:count} more "
        "are likely and wait for a decision. Each stands in the change log with its old and new value and its rule, "
        "and can be taken back.",
        "{n:count} missing values are known for certain from other records of the same customer; {proposed:count} more "
        "are likely and wait for a decision. Each stands in the change log with its old and new value and its rule, "
        "and can be taken back.",
        n=made,
        proposed=proposed,
    )
