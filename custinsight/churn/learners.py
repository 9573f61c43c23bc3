"""Two learners whose forecasts are sums over features, so that each forecast is explained exactly.

Logistic regression is such a sum as it is. Boosted trees are made one by allowing each tree a single feature: what is
learnt is a table of points per feature, as in an additive model, with no interaction to be guessed at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from custinsight.churn.windows import Flags
from custinsight.clv.summaries import Floats

PENALTY = 0.05
"""Inverse strength of the logistic regression's penalty, of standardised features."""
BINS = 32
ROUNDS, RATE, LEAVES, SHRINKAGE = 150, 0.05, 4, 5.0
_DIGITS = 8
_LOGITS = ("model_silence", "model_alive")
_FARTHEST = 5.0


class Learner(ABC):
    """A learner of log odds; ``columns_`` are the features that it uses."""

    columns_: tuple[str, ...]
    base_: float

    @abstractmethod
    def fit(self, frame: pd.DataFrame, outcome: Flags) -> Learner:
        """Learn from features and outcomes, both of which occur."""

    @abstractmethod
    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """What each feature adds to a customer's log odds, against the mean of those learnt from."""

    def log_odds(self, frame: pd.DataFrame) -> Floats:
        """Log odds of each row: ``base_`` and the contributions."""
        return np.asarray(self.base_ + self.contributions(frame).to_numpy().sum(axis=1), dtype=np.float64)

    def probability(self, frame: pd.DataFrame) -> Floats:
        """Probability of each row."""
        return np.asarray(expit(self.log_odds(frame)), dtype=np.float64)


