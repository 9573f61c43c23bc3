"""Numbers that several customers or several days share, counted in generated and in real logs."""

from pathlib import Path

import pandas as pd

from custinsight.base.order_key import check_order_key
from custinsight.engine import collect


def _checked(*rows, **more):
    columns = ["customer_id", "doc_id", "doc_date", "amount_net"]
    frame = pd.DataFrame([list(row) for row in rows], columns=columns).assign(**more)
    (row,) = collect(check_order_key(frame)).to_dict("records")
    return {name: value for name, value in row.items() if value and name != "source_system"}


def test_a_number_of_one_customer_and_day_shares_nothing():
    assert _checked(("a", "1", "2024-01-05", 5), ("a", "1", "2024-01-05", 7)) == {"numbers": 1, "orders": 1}


def test_a_number_of_two_customers_is_two_orders():
    found = _checked(("a", "1", "2024-01-05", 5), ("b", "1", "2024-01-05", 7), ("b", "2", "2024-01-05", 7))
    assert found == {"numbers": 2, "orders": 3, "shared_numbers": 1, "shared_orders": 2}


def test_an_order_of_several_days_is_told_apart_from_a_number_reused_later():
    same = _checked(("a", "1", "2024-01-05", 5), ("a", "1", "2024-01-09", 7))
    assert same == {"numbers": 1, "orders": 1, "long_numbers": 1, "long_orders": 1}
    reused = _checked(("a", "1", "2024-01-05", 5), ("b", "1", "2025-01-05", 7))
    assert reused == {"numbers": 1, "orders": 2, "shared_numbers": 1, "shared_orders": 2, "long_numbers": 1}


def test_a_credit_note_with_the_invoices_number_is_no_second_day():
    found = _checked(
        ("a", "1", "2024-01-05", 5),
        ("a", "1", "2024-02-05", -5),
        ("a", "1", "2024-03-05", 5),
        doc_type=["invoice", "return", "return"],
    )
    assert found == {"numbers": 1, "orders": 1}


def test_systems_number_their_documents_on_their_own():
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "doc_id": ["1", "1"],
            "doc_date": ["2024-01-05"] * 2,
            "amount_net": [5, 5],
            "source_system": ["ERP", "US"],
        }
    )
    assert collect(check_order_key(frame))["shared_numbers"].tolist() == [0, 0]


def test_order_numbers_of_adventureworks_are_sound(shared_data: Path):
    """56,046 lines; the counts are those of pandas."""
    files = sorted((shared_data / "adventureworks").glob("AdventureWorks_Sales_*.csv"))
    log = pd.concat([pd.read_csv(file, dtype=str) for file in files], ignore_index=True)
    month_first = log["OrderDate"].str.replace("-", "/")
    frame = pd.DataFrame(
        {
            "customer_id": log["CustomerKey"],
            "doc_id": log["OrderNumber"],
            "doc_date": pd.to_datetime(month_first.str.replace(r"/(\d\d)$", r"/20\1", regex=True), format="%m/%d/%Y"),
            "amount_net": 1,
        }
    )
    (found,) = collect(check_order_key(frame)).to_dict("records")
    assert found["numbers"] == frame["doc_id"].nunique()
    assert found["orders"] == len(frame[["customer_id", "doc_id"]].drop_duplicates())
    assert found["long_numbers"] == len(frame[["doc_id", "doc_date"]].drop_duplicates()) - found["numbers"]
    assert found["shared_numbers"] == len(frame[["doc_id", "customer_id"]].drop_duplicates()) - found["numbers"]
    assert (found["numbers"], found["shared_numbers"], found["long_numbers"]) == (25_164, 0, 0)
