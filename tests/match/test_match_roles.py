"""Columns recognised by their values and headers."""

import ibis
import pandas as pd
import pytest

from custinsight.engine import as_table
from custinsight.errors import DataError
from custinsight.match import deduplicate, evaluate
from custinsight.match.further import further_keys
from custinsight.match.roles import Column, find_columns, name_columns


def roles(**columns) -> dict[str, str]:
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"customer_id": [f"{i:03d}" for i in range(n)], **columns})
    return {column.name: column.role for column in find_columns(as_table(frame))}


def test_days_are_known_by_their_values():
    assert roles(x=[f"19{n + 10}-03-0{n % 9 + 1}" for n in range(60)]) == {"x": "date"}


def test_a_number_with_another_value_in_each_row_tells_nothing():
    assert roles(x=[f"A{n:04d}" for n in range(60)]) == {"x": "number"}


def test_codes_that_repeat_are_compared():
    assert roles(x=[f"A{n // 2:04d}" for n in range(200)]) == {"x": "code"}


def test_amounts_and_what_the_seller_did_are_not_compared():
    days = [pd.Timestamp("2024-01-01") + pd.Timedelta(hours=7 * n) for n in range(60)]
    assert roles(balance=[n / 3 for n in range(60)], seen=days) == {"balance": "measure", "seen": "record"}


def test_constant_and_empty_columns_are_left_alone():
    assert roles(x=["a"] * 30, y=[None] * 30) == {"x": "constant", "y": "empty"}


def test_a_column_that_repeats_two_others_is_left_alone():
    first, last = (
        [f"anna{'abcdefghij'[n % 10]}" for n in range(300)],
        [f"smith{'klmnopqrst'[n // 30]}" for n in range(300)],
    )
    found = roles(whole=[f"{a} {b}" for a, b in zip(first, last, strict=True)], first_name=first, surname=last)
    assert found["whole"] == "composite"


def test_canonical_names_are_given_by_header_and_values():
    frame = pd.DataFrame(
        {
            "编号": [f"{n:03d}" for n in range(30)],
            "姓名": [f"{'张李王'[n % 3]}{'伟芳娜敏静丽强磊军洋'[n % 10]}" for n in range(30)],
            "手机号": [f"138{n:08d}" for n in range(30)],
        }
    )
    assert name_columns(as_table(frame)).columns == ("customer_id", "customer_name", "mobile")


def test_a_name_in_parts_is_put_together():
    table = ibis.memtable(pd.DataFrame({"id": ["1", "2"], "given_name": ["Ann", None], "surname": ["Lee", "Ray"]}))
    named = name_columns(table).order_by("customer_id").to_pandas()
    assert named["customer_name"].tolist() == ["Ann Lee", "Ray"]


def test_days_are_written_one_way():
    given = ["1980/1/2", "02.01.1980", "1980年1月2日", "19800102", "25.12.1990"]
    table = ibis.memtable(pd.DataFrame({"d": given}))
    keys = table.select(**further_keys(table, [Column("d", "date", "d", 1, 5)])).to_pandas()["d"]
    assert sorted(keys) == ["19800102"] * 4 + ["19901225"]


def test_nothing_to_compare_is_refused_with_what_is_needed():
    with pytest.raises(DataError, match="customer_name, mobile, phone, email, tax_id"):
        deduplicate(pd.DataFrame({"customer_id": ["1", "2"], "colour": ["red", "red"]}))


def test_a_table_without_numbers_is_refused():
    with pytest.raises(DataError, match="customer_id"):
        deduplicate(pd.DataFrame({"colour": ["red", "red", "blue"]}))


def test_fake_1000_as_it_comes(shared_data):
    raw = pd.read_csv(shared_data / "splink" / "fake_1000.csv", dtype=str)
    links = deduplicate(raw.drop(columns="cluster")).links
    truth = dict(zip(raw["unique_id"], raw["cluster"], strict=True))
    result = evaluate(dict(zip(links["customer_id"], links["golden_id"], strict=True)), truth)
    assert result["pair_precision"] >= 0.98
    assert result["pair_f1"] >= 0.91
