"""The same command audits real logs; what a log lacks, its section says so."""

import shutil
from pathlib import Path

import pytest

from custinsight.run import run_audits

ROOT = Path(__file__).resolve().parents[2]


def _run(name: str, folder: Path) -> str:
    """Run an example's audit in a copy of its folder, and return the English report."""
    home = folder / "project" / "examples" / name
    home.mkdir(parents=True)
    shutil.copyfile(ROOT / "examples" / name / "audit.toml", home / "audit.toml")
    result = run_audits(home / "audit.toml", jobs=1)
    assert result.failed == ()
    assert {path.name for path in result.reports} == {"report.en.html", "report.zh-CN.html"}
    assert all(path.stat().st_size < 3_000_000 for path in result.reports)
    return result.reports[0].read_text(encoding="utf-8")


@pytest.mark.slow
def test_cdnow_runs_anywhere(tmp_path: Path) -> None:
    text = _run("cdnow", tmp_path)
    assert "6,919" in text
    assert "There are no customer records, so their quality cannot be scored." in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("northwind", "2,155"),
        ("sap", "17,818"),
        ("adventureworks", "56,046"),
        ("onlineretail", "541,909"),
    ],
)
def test_real_log_is_audited_from_export_to_report(name: str, said: str, shared_data: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").symlink_to(shared_data.parent)
    assert said in _run(name, tmp_path)
