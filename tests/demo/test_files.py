import csv
import hashlib
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from custinsight.demo import DemoFiles, demo_plan, write_demo
from custinsight.demo.dirt import LEFT_OUT
from custinsight.plan import AuditPlan, Source, read_plan


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> AuditPlan:
    path = tmp_path_factory.mktemp("plan") / "audit.toml"
    path.write_text(demo_plan(), encoding="utf-8")
    return read_plan(path)


def digests(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def text_of(demo: DemoFiles, name: str, encoding: str) -> list[str]:
    return (demo.folder / name).read_bytes().decode(encoding).split("\r\n" if encoding != "utf-8" else "\n")


def header_of(source: Source, folder: Path) -> list[str]:
    path = folder / Path(source.path).name
    if path.suffix == ".parquet":
        return pq.read_schema(path).names
    if path.suffix == ".xlsx":
        page = openpyxl.load_workbook(path)[source.sheet or "Sheet1"]
        return [cell.value for cell in page[source.header]]
    text = path.read_bytes().decode(source.encoding or "utf-8-sig")
    return next(csv.reader(text.splitlines()[source.header - 1 :], delimiter=source.delimiter or ","))


def test_the_same_seed_writes_the_same_bytes(small: DemoFiles, tmp_path: Path) -> None:
    write_demo(tmp_path, customers=200, seed=11)
    assert digests(tmp_path) == digests(small.folder)


def test_another_seed_writes_another_company(small: DemoFiles, tmp_path: Path) -> None:
    other = write_demo(tmp_path, customers=200, seed=12, truth=False)
    assert other.truth is None
    assert not (tmp_path / "truth").exists()
    assert digests(tmp_path)["erp_customers.csv"] != digests(small.folder)["erp_customers.csv"]


def test_writing_without_truth_removes_an_older_truth(tmp_path: Path) -> None:
    write_demo(tmp_path, customers=40)
    write_demo(tmp_path, customers=40, truth=False)
    assert not (tmp_path / "truth").exists()


def test_sizes_are_those_of_the_house(demo: DemoFiles) -> None:
    assert demo.customers == 3000
    assert 38_000 < demo.lines < 45_000
    assert demo.duplicates == pytest.approx(260, abs=5)
    assert len(demo.files) == 14
    assert sum(path.stat().st_size for path in demo.files) < 15_000_000


def test_the_plan_names_exactly_the_files(plan: AuditPlan, demo: DemoFiles) -> None:
    assert [Path(source.path).name for source in plan.sources] == [path.name for path in demo.files]
    assert all(source.path.startswith("data/demo/") for source in plan.sources)


def test_the_plan_maps_only_columns_that_are_there(plan: AuditPlan, demo: DemoFiles) -> None:
    for source in plan.sources:
        missing = set(source.columns.values()) - set(header_of(source, demo.folder))
        assert not missing, (source.name, missing)


def test_the_plan_translates_the_codes_of_clean_rows(plan: AuditPlan, small: DemoFiles) -> None:
    source = next(s for s in plan.sources if s.name == "invoices_2023")
    frame = pd.read_csv(small.folder / "invoices_2023.csv", dtype=str, keep_default_na=False)
    for column in ("doc_type", "status", "channel"):
        unknown = set(frame[source.columns[column]]) - set(source.values[column])
        assert unknown <= {"调拨单", "盘点"}


def test_the_plan_has_comments_and_both_periods_are_within_the_data(plan: AuditPlan) -> None:
    assert demo_plan().count("#") > 20
    assert plan.parse_period().label == "2024Q4"
    assert plan.parse_period("2024Q3").end.year == 2024
    assert {source.table for source in plan.sources} == {
        "customers", "transactions", "interactions", "feedback", "receivables", "owners", "targets",
    }  # fmt: skip
    assert tomllib.loads(demo_plan())["company"]["name"] == plan.company.name


def test_files_have_the_encodings_they_claim(demo: DemoFiles) -> None:
    chinese = (demo.folder / "erp_customers.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        chinese.decode("utf-8")
    with pytest.raises(UnicodeDecodeError):
        chinese.decode("gbk")
    assert "𠮷田五金" in chinese.decode("gb18030")
    assert (demo.folder / "invoices_2023.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert (demo.folder / "invoices_2024.txt").read_bytes()[:2] in (b"\xff\xfe", b"\xfe\xff")


def test_each_listed_line_holds_its_dirt(demo: DemoFiles, dirt: pd.DataFrame) -> None:
    lines = text_of(demo, "invoices_2022.csv", "gb18030")
    header = lines[0].split(",")
    for _, row in dirt[dirt["source"] == "invoices_2022"].dropna(subset="line").iterrows():
        line = lines[row["line"] - 1]
        cells = next(csv.reader([line]))
        if row["kind"] in ("ragged_row", "trailing_comma"):
            assert len(cells) != len(header)
            assert row["expected"] == ("kept" if line.endswith(",") else "rejected")
        elif row["kind"] == "unclosed_quote":
            assert line.count('"') % 2 == 1
        elif row["kind"] == "bracketed_amount":
            assert cells[header.index(row["column"])] == f"({row['right'][1:]})"
        elif row["kind"] == "chinese_date":
            assert re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日", cells[header.index(row["column"])])
        elif row["kind"] == "total_row":
            assert cells[0] == "合计"


def test_the_total_is_the_sum_of_the_rows_that_count(demo: DemoFiles, dirt: pd.DataFrame) -> None:
    rejected = set(dirt.loc[(dirt["source"] == "invoices_2022") & (dirt["expected"] == "rejected"), "line"])
    repaired = dirt[(dirt["source"] == "invoices_2022") & (dirt["column"] == "无税金额") & (dirt["expected"] == "kept")]
    right = dict(zip(repaired["line"], repaired["right"], strict=True))
    lines = text_of(demo, "invoices_2022.csv", "gb18030")
    place = lines[0].split(",").index("无税金额")
    total = Decimal(0)
    for number, line in enumerate(lines[1:-2], start=2):
        if number not in rejected:
            total += Decimal(right.get(number) or next(csv.reader([line]))[place])
    last = next(csv.reader([lines[-2]]))
    assert last[0] == "合计"
    assert Decimal(last[place]) == total


def test_every_kind_of_dirt_is_there(dirt: pd.DataFrame) -> None:
    kinds = set(dirt["kind"])
    wanted = """
        gb18030_file utf8_bom_file utf16_file semicolon_delimiter title_rows total_row null_like_name hostile_name
        four_byte_character zero_width no_break_space full_width lossy_id padded_number trailing_comma ragged_row
        unclosed_quote short_date compact_date chinese_date serial_date text_date ambiguous_date bad_date sentinel_date
        future_date after_period zero_date currency_sign thousands_separator bracketed_amount trailing_minus bad_number
        type_change foreign_currency reused_number draft_document void_document contact_and_company formula_empty
        formula_error control_character hidden_row repeated_row unknown_customer unknown_value missing_id missing_name
        missing_date missing_amount wrong_column placeholder_phone line_break_in_text delimiter_in_text long_text
    """
    assert set(wanted.split()) <= kinds
    assert not set(LEFT_OUT) & kinds


def test_rejected_rows_have_a_code_and_are_listed_once(dirt: pd.DataFrame) -> None:
    rejected = dirt[dirt["expected"] == "rejected"]
    assert rejected["code"].notna().all()
    assert not rejected.duplicated(["source", "line"]).any()
    assert len(rejected) < 150


def test_expected_rows_add_up(demo: DemoFiles) -> None:
    expected = pd.read_csv(demo.folder / "truth" / "expected.csv")
    parts = expected[["rows_kept", "rows_rejected", "rows_total_lines"]].sum(axis=1)
    assert (parts == expected["rows_in"]).all()
    assert expected.loc[expected["file"].str.startswith(("invoices", "us_inv")), "rows_kept"].sum() == demo.lines + 7


def test_spreadsheets_hold_what_csv_cannot(demo: DemoFiles, dirt: pd.DataFrame) -> None:
    page = openpyxl.load_workbook(demo.folder / "us_customers.xlsx")["Sheet1"]
    assert page["A1"].value == "Lanstone Supplies Inc. - Customer Master"
    mine = dirt[dirt["source"] == "us_customers"]
    for line in mine.loc[mine["kind"] == "hidden_row", "line"]:
        assert page.row_dimensions[line].hidden
    for line in mine.loc[mine["kind"] == "padded_number", "line"]:
        cell = page.cell(row=line, column=1)
        assert isinstance(cell.value, int)
        assert cell.number_format == "000000"
    for line in mine.loc[mine["kind"] == "formula_empty", "line"]:
        assert page.cell(row=line, column=2).data_type == "f"
    saved = openpyxl.load_workbook(demo.folder / "us_customers.xlsx", data_only=True)["Sheet1"]
    line = mine.loc[mine["kind"] == "formula_empty", "line"].iloc[0]
    assert saved.cell(row=line, column=2).value is None
    line = mine.loc[mine["kind"] == "formula_error", "line"].iloc[0]
    assert saved.cell(row=line, column=2).value == "#N/A"


def test_hostile_names_are_text_in_the_file(demo: DemoFiles, dirt: pd.DataFrame) -> None:
    lines = text_of(demo, "erp_customers.csv", "gb18030")
    hostile = dirt[(dirt["source"] == "erp_customers") & (dirt["kind"] == "hostile_name")]
    assert len(hostile) == 11
    for _, row in hostile.iterrows():
        assert next(csv.reader([lines[row["line"] - 1]]))[1] == row["right"]
    page = openpyxl.load_workbook(demo.folder / "us_customers.xlsx")["Sheet1"]
    for line in dirt.loc[(dirt["source"] == "us_customers") & (dirt["kind"] == "hostile_name"), "line"]:
        assert page.cell(row=line, column=2).data_type == "s"


def test_money_arrives_in_several_currencies_with_rates(demo: DemoFiles) -> None:
    american = pq.read_table(demo.folder / "us_invoices.parquet").to_pandas()
    assert set(american["Currency"]) == {"USD"}
    assert american["RateToCNY"].between(6.3, 7.3).all()
    chinese = pd.read_csv(demo.folder / "invoices_2023.csv", dtype=str, keep_default_na=False)
    assert {"CNY", "USD", "EUR", "HKD"} <= set(chinese["币种"])


def test_margin_is_about_thirty_percent_and_some_customers_lose_money(demo: DemoFiles) -> None:
    american = pq.read_table(demo.folder / "us_invoices.parquet").to_pandas()
    margin = 1 - american["Cost"].sum() / american["NetAmount"].sum()
    assert 0.24 < margin < 0.36
    profit = (american["NetAmount"] - american["Cost"]).groupby(american["CustomerNo"]).sum()
    assert 0.01 < (profit < 0).mean() < 0.1


def test_a_very_small_company_can_be_written(tmp_path: Path) -> None:
    assert write_demo(tmp_path, customers=20).customers == 20
