"""Published values of the models beside BG/NBD.

Pareto/NBD: Fader, Hardie and Lee (2005); the BTYD walkthrough; CLVTools' tests. BG/BB: Fader, Hardie and Shang (2010).
sBG: Fader and Hardie (2007) and their note on several cohorts.
"""

import numpy as np
import pandas as pd
import pytest

from custinsight.clv import BGBB, MBGNBD, SBG, ParetoNBD

DONORS = """0 0 3464|1 1 1091|1 2 277|1 3 129|1 4 78|1 5 119|1 6 129|2 2 613|2 3 255|2 4 155|2 5 173|2 6 234|3 3 322
3 4 181|3 5 225|3 6 357|4 4 240|4 5 284|4 6 512|5 5 335|5 6 728|6 6 1203"""
CRUISES = "4 4 18|3 4 66|2 4 98|1 4 216|3 3 34|2 3 180|1 3 292|2 2 64|1 2 342|1 1 302|0 0 4482"


def occasions(text: str, n: int) -> pd.DataFrame:
    rows = [[int(part) for part in row.split()] for row in text.replace("\n", "|").split("|")]
    return pd.DataFrame(rows, columns=["frequency", "recency", "customers"]).assign(T=n)


@pytest.fixture(scope="module")
def pareto(cdnow):
    return ParetoNBD().fit(cdnow)


@pytest.fixture(scope="module")
def donors():
    return BGBB().fit(occasions(DONORS, 6), weights="customers")


def test_paretonbd_parameters(pareto):
    assert pareto.params_.round(3).to_dict() == {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
    assert pareto.log_likelihood_ == pytest.approx(-9594.976, abs=5e-4)
    published = [0.0476264, 0.8427222, 0.1872594, 6.2105448]
    assert pareto.standard_errors_.to_numpy() == pytest.approx(published, rel=2e-4)
    assert pareto.identified_


def test_paretonbd_forecasts(pareto, cdnow):
    often = pd.DataFrame({"frequency": [26], "recency": [30 + 6 / 7], "T": [31]})
    assert pareto.expected_purchases_of_new(52) == pytest.approx(1.473434, abs=2e-6)
    assert pareto.probability_alive(often)[0] == pytest.approx(0.997874, abs=1e-6)
    expected = pareto.expected_purchases(cdnow, 39)
    means = expected.groupby(cdnow["frequency"]).mean()
    assert expected.sum() == pytest.approx(1665.51, abs=0.01)
    assert means[0] == pytest.approx(0.14, abs=0.005)
    assert means[3] == pytest.approx(1.71, abs=0.005)
    of_three = expected[cdnow["frequency"] == 3]
    assert [of_three.min(), of_three.max()] == pytest.approx([0.09, 2.84], abs=0.005)


def test_paretonbd_forecast_is_that_of_exact_arithmetic_at_the_published_parameters():
    model = ParetoNBD.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669)
    often = pd.DataFrame({"frequency": [26], "recency": [30 + 6 / 7], "T": [31]})
    # by quadrature with 40 digits
    assert model.expected_purchases(often, 52)[0] == pytest.approx(25.457338440579885, rel=1e-13)
    assert model.probability_alive(often)[0] == pytest.approx(0.9978742606099414, rel=1e-13)


def test_paretonbd_printed_forecast_stems_from_a_search_that_stopped_beside_the_maximum(pareto, cdnow):
    # the print has 25.45647; the likelihood's own maximum has 25.45518, by exact arithmetic too
    often = pd.DataFrame({"frequency": [26], "recency": [30 + 6 / 7], "T": [31]})
    beside = ParetoNBD.from_params(r=0.55327811, alpha=10.5777189, s=0.60605192, beta=11.66269872)
    assert beside.expected_purchases(often, 52)[0] == pytest.approx(25.45647, abs=5e-6)
    assert beside.expected_purchases_of_new(52) == pytest.approx(1.473434, abs=5e-7)
    assert beside.probability_alive(often)[0] == pytest.approx(0.997874, abs=5e-7)
    assert pareto.expected_purchases(often, 52)[0] == pytest.approx(25.455183503522848, rel=1e-7)
    assert 0 < pareto.log_likelihood_ - beside.log_likelihood(cdnow) < 1e-6


def test_paretonbd_more_purchases_can_mean_less_hope(pareto):
    same_silence = pd.DataFrame({"frequency": [10, 15, 20, 25], "recency": 20.0, "T": 39.0})
    measured = [0.70589, 0.14415, 0.02249, 0.0030901]
    assert pareto.expected_purchases(same_silence, 52).to_numpy() == pytest.approx(measured, rel=2e-4)


