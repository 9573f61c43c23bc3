"""Page 7, risk: on how few customers the business hangs, who owes money, who complains."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.figures import draw_columns, draw_rows
from custinsight.report.parts import Figure, Note, Part, Several, Table, shown
from custinsight.report.sections.common import needs, number, value_by
from custinsight.report.sections.labels import BUCKETS, OTHER
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_NO_RECEIVABLES = msg("There are no receivables in this audit, so overdue amounts cannot be shown.")
_NO_FEEDBACK = msg("There is no feedback in this audit, so complaints cannot be shown.")


@shown
@needs("concentration", without=msg("There are no purchases in the period, so dependence cannot be measured."))
def dependence(audit: Any) -> Part:
    """Share of net sales that the largest customers bring."""
    frame = audit.table("concentration")
    shares = value_by(frame, "top", "share_spend")
    first, ten = shares.get(1, float("nan")), shares.get(10, float("nan"))
    title = (
        msg(
            "The largest customer brings {first:percent} of net sales, the ten largest {ten:percent}.",
            first=first,
            ten=ten,
        )
        if 10 in shares
        else msg("The largest customer brings {first:percent} of net sales.", first=first)
    )
    names = {top: msg("Top {count:count}", count=int(top)) for top in frame["top"]}
    return Figure(
        title,
        msg("Share of the period's net sales that the largest customers bring, counted from the largest."),
        lambda words: draw_columns(
            frame,
            words,
            name="top",
            value="share_spend",
            show="percent",
            labels=names,
            highlight=[1, 10],
            height=2.4,
        ),
        frame,
        tuple(
            column
            for column in (
                Col("top", msg("Largest customers"), "count"),
                Col("share_spend", msg("Share of net sales"), "percent"),
                Col("share_value", msg("Share of the expected value"), "percent"),
            )
            if column.name in frame.columns and frame[column.name].notna().any()
        ),
    )


@shown
@needs("aging", without=_NO_RECEIVABLES)
def receivables_aging(audit: Any) -> Part:
    """Open amounts by how long they are overdue."""
    frame = audit.table("aging")
    order = {code: i for i, code in enumerate(BUCKETS)}
    frame = frame.sort_values("bucket", key=lambda codes: codes.map(order).fillna(9), ignore_index=True)
    amounts = value_by(frame, "bucket", "amount_open")
    total = float(frame["amount_open"].sum())
    overdue = total - amounts.get("not_due", 0.0)
    figure = Figure(
        _aging_title(total, overdue, amounts.get("over_90", 0.0)),
        msg("Open amounts of invoices at the period's end, by days past the due date."),
        lambda words: draw_columns(
            frame,
            words,
            name="bucket",
            value="amount_open",
            show="money",
            labels=BUCKETS,
            highlight=["over_90"],
            height=2.5,
        ),
        frame,
        (
            Col("bucket", msg("Overdue by"), "label", BUCKETS),
            Col("documents", msg("Documents"), "count"),
            Col("amount_open", msg("Open amount"), "money"),
        ),
    )
    return Several((figure, _unconverted(audit))) if audit.has("receivables_without_rate") else figure


def _unconverted(audit: Any) -> Note:
    """Say which receivables are in no figure because no rate of their currency is known."""
    left_out = audit.table("receivables_without_rate")
    return Note(
        msg(
            "{documents:count} documents in {currencies} are left out: no exchange rate is known for them.",
            documents=left_out["documents"].sum(),
            currencies=", ".join(left_out["currency"]),
        ),
        "warn",
    )


def _aging_title(total: float, overdue: float, old: float) -> Message:
    if total <= 0:
        return msg("No invoice is open.")
    if overdue <= 0:
        return msg("{total:money} is open, and none of it is overdue.", total=total)
    values: dict[str, Any] = {"overdue": overdue, "total": total, "share": overdue / total, "old": old}
    if old > 0:
        return msg(
            "{overdue:money} of {total:money} open is overdue ({share:percent}), {old:money} by more than 90 days.",
            **values,
        )
    return msg(
        "{overdue:money} of {total:money} open is overdue ({share:percent}), none of it by more than 90 days.", **values
    )


@shown
@needs("aging", without=_NO_RECEIVABLES)
def overdue_customers(audit: Any) -> Part:
    """Customers that owe most, by their pseudonymous number."""
    if not audit.has("overdue"):
        return Note(msg("No customer is overdue."), tone="pass")
    frame = audit.table("overdue").sort_values(
        ["amount_overdue", "customer_id"], ascending=[False, True], ignore_index=True
    )
    total, ten = float(frame["amount_overdue"].sum()), float(frame["amount_overdue"].head(10).sum())
    values: dict[str, Any] = {"n": len(frame), "total": total, "share": ten / total if total else float("nan")}
    title = (
        msg(
            "{n:count} customer owes {total:money} past the due date.",
            "{n:count} customers owe {total:money} past the due date.",
            **values,
        )
        if len(frame) <= 10
        else msg(
            "{n:count} customer owes {total:money} past the due date; the ten largest owe {share:percent} of it.",
            "{n:count} customers owe {total:money} past the due date; the ten largest owe {share:percent} of it.",
            **values,
        )
    )
    note = msg("Customers are shown by their number in this audit; the worklists name them to those who may know.")
    overdue = Table(
        title, note, frame, _owing(frame, Col("oldest_days", msg("Oldest, days overdue"), "count")), rows=10
    )
    return Several((overdue, _over_limit(audit))) if audit.has("over_limit") else overdue


def _over_limit(audit: Any) -> Table:
    frame = audit.table("over_limit")
    over = float((frame["amount_open"] - frame["credit_limit"]).sum())
    title = msg(
        "{n:count} customer owes {over:money} more than the credit limit allows.",
        "{n:count} customers owe {over:money} more than their credit limits allow.",
        n=len(frame),
        over=over,
    )
    note = msg("All open amounts against the credit limit, due or not.")
    return Table(title, note, frame, _owing(frame, Col("amount_open", msg("Open"), "money")), rows=10)


def _owing(frame: pd.DataFrame, special: Col) -> tuple[Col, ...]:
    """Columns of customers that owe money; the limit where any is known."""
    columns = (
        Col("customer_id", msg("Customer")),
        special,
        Col("amount_overdue", msg("Overdue"), "money"),
        Col("credit_limit", msg("Credit limit"), "money"),
    )
    return tuple(column for column in columns if column.name != "credit_limit" or frame["credit_limit"].notna().any())


@shown
@needs("feedback_by_category", without=_NO_FEEDBACK)
def complaints(audit: Any) -> Part:
    """Complaints of the period by what they are about."""
    frame = audit.table("feedback_by_category")
    frame = frame.assign(category=frame["category"].fillna("")).sort_values(
        ["complaints", "category"], ascending=[False, True], ignore_index=True
    )
    count, resolved = int(frame["complaints"].sum()), int(frame["resolved"].sum())
    title = (
        msg("No customer complained in the period.")
        if count == 0
        else msg(
            "{n:count} complaint came in, {share:percent} resolved; it was about: {category}.",
            "{n:count} complaints came in, {share:percent} of them resolved; most were about: {category}.",
            n=count,
            share=resolved / count,
            category=OTHER.get(frame["category"].iloc[0], frame["category"].iloc[0]),
        )
    )
    top = frame.head(12)
    return Figure(
        title,
        msg(
            "Complaints dated within the period; resolved by the period's end. Days: median from complaint to solution."
        ),
        lambda words: draw_rows(
            top,
            words,
            name="category",
            value="complaints",
            show="count",
            labels=OTHER,
            highlight=[frame["category"].iloc[0]],
        ),
        frame,
        (
            Col("category", msg("Category"), "label", OTHER),
            Col("complaints", msg("Complaints"), "count"),
            Col("resolved", msg("Resolved"), "count"),
            Col("median_days", msg("Days to solve"), "decimal"),
        ),
    )


@shown
@needs("feedback_by_category", without=_NO_FEEDBACK)
def open_complaints(audit: Any) -> Part:
    """Complaints that wait longest for an answer."""
    if not audit.has("feedback_open"):
        return Note(msg("No complaint is open."), tone="pass")
    frame = audit.table("feedback_open").sort_values(
        ["days_open", "feedback_id"], ascending=[False, True], ignore_index=True
    )
    title = msg(
        "{n:count} complaint is open, for {days:count} days.",
        "{n:count} complaints are open, the oldest for {days:count} days.",
        n=len(frame),
        days=number(frame["days_open"].iloc[0]),
    )
    columns = (
        Col("customer_id", msg("Customer")),
        Col("at", msg("Since"), "day"),
        Col("days_open", msg("Days open"), "count"),
        Col("category", msg("Category")),
        Col("severity", msg("Severity")),
    )
    return Table(
        title, msg("Complaints without a solution at the period's end, oldest first."), frame, columns, rows=10
    )
