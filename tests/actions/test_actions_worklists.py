import datetime as dt
import random

import numpy as np
import pandas as pd
import pytest

from custinsight.actions import worklists
from custinsight.actions.worklists import COLUMNS
from custinsight.errors import DataError

AS_OF = dt.date(2024, 12, 31)


def frame(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=columns.split())


PROFILE = frame(
    "customer_id owner_id status industry region",
    ("best", "S1", "active", "metal", "north"),
    ("good", "S2", "active", "metal", None),
    ("small", "S1", "active", None, "south"),
    ("alone", None, "active", "food", "north"),
    ("shut", "S2", "disabled", "food", "north"),
)
SEGMENTS = frame(
    "customer_id tier stage",
    ("best", "A", "at_risk"),
    ("good", "B", "active"),
    ("small", "C", "at_risk"),
    ("alone", "A", "active"),
    ("shut", "A", "dormant"),
)
VALUES = frame(
    "customer_id clv clv_low clv_high expected_spend",
    ("best", 1000.0, 400.0, 2000.0, 90.0),
    ("good", 500.0, 100.0, 900.0, 50.0),
    ("small", 10.0, 0.0, 40.0, 5.0),
    ("alone", 800.0, 300.0, 1500.0, 80.0),
    ("shut", 5.0, 0.0, 30.0, 60.0),
)
SCORES = frame(
    "customer_id probability hiatus_days usual_gap_days value_at_stake",
    ("best", 0.6, 94.0, 31.0, 600.0),
    ("good", 0.2, 10.0, 20.0, 100.0),
    ("small", 0.7, 200.0, 40.0, 7.0),
    ("alone", 0.1, 5.0, 30.0, 80.0),
    ("shut", 0.99, 500.0, 30.0, 5.0),
)
EVERYTHING = {
    "profile": PROFILE,
    "segments": SEGMENTS,
    "values": VALUES,
    "scores": SCORES,
    "summary": frame("customer_id frequency first_date last_date", ("best", 9, "2022-01-01", "2024-09-28")),
    "overdue": frame("customer_id amount_overdue oldest_days", ("good", 300.0, 45), ("shut", 20.0, 400)),
    "open_feedback": frame("customer_id days_open category", ("best", 12, "late"), ("best", 3, "damage")),
    "interactions": frame("customer_id at", ("best", "2024-12-20"), ("best", "2024-01-20")),
    "review": frame("customer_id_l customer_id_r probability", ("good", "small", 0.8)),
    "profits": frame("customer_id spend profit", ("small", 100.0, -30.0), ("good", 100.0, 20.0)),
}


def on(tasks: pd.DataFrame, code: str) -> pd.DataFrame:
    return tasks[tasks["list_code"] == code].reset_index(drop=True)


def test_nothing_known_gives_no_tasks_in_the_right_columns():
    tasks = worklists(as_of=AS_OF)
    assert tasks.empty
    assert list(tasks.columns) == list(COLUMNS)


def test_columns_and_types_do_not_depend_on_the_data():
    full, empty = worklists(as_of=AS_OF, **EVERYTHING), worklists(as_of=AS_OF)
    assert full.dtypes.astype(str).to_dict() == empty.dtypes.astype(str).to_dict()
    assert set(full["list_code"]) == {"W1", "W6", "W7", "W8", "W9", "W10"}


def test_w1_holds_valuable_customers_silent_beyond_their_rhythm():
    tasks = on(worklists(as_of=AS_OF, **EVERYTHING), "W1")
    assert tasks["customer_id"].tolist() == ["best"]
    row = tasks.iloc[0]
    assert (row["reason"], row["days_silent"], row["usual_gap_days"]) == ("silent_beyond_rhythm", 94, 31)
    # probability 0.6 of losing 1000, of which the interval is 400 to 2000
    assert row[["amount_at_stake", "amount_low", "amount_high"]].tolist() == [600, 240, 1200]
    assert (row["owner_id"], row["action"], row["due_date"]) == ("S1", "call_now", pd.Timestamp("2025-01-30"))


