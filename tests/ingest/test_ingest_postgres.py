"""Tables, views and queries of a real PostgreSQL, which these tests start themselves."""

import datetime as dt
import itertools
import socket
import time
from decimal import Decimal

import pytest
from ingest_exports import codes, values
from postgres_server import PASSWORD, USER, free_port

from custinsight.errors import SourceError
from custinsight.ingest import check_sources, sessions
from custinsight.ingest.places import source_places
from custinsight.ingest.raw import Layout
from custinsight.ingest.readers import open_file
from custinsight.plan import Source

SCHEMA = """
CREATE SCHEMA shop;
CREATE TYPE shop.kind AS ENUM ('invoice', 'return');
CREATE DOMAIN shop.euro AS numeric(10, 2);
CREATE TABLE shop."Order Lines" (
    "单号" bigint, "日期" date, "客户" text, "金额" numeric(12, 2), at timestamptz, key uuid, note jsonb, paid boolean,
    picture bytea, kind shop.kind, price shop.euro, free numeric, since timestamp, tags text[], took interval
);
INSERT INTO shop."Order Lines" VALUES
    (2, '2024-01-06', '王芳', -0.10, '2024-01-06 00:30+08', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
     '{"备注": "急"}', false, '\\xffd8', 'return', 1.25, 0.1234567891, '2024-01-06 23:59:59.5', '{a}', '1 day'),
    (1, '2024-01-05', '李明', 12345678.90, '2024-01-05 12:00+08', NULL, NULL, true,
     NULL, 'invoice', NULL, 'NaN', 'infinity', NULL, NULL);
CREATE VIEW shop.late AS SELECT * FROM shop."Order Lines" WHERE "日期" > '2024-01-05';
"""
COLUMNS = {"doc_id": "单号", "doc_date": "日期", "customer_id": "客户", "amount_net": "金额"}
LINES = 'shop."Order Lines"'


@pytest.fixture(scope="module")
def server(postgres):
    with postgres.connect() as con:
        con.execute(SCHEMA)
    return postgres


@pytest.fixture(autouse=True)
def login(monkeypatch):
    monkeypatch.setenv("ERP_USER", USER)
    monkeypatch.setenv("ERP_PASSWORD", PASSWORD)


@pytest.fixture
def ask(load, server):
    """Load from the server by the small mapping, changed where a test says so."""

    def ask(**changes):
        return load(path="", **{"url": server.url, "credentials": "env:ERP", "columns": COLUMNS, **changes})

    return ask


@pytest.fixture
def raw_values(server, tmp_path):
    """Values of columns as the reader hands them on."""

    def raw_values(*names, **changes):
        given = {"name": "erp", "table": "transactions", "url": server.url, "credentials": "env:ERP", "relation": LINES}
        source = Source.model_validate({**given, **changes})
        raw = open_file(source_places(source, tmp_path)[0], Layout.of(source))
        wanted = [raw.header.index(name) for name in names]
        (table,) = raw.chunks(wanted)
        return [table[f"c{n}"].to_pylist() for n in wanted]

    return raw_values


def test_a_relation_is_read_sorted_by_its_columns(ask):
    ingested = ask(relation=LINES)
    assert values(ingested, "doc_id") == ["1", "2"]
    assert values(ingested, "customer_id") == ["李明", "王芳"]
    assert values(ingested, "doc_date") == [dt.date(2024, 1, 5), dt.date(2024, 1, 6)]
    assert values(ingested, "amount_net") == [Decimal("12345678.9000"), Decimal("-0.1000")]
    assert ingested.load_report["file"].tolist() == [f"sales: {LINES}"]


def test_a_view_is_read_like_a_table(ask):
    assert values(ask(relation="shop.late"), "doc_id") == ["2"]


def test_a_query_keeps_its_own_order(ask):
    query = f'SELECT * FROM {LINES} ORDER BY "单号" DESC;'
    assert values(ask(query=query), "doc_id") == ["2", "1"]
    assert values(ask(query=query.replace(" DESC", "")), "doc_id") == ["1", "2"]


def test_each_type_arrives_as_what_it_is(raw_values):
    at, key, note, paid, kind, price = raw_values("at", "key", "note", "paid", "kind", "price")
    assert at == [dt.datetime(2024, 1, 5, 4, tzinfo=dt.UTC), dt.datetime(2024, 1, 5, 16, 30, tzinfo=dt.UTC)]
    assert key == [None, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]
    assert note == [None, '{"备注": "急"}']
    assert paid == [True, False]
    assert kind == ["invoice", "return"]
    assert price == [None, Decimal("1.25")]


