"""Figures show every number they are given, where it belongs, and nothing overlaps."""

import itertools
import warnings

import numpy as np
import pandas as pd
import pytest
from example_audit import example_audit
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from custinsight.report import figures, style
from custinsight.report.figures.canvas import shorten, spread
from custinsight.words import Message, Words, msg

EN = Words("en", "CNY")
STEPS = pd.DataFrame({"step": ["opening", "new", "lapsed", "closing"], "customers": [100, 30, -50, 80]})


def draw(make, *args, **kwargs) -> Figure:
    with style.applied(), warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font\(s\)")
        figure = make(*args, **kwargs)
        FigureCanvasAgg(figure).draw()
    return figure


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def bars(figure: Figure) -> list[tuple[float, float]]:
    """Bottom and top of each column, from left to right."""
    patches = sorted(figure.axes[0].patches, key=lambda patch: patch.get_x())
    return [(patch.get_y(), patch.get_y() + patch.get_height()) for patch in patches]


def test_a_waterfall_hangs_each_step_where_the_one_before_ended() -> None:
    figure = draw(figures.draw_waterfall, STEPS, EN, step="step", value="customers", totals=("opening", "closing"))
    assert bars(figure) == [(0, 100), (100, 130), (80, 130), (0, 80)]
    assert {"100", "+30", "−50", "80"} <= set(texts(figure))


def test_a_waterfall_of_effects_goes_below_zero() -> None:
    frame = pd.DataFrame({"factor": ["customers", "margin", "total"], "effect": [10.0, -25.0, -15.0]})
    figure = draw(
        figures.draw_waterfall, frame, EN, step="factor", value="effect", totals=("total",), show="signed_money"
    )
    assert bars(figure) == [(0, 10), (-15, 10), (-15, 0)]
    total = next(label for label in figure.axes[0].texts if label.get_text() == "−CN¥15")
    # in the bar's own colour it can be read only outside of the bar
    assert total.xy == (2, 0)


def test_columns_colour_the_ones_the_title_speaks_of() -> None:
    frame = pd.DataFrame({"decile": [1, 2, 3], "share": [0.6, 0.3, 0.1]})
    figure = draw(figures.draw_columns, frame, EN, name="decile", value="share", show="percent", highlight=[1])
    colours = [patch.get_facecolor() for patch in figure.axes[0].patches]
    assert colours[1] == colours[2] != colours[0]
    assert {"60.0%", "30.0%", "10.0%"} <= set(texts(figure))


@pytest.mark.parametrize("values", [[9.1e6, -8.8e6, 4.0], [-3.0, -9.9e7, -12.0], [0.0, 0.0, 0.0]])
def test_labels_of_horizontal_bars_touch_neither_names_nor_the_edge(values: list[float]) -> None:
    names = ["Paper, stationery and other things", "办公家具与打印机耗材及其他用品类", "x"]
    frame = pd.DataFrame({"category": names, "profit": values})
    figure = draw(figures.draw_rows, frame, EN, name="category", value="profit", show="signed_money", signed=True)
    axes, renderer = figure.axes[0], figure.canvas.get_renderer()
    names_end = max(label.get_window_extent(renderer).x1 for label in axes.get_yticklabels())
    for label in axes.texts:
        box = label.get_window_extent(renderer)
        assert box.x0 > names_end
        assert box.x1 < figure.bbox.x1


def test_a_heat_map_says_each_cell_and_leaves_the_others_empty() -> None:
    frame = pd.DataFrame({"tier": ["A", "A", "B"], "stage": ["core", "new", "core"], "n": [7, 2, 5]})
    figure = draw(
        figures.draw_heatmap,
        frame,
        EN,
        down="tier",
        across="stage",
        value="n",
        down_order=["A", "B"],
        across_order=["new", "core"],
    )
    assert [text.get_text() for text in figure.axes[0].texts] == ["2", "7", "5"]
    assert len(figure.axes[0].patches) == 3


def test_the_mark_of_the_lorenz_curve_is_read_from_the_curve() -> None:
    frame = pd.DataFrame({"customer_share": [0, 0.05, 0.2, 1], "profit_share": [0, 0.3, 0.6, 1]})
    figure = draw(figures.draw_lorenz, frame, EN, series=[("profit_share", msg("Profit"))])
    assert "40.0%" in texts(figure)  # a third of the way from 0.05 to 0.2: 0.3 + 0.3 / 3


def test_cohorts_stack_up_to_the_total_with_the_oldest_below() -> None:
    frame = pd.DataFrame(
        {"period": ["2023", "2024", "2024"], "cohort": ["2023", "2023", "2024"], "spend": [30.0, 50.0, 20.0]}
    )
    figure = draw(figures.draw_cohorts, frame, EN)
    tops = [band.get_paths()[0].vertices[:, 1].max() for band in figure.axes[0].collections]
    assert tops == [50.0, 70.0]
    assert [text.get_text() for text in figure.axes[0].texts] == ["2023", "2024"]


def test_intervals_reach_from_low_to_high() -> None:
    frame = pd.DataFrame({"tier": ["A", "B"], "value": [10.0, 4.0], "low": [8.0, 3.0], "high": [13.0, 5.0]})
    figure = draw(
        figures.draw_intervals, frame, EN, name="tier", value="value", low="low", high="high", axis=msg("Margin")
    )
    segments = figure.axes[0].collections[0].get_segments()
    assert [segment[:, 0].tolist() for segment in segments] == [[8.0, 13.0], [3.0, 5.0]]


