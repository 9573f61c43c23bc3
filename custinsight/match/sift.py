"""Pairs that cannot reach the lowest weight are taken out before Splink scores the others.

Blocking brings far more pairs together than could ever be one customer. An upper bound of each pair's match weight,
from the same levels and probabilities, costs a fraction of its full score: conditions of a known form are decided in
numpy from the records' values, comparison by comparison, as long as the pair may still reach the lowest weight; one of
another form is taken to be true or false, whichever gives more. So no pair is lost that would have been kept.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from custinsight.match.columns import Values
from custinsight.match.conditions import Condition, Pairs

PAIRS_AT_ONCE = 1_000_000

_SLACK = 1e-4
_MOST = 1000.0

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Level = Mapping[str, Any]


def sift_pairs(
    left: Ints, right: Ints, records: pa.Table, settings: Mapping[str, Any], *, lowest_weight: float
) -> Flags:
    """Tell which pairs may have at least the lowest match weight.

    Parameters
    ----------
    left, right : array of int
        Records of each pair.
    records : pyarrow.Table
        ``record`` and :func:`columns_of` the settings, ordered by the record.
    settings : mapping
        Learnt settings, as Splink writes them.
    lowest_weight : float
        Bits.

    Returns
    -------
    array of bool
    """
    values = Values(records)
    comparisons = [_Bound(each["comparison_levels"], values) for each in settings["comparisons"]]
    chance = settings["probability_two_random_records_match"]
    least = lowest_weight - math.log2(chance / (1 - chance)) - _SLACK
    keep = np.zeros(len(left), bool)
    for start in range(0, len(left), PAIRS_AT_ONCE):
        chunk = slice(start, start + PAIRS_AT_ONCE)
        keep[start + _sift(left[chunk], right[chunk], comparisons, least)] = True
    return keep


def columns_of(settings: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Columns of ``records`` that the bounds look at, and those among them of which they need the ``tf_…``."""
    levels = [level for comparison in settings["comparisons"] for level in comparison["comparison_levels"]]
    read = {name for level in levels for name in Condition(level["sql_condition"]).columns}
    adjusted = {level["tf_adjustment_column"] for level in levels if level.get("tf_adjustment_column")}
    return sorted(read), sorted(adjusted)


def _sift(left: Ints, right: Ints, comparisons: Sequence[_Bound], least: float) -> Ints:
    """Places of the pairs that may reach the least weight."""
    places = np.arange(len(left))
    # at first without the likeness of texts, which costs most
    bounds = [comparison.most(left, right, False) for comparison in comparisons]
    total = np.sum(bounds, axis=0) if bounds else np.zeros(len(left))
    for comparison, bound in zip(comparisons, bounds, strict=True):
        may = total[places] >= least
        places = places[may]
        if comparison.is_costly:
            total[places] += comparison.most(left[places], right[places], True) - bound[places]
    return places[total[places] >= least]


class _Bound:
    """The most that one comparison can add to a pair's weight."""

    def __init__(self, levels: Sequence[Level], values: Values) -> None:
        self.levels, self.values = levels, values
        self.conditions = [Condition(level["sql_condition"]) for level in levels]
        self.is_costly = any(condition.is_costly for condition in self.conditions)
        # what a frequency is set against is the chance of being the same: no more than the largest of these
        self.chance = max((level.get("u_probability") or 0.0 for level in levels[:-1]), default=0.0)

    def most(self, left: Ints, right: Ints, is_costly: bool) -> Floats:
        found = np.full(len(left), -np.inf)
        open_ = np.arange(len(left))
        pairs = Pairs(self.values, left, right)
        for level, condition in zip(self.levels, self.conditions, strict=True):
            hit = condition.holds(pairs, open_, is_costly)
            may = open_ if hit is None else open_[hit]
            found[may] = np.maximum(found[may], self._weight(level, left[may], right[may]))
            if hit is not None:
                open_ = open_[~hit]
        found[np.isneginf(found)] = 0.0
        return found

    def _weight(self, level: Level, left: Ints, right: Ints) -> Floats | float:
        if level.get("is_null_level"):
            return 0.0
        m, u = level.get("m_probability"), level.get("u_probability")
        # where nothing bounds a level, more than any adds
        weight = _MOST if m is None or not u else math.log2(m / u) if m else -_MOST
        column, share = level.get("tf_adjustment_column"), level.get("tf_adjustment_weight", 1.0)
        if not (column and share and self.chance):
            return weight
        frequency = self.values.numbers(f"tf_{column}")
        more = share * (math.log2(self.chance) - np.log2(np.fmax(frequency[left], frequency[right])))
        return np.asarray(weight + np.nan_to_num(more, nan=0.0), np.float64)
