"""The probability that two records are one customer: a Fellegi–Sunter model, trained by Splink without labels.

Fellegi, I. and Sunter, A. (1969), A theory for record linkage, JASA 64; Linacre, R. et al. (2022), Splink, IJPDS 7(3).
"""

from __future__ import annotations

import copy
import logging
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from custinsight.match.chance import estimate_chance, without_matches
from custinsight.match.engines import Engine, is_duckdb, open_linker, read_learnt, splink_table
from custinsight.match.frequencies import add_frequencies, own_records
from custinsight.match.narrow import FRESH_PAIRS
from custinsight.match.roles import Column
from custinsight.match.saved import own_records_of, with_columns, without_columns, write_settings
from custinsight.match.settings import make_settings, sure_rules, training_rules
from custinsight.match.sift import columns_of, sift_pairs
from custinsight.match.similarity import register_similarities

RECALL_OF_SURE_RULES = 0.6
"""Share of the duplicates that the sure rules are taken to find; only where the estimate of the prior starts."""

PRIOR_STRENGTH = 0.1
"""Weight of the probabilities in the settings against those learnt: no level is ever worth infinitely many bits."""

_COMPARED = {
    "name_key": "name_key IS NOT NULL",
    "registered": "registered IS NOT NULL",
    "place": "place IS NOT NULL",
    "phones": "len(phones) > 0",
    "email_key": "email_key IS NOT NULL",
    "tax_key": "tax_key IS NOT NULL",
    "contact_key": "contact_key IS NOT NULL",
    "address": "address IS NOT NULL",
}
_TELLING = frozenset(["name_key", "phones", "email_key", "tax_key"])
_FEWEST_VALUES = 2
_FEWEST_PAIRS = 50
_MOST_PAIRS = 200_000
_FEWEST_COLUMNS = 3
_FEWEST_MATCHES = 0.1
_MOST_RISE = 7.0
_MOST_REVISIONS = 5
_AT_THE_EDGE = ("cast(inf as", "cast(nan as", "below the minimum allowed")


