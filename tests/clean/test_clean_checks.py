"""Checks: counted by hand on small tables, and the rows behind them are as many as the numbers say."""

import datetime as dt

import ibis
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.clean import Checked, check_records, clean_customers, quality_by
from custinsight.clean.check_words import RESPONSIBLE, words_of_check
from custinsight.clean.impact import examples_of, revenue_touched
from custinsight.engine import as_table, collect, connect
from custinsight.plan_quality import Quality, QualityLimits
from custinsight.words import Words

AS_OF = dt.date(2024, 12, 31)
CODE, OTHER_CODE = "91110000802100433B", "91440300708461136T"


def days(*values: str | None) -> pd.Series:
    return pd.Series(pd.to_datetime(list(values)))


def customers() -> pd.DataFrame:
    given = pd.DataFrame(
        {
            "source_system": ["ERP", "ERP", "ERP", "CRM", "CRM"],
            "source_id": ["1", "2", "3", "1", "2"],
            "customer_id": ["A", "B", "C", "D", "E"],
            "customer_name": ["华东贸易有限公司", "华东贸易有限公司", "美的集团", "海尔集团", "王芳"],
            "customer_type": ["company", "company", "company", "company", "person"],
            "parent_id": [None, "A", "Z", None, None],
            "tax_id": [CODE, OTHER_CODE, CODE, None, None],
            "phone": ["0755-62345678", "0755-86541234", "12", None, None],
            "mobile": [None, None, None, "13800000000", None],
            "city": ["上海市", "上海", "广州", "深圳", None],
            "address": ["上海市人民路1号", "广东省深圳市科技路2号", None, "深圳南山区3号", None],
            "owner_id": ["S1", "S1", "S9", None, "S2"],
            "payment_days": [30, -5, 60, None, 900],
            "created_date": days("2024-01-01", "2024-01-01", "2024-05-01", "2024-05-01", "2023-01-01"),
            "updated_at": days("2024-06-01", "2023-06-01", "2024-06-01", None, "2022-01-01"),
        }
    )
    return clean_customers(given).table


def documents() -> dict[str, pd.DataFrame]:
    return {
        "owners": pd.DataFrame({"owner_id": ["S1", "S2", "S2"], "owner_name": ["a", "b", "c"], "manager_id": None}),
        "transactions": pd.DataFrame(
            {
                "doc_id": ["D1", "D1", "D2", "D3"],
                "line_no": ["1", "1", "1", None],
                "doc_date": days("2024-11-01", "2024-11-01", "2022-01-01", "2024-10-01"),
                "customer_id": ["A", "A", "B", "X"],
                "amount_net": [100.0, 100.0, 50.0, -20.0],
                "amount_gross": [113.0, 90.0, 56.5, -22.6],
                "cost": [60.0, None, 30.0, None],
                "owner_id": ["S1", "S1", None, "S7"],
            }
        ),
        "interactions": pd.DataFrame(
            {
                "interaction_id": ["I1", "I2"],
                "customer_id": ["A", "D"],
                "at": days("2024-12-01", "2023-01-01"),
                "owner_id": ["S1", "S1"],
            }
        ),
        "receivables": pd.DataFrame(
            {
                "doc_id": ["R1", "R2"],
                "customer_id": ["A", "B"],
                "doc_date": days("2024-11-01", "2024-11-01"),
                "due_date": days("2024-12-01", "2024-10-01"),
                "amount": [10.0, -10.0],
                "amount_open": [12.0, -10.0],
            }
        ),
    }


@pytest.fixture(scope="module")
def checked() -> Checked:
    return check_records({"customers": customers(), **documents()}, as_of=AS_OF)


