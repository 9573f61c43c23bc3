"""Whether the probabilities hold for all kinds of customers, and whether customers are still like those learnt from."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from custinsight.clv.metrics import brier
from custinsight.clv.summaries import Floats
from custinsight.engine import require_columns

STABLE, SHIFTED = 0.1, 0.25
"""Population stability index below which a feature is stable, and from which it has shifted: the usual limits."""
CLASSES = 10
FEWEST = 30
OFF = 0.05
"""Miss of a group's level that matters, where chance does not explain it."""
GROUPS = {
    "kind": "str",
    "group": "str",
    "customers": "int64",
    "predicted": "float64",
    "actual": "float64",
    "brier": "float64",
    "auc": "float64",
    "verdict": "str",
}
DRIFT = {"feature": "str", "psi": "float64", "before": "float64", "now": "float64", "verdict": "str"}


def stability_index(before: Floats, now: Floats) -> float:
    """Population stability index between two samples of one feature, in at most ten classes of the first.

    Missing values are a class of their own; an empty class counts as half a customer.

    References
    ----------
    Siddiqi (2006), Credit risk scorecards, chapter 9; Yurdakul (2018), Statistical properties of the population
    stability index, section 2.

    Examples
    --------
    >>> same = np.arange(100.0)
    >>> stability_index(same, same), round(stability_index(same, same + 50), 2)
    (0.0, 2.32)
    """
    known = before[~np.isnan(before)]
    edges = np.unique(np.quantile(known, np.linspace(0, 1, CLASSES + 1)[1:-1])) if len(known) else np.zeros(0)
    shares = []
    for sample in (before, now):
        codes = np.where(np.isnan(sample), len(edges) + 1, np.searchsorted(edges, sample, side="right"))
        counts = np.bincount(codes.astype(np.intp), minlength=len(edges) + 2).astype(np.float64)
        shares.append(counts / max(len(sample), 1))
    least = 0.5 / max(min(len(before), len(now)), 1)
    there = (shares[0] > 0) | (shares[1] > 0)
    expected, found = (np.maximum(share[there], least) for share in shares)
    return float(((found - expected) * np.log(found / expected)).sum())


def drift(learnt: pd.DataFrame, current: pd.DataFrame) -> pd.DataFrame:
    """Features of the customers now beside those learnt from: one row per feature, the most moved first.

    Returns
    -------
    pandas.DataFrame
        feature, psi, before and now (medians), verdict ("stable" below 0.1, "moved" below 0.25, else "shifted").

    Examples
    --------
    >>> then = pd.DataFrame({"hiatus_days": np.arange(99.0)})
    >>> today = then + 60
    >>> drift(then, today)[["feature", "before", "now", "verdict"]].values.tolist()
    [['hiatus_days', 49.0, 109.0, 'shifted']]
    """
    rows = []
    for name in (str(column) for column in learnt if column in current and column != "customer_id"):
        then, now = (frame[name].to_numpy(dtype=np.float64) for frame in (learnt, current))
        if np.isnan(then).all() and np.isnan(now).all():
            continue
        psi = stability_index(then, now)
        verdict = "stable" if psi < STABLE else "moved" if psi < SHIFTED else "shifted"
        rows.append((name, psi, *(float(pd.Series(values).median()) for values in (then, now)), verdict))
    found = pd.DataFrame(rows, columns=list(DRIFT)).astype(DRIFT)
    return found.sort_values(["psi", "feature"], ascending=[False, True], ignore_index=True)


def group_performance(tested: pd.DataFrame, groups: pd.DataFrame | None = None) -> pd.DataFrame:
    """How the probabilities did in groups of customers: one row per kind and group.

    Parameters
    ----------
    tested : pandas.DataFrame
        customer_id, probability, is_silent; where known age_days and year_spend, whose thirds are groups of tenure and
        of size.
    groups : pandas.DataFrame, optional
        customer_id and one column per kind, such as region.

    Returns
    -------
    pandas.DataFrame
        kind, group, customers, predicted and actual (shares that left or stayed away), brier, auc (nan where only one
        outcome occurs), verdict: "fair", "too_high" or "too_low" (the level is off by 5 points and more, and by more
        than chance does to one in twenty such tables), or "few" (fewer than 30 customers).

    Examples
    --------
    >>> tested = pd.DataFrame({"customer_id": range(80), "probability": 0.5, "is_silent": [True] * 40 + [False] * 40})
    >>> regions = pd.DataFrame({"customer_id": range(80), "region": ["east"] * 40 + ["west"] * 40})
    >>> group_performance(tested, regions)[["group", "verdict"]].values.tolist()
    [['east', 'too_low'], ['west', 'too_high']]
    """
    require_columns(tested, ("customer_id", "probability", "is_silent"), name="The tested customers")
    kinds: dict[str, pd.Series] = {}
    for kind, column in (("tenure", "age_days"), ("size", "year_spend")):
        if column in tested and len(tested) >= 3 * FEWEST:
            kinds[kind] = _thirds(tested[column])
    if groups is not None:
        known = groups.drop_duplicates("customer_id").set_index("customer_id").reindex(tested["customer_id"])
        for name in known:
            kinds[str(name)] = known[name].astype(object).fillna("").astype("str").reset_index(drop=True)
    frame = tested.reset_index(drop=True)
    parts = [
        (kind, str(group), frame.loc[part.index])
        for kind, names in kinds.items()
        if len(names.unique()) > 1
        for group, part in names.groupby(names)
    ]
    # of many groups one is off by chance alone: the bound is that of all of them together (Bonferroni)
    errors = float(norm.ppf(1 - 0.025 / max(len(parts), 1)))
    rows = [_grade(kind, group, part, errors) for kind, group, part in parts]
    return pd.DataFrame(rows, columns=list(GROUPS)).astype(GROUPS)


def _thirds(values: pd.Series) -> pd.Series:
    rank = values.reset_index(drop=True).rank(method="average", pct=True)
    return pd.Series(np.select([rank <= 1 / 3, rank <= 2 / 3], ["low", "middle"], "high"))


def _grade(kind: str, group: str, part: pd.DataFrame, errors: float) -> tuple[object, ...]:
    probability = part["probability"].to_numpy(dtype=np.float64)
    silent = part["is_silent"].to_numpy(dtype=bool)
    predicted, actual, n = float(probability.mean()), float(silent.mean()), len(part)
    chance = errors * float(np.sqrt((probability * (1 - probability)).sum())) / n
    miss = predicted - actual
    off = abs(miss) >= OFF and abs(miss) > chance
    verdict = "few" if n < FEWEST else "fair" if not off else "too_high" if miss > 0 else "too_low"
    auc = float(roc_auc_score(silent, probability)) if silent.any() and not silent.all() else np.nan
    return kind, group, n, predicted, actual, brier(probability, silent), auc, verdict
