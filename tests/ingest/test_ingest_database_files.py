"""SQLite and DuckDB files by URL."""

import sqlite3
from decimal import Decimal

import duckdb
import pytest
from ingest_exports import MAPPING, values

from custinsight.errors import PlanError, SourceError
from custinsight.ingest import check_sources, source_files
from custinsight.plan import Source


@pytest.fixture(params=["sqlite", "duckdb"])
def url(request, tmp_path):
    """A database of each kind with a table and a view; its URL starts from audit.toml's folder."""
    create = 'CREATE TABLE "Order Lines" (Picture BLOB, No INTEGER, Date DATE, Customer TEXT, Amount DECIMAL(12, 2))'
    rows = (
        "INSERT INTO \"Order Lines\" VALUES (NULL, 2, '2024-01-06', '王芳', 12.30), (NULL, 1, '2024-01-05', '李明', 1)"
    )
    view = "CREATE VIEW late AS SELECT * FROM \"Order Lines\" WHERE Date > '2024-01-05'"
    (tmp_path / "data").mkdir()
    path = str(tmp_path / "data" / "erp")
    con = sqlite3.connect(path) if request.param == "sqlite" else duckdb.connect(path)
    for statement in (create, rows, view):
        con.execute(statement)
    con.commit()
    con.close()
    return f"{request.param}://data/erp"


def test_a_relation_is_read_in_the_order_of_the_file(load, url):
    ingested = load(path="", url=url, relation="Order Lines")
    assert values(ingested, "doc_id") == ["2", "1"]
    assert values(ingested, "customer_id") == ["王芳", "李明"]
    assert values(ingested, "amount_net") == [Decimal("12.3000"), Decimal("1.0000")]
    assert ingested.load_report["file"].tolist() == ["erp: Order Lines"]


def test_a_view_is_read_like_a_table(load, url):
    assert values(load(path="", url=url, relation="late"), "doc_id") == ["2"]
    assert values(load(path="", url=url, relation="main.late"), "doc_id") == ["2"]


def test_a_query_is_read(load, url):
    assert values(load(path="", url=url, query='SELECT * FROM "Order Lines" ORDER BY No'), "doc_id") == ["1", "2"]


def test_an_absolute_path_works_too(load, url, tmp_path):
    kind = url.split(":")[0]
    ingested = load(path="", url=f"{kind}://{tmp_path}/data/erp", relation="late")
    assert values(ingested, "doc_id") == ["2"]


def test_an_unknown_relation_is_named(load, url):
    with pytest.raises(SourceError, match=r"erp: nowhere can run, got the answer: .*nowhere"):
        load(path="", url=url, relation="nowhere")


@pytest.mark.parametrize("relation", ['"Order Lines" UNION SELECT 1', "a.b.c.d", "late; DROP TABLE late", "a..b", '"'])
def test_a_relation_is_a_name_and_nothing_else(load, url, relation):
    with pytest.raises(SourceError):
        load(path="", url=url, relation=relation)
    assert values(load(path="", url=url, relation="late"), "doc_id") == ["2"]


def test_a_query_cannot_write(load, url):
    with pytest.raises(SourceError, match=r"sources\.log\.query must be one SELECT"):
        load(path="", url=url, query="DELETE FROM late")


def test_a_file_of_another_kind_is_refused(load, url, tmp_path):
    other = "duckdb" if url.startswith("sqlite") else "sqlite"
    with pytest.raises(SourceError, match=f"erp: late must be a {other} database on this machine"):
        load(path="", url=f"{other}://data/erp", relation="late")
    with pytest.raises(SourceError, match="gone: late must be a sqlite database on this machine"):
        load(path="", url="sqlite://data/gone", relation="late")


def test_the_file_is_what_a_content_hash_covers(url, tmp_path):
    source = Source.model_validate({**MAPPING, "url": url, "relation": "late"})
    assert source_files(source, tmp_path) == [tmp_path / "data" / "erp"]


def test_rows_that_sqlite_has_not_moved_into_its_file_are_covered(tmp_path):
    con = sqlite3.connect(tmp_path / "erp")
    con.execute("PRAGMA journal_mode = wal")
    con.execute("CREATE TABLE late (No)")
    source = Source.model_validate({**MAPPING, "url": "sqlite://erp", "relation": "late"})
    assert source_files(source, tmp_path) == [tmp_path / "erp", tmp_path / "erp-wal"]
    con.close()


def test_a_check_looks_at_a_database(url, tmp_path):
    source = Source.model_validate({**MAPPING, "url": url, "relation": "Order Lines"})
    (found,) = check_sources([source], tmp_path)
    assert (found.file, found.rows, found.problems) == ("erp: Order Lines", 2, ())


def test_an_url_without_a_file_is_refused():
    with pytest.raises(PlanError, match=r"sources\[log\]\.url must name a file, such as duckdb://erp\.duckdb"):
        Source.model_validate({**MAPPING, "url": "duckdb://", "relation": "t"})
