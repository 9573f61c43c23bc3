"""Repairs: who is certainly the same customer, whose word counts, and what is only proposed."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.clean import check_records, clean_customers, repair_customers, revert
from custinsight.errors import DataError
from custinsight.plan_quality import Repairs
from custinsight.tables import CUSTOMERS

CODE, OTHER_CODE = "91110000802100433B", "91440300708461136T"
KEY = ["source_system", "source_id"]


def records(**columns: list[str | None]) -> pd.DataFrame:
    """Records of one company with one mobile number, from one system after the other."""
    n = max(map(len, columns.values()))
    given = {"source_system": [f"S{i}" for i in range(n)], "source_id": ["1"] * n, "customer_name": ["华东贸易"] * n}
    return clean_customers(pd.DataFrame({**given, "mobile": ["13912345678"] * n, **columns})).table


def found(table: pd.DataFrame, rules: Repairs | None = None, part: str = "changes") -> list[tuple[object, ...]]:
    log = getattr(repair_customers(table, rules), part)
    return list(log[["source_system", "column", "new", "certainty"]].itertuples(index=False, name=None))


def test_a_missing_value_comes_from_another_record_of_the_customer() -> None:
    assert found(records(city=["上海", None])) == [("S1", "city", "上海", 0.98)]


def test_records_with_one_tax_number_and_one_name_are_one_customer() -> None:
    table = records(mobile=[None, None], tax_id=[CODE, CODE], industry=["机械", None])
    assert found(table) == [("S1", "industry", "机械", 0.99)]


@pytest.mark.parametrize(
    "columns",
    [
        {"mobile": ["13912345678", "13912345679"]},  # a name alone proves nothing
        {"customer_name": ["华东贸易", "美的集团"]},  # nor does a phone number
        {"mobile": [None, None], "tax_id": ["911100008021004330"] * 2},  # nor a tax number that is none
    ],
)
def test_records_that_may_be_of_two_customers_are_left_alone(columns: dict[str, list[str | None]]) -> None:
    table = records(city=["上海", None], **columns)
    assert found(table) == []


def test_another_name_under_one_tax_number_is_only_a_proposal() -> None:
    table = records(
        customer_name=["华东贸易", "美的集团"], mobile=[None, None], tax_id=[CODE, CODE], city=["上海", None]
    )
    assert found(table) == []
    assert found(table, part="proposals") == [("S1", "city", "上海", 0.85)]


def test_people_behind_one_landline_are_not_one_person() -> None:
    table = records(mobile=[None, None], phone=["021-62345678"] * 2, contact_name=["李娜", None], city=["上海", None])
    assert found(table) == [("S1", "city", "上海", 0.98)]
    assert found(table, part="proposals") == [("S1", "contact_name", "李娜", 0.85)]


def test_records_that_disagree_make_a_repair_less_certain() -> None:
    table = records(city=["上海", "北京", "上海", None])
    assert found(table, part="proposals") == [("S1", "city", "上海", 0.5227), ("S3", "city", "上海", 0.6533)]
    assert found(table, Repairs(apply_from=0.65)) == [("S3", "city", "上海", 0.6533)]


@pytest.mark.parametrize(
    ("rules", "city"),
    [
        ({"city": "majority", "apply_from": 0.4}, "上海"),
        ({"city": "newest"}, "北京"),
        ({"city": "trusted", "trusted": ["S3", "S2"]}, "深圳"),
    ],
)
def test_the_plan_says_whose_word_counts(rules: dict[str, object], city: str) -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-02", "2024-05-05", "2024-03-01"])
    table = records(city=["上海", "上海", "深圳", None, "北京"], updated_at=list(days))
    assert [(system, new) for system, _, new, _ in found(table, Repairs.model_validate(rules)) if system == "S3"] == [
        ("S3", city)
    ]


def test_a_column_that_the_plan_leaves_alone_stays_empty() -> None:
    assert found(records(city=["上海", None]), Repairs(city="never")) == []


def test_a_value_that_cannot_be_read_may_be_replaced_but_not_without_a_decision() -> None:
    table = records(email=["li@example.com", "li@"])
    assert found(table) == []
    assert found(table, part="proposals") == [("S1", "email", "li@example.com", 0.882)]
    replaced = repair_customers(table, Repairs(apply_from=0.8)).table
    assert replaced["flags"].tolist() == ["", ""]


def test_what_came_from_another_record_is_no_evidence_of_its_own() -> None:
    repaired = repair_customers(records(tax_id=[CODE, None])).table
    assert repaired["tax_id"].tolist() == [CODE, CODE]
    assert repaired["tax_key"].isna().tolist() == [False, True]


def test_records_have_to_be_cleaned_first() -> None:
    with pytest.raises(DataError, match="name_key"):
        repair_customers(pd.DataFrame({"source_id": ["1"], "customer_name": ["A"]}))


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_records_need_no_repair(count: int) -> None:
    repaired = repair_customers(records(city=["上海", None]).head(count))
    assert len(repaired.table) == count
    assert repaired.changes.empty
    assert repaired.proposals.empty


def test_nothing_but_repetitions_need_no_repair() -> None:
    assert found(records(city=["上海"] * 5)) == []


NAMES = st.sampled_from(["华东贸易有限公司", "华东贸易", "美的集团", f"美的集团 {CODE}", "王芳"])
MOBILES = st.sampled_from(
    [None, "13912345678", "１３９１２３４５６７８", "无", "12", "13912345678 li@example.com", "a@b.com"]
)
MAILS = st.sampled_from([None, "li@example.com", "LI@example.com ", "li@", "13912345678"])
CODES = st.sampled_from([None, CODE, f" {CODE.lower()}", OTHER_CODE, "123", "无"])
PLACES = st.sampled_from([None, "上海", "上　海", "北京", ""])


@st.composite
def exports(draw: st.DrawFn) -> pd.DataFrame:
    n = draw(st.integers(1, 7))
    parts = {"customer_name": NAMES, "mobile": MOBILES, "phone": MOBILES, "email": MAILS, "tax_id": CODES}
    parts |= {"city": PLACES, "industry": PLACES, "contact_name": NAMES}
    columns = {name: draw(st.lists(values, min_size=n, max_size=n)) for name, values in parts.items()}
    systems = draw(st.lists(st.sampled_from(["ERP", "CRM"]), min_size=n, max_size=n))
    days = draw(st.lists(st.sampled_from([None, "2024-01-01", "2024-06-01"]), min_size=n, max_size=n))
    frame = pd.DataFrame({"source_system": systems, "source_id": [f"{i:02d}" for i in range(n)], **columns})
    return frame.assign(updated_at=pd.to_datetime(days), credit_limit=range(n))


def texts(frame: pd.DataFrame, columns: list[str]) -> list[list[object]]:
    ordered = frame.sort_values(KEY, kind="stable")[columns]
    return ordered.astype(object).where(ordered.notna(), None).to_numpy().tolist()


@given(exports(), st.sampled_from([0.3, 0.95]))
@settings(max_examples=15, deadline=None)
def test_taking_all_changes_back_gives_the_export_to_the_byte(export: pd.DataFrame, apply_from: float) -> None:
    cleaned = clean_customers(export)
    repaired = repair_customers(cleaned.table, Repairs(apply_from=apply_from))
    columns = [name for name in export.columns if name in CUSTOMERS.names]
    kept = export.merge(cleaned.table[KEY], on=KEY)
    both = pd.concat([repaired.changes, cleaned.changes])
    assert texts(revert(repaired.table, both), columns) == texts(kept, columns)
    once = revert(repaired.table, repaired.changes)
    assert texts(once, columns) == texts(cleaned.table, columns)
    assert texts(revert(once, cleaned.changes), columns) == texts(kept, columns)


@given(exports())
@settings(max_examples=15, deadline=None)
def test_certain_repairs_never_lower_validity_or_completeness(export: pd.DataFrame) -> None:
    cleaned = clean_customers(export).table
    before, after = (scores(table) for table in (cleaned, repair_customers(cleaned).table))
    for code, score in before.items():
        assert after[code] >= score


def scores(table: pd.DataFrame) -> dict[str, float]:
    checks = check_records({"customers": table}, as_of=dt.date(2024, 12, 31)).table
    checks = checks[checks["dimension"].isin(["validity", "completeness"])]
    return dict(zip(checks["code"], checks["numerator"] / checks["denominator"], strict=True))


@given(exports())
@settings(max_examples=15, deadline=None)
def test_repairing_twice_changes_nothing_more(export: pd.DataFrame) -> None:
    once = repair_customers(clean_customers(export).table)
    assert repair_customers(once.table).changes.empty


def test_a_borrowed_value_is_not_lent_on() -> None:
    # 02 lacks the city, and shares a tax number with 01 and a mobile number with 03, which share nothing
    table = records(mobile=[None, "13912345678", "13912345678"], tax_id=[CODE, CODE, None], city=[None, None, "上海"])
    once = repair_customers(table, Repairs(tax_id="never"))
    assert once.table["city"].tolist()[1:] == ["上海", "上海"]
    assert once.table["borrowed"].tolist() == ["", "city", ""]
    assert repair_customers(once.table, Repairs(tax_id="never")).changes.empty


def test_two_companies_behind_one_number_lend_each_other_nothing() -> None:
    table = records(tax_id=[CODE, "91440300708461136T"], city=["上海", None])
    assert found(table) == []
