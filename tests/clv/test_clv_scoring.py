"""Scoring in the engine gives what scoring a frame gives; new customers; months by the calendar."""

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.special import gammaincinv

from custinsight.clv import BGNBD, MBGCNBD, GammaGamma, ParetoNBD, clv_by_group, lifetime_value, value_of_new
from custinsight.clv.horizons import horizon_days
from custinsight.clv.quantiles import gamma_quantile, hurdle_quantile
from custinsight.errors import DataError


@pytest.fixture(scope="module")
def spend(cdnow):
    return GammaGamma().fit(cdnow)


@pytest.fixture(scope="module")
def lazy(cdnow):
    con = ibis.duckdb.connect()
    return con.create_table("summary", cdnow.assign(margin=np.where(cdnow["frequency"] > 3, -0.1, 0.3)))


@pytest.mark.parametrize("kind", [BGNBD, ParetoNBD, MBGCNBD])
def test_the_engine_scores_as_numpy_does(kind, cdnow, lazy, spend):
    model = kind().fit(cdnow)
    frame = cdnow.assign(margin=np.where(cdnow["frequency"] > 3, -0.1, 0.3))
    ours = lifetime_value(model, spend, frame, "12M", margin="margin").set_index("customer_id")
    theirs = lifetime_value(model, spend, lazy, "12M", margin="margin")
    assert isinstance(theirs, ibis.Table)
    scored = theirs.to_pandas().set_index("customer_id").reindex(ours.index)
    pd.testing.assert_frame_equal(scored, ours, check_dtype=False, rtol=1e-9)


def test_groups_are_summed_in_the_engine(cdnow, lazy, spend):
    model = BGNBD().fit(cdnow)
    groups = pd.DataFrame({"customer_id": cdnow["customer_id"], "repeats": cdnow["frequency"].clip(upper=3)})
    groups["region"] = np.where(groups.index % 3 == 0, "north", np.where(groups.index % 3 == 1, "south", None))
    ours = clv_by_group(model, spend, cdnow, groups, margin=0.3)
    theirs = clv_by_group(model, spend, lazy, groups, margin=0.3)
    pd.testing.assert_frame_equal(theirs, ours, check_dtype=False, rtol=1e-9)


def test_lost_spends_are_counted(cdnow, spend):
    holed = ibis.memtable(cdnow.assign(monetary_value=cdnow["monetary_value"].where(cdnow["frequency"] != 2)))
    with pytest.raises(DataError, match="monetary_value must be a number where frequency is above 0; it is not in"):
        lifetime_value(BGNBD().fit(cdnow), spend, holed)


def test_margins_of_an_ibis_summary(lazy, cdnow, spend):
    with pytest.raises(DataError, match="name of a column"):
        lifetime_value(BGNBD().fit(cdnow), spend, lazy, margin=np.ones(3))
    with pytest.raises(DataError, match="must have the columns profit"):
        lifetime_value(BGNBD().fit(cdnow), spend, lazy, margin="profit")


def test_losses_have_their_bounds_the_other_way_round(cdnow, spend):
    model = BGNBD().fit(cdnow)
    gain, loss = (clv_by_group(model, spend, cdnow, margin=margin).iloc[0] for margin in (0.2, -0.2))
    assert loss["clv"] == pytest.approx(-gain["clv"])
    assert loss["clv_low"] == pytest.approx(-gain["clv_high"])
    assert loss["clv_high"] == pytest.approx(-gain["clv_low"])


def test_new_customers_bring_what_simulated_ones_do():
    rng, n, weeks = np.random.default_rng(8), 60_000, 52.0
    rate, stop, pace = rng.gamma(0.5, 1 / 8.0, n), rng.beta(0.8, 2.5, n), rng.gamma(3.74, 1 / 15.44, n)
    now, money, bought = np.zeros(n), rng.gamma(6.25, 1 / pace), np.ones(n)
    alive = np.ones(n, bool)
    while alive.any():
        now = now + rng.exponential(1 / np.maximum(rate, 1e-12))
        alive &= now <= weeks
        money, bought = money + rng.gamma(6.25, 1 / pace) * alive, bought + alive
        alive &= rng.random(n) > stop
    model = BGNBD.from_params(r=0.5, alpha=8.0, a=0.8, b=2.5)
    found = value_of_new(model, GammaGamma.from_params(p=6.25, q=3.74, gamma=15.44), "52W", annual_discount=0.0)
    assert found["clv"] == pytest.approx(money.mean(), rel=0.03)
    assert found["expected_purchases"] == pytest.approx(bought.mean(), rel=0.03)
    assert found["clv_low"] == pytest.approx(np.quantile(money, 0.05), rel=0.15)
    assert found["clv_high"] == pytest.approx(np.quantile(money, 0.95), rel=0.15)


def test_months_go_by_the_calendar_where_the_start_is_known():
    assert horizon_days("1M", start="2024-01-31") == 29
    assert horizon_days("12M", start="2023-12-31") == horizon_days("1Y", start="2023-12-31") == 366
    assert horizon_days("6M") == pytest.approx(182.625)
    assert horizon_days("30D", start="2024-01-31") == 30


def test_a_gap_in_the_quantiles():
    silence = np.array([0.0, 0.5, 0.97])
    assert (hurdle_quantile(0.5, silence, 1.0, np.full(3, 4.0)) > 0).tolist() == [True, False, False]


def test_covariates_reach_the_values(cdnow, spend):
    base = cdnow.assign(z=cdnow.index % 2)
    model = BGNBD.from_params(covariates=["z"], r=0.243, alpha=4.414, a=0.793, b=2.426, rate_z=0.5, dropout_z=0.0)
    values = lifetime_value(model, spend, base)
    same = lifetime_value(model, spend, ibis.memtable(base)).to_pandas().set_index("customer_id")["clv"]
    assert values["clv"].to_numpy() == pytest.approx(same.reindex(values["customer_id"]).to_numpy())
    assert lifetime_value(model, spend, base.assign(z=1))["clv"].sum() > values["clv"].sum()


def test_the_table_of_quantiles_has_four_digits():
    rng = np.random.default_rng(1)
    shape, level = np.exp(rng.uniform(np.log(0.05), np.log(200), 60_000)), rng.uniform(1e-4, 0.9999, 60_000)
    exact = gammaincinv(shape, level) / shape
    assert gamma_quantile(shape, level) == pytest.approx(exact, rel=1e-4, abs=1e-6)
