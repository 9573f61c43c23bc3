"""The cube's files: what is hidden is nowhere in them, and sums over the table count nothing twice."""

import zipfile

import openpyxl
import pandas as pd
import pytest

from custinsight.base import cube
from custinsight.report.cube_files import write_cube
from custinsight.words import Words


@pytest.fixture
def lines():
    sizes = {("north", "web"): 12, ("north", "shop"): 13, ("south", "web"): 3, ("south", "shop"): 40}
    rows = [
        (f"{region}{channel}{n}", region, channel, f"{year}-03-04", 10.25)
        for (region, channel), number in sizes.items()
        for n in range(number)
        for year in (2023, 2024)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "region", "channel", "doc_date", "amount_net"])


def test_the_files_hold_the_cube_and_nothing_hidden(lines, tmp_path):
    found = cube(lines, "Y", ["region", "channel"])
    assert found.cells["hidden"].any()
    files = write_cube(found, tmp_path, Words("zh-CN"))
    pd.testing.assert_frame_equal(pd.read_parquet(files.cells), found.cells, check_dtype=False)
    tidy = pd.read_parquet(files.tidy)
    assert tidy.loc[tidy["hidden"], "value"].isna().all()
    book = openpyxl.load_workbook(files.workbook)
    assert book.sheetnames[0] == "数据"
    rows = list(book.worksheets[0].values)
    spend = rows[0].index("净销售额")
    shown = found.cells[(found.cells["level"] == 2) & ~found.cells["hidden"]]["spend"]
    assert [row[spend] for row in rows[1:] if row[spend] is not None] == pytest.approx(shown.tolist())
    assert list(book.worksheets[0].tables) == ["cube"]


def test_the_pivoted_sheet_has_a_column_for_each_period(lines, tmp_path):
    files = write_cube(cube(lines, "Y", ["region"]), tmp_path, Words("en"))
    sheet = openpyxl.load_workbook(files.workbook)["By period"]
    assert [list(row) for row in sheet.values][:2] == [["Region", "2023", "2024"], ["All", 697, 697]]


def test_a_cube_without_dimensions_or_rows_is_written(lines, tmp_path):
    assert write_cube(cube(lines, "Q"), tmp_path, Words("en"), "total").workbook.exists()
    empty = write_cube(cube(lines.iloc[:0], "Q", ["region"]), tmp_path, Words("en"), "empty")
    assert pd.read_parquet(empty.tidy).empty
    assert zipfile.ZipFile(empty.workbook).testzip() is None


def test_the_same_cube_gives_the_same_bytes(lines, tmp_path):
    one, two = (write_cube(cube(lines, "Y", ["region"]), tmp_path / name, Words("en")) for name in "ab")
    for first, second in ((one.tidy, two.tidy), (one.cells, two.cells), (one.workbook, two.workbook)):
        assert first.read_bytes() == second.read_bytes()
