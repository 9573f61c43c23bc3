"""The periods up to this one are what lens 1 says of each."""

import pandas as pd
import pytest

from custinsight.base import history, lenses
from custinsight.errors import DataError

SHARED = ["customers", "orders", "spend", "aof", "aov", "top_10_share"]


def test_each_row_is_lens_one(fh):
    found = history(fh, "2018Q4", n=4)
    assert found["period"].tolist() == ["2018Q1", "2018Q2", "2018Q3", "2018Q4"]
    for row in found.to_dict("records"):
        totals = lenses.one_period(fh, row["period"]).totals
        assert [row[name] for name in SHARED] == pytest.approx(totals[SHARED].tolist())


def test_profit_and_top_share_by_hand(lines):
    frame = lines(
        *[(f"c{n}", "1", "2024-01-01", 10) for n in range(10)],
        ("big", "1", "2024-01-01", 100),
        ("c1", "2", "2024-02-01", 10),
        cost=[5] * 12,
    )
    row = history(frame, "2024-01", n=1).iloc[0]
    assert row[["customers", "spend", "profit", "margin"]].tolist() == [11, 200, 145, 0.725]
    # the best tenth of 11 customers are two: 95 + 5 of 145
    assert row["top_10_share"] == pytest.approx(100 / 145)


def test_periods_before_the_data_are_left_out_and_gaps_are_kept(lines):
    frame = lines(("a", "1", "2023-11-01", 10), ("a", "2", "2024-05-01", 10))
    found = history(frame, "2024Q2")
    assert found["period"].tolist() == ["2023Q4", "2024Q1", "2024Q2"]
    assert found["customers"].tolist() == [1, 0, 1]
    assert found["aov"].isna().tolist() == [False, True, False]
    assert found["start"].iloc[0] == pd.Timestamp("2023-10-01")


def test_an_order_counts_until_it_is_returned(lines):
    frame = lines(("a", "1", "2024-01-10", 10), ("a", "R", "2024-02-10", -10), return_of=[None, "1"])
    assert history(frame, "2024-02")[["orders", "spend"]].values.tolist() == [[1, 10], [0, -10]]


def test_without_any_line_the_period_stands_alone(lines):
    assert history(lines(("a", "1", "2030-01-01", 1)), "2024")["customers"].tolist() == [0]


def test_a_number_of_periods_below_one_is_refused(lines):
    with pytest.raises(DataError, match="at least 1"):
        history(lines(("a", "1", "2024-01-01", 1)), "2024", n=0)
