"""Drawings hold what matplotlib drew and nothing else, in the colours of the page."""

import re
import warnings
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from matplotlib.figure import Figure
from report_sample import draw_steps

from custinsight.report import style
from custinsight.report.svg import figure_svg, scrub
from custinsight.words import Words


def drawn(draw):
    with style.applied():
        return figure_svg(draw(), "label")


def axes():
    figure = Figure(figsize=(4, 3))
    return figure, figure.subplots()


def test_drawing_is_an_image_with_a_name():
    svg = drawn(lambda: draw_steps(Words("en")))
    assert svg.startswith('<svg role="img" aria-label="label" viewBox=')
    ET.fromstring(svg)


def test_metadata_fonts_and_sizes_are_gone():
    svg = drawn(lambda: draw_steps(Words("en")))
    for word in ("<metadata", "<!--", "<style", "matplotlib", "DejaVu", "http://", "DOCTYPE", 'height="'):
        assert word not in re.sub(r"<(rect|clipPath)[^>]*>", "", svg)


def test_text_stays_text():
    assert "Opening 期初活跃</text>" in drawn(lambda: draw_steps(Words("zh-CN")))


def test_chinese_text_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert drawn(lambda: draw_steps(Words("zh-CN")))


def test_other_warnings_are_not_silenced():
    with style.applied(), pytest.warns(UserWarning, match="something else"):
        warnings.warn("something else", stacklevel=1)


def test_colours_follow_the_page():
    svg = drawn(lambda: draw_steps(Words("en")))
    assert "fill:var(--ci-accent)" in svg
    assert style.ACCENT not in svg


def test_every_colour_of_the_palette_is_a_variable_of_the_page_in_light_and_in_dark():
    from custinsight.report.templates import stylesheet

    css = stylesheet("parts.css")
    for name in style.PALETTE.values():
        assert css.count(f"--ci-{name}:") == 3


def test_two_figures_do_not_share_ids():
    def plot(height):
        figure, axis = axes()
        axis.plot([0, 1], [0, height], "o-")
        return figure

    first, second = drawn(lambda: plot(1)), drawn(lambda: plot(2))
    ids = [set(re.findall(r'id="([^"]+)"', svg)) for svg in (first, second)]
    assert ids[0]
    assert not ids[0] & ids[1]
    assert set(re.findall(r'(?:url\(|href=")#([\w.-]+)', first)) == ids[0]


def test_links_scripts_and_handlers_do_not_survive():
    file = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="a()">'
        '<script>a()</script><foreignObject/><a xlink:href="javascript:a()"><text>kept</text></a>'
        '<image xlink:href="https://example.com/x.png"/><image xlink:href="data:image/svg+xml;base64,AA"/>'
        '<path style="fill:url(https://example.com/x)" d="M 0 0"/><set attributeName="href" to="javascript:a()"/>'
        '<use xlink:href="https://example.com/#a"/><text onclick="a()">&lt;script&gt;</text></svg>'
    )
    assert scrub(file, '"><script>') == (
        '<svg role="img" aria-label="&quot;&gt;&lt;script&gt;"><text>kept</text><image /><image />'
        '<path d="M 0 0" /><use /><text>&lt;script&gt;</text></svg>'
    )


def test_a_link_set_on_a_text_of_a_figure_is_dropped():
    def draw():
        figure, axis = axes()
        axis.text(0.5, 0.5, "name", url="javascript:alert(1)")
        return figure

    svg = drawn(draw)
    assert ">name</text>" in svg
    assert "javascript" not in svg


def test_many_points_are_small_when_rasterised():
    def draw():
        figure, axis = axes()
        axis.scatter(*np.random.default_rng(0).normal(size=(2, 20_000)), s=2, rasterized=True)
        return figure

    svg = drawn(draw)
    assert 'href="data:image/png;base64,' in svg
    assert len(svg) < 200_000


def test_numbers_are_short():
    svg = drawn(lambda: draw_steps(Words("en")))
    assert not re.search(r"\d\.\d{3}", svg)
    assert len(svg) < 8_000


def test_the_readers_matplotlib_is_left_as_it_was():
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    drawn(lambda: draw_steps(Words("en")))
    assert dict(mpl.rcParams) == before


def test_text_on_a_colour_can_be_read():
    from matplotlib.colors import to_rgb

    def luminance(colour):
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in to_rgb(colour)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for shade in [*style.ramp(7), *style.ramp(30)]:
        light, dark = sorted((luminance(shade), luminance(style.text_on(shade))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) > 4, shade
