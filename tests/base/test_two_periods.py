"""Lens 2: groups, deciles on common cut-offs, up and down."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.base import lenses, movement


@pytest.fixture
def shop(lines):
    return lines(
        ("a", "1", "2023-05-01", 100),
        ("b", "2", "2023-05-01", 80),
        ("b", "3", "2023-06-01", 20),
        ("b", "4", "2024-05-01", 120),
        ("c", "5", "2024-05-01", 30),
        ("d", "6", "2022-05-01", 30),
        cost=[60, 50, 10, 70, 40, 1],
    )


def test_groups_by_hand(shop):
    groups = lenses.two_periods(shop, "2023", "2024").groups.set_index("group")
    assert groups["customers"].to_dict() == {"only_before": 1, "both": 1, "only_after": 1}
    assert groups["profit_before"].tolist() == [40, 40, 0]
    assert groups["profit_after"].tolist() == [0, 50, -10]
    assert groups["change"].tolist() == [-40, 10, -10]
    assert groups.loc["both", ["aof_before", "aof_after", "aov_before", "aov_after"]].tolist() == [2, 1, 50, 120]
    assert groups["profit"].tolist() == [40, 50, -10]


def test_a_pattern_by_hand(shop):
    patterns = lenses.two_periods(shop, "2023", "2024").patterns.set_index("pattern")
    # customer b: profit 40 -> 50 up, orders 2 -> 1 down, spend per order 50 -> 120 up, margin .40 -> .417 up
    assert len(patterns) == 16
    assert patterns.loc["UDUU", ["customers", "profit_before", "profit_after"]].tolist() == [1, 40, 50]
    assert patterns["customers"].sum() == 1


def test_up_includes_equal(lines):
    frame = lines(("a", "1", "2023-05-01", 0.3), ("a", "2", "2024-05-01", 0.3), cost=[0.1, 0.1])
    patterns = lenses.two_periods(frame, "2023", "2024").patterns
    assert patterns.set_index("pattern").loc["UUUU", "customers"] == 1


def test_patterns_without_cost_are_of_spend_orders_and_spend_per_order(shop):
    lens = lenses.two_periods(shop.drop(columns="cost"), "2023", "2024")
    assert lens.value_column == "spend"
    assert len(lens.patterns) == 8
    assert lens.patterns.set_index("pattern").loc["UDU", "customers"] == 1


def test_deciles_use_the_cut_offs_of_the_earlier_period(lines):
    before = [(f"c{n}", "1", "2023-05-01", 10 * n) for n in range(1, 11)]
    after = [
        ("c1", "2", "2024-05-01", 95),
        ("c10", "3", "2024-05-01", 100),
        ("c9", "4", "2024-05-01", 3),
        ("n", "5", "2024-05-01", 45),
    ]
    lens = lenses.two_periods(lines(*before, *after), "2023", "2024")
    moved = {(b, a): n for b, a, n in movement.migration(lens).values.tolist()}
    assert moved[10, 2] == 1  # c1: 10 -> 95, at least 90 and less than 100
    assert moved[1, 1] == 1  # c10: 100 -> 100
    assert moved[2, 10] == 1  # c9: 90 -> 3
    assert moved[0, 7] == 1  # n: nothing -> 45, at least 40
    assert moved[5, 0] == 1  # c6: 60 -> nothing
    assert lens.cut_offs["lowest"].tolist() == [100, 90, 80, 70, 60, 50, 40, 30, 20]


def test_the_earlier_side_has_the_deciles_of_lens_one(fh):
    lens = lenses.two_periods(fh, "2017", "2018")
    rows = lens.decile_changes[lens.decile_changes["decile_before"] > 0]
    alone = lenses.one_period(fh, "2017").equal_customer_deciles.set_index("decile")["customers"]
    pd.testing.assert_series_equal(
        rows.groupby("decile_before")["customers"].sum(), alone[alone > 0], check_names=False
    )


def test_sums_agree_with_lens_one(fh):
    lens = lenses.two_periods(fh, "2017", "2018")
    for side, year in (("before", "2017"), ("after", "2018")):
        totals = lenses.one_period(fh, year).totals
        for name in ("orders", "spend"):
            assert lens.groups[f"{name}_{side}"].sum() == pytest.approx(totals[name])
        there = lens.groups["group"] != ("only_after" if side == "before" else "only_before")
        assert lens.groups.loc[there, "customers"].sum() == totals["customers"]
    changed = lens.decile_changes
    assert changed["customers"].sum() == lens.groups["customers"].sum()
    assert lens.patterns["customers"].sum() == lens.groups.set_index("group").loc["both", "customers"]


def test_bins_are_common(fh):
    bins = lenses.two_periods(fh, "2017", "2018").distributions
    spend = bins[(bins["measure"] == "spend") & (bins["bin_from"] >= 0)]
    edges = [part[["bin_from", "bin_to"]].values.tolist() for _, part in spend.groupby("period")]
    assert edges[0] == edges[1]


@pytest.mark.parametrize(("before", "after"), [("2010", "2023"), ("2023", "2010"), ("2010", "2011")])
def test_a_period_without_purchases_is_no_error(shop, before, after):
    lens = lenses.two_periods(shop, before, after)
    assert lens.patterns["customers"].sum() == 0
    assert lens.groups["customers"].sum() == lens.decile_changes["customers"].sum()


lines_of_two_years = st.lists(
    st.tuples(
        st.sampled_from("abcdef"),
        st.integers(1, 9),
        st.sampled_from(["2023-03-01", "2024-03-01"]),
        st.integers(-40, 100),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=12, deadline=None)
@given(lines_of_two_years)
def test_money_of_the_groups_is_all_the_money(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "doc_id", "doc_date", "amount_net"]).assign(cost=1)
    lens = lenses.two_periods(frame, "2023", "2024")
    for side, year in (("before", "2023"), ("after", "2024")):
        spend = frame.loc[frame["doc_date"].str.startswith(year), "amount_net"].sum()
        assert lens.groups[f"spend_{side}"].sum() == pytest.approx(spend)
    assert lens.groups["change"].sum() == pytest.approx(
        lens.groups["profit_after"].sum() - lens.groups["profit_before"].sum()
    )
