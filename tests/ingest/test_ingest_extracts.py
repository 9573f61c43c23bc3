"""An audit sees the rows that a database held when its period was first audited."""

import datetime as dt
import stat

import pytest
from ingest_exports import MAPPING
from postgres_server import PASSWORD, USER

from custinsight.errors import SourceError
from custinsight.ingest import extract_paths, extracts, fingerprint, kept_extract, load_sources, refresh_extracts
from custinsight.periods import Period
from custinsight.plan import Source
from custinsight.workspace import Workspace

Q3, Q4 = Period.parse("2024Q3"), Period.parse("2024Q4")


@pytest.fixture
def lines(postgres):
    """A fresh table; returns a function that adds a row to it."""
    with postgres.connect() as con:
        con.execute("DROP TABLE IF EXISTS lines")
        con.execute('CREATE TABLE lines ("No" int, "Date" date, "Customer" text, "Amount" numeric(9, 2), salary int)')

    def add(number, salary=0):
        with postgres.connect() as con:
            con.execute("INSERT INTO lines VALUES (%s, '2024-11-05', '李明', 1.5, %s)", (number, salary))

    add(1)
    return add


@pytest.fixture
def source(postgres, lines, monkeypatch):
    monkeypatch.setenv("ERP_USER", USER)
    monkeypatch.setenv("ERP_PASSWORD", PASSWORD)
    return Source.model_validate({**MAPPING, "url": postgres.url, "relation": "lines", "credentials": "env:ERP"})


@pytest.fixture
def space(tmp_path):
    return Workspace(tmp_path / "work")


@pytest.fixture
def clock(monkeypatch):
    """Set what the time is."""

    def clock(text):
        monkeypatch.setattr(extracts, "_now", lambda: dt.datetime.fromisoformat(f"{text}+00:00"))

    clock("2025-01-10T08:00")
    return clock


@pytest.fixture
def rows(source, space, tmp_path, con):
    """Numbers of the documents that a period sees."""

    def rows(period, source=source):
        paths = extract_paths([source], tmp_path, space, period)
        table = load_sources([source], tmp_path, con, paths).tables["transactions"]
        return sorted(table["doc_id"].to_pyarrow().to_pylist())

    return rows


def test_the_same_rows_have_the_same_fingerprint(source, space, tmp_path, clock, lines):
    (before,) = fingerprint(source, tmp_path, space, Q4)
    refresh_extracts([source], tmp_path, space, [Q4])
    assert fingerprint(source, tmp_path, space, Q4) == [before]
    lines(2)
    refresh_extracts([source], tmp_path, space, [Q4])
    assert fingerprint(source, tmp_path, space, Q4) != [before]


def test_columns_that_nobody_reads_change_no_fingerprint(source, space, tmp_path, clock, postgres):
    before = fingerprint(source, tmp_path, space, Q4)
    with postgres.connect() as con:
        con.execute("UPDATE lines SET salary = 9")
    refresh_extracts([source], tmp_path, space, [Q4])
    assert fingerprint(source, tmp_path, space, Q4) == before


def test_an_audited_period_sees_the_same_rows_for_ever(rows, clock, lines):
    assert rows(Q4) == ["1"]
    lines(2)
    clock("2027-01-10T08:00")
    assert rows(Q4) == ["1"]


def test_rows_that_were_read_are_used_without_the_database(rows, clock, monkeypatch):
    assert rows(Q4) == ["1"]
    monkeypatch.delenv("ERP_PASSWORD")
    assert rows(Q4) == ["1"]


def test_another_period_later_sees_the_database_as_it_is_then(rows, clock, lines):
    assert rows(Q4) == ["1"]
    lines(2)
    clock("2025-04-10T08:00")
    assert rows(Period.parse("2025Q1")) == ["1", "2"]
    assert rows(Q4) == ["1"]


def test_periods_of_one_run_share_what_was_read(rows, clock, lines):
    assert rows(Q3) == ["1"]
    lines(2)
    clock("2025-01-10T08:30")
    assert rows(Q4) == ["1"]


def test_rows_that_were_taken_before_the_periods_end_are_replaced_after_it(rows, clock, lines):
    clock("2024-12-20T08:00")
    assert rows(Q4) == ["1"]
    lines(2)
    clock("2024-12-22T08:00")
    assert rows(Q4) == ["1"]
    clock("2025-01-02T08:00")
    assert rows(Q4) == ["1", "2"]


def test_a_refresh_reads_again_for_the_periods_asked(rows, source, space, tmp_path, clock, lines):
    assert rows(Q3) == rows(Q4) == ["1"]
    lines(2)
    refresh_extracts([source], tmp_path, space, [Q4])
    assert rows(Q4) == ["1", "2"]
    assert rows(Q3) == ["1"]


def test_a_refresh_that_fails_leaves_the_rows_as_they_were(rows, source, space, tmp_path, clock, monkeypatch):
    assert rows(Q4) == ["1"]
    before = kept_extract(source, tmp_path, space, Q4)
    monkeypatch.setenv("ERP_PASSWORD", "wrong")
    with pytest.raises(SourceError, match="got a refusal"):
        refresh_extracts([source], tmp_path, space, [Q4])
    assert kept_extract(source, tmp_path, space, Q4) == before
    assert rows(Q4) == ["1"]


def test_rows_that_nobody_sees_any_more_are_deleted(rows, source, space, tmp_path, clock, lines):
    rows(Q4)
    (before,) = space.root.glob("extracts/*/*.parquet")
    lines(2)
    refresh_extracts([source], tmp_path, space, [Q4])
    rows(Q4)
    (after,) = space.root.glob("extracts/*/*.parquet")
    assert before != after


def test_another_query_is_another_extract(rows, source, clock):
    assert rows(Q4) == ["1"]
    nobody = source.model_copy(update={"relation": None, "query": "SELECT * FROM lines WHERE false"})
    with pytest.raises(SourceError, match="must hold rows behind its header, got none"):
        rows(Q4, nobody)


def test_what_is_kept_is_for_its_owners_eyes_only(rows, space, clock):
    rows(Q4)
    (kept,) = space.root.glob("extracts/*/*.parquet")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700


def test_a_reading_that_breaks_off_leaves_nothing(source, space, tmp_path, clock, postgres):
    with postgres.connect() as con:
        con.execute("INSERT INTO lines VALUES (0, '2024-11-05', '7', 1, 0)")
    broken = source.model_copy(
        update={"relation": None, "query": 'SELECT 1 / "No" AS "No", "Date", "Customer", "Amount" FROM lines'}
    )
    with pytest.raises(SourceError, match="22012"):
        fingerprint(broken, tmp_path, space, Q4)
    assert not [path for path in space.root.glob("extracts/*/*") if path.is_file()]
