"""Whether the chosen probabilities are worth more than the rule that needs no model, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from custinsight.churn.correction import Correction
from custinsight.churn.trials import HIATUS, Trials
from custinsight.churn.windows import SHORTEST_DAYS, Window
from custinsight.words import Message, msg

FEWEST_CUSTOMERS = 100
FEWEST_OUTCOMES = 20
RANKS_ALIKE = 0.005
"""Differences of AUC and PR-AUC, and of calibration errors, that count as none."""
ERRORS_ALIKE = 0.0005
"""Difference of Brier scores that counts as none."""

USE, SIMPLE, CARE, REFUSE = "use", "simple", "care", "refuse"

_MEASURES = {
    "auc": msg("ranking (AUC {ours:precise} against {rule:precise})"),
    "pr_auc": msg("ranking those who leave (PR-AUC {ours:precise} against {rule:precise})"),
    "brier": msg("squared error (Brier score {ours:precise} against {rule:precise})"),
    "ece": msg("level (calibration error {ours:percent} against {rule:percent})"),
}


def refuse_history(days_known: int, horizon_days: int, windows: Sequence[Window]) -> Message | None:
    """Say why nothing can be learnt from a history, and what can be said instead; None where it can."""
    if horizon_days > days_known:
        return msg(
            "The horizon of {horizon:count} days is longer than the history of {days:count} days, so no probability "
            "can be tested. What can be said: how long each customer has been silent, and its usual gap.",
            horizon=horizon_days,
            days=days_known,
        )
    if not windows or windows[0].days < SHORTEST_DAYS:
        return msg(
            "The history of {days:count} days is too short to learn from one part and test on another. What can be "
            "said: how long each customer has been silent, and its usual gap.",
            days=days_known,
        )
    return _refuse_window(windows[0])


def _refuse_window(window: Window) -> Message | None:
    customers, silent = len(window.is_silent), int(window.is_silent.sum())
    values: dict[str, Any] = {"n": customers, "silent": silent, "days": window.days}
    if customers < FEWEST_CUSTOMERS:
        return msg(
            "Only {n:count} customer is known from before the last {days:count} days: too few to learn who leaves. "
            "{silent:count} of them bought nothing since.",
            "Only {n:count} customers are known from before the last {days:count} days: too few to learn who leaves. "
            "{silent:count} of them bought nothing since.",
            **values,
        )
    if customers - silent < FEWEST_OUTCOMES:
        return msg(
            "Of {n:count} customers {silent:count} bought nothing in the last {days:count} days: nearly all stayed "
            "away, so nothing tells those apart who will come back.",
            **values,
        )
    if silent < FEWEST_OUTCOMES:
        return msg(
            "Of {n:count} customers only {silent:count} bought nothing in the last {days:count} days: too few to "
            "learn from. Nearly everybody stays.",
            **values,
        )
    return None


def usable(windows: Sequence[Window]) -> list[Window]:
    """The latest windows, up to the first that has too few customers or too few of one outcome."""
    kept: list[Window] = []
    for window in windows:
        if _refuse_window(window) is not None:
            break
        kept.append(window)
    return kept


def judge(trials: Trials, windows: Sequence[Window], horizon_days: int) -> tuple[str, tuple[Message, ...]]:
    """Verdict and its sentences.

    Returns
    -------
    str
        "use": at least as good as days of silence alone on each measure. "simple": the rule is as good or better on
        at least one. "care": the rule could not be tried, for there was one window only.
    tuple of Message
    """
    means = trials.means.set_index("method")
    said = [_tried(trials)]
    if HIATUS not in means.index:
        said.append(
            msg("The history allows one test only, so that the rule of silence alone could not be tried beside it.")
        )
        verdict = CARE
    else:
        verdict, sentence = judge_grades(means, trials.chosen, HIATUS)
        said.append(sentence)
    said.append(_level(trials))
    if windows[0].days != horizon_days:
        said.append(
            msg(
                "The history is short: learnt were stretches of {days:count} days, and the purchase model carries them "
                "over to {horizon:count} days.",
                days=windows[0].days,
                horizon=horizon_days,
            )
        )
    correction = trials.corrections.get(trials.chosen, Correction())
    if correction.kind != "none":
        said.append(
            msg("The level drifted from stretch to stretch; the last miss is taken off, as that would have helped.")
        )
    return verdict, tuple(said)


def _tried(trials: Trials) -> Message:
    return msg(
        "Tested on {n:count} later stretch that the models had not seen, {customers:count} customers in the last.",
        "Tested on {n:count} later stretches that the models had not seen, {customers:count} customers in the last.",
        n=int(trials.grades["origin"].nunique()),
        customers=int(trials.latest["customers"].iloc[0]),
    )


_RULES = {
    "hiatus": msg("days of silence alone"),
    "tenure": msg("time under contract alone"),
    "base_rate": msg("the same probability for everybody"),
}


def judge_grades(means: pd.DataFrame, chosen: str, rule: str) -> tuple[str, Message]:
    """Hold the chosen method's grades against those of a rule without a model: verdict and its sentence."""
    ours, other = means.loc[[chosen]].iloc[0], means.loc[[rule]].iloc[0]
    better = {
        "auc": ours["auc"] - other["auc"],
        "pr_auc": ours["pr_auc"] - other["pr_auc"],
        "brier": other["brier"] - ours["brier"],
        "ece": other["ece"] - ours["ece"],
    }
    allowed = {name: ERRORS_ALIKE if name == "brier" else RANKS_ALIKE for name in better}
    said = {name: _measure(name, ours, other) for name in better}
    worse = [said[name] for name, gain in better.items() if gain < -allowed[name]]
    gains = [said[name] for name, gain in better.items() if gain > allowed[name]]
    named = _RULES[rule]
    if worse or not gains:
        return SIMPLE, msg(
            "The simple rule, {rule}, is as good or better: {what}.",
            rule=named,
            what=_list(worse or list(said.values())),
        )
    if len(gains) == len(better):
        return USE, msg("Better than {rule} on each measure: {what}.", rule=named, what=_list(gains))
    return USE, msg("At least as good as {rule} on each measure, and better in {what}.", rule=named, what=_list(gains))


def _measure(name: str, ours: pd.Series, rule: pd.Series) -> Message:
    return Message(_MEASURES[name].template, {"ours": float(ours[name]), "rule": float(rule[name])})


def _list(parts: list[Message]) -> Message:
    joined = parts[0]
    for part in parts[1:]:
        joined = msg("{first}; {second}", first=joined, second=part)
    return joined


def _level(trials: Trials) -> Message:
    row = trials.latest[trials.latest["method"] == trials.chosen].iloc[0]
    return msg(
        "On the last stretch {predicted:percent} were expected to stay away; {actual:percent} did.",
        predicted=float(row["predicted"]),
        actual=float(row["actual"]),
    )
