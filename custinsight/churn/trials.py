"""Trials of the methods: each forecasts later windows from earlier ones, beside two rules without a model."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from custinsight.churn.correction import Correction, choose_correction
from custinsight.churn.forecaster import BLEND, METHODS, PURCHASE, fit_forecasters, purchase_alone
from custinsight.churn.windows import Flags, Window
from custinsight.clv.metrics import brier, calibration_error
from custinsight.clv.summaries import Floats

HIATUS, RATE = "hiatus", "rate"
RULES = (HIATUS, RATE)
COLUMNS = ["method", "origin", "customers", "actual", "predicted", "auc", "pr_auc", "lift", "brier", "ece"]
GRADES = ("auc", "pr_auc", "lift", "brier", "ece")
TOP = 0.1
"""Share of the customers, the likeliest to stay away, whose lift is measured."""
AS_HONEST = 0.02
"""Calibration errors that differ by less are taken as equal."""


@dataclass(frozen=True)
class Trials:
    """How methods and rules did on windows that they had not seen.

    Parameters
    ----------
    grades : pandas.DataFrame
        One row per method and origin, latest first: method, origin, customers, actual and predicted (share without a
        purchase), auc, pr_auc (the class being those who left or stayed away), lift (of the likeliest tenth: their
        share without a purchase over that of all), brier and ece (ten bins of equal mass).
    chosen : str
    corrections : mapping of str to Correction
        What would have helped each method on its latest window.
    forecasts : mapping of str to list of (probability, outcome)
        Latest first.
    """

    grades: pd.DataFrame
    chosen: str
    corrections: Mapping[str, Correction]
    forecasts: Mapping[str, list[tuple[Floats, Flags]]]

    @property
    def latest(self) -> pd.DataFrame:
        """Grades on the latest window."""
        return self.grades[self.grades["origin"] == self.grades["origin"].max()]

    @property
    def means(self) -> pd.DataFrame:
        """One row per method: the grades' means over the origins, rules last."""
        order = {name: place for place, name in enumerate((*METHODS, *RULES))}
        means = self.grades.groupby("method")[list(GRADES)].mean().reset_index()
        return means.sort_values("method", key=lambda names: names.map(order), ignore_index=True)


def run_trials(windows: Sequence[Window]) -> Trials:
    """Let each method forecast each window but the oldest from those before it, and choose.

    See :func:`choose`: by Brier score and calibration error, as means over the windows forecast. A few windows seldom
    tell methods apart, and then the mean of all is the safer choice.

    References
    ----------
    Clemen (1989), Combining forecasts: a review, International Journal of Forecasting 5 (4), 559-583. Breiman,
    Friedman, Olshen and Stone (1984), Classification and regression trees, section 3.4.3 (the rule of one standard
    error).
    """
    rows: list[tuple[object, ...]] = []
    forecasts: dict[str, list[tuple[Floats, Flags]]] = {}
    for i, window in enumerate(windows[: max(len(windows) - 1, 1)]):
        for method, probability, rank in _forecasts(windows[i + 1 :], window):
            rows.append((method, *grade(window.origin, probability, window.is_silent, rank)))
            forecasts.setdefault(method, []).append((probability, window.is_silent))
    chosen = choose(forecasts)
    oldest = windows[-1] if windows else None
    if len(windows) > 1 and oldest is not None and oldest.model is not None and PURCHASE in forecasts:
        # the purchase model has learnt from no window, so that it can be judged on the oldest, too
        own = purchase_alone(oldest.days).probability(oldest.frame, oldest.model, oldest.days)
        forecasts[PURCHASE].append((own, oldest.is_silent))
    grades = pd.DataFrame(rows, columns=COLUMNS)
    corrections = {name: choose_correction(done) for name, done in forecasts.items() if name in METHODS}
    return Trials(grades, chosen, corrections, forecasts)


