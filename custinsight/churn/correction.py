"""Correction of probabilities out of time: what an earlier forecast missed, taken off a later one where that helps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from custinsight.churn.windows import Flags, logit
from custinsight.clv.metrics import brier
from custinsight.clv.summaries import Floats

FARTHEST = 2.0
"""Most that a level is moved, in log odds."""
HELPS = 0.0005
"""How much smaller the Brier score must become."""


@dataclass(frozen=True)
class Correction:
    """Log odds are multiplied by ``slope`` and moved by ``shift``.

    Parameters
    ----------
    kind : str
        "none", "level" (shift alone, for a period that drifts) or "calibration" (both, Platt's).
    shift, slope : float
    """

    kind: str = "none"
    shift: float = 0.0
    slope: float = 1.0

    def apply(self, log_odds: Floats) -> Floats:
        """Correct log odds."""
        return np.asarray(self.slope * log_odds + self.shift, dtype=np.float64)


NONE = Correction()


def learn_level(probability: Floats, outcome: Flags) -> Correction:
    """Shift that makes the mean forecast what happened.

    Examples
    --------
    >>> learnt = learn_level(np.array([0.5, 0.5, 0.5, 0.5]), np.array([True, True, True, False]))
    >>> expit(learnt.apply(logit(np.array([0.5])))).round(3).tolist()
    [0.75]
    """
    odds, share = logit(probability), float(np.mean(outcome))
    miss = lambda shift: float(expit(odds + shift).mean()) - share  # noqa: E731
    if miss(-FARTHEST) >= 0:
        return Correction("level", -FARTHEST)
    if miss(FARTHEST) <= 0:
        return Correction("level", FARTHEST)
    return Correction("level", float(np.round(brentq(miss, -FARTHEST, FARTHEST, xtol=1e-8), 6)))


def learn_calibration(probability: Floats, outcome: Flags) -> Correction:
    """Slope and shift by logistic regression on the forecast's log odds; a slope is never below 0.

    References
    ----------
    Platt (1999), Probabilistic outputs for support vector machines, Advances in Large Margin Classifiers, section 2.
    """
    fitted = LogisticRegression(C=10.0).fit(logit(probability)[:, None], outcome)
    slope = float(np.round(max(fitted.coef_[0, 0], 0.0), 6))
    return Correction("calibration", float(np.round(fitted.intercept_[0], 6)), slope)


def choose_correction(forecasts: list[tuple[Floats, Flags]]) -> Correction:
    """Take the correction that would have helped on the latest test, learnt from it, for what is to come.

    Parameters
    ----------
    forecasts : list of (probability, outcome)
        Of one method on windows, each forecast from what was known before; latest first. What each correction would
        have been by the window before the latest is tried on the latest. With one window nothing can be tried.

    Returns
    -------
    Correction
        None of them where it would not have lowered the Brier score.
    """
    if len(forecasts) < 2 or any(outcome.all() or not outcome.any() for _, outcome in forecasts[:2]):
        return NONE
    (latest, happened), (earlier, then) = forecasts[:2]
    best, best_score = NONE, brier(latest, happened) - HELPS
    for learn in (learn_level, learn_calibration):
        score = brier(np.asarray(expit(learn(earlier, then).apply(logit(latest)))), happened)
        if score < best_score:
            best, best_score = learn(latest, happened), score
    return best
