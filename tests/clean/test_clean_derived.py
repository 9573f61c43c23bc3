import pandas as pd
import pytest

from custinsight.clean import clean_customers

RESIDENT = "11010519491231002X"


def clean_all(*rows: dict[str, object], **options: object):
    """Clean customers that have a name and a number, and return what cleaning returns."""
    named = [{"source_id": str(n), "customer_name": f"华东{n}号贸易有限公司"} | row for n, row in enumerate(rows)]
    return clean_customers(pd.DataFrame(named), **options)


def clean_one(**values: object) -> pd.Series:
    return clean_all(values).table.iloc[0]


def flags_of(**values: object) -> set[str]:
    return set(clean_one(**values)["flags"].split(",")) - {"NO_CONTACT", ""}


def test_homophones_have_one_pinyin_key():
    table = clean_all({"customer_name": "华东贸易有限公司"}, {"customer_name": "花冬茂易（上海）有限公司"}).table
    assert table["pinyin_key"].tolist() == ["huadongmaoyi"] * 2
    assert table["name_key"].nunique() == 2


def test_the_shown_name_is_never_simplified():
    row = clean_one(customer_name="華東貿易有限公司")
    assert (row["customer_name"], row["name_key"]) == ("華東貿易有限公司", "华东贸易")


def test_the_best_phone_has_type_and_area():
    row = clean_one(mobile="0512-62345678", phone="13912345678")
    assert (row["phone_key"], row["phone_type"], row["phone_area"]) == ("+8613912345678", "mobile", "江苏省常州市")
    row = clean_one(phone="021-62345678转801")
    assert (row["phone"], row["phone_type"], row["phone_area"]) == ("+862162345678;ext=801", "fixed", "上海市")


def test_without_a_phone_there_is_no_type():
    assert clean_one(phone="?")[["phone_type", "phone_area"]].isna().all()


def test_further_numbers_of_a_cell_are_kept_also_when_cleaned_again():
    once = clean_all({"mobile": "13912345678、13812345678/123", "email": "a@example.com; b@example.com"})
    twice = clean_customers(once.table)
    for cleaned in (once, twice):
        row = cleaned.table.iloc[0]
        assert (row["mobile"], row["other_phones"]) == ("+8613912345678", "+8613812345678 / 123")
        assert (row["email"], row["other_emails"]) == ("a@example.com", "b@example.com")
    assert set(once.changes["rule"]) == {"SEVERAL"}


def test_a_mistyped_domain_is_proposed_and_nothing_changed():
    row = clean_one(email="li@gmial.com")
    assert (row["email"], row["suggested_email"], row["flags"]) == ("li@gmial.com", "li@gmail.com", "EMAIL_TYPO")


def test_role_addresses_are_flagged():
    assert flags_of(email="sales@example.com") == {"ROLE_EMAIL"}


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ({"tax_id": "91440300708461136T", "address": "广东省深圳市科技路1号"}, set()),
        ({"tax_id": "91440300708461136T", "address": "上海市浦东新区科技路1号"}, {"TAX_REGION"}),
        ({"tax_id": "91440300708461136T", "city": "上海"}, {"TAX_REGION"}),
        ({"tax_id": "91440300708461136T", "address": "人民路1号"}, set()),
        ({"address": "上海市浦东新区", "city": "苏州"}, {"ADDR_REGION"}),
        ({"country": "Atlantis"}, {"BAD_COUNTRY"}),
        ({"created_date": "03/04/24"}, {"BAD_DATE"}),
        ({"tax_id": RESIDENT}, {"RESIDENT_ID"}),
        ({"address": f"上海市，身份证 {RESIDENT}"}, {"RESIDENT_ID"}),
        ({"contact_name": f"张三{RESIDENT}"}, {"RESIDENT_ID"}),
    ],
)
def test_flags(values, flags):
    assert flags_of(**values) == flags


def test_identity_cards_have_a_rule_of_their_own_and_a_digest_for_a_key():
    cleaned = clean_all({"tax_id": RESIDENT.lower()}, {"tax_id": f" {RESIDENT}"}, secret=b"k" * 32)
    assert cleaned.changes["rule"].tolist() == ["RESIDENT_ID"] * 2
    keys = cleaned.table["tax_key"]
    assert keys[0] == keys[1]
    assert keys.str.fullmatch("R[A-Z2-7]{20}").all()


def test_other_tax_numbers_stay_keys():
    cleaned = clean_all({"tax_id": "91440300708461136T"}, secret=b"k" * 32)
    assert cleaned.table["tax_key"].tolist() == ["91440300708461136T"]


def test_address_parts():
    row = clean_one(address="朝阳区建国路1号 100020", city="北京")
    parts = ["addr_country", "addr_province", "addr_city", "addr_district", "addr_postcode"]
    assert row[parts].tolist() == ["CN", "北京市", "北京市", "朝阳区", "100020"]


def test_a_district_of_several_cities_is_left_open():
    assert clean_one(address="朝阳区建国路1号")[["addr_province", "addr_city", "addr_district"]].isna().all()


def test_a_missing_city_is_filled_from_a_sure_address_in_the_column_s_own_style():
    rows = [
        {"city": "上海"},
        {"city": "苏州", "address": "苏州人民路"},
        {"city": "N/A", "address": "江苏省无锡市人民路"},
    ]
    cleaned = clean_all(*rows)
    assert cleaned.table["city"].tolist() == ["上海", "苏州", "无锡"]
    assert cleaned.changes[["column", "old", "new", "rule"]].to_numpy().tolist() == [
        ["city", "N/A", "无锡", "FROM_ADDRESS"]
    ]


def test_a_city_written_in_full_is_filled_in_full():
    cleaned = clean_all({"city": "上海市"}, {"city": None, "address": "江苏无锡人民路"})
    assert cleaned.table["city"].tolist() == ["上海市", "无锡市"]


def test_nothing_is_filled_from_an_address_that_is_not_sure():
    assert pd.isna(clean_one(city=None, address="无锡人民路")["city"])


def test_a_column_of_sales_regions_is_not_filled_with_provinces():
    cleaned = clean_all({"region": "华东"}, {"region": None, "address": "江苏省无锡市人民路"})
    assert cleaned.table["region"].isna().tolist() == [False, True]


def test_countries_and_days_in_text_are_written_in_one_way():
    row = clean_one(country="Deutschland", created_date="2024年3月5日", owner_name="李 娜")
    assert row[["country", "created_date", "owner_name"]].tolist() == ["DE", "2024-03-05", "李娜"]


def test_days_that_are_days_stay():
    given = {"created_date": pd.Timestamp("2024-03-05")}
    cleaned = clean_all(given)
    assert cleaned.table["created_date"].iloc[0] == pd.Timestamp("2024-03-05")
    assert cleaned.changes.empty
