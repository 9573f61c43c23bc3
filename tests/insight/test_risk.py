"""Dependence on the largest customers, and open amounts as they stood on a day."""

import math

import pandas as pd
import pytest

from custinsight.errors import DataError
from custinsight.insight import risk

LINES = pd.DataFrame(
    {
        "customer_id": [f"c{n}" for n in range(6)],
        "amount_net": [50, 20, 10, 10, 6, 4],
        "doc_date": ["2024-10-10"] * 6,
    }
)
RECEIVABLES = pd.DataFrame(
    [
        ["a", "1", "2024-12-01", "2024-12-31", 100, 100, None],
        ["a", "2", "2024-11-01", "2024-12-01", 40, 40, None],
        ["a", "3", "2024-06-01", "2024-07-01", 30, 10, None],
        ["b", "4", "2024-09-01", "2024-10-15", 70, 0, "2025-01-15"],
        ["b", "5", "2024-09-01", "2024-10-15", 70, 0, "2024-10-20"],
        ["c", "6", "2025-01-02", "2025-02-01", 500, 500, None],
    ],
    columns=["customer_id", "doc_id", "doc_date", "due_date", "amount", "amount_open", "paid_date"],
)


def test_concentration_by_hand():
    found = risk(LINES, None, None, "2024-12-31").concentration
    assert found[["top", "customers", "spend", "share_spend"]].values.tolist() == [
        [1, 6, 50, 0.5],
        [5, 6, 96, 0.96],
        [10, 6, 100, 1.0],
    ]


def test_concentration_of_value_has_its_own_largest():
    values = pd.DataFrame({"customer_id": ["c5", "c0", "c1"], "clv": [80.0, 20.0, -5.0]})
    found = risk(LINES, None, values, "2024-12-31").concentration
    assert found["share_value"].tolist()[0] == 0.8


def test_concentration_looks_at_the_period_if_one_is_named():
    assert risk(LINES, None, None, "2024-12-31", period="2024Q3").concentration.empty
    assert risk(LINES, None, None, "2024-12-31", period="2024Q4").concentration["spend"].iloc[-1] == 100
    assert risk(LINES, None, None, "2025-10-09").concentration["spend"].iloc[-1] == 100
    assert risk(LINES, None, None, "2025-10-10").concentration.empty


def test_aging_by_hand():
    found = risk(LINES, RECEIVABLES, None, "2024-12-31").aging
    assert found.values.tolist() == [
        ["not_due", 1, 100],
        ["1-30", 1, 40],
        ["31-60", 0, 0],
        ["61-90", 1, 70],  # paid in full two weeks later, so still open on the day
        ["over_90", 1, 10],
    ]


def test_overdue_customers_by_hand():
    profile = pd.DataFrame({"customer_id": ["a", "b"], "credit_limit": [140.0, 1000.0]})
    found = risk(LINES, RECEIVABLES, None, "2024-12-31", profile=profile)
    assert found.overdue.values.tolist() == [["b", 70, 70, 77, 1, 1000], ["a", 150, 50, 183, 2, 140]]
    assert found.over_limit["customer_id"].tolist() == ["a"]


def test_an_unknown_limit_is_not_exceeded():
    found = risk(LINES, RECEIVABLES, None, "2024-12-31")
    assert math.isnan(found.overdue["credit_limit"].iloc[0])
    assert found.over_limit.empty


def test_without_receivables_there_is_nothing_to_say():
    found = risk(LINES, None, None, "2024-12-31")
    assert found.aging.empty
    assert found.overdue.empty
    assert found.overdue.columns.tolist()[:4] == ["customer_id", "amount_open", "amount_overdue", "oldest_days"]


def test_a_negative_total_has_no_shares():
    found = risk(LINES.assign(amount_net=[1, 0, 0, 0, 0, -9]), None, None, "2024-12-31").concentration
    assert found["share_spend"].tolist() == [1.0, 1.0]
    assert risk(LINES.assign(amount_net=-1), None, None, "2024-12-31").concentration.empty


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="due_date"):
        risk(LINES, RECEIVABLES.drop(columns="due_date"), None, "2024-12-31")
