"""Values by the contract of their column: codes, ids, required and optional, constants and defaults."""

import datetime as dt

import ibis
import pytest
from ingest_exports import HEADER, MAPPING, codes, report, values

from custinsight.errors import SourceError
from custinsight.tables import TABLES

ROW = "A1,2024-01-05,7,1\n"
PEOPLE = {
    "name": "crm",
    "table": "customers",
    "columns": {"customer_id": "Id", "customer_name": "Name"},
    "constants": {},
}


def problems(ingested) -> str:
    return ingested.load_report["problems"].iloc[0]


def test_tables_have_exactly_the_canonical_columns_in_order_and_type(load):
    table = load(f"{HEADER}\n{ROW}").tables["transactions"]
    spec = TABLES["transactions"]
    assert table.columns == (*spec.names, "source_system")
    assert [str(kind) for kind in table.schema().types] == [*(str(ibis.dtype(c.dtype)) for c in spec.columns), "string"]


def test_customers_have_their_own_system_and_number(load):
    ingested = load("Id,Name\n007,NA\n8,None\n", **PEOPLE, system="ERP")
    assert ingested.tables["customers"].columns == TABLES["customers"].names
    assert values(ingested, "source_id", "customers") == ["007", "8"]
    assert values(ingested, "source_system", "customers") == ["ERP", "ERP"]
    assert values(ingested, "customer_name", "customers") == ["NA", "None"]


def test_numbers_of_customers_belong_to_the_sources_system(load):
    assert values(load(f"{HEADER}\n{ROW}"), "source_system") == ["log"]
    assert values(load(f"{HEADER}\n{ROW}", system="ERP"), "source_system") == ["ERP"]


def test_ids_are_text_for_ever(load):
    ids = ["00123", "１２３４", " 7 ", "110101199003071234", "C\u200b9", "1e5", "12.0", "A B"]
    body = "".join(f"A{n},2024-01-05,{one},1\n" for n, one in enumerate(ids))
    expected = ["00123", "1234", "7", "110101199003071234", "C9", "1e5", "12.0", "A B"]
    assert values(load(f"{HEADER}\n{body}"), "customer_id") == expected


def test_ids_cut_by_a_spreadsheet_are_rejected(load):
    assert codes(load(f"{HEADER}\nA1,2024-01-05,1.23E+17,1\n{ROW}")) == [(2, "LOSSY_ID")]


def test_control_characters_are_taken_out_of_texts_and_refused_in_ids(load):
    content = b"No,Date,Customer,Amount,Where\nA1,2024-01-05,7,1,on\x00line\nA2,2024-01-05,8\x01,1,shop\n"
    ingested = load(content, columns={**MAPPING["columns"], "channel": "Where"})
    assert codes(ingested) == [(3, "CONTROL_CHARACTER")]
    assert values(ingested, "channel") == ["online"]
    assert "CONTROL_CHARACTER in 1 row: channel" in problems(ingested)


def test_blanks_of_all_kinds_around_values_go(load):
    content = f"{HEADER}\n\u00a0A1\u3000,  2024-01-05 ,\t7\u2003, 1 \n"
    ingested = load(content)
    assert (values(ingested, "doc_id"), values(ingested, "customer_id")) == (["A1"], ["7"])


def test_a_missing_required_value_rejects_the_row(load):
    ingested = load(f"{HEADER}\nA1,,7,1\nA2,2024-01-05,-,1\nA3,2024-01-05,7,NULL\n{ROW}")
    assert codes(ingested) == [(2, "MISSING_REQUIRED"), (3, "MISSING_REQUIRED"), (4, "MISSING_REQUIRED")]
    assert ingested.rejects["reason"].iloc[0] == "doc_date must have a value; Date is empty."


def test_null_values_are_the_plans_own(load):
    assert values(load(f"{HEADER}\nA1,2024-01-05,NULL,1\n", null_values=["n/a"]), "customer_id") == ["NULL"]


def test_bad_required_values_reject_the_row_with_their_code(load):
    body = [
        "A1,2024-01-05,7,much",
        "A2,05/13/2024,7,1",
        "A3,01/02/2024,7,1",
        "A4,9999-12-31,7,1",
        "A5,2024-01-05,7,#REF!",
    ]
    ingested = load("\n".join([HEADER, *body, ""]))
    assert [code for _, code in codes(ingested)] == [
        "BAD_NUMBER",
        "BAD_DATE",
        "AMBIGUOUS_DATE",
        "SENTINEL_DATE",
        "FORMULA_EMPTY",
    ]
    assert ingested.rejects["raw"].tolist() == body


def test_a_bad_optional_value_becomes_null_and_is_counted(load):
    body = ["1,Ann,soon,10,30,person", "2,Bob,2024-01-05,lots,2.5,robot", "3,Cy,1900-01-01,#N/A,,PERSON"]
    content = "\n".join(["Id,Name,Since,Limit,Days,Kind", *body, ""])
    columns = {"created_date": "Since", "credit_limit": "Limit", "payment_days": "Days", "customer_type": "Kind"}
    ingested = load(content, **{**PEOPLE, "columns": {**PEOPLE["columns"], **columns}})
    assert report(ingested)["kept"] == 3
    assert values(ingested, "created_date", "customers") == [None, dt.date(2024, 1, 5), None]
    assert values(ingested, "payment_days", "customers") == [30, None, None]
    assert values(ingested, "customer_type", "customers") == ["person", None, "person"]
    for part in (
        "BAD_DATE in 1 row: created_date",
        "SENTINEL_DATE in 1 row: created_date",
        "BAD_NUMBER in 1 row: credit_limit",
        "FORMULA_EMPTY in 1 row: credit_limit",
        "BAD_NUMBER in 1 row: payment_days",
        "UNKNOWN_VALUE in 1 row: customer_type",
    ):
        assert part in problems(ingested)


