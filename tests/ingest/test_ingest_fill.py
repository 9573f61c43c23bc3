"""Cells that an export leaves empty because the row above says it already."""

import datetime as dt
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_exports import HEADER, codes, report, values
from pydantic import ValidationError

from custinsight.errors import SourceError
from custinsight.ingest.fill import Filler
from custinsight.ingest.places import Place
from custinsight.ingest.raw import Counts
from custinsight.plan import Source

LINES = f"{HEADER}\nA1,2024-01-05,7,1\nA1,,,2\nA2,,8,3\nA2,2024-01-06,,4\n"


def problems(ingested) -> str:
    return ingested.load_report["problems"].iloc[0]


def test_an_empty_cell_takes_the_value_of_the_row_above_and_is_counted(load):
    ingested = load(LINES, fill=["Date", "Customer"])
    assert values(ingested, "customer_id") == ["7", "7", "8", "8"]
    assert values(ingested, "doc_date") == [dt.date(2024, 1, 5)] * 3 + [dt.date(2024, 1, 6)]
    assert problems(ingested) == (
        "2 cells of Date were filled from the row above. 2 cells of Customer were filled from the row above."
    )


def test_a_change_of_another_column_stops_the_filling(load):
    ingested = load(LINES, fill=["Date", "Customer"], fill_within=["No"])
    assert codes(ingested) == [(4, "MISSING_REQUIRED")]
    assert values(ingested, "customer_id") == ["7", "7", "8"]


def test_an_empty_cell_of_the_other_column_is_the_same_as_no_other(load):
    content = f"{HEADER},Group\nA1,2024-01-05,7,1,\nA2,2024-01-05,,2,\n"
    assert codes(load(content, fill=["Customer"], fill_within=["Group"])) == [(3, "MISSING_REQUIRED")]


def test_the_other_column_need_not_be_mapped(load):
    content = f"{HEADER},Order\nA1,2024-01-05,7,1,#1\nA2,2024-01-05,,2,#1\nA3,2024-01-05,,3,#2\n"
    ingested = load(content, fill=["Customer"], fill_within=["Order"])
    assert (values(ingested, "doc_id"), codes(ingested)) == (["A1", "A2"], [(4, "MISSING_REQUIRED")])


def test_what_a_cell_holds_is_never_replaced(load):
    content = f"{HEADER}\nA1,2024-01-05,7,1\nA2,2024-01-05, ,2\nA3,2024-01-05,-,3\n"
    ingested = load(content, fill=["Customer"])
    assert values(ingested, "customer_id") == ["7", "7"]
    assert codes(ingested) == [(4, "MISSING_REQUIRED")]


def test_a_total_line_is_not_filled_into_a_row(load):
    content = f"{HEADER}\nA1,2024-01-05,7,1\n小计,,,1\n,,,2\n合计,,,3\n"
    ingested = load(content, fill=["No", "Date", "Customer"])
    assert report(ingested) == {"in": 4, "kept": 2, "rejected": 0, "total_lines": 2, "out_of_scope": 0}
    assert values(ingested, "doc_id") == ["A1", "A1"]
    assert "3.00" not in problems(ingested)


def test_filling_goes_on_across_chunks(load):
    """A chunk holds half a million rows; the customer stands on the first one only."""
    body = "".join(f"A{n},2024-01-05,,1\n" for n in range(600_000))
    ingested = load(f"{HEADER}\nA,2024-01-05,7,1\n{body}", fill=["Customer"])
    assert report(ingested)["kept"] == 600_001
    assert ingested.tables["transactions"]["customer_id"].nunique().execute() == 1


def test_a_row_with_one_delimiter_too_many_keeps_its_place(load):
    content = f"{HEADER}\nA1,2024-01-05,7,1\nA2,2024-01-05,,2,\nA3,2024-01-05,8,3\n"
    ingested = load(content, fill=["Customer"])
    by_number = dict(zip(values(ingested, "doc_id"), values(ingested, "customer_id"), strict=True))
    assert by_number == {"A1": "7", "A2": "7", "A3": "8"}


def test_typed_columns_are_filled_and_stay_typed(load, tmp_path):
    table = pa.table(
        {
            "No": ["A1", "A1", "A2"],
            "Date": pa.array([dt.date(2024, 1, 5), None, dt.date(2024, 1, 6)]),
            "Customer": pa.array([7.0, None, float("nan")]),
            "Amount": pa.array([Decimal("1.10"), Decimal("2.20"), Decimal("3.30")]),
        }
    )
    pq.write_table(table, tmp_path / "log.parquet")
    ingested = load(path="log.parquet", fill=["Date", "Customer"])
    assert values(ingested, "customer_id") == ["7", "7", "7"]
    assert values(ingested, "doc_date") == [dt.date(2024, 1, 5)] * 2 + [dt.date(2024, 1, 6)]


def test_merged_cells_of_a_sheet_are_filled(load, tmp_path):
    book = openpyxl.Workbook()
    for row in (["No", "Date", "Customer", "Amount"], ["A1", "2024-01-05", "七", 1], ["A2", "2024-01-05", None, 2]):
        book.active.append(row)
    book.active.merge_cells("C2:C3")
    book.active.append(["合计", None, None, 3])
    book.save(tmp_path / "log.xlsx")
    ingested = load(path="log.xlsx", fill=["Customer"])
    assert values(ingested, "customer_id") == ["七", "七"]
    assert report(ingested)["total_lines"] == 1


def test_a_type_that_changes_between_chunks_is_carried_where_it_can(tmp_path):
    class Raw:
        place, header, counts = Place(tmp_path, "erp.db", "log"), ("Customer",), Counts()

    source = Source(name="log", table="transactions", path="erp.db", fill=("Customer",))
    filler = Filler(Raw(), source)
    filler(pa.table({"c0": pa.array([7, None])}))
    assert filler(pa.table({"c0": pa.array([None, "x"])}))["c0"].to_pylist() == ["7", "x"]
    assert filler(pa.table({"c0": pa.array([None, 8])}))["c0"].to_pylist() == [None, 8]


@pytest.mark.parametrize("key", ["fill", "fill_within"])
def test_a_column_that_is_not_there_is_named(load, key):
    with pytest.raises(SourceError, match=rf"sources\.log\.{key} names the column 'Nr', which log\.csv lacks"):
        load(LINES, **{"fill": ["Customer"], key: ["Nr"]})


def test_the_keys_must_make_sense():
    for keys in ({"fill_within": ("No",)}, {"fill": ("No",), "fill_within": ("No",)}):
        with pytest.raises(ValidationError, match="fill_within: must"):
            Source(name="log", table="transactions", **keys)
