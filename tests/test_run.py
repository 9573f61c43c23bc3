"""A whole run on a small demo company: what leaves the audit's folder, and what must not."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from custinsight.audit import open_audit
from custinsight.comparing import compare_audits
from custinsight.errors import BusyError
from custinsight.run import RunResult, run_audits
from custinsight.workspace import Workspace

PERSONAL = ("customer_name", "contact_name", "mobile", "phone", "email", "tax_id", "address")


@pytest.fixture(scope="module")
def folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("run") / "audit"
    shutil.copytree(demo_folder, copy, ignore=shutil.ignore_patterns("work", "reports"))
    return copy


@pytest.fixture(scope="module")
def result(folder: Path) -> RunResult:
    return run_audits(folder / "audit.toml", "2024Q3..2024Q4", jobs=2)


def _texts(folder: Path) -> dict[str, str]:
    """Every text that leaves: pages, reports, logs, and what workbooks hold when unzipped."""
    found = {}
    for path in sorted((folder / "reports").rglob("*")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                found[str(path)] = "\n".join(book.read(name).decode("utf-8", "replace") for name in book.namelist())
        elif path.is_file():
            found[str(path)] = path.read_text(encoding="utf-8")
    found |= {str(path): path.read_text(encoding="utf-8") for path in folder.joinpath("work").glob("*.log")}
    return found


def test_each_period_has_a_report_in_each_language(result: RunResult, folder: Path) -> None:
    made = [str(path.relative_to(folder / "reports")) for path in result.reports]
    assert made == [f"{period}/report.{lang}.html" for period in ("2024Q3", "2024Q4") for lang in ("en", "zh-CN")]
    assert result.failed == ()


def test_an_index_leads_to_the_reports(result: RunResult, folder: Path) -> None:
    assert [path.name for path in result.index] == ["index.en.html", "index.zh-CN.html"]
    text = result.index[0].read_text(encoding="utf-8")
    links = {path.relative_to(folder / "reports").as_posix() for path in result.reports}
    assert links <= set(re.findall(r'href="([^"#]+)"', text))
    assert re.findall(r"<h3><a [^>]+>([^<]+)</a>", text) == ["Quarter 4 of 2024", "Quarter 3 of 2024"]


def test_two_audits_of_the_same_exports_differ_by_real_movement_only(result: RunResult, folder: Path) -> None:
    found = compare_audits(folder / "audit.toml", "2024Q4", "2024Q3")
    assert (found.before.label, found.after.label) == ("2024Q3", "2024Q4")
    assert not found.split[["late", "definitions", "matching"]].to_numpy().any()
    history = open_audit(folder / "audit.toml", "2024Q4").table("history")
    assert found.split["real"].tolist() == pytest.approx(
        [float(history[name].iloc[-1] - history[name].iloc[-2]) for name in found.split["figure"]]
    )


def test_a_period_is_closed_once_its_report_is_written(result: RunResult, folder: Path) -> None:
    closed = folder / "work" / "closed"
    assert sorted(path.name for path in closed.glob("*.json")) == ["2024-09-30.json", "2024-12-31.json"]
    assert open_audit(folder / "audit.toml", "2024Q4").table("late_rows").empty


def test_a_run_says_how_many_files_it_read(result: RunResult, folder: Path) -> None:
    files = len(open_audit(folder / "audit.toml", "2024Q4").load_report())
    assert [note.values for note in result.notes] == [{"n": files, "read": files, "known": 0}]


def test_reports_are_small_and_load_nothing(result: RunResult) -> None:
    for path in result.reports:
        text = path.read_text(encoding="utf-8")
        assert len(text.encode()) < 3_000_000
        assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text
        assert not re.search(r"<script|<link|<iframe|<img[^>]+src=(?!\"data:)|url\((?!#|data:)|@import", text)
        assert not re.search(r"(src|href)=[\"'](https?:|//|file:)", text)


def test_the_page_says_everything_in_its_language(result: RunResult) -> None:
    english = next(path for path in result.reports if path.name == "report.en.html").read_text(encoding="utf-8")
    chinese = next(path for path in result.reports if path.name == "report.zh-CN.html").read_text(encoding="utf-8")
    assert "One-page summary" in english
    assert "一页摘要" in chinese
    assert "One-page summary" not in chinese
    assert '<html lang="zh-CN"' in chinese


def test_second_audit_compares_with_the_first(result: RunResult, folder: Path) -> None:
    text = (folder / "reports" / "2024Q4" / "report.en.html").read_text(encoding="utf-8")
    assert "Quarter 3 of 2024" in text


def test_no_personal_value_leaves_in_reports_pages_or_logs(result: RunResult, folder: Path) -> None:
    """Short Chinese names count, too; other short values, such as the phone 123, stand in any text by chance."""
    audit = open_audit(folder / "audit.toml", "2024Q4")
    golden = audit.read("golden").select(*PERSONAL).to_pandas()
    values = {value for name in PERSONAL for value in golden[name].dropna()}
    values = {value for value in values if len(value) >= 5 or re.fullmatch(r"[\u4e00-\u9fff]{2,4}", value)}
    assert any(len(value) < 5 for value in values)
    staff = sorted(set(audit.read("loaded_owners").owner_name.to_pandas()), key=len, reverse=True)
    for name, text in _texts(folder).items():
        if not name.endswith(".xlsx"):
            # reports name the salespeople, some of whom share a name, or the start of one, with a customer
            bare = re.sub("|".join(map(re.escape, staff)), "", text)
            assert not [value for value in values - set(staff) - {"Inc.", "Group"} if value in bare], name


def test_a_worklist_names_only_the_customers_of_its_owner(result: RunResult, folder: Path) -> None:
    audit = open_audit(folder / "audit.toml", "2024Q4")
    tasks = audit.table("worklists")
    golden = audit.read("golden").select("customer_id", "mobile", "email").to_pandas().set_index("customer_id")
    for owner, rows in tasks.groupby("owner_id"):
        path = folder / "reports" / "2024Q4" / "worklists" / "en" / f"{owner or 'unassigned'}.xlsx"
        sheet = pd.DataFrame(openpyxl.load_workbook(path).active.values)
        header, body = sheet.iloc[0].tolist(), sheet.iloc[1:]
        assert len(body) == len(rows)
        assert set(body[header.index("Customer id")]) == set(rows["customer_id"])
        others = golden.drop(index=rows["customer_id"].unique(), errors="ignore")["email"].dropna()
        own = set(golden.reindex(rows["customer_id"])["email"].dropna())
        assert not set(body[header.index("E-mail")]) & (set(others) - own)
        assert path.stat().st_mode & 0o077 == 0


def test_workbooks_hold_no_formula_and_no_link(result: RunResult, folder: Path) -> None:
    for path in (folder / "reports").rglob("*.xlsx"):
        with zipfile.ZipFile(path) as book:
            sheets = [book.read(name).decode() for name in book.namelist() if name.startswith("xl/worksheets/sheet")]
        assert sheets
        assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets), path.name


def test_no_path_of_this_machine_leaves(result: RunResult, folder: Path) -> None:
    for name, text in _texts(folder).items():
        assert str(folder) not in text, name
        assert str(Path.home()) + "/" not in text, name


def test_pages_kept_beside_the_report_hold_no_outputs_but_parts(result: RunResult, folder: Path) -> None:
    for path in (folder / "reports" / "2024Q4" / "pages").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        kinds = {out["output_type"] for cell in cells for out in cell.get("outputs", [])}
        assert kinds <= {"execute_result", "display_data"}


def test_running_again_makes_no_page_again(result: RunResult, folder: Path) -> None:
    before = {
        path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.glob("reports/2024Q4/pages/*.ipynb")
    }
    run_audits(folder / "audit.toml", "2024Q4")
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before


def test_pages_made_anew_give_the_same_reports(result: RunResult, folder: Path) -> None:
    before = {path: path.read_bytes() for path in result.reports}
    shutil.rmtree(folder / "reports")
    again = run_audits(folder / "audit.toml", "2024Q3..2024Q4", jobs=1)
    assert all(path.read_bytes() == before[path] for path in again.reports)


def test_a_second_run_on_the_same_folder_is_told_to_wait(folder: Path) -> None:
    with Workspace(folder / "work").locked("run"), pytest.raises(BusyError, match="Another run"):
        run_audits(folder / "audit.toml", "2024Q4")


def test_a_page_that_fails_does_not_lose_the_others(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "audit"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("reports"))
    shutil.copytree(Path(__file__).resolve().parent.parent / "notebooks", copy / "notebooks")
    page = copy / "notebooks" / "06_behaviour.ipynb"
    page.write_text(page.read_text(encoding="utf-8").replace("page.season(audit)", "1 / 0"), encoding="utf-8")
    result = run_audits(copy / "audit.toml", "2024Q4", "en")
    assert [failed.task.notebook.stem for failed in result.failed] == ["06_behaviour"]
    text = result.reports[0].read_text(encoding="utf-8")
    assert result.failed[0].error_id in text
    assert "ZeroDivisionError" not in text
    assert "One-page summary" in text
