"""Filters and dimensions, by hand and against the whole."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.base import lenses, read_purchases
from custinsight.errors import DataError


@pytest.fixture
def shop(lines):
    return lines(
        ("a", "1", "2023-02-01", 30),
        ("a", "2", "2024-02-01", 50),
        ("b", "3", "2024-02-02", 20),
        ("b", "3", "2024-02-02", 5),
        ("c", "4", "2024-03-02", 7),
        channel=["web", "web", "shop", "web", None],
    )


PEOPLE = pd.DataFrame({"customer_id": list("abc"), "region": ["east", "west", "east"]})


def test_a_filter_keeps_the_lines_that_meet_all_conditions(shop):
    web = lenses.one_period(shop, "2024", where={"channel": "web"}).totals
    assert web[["customers", "orders", "spend"]].tolist() == [2, 2, 55]
    both = lenses.one_period(shop, "2024", where={"channel": ["web", "shop"], "region": "west"}, customers=PEOPLE)
    assert both.totals[["customers", "orders", "spend"]].tolist() == [1, 1, 25]


def test_one_result_per_value_and_tidy_frames_of_all(shop):
    lens = lenses.one_period(shop, "2024", by="channel")
    assert list(lens) == ["", "shop", "web"]
    assert lens.totals[["channel", "customers", "spend"]].values.tolist() == [
        ["", 1, 7],
        ["shop", 1, 20],
        ["web", 2, 55],
    ]
    assert lens["shop"].totals["aov"] == 20
    assert lens.equal_customer_deciles.groupby("channel")["customers"].sum().to_dict() == {"": 1, "shop": 1, "web": 2}


def test_a_dimension_of_customers(shop):
    groups = lenses.two_periods(shop, "2023", "2024", by="region", customers=PEOPLE).groups
    assert groups[["region", "group", "customers"]].values.tolist() == [
        ["east", "only_before", 0],
        ["east", "both", 1],
        ["east", "only_after", 1],
        ["west", "only_before", 0],
        ["west", "both", 0],
        ["west", "only_after", 1],
    ]


def test_purchases_read_before_are_sliced_by_their_customers(shop):
    read = read_purchases(shop)
    sliced = lenses.one_period(read, "2024", by="region", customers=PEOPLE)
    direct = lenses.one_period(shop, "2024", by="region", customers=PEOPLE)
    pd.testing.assert_frame_equal(sliced.totals, direct.totals)
    with pytest.raises(DataError, match="channel"):
        lenses.one_period(read, "2024", by="channel")


def test_several_dimensions(shop):
    lens = lenses.one_period(shop, "2024", by=["region", "channel"], customers=PEOPLE)
    assert list(lens) == [("east", ""), ("east", "web"), ("west", "shop"), ("west", "web")]
    assert lens.totals["spend"].sum() == 82


def test_a_step_and_a_dimension_of_the_whole_base(shop):
    assert list(lenses.whole_base(shop, by="channel").by) == ["channel"]
    lens = lenses.whole_base(shop, by=["Y", "region"], customers=PEOPLE)
    assert lens.c3[["region", "period", "cohort", "spend"]].values.tolist() == [
        ["east", "2023", "2023", 30],
        ["east", "2024", "2023", 50],
        ["east", "2024", "2024", 7],
        ["west", "2024", "2024", 25],
    ]


def test_what_is_no_column_is_refused(shop):
    with pytest.raises(DataError, match="colour"):
        lenses.one_period(shop, "2024", by="colour")
    with pytest.raises(DataError, match="one row per customer"):
        lenses.one_period(shop, "2024", by="region", customers=pd.concat([PEOPLE, PEOPLE]))


def test_money_sums_to_the_whole_on_a_real_log(fh):
    lens = lenses.one_period(fh, "2018", by="channel")
    assert lens.totals["spend"].sum() == pytest.approx(lenses.one_period(fh, "2018").totals["spend"], abs=1e-6)


purchase = st.tuples(
    st.sampled_from("abcd"),
    st.integers(1, 9),
    st.integers(0, 720),
    st.decimals(-30, 100, places=2).map(float),
    st.sampled_from(["web", "shop", None]),
)


@settings(max_examples=5, deadline=None)
@given(st.lists(purchase, min_size=1, max_size=25))
def test_all_lenses_reconcile_to_the_cent(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "doc_id", "day", "amount_net", "channel"])
    frame["doc_date"] = pd.Timestamp("2023-01-02") + pd.to_timedelta(frame["day"], unit="D")
    read = read_purchases(frame)
    whole = lenses.whole_base(read, by="Y", end="2024-12-31")
    assert whole.c3["spend"].sum() == pytest.approx(frame["amount_net"].sum(), abs=0.001)
    assert whole.totals["spend"].sum() == pytest.approx(frame["amount_net"].sum(), abs=0.001)
    year = frame[frame["doc_date"].dt.year == 2024]["amount_net"].sum()
    one, two = lenses.one_period(read, "2024"), lenses.two_periods(read, "2023", "2024")
    for found in (
        one.totals["spend"],
        one.equal_customer_deciles["spend"].sum(),
        one.equal_profit_deciles["spend"].sum(),
        two.groups["spend_after"].sum(),
        lenses.one_period(frame, "2024", by="channel").totals["spend"].sum(),
    ):
        assert found == pytest.approx(year, abs=0.001)
    aged = lenses.cohorts(read, by="Y", end="2024-12-31")
    # what is dated before a first order belongs to no cohort
    in_cohorts = whole.c3.loc[whole.c3["cohort"] != "", "spend"].sum()
    assert aged.by_age["spend"].sum() == pytest.approx(in_cohorts, abs=0.001)
