"""Tiers, stages of life and scores: cut-offs by hand, equal values together."""

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.base import segments, summarise
from custinsight.errors import DataError


def values(*amounts):
    return pd.DataFrame({"customer_id": [f"c{n:02d}" for n in range(len(amounts))], "value": amounts})


def tiers(*amounts, a=0.5, b=0.8):
    return "".join(segments.value_tiers(values(*amounts), a, b)["tier"])


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ((50, 30, 15, 5), "ABCC"),
        ((60, 30, 10), "ABC"),
        ((40, 40, 20), "AAC"),
        ((25, 25, 25, 25), "AAAA"),
        ((100, -50, 0, None), "ACCC"),
        ((-1, -2), "CC"),
        ((0.1, 0.1, 0.1), "AAA"),
    ],
)
def test_tiers_by_hand(amounts, expected):
    assert tiers(*amounts) == expected


def test_no_share_for_the_first_tier_leaves_it_empty():
    assert tiers(3, 2, 1, a=0, b=1) == "BBB"


def test_shares_in_the_wrong_order_are_refused():
    with pytest.raises(DataError, match="0 <= a <= b <= 1"):
        tiers(1, a=0.9, b=0.5)


def test_cut_offs_are_told():
    frame = segments.tier_cut_offs(segments.value_tiers(values(50, 30, 15, 5)))
    assert frame.values.tolist() == [["A", 1, 50, 0.5, 50], ["B", 1, 30, 0.3, 30], ["C", 2, 20, 0.2, 5]]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-5, 30), min_size=1, max_size=30))
def test_equal_values_are_in_one_tier_and_better_ones_in_no_worse(amounts):
    found = segments.value_tiers(values(*amounts))
    assert found.groupby("value")["tier"].agg(set).map(len).eq(1).all()
    assert found.sort_values("value", ascending=False)["tier"].is_monotonic_increasing
    positive = found[found["value"] > 0]
    if len(positive):
        share = positive.groupby("tier")["value"].sum() / positive["value"].sum()
        assert share["A"] >= 0.5


def summary(*rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "frequency", "first_date", "last_date"])
    return frame.assign(monetary_value=10.0)


def test_stages_by_hand():
    frame = summary(
        ("one purchase lately", 0, "2024-06-01", "2024-06-01"),
        ("one purchase long ago", 0, "2023-06-01", "2023-06-01"),
        ("two purchases lately", 1, "2024-11-01", "2024-12-01"),
        ("monthly, bought last week", 24, "2022-12-20", "2024-12-20"),
        ("monthly, silent for two months", 24, "2022-11-01", "2024-11-01"),
        ("monthly, silent for half a year", 24, "2022-07-01", "2024-07-01"),
        ("yearly, silent for eight months", 5, "2019-05-01", "2024-05-01"),
    )
    found = segments.lifecycle(frame, "2024-12-31").set_index("customer_id")
    assert found["stage"].to_dict() == {
        "one purchase lately": "new",
        "one purchase long ago": "lapsed",
        "two purchases lately": "new",
        "monthly, bought last week": "core",
        "monthly, silent for two months": "slipping",
        "monthly, silent for half a year": "lapsed",
        "yearly, silent for eight months": "core",
    }


def test_the_chance_of_a_silence_by_hand():
    # two gaps of 10 days, median gap 10: ((10 + 20) / (10 + 20 + 30)) ** 3
    frame = summary(("a", 2, "2024-01-01", "2024-01-21"))
    row = segments.lifecycle(frame, "2024-02-20").iloc[0]
    assert row[["days_silent", "usual_gap_days"]].tolist() == [30, 10]
    assert row["chance_silent"] == pytest.approx(0.125)


def test_a_base_of_one_time_buyers_has_stages(lines):
    frame = summarise(lines(("a", "1", "2024-01-01", 5), ("b", "1", "2022-01-01", 5)), end="2024-12-31")
    found = segments.lifecycle(frame, "2024-12-31", active_days=365)
    assert found["stage"].tolist() == ["lapsed", "lapsed"]
    assert segments.lifecycle(frame, "2024-12-30", active_days=365)["stage"].tolist() == ["new", "lapsed"]


def test_scores_by_hand():
    frame = summary(*[(f"c{n}", n, "2024-01-01", f"2024-01-{10 + n}") for n in range(10)])
    found = segments.rfm(frame)
    assert found["r"].tolist() == found["f"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert found["m"].tolist() == [5] * 10
    assert found["rfm"].iloc[0] == "115"


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=40))
def test_scores_never_split_ties(frequencies):
    frame = summary(*[(f"c{n:02d}", x, "2024-01-01", "2024-06-01") for n, x in enumerate(frequencies)])
    found = segments.rfm(frame).merge(frame, on="customer_id")
    assert found.groupby("frequency")["f"].agg(set).map(len).eq(1).all()
    assert found.sort_values("frequency")["f"].is_monotonic_increasing
    assert found["f"].max() == 5


def test_a_lazy_summary_gives_lazy_segments(cdnow):
    frame = summarise(cdnow, end="1998-06-30")
    con = ibis.duckdb.connect()
    table = con.create_table("summary", frame)
    for function in (segments.rfm, lambda given: segments.lifecycle(given, "1998-06-30", 180)):
        lazy = function(table)
        assert isinstance(lazy, ibis.Table)
        pd.testing.assert_frame_equal(
            lazy.order_by("customer_id").to_pandas(), function(frame), check_dtype=False, check_exact=True
        )
    con.disconnect()


def test_an_empty_base_has_no_segments(lines):
    empty = summarise(lines(("a", "1", "2030-01-01", 5)), end="2024-12-31")
    assert segments.lifecycle(empty, "2024-12-31").empty
    assert segments.rfm(empty).empty
    assert segments.value_tiers(values().astype({"customer_id": "str", "value": "float64"})).empty
