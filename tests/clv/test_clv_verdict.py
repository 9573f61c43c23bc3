from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from custinsight.clv import BGNBD, gate, holdout, parameter_table
from custinsight.words import Words

say = Words("en")


@pytest.fixture(scope="module")
def tested(cdnow, cdnow_holdout):
    return holdout(cdnow, cdnow_holdout, holdout_days=273)


def changed(tested, **metrics):
    return replace(tested, metrics=pd.Series({**tested.metrics, **metrics}))


def test_cdnow_may_be_used(tested, cdnow):
    judged = gate(tested, cdnow, BGNBD().fit(cdnow))
    assert judged.verdict == "use"
    assert [say(reason) for reason in judged.reasons] == [
        "Forecast of the last 273 days from what was known before: 1,653 purchases, made were 1,882 (−12.1%)."
    ]


@pytest.mark.parametrize(
    ("metrics", "verdict", "said"),
    [
        ({"bias": -0.3}, "care", "number of purchases was off (−30.0%)"),
        ({"bias": 0.8}, "refuse", "number of purchases was off (+80.0%)"),
        ({"spend_bias": 0.4}, "care", "spend was off (+40.0%)"),
        ({"actual_total": 3.0}, "refuse", "Only 3 repeat purchases"),
        ({"naive_mae": 0.1, "naive_rmse": 0.2}, "care", "own past rate is as good"),
        ({"equal_rmse": 1.0, "base_brier": 0.1}, "refuse", "no better than giving everybody the mean"),
        ({"ece": 0.12}, "care", "off by 12.0% on average"),
        ({"coverage": 0.5}, "care", "held the spend of 50.0% of customers; 90.0% were aimed at"),
    ],
)
def test_what_a_bad_test_leads_to(tested, cdnow, metrics, verdict, said):
    judged = gate(changed(tested, **metrics), cdnow)
    assert judged.verdict == verdict
    assert said in say(judged.reasons[0])


def test_few_repeat_customers(cdnow, tested):
    one_time = cdnow[cdnow["frequency"] == 0]
    again = cdnow[cdnow["frequency"] > 0]
    assert gate(tested, pd.concat([one_time, again.head(60)])).verdict == "care"
    judged = gate(tested, pd.concat([one_time, again.head(10)]))
    assert judged.verdict == "refuse"
    assert say(judged.reasons[0]) == "Only 10 of 1,421 customers bought again: too few to learn from."


def test_no_test_no_values(cdnow):
    judged = gate(None, cdnow)
    assert judged.verdict == "refuse"
    assert "too short" in say(judged.reasons[0])


def test_spend_that_goes_with_frequency(tested, cdnow):
    judged = gate(tested, cdnow.assign(monetary_value=cdnow["frequency"] * 10.0))
    assert judged.verdict == "care"
    assert "rank correlation 1.00" in say(judged.reasons[0])


def test_no_dropout_is_said(tested, cdnow, simulate):
    model = BGNBD().fit(simulate(2_000, a=1e-9, b=1.0))
    judged = gate(tested, cdnow, model)
    assert judged.verdict == "care"
    assert "stopped for good" in say(judged.reasons[0])


def test_the_gravest_reason_comes_first(tested, cdnow):
    judged = gate(changed(tested, ece=0.2, bias=0.9), cdnow)
    assert judged.verdict == "refuse"
    assert "+90.0%" in say(judged.reasons[0])
    assert len(judged.reasons) == 3


def test_parameters_as_a_table(cdnow):
    table = parameter_table(BGNBD().fit(cdnow))
    assert table.columns.tolist() == ["model", "parameter", "estimate", "standard_error"]
    assert table["model"].unique().tolist() == ["BGNBD"]
    assert np.isfinite(table["standard_error"]).all()