@pytest.mark.parametrize(
    ("code", "numerator", "denominator"),
    [
        ("HAS_PHONE", 3, 5),
        ("HAS_TAX_ID", 3, 4),  # a person needs none
        ("VALID_PHONE", 3, 4),
        ("REAL_PHONE", 2, 3),  # 00000000 stands for none
        ("REAL_PAYMENT_DAYS", 2, 4),
        ("UNIQUE_NAME", 4, 5),
        ("UNIQUE_TAX", 2, 3),
        ("ONE_NAME_OF_TAX_ID", 1, 3),
        ("ONE_TAX_ID_OF_NAME", 1, 3),
        ("PHONE_OF_PLACE", 1, 2),  # a Shenzhen number in Shanghai
        ("TAX_ID_OF_PLACE", 1, 3),
        ("ADDRESS_OF_CITY", 2, 3),
        ("KNOWN_PARENT_ID", 1, 2),
        ("KNOWN_OWNER_ID", 3, 4),
        ("ORDER_CREATED_DATE", 3, 5),
        ("FRESH_RECORD", 2, 4),
        ("RECENT_CONTACT", 1, 5),
        ("TRANSACTIONS_KNOWN_CUSTOMER_ID", 3, 4),
        ("TRANSACTIONS_HAS_OWNER_ID", 3, 4),
        ("TRANSACTIONS_HAS_COST", 2, 4),
        ("TRANSACTIONS_UNIQUE_LINE_NO", 2, 3),  # a line without a number cannot be told from a repeated one
        ("TRANSACTIONS_NET_AND_GROSS", 3, 4),
        ("RECEIVABLES_ORDER_DUE_DATE", 1, 2),
        ("RECEIVABLES_OPEN_PART", 1, 2),
        ("OWNERS_UNIQUE_OWNER_ID", 2, 3),
    ],
)
def test_checks_counted_by_hand(checked: Checked, code: str, numerator: int, denominator: int) -> None:
    row = checked.table.set_index("code").loc[code]
    assert (row["numerator"], row["denominator"]) == (numerator, denominator)
    assert row["share"] == pytest.approx(1 - numerator / denominator)


def test_the_rows_behind_a_check_are_as_many_as_it_says(checked: Checked) -> None:
    table = checked.table.set_index("code")
    behind = collect(checked.rows).groupby("code").size().reindex(table.index).fillna(0)
    assert (behind == table["denominator"] - table["numerator"]).all()


def test_the_rows_behind_a_check_name_their_records(checked: Checked) -> None:
    rows = collect(checked.rows)
    found = rows[rows["code"] == "KNOWN_PARENT_ID"]
    assert found[["source_system", "source_id", "customer_id"]].to_numpy().tolist() == [["ERP", "3", "C"]]


def test_customers_are_counted_by_their_golden_numbers() -> None:
    links = pd.DataFrame({"customer_id": ["A", "B"], "golden_id": ["A", "A"]})
    checked = check_records({"customers": customers(), **documents(), "links": links}, as_of=AS_OF)
    rows = collect(checked.rows)
    assert set(rows.loc[rows["code"] == "FRESH_RECORD", "customer_id"]) == {"A", "E"}
    # B was never contacted, but A is the same customer
    assert checked.table.set_index("code").loc["RECENT_CONTACT", "numerator"] == 2


def test_a_region_is_held_against_what_nearly_all_records_of_its_city_say() -> None:
    given = pd.DataFrame({"source_id": [str(i) for i in range(6)], "customer_name": "Ann", "city": "Milwaukee, WI"})
    given["region"] = ["Central"] * 5 + ["West"]
    checked = check_records({"customers": clean_customers(given).table}, as_of=AS_OF)
    row = checked.table.set_index("code").loc["REGION_OF_CITY"]
    assert (row["numerator"], row["denominator"]) == (5, 6)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_every_check_says_what_it_biases_and_who_does_what(checked: Checked, language: str) -> None:
    say = Words(language)
    for row in checked.table.assign(revenue_share=0.018).to_dict("records"):
        words = words_of_check(row)
        assert "%" in say(words.bias)
        assert say(words.title)
        assert say(words.action)
        assert words.responsible in RESPONSIBLE


def test_revenue_without_a_customer_is_named_by_its_share(checked: Checked) -> None:
    row = checked.table.set_index("code", drop=False).loc["TRANSACTIONS_KNOWN_CUSTOMER_ID"]
    said = Words("en")(words_of_check({**row, "revenue_share": 0.018}).bias)
    assert said == "1.8% of revenue has no customer record: concentration is understated."


def test_examples_show_the_form_of_a_value_and_nothing_else(checked: Checked) -> None:
    shown = examples_of(checked.rows)
    assert shown.groupby("code").size().max() <= 3
    signs = set("".join(shown["example"])) - set("9A某")
    assert not any(sign.isalnum() for sign in signs)


