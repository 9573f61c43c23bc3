"""The report takes words and parts from executed pages, and nothing else."""

import itertools
import re
from pathlib import Path

import nbformat
import pytest
from report_sample import LANGUAGES, cover, figure, findings, kpis, page, report_pages

from custinsight.errors import ReportError
from custinsight.report import Note, PageResult, PageTask, build_report, write_report
from custinsight.report.build import css_string
from custinsight.report.parts import MIME
from custinsight.words import Message
from custinsight.writers.html import POLICY, faults


def built(pages, language="en", **changes):
    return build_report(pages, cover(**changes), language)


def with_outputs(path: Path, *outputs) -> Path:
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("customers = load('/home/li/secret')", outputs=list(outputs)))
    nbformat.write(notebook, path)
    return path


def test_sections_stand_in_page_order_with_numbers_after_the_summary(tmp_path):
    html = built(report_pages(tmp_path))
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", html)
    assert headings == ["Summary", '<span class="no">1</span>Customer base', '<span class="no">2</span>Customer value']


def test_contents_lead_to_every_section_and_heading(tmp_path):
    html = built(report_pages(tmp_path))
    contents = html[html.index("<nav") : html.index("</nav>")]
    targets = re.findall(r'href="#([^"]+)"', contents)
    assert targets == ["summary", "customer-base", "drivers", "value", "by-stage"]
    for target in targets:
        assert html.count(f'id="{target}"') == 1


def test_every_id_is_there_once_and_every_link_arrives(tmp_path):
    pages = [*report_pages(tmp_path), page(tmp_path / "09_value.ipynb", ["# Again", "## Drivers", figure(), figure()])]
    html = built(pages)
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    links = re.findall(r'(?:href="#|url\(#)([\w.-]+)', html)
    assert set(links) <= set(ids)


def test_links_say_the_title_they_lead_to(tmp_path):
    html = built(report_pages(tmp_path))
    assert '<a class="ci-go" href="#customer-base">Customer base</a>' in html
    assert "See the section" not in html


def test_a_link_to_a_section_that_is_not_there_is_left_out(tmp_path):
    assert (
        "ci-go"
        not in built([page(tmp_path / "00_summary.ipynb", ["# S", findings(section="nowhere")])]).split("</style>")[1]
    )


def test_findings_and_decisions_stand_side_by_side(tmp_path):
    html = built([page(tmp_path / "00_summary.ipynb", ["# S", kpis(), findings(), findings("Decisions")])])
    two = html[html.index('<div class="ci-two">') :]
    assert two.index("Three findings") < two.index("Decisions") < two.index("</section>")


def test_each_language_comes_from_the_same_pages(tmp_path):
    pages = report_pages(tmp_path)
    assert '<html lang="en">' in built(pages)
    chinese = built(pages, "zh-CN")
    assert '<html lang="zh-CN">' in chinese
    assert "¥1,284万" in chinese


def test_a_language_that_was_not_made_is_refused(tmp_path):
    pages = [page(tmp_path / "00_a.ipynb", ["# A", figure()], languages=("en",))]
    with pytest.raises(ReportError, match="must have been made for the language zh-CN, got en"):
        built(pages, "zh-CN")


def test_the_same_pages_give_the_same_bytes(tmp_path):
    first = built(report_pages(tmp_path / "a"), "zh-CN")
    assert first == built(report_pages(tmp_path / "b"), "zh-CN")


def test_nothing_but_parts_and_words_gets_in(tmp_path):
    new = nbformat.v4.new_output
    path = with_outputs(
        page(tmp_path / "00_a.ipynb", ["# A"]),
        new("stream", name="stderr", text="UserWarning: 13800138000"),
        new("stream", name="stdout", text="printed Li Hua"),
        new("error", ename="KeyError", evalue="13800138000", traceback=["File /home/li/x.py"]),
        new("execute_result", data={"text/plain": "plain Li Hua", "text/html": "<b>html Li Hua</b>"}),
        new("display_data", data={"application/vnd.jupyter.widget-view+json": {"model_id": "Li Hua"}}),
        new("display_data", data={"application/javascript": "alert(1)"}),
    )
    html = built([path])
    for canary in ("13800138000", "Li Hua", "/home/li", "KeyError", "secret", "alert"):
        assert canary not in html


