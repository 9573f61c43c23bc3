"""A look at the sources before a run: nothing is raised, everything is told."""

from ingest_exports import HEADER, MAPPING

from custinsight.ingest import check_sources
from custinsight.plan import Source


def check(tmp_path, content: str, **changes):
    (tmp_path / "log.csv").write_text(content)
    (found,) = check_sources([Source.model_validate({**MAPPING, "path": "log.csv", **changes})], tmp_path)
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


def test_only_the_first_thousand_rows_are_looked_at(tmp_path):
    found = check(tmp_path, f"{HEADER}\n" + "A1,2024-01-05,7,1\n" * 5_000 + "A2,bad,7,1\n")
    assert (found.rows, found.columns["parsed"].min()) == (1_000, 1.0)


def test_whatever_is_wrong_becomes_a_sentence(tmp_path):
    assert "does not exist" in check(tmp_path, "", path="missing.csv").problems[0]
    assert "got an empty file" in check(tmp_path, "").problems[0]
    assert "no rows behind the header" in check(tmp_path, f"{HEADER}\n").problems[0]
    assert "must hold formats" in check(tmp_path, f"{HEADER}\nA,b,c,d\n", date_formats=["%Q"]).problems[0]
    assert "computed.cost" in check(tmp_path, f"{HEADER}\nA,b,c,d\n", computed={"cost": "evil()"}).problems[0]


def test_a_check_prints_no_values(tmp_path):
    found = check(tmp_path, f"{HEADER}\nA1,2024-01-05,13812345678,1\n")
    assert "13812345678" not in repr(found) + found.columns.to_string()


def test_rows_without_any_fault_count_beside_those_with_one(tmp_path):
    found = check(tmp_path, f"{HEADER}\n" + "A1,2024-01-05,7,1\n" * 95 + "A2,soon,7,1\n" * 5)
    columns = found.columns.set_index("column")
    assert columns["filled"].tolist() == [1.0] * 4
    assert columns.loc["doc_date", "parsed"] == 0.95
    assert found.problems == ()