def test_w1_also_holds_those_likely_to_leave_before_their_stage_says_so():
    scores = SCORES.assign(probability=[0.6, 0.9, 0.7, 0.1, 0.99], hiatus_days=[94, 80, 200, 5, 500.0])
    tasks = on(worklists(as_of=AS_OF, segments=SEGMENTS, values=VALUES, scores=scores), "W1")
    assert tasks["customer_id"].tolist() == ["best", "good"]


def test_w2_holds_who_fell_two_deciles_or_a_tier():
    deciles = frame(
        "customer_id decile_before decile_after tier_before",
        ("best", 1, 2, "A"),
        ("good", 2, 5, "B"),
        ("small", 6, 7, "B"),
        ("alone", 0, 3, "B"),
    )
    tasks = on(worklists(as_of=AS_OF, segments=SEGMENTS, values=VALUES, deciles=deciles), "W2")
    assert tasks[["customer_id", "reason"]].values.tolist() == [["good", "fell_deciles"], ["small", "fell_tier"]]
    assert tasks.loc[0, ["decile_before", "decile_after"]].tolist() == [2, 5]
    assert tasks.loc[1, ["tier_before", "tier"]].tolist() == ["B", "C"]


def test_w3_holds_lapsed_customers_of_the_upper_tiers_who_may_be_sold_to():
    segments = SEGMENTS.assign(stage="dormant")
    tasks = on(worklists(as_of=AS_OF, profile=PROFILE, segments=segments, values=VALUES), "W3")
    assert sorted(tasks["customer_id"]) == ["alone", "best", "good"]
    assert tasks.set_index("customer_id").loc["best", "amount_at_stake"] == 1000


def test_w4_holds_new_customers_inside_the_window_of_the_second_order():
    summary = frame(
        "customer_id frequency first_date last_date",
        ("fresh", 0, "2024-12-01", "2024-12-01"),
        ("stale", 0, "2024-06-01", "2024-06-01"),
        ("again", 1, "2024-06-01", "2024-06-21"),
    )
    scores = frame(
        "customer_id probability hiatus_days usual_gap_days value_at_stake",
        ("fresh", 0.5, 30.0, np.nan, 1.0),
        ("stale", 0.8, 213.0, np.nan, 1.0),
        *((f"r{i}", 0.2, 9.0, 40.0, 1.0) for i in range(9)),
    )
    tasks = on(worklists(as_of=AS_OF, summary=summary, scores=scores), "W4")
    assert tasks["customer_id"].tolist() == ["fresh"]
    assert tasks.loc[0, ["days_silent", "usual_gap_days"]].tolist() == [30, 40]


def test_w6_holds_overdue_amounts_even_of_disabled_customers():
    tasks = on(worklists(as_of=AS_OF, **EVERYTHING), "W6")
    assert tasks["customer_id"].tolist() == ["good", "shut"]
    assert tasks["amount_at_stake"].tolist() == [300, 20]
    assert tasks["amount_low"].isna().all()


def test_w6_tells_credit_limits_that_are_exceeded():
    columns = "customer_id amount_overdue oldest_days amount_open credit_limit"
    overdue = frame(columns, ("a", 50.0, 9, 900.0, 1000.0), ("b", 50.0, 9, 1300.0, 1000.0))
    over_limit = frame(columns, ("b", 50.0, 9, 1300.0, 1000.0), ("c", 0.0, np.nan, 1010.0, 1000.0))
    tasks = on(worklists(as_of=AS_OF, overdue=overdue, over_limit=over_limit), "W6")
    assert tasks[["customer_id", "reason", "amount_at_stake", "action"]].values.tolist() == [
        ["b", "over_limit", 300.0, "check_credit"],
        ["a", "overdue", 50.0, "collect"],
        ["c", "over_limit", 10.0, "check_credit"],
    ]


def test_w7_holds_the_oldest_complaint_of_customers_of_the_upper_tiers():
    feedback = frame(
        "customer_id days_open category", ("best", 3, "damage"), ("best", 12, "late"), ("small", 90, "late")
    )
    tasks = on(worklists(as_of=AS_OF, segments=SEGMENTS, open_feedback=feedback), "W7")
    assert tasks[["customer_id", "days_open", "category"]].values.tolist() == [["best", 12.0, "late"]]


