"""Values lifted out of others: a tax number in the name, an e-mail address beside a phone number."""

import pandas as pd
import pytest

from custinsight.clean import clean_customers
from custinsight.clean.lifted import split_name, split_phone

CODE = "91110000802100433B"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (f"华东贸易有限公司 {CODE}", "华东贸易有限公司"),
        (f"华东贸易有限公司（统一社会信用代码：{CODE}）", "华东贸易有限公司"),
        (f"{CODE} 华东贸易有限公司", "华东贸易有限公司"),
        ("华东贸易有限公司/９１１１００００８０２１００４３３Ｂ", "华东贸易有限公司"),
        ("张三 身份证 11010519491231002X", "张三"),
    ],
)
def test_a_tax_number_is_lifted_out_of_a_name(text: str, name: str) -> None:
    found = split_name(text)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "text", ["华东贸易有限公司 911100008021004330", CODE, "华东贸易有限公司", f"{CODE} 91440300708461136T A"]
)
def test_a_name_stays_when_no_check_digit_vouches_or_nothing_would_be_left(text: str) -> None:
    assert split_name(text) is None


def test_an_address_alone_leaves_no_phone_number() -> None:
    found = split_phone("li@example.com / 无")
    assert found is not None
    assert (found.phone, found.email) == (None, "li@example.com")


@pytest.mark.parametrize("text", ["12 li@example.com", "13912345678", "a@example.com b@example.com 13912345678", "li@"])
def test_a_number_stays_when_not_both_can_be_read(text: str) -> None:
    assert split_phone(text) is None


def test_a_customer_gets_both_values_and_the_change_is_logged() -> None:
    given = {"source_id": ["1"], "customer_name": [f"华东贸易有限公司 {CODE}"], "tax_id": ["无"]}
    cleaned = clean_customers(pd.DataFrame({**given, "phone": ["010-62345678 li@example.com"], "email": [None]}))
    row = cleaned.table.iloc[0]
    assert (row["customer_name"], row["name_key"], row["tax_key"]) == ("华东贸易有限公司", "华东贸易", CODE)
    assert (row["phone"], row["email"], row["flags"]) == ("+861062345678", "li@example.com", "")
    assert set(cleaned.changes["rule"]) == {"LIFTED"}
    old = [given["customer_name"][0], "", "010-62345678 li@example.com", "无"]
    assert cleaned.changes["old"].fillna("").tolist() == old


def test_a_value_is_not_lifted_onto_another_one() -> None:
    given = {"source_id": ["1"], "customer_name": [f"华东贸易 {CODE}"], "tax_id": ["91440300708461136T"]}
    cleaned = clean_customers(
        pd.DataFrame({**given, "phone": ["010-62345678 li@example.com"], "email": ["wang@a.com"]})
    )
    assert cleaned.table.loc[0, "customer_name"] == given["customer_name"][0]
    assert cleaned.table.loc[0, "flags"] == "BAD_PHONE"
