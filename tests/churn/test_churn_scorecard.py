import datetime as dt

import numpy as np
import pandas as pd
import pytest

from custinsight.base import summarise
from custinsight.base.purchases import read_purchases
from custinsight.churn import make_forecasts, scorecard, what_happened
from custinsight.clv import BGNBD, GammaGamma
from custinsight.errors import DataError

ORIGIN = dt.date(2024, 1, 1)


def forecasts(*rows, days=90):
    names = ["customer_id", "probability", "purchases", "spend", "spend_low", "spend_high"]
    return pd.DataFrame(rows, columns=names).assign(days=days, interval=0.9)


MADE = forecasts(
    ("a", 0.9, 0.1, 10, 0, 50), ("b", 0.2, 2.0, 200, 20, 400), ("c", 0.4, 1.0, 90, 0, 95), ("z", 0.5, 1.0, 1, 0, 2)
)
HAPPENED = pd.DataFrame(
    {"customer_id": ["a", "b", "c", "new"], "purchases": [0, 3, 1, 9], "spend": [0.0, 320.0, 99.0, 1e6]}
)


def test_totals_by_hand():
    row = scorecard(MADE, HAPPENED).totals.iloc[0]
    assert row[["customers", "unmatched"]].tolist() == [3, 1]
    assert row[["purchases_predicted", "purchases_actual"]].tolist() == pytest.approx([3.1, 4])
    assert row["purchases_bias"] == pytest.approx(3.1 / 4 - 1)
    assert row["spend_bias"] == pytest.approx(300 / 419 - 1)
    assert row[["churn_predicted", "churn_actual"]].tolist() == pytest.approx([0.5, 1 / 3])
    assert row["brier"] == pytest.approx((0.01 + 0.04 + 0.16) / 3)
    assert row["coverage"] == pytest.approx(2 / 3)
    assert row["auc"] == 1


def test_groups_add_up_to_the_total():
    tiers = pd.DataFrame({"customer_id": ["a", "b"], "tier": ["C", "A"]})
    found = scorecard(MADE, HAPPENED, tiers)
    assert found.groups.set_index("group")["customers"].to_dict() == {"": 1, "A": 1, "C": 1}
    assert found.groups["spend_actual"].sum() == found.totals["spend_actual"].iloc[0]


def test_what_was_not_forecast_has_no_grade():
    found = scorecard(MADE.assign(purchases=np.nan, spend=np.nan, spend_low=np.nan, spend_high=np.nan), HAPPENED)
    assert found.totals[["purchases_bias", "spend_bias", "coverage"]].isna().all().all()
    assert found.totals["brier"].notna().all()


def test_nobody_to_grade_and_two_horizons():
    assert scorecard(MADE.head(0), HAPPENED).totals.empty
    with pytest.raises(DataError, match="one horizon at a time"):
        scorecard(pd.concat([MADE, MADE.assign(days=365)]), HAPPENED)


def test_what_happened_counts_days_after_the_origin_of_those_known_by_then():
    lines = pd.DataFrame(
        [
            ("a", "2023-12-01", 10),
            ("a", "2024-01-01", 20),
            ("a", "2024-01-02", 30),
            ("a", "2024-03-31", 40),
            ("a", "2024-04-01", 50),
            ("late", "2024-02-01", 60),
            ("b", "2023-11-01", 70),
        ],
        columns=["customer_id", "doc_date", "amount_net"],
    )
    found = what_happened(read_purchases(lines), ORIGIN, 90)
    assert found.to_numpy().tolist() == [["a", 2, 70.0], ["b", 0, 0.0]]


def test_forecasts_are_made_for_each_horizon_and_can_be_graded(log):
    purchases = read_purchases(log)
    summary = summarise(purchases, end="2024-01-01")
    scores = summary[["customer_id"]].assign(probability=0.4)
    made = make_forecasts(summary, scores, (90, 180), model=BGNBD().fit(summary), spend_model=GammaGamma().fit(summary))
    assert made.groupby("days").size().to_dict() == {90: len(summary), 180: len(summary)}
    assert made[made["days"] == 180]["probability"].isna().all()
    assert (made["spend_low"] <= made["spend"]).all()
    graded = scorecard(made[made["days"] == 90], what_happened(purchases, ORIGIN, 90)).totals.iloc[0]
    assert graded["unmatched"] == 0
    assert abs(graded["purchases_bias"]) < 0.3
