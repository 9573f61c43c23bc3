"""A look at the sources before a run: nothing is raised, everything is told."""

import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_exports import HEADER, MAPPING
from rich.cells import cell_len
from rich.console import Console

from custinsight.checks import WIDTH, check_json, show_check
from custinsight.ingest import check_sources
from custinsight.plan import Source
from custinsight.words import Words


def check(tmp_path, content: str | bytes | None, *, sample: int = 100_000, **changes):
    if content is not None:
        (tmp_path / "log.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    source = Source.model_validate({**MAPPING, "path": "log.csv", **changes})
    (found,) = check_sources([source], tmp_path, sample=sample)
    return found


def test_a_good_file_has_no_problems(tmp_path):
    found = check(tmp_path, f"{HEADER}\n" + "A1,2024-01-05,7,1\n" * 3)
    assert (found.file, found.encoding, found.rows, found.problems) == ("log.csv", "utf-8", 3, ())
    assert found.header == ("No", "Date", "Customer", "Amount")
    assert found.columns["parsed"].tolist() == [1.0] * 4


def test_the_share_that_can_be_read_is_told_per_column(tmp_path):
    found = check(tmp_path, f"{HEADER}\nA1,05.01.2024,7,1\nA2,06.01.2024,8,2\nA3,2024-01-05,,3\nA4,2024-01-05,9,x\n")
    columns = found.columns.set_index("column")
    assert columns["parsed"].to_dict() == {"doc_id": 1.0, "doc_date": 0.5, "customer_id": 1.0, "amount_net": 0.75}
    assert columns.loc["customer_id", "filled"] == 0.75


def test_a_column_that_can_hardly_be_read_is_a_problem(tmp_path):
    found = check(tmp_path, f"{HEADER}\nA1,05.01.2024,7,1\nA2,06.01.2024,8,2\n")
    assert found.problems[0].startswith("doc_date: only 0.0% of the values in Date could be read.")


def test_all_unknown_columns_are_told_at_once(tmp_path):
    found = check(tmp_path, "Nr,Date,Customer,Betrag\n1,2024-01-05,7,1\n")
    assert [problem.split(" names")[0] for problem in found.problems] == [
        "sources.log.columns.doc_id",
        "sources.log.columns.amount_net",
    ]


def lines(n: int, change=None) -> str:
    """So many rows, every one of them numbered."""
    return "".join((change or "A{n},2024-01-05,{n},1\n").format(n=n) for n in range(n))


def test_a_small_file_is_looked_at_as_a_whole(tmp_path):
    found = check(tmp_path, f"{HEADER}\n{lines(500)}A,bad,7,1\n")
    assert (found.rows, found.rows_in_file, found.counted) == (501, 501, "rows")


def test_a_large_file_is_looked_at_at_its_head_and_all_over(tmp_path):
    body = lines(5_000) + lines(5_000, "A{n},05.01.2024,{n},1\n")
    found = check(tmp_path, f"{HEADER}\n{body}", sample=1_000)
    assert (found.rows_in_file, found.counted) == (10_000, "lines")
    assert 980 <= found.rows <= 1_000
    shares = found.columns.set_index("column")["parsed"]
    assert 0.6 < shares["doc_date"] < 0.8
    assert found.rejects["code"].tolist() == ["AMBIGUOUS_DATE"]
    assert 5_002 <= found.rejects["line"].iloc[0] <= 5_600


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_lines_are_counted_in_any_encoding_and_with_any_line_end(tmp_path, encoding, end):
    content = f"{HEADER}\n{lines(3_000, 'A{n},2024-01-05,合肥{n},1' + chr(10))}A,bad,7,1".replace("\n", end)
    found = check(tmp_path, content.encode(encoding), sample=1_000)
    if encoding == "utf-16" or end == "\r":
        assert (found.rows, found.rows_in_file) == ((1_000, None) if encoding == "utf-16" else (500, 3_001))
    else:
        assert (found.rows_in_file, found.columns["parsed"].min()) == (3_001, 1.0)


def test_a_place_inside_a_quoted_value_gives_no_false_alarm(tmp_path):
    body = lines(4_000, 'A{n},2024-01-05,"7\nof {n}\n, there",1\n')
    found = check(tmp_path, f"{HEADER}\n{body}", sample=1_000)
    assert found.rejects["rows"].sum() <= found.rows * 0.02


def test_a_large_parquet_file_is_looked_at_all_over(tmp_path):
    n = 10_000
    days = ["2024-01-05"] * (n // 2) + ["soon"] * (n // 2)
    table = pa.table({"No": list(map(str, range(n))), "Date": days, "Customer": ["7"] * n, "Amount": [1.5] * n})
    pq.write_table(table, tmp_path / "log.parquet", row_group_size=1_000)
    found = check(tmp_path, None, path="log.parquet", sample=1_000)
    assert (found.rows, found.rows_in_file, found.counted) == (1_000, n, "rows")
    assert 0.6 < found.columns.set_index("column").loc["doc_date", "parsed"] < 0.8
    assert found.rejects["line"].iloc[0] == n // 2 + 1


def test_a_large_sheet_is_looked_at_all_over(tmp_path):
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet()
    page.append(HEADER.split(","))
    for n in range(3_000):
        page.append([f"A{n}", "2024-01-05" if n < 1_500 else "soon", "7", n])
    book.save(tmp_path / "log.xlsx")
    found = check(tmp_path, None, path="log.xlsx", sample=1_000)
    assert (found.rows, found.rows_in_file, found.counted) == (1_000, 3_000, "rows")
    assert 0.6 < found.columns.set_index("column").loc["doc_date", "parsed"] < 0.8


def test_the_files_of_a_source_share_the_sample(tmp_path):
    (tmp_path / "logs").mkdir()
    for n in range(3):
        (tmp_path / "logs" / f"{n}.csv").write_text(f"{HEADER}\n{lines(5_000)}")
    source = Source.model_validate({**MAPPING, "path": "logs"})
    assert [found.rows for found in check_sources([source], tmp_path, sample=6_000)] == [2_000] * 3


def test_the_commonest_rejects_come_first_with_their_first_line(tmp_path):
    found = check(tmp_path, f"{HEADER}\nA1,2024-01-05,,1\nA2,2024-01-05,7\nA3,bad,7,1\nA4,bad,7,1\n")
    rejects = found.rejects[["code", "column", "rows", "line"]].values.tolist()
    assert rejects == [
        ["BAD_DATE", "doc_date", 2, 4],
        ["MISSING_REQUIRED", "customer_id", 1, 2],
        ["RAGGED_ROW", "", 1, 3],
    ]


def test_examples_show_what_the_file_holds(tmp_path):
    found = check(tmp_path, f"{HEADER}\nA1,5 Jan,7,￥1\nA1,6 Jan,7,\nA2,{'x' * 30},7,2\n")
    examples = found.columns.set_index("column")["examples"]
    assert examples["doc_id"] == ("A1", "A2")
    assert examples["doc_date"] == ("5 Jan", "6 Jan", "x" * 19 + "…")
    assert examples["amount_net"] == ("￥1", "2")


def test_examples_of_personal_columns_are_shapes(tmp_path):
    content = "Id,Name,Mail,Tel\n138-1234-5678,王小明,Ann.Lee@example.org,+86 138 0000 1111\n"
    found = check(
        tmp_path,
        content,
        table="customers",
        columns={"customer_id": "Id", "customer_name": "Name", "email": "Mail", "region": "Tel", "mobile": "Tel"},
        computed={"city": "Name || '市'"},
        constants={},
    )
    examples = found.columns.set_index("column")["examples"].to_dict()
    assert examples == {
        "customer_id": ("999-9999-9999",),
        "source_id": ("999-9999-9999",),
        "customer_name": ("汉汉汉",),
        "email": ("Aaa.Aaa@aaaaaaa.aaa",),
        "region": ("+99 999 9999 9999",),
        "mobile": ("+99 999 9999 9999",),
        "city": ("汉汉汉汉",),
    }


def test_what_the_contract_mends_is_told_but_is_no_problem(tmp_path):
    found = check(tmp_path, f"{HEADER}\nA1,2024-01-05,7,1\nA2,2024-01-05,,1\n{HEADER}\n", fill=["Customer"])
    assert [Words("en")(note) for note in found.remarks] == [
        "1 line repeats the header and was left out.",
        "1 cell of Customer was filled from the row above.",
    ]
    assert (found.rows, found.problems) == (2, ())


def test_whatever_is_wrong_becomes_a_sentence(tmp_path):
    assert "does not exist" in check(tmp_path, "", path="missing.csv").problems[0]
    assert "got an empty file" in check(tmp_path, "").problems[0]
    assert "no rows behind the header" in check(tmp_path, f"{HEADER}\n").problems[0]
    assert "must hold formats" in check(tmp_path, f"{HEADER}\nA,b,c,d\n", date_formats=["%Q"]).problems[0]
    assert "computed.cost" in check(tmp_path, f"{HEADER}\nA,b,c,d\n", computed={"cost": "evil()"}).problems[0]
    assert "names the column 'Nr'" in check(tmp_path, f"{HEADER}\nA,b,c,d\n", fill=["Nr"]).problems[0]


def test_a_check_prints_no_personal_values(tmp_path):
    found = check(tmp_path, f"{HEADER}\nA1,2024-01-05,13812345678,1\n")
    shown = repr(found) + found.columns.to_string() + found.rejects.to_string() + check_json([found], Words("en"))
    assert "13812345678" not in shown


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_check_fits_a_hundred_columns(tmp_path, language):
    long = "Amount of the invoice net of tax and without the freight that the customer pays"
    columns = {**MAPPING["columns"], "amount_net": long}
    head = HEADER.replace("Amount", long)
    found = check(tmp_path, f"{head}\n{lines(50)}A1,bad,{'7' * 40},1\nA2,2024-01-05,1\n", columns=columns)
    written = io.StringIO()
    Console(file=written, width=WIDTH).print(show_check([found], Words(language)))
    text = written.getvalue()
    assert max(cell_len(line) for line in text.splitlines()) <= WIDTH
    assert all(part in text for part in ("doc_date", "2024-01-05", "BAD_DATE", "RAGGED_ROW", "log.csv", "utf-8"))


def test_json_holds_what_is_shown(tmp_path):
    found = check(tmp_path, f"{HEADER}\nA1,2024-01-05,7,1\nA2,bad,7,1\n")
    (one,) = json.loads(check_json([found], Words("zh-CN")))
    assert (one["file"], one["rows_looked_at"], one["rows_in_file"], one["rows_in_file_are"]) == (
        "log.csv",
        2,
        2,
        "rows",
    )
    assert one["columns"][1] == {
        "column": "doc_date",
        "header": "Date",
        "filled": 1.0,
        "parsed": 0.5,
        "examples": ["2024-01-05", "bad"],
    }
    assert one["rejects"][0]["code"] == "BAD_DATE"
    assert one["problems"] == []


def test_rows_without_any_fault_count_beside_those_with_one(tmp_path):
    found = check(tmp_path, f"{HEADER}\n" + "A1,2024-01-05,7,1\n" * 95 + "A2,soon,7,1\n" * 5)
    columns = found.columns.set_index("column")
    assert columns["filled"].tolist() == [1.0] * 4
    assert columns.loc["doc_date", "parsed"] == 0.95
    assert found.problems == ()
