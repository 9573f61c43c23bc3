"""The report as readers see it: drawn by a real browser."""

import json

import browser
import pytest
from matplotlib.figure import Figure as Drawing
from report_sample import COLUMNS, LANGUAGES, STEPS, cover, figure, page, report_pages, table

from custinsight.report import Figure, build_report, style, write_report
from custinsight.words import Message

# Text whose contrast is below the 4.5 of WCAG AA, from the colours that the browser uses.
LOW_CONTRAST = r"""
const parse = colour => colour.match(/[\d.]+/g).map(Number);
const linear = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
const light = c => .2126 * linear(c[0]) + .7152 * linear(c[1]) + .0722 * linear(c[2]);
const behind = element => {
  for (; element; element = element.parentElement) {
    const colour = parse(getComputedStyle(element).backgroundColor);
    if (colour.length < 4 || colour[3] > .5) return colour;
  }
  return [255, 255, 255];
};
let checked = 0, low = [];
for (const e of document.querySelectorAll("body *:not(script)")) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
  const style = getComputedStyle(e), colour = parse(e.closest("svg") ? style.fill : style.color);
  const [a, b] = [light(colour), light(behind(e))];
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  checked += 1;
  if (ratio < 4.5) low.push([e.tagName, e.className.baseVal || e.className, ratio]);
}
return {checked, low}"""

STAGES = ["流失风险最高的老客户", "沉睡客户", "本季度新客户", "成长客户", "核心客户"]


@pytest.fixture(scope="module", params=LANGUAGES)
def report(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    return write_report(folder / "report.html", build_report(report_pages(folder), cover(), request.param))


def one_figure(folder, name, draw):
    part = Figure(Message("Title"), Message("Note"), draw, STEPS, COLUMNS)
    html = build_report([page(folder / f"{name}.ipynb", ["# A", part])], cover(company="A"), "zh-CN")
    return write_report(folder / f"{name}.html", html)


def draw_names(names):
    def draw(words):
        drawing = Drawing(figsize=(style.WIDTH, 2.6), layout="constrained")
        axes = drawing.subplots()
        axes.barh(range(len(names)), [5] * len(names), color=style.ACCENT)
        axes.set_yticks(range(len(names)), names)
        return drawing

    return draw


def draw_big(text):
    def draw(words):
        drawing = Drawing(figsize=(style.WIDTH, 2))
        drawing.text(0.5, 0.4, text, fontsize=48, ha="center")
        return drawing

    return draw


def test_chinese_glyphs_are_drawn_in_figures(tmp_path):
    from PIL import ImageChops

    browser.need_chinese_font()
    # a reader without the glyphs would see the same box for every character, also for one that does not exist
    texts = {"no_glyph": "\ue123" * 4, "one": "客户价值", "two": "流失风险"}
    drawn = {name: browser.screenshot(one_figure(tmp_path, name, draw_big(text))) for name, text in texts.items()}
    for name, other in (("one", "no_glyph"), ("two", "no_glyph"), ("one", "two")):
        changed = ImageChops.difference(drawn[name], drawn[other]).convert("L").point(lambda value: 255 * (value > 96))
        assert changed.histogram()[255] > 1500, (name, other)


def test_chinese_labels_have_room_in_figures(tmp_path):
    browser.need_chinese_font()
    path = one_figure(tmp_path, "names", draw_names(STAGES))
    boxes = json.loads(
        browser.ask(
            path,
            "const svg = document.querySelector('.ci-drawing svg'), at = svg.getBoundingClientRect();"
            "const scale = svg.viewBox.baseVal.width / at.width, all = [...svg.querySelectorAll('text')];"
            "const box = text => text.getBoundingClientRect();"
            "return all.map(t => [t.textContent, (box(t).left - at.left) * scale, (box(t).right - at.left) * scale])",
        )
    )
    labels = [box for box in boxes if box[0] in STAGES]
    assert len(labels) == 5
    for text, left, right in labels:
        assert left > -1, text
        assert right < style.WIDTH * 72 * 0.4, text


@pytest.mark.parametrize("width", [1400, 900, 500])
def test_nothing_sticks_out_of_the_page(report, width):
    answer = json.loads(
        browser.ask(report, "const d = document.documentElement; return [d.scrollWidth, d.clientWidth]", width=width)
    )
    assert answer[0] <= answer[1]


def test_policy_stops_a_script_that_got_in(tmp_path):
    html = build_report([], cover(company="A"), "en")
    path = tmp_path / "report.html"
    path.write_text(html.replace("</body>", "<script>document.title = 'ran'</script></body>"), encoding="utf-8")
    assert browser.title(path).startswith("A · ")


def test_dark_mode_is_dark(report):
    light, dark = (browser.screenshot(report, height=700, dark=mode).getpixel((3, 690)) for mode in (False, True))
    assert min(light) > 230
    assert max(dark) < 40


@pytest.mark.parametrize("dark", [False, True])
def test_text_can_be_read_in_light_and_dark(report, dark):
    answer = json.loads(browser.ask(report, LOW_CONTRAST, dark=dark))
    assert answer["low"] == []
    assert answer["checked"] > 60


def test_long_names_and_wide_tables_are_laid_out(tmp_path):
    import pandas as pd

    from custinsight.report import Col, Table

    frame = pd.DataFrame({f"column_{n}": ["N" * 300, "شركة " * 20, "短"] for n in range(12)})
    wide = Table(Message("W" * 300), Message("n" * 300), frame, tuple(Col(name, Message(name)) for name in frame))
    pages = [page(tmp_path / "00_a.ipynb", ["# " + "H" * 200, wide, table(), figure("F" * 300)])]
    path = write_report(tmp_path / "wide.html", build_report(pages, cover(company="C" * 300), "en"))
    answer = json.loads(
        browser.ask(path, "const d = document.documentElement; return [d.scrollWidth, d.clientWidth]", width=500)
    )
    assert answer[0] <= answer[1]


def test_report_prints(report, tmp_path):
    out = tmp_path / "report.pdf"
    browser.run(report, f"--print-to-pdf={out}", "--no-pdf-header-footer")
    assert out.read_bytes().startswith(b"%PDF")
