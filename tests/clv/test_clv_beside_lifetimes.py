"""The same numbers as lifetimes, where both can."""

import warnings

import numpy as np
import pandas as pd
import pytest

from custinsight.clv import BGNBD, GammaGamma


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
