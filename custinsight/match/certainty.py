"""How sure the matching is: which bridges were cut, how good the model is by itself, how many customers there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from custinsight.match.bridges import BRANCH, TAX_ID, TOO_LARGE, find_bridges, implausible
from custinsight.match.calibrate import Calibration, calibrate, chances
from custinsight.match.clusters import LARGEST, cluster
from custinsight.match.counting import count_customers
from custinsight.match.decisions import DIFFERENT, NOT_SURE, SAME
from custinsight.match.estimate import choose_controls, estimate_quality
from custinsight.match.rulings import Rulings

CONTROLS_JOINED, CONTROLS_APART = 40, 20
"""Pairs that are not in doubt and are asked for all the same: only they can show that the model is sure and wrong."""

LEVEL = 0.9

Floats = npt.NDArray[np.float64]
Labels = Sequence[Mapping[int, str]]


@dataclass(frozen=True)
class Scored:
    """The pairs of a matching, as arrays, and what holds for their records.

    Parameters
    ----------
    n : int
        Number of records that are compared.
    pairs : pyarrow.Table
        record_l, record_r.
    weight : array of float
        Match weight (bits) that counts in joining.
    labels : sequence of mappings
        Tax number and branch of records.
    rulings : Rulings
    """

    n: int
    pairs: pa.Table
    weight: Floats
    labels: Labels
    rulings: Rulings

    @property
    def left(self) -> npt.NDArray[np.int64]:
        """First record of each pair."""
        return np.asarray(self.pairs["record_l"].to_numpy(), np.int64)

    @property
    def right(self) -> npt.NDArray[np.int64]:
        """Second record of each pair."""
        return np.asarray(self.pairs["record_r"].to_numpy(), np.int64)

    def labelled(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Places of the pairs that lists asked for, and whether they are one customer."""
        asked = self.rulings.asked
        if not asked:
            return np.zeros(0, np.int64), np.zeros(0, bool)
        code = {a * self.n + b: answer for (a, b), answer in asked.items()}
        places = np.flatnonzero(np.isin(self.left * self.n + self.right, list(code)))
        answers = [code[int(self.left[place] * self.n + self.right[place])] for place in places.tolist()]
        return places, np.array(answers, bool)

    def clusters(self, cut: float, *, decided: bool = True, largest: int = LARGEST) -> npt.NDArray[np.int64]:
        """Join the records, with the decisions of people or without them."""
        same, different = (self.rulings.same, self.rulings.different) if decided else ((), ())
        return cluster(
            self.n,
            self.left,
            self.right,
            self.weight,
            cut=cut,
            labels=self.labels,
            same=same,
            different=different,
            largest=largest,
        )


def learn(scored: Scored, weight: Floats) -> Calibration:
    """Learn from the labels what a weight is worth; pairs held below the cut for another reason are left out."""
    places, same = scored.labelled()
    free = weight[places] == scored.weight[places]
    return calibrate(weight[places][free], same[free])


@dataclass(frozen=True)
class Certainty:
    """What :func:`assess` found.

    Parameters
    ----------
    bridges : pyarrow.Table
        One row per pair above the threshold whose records are different customers: place, why.
    controls : array of int
        Places of the pairs to be asked for though they are not in doubt.
    row : pandas.DataFrame
        One row: see :attr:`custinsight.match.Matched.estimate`.
    """

    bridges: pd.DataFrame
    controls: npt.NDArray[np.int64]
    row: pd.DataFrame


