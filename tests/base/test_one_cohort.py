"""Lens 3 by hand, beside scipy's estimate, on a real log, and on cohorts that leave nothing to say."""

import numpy as np
import pandas as pd
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.base import lenses, read_purchases
from custinsight.base.waiting import kaplan_meier
from custinsight.errors import DataError


@pytest.fixture
def shop(lines):
    """Customers a, b and c of the first quarter of 2023, d of the second; a buys five times, c only once."""
    return lines(
        ("a", "1", "2023-01-10", 100),
        ("a", "2", "2023-02-10", 50),
        ("a", "3", "2023-05-10", 30),
        ("a", "4", "2024-01-10", 20),
        ("a", "5", "2024-02-10", 20),
        ("b", "6", "2023-03-31", 10),
        ("b", "7", "2023-07-01", 40),
        ("c", "8", "2023-02-01", 5),
        ("d", "9", "2023-04-01", 500),
        cost=[60, 30, 20, 10, 10, 5, 10, 6, 1],
    )


@pytest.fixture
def lens(shop):
    return lenses.one_cohort(shop, "2023Q1", end="2024-03-31")


def test_each_period_by_hand(lens):
    assert lens.customers == 3
    found = lens.by_period.set_index("period")
    assert found["age"].to_dict() == {"2023Q1": 0, "2023Q2": 1, "2023Q3": 2, "2023Q4": 3, "2024Q1": 4}
    assert found["customers"].tolist() == [3, 1, 1, 0, 1]
    assert found["share_active"].tolist() == pytest.approx([1, 1 / 3, 1 / 3, 0, 1 / 3])
    first = found.loc["2023Q1"]
    assert first[["orders", "spend", "profit"]].tolist() == [4, 165, 64]
    assert first[["aof", "aov", "margin"]].tolist() == pytest.approx([4 / 3, 165 / 4, 64 / 165])
    assert found.loc["2023Q4", ["aof", "aov", "margin"]].isna().all()
    assert found["complete"].all()


def test_a_period_that_the_data_cut_short_is_marked(shop):
    assert lenses.one_cohort(shop, "2023Q1", end="2024-02-15").by_period["complete"].tolist() == [True] * 4 + [False]


def test_time_to_the_second_and_third_purchase_by_hand(lens):
    second = lens.nth_purchase.query("nth == 2")
    assert second["customers"].tolist() == [1, 0, 1, 0, 0]
    assert second["at_risk"].tolist() == [3, 2, 2, 1, 1]
    assert second["cumulative"].tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3, 2 / 3])
    third = lens.nth_purchase.query("nth == 3")
    assert third["customers"].tolist() == [0, 1, 0, 0, 0]
    assert third["incremental"].tolist() == pytest.approx([0, 1 / 3, 0, 0, 0])
    # from the second to the third: b waits since 2023Q3
    waited = lens.waiting.query("nth == 3")
    assert waited[["age", "customers", "at_risk"]].values.tolist() == [[0, 0, 2], [1, 1, 2], [2, 0, 1]]


def test_customers_who_were_watched_for_less_time_are_censored(lines):
    frame = lines(
        ("a", "1", "2023-01-10", 1),
        ("a", "2", "2023-12-10", 1),
        ("b", "3", "2023-01-10", 1),
        ("c", "4", "2023-10-10", 1),
    )
    second = lenses.one_cohort(frame, "2023", by="Q", end="2023-12-31").nth_purchase.query("nth == 2")
    assert second["at_risk"].tolist() == [3, 2, 2, 2]
    assert second["cumulative"].iloc[-1] == pytest.approx(1 / 2)
    assert second["share"].iloc[-1] == pytest.approx(1 / 3)


def test_elapsed_units_instead_of_calendar_periods(shop):
    second = lenses.one_cohort(shop, "2023Q1", by="M", end="2024-03-31", elapsed=True).nth_purchase.query("nth == 2")
    made = second[second["customers"] > 0]
    assert made[["age", "customers"]].values.tolist() == [[1, 1], [3, 1]]


def test_yearly_patterns_by_hand(lens):
    assert lens.yearly_patterns[["pattern", "customers", "spend"]].values.tolist() == [["YN", 2, 55], ["YY", 1, 220]]
    assert lens.yearly_patterns["share"].sum() == pytest.approx(1)


