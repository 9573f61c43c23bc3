import datetime as dt

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from custinsight.clv import BGNBD, GammaGamma, clv_by_group, lifetime_value
from custinsight.clv.horizons import horizon_days
from custinsight.errors import DataError

VALUES = ["customer_id", "probability_alive", "expected_purchases", "expected_spend", "clv", "clv_low", "clv_high"]


@pytest.fixture(scope="module")
def models(cdnow):
    return BGNBD().fit(cdnow), GammaGamma().fit(cdnow)


def test_one_row_per_customer_in_the_order_given(models, cdnow):
    values = lifetime_value(*models, cdnow, margin=0.3)
    assert list(values.columns) == VALUES
    assert values["customer_id"].tolist() == cdnow["customer_id"].tolist()
    assert np.isfinite(values[VALUES[1:]]).all().all()


def test_without_discount_it_is_purchases_times_spend_times_margin(models, cdnow):
    values = lifetime_value(*models, cdnow, "39W", annual_discount=0.0, margin=0.3)
    plain = values["expected_purchases"] * values["expected_spend"] * 0.3
    assert values["clv"].to_numpy() == pytest.approx(plain.to_numpy(), rel=1e-12)


def test_discounted_value_is_the_sum_over_days(models, cdnow):
    model, spend = models
    some = cdnow.iloc[[0, 5, 700, 1515]]
    value = lifetime_value(model, spend, some, "365D", annual_discount=0.15)["clv"]
    summed = np.zeros(len(some))
    for day in range(365):
        made = model.expected_purchases(some, (day + 1) / 7) - model.expected_purchases(some, day / 7)
        summed += made.to_numpy() * 1.15 ** (-(day + 0.5) / 365.25)
    assert value.to_numpy() == pytest.approx(summed * spend.expected_spend(some).to_numpy(), rel=1e-6)


def test_margin_scales_and_may_be_negative_or_the_customers_own(models, cdnow):
    gain = lifetime_value(*models, cdnow, margin=0.2)
    loss = lifetime_value(*models, cdnow, margin=-0.2)
    assert loss["clv"].to_numpy() == pytest.approx(-gain["clv"].to_numpy())
    assert loss["clv_low"].to_numpy() == pytest.approx(-gain["clv_high"].to_numpy())
    own = np.where(cdnow["frequency"] > 3, 0.5, 0.2)
    assert lifetime_value(*models, cdnow, margin=own)["clv"].sum() > gain["clv"].sum()


def test_intervals_hold_the_value_and_widen_with_their_level(models, cdnow):
    narrow, wide = (lifetime_value(*models, cdnow, interval=level) for level in (0.5, 0.9))
    for values in (narrow, wide):
        assert (values["clv_low"] <= values["clv"]).all()
        assert (values["clv"] <= values["clv_high"]).all()
    assert (wide["clv_high"] >= narrow["clv_high"] - 1e-9).all()
    assert (wide["clv_low"] <= narrow["clv_low"] + 1e-9).all()


def test_intervals_hold_what_customers_then_bring(simulate):
    base = simulate(8_000, seed=5, ahead=52.0)
    values = lifetime_value(BGNBD().fit(base), GammaGamma().fit(base), base, "52W", 0.0, interval=0.9)
    above, below = (base["spend"] > values["clv_high"]), (base["spend"] < values["clv_low"] - 1e-9)
    assert above.mean() == pytest.approx(0.045, abs=0.015)
    assert below.mean() < 0.05
    frequent = base["frequency"] >= 5
    assert (above | below)[frequent].mean() < 0.1


def test_the_interval_of_the_total_holds_the_total(simulate):
    hits = 0
    for seed in range(20):
        base = simulate(600, seed=100 + seed, ahead=52.0)
        total = clv_by_group(
            BGNBD().fit(base), GammaGamma().fit(base), base, None, "52W", annual_discount=0.0, interval=0.8
        ).iloc[0]
        hits += total["clv_low"] <= base["spend"].sum() <= total["clv_high"]
    # binomial(20, 0.8): fewer than 11 in 1 of 400 cases
    assert hits >= 11


def test_groups_add_up_and_their_bounds_do_not(models, cdnow):
    groups = pd.DataFrame({"customer_id": cdnow["customer_id"], "repeats": cdnow["frequency"].clip(upper=3)})
    table = clv_by_group(*models, cdnow, groups, margin=0.3)
    assert list(table.columns) == ["kind", "group", "customers", "clv", "clv_low", "clv_high"]
    total, parts = table.iloc[0], table.iloc[1:]
    assert (total["kind"], total["customers"]) == ("total", len(cdnow))
    assert parts["customers"].sum() == len(cdnow)
    assert parts["clv"].sum() == pytest.approx(total["clv"])
    values = lifetime_value(*models, cdnow, margin=0.3)
    assert values["clv"].sum() == pytest.approx(total["clv"])
    assert values["clv_low"].sum() < total["clv_low"] < total["clv"] < total["clv_high"] < values["clv_high"].sum()


def test_customers_without_a_group_are_in_the_total_only(models, cdnow):
    groups = pd.DataFrame({"customer_id": cdnow["customer_id"], "region": np.where(cdnow.index < 10, "north", None)})
    assert clv_by_group(*models, cdnow, groups)[["kind", "group", "customers"]].values.tolist() == [
        ["total", "", len(cdnow)],
        ["region", "north", 10],
    ]


def test_doubt_about_parameters_widens_the_total(models, cdnow):
    model, spend = models
    sure = BGNBD.from_params(**model.params_), GammaGamma.from_params(**spend.params_)
    width = [clv_by_group(*pair, cdnow).eval("clv_high - clv_low")[0] for pair in (sure, models)]
    assert width[1] > 1.2 * width[0]


def test_the_answer_comes_in_the_form_of_the_question(models, cdnow):
    some = cdnow.head(3)
    assert isinstance(lifetime_value(*models, pa.Table.from_pandas(some)), pa.Table)
    lazy = lifetime_value(*models, ibis.memtable(some))
    assert isinstance(lazy, ibis.Table)
    assert lazy.columns == tuple(VALUES)


def test_the_index_of_the_summary_does_not_matter(models, cdnow):
    moved = cdnow.set_index(cdnow.index + 50)
    assert lifetime_value(*models, moved)["clv"].tolist() == lifetime_value(*models, cdnow)["clv"].tolist()


def test_horizons():
    assert [horizon_days(h) for h in ("365D", "2Y", 90, dt.timedelta(days=7))] == [365, 730.5, 90, 7]
    for wrong in ("soon", "-5D", 0, float("nan")):
        with pytest.raises(DataError, match="horizon must be"):
            horizon_days(wrong)


@pytest.mark.parametrize(
    ("argument", "said"),
    [
        ({"annual_discount": -0.1}, "annual discount must"),
        ({"interval": 1.0}, "interval must"),
        ({"margin": [0.1, 0.2]}, "margin must"),
        ({"unit": "fortnight"}, "time unit must"),
    ],
)
def test_arguments_out_of_range_are_named(models, cdnow, argument, said):
    with pytest.raises(DataError, match=said):
        lifetime_value(*models, cdnow, **argument)