def test_what_no_table_can_hold_is_nothing(raw_values):
    free, since, picture, tags = raw_values("free", "since", "picture", "tags")
    assert free == [Decimal("0.1234567891"), None]
    assert since == [dt.datetime(2024, 1, 6, 23, 59, 59, 500_000), None]
    assert picture == [None, None]
    assert tags == [None, None]


def test_an_interval_is_text(raw_values):
    assert raw_values("took") == [["1 day", None]]


def test_only_the_wanted_columns_are_asked_for(ask, server):
    with server.connect() as con:
        con.execute(f'CREATE VIEW shop.broken AS SELECT *, 1 / (1 - "单号" / "单号") AS boom FROM {LINES}')
    assert values(ask(relation="shop.broken"), "doc_id") == ["1", "2"]
    with pytest.raises(SourceError, match="22012"):
        ask(relation="shop.broken", columns={**COLUMNS, "cost": "boom"})


def test_many_rows_come_in_batches(server, ask, tmp_path):
    with server.connect() as con:
        con.execute(
            "CREATE TABLE many AS SELECT n AS no, date '2024-01-01' + n % 300 AS day, (n % 977)::text AS who,"
            " n / 100.0 AS sum FROM generate_series(1, 120000) AS n"
        )
    columns = {"doc_id": "no", "doc_date": "day", "customer_id": "who", "amount_net": "sum"}
    source = Source.model_validate(
        {"name": "many", "table": "transactions", "url": server.url, "credentials": "env:ERP", "relation": "many"}
    )
    raw = open_file(source_places(source, tmp_path)[0], Layout.of(source))
    sizes = [(table.num_rows, table["line"][0].as_py()) for table in raw.chunks([0, 1, 2, 3])]
    assert sizes == [(50_000, 1), (50_000, 50_001), (20_000, 100_001)]
    ingested = ask(relation="many", columns=columns)
    assert sum(values(ingested, "amount_net")) == Decimal("72000600.00")
    assert ingested.load_report["rows_in"].tolist() == [120_000]


def test_a_row_that_cannot_be_read_is_rejected_with_its_number(ask):
    rows = """(VALUES (1, 'a'), (2, NULL)) AS v (n, c)"""
    query = f"""SELECT n AS "单号", date '2024-01-05' AS "日期", c AS "客户", 1.5 AS "金额" FROM {rows}"""
    assert codes(ask(query=query)) == [(2, "MISSING_REQUIRED")]


@pytest.mark.parametrize(
    "query",
    [
        f"DELETE FROM {LINES}",
        f"WITH gone AS (DELETE FROM {LINES} RETURNING *) SELECT * FROM gone",
        f"SELECT * INTO copied FROM {LINES}",
        f"SELECT * FROM {LINES} FOR UPDATE",
        f"SELECT * FROM {LINES}; DROP TABLE {LINES}",
        "COPY (SELECT 1) TO '/tmp/copied'",
        "SET default_transaction_read_only = off",
    ],
)
def test_a_query_that_is_more_than_a_select_is_refused(ask, query):
    with pytest.raises(SourceError, match=r"sources\.log\.query must be one SELECT from sales"):
        ask(query=query)


@pytest.mark.parametrize("unlock", ["", "set_config('default_transaction_read_only', 'off', false), "])
def test_a_function_that_writes_is_stopped_by_the_session(ask, server, unlock):
    with server.connect() as con:
        con.execute("CREATE TABLE IF NOT EXISTS touched (n int)")
        con.execute(
            "CREATE OR REPLACE FUNCTION touch() RETURNS int LANGUAGE sql "
            "AS 'INSERT INTO touched VALUES (1) RETURNING 1'"
        )
    with pytest.raises(SourceError, match="got: cannot execute INSERT in a read-only transaction"):
        ask(query=f'SELECT {unlock}touch() AS "单号", \'2024-01-05\' AS "日期", \'7\' AS "客户", 1 AS "金额"')
    with server.connect() as con:
        assert con.execute("SELECT count(*) FROM touched").fetchone() == (0,)


def test_an_unknown_table_or_column_is_named(ask):
    with pytest.raises(SourceError, match=r'must be able to answer, got: relation "shop\.nowhere" does not exist\.$'):
        ask(relation="shop.nowhere")
    with pytest.raises(SourceError, match='got: column "nope" does not exist'):
        ask(query=f"SELECT nope FROM {LINES}")