def test_value_to_date_by_hand(lens):
    means = lens.value_averages.set_index("measure")["mean"]
    assert means["spend"] == pytest.approx(275 / 3)
    assert means["profit"] == pytest.approx((90 + 35 - 1) / 3)
    best = lens.value_deciles[lens.value_deciles["customers"] > 0]
    assert best[["decile", "spend", "profit"]].values.tolist() == [[1, 220, 90], [4, 50, 35], [7, 5, -1]]


def test_share_active_by_what_customers_had_brought_before_by_hand(lens):
    # before 2023Q2: a 60, b 5, c -1; before 2023Q3: a 70; before 2024Q1: a 70, b 35, c -1
    active = lens.active_by_decile.pivot_table(index="period", columns="decile", values="active")
    assert active.loc["2023Q2"].tolist() == [1, 0, 0]
    assert active.loc["2023Q3"].tolist() == [0, 1, 0]
    assert active.loc["2024Q1"].tolist() == [1, 0, 0]
    assert lens.active_by_decile["decile"].unique().tolist() == [1, 4, 7]


def test_rfm_by_hand(lens):
    assert lens.rfm[["recency", "frequency", "customers", "spend"]].values.tolist() == [
        ["2023Q1", 1, 1, 5],
        ["2023Q3", 2, 1, 50],
        ["2024Q1", 5, 1, 220],
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=40))
def test_the_estimate_is_that_of_scipy(seen):
    ages, made = np.array([age for age, _ in seen]), np.array([event for _, event in seen])
    found = kaplan_meier(pd.DataFrame({"age": ages, "made": made, "customers": 1})).set_index("age")
    if not made.any():
        assert (found["cumulative"] == 0).all()
        return
    survival = scipy.stats.ecdf(scipy.stats.CensoredData.right_censored(ages, ~made)).sf
    np.testing.assert_allclose(1 - found["cumulative"], survival.evaluate(found.index.to_numpy()), atol=1e-12)


@pytest.mark.parametrize("cohort", ["2017Q1", "2017"])
def test_a_real_log(fh, cohort):
    read = read_purchases(fh)
    lens = lenses.one_cohort(read, cohort)
    size = lens.customers
    assert lens.by_period["spend"].sum() == pytest.approx(lens.value_deciles["spend"].sum(), abs=0.01)
    assert lens.value_deciles["customers"].sum() == lens.rfm["customers"].sum() == size
    assert lens.yearly_patterns["customers"].sum() == size
    assert lens.rfm["spend"].sum() == pytest.approx(lens.yearly_patterns["spend"].sum(), abs=0.01)
    made = lens.nth_purchase.groupby("nth")["customers"].sum()
    assert made.is_monotonic_decreasing
    assert made[2] == lens.rfm.loc[lens.rfm["frequency"] > 1, "customers"].sum()
    merged = lens.active_by_decile.groupby("period")["active"].sum()
    if cohort == "2017Q1":
        active = lens.by_period.set_index("period")["customers"]
        assert (merged == active[merged.index]).all()


def test_a_cohort_of_nobody_is_said_without_an_error(shop):
    lens = lenses.one_cohort(shop, "2022Q1", end="2024-03-31")
    assert lens.customers == 0
    for name in ("by_period", "nth_purchase", "yearly_patterns", "value_to_date", "active_by_decile", "rfm"):
        assert getattr(lens, name).empty, name
    assert lens.value_deciles["customers"].sum() == 0


@pytest.mark.parametrize("rows", [[("a", "1", "2023-01-10", 5)], [("a", "1", "2023-01-10", 0)]], ids=["one", "free"])
def test_a_cohort_of_one(lines, rows):
    lens = lenses.one_cohort(lines(*rows), "2023Q1", end="2023-06-30")
    assert lens.by_period["share_active"].tolist() == [1, 0]
    assert lens.nth_purchase["cumulative"].max() == 0
    assert lens.active_by_decile[["decile", "customers", "active"]].values.tolist() == [[1, 1, 0]]


def test_who_only_returned_goods_is_in_no_cohort(lines):
    assert lenses.one_cohort(lines(("a", "1", "2023-01-10", -5)), "2023Q1").customers == 0


def test_a_cohort_after_the_end_is_refused(shop):
    with pytest.raises(DataError, match="must start by"):
        lenses.one_cohort(shop, "2025Q1")
