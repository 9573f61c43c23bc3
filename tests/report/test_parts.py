"""Parts are said in each language at once, and whatever stands in them is text."""

import json
from types import SimpleNamespace

import pandas as pd
import pytest
from report_sample import AUDIT, COLUMNS, STEPS, draw_steps, figure, findings, kpis, table

from custinsight.errors import ReportError
from custinsight.report import Col, Facts, Figure, Finding, Findings, Kpi, Kpis, Note, Several, Shown, Table, shown
from custinsight.report.parts import MIME
from custinsight.words import Message, msg
from custinsight.writers.html import faults

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><!--",
    "<img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "javascript:alert(1)",
    "<svg onload=alert(1)>",
    "</style><link rel=stylesheet href=https://example.com/x.css>",
    "{{ 7 * 7 }}",
    "%{name}$",
]


def said(part, language="en"):
    return Shown(part, ("en", "zh-CN")).said[language]["html"]


def test_decorator_shows_a_section_in_all_languages_of_the_audit():
    @shown
    def section(audit, n):
        """Say how many."""
        return Note(msg("{n:money}", n=n))

    result = section(AUDIT, n=3_000_000)
    assert section.__doc__ == "Say how many."
    assert "CN¥3M" in result.said["en"]["html"]
    assert "¥300万" in result.said["zh-CN"]["html"]


def test_mime_bundle_has_one_html_for_jupyter_and_all_languages_for_the_report():
    bundle = Shown(figure(), ("zh-CN", "en"))._repr_mimebundle_()
    assert set(bundle) == {"text/html", MIME}
    assert bundle["text/html"].startswith('<div class="ci ci-jupyter" lang="zh-CN"><style>')
    assert list(bundle[MIME]["languages"]) == ["zh-CN", "en"]
    assert set(bundle[MIME]["languages"]["en"]) == {"kind", "title", "html"}
    json.dumps(bundle)


def test_figure_is_drawn_once_for_each_language_with_its_words():
    asked = []

    def draw(words):
        asked.append(words.language)
        return draw_steps(words)

    Shown(figure(draw=draw), ("en", "zh-CN"))
    assert asked == ["en", "zh-CN"]


def test_a_part_that_fails_fails_when_it_is_made_and_not_when_jupyter_shows_it():
    def draw(words):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Shown(figure(draw=draw), ("en",))


def test_the_same_part_gives_the_same_html():
    assert said(figure()) == said(figure())


def test_the_table_stands_behind_its_figure():
    html = said(figure())
    assert html.index("<svg") < html.index("<details>") < html.index("<table>")
    assert "+6,120" in html


def test_long_table_says_how_many_rows_there_are():
    assert "8 of 30 rows are shown." in said(table(rows=8))
    assert "rows are shown" not in said(table(rows=30))


def test_empty_table_says_so():
    html = said(Table(msg("T"), msg("N"), STEPS.head(0), COLUMNS))
    assert "There is nothing to list here." in html
    assert "<table>" not in html


def test_missing_values_are_a_dash():
    frame = pd.DataFrame(
        {"a": ["x", None, None], "v": [1.0, float("nan"), None], "d": pd.to_datetime(["2024-01-02", None, None])}
    )
    html = said(
        Table(msg("T"), msg("N"), frame, (Col("a", msg("A")), Col("v", msg("V"), "money"), Col("d", msg("D"), "day")))
    )
    assert html.count("–") == 6
    assert "2024-01-02" in html
    assert "NaT" not in html


def test_long_text_is_shortened_and_stays_at_hand():
    name = "长" * 300
    html = said(Table(msg("T"), msg("N"), pd.DataFrame({"a": [name]}), (Col("a", msg("A")),)))
    assert f'<abbr title="{name}">{"长" * 59}…</abbr>' in html


