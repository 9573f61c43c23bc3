"""Dirty exports: one generated file for each thing that real exports do, and what has to come out of it."""

import datetime as dt
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from ingest_exports import HEADER, MAPPING, codes, report, values

from custinsight import lenses
from custinsight.errors import SourceError
from custinsight.ingest import load_sources
from custinsight.plan import Source

LONG_ID = "110101199003071234"
EIGHTH = dt.date(2026, 1, 8)
PEOPLE = {
    "name": "crm",
    "table": "customers",
    "columns": {"customer_id": "Id", "customer_name": "Name"},
    "constants": {},
}


def rows(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines, ""])


def days(ingested) -> list[dt.date]:
    return values(ingested, "doc_date")


def amounts(ingested) -> list[Decimal]:
    return values(ingested, "amount_net")


def problems(ingested) -> str:
    return ingested.load_report["problems"].iloc[0]


@pytest.fixture
def sheet(tmp_path):
    """Write rows into a workbook, as openpyxl writes them."""

    def write(*lines, merge: str = "") -> str:
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append(line)
        if merge:
            book.active.merge_cells(merge)
        book.save(tmp_path / "log.xlsx")
        return "log.xlsx"

    return write


def test_gb18030_file(load):
    """Strict UTF-8 first, then GB18030; the load report says which."""
    content = rows("单1,2026-01-08,合肥㐀𠮷,1")
    for encoding in ("utf-8", "gb18030"):
        ingested = load(content.encode(encoding))
        assert (values(ingested, "customer_id"), ingested.load_report["encoding"][0]) == (["合肥㐀𠮷"], encoding)


@pytest.mark.parametrize("name", ["李", "张伟", "浙江", "客户", "合肥", "王五 ABC"])
def test_short_gbk_is_never_guessed(load, name):
    """So few bytes look like Korean or Cyrillic to whoever counts letters."""
    ingested = load(f"No,Date,Customer,Amount\nA1,2026-01-08,{name},1".encode("gbk"))
    assert (values(ingested, "customer_id"), ingested.load_report["encoding"][0]) == ([name], "gb18030")


