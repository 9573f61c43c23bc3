"""Published values on the CDNOW one-tenth sample.

Fader, Hardie and Lee (2005), Tables 2 and 3; Hardie's notes 004 and 025; the BTYD walkthrough; CLVTools' tests.
"""

import numpy as np
import pandas as pd
import pytest

from custinsight.clv import BGNBD, GammaGamma


@pytest.fixture(scope="module")
def model(cdnow):
    return BGNBD().fit(cdnow)


@pytest.fixture(scope="module")
def spend(cdnow):
    return GammaGamma().fit(cdnow)


def test_bgnbd_parameters(model):
    assert model.params_.round(3).to_dict() == {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    assert model.params_.to_numpy() == pytest.approx([0.2425945, 4.4136019, 0.7929199, 2.4258881], rel=1e-5)
    assert model.n_customers_ == 2357
    assert model.identified_
    assert model.limit_ == ""


def test_bgnbd_log_likelihood(model, cdnow):
    assert model.log_likelihood_ == pytest.approx(-9582.429, abs=5e-4)
    assert model.log_likelihood(cdnow) == pytest.approx(model.log_likelihood_, abs=1e-6)
    ones = BGNBD.from_params(r=1, alpha=1, a=1, b=1)
    assert ones.log_likelihood(cdnow) == pytest.approx(-13887.7, abs=0.05)


def test_bgnbd_standard_errors(model):
    assert model.standard_errors_.round(4).tolist() == [0.0126, 0.3782, 0.1857, 0.7054]


def test_expected_purchases_of_a_new_customer(model):
    assert model.expected_purchases_of_new(52) == pytest.approx(1.444004, abs=2e-5)


def test_conditional_expectations(model):
    bought_twice = pd.DataFrame({"frequency": [2], "recency": [30 + 3 / 7], "T": [38 + 6 / 7]})
    bought_often = pd.DataFrame({"frequency": [26], "recency": [30 + 6 / 7], "T": [31]})
    assert model.expected_purchases(bought_twice, 39)[0] == pytest.approx(1.226, abs=5e-4)
    assert model.expected_purchases(bought_often, 52)[0] == pytest.approx(25.75659, rel=1e-4)
    assert model.probability_alive(bought_often)[0] == pytest.approx(0.9688523, abs=5e-6)


def test_more_purchases_can_mean_less_hope(model):
    same_silence = pd.DataFrame({"frequency": [10, 15, 20, 25], "recency": 20.0, "T": 39.0})
    published = [0.3474606, 0.04283391, 0.004158973, 0.0003583685]
    assert model.expected_purchases(same_silence, 52).to_numpy() == pytest.approx(published, rel=3e-4)


def test_holdout_means_by_frequency(model, cdnow):
    expected = model.expected_purchases(cdnow, 39)
    assert expected.sum() == pytest.approx(1653.41, abs=0.01)
    means = expected.groupby(cdnow["frequency"]).mean()
    assert means[0] == pytest.approx(0.23, abs=0.005)
    assert means[3] == pytest.approx(1.52, abs=0.005)


def test_gamma_gamma_parameters(spend):
    assert spend.params_.round(2).to_dict() == {"p": 6.25, "q": 3.74, "gamma": 15.44}
    assert spend.n_customers_ == 946


def test_gamma_gamma_log_likelihood(spend, cdnow):
    assert spend.log_likelihood_ == pytest.approx(-4055.9177, abs=5e-5)
    again = cdnow.loc[cdnow["frequency"] > 0, "frequency"]
    assert spend.log_likelihood_ - np.log(again).sum() == pytest.approx(-4659, abs=0.5)


def test_gamma_gamma_mean_spend_is_near_the_sample_mean(spend, cdnow):
    unknown = pd.DataFrame({"frequency": [0], "monetary_value": [0.0]})
    again = cdnow[cdnow["frequency"] > 0]
    assert abs(spend.expected_spend(unknown)[0] - again["monetary_value"].mean()) == pytest.approx(0.09, abs=0.005)
