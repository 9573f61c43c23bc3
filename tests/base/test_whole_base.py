"""Lens 5: cohorts by period, active customers, repeat-buying rate, acquisition."""

import datetime as dt

import pandas as pd
import pytest

from custinsight.base import lenses
from custinsight.base.calendar import name_of, number_of
from custinsight.engine import as_table, collect
from custinsight.errors import DataError
from custinsight.periods import Period


@pytest.fixture
def shop(lines):
    """Customers a and b of 2022, c of 2023, d of 2024; a buys every year, b skips 2023."""
    return lines(
        ("a", "1", "2022-05-01", 10),
        ("b", "2", "2022-06-01", 20),
        ("a", "3", "2023-05-01", 30),
        ("c", "4", "2023-06-01", 40),
        ("a", "5", "2024-05-01", 50),
        ("b", "6", "2024-05-01", 60),
        ("d", "7", "2024-05-01", 70),
        cost=[5] * 7,
    )


def test_c3_by_hand(shop):
    lens = lenses.whole_base(shop, by="Y")
    assert lens.c3[["period", "cohort", "spend", "profit"]].values.tolist() == [
        ["2022", "2022", 30, 20],
        ["2023", "2022", 30, 25],
        ["2023", "2023", 40, 35],
        ["2024", "2022", 110, 100],
        ["2024", "2024", 70, 65],
    ]


def test_active_and_acquired_by_hand(shop):
    lens = lenses.whole_base(shop, by="Y")
    assert lens.active.values.tolist() == [["2022", 2, 2, 0], ["2023", 2, 1, 1], ["2024", 3, 1, 2]]
    assert lens.acquired.values.tolist() == [["2022", 2], ["2023", 1], ["2024", 1]]


def test_repeat_rate_is_of_the_customers_of_the_period_before(shop):
    rate = lenses.whole_base(shop, by="Y").repeat_rate
    # of a and b only a came again; of a and c only a (b came back, but had not bought the year before)
    assert rate.values.tolist() == [["2023", "2022", 2, 1, 0.5], ["2024", "2023", 2, 1, 0.5]]


def test_periods_without_purchases_are_there(lines):
    lens = lenses.whole_base(lines(("a", "1", "2023-01-10", 1), ("a", "2", "2023-10-10", 1)), by="Q")
    assert lens.active["period"].tolist() == ["2023Q1", "2023Q2", "2023Q3", "2023Q4"]
    assert lens.active["customers"].tolist() == [1, 0, 0, 1]
    assert lens.repeat_rate["bought_again"].tolist() == [0, 0, 0]
    assert lens.repeat_rate["rate"].isna().tolist() == [False, True, True]


def test_money_before_a_first_order_has_no_cohort(lines):
    lens = lenses.whole_base(lines(("a", "R", "2023-01-10", -5), ("a", "2", "2024-01-10", 9)), by="Y")
    assert lens.c3[["period", "cohort", "spend"]].values.tolist() == [["2023", "", -5], ["2024", "2024", 9]]
    assert lens.active["period"].tolist() == ["2024"]


def test_the_end_cuts_off_what_came_later(shop):
    assert lenses.whole_base(shop, by="Y", end="2023-12-31").c3["spend"].sum() == 100


@pytest.mark.parametrize("by", ["Y", "H", "Q", "M", "W"])
def test_sums_over_cohorts_are_the_totals_of_lens_one(fh, by):
    lens = lenses.whole_base(fh, by=by)
    period = lens.active["period"].iloc[len(lens.active) // 2]
    totals = lenses.one_period(fh, period).totals
    sums = lens.c3[lens.c3["period"] == period][["customers", "orders", "spend"]].sum()
    assert sums.tolist() == pytest.approx(totals[["customers", "orders", "spend"]].tolist())
    assert lens.active.set_index("period").loc[period, "customers"] == totals["customers"]
    assert lens.acquired["customers"].sum() == lens.active["new"].sum()


def test_a_fiscal_year_that_starts_in_april(lines):
    lens = lenses.whole_base(lines(("a", "1", "2024-03-31", 1), ("a", "2", "2024-04-01", 2)), by="Y", first_month=4)
    assert lens.c3["period"].tolist() == ["2023", "2024"]


def test_no_purchase_at_all_is_empty(lines):
    lens = lenses.whole_base(lines(("a", "1", "2024-01-01", -3)), by="Q")
    assert lens.active.empty
    assert lens.acquired.empty
    assert lens.repeat_rate.empty
    assert lens.c3["cohort"].tolist() == [""]


def test_a_step_that_is_none_is_refused(shop):
    with pytest.raises(DataError, match="must be one of W, M, Q, H and Y"):
        lenses.whole_base(shop, by="D")


@pytest.mark.parametrize("by", ["W", "M", "Q", "H", "Y"])
@pytest.mark.parametrize("first_month", [1, 4])
def test_names_are_those_that_periods_read(by, first_month):
    days = [dt.date(2019, 12, 29) + dt.timedelta(days=n) for n in range(0, 1500, 13)]
    table = as_table(pd.DataFrame({"day": pd.to_datetime(days)}))
    in_engine = collect(table.select(n=number_of(table.day.cast("date"), by, first_month)))["n"].tolist()
    assert in_engine == [number_of(day, by, first_month) for day in days]
    for day, number in zip(days, in_engine, strict=True):
        period = Period.parse(name_of(number, by, first_month), first_month)
        assert period.start <= day <= period.end


def test_second_purchases_add_up_along_the_age_of_a_cohort(lines):
    frame = lines(
        ("a", "1", "2023-01-10", 1),
        ("a", "2", "2023-01-11", 1),
        ("b", "3", "2023-02-10", 1),
        ("b", "4", "2023-08-11", 1),
        ("b", "5", "2023-12-11", 1),
        ("c", "6", "2023-03-10", 1),
    )
    found = lenses.whole_base(frame, by="Q").second_purchase
    assert found[["cohort", "age", "customers", "cumulative"]].values.tolist() == [
        ["2023Q1", 0, 1, 1],
        ["2023Q1", 1, 0, 1],
        ["2023Q1", 2, 1, 2],
        ["2023Q1", 3, 0, 2],
    ]
    assert found["share"].iloc[-1] == pytest.approx(2 / 3)


def test_totals_and_cohorts_have_their_ratios(lines):
    frame = lines(
        ("a", "1", "2022-01-10", 100), ("a", "2", "2024-01-11", 50), ("b", "3", "2024-02-10", 30), cost=[60, 40, 30]
    )
    lens = lenses.whole_base(frame, by="Y", end="2024-06-30")
    assert lens.totals[["period", "customers", "spend"]].values.tolist() == [
        ["2022", 1, 100],
        ["2023", 0, 0],
        ["2024", 2, 80],
    ]
    assert lens.totals["complete"].tolist() == [True, True, False]
    assert lens.totals["profit_per_customer"].tolist()[::2] == [40, 5]
    old = lens.by_cohort.query("cohort == '2022'")
    assert old["share_active"].tolist() == [1, 0, 1]
    assert old["margin"].tolist()[::2] == [0.4, 0.2]