@dataclass(frozen=True)
class MatchModel:
    """A trained matching model.

    Parameters
    ----------
    settings : dict
        JSON-able settings with the learnt probabilities, as Splink reads and writes them; empty when there was
        nothing to compare.
    ignored : dict of str to int
        For each identifying column how many values were ignored because too many records share them.
    """

    settings: dict[str, Any]
    ignored: dict[str, int]

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the settings as JSON, for ``deduplicate(customers, settings=path)``."""
        write_settings(self.settings, path)


def compared_columns(con: Engine, further: Sequence[Column] = ()) -> set[str]:
    """Columns of ``records`` that are filled well enough to be compared, further ones by their keys."""
    counts = con.execute(f"SELECT {', '.join(f'count(*) FILTER ({test})' for test in _COMPARED.values())} FROM records")
    known = {name for name, n in zip(_COMPARED, counts.fetchone(), strict=True) if n >= _FEWEST_VALUES}
    return known | {column.key for column in further if column.key}


def is_comparable(con: Engine, further: Sequence[Column] = ()) -> bool:
    """Tell whether ``records`` holds anything by which two records could be one customer."""
    is_telling = any(column.key and column.role != "category" for column in further)
    return is_telling or not _TELLING.isdisjoint(compared_columns(con))


def score_pairs(
    con: Engine, *, seed: int, lowest_weight: float, further: Sequence[Column] = ()
) -> tuple[pa.Table, dict[str, Any]]:
    """Train the model on ``records`` and score the pairs worth comparing.

    Parameters
    ----------
    con : Engine
        Holds ``records``.
    seed : int
    lowest_weight : float
        Pairs with a lower match weight (bits) are left out.
    further : sequence of Column
        Columns beside the canonical ones.

    Returns
    -------
    pairs : pyarrow.Table
        One row per pair: record_l < record_r, weight (bits) and mw_… (bits that each comparison adds), ordered by the
        records.
    settings : dict
        What was learnt.
    """
    columns = compared_columns(con, further)
    register_similarities(con)
    start = estimate_chance(con, make_settings(columns, further), seed)
    start["probability_two_random_records_match"] = _start_prior(con, columns, further)
    own = own_records(start, _count_records(con))
    add_frequencies(con, own)
    with _one_thread(con):
        trained = _train(con, start, columns, further)
    learnt = settle(without_matches(trained), start)
    blocked = _block(con, learnt)
    for _ in range(_MOST_REVISIONS):
        before = learnt["probability_two_random_records_match"]
        pairs = _predict(con, learnt, lowest_weight - _MOST_RISE, blocked)
        pairs, settled = _revise_prior(con, pairs, learnt, lowest_weight)
        learnt = settled
        # a prior that rose further lifts pairs that were not scored
        if _bits(settled["probability_two_random_records_match"]) - _bits(before) <= _MOST_RISE:
            break
    return pairs, with_columns(settled, further, own)


def score_pairs_again(con: Engine, settings: Mapping[str, Any], *, lowest_weight: float) -> pa.Table:
    """Score the pairs worth comparing with settings that were learnt before: nothing is trained.

    Parameters
    ----------
    con : Engine
        Holds ``records``.
    settings : mapping
        As :func:`score_pairs` returned them, changed or not.
    lowest_weight : float
        Pairs with a lower match weight (bits) are left out.

    Returns
    -------
    pyarrow.Table
        As of :func:`score_pairs`.
    """
    register_similarities(con)
    add_frequencies(con, own_records_of(settings))
    return _settled(_predict(con, dict(settings), lowest_weight - 1, _block(con, settings)), lowest_weight)


def score_fresh_pairs(con: Engine, settings: dict[str, Any], *, lowest_weight: float) -> pa.Table:
    """Score the pairs with a fresh record, by settings learnt before.

    Parameters
    ----------
    con : Engine
        Holds ``records`` with the term frequencies of the whole, and :data:`custinsight.match.narrow.FRESH_PAIRS`.
    settings : dict
        What :func:`score_pairs` learnt.
    lowest_weight : float

    Returns
    -------
    pyarrow.Table
        As of :func:`score_pairs`.
    """
    register_similarities(con)
    return _settled(_predict(con, settings, lowest_weight - 1, FRESH_PAIRS), lowest_weight)


def _settled(pairs: pa.Table, lowest_weight: float) -> pa.Table:
    weight = np.round(pairs["weight"].to_numpy(), 6)
    pairs = pairs.set_column(pairs.schema.get_field_index("weight"), "weight", pa.array(weight))
    return pairs.filter(pa.array(weight >= lowest_weight))


@contextmanager
def _one_thread(con: Engine) -> Iterator[None]:
    """Let DuckDB use one thread, where a result depends on the order in which numbers are added up."""
    if not is_duckdb(con):
        yield
        return
    threads = con.execute("SELECT current_setting('threads')").fetchone()[0]
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {threads}")


def _start_prior(con: Engine, columns: set[str], further: Sequence[Column]) -> float:
    """Estimate the probability that two records drawn at random are one customer by rules that are nearly sure."""
    rules = [rule for needed, rule in sure_rules(further) if needed <= columns]
    pairs = " UNION ".join(
        f"SELECT l.record, r.record FROM records l JOIN records r ON {rule} AND l.record < r.record" for rule in rules
    )
    found = con.execute(f"SELECT count(*) FROM ({pairs})").fetchone()[0] if rules else 0
    return float(min(0.5, max(found, _FEWEST_MATCHES) / RECALL_OF_SURE_RULES / _count_all_pairs(con)))


def _train(con: Engine, settings: dict[str, Any], columns: set[str], further: Sequence[Column]) -> dict[str, Any]:
    """Learn the m probabilities by expectation maximisation, on pairs drawn by one column after the other."""
    linker = _linker(con, settings)
    for name, rule in training_rules(further):
        if name not in columns or len(settings["comparisons"]) < _FEWEST_COLUMNS:
            continue
        pairs = _count_pairs(con, rule)
        if pairs >= _FEWEST_PAIRS:
            linker = _train_on(con, linker, settings, _thinned(rule, pairs))
    return read_learnt(linker, settings)


def _thinned(rule: str, pairs: int) -> str:
    """Take every so many records' pairs where there are more than probabilities need to be learnt from."""
    every = -(-pairs // _MOST_PAIRS)
    return rule if every == 1 else f"{rule} AND l.record % {every} = 0"


def _train_on(con: Engine, linker: Any, settings: dict[str, Any], rule: str) -> Any:
    """Train on the pairs that a rule draws; where these teach nothing that numbers can hold, what was known stays.

    If all pairs drawn are one customer, as where a file was exported twice, the likelihood is highest for a prior of
    one and probabilities of zero, which Splink cannot write down. With the prior held, it mostly can.
    """
    from splink.internals.exceptions import SplinkException

    known = read_learnt(linker, settings)
    for is_prior_held in (False, True):
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                rule, estimate_without_term_frequencies=True, fix_probability_two_random_records_match=is_prior_held
            )
        except (SplinkException, ValueError) as error:
            if not any(sign in str(error).lower() for sign in _AT_THE_EDGE):
                raise
            linker = _linker(con, known)  # a training that failed leaves its linker half changed
        else:
            break
    return linker


def settle(learnt: dict[str, Any], start: dict[str, Any]) -> dict[str, Any]:
    """Make learnt probabilities sound: drawn a little to those of the start, and more alike never counts for less.

    Parameters
    ----------
    learnt, start : dict
        Settings after and before training, with the same comparisons.

    Returns
    -------
    dict
        A copy of ``learnt`` with other m and u probabilities. Neighbouring levels of which the less alike one would
        count for more share one weight (pool adjacent violators).
    """
    learnt = copy.deepcopy(learnt)
    for comparison, before in zip(learnt["comparisons"], start["comparisons"], strict=True):
        levels, origin = (_ranked(levels["comparison_levels"]) for levels in (comparison, before))
        pools: list[list[float]] = []
        for level, first in zip(levels, origin, strict=True):
            m = (level["m_probability"] + PRIOR_STRENGTH * first["m_probability"]) / (1 + PRIOR_STRENGTH)
            pools.append([m, level["u_probability"], 1])
            while len(pools) > 1 and pools[-1][0] * pools[-2][1] > pools[-2][0] * pools[-1][1]:
                last = pools.pop()
                pools[-1] = [one + other for one, other in zip(pools[-1], last, strict=True)]
        ratios = [m / u for m, u, n in pools for _ in range(int(n))]
        for level, ratio in zip(levels, ratios, strict=True):
            # Splink sums in the order of a set, which differs between processes: the last digits are chance
            level["m_probability"] = float(f"{min(ratio * level['u_probability'], 1.0):.9g}")
    return learnt