def test_our_own_sentences_are_not_shortened():
    sentence = "Customers who cannot be reached this way are missing from the worklists; " * 2
    html = said(Table(msg("T"), msg("N"), pd.DataFrame({"a": [Message(sentence)]}), (Col("a", msg("A")),)))
    assert sentence in html


def test_codes_are_labelled_and_unknown_codes_shown():
    labels = {"a": msg("Alpha")}
    html = said(Table(msg("T"), msg("N"), pd.DataFrame({"c": ["a", "b"]}), (Col("c", msg("C"), "label", labels),)))
    assert "<bdi>Alpha</bdi>" in html
    assert "<bdi>b</bdi>" in html


def test_numbers_stand_right_and_the_first_text_column_heads_its_row():
    html = said(
        Table(
            msg("T"), msg("N"), pd.DataFrame({"c": ["a"], "n": [1]}), (Col("c", msg("C")), Col("n", msg("N"), "count"))
        )
    )
    assert '<th scope="row"><bdi>a</bdi></th><td class="ci-n">1</td>' in html
    assert '<th scope="col" class="ci-n">N</th>' in html


def test_direction_marks_cannot_rearrange_a_line():
    html = said(Table(msg("T"), msg("N"), pd.DataFrame({"a": ["a\u202eb\u200bc\x00"]}), (Col("a", msg("A")),)))
    assert "<bdi>abc</bdi>" in html


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text_in_every_part(text):
    message = Message("{text}", {"text": text})
    frame = pd.DataFrame({text: [text], "long": [text * 20]})
    columns = (Col(text, message), Col("long", message))
    part = Several(
        (
            Figure(message, message, lambda words: draw_steps(words, [text] * 4), frame, columns),
            Table(message, message, frame, columns),
            Kpis((Kpi(message, message, message, "warn", message, (1.0, 2.0)),)),
            Findings(message, (Finding(message, message, text),)),
            Note(message),
            Facts(((message, text),)),
        )
    )
    html = said(part)
    assert faults(html) == []
    assert "<script" not in html
    assert "<img" not in html


def test_dollar_signs_in_a_name_are_no_formula():
    assert "$$$" in said(figure(draw=lambda words: draw_steps(words, ["$$$", "$a_b$", "$", "x"])))


def test_spark_line_leaves_out_gaps_and_needs_two_values():
    html = said(Kpis((Kpi(msg("K"), msg("1"), trend=(1.0, float("nan"), 2.0)), Kpi(msg("K"), msg("1"), trend=(1.0,)))))
    assert html.count("<polyline") == 1
    assert "nan" not in html


def test_tone_is_one_of_four():
    with pytest.raises(ReportError, match=r"The tone of a part must be one of down, flat, up, warn, got good\."):
        Kpi(msg("K"), msg("1"), tone="good")


def test_a_column_that_the_frame_lacks_is_named():
    with pytest.raises(ReportError, match="must have the columns profit; it has step, customers"):
        figure(columns=(Col("profit", msg("Profit"), "money"),))


def test_an_unknown_format_is_refused():
    with pytest.raises(ReportError, match=r"must be shown as one of count, .*, got euro"):
        Col("v", msg("V"), "euro")


def test_what_is_no_part_is_refused():
    with pytest.raises(ReportError, match="must return a part such as a Figure or a Table, got DataFrame"):
        Shown(STEPS, ("en",))
    with pytest.raises(ReportError, match="at least one language"):
        Shown(Note(msg("n")), ())


def test_findings_link_to_their_section():
    assert 'href="#customer-base"' in said(findings())


def test_parts_of_an_audit_without_data_are_notes():
    audit = SimpleNamespace(languages=["en"], plan=SimpleNamespace(currency="EUR"))
    assert shown(lambda audit: Note(msg("No costs."), "warn"))(audit).said["en"]["kind"] == "note"


def test_title_is_handed_on_for_the_report():
    assert Shown(figure("A & B"), ("en",)).said["en"]["title"] == "A & B"
    assert Shown(kpis(), ("en",)).said["en"]["title"] == ""
