"""Tables and queries of a real MariaDB, which these tests start themselves."""

import datetime as dt
from decimal import Decimal

import mysql_server
import pytest
from ingest_exports import values
from postgres_server import PASSWORD, USER

from custinsight.errors import SourceError
from custinsight.ingest.places import source_places
from custinsight.ingest.raw import Layout
from custinsight.ingest.readers import open_file
from custinsight.plan import Source

SCHEMA = (
    "CREATE TABLE `Order Lines` (`单号` bigint unsigned, `日期` date, `客户` varchar(40), `金额` decimal(12, 2), "
    "at datetime, y year, flag bit(1), took time, picture blob, kind enum('invoice', 'return'), note json, "
    "mean decimal(65, 30))",
    "INSERT INTO `Order Lines` VALUES "
    "(18446744073709551615, '2024-01-06', '王芳', -0.10, '2024-01-06 23:59:59', 2024, b'1', '12:30', x'FFD8', "
    "'return', '{\"备注\": 1}', 1.123456789012345), "
    "(1, '2024-01-05', '李明', 12345678.90, NULL, NULL, b'0', NULL, NULL, 'invoice', NULL, NULL)",
    "CREATE TABLE old (id int, day date)",
    "SET sql_mode = ''",
    "INSERT INTO old VALUES (1, '0000-00-00'), (2, '2024-02-29')",
    "CREATE TABLE many AS SELECT seq AS no, '2024-01-05' AS day, seq % 977 AS who, seq / 100 AS sum "
    "FROM seq_1_to_120000",
)
COLUMNS = {"doc_id": "单号", "doc_date": "日期", "customer_id": "客户", "amount_net": "金额"}
LINES = "`Order Lines`"


@pytest.fixture(scope="session")
def server():
    programs = mysql_server.find_programs()
    if programs is None:
        pytest.skip("MariaDB is not installed on this machine (Debian: apt-get install mariadb-server)")
    with mysql_server.running_server(programs) as server:
        with server.connect() as con, con.cursor() as cursor:
            for statement in SCHEMA:
                cursor.execute(statement)
        yield server


@pytest.fixture(autouse=True)
def login(monkeypatch):
    monkeypatch.setenv("ERP_USER", USER)
    monkeypatch.setenv("ERP_PASSWORD", PASSWORD)


@pytest.fixture
def ask(load, server):
    def ask(**changes):
        return load(path="", **{"url": server.url, "credentials": "env:ERP", "columns": COLUMNS, **changes})

    return ask


@pytest.fixture
def raw(server, tmp_path):
    def raw(relation):
        given = {"name": "erp", "table": "transactions", "url": server.url, "credentials": "env:ERP"}
        source = Source.model_validate({**given, "relation": relation})
        return open_file(source_places(source, tmp_path)[0], Layout.of(source))

    return raw


def test_a_relation_is_read_sorted_by_its_columns(ask):
    ingested = ask(relation=LINES)
    assert values(ingested, "doc_id") == ["1", "18446744073709551615"]
    assert values(ingested, "customer_id") == ["李明", "王芳"]
    assert values(ingested, "amount_net") == [Decimal("12345678.9000"), Decimal("-0.1000")]


def test_a_query_keeps_its_own_order(ask):
    query = f"SELECT * FROM {LINES} ORDER BY `日期`"
    assert values(ask(query=query), "doc_id") == ["1", "18446744073709551615"]
    assert values(ask(query=f"{query} DESC;"), "doc_id") == ["18446744073709551615", "1"]


def test_each_type_arrives_as_what_it_is(raw):
    lines = raw(LINES)
    (table,) = lines.chunks(range(12))
    row = {name: table[f"c{n}"].to_pylist()[1] for n, name in enumerate(lines.header)}
    assert row["at"] == dt.datetime(2024, 1, 6, 23, 59, 59)
    assert (row["y"], row["flag"], row["took"], row["picture"]) == (2024, 1, "12:30:00", None)
    assert (row["kind"], row["note"]) == ("return", '{"备注": 1}')
    assert row["mean"] == Decimal("1.1234567890")


def test_a_day_that_does_not_exist_is_nothing(raw):
    (table,) = raw("old").chunks([0, 1])
    assert table["c1"].to_pylist() == [None, dt.date(2024, 2, 29)]


def test_many_rows_come_in_batches(raw):
    sizes = [(table.num_rows, table["line"][0].as_py()) for table in raw("many").chunks([0, 3])]
    assert sizes == [(50_000, 1), (50_000, 50_001), (20_000, 100_001)]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM many",
        "SELECT * FROM many INTO OUTFILE '/tmp/x'",
        "SELECT * FROM many FOR UPDATE",
        "SELECT 1; SELECT 2",
        "CALL touch()",
    ],
)
def test_a_query_that_is_more_than_a_select_is_refused(ask, query):
    with pytest.raises(SourceError, match=r"sources\.log\.query must be one SELECT from sales"):
        ask(query=query)


def test_what_stands_in_a_comment_is_not_run(ask, server):
    query = f"SELECT * FROM {LINES} WHERE 1 = 1 /*! AND 1 = 0 */"
    assert len(values(ask(query=query), "doc_id")) == 2


def test_a_function_that_writes_is_stopped_by_the_session(ask, server):
    with server.connect() as con, con.cursor() as cursor:
        cursor.execute("CREATE FUNCTION touch() RETURNS int BEGIN DELETE FROM many; RETURN 1; END")
    with pytest.raises(SourceError, match="got: Cannot execute statement in a READ ONLY transaction"):
        ask(query="SELECT touch() AS `单号`, '2024-01-05' AS `日期`, '7' AS `客户`, 1 AS `金额`")


def test_an_unknown_table_is_named(ask):
    with pytest.raises(SourceError, match=r"got: Table 'sales\.nowhere' doesn't exist"):
        ask(relation="nowhere")


def test_a_wrong_login_is_one_sentence_without_it(ask, monkeypatch):
    monkeypatch.setenv("ERP_PASSWORD", "wrong-canary")
    with pytest.raises(SourceError, match="must be opened by a user and a password that it accepts") as caught:
        ask(relation=LINES)
    assert "canary" not in str(caught.value)
    assert USER not in str(caught.value)


def test_a_database_that_is_not_there_is_told(ask, server):
    with pytest.raises(SourceError, match="the database nowhere: t must be there and open to the user"):
        ask(url=server.url.replace("/sales", "/nowhere"), relation="t")


def test_a_closed_port_is_answered_at_once(ask):
    with pytest.raises(SourceError, match="must be a database that answers within 10 seconds"):
        ask(url=f"mysql://127.0.0.1:{mysql_server.free_port()}/sales", relation=LINES)
