"""What cannot be loaded is said in one sentence that names source, key and file."""

import pytest
from ingest_exports import HEADER, MAPPING

from custinsight.errors import SourceError
from custinsight.ingest import source_files
from custinsight.plan import Source


@pytest.mark.parametrize(
    "path", ["missing.csv", "logs/*.csv", "nowhere/", "package:lifetimes/datasets/no.txt", "package:nope/x.csv"]
)
def test_a_missing_file_is_named(load, path):
    with pytest.raises(SourceError, match=r"sources\.log\.path: the file '.*' does not exist") as raised:
        load(path=path)
    assert path in str(raised.value)


@pytest.mark.parametrize("path", ["package:lifetimes/../../../etc/passwd", "package:os.path/x", "package:"])
def test_a_package_path_stays_inside_its_package(load, path):
    with pytest.raises(SourceError, match="does not exist"):
        load(path=path)


@pytest.mark.parametrize("path", ["https://example.org/log.csv", "s3://bucket/log.csv", "file:///etc/passwd"])
def test_urls_are_refused(load, path):
    with pytest.raises(SourceError, match="must be a path on this machine, got a URL"):
        load(path=path)


def test_a_source_without_a_path_is_named(load):
    with pytest.raises(SourceError, match=r"sources\.log\.path must name a file"):
        load(path="")


def test_a_mapped_column_that_is_missing_is_named_with_the_header(load):
    with pytest.raises(SourceError) as raised:
        load("Nr,Date,Customer,Amount\n1,2024-01-05,7,1\n")
    assert str(raised.value) == (
        "sources.log.columns.doc_id names the column 'No', which log.csv lacks; "
        "it has 'Nr', 'Date', 'Customer', 'Amount'."
    )


def test_a_mapped_column_that_is_there_twice_is_named(load):
    with pytest.raises(SourceError, match=r"log\.csv must have one column 'Amount', got 2"):
        load("No,Date,Customer,Amount,Amount\n1,2024-01-05,7,1,2\n")


def test_columns_that_nobody_maps_may_repeat_or_lack_a_name(load):
    assert load("No,Date,Customer,Amount,Note,Note,,\n1,2024-01-05,7,1,a,b,,\n").load_report["rows_kept"].tolist() == [
        1
    ]


@pytest.mark.parametrize("content", [f"{HEADER}\n", f"{HEADER}", f"{HEADER}\n,,,\n\n"])
def test_an_export_without_rows_is_named(load, content):
    with pytest.raises(SourceError, match=r"sources\.log\.path: log\.csv must hold rows behind its header, got none"):
        load(content)


def test_an_empty_file_is_named(load):
    with pytest.raises(SourceError, match=r"log\.csv must hold rows, got an empty file"):
        load(b"")


def test_a_header_beyond_the_end_is_named(load):
    with pytest.raises(SourceError, match=r"sources\.log\.header: log\.csv must have its column names in line 9"):
        load(f"{HEADER}\n1,2024-01-05,7,1\n", header=9)


def test_a_file_that_is_no_table_is_named(load):
    with pytest.raises(
        SourceError, match=r"must be csv, xlsx, xls, xlsb, ods, parquet, SQLite or DuckDB, got something else"
    ):
        load(bytes(range(256)) * 40, path="photo.csv")


def test_a_required_column_that_nothing_fills_is_named(load):
    columns = {name: header for name, header in MAPPING["columns"].items() if name != "doc_date"}
    with pytest.raises(
        SourceError, match=r"the table transactions must have the column doc_date\. Fill it under columns"
    ):
        load(f"{HEADER}\n1,2024-01-05,7,1\n", columns=columns)


def test_a_column_filled_twice_is_named(load):
    with pytest.raises(SourceError, match=r"sources\.log: doc_id must be filled once"):
        load(f"{HEADER}\n1,2024-01-05,7,1\n", computed={"doc_id": "No"})


def test_headers_and_file_names_are_no_sql(load):
    name = 'a"; DROP TABLE x; --.csv'
    header = 'No"; DROP TABLE x; --'
    quoted = header.replace('"', '""')
    ingested = load(
        f'"{quoted}",Date,Customer,Amount\n1,2024-01-05,7,1\n',
        path=name,
        columns={**MAPPING["columns"], "doc_id": header},
    )
    assert ingested.load_report["file"].tolist() == [name]


def test_errors_hold_no_path_of_the_machine(load, tmp_path):
    with pytest.raises(SourceError) as raised:
        load(b"\xff\xff\xff", path="log.csv")
    assert str(tmp_path) not in str(raised.value)


def test_source_files_are_those_that_are_read(tmp_path):
    for name in ("a1.csv", "a2.csv", "products.csv"):
        (tmp_path / name).write_text("x\n1\n")
    source = Source.model_validate(
        {**MAPPING, "path": "a*.csv", "lookups": [{"path": "products.csv", "on": {"x": "x"}}]}
    )
    assert [path.name for path in source_files(source, tmp_path)] == ["a1.csv", "a2.csv", "products.csv"]
