import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1
from sklearn.base import clone

from custinsight.clv import BGNBD, NBD
from custinsight.clv.summaries import read_triples

PARAMS = {"r": 0.24, "alpha": 4.41, "a": 0.79, "b": 2.43}


def customers(*triples: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(triples, columns=["frequency", "recency", "T"])


def test_expected_purchases_equal_the_closed_form():
    base = customers((0, 0, 39), (1, 2, 30), (5, 30, 32), (40, 38, 39))
    r, alpha, a, b = PARAMS.values()
    x, tx, T, t = *base.to_numpy(dtype=float).T, 52.0
    silence = ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + T + t))
    odds = np.where(x > 0, a / (b + x - 1) * ((alpha + T) / (alpha + tx)) ** (r + x), 0)
    closed = (a + b + x - 1) / (a - 1) * (1 - silence) / (1 + odds)
    assert BGNBD.from_params(**PARAMS).expected_purchases(base, t).to_numpy() == pytest.approx(closed, rel=1e-10)


@pytest.mark.parametrize("triple", [(0, 0, 39), (1, 2, 30), (7, 30, 32)])
def test_no_purchase_is_a_ratio_of_likelihoods(triple):
    model = BGNBD.from_params(**PARAMS)
    now, later = customers(triple), customers((triple[0], triple[1], triple[2] + 13))
    ratio = np.exp(model.log_likelihood(later) - model.log_likelihood(now))
    assert model.probability_no_purchase(now, 13)[0] == pytest.approx(ratio, rel=1e-12)


def test_no_purchase_and_expectation_agree_with_simulation(simulate):
    base = simulate(50_000, ahead=26.0)
    model = BGNBD.from_params(r=0.5, alpha=8.0, a=0.8, b=2.5)
    silent = model.probability_no_purchase(base, 26)
    group = pd.qcut(silent, 8, duplicates="drop", labels=False)
    happened = (base["purchases"] == 0).groupby(group).mean()
    assert silent.groupby(group).mean().to_numpy() == pytest.approx(happened.to_numpy(), abs=0.02)
    assert model.expected_purchases(base, 26).sum() == pytest.approx(base["purchases"].sum(), rel=0.03)


def test_one_time_buyers_are_alive_for_certain():
    assert BGNBD.from_params(**PARAMS).probability_alive(customers((0, 0, 300)))[0] == 1.0


def test_parameters_are_recovered(simulate):
    truth = np.array([0.5, 8.0, 0.8, 2.5])
    model = BGNBD().fit(simulate(10_000))
    assert (np.abs(model.params_ - truth) < 3.5 * model.standard_errors_).all()


def test_no_dropout_ends_in_the_nbd(simulate):
    base = simulate(3_000, a=1e-9, b=1.0)
    model, limit = BGNBD().fit(base), NBD().fit(base)
    assert not model.identified_
    assert model.limit_ == "no_dropout"
    assert model.params_[["r", "alpha"]].tolist() == limit.params_.tolist()
    assert model.params_["a"] == 0
    assert np.isnan(model.standard_errors_["a"])
    assert model.log_likelihood_ == pytest.approx(model.log_likelihood(base))
    for verb in ("expected_purchases", "probability_no_purchase"):
        assert getattr(model, verb)(base, 26).to_numpy() == pytest.approx(getattr(limit, verb)(base, 26).to_numpy())
    assert (model.probability_alive(base) == 1).all()


def test_nbd_is_the_limit_of_no_dropout():
    base = customers((0, 0, 39), (3, 20, 39))
    nearly = BGNBD.from_params(r=0.4, alpha=12, a=1e-9, b=1.0)
    never = NBD.from_params(r=0.4, alpha=12)
    assert nearly.expected_purchases(base, 52).to_numpy() == pytest.approx((base["frequency"] + 0.4) / 51 * 52)
    assert never.expected_purchases(base, 52).to_numpy() == pytest.approx((base["frequency"] + 0.4) / 51 * 52)
    assert nearly.log_likelihood(base) == pytest.approx(never.log_likelihood(base), abs=1e-6)


def test_customers_of_one_rate_are_no_failure():
    rng = np.random.default_rng(2)
    base = customers(*((x, 39 * x / (x + 1), 39) for x in rng.poisson(4, 500)))
    model = NBD().fit(base)
    assert model.limit_ == "same_rate"
    assert model.expected_purchases(base, 39).mean() == pytest.approx(base["frequency"].mean(), rel=1e-3)


