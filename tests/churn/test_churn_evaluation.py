import numpy as np
import pandas as pd
import pytest

from custinsight.churn import evaluate
from custinsight.errors import DataError


@pytest.fixture
def predictions():
    rng = np.random.default_rng(3)
    probability = rng.uniform(0, 1, 4_000)
    return pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(4_000)],
            "probability": probability,
            "is_silent": rng.uniform(0, 1, 4_000) < probability,
            "hiatus_days": 300 * probability + rng.normal(0, 60, 4_000),
        }
    )


def test_honest_probabilities_have_the_grades_they_must_have(predictions):
    grades = evaluate(predictions).metrics.set_index("model").loc["purchase_model"]
    # uniform honest forecasts: Brier 1/6, AUC 5/6
    assert grades["brier"] == pytest.approx(1 / 6, abs=0.01)
    assert grades["auc"] == pytest.approx(5 / 6, abs=0.015)
    assert grades["ece"] < 0.03


def test_grades_by_hand():
    frame = pd.DataFrame({"probability": [0.9, 0.6, 0.4], "is_silent": [True, False, True]})
    grades = evaluate(frame).metrics.iloc[0]
    assert grades["auc"] == 0.5
    assert grades["pr_auc"] == pytest.approx((1 + 2 / 3) / 2)
    assert grades["brier"] == pytest.approx((0.01 + 0.36 + 0.36) / 3)
    assert grades["ece"] == pytest.approx((0.1 + 0.6 + 0.6) / 3)


def test_silence_alone_is_ranked_and_without_probabilities_not_graded_further(predictions):
    rule = evaluate(predictions).metrics.set_index("model").loc["hiatus"]
    assert 0.6 < rule["auc"] < 5 / 6
    assert rule[["brier", "ece"]].isna().all()


def test_silence_alone_with_its_own_probabilities_is_graded_fully(predictions):
    rule = predictions["hiatus_days"].clip(0, 300) / 300
    grades = evaluate(predictions.assign(hiatus_probability=rule)).metrics.set_index("model")
    assert grades.loc["hiatus", "brier"] > grades.loc["purchase_model", "brier"]


def test_the_calibration_counts_everybody(predictions):
    table = evaluate(predictions).calibration
    assert table["decile"].tolist() == list(range(1, 11))
    assert table["customers"].tolist() == [400] * 10
    assert (table["predicted"] - table["actual"]).abs().max() < 0.08
    assert table["predicted"].is_monotonic_decreasing


def test_outcomes_may_be_given_apart(predictions):
    outcomes = predictions[["customer_id", "is_silent"]].sample(frac=1, random_state=1)
    apart = evaluate(predictions.drop(columns="is_silent"), outcomes)
    pd.testing.assert_frame_equal(apart.metrics, evaluate(predictions).metrics)


@pytest.mark.parametrize("outcome", [True, False])
def test_one_outcome_only_gives_no_ranking(predictions, outcome):
    grades = evaluate(predictions.assign(is_silent=outcome)).metrics
    assert grades[["auc", "pr_auc"]].isna().all().all()
    assert grades["brier"].notna()[0]


def test_nobody_to_compare_with(predictions):
    with pytest.raises(DataError, match="at least one customer"):
        evaluate(predictions, pd.DataFrame({"customer_id": ["else"], "is_silent": [True]}))
    with pytest.raises(DataError, match="must have the columns is_silent"):
        evaluate(predictions.drop(columns="is_silent"))
