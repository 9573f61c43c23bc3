"""Which model may be used: all are tried on the past, one is chosen by a stated rule, and a verdict is given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from custinsight.base import summarise
from custinsight.base.lines import as_day
from custinsight.base.purchases import Purchases, TransactionsLike, read_purchases
from custinsight.clv.backtest import Holdout, holdout
from custinsight.clv.bgnbd import BGNBD
from custinsight.clv.levels import level_of
from custinsight.clv.mbgcnbd import MBGCNBD
from custinsight.clv.mbgnbd import MBGNBD
from custinsight.clv.paretonbd import ParetoNBD
from custinsight.clv.pool import Pool
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.regularity import Regularity, estimate_regularity
from custinsight.clv.spend import GammaGamma
from custinsight.clv.trials import RULES, Trials, Window, fit_or_none, list_windows, run_trials
from custinsight.clv.verdict import CONTRACT, gate
from custinsight.errors import DataError
from custinsight.words import Message

USUAL, USUAL_SILENCE = "ParetoNBD", "Pool"
"""What is taken where the history is too short for any trial."""


@dataclass(frozen=True)
class Selection:
    """The chosen models, and why.

    Parameters
    ----------
    verdict : str
        "use", "care" (use with care) or "refuse" (show no values).
    reasons : tuple of Message
        What speaks for the verdict, the gravest first; at least one.
    model : PurchaseModel or None
        Fitted to the whole history: for numbers of purchases and values. None where none can be fitted.
    silence_model : PurchaseModel or None
        Fitted to the whole history: for the probability of no purchase.
    spend_model : GammaGamma or None
        Fitted to the whole history; None where too few bought again.
    summary : pandas.DataFrame
        What the models are fitted to.
    scores : pandas.DataFrame
        One row per method, best first: method, origins, mae, rmse, bias, miss (its absolute value), brier, ece (means
        over the origins), is_model, is_chosen (for numbers), is_chosen_for_silence.
    trials : Trials
        Errors by origin, and calibration by decile.
    holdout : Holdout or None
        The chosen model on the latest stretch; None where the history is too short.
    regularity : Regularity or None
        How regular the gaps between purchases are; None where too few have gaps.
    level : float
        What expected purchases are to be multiplied by: 1, unless a correction of the level won the trials.
    """

    verdict: str
    reasons: tuple[Message, ...]
    model: PurchaseModel | None
    silence_model: PurchaseModel | None
    spend_model: GammaGamma | None
    summary: pd.DataFrame
    scores: pd.DataFrame
    trials: Trials
    holdout: Holdout | None
    regularity: Regularity | None
    level: float


def select(
    transactions: TransactionsLike,
    *,
    end: str | dt.date | None = None,
    horizon_days: int = 273,
    unit: str = "W",
    candidates: Mapping[str, PurchaseModel] | None = None,
    interval: float = 0.9,
) -> Selection:
    """Try models on the past, choose, and judge whether the choice may be used.

    The rule: each candidate forecasts up to three stretches of the past, each as long as the horizon, or as half the
    history where that is shorter, from what was known before it. Models are ranked by how far they are off a customer
    and by how far they are off all: for numbers of purchases and for values by mean absolute error and by the miss of
    the total, for the probability of no purchase by Brier score and by calibration error; means over the stretches that
    every candidate could be fitted to. The smallest sum of both ranks is chosen, of equal sums the one nearer to the
    customers. Where no stretch can be tried, Pareto/NBD and the pool are taken. Rules without a model (own past rate,
    the mean, silence alone) are tried too; where they do better, the verdict says so.

    A correction of the level is taken where it would have brought the total nearer, and no customer's error up, on the
    latest stretch: the miss of the stretch before it, or for a seasonal business that of the same days a year before.

    Parameters
    ----------
    transactions : table or Purchases
        As :func:`custinsight.summarise` takes them.
    end : date or text, optional
        Last day known; the last day of the transactions when not given.
    horizon_days : int
        How far the forecasts are to reach.
    unit : str
        D, W or M: the time unit of the models.
    candidates : mapping of text to model, optional
        Unfitted. When not given: BG/NBD, MBG/NBD, Pareto/NBD, the pool of BG/NBD and Pareto/NBD, and, where the gaps
        between purchases are regular, MBG/CNBD-k.
    interval : float
        Probability that intervals aim at.

    Returns
    -------
    Selection

    Raises
    ------
    DataError
        Nobody bought up to the end, or an argument is out of its range.
    """
    if not horizon_days >= 1:
        raise DataError("The horizon must be at least 1 day, got {days}.", days=str(horizon_days))
    purchases = read_purchases(transactions)
    last = as_day(end) if end is not None else purchases.last
    if last is None:
        raise DataError("The transactions must have at least one purchase, got none.")
    summary = summarise(purchases, end=last, unit=unit)
    regularity = _regularity(purchases, last)
    known = candidates if candidates is not None else _usual_candidates(regularity)
    windows = list_windows(purchases, last, horizon_days, unit)
    trials = run_trials(windows, known)
    chosen, for_silence, scores = _choose(trials, known)
    fitted = {name: fit_or_none(known[name], summary) for name in dict.fromkeys((chosen, for_silence))}
    spend_model = _fit_spend(summary)
    tested = _tested(windows, known[chosen], interval)
    judged = gate(tested, summary, fitted[chosen], regularity=regularity)
    unfit = fitted[chosen] is None or spend_model is None
    return Selection(
        verdict="refuse" if unfit else judged.verdict,
        reasons=judged.reasons,
        model=fitted[chosen],
        silence_model=fitted[for_silence],
        spend_model=spend_model,
        summary=summary,
        scores=scores,
        trials=trials,
        holdout=tested,
        regularity=regularity,
        level=level_of(purchases, windows, trials, chosen, known[chosen]),
    )


def _usual_candidates(regularity: Regularity | None) -> dict[str, PurchaseModel]:
    models: list[PurchaseModel] = [BGNBD(), MBGNBD(), ParetoNBD(), Pool([BGNBD(), ParetoNBD()])]
    # purchases more regular than that are refused as contracts, whatever model they would fit
    if regularity is not None and regularity.ticks > 1 and regularity.k_low <= CONTRACT:
        models.append(MBGCNBD(k=min(regularity.ticks, 20)))
    return {type(model).__name__: model for model in models}


def _choose(trials: Trials, known: Mapping[str, PurchaseModel]) -> tuple[str, str, pd.DataFrame]:
    """Best models for numbers and for silence, and how all methods did."""
    errors = trials.errors
    models = [name for name in known if (errors["method"] == name).any()]
    full = errors[errors["method"].isin(models)].groupby("origin")["method"].nunique()
    shared = full.index[full == len(models)] if models else full.index
    means = (
        errors[errors["origin"].isin(shared)]
        .assign(miss=errors["bias"].abs())
        .groupby("method")
        .agg(
            origins=("origin", "nunique"),
            **{name: (name, "mean") for name in ("mae", "rmse", "bias", "miss", "brier", "ece")},
        )
    )
    among = means.loc[[name for name in models if name in means.index]]
    usual = USUAL if USUAL in known else next(iter(known))
    usual_silence = USUAL_SILENCE if USUAL_SILENCE in known else usual
    chosen = _best(among, "mae", "miss") if len(among) else usual
    for_silence = _best(among, "brier", "ece") if len(among) else usual_silence
    scores = means.sort_values(["mae", "brier"]).reset_index()
    scores["is_model"] = ~scores["method"].isin(RULES)
    scores["is_chosen"] = scores["method"] == chosen
    scores["is_chosen_for_silence"] = scores["method"] == for_silence
    return chosen, for_silence, scores


def _best(means: pd.DataFrame, near: str, fair: str) -> str:
    """Method with the smallest sum of ranks; of equals the one with the smaller first error."""
    ranks = means[near].rank() + means[fair].rank()
    return str(pd.DataFrame({"ranks": ranks, "near": means[near]}).sort_values(["ranks", "near"]).index[0])


def _tested(windows: list[Window], candidate: PurchaseModel, interval: float) -> Holdout | None:
    """The chosen model on the latest stretch, in full."""
    if not windows:
        return None
    window = windows[0]
    spent = window.frame["frequency_holdout"] * window.frame["monetary_value_holdout"]
    happened = pd.DataFrame(
        {"customer_id": window.frame["customer_id"], "purchases": window.actual, "spend": spent.to_numpy()}
    )
    model = fit_or_none(candidate, window.frame)
    if model is None:
        return None
    return holdout(window.frame, happened, holdout_days=window.days, unit=window.unit, model=model, interval=interval)


def _fit_spend(frame: pd.DataFrame) -> GammaGamma | None:
    try:
        return GammaGamma().fit(frame)
    except DataError:
        return None


def _regularity(purchases: Purchases, last: dt.date) -> Regularity | None:
    try:
        return estimate_regularity(purchases, last)
    except DataError:
        return None
