import numpy as np
import pandas as pd
import pytest

from custinsight.churn import fit_contracts, propose_kind
from custinsight.errors import DataError
from custinsight.words import Words


def customers(n=1200, seed=3):
    """Those who pay by the month leave sooner; the fee says nothing."""
    rng = np.random.default_rng(seed)
    monthly = rng.random(n) < 0.5
    begun = pd.Timestamp("2022-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D")
    stay = rng.exponential(np.where(monthly, 300, 1500), n)
    ended = begun + pd.to_timedelta(stay.round(), unit="D")
    return pd.DataFrame(
        {
            "customer_id": [f"C{i:04d}" for i in range(n)],
            "plan": np.where(monthly, "monthly", "yearly"),
            "fee": rng.normal(30, 5, n).round(2).astype(str),
            "begun": begun,
            "ended": pd.Series(ended).where(pd.Series(ended) <= pd.Timestamp("2024-06-30")),
        }
    )


@pytest.fixture(scope="module")
def by_days():
    return fit_contracts(customers(), start="begun", end="ended", as_of="2024-06-30", horizon_days=90)


@pytest.fixture(scope="module")
def labelled():
    frame = customers()
    return frame[["customer_id", "plan", "fee"]].assign(left=np.where(frame["ended"].notna(), "Yes", "No"))


def said(found):
    return " ".join(map(Words("en"), found.sentences))


def test_those_under_contract_are_scored_and_no_others(by_days):
    frame = customers()
    there = frame[frame["ended"].isna()]["customer_id"]
    assert by_days.scores["customer_id"].tolist() == there.tolist()
    assert by_days.scores["probability"].between(0, 1).all()


def test_the_hazard_of_each_plan_is_found(by_days):
    plans = by_days.scores.merge(customers(), on="customer_id").groupby("plan")["probability"].mean()
    # exponential stays: 1 - exp(-90 / 300) and 1 - exp(-90 / 1500)
    assert plans["monthly"] == pytest.approx(0.26, abs=0.05)
    assert plans["yearly"] == pytest.approx(0.058, abs=0.03)


def test_the_plan_is_the_reason(by_days):
    first = by_days.reasons[by_days.reasons["place"] == 1]
    assert (first["topic"] == "plan").mean() > 0.9
    assert set(first["value"]) == {"monthly", "yearly"}


def test_what_ended_later_is_not_known_yet(by_days):
    frame = customers()
    later = frame.assign(ended=frame["ended"].fillna(pd.Timestamp("2024-09-30")))
    found = fit_contracts(later, start="begun", end="ended", as_of="2024-06-30", horizon_days=90)
    pd.testing.assert_frame_equal(found.scores, by_days.scores, check_exact=True)


def test_a_label_is_learnt_and_new_customers_scored(labelled):
    found = fit_contracts(labelled, label="left")
    grades = found.grades.set_index("method")
    assert grades.loc[found.method, "auc"] > 0.65
    assert grades.loc[found.method, "ece"] < 0.1
    assert "each left out in turn" in said(found)
    new = found.probability(
        pd.DataFrame({"customer_id": ["x", "y"], "plan": ["monthly", "yearly"], "fee": ["30", "30"]})
    )
    assert new[0] > new[1] + 0.2
    assert len(found.scores) == (labelled["left"] == "No").sum()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda frame: frame.assign(left=["Yes", "No", "Maybe"] * 400), "has 3 values"),
        (lambda frame: frame.assign(left="No"), "nearly all did the same"),
        (lambda frame: frame.assign(left="Yes"), "nearly all did the same"),
        (lambda frame: frame.head(20), "Only 20 customers under contract"),
        (lambda frame: frame.assign(left=["gone", "here"] * 600), "Name it as churned"),
    ],
    ids=["three values", "no churner", "all churners", "twenty", "unclear"],
)
def test_what_cannot_be_learnt_is_said_and_not_scored(labelled, change, words):
    found = fit_contracts(change(labelled), label="left")
    assert found.verdict == "refuse"
    assert words in said(found)
    assert found.scores.empty
    with pytest.raises(DataError, match="Nothing was learnt"):
        found.probability(labelled)


def test_one_horizon_of_contracts_only():
    frame = customers()
    late = frame.assign(begun=pd.Timestamp("2024-03-01"))
    found = fit_contracts(late, start="begun", end="ended", as_of="2024-06-30", horizon_days=90)
    assert found.verdict == "refuse"
    assert "less than two horizons" in said(found)


def test_neither_label_nor_days():
    with pytest.raises(DataError, match="Give the column label"):
        fit_contracts(customers())


def test_free_buyers_and_subscribers_are_told_apart(log):
    assert propose_kind(log, "2024-06-01").kind == "without_contract"
    days = pd.date_range("2023-01-05", periods=14, freq="MS")
    fees = pd.DataFrame(
        [(f"C{i}", day, 19.9 + i) for i in range(30) for day in days], columns=["customer_id", "doc_date", "amount_net"]
    )
    found = propose_kind(fees)
    assert found.kind == "contract"
    assert "about 30 days" in Words("en")(found.reasons[0])
    assert propose_kind(fees.head(20)).kind == "unknown"
