"""Workbooks and CSV files hold values: read back with another library, byte for byte and cell for cell."""

import csv
import datetime as dt
import io
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.errors import ReportError
from custinsight.words import Message, Words, msg
from custinsight.writers import Col, SheetData, write_csv, write_xlsx
from custinsight.writers.sheets import MAX_TEXT, sheet_names

EN, ZH = Words("en"), Words("zh-CN")
NAME = (Col("name", msg("Name")),)
FORMULAS = [
    '=HYPERLINK("https://example.com","x")',
    "=cmd|'/c calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1+1",
    "\r=1+1",
    " =1+1",
    "{=1+1}",
    "＝1+1",
    "http://example.com",
    "https://example.com/x",
    "file:///etc/passwd",
    r"\\server\share",
    "mailto:li@example.com",
    "internal:Sheet1!A1",
    "external:c:\\x.xlsx",
    "<script>alert(1)</script>",
]


def book(path):
    return openpyxl.load_workbook(path)


def xlsx(folder, frame, columns, words=EN, **options):
    return write_xlsx(folder / "list.xlsx", {"List": SheetData(frame, columns, **options)}, words)


def rows_of(path):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))


def test_no_text_becomes_a_formula_or_a_link_in_a_workbook(tmp_path):
    result = xlsx(tmp_path, pd.DataFrame({"name": FORMULAS}), NAME)
    sheet = book(result.path)["List"]
    cells = [sheet.cell(row, 1) for row in range(2, len(FORMULAS) + 2)]
    assert [cell.data_type for cell in cells] == ["s"] * len(FORMULAS)
    assert [cell.hyperlink for cell in cells] == [None] * len(FORMULAS)
    assert [cell.value for cell in cells] == [text.replace("\r", "\n") for text in FORMULAS]
    with zipfile.ZipFile(result.path) as parts:
        assert not [name for name in parts.namelist() if "link" in name.lower() or "rels/sheet" in name]
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_no_heading_or_sheet_name_becomes_a_formula(tmp_path):
    data = SheetData(pd.DataFrame({"n": [1]}), (Col("n", Message("=1+1"), "count"),))
    path = write_xlsx(tmp_path / "a.xlsx", {"=cmd|'/c calc'!A0": data, "=CMD|' c calc'!A0": data}, EN).path
    sheets = book(path)
    assert sheets.sheetnames == ["=cmd|' c calc'!A0", "=CMD|' c calc'!A0 2"]
    assert sheets.worksheets[0]["A1"].data_type == "s"


