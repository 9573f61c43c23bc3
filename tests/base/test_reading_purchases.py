"""Lines become orders, purchase days and money by day."""

import datetime as dt

import ibis
import pandas as pd
import pytest

from custinsight.base import lenses, summarise
from custinsight.base.lines import read_lines
from custinsight.base.orders import find_occasions, find_orders, group_pieces
from custinsight.base.purchases import read_purchases
from custinsight.engine import collect
from custinsight.errors import DataError


def pieces_of(frame):
    return group_pieces(read_lines(frame))


def orders_of(frame):
    found = collect(find_orders(pieces_of(frame)).order_by("customer_id", "order_id"))
    return found[found["returned_on"].isna()][["customer_id", "order_id"]].values.tolist()


def days_of(frame):
    return collect(find_occasions(pieces_of(frame)).order_by("customer_id", "day"))


def test_lines_of_one_document_are_one_order(lines):
    frame = lines(("a", "1", "2024-01-01", 5), ("a", "1", "2024-01-01", 7), ("a", "1", "2024-01-02", 1))
    assert orders_of(frame) == [["a", "1"]]


def test_an_order_delivered_on_two_days_is_one_order_and_two_purchase_days(lines):
    frame = lines(("a", "1", "2024-01-01", 5), ("a", "1", "2024-01-01", 7), ("a", "1", "2024-02-02", 1))
    assert days_of(frame)["amount"].tolist() == [12, 1]
    assert lenses.whole_base(frame, by="Y").c3["orders"].tolist() == [1]
    numbered = summarise(frame, end="2024-12-31")
    pd.testing.assert_frame_equal(numbered, summarise(frame.drop(columns="doc_id"), end="2024-12-31"))


def test_a_document_number_of_two_customers_is_two_orders(lines):
    assert orders_of(lines(("a", "1", "2024-01-01", 5), ("b", "1", "2024-01-01", 7))) == [["a", "1"], ["b", "1"]]


def test_without_document_numbers_a_day_is_an_order(lines):
    frame = lines(("a", None, "2024-01-01", 5), ("a", None, "2024-01-01", 7), ("a", None, "2024-01-09", 7))
    assert orders_of(frame.drop(columns="doc_id")) == orders_of(frame) == [["a", "2024-01-01"], ["a", "2024-01-09"]]


def test_a_return_is_no_order(lines):
    frame = lines(("a", "1", "2024-01-01", 50), ("a", "2", "2024-02-01", -20))
    assert orders_of(frame) == [["a", "1"]]


def test_a_line_of_type_return_is_negative_whatever_its_sign(lines):
    frame = lines(("a", "1", "2024-01-01", 50), ("a", "2", "2024-02-01", 20), doc_type=["invoice", "return"])
    pieces = collect(pieces_of(frame))
    assert orders_of(frame) == [["a", "1"]]
    assert pieces["amount"].sum() == 30


def test_a_discount_line_leaves_the_order_standing(lines):
    frame = lines(("a", "1", "2024-01-01", 50), ("a", "1", "2024-01-01", -20))
    assert days_of(frame)["amount"].tolist() == [30]


@pytest.mark.parametrize(("back", "orders"), [(-50, []), (-60, []), (-49.99, [["a", "1"]])])
def test_an_order_wholly_returned_is_no_purchase(lines, back, orders):
    linked = lines(("a", "1", "2024-01-01", 50), ("a", "R", "2024-02-01", back), return_of=[None, "1"])
    assert orders_of(linked) == orders


def test_a_return_without_a_link_undoes_nothing(lines):
    frame = lines(("a", "1", "2024-01-01", 50), ("a", "R", "2024-02-01", -50), return_of=[None, None])
    assert orders_of(frame) == [["a", "1"]]


def test_a_return_cannot_undo_another_customers_order(lines):
    frame = lines(("a", "1", "2024-01-01", 50), ("b", "R", "2024-02-01", -50), return_of=[None, "1"])
    assert orders_of(frame) == [["a", "1"]]


def test_returns_of_one_order_add_up(lines):
    frame = lines(
        ("a", "1", "2024-01-01", 50),
        ("a", "R1", "2024-02-01", -30),
        ("a", "R2", "2024-03-01", -20),
        return_of=[None, "1", "1"],
    )
    found = collect(find_orders(pieces_of(frame)))
    assert found["returned_on"].tolist() == [pd.Timestamp("2024-03-01")]
    assert len(summarise(frame, end="2024-02-28")) == 1
    assert summarise(frame, end="2024-03-01").empty


