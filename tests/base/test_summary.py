"""Frequency, recency, T and monetary value."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.base import summarise
from custinsight.errors import DataError


def lifetimes_summary(frame, end, days):
    from lifetimes.utils import summary_data_from_transaction_data

    frame = frame.assign(doc_date=pd.to_datetime(frame["doc_date"].astype(str)))
    summary = summary_data_from_transaction_data(
        frame, "customer_id", "doc_date", "amount_net", observation_period_end=end, freq="D", freq_multiplier=days
    )
    return summary.sort_index()


@pytest.mark.parametrize(("unit", "days"), [("D", 1), ("W", 7)])
@pytest.mark.parametrize("end", ["1997-09-30", "1998-06-30"])
def test_equals_lifetimes_on_cdnow(cdnow, unit, days, end):
    ours = summarise(cdnow, end=end, unit=unit).set_index("customer_id")
    theirs = lifetimes_summary(cdnow, end, days)
    assert ours.index.equals(theirs.index)
    for column in ("frequency", "recency", "T"):
        assert (ours[column] == theirs[column]).all(), column
    np.testing.assert_allclose(ours["monetary_value"], theirs["monetary_value"], rtol=0, atol=1e-9)


def test_published_customers_of_cdnow(cdnow):
    summary = summarise(cdnow, end="1997-09-30", unit="W").set_index("customer_id")
    assert len(summary) == 2357
    first = summary.loc[1]
    assert (first["frequency"], first["recency"], first["T"]) == (2, 30 + 3 / 7, 38 + 6 / 7)
    heavy = summary.loc[1516]
    assert (heavy["frequency"], heavy["recency"], heavy["T"]) == (26, 30 + 6 / 7, 31)


def test_equals_lifetimes_on_a_log_where_nothing_is_returned(fh):
    frame = fh[fh["amount_net"] >= 0]
    ours = summarise(frame, end="2018-06-30", unit="W").set_index("customer_id")
    theirs = lifetimes_summary(frame, "2018-06-30", 7)
    assert ours.index.equals(theirs.index)
    for column in ("frequency", "recency", "T", "monetary_value"):
        np.testing.assert_allclose(ours[column], theirs[column], rtol=0, atol=1e-9)


def test_by_hand(lines):
    frame = lines(
        ("a", "1", "2024-01-01", 100),
        ("a", "2", "2024-01-01", 11),
        ("a", "3", "2024-01-15", 30),
        ("a", "3", "2024-01-15", 10),
        ("a", "4", "2024-02-12", 20),
        ("b", "5", "2024-02-26", 9),
        ("c", "6", "2024-03-05", 9),
    )
    found = summarise(frame, end="2024-03-04").values.tolist()
    day = pd.Timestamp
    assert found == [
        ["a", 2, 6.0, 9.0, 30.0, day("2024-01-01"), day("2024-02-12")],
        ["b", 0, 0.0, 1.0, 0.0, day("2024-02-26"), day("2024-02-26")],
    ]


def test_a_return_of_the_day_lowers_the_days_total_and_is_no_occasion(lines):
    frame = lines(
        ("a", "1", "2024-01-01", 100),
        ("a", "2", "2024-01-08", 60),
        ("a", "R", "2024-01-08", -15),
        ("a", "S", "2024-01-20", -5),
    )
    row = summarise(frame, end="2024-01-29").iloc[0]
    assert (row["frequency"], row["recency"], row["monetary_value"]) == (1, 1.0, 45.0)


def test_who_only_returned_goods_is_no_customer(lines):
    assert summarise(lines(("a", "1", "2024-01-01", -5)), end="2024-12-31").empty


@pytest.mark.parametrize(
    ("first", "end", "unit", "expected"),
    [
        ("2024-01-01", "2024-02-01", "M", 1.0),
        ("2024-02-01", "2024-03-01", "M", 1.0),
        ("2024-01-16", "2024-01-31", "M", 15 / 31),
        ("2024-01-31", "2024-02-15", "M", 1 - 30 / 31 + 14 / 29),
        ("2023-01-01", "2024-01-01", "Q", 4.0),
        ("2020-03-15", "2024-03-15", "Y", 4.0),
        ("2024-01-01", "2024-01-31", "D", 30.0),
    ],
)
def test_months_run_on_the_calendar(lines, first, end, unit, expected):
    assert summarise(lines(("a", "1", first, 5)), end=end, unit=unit)["T"].iloc[0] == pytest.approx(expected, abs=1e-12)


def test_calibration_sees_nothing_of_the_holdout(lines):
    frame = lines(
        ("a", "1", "2024-01-01", 10),
        ("a", "2", "2024-02-01", 20),
        ("a", "3", "2024-04-01", 40),
        ("a", "4", "2024-05-01", 60),
        ("b", "5", "2024-04-02", 7),
    )
    found = summarise(frame, end="2024-06-30", calibration_end="2024-03-31", unit="D")
    before = summarise(frame, end="2024-03-31", unit="D")
    pd.testing.assert_frame_equal(found[before.columns], before)
    held = ["frequency_holdout", "monetary_value_holdout", "spend_holdout", "duration_holdout"]
    assert found[held].values.tolist() == [[2, 50, 100, 91]]


def test_lines_of_one_document_are_summed_in_the_holdout_and_not_averaged(lines):
    frame = lines(("a", "1", "2024-01-01", 10), ("a", "2", "2024-04-01", 40), ("a", "2", "2024-04-01", 20))
    row = summarise(frame, end="2024-06-30", calibration_end="2024-03-31").iloc[0]
    assert (row["frequency_holdout"], row["monetary_value_holdout"], row["spend_holdout"]) == (1, 60, 60)


def test_an_order_of_the_calibration_that_is_returned_in_the_holdout_still_counts_in_the_calibration(lines):
    frame = lines(
        ("a", "1", "2024-01-01", 10),
        ("a", "2", "2024-03-01", 40),
        ("a", "3", "2024-04-15", 7),
        ("a", "R", "2024-05-01", -40),
        return_of=[None, None, None, "2"],
    )
    row = summarise(frame, end="2024-06-30", calibration_end="2024-03-31").iloc[0]
    assert (row["frequency"], row["monetary_value"]) == (1, 40)
    assert (row["frequency_holdout"], row["spend_holdout"]) == (1, 7)


def test_whole_weeks_equal_those_of_lifetimes(cdnow):
    from lifetimes.utils import summary_data_from_transaction_data

    # a Sunday: of a week that goes on, lifetimes sees the days after the end as well
    ours = summarise(cdnow, end="1997-09-28", unit="W", whole_units=True).set_index("customer_id")
    frame = cdnow.assign(doc_date=pd.to_datetime(cdnow["doc_date"].astype(str)))
    theirs = summary_data_from_transaction_data(
        frame, "customer_id", "doc_date", "amount_net", observation_period_end="1997-09-28", freq="W"
    )
    for column in ("frequency", "recency", "T", "monetary_value"):
        np.testing.assert_allclose(ours[column], theirs.sort_index()[column], rtol=0, atol=1e-9)


@pytest.mark.parametrize("unit", ["M", "Q", "Y"])
def test_whole_calendar_units_are_those_of_pandas(cdnow, unit):
    # lifetimes itself cannot do months with this pandas
    ours = summarise(cdnow, end="1998-06-30", unit=unit, whole_units=True).set_index("customer_id")
    unit_of = pd.to_datetime(cdnow["doc_date"].astype(str)).dt.to_period(unit)
    number = unit_of.map(lambda period: period.ordinal)
    units = cdnow.assign(number=number).groupby(["customer_id", "number"])["amount_net"].sum().reset_index()
    first = units.groupby("customer_id")["number"].min()
    later = units[units["number"] > units["customer_id"].map(first)].groupby("customer_id")["amount_net"]
    assert (ours["frequency"] == later.size().reindex(first.index).fillna(0)).all()
    assert (ours["T"] == pd.Period("1998-06-30", unit).ordinal - first).all()
    assert (ours["recency"] == units.groupby("customer_id")["number"].max() - first).all()
    np.testing.assert_allclose(ours["monetary_value"], later.mean().reindex(first.index).fillna(0), atol=1e-9)


def test_holdout_counts_agree_with_the_longer_summary(cdnow):
    split = summarise(cdnow, end="1998-06-30", calibration_end="1997-09-30").set_index("customer_id")
    whole = summarise(cdnow, end="1998-06-30").set_index("customer_id")
    assert (split["frequency"] + split["frequency_holdout"] == whole["frequency"]).all()
    assert split["frequency_holdout"].sum() == 1882


def test_the_rows_come_in_order_of_the_customer(cdnow):
    mixed = cdnow.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(summarise(mixed, end="1998-06-30"), summarise(cdnow, end="1998-06-30"))


@pytest.mark.parametrize(
    "wrong",
    [{"end": "tomorrow"}, {"end": "2024-12-31", "unit": "F"}, {"end": "2024-01-01", "calibration_end": "2025-01-01"}],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(lines, wrong):
    with pytest.raises(DataError, match="must"):
        summarise(lines(("a", "1", "2024-01-01", 5)), **wrong)


purchase = st.tuples(
    st.sampled_from("abc"), st.integers(0, 400), st.decimals(0, 1000, places=2).map(float), st.integers(1, 6)
)


@settings(max_examples=12, deadline=None)
@given(st.lists(purchase, min_size=1, max_size=25), st.sampled_from("DW"))
def test_what_was_never_returned_equals_lifetimes_whatever_the_documents(rows, unit):
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount_net", "doc_id"])
    frame["doc_date"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(frame["day"], unit="D")
    ours = summarise(frame, end="2024-12-31", unit=unit).set_index("customer_id")
    theirs = lifetimes_summary(frame, "2024-12-31", {"D": 1, "W": 7}[unit])
    for column in ("frequency", "recency", "T", "monetary_value"):
        np.testing.assert_allclose(ours[column], theirs[column], rtol=0, atol=1e-6)


@settings(max_examples=12, deadline=None)
@given(st.lists(purchase, min_size=1, max_size=25))
def test_invariants(rows):
    start = pd.Timestamp("2023-01-01")
    frame = pd.DataFrame(rows, columns=["customer_id", "day", "amount_net", "doc_id"])
    frame["doc_date"] = start + pd.to_timedelta(frame["day"], unit="D")
    found = summarise(frame, end="2024-12-31", unit="D")
    assert ((found["recency"] >= 0) & (found["recency"] <= found["T"])).all()
    assert (found["frequency"] <= found["recency"]).all()
    assert (found["recency"] == (found["last_date"] - found["first_date"]).dt.days).all()
    assert set(found["customer_id"]) == set(frame["customer_id"])
    assert ((found["monetary_value"] == 0) | (found["frequency"] > 0)).all()
