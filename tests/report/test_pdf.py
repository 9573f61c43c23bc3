"""A report is printed whole by a real browser, or not at all."""

import re
import stat
from pathlib import Path

import browser
import pytest
from report_sample import cover, report_pages

from custinsight.errors import ReportError
from custinsight.report import build_report, write_report
from custinsight.report.pdf import BROWSERS, find_browser, write_pdf


@pytest.fixture
def report(tmp_path: Path) -> Path:
    html = build_report(report_pages(tmp_path), cover(), "zh-CN")
    return write_report(tmp_path / "报告 1" / "report.zh-CN.html", html)


def _program(path: Path, script: str) -> str:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_report_is_printed_on_pages_of_a4(report: Path) -> None:
    pdf = write_pdf(report, browser.find())
    content = pdf.read_bytes()
    width, height = map(float, re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", content).groups())
    assert (width / 72 * 25.4, height / 72 * 25.4) == pytest.approx((210, 297), abs=0.5)
    assert len(re.findall(rb"/Type /Page\b", content)) >= 2
    assert sorted(path.name for path in report.parent.iterdir()) == ["report.zh-CN.html", "report.zh-CN.pdf"]


@pytest.mark.parametrize(
    "script",
    ["exit 0", "exit 3", 'for a; do case "$a" in --print-to-pdf=*) printf "%%PDF-1.4 half" > "${a#*=}";; esac; done'],
)
def test_an_older_pdf_stays_when_the_browser_fails(report: Path, tmp_path: Path, script: str) -> None:
    report.with_suffix(".pdf").write_bytes(b"%PDF-older")
    with pytest.raises(ReportError, match=r"could not print report\.zh-CN\.html"):
        write_pdf(report, _program(tmp_path / "broken", script))
    assert report.with_suffix(".pdf").read_bytes() == b"%PDF-older"
    assert len(list(report.parent.iterdir())) == 2


def test_browsers_are_looked_for_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReportError, match="none of chromium, chromium-browser"):
        find_browser()
    for name in reversed(BROWSERS):
        path = _program(tmp_path / name, "exit 0")
        assert find_browser() == path
    assert find_browser(str(tmp_path / "google-chrome")) == str(tmp_path / "google-chrome")
