"""Files with types of their own: parquet, SQLite, DuckDB."""

import datetime as dt
import sqlite3
from decimal import Decimal

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_exports import codes, values

from custinsight.errors import SourceError


@pytest.fixture
def parquet(tmp_path):
    def write(**columns):
        pq.write_table(pa.table(columns), tmp_path / "log.parquet")
        return "log.parquet"

    return write


def test_native_types_are_kept(load, parquet):
    path = parquet(
        No=pa.array([1, 2]),
        Date=pa.array([dt.datetime(2024, 1, 5, 23, 59), dt.datetime(2024, 1, 6)]),
        Customer=pa.array([17850.0, 12.5]),
        Amount=pa.array([Decimal("0.10"), Decimal("12.3456")]),
    )
    ingested = load(path=path, date_formats=["%d.%m.%Y"])
    assert values(ingested, "doc_id") == ["1", "2"]
    assert values(ingested, "doc_date") == [dt.date(2024, 1, 5), dt.date(2024, 1, 6)]
    assert values(ingested, "customer_id") == ["17850", "12.5"]
    assert values(ingested, "amount_net") == [Decimal("0.1000"), Decimal("12.3456")]


def test_floats_become_exact_amounts(load, parquet):
    path = parquet(No=["A"] * 10, Date=["2024-01-05"] * 10, Customer=["7"] * 10, Amount=[0.1] * 10)
    assert sum(values(load(path=path), "amount_net")) == Decimal("1.0000")


def test_rows_are_counted_from_one_and_told_by_their_values(load, parquet):
    path = parquet(No=["A1", "A2"], Date=["2024-01-05"] * 2, Customer=[7.0, None], Amount=[1, 2])
    ingested = load(path=path)
    assert codes(ingested) == [(2, "MISSING_REQUIRED")]
    assert ingested.rejects["raw"].tolist() == ["A2\t2024-01-05\t\t2"]


def test_nan_is_nothing_and_infinity_is_no_number(load, parquet):
    path = parquet(No=["A1", "A2"], Date=["2024-01-05"] * 2, Customer=["7"] * 2, Amount=[float("nan"), float("inf")])
    assert codes(load(path=path)) == [(1, "MISSING_REQUIRED"), (2, "BAD_NUMBER")]


def test_a_long_id_stored_as_float_is_lossy(load, parquet):
    path = parquet(No=["A1"], Date=["2024-01-05"], Customer=[1.1010119900307123e17], Amount=[1])
    assert codes(load(path=path)) == [(1, "LOSSY_ID")]


def test_dictionaries_and_large_strings_are_texts(load, parquet):
    path = parquet(
        No=pa.array(["A1", "A1"]).dictionary_encode(),
        Date=pa.array(["2024-01-05", "2024-01-05"], pa.large_string()),
        Customer=pa.array([7, 8], pa.uint64()),
        Amount=pa.array([1, 2], pa.int8()),
    )
    assert values(load(path=path), "customer_id") == ["7", "8"]


def test_a_truncated_parquet_file_is_refused(load, parquet, tmp_path):
    content = (tmp_path / parquet(No=["A1"])).read_bytes()
    with pytest.raises(SourceError, match=r"log\.parquet must be a whole parquet file, got one cut short"):
        load(content[:-40], path="log.parquet")
    with pytest.raises(SourceError, match=r"log\.parquet must be a whole parquet file, got a damaged one"):
        load(content[:40] + b"\xff" * 8 + content[-4:], path="log.parquet")


@pytest.fixture
def sqlite(tmp_path):
    with sqlite3.connect(tmp_path / "erp.db") as con:
        con.execute('CREATE TABLE "Order Lines" (No INTEGER, Date TEXT, Customer, Amount REAL, Picture BLOB)')
        con.execute(
            "INSERT INTO 'Order Lines' VALUES (1, '2024-01-05', 'ALFKI', 12.3, x'FFD8'), (2, '2024-01-06', 7, 1, NULL)"
        )
    con.close()
    return "erp.db"


def test_a_query_reads_a_sqlite_file(load, sqlite):
    ingested = load(path=sqlite, query='SELECT * FROM "Order Lines" ORDER BY No')
    assert values(ingested, "doc_id") == ["1", "2"]
    assert values(ingested, "customer_id") == ["ALFKI", "7"]
    assert ingested.load_report["file"].tolist() == ["erp.db"]


@pytest.mark.parametrize(
    "query",
    [
        None,
        'DROP TABLE "Order Lines"',
        'SELECT 1; DELETE FROM "Order Lines"',
        "ATTACH 'other.db' AS other",
        "PRAGMA writable_schema = 1",
        "SELECT",
        "SELECT * FROM " + "x" * 30_000,
    ],
)
def test_only_one_select_is_run(load, sqlite, query):
    with pytest.raises(SourceError, match=r"sources\.log\.query must be"):
        load(path=sqlite, query=query)


def test_a_select_can_neither_write_nor_load_code(load, sqlite):
    with pytest.raises(SourceError, match="got the answer: not authorized"):
        load(path=sqlite, query="SELECT load_extension('evil')")


def test_a_query_that_fails_is_answered_in_one_sentence(load, sqlite):
    with pytest.raises(
        SourceError, match=r"sources\.log\.query must be a SELECT that erp\.db can run.*no such table: nowhere"
    ):
        load(path=sqlite, query="SELECT * FROM nowhere")


def test_the_database_is_not_changed_by_reading(load, sqlite, tmp_path):
    before = (tmp_path / sqlite).read_bytes()
    load(path=sqlite, query='SELECT * FROM "Order Lines"')
    assert (tmp_path / sqlite).read_bytes() == before


@pytest.fixture
def duck(tmp_path):
    with duckdb.connect(str(tmp_path / "erp.duckdb")) as con:
        con.execute("CREATE TABLE lines (No INTEGER, Date DATE, Customer VARCHAR, Amount DECIMAL(12, 2))")
        con.execute("INSERT INTO lines VALUES (1, '2024-01-05', '007', 12.30)")
    return "erp.duckdb"


def test_a_query_reads_a_duckdb_file(load, duck):
    ingested = load(path=duck, query="SELECT * FROM lines")
    assert values(ingested, "customer_id") == ["007"]
    assert values(ingested, "amount_net") == [Decimal("12.3000")]


def test_a_duckdb_query_reaches_no_other_file(load, duck, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with pytest.raises(SourceError, match=r"sources\.log\.query must be a SELECT"):
        load(path=duck, query=f"SELECT * FROM read_csv('{tmp_path / 'secret.csv'}')")