def test_calibration_keeps_points_and_diagonal_on_one_scale() -> None:
    frame = pd.DataFrame({"predicted": [0.1, 0.4], "actual": [0.2, 0.35]})
    figure = draw(
        figures.draw_calibration,
        frame,
        EN,
        above=msg("more"),
        below=msg("fewer"),
        axes_titles=(msg("Predicted"), msg("Actual")),
    )
    axes = figure.axes[0]
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.lines[1].get_xydata().tolist() == [[0.1, 0.2], [0.4, 0.35]]


def test_targets_are_marked_only_where_there_are_any() -> None:
    frame = pd.DataFrame({"who": ["Li", "Wang"], "revenue": [90.0, 50.0], "target": [100.0, np.nan]})
    figure = draw(
        figures.draw_targets, frame, EN, name="who", value="revenue", target="target", titles=(msg("Net"), msg("Aim"))
    )
    marks = [segment[0, 0] for segment in figure.axes[0].collections[0].get_segments() if len(segment)]
    assert marks == [100.0]
    assert "Below target" in texts(figure)


def test_a_line_that_stops_is_named_where_it_stops() -> None:
    frame = pd.DataFrame({"month": ["a", "b", "c"], "now": [1.0, 2.0, 3.0], "before": [1.0, 5.0, np.nan]})
    series = [("now", msg("Now")), ("before", msg("Before"))]
    figure = draw(figures.draw_lines, frame, EN, x="month", series=series, show="count")
    assert {"Now 3", "Before 5"} <= set(texts(figure))


def test_panels_are_drawn_only_for_what_there_is() -> None:
    frame = pd.DataFrame({"measure": ["spend"] * 2, "at": [0.0, 500.0], "share": [0.7, 0.3]})
    titles = {"spend": msg("Spend"), "profit": msg("Profit")}
    figure = draw(
        figures.draw_panels,
        frame,
        EN,
        panel="measure",
        name="at",
        value="share",
        titles=titles,
        shows={"spend": "money"},
    )
    assert len(figure.axes) == 1


def test_dollars_stay_dollars() -> None:
    frame = pd.DataFrame({"name": ["$a$", "b_{2}"], "value": [1.0, 2.0]})
    figure = draw(figures.draw_rows, frame, Words("en", "USD"), name="name", value="value", show="money")
    assert {"$a$", "b_{2}", "$1"} <= set(texts(figure))
    assert not any(text.get_parse_math() for text in figure.findobj(Text))


def test_long_and_turned_names_are_shortened_and_kept_in_their_place() -> None:
    frame = pd.DataFrame({"name": ["x" * 300, "Li\u202eHua\u0000"], "value": [1.0, 2.0]})
    names = [
        label.get_text()
        for label in draw(figures.draw_rows, frame, EN, name="name", value="value").axes[0].get_yticklabels()
    ]
    assert names[0] == "x" * 33 + "…"
    assert names[1] == "LiHua"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_all_figures_have_the_house_width(language: str) -> None:
    audit = example_audit()
    frame = audit.table("by_weekday")
    figure = draw(figures.draw_columns, frame, Words(language), name="weekday", value="orders")
    assert figure.get_figwidth() == style.WIDTH


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12), st.floats(0.1, 50))
def test_spread_keeps_order_and_distance(positions: list[float], gap: float) -> None:
    placed = spread(positions, gap)
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    ordered = [placed[i] for i in order]
    assert all(b - a >= gap - 1e-6 for a, b in itertools.pairwise(ordered))
    assert np.mean(placed) == pytest.approx(np.mean(positions), abs=1e-6)


@given(st.text(max_size=60), st.integers(4, 30))
def test_a_shortened_name_fits(text: str, width: int) -> None:
    import unicodedata

    short = shorten(text, width)
    assert sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in short) <= max(width, 1)


def test_a_message_as_a_name_is_said() -> None:
    frame = pd.DataFrame({"who": [Message("Nobody")], "value": [1.0]})
    assert "Nobody" in texts(draw(figures.draw_rows, frame, EN, name="who", value="value"))


def test_trends_name_the_first_and_the_last_number_of_each_panel() -> None:
    frame = pd.DataFrame({"period": ["2024Q1", "2024Q2", "2024Q3"], "n": [12, 15, 14], "share": [None, 0.2, 0.25]})
    panels = (figures.Trend("n", msg("Customers"), "count"), figures.Trend("share", msg("Share"), "percent"))
    figure = draw(figures.draw_trends, frame, EN, x="period", trends=panels)
    assert [[label.get_text() for label in axes.texts] for axes in figure.axes] == [["12", "14"], ["20.0%", "25.0%"]]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["2024Q1", "2024Q3"]


def test_a_trend_of_nothing_says_so() -> None:
    frame = pd.DataFrame({"period": ["2024Q1"], "n": [None]})
    figure = draw(figures.draw_trends, frame, EN, x="period", trends=[figures.Trend("n", msg("Customers"), "count")])
    assert [label.get_text() for label in figure.axes[0].texts] == ["–"]