def test_counts_are_the_same_as_repeated_rows(cdnow):
    counted = cdnow.groupby(["frequency", "recency", "T"], as_index=False).size()
    assert BGNBD().fit(counted, weights="size").params_.tolist() == BGNBD().fit(cdnow).params_.tolist()
    assert BGNBD().fit(counted, weights=counted["size"]).n_customers_ == len(cdnow)


def test_the_order_of_rows_changes_nothing(cdnow):
    shuffled = cdnow.sample(frac=1, random_state=7)
    model = BGNBD().fit(cdnow)
    assert BGNBD().fit(shuffled).params_.tolist() == model.params_.tolist()
    pd.testing.assert_series_equal(
        model.expected_purchases(shuffled, 39).sort_index(), model.expected_purchases(cdnow, 39)
    )


def test_an_ibis_table_is_counted_in_its_engine(cdnow):
    con = ibis.duckdb.connect()
    table = con.create_table("summary", cdnow)
    model = BGNBD().fit(table)
    assert model.params_.to_numpy() == pytest.approx(BGNBD().fit(cdnow).params_.to_numpy(), rel=1e-9)
    assert len(model.probability_alive(table)) == len(cdnow)


def test_the_time_unit_only_scales_alpha(cdnow):
    days = cdnow.assign(recency=cdnow["recency"] * 7, T=cdnow["T"] * 7)
    weeks_model, days_model = BGNBD().fit(cdnow), BGNBD().fit(days)
    assert days_model.params_.to_numpy() == pytest.approx(weeks_model.params_.to_numpy() * [1, 7, 1, 1], rel=1e-8)
    assert days_model.log_likelihood_ == pytest.approx(
        weeks_model.log_likelihood_ - cdnow["frequency"].sum() * np.log(7)
    )


@pytest.mark.parametrize("model", [BGNBD(), NBD()])
def test_gradients(model, cdnow):
    objective = model._objective(read_triples(cdnow))
    theta = np.log([0.3, 5.0, 0.6, 2.0])[: len(model._names)]
    step = 1e-6
    slopes = [
        (objective(theta + step * e)[0] - objective(theta - step * e)[0]) / (2 * step) for e in np.eye(len(theta))
    ]
    assert objective(theta)[1] == pytest.approx(slopes, abs=1e-8)


def test_scikit_learn_conventions(cdnow):
    model = BGNBD()
    assert model.fit(cdnow) is model
    copy = clone(model)
    assert not hasattr(copy, "params_")
    assert copy.get_params() == model.get_params()
    with pytest.raises(Exception, match="not fitted"):
        copy.probability_alive(cdnow)


def test_a_time_ahead_per_customer():
    base, model = customers((1, 2, 30), (1, 2, 30)), BGNBD.from_params(**PARAMS)
    each = model.expected_purchases(base, np.array([10.0, 20.0]))
    apart = [model.expected_purchases(base, span)[0] for span in (10.0, 20.0)]
    assert each.to_numpy() == pytest.approx(apart, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    r=st.floats(0.01, 50),
    alpha=st.floats(0.01, 500),
    a=st.floats(0.001, 200),
    b=st.floats(0.01, 500),
    x=st.integers(0, 400),
    share=st.floats(0, 1),
    T=st.floats(0.1, 400),
    t=st.floats(0.1, 500),
)
def test_forecasts_are_coherent(r, alpha, a, b, x, share, T, t):
    model = BGNBD.from_params(r=r, alpha=alpha, a=a, b=b)
    base = customers((x, share * T if x else 0.0, T))
    silent, sooner = (model.probability_no_purchase(base, span)[0] for span in (t, t / 2))
    expected, fewer = (model.expected_purchases(base, span)[0] for span in (t, t / 2))
    alive = model.probability_alive(base)[0]
    assert 0 <= silent <= sooner <= 1
    assert 1 - alive <= silent + 1e-12
    assert 0 <= fewer <= expected * (1 + 1e-7) + 1e-12
    # nobody can buy at least once more often than the expected number of purchases
    assert 1 - silent <= expected * (1 + 1e-6) + 1e-9
    assert expected <= alive * (r + x) / (alpha + T) * t * (1 + 1e-7) + 1e-12