def test_a_value_that_breaks_a_query_is_not_quoted(ask):
    with pytest.raises(SourceError, match="22P02") as caught:
        ask(query=f'SELECT "客户"::int AS "单号", "日期", "客户", "金额" FROM {LINES}')
    assert "李明" not in str(caught.value)


def test_a_query_that_takes_too_long_is_stopped(ask, monkeypatch):
    monkeypatch.setattr(sessions, "ANSWER_SECONDS", 1)
    with pytest.raises(SourceError, match="must answer within 1 seconds"):
        ask(query='SELECT pg_sleep(60)::text AS "单号", \'2024-01-05\' AS "日期", \'7\' AS "客户", 1 AS "金额"')


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong-canary"), ("nobody-canary", PASSWORD)])
def test_a_wrong_login_is_one_sentence_without_it(ask, monkeypatch, user, password):
    monkeypatch.setenv("ERP_USER", user)
    monkeypatch.setenv("ERP_PASSWORD", password)
    with pytest.raises(SourceError, match="must be opened by a user and a password that it accepts") as caught:
        ask(relation=LINES)
    assert user not in str(caught.value)
    assert password not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)


def test_an_unknown_database_is_named(ask, server):
    with pytest.raises(SourceError, match=r"the database nowhere: t must be there"):
        ask(url=server.url.replace("/sales", "/nowhere"), relation="t")


def test_a_closed_port_is_answered_at_once(ask):
    with pytest.raises(SourceError, match="must be a database that answers within 10 seconds"):
        ask(url=f"postgresql://127.0.0.1:{free_port()}/sales", relation=LINES)


def test_a_server_that_says_nothing_is_given_up(ask, monkeypatch):
    monkeypatch.setattr(sessions, "CONNECT_SECONDS", 2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        start = time.monotonic()
        with pytest.raises(SourceError, match="must be a database that answers within 2 seconds"):
            ask(url=f"postgresql://127.0.0.1:{silent.getsockname()[1]}/sales", relation=LINES)
        assert time.monotonic() - start < 6


def test_the_drivers_own_password_file_works(ask, server, monkeypatch, tmp_path):
    for name in ("ERP_USER", "ERP_PASSWORD"):
        monkeypatch.delenv(name)
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    (tmp_path / "pgpass").write_text(f"127.0.0.1:{server.port}:sales:{USER}:{escaped}\n")
    (tmp_path / "pgpass").chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pgpass"))
    url = server.url.replace("//", f"//{USER}@")
    assert values(ask(url=url, credentials=None, relation=LINES), "doc_id") == ["1", "2"]


def test_a_check_looks_at_the_first_rows(server, tmp_path):
    columns = dict(zip(COLUMNS, ("no", "day", "who", "sum"), strict=True))
    with server.connect() as con:
        con.execute(
            "CREATE TABLE long AS SELECT n AS no, date '2024-01-05' AS day, 7 AS who, 1.5 AS sum"
            " FROM generate_series(1, 3000) AS n"
        )
    given = {"name": "erp", "table": "transactions", "url": server.url, "credentials": "env:ERP", "columns": columns}
    for asked in ({"relation": "long"}, {"query": "SELECT * FROM long"}):
        source = Source.model_validate({**given, **asked, "constants": {"currency": "CNY"}})
        (found,) = check_sources([source], tmp_path, sample=1_000)
        assert (found.rows, found.problems) == (1_000, ())
        assert found.columns["parsed"].tolist() == [1.0] * 4


def test_a_lookup_file_is_joined_to_a_databases_rows(ask, tmp_path):
    (tmp_path / "costs.csv").write_text("No,Cost\n1,3\n2,4\n")
    lookups = [{"path": "costs.csv", "on": {"单号": "No"}}]
    ingested = ask(relation=LINES, lookups=lookups, columns={**COLUMNS, "cost": "Cost"})
    assert values(ingested, "cost") == [Decimal(3), Decimal(4)]


def test_no_connection_is_left_open(ask, server):
    ask(relation=LINES)
    with server.connect() as con:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'sales' AND pid <> pg_backend_pid()"
        # a session that is closed takes the server a moment to forget
        for _ in itertools.repeat(None, 50):
            if con.execute(others).fetchone() == (0,):
                return
            time.sleep(0.1)
    pytest.fail("a connection stayed open")
