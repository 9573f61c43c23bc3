"""The same numbers as lifetimes, where both can."""

import warnings

import numpy as np
import pandas as pd
import pytest

from custinsight.clv import BGBB, BGNBD, MBGNBD, GammaGamma, ParetoNBD


@pytest.fixture(scope="module")
def lifetimes():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import lifetimes
    return lifetimes


@pytest.mark.parametrize("end", ["1997-06-30", "1997-09-30", "1998-06-30"])
def test_bgnbd_parameters_and_likelihood(lifetimes, summary_at, end):
    summary = summary_at(end)
    theirs = lifetimes.BetaGeoFitter().fit(summary["frequency"], summary["recency"], summary["T"], tol=1e-7)
    ours = BGNBD().fit(summary)
    assert ours.params_.to_numpy() == pytest.approx(theirs.params_.to_numpy(), rel=1e-5)
    assert ours.log_likelihood_ >= ours.from_params(**theirs.params_).log_likelihood(summary) - 1e-8
    assert ours.standard_errors_.to_numpy() == pytest.approx(theirs.standard_errors_.to_numpy(), rel=1e-3)


def test_bgnbd_forecasts(lifetimes, cdnow):
    ours = BGNBD().fit(cdnow)
    theirs = ours.to_lifetimes()
    triple = (cdnow["frequency"], cdnow["recency"], cdnow["T"])
    assert ours.expected_purchases(cdnow, 39).to_numpy() == pytest.approx(
        np.asarray(theirs.conditional_expected_number_of_purchases_up_to_time(39, *triple)), rel=1e-9
    )
    assert ours.probability_alive(cdnow).to_numpy() == pytest.approx(
        np.asarray(theirs.conditional_probability_alive(*triple)), rel=1e-9
    )
    assert theirs.predict(39, 2, 30, 39) == pytest.approx(
        ours.expected_purchases(pd.DataFrame({"frequency": [2], "recency": [30], "T": [39]}), 39)[0]
    )


def test_gamma_gamma(lifetimes, cdnow):
    again = cdnow[cdnow["frequency"] > 0]
    theirs = lifetimes.GammaGammaFitter().fit(again["frequency"], again["monetary_value"], tol=1e-7)
    ours = GammaGamma().fit(cdnow)
    assert ours.params_.to_numpy() == pytest.approx(theirs.params_.to_numpy(), rel=1e-5)
    expected = ours.to_lifetimes().conditional_expected_average_profit(cdnow["frequency"], cdnow["monetary_value"])
    assert ours.expected_spend(cdnow).to_numpy() == pytest.approx(np.asarray(expected), rel=1e-9)


@pytest.mark.parametrize("penalizer", [0.0, 0.01])
@pytest.mark.parametrize(
    ("ours", "fitter"),
    [(BGNBD, "BetaGeoFitter"), (MBGNBD, "ModifiedBetaGeoFitter"), (ParetoNBD, "ParetoNBDFitter")],
)
def test_models_with_and_without_a_penalty(lifetimes, cdnow, ours, fitter, penalizer):
    triple = (cdnow["frequency"], cdnow["recency"], cdnow["T"])
    # theirs weighs the penalty of Pareto/NBD against the sum over customers, of the others against the mean
    weight = penalizer * (len(cdnow) if ours is ParetoNBD else 1)
    theirs = getattr(lifetimes, fitter)(penalizer_coef=weight).fit(*triple, tol=1e-8)
    model = ours(penalizer=penalizer).fit(cdnow)
    # their Pareto/NBD stops its search, without a gradient, at 1e-4 of the parameters
    close = 2e-3 if ours is ParetoNBD else 1e-5
    assert model.params_.to_numpy() == pytest.approx(theirs.params_.to_numpy(), rel=close)
    given = model.to_lifetimes()
    assert model.probability_alive(cdnow).to_numpy() == pytest.approx(
        np.asarray(given.conditional_probability_alive(*triple)), rel=1e-6
    )
    expected = np.asarray(given.conditional_expected_number_of_purchases_up_to_time(39, *triple))
    # for some parameters lifetimes has no number for one-time buyers
    known = np.isfinite(expected)
    assert known[cdnow["frequency"] > 0].all()
    assert model.expected_purchases(cdnow, 39).to_numpy()[known] == pytest.approx(expected[known], rel=1e-5)


def test_gamma_gamma_with_a_penalty(lifetimes, cdnow):
    again = cdnow[cdnow["frequency"] > 0]
    theirs = lifetimes.GammaGammaFitter(penalizer_coef=0.001).fit(again["frequency"], again["monetary_value"], tol=1e-8)
    assert GammaGamma(penalizer=0.001).fit(cdnow).params_.to_numpy() == pytest.approx(
        theirs.params_.to_numpy(), rel=1e-5
    )


def test_bgbb(lifetimes):
    from lifetimes.datasets import load_donations

    base = load_donations().rename(columns={"periods": "T", "weights": "n"})
    theirs = lifetimes.BetaGeoBetaBinomFitter().fit(base["frequency"], base["recency"], base["T"], base["n"])
    model = BGBB().fit(base, weights="n")
    assert model.log_likelihood_ >= model.from_params(**theirs.params_).log_likelihood(base, "n") - 1e-6
    assert model.params_.to_numpy() == pytest.approx(theirs.params_.to_numpy(), rel=1e-3)
    given = model.to_lifetimes()
    expected = given.conditional_expected_number_of_purchases_up_to_time(
        5, base["frequency"], base["recency"], base["T"]
    )
    assert model.expected_purchases(base, 5).to_numpy() == pytest.approx(np.asarray(expected), rel=1e-6)