def _forecasts(earlier: Sequence[Window], window: Window) -> Iterator[tuple[str, Floats, Floats]]:
    """Method, probabilities and what it ranks by; with no earlier window what needs to learn from none."""
    own = np.exp(-expected_by_rate(window.frame, window.days))
    yield RATE, own, own
    with_model = window.model is not None and all(each.model is not None for each in earlier)
    if not earlier:
        if with_model:
            alone = purchase_alone(window.days).probability(window.frame, window.model, window.days)
            yield PURCHASE, alone, alone
        return
    known = window.design if with_model else window.frame
    for name, forecaster in fit_forecasters(earlier, with_model).items():
        probability = forecaster.probability(known, window.model if with_model else None, window.days)
        yield name, probability, probability
    silent = window.frame["hiatus_days"].to_numpy(dtype=np.float64)
    days = np.concatenate([each.frame["hiatus_days"].to_numpy(dtype=np.float64) for each in earlier])
    outcome = np.concatenate([each.is_silent for each in earlier]).astype(np.float64)
    rule = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(days, outcome)
    yield HIATUS, np.asarray(rule.predict(silent), dtype=np.float64), silent


def expected_by_rate(frame: pd.DataFrame, days: int) -> Floats:
    """Purchases within ``days`` if everybody goes on at their own past rate."""
    age = frame["age_days"].to_numpy(dtype=np.float64)
    rate = np.divide(frame["purchases"].to_numpy(dtype=np.float64) - 1, age, out=np.zeros(len(frame)), where=age > 0)
    return np.asarray(rate * days, dtype=np.float64)


def grade(
    origin: dt.date | None, probability: Floats, silent: Flags, rank: Floats | None = None
) -> tuple[dt.date | None, int, float, float, float, float, float, float, float]:
    """Grades of one forecast, in the order of :data:`COLUMNS` from origin on; a ranking needs both outcomes."""
    ranking = probability if rank is None else rank
    both = bool(silent.any() and not silent.all())
    return (
        origin,
        len(silent),
        float(silent.mean()),
        float(probability.mean()),
        float(roc_auc_score(silent, ranking)) if both else float("nan"),
        float(average_precision_score(silent, ranking)) if both else float("nan"),
        lift(ranking, silent),
        brier(probability, silent),
        calibration_error(probability, silent),
    )


def lift(rank: Floats, outcome: Flags, top: float = TOP) -> float:
    """Share of the outcome among the first, over that among all; customers of equal rank count in part.

    Examples
    --------
    >>> lift(np.array([0.9, 0.8, 0.2, 0.1]), np.array([True, False, False, False]), top=0.25)
    4.0
    """
    share = float(np.mean(outcome)) if len(outcome) else 0.0
    if not share:
        return float("nan")
    wanted = top * len(rank)
    table = pd.DataFrame({"rank": rank, "outcome": outcome}).groupby("rank")["outcome"].agg(["size", "sum"])
    table = table.sort_index(ascending=False)
    taken = (wanted - (table["size"].cumsum() - table["size"])).clip(0, table["size"])
    return float((table["sum"] / table["size"] * taken).sum() / wanted / share)


def choose(forecasts: Mapping[str, list[tuple[Floats, Flags]]]) -> str:
    """Name of the chosen method by its forecasts of windows; the blend where none could be tried.

    Methods whose calibration error is two points above the smallest, or more, are out. Of the others the blend is
    taken, unless a method's Brier score is below it by more than one standard error of their paired difference; of
    several such methods the one with the smallest score.
    """
    tried = {name: forecasts[name] for name in METHODS if forecasts.get(name)}
    if not tried:
        return BLEND
    windows = min(map(len, tried.values()))
    tried = {name: done[:windows] for name, done in tried.items()}
    means = {
        name: [float(np.mean([measure(*each) for each in done])) for measure in (calibration_error, brier)]
        for name, done in tried.items()
    }
    fewest = min(ece for ece, _ in means.values())
    honest = [name for name in tried if means[name][0] < fewest + AS_HONEST]
    best = min(honest, key=lambda name: means[name][1])
    if BLEND in honest and not _beats(tried[best], tried[BLEND]):
        return BLEND
    return best


def _beats(one: list[tuple[Floats, Flags]], other: list[tuple[Floats, Flags]]) -> bool:
    """Whether the first forecasts' Brier score is smaller by more than one standard error."""
    gaps = [(p - silent) ** 2 - (q - silent) ** 2 for (p, silent), (q, _) in zip(one, other, strict=True)]
    gap = float(np.mean([each.mean() for each in gaps]))
    error = float(np.sqrt(sum(each.var() / len(each) for each in gaps))) / len(gaps)
    return gap < -error
