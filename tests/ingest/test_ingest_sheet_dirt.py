"""What spreadsheets hide, merge and only show: read, counted and said."""

import datetime as dt
import io
import re
import zipfile

import openpyxl
import pytest
import xlsxwriter
import xlwt
from ingest_exports import MAPPING, codes, values
from xlsb import write_xlsb

from custinsight.errors import SourceError

HEAD = ["No", "Date", "Customer", "Amount"]
ROWS = [[f"A{n}", "2024-01-05", f"C{n}", n + 0.5] for n in range(1, 6)]


@pytest.fixture
def page(tmp_path):
    """A workbook to be changed before it is saved."""
    workbook = openpyxl.Workbook()
    for row in (HEAD, *ROWS):
        workbook.active.append(row)
    yield workbook.active
    workbook.close()


@pytest.fixture
def loaded(load, tmp_path, page):
    def loaded(**changes):
        page.parent.save(tmp_path / "log.xlsx")
        return load(path="log.xlsx", **changes)

    return loaded


def problems(ingested):
    return ingested.load_report["problems"].tolist()[0]


def test_a_plain_sheet_has_no_problems(loaded):
    assert problems(loaded()) == ""


def test_hidden_rows_are_read_and_counted(loaded, page):
    page.row_dimensions[3].hidden = page.row_dimensions[5].hidden = True
    ingested = loaded()
    assert values(ingested, "doc_id") == ["A1", "A2", "A3", "A4", "A5"]
    assert problems(ingested) == "log.xlsx: 2 hidden rows were read, too."


def test_rows_that_a_filter_hides_are_hidden_rows(load, tmp_path):
    workbook = xlsxwriter.Workbook(tmp_path / "log.xlsx")
    sheet = workbook.add_worksheet()
    for n, row in enumerate((HEAD, *ROWS)):
        sheet.write_row(n, 0, row)
    sheet.autofilter(0, 0, 5, 3)
    sheet.filter_column_list(2, ["C1"])
    for n in range(2, 6):
        sheet.set_row(n, options={"hidden": True})
    workbook.close()
    assert problems(load(path="log.xlsx")) == "log.xlsx: 4 hidden rows were read, too."


def test_hidden_columns_are_read_and_named(loaded, page):
    page.column_dimensions["C"].hidden = page.column_dimensions["D"].hidden = True
    ingested = loaded()
    assert values(ingested, "customer_id") == ["C1", "C2", "C3", "C4", "C5"]
    assert problems(ingested) == "log.xlsx: 2 hidden columns were read, too: 'Customer', 'Amount'."


def test_merged_cells_in_the_data_are_counted_and_those_above_are_not(loaded, page):
    page.insert_rows(1)
    page["A1"] = "Invoices"
    page.merge_cells("A1:D1")
    page.merge_cells("C3:C5")
    ingested = loaded(header=2)
    assert codes(ingested) == [(4, "MISSING_REQUIRED"), (5, "MISSING_REQUIRED")]
    assert "log.xlsx: 1 range of merged cells; only its first cell holds the value" in problems(ingested)
    assert "Name its columns in fill." in problems(ingested)


def test_zeros_that_only_a_format_shows_are_named(loaded, page):
    for row in range(2, 7):
        page.cell(row, 3).value = row
        page.cell(row, 3).number_format = "00000"
        page.cell(row, 4).number_format = "0.00"
    ingested = loaded()
    assert values(ingested, "customer_id") == ["2", "3", "4", "5", "6"]
    assert "the leading zeros of 'Customer' are shown by a number format" in problems(ingested)
    assert "Add them with pad." in problems(ingested)


def test_texts_in_cells_with_such_a_format_have_their_zeros(loaded, page):
    page["C2"].number_format = "00000"
    page["C2"].value = "00007"
    ingested = loaded()
    assert (values(ingested, "customer_id")[0], problems(ingested)) == ("00007", "")


