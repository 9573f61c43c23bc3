import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from custinsight import churn
from custinsight.churn.correction import choose_correction, learn_level
from custinsight.churn.forecaster import BLEND, METHODS, purchase_alone
from custinsight.churn.learners import Additive, Logistic
from custinsight.churn.topics import by_topic
from custinsight.churn.trials import choose, lift
from custinsight.churn.windows import window_days
from custinsight.errors import DataError
from custinsight.words import Words

END = "2024-06-01"


@pytest.fixture(scope="module")
def fitted(log):
    return churn.fit(log, end=END, horizon_days=90)


def said(found):
    return " ".join(map(Words("en"), found.sentences))


def test_everybody_known_by_the_end_is_scored(log, fitted):
    there = log[log["doc_date"] <= END]["customer_id"].nunique()
    assert len(fitted.scores) == there
    assert fitted.scores["probability"].between(0, 1).all()


def test_the_probabilities_tell_who_stays_away(fitted):
    grades = fitted.grades.set_index("method")
    assert fitted.method in METHODS
    assert grades.loc[fitted.method, "brier"] < grades.loc["rate", "brier"]
    assert grades.loc[fitted.method, "auc"] > 0.75
    assert grades.loc[fitted.method, "ece"] < 0.1
    assert {"hiatus", "rate"} <= set(grades.index)


def test_a_second_fit_gives_the_same_to_the_last_digit(log, fitted):
    again = churn.fit(log.sample(frac=1, random_state=4), end=END, horizon_days=90)
    pd.testing.assert_frame_equal(again.scores, fitted.scores, check_exact=True)
    pd.testing.assert_frame_equal(again.reasons, fitted.reasons, check_exact=True)


def test_what_comes_after_the_end_changes_nothing(log, fitted):
    cut = churn.fit(log[log["doc_date"] <= END], end=END, horizon_days=90)
    pd.testing.assert_frame_equal(cut.scores, fitted.scores, check_exact=True)


def test_contributions_and_base_make_the_log_odds(fitted):
    frame = fitted.current
    added = fitted.forecaster.contributions(frame, fitted.model, 90)
    rest = fitted.forecaster.log_odds(frame, fitted.model, 90) - added.to_numpy().sum(axis=1)
    assert np.ptp(rest) < 1e-9


def test_two_to_four_reasons_each_with_direction_and_words(fitted):
    counts = fitted.reasons.groupby("customer_id").size()
    assert counts.between(2, 4).all()
    assert set(counts.index) == set(fitted.scores["customer_id"])
    say = Words("en")
    sentences = [say(churn.reason_sentence(row)) for row in fitted.reasons.head(50).to_dict("records")]
    assert all("pts)" in sentence for sentence in sentences)
    weights = fitted.reasons.assign(size=fitted.reasons["effect"].abs())
    falls = weights.groupby("customer_id")["size"].apply(lambda sizes: sizes.is_monotonic_decreasing)
    assert falls.all()


def test_the_purchase_model_alone_gives_two_reasons_that_add_up(fitted):
    alone, frame = purchase_alone(90), fitted.current
    added = by_topic(alone.contributions(frame, fitted.model, 90))
    told = added.loc[:, (added != 0).any()]
    assert set(told) == {"silence", "frequency"}
    assert np.allclose(told.sum(axis=1), alone.log_odds(frame, fitted.model, 90))
    # whoever bought on the last day is not silent
    assert np.allclose(told.loc[frame["hiatus_days"] == 0, "silence"], 0)
    assert (told["silence"] >= -1e-9).mean() > 0.95


def test_the_verdict_names_the_rule_and_the_test(fitted):
    assert fitted.verdict in ("use", "simple")
    assert "days of silence alone" in said(fitted)
    assert "Tested on 3 later stretches" in said(fitted)


def test_a_short_history_is_carried_over_by_the_purchase_model(log):
    found = churn.fit(log, end="2023-06-30", horizon_days=365)
    assert found.window_days < 365
    assert "carries them over to 365 days" in said(found)
    near = churn.fit(log, end="2023-06-30", horizon_days=found.window_days)
    assert found.scores["probability"].mean() < near.scores["probability"].mean()


