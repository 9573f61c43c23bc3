"""Customers who buy at regular intervals: how that is noticed, and what it changes."""

import numpy as np
import pandas as pd
import pytest

from custinsight.clv import MBGCNBD, MBGNBD, NBD, estimate_regularity
from custinsight.clv.regularity import regularity_of_shares
from custinsight.clv.summaries import read_triples
from custinsight.errors import DataError

PARAMS = {"r": 0.9, "alpha": 4.3, "a": 0.3, "b": 2.0}
MODEL = MBGCNBD.from_params(k=3, **PARAMS)


def customers(*triples: tuple[float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(triples, columns=["frequency", "recency", "T"])


SOME = customers((0, 0, 39), (0, 0, 2), (1, 2, 30), (4, 30, 32), (40, 38, 39), (0, 0, 0))


def simulate(n, k=3, seed=1, weeks=100, ahead=26.0, r=0.9, alpha=4.3, a=0.3, b=2.0):
    """Purchase times of each customer, and the summary at T with the purchases in the time ahead."""
    rng = np.random.default_rng(seed)
    T, rate, stop = rng.uniform(20, weeks, n), rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
    now, last, x, later = np.zeros(n), np.zeros(n), np.zeros(n, int), np.zeros(n, int)
    alive, times = rng.random(n) > stop, []
    while alive.any():
        now = now + rng.gamma(k, 1 / np.maximum(rate, 1e-12))
        before, after = alive & (now <= T), alive & (now > T) & (now <= T + ahead)
        last, x, later = np.where(before, now, last), x + before, later + after
        times.append(pd.DataFrame({"customer_id": np.flatnonzero(before), "week": now[before]}))
        alive = (before | after) & (rng.random(n) > stop)
    return pd.concat(times), pd.DataFrame({"frequency": x, "recency": last, "T": T, "purchases": later})


@pytest.mark.parametrize("verb", ["probability_alive", "expected_purchases", "probability_no_purchase"])
def test_one_tick_a_purchase_is_the_mbgnbd(verb):
    one, other = MBGCNBD.from_params(k=1, **PARAMS), MBGNBD.from_params(**PARAMS)
    assert getattr(one, verb)(SOME, 26.0).to_numpy() == pytest.approx(getattr(other, verb)(SOME, 26.0).to_numpy())
    assert one.log_likelihood(SOME) == pytest.approx(other.log_likelihood(SOME))
    assert one.discounted_purchases(SOME, 0.1, t=52.0).to_numpy() == pytest.approx(
        other.discounted_purchases(SOME, 0.1, t=52.0).to_numpy(), rel=2e-5
    )
    assert one.discounted_purchases(SOME).to_numpy() == pytest.approx(other.discounted_purchases(SOME).to_numpy())


def test_gradient(cdnow):
    objective = MBGCNBD(k=3, covariates=["z"])._objective(read_triples(cdnow.assign(z=cdnow["T"] % 3), None, ["z"]))
    theta, step = np.array([*np.log([0.3, 5.0, 0.6, 2.0]), 0.1, -0.2]), 1e-6
    slopes = [(objective(theta + step * e)[0] - objective(theta - step * e)[0]) / (2 * step) for e in np.eye(6)]
    assert objective(theta)[1] == pytest.approx(slopes, abs=1e-7)


def test_no_purchase_is_a_ratio_of_likelihoods():
    for triple in [(0, 0, 39), (1, 2, 30), (7, 30, 32)]:
        now, later = customers(triple), customers((triple[0], triple[1], triple[2] + 13))
        ratio = np.exp(MODEL.log_likelihood(later) - MODEL.log_likelihood(now))
        assert MODEL.probability_no_purchase(now, 13)[0] == pytest.approx(ratio, rel=1e-10)


def test_the_distribution_has_the_moments():
    table, n = MODEL.purchase_distribution(SOME, 20.0, 90), np.arange(91)
    assert table[0].to_numpy() == pytest.approx(MODEL.probability_no_purchase(SOME, 20.0).to_numpy(), abs=1e-12)
    assert (table * n).sum(axis=1).to_numpy() == pytest.approx(MODEL.expected_purchases(SOME, 20.0).to_numpy())
    _, data, ahead, inverse = MODEL._spread(SOME, 20.0)
    mean, _, pairs = MODEL._moments(MODEL._theta(), data, ahead, 0.0)
    assert (mean + pairs)[inverse] == pytest.approx((table * n**2).sum(axis=1).to_numpy())


def test_forecasts_agree_with_simulation():
    _, base = simulate(40_000)
    silent, expected = MODEL.probability_no_purchase(base, 26), MODEL.expected_purchases(base, 26)
    group = pd.qcut(silent, 8, duplicates="drop", labels=False)
    happened = (base["purchases"] == 0).groupby(group).mean()
    assert silent.groupby(group).mean().to_numpy() == pytest.approx(happened.to_numpy(), abs=0.025)
    assert expected.sum() == pytest.approx(base["purchases"].sum(), rel=0.03)


def test_parameters_are_recovered():
    model = MBGCNBD(k=3).fit(simulate(10_000)[1])
    assert (np.abs(model.params_ - list(PARAMS.values())) < 3.5 * model.standard_errors_).all()


def test_regular_customers_who_never_stop():
    model = MBGCNBD(k=3).fit(simulate(3_000, a=1e-9, b=1.0)[1])
    assert model.limit_ == "no_dropout"
    assert model.params_[["r", "alpha"]].to_numpy() == pytest.approx([0.9, 4.3], rel=0.1)


def test_regularity_is_seen_in_the_gaps():
    times, _ = simulate(6_000, a=0.05)
    lines = times.assign(
        doc_date=pd.Timestamp("2020-01-01") + pd.to_timedelta((times["week"] * 7).round(), unit="D"),
        customer_id=times["customer_id"].astype(str),
        amount_net=10.0,
    )
    found = estimate_regularity(lines)
    assert found.k_low < 3 < found.k_high + 0.2
    assert found.ticks == 3
    early = estimate_regularity(lines, end="2020-12-31")
    assert early.customers < found.customers


def test_gaps_of_two_purchases_are_by_hand():
    # shares 0.25 and 0.75 have a variance of 1/16: 1 / (4 (2 k + 1)) = 1/16 for k = 1.5
    assert regularity_of_shares(np.array([0.25, 0.75] * 40)).k == pytest.approx(1.5)


def test_purchases_at_random_take_one_tick():
    assert regularity_of_shares(np.random.default_rng(3).random(300)).ticks == 1


def test_equal_gaps_are_as_regular_as_can_be():
    found = regularity_of_shares(np.full(80, 0.5))
    assert found.k_low == np.inf
    assert found.ticks == 999


def test_too_few_gaps():
    lines = pd.DataFrame({"customer_id": ["a"] * 3, "doc_date": ["2024-01-01", "2024-01-05", "2024-02-01"]})
    with pytest.raises(DataError, match="at least 50 customers with three purchase days, got 1"):
        estimate_regularity(lines.assign(amount_net=1.0))


def test_ticks_must_be_whole():
    with pytest.raises(DataError, match=r"whole number from 1 to 20, got 2\.5"):
        MBGCNBD(k=2.5).fit(customers((1, 2, 3)))


def test_json_keeps_the_ticks():
    again = MBGCNBD.from_json(MODEL.to_json())
    assert again.k == 3
    assert again.expected_purchases(SOME, 9).tolist() == MODEL.expected_purchases(SOME, 9).tolist()


def test_nobody_stops_in_the_limit_of_a_zero():
    never = MBGCNBD.from_params(k=1, r=0.4, alpha=12.0, a=0.0, b=1.0)
    assert never.expected_purchases(SOME, 26).to_numpy() == pytest.approx(
        NBD.from_params(r=0.4, alpha=12.0).expected_purchases(SOME, 26).to_numpy()
    )
