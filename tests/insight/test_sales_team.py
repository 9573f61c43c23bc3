"""Each salesperson's customers: what they brought, what is at stake, who was forgotten."""

import pandas as pd
import pytest

from custinsight.insight import sales_team

LINES = pd.DataFrame(
    [
        ["a", "1", "2024-10-10", 100, 60, "s2"],
        ["b", "2", "2024-11-10", 50, 30, "s2"],
        ["c", "3", "2024-01-10", 70, 30, "s1"],
        ["d", "4", "2024-12-10", 20, 15, "s1"],
        ["d", "5", "2024-12-11", 5, 1, "s3"],
        ["e", "6", "2024-12-11", 9, 1, None],
    ],
    columns=["customer_id", "doc_id", "doc_date", "amount_net", "cost", "owner_id"],
)
PROFILE = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "f"],
        "owner_id": ["s1", "s1", "s2", "s2"],
        "owner_name": ["Li", "Li", "Wang", None],
        "department": ["North", "North", None, "South"],
    }
)


def team(**more):
    tables = dict.fromkeys(("interactions", "targets", "owners", "scores"))
    return sales_team(**{"transactions": LINES, "profile": PROFILE, **tables, "period": "2024Q4", **more}).set_index(
        "owner_id"
    )


def test_customers_and_revenue_go_with_the_customers_own_salesperson():
    found = team()
    assert found.index.tolist() == ["s1", "s3", "", "s2"]
    assert found["customers"].tolist() == [2, 1, 1, 2]
    assert found["active"].tolist() == [2, 1, 1, 0]
    assert found["revenue"].tolist() == [150, 25, 9, 0]
    assert found["profit"].tolist() == [60, 9, 8, 0]
    assert found["revenue"].sum() == LINES.loc[LINES["doc_date"] >= "2024-10-01", "amount_net"].sum()


def test_names_come_from_the_owners_or_else_from_the_customers():
    owners = pd.DataFrame({"owner_id": ["s1", "s3"], "owner_name": ["Li Na", "Zhao"]})
    found = team(owners=owners)
    assert found["owner_name"].to_dict() == {"s1": "Li Na", "s3": "Zhao", "": "", "s2": "Wang"}
    assert found["department"].to_dict() == {"s1": "North", "s3": "", "": "", "s2": "South"}


def test_what_is_not_delivered_is_unknown():
    assert team()[["target", "attainment", "at_stake", "not_contacted"]].isna().all().all()


def test_at_stake_and_not_contacted():
    scores = pd.DataFrame({"customer_id": ["a", "c", "x"], "value_at_stake": [10.5, 4.0, 99.0]})
    contacts = pd.DataFrame(
        [["a", "2024-12-01", "call"], ["b", "2024-10-02", "call"], ["d", "2024-12-20", "web"]],
        columns=["customer_id", "at", "kind"],
    )
    found = team(scores=scores, interactions=contacts, no_contact_days=90)
    assert found.loc[["s1", "s2"], "at_stake"].tolist() == [10.5, 4.0]
    # b was called on the 90th day before the end, which is too long ago; a web visit is no contact
    assert found["not_contacted"].to_dict() == {"s1": 1, "s3": 1, "": 1, "s2": 0}


@pytest.mark.parametrize(
    ("targets", "expected"),
    [
        ([("s1", "2024Q4", 300), ("s1", "2024-10", 1)], 300),
        ([("s1", "2024-10", 100), ("s1", "2024-11", 50), ("s1", "2025-01", 9)], 150),
        ([("s1", "2024", 366.0)], 92),
        ([("s1", "2024-10-01..2024-12-31", 7), ("s1", "sometime", 5)], 7),
    ],
)
def test_targets_of_this_of_shorter_and_of_longer_periods(targets, expected):
    frame = pd.DataFrame(targets, columns=["owner_id", "period", "revenue_target"])
    row = team(targets=frame).loc["s1"]
    assert row["target"] == pytest.approx(expected)
    assert row["attainment"] == pytest.approx(150 / expected)


def test_whoever_has_a_target_is_listed():
    targets = pd.DataFrame({"owner_id": ["s9"], "period": ["2024Q4"], "revenue_target": [10]})
    assert team(targets=targets).loc["s9", ["customers", "revenue", "target", "attainment"]].tolist() == [0, 0, 10, 0]


def test_without_salespeople_there_is_no_team():
    found = sales_team(LINES.drop(columns="owner_id"), None, None, None, None, None, "2024Q4")
    assert found.empty
    assert "attainment" in found.columns
