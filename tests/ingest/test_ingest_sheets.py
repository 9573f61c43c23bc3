"""Spreadsheets: each cell as text that has lost no digit."""

import datetime as dt
import zipfile

import openpyxl
import pytest
import xlsxwriter
from ingest_exports import codes, values

from custinsight.errors import SourceError

MANIFEST = "<manifest:manifest xmlns:manifest='urn:oasis:names:tc:opendocument:xmlns:manifest:1.0'/>"
HEAD = ["No", "Date", "Customer", "Amount"]


@pytest.fixture
def sheet(tmp_path):
    """Write rows into a workbook."""

    def write(rows, *, name="log.xlsx", sheets=("Sheet1",)):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title in sheets:
            page = book.create_sheet(title)
            for row in rows:
                page.append(row)
        book.save(tmp_path / name)
        return name

    return write


def test_typed_cells_become_text_without_losing_a_digit(load, sheet):
    path = sheet([HEAD, [123.0, dt.date(2024, 1, 5), "00123", 1234.56], ["A2", dt.datetime(2024, 1, 6, 9, 30), 7, -5]])
    ingested = load(path=path, date_formats=["%d.%m.%Y"])
    assert values(ingested, "doc_id") == ["123", "A2"]
    assert values(ingested, "customer_id") == ["00123", "7"]
    assert values(ingested, "doc_date") == [dt.date(2024, 1, 5), dt.date(2024, 1, 6)]
    assert [float(amount) for amount in values(ingested, "amount_net")] == [1234.56, -5.0]


def test_numbers_of_a_sheet_are_read_whatever_the_decimal_sign_of_its_texts(load, sheet):
    path = sheet([HEAD, ["A1", dt.date(2024, 1, 5), "7", 1234.56], ["A2", dt.date(2024, 1, 5), "7", "1.234,56"]])
    assert [float(amount) for amount in values(load(path=path, decimal=","), "amount_net")] == [1234.56, 1234.56]


def test_a_long_number_that_lost_its_digits_is_rejected(load, sheet):
    path = sheet(
        [HEAD, ["A1", dt.date(2024, 1, 5), 110101199003071234, 1], ["A2", dt.date(2024, 1, 5), 999999999999999, 1]]
    )
    ingested = load(path=path)
    assert codes(ingested) == [(2, "LOSSY_ID")]
    assert values(ingested, "customer_id") == ["999999999999999"]


def test_title_rows_and_sheets_are_chosen(load, sheet):
    path = sheet([["Invoices"], [], HEAD, ["A1", dt.date(2024, 1, 5), "7", 1]], sheets=("Notes", "Data"))
    ingested = load(path=path, sheet="Data", header=3)
    assert values(ingested, "doc_id") == ["A1"]
    with pytest.raises(
        SourceError, match=r"sources\.log\.sheet must be a sheet of log\.xlsx, got 'Deta'; it has 'Notes', 'Data'"
    ):
        load(path=path, sheet="Deta", header=3)


def test_hidden_sheets_are_not_taken_by_default(load, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "log.xlsx")
    hidden, shown = book.add_worksheet("Old"), book.add_worksheet("New")
    for page, number in ((hidden, "OLD"), (shown, "NEW")):
        page.write_row(0, 0, HEAD)
        page.write_row(1, 0, [number, "2024-01-05", "7", 1])
    shown.activate()
    shown.set_first_sheet()
    hidden.hide()
    book.close()
    assert values(load(path="log.xlsx"), "doc_id") == ["NEW"]


def test_errors_and_formulas_without_a_value_are_told_from_empty_cells(load, tmp_path):
    book = xlsxwriter.Workbook(tmp_path / "log.xlsx")
    page = book.add_worksheet()
    page.write_row(0, 0, HEAD)
    for row, number in enumerate(("A1", "A2", "A3", "A4"), 1):
        page.write_row(row, 0, [number, "2024-01-05", "7"])
    page.write_formula(1, 3, "=NA()", None, "#N/A")
    page.write_formula(2, 3, "=SUM(X1:X2)", None, "")
    page.write_formula(4, 3, "=1+1", None, 2)
    book.close()
    ingested = load(path="log.xlsx")
    assert codes(ingested) == [(2, "FORMULA_EMPTY"), (3, "FORMULA_EMPTY"), (4, "MISSING_REQUIRED")]
    assert values(ingested, "doc_id") == ["A4"]


