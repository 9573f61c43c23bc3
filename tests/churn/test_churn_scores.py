import numpy as np
import pandas as pd
import pytest

from custinsight.churn import score
from custinsight.clv import BGNBD
from custinsight.errors import DataError

MODEL = BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
SUMMARY = pd.DataFrame(
    {"customer_id": ["x", "y", "z"], "frequency": [0, 2, 6], "recency": [0.0, 30.0, 36.0], "T": [39.0, 39.0, 39.0]}
)


def test_one_row_per_customer_with_days_in_days():
    scores = score(MODEL, SUMMARY, 90)
    assert list(scores.columns) == [
        "customer_id",
        "probability",
        "hiatus_days",
        "usual_gap_days",
        "expected_margin",
        "value_at_stake",
    ]
    assert scores["hiatus_days"].tolist() == [273, 63, 21]
    assert scores["usual_gap_days"].tolist()[1:] == [105, 42]
    assert np.isnan(scores["usual_gap_days"][0])


def test_the_probability_is_that_of_no_purchase_and_not_of_death():
    scores = score(MODEL, SUMMARY, 91)
    assert scores["probability"].tolist() == MODEL.probability_no_purchase(SUMMARY, 13).tolist()
    # a one-time buyer is alive for certain under BG/NBD, and is still the likeliest not to buy
    assert scores["probability"].idxmax() == 0
    assert MODEL.probability_alive(SUMMARY)[0] == 1


def test_the_unit_of_the_summary_does_not_change_the_answer():
    days = SUMMARY.assign(recency=SUMMARY["recency"] * 7, T=SUMMARY["T"] * 7)
    in_days = BGNBD.from_params(r=0.243, alpha=4.414 * 7, a=0.793, b=2.426)
    weekly, daily = score(MODEL, SUMMARY, 90), score(in_days, days, 90, unit="D")
    pd.testing.assert_frame_equal(weekly, daily)


@pytest.mark.parametrize(
    "given",
    [
        [10.0, 20.0, 30.0],
        pd.DataFrame({"customer_id": ["z", "x", "y", "w"], "expected_margin": [30.0, 10.0, 20.0, 99.0]}),
    ],
)
def test_value_at_stake_is_probability_times_margin(given):
    scores = score(MODEL, SUMMARY, 90, expected_margin=given)
    assert scores["expected_margin"].tolist() == [10, 20, 30]
    assert scores["value_at_stake"].tolist() == (scores["probability"] * [10, 20, 30]).tolist()


def test_without_a_margin_no_value_is_pretended():
    assert score(MODEL, SUMMARY, 90)[["expected_margin", "value_at_stake"]].isna().all().all()


@pytest.mark.parametrize("days", [0, -3, float("nan")])
def test_the_horizon_must_last(days):
    with pytest.raises(DataError, match="horizon must be longer"):
        score(MODEL, SUMMARY, days)


def test_margins_must_fit_the_customers():
    with pytest.raises(DataError, match=r"one per row of the summary \(3\)"):
        score(MODEL, SUMMARY, 90, expected_margin=[1.0, 2.0])
    with pytest.raises(DataError, match="must have the columns expected_margin"):
        score(MODEL, SUMMARY, 90, expected_margin=SUMMARY)