def test_numbers_dates_and_codes_keep_their_kind(tmp_path):
    frame = pd.DataFrame(
        {
            "n": np.array([1200, -3], dtype="int64"),
            "v": [-100.0, float("nan")],
            "s": [0.382, float("inf")],
            "d": pd.to_datetime(["2024-12-31", None]),
            "c": ["a", "b"],
            "id": ["00123", "110105194912310021"],
            "big": [110105194912310021, 1],
        }
    )
    columns = (
        Col("n", msg("N"), "count"),
        Col("v", msg("V"), "exact_money"),
        Col("s", msg("S"), "percent"),
        Col("d", msg("D"), "day"),
        Col("c", msg("C"), "label", {"a": Message("Alpha")}),
        Col("id", msg("Id")),
        Col("big", msg("Big")),
    )
    sheet = book(xlsx(tmp_path, frame, columns).path)["List"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert values == [
        [1200, -100, 0.382, dt.datetime(2024, 12, 31), "Alpha", "00123", "110105194912310021"],
        [-3, None, None, None, "b", "110105194912310021", 1],
    ]
    assert sheet["C2"].number_format == "0.0%"
    assert sheet["D2"].number_format == "yyyy-mm-dd"


def test_messages_in_cells_and_headings_are_said_in_the_language(tmp_path):
    frame = pd.DataFrame({"why": [msg("{v:money}", v=12840000)]})
    assert book(xlsx(tmp_path, frame, (Col("why", msg("Why")),), ZH).path)["List"]["A2"].value == "¥1,284万"
    assert rows_of(write_csv(tmp_path / "a.csv", frame, (Col("why", msg("Why")),), ZH).path)[1] == ["¥1,284万"]


def test_control_characters_and_long_texts_are_dealt_with_and_counted(tmp_path):
    frame = pd.DataFrame({"name": ["a\x00b\x1fc\ud800", "x" * 40_000, "😀" * 20_000, "fine"]}, dtype=object)
    result = xlsx(tmp_path, frame, NAME)
    values = [row[0].value for row in book(result.path)["List"].iter_rows(min_row=2)]
    assert values[0] == "abc"
    assert len(values[1]) == MAX_TEXT
    assert len(values[2].encode("utf-16-le")) // 2 <= MAX_TEXT
    assert (result.rows, result.cleaned, result.shortened) == (4, 1, 2)


def test_sheet_is_ready_to_work_with(tmp_path):
    frame = pd.DataFrame({"name": ["王芳的一家很长名字的公司有限责任公司", "b"], "n": [1, 2], "result": ["", ""]})
    columns = (*NAME, Col("n", msg("Number"), "count"), Col("result", msg("Result")))
    sheet = book(xlsx(tmp_path, frame, columns, fill_in={"result": (msg("Bought"), msg("Lost"))}).path)["List"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:C3"
    assert sheet["A1"].font.bold
    assert sheet.column_dimensions["A"].width > 36
    assert sheet.column_dimensions["B"].width < 15
    assert sheet.data_validations.dataValidation[0].formula1 == '"Bought,Lost"'


def test_the_same_rows_give_the_same_bytes(tmp_path):
    frame = pd.DataFrame({"name": ["a", "b"]})
    first = xlsx(tmp_path / "1", frame, NAME).path.read_bytes()
    assert first == xlsx(tmp_path / "2", frame, NAME).path.read_bytes()


def test_an_empty_sheet_has_its_headings(tmp_path):
    assert book(xlsx(tmp_path, pd.DataFrame({"name": []}), NAME).path)["List"]["A1"].value == "Name"


def test_what_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ReportError, match="at least one sheet"):
        write_xlsx(tmp_path / "a.xlsx", {}, EN)
    with pytest.raises(ReportError, match="must have the columns name; it has other"):
        SheetData(pd.DataFrame({"other": [1]}), NAME)
    with pytest.raises(ReportError, match="must have at most 1,048,575 rows, got 1,048,576"):
        SheetData(pd.DataFrame({"name": np.zeros(1_048_576)}), NAME)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", [text for text in FORMULAS if text.strip()[0] in "=+-@＝"])
def test_what_a_spreadsheet_would_run_has_an_apostrophe_in_a_csv_file(tmp_path, text):
    result = write_csv(tmp_path / "a.csv", pd.DataFrame({"name": [text]}), NAME, EN)
    assert rows_of(result.path)[1][0].startswith("'")
    assert result.guarded == 1


@pytest.mark.parametrize("text", ["-100.00", "+5", "-1,234.50", "-3%", "a=b", "00123", "x-y", "li@example.com"])
def test_numbers_and_plain_texts_stay_as_they_are(tmp_path, text):
    result = write_csv(tmp_path / "a.csv", pd.DataFrame({"name": [text]}), NAME, EN)
    assert rows_of(result.path)[1] == [text]
    assert result.guarded == 0


def test_csv_opens_in_excel_with_chinese_text_and_plain_numbers(tmp_path):
    frame = pd.DataFrame(
        {"name": ["王芳"], "v": [-100.0], "s": [1 / 3], "n": [1200], "d": [dt.date(2024, 12, 31)], "none": [None]}
    )
    columns = (
        Col("name", msg("Name")),
        Col("v", msg("Amount"), "money"),
        Col("s", msg("Share"), "percent"),
        Col("n", msg("Number"), "count"),
        Col("d", msg("Due"), "day"),
        Col("none", msg("Result")),
    )
    path = write_csv(tmp_path / "a.csv", frame, columns, EN).path
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert path.read_bytes().endswith(b"\r\n")
    assert rows_of(path)[1] == ["王芳", "-100.00", "0.333333", "1200", "2024-12-31", ""]


def test_a_row_is_a_line_in_a_csv_file(tmp_path):
    path = write_csv(tmp_path / "a.csv", pd.DataFrame({"name": ["a\r\nb\n=c", 'q"q,q']}), NAME, EN).path
    assert path.read_bytes().count(b"\n") == 3
    assert rows_of(path)[1:] == [["a b =c"], ['q"q,q']]


@given(st.lists(st.text(max_size=40), min_size=1, max_size=5))
def test_no_csv_cell_can_be_run(tmp_path_factory, texts):
    path = write_csv(
        tmp_path_factory.mktemp("csv") / "a.csv", pd.DataFrame({"name": texts}, dtype=object), NAME, EN
    ).path
    rows = rows_of(path)
    assert len(rows) == len(texts) + 1 or "" in texts
    for row in rows:
        cell = row[0].strip() if row else ""
        assert cell[:1] not in ("=", "@", "＝", "＋", "－", "＠")
        assert cell[:1] not in ("+", "-") or cell[1:2].isdigit()


@given(st.lists(st.text(max_size=60), max_size=6))
def test_sheet_names_always_fit(names):
    made = sheet_names(names)
    assert len({name.casefold() for name in made}) == len(names)
    for name in made:
        assert 1 <= len(name) <= 31
        assert not set(name) & set("[]:*?/\\")
        assert name[0] != "'" != name[-1]
        assert name.casefold() != "history"