def test_shared_formulas_that_were_never_calculated_are_empty_formulas(load, tmp_path, page):
    for row in range(2, 7):
        page.cell(row, 4).value = f"=1+{row}"
    page.parent.save(tmp_path / "plain.xlsx")
    content = _with_sheet(tmp_path / "plain.xlsx", _share_formulas)
    assert codes(load(content, path="log.xlsx")) == [(row, "FORMULA_EMPTY") for row in range(2, 7)]


def test_formulas_below_other_prefixes_are_seen(load, tmp_path, page):
    """Some programs write <x:c> for <c>."""
    page["D3"] = "=1+1"
    page.parent.save(tmp_path / "plain.xlsx")

    def prefixed(xml):
        for old, new in ((b"<", b"<x:"), (b"<x:/", b"</x:"), (b"xmlns=", b"xmlns:x=")):
            xml = xml.replace(old, new)
        return xml.replace(b"<x:?", b"<?")

    assert codes(load(_with_sheet(tmp_path / "plain.xlsx", prefixed), path="log.xlsx")) == [(3, "FORMULA_EMPTY")]


def test_days_counted_from_1904_are_the_right_days(load, tmp_path, page):
    page.parent.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    for row in range(2, 7):
        page.cell(row, 2).value = dt.date(2024, 1, row)
    page.parent.save(tmp_path / "log.xlsx")
    assert values(load(path="log.xlsx"), "doc_date") == [dt.date(2024, 1, day) for day in range(2, 7)]


def test_bare_day_numbers_counted_from_1904_are_refused(load, tmp_path, page):
    page.parent.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    page["B2"] = 43834
    page.parent.save(tmp_path / "log.xlsx")
    with pytest.raises(SourceError, match=r"log\.xlsx, which counts its days from 1904") as raised:
        load(path="log.xlsx", date_formats=["excel"])
    assert raised.value.code == "DATE_1904"


def test_a_header_of_two_rows_is_flattened(load, tmp_path):
    workbook = openpyxl.Workbook()
    for row in (
        ["Invoices of January"],
        ["No", "Date", "Customer", None, "Amount", None],
        [None, None, "Code", "Name", "net", "gross"],
        ["A1", "2024-01-05", "007", "Li", 100, 113],
    ):
        workbook.active.append(row)
    workbook.active.merge_cells("A1:F1")
    workbook.active.merge_cells("C2:D2")
    workbook.active.merge_cells("E2:F2")
    workbook.save(tmp_path / "log.xlsx")
    columns = {**MAPPING["columns"], "customer_id": "Customer Code", "amount_net": "Amount net"}
    ingested = load(path="log.xlsx", header=2, header_rows=2, columns=columns)
    assert values(ingested, "customer_id") == ["007"]
    assert [float(amount) for amount in values(ingested, "amount_net")] == [100.0]
    assert problems(ingested) == ""


def test_a_header_of_two_rows_is_flattened_in_text_too(load):
    text = '单据,,客户,金额,\n编号,"日\n期",编码,未税,含税\nA1,2024-01-05,7,100,113\nA2,soon,7,1,1\n'
    columns = {"doc_id": "单据 编号", "doc_date": "单据 日 期", "customer_id": "客户 编码", "amount_net": "金额 未税"}
    ingested = load(text, header_rows=2, columns=columns)
    assert [float(amount) for amount in values(ingested, "amount_net")] == [100.0]
    assert codes(ingested) == [(5, "BAD_DATE")]


def test_a_header_of_more_rows_than_there_are_is_named(load):
    with pytest.raises(SourceError, match=r"log\.csv must have its column names in line 2"):
        load("No,Date,Customer,Amount\n", header_rows=2)


def test_a_doubled_name_below_different_tops_is_no_doubled_name(load):
    text = "No,Date,Customer,This year,Last year\n,,,Amount,Amount\nA1,2024-01-05,7,1,2\n"
    columns = {**MAPPING["columns"], "amount_net": "This year Amount"}
    assert [float(amount) for amount in values(load(text, header_rows=2, columns=columns), "amount_net")] == [1.0]