def _ranked(levels: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Choose the levels that stand in the order of likeness: not those that are known to speak against it."""
    return [level for level in levels if not level.get("is_null_level") and not level.get("fix_m_probability")]


def _block(con: Engine, settings: Mapping[str, Any]) -> str:
    """Bring pairs together by the settings' rules, once for all; return their table. Spark does so as it scores."""
    if not is_duckdb(con):
        return ""
    blocked: str = _linker(con, dict(settings)).inference.compute_blocked_pairs_for_predict().physical_name
    # blocks have done their work, and lists take much room
    for name, *_ in con.execute("DESCRIBE records").fetchall():
        if name.startswith("block_"):
            con.execute(f"ALTER TABLE records DROP COLUMN {name}")
    return blocked


def _predict(con: Engine, settings: dict[str, Any], lowest_weight: float, pairs: str) -> pa.Table:
    """Score the pairs of a table, or all that the settings' rules bring together where none is named."""
    linker = _linker(con, settings)
    if pairs:
        _sift(con, settings, pairs, lowest_weight)
        linker.table_management.register_blocked_pairs_for_predict(splink_table(con, "likely_pairs"))
    table = linker.inference.predict(threshold_match_weight=lowest_weight, warning_mode="never").physical_name
    weights = ", ".join(f"mw_{c['output_column_name']}" for c in settings["comparisons"])
    return con.execute(
        f"SELECT record_l, record_r, match_weight AS weight, {weights} FROM {table} ORDER BY record_l, record_r"
    ).to_arrow_table()


def _sift(con: Engine, settings: Mapping[str, Any], blocked: str, lowest_weight: float) -> None:
    """Make the table ``likely_pairs``: of the pairs brought together those that may reach the lowest weight."""
    names, adjusted = columns_of(settings)
    columns = ", ".join(["record", *names, *(f"tf_{name}" for name in adjusted)])
    records = con.execute(f"SELECT {columns} FROM records ORDER BY record").to_arrow_table()
    pairs = con.execute(f"SELECT join_key_l, join_key_r FROM {blocked}").to_arrow_table()
    left, right = (pairs[f"join_key_{side}"].to_numpy() for side in "lr")
    keep = sift_pairs(left, right, records, settings, lowest_weight=lowest_weight)
    con.register("kept_pairs", pairs.filter(pa.array(keep)))
    con.execute(
        "CREATE OR REPLACE TABLE likely_pairs AS SELECT '0' AS match_key, join_key_l, join_key_r FROM kept_pairs"
    )
    con.unregister("kept_pairs")


def _revise_prior(
    con: Engine, pairs: pa.Table, settings: dict[str, Any], lowest_weight: float
) -> tuple[pa.Table, dict[str, Any]]:
    """Set the prior to what the scored pairs say: the share of matches that the model then expects (EM)."""
    prior = settings["probability_two_random_records_match"]
    evidence = pairs["weight"].to_numpy() - _bits(prior)
    n = _count_all_pairs(con)
    for _ in range(100):
        expected = float(probability(evidence + _bits(prior)).sum())
        revised = min(0.5, max(expected, _FEWEST_MATCHES) / n)
        done = abs(revised - prior) < 1e-6 * prior
        prior = revised
        if done:
            break
    prior = float(f"{prior:.9g}")
    weight = np.round(evidence + _bits(prior), 6)
    pairs = pairs.set_column(pairs.schema.get_field_index("weight"), "weight", pa.array(weight))
    return pairs.filter(pa.array(weight >= lowest_weight)), settings | {"probability_two_random_records_match": prior}


def probability(weight: Any) -> Any:
    """Turn match weights (bits) into probabilities.

    Examples
    --------
    >>> probability(np.array([0.0, 10.0])).round(4).tolist()
    [0.5, 0.999]
    """
    return 1 / (1 + np.exp2(-np.clip(weight, -60, 60)))


def _bits(chance: float) -> float:
    return math.log2(chance / (1 - chance))


def _linker(con: Engine, settings: dict[str, Any]) -> Any:
    logging.getLogger("splink").setLevel(logging.ERROR)
    return open_linker(con, without_columns(settings))


def _count_all_pairs(con: Engine) -> int:
    return max(1, math.comb(_count_records(con), 2))


def _count_records(con: Engine) -> int:
    return int(con.execute("SELECT count(*) FROM records").fetchone()[0])


def _count_pairs(con: Engine, rule: str) -> int:
    return int(
        con.execute(f"SELECT count(*) FROM records l JOIN records r ON {rule} AND l.record < r.record").fetchone()[0]
    )
