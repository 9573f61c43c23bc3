"""Who is leaving, without a contract: methods tried on the past, one chosen, everybody scored, with reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import ibis
import numpy as np
import pandas as pd
from scipy.special import expit

from custinsight.base.lines import as_day
from custinsight.churn.correction import NONE
from custinsight.churn.features import features
from custinsight.churn.forecaster import BLEND, Forecaster, fit_forecasters, purchase_alone
from custinsight.churn.reasons import REASONS, list_reasons
from custinsight.churn.records import Records, read_records
from custinsight.churn.trials import GRADES, Trials, run_trials
from custinsight.churn.verdict import REFUSE, judge, refuse_history, usable
from custinsight.churn.windows import (
    MOST_WINDOWS,
    Window,
    add_model,
    fit_purchases,
    list_windows,
    sampled,
)
from custinsight.clv.bgnbd import BGNBD
from custinsight.clv.metrics import calibration_table
from custinsight.clv.paretonbd import ParetoNBD
from custinsight.clv.pool import Pool
from custinsight.clv.purchase import PurchaseModel
from custinsight.engine import Tabular, batches, collect
from custinsight.errors import DataError
from custinsight.words import Message, msg

SCORES = {"customer_id": "str", "probability": "float64", "hiatus_days": "float64", "usual_gap_days": "float64"}
TESTED = {"customer_id": "str", "probability": "float64", "is_silent": "bool", "hiatus_days": "float64"}
_CALIBRATION = {"decile": "int64", "customers": "int64", "predicted": "float64", "actual": "float64"}
_GRADES = {"method": "str", **dict.fromkeys(GRADES, "float64"), "is_chosen": "bool"}
BATCH = 250_000


def empty(columns: dict[str, str]) -> pd.DataFrame:
    """A frame without rows that has these columns and types."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})


@dataclass(frozen=True)
class Churn:
    """Who is leaving.

    Parameters
    ----------
    verdict : str
        "use" (at least as good as days of silence alone on each measure), "simple" (that rule is as good or better on
        some), "care" (the rule could not be tried beside it) or "refuse" (no probabilities are given).
    sentences : tuple of Message
        What speaks for the verdict; where it refuses, what can be said instead.
    method : str
        What the probabilities are made by: "purchase_model", "logistic", "additive" or "blend"; "" where refused.
    horizon_days, window_days : int
        Of the probabilities, and of the stretches learnt from.
    grades : pandas.DataFrame
        One row per method and rule: method, auc, pr_auc, lift, brier, ece (means over the stretches forecast),
        is_chosen.
    calibration : pandas.DataFrame
        decile (1 is the likeliest to stay away), customers, predicted and actual, of the chosen method on the latest
        stretch.
    scores : pandas.DataFrame
        One row per customer: customer_id, probability (of no purchase within the horizon), hiatus_days,
        usual_gap_days.
    reasons : pandas.DataFrame
        One row per customer and reason; see :func:`custinsight.churn.reasons.list_reasons`.
    tested : pandas.DataFrame
        The latest stretch: customer_id, probability, is_silent, hiatus_days and the features.
    learnt : pandas.DataFrame
        Features of the stretches learnt from, for :func:`custinsight.churn.drift`.
    current : pandas.DataFrame
        customer_id and features of the customers now; a sample where they are many.
    trials : Trials or None
    forecaster : Forecaster or None
    model : PurchaseModel or None
    """

    verdict: str
    sentences: tuple[Message, ...]
    method: str
    horizon_days: int
    window_days: int
    grades: pd.DataFrame = field(default_factory=lambda: empty(_GRADES))
    calibration: pd.DataFrame = field(default_factory=lambda: empty(_CALIBRATION))
    scores: pd.DataFrame = field(default_factory=lambda: empty(SCORES))
    reasons: pd.DataFrame = field(default_factory=lambda: empty(REASONS))
    tested: pd.DataFrame = field(default_factory=lambda: empty(TESTED))
    learnt: pd.DataFrame = field(default_factory=pd.DataFrame)
    current: pd.DataFrame = field(default_factory=pd.DataFrame)
    trials: Trials | None = None
    forecaster: Forecaster | None = None
    model: PurchaseModel | None = None