def test_empty_rows_are_no_rows_and_lines_are_those_of_the_sheet(load, sheet):
    path = sheet([HEAD, ["A1", dt.date(2024, 1, 5), "7", 1], [], [None, " "], ["A2", "soon", "7", 1]])
    ingested = load(path=path)
    assert codes(ingested) == [(5, "BAD_DATE")]
    assert ingested.rejects["raw"].tolist() == ["A2\tsoon\t7\t1"]
    assert ingested.rejects["sheet"].tolist() == ["Sheet1"]


def test_day_numbers_are_read_when_declared(load, sheet):
    path = sheet([HEAD, ["A1", 45296, "7", 1]])
    assert codes(load(path=path)) == [(2, "BAD_DATE")]
    assert values(load(path=path, date_formats=["%Y-%m-%d", "excel"]), "doc_date") == [dt.date(2024, 1, 5)]


def test_a_document_sheet_is_read(load, tmp_path):
    """The smallest spreadsheet in the OpenDocument format."""
    cell = "<table:table-cell office:value-type='{kind}'{value}><text:p>{text}</text:p></table:table-cell>"
    head = "".join(cell.format(kind="string", value="", text=name) for name in HEAD)
    texts = "".join(cell.format(kind="string", value="", text=text) for text in ("A1", "2024-01-05", "007"))
    amount = cell.format(kind="float", value=" office:value='12.5'", text="12.50")
    names = {"office": "office", "table": "table", "text": "text"}
    spaces = " ".join(f"xmlns:{key}='urn:oasis:names:tc:opendocument:xmlns:{name}:1.0'" for key, name in names.items())
    content = (
        f"<?xml version='1.0'?><office:document-content {spaces}><office:body><office:spreadsheet>"
        f"<table:table table:name='Sheet1'><table:table-row>{head}</table:table-row>"
        f"<table:table-row>{texts}{amount}</table:table-row></table:table>"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(tmp_path / "log.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", content)
    ingested = load(path="log.ods")
    assert values(ingested, "customer_id") == ["007"]
    assert [float(amount) for amount in values(ingested, "amount_net")] == [12.5]


def test_a_web_page_saved_as_xls_is_named(load):
    with pytest.raises(SourceError, match=r"export\.xls must be a table, got a web page"):
        load("<html><table><tr><td>No</td></tr></table></html>", path="export.xls")


def test_an_encrypted_workbook_is_named(load):
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    with pytest.raises(SourceError, match=r"log\.xlsx must (not be encrypted|be a whole spreadsheet)"):
        load(ole + bytes(4096), path="log.xlsx")


def test_a_damaged_workbook_is_named(load, sheet, tmp_path):
    content = (tmp_path / sheet([HEAD])).read_bytes()
    with pytest.raises(SourceError, match=r"log\.xlsx must be a whole file"):
        load(content[: len(content) // 2], path="log.xlsx")


def test_a_cell_in_the_last_corner_is_refused_before_the_sheet_is_opened(load, tmp_path):
    """Fourteen hundred bytes of workbook that would fill six gigabytes of memory."""
    book = xlsxwriter.Workbook(tmp_path / "log.xlsx")
    page = book.add_worksheet()
    page.write_row(0, 0, HEAD)
    page.write(1_048_575, 16_383, "boo")
    book.close()
    with pytest.raises(SourceError, match="must hold at most 60,000,000 cells"):
        load(path="log.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(load, sheet, tmp_path):
    name = sheet([HEAD, ["A1", dt.date(2024, 1, 5), "7", 1]])
    with zipfile.ZipFile(tmp_path / name, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.bin", bytes(300 << 20))
    with pytest.raises(SourceError, match="must unpack to less than 1 GB"):
        load(path=name)
