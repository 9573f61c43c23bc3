import pandas as pd
import pytest

from custinsight import engine
from custinsight.clean import DERIVED_COLUMNS, clean_customers
from custinsight.errors import DataError


def clean_one(**values):
    """Clean one customer and return its row."""
    row = {"source_system": "ERP", "source_id": "1", "customer_name": "华东贸易有限公司"} | values
    cleaned = clean_customers(pd.DataFrame([row]))
    assert len(cleaned.table) == 1
    return cleaned.table.iloc[0]


def test_shown_values_are_normalised():
    row = clean_one(
        customer_name="華東貿易（上海）\u200b有限公司",
        mobile="１３９-1234-5678",
        email="Li.Na@Example.COM",
        city=" 上海\u3000市",
    )
    assert row["customer_name"] == "華東貿易(上海)有限公司"
    assert row["mobile"] == "+8613912345678"
    assert row["email"] == "li.na@example.com"
    assert row["city"] == "上海 市"


def test_keys_are_derived():
    row = clean_one(
        customer_name="华为技术有限公司上海分公司",
        mobile="13912345678",
        phone="010-62345678",
        email="li.na+x@example.com",
        tax_id="９１１１００００８０２１００４３３Ｂ",
        contact_name="李 娜",
    )
    assert row["name_key"] == "华为技术上海分公司"
    assert row["branch_key"] == "上海分公司"
    assert row["legal_form"] == "有限公司"
    assert row["phone_key"] == "+8613912345678"
    assert row["other_phone_key"] == "+861062345678"
    assert row["email_key"] == "li.na@example.com"
    assert row["tax_key"] == "91110000802100433B"
    assert row["contact_key"] == "李娜"
    assert row["flags"] == ""


def test_the_mobile_is_the_better_key_wherever_it_stands():
    assert clean_one(mobile="010-62345678", phone="13912345678")["phone_key"] == "+8613912345678"


def test_one_number_in_both_columns_is_one_key():
    row = clean_one(mobile="13912345678", phone="139 1234 5678")
    assert row["phone_key"] == "+8613912345678"
    assert pd.isna(row["other_phone_key"])


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ({"phone": "123"}, "BAD_PHONE,NO_CONTACT"),
        ({"phone": "无"}, "BAD_PHONE,NO_CONTACT"),
        ({"mobile": "00000000000", "email": "li@example.com"}, "BAD_PHONE"),
        ({"email": "li@", "phone": "010-62345678"}, "BAD_EMAIL"),
        ({"tax_id": "911100008021004330", "phone": "010-62345678"}, "BAD_TAX_ID"),
        ({"phone": "  "}, "NO_CONTACT"),
        ({"phone": None}, "NO_CONTACT"),
    ],
)
def test_flags(values, flags):
    assert clean_one(**values)["flags"] == flags


def test_what_cannot_be_read_stays_to_the_character():
    row = clean_one(phone=" １２３ ", email="li＠", tax_id="91 1x")
    assert (row["phone"], row["email"], row["tax_id"]) == (" １２３ ", "li＠", "91 1x")
    assert pd.isna(row["phone_key"])
    assert pd.isna(row["tax_key"])


def test_a_value_in_the_wrong_column_moves_and_is_logged():
    given = pd.DataFrame(
        {
            "source_system": "ERP",
            "source_id": ["1"],
            "customer_name": ["A 公司"],
            "phone": ["Li@Example.com"],
            "email": [None],
        }
    )
    cleaned = clean_customers(given)
    assert pd.isna(cleaned.table["phone"][0])
    assert cleaned.table["email"][0] == "li@example.com"
    changes = cleaned.changes.set_index("column")
    assert changes.loc["email", ["old", "new", "rule"]].tolist()[1:] == ["li@example.com", "MOVED"]
    assert changes.loc["phone", "old"] == "Li@Example.com"
    assert changes.loc["phone", "certainty"] == pytest.approx(0.99)


