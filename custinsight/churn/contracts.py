"""Customers under contract: who has left is known, by a label or by the day on which the contract ended.

With start and end days the model is a discrete-time hazard: at several days of the past, those under contract then are
looked at, and whether they left within the horizon is learnt from their tenure and what is known of them (Allison 1982,
Discrete-time methods for the analysis of event histories, Sociological Methodology 13, 61-98, formula 7).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression
from sklearn.model_selection import StratifiedKFold

from custinsight.base.lines import as_day
from custinsight.churn.encoding import encode, levels_of
from custinsight.churn.forecaster import Forecaster, fit_learners
from custinsight.churn.reasons import REASONS, list_reasons
from custinsight.churn.trials import COLUMNS, METHODS, choose, grade
from custinsight.churn.verdict import FEWEST_CUSTOMERS, FEWEST_OUTCOMES, REFUSE, judge_grades
from custinsight.churn.windows import MOST_WINDOWS, Flags
from custinsight.clv.summaries import Floats
from custinsight.engine import Tabular, as_table, collect, require_columns
from custinsight.errors import DataError
from custinsight.words import Message, msg

TENURE, BASE = "tenure", "base_rate"
"""Rules without a model: the share that left by tenure alone, and the share that left of all."""
TENURE_DAYS = "tenure_days"
FOLDS = 5
_GRADED = {"method": "str", "auc": "float64", "pr_auc": "float64", "lift": "float64", "brier": "float64"}
_GRADES = {**_GRADED, "ece": "float64", "is_chosen": "bool"}


@dataclass(frozen=True)
class ContractChurn:
    """Who leaves among customers under contract.

    Parameters
    ----------
    verdict : str
        "use", "simple" (tenure alone is as good or better on some measure), "care" or "refuse".
    sentences : tuple of Message
    method : str
        "logistic", "additive" or "blend"; "" where refused.
    grades : pandas.DataFrame
        method, auc, pr_auc, lift, brier, ece (means over the tests), is_chosen.
    scores : pandas.DataFrame
        customer_id, probability: of those who have not left.
    reasons : pandas.DataFrame
        See :func:`custinsight.churn.reasons.list_reasons`; topics are columns of the customers.
    """

    verdict: str
    sentences: tuple[Message, ...]
    method: str
    grades: pd.DataFrame = field(default_factory=lambda: _empty(_GRADES))
    scores: pd.DataFrame = field(default_factory=lambda: _empty({"customer_id": "str", "probability": "float64"}))
    reasons: pd.DataFrame = field(default_factory=lambda: _empty(REASONS))
    _levels: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    _forecaster: Forecaster | None = field(default=None, repr=False)

    def probability(self, customers: pd.DataFrame) -> Floats:
        """Probability of leaving of other customers, with the same columns as those learnt from."""
        if self._forecaster is None:
            raise DataError("Nothing was learnt, so no probability can be given.")
        return self._forecaster.probability(encode(customers, self._levels), None, 1)


def fit_contracts(
    customers: Tabular,
    *,
    label: str | None = None,
    churned: Any = None,
    start: str | None = None,
    end: str | None = None,
    as_of: str | dt.date | None = None,
    horizon_days: int = 90,
) -> ContractChurn:
    """Learn who leaves among customers under contract, test it, and score those who are still there.

    Parameters
    ----------
    customers : table
        One row per customer: customer_id, the label or the days, and whatever is known of the customer: numbers,
        truths and texts. What is known must have been known before the customer left.
    label : str, optional
        Column with two values that tells who left. Tested on fifths of the customers that were left out in turn.
    churned : scalar, optional
        The value of those who left; found where the column holds truths, 0 and 1, or yes and no.
    start, end : str, optional
        Columns with first and last day of the contract, the last empty while it runs. Tested on later stretches.
    as_of : date or text, optional
        Last day known, with start and end.
    horizon_days : int
        How far ahead, with start and end.

    Returns
    -------
    ContractChurn
        With the verdict "refuse", and what can be said instead, where there is too little to learn from, or a label of
        more than two values.

    Raises
    ------
    DataError
        A column is missing, neither label nor days are named, or a day cannot be read.

    Examples
    --------
    >>> few = pd.DataFrame({"customer_id": ["a", "b", "c"], "state": ["left", "stays", "paused"]})
    >>> from custinsight.words import Words
    >>> found = fit_contracts(few, label="state", churned="left")
    >>> found.verdict, Words("en")(found.sentences[0])[:42]
    ('refuse', 'The label state has 3 values (left, paused')
    """
    frame = customers if isinstance(customers, pd.DataFrame) else collect(as_table(customers), max_rows=None)
    require_columns(frame, ("customer_id",), name="The customers")
    frame = frame.sort_values("customer_id", ignore_index=True)
    if label is not None:
        require_columns(frame, (label,), name="The customers")
        return _by_label(frame, label, churned)
    if start is None or end is None or as_of is None:
        raise DataError("Give the column label, or the columns start and end with the last day known as as_of.")
    require_columns(frame, (start, end), name="The customers")
    return _by_days(frame, start, end, as_day(as_of), horizon_days)


def read_label(values: pd.Series, churned: Any = None) -> Flags | Message:
    """Read a label of two values; say what there is where it has others.

    Examples
    --------
    >>> read_label(pd.Series(["Yes", "No", "No"])).tolist()
    [True, False, False]
    """
    known = sorted(values.dropna().unique(), key=str)
    if len(known) > 2 or values.isna().any():
        counts = values.astype(object).fillna("–").astype("str").value_counts()
        return msg(
            "The label {column} has {n:count} values ({values}), where it must tell those who left from those who "
            "stayed. What can be said: {most} is the most frequent, with {share:percent} of the customers.",
            column=str(values.name),
            n=len(counts),
            values=", ".join(sorted(counts.index)[:5]),
            most=str(counts.index[0]),
            share=float(counts.iloc[0] / len(values)),
        )
    positive = churned if churned is not None else next((each for each in known if _means(each, _YES)), None)
    if positive is None and all(_means(each, _NO) for each in known):
        return np.zeros(len(values), dtype=bool)
    if positive is None:
        return msg(
            "It cannot be told which value of the label {column} means that a customer left. Name it as churned.",
            column=str(values.name),
        )
    return (values == positive).to_numpy(dtype=bool)


_YES = ("true", "1", "1.0", "yes", "y", "是")
_NO = ("false", "0", "0.0", "no", "n", "否")


def _means(value: Any, words: tuple[str, ...]) -> bool:
    return str(value).strip().lower() in words


def _by_label(frame: pd.DataFrame, label: str, churned: Any) -> ContractChurn:
    left = read_label(frame[label], churned)
    if isinstance(left, Message):
        return ContractChurn(REFUSE, (left,), "")
    refused = _refuse(left)
    if refused is not None:
        return ContractChurn(REFUSE, (refused,), "")
    known = frame.drop(columns=label)
    levels = levels_of(known)
    design = encode(known, levels)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(np.zeros(len(left)), left)
    tests = [(design.iloc[train], left[train], design.iloc[test], left[test]) for train, test in folds]
    how = msg(
        "Tested on {n:count} parts of {customers:count} customers, each left out in turn; there is no later period to "
        "test on, so a drift of the level would not show.",
        n=FOLDS,
        customers=len(left),
    )
    return _learn(known, levels, [(design, left)], tests, ~left, how)


def _by_days(frame: pd.DataFrame, start: str, end: str, last: dt.date, horizon: int) -> ContractChurn:
    days = pd.DataFrame({name: _days(frame[name], name) for name in (start, end)})
    known = frame.drop(columns=[start, end])
    levels = levels_of(known)

    def seen(origin: dt.date) -> tuple[pd.DataFrame, Flags, np.ndarray]:
        day = pd.Timestamp(origin)
        under = ((days[start] <= day) & (days[end].isna() | (days[end] > day))).to_numpy()
        tenure = (day - days[start][under]).dt.days.astype("float64")
        design = encode(known[under], levels).assign(**{TENURE_DAYS: tenure})
        return design, (days[end][under] <= day + pd.Timedelta(days=horizon)).to_numpy(dtype=bool), under

    windows = []
    for back in range(1, MOST_WINDOWS + 1):
        origin = last - dt.timedelta(days=back * horizon)
        design, left, _ = seen(origin)
        if days[start].min() > pd.Timestamp(origin) or _refuse(left) is not None:
            break
        windows.append((design, left))
    if not windows:
        _, left, _ = seen(last - dt.timedelta(days=horizon))
        return ContractChurn(REFUSE, (_refuse(left) or _too_short(horizon),), "")
    now, _, under = seen(last)
    tests = [
        (pd.concat([each for each, _ in windows[i + 1 :]]), np.concatenate([y for _, y in windows[i + 1 :]]), *window)
        for i, window in enumerate(windows[:-1])
    ]
    if not tests:
        return ContractChurn(REFUSE, (_too_short(horizon),), "")
    how = msg(
        "Tested on {n:count} later stretch that the models had not seen, {customers:count} customers in the last.",
        "Tested on {n:count} later stretches that the models had not seen, {customers:count} customers in the last.",
        n=len(tests),
        customers=len(windows[0][1]),
    )
    return _learn(known.assign(**{TENURE_DAYS: np.nan}), levels, windows, tests, under, how, now)


def _learn(
    known: pd.DataFrame,
    levels: dict[str, tuple[str, ...]],
    windows: Sequence[tuple[pd.DataFrame, Flags]],
    tests: Sequence[tuple[pd.DataFrame, Flags, pd.DataFrame, Flags]],
    there: np.ndarray,
    how: Message,
    now: pd.DataFrame | None = None,
) -> ContractChurn:
    """Try the methods, choose, learn from all, and score those who are there."""
    rows: list[tuple[object, ...]] = []
    forecasts: dict[str, list[tuple[Floats, Flags]]] = {}
    for design, left, test, outcome in tests:
        for method, p in _forecasts(design, left, test).items():
            rows.append((method, *grade(None, p, outcome)))
            forecasts.setdefault(method, []).append((p, outcome))
    chosen = choose(forecasts)
    means = pd.DataFrame(rows, columns=COLUMNS).groupby("method")[list(_GRADES)[1:-1]].mean()
    verdict, sentence = judge_grades(means, chosen, TENURE if TENURE in means.index else BASE)
    forecaster = fit_learners(
        pd.concat([design for design, _ in windows]), np.concatenate([left for _, left in windows]), 1
    )[chosen]
    scored = now if now is not None else windows[0][0][there]
    facts = known[there].assign(**{TENURE_DAYS: scored[TENURE_DAYS]}) if TENURE_DAYS in scored else known[there]
    odds = forecaster.log_odds(scored, None, 1)
    added = forecaster.contributions(scored, None, 1)
    reasons = list_reasons(facts["customer_id"], odds, added - added.mean(), facts)
    place = {name: i for i, name in enumerate((*METHODS, TENURE, BASE))}
    ordered = means.reset_index().sort_values("method", key=lambda names: names.map(place), ignore_index=True)
    return ContractChurn(
        verdict,
        (how, sentence),
        chosen,
        ordered.assign(is_chosen=ordered["method"] == chosen)[list(_GRADES)].astype(_GRADES),
        pd.DataFrame({"customer_id": facts["customer_id"].to_numpy(), "probability": expit(odds)}),
        reasons,
        levels,
        forecaster,
    )


def _forecasts(design: pd.DataFrame, left: Flags, test: pd.DataFrame) -> dict[str, Floats]:
    found = {name: made.probability(test, None, 1) for name, made in fit_learners(design, left, 1).items()}
    tenure = next((name for name in test if str(name) in (TENURE_DAYS, "tenure")), None)
    if tenure is not None:
        days, asked = (np.nan_to_num(frame[tenure].to_numpy(dtype=np.float64)) for frame in (design, test))
        longer = bool(days[left].mean() > days[~left].mean())
        rule = IsotonicRegression(increasing=longer, out_of_bounds="clip").fit(days, left.astype(float))
        found[TENURE] = np.asarray(rule.predict(asked), dtype=np.float64)
    found[BASE] = np.full(len(test), float(left.mean()))
    return found


def _refuse(left: Flags) -> Message | None:
    n, gone = len(left), int(left.sum())
    if n < FEWEST_CUSTOMERS:
        return msg(
            "Only {n:count} customer under contract is known: too few to learn who leaves. {gone:count} left.",
            "Only {n:count} customers under contract are known: too few to learn who leaves. {gone:count} left.",
            n=n,
            gone=gone,
        )
    if min(gone, n - gone) < FEWEST_OUTCOMES:
        return msg(
            "Of {n:count} customers under contract {gone:count} left ({share:percent}): nearly all did the same, so "
            "nothing tells them apart.",
            n=n,
            gone=gone,
            share=gone / n,
        )
    return None


def _too_short(horizon: int) -> Message:
    return msg(
        "The contracts go back less than two horizons of {days:count} days, so nothing could be tested. What can be "
        "said: how many left, and after how long.",
        days=horizon,
    )


def _days(values: pd.Series, name: str) -> pd.Series:
    try:
        return pd.to_datetime(values)
    except (TypeError, ValueError):
        raise DataError("The column {column} must hold days such as 2024-12-31.", column=name) from None


def _empty(columns: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