def test_codes_are_translated_and_unknown_ones_rejected(load):
    states = ["已审核", "作废", "???", "draft"]
    content = "".join([f"{HEADER},State\n", *(f"A{n},2024-01-05,7,1,{state}\n" for n, state in enumerate(states))])
    columns = {**MAPPING["columns"], "status": "State"}
    ingested = load(content, columns=columns, values={"status": {"已审核": "posted", "作废": "void"}})
    assert values(ingested, "status") == ["posted", "void", "draft"]
    assert codes(ingested) == [(4, "UNKNOWN_VALUE")]


def test_translations_of_free_columns_let_other_values_through(load):
    columns = {**MAPPING["columns"], "channel": "Where"}
    content = "No,Date,Customer,Amount,Where\nA1,2024-01-05,7,1,W\nA2,2024-01-05,7,1,shop\n"
    assert values(load(content, columns=columns, values={"channel": {"W": "web"}}), "channel") == ["web", "shop"]


def test_truth_in_several_languages(load):
    columns = {"doc_id": "No", "customer_id": "Customer", "doc_date": "Date", "due_date": "Date", "as_of": "Date"}
    body = "".join(f"A{n},2024-01-05,7,1,{word}\n" for n, word in enumerate(["是", "FALSE", "x", "", "maybe"]))
    ingested = load(
        f"{HEADER},Disputed\n{body}",
        table="receivables",
        columns={**columns, "amount": "Amount", "amount_open": "Amount", "disputed": "Disputed"},
    )
    assert values(ingested, "disputed", "receivables") == [True, False, True, None, None]


def test_defaults_fill_columns_that_the_source_does_not_have(load):
    ingested = load(f"{HEADER}\n{ROW}")
    assert (values(ingested, "doc_type"), values(ingested, "status")) == (["invoice"], ["posted"])


def test_a_column_that_is_there_but_empty_takes_no_default(load):
    content = f"{HEADER},State\nA1,2024-01-05,7,1,\n"
    assert codes(load(content, columns={**MAPPING["columns"], "status": "State"})) == [(2, "MISSING_REQUIRED")]


def test_constants_fill_what_the_file_leaves_empty(load):
    content = f"{HEADER},Cur\nA1,2024-01-05,7,1,USD\nA2,2024-01-05,7,1,\n"
    assert values(load(content, columns={**MAPPING["columns"], "currency": "Cur"}), "currency") == ["USD", "CNY"]


def test_constants_are_values_of_their_column(load):
    ingested = load(f"{HEADER}\n{ROW}", constants={"currency": "CNY", "fx_rate": "7.25", "status": "draft"})
    assert (float(values(ingested, "fx_rate")[0]), values(ingested, "status")) == (7.25, ["draft"])
    with pytest.raises(
        SourceError, match=r"sources\.log\.constants\.status must be a value of the column status, got 'open'"
    ):
        load(f"{HEADER}\n{ROW}", constants={"currency": "CNY", "status": "open"})


def test_rows_outside_keep_are_out_of_scope_not_rejected(load):
    content = f"{HEADER},Type\nA1,2024-01-05,7,1,S\nA2,bad,7,2,P\nA3,2024-01-05,7,4, S \nA4,2024-01-05,7,8,\n"
    ingested = load(content, keep={"Type": ["S", "s"]})
    assert values(ingested, "doc_id") == ["A1", "A3"]
    assert report(ingested) == {"in": 4, "kept": 2, "rejected": 0, "total_lines": 0, "out_of_scope": 2}
    (row,) = ingested.load_amounts.to_dict("records")
    assert (row["amount_in"], row["amount_kept"], row["amount_out_of_scope"], row["difference"]) == (
        15.0,
        5.0,
        10.0,
        0.0,
    )


def test_sources_of_one_table_follow_each_other(load, tmp_path, con):
    from custinsight.ingest import load_sources
    from custinsight.plan import Source

    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text(f"{HEADER}\n{name},2024-01-05,7,1\n")
    sources = [Source.model_validate({**MAPPING, "name": name, "path": f"{name}.csv"}) for name in ("two", "one")]
    ingested = load_sources(sources, tmp_path, con)
    assert values(ingested, "doc_id") == ["two", "one"]
    assert values(ingested, "source_system") == ["two", "one"]
    assert ingested.load_report["source"].tolist() == ["two", "one"]


def test_reasons_hold_no_value_of_the_row(load):
    ingested = load(f"{HEADER}\nA1,2024-01-05,1.5E+17,1\nA2,soon,13812345678,1\nA3,2024-01-05,13812345678,many\n")
    assert not ingested.rejects["reason"].str.contains("13812345678|soon|many").any()