def test_w7_without_tiers_holds_all_open_complaints():
    tasks = worklists(as_of=AS_OF, open_feedback=frame("customer_id days_open", ("x", 3)))
    assert tasks[["list_code", "customer_id"]].values.tolist() == [["W7", "x"]]


def test_w8_holds_customers_of_nobody_and_those_not_contacted():
    contacts = frame("customer_id at", ("best", "2024-05-01"))
    tasks = on(worklists(as_of=AS_OF, **{**EVERYTHING, "interactions": contacts}), "W8")
    assert tasks[["owner_id", "customer_id", "reason", "days_without_contact"]].values.tolist()[0][:3] == [
        "",
        "alone",
        "no_owner",
    ]
    late = tasks[tasks["reason"] == "no_contact"].set_index("customer_id")
    assert late.loc["best", "days_without_contact"] == 244
    assert "no_contact" not in set(on(worklists(as_of=AS_OF, **EVERYTHING), "W8")["reason"])


def test_w8_is_silent_where_no_owners_or_contacts_are_recorded():
    tasks = worklists(as_of=AS_OF, profile=PROFILE.assign(owner_id=None), segments=SEGMENTS, values=VALUES)
    assert "W8" not in set(tasks["list_code"])


def test_w9_holds_pairs_to_decide_and_fields_that_others_have_filled():
    profile = PROFILE.assign(city=None)
    tasks = on(worklists(as_of=AS_OF, **{**EVERYTHING, "profile": profile}), "W9")
    assert tasks[["customer_id", "reason"]].values.tolist() == [["good", "missing_fields"], ["good", "duplicate"]]
    assert tasks.loc[0, "missing"] == "region"
    assert tasks.loc[1, ["other_customer_id", "probability"]].tolist() == ["small", 0.8]


def test_w10_holds_customers_that_cost_more_than_they_bring():
    tasks = on(worklists(as_of=AS_OF, **EVERYTHING), "W10")
    assert tasks[["customer_id", "profit", "amount_at_stake"]].values.tolist() == [["small", -30.0, 30.0]]


def test_each_owner_gets_the_first_rows_of_each_list_in_turn():
    n = 40
    overdue = frame("customer_id amount_overdue oldest_days", *((f"c{i:02d}", 100.0 + i, 9) for i in range(n)))
    losses = frame("customer_id spend profit", *((f"c{i:02d}", 1.0, -1.0 - i) for i in range(n)))
    profile = frame("customer_id owner_id", *((f"c{i:02d}", "S1" if i % 2 else "S2") for i in range(n)))
    tasks = worklists(as_of=AS_OF, profile=profile, overdue=overdue, profits=losses, rows_per_owner=6)
    assert tasks.groupby("owner_id").size().to_dict() == {"S1": 6, "S2": 6}
    assert tasks["list_code"].tolist() == ["W6"] * 3 + ["W10"] * 3 + ["W6"] * 3 + ["W10"] * 3
    assert tasks["customer_id"].tolist()[:3] == ["c39", "c37", "c35"]


def test_rows_come_in_one_order_whatever_the_order_of_the_input():
    reference = worklists(as_of=AS_OF, **EVERYTHING)
    shuffle = random.Random(4)
    for _ in range(5):
        mixed = {name: table.sample(frac=1, random_state=shuffle.randrange(1000)) for name, table in EVERYTHING.items()}
        pd.testing.assert_frame_equal(worklists(as_of=AS_OF, **mixed), reference)


def test_no_list_has_a_customer_twice_but_for_pairs():
    tasks = worklists(as_of=AS_OF, **EVERYTHING)
    assert not tasks.duplicated(["list_code", "customer_id", "reason", "other_customer_id"]).any()


def test_a_table_without_its_columns_is_named():
    with pytest.raises(DataError, match=r"The values must have the columns clv_low, clv_high, expected_spend"):
        worklists(as_of=AS_OF, values=VALUES[["customer_id", "clv"]])
