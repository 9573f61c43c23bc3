import numpy as np
import pandas as pd
import pytest

from custinsight.clv import BGNBD, holdout, holdout_of
from custinsight.clv.metrics import brier, calibration_error, calibration_table, mass_bins
from custinsight.errors import DataError


@pytest.fixture(scope="module")
def tested(cdnow, cdnow_holdout):
    return holdout(cdnow, cdnow_holdout, holdout_days=273)


def test_published_holdout_of_cdnow(tested):
    metrics = tested.metrics
    assert metrics["actual_total"] == 1882
    assert metrics["predicted_total"] == pytest.approx(1653.41, abs=0.01)
    assert metrics["correlation"] == pytest.approx(0.626, abs=5e-4)
    by_frequency = tested.by_frequency.set_index("frequency")
    assert by_frequency.loc[0, "customers"] == 1411
    assert by_frequency.loc[0, "actual"] * 1411 == pytest.approx(334)
    assert by_frequency.index.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]


def test_errors_are_as_small_as_measured_before(tested):
    measured = {"mae": 0.785, "rmse": 1.608, "bias": -0.121, "brier": 0.161, "ece": 0.054}
    assert tested.metrics[list(measured)].to_dict() == pytest.approx(measured, abs=1.5e-3)
    assert tested.metrics["naive_bias"] == pytest.approx(0.557, abs=1e-3)


def test_most_customers_spend_within_their_interval(tested):
    assert tested.metrics["coverage"] > 0.9
    assert tested.metrics["spend_bias"] == pytest.approx(-0.156, abs=2e-3)


def test_the_parts_count_all_customers(tested, cdnow):
    for frame in (tested.by_frequency, tested.calibration):
        assert frame["customers"].sum() == len(cdnow)
    assert tested.customers["customer_id"].tolist() == cdnow["customer_id"].tolist()
    weighted = np.average(tested.calibration["actual"], weights=tested.calibration["customers"])
    assert weighted == pytest.approx(tested.customers["is_silent"].mean())
    assert tested.calibration["predicted"].is_monotonic_decreasing


def test_who_is_missing_bought_nothing_and_who_is_new_is_left_out(cdnow):
    bought = pd.DataFrame({"customer_id": [cdnow["customer_id"][0], -1], "purchases": [4, 9]})
    result = holdout(cdnow, bought, holdout_days=273)
    assert result.metrics["actual_total"] == 4
    assert "coverage" not in result.metrics


def test_a_fitted_model_is_taken_as_it_is(cdnow, cdnow_holdout):
    model = BGNBD.from_params(r=1, alpha=10, a=1, b=3)
    result = holdout(cdnow, cdnow_holdout, holdout_days=273, model=model)
    assert result.customers["predicted"].tolist() == model.expected_purchases(cdnow, 39).tolist()


def test_the_holdout_must_last(cdnow, cdnow_holdout):
    with pytest.raises(DataError, match="longer than 0 days"):
        holdout(cdnow, cdnow_holdout, holdout_days=0)


def test_transactions_give_the_same_test(cdnow_log, tested):
    lines = cdnow_log.rename(columns={"date": "doc_date", "amount": "amount_net"})
    lines["customer_id"] = lines["customer_id"].astype(str).str.zfill(5)
    result = holdout_of(lines, end="1998-06-30", holdout_days=273)
    assert result.metrics.to_dict() == pytest.approx(tested.metrics.to_dict(), rel=1e-6)
    assert "hiatus_probability" not in result.customers


def test_silence_alone_is_judged_from_the_window_before(cdnow_log):
    lines = cdnow_log.rename(columns={"date": "doc_date", "amount": "amount_net"})
    rule = holdout_of(lines, end="1998-06-30", holdout_days=182).customers
    by_silence = rule.sort_values("hiatus_days")["hiatus_probability"]
    assert by_silence.is_monotonic_increasing
    assert by_silence.between(0, 1).all()


def test_equal_forecasts_share_a_bin():
    bins = mass_bins(np.array([0.2, 0.1, 0.2, 0.2, 0.9]), 5)
    assert bins[0] == bins[2] == bins[3]
    assert bins.max() == 4
    assert bins[1] == 0


def test_a_perfect_forecast_has_no_error():
    outcome = np.array([0, 1, 1, 0, 1])
    assert brier(outcome.astype(float), outcome) == 0
    assert calibration_error(outcome.astype(float), outcome) == 0


def test_calibration_of_constant_forecasts():
    table = calibration_table(np.full(8, 0.25), np.array([1, 0, 0, 0, 1, 1, 0, 0]))
    assert table["customers"].tolist() == [8]
    assert calibration_error(np.full(8, 0.25), np.array([1, 0, 0, 0, 1, 1, 0, 0])) == pytest.approx(0.125)