def test_a_customer_weighs_once_and_a_line_its_own_amount(checked: Checked) -> None:
    revenue = as_table(pd.DataFrame({"customer_id": ["A", "C"], "revenue": [100.0, 40.0]}))
    weighed = revenue_touched(checked.rows, revenue).set_index("code")
    assert weighed.loc["ONE_NAME_OF_TAX_ID", ["records", "customers", "revenue"]].tolist() == [2, 2, 140.0]
    assert weighed.loc["TRANSACTIONS_KNOWN_CUSTOMER_ID", "revenue"] == -20.0
    # a line of two years ago weighs nothing
    assert weighed.loc["TRANSACTIONS_HAS_OWNER_ID", "revenue"] == 0.0


def test_sources_and_owners_are_scored_apart(checked: Checked) -> None:
    scores = quality_by(checked).set_index(["by", "key", "dimension"])
    assert scores.loc[("source", "CRM", "validity"), "denominator"] == 1
    whole = scores.loc[("total", "", "completeness"), "denominator"]
    assert scores.loc["source"].xs("completeness", level="dimension")["denominator"].sum() == whole
    assert scores.loc["owner"].xs("completeness", level="dimension")["denominator"].sum() == whole
    assert ("table", "receivables", "accuracy") in scores.index


@pytest.mark.parametrize(("share", "severity"), [(0.30, "pass"), (0.15, "warn"), (0.05, "fail")])
def test_severity_follows_the_limits_of_the_plan(share: float, severity: str) -> None:
    given = pd.DataFrame(
        {"source_id": list("12345"), "customer_name": list("abcde"), "email": ["a@b.com"] * 4 + [None]}
    )
    rules = Quality(completeness=QualityLimits(warn=share, fail=max(share, 0.19 if share < 0.1 else 1.0)))
    checked = check_records({"customers": clean_customers(given).table}, as_of=AS_OF, rules=rules)
    assert checked.table.set_index("code").loc["HAS_EMAIL", "severity"] == severity


def test_only_fields_that_the_plan_requires_are_looked_for() -> None:
    checked = check_records({"customers": customers()}, as_of=AS_OF, rules=Quality(required=("city",)))
    assert set(checked.table.loc[checked.table["dimension"] == "completeness", "field"]) == {"city"}


@pytest.mark.parametrize("count", [0, 1, 7])
def test_empty_tables_single_rows_and_nothing_but_repetitions(count: int) -> None:
    one = customers().head(1)
    repeated = pd.concat([one.assign(source_id=str(n), customer_id=str(n)) for n in range(7)]).head(count)
    checked = check_records({"customers": repeated, "transactions": documents()["transactions"].head(0)}, as_of=AS_OF)
    assert len(collect(checked.rows)) == (checked.table["denominator"] - checked.table["numerator"]).sum()
    if count == 0:
        assert checked.table.empty
    else:
        assert checked.table.set_index("code").loc["UNIQUE_NAME", "numerator"] == 1


def test_a_column_of_nothing_is_not_checked() -> None:
    checked = check_records({"customers": customers().assign(tax_id=None, tax_key=None)}, as_of=AS_OF)
    assert not checked.table["field"].isin(["tax_id", "tax"]).any()


def test_tables_of_the_engine_stay_there_until_rows_are_asked_for() -> None:
    con = connect()
    table = con.create_table("people", customers().assign(updated_at=AS_OF))
    assert isinstance(check_records({"customers": table}, as_of=AS_OF).rows, ibis.Table)


VALUES = st.one_of(
    st.none(), st.sampled_from(["上海", "深圳市", "x", "13800138000", "021-62345678", "a@example.com", CODE])
)
COLUMNS = ("customer_name", "city", "address", "region", "phone", "mobile", "email", "tax_id", "owner_id", "owner_name")


@given(st.lists(st.tuples(*(VALUES for _ in COLUMNS)), max_size=8))
@settings(max_examples=15, deadline=None)
def test_any_records_have_as_many_rows_as_their_checks_say(rows: list[tuple[str | None, ...]]) -> None:
    given_rows = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str").assign(
        source_id=[str(n) for n in range(len(rows))]
    )
    checked = check_records({"customers": clean_customers(given_rows).table}, as_of=AS_OF)
    assert len(collect(checked.rows)) == (checked.table["denominator"] - checked.table["numerator"]).sum()
    assert checked.table["share"].between(0, 1).all()
