"""The gate: trials on the past, the choice among models, and what the verdict says."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from custinsight.base.purchases import read_purchases
from custinsight.clv import BGNBD, MBGCNBD, MBGNBD, NBD, ParetoNBD, Pool, lifetime_value, select
from custinsight.clv.levels import level_of
from custinsight.clv.selection import _best
from custinsight.clv.trials import Trials, list_windows, run_trials
from custinsight.errors import DataError
from custinsight.words import Words

say = Words("en")


@pytest.fixture(scope="module")
def lines(cdnow_log):
    named = cdnow_log.rename(columns={"date": "doc_date", "amount": "amount_net"})
    return named.assign(customer_id=named["customer_id"].astype(str).str.zfill(5))


@pytest.fixture(scope="module")
def chosen(lines):
    return select(lines, end="1998-06-30", horizon_days=180)


def regular_orders(n=120, gap=30, jitter=2.0, seed=1, days=900):
    rng = np.random.default_rng(seed)
    rows = [
        (f"C{i:04d}", pd.Timestamp("2021-01-01") + pd.Timedelta(days=round(day)))
        for i in range(n)
        for day in np.cumsum(np.maximum(rng.normal(gap, jitter, rng.integers(3, days // gap)), 1.0))
        + rng.integers(0, 60)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "doc_date"]).assign(amount_net=100.0)


def test_cdnow_gets_models_and_a_verdict(chosen):
    assert chosen.verdict in {"use", "care"}
    assert chosen.model is not None
    assert chosen.silence_model is not None
    assert chosen.scores["is_chosen"].sum() == chosen.scores["is_chosen_for_silence"].sum() == 1
    assert chosen.holdout.metrics["holdout_days"] == 180
    assert chosen.level == 1.0
    assert say(chosen.reasons[-1]).startswith("Forecast of the last 180 days")


def test_models_and_rules_are_tried_on_each_stretch(chosen):
    errors = chosen.trials.errors
    models = {"BGNBD", "MBGNBD", "ParetoNBD", "Pool"}
    latest, earlier = sorted(errors["origin"].unique(), reverse=True)
    assert (latest, earlier) == (dt.date(1998, 1, 1), dt.date(1997, 7, 5))
    assert set(errors.loc[errors["origin"] == latest, "method"]) == models | {"naive", "mean", "hiatus"}
    assert set(errors.loc[errors["origin"] == earlier, "method"]) == models | {"naive", "mean"}
    assert (errors.loc[errors["method"] == "mean", "brier"].isna()).all()
    calibration = chosen.trials.calibration
    one = calibration[(calibration["method"] == "BGNBD") & (calibration["origin"] == latest)]
    assert one["customers"].sum() == 2357


def test_a_model_beats_the_rules(chosen):
    scores = chosen.scores.set_index("method")
    best = scores[scores["is_chosen"]].iloc[0]
    assert best["mae"] < scores.loc["naive", "mae"]
    assert best["rmse"] < scores.loc["mean", "rmse"]


def test_the_smallest_sum_of_ranks_is_chosen():
    means = pd.DataFrame({"mae": [1.0, 2.0, 3.0], "miss": [0.3, 0.1, 0.2]}, index=["a", "b", "c"])
    assert _best(means, "mae", "miss") == "b"
    even = pd.DataFrame({"mae": [1.0, 2.0], "miss": [0.2, 0.1]}, index=["a", "b"])
    assert _best(even, "mae", "miss") == "a"


def test_candidates_may_be_given(lines):
    result = select(lines, end="1998-06-30", candidates={"plain": NBD()})
    assert isinstance(result.model, NBD)
    assert result.scores.loc[result.scores["is_chosen"], "method"].tolist() == ["plain"]


def test_windows_are_as_long_as_half_the_history_allows(lines):
    purchases = read_purchases(lines)
    windows = list_windows(purchases, dt.date(1997, 9, 30), 273, "W")
    assert [window.days for window in windows] == [136]
    assert windows[0].origin == dt.date(1997, 5, 17)
    three = list_windows(purchases, dt.date(1998, 6, 30), 90, "W")
    assert [(dt.date(1998, 6, 30) - window.origin).days for window in three] == [90, 180, 270]
    assert three[1].actual.sum() > 0


def test_nothing_after_the_stretch_is_known(lines):
    early = lines[pd.to_datetime(lines["doc_date"]) <= "1997-12-31"]
    all_known, some_known = (
        list_windows(read_purchases(log), dt.date(1997, 12, 31), 90, "W")[0].frame for log in (lines, early)
    )
    pd.testing.assert_frame_equal(all_known, some_known)


def test_too_short_a_history_is_refused():
    short = pd.DataFrame({"customer_id": ["a", "b"], "doc_date": ["2024-01-01"] * 2, "amount_net": [1.0, 2.0]})
    result = select(short)
    assert result.verdict == "refuse"
    assert result.model is None
    assert result.holdout is None


def test_contracts_are_refused():
    result = select(regular_orders(), horizon_days=180)
    assert result.verdict == "refuse"
    assert any("as under a contract" in say(reason) for reason in result.reasons)


def test_regular_orders_bring_a_model_of_regular_orders():
    result = select(regular_orders(jitter=14.0, n=120), horizon_days=180)
    assert result.regularity.ticks > 1
    assert "MBGCNBD" in set(result.scores["method"])
    said = " ".join(say(reason) for reason in result.reasons)
    assert ("regular intervals" in said) == (not isinstance(result.model, MBGCNBD))


def test_a_cohort_unlike_the_rest_is_named(lines):
    rng = np.random.default_rng(2)
    first = pd.to_datetime(lines["doc_date"]).groupby(lines["customer_id"]).transform("min")
    late = lines[first >= "1997-03-01"].drop_duplicates("customer_id")["customer_id"]
    bursts = pd.DataFrame(
        {
            "customer_id": np.repeat(late.to_numpy(), 3),
            "doc_date": pd.Timestamp("1998-02-01") + pd.to_timedelta(rng.integers(0, 140, 3 * len(late)), unit="D"),
            "amount_net": 20.0,
        }
    )
    result = select(pd.concat([lines, bursts]), end="1998-06-30", horizon_days=182, candidates={"BGNBD": BGNBD()})
    assert any("not like the rest" in say(reason) for reason in result.reasons)


def test_a_season_that_returns_is_taken_in():
    rng = np.random.default_rng(5)
    start, rows = pd.Timestamp("2019-01-01"), []
    for i in range(150):
        days = np.cumsum(rng.exponential(60, 80))
        days = days[days < 1640]
        months = (start + pd.to_timedelta(days.round(), unit="D")).month
        # half the purchases of the first half of a year do not happen
        kept = days[(months > 6) | (rng.random(len(days)) < 0.35)]
        rows += [(f"C{i:03d}", start + pd.Timedelta(days=round(day))) for day in kept]
    log = pd.DataFrame(rows, columns=["customer_id", "doc_date"]).assign(amount_net=10.0)
    summer = select(log, end="2022-12-31", horizon_days=182, candidates={"NBD": NBD()})
    assert summer.level < 0.85


def test_no_window_no_level():
    nothing = Trials(pd.DataFrame({"method": [], "origin": []}), pd.DataFrame(), 0)
    assert level_of(read_purchases(regular_orders(3)), [], nothing, "BGNBD", BGNBD()) == 1.0


def test_a_window_that_cannot_be_fitted_to_has_no_row(lines):
    window = list_windows(read_purchases(lines), dt.date(1998, 6, 30), 182, "W")[0]
    once = type(window)(window.origin, window.frame[window.frame["frequency"] == 0], window.days, "W")
    assert set(run_trials([once], {"BGNBD": BGNBD()}).errors["method"]) == {"naive", "mean"}


@pytest.mark.parametrize("argument", [{"horizon_days": 0}, {"unit": "fortnight"}])
def test_arguments_out_of_range(lines, argument):
    with pytest.raises(DataError):
        select(lines, **argument)


def test_the_pool_is_the_mean_of_its_models(cdnow, chosen):
    models = [BGNBD().fit(cdnow), ParetoNBD().fit(cdnow)]
    pool = Pool([BGNBD(), ParetoNBD()]).fit(cdnow)
    for verb in ("expected_purchases", "probability_no_purchase", "probability_alive"):
        mean = sum(getattr(model, verb)(cdnow, 39) for model in models) / 2
        assert getattr(pool, verb)(cdnow, 39).to_numpy() == pytest.approx(mean.to_numpy())
    assert list(pool.params_.index[:2]) == ["BGNBD.r", "BGNBD.alpha"]
    assert pool.purchase_distribution(cdnow.head(3), 39, 50).sum(axis=1).to_numpy() == pytest.approx(1)
    assert pool.identified_
    assert pool.n_customers_ == 2357
    values = lifetime_value(pool, chosen.spend_model, cdnow)
    apart = [lifetime_value(model, chosen.spend_model, cdnow)["clv"].sum() for model in models]
    assert values["clv"].sum() == pytest.approx(np.mean(apart))
    assert (values["clv_low"] <= values["clv"]).all()


def test_an_unfitted_pool_knows_nothing():
    pool = Pool([BGNBD(), MBGNBD()])
    assert not hasattr(pool, "params_")
    with pytest.raises(DataError, match="at least two"):
        Pool([BGNBD()]).fit(pd.DataFrame())
