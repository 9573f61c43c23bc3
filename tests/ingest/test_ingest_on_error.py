"""A file that cannot be read stops the run, or is passed over and reported, as the plan says."""

import zipfile

import pytest
from ingest_exports import HEADER, values

from custinsight.errors import SourceError

GOOD, BAD = f"{HEADER}\nA1,2024-01-05,7,1\n", "<html></html>"


def files(tmp_path, **contents):
    for name, content in contents.items():
        (tmp_path / f"{name}.csv").write_text(content)


def test_a_file_that_cannot_be_read_stops_the_run(load, tmp_path):
    files(tmp_path, a=BAD, b=GOOD)
    with pytest.raises(SourceError, match=r"a\.csv must be a table, got a web page"):
        load(path="*.csv")


def test_a_file_that_cannot_be_read_is_passed_over_if_the_plan_says_so(load, tmp_path):
    files(tmp_path, a=GOOD, b=BAD, c=GOOD.replace("A1", "A2"))
    ingested = load(path="*.csv", on_error="skip")
    assert values(ingested, "doc_id") == ["A1", "A2"]
    report = ingested.load_report.set_index("file")
    assert report["rows_in"].to_dict() == {"a.csv": 1, "b.csv": 0, "c.csv": 1}
    assert report.loc["b.csv", "problems"] == (
        "WEB_PAGE: this file was passed over. sources.log.path: b.csv must be a table, got a web page. "
        "Open it and save it as xlsx or csv."
    )


def test_rows_of_a_file_that_lacks_a_column_are_not_half_there(load, tmp_path):
    files(tmp_path, a=GOOD, b="No,Date\nA2,2024-01-05\n")
    ingested = load(path="*.csv", on_error="skip")
    assert values(ingested, "doc_id") == ["A1"]
    assert "names the column 'Customer', which b.csv lacks" in ingested.load_report["problems"].tolist()[1]
    assert ingested.load_amounts["amount_in"].tolist() == [1.0]


def test_members_of_an_archive_are_passed_over_one_by_one(load, tmp_path):
    with zipfile.ZipFile(tmp_path / "log.zip", "w") as archive:
        archive.writestr("a.csv", BAD)
        archive.writestr("b.csv", GOOD)
    ingested = load(path="log.zip", on_error="skip")
    assert ingested.load_report["file"].tolist() == ["log.zip/a.csv", "log.zip/b.csv"]
    assert ingested.load_report["rows_kept"].tolist() == [0, 1]


def test_a_damaged_archive_is_passed_over_as_a_whole(load, tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    files(tmp_path, b=GOOD)
    ingested = load(path=".", on_error="skip")
    assert ingested.load_report["rows_kept"].tolist() == [0, 1]
    assert "a.zip must be a whole file, got a damaged one" in ingested.load_report["problems"].tolist()[0]


def test_a_source_of_which_nothing_can_be_read_stops_the_run_all_the_same(load, tmp_path):
    files(tmp_path, a=BAD, b=BAD)
    with pytest.raises(SourceError, match=r"a\.csv must be a table, got a web page"):
        load(path="*.csv", on_error="skip")


def test_a_path_that_names_no_file_or_a_forbidden_one_is_never_passed_over(load, tmp_path):
    for path in ("missing.csv", "/etc/passwd"):
        with pytest.raises(SourceError):
            load(path=path, on_error="skip")
