"""Intervals where the Hessian cannot be trusted: few customers, or parameters at an edge."""

import numpy as np
import pandas as pd
import pytest

from custinsight.clv import BGNBD, MBGCNBD, MBGNBD, NBD, GammaGamma, ParetoNBD, Pool, clv_by_group, from_json
from custinsight.clv.doubt import draw_posterior, main_directions
from custinsight.clv.fitted import bounds_of
from custinsight.clv.sums import interval_of_sum

LITTLE_DROPOUT = {"r": 0.8, "alpha": 6.0, "a": 0.15, "b": 3.0}


@pytest.fixture(scope="module")
def loyal():
    """60 customers of whom nobody seems to have stopped."""
    rng = np.random.default_rng(2)
    x = rng.poisson(rng.gamma(1.0, 4.0, 60))
    return pd.DataFrame({"frequency": x, "recency": np.where(x > 0, 50.0, 0.0), "T": 52.0})


def interval_of_expectation(model, base, horizon):
    _, data, ahead, row = model._spread(base, horizon)
    slopes, covariance = model._doubt(data, ahead, 0.0)
    total = float(model.expected_purchases(base, horizon).sum())
    return interval_of_sum(total, 0.0, slopes[:, row].sum(axis=1), covariance, 0.9)[1:]


def test_a_base_of_thousands_keeps_to_its_hessian(cdnow):
    assert BGNBD().fit(cdnow).draws_ is None


def test_few_customers_need_draws(cdnow):
    draws = BGNBD().fit(cdnow.head(150)).draws_
    assert draws.shape == (64, 4)
    assert np.isfinite(draws).all()


def test_published_parameters_have_no_doubt():
    assert BGNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426).draws_ is None


def test_draws_are_the_same_each_time(cdnow):
    first, second = (BGNBD().fit(cdnow.head(150)).draws_ for _ in range(2))
    assert (first == second).all()


def test_draws_of_many_customers_look_as_the_hessian_says(simulate):
    base = simulate(6_000, seed=4)
    model = BGNBD().fit(base)
    low, high = bounds_of(model)
    data = model._read(base, None)
    draws = draw_posterior(model._objective(data), model._theta(), low, high, len(base))
    spread = np.sqrt(np.diag(model.covariance_))
    assert draws.mean(axis=0) == pytest.approx(model._theta(), abs=0.5 * spread.max())
    assert draws.std(axis=0) == pytest.approx(spread, rel=0.35)


def test_at_the_edge_dropout_is_not_taken_as_ruled_out(loyal):
    model = BGNBD().fit(loyal)
    assert model.limit_ == "no_dropout"
    bounds = model.parameter_intervals()
    assert bounds.loc["a", "estimate"] == 0
    assert 0 < bounds.loc["a", "low"] < bounds.loc["a", "high"] < np.inf
    table = model.forecast(loyal, 52.0)
    assert (table["probability_alive"] == 1).all()
    # in BG/NBD nobody stops before the first repeat purchase
    assert (table["probability_alive_low"] < 1).eq(loyal["frequency"] > 0).all()


@pytest.fixture(scope="module")
def small_bases(simulate):
    """20 bases of 120 customers, and what was fitted to each."""
    bases = [simulate(120, seed=2_000 + seed, weeks=60, **LITTLE_DROPOUT) for seed in range(20)]
    return [(base, BGNBD().fit(base)) for base in bases]


def test_intervals_near_the_edge_hold_what_is_to_be_expected(small_bases):
    truth, hits = BGNBD.from_params(**LITTLE_DROPOUT), 0
    for base, model in small_bases:
        low, high = interval_of_expectation(model, base, 52.0)
        hits += low <= truth.expected_purchases(base, 52.0).sum() <= high
    # binomial(20, 0.9): fewer than 14 in 1 of 420 cases
    assert hits >= 14


def test_parameter_intervals_of_small_bases_hold_the_parameters(small_bases):
    true, hits = pd.Series(LITTLE_DROPOUT), np.zeros(4)
    for _, model in small_bases:
        bounds = model.parameter_intervals()
        hits += ((bounds["low"] <= true) & (true <= bounds["high"])).to_numpy()
    assert (hits >= 14).all()


