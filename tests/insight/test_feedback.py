"""Complaints as they were known at the period's end."""

import pandas as pd

from custinsight.insight import feedback

CASES = pd.DataFrame(
    [
        ["a", "1", "2024-10-01", "complaint", "late", "high", "open", "2024-10-05", None, None],
        ["a", "2", "2024-10-02", "complaint", "late", "low", "open", "2024-10-12", None, None],
        ["b", "3", "2024-12-01", "complaint", "late", "low", "open", "2025-01-05", None, None],
        ["b", "4", "2024-12-20", "complaint", None, None, "open", None, None, None],
        ["c", "5", "2024-12-21", "complaint", "price", None, "Closed", None, None, None],
        ["c", "6", "2024-05-01", "complaint", "price", "high", None, None, None, None],
        ["c", "7", "2024-11-01", "csat", None, None, None, None, 4, 5],
        ["d", "8", "2024-11-02", "csat", None, None, None, None, 2, 5],
        ["d", "9", "2025-01-01", "complaint", "late", None, None, None, None, None],
    ],
    columns=[
        *("customer_id", "feedback_id", "at", "kind", "category", "severity", "status", "resolved_at"),
        *("score", "score_max"),
    ],
)


def test_complaints_by_category():
    found = feedback(CASES, "2024Q4").by_category.fillna(-1)
    assert found.values.tolist() == [["late", 3, 2, 7.0], ["", 1, 0, -1], ["price", 1, 1, -1]]


def test_open_at_the_end_of_the_period_oldest_first():
    found = feedback(CASES, "2024Q4").open
    assert found[["feedback_id", "days_open", "category"]].values.tolist() == [
        ["6", 244, "price"],
        ["3", 30, "late"],
        ["4", 11, ""],
    ]


def test_scores_are_shares_of_their_maximum():
    assert feedback(CASES, "2024Q4").scores.values.tolist() == [["csat", 2, 0.6]]


def test_the_bare_columns_are_enough():
    found = feedback(CASES[["customer_id", "feedback_id", "at"]], "2024Q4")
    assert found.by_category["complaints"].tolist() == [7]
    assert len(found.open) == 8


def test_no_feedback_in_the_period():
    assert feedback(CASES, "2020").by_category.empty
    assert feedback(CASES, "2020").open.empty
