import datetime as dt

import pandas as pd
import pytest
from test_actions_worklists import AS_OF, EVERYTHING, SEGMENTS, VALUES, frame, worklists

from custinsight.actions import action_message, list_title, reason_message, strategy
from custinsight.actions.sentences import ACTIONS, TITLES
from custinsight.actions.strategies import RULES
from custinsight.errors import DataError
from custinsight.words import Words

say = Words("en", currency="CNY")


def test_every_row_has_a_title_a_reason_and_an_action():
    tasks = worklists(as_of=AS_OF, **EVERYTHING)
    for _, row in tasks.iterrows():
        for message in (reason_message(row), action_message(row["action"]), list_title(row["list_code"])):
            assert say(message)
            assert "nan" not in say(message).lower().split()


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (
            {"reason": "silent_beyond_rhythm", "days_silent": 94.0, "usual_gap_days": 31.0, "probability": None},
            "Last order 94 days ago, usually one every 31 days.",
        ),
        ({"reason": "silent_after_first", "days_silent": 40.0}, "One order only, 40 days ago."),
        (
            {"reason": "fell_deciles", "decile_before": 2.0, "decile_after": 5.0},
            "Fell from tenth 2 to tenth 5 of the customers by value.",
        ),
        ({"reason": "fell_tier", "tier_before": "A", "tier": "B"}, "Fell from tier A to tier B."),
        (
            {"reason": "lapsed", "days_silent": 400.0, "expected_spend": 1234.0},
            "Last order 400 days ago; spent CN¥1,234 per order before.",
        ),
        (
            {"reason": "overdue", "amount_overdue": 300.0, "oldest_days": 45.0},
            "CN¥300 overdue, the oldest for 45 days.",
        ),
        (
            {"reason": "over_limit", "amount_open": 1300.0, "credit_limit": 1000.0},
            "CN¥1,300 open, above the credit limit of CN¥1,000.",
        ),
        ({"reason": "complaint_open", "days_open": 12.0, "category": "late"}, "Complaint (late) open for 12 days."),
        ({"reason": "complaint_open", "days_open": 12.0, "category": None}, "Complaint open for 12 days."),
        ({"reason": "no_contact", "days_without_contact": float("nan")}, "No contact on record."),
        (
            {"reason": "duplicate", "other_customer_id": "C9", "probability": 0.8},
            "May be the same customer as C9: 80.0%.",
        ),
        (
            {"reason": "missing_fields", "missing": "industry,region,payment_days"},
            "Missing in the master data: industry, region, payment days.",
        ),
        ({"reason": "loss", "profit": -30.0, "spend": 100.0}, "A loss of CN¥30 on sales of CN¥100."),
    ],
)
def test_reasons_are_said_with_their_numbers(row, sentence):
    assert say(reason_message(row)) == sentence
    assert say(reason_message(pd.Series(row))) == sentence


def test_unknown_codes_are_refused():
    with pytest.raises(DataError, match=r"worklist must be one of W1, .*, got W99"):
        list_title("W99")
    with pytest.raises(DataError, match="action must be one of"):
        action_message("dance")
    with pytest.raises(DataError, match="reason must be one of"):
        reason_message({"reason": "whim"})


def test_the_strategy_counts_every_customer_once():
    table = strategy(SEGMENTS, VALUES)
    assert table["customers"].sum() == len(SEGMENTS)
    assert table["value"].sum() == VALUES["clv"].sum()
    assert table[["tier", "stage", "action"]].values.tolist() == [
        ["A", "active", "keep"],
        ["A", "at_risk", "call_now"],
        ["A", "dormant", "win_back"],
        ["B", "active", "develop"],
        ["C", "at_risk", "self_service"],
    ]


def test_customers_without_tier_or_stage_are_a_group_of_their_own():
    segments = frame("customer_id tier stage", ("x", "A", "active"), ("y", None, None))
    table = strategy(segments)
    assert table[["tier", "stage", "customers"]].values.tolist() == [["A", "active", 1], ["", "", 1]]


def test_at_stake_is_summed_over_the_group():
    scores = frame("customer_id value_at_stake", ("best", 600.0), ("shut", 5.0))
    table = strategy(SEGMENTS, VALUES, scores).set_index(["tier", "stage"])
    assert table.loc[("A", "at_risk"), "at_stake"] == 600
    assert table.loc[("B", "active"), "at_stake"] == 0


def test_all_actions_that_rules_and_lists_name_have_words():
    assert set(RULES.values()) <= set(ACTIONS)
    assert set(worklists(as_of=dt.date(2024, 12, 31), **EVERYTHING)["list_code"]) <= set(TITLES)