def test_paretonbd_of_hundreds_of_purchases_stays_finite():
    model = ParetoNBD.from_params(r=0.5143, alpha=2.8845, s=0.2856, beta=14.1087)
    base = pd.DataFrame(
        {
            "frequency": [221, 254, 161, 204],
            "recency": [103.42857, 97.14286, 94.71429, 98.57143],
            "T": [103.57143, 97.28571, 98.0, 99.42857],
        }
    )
    alive = model.probability_alive(base)
    assert alive.between(0.5, 1).all()
    assert np.isfinite(model.expected_purchases(base, 52)).all()
    assert np.isfinite(model.log_likelihood(base))


def test_paretonbd_and_bgnbd_agree_on_who_is_better(pareto, cdnow, cdnow_holdout):
    from custinsight.clv import BGNBD

    ours, other = (model.expected_purchases(cdnow, 39) for model in (pareto, BGNBD().fit(cdnow)))
    assert np.corrcoef(ours, other)[0, 1] == pytest.approx(0.996, abs=5e-4)
    bought = cdnow_holdout.set_index("customer_id")["purchases"].reindex(cdnow["customer_id"]).fillna(0)
    assert np.corrcoef(ours, bought)[0, 1] == pytest.approx(0.63, abs=5e-3)


def test_mbgnbd_parameters(cdnow):
    model = MBGNBD().fit(cdnow)
    assert model.params_.to_numpy() == pytest.approx([0.52484, 6.18309, 0.89136, 1.614], abs=2e-5)
    assert model.log_likelihood_ == pytest.approx(-9582.1357, abs=1e-4)
    assert model.expected_purchases(cdnow, 39).sum() == pytest.approx(1576.73, abs=0.01)
    assert model.probability_alive(cdnow).mean() == pytest.approx(0.448721, abs=1e-6)


def test_bgbb_of_donors(donors):
    assert donors.params_.to_numpy() == pytest.approx([1.203528, 0.749726, 0.6567808, 2.783796], rel=2e-4)
    assert donors.log_likelihood_ == pytest.approx(-33225.58, abs=5e-3)
    assert donors.n_customers_ == 11_104
    assert donors.expected_purchases_of_new(10) == pytest.approx(3.179805, abs=5e-5)
    asked = pd.DataFrame({"frequency": [0, 4], "recency": [0, 5], "T": 6})
    assert donors.expected_purchases(asked, 10).to_numpy() == pytest.approx([0.1302169, 3.627858], rel=5e-5)
    more = pd.DataFrame({"frequency": [0, 1, 2, 4, 6], "recency": [0, 6, 6, 5, 6], "T": 6})
    assert donors.expected_purchases(more, 5).round(2).tolist() == [0.07, 1.15, 1.67, 2.03, 3.75]


def test_bgbb_of_cruises():
    base = occasions(CRUISES, 4)
    model = BGBB().fit(base, weights="customers")
    assert model.log_likelihood_ == pytest.approx(-7130.7, abs=0.05)
    assert model.params_[["alpha", "beta"]].round(2).tolist() == [0.66, 5.19]
    # gamma and delta lie on a ridge: their ratio is known, their size is not
    assert not model.identified_
    published = [0.92, 0.92, 0.92, 0.92, 0.79, 0.81, 0.82, 0.68, 0.72, 0.61, 0.60]
    assert model.probability_alive(base).to_numpy() == pytest.approx(published, abs=6e-3)
    printed = BGBB.from_params(alpha=0.66, beta=5.19, gamma=173.76, delta=1882.93)
    assert printed.log_likelihood(base, "customers") == pytest.approx(-7130.7, abs=0.1)
    assert printed.probability_alive(base).to_numpy() == pytest.approx(published, abs=6e-3)


@pytest.mark.parametrize(
    ("kept", "params", "log_likelihood"),
    [
        ([1000, 869, 743, 653, 593, 551, 517, 491], [0.668, 3.806], -1611.2),
        ([1000, 631, 468, 382, 326, 289, 262, 241], [0.704, 1.182], -1680.27),
    ],
)
def test_sbg_of_one_cohort(kept, params, log_likelihood):
    model = SBG().fit(SBG.summary_of(kept), weights="customers")
    assert model.params_.round(3).tolist() == params
    assert model.log_likelihood_ == pytest.approx(log_likelihood, abs=0.05)


def test_sbg_likelihood_away_from_the_best():
    kept = SBG.summary_of([1000, 869, 743, 653, 593, 551, 517, 491])
    ones, hundredths = (SBG.from_params(alpha=v, beta=v).log_likelihood(kept, "customers") for v in (1.0, 0.01))
    assert [ones, hundredths] == pytest.approx([-2115.5, -2741.7], abs=0.05)


def test_sbg_of_several_cohorts():
    kept = [10_000, 8_000, 6_480, 5_307, 4_391]
    cohorts = pd.concat([SBG.summary_of(kept[:n]) for n in (2, 3, 4, 5)])
    model = SBG().fit(cohorts, weights="customers")
    assert model.params_.round(2).tolist() == [3.80, 15.19]
