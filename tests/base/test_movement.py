"""The movement of customers and the bridge of profit always add up."""

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.base import lenses, movement, read_purchases
from custinsight.base.movement import split_change
from custinsight.errors import DataError


def test_movement_by_hand(lines):
    frame = lines(
        ("stays", "1", "2023-06-01", 1),
        ("stays", "2", "2024-06-01", 1),
        ("lapses", "3", "2023-06-01", 1),
        ("returns", "4", "2022-06-01", 1),
        ("returns", "5", "2024-06-01", 1),
        ("new", "6", "2024-06-01", 1),
        ("gone", "7", "2021-06-01", 1),
        ("later", "8", "2025-06-01", 1),
    )
    found = movement.movement(frame, "2023-12-31", "2024-12-31", 365)
    assert found.values.tolist() == [["opening", 2], ["new", 1], ["recovered", 1], ["lapsed", -1], ["closing", 3]]


def test_a_new_customer_that_falls_silent_within_the_span_lapses(lines):
    found = movement.movement(lines(("a", "1", "2024-01-05", 1)), "2023-12-31", "2024-12-31", 90)
    assert found["customers"].tolist() == [0, 1, 0, -1, 0]


def test_the_last_active_day(lines):
    frame = lines(("a", "1", "2024-01-01", 1))
    assert movement.movement(frame, "2023-12-31", "2024-12-30", 365)["customers"].iloc[-1] == 1
    assert movement.movement(frame, "2023-12-31", "2024-12-31", 365)["customers"].iloc[-1] == 0


def test_an_opening_is_the_closing_before(fh):
    read = read_purchases(fh)
    first = movement.movement(read, "2016-12-31", "2017-12-31", 180).set_index("step")["customers"]
    second = movement.movement(read, "2017-12-31", "2018-12-31", 180).set_index("step")["customers"]
    assert second["opening"] == first["closing"]


def test_an_order_returned_later_was_active_then(lines):
    frame = lines(("a", "1", "2023-06-01", 9), ("a", "R", "2024-02-01", -9), return_of=[None, "1"])
    found = movement.movement(frame, "2023-12-31", "2024-03-01", 365)["customers"].tolist()
    assert found == [1, 0, 0, -1, 0]


def test_without_lines_nobody_moves(lines):
    assert movement.movement(lines(("a", "1", "2030-01-01", 1)), "2023-12-31", "2024-12-31")["customers"].sum() == 0


@pytest.mark.parametrize("wrong", [("2024-01-01", "2024-01-01", 9), ("2023-01-01", "2024-01-01", 0)])
def test_days_that_cannot_be_are_refused(lines, wrong):
    with pytest.raises(DataError, match="must lie before"):
        movement.movement(lines(("a", "1", "2024-01-01", 1)), *wrong)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 900), st.integers(-5, 20)), min_size=1, max_size=30))
def test_movement_adds_up(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount_net"])
    frame["doc_date"] = pd.Timestamp("2022-06-01") + pd.to_timedelta(frame["day"], unit="D")
    steps = movement.movement(frame, "2023-06-30", "2024-06-30", 200).set_index("step")["customers"]
    assert steps[["opening", "new", "recovered", "lapsed"]].sum() == steps["closing"]


def test_bridge_by_hand(lines):
    # 1 customer × 1 order × 100 × 20 %  ->  2 customers × 1.5 orders × 100 × 20 %
    frame = lines(
        ("a", "1", "2023-05-01", 100),
        ("a", "2", "2024-05-01", 100),
        ("a", "3", "2024-06-01", 100),
        ("b", "4", "2024-06-01", 100),
        cost=[80] * 4,
    )
    found = movement.bridge(frame, "2023", "2024").set_index("factor")
    mean = 40 / math.log(3)
    assert found["effect"].to_dict() == pytest.approx(
        {"customers": mean * math.log(2), "aof": mean * math.log(1.5), "aov": 0, "margin": 0}
    )
    assert found.loc["aof", ["before", "after"]].tolist() == [1, 1.5]


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "1", "2024-05-01", 100, 80)],
        [("a", "1", "2023-05-01", 100, 80)],
        [("a", "1", "2023-05-01", 100, 80), ("a", "2", "2024-05-01", 100, 130)],
        [("a", "1", "2023-05-01", 100, 80), ("a", "R", "2024-05-01", -30, -20)],
        [("a", "1", "2023-05-01", 0, 5), ("a", "2", "2024-05-01", 100, 130)],
        [("a", "1", "2020-05-01", 100, 80)],
    ],
    ids=["nothing before", "nothing after", "profit to loss", "only returns after", "free goods before", "neither"],
)
def test_the_bridge_adds_up_where_factors_are_zero_or_negative(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "doc_id", "doc_date", "amount_net", "cost"])
    found = movement.bridge(frame, "2023", "2024")
    totals = [lenses.one_period(frame, year).totals["profit"] for year in ("2023", "2024")]
    assert found["effect"].sum() == pytest.approx(totals[1] - totals[0])
    assert found["effect"].notna().all()


