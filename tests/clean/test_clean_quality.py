import datetime as dt

import pandas as pd
import pytest

from custinsight.clean import clean_customers, quality

AS_OF = dt.date(2024, 12, 31)


@pytest.fixture(scope="module")
def scores() -> pd.DataFrame:
    given = pd.DataFrame(
        {
            "source_id": ["1", "2", "3", "4"],
            "customer_name": ["华东贸易", "华东贸易", "美的", "海尔"],
            "phone": ["010-62345678", "123", None, None],
            "email": ["a@example.com", "a@example.com", "b@", None],
            "tax_id": [None, None, None, None],
            "owner_id": ["S1", "S1", "S2", None],
            "owner_name": ["王芳", "王方", "李娜", None],
            "created_date": pd.to_datetime(["2023-01-01", "2023-01-01", "2025-06-01", "2024-06-01"]),
            "updated_at": pd.to_datetime(["2024-06-01", "2022-06-01", None, "2024-05-01"]),
        }
    )
    return quality(clean_customers(given).table, as_of=AS_OF).set_index(["dimension", "field"])


@pytest.mark.parametrize(
    ("dimension", "field", "numerator", "denominator"),
    [
        ("completeness", "customer_name", 4, 4),
        ("completeness", "phone", 2, 4),
        ("completeness", "email", 3, 4),
        ("validity", "phone", 1, 2),
        ("validity", "email", 2, 3),
        ("uniqueness", "name", 3, 4),
        ("uniqueness", "email", 1, 2),
        ("consistency", "created_date", 1, 4),
        ("consistency", "owner_name", 1, 3),
        ("consistency", "contact", 2, 4),
        ("timeliness", "updated_at", 2, 3),
    ],
)
def test_scores_counted_by_hand(scores, dimension, field, numerator, denominator):
    row = scores.loc[(dimension, field)]
    assert (row["numerator"], row["denominator"]) == (numerator, denominator)
    assert row["score"] == pytest.approx(numerator / denominator)


def test_fields_that_were_not_exported_are_left_out(scores):
    assert ("completeness", "tax_id") not in scores.index
    assert ("completeness", "industry") not in scores.index
    assert ("validity", "tax_id") not in scores.index


def test_a_table_without_rows_has_no_scores():
    empty = pd.DataFrame({"source_id": pd.Series([], dtype=str), "customer_name": pd.Series([], dtype=str)})
    assert quality(clean_customers(empty).table, as_of=AS_OF).empty