def fit(
    transactions: Tabular | Records,
    *,
    end: str | dt.date | None = None,
    horizon_days: int = 90,
    interactions: Tabular | None = None,
    feedback: Tabular | None = None,
    receivables: Tabular | None = None,
    purchase_model: PurchaseModel | None = None,
    most_windows: int = MOST_WINDOWS,
) -> Churn:
    """Learn who stays away, test it on later stretches of the past, and score everybody.

    The history is cut into stretches as long as the horizon (or a third of the history, where that is shorter). From
    what was known before each, the purchase model, a regularised logistic regression, additive boosted trees and the
    mean of all three forecast who buys nothing within it; each stretch is forecast by what was learnt from earlier
    ones. See :func:`custinsight.churn.trials.choose` for the choice and
    :func:`custinsight.churn.correction.choose_correction` for what is done about a level that drifts.

    Parameters
    ----------
    transactions : table or Records
        As :func:`custinsight.churn.read_records` takes them.
    end : date or text, optional
        Last day known; the last day of the transactions when not given.
    horizon_days : int
        How far ahead the probabilities reach.
    interactions, feedback, receivables : table, optional
        As :func:`custinsight.churn.read_records` takes them; not with Records.
    purchase_model : PurchaseModel, optional
        Unfitted; the pool of BG/NBD and Pareto/NBD when not given.
    most_windows : int
        How many stretches are looked at, at most: the latest ones; at least two, so that one can be tested on.

    Returns
    -------
    Churn

    Raises
    ------
    DataError
        A column is missing, or the horizon is shorter than a week. A history that can be read but not learnt from
        raises nothing: the verdict is "refuse", and the sentences say what can be said instead.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "b"], "doc_date": ["2024-01-01", "2024-05-01"],
    ...                       "amount_net": [5, 5]})
    >>> from custinsight.words import Words
    >>> found = fit(lines, end="2024-06-30", horizon_days=365)
    >>> found.verdict, Words("en")(found.sentences[0])[:60]
    ('refuse', 'The horizon of 365 days is longer than the history of 182 da')
    """
    records = (
        transactions
        if isinstance(transactions, Records)
        else read_records(transactions, interactions=interactions, feedback=feedback, receivables=receivables)
    )
    if not horizon_days >= 7:
        raise DataError("The horizon must be at least 7 days, got {days}.", days=str(horizon_days))
    first, last = records.purchases.first, as_day(end) if end is not None else records.purchases.last
    if first is None or last is None or last < first:
        return Churn(
            REFUSE, (msg("Nobody had bought anything, so nothing can be said of who stays away."),), "", horizon_days, 0
        )
    candidate = purchase_model if purchase_model is not None else Pool([BGNBD(), ParetoNBD()])
    known = (last - first).days + 1
    windows = list_windows(records, last, horizon_days, candidate, most_windows) if horizon_days <= known else []
    refused = refuse_history(known, horizon_days, windows)
    if refused is not None:
        return Churn(REFUSE, (refused,), "", horizon_days, windows[0].days if windows else 0)
    return _fitted(records, usable(windows), last, horizon_days, candidate)


def _fitted(
    records: Records, windows: list[Window], last: dt.date, horizon_days: int, candidate: PurchaseModel
) -> Churn:
    trials = run_trials(windows)
    sample = sampled(records, last)
    current = collect(features(records, last, horizon_days, sample).order_by("customer_id"), max_rows=None)
    everybody = features(records, last, horizon_days) if sample is not None else None
    model = fit_purchases(current, candidate)
    with_model = model is not None and all(window.model is not None for window in windows)
    if not with_model and (len(windows) < 2 or windows[0].days != horizon_days):
        return Churn(REFUSE, (_no_model(windows[0].days),), "", horizon_days, windows[0].days)
    forecaster = _forecaster(trials, windows, with_model)
    scores, reasons = _score(everybody, current, forecaster, model if with_model else None, horizon_days)
    verdict, sentences = judge(trials, windows, horizon_days)
    probability, silent = trials.forecasts[trials.chosen][0]
    tested = windows[0].frame.assign(probability=probability, is_silent=silent)
    learnt = pd.concat([window.frame for window in windows], ignore_index=True)
    return Churn(
        verdict,
        sentences,
        trials.chosen,
        horizon_days,
        windows[0].days,
        grades=trials.means.assign(is_chosen=lambda means: means["method"] == trials.chosen).astype(_GRADES),
        calibration=calibration_table(probability, silent),
        scores=scores,
        reasons=reasons,
        tested=tested,
        learnt=learnt,
        current=current,
        trials=trials,
        forecaster=forecaster,
        model=model if with_model else None,
    )


def _no_model(days: int) -> Message:
    return msg(
        "Too few customers bought again for a purchase model, and the history has no two stretches as long as the "
        "horizon; probabilities can be given for at most {days:count} days.",
        days=days,
    )


def _forecaster(trials: Trials, windows: list[Window], with_model: bool) -> Forecaster:
    if len(windows) < 2:
        return purchase_alone(windows[0].days)
    made = fit_forecasters(windows, with_model)
    chosen = made.get(trials.chosen, made[BLEND])
    return chosen.corrected(trials.corrections.get(trials.chosen, NONE))


def _score(
    everybody: ibis.Table | None,
    current: pd.DataFrame,
    forecaster: Forecaster,
    model: PurchaseModel | None,
    days: int,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Score everybody, a batch at a time; where the customers now are no sample they are not read again."""
    known_now = add_model(current, model, forecaster.days)
    usual = forecaster.contributions(known_now, model, days)
    # the same for everybody: contributions say the rest
    base = float(forecaster.log_odds(known_now.iloc[:1], model, days)[0] - usual.iloc[0].sum())
    parts = [known_now] if everybody is None else batches(everybody.order_by("customer_id"), rows=BATCH)
    scores, reasons, mean = [], [], usual.mean()
    for part in parts:
        added = forecaster.contributions(part, model, days)
        odds = np.asarray(base + added.to_numpy().sum(axis=1), dtype=np.float64)
        scores.append(part[list(SCORES)[:1]].assign(probability=expit(odds), **part[list(SCORES)[2:]]))
        reasons.append(list_reasons(part["customer_id"], odds, added - mean, part))
    both = pd.concat(scores, ignore_index=True), pd.concat(reasons, ignore_index=True)
    return both[0][list(SCORES)].astype({"probability": "float64"}), both[1]