def test_latin_1_and_cp1252_are_read_when_declared(load):
    content = rows("A1,2026-01-08,Duperré – “Frères” €,1").encode("cp1252")
    with pytest.raises(SourceError, match="must be text in utf-8 or gb18030"):
        load(content)
    assert values(load(content, encoding="cp1252"), "customer_id") == ["Duperré – “Frères” €"]
    with pytest.raises(SourceError, match="must be text in utf-8, got other bytes"):
        load(content, encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_byte_order_mark_and_utf_16(load, encoding):
    mark = "\ufeff" if encoding.endswith("e") else ""
    assert values(load(f"{mark}{rows('A1,2026-01-08,合肥,1')}".encode(encoding)), "customer_id") == ["合肥"]


def test_leading_zeros_stay(load):
    assert values(load(rows("00123,2026-01-08,00456,1")), "doc_id") == ["00123"]


def test_an_18_digit_id_with_one_blank_cell_stays(load):
    """A reader that guesses types makes the column floating point as soon as one cell is empty."""
    ingested = load(rows(f"A1,2026-01-08,{LONG_ID},1", "A2,2026-01-08,,1", f"A3,2026-01-08,{LONG_ID},1"))
    assert values(ingested, "customer_id") == [LONG_ID, LONG_ID]
    assert codes(ingested) == [(3, "MISSING_REQUIRED")]


def test_a_long_id_that_lost_its_digits(load, sheet):
    assert codes(load(rows("A1,2026-01-08,1.23E+17,1", "A2,2026-01-08,7,1"))) == [(2, "LOSSY_ID")]
    path = sheet(HEADER.split(","), ["A1", "2026-01-08", int(LONG_ID), 1], ["A2", "2026-01-08", LONG_ID, 1])
    ingested = load(path=path)
    assert (codes(ingested), values(ingested, "customer_id")) == ([(2, "LOSSY_ID")], [LONG_ID])


def test_a_code_that_a_spreadsheet_shows_with_zeros_is_padded_by_contract(load, tmp_path):
    """The cell holds 123 and shows 00123."""
    book = xlsxwriter.Workbook(tmp_path / "log.xlsx")
    page = book.add_worksheet()
    page.write_row(0, 0, HEADER.split(","))
    page.write_row(1, 0, ["A1", "2026-01-08"])
    page.write_number(1, 2, 123, book.add_format({"num_format": "00000"}))
    page.write_number(1, 3, 1)
    book.close()
    ingested = load(path="log.xlsx", pad={"customer_id": 5})
    assert values(ingested, "customer_id") == ["00123"]
    assert "1 code of customer_id got leading zeros, up to 5 digits." in problems(ingested)


def test_names_such_as_na_and_none_are_names(load):
    content = "Id,Name\n1,NA\n2,None\n3,NULL\n4,nan\n5,\n"
    ingested = load(content, **PEOPLE, null_values=[""])
    assert values(ingested, "customer_name", "customers") == ["NA", "None", "NULL", "nan"]
    assert codes(ingested) == [(6, "MISSING_REQUIRED")]
    assert values(load(content, **PEOPLE), "customer_name", "customers") == ["NA", "None", "nan"]


def test_a_trailing_comma_shifts_no_column(load):
    ingested = load(rows("A1,2026-01-08,7,1,", "A2,2026-01-08,8,2,x", "A3,2026-01-08,9,3"))
    assert (values(ingested, "doc_id"), values(ingested, "customer_id")) == (["A1", "A3"], ["7", "9"])
    assert codes(ingested) == [(3, "RAGGED_ROW")]


def test_semicolons_and_ragged_rows(load):
    content = rows("A1;2026-01-08;7, Ltd;1,50", "A2;2026-01-08;7", header=HEADER.replace(",", ";"))
    ingested = load(content, delimiter=";", decimal=",")
    assert (values(ingested, "customer_id"), amounts(ingested)) == (["7, Ltd"], [Decimal("1.5000")])
    assert codes(ingested) == [(3, "RAGGED_ROW")]
    assert ingested.rejects["raw"].tolist() == ["A2;2026-01-08;7"]


def test_an_unclosed_quote_costs_its_own_row_only(load):
    ingested = load(rows('A1,2026-01-08,"7,1', "A2,2026-01-08,8,2", 'A3,2026-01-08,"9",3'))
    assert codes(ingested) == [(2, "UNCLOSED_QUOTE")]
    assert values(ingested, "doc_id") == ["A2", "A3"]


def test_title_rows_stand_above_the_configured_header(load, sheet):
    assert values(load(f'Sales 2026,,,\n"printed, today"\n{rows("A1,2026-01-08,7,1")}', header=3), "doc_id") == ["A1"]
    path = sheet(["Sales 2026"], [], HEADER.split(","), ["A1", "2026-01-08", "7", 1], merge="A1:D1")
    assert values(load(path=path, header=3), "doc_id") == ["A1"]


def test_a_duplicate_header_fails(load):
    with pytest.raises(SourceError, match=r"log\.csv must have one column 'Amount', got 2\. Rename the others"):
        load(rows("A1,2026-01-08,7,1,2", header=f"{HEADER},Amount"))


def test_a_total_row_is_dropped_and_checked(load):
    ingested = load(rows("A1,2026-01-08,7,10.50", "A2,2026-01-08,8,20", "合计,,,30.50"))
    assert report(ingested) == {"in": 3, "kept": 2, "rejected": 0, "total_lines": 1, "out_of_scope": 0}
    assert (float(sum(amounts(ingested))), problems(ingested)) == (30.5, "")
    wrong = load(rows("A1,2026-01-08,7,10.50", "合计,,,99"))
    assert problems(wrong) == "Line 3: the total of amount_net says 99.00, the rows sum to 10.50."


def test_merged_cells_are_filled_by_contract(load, sheet):
    lines = [HEADER.split(","), ["A1", "2026-01-08", "甲", 1], ["A2", "2026-01-08", None, 2]]
    path = sheet(*lines, ["A3", "2026-01-08", "乙", 3], merge="C2:C3")
    ingested = load(path=path, fill=["Customer"])
    assert values(ingested, "customer_id") == ["甲", "甲", "乙"]
    assert "1 cell of Customer was filled from the row above." in problems(ingested)
    assert codes(load(path=path)) == [(3, "MISSING_REQUIRED")]


def test_mixed_dates_are_read_by_a_list_of_formats(load):
    texts = ["2026-01-08", "2026/1/8", "08.01.2026", "8 Jan 2026", "20260108", "46030", "2026-01-08 23:59:59", "soon"]
    forms = ["%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d %b %Y", "%Y%m%d", "%Y-%m-%d %H:%M:%S", "excel"]
    ingested = load(rows(*(f"A{n},{text},7,1" for n, text in enumerate(texts))), date_formats=forms)
    assert days(ingested) == [EIGHTH] * 7
    assert codes(ingested) == [(9, "BAD_DATE")]


def test_days_that_came_as_whole_numbers(load, tmp_path):
    """Neither is a number of seconds since 1970."""
    numbers = pa.table({"No": ["A1", "A2"], "Date": [20260108, 46030], "Customer": ["7", "7"], "Amount": [1, 2]})
    pq.write_table(numbers, tmp_path / "log.parquet")
    assert days(load(path="log.parquet", date_formats=["%Y%m%d", "excel"])) == [EIGHTH, EIGHTH]
    ingested = load(path="log.parquet")
    assert (days(ingested), codes(ingested)) == ([EIGHTH], [(2, "BAD_DATE")])


@pytest.mark.parametrize(
    ("text", "form"), [("26-1-8", "%y-%m-%d"), ("08/01/2026", "%d/%m/%Y"), ("1/8/2026", "%m/%d/%Y")]
)
def test_a_day_whose_order_nobody_knows(load, text, form):
    content = rows(f"A1,{text},7,1", "A2,2026-01-08,7,1")
    assert codes(load(content)) == [(2, "AMBIGUOUS_DATE")]
    assert days(load(content, date_formats=[form, "%Y-%m-%d"])) == [EIGHTH, EIGHTH]


@pytest.mark.parametrize(
    "text", ["2026年1月8日", "2026年01月08日", "２０２６年１月８日", "2026年1月8日 9:05:07", "2026年1月8日09时05分07秒"]
)
def test_chinese_days(load, text):
    assert days(load(rows(f"A1,{text},7,1"))) == [EIGHTH]


def test_stand_ins_for_no_day_are_null_and_counted(load):
    texts = ["1900-01-01", "9999-12-31", "2999-12-31", "0000-00-00", "1970-01-01"]
    content = "Id,Name,Since\n" + "".join(f"{n},Ann,{text}\n" for n, text in enumerate([*texts, "2026-01-08"]))
    ingested = load(content, **{**PEOPLE, "columns": {**PEOPLE["columns"], "created_date": "Since"}})
    assert values(ingested, "created_date", "customers") == [None] * 5 + [EIGHTH]
    assert "SENTINEL_DATE in 5 rows: created_date must be a real day" in problems(ingested)
    assert [code for _, code in codes(load(rows(*(f"A,{text},7,1" for text in texts), "B,2026-01-08,7,1")))] == [
        "SENTINEL_DATE"
    ] * 5


def test_mixed_time_zones(tmp_path, con):
    texts = ["2026-01-07T23:30:00Z", "2026-01-08T23:30:00+08:00", "2026-01-07T12:00:00-05:00", "2026-01-08 08:00:00"]
    (tmp_path / "log.csv").write_text(rows(*(f"A{n},{text},7,1" for n, text in enumerate(texts))))
    source = Source.model_validate({**MAPPING, "path": "log.csv", "time_zone": "Europe/Berlin"})
    assert days(load_sources([source], tmp_path, con, zone="Asia/Shanghai")) == [EIGHTH] * 4


def test_amounts_as_people_write_them(load):
    texts = ['"￥1,234.56"', "(500)", "300-", '"$1,000"', "１２．５０元", "1.5万"]
    ingested = load(rows(*(f"A{n},2026-01-08,7,{text}" for n, text in enumerate(texts))))
    assert list(map(str, amounts(ingested))) == ["1234.5600", "-500.0000", "-300.0000", "1000.0000", "12.5000"]
    assert codes(ingested) == [(7, "BAD_NUMBER")]


def test_refund_lines_are_kept_and_classified(load):
    content = rows("A1,2026-01-08,7,10,出库", "A1,2026-01-09,7,-4,退货", header=f"{HEADER},Kind")
    columns = {**MAPPING["columns"], "doc_type": "Kind"}
    ingested = load(content, columns=columns, values={"doc_type": {"出库": "invoice", "退货": "return"}})
    assert values(ingested, "doc_type") == ["invoice", "return"]
    assert list(map(int, amounts(ingested))) == [10, -4]


def test_mixed_currencies_are_totalled_apart(load):
    content = rows("A1,2026-01-08,7,10,CNY", "A2,2026-01-08,7,20,USD", "A3,2026-01-08,7,5,CNY", header=f"{HEADER},Cur")
    ingested = load(content, columns={**MAPPING["columns"], "currency": "Cur"}, constants={})
    kept = ingested.load_amounts.set_index("currency")["amount_kept"]
    assert kept.to_dict() == {"CNY": 15.0, "USD": 20.0}


def test_signs_that_nobody_typed(load):
    """NUL, zero-width and no-break blanks, full-width digits; the text of a rejected row stays as it was."""
    line = "\u00a0A１\u200b,2026-01-08,\ufeff7\u3000,１２"
    content = rows(f"{line},on\x00line", f"{line}x,on\u200bline", header=f"{HEADER},Where")
    ingested = load(content, columns={**MAPPING["columns"], "channel": "Where"})
    assert (values(ingested, "doc_id"), values(ingested, "customer_id")) == (["A1"], ["7"])
    assert (values(ingested, "channel"), list(map(int, amounts(ingested)))) == (["online"], [12])
    assert ingested.rejects["raw"].tolist() == [f"{line}x,on\u200bline"]
    assert codes(load(rows("A\x00,2026-01-08,7,1", "A2,2026-01-08,7,1"))) == [(2, "CONTROL_CHARACTER")]


def test_formulas_without_a_value_and_errors(load, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "log.xlsx")
    page = book.add_worksheet()
    page.write_row(0, 0, HEADER.split(","))
    for row, (formula, value) in enumerate([("=SUM(X1)", ""), ("=NA()", "#N/A"), ("=1+1", 2)], 1):
        page.write_row(row, 0, [f"A{row}", "2026-01-08", "7"])
        page.write_formula(row, 3, formula, None, value)
    book.close()
    ingested = load(path="log.xlsx")
    assert codes(ingested) == [(2, "FORMULA_EMPTY"), (3, "FORMULA_EMPTY")]
    assert amounts(ingested) == [Decimal("2.0000")]


def test_a_type_that_changes_late_in_the_file_costs_its_row_only(load):
    good = [f"A{n},2026-01-08,7,1.25" for n in range(200_000)]
    ingested = load(rows(*good, "A200000,2026-01-08,7,n. a.", "A200001,2026-01-08,7,1.25"))
    assert codes(ingested) == [(200_002, "BAD_NUMBER")]
    assert float(ingested.load_amounts["amount_kept"].iloc[0]) == 200_001 * 1.25


def test_an_order_number_that_several_customers_use(load):
    """Orders are told apart by customer and number."""
    ingested = load(rows("1001,2026-01-08,7,10", "1001,2026-01-08,8,20", "1001,2026-01-08,8,5"))
    totals = lenses.one_period(ingested.tables["transactions"], "2026-01").totals
    assert (totals["customers"], totals["orders"], float(totals["spend"])) == (2, 2, 35.0)


def test_totals_on_the_first_line_of_an_order_are_filled_by_contract(load):
    """As Shopify exports orders: what belongs to the order stands on its first line only."""
    header = "Name,Email,Created at,Lineitem name,Lineitem price,Currency"
    content = rows(
        "#1001,ann@example.org,2026-01-08 10:00:00 +0800,Tea,10,CNY",
        "#1001,,,Cup,5,",
        "#1002,,2026-01-09 10:00:00 +0800,Tea,10,CNY",
        header=header,
    )
    columns = {"doc_id": "Name", "customer_id": "Email", "doc_date": "Created at", "amount_net": "Lineitem price"}
    columns["currency"] = "Currency"
    given = {"columns": columns, "constants": {}, "fill": ["Email", "Created at", "Currency"], "fill_within": ["Name"]}
    ingested = load(content, **given)
    assert values(ingested, "customer_id") == ["ann@example.org"] * 2
    assert (days(ingested), values(ingested, "currency")) == ([EIGHTH] * 2, ["CNY"] * 2)
    assert codes(ingested) == [(4, "MISSING_REQUIRED")]


def test_sap_null_days_and_signs_of_debit_and_credit(load):
    header = "BELNR,KUNNR,BUDAT,ZFBDT,AUGDT,SHKZG,WRBTR,WAERS"
    content = rows(
        "1,7,20260108,20260207,00000000,S,100.00,CNY", "2,7,20260108,20260207,20260109,H,30.00,CNY", header=header
    )
    ingested = load(
        content,
        table="receivables",
        columns={"doc_id": "BELNR", "customer_id": "KUNNR", "doc_date": "BUDAT", "due_date": "ZFBDT"}
        | {"paid_date": "AUGDT", "currency": "WAERS", "as_of": "BUDAT"},
        computed={
            "amount": "case when SHKZG = 'H' then -WRBTR else WRBTR end",
            "amount_open": "case when SHKZG = 'H' then -WRBTR else WRBTR end",
        },
        constants={},
    )
    assert list(map(int, values(ingested, "amount", "receivables"))) == [100, -30]
    assert values(ingested, "paid_date", "receivables") == [None, dt.date(2026, 1, 9)]
    assert "SENTINEL_DATE in 1 row: paid_date" in problems(ingested)


def test_draft_and_void_documents_are_told_from_posted_ones(load):
    states = ["已审核", "草稿", "作废", "已审核"]
    content = rows(*(f"A{n},2026-01-08,7,1,{state}" for n, state in enumerate(states)), header=f"{HEADER},State")
    names = {"已审核": "posted", "草稿": "draft", "作废": "void"}
    ingested = load(content, columns={**MAPPING["columns"], "status": "State"}, values={"status": names})
    assert values(ingested, "status") == ["posted", "draft", "void", "posted"]
    ingested = load(content, keep={"State": ["已审核"]})
    assert report(ingested) == {"in": 4, "kept": 2, "rejected": 0, "total_lines": 0, "out_of_scope": 2}


def test_exports_glued_together(load):
    """The header comes again, then rows of another program with another delimiter and other line ends."""
    content = (
        f"{rows('A1,2026-01-08,7,1')}{rows('A2,2026-01-08,7,1').replace(chr(10), chr(13) + chr(10))}A3;2026-01-08;7;1\r"
    )
    ingested = load(content)
    assert values(ingested, "doc_id") == ["A1", "A2"]
    assert codes(ingested) == [(5, "RAGGED_ROW")]
    assert problems(ingested) == "1 line repeats the header and was left out."
