import numpy as np
import pandas as pd
import pytest

from custinsight.clv import BGNBD, NBD, GammaGamma
from custinsight.errors import DataError

GOOD = {"frequency": [0, 1, 3], "recency": [0.0, 5.0, 30.0], "T": [39.0, 39.0, 39.0], "monetary_value": [0, 9.0, 5.0]}


@pytest.mark.parametrize(
    ("column", "row", "value", "said"),
    [
        ("recency", 0, 4.0, "recency must be 0 where frequency is 0, got 4 in row 0"),
        ("recency", 2, 40.0, "recency must be at most T, got 40 in row 2"),
        ("recency", 1, -1.0, "recency must not be negative, got -1 in row 1"),
        ("T", 1, -3.0, "T must not be negative, got -3 in row 1"),
        ("T", 1, np.nan, "T must be a number, got nan in row 1"),
        ("T", 2, np.inf, "T must be a number, got inf in row 2"),
        ("frequency", 1, -1, "frequency must be a whole number from 0 to 1,000,000, got -1 in row 1"),
        ("frequency", 1, 1.5, "frequency must be a whole number from 0 to 1,000,000, got 1.5 in row 1"),
        ("frequency", 1, "many", "frequency must be a number, got nan in row 1"),
    ],
)
@pytest.mark.parametrize("verb", ["fit", "ask"])
def test_impossible_values_are_named_with_column_and_row(column, row, value, said, verb):
    frame = pd.DataFrame(GOOD).astype(object)
    frame.loc[row, column] = value
    asked = NBD.from_params(r=1, alpha=1).probability_alive
    with pytest.raises(DataError, match=said):
        BGNBD().fit(frame) if verb == "fit" else asked(frame)


def test_missing_columns_are_named():
    with pytest.raises(DataError, match="must have the columns T; it has frequency, recency"):
        BGNBD().fit(pd.DataFrame({"frequency": [1], "recency": [2.0]}))


def test_only_one_time_buyers_cannot_be_fitted_to():
    base = pd.DataFrame({"frequency": [0, 0], "recency": [0, 0], "T": [3.0, 9.0], "monetary_value": [0, 0]})
    with pytest.raises(DataError, match="2 one-time buyers only"):
        BGNBD().fit(base)
    with pytest.raises(DataError, match="at least 3 customers"):
        GammaGamma().fit(base)


def test_nobody_at_all():
    with pytest.raises(DataError, match="at least one customer"):
        NBD().fit(pd.DataFrame(GOOD).head(0))


@pytest.mark.parametrize("weights", [[1, -1, 1], [1, np.nan, 1]])
def test_weights_must_count(weights):
    with pytest.raises(DataError, match=r"weights must be finite and not negative, got .* in row 1"):
        BGNBD().fit(pd.DataFrame(GOOD), weights=weights)


def test_rows_of_weight_zero_are_not_there():
    frame = pd.DataFrame(GOOD)
    more = pd.concat([frame, frame.assign(frequency=9)], ignore_index=True)
    model = NBD().fit(more.assign(recency=[0, 5, 30, 3, 5, 30]), weights=[1, 1, 1, 0, 0, 0])
    assert model.params_.tolist() == NBD().fit(frame).params_.tolist()
    with pytest.raises(DataError, match="at least one customer"):
        NBD().fit(frame, weights=[0, 0, 0])


@pytest.mark.parametrize("ahead", [-1.0, np.nan, [1.0, 2.0]])
def test_time_ahead_must_make_sense(ahead):
    with pytest.raises(DataError, match="time ahead must"):
        NBD.from_params(r=1, alpha=1).expected_purchases(pd.DataFrame(GOOD), ahead)


def test_parameters_must_be_all_there_and_positive():
    with pytest.raises(DataError, match="must have the parameters r, alpha"):
        NBD.from_params(r=1)
    with pytest.raises(DataError, match="BG/NBD must have the parameters"):
        BGNBD.from_params(r=-1, alpha=1, a=1, b=1)


@pytest.mark.parametrize("seed", range(12))
def test_three_customers_give_an_answer(seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 5, 3)
    x[0] = max(x[0], 1)
    base = pd.DataFrame({"frequency": x, "recency": np.where(x > 0, rng.uniform(0, 20, 3), 0), "T": 20.0})
    model = BGNBD().fit(base)
    assert np.isfinite(model.params_).all()
    assert np.isfinite(model.covariance_).all().all()
    assert np.isfinite(model.expected_purchases(base, 26)).all()


def test_a_customer_of_the_last_day_is_no_trouble(cdnow):
    today = pd.DataFrame({"customer_id": [0], "frequency": [0], "recency": [0.0], "T": [0.0], "monetary_value": [0.0]})
    model = BGNBD().fit(pd.concat([cdnow, today]))
    assert model.expected_purchases(today, 39)[0] == pytest.approx(model.expected_purchases_of_new(39))