def assess(
    scored: Scored,
    clusters: npt.NDArray[np.int64],
    calibration: Calibration,
    ids: Any,
    *,
    cut: float,
    review_cut: float,
    seed: int,
) -> Certainty:
    """Say how sure a matching is.

    Parameters
    ----------
    scored : Scored
    clusters : array of int
    calibration : Calibration
    ids : array of str
        Number of each record, which chooses the pairs to be checked.
    cut, review_cut : float
        Weights from which pairs join and from which they are asked for.
    seed : int

    Returns
    -------
    Certainty
    """
    rulings, left, right = scored.rulings, scored.left, scored.right
    unlimited = scored.clusters(cut, largest=scored.n)
    places, why = find_bridges(
        left,
        right,
        scored.weight,
        clusters,
        unlimited,
        cut=cut,
        labels=dict(zip((TAX_ID, BRANCH), scored.labels, strict=False)),
        different=rulings.different,
    )
    by_itself = scored.clusters(cut, decided=False) if rulings.same or rulings.different else clusters
    joined = by_itself[left] == by_itself[right]
    labelled, same = scored.labelled()
    quality = estimate_quality(scored.weight, joined, labelled, same, calibration, seed=seed, level=LEVEL)
    decided = decided_apart(scored, clusters)
    count = count_customers(
        clusters,
        left,
        right,
        scored.weight,
        calibration,
        same=rulings.same,
        apart=decided | _conflict(scored),
        seed=seed,
        level=LEVEL,
    )
    answers = list(rulings.answered.values())
    row = {
        "customers": len(np.unique(clusters)),
        "customers_middle": count.middle,
        "customers_low": count.low,
        "customers_high": count.high,
        **_spread("precision", quality.precision),
        **_spread("recall", quality.recall),
        "basis": quality.basis,
        "labels": quality.labels,
        "labels_same": int(same.sum()),
        "is_threshold_learnt": calibration.is_enough,
        "threshold_weight": round(cut, 6),
        "threshold": round(float(chances(calibration.offset + calibration.slope * cut)), 6),
        "largest_unlimited": int(np.bincount(unlimited).max()) if len(unlimited) else 0,
        "implausible_clusters": len(implausible(unlimited)),
        "decided_same": answers.count(SAME),
        "decided_different": answers.count(DIFFERENT),
        "decided_not_sure": answers.count(NOT_SURE),
        "decided_unknown": rulings.unknown,
    }
    bridges = pd.DataFrame({"place": places, "why": pd.Series(why, dtype="str")})
    controls = _controls(scored, joined, ids, np.isin(np.arange(len(left)), places), review_cut)
    return Certainty(bridges, controls, pd.DataFrame([row]))


def _spread(name: str, values: tuple[float, float, float]) -> dict[str, float]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))


def _conflict(scored: Scored) -> npt.NDArray[np.bool_]:
    """Tell which pairs carry different labels, tax numbers or branches."""
    apart = np.zeros(len(scored.left), bool)
    for label in scored.labels:
        number = {value: n for n, value in enumerate(sorted(set(label.values())))}
        code = np.full(scored.n, -1)
        code[np.fromiter(label, np.int64, len(label))] = [number[value] for value in label.values()]
        a, b = code[scored.left], code[scored.right]
        apart |= (a != b) & (a >= 0) & (b >= 0)
    return apart


def decided_apart(scored: Scored, clusters: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Tell which pairs lie between clusters that a person holds apart."""
    between = {tuple(sorted((int(clusters[a]), int(clusters[b])))) for a, b in scored.rulings.different}
    if not between:
        return np.zeros(len(scored.left), bool)
    codes = [a * scored.n + b for a, b in between]
    a, b = clusters[scored.left], clusters[scored.right]
    return np.isin(np.minimum(a, b) * scored.n + np.maximum(a, b), codes)


def _controls(
    scored: Scored, joined: npt.NDArray[np.bool_], ids: Any, cut_off: npt.NDArray[np.bool_], review_cut: float
) -> npt.NDArray[np.int64]:
    """Choose pairs that the model is sure of, on either side."""
    sides = (
        (joined, CONTROLS_JOINED),
        (~joined & ~cut_off & ~_conflict(scored) & (scored.weight < review_cut), CONTROLS_APART),
    )
    chosen = []
    for side, count in sides:
        places = np.flatnonzero(side)
        left, right = ids[scored.left[places]].tolist(), ids[scored.right[places]].tolist()
        chosen.append(choose_controls(left, right, places, count))
    return np.concatenate(chosen)


def only_a_spanning_few(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], why: Sequence[str], weight: Floats, n: int
) -> npt.NDArray[np.bool_]:
    """Tell which bridges a person should be asked about: of a group too large only as many as would join it.

    Examples
    --------
    >>> left, right = np.array([0, 0, 1]), np.array([1, 2, 2])
    >>> only_a_spanning_few(left, right, ["too_large"] * 3, np.array([9.0, 8.0, 7.0]), 3).tolist()
    [True, True, False]
    """
    parent: dict[int, int] = {}

    def find(record: int) -> int:
        while parent.get(record, record) != record:
            record = parent[record]
        return record

    keep = np.ones(len(left), bool)
    for place in np.lexsort((right, left, -weight)).tolist():
        if why[place] != TOO_LARGE:
            continue
        a, b = find(int(left[place])), find(int(right[place]))
        keep[place] = a != b
        parent[max(a, b)] = min(a, b)
    return keep
