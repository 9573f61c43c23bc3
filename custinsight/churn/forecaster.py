"""How probabilities of no purchase are made: by the purchase model, by learners, or by all of them together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy.special import expit

from custinsight.churn.correction import NONE, Correction
from custinsight.churn.learners import Additive, Learner, Logistic
from custinsight.churn.windows import Flags, Window, add_model, silence_logit
from custinsight.clv.purchase import PurchaseModel
from custinsight.clv.summaries import Floats

PURCHASE, LOGISTIC, ADDITIVE, BLEND = "purchase_model", "logistic", "additive", "blend"
METHODS = (PURCHASE, LOGISTIC, ADDITIVE, BLEND)
SILENCE_PART, FREQUENCY_PART = "model_silence", "model_purchases"
"""Features that the purchase model's own say is booked to: what the silence since the last purchase adds to its log
odds, and what they were at that purchase."""


@dataclass(frozen=True)
class Forecaster:
    """Log odds of no purchase: the mean of its parts, each a sum over features.

    Learners have learnt windows of some length. Where another horizon is asked for, the purchase model carries them
    over: what the longer horizon adds to its own log odds is added to theirs.

    Parameters
    ----------
    name : str
        One of :data:`METHODS`.
    learners : tuple of Learner
    with_model : bool
        Whether the purchase model is a part.
    days : int
        Length of the windows learnt from.
    correction : Correction
        Of the whole, learnt out of time.
    """

    name: str
    learners: tuple[Learner, ...]
    with_model: bool
    days: int
    correction: Correction = NONE

    def log_odds(self, frame: pd.DataFrame, model: PurchaseModel | None, days: int) -> Floats:
        """Corrected log odds of no purchase within ``days``, one per row of the features."""
        design = add_model(frame, model, self.days)
        odds = np.sum([np.zeros(len(frame)), *(learner.log_odds(design) for learner in self.learners)], axis=0)
        if model is not None:
            odds = odds + self._said(design, model, days)
        return self.correction.apply(odds / self.parts)

    def probability(self, frame: pd.DataFrame, model: PurchaseModel | None, days: int) -> Floats:
        """Probability of no purchase within ``days``, one per row of the features."""
        return np.asarray(expit(self.log_odds(frame, model, days)), dtype=np.float64)

    def contributions(self, frame: pd.DataFrame, model: PurchaseModel | None, days: int) -> pd.DataFrame:
        """What each feature adds to a row's log odds; what is missing to the whole is the same for all rows."""
        design = add_model(frame, model, self.days)
        total = pd.DataFrame(0.0, index=frame.index, columns=list(design.columns.drop("customer_id", errors="ignore")))
        for learner in self.learners:
            total = total.add(learner.contributions(design), fill_value=0.0)
        if model is not None:
            said, then = self._said(design, model, days), self._said(_at_last_purchase(frame), model, days)
            total[SILENCE_PART] = total[SILENCE_PART] + said - then
            total[FREQUENCY_PART] = total[FREQUENCY_PART] + then
        return total * (self.correction.slope / self.parts)

    def _said(self, frame: pd.DataFrame, model: PurchaseModel, days: int) -> Floats:
        """What the purchase model adds to the sum of the parts: its own forecast, and the learners' way to ``days``."""
        if days == self.days:
            if not self.with_model:
                return np.zeros(len(frame))
            known = frame[SILENCE_PART].to_numpy(dtype=np.float64) if SILENCE_PART in frame else None
            return known if known is not None else silence_logit(frame, model, days)
        ahead = silence_logit(frame, model, days)
        carried = len(self.learners) * (ahead - silence_logit(frame, model, self.days))
        return carried + ahead if self.with_model else carried

    @property
    def parts(self) -> int:
        """How many forecasts are taken together."""
        return len(self.learners) + int(self.with_model)

    def corrected(self, correction: Correction) -> Forecaster:
        """Return the same with a correction."""
        return replace(self, correction=correction)


def _at_last_purchase(frame: pd.DataFrame) -> pd.DataFrame:
    """Customers as they stood when they bought last."""
    then = frame[["purchases", "age_days", "hiatus_days"]]
    return then.assign(age_days=then["age_days"] - then["hiatus_days"], hiatus_days=0.0)


def fit_forecasters(windows: Sequence[Window], with_model: bool = True) -> dict[str, Forecaster]:
    """Learn all methods from windows; without a purchase model there are only the learners.

    The blend is the mean of the log odds of all, each with the same weight: weights learnt from one or two windows
    would fit their season.

    References
    ----------
    Satopää et al. (2014), Combining multiple probability predictions using a simple logit model, International Journal
    of Forecasting 30 (2), 344-356, section 2.
    """
    frames = [window.design if with_model else window.frame for window in windows]
    design = pd.concat([frame.drop(columns="customer_id") for frame in frames], ignore_index=True)
    silent = np.concatenate([window.is_silent for window in windows])
    days = windows[0].days
    made = fit_learners(design, silent, days, with_model)
    return {**({PURCHASE: purchase_alone(days)} if with_model else {}), **made}


def fit_learners(design: pd.DataFrame, outcome: Flags, days: int, with_model: bool = False) -> dict[str, Forecaster]:
    """Learn from features and outcomes: each learner alone, and the blend."""
    logistic, additive = Logistic().fit(design, outcome), Additive().fit(design, outcome)
    return {
        LOGISTIC: Forecaster(LOGISTIC, (logistic,), False, days),
        ADDITIVE: Forecaster(ADDITIVE, (additive,), False, days),
        BLEND: Forecaster(BLEND, (logistic, additive), with_model, days),
    }


def purchase_alone(days: int) -> Forecaster:
    """The purchase model alone, which needs to learn from no window."""
    return Forecaster(PURCHASE, (), True, days)
