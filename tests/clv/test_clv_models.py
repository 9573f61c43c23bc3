"""What holds for every purchase model, whatever it assumes."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import hyperu
from sklearn.base import clone

from custinsight.clv import BGBB, BGNBD, MBGNBD, NBD, SBG, GammaGamma, ParetoNBD, from_json
from custinsight.clv.paretonbd import _stopping
from custinsight.clv.summaries import Triples, read_triples
from custinsight.errors import DataError

PUBLISHED = [
    NBD.from_params(r=0.385, alpha=12.07),
    BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426),
    MBGNBD.from_params(r=0.525, alpha=6.183, a=0.891, b=1.614),
    ParetoNBD.from_params(r=0.553, alpha=10.578, s=0.606, beta=11.669),
]
OCCASIONAL = [
    BGBB.from_params(alpha=1.204, beta=0.75, gamma=0.657, delta=2.783),
    SBG.from_params(alpha=0.668, beta=3.806),
]
named = pytest.mark.parametrize("model", PUBLISHED, ids=lambda model: model.name)


def customers(*triples: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(triples, columns=["frequency", "recency", "T"])


SOME = customers((0, 0, 39), (1, 2, 30), (4, 30, 32), (40, 38, 39), (0, 0, 0))


def simulate_pareto(n, seed=3, weeks=100, r=0.8, alpha=8.0, s=0.7, beta=20.0, effect=0.0):
    rng = np.random.default_rng(seed)
    z = rng.integers(0, 2, n)
    T = rng.integers(20, weeks * 7, n) / 7
    rate = rng.gamma(r, 1 / alpha, n) * np.exp(effect * z)
    life = rng.exponential(1 / rng.gamma(s, np.exp(-effect * z) ** -1 / beta, n))
    seen = np.minimum(T, life)
    x = rng.poisson(rate * seen)
    recency = np.where(x > 0, seen * rng.random(n) ** (1 / np.maximum(x, 1)), 0.0)
    return pd.DataFrame({"frequency": x, "recency": recency, "T": T, "z": z})


@named
@pytest.mark.parametrize("covariates", [(), ("z",)])
def test_gradients(model, covariates, cdnow):
    fresh = type(model)(covariates=covariates, penalizer=0.02)
    objective = fresh._objective(read_triples(cdnow.assign(z=cdnow["T"] % 3), None, covariates))
    theta = np.log([0.3, 5.0, 0.6, 2.0])[: len(model._names)]
    theta = np.concatenate([theta, np.linspace(0.1, -0.2, len(fresh._all_names()) - len(theta))])
    step = 1e-6
    slopes = [
        (objective(theta + step * e)[0] - objective(theta - step * e)[0]) / (2 * step) for e in np.eye(len(theta))
    ]
    assert objective(theta)[1] == pytest.approx(slopes, abs=1e-7)


@pytest.mark.parametrize("model", OCCASIONAL, ids=lambda model: model.name)
def test_gradients_at_occasions(model):
    base = customers((0, 0, 6), (2, 2, 6), (3, 3, 3), (1, 1, 4))
    objective = model._objective(read_triples(base))
    theta, step = np.log([0.3, 5.0, 0.6, 2.0])[: len(model._names)], 1e-6
    slopes = [
        (objective(theta + step * e)[0] - objective(theta - step * e)[0]) / (2 * step) for e in np.eye(len(theta))
    ]
    assert objective(theta)[1] == pytest.approx(slopes, abs=1e-7)


@named
def test_no_purchase_is_a_ratio_of_likelihoods(model):
    for triple in [(0, 0, 39), (1, 2, 30), (7, 30, 32)]:
        now, later = customers(triple), customers((triple[0], triple[1], triple[2] + 13))
        ratio = np.exp(model.log_likelihood(later) - model.log_likelihood(now))
        assert model.probability_no_purchase(now, 13)[0] == pytest.approx(ratio, rel=1e-10)


@pytest.mark.parametrize("model", [*PUBLISHED, *OCCASIONAL], ids=lambda model: model.name)
def test_the_distribution_has_the_mean_and_the_lump(model):
    base = customers((0, 0, 4), (2, 2, 4), (4, 4, 4), (1, 1, 1))
    t, most = 3.0, 60
    table = model.purchase_distribution(base, t, most)
    assert table.sum(axis=1).to_numpy() == pytest.approx(1.0)
    assert table[0].to_numpy() == pytest.approx(model.probability_no_purchase(base, t).to_numpy(), abs=1e-12)
    mean = (table * np.arange(most + 1)).sum(axis=1)
    assert mean.to_numpy() == pytest.approx(model.expected_purchases(base, t).to_numpy(), rel=1e-7)


@pytest.mark.parametrize("model", [*PUBLISHED, *OCCASIONAL], ids=lambda model: model.name)
def test_the_distribution_has_the_second_moment(model):
    base = customers((0, 0, 4), (2, 2, 4), (4, 4, 4), (1, 1, 1))
    _, data, ahead, row = model._spread(base, 5.0)
    mean, squares, pairs = (part[row] for part in model._moments(model._theta(), data, ahead, 0.0))
    table, n = model.purchase_distribution(base, 5.0, 80), np.arange(81)
    assert squares == pytest.approx(mean)
    assert squares + pairs == pytest.approx((table * n**2).sum(axis=1).to_numpy(), rel=1e-6)


@named
def test_alive_falls_with_time(model):
    now, soon, late = (model.probability_alive(SOME, t) for t in (0.0, 10.0, 200.0))
    assert (now >= soon).all()
    assert (soon >= late).all()
    assert (late >= 0).all()


def test_discounted_purchases_without_end_equal_the_closed_form():
    model, (r, alpha, s, beta) = PUBLISHED[3], PUBLISHED[3].params_
    force = np.log(1.15) * 7 / 365.25
    x, _, T = SOME.to_numpy(dtype=float).T
    # Fader, Hardie and Lee (2005), formula 2, with the likelihood's share of the living as P(alive)
    endless = force ** (s - 1) * (beta + T) ** s * hyperu(s, s, force * (beta + T))
    expected = model.probability_alive(SOME) * (r + x) / (alpha + T) * endless
    assert model.discounted_purchases(SOME, 0.15).to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-8)


def test_discounted_purchases_without_end_of_stiff_parameters():
    stiff = ParetoNBD.from_params(r=0.5, alpha=10, s=20.0, beta=550.0)
    base = customers((3, 30, 39))
    closed, force = stiff.discounted_purchases(base, 0.1)[0], np.log(1.1) * 7 / 365.25
    area = quad(lambda u: (1 + u / 589) ** -20.0 * np.exp(-force * u), 0, np.inf, epsrel=1e-11)[0]
    assert closed == pytest.approx(stiff.probability_alive(base)[0] * 3.5 / 49 * area, rel=1e-6)


@named
def test_discounting_without_end_is_the_limit_of_a_long_horizon(model):
    endless = model.discounted_purchases(SOME, 0.5)
    long = model.discounted_purchases(SOME, 0.5, t=52.0 * 60)
    assert endless.to_numpy() == pytest.approx(long.to_numpy(), rel=1e-4)
    with pytest.raises(DataError, match="above 0"):
        model.discounted_purchases(SOME, 0.0)


@pytest.mark.parametrize("model", [*PUBLISHED, *OCCASIONAL], ids=lambda model: model.name)
def test_json_brings_back_the_model(model):
    again = from_json(model.to_json())
    assert type(again) is type(model)
    assert again.params_.to_dict() == model.params_.to_dict()
    base = customers((0, 0, 4), (2, 2, 4))
    assert again.expected_purchases(base, 3).tolist() == model.expected_purchases(base, 3).tolist()


def test_json_keeps_errors_and_spend(cdnow):
    for model in (BGNBD().fit(cdnow), GammaGamma().fit(cdnow)):
        again = from_json(model.to_json())
        pd.testing.assert_series_equal(again.standard_errors_, model.standard_errors_, check_names=False)
        pd.testing.assert_frame_equal(again.covariance_, model.covariance_)
        assert again.log_likelihood_ == model.log_likelihood_


@pytest.mark.parametrize("text", ["", "{}", '{"model": "BGNBD"}', '{"model": "object", "format": 1}'])
def test_text_that_is_no_model(text):
    with pytest.raises(DataError, match="written by to_json"):
        from_json(text)
    with pytest.raises(DataError, match="BGNBD model"):
        BGNBD.from_json(PUBLISHED[3].to_json())


@pytest.mark.parametrize("kind", [BGNBD, MBGNBD, ParetoNBD, NBD, BGBB, SBG])
def test_scikit_learn_conventions(kind):
    model = kind(penalizer=0.1)
    assert clone(model).get_params() == model.get_params()
    assert not hasattr(clone(PUBLISHED[0]), "params_")


def test_paretonbd_parameters_are_recovered():
    model = ParetoNBD().fit(simulate_pareto(12_000))
    assert (np.abs(model.params_ - [0.8, 8.0, 0.7, 20.0]) < 3.5 * model.standard_errors_).all()


def test_covariates_are_recovered():
    model = ParetoNBD(covariates=["z"]).fit(simulate_pareto(12_000, effect=0.6))
    truth = [0.8, 8.0, 0.7, 20.0, 0.6, 0.6]
    assert list(model.params_.index) == ["r", "alpha", "s", "beta", "rate_z", "dropout_z"]
    assert (np.abs(model.params_ - truth) < 3.5 * model.standard_errors_).all()


@pytest.mark.parametrize("kind", [NBD, BGNBD, MBGNBD, ParetoNBD])
def test_a_covariate_that_says_nothing_changes_nothing(kind, cdnow):
    plain, with_z = kind().fit(cdnow), kind(covariates=["z"]).fit(cdnow.assign(z=cdnow.index % 2))
    assert with_z.params_.to_numpy()[: len(plain.params_)] == pytest.approx(plain.params_.to_numpy(), rel=0.3)
    assert (np.abs(with_z.params_[len(plain.params_) :]) < 4 * with_z.standard_errors_[len(plain.params_) :]).all()
    # two more effects gain little: chi-square with 2 degrees stays below 13.8 in 999 of 1,000 cases
    assert 0 <= 2 * (with_z.log_likelihood_ - plain.log_likelihood_) < 13.8
    same = kind(covariates=["z"]).from_params(
        covariates=["z"], **plain.params_, **dict.fromkeys(with_z.params_.index[len(plain.params_) :], 0.0)
    )
    assert same.expected_purchases(cdnow.assign(z=1.0), 39).to_numpy() == pytest.approx(
        plain.expected_purchases(cdnow, 39).to_numpy(), rel=1e-9
    )


def test_the_size_of_a_covariate_does_not_matter(cdnow):
    base = cdnow.assign(z=(cdnow["T"] > 33).astype(float))
    small, large = (BGNBD(covariates=["z"]).fit(base.assign(z=base["z"] * size)) for size in (1.0, 1000.0))
    assert large.params_["rate_z"] * 1000 == pytest.approx(small.params_["rate_z"], rel=1e-5)
    assert large.log_likelihood_ == pytest.approx(small.log_likelihood_, abs=1e-6)


def test_missing_covariates_are_named(cdnow):
    with pytest.raises(DataError, match="must have the columns channel"):
        BGNBD(covariates=["channel"]).fit(cdnow)
    with pytest.raises(DataError, match="z must be a number, got nan in row 0"):
        BGNBD(covariates=["z"]).fit(cdnow.assign(z=np.nan))


@pytest.mark.parametrize("kind", [MBGNBD, ParetoNBD])
def test_no_dropout_ends_in_the_nbd(kind, simulate):
    base = simulate(3_000, a=1e-9, b=1.0)
    model, limit = kind().fit(base), NBD().fit(base)
    assert model.limit_ == "no_dropout"
    assert not model.identified_
    assert model.params_.iloc[:2].tolist() == limit.params_.tolist()
    assert (model.probability_alive(base) == 1).all()
    assert model.expected_purchases(base, 26).to_numpy() == pytest.approx(limit.expected_purchases(base, 26).to_numpy())
    assert model.log_likelihood(base) == pytest.approx(model.log_likelihood_)


def test_a_warm_start_leads_to_the_same_place(cdnow, summary_at):
    last = BGNBD().fit(summary_at("1997-07-31"))
    assert BGNBD().fit(cdnow, start=last).params_.to_numpy() == pytest.approx(BGNBD().fit(cdnow).params_.to_numpy())
    far = {"r": 50.0, "alpha": 0.1, "a": 30.0, "b": 0.01}
    assert BGNBD().fit(cdnow, start=far).log_likelihood_ == pytest.approx(-9582.429, abs=1e-3)


@pytest.mark.parametrize("kind", [BGNBD, ParetoNBD])
def test_many_distinct_customers_are_fitted_to_the_same_peak(kind, simulate):
    base = simulate(20_000)
    fast = kind().fit(base)
    objective = fast._plain_objective(read_triples(base))
    assert np.abs(objective(fast._theta())[1]).max() < 1e-8


@named
@pytest.mark.parametrize("force", [0.0, 0.002])
def test_many_ages_are_interpolated_to_nine_digits(model, force):
    x, T = (part.ravel() for part in np.meshgrid([0.0, 1.0, 7.0, 60.0], np.arange(1, 1_400) / 7))
    data = Triples(x, np.where(x > 0, T * 0.9, 0.0), T, np.ones(len(x)))
    t, theta = np.full(len(x), 52.0), model._theta()
    few = [data.take(np.arange(first, len(x), 40)) for first in range(40)]
    for part in range(3):
        whole = model._moments(theta, data, t, force)[part]
        apart = np.empty(len(x))
        for first, some in enumerate(few):
            apart[first::40] = model._moments(theta, some, t[: len(some)], force)[part]
        assert whole == pytest.approx(apart, rel=1e-8, abs=1e-12)


def test_sbg_follows_the_published_retention():
    model = OCCASIONAL[1]
    kept = customers((0, 0, 0), (3, 3, 3), (2, 2, 3))
    rates = [model.retention_rate(n) for n in range(2)]
    assert rates == pytest.approx([3.806 / 4.474, 4.806 / 5.474])
    assert model.probability_alive(kept).tolist() == [1.0, 1.0, 0.0]
    assert model.probability_no_purchase(kept, 1).to_numpy() == pytest.approx([1 - rates[0], 0.668 / 7.474, 1.0])
    assert model.expected_purchases(kept, 2)[0] == pytest.approx(rates[0] * (1 + rates[1]))


def test_sbg_without_losses_and_with_nonsense():
    loyal = SBG().fit(customers((2, 2, 2), (3, 3, 3)))
    assert loyal.limit_ == "no_dropout"
    assert loyal.expected_purchases(customers((2, 2, 2)), 4)[0] == pytest.approx(4)
    with pytest.raises(DataError, match="do not grow"):
        SBG.summary_of([10, 12])
    with pytest.raises(DataError, match="came due at least once"):
        SBG().fit(customers((0, 0, 0)))


def test_occasions_must_be_whole():
    with pytest.raises(DataError, match=r"T must be a whole number of occasions, got 4\.5"):
        BGBB().fit(customers((1, 2, 4.5)))
    with pytest.raises(DataError, match="at most recency, got 3"):
        BGBB().fit(customers((3, 2, 4)))


def test_bgbb_without_dropout():
    rng = np.random.default_rng(0)
    hits = rng.random((3_000, 8)) < rng.beta(2, 3, 3_000)[:, None]
    last = np.where(hits.any(axis=1), 8 - hits[:, ::-1].argmax(axis=1), 0)
    model = BGBB().fit(pd.DataFrame({"frequency": hits.sum(axis=1), "recency": last, "T": 8}))
    assert model.limit_ == "no_dropout"
    assert model.params_[["alpha", "beta"]].to_numpy() == pytest.approx([2, 3], rel=0.15)
    assert (model.probability_alive(customers((1, 1, 8))) == 1).all()


@settings(max_examples=60, deadline=None)
@given(
    q=st.floats(0.05, 300),
    p=st.floats(1.001, 30),
    after=st.floats(0.1, 300),
    reach=st.floats(0.1, 300),
    span=st.floats(0.01, 300),
)
def test_the_integral_over_the_moment_of_stopping(q, p, after, reach, span):
    log_integral, _ = _stopping(*(np.array([v]) for v in (q, p, after, reach, span)))
    scale = 1 / (q / after + p / reach)
    ends = [0.0, *(end for end in scale * np.array([0.3, 1, 3, 10, 30, 100]) if end < span), span]
    exact = sum(
        quad(lambda v: (1 + v / after) ** -q * (1 + v / reach) ** -p, low, high, epsabs=0, epsrel=1e-12)[0]
        for low, high in itertools.pairwise(ends)
    )
    assert np.exp(log_integral[0]) == pytest.approx(exact, rel=1e-5)


@settings(max_examples=40, deadline=None)
@given(
    which=st.sampled_from([MBGNBD, ParetoNBD]),
    r=st.floats(0.02, 30),
    alpha=st.floats(0.05, 300),
    c=st.floats(0.01, 50),
    d=st.floats(0.05, 300),
    x=st.integers(0, 300),
    share=st.floats(0, 1),
    T=st.floats(0.1, 300),
    t=st.floats(0.1, 300),
)
def test_forecasts_are_coherent(which, r, alpha, c, d, x, share, T, t):
    model = which.from_params(**dict(zip(which._names, (r, alpha, c, d), strict=True)))
    base = customers((x, share * T if x else 0.0, T))
    silent, sooner = (model.probability_no_purchase(base, span)[0] for span in (t, t / 2))
    expected, fewer = (model.expected_purchases(base, span)[0] for span in (t, t / 2))
    alive = model.probability_alive(base)[0]
    assert 0 <= silent <= sooner + 1e-9 <= 1 + 2e-9
    assert 1 - alive <= silent + 1e-7
    assert 0 <= fewer <= expected * (1 + 1e-6) + 1e-12
    assert 1 - silent <= expected * (1 + 1e-5) + 1e-7