def test_the_bridge_of_a_real_log_adds_up_to_the_cent(fh):
    found = movement.bridge(fh, "2017", "2018")
    spend = [lenses.one_period(fh, year).totals["spend"] for year in ("2017", "2018")]
    assert found["factor"].tolist() == ["customers", "aof", "aov"]
    assert found["effect"].sum() == pytest.approx(spend[1] - spend[0], abs=1e-6)


level = st.floats(-1e6, 1e6, allow_nan=False) | st.just(0.0) | st.just(math.nan)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(level, level), min_size=1, max_size=4), level, level)
def test_parts_always_sum_to_the_change(levels, start, end):
    start, end = (0.0 if math.isnan(total) else total for total in (start, end))
    before, after = zip(*levels, strict=True)
    effects = split_change(before, after, start, end)
    size = max(abs(effect) for effect in effects)
    assert math.fsum(effects) == pytest.approx(end - start, abs=1e-9 + 1e-9 * size)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 1e3), st.floats(0.1, 1e3)), min_size=2, max_size=4))
def test_factors_are_treated_alike(levels):
    totals = [math.prod(pair[side] for pair in levels) for side in (0, 1)]
    forward = split_change([b for b, _ in levels], [a for _, a in levels], *totals)
    backward = split_change([b for b, _ in levels[::-1]], [a for _, a in levels[::-1]], *totals)
    assert forward == pytest.approx(backward[::-1], rel=1e-6, abs=1e-6 * max(totals))


def test_a_factor_that_did_not_change_explains_nothing():
    assert split_change([2, 5, 3], [4, 5, 3], 30, 60) == pytest.approx([30, 0, 0])
    assert split_change([2, -5, 3], [4, -5, 3], -30, -60) == pytest.approx([-30, 0, 0])


def test_lapsed_is_judged_by_the_customers_own_rhythm(lines):
    weekly = [
        ("w", f"w{n}", day, 1) for n, day in enumerate(pd.date_range("2023-01-02", "2024-06-24", freq="7D").astype(str))
    ]
    yearly = [("y", f"y{n}", f"{year}-02-01", 1) for n, year in enumerate(range(2019, 2025))]
    found = movement.movement(lines(*weekly, *yearly), "2024-06-30", "2024-12-31", 365)
    # half a year of silence is a lapse of the one and none of the other
    assert found["customers"].tolist() == [2, 0, 0, -1, 1]


def test_movement_by_a_dimension_of_customers_adds_up_to_the_whole(lines):
    rows = [(f"c{n}", "1", f"2023-0{1 + n % 9}-01", 1) for n in range(12)] + [
        (f"c{n}", "2", "2024-06-01", 1) for n in range(6, 20)
    ]
    frame = lines(*rows)
    people = pd.DataFrame({"customer_id": [f"c{n}" for n in range(18)], "region": ["n", "s", None] * 6})
    found = movement.movement(frame, "2023-12-31", "2024-12-31", 200, by="region", customers=people)
    assert found.groupby("step")["customers"].sum().to_dict() == (
        movement.movement(frame, "2023-12-31", "2024-12-31", 200).set_index("step")["customers"].to_dict()
    )
    assert found["region"].isna().sum() == 5


def test_movement_by_channel_counts_a_customer_in_each(lines):
    frame = lines(("a", "1", "2023-06-01", 1), ("a", "2", "2024-06-01", 1), channel=["web", "shop"])
    found = movement.movement(frame, "2023-12-31", "2024-12-31", 365, by="channel").set_index(["channel", "step"])
    assert found["customers"]["shop"].tolist() == [0, 1, 0, 0, 1]
    assert found["customers"]["web"].tolist() == [1, 0, 0, -1, 0]
