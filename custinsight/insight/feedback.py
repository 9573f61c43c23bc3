"""What customers complain about, how fast it is solved, and what is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import pandas as pd

from custinsight.engine import Tabular, as_table, collect, require_columns
from custinsight.periods import Period

DONE = ("closed", "resolved", "done", "solved", "已解决", "已关闭", "已完成", "关闭", "解决")
"""Values of the status that say that a case is settled, in lower case."""
MOST_OPEN = 10_000


@dataclass(frozen=True)
class Feedback:
    """Complaints and scores.

    Parameters
    ----------
    by_category : DataFrame
        Complaints dated in the period: category (``""`` when none is stated), complaints, resolved (by the period's
        end), median_days (from complaint to solution; NaN when none has a date). Most complaints first.
    open : DataFrame
        Complaints not settled by the period's end, oldest first, at most 10,000: customer_id, feedback_id, at,
        days_open, category, severity.
    scores : DataFrame
        Answers of the period with a score: kind, answers, mean_share (mean of score over its maximum; NaN when no
        maximum is stated).
    """

    by_category: pd.DataFrame
    open: pd.DataFrame
    scores: pd.DataFrame


def feedback(feedback: Tabular, period: str | Period) -> Feedback:
    """Describe feedback as it was known at the period's end.

    Parameters
    ----------
    feedback : pandas frame, Arrow table or ibis table
        customer_id, feedback_id, at; optionally kind (all rows are complaints without it), category, severity,
        status, resolved_at, score and score_max. A case that was resolved later was open; one whose status says
        that it is settled, without a date, is resolved.
    period : str or Period

    Returns
    -------
    Feedback

    Examples
    --------
    >>> cases = pd.DataFrame({"customer_id": ["a", "b"], "feedback_id": [1, 2], "at": ["2024-11-01", "2024-12-01"],
    ...                       "category": ["late", "late"], "resolved_at": ["2024-11-05", None]})
    >>> found = feedback(cases, "2024Q4")
    >>> found.by_category.values.tolist(), found.open["days_open"].tolist()
    ([['late', 2, 1, 4.0]], [30])
    """
    period = Period.parse(period)
    cases = _read(feedback, period)
    complaints = cases.filter(cases.kind == "complaint")
    return Feedback(
        by_category=_by_category(complaints.filter(complaints["at"] >= ibis.literal(period.start))),
        open=_open(complaints, period),
        scores=_scores(cases.filter(cases["at"] >= ibis.literal(period.start))),
    )


def _read(feedback: Tabular, period: Period) -> ibis.Table:
    """Canonical columns of the cases known at the period's end, with ``settled`` and ``took`` (days)."""
    table = as_table(feedback)
    require_columns(table, ("customer_id", "feedback_id", "at"), name="The table feedback")

    def column(name: str, dtype: str) -> Any:
        return table[name].cast(dtype) if name in table.columns else ibis.null(dtype)

    end = ibis.literal(period.end)
    resolved = column("resolved_at", "date")
    done = column("status", "string").lower().isin(DONE).fill_null(False) & resolved.isnull()
    cases = table.select(
        "customer_id",
        "feedback_id",
        at=table["at"].cast("date"),
        kind=column("kind", "string").fill_null("complaint"),
        category=column("category", "string").fill_null(""),
        severity=column("severity", "string").fill_null(""),
        score=column("score", "float64"),
        score_max=column("score_max", "float64"),
        settled=done | (resolved <= end).fill_null(False),
        took=resolved.delta(table["at"].cast("date"), unit="day"),
    )
    return cases.filter(cases["at"] <= end)


def _by_category(complaints: ibis.Table) -> pd.DataFrame:
    grouped = complaints.group_by("category").aggregate(
        complaints=complaints.count(),
        resolved=complaints.settled.cast("int64").sum(),
        median_days=complaints.took.cast("float64").median(where=complaints.settled),
    )
    return collect(grouped.order_by(grouped.complaints.desc(), "category"))


def _open(complaints: ibis.Table, period: Period) -> pd.DataFrame:
    still = complaints.filter(~complaints.settled)
    days = ibis.literal(period.end).delta(still["at"], unit="day").cast("int64")
    listed = still.select("customer_id", "feedback_id", "at", days_open=days, category="category", severity="severity")
    return collect(listed.order_by(listed["at"], "customer_id", "feedback_id").limit(MOST_OPEN))


def _scores(cases: ibis.Table) -> pd.DataFrame:
    scored = cases.filter(cases.score.notnull())
    # decimals, so that the mean does not depend on the order of adding
    share = (scored.score / scored.score_max.nullif(0)).cast("decimal(18, 8)")
    grouped = scored.group_by("kind").aggregate(
        answers=scored.count(), mean_share=share.sum().cast("float64") / share.count().nullif(0)
    )
    return collect(grouped.order_by("kind"))