def test_free_goods_are_a_purchase(lines):
    assert orders_of(lines(("a", "1", "2024-01-01", 0))) == [["a", "1"]]


def test_a_day_with_a_standing_and_a_returned_order_counts_the_standing_one(lines):
    frame = lines(
        ("a", "1", "2024-01-01", 50),
        ("a", "2", "2024-01-01", 80),
        ("a", "R", "2024-02-01", -80),
        return_of=[None, None, "2"],
    )
    assert days_of(frame)[["lines", "amount"]].values.tolist() == [[1, 50]]


def test_lines_without_customer_day_or_amount_are_left_out(lines):
    frame = lines((None, "1", "2024-01-01", 5), ("a", "2", None, 5), ("a", "3", "2024-01-01", None))
    read = read_purchases(frame)
    assert (read.first, read.last, read.has_cost) == (None, None, False)


def test_drafts_and_voids_do_not_count(lines):
    frame = lines(*[("a", str(n), "2024-01-01", 5) for n in range(4)], status=["posted", "draft", "void", None])
    assert orders_of(frame) == [["a", "0"], ["a", "3"]]


@pytest.mark.parametrize(
    "day",
    ["2024-02-29", "20240229", 20240229, dt.date(2024, 2, 29), pd.Timestamp("2024-02-29 23:59"), "2024-02-29T10:00:00"],
)
def test_days_may_be_text_numbers_dates_or_timestamps(day):
    read = read_purchases(pd.DataFrame({"customer_id": ["a"], "doc_date": [day], "amount_net": [1.0]}))
    assert read.last == dt.date(2024, 2, 29)


def test_a_value_that_is_no_day_is_refused_without_quoting_it():
    frame = pd.DataFrame({"customer_id": ["a"], "doc_date": ["13800138000"], "amount_net": [1.0]})
    with pytest.raises(DataError, match="doc_date must hold days") as caught:
        read_purchases(frame)
    assert "138" not in str(caught.value)


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="amount_net"):
        read_purchases(pd.DataFrame({"customer_id": ["a"], "doc_date": ["2024-01-01"]}))


def test_mixed_document_numbers_of_a_spreadsheet_are_read():
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "a"],
            "doc_id": [536365, "C536379"],
            "doc_date": ["2024-01-01"] * 2,
            "amount_net": [5, -1],
        }
    )
    assert orders_of(frame) == [["a", "536365"]]


def test_purchases_read_once_are_taken_as_they_are(lines):
    read = read_purchases(lines(("a", "1", "2024-01-01", 5)))
    assert read_purchases(read) is read
    assert summarise(read, end="2024-12-31")["customer_id"].tolist() == ["a"]


def test_lines_in_an_engine_and_in_arrow_give_the_same(lines):
    frame = lines(("a", "1", "2024-01-01", 5.25), ("a", "2", "2024-03-01", 7), ("b", "3", "2024-02-01", 1))
    con = ibis.duckdb.connect()
    table = con.create_table("transactions", frame)
    lazy = summarise(table, end="2024-12-31")
    assert isinstance(lazy, ibis.Table)
    expected = summarise(frame, end="2024-12-31")
    pd.testing.assert_frame_equal(collect(lazy.order_by("customer_id")), expected)
    arrow = summarise(table.to_pyarrow(), end="2024-12-31")
    pd.testing.assert_frame_equal(arrow.to_pandas(date_as_object=False), expected)


@pytest.mark.parametrize("end", ["2024-01-31", "2024-02-29", "2024-03-31", "2024-12-31"])
def test_read_once_or_not_the_summary_is_the_same_on_any_day(lines, end):
    frame = lines(
        ("a", "1", "2024-01-05", 50),
        ("a", "2", "2024-01-20", 70),
        ("a", "R1", "2024-02-05", -50),
        ("a", "3", "2024-02-05", 30),
        ("a", "R2", "2024-03-05", -10),
        ("b", "4", "2024-01-09", 20),
        ("b", "4", "2024-02-09", 15),
        ("b", "R3", "2024-03-09", -35),
        ("b", "5", "2024-03-09", 12),
        return_of=[None, None, "1", None, None, None, None, "4", None],
    )
    pd.testing.assert_frame_equal(summarise(read_purchases(frame), end=end), summarise(frame, end=end))
