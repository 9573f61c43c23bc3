"""How often two different customers agree by chance: the model's u probabilities.

Equality is counted exactly over all pairs; likeness is measured on pairs drawn at random with a seed.
"""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pyarrow as pa

SAMPLED_PAIRS = 100_000
PRIOR_PAIRS = 5_000
"""How many pairs the chances written in the settings are worth against those counted: small tables lean on them."""

MOST_BY_MATCHES = 0.9
"""Share of a chance that may be taken to come from records of one customer; neither λ nor m is known exactly."""

KNOWN_PAIRS = 10_000_000
"""How many pairs of different customers the chance written for registered names is worth: one such pair in so many."""

_LEFT = re.compile(r"\b(\w+)_l\b")
_OVERLAP = re.compile(r"list_has_any\((\w+)_l, \1_r\)")
MISTYPED = 0.02
"""Pairs of one customer with two tax numbers, for each with one."""

_RAREST = 1e-9
_EQUALITY = re.compile(r"(\w+)_l = \1_r")


def estimate_chance(con: Any, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Put the u probabilities into a model's settings.

    Parameters
    ----------
    con : Engine
        Holds ``records``, numbered from 0.
    settings : dict
        Splink settings whose levels are conditions over columns ending in ``_l`` and ``_r``.
    seed : int

    Returns
    -------
    dict
        A copy of the settings.
    """
    settings = copy.deepcopy(settings)
    conditions = " ".join(level["sql_condition"] for c in settings["comparisons"] for level in c["comparison_levels"])
    _draw_pairs(con, sorted(set(_LEFT.findall(conditions))), seed)
    levels = {each["output_column_name"]: each["comparison_levels"] for each in settings["comparisons"]}
    for each in levels.values():
        _set_chances(con, each[1:], each)
    for level in levels.get("name_key", ()):
        if level.get("fix_u_probability"):
            place = levels["place"][1]["u_probability"] if "place" in levels else 1.0
            level["u_probability"] = float(f"{_chance_of_one_register(con, level) / place:.9g}")
    return settings


def _chance_of_one_register(con: Any, level: dict[str, Any]) -> float:
    """Chance that two different customers have one registered name, as far as tax numbers tell them apart.

    No register enters a name twice, but exports leave out what told two registered names apart. Customers with two
    tax numbers are two, but for the share of duplicates whose number was mistyped.
    """
    name = _LEFT.findall(level["sql_condition"])[0]
    filled = f"FROM records WHERE {name} IS NOT NULL AND tax_key IS NOT NULL"
    pairs = "SELECT coalesce(sum(n * (n - 1) / 2), 0)::DOUBLE FROM (SELECT count(*) AS n {filled} GROUP BY {by})"
    alike, same = (con.execute(pairs.format(filled=filled, by=by)).fetchone()[0] for by in (name, f"{name}, tax_key"))
    n = con.execute(f"SELECT count(*) {filled}").fetchone()[0]
    apart = max(alike - same * (1 + MISTYPED), 0.0)
    return float((apart + level["u_probability"] * KNOWN_PAIRS) / (n * (n - 1) / 2 + KNOWN_PAIRS))


def without_matches(settings: dict[str, Any]) -> dict[str, Any]:
    """Take out of the u probabilities what records of one customer add to them.

    Chances are counted over all pairs, and of these a share λ, the prior, is one customer: what was counted is
    λ m + (1 - λ) u. In a file with many duplicates most pairs with one e-mail are matches, and its u far lower than
    it looks.

    Parameters
    ----------
    settings : dict
        Learnt, with the u of :func:`estimate_chance`.

    Returns
    -------
    dict
        A copy; no u loses more than :data:`MOST_BY_MATCHES` of itself, and those of a comparison add up to 1.
    """
    settings = copy.deepcopy(settings)
    prior = settings["probability_two_random_records_match"]
    for comparison in settings["comparisons"]:
        levels = [level for level in comparison["comparison_levels"] if not level.get("is_null_level")]
        u = np.array([level["u_probability"] for level in levels])
        m = np.array([level["m_probability"] for level in levels])
        is_fixed = np.array([bool(level.get("fix_u_probability")) for level in levels])
        rest = np.where(is_fixed, u, np.maximum(u - prior * m, (1 - MOST_BY_MATCHES) * u))
        rest[~is_fixed] *= (1 - u[is_fixed].sum()) / rest[~is_fixed].sum()
        for level, chance in zip(levels, rest.tolist(), strict=True):
            level["u_probability"] = float(f"{chance:.9g}")
    return settings


def _set_chances(con: Any, levels: list[dict[str, Any]], with_missing: list[dict[str, Any]]) -> None:
    """Set the u probabilities of one comparison's levels: equality first, the others share what is left."""
    counts = _count_levels(con, [level["sql_condition"] for level in with_missing])[1:]
    before = np.array([level["u_probability"] for level in levels])
    chances = (counts + PRIOR_PAIRS * before) / (counts.sum() + PRIOR_PAIRS)
    reached = 0.0
    for place, level in enumerate(levels):
        if level.get("fix_u_probability"):
            chances[place] = reached = before[place]
            continue
        same, pairs = _count_same(con, level["sql_condition"])
        if not pairs:
            break
        prior = before[: place + 1].sum()
        upto = max((same + PRIOR_PAIRS * prior) / (pairs + PRIOR_PAIRS), reached)
        chances[place] = max(upto - reached, _RAREST)
        chances[place + 1 :] *= (1 - upto) / chances[place + 1 :].sum()
        reached = upto
    for level, chance in zip(levels, chances.tolist(), strict=True):
        level["u_probability"] = chance


def _count_same(con: Any, condition: str) -> tuple[float, float]:
    """Count exactly the pairs for which a condition of equality holds, and all pairs with values; 0, 0 for others."""
    if equality := _EQUALITY.fullmatch(condition):
        name = equality[1]
        counts, total = f"SELECT count({name}) AS n FROM records GROUP BY {name}", f"count({name})"
    elif overlap := _OVERLAP.fullmatch(condition):
        name = overlap[1]
        entries = f"SELECT unnest({name}) AS entry FROM records"
        counts, total = f"SELECT count(*) AS n FROM ({entries}) GROUP BY entry", f"count(*) FILTER (len({name}) > 0)"
    else:
        return 0.0, 0.0
    same = con.execute(f"SELECT coalesce(sum(n * (n - 1)), 0)::DOUBLE FROM ({counts})").fetchone()[0]
    n = con.execute(f"SELECT {total} FROM records").fetchone()[0]
    return same / 2, n * (n - 1) / 2


def _draw_pairs(con: Any, names: list[str], seed: int) -> None:
    n = con.execute("SELECT count(*) FROM records").fetchone()[0]
    if n * (n - 1) // 2 <= SAMPLED_PAIRS:
        left, right = np.triu_indices(n, 1)
    else:
        left, right = np.random.default_rng(seed).integers(n, size=(2, SAMPLED_PAIRS))
    keep = left != right
    con.register("drawn", pa.table({"l": left[keep], "r": right[keep]}))
    columns = ", ".join(f"{side}.{name} AS {name}_{side}" for name in names for side in "lr")
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE pairs_by_chance AS SELECT {columns} "
        "FROM drawn JOIN records l ON l.record = drawn.l JOIN records r ON r.record = drawn.r"
    )
    con.unregister("drawn")


def _count_levels(con: Any, conditions: list[str]) -> Any:
    """Count the pairs of each level."""
    branches = " ".join(f"WHEN {condition} THEN {n}" for n, condition in enumerate(conditions) if condition != "ELSE")
    rows = con.execute(
        f"SELECT CASE {branches} ELSE {len(conditions) - 1} END AS level, count(*) FROM pairs_by_chance GROUP BY level"
    ).fetchall()
    counts = np.zeros(len(conditions))
    for level, n in rows:
        counts[level] = n
    return counts
