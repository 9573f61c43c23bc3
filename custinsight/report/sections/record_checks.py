"""Page 1, data trust: which checks the records pass, what the others bias, and which repairs are worth making."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from custinsight.clean.check_words import RESPONSIBLE, words_of_check
from custinsight.report.figures import draw_heatmap
from custinsight.report.parts import Figure, Note, Part, Several, Table, shown
from custinsight.report.sections.common import needs, number
from custinsight.report.sections.labels import DIMENSIONS, TABLES, labelled
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

SEVERITIES = {"fail": msg("FAIL"), "warn": msg("WARN"), "pass": msg("PASS")}
_ROWS = 60
_MOST_SOURCES = 8
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
@needs("quality_by", without=_NO_CHECKS)
def quality_by_dimension(audit: Any) -> Part:
    """Score of each dimension against the last audit, for each source, and the salespeople with the largest gaps."""
    frame = audit.table("quality_by")
    total = frame[frame["by"] == "total"].drop(columns=["by", "key"])
    total = pd.concat([total, _accessibility(audit)], ignore_index=True)
    before = _before(audit)
    total = total.assign(before=total["dimension"].map(before).astype("float64"))
    total = total.assign(change=total["score"] - total["before"])
    worst = total.sort_values(["score", "dimension"]).iloc[0]
    title = msg(
        "{dimension} is the weakest dimension of the records, with {score:percent} in order.",
        dimension=labelled(worst["dimension"], DIMENSIONS),
        score=number(worst["score"]),
    )
    table = Table(
        title,
        msg(
            "In order / looked at, summed over the checks of a dimension. Dimensions as in ISO/IEC 25012 and "
            "GB/T 36344, with uniqueness as an extra one; change in percentage points against the last audit."
        ),
        total,
        (
            Col("dimension", msg("Dimension"), "label", DIMENSIONS),
            Col("score", msg("Score"), "percent"),
            Col("change", msg("Against last audit"), "points"),
            Col("numerator", msg("In order"), "count"),
            Col("denominator", msg("Looked at"), "count"),
        ),
    )
    return Several((table, *_by_source(frame), *_by_owner(frame)))


def _accessibility(audit: Any) -> pd.DataFrame:
    """Rows that could be read out of what came in: the one dimension that is measured before there are records."""
    columns = ["dimension", "numerator", "denominator", "score"]
    if not audit.has("load_report"):
        return pd.DataFrame(columns=columns)
    report = audit.table("load_report")
    rows, lost = int(report["rows_in"].sum()), int(report["rows_rejected"].sum())
    return pd.DataFrame(
        [("accessibility", rows - lost, rows, (rows - lost) / rows if rows else math.nan)], columns=columns
    )


def _before(audit: Any) -> dict[str, float]:
    past = audit.previous
    if past is None or not past.has("quality_by"):
        return {}
    frame = past.table("quality_by")
    total = frame[frame["by"] == "total"]
    scores = dict(zip(total["dimension"], total["score"], strict=True))
    return scores | dict(_accessibility(past)[["dimension", "score"]].itertuples(index=False))


def _by_source(frame: pd.DataFrame) -> tuple[Part, ...]:
    sources = frame[frame["by"] == "source"]
    names = sources.groupby("key")["denominator"].sum().sort_values(ascending=False, kind="stable")
    shown_names = sorted(names.index[:_MOST_SOURCES])
    if len(shown_names) < 2:
        return ()
    cells = sources[sources["key"].isin(shown_names)].assign(gap=1 - sources["score"])
    worst = cells.sort_values(["score", "key"]).iloc[0]
    dimensions = [name for name in DIMENSIONS if (cells["dimension"] == name).any()]
    title = msg(
        "The widest gap: {dimension} of {source}, with {score:percent} in order.",
        dimension=labelled(worst["dimension"], DIMENSIONS),
        source=str(worst["key"]),
        score=number(worst["score"]),
    )
    columns = (
        Col("key", msg("Source")),
        Col("dimension", msg("Dimension"), "label", DIMENSIONS),
        Col("numerator", msg("In order"), "count"),
        Col("denominator", msg("Looked at"), "count"),
        Col("score", msg("Score"), "percent"),
    )

    def draw(words: Any) -> Any:
        return draw_heatmap(
            cells,
            words,
            down="key",
            across="dimension",
            value="score",
            show="percent",
            colour_by="gap",
            down_order=shown_names,
            across_order=dimensions,
            across_labels=DIMENSIONS,
        )

    return (
        Figure(
            title,
            msg("Customer records by the system they came from; the darker, the larger the gap."),
            draw,
            cells,
            columns,
        ),
    )


def _by_owner(frame: pd.DataFrame) -> tuple[Part, ...]:
    owners = frame[(frame["by"] == "owner") & (frame["key"] != "")]
    if owners.empty:
        return ()
    wide = owners.pivot_table(index="key", columns="dimension", values="score", aggfunc="first")
    looked_at = owners[owners["dimension"] == "completeness"].set_index("key")["denominator"]
    there = [name for name in DIMENSIONS if name in wide.columns]
    lead = "completeness" if "completeness" in there else there[0]
    wide = wide.assign(looked_at=looked_at).sort_values([lead], kind="stable").reset_index()
    return (
        Table(
            msg("Salespeople whose customer records have the largest gaps"),
            msg("Share of the entries that are in order, by dimension; the lowest completeness first."),
            wide,
            (
                Col("key", msg("Salesperson")),
                *(Col(name, DIMENSIONS[name], "percent") for name in there),
            ),
            rows=10,
        ),
    )


@shown
@needs("repairs_ranked", without=msg("No check warns or fails, so there is nothing worth repairing."))
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
