"""The command line as a user meets it: one clear sentence for bad input, exit code 2, nothing half-written."""

import subprocess
import sys
from pathlib import Path

import pytest

from custinsight.audit import open_audit
from custinsight.cli import main
from custinsight.plan import read_plan

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
"""
LOG = "customer,doc,day,amount\n1,A,2024-01-05,10.50\n2,B,2024-02-06,20\n1,C,2024-03-07,30\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "audit.toml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "log.csv").write_text(LOG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    return tmp_path


def _call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["custinsight", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


@pytest.mark.parametrize(
    ("spoil", "arguments", "said"),
    [
        (("log.csv", None), (), "log.csv"),
        (("audit.toml", PLAN.replace('"amount"', '"betrag"')), (), "betrag"),
        (("audit.toml", PLAN.replace("period", "perod")), (), "perod"),
        (("log.csv", "customer,doc,day,amount\n"), (), "log.csv"),
        (("log.csv", ""), (), "log.csv"),
        (("log.csv", LOG), ("--period", "../../x"), "../../x"),
        (("log.csv", LOG), ("--period", "2024Q5"), "2024Q5"),
        (("log.csv", LOG), ("--period", "2031Q1"), "2031Q1"),
        (("log.csv", LOG), ("--periods", "2024Q2..2024Q1"), "2024Q2..2024Q1"),
        (("log.csv", LOG), ("--lang", "xx"), "xx"),
        (("log.csv", LOG), ("--plan", "nowhere.toml"), "nowhere.toml"),
        (("log.csv", LOG), ("--pdf", "--browser", "no-such-browser"), "no-such-browser"),
    ],
)
def test_bad_input_ends_with_one_sentence(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    spoil: tuple[str, str | None],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    name, text = spoil
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text, encoding="utf-8")
    assert _call(monkeypatch, "run", *arguments) == 2
    complaint = capfd.readouterr().err.strip().splitlines()[-1]
    assert complaint.startswith("custinsight: ")
    assert said in complaint
    assert "Traceback" not in complaint
    assert str(folder) not in complaint
    assert not (folder / "reports").exists()


def test_complaint_is_in_the_language_of_the_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert _call(monkeypatch, "run", "--period", "2024Q5") == 2
    assert "期间" in capfd.readouterr().err


def test_new_makes_a_folder_that_check_understands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _call(monkeypatch, "new", "mine") == 0
    made = {path.name for path in (tmp_path / "mine").iterdir()}
    assert {"audit.toml", "notebooks", "data", "reports"} <= made
    capfd.readouterr()
    assert _call(monkeypatch, "check", "--plan", "mine/audit.toml") == 2
    assert "customers.csv" in capfd.readouterr().out


def test_new_keeps_what_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "audit.toml").write_text("mine")
    assert _call(monkeypatch, "new", ".") == 0
    assert (tmp_path / "audit.toml").read_text() == "mine"


EXPORT = "Invoice No,Invoice Date,Customer No,Net Amount\n" + "".join(
    f"A{month}{day},2024-{month:02d}-{day:02d},C{day},{day}.50\n" for month in range(1, 10) for day in range(1, 31, 3)
)


def test_new_from_exports_writes_a_plan_that_check_and_run_accept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "exports").mkdir()
    (tmp_path / "exports" / "sales.csv").write_text(EXPORT)
    (tmp_path / "exports" / "colours.csv").write_text("Colour,Shade\nred,1\n")
    assert _call(monkeypatch, "new", "mine", "--from", "exports") == 0
    shown = capfd.readouterr().out
    assert "sales.csv" in shown
    assert "transactions" in shown
    assert "not used: colours.csv (no table fits it)" in shown
    plan = read_plan(tmp_path / "mine" / "audit.toml")
    assert plan.sources[0].path == "../exports/sales.csv"
    assert (plan.period, plan.currency) == ("2024Q3", "USD")
    assert _call(monkeypatch, "check", "--plan", "mine/audit.toml") == 0
    audit = open_audit(tmp_path / "mine" / "audit.toml")
    assert audit.load_report()["rows_kept"].tolist() == [90]


def test_new_from_exports_speaks_the_language_of_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    (tmp_path / "sales.csv").write_text(EXPORT)
    assert _call(monkeypatch, "new", "mine", "--from", ".") == 0
    assert "可信度" in capfd.readouterr().out
    assert "由导出文件推断" in (tmp_path / "mine" / "audit.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "mine", "--from", "nowhere"), "nowhere must be a folder of exports"),
        (("new", "mine", "--from", "empty"), "empty holds no exports"),
        (("new", "mine", "--from", "other"), "None of the files can be taken for customers or transactions"),
        (("new", "old", "--from", "exports"), "old must have no audit.toml yet"),
        (("new", "mine", "--demo", "--from", "exports"), "--demo and --from"),
    ],
)
def test_exports_that_cannot_be_proposed_end_with_one_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    for name in ("empty", "other", "exports", "old"):
        (tmp_path / name).mkdir()
    (tmp_path / "other" / "colours.csv").write_text("Colour,Shade\nred,1\n")
    (tmp_path / "exports" / "sales.csv").write_text(EXPORT)
    (tmp_path / "old" / "audit.toml").write_text("mine")
    assert _call(monkeypatch, *arguments) == 2
    complaint = capfd.readouterr().err.strip().splitlines()[-1]
    assert said in complaint
    assert str(tmp_path) not in complaint
    assert not (tmp_path / "mine").exists()
    assert (tmp_path / "old" / "audit.toml").read_text() == "mine"


def test_check_passes_a_sound_folder(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _call(monkeypatch, "check") == 0
    assert "log.csv" in capfd.readouterr().out
    assert not (folder / "work").exists()


def test_check_says_how_many_files_a_run_would_have_to_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    open_audit("audit.toml").stored("ingest")
    (folder / "audit.toml").write_text(PLAN.replace('"log.csv"', '"*.csv"'), encoding="utf-8")
    (folder / "more.csv").write_text(LOG.replace("A", "D"), encoding="utf-8")
    assert _call(monkeypatch, "check") == 0
    assert "2 files: 1 to be read, 1 known from earlier." in capfd.readouterr().out


@pytest.mark.parametrize("command", ["new", "check", "run", "compare", "rejects", "lab"])
def test_help_shows_an_example(command: str) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "custinsight", command, "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert f"Example: custinsight {command}" in " ".join(shown.split())
