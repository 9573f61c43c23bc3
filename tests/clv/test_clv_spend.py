import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from custinsight.clv import GammaGamma
from custinsight.clv.spend import _objective


def test_parameters_are_recovered():
    rng = np.random.default_rng(4)
    n = 8_000
    x = rng.integers(1, 9, n)
    rate = rng.gamma(3.74, 1 / 15.44, n)
    model = GammaGamma().fit(pd.DataFrame({"frequency": x, "monetary_value": rng.gamma(6.25 * x, 1 / rate) / x}))
    assert (np.abs(model.params_ - [6.25, 3.74, 15.44]) < 3.5 * model.standard_errors_).all()


def test_the_gradient():
    x, m = np.array([1.0, 2.0, 5.0, 5.0]), np.array([0.4, 2.0, 0.9, 1.3])
    objective, theta, step = _objective(x, m, np.full(4, 0.25)), np.log([2.0, 1.5, 0.7]), 1e-6
    slopes = [(objective(theta + step * e)[0] - objective(theta - step * e)[0]) / (2 * step) for e in np.eye(3)]
    assert objective(theta)[1] == pytest.approx(slopes, abs=1e-8)


def test_spend_is_shrunk_towards_the_others_the_more_the_less_is_known():
    model = GammaGamma.from_params(p=6.25, q=3.74, gamma=15.44)
    base = pd.DataFrame({"frequency": [0, 1, 5, 100], "monetary_value": [0.0, 80.0, 80.0, 80.0]})
    expected = model.expected_spend(base)
    assert expected[0] == pytest.approx(6.25 * 15.44 / 2.74)
    assert expected.is_monotonic_increasing
    assert expected[3] == pytest.approx(80, rel=0.01)


def test_the_currency_only_scales_gamma(cdnow):
    model = GammaGamma().fit(cdnow)
    cents = GammaGamma().fit(cdnow.assign(monetary_value=cdnow["monetary_value"] * 100))
    assert cents.params_.to_numpy() == pytest.approx(model.params_.to_numpy() * [1, 1, 100], rel=1e-7)


def test_what_stands_beside_one_time_buyers_is_not_looked_at(cdnow):
    unknown = cdnow["monetary_value"].where(cdnow["frequency"] > 0)
    model = GammaGamma().fit(cdnow.assign(monetary_value=unknown))
    assert model.params_.tolist() == GammaGamma().fit(cdnow).params_.tolist()
    assert model.expected_spend(cdnow.assign(monetary_value=unknown)).notna().all()


def test_customers_whose_returns_outweigh_are_left_out_and_counted(cdnow):
    row = pd.DataFrame({"customer_id": [9], "frequency": [2], "recency": [1.0], "T": [3.0], "monetary_value": [-5.0]})
    model = GammaGamma().fit(pd.concat([cdnow, row], ignore_index=True))
    assert model.n_left_out_ == 1
    assert 0 < model.expected_spend(row)[0] < model.expected_spend(row.assign(frequency=0))[0]


def test_an_infinite_mean_is_recognised():
    rng = np.random.default_rng(1)
    spend = 10 / rng.gamma(0.6, 1.0, 4_000) * rng.gamma(3.0, 1.0, 4_000)
    model = GammaGamma().fit(pd.DataFrame({"frequency": 1, "monetary_value": spend}))
    assert not model.identified_
    assert model.limit_ == "infinite_mean"
    newcomer = pd.DataFrame({"frequency": [0], "monetary_value": [0.0]})
    assert model.expected_spend(newcomer)[0] == pytest.approx(spend.mean())


@pytest.mark.parametrize("spend", [[10.0] * 5, [1e9, 1.0, 2.0, 3.0, 4.0]])
def test_odd_spends_give_finite_answers(spend):
    base = pd.DataFrame({"frequency": [1, 2, 3, 4, 5], "monetary_value": spend})
    assert np.isfinite(GammaGamma().fit(base).expected_spend(base)).all()


def test_scikit_learn_conventions(cdnow):
    model = GammaGamma()
    assert model.fit(cdnow) is model
    assert not hasattr(clone(model), "params_")