@dataclass
class Logistic(Learner):
    """Regularised logistic regression on standardised logarithms, with a flag per feature that may be missing.

    Examples
    --------
    >>> frame = pd.DataFrame({"hiatus_days": [1.0, 2.0, 300.0, 400.0] * 100})
    >>> learnt = Logistic().fit(frame, np.array([False, False, True, True] * 100))
    >>> bool(learnt.probability(frame)[0] < 0.2), bool(learnt.probability(frame)[3] > 0.8)
    (True, True)
    """

    penalty: float = PENALTY
    columns_: tuple[str, ...] = ()
    base_: float = 0.0
    flagged_: tuple[str, ...] = ()
    means_: Floats = field(default_factory=lambda: np.zeros(0))
    spreads_: Floats = field(default_factory=lambda: np.ones(0))
    missing_: Floats = field(default_factory=lambda: np.zeros(0))
    weights_: Floats = field(default_factory=lambda: np.zeros(0))

    def fit(self, frame: pd.DataFrame, outcome: Flags) -> Logistic:
        """Learn; constant features are left out."""
        self.columns_ = varying(frame)
        chosen = frame[list(self.columns_)]
        self.flagged_ = tuple(name for name in self.columns_ if chosen[name].isna().any())
        tamed = _tamed(chosen)
        self.means_ = np.nan_to_num(np.nanmean(tamed, axis=0)) if len(self.columns_) else np.zeros(0)
        spreads = np.nanstd(tamed, axis=0) if len(self.columns_) else np.zeros(0)
        self.spreads_ = np.where(spreads > 0, spreads, 1.0)
        self.missing_ = chosen[list(self.flagged_)].isna().mean().to_numpy(dtype=np.float64)
        with threadpool_limits(1):
            fitted = LogisticRegression(C=self.penalty, max_iter=1000).fit(self._matrix(frame), outcome)
        self.weights_ = np.round(fitted.coef_[0], _DIGITS)
        self.base_ = float(np.round(fitted.intercept_[0], _DIGITS))
        return self

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Weight times distance from the mean; that of a feature's flag is the feature's."""
        parts = self._matrix(frame) * self.weights_
        added = pd.DataFrame(parts[:, : len(self.columns_)], columns=list(self.columns_), index=frame.index)
        for place, name in enumerate(self.flagged_):
            added[name] += parts[:, len(self.columns_) + place]
        return added

    def _matrix(self, frame: pd.DataFrame) -> Floats:
        scaled = (_tamed(frame[list(self.columns_)]) - self.means_) / self.spreads_
        scaled = np.nan_to_num(np.clip(scaled, -_FARTHEST, _FARTHEST))
        flags = frame[list(self.flagged_)].isna().to_numpy(dtype=np.float64) - self.missing_
        return np.hstack([scaled, flags])


@dataclass
class Additive(Learner):
    """Boosted trees of one feature each: a table of points per feature and class of its values.

    Classes are cut at quantiles; a missing value is a class of its own. The trees are scikit-learn's
    HistGradientBoosting without interactions, and the tables are read off them, so the sum of the points is what the
    trees say.

    References
    ----------
    Lou, Caruana and Gehrke (2012), Intelligible models for classification and regression, KDD, section 3.

    Examples
    --------
    >>> frame = pd.DataFrame({"hiatus_days": [1.0, 2.0, 300.0, np.nan] * 100})
    >>> learnt = Additive().fit(frame, np.array([False, False, True, True] * 100))
    >>> bool(learnt.probability(frame)[0] < 0.2), bool(learnt.probability(frame)[3] > 0.8)
    (True, True)
    """

    rounds: int = ROUNDS
    columns_: tuple[str, ...] = ()
    base_: float = 0.0
    edges_: dict[str, Floats] = field(default_factory=dict)
    points_: dict[str, Floats] = field(default_factory=dict)

    def fit(self, frame: pd.DataFrame, outcome: Flags) -> Additive:
        """Learn; constant features are left out."""
        self.columns_ = varying(frame)
        self.edges_ = {name: _edges(frame[name].to_numpy(dtype=np.float64)) for name in self.columns_}
        codes = self._codes(frame)
        trees = HistGradientBoostingClassifier(
            learning_rate=RATE,
            max_iter=self.rounds,
            max_leaf_nodes=LEAVES,
            min_samples_leaf=max(20, len(frame) // 200),
            l2_regularization=SHRINKAGE,
            interaction_cst="no_interactions",
            early_stopping=False,
            random_state=0,
        )
        # threads that wait for each other cost more than they bring, and audits run side by side
        with threadpool_limits(1):
            trees.fit(codes, outcome)
            self._read_points(trees, codes)
        return self

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Points of each feature's class, against their mean."""
        codes = self._codes(frame)
        return pd.DataFrame(
            {name: self.points_[name][_places(codes[:, j])] for j, name in enumerate(self.columns_)}, index=frame.index
        )

    def _codes(self, frame: pd.DataFrame) -> Floats:
        """Class of each value, nan where it is missing."""
        found = np.empty((len(frame), len(self.columns_)))
        for j, name in enumerate(self.columns_):
            values = frame[name].to_numpy(dtype=np.float64)
            found[:, j] = np.where(np.isnan(values), np.nan, np.searchsorted(self.edges_[name], values, side="right"))
        return found

    def _read_points(self, trees: HistGradientBoostingClassifier, codes: Floats) -> None:
        """Read the tables: the last row of each is that of missing values."""
        nothing = np.full(len(self.columns_), np.nan)
        classes = [len(self.edges_[name]) + 1 for name in self.columns_]
        asked = np.tile(nothing, (sum(classes) + 1, 1))
        starts = np.concatenate([[0], np.cumsum(classes)])
        for j, n in enumerate(classes):
            asked[starts[j] : starts[j] + n, j] = np.arange(n)
        odds = trees.decision_function(asked)
        start = float(odds[-1])
        self.points_, total = {}, start
        for j, name in enumerate(self.columns_):
            points = np.append(odds[starts[j] : starts[j + 1]] - start, 0.0)
            mean = float(points[_places(codes[:, j])].mean())
            self.points_[name] = np.round(points - mean, _DIGITS)
            total += mean
        self.base_ = float(np.round(total, _DIGITS))


def varying(frame: pd.DataFrame) -> tuple[str, ...]:
    """Features that do not have the same value for everybody."""
    return tuple(str(name) for name in frame if frame[name].max() > frame[name].min() or _partly_missing(frame[name]))


def _partly_missing(values: pd.Series) -> bool:
    return bool(values.isna().any() and values.notna().any())


def _tamed(frame: pd.DataFrame) -> Floats:
    """Logarithms of the sizes, with their signs: counts, days and money are skewed; log odds are not."""
    values = frame.to_numpy(dtype=np.float64)
    logs = np.sign(values) * np.log1p(np.abs(values))
    plain = np.isin(np.asarray(frame.columns, dtype=str), _LOGITS)
    return np.where(plain, values, logs)


def _edges(values: Floats) -> Floats:
    """Cuts between the classes of a feature: between all its values where they are few, else at quantiles."""
    known = np.unique(values[~np.isnan(values)])
    if len(known) > BINS:
        known = np.unique(np.quantile(values[~np.isnan(values)], np.linspace(0, 1, BINS + 1), method="lower"))
    return np.asarray(known[1:], dtype=np.float64)


def _places(codes: Floats) -> np.ndarray:
    """Rows of a table of points; missing values have the last."""
    return np.where(np.isnan(codes), -1, np.nan_to_num(codes)).astype(np.intp)