@pytest.mark.parametrize("system_1904", [False, True])
def test_an_old_xls_workbook_is_read(load, tmp_path, system_1904):
    workbook = xlwt.Workbook()
    workbook.dates_1904 = system_1904
    sheet = workbook.add_sheet("Sheet1")
    day = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for column, name in enumerate(HEAD):
        sheet.write(0, column, name)
    for row, (number, customer, amount) in enumerate((("A1", "007", 12.5), (2, "客户", 1e6)), 1):
        sheet.write(row, 0, number)
        sheet.write(row, 1, dt.date(2024, 1, 4 + row), day)
        sheet.write(row, 2, customer)
        sheet.write(row, 3, amount)
    sheet.write_merge(3, 4, 0, 0, "A3")
    sheet.write(3, 3, xlwt.Formula("1/0"))
    workbook.save(str(tmp_path / "log.xls"))
    ingested = load(path="log.xls")
    assert values(ingested, "doc_id") == ["A1", "2"]
    assert values(ingested, "doc_date") == [dt.date(2024, 1, 5), dt.date(2024, 1, 6)]
    assert values(ingested, "customer_id") == ["007", "客户"]
    assert [float(amount) for amount in values(ingested, "amount_net")] == [12.5, 1e6]
    assert "1 range of merged cells" in problems(ingested)


def test_an_xlsb_workbook_is_read(load, tmp_path):
    write_xlsb(tmp_path / "log.xlsb", [HEAD, ["A1", "2024-01-05", "007", 12.5], [None], [2.0, "2024-01-06", "客户", 1]])
    ingested = load(path="log.xlsb")
    assert values(ingested, "doc_id") == ["A1", "2"]
    assert values(ingested, "customer_id") == ["007", "客户"]
    assert [float(amount) for amount in values(ingested, "amount_net")] == [12.5, 1.0]


def test_a_long_number_in_xlsb_lost_its_digits(load, tmp_path):
    write_xlsb(tmp_path / "log.xlsb", [HEAD, ["A1", "2024-01-05", 110101199003071234.0, 12.5]])
    assert codes(load(path="log.xlsb")) == [(2, "LOSSY_ID")]


def test_a_sheet_that_begins_further_right_and_below_is_read_from_its_corner(load, tmp_path):
    workbook = openpyxl.Workbook()
    for row, cells in enumerate((HEAD, *ROWS), 4):
        for column, cell in enumerate(cells, 3):
            workbook.active.cell(row, column).value = cell
    workbook.active["D5"] = "soon"
    workbook.save(tmp_path / "log.xlsx")
    ingested = load(path="log.xlsx", header=4)
    assert codes(ingested) == [(5, "BAD_DATE")]
    assert values(ingested, "doc_id") == ["A2", "A3", "A4", "A5"]


def test_column_names_may_be_more_or_fewer_than_the_sheets_columns(load, page, tmp_path):
    page.delete_rows(1)
    page.parent.save(tmp_path / "log.xlsx")
    assert values(load(path="log.xlsx", column_names=[*HEAD, "Note"]), "doc_id") == ["A1", "A2", "A3", "A4", "A5"]
    columns = {**MAPPING["columns"], "amount_net": "No"}
    assert len(load(path="log.xlsx", column_names=HEAD[:3], columns=columns).rejects) == 5


def _with_sheet(path, change):
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == "xl/worksheets/sheet1.xml" else content)
    return out.getvalue()


def _share_formulas(xml):
    """Write the formulas of D2:D6 as Excel does: the first one whole, the others pointing to it, without values."""
    cells = re.findall(rb'<c r="D[2-6]".*?</c>', xml)
    assert len(cells) == 5
    for n, cell in enumerate(cells):
        formula = b'<f t="shared" ref="D2:D6" si="0">A2+1</f>' if n == 0 else b'<f t="shared" si="0"/>'
        xml = xml.replace(cell, b'<c r="D%d">%b</c>' % (n + 2, formula))
    return xml
