"""Lines that came late, vanished or changed after a period had been closed: counted, to the cent."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from custinsight.audit import Audit, open_audit
from custinsight.errors import WorkspaceError
from custinsight.flow.late import close_period
from custinsight.words import Message

PLAN = """
currency = "CNY"
[[sources]]
name = "lines"
table = "transactions"
path = "data"
system = "ERP"
[sources.columns]
customer_id = "customer"
doc_id = "doc"
line_no = "line"
doc_date = "day"
amount_net = "amount"
currency = "currency"
status = "status"
"""
HEADER = "customer,doc,line,day,amount,currency,status"
LINES = """1,A,1,2024-02-01,100.10,CNY,posted
1,A,2,2024-02-01,50.00,CNY,posted
2,B,1,2024-08-02,30.30,CNY,posted
2,B,2,2024-08-02,7.70,USD,posted
3,C,1,2024-09-30,12.34,CNY,posted
3,D,1,2024-11-05,99.00,CNY,posted
"""


@pytest.fixture(autouse=True)
def _one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTINSIGHT_KEY", "11" * 32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    (tmp_path / "audit.toml").write_text(PLAN, encoding="utf-8")
    _write(tmp_path, "a.csv", LINES)
    return tmp_path


def _write(folder: Path, name: str, lines: str) -> None:
    (folder / "data" / name).write_text(f"{HEADER}\n{lines}", encoding="utf-8")


def _audit(folder: Path, period: str, ran: list[Message] | None = None) -> Audit:
    opened = open_audit(folder / "audit.toml", period)
    return Audit(opened.plan, opened.folder, opened.period, on_stage=ran.append if ran is not None else None)


def _close(folder: Path, *periods: str, again: bool = False) -> None:
    for period in periods:
        close_period(_audit(folder, period), again=again)


def _late(folder: Path, period: str) -> list[tuple[Any, ...]]:
    """Period, kind, currency, lines, documents, customers, amount."""
    frame = _audit(folder, period).table("late_rows").drop(columns="closed_on")
    return list(frame.itertuples(index=False, name=None))


def test_nothing_is_late_where_nothing_was_closed(folder: Path) -> None:
    assert _late(folder, "2024Q3") == []


def test_late_lines_of_a_new_file_are_counted_by_period_and_currency(folder: Path) -> None:
    _close(folder, "2024Q2", "2024Q3")
    _write(
        folder,
        "late.csv",
        "4,E,1,2024-09-01,10.01,CNY,posted\n4,E,2,2024-09-01,-0.01,CNY,posted\n2,B,3,2024-08-02,5.55,USD,posted\n"
        "1,F,1,2023-05-05,8.00,CNY,posted\n4,G,1,2024-12-01,77,CNY,posted\n",
    )
    assert _late(folder, "2024Q4") == [
        ("2024Q2", "late", "CNY", 1, 1, 1, 8.0),
        ("2024Q3", "late", "CNY", 2, 1, 1, 10.0),
        ("2024Q3", "late", "USD", 1, 1, 1, 5.55),
    ]


def test_a_new_export_that_contains_everything_shows_no_false_late_row(folder: Path) -> None:
    _close(folder, "2024Q3")
    shuffled = "".join(reversed(LINES.splitlines(keepends=True)))
    (folder / "data" / "a.csv").unlink()
    _write(folder, "everything.csv", shuffled + "9,Z,1,2024-12-01,1,CNY,posted\n")
    assert _late(folder, "2024Q4") == []


def test_vanished_and_changed_lines_are_told_apart(folder: Path) -> None:
    _close(folder, "2024Q3")
    _write(folder, "a.csv", LINES.replace("1,A,2,2024-02-01,50.00,CNY,posted\n", "").replace("30.30", "30.00"))
    assert _late(folder, "2024Q4") == [
        ("2024Q3", "changed", "CNY", 1, 1, 1, -0.3),
        ("2024Q3", "gone", "CNY", 1, 1, 1, -50.0),
    ]


def test_the_kinds_sum_to_the_whole_change_of_the_period(folder: Path) -> None:
    _close(folder, "2024Q3")
    changed = LINES.replace("12.34", "13.00").replace("1,A,1,2024-02-01,100.10,CNY,posted\n", "")
    _write(folder, "a.csv", changed + "5,H,1,2024-07-07,4.05,CNY,posted\n")
    counted = pd.Series({row[1]: row[6] for row in _late(folder, "2024Q4")})
    assert counted.sum() == pytest.approx((50 + 30.30 + 13 + 4.05) - (100.10 + 50 + 30.30 + 12.34), abs=1e-9)


def test_lines_numbered_anew_are_known_by_their_amounts(folder: Path) -> None:
    _close(folder, "2024Q3")
    moved = LINES.replace("1,A,2,", "1,A,3,").replace("1,A,1,", "1,A,2,")
    _write(folder, "a.csv", "1,A,1,2024-02-01,9.99,CNY,posted\n" + moved)
    assert _late(folder, "2024Q4") == [("2024Q3", "late", "CNY", 1, 1, 1, 9.99)]


def test_equal_lines_without_numbers_are_counted_one_by_one(folder: Path) -> None:
    twin = "7,T,,2024-07-01,20.00,CNY,posted\n"
    _write(folder, "twins.csv", twin * 2)
    _close(folder, "2024Q3")
    _write(folder, "twins.csv", twin * 3)
    assert _late(folder, "2024Q4") == [("2024Q3", "late", "CNY", 1, 1, 1, 20.0)]


def test_a_number_that_two_customers_share_means_two_documents(folder: Path) -> None:
    _close(folder, "2024Q3")
    _write(folder, "late.csv", "8,A,1,2024-02-01,100.10,CNY,posted\n")
    assert _late(folder, "2024Q4") == [("2024Q3", "late", "CNY", 1, 1, 1, 100.1)]


def test_a_draft_that_is_posted_later_came_late_and_a_voided_line_is_gone(folder: Path) -> None:
    _write(folder, "draft.csv", "6,K,1,2024-07-01,40.00,CNY,draft\n")
    _close(folder, "2024Q3")
    _write(folder, "draft.csv", "6,K,1,2024-07-01,40.00,CNY,posted\n")
    _write(folder, "a.csv", LINES.replace("12.34,CNY,posted", "12.34,CNY,void"))
    assert _late(folder, "2024Q4") == [
        ("2024Q3", "gone", "CNY", 1, 1, 1, -12.34),
        ("2024Q3", "late", "CNY", 1, 1, 1, 40.0),
    ]


def test_a_customer_that_the_plan_leaves_out_counts_on_neither_side(folder: Path) -> None:
    _close(folder, "2024Q3")
    _write(folder, "late.csv", "9,L,1,2024-09-01,1,CNY,posted\n")
    plan = PLAN + '[scope]\nexclude_customers = ["1", "9"]\n'
    (folder / "audit.toml").write_text(plan, encoding="utf-8")
    assert _late(folder, "2024Q4") == []


def test_a_closed_period_run_again_with_late_data_says_so(folder: Path) -> None:
    _close(folder, "2024Q3")
    _write(folder, "late.csv", "4,E,1,2024-09-01,10.01,CNY,posted\n")
    assert _late(folder, "2024Q3") == [("2024Q3", "late", "CNY", 1, 1, 1, 10.01)]


def test_a_period_sees_nothing_of_periods_closed_after_it(folder: Path) -> None:
    _close(folder, "2024Q4")
    _write(folder, "late.csv", "4,E,1,2024-09-01,10.01,CNY,posted\n")
    assert _late(folder, "2024Q3") == []
    assert len(_late(folder, "2024Q4")) == 1


def test_a_line_late_for_two_closed_periods_is_told_of_once(folder: Path) -> None:
    """Closed in any order: a line belongs to the first closed period that reaches it."""
    _close(folder, "2024Q3", "2024Q2")
    _write(folder, "late.csv", "4,E,1,2024-05-01,10.01,CNY,posted\n")
    assert _late(folder, "2024Q4") == [("2024Q2", "late", "CNY", 1, 1, 1, 10.01)]


def test_the_first_closing_stays_until_a_new_one_is_asked_for(folder: Path) -> None:
    _close(folder, "2024Q3")
    _write(folder, "late.csv", "4,E,1,2024-09-01,10.01,CNY,posted\n")
    _close(folder, "2024Q3")
    assert len(_late(folder, "2024Q4")) == 1
    _close(folder, "2024Q3", again=True)
    assert _late(folder, "2024Q4") == []
    assert len(list((folder / "work" / "closed").glob("*.parquet"))) == 1


def test_the_same_inputs_give_the_same_tables_whatever_was_closed_since(folder: Path) -> None:
    first = _audit(folder, "2024Q3")
    first.run()
    _close(folder, "2024Q3", "2024Q4")
    ran: list[Message] = []
    again = _audit(folder, "2024Q3", ran)
    again.run()
    assert again.contents() == first.contents()
    assert ran == []


def test_late_rows_change_the_report_and_nothing_else_is_worked_out_from_them(folder: Path) -> None:
    """Two folders with the same exports: what was closed in one of them changes no other table."""
    other = folder.parent / "other"
    shutil.copytree(folder, other)
    _close(folder, "2024Q3")
    for place in (folder, other):
        _write(place, "late.csv", "4,E,1,2024-09-01,10.01,CNY,posted\n")
    one, two = (_audit(place, "2024Q4") for place in (folder, other))
    differ = {name for name, content in one.contents().items() if content != two.contents()[name]}
    assert differ == {"late"}


def test_another_key_compares_nothing_and_closes_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _close(folder, "2024Q3")
    monkeypatch.setenv("CUSTINSIGHT_KEY", "22" * 32)
    assert _late(folder, "2024Q4") == []
    _close(folder, "2024Q3")
    _write(folder, "late.csv", "4,E,1,2024-09-01,10.01,CNY,posted\n")
    assert len(_late(folder, "2024Q4")) == 1


def test_a_closing_holds_no_number_of_a_customer_or_document_and_is_private(folder: Path) -> None:
    _write(folder, "named.csv", "CUST-4711,DOC-0815,LINE-99,2024-07-01,1,CNY,posted\n")
    _close(folder, "2024Q3")
    (path,) = (folder / "work" / "closed").glob("*.parquet")
    table = pd.read_parquet(path)
    assert not any(text in table.to_csv() for text in ("CUST", "DOC", "LINE"))
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_closing_is_refused(folder: Path) -> None:
    _close(folder, "2024Q3")
    (path,) = (folder / "work" / "closed").glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-20])
    _write(folder, "late.csv", "4,E,1,2024-09-01,10.01,CNY,posted\n")
    with pytest.raises(WorkspaceError, match="closing of 2024Q3 is damaged"):
        _late(folder, "2024Q4")


def test_a_closing_that_was_not_finished_is_none(folder: Path) -> None:
    """Killed after the lines and before the record, or while the lines were written."""
    _close(folder, "2024Q3")
    closed = folder / "work" / "closed"
    (record,) = closed.glob("*.json")
    record.unlink()
    (closed / ".2024-09-30.x.parquet.999999999.0a0a0a0a.tmp").write_bytes(b"PAR1")
    assert _late(folder, "2024Q4") == []
    _close(folder, "2024Q3")
    assert sorted(path.suffix for path in closed.iterdir()) == [".json", ".parquet"]


def test_of_two_audits_at_once_one_reads_the_files(folder: Path) -> None:
    """The other one waits, and finds what the first stored."""
    ran: list[Message] = []
    audits = [_audit(folder, period, ran) for period in ("2024Q3", "2024Q4")]
    with ThreadPoolExecutor(2) as pool:
        contents = list(pool.map(lambda audit: audit.stored("ingest").content, audits))
    assert contents[0] == contents[1]
    assert [message.template for message in ran] == ["Reading the exports"]