def test_numbers_are_read_by_the_row_s_country():
    given = pd.DataFrame(
        {
            "source_id": ["1", "2", "3"],
            "customer_name": ["Ann", "Bob", "Cyd"],
            "phone": ["(415) 555-2671", "010-62345678", "415-555-2672"],
            "country": ["USA", "中国", None],
        }
    )
    assert clean_customers(given).table["phone"].tolist() == ["+14155552671", "+861062345678", "+14155552672"]


def test_rows_that_are_no_customer_are_rejected_with_a_reason():
    given = pd.DataFrame(
        {"source_system": "ERP", "source_id": ["1", "2", None, "4"], "customer_name": ["华东贸易", "--", "美的", None]}
    )
    cleaned = clean_customers(given)
    assert cleaned.table["source_id"].tolist() == ["1"]
    assert sorted(cleaned.rejects["code"]) == ["NO_NAME", "NO_NAME", "NO_NUMBER"]
    assert len(cleaned.table) + len(cleaned.rejects) == len(given)
    assert list(cleaned.rejects.columns) == [*given.columns, "code", "reason"]


def test_names_that_look_like_null_are_names():
    given = pd.DataFrame({"source_id": ["1", "2"], "customer_name": ["NA", "None"]})
    assert clean_customers(given).table["customer_name"].tolist() == ["NA", "None"]


def test_a_table_of_numbers_only_has_nothing_to_reject():
    cleaned = clean_customers(pd.DataFrame({"customer_id": [1, 2], "customer_name": [None, None]}))
    assert len(cleaned.table) == 2
    assert cleaned.table["name_key"].isna().all()


def test_of_rows_with_one_number_the_newest_stays():
    given = pd.DataFrame(
        {
            "source_system": ["ERP", "ERP", "CRM"],
            "source_id": ["1", "1", "1"],
            "customer_name": ["old 公司", "new 公司", "other 公司"],
            "updated_at": pd.to_datetime(["2023-01-01", "2024-01-01", "2020-01-01"]),
        }
    )
    cleaned = clean_customers(given)
    assert cleaned.table["customer_name"].tolist() == ["other 公司", "new 公司"]
    assert cleaned.rejects[["customer_name", "code"]].to_numpy().tolist() == [["old 公司", "REPEATED_NUMBER"]]


def test_columns_come_back_in_their_order_with_the_derived_ones_behind():
    given = pd.DataFrame({"own": [1.5], "email": ["a@example.com"], "source_id": ["1"], "customer_name": ["华东"]})
    assert list(clean_customers(given).table.columns) == [*given.columns, *DERIVED_COLUMNS]


def test_cleaning_what_is_clean_changes_nothing(dirty):
    once = clean_customers(dirty)
    twice = clean_customers(once.table)
    pd.testing.assert_frame_equal(twice.table.drop(columns="flags"), once.table.drop(columns="flags"))
    assert twice.changes.empty


def test_an_ibis_table_gives_lazy_tables_with_the_same_rows(dirty):
    con = engine.connect()
    table = con.create_table("customers", dirty)
    lazy, eager = clean_customers(table), clean_customers(dirty)
    for name in ("table", "changes", "rejects"):
        expected = getattr(eager, name)
        found = engine.collect(getattr(lazy, name)).sort_values(list(expected.columns[:3]), ignore_index=True)
        expected = expected.sort_values(list(expected.columns[:3]), ignore_index=True)
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_the_order_of_the_rows_given_does_not_matter(dirty):
    shuffled = dirty.sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(clean_customers(shuffled).table, clean_customers(dirty).table)


def test_without_customer_numbers_the_error_names_the_column():
    with pytest.raises(DataError, match="source_id"):
        clean_customers(pd.DataFrame({"customer_name": ["华东"]}))


def test_no_rows():
    empty = pd.DataFrame({"source_id": pd.Series([], dtype=str), "customer_name": pd.Series([], dtype=str)})
    cleaned = clean_customers(empty)
    assert (len(cleaned.table), len(cleaned.changes), len(cleaned.rejects)) == (0, 0, 0)


def test_a_column_of_nothing():
    given = pd.DataFrame(
        {"source_id": ["1"], "customer_name": ["华东"], "phone": [None], "email": [None], "city": [None]}
    )
    assert clean_customers(given).table["phone"].isna().all()