@pytest.mark.parametrize(
    ("change", "horizon", "words"),
    [
        (lambda log: log[log["customer_id"] < "C0020"], 90, "Only 20 customers are known"),
        (lambda log: log[log["doc_date"] < "2024-03-20"], 60, "nearly all stayed away"),
        (lambda log: log, 900, "longer than the history"),
        (lambda log: log[log["doc_date"] > "2024-05-15"], 14, "too short to learn"),
        (lambda log: log[log["doc_date"] > END], 14, "Nobody had bought"),
    ],
    ids=["twenty", "all churn", "long horizon", "one period", "nobody"],
)
def test_what_cannot_be_learnt_is_said_and_not_scored(log, change, horizon, words):
    found = churn.fit(change(log), end=END, horizon_days=horizon)
    assert found.verdict == "refuse"
    assert words in said(found)
    assert found.scores.empty
    assert found.grades.empty


def test_nobody_leaves():
    days = pd.date_range("2023-01-01", "2024-05-31", freq="10D")
    rows = [(f"C{n}", day, 10.0) for n in range(150) for day in days]
    found = churn.fit(pd.DataFrame(rows, columns=["customer_id", "doc_date", "amount_net"]), end=END)
    assert found.verdict == "refuse"
    assert "Nearly everybody stays" in said(found)


def test_the_horizon_must_last(log):
    with pytest.raises(DataError, match="at least 7 days"):
        churn.fit(log, end=END, horizon_days=3)


def test_windows_are_a_third_of_a_short_history():
    first, end = pd.Timestamp("2024-01-01").date(), pd.Timestamp("2024-09-29").date()
    assert window_days(first, end, 273) == 91
    assert window_days(first, end, 30) == 30


@pytest.mark.parametrize("learner", [Logistic, Additive])
def test_learners_are_sums_and_take_what_is_missing(learner):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"a": rng.normal(size=2000), "b": rng.normal(size=2000), "c": 1.0})
    frame.loc[::7, "b"] = np.nan
    outcome = rng.random(2000) < expit(frame["a"] + frame["b"].fillna(2))
    learnt = learner().fit(frame, outcome.to_numpy())
    assert "c" not in learnt.columns_
    total = learnt.base_ + learnt.contributions(frame).sum(axis=1)
    assert np.allclose(expit(total), learnt.probability(frame))
    assert abs(learnt.probability(frame).mean() - outcome.mean()) < 0.02
    # what is missing was made to leave
    assert learnt.probability(frame)[::7].mean() > learnt.probability(frame).mean() + 0.1


def test_the_points_are_what_the_trees_say():
    """A pure interaction is not to be found by trees of one feature each."""
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"a": rng.choice([-1.0, 1.0], 4000), "b": rng.choice([-1.0, 1.0], 4000)})
    learnt = Additive().fit(frame, ((frame["a"] * frame["b"]) > 0).to_numpy())
    assert np.ptp(learnt.probability(frame)) < 0.1


def forecasts(sizes, off, seed=1):
    """An honest forecast and one off by a shift in log odds."""
    rng = np.random.default_rng(seed)
    found = []
    for n in sizes:
        odds = rng.normal(size=n)
        found.append((expit(odds + off), rng.random(n) < expit(odds)))
    return found


def test_the_blend_gives_way_only_to_what_is_better_beyond_chance():
    honest, off = forecasts([4000], 0.0), forecasts([4000], 0.3)
    (p, y), wobble = honest[0], np.random.default_rng(7).choice([0.03, -0.03], 4000)
    alike = [(expit(np.log(p / (1 - p)) + wobble), y)]
    assert choose({"logistic": honest, BLEND: alike}) == BLEND
    assert choose({"logistic": honest, BLEND: off}) == "logistic"
    assert choose({}) == BLEND


def test_a_lasting_miss_of_the_level_is_taken_off_and_a_passing_one_is_not():
    lasting = choose_correction(forecasts([3000, 3000], 0.5))
    assert lasting.kind == "level"
    assert lasting.shift == pytest.approx(-0.5, abs=0.12)
    passing = [*forecasts([3000], 0.0), *forecasts([3000], 0.5)]
    assert choose_correction(passing).kind == "none"
    assert choose_correction(forecasts([3000], 0.5)).kind == "none"


def test_the_level_is_met_exactly():
    p, y = forecasts([500], 0.7)[0]
    correction = learn_level(p, y)
    assert expit(correction.apply(np.log(p / (1 - p)))).mean() == pytest.approx(y.mean(), abs=1e-4)


def test_lift_counts_customers_of_equal_rank_in_part():
    assert lift(np.ones(10), np.array([True] * 4 + [False] * 6)) == 1.0