def test_markup_and_links_in_words_are_text(tmp_path):
    words = "# A <script>x</script>\n\n<img src=x onerror=y> [click](javascript:alert) [out](https://example.com) ![p](http://e.com/x.png)"
    html = built([page(tmp_path / "00_a.ipynb", [words])])
    assert faults(html) == []
    assert "&lt;img src=x onerror=y&gt; click out p" in html
    assert "example.com" not in html


def test_braces_in_words_stay_braces(tmp_path):
    assert "<p>The set {a, b}.</p>" in built([page(tmp_path / "00_a.ipynb", ["# A\n\nThe set {a, b}."])])


def test_a_part_that_was_changed_by_hand_is_not_shown(tmp_path):
    path = page(tmp_path / "00_a.ipynb", ["# A", Note(Message("kept"))])
    said = {"kind": "note", "title": "", "html": '<p>changed</p><script src="https://example.com/x.js"></script>'}
    with_outputs(path, nbformat.v4.new_output("display_data", data={MIME: {"languages": {"en": said}}}))
    html = built([path])
    assert "kept" in html
    assert "changed" not in html
    assert "E-CHANGED" in html


def test_a_failed_page_says_so_and_keeps_what_it_had(tmp_path):
    html = built(
        [page(tmp_path / "00_a.ipynb", ["# A", figure()], error_id="E-12AB34"), page(tmp_path / "01_b.ipynb", ["# B"])]
    )
    assert "(error E-12AB34)" in html
    assert html.index("New customers made up") < html.index("E-12AB34") < html.index(">B</h2>")


def test_a_page_that_was_never_written_says_so_under_its_title(tmp_path):
    source = page(tmp_path / "03_value.ipynb", ["# Customer value", figure()])
    task = PageTask(source, tmp_path / "out" / "03_value.ipynb")
    html = built([PageResult(task, "E-12AB34")])
    assert "Customer value</h2>" in html
    assert "E-12AB34" in html
    assert "<svg" not in html


def test_results_of_an_earlier_run_are_not_taken_for_this_one(tmp_path):
    old = page(tmp_path / "out" / "03_value.ipynb", ["# Customer value", Note(Message("of last week"))])
    task = PageTask(page(tmp_path / "03_value.ipynb", ["# Customer value"]), old)
    assert "of last week" in built([PageResult(task)])
    assert "of last week" not in built([PageResult(task, "E-12AB34")])


def test_cover_shows_whose_audit_it_is(tmp_path):
    html = built([], company="A & B <Co>", responsible="", tone="warn")
    assert "<bdi>A &amp; B &lt;Co&gt;</bdi>" in html
    assert '<p class="verdict warn">Reconciles: 70,118 rows read' in html
    assert "Responsible" not in html
    assert "English, 中文" in html


def test_a_company_name_cannot_break_out_of_the_stylesheet(tmp_path):
    html = built([], company='"; } </style><script>alert(1)</script>')
    assert faults(html) == []
    assert html.count("</style>") == 1


def test_css_string_holds_only_letters_digits_and_escapes():
    assert css_string("A\n\"'\\") == '"A\\00000a \\000022 \\000027 \\00005c "'


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_is_strict_and_small_and_has_landmarks(tmp_path, language):
    html = built(report_pages(tmp_path), language)
    path = write_report(tmp_path / "report.html", html)
    assert path.stat().st_size < 3_000_000
    assert f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">' in html
    assert html.index("Content-Security-Policy") < html.index("<style>")
    for once in ("<main", "<h1", "<footer", "<header", 'class="skip"'):
        assert html.count(once) == 1
    assert not re.search(r"https?://|/tmp/|/home/|file:", html)


def test_headings_do_not_skip_a_level(tmp_path):
    levels = [int(level) for level in re.findall(r"<h([1-6])", built(report_pages(tmp_path)))]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_picture_has_a_name_or_is_hidden(tmp_path):
    for svg in re.findall(r"<svg[^>]*>", built(report_pages(tmp_path))):
        assert re.search(r'role="img" aria-label="[^"]+"|aria-hidden="true"', svg)
