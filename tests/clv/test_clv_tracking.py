import numpy as np
import pandas as pd
import pytest

from custinsight.clv import (
    BGNBD,
    GammaGamma,
    alive_history,
    frequency_recency_matrix,
    lifetime_value,
    plots,
    track_purchases,
    value_distribution,
)
from custinsight.errors import DataError
from custinsight.words import Words

MODEL = BGNBD.from_params(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)


@pytest.fixture(scope="module")
def tracked(cdnow_log):
    lines = cdnow_log.rename(columns={"date": "doc_date", "amount": "amount_net"})
    lines = lines.assign(customer_id=lines["customer_id"].astype(str))
    return track_purchases(MODEL, lines, "1998-06-30")


def test_all_repeat_purchases_are_tracked(tracked, cdnow_log):
    repeats = len(cdnow_log) - cdnow_log["customer_id"].nunique()
    assert tracked["actual"].sum() == tracked["actual_total"].iloc[-1] == pytest.approx(repeats, abs=5)
    assert len(tracked) == 78
    assert tracked["expected_total"].is_monotonic_increasing


def test_the_published_tracking_holds(tracked):
    # Fader, Hardie and Lee (2005), figure 2: some 2 % off over the calibration period, below the actual later
    at_39 = tracked.set_index("step").loc[39]
    assert at_39["expected_total"] / at_39["actual_total"] == pytest.approx(1, abs=0.06)
    last = tracked.iloc[-1]
    assert last["expected_total"] / last["actual_total"] == pytest.approx(0.95, abs=0.06)


def test_the_matrix_agrees_with_the_model():
    matrix = frequency_recency_matrix(MODEL, T=39, t=13, most=3, recencies=3)
    assert len(matrix) == 1 + 3 * 3
    row = matrix.iloc[-1]
    asked = pd.DataFrame({"frequency": [3], "recency": [39.0], "T": [39.0]})
    assert row["probability_no_purchase"] == MODEL.probability_no_purchase(asked, 13)[0]


def test_hope_falls_between_purchases_and_returns_with_them():
    past = alive_history(MODEL, ["2024-01-01", "2024-01-20", "2024-06-01"], "2024-07-01").set_index("day")
    alive = past["probability_alive"]
    assert alive.iloc[0] == 1.0
    falling = alive.loc[pd.Timestamp("2024-01-21").date() : pd.Timestamp("2024-05-31").date()]
    assert falling.is_monotonic_decreasing
    assert alive.loc[pd.Timestamp("2024-06-01").date()] > falling.iloc[-1]
    with pytest.raises(DataError, match="at least one"):
        alive_history(MODEL, [], "2024-07-01")


def test_value_is_spread_as_it_is(cdnow):
    values = lifetime_value(MODEL, GammaGamma().fit(cdnow), cdnow)
    spread = value_distribution(values, classes=10)
    assert spread["customers"].sum() == len(cdnow)
    assert spread["share_of_value"].iloc[-1] == pytest.approx(1)
    assert (np.diff(spread["clv"]) < 0).all()


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_figures_are_drawn(tracked, language, cdnow):
    words = Words(language)
    figures = [
        plots.plot_tracking(tracked, words=words),
        plots.plot_tracking(tracked, cumulative=False, words=words),
        plots.plot_matrix(frequency_recency_matrix(MODEL, 39, 39, 4, 4), "probability_alive", words),
        plots.plot_alive(alive_history(MODEL, ["2024-01-01", "2024-02-01"], "2024-04-01"), words),
        plots.plot_calibration(pd.DataFrame({"predicted": [0.2, 0.7], "actual": [0.25, 0.6]}), words),
        plots.plot_values(value_distribution(pd.DataFrame({"clv": [3.0, 2.0, 1.0]}), 3), words),
    ]
    assert all(len(figure.axes[0].get_children()) > 3 and figure.axes[0].get_xlabel() for figure in figures)
