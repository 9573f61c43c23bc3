"""Rejected rows reach those who may see them, and nobody else; a source that lost too much stops the run."""

import sys
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from custinsight.audit import open_audit
from custinsight.cli import main
from custinsight.errors import SourceError

PLAN = """
period = "2024Q1"
[[sources]]
name = "log"
table = "transactions"
path = "log.csv"
[sources.columns]
customer_id = "customer"
doc_id = "doc"
doc_date = "day"
amount_net = "amount"
[sources.constants]
currency = "CNY"
[[sources]]
name = "people"
table = "customers"
path = "people.csv"
[sources.columns]
customer_id = "id"
customer_name = "name"
"""
LOG = "customer,doc,day,amount\n" + "".join(f"{n % 7},D{n},2024-01-{n % 28 + 1:02d},10\n" for n in range(40))
BAD = "8,X1,someday 13800138000,10\n=2+5,X2,2024-13-01,20\n"
TOO_BAD = BAD * 6


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "audit.toml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "log.csv").write_text(LOG + BAD, encoding="utf-8")
    (tmp_path / "people.csv").write_text("id,name\n1,Ann\n2,Bob\n3,Cai\n4,Dan\n5,Eve\n6,\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    return tmp_path


def _call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["custinsight", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_rejects_are_written_with_place_and_reason(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _call(monkeypatch, "rejects", "--out", "r.csv") == 0
    frame = pd.read_csv(folder / "r.csv", dtype=str, keep_default_na=False)
    assert frame[["Source", "File", "Line", "Code"]].to_numpy().tolist() == [
        ["log", "log.csv", "42", "BAD_DATE"],
        ["log", "log.csv", "43", "BAD_DATE"],
        ["people", "people.csv", "7", "MISSING_REQUIRED"],
    ]
    assert frame["Reason"].iloc[2] == "customer_name must have a value; name is empty."
    assert frame["Row as it stands"].tolist() == ["8,X1,someday 13800138000,10", "'=2+5,X2,2024-13-01,20", "6,"]
    assert _mode(folder / "r.csv") == 0o600


def test_reasons_are_in_the_language_of_the_reader(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert _call(monkeypatch, "rejects", "--source", "people", "--out", "r.xlsx") == 0
    header, row = openpyxl.load_workbook(folder / "r.xlsx").active.values
    assert header[0] == "来源"
    assert row[0] == "people"
    assert "必须有值" in row[6]
    assert _mode(folder / "r.xlsx") == 0o600


def test_without_rejects_there_is_no_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "log.csv").write_text(LOG, encoding="utf-8")
    assert _call(monkeypatch, "rejects", "--source", "log") == 0
    assert "No row was rejected." in capfd.readouterr().out
    assert not (folder / "rejects.xlsx").exists()


@pytest.mark.parametrize(("arguments", "said"), [(("--source", "lgo"), "log, people"), (("--out", "r.pdf"), ".xlsx")])
def test_what_cannot_be_written_is_said(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    assert _call(monkeypatch, "rejects", *arguments) == 2
    assert said in capfd.readouterr().err


def test_a_source_that_lost_too_much_stops_the_run_and_leaves_its_rejects(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "log.csv").write_text(LOG + TOO_BAD, encoding="utf-8")
    assert _call(monkeypatch, "run") == 2
    complaint = capfd.readouterr().err.strip().splitlines()[-1]
    assert "log: 23.1% of the rows and 31.0% of the amount in CNY were rejected, mostly BAD_DATE" in complaint
    assert "work/rejects.csv" in complaint
    assert "13800138000" not in complaint
    assert str(folder) not in complaint
    written = folder / "work" / "rejects.csv"
    assert written.read_text(encoding="utf-8-sig").count("13800138000") == 6
    assert _mode(written) == 0o600
    assert not (folder / "reports").exists()


def test_a_refused_source_can_still_be_looked_at(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "log.csv").write_text(LOG + TOO_BAD, encoding="utf-8")
    audit = open_audit(folder / "audit.toml")
    assert audit.load_report()["rows_rejected"].tolist() == [12, 1]
    assert audit.trust()["state"].tolist() == ["refused", "warned"]
    with pytest.raises(SourceError, match="refuses such a source"):
        audit.summary()
    assert _call(monkeypatch, "rejects", "--out", "r.csv") == 0


def test_a_stored_audit_is_refused_when_the_limits_become_stricter(folder: Path) -> None:
    open_audit(folder / "audit.toml").summary()
    stricter = PLAN + "[trust]\nrefuse_rejected = 0.02\n"
    (folder / "audit.toml").write_text(stricter, encoding="utf-8")
    with pytest.raises(SourceError, match=r"log: 4\.8%"):
        open_audit(folder / "audit.toml").summary()


def test_the_load_report_says_what_was_lost(folder: Path) -> None:
    audit = open_audit(folder / "audit.toml")
    assert (
        "log: 4.8% of the rows and 7.0% of the amount in CNY were rejected" in audit.load_report()["problems"].iloc[0]
    )
    assert len(audit.warnings()) == 2
