"""Months, categories, channels and weekdays by hand and against lens 1."""

import pandas as pd
import pytest

from custinsight.base import lenses
from custinsight.insight import behaviour

COLUMNS = ["customer_id", "doc_id", "doc_date", "amount_net", "cost", "category", "channel"]


@pytest.fixture
def shop():
    return pd.DataFrame(
        [
            ["a", "1", "2024-01-01", 60, 40, "tools", "web"],
            ["a", "1", "2024-01-01", 40, 20, "paint", "web"],
            ["a", "2", "2024-02-05", 10, 5, "tools", "store"],
            ["b", "3", "2024-02-06", 30, 20, "tools", None],
            ["b", "R", "2024-03-01", -30, -20, "tools", None],
            ["c", "4", "2022-12-31", 5, 1, None, "web"],
        ],
        columns=COLUMNS,
    )


def rows(frame):
    return frame.values.tolist()


def test_categories_by_hand(shop):
    found = behaviour(shop, "2024Q1").by_category
    assert found.columns.tolist() == ["category", "customers", "orders", "spend", "profit"]
    assert rows(found) == [["tools", 2, 3, 70, 25], ["paint", 1, 1, 40, 20]]


def test_lines_without_a_channel_stand_last(shop):
    found = behaviour(shop, "2024Q1").by_channel
    assert rows(found) == [["web", 1, 1, 100, 40], ["store", 1, 1, 10, 5], ["", 1, 1, 0, 0]]


def test_a_wholly_returned_order_is_no_order_of_its_category(shop):
    linked = shop.assign(return_of=[None] * 4 + ["3", None])
    found = behaviour(linked, "2024Q1").by_category.set_index("category")
    assert found.loc["tools", ["customers", "orders", "spend"]].tolist() == [1, 2, 70]


def test_months_run_without_gaps_to_the_end_of_the_period(shop):
    found = behaviour(shop, "2024Q1").by_month
    assert len(found) == 16
    assert found["month"].iloc[0] == pd.Timestamp("2022-12-01")
    assert found["month"].iloc[-1] == pd.Timestamp("2024-03-01")
    by_month = found.set_index("month")
    assert by_month.loc["2024-02-01", ["customers", "orders", "spend"]].tolist() == [2, 2, 40]
    assert by_month.loc["2024-03-01", ["customers", "orders", "spend"]].tolist() == [0, 0, -30]
    assert by_month.loc["2023-06-01", "spend"] == 0


def test_at_most_24_months(shop):
    assert len(behaviour(shop, "2030").by_month) == 0
    early = pd.concat([shop, shop.assign(doc_date="2024-11-03")])
    assert behaviour(early, "2024").by_month["month"].iloc[0] == pd.Timestamp("2024-01-01")


def test_weekdays_by_hand(shop):
    found = behaviour(shop, "2024Q1").by_weekday.set_index("weekday")
    assert found.index.tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert found["orders"].tolist() == [2, 1, 0, 0, 0, 0, 0]  # Mondays 1 January and 5 February, a Tuesday


def test_the_thirteenth_category_is_among_the_others():
    frame = pd.DataFrame(
        [[f"c{n}", str(n), "2024-01-01", 100 - n, 1, f"k{n:02d}", "web"] for n in range(15)], columns=COLUMNS
    )
    found = behaviour(frame, "2024").by_category
    assert found["category"].tolist() == [*(f"k{n:02d}" for n in range(12)), "other"]
    assert found.iloc[-1][["customers", "spend"]].tolist() == [3, 88 + 87 + 86]


def test_what_the_lines_do_not_name_is_empty_and_profit_unknown(shop):
    bare = shop.drop(columns=["category", "channel", "cost"])
    found = behaviour(bare, "2024Q1")
    assert found.by_category.empty
    assert found.by_channel.empty
    assert found.by_month["profit"].isna().all()
    assert behaviour(shop.assign(category=None), "2024Q1").by_category.empty


def test_a_period_without_lines_is_empty(shop):
    found = behaviour(shop, "2020")
    assert found.by_month.empty
    assert found.by_weekday.empty
    assert found.by_category.empty


def test_a_real_log_agrees_with_lens_one(shared_data):
    names = {"order_date": "doc_date", "cust_id": "customer_id", "net_sales": "amount_net", "source": "channel"}
    log = pd.read_csv(shared_data / "fh" / "transaction-log-example.csv", encoding="utf-8-sig").rename(columns=names)
    found, totals = behaviour(log, "2018"), lenses.one_period(log, "2018").totals
    assert found.by_channel["spend"].sum() == pytest.approx(totals["spend"])
    assert found.by_month.tail(12)["orders"].sum() == found.by_weekday["orders"].sum() == totals["orders"]
    assert len(found.by_month) == 24
