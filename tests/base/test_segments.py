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
        ("monthly, silent for four months", 24, "2022-09-01", "2024-09-01"),
        ("one purchase two years ago", 0, "2022-06-01", "2022-06-01"),
    )
    found = segments.lifecycle(frame, "2024-12-31").set_index("customer_id")
    assert found["stage"].to_dict() == {
        "one purchase lately": "new",
        "one purchase long ago": "dormant",
        "two purchases lately": "new",
        "monthly, bought last week": "active",
        "monthly, silent for two months": "at_risk",
        "monthly, silent for half a year": "lost",
        "yearly, silent for eight months": "active",
        "monthly, silent for four months": "dormant",
        "one purchase two years ago": "lost",
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
    assert found["stage"].tolist() == ["dormant", "lost"]
    assert segments.lifecycle(frame, "2024-12-30", active_days=365)["stage"].tolist() == ["new", "lost"]


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


def test_an_empty_table_of_trends_changes_nothing(lines):
    base = lines(("a", "1", "2024-12-01", 5))
    read = summarise(base, end="2024-12-31")
    none = segments.trends(lines(("a", "1", "2030-01-01", 5)), "2024-12-31")
    assert segments.lifecycle(read, "2024-12-31", trends=none)["stage"].tolist() == ["new"]


def bought(customer, *days, amount=10):
    return [(customer, day, day, amount) for day in days]


def stage_of(lines, rows, end="2024-12-31", days=365, **more):
    frame = lines(*rows)
    read = summarise(frame, end=end)
    found = segments.lifecycle(read, end, days, trends=segments.trends(frame, end, days), **more)
    return found.set_index("customer_id")["stage"].to_dict()


def monthly(first, last, amount=10, customer="a"):
    days = pd.date_range(first, last, freq="MS").strftime("%Y-%m-%d")
    return bought(customer, *days, amount=amount)


@pytest.mark.parametrize(
    ("rows", "stage"),
    [
        (monthly("2022-01-01", "2024-12-01"), "active"),
        (monthly("2022-01-01", "2023-12-01") + monthly("2024-01-01", "2024-12-01", 16), "growing"),
        (monthly("2022-01-01", "2023-12-01") + monthly("2024-01-01", "2024-12-01", 7), "declining"),
        # a customer of less than two spans cannot be compared with itself
        (monthly("2023-06-01", "2023-12-01") + monthly("2024-01-01", "2024-12-01", 30), "active"),
        (monthly("2021-01-01", "2021-12-01") + monthly("2024-06-01", "2024-12-01"), "recovered"),
        # back from a lapse, but longer ago than the days that make one active
        (monthly("2020-01-01", "2020-12-01") + monthly("2022-06-01", "2024-12-01"), "active"),
        (bought("a", "2020-01-05", "2024-12-05"), "recovered"),
    ],
)
def test_growth_decline_and_return_by_hand(rows, stage, lines):
    assert stage_of(lines, rows) == {"a": stage}


def test_prospects_without_a_purchase_are_potential(lines):
    people = pd.DataFrame({"customer_id": ["a", "p", None, "p"]})
    assert stage_of(lines, bought("a", "2024-12-01"), prospects=people) == {"a": "new", "p": "potential"}


def test_trends_by_hand(lines):
    rows = [*bought("a", "2022-06-01", "2023-06-01", amount=4), *bought("a", "2024-06-01", "2024-06-02", amount=5)]
    found = segments.trends(lines(*rows), "2024-12-31", 365).iloc[0]
    assert found[["recent", "earlier"]].tolist() == [10, 4]
    # 365 days after a single purchase are a lapse; 366 after one gap of 365 are none
    assert found["back_since"].date().isoformat() == "2023-06-01"


def test_pinned_cut_offs_mean_the_same_in_another_period():
    first = segments.value_tiers(values(50, 30, 15, 5))
    cuts = segments.pinned_cut_offs(first)
    assert cuts == (50, 30)
    assert segments.value_tiers(values(50, 30, 15, 5), cut_offs=cuts)["tier"].tolist() == first["tier"].tolist()
    assert segments.value_tiers(values(49.9999, 50, 29, 30), cut_offs=cuts)["tier"].tolist() == list("BACB")
    assert segments.value_tiers(values(-1, 0), cut_offs=(0, -5))["tier"].tolist() == list("CC")


def test_nothing_positive_gives_nothing_to_pin():
    with pytest.raises(DataError, match="none does"):
        segments.pinned_cut_offs(segments.value_tiers(values(-1, 0)))
    with pytest.raises(DataError, match="first not below the second"):
        segments.value_tiers(values(1), cut_offs=(1, 2))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(-5, 30), min_size=1, max_size=20), st.lists(st.floats(0, 1), min_size=1, max_size=3))
def test_classes_of_any_number_never_split_ties_and_hold_everybody(amounts, shares):
    found = segments.abc(values(*amounts), sorted(shares))
    assert len(found) == len(amounts)
    assert found.groupby("value")["abc"].nunique().eq(1).all()
    assert found.sort_values("value", ascending=False, kind="stable")["abc"].is_monotonic_increasing


def test_abc_needs_rising_shares():
    with pytest.raises(DataError, match="must rise between 0 and 1"):
        segments.abc(values(1), [0.9, 0.5])


def test_the_cells_hold_all_scores_and_may_be_edited():
    scores = pd.DataFrame(
        [(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)], columns=list("rfm")
    )
    for r, f, m in scores.itertuples(index=False):
        fits = [c.name for c in segments.CELLS if all(lo <= x <= hi for x, (lo, hi) in ((r, c.r), (f, c.f), (m, c.m)))]
        assert fits
    with pytest.raises(DataError, match="scores r of an RFM cell"):
        segments.Cell("none", r=(0, 5))


def test_moves_hold_each_customer_once():
    before = pd.DataFrame({"customer_id": list("abc"), "tier": ["A", "A", None]})
    after = pd.DataFrame({"customer_id": list("bcd"), "tier": ["A", "C", "B"]})
    found = segments.transitions(before, after, "tier")
    assert found.values.tolist() == [
        ["A", "A", 1, 0.5],
        ["A", "none", 1, 0.5],
        ["none", "B", 1, 0.5],
        ["none", "C", 1, 0.5],
    ]
    assert segments.transitions(before.iloc[:0], after.iloc[:0], "tier").empty
