"""Lens 4 by hand, on a real log, and on input that leaves nothing to compare."""

import pandas as pd
import pytest

from custinsight.base import lenses, read_purchases


@pytest.fixture
def shop(lines):
    return lines(
        ("a", "1", "2022-02-10", 100),
        ("b", "2", "2022-03-10", 60),
        ("a", "3", "2022-05-10", 40),
        ("c", "4", "2023-01-10", 80),
        ("a", "5", "2023-02-10", 20),
        ("c", "6", "2023-05-10", 30),
        ("c", "7", "2023-06-10", 10),
        cost=[50, 70, 20, 40, 10, 15, 5],
    )


@pytest.fixture
def lens(shop):
    return lenses.cohorts(shop, by="Q", end="2023-06-30")


def test_cohorts_by_age_by_hand(lens):
    first = lens.by_age.query("cohort == '2022Q1'").set_index("age")
    assert first["customers"].tolist() == [2, 1, 0, 0, 1, 0]
    assert first["share_active"].tolist() == [1, 0.5, 0, 0, 0.5, 0]
    assert first["profit"].tolist() == [40, 20, 0, 0, 10, 0]
    assert first["profit_index"].tolist() == [1, 0.5, 0, 0, 0.25, 0]
    assert first.loc[0, ["aof", "aov", "margin", "profit_per_customer"]].tolist() == [1, 80, 0.25, 20]
    second = lens.by_age.query("cohort == '2023Q1'").set_index("age")
    assert second["orders"].tolist() == [1, 2]
    assert second.loc[1, ["aof", "aov"]].tolist() == [2, 20]


def test_what_was_acquired(lens):
    assert lens.acquired[["cohort", "customers", "spend"]].values.tolist() == [["2022Q1", 2, 160], ["2023Q1", 1, 80]]


def test_the_same_rows_along_the_calendar(lens):
    assert lens.by_period[["period", "cohort"]].values.tolist()[-2:] == [["2023Q2", "2022Q1"], ["2023Q2", "2023Q1"]]
    assert lens.by_period["spend"].sum() == lens.by_age["spend"].sum() == 340


def test_pairs_of_the_same_season_at_the_same_age(lens):
    found = lens.same_season[["cohort", "older", "age", "spend", "spend_older", "share_active", "share_active_older"]]
    assert found.values.tolist() == [["2023Q1", "2022Q1", 0, 80, 160, 1, 1], ["2023Q1", "2022Q1", 1, 40, 40, 1, 0.5]]


def test_a_wide_table(lens):
    wide = lens.wide("share_active")
    assert wide.loc["2022Q1"].tolist() == [1, 0.5, 0, 0, 0.5, 0]
    assert wide.loc["2023Q1", 1] == 1
    assert lens.wide("spend", along="period").loc["2023Q1", "2023Q2"] == 40


def test_a_loss_in_the_first_period_has_no_index(lines):
    frame = lines(("a", "1", "2022-02-10", 10), ("a", "2", "2022-05-10", 10), cost=[12, 5])
    found = lenses.cohorts(frame, by="Q").by_age
    assert found["profit"].tolist() == [-2, 5]
    assert found["profit_index"].isna().all()
    assert found["spend_index"].tolist() == [1, 1]


@pytest.mark.parametrize("by", ["Q", "Y", "M", "W"])
def test_a_real_log_reconciles(fh, by):
    read = read_purchases(fh[pd.to_datetime(fh["doc_date"]) >= "2018-06-01"])
    lens, whole = lenses.cohorts(read, by=by), lenses.whole_base(read, by=by)
    before_first = whole.c3.loc[whole.c3["cohort"] == "", "spend"].sum()
    assert lens.by_age["spend"].sum() + before_first == pytest.approx(whole.totals["spend"].sum(), abs=0.005)
    assert lens.by_period.groupby("period")["customers"].sum().tolist() == whole.active["customers"].tolist()
    assert lens.acquired["customers"].sum() == whole.acquired["customers"].sum()


@pytest.mark.parametrize("rows", [[("a", "1", "2024-01-01", -3)], [("a", "1", "2024-01-01", 3)]], ids=["none", "one"])
def test_nothing_to_compare_is_said_without_an_error(lines, rows):
    lens = lenses.cohorts(lines(*rows), by="Q")
    assert len(lens.by_age) == len(lens.acquired) == (rows[0][3] > 0)
    assert lens.same_season.empty
