"""The index leads to every report in the folder, says how each period stood, and how the figures moved."""

import re
from dataclasses import replace
from pathlib import Path

import browser
import pytest
from example_audit import PLAN, ExampleAudit, example_audit

from custinsight.errors import ReportError
from custinsight.periods import Period
from custinsight.report.index import list_reports, trends, write_index
from custinsight.report.sections.key_numbers import key_numbers
from custinsight.words import Words
from custinsight.writers.html import write_report

BOTH = ("en", "zh-CN")


@pytest.fixture(scope="module")
def audit() -> ExampleAudit:
    """The example's quarter with three before it, each a little smaller than the next."""
    newest = example_audit(BOTH)
    past = None
    for at, label in enumerate(("2024Q1", "2024Q2", "2024Q3")):
        history = newest.tables["history"].copy()
        history[["spend", "profit"]] = history[["spend", "profit"]] * (0.7 + 0.1 * at)
        past = replace(newest.having(history=history), period=Period.parse(label), previous=past)
    return replace(newest, previous=past)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index") / "reports"
    for name in ("2023Q4", "2024Q1", "2024Q2", "2024Q3", "2024Q4"):
        (folder / name).mkdir(parents=True)
        for language in BOTH:
            (folder / name / f"report.{language}.html").touch()
    (folder / "2024Q1" / "report.zh-CN.html").unlink()
    (folder / "notes").mkdir()
    (folder / "notes" / "report.en.html").touch()
    return folder


@pytest.fixture(scope="module")
def pages(audit: ExampleAudit, folder: Path) -> dict[str, Path]:
    return dict(zip(BOTH, write_index(audit, folder), strict=True))


def test_every_report_is_linked_and_every_link_leads_to_a_file(pages: dict[str, Path], folder: Path) -> None:
    links = re.findall(r'href="([^"#]+)"', pages["en"].read_text(encoding="utf-8"))
    assert all((folder / link).is_file() for link in links)
    reports = {str(path.relative_to(folder)) for path in folder.glob("2*/report.*.html")}
    assert reports <= set(links)
    assert "index.zh-CN.html" in links
    assert not any("notes" in link for link in links)


def test_newest_period_stands_first_and_each_has_its_figures(pages: dict[str, Path], audit: ExampleAudit) -> None:
    text = pages["en"].read_text(encoding="utf-8")
    assert re.findall(r"<h3><a [^>]+>([^<]+)</a>", text) == [
        *(f"Quarter {n} of 2024" for n in (4, 3, 2, 1)),
        "Quarter 4 of 2023",
    ]
    now = key_numbers(audit)[1]
    assert f"<dd>{Words('en').money(now.value)} <small>" in text
    assert text.count("The tables of this audit are no longer kept") == 1


def test_trend_holds_the_figures_of_the_periods_that_have_them(audit: ExampleAudit, folder: Path) -> None:
    figure = trends([one for one in list_reports(audit, folder) if one.numbers])
    assert figure.table["period"].tolist() == ["2024Q1", "2024Q2", "2024Q3", "2024Q4"]
    last = float(figure.table["profit"].iloc[-1])
    assert figure.table["profit"].tolist() == pytest.approx([last * k for k in (0.7, 0.8, 0.9, 1)])


def test_a_report_in_another_language_is_linked_where_there_is_no_other(pages: dict[str, Path]) -> None:
    assert '<h3><a href="2024Q1/report.en.html">2024 年第 1 季度' in pages["zh-CN"].read_text(encoding="utf-8")


def test_an_empty_folder_has_no_index(audit: ExampleAudit, tmp_path: Path) -> None:
    assert write_index(audit, tmp_path) == ()
    assert not list(tmp_path.iterdir())


def test_company_name_is_shown_as_it_is(folder: Path, audit: ExampleAudit) -> None:
    company = PLAN.company.model_copy(update={"name": "<script>x</script>"})
    odd = replace(audit, plan=PLAN.model_copy(update={"company": company}), languages=("en",))
    assert "&lt;script&gt;x" in write_index(odd, folder)[0].read_text(encoding="utf-8")


def test_a_link_to_anything_but_our_files_is_refused(pages: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="href of <a>"):
        write_report(tmp_path / "index.html", pages["en"].read_text(encoding="utf-8"), ["2024Q4/report.en.html"])


@pytest.mark.parametrize("width", [1200, 390])
def test_index_fits_the_window(pages: dict[str, Path], width: int) -> None:
    wide = browser.ask(pages["en"], "return document.documentElement.scrollWidth - innerWidth", width=width)
    assert int(wide) <= 0