def test_the_interval_of_a_small_base_s_value_holds_its_value(simulate):
    hits = 0
    for seed in range(12):
        base = simulate(120, seed=4_000 + seed, weeks=60, ahead=26.0, **LITTLE_DROPOUT)
        models = BGNBD().fit(base), GammaGamma().fit(base)
        total = clv_by_group(*models, base, None, "26W", annual_discount=0.0, interval=0.8).iloc[0]
        hits += total["clv_low"] <= base["spend"].sum() <= total["clv_high"]
    # binomial(12, 0.8): fewer than 6 in 1 of 250 cases
    assert hits >= 6


def test_forecast_tells_how_far_the_doubt_reaches(cdnow):
    for base in (cdnow, cdnow.head(150)):
        table = BGNBD().fit(base).forecast(base, 39.0)
        for name in ("expected_purchases", "probability_alive", "probability_no_purchase"):
            assert (table[f"{name}_low"] <= table[name]).all()
            assert (table[name] <= table[f"{name}_high"]).all()
            assert (table[f"{name}_low"] >= 0).all()
        assert table.filter(like="probability").max().max() <= 1


def test_a_small_base_leaves_more_open(cdnow):
    some = cdnow.head(150)
    width = [
        BGNBD().fit(base).forecast(some, 39.0).eval("expected_purchases_high - expected_purchases_low").mean()
        for base in (some, cdnow)
    ]
    assert width[0] > 2 * width[1]


def test_directions_say_what_the_draws_say(cdnow):
    model = BGNBD().fit(cdnow.head(150))
    many = cdnow.assign(T=cdnow["T"] + np.arange(len(cdnow)) / 1e4)
    many = pd.concat([many.assign(T=many["T"] + shift / 7) for shift in range(6)], ignore_index=True)
    _, data, ahead, _ = model._spread(many, 20.0)
    here = model._purchases(model._theta(), data, ahead)
    apart = np.array([model._purchases(theta, data, ahead) - here for theta in model.draws_])
    assert len(data) > 8_000
    slopes = main_directions(
        lambda theta, rows: model._purchases(theta, rows, np.full(len(rows), 20.0)), here, model.draws_, data
    )
    assert len(slopes) < 12
    assert (slopes**2).sum(axis=0) == pytest.approx((apart**2).mean(axis=0), rel=0.05, abs=1e-9)
    assert (slopes.sum(axis=1) ** 2).sum() == pytest.approx((apart.sum(axis=1) ** 2).mean(), rel=1e-3)


def test_a_pool_has_the_doubt_of_its_models(cdnow):
    few = cdnow.head(150)
    pool = Pool([BGNBD(), ParetoNBD()]).fit(few)
    assert pool.draws_.shape == (64, 8)
    table = pool.forecast(few, 39.0)
    assert (table["expected_purchases_low"] < table["expected_purchases_high"]).all()
    bounds = pool.parameter_intervals()
    assert bounds.index.tolist() == pool.params_.index.tolist()
    assert (bounds["low"] > 0).all()


def test_a_pool_s_likelihood_is_the_mean_of_its_models(cdnow):
    pool = Pool([BGNBD(), ParetoNBD()]).fit(cdnow)
    assert pool.log_likelihood(cdnow) == pytest.approx(pool.log_likelihood_)


@pytest.mark.parametrize("kind", [NBD, BGNBD, MBGNBD, ParetoNBD, MBGCNBD])
def test_three_customers_leave_nearly_everything_open(kind):
    three = pd.DataFrame({"frequency": [0, 2, 5], "recency": [0.0, 20, 38], "T": 39.0})
    model = kind().fit(three)
    bounds = model.parameter_intervals()
    assert (bounds["low"] < bounds["high"]).all()
    assert bounds.loc["r", "high"] > 10 * bounds.loc["r", "low"]
    table = model.forecast(three, 10.0)
    assert np.isfinite(table).all().all()
    assert (table["expected_purchases_high"] > 1.5 * table["expected_purchases_low"]).all()


def test_draws_of_a_model_with_a_covariate_are_in_its_unit():
    rng = np.random.default_rng(3)
    size = rng.normal(500, 100, 150)
    x = rng.poisson(2 * np.exp((size - 500) / 200))
    base = pd.DataFrame({"frequency": x, "recency": np.where(x > 0, 36.0, 0.0), "T": 39.0, "size": size})
    bounds = BGNBD(covariates=["size"]).fit(base).parameter_intervals()
    assert bounds.loc["rate_size", "low"] < 1 / 200 < bounds.loc["rate_size", "high"] < 0.01


def test_draws_are_kept_in_json(cdnow):
    model = BGNBD().fit(cdnow.head(150))
    again = from_json(model.to_json())
    assert again.draws_ == pytest.approx(model.draws_, rel=1e-12)
