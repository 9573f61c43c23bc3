import numpy as np
import pandas as pd
import pytest

from custinsight.churn import add_stake, call_curve, drift, group_performance, leaving_profile, stability_index
from custinsight.errors import DataError


def scores(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "probability"])


def margins(*rows):
    return pd.DataFrame(rows, columns=["customer_id", "expected_margin"])


def test_stake_is_probability_times_margin_and_priority_knows_what_can_change():
    made = add_stake(
        scores(("sure", 0.02), ("open", 0.5), ("gone", 0.98)), margins(("sure", 100), ("open", 100), ("gone", 100))
    )
    assert made["value_at_stake"].tolist() == pytest.approx([2, 50, 98])
    assert made["changeable"].tolist() == pytest.approx([0.0784, 1, 0.0784])
    assert made.set_index("customer_id")["priority"].to_dict() == {"open": 1, "gone": 2, "sure": 3}


def test_without_margins_there_is_no_stake_and_the_likelier_comes_first():
    made = add_stake(scores(("x", 0.2), ("y", 0.7)))
    assert made["value_at_stake"].isna().all()
    assert made["priority"].tolist() == [2, 1]


def test_nobody_to_put_in_order():
    assert add_stake(scores(), margins()).empty


def test_the_best_number_of_calls_is_where_a_call_no_longer_pays():
    made = add_stake(scores(*((f"C{i}", 0.5) for i in range(5))), margins(*((f"C{i}", 100.0 * i) for i in range(5))))
    calls = call_curve(made, cost_per_call=15, save_rate=0.1)
    # saved are 20, 15, 10 and 5 of C4 … C1; the second call brings what it costs
    assert calls.best == 1
    assert calls.customers.tolist() == ["C4"]
    assert calls.curve.loc[calls.curve["is_best"], "gain"].tolist() == [5]
    assert calls.curve["calls"].max() == 4


def test_no_call_pays():
    made = add_stake(scores(("x", 0.5)), margins(("x", 10.0)))
    assert call_curve(made, cost_per_call=50, save_rate=0.2).best == 0


@pytest.mark.parametrize(("cost", "rate"), [(0, 0.1), (5, 0), (5, 1.5)])
def test_cost_and_rate_must_make_sense(cost, rate):
    with pytest.raises(DataError, match="must be"):
        call_curve(add_stake(scores(("x", 0.5)), margins(("x", 10.0))), cost, rate)


def test_the_stability_index_by_hand():
    before, now = np.repeat([0.0, 1.0], [50, 50]), np.repeat([0.0, 1.0], [20, 80])
    assert stability_index(before, now) == pytest.approx(0.3 * np.log(0.8 / 0.5) + 0.3 * np.log(0.5 / 0.2))


def test_drift_has_a_verdict_per_feature():
    rng = np.random.default_rng(1)
    then = pd.DataFrame({"same": rng.normal(size=3000), "gone": rng.normal(size=3000)})
    now = pd.DataFrame({"same": rng.normal(size=3000), "gone": np.full(3000, np.nan)})
    assert drift(then, now).set_index("feature")["verdict"].to_dict() == {"same": "stable", "gone": "shifted"}


def test_groups_of_tenure_and_size_are_judged_and_small_ones_are_not():
    rng = np.random.default_rng(2)
    n = 900
    p = rng.uniform(0.2, 0.8, n)
    tested = pd.DataFrame(
        {
            "customer_id": [f"C{i}" for i in range(n)],
            "probability": p,
            "is_silent": rng.random(n) < p,
            "age_days": np.arange(n),
            "year_spend": rng.normal(size=n),
        }
    )
    regions = pd.DataFrame({"customer_id": tested["customer_id"], "region": ["few"] * 10 + ["many"] * (n - 10)})
    found = group_performance(tested, regions).set_index(["kind", "group"])
    assert found.loc["tenure"].index.tolist() == ["high", "low", "middle"]
    assert set(found.loc[["tenure", "size"], "verdict"]) == {"fair"}
    assert found.loc[("region", "few"), "verdict"] == "few"


def test_those_who_left_beside_those_who_stayed():
    tested = pd.DataFrame(
        {"is_silent": [True, False] * 50, "hiatus_days": [90.0, 10.0] * 50, "noise": [1.0, 1.0, 2.0, 2.0] * 25}
    )
    profile = leaving_profile(tested).set_index("feature")
    assert profile.loc["hiatus_days", ["leaving", "staying", "distance"]].tolist() == [90, 10, 1]
    assert profile.loc["noise", "distance"] == 0
