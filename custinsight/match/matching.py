"""Duplicates found, golden customers built, doubtful pairs handed to a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa

from custinsight import engine
from custinsight.engine import Tabular, beside, like
from custinsight.errors import DataError
from custinsight.match.calibrate import Calibration
from custinsight.match.certainty import Scored, assess, decided_apart, learn, only_a_spanning_few
from custinsight.match.conflicts import find_abbreviations, find_conflicts
from custinsight.match.decisions import Decision
from custinsight.match.engines import open_engine
from custinsight.match.explain import explain_merges
from custinsight.match.golden import choose_representatives, choose_survivors, make_golden, name_parents, trace_golden
from custinsight.match.groups import find_groups
from custinsight.match.identity import history_of, no_history, with_kept_ids
from custinsight.match.incremental import Earlier, extend, find_fresh, join_pairs, keep_scored
from custinsight.match.incremental import Scored as KeptScores
from custinsight.match.matched import Matched
from custinsight.match.model import (
    MatchModel,
    is_comparable,
    probability,
    score_fresh_pairs,
    score_pairs,
    score_pairs_again,
)
from custinsight.match.narrow import narrower
from custinsight.match.records import prepare
from custinsight.match.roles import Column
from custinsight.match.saved import Settings, columns_of
from custinsight.match.taking import Taken, take_records
from custinsight.match.threshold import LOWEST, choose_threshold
from custinsight.plan_match import Survivorship
from custinsight.tables import CUSTOMERS

LOWEST_WEIGHT = -5.0
"""Pairs with a lower match weight (bits) are as good as not compared."""

Labels: TypeAlias = tuple[Mapping[int, str], ...]

_CODES = {
    "name_key": "name",
    "place": "place",
    "phones": "phone",
    "email_key": "email",
    "tax_key": "tax_id",
    "contact_key": "contact",
    "address": "address",
}


_PAIR = ["customer_id_l", "customer_id_r", "probability"]


def deduplicate(
    customers: Tabular,
    threshold: float | None = None,
    review_from: float = 0.5,
    seed: int = 20240101,
    *,
    settings: Settings | None = None,
    decisions: Iterable[Decision] = (),
    survivorship: Survivorship | None = None,
    earlier: Earlier | Matched | None = None,
    anew_from: float = 0.2,
) -> Matched:
    """Find the records that are one customer.

    Nothing needs to be set: the columns that are there are known by their values and headers, other ones than the
    canonical (a birthday, a given name, a number of social insurance) included. Same input, same result: random
    numbers are seeded, sums are made in one order. Two records
    with different valid tax numbers, or of different branches of a
    company, are never one customer; a record of a person whose ``parent_id`` names a company's record is that
    company's contact and belongs to it. Names that are wholly different, without the same tax number, are at most
    doubtful; one name with its legal form at one place speaks for one customer as far as the file's tax numbers bear it
    out, for no register enters a name twice.

    Parameters
    ----------
    customers : table
        Customers, cleaned by :func:`custinsight.clean_customers` or not; customer_id must be unique. A table of
        ``ibis.pyspark.connect(session)`` is matched in Spark, any other one in DuckDB.
    threshold : float, optional
        Probability from which a pair joins two groups of records, if all pairs between them together speak for it;
        chosen from the pairs there are when not given (:func:`custinsight.match.threshold.choose_threshold`).
    review_from : float
        Probability from which a pair that was not joined is handed to a person.
    seed : int
    settings : dict or path, optional
        ``model.settings`` of an earlier call, changed or not, or the file that ``model.save`` wrote: nothing is
        learnt anew.
    decisions : iterable of Decision
        What people decided about pairs; it wins over the model, and answers that a list asked for show what the
        model's probabilities are worth: with enough of them the thresholds are moved to where they hold.
    survivorship : Survivorship, optional
        Whose value of each column survives; the plan's defaults when not given.
    earlier : Earlier or Matched, optional
        What an earlier period found: golden ids are kept, and records that did not change are not scored again.
    anew_from : float
        Share of new and changed records from which all are matched anew; golden ids are kept all the same.

    Returns
    -------
    Matched
        Tables of the kind that was given.

    Raises
    ------
    DataError
        ``customer_id`` repeats, the thresholds are not in order, no column could tell who a customer is, the settings
        are not those of a model for these columns, or decisions contradict each other.

    Examples
    --------
    >>> import pandas as pd
    >>> names = ["华东贸易有限公司", "华东贸易公司", "美的集团"]
    >>> people = pd.DataFrame({"customer_id": ["1", "2", "3"], "customer_name": names})
    >>> people["tax_id"] = ["91110000802100433B", "9111 0000 8021 0043 3B", None]
    >>> deduplicate(people).links[["customer_id", "golden_id"]].to_numpy().tolist()
    [['1', '1'], ['2', '1'], ['3', '3']]
    """
    if not 0 < review_from <= (LOWEST if threshold is None else threshold) < 1:
        raise DataError(
            "The thresholds must satisfy 0 < review_from <= threshold < 1, got {review_from} and {threshold}.",
            review_from=review_from,
            threshold=LOWEST if threshold is None else threshold,
        )
    taken = take_records(customers, settings, decisions)
    compared, further = taken.compared, taken.further
    before = Earlier(earlier.links).golden_ids() if earlier else None
    kept = earlier.scored if earlier and not taken.known and _compares_the_same(earlier.scored, further) else None
    is_fresh = find_fresh(compared, kept, anew_from) if kept else None
    kept = kept if is_fresh is not None else None
    if kept is not None:
        further = columns_of(kept.settings)
    pairs, labels, model = _score(taken.table, compared, seed, further, taken.known, kept, is_fresh)
    scored, calibration, cuts = _learn(taken, pairs, labels, threshold, review_from)
    # decisions and what they teach may reach into every customer: then the clusters, not the scores, are made anew
    if kept is not None and before is not None and is_fresh is not None and taken.rulings.is_empty:
        clusters = extend(compared, kept, before, is_fresh, pairs, scored.weight, cuts[0], labels)
    else:
        clusters = scored.clusters(cuts[0])
    ids = compared["customer_id"].to_numpy()
    certain = assess(scored, clusters, calibration, ids, cut=cuts[0], review_cut=cuts[1], seed=seed)
    pairs = _describe(pairs, compared, clusters)
    listed = _list_pairs(pairs, certain, _doubtful(pairs, scored, clusters, certain.bridges, cuts[1]), further)
    placed = _place(taken.keys, taken.parents, compared, clusters, pairs)
    members = _at_hand(_name_customers(taken.table, placed, before))
    survivors = _at_hand(choose_survivors(members, survivorship))
    links = members.select("source_system", "source_id", "customer_id", "golden_id", "probability")
    tables = {
        "golden": make_golden(members, survivors),
        "links": links.order_by("source_system", "source_id", "customer_id"),
        "origins": trace_golden(survivors, survivorship),
        "groups": find_groups(members),
        "reasons": explain_merges(pairs, compared, _contacts(taken.keys, taken.parents), links),
        "estimate": ibis.memtable(certain.row),
        **listed,
    }
    return Matched(
        **{name: like(table, customers) for name, table in tables.items()},
        model=model,
        history=no_history() if before is None else history_of(links, before),
        scored=keep_scored(compared, pairs, model.settings),
    )


def _name_customers(table: ibis.Table, placed: pa.Table, before: pd.DataFrame | None) -> ibis.Table:
    """Give each record its golden id: few columns decide it, and only then are all joined."""
    created = ["created_date"] if "created_date" in table.columns else []
    small = table.select("customer_id", *created).inner_join(beside(ibis.memtable(placed), table), "customer_id")
    named = choose_representatives(small).select(*placed.column_names, "representative", "golden_id").to_pyarrow()
    if before is not None:
        named = with_kept_ids(named, before)
    return name_parents(table.inner_join(beside(ibis.memtable(named), table), "customer_id"))


def _at_hand(table: ibis.Table) -> ibis.Table:
    """Compute once what several tables read; DuckDB drops it with the last of them. Spark is left to plan by itself."""
    return table if engine.spark_session(table) else engine.without_null_types(table, CUSTOMERS).cache()


def _compares_the_same(kept: KeptScores | None, further: Sequence[Column]) -> bool:
    """Tell whether the further columns are those that scores were kept for."""
    if kept is None:
        return False
    return [(c.name, c.role, c.key) for c in columns_of(kept.settings)] == [(c.name, c.role, c.key) for c in further]


def _learn(
    taken: Taken, pairs: pa.Table, labels: Labels, threshold: float | None, review_from: float
) -> tuple[Scored, Calibration, tuple[float, float]]:
    """Put scores and decisions together; return the weights (bits) from which pairs are joined and reviewed, too."""
    weight, is_doubtful = _restrain(pairs, taken.compared)
    review_cut = _bits(review_from)
    cut = choose_threshold(weight[~is_doubtful]) if threshold is None else _bits(threshold)
    decided = taken.rulings.renumbered(taken.compared["record"].to_numpy())
    scored = Scored(taken.compared.num_rows, pairs, _held_back(weight, is_doubtful, cut), labels, decided)
    calibration = learn(scored, pairs["weight"].to_numpy())
    if calibration.is_enough:
        cut, review_cut = (max(calibration.weight_of(bits), 0.0) for bits in (cut, review_cut))
        scored = replace(scored, weight=_held_back(weight, is_doubtful, cut))
    return scored, calibration, (cut, review_cut)


def _bits(share: float) -> float:
    return float(np.log2(share / (1 - share)))


def _list_pairs(pairs: pa.Table, certain: Any, doubtful: pa.Table, further: Sequence[Column]) -> dict[str, ibis.Table]:
    """Return the pairs for people to look at: review, bridges, controls."""
    review = ibis.memtable(_explain(doubtful, further))
    bridges = pairs.take(pa.array(certain.bridges["place"])).select(_PAIR)
    bridges = ibis.memtable(bridges.append_column("why", pa.array(certain.bridges["why"], pa.string())))
    controls = ibis.memtable(_explain(pairs.take(pa.array(certain.controls)), further))
    ends = ("customer_id_l", "customer_id_r")
    return {
        "review": review.order_by(review.probability.desc(), *ends),
        "bridges": bridges.order_by(*ends),
        "controls": controls.order_by(*ends),
    }


def _contacts(keys: pa.Table, parents: pa.Table) -> pd.DataFrame:
    """Name the companies and their contacts by their customer_id."""
    ids = keys["customer_id"].combine_chunks()
    sides = {"customer_id_l": "parent", "customer_id_r": "record"}
    return pd.DataFrame({name: ids.take(parents[side].combine_chunks()).to_pylist() for name, side in sides.items()})


def _score(
    customers: ibis.Table,
    compared: pa.Table,
    seed: int,
    further: Sequence[Column],
    known: dict[str, Any] | None,
    kept: KeptScores | None,
    is_fresh: Any,
) -> tuple[pa.Table, Labels, MatchModel]:
    """Score the pairs of records worth comparing; also return the labels that keep records apart."""
    labels: Labels = ()

    def narrow(con: Any, budget: int) -> None:
        nonlocal labels
        labels = _labels(con)
        if kept:
            narrower(kept.settings, is_fresh)(con, budget)

    con = open_engine(customers)
    try:
        numbered = compared.set_column(0, "record", pa.array(np.arange(compared.num_rows)))
        ignored = prepare(con, numbered, further, narrow if kept else None)
        pairs, settings = _NO_PAIRS, dict[str, Any]()
        if kept:
            settings = kept.settings
            fresh_pairs = score_fresh_pairs(con, settings, lowest_weight=LOWEST_WEIGHT)
            pairs = join_pairs(compared, kept, is_fresh, fresh_pairs)
        elif known:
            pairs, settings = score_pairs_again(con, known, lowest_weight=LOWEST_WEIGHT), known
        elif is_comparable(con, further):
            pairs, settings = score_pairs(con, seed=seed, lowest_weight=LOWEST_WEIGHT, further=further)
        labels = labels or _labels(con)
    finally:
        con.close()
    return pairs, labels, MatchModel(settings, ignored)


def _labels(con: Any) -> Labels:
    """Read from ``records`` what keeps them apart: tax numbers and branches."""
    tax = con.execute("SELECT record, tax_number FROM records WHERE tax_number IS NOT NULL").fetchall()
    branch = con.execute("SELECT record, coalesce(branch_key, '') FROM records").fetchall()
    return dict(tax), dict(branch)


def _restrain(pairs: pa.Table, compared: pa.Table) -> tuple[Any, Any]:
    """Return the weights, those of two companies' names taken away, and which pairs have wholly different names.

    The same tax number makes up for either; a name that may be short for the other is not wholly different.
    """
    weight = pairs["weight"].to_numpy()
    weight = np.where(find_conflicts(pairs, compared), np.minimum(weight, LOWEST_WEIGHT), weight)
    if "mw_name_key" not in pairs.column_names:
        return weight, np.zeros(len(weight), bool)
    doubtful = pairs["mw_name_key"].to_numpy() < 0
    if "mw_tax_key" in pairs.column_names:
        doubtful &= ~(pairs["mw_tax_key"].to_numpy() > 0)
    doubtful &= ~find_abbreviations(pairs, compared, doubtful & (weight >= 0))
    return weight, doubtful


def _held_back(weight: Any, is_doubtful: Any, cut: float) -> Any:
    return np.where(is_doubtful, np.minimum(weight, cut - 0.01), weight)


def _describe(pairs: pa.Table, compared: pa.Table, clusters: Any) -> pa.Table:
    """Add to each pair its probability, the numbers of its customers, and whether it was joined."""
    left, right = pairs["record_l"].to_numpy(), pairs["record_r"].to_numpy()
    ids = compared["customer_id"].combine_chunks()
    more = {
        "probability": np.round(probability(pairs["weight"].to_numpy()), 6),
        "customer_id_l": ids.take(pa.array(left)),
        "customer_id_r": ids.take(pa.array(right)),
        "is_joined": pa.array(clusters[left] == clusters[right], pa.bool_()),
    }
    for name, column in more.items():
        pairs = pairs.append_column(name, pa.array(column))
    return pairs


def _place(keys: pa.Table, parents: pa.Table, compared: pa.Table, clusters: Any, pairs: pa.Table) -> pa.Table:
    """Give each record its cluster, its strength in it, and whether it is only a contact."""
    record = compared["record"].to_numpy()
    child, parent = parents["record"].to_numpy(), parents["parent"].to_numpy()
    cluster_of = np.arange(keys.num_rows)
    cluster_of[record] = record[clusters]
    cluster_of[child] = cluster_of[parent]
    is_contact = np.isin(np.arange(keys.num_rows), child)
    strength = np.zeros(keys.num_rows)
    joined = pairs.filter(pairs["is_joined"])
    for side in ("record_l", "record_r"):
        np.maximum.at(strength, record[joined[side].to_numpy()], joined["probability"].to_numpy())
    strength[strength == 0] = 1.0
    return pa.table(
        {
            "customer_id": keys["customer_id"],
            "cluster": cluster_of,
            "is_contact": is_contact,
            "probability": strength,
        }
    )


def _doubtful(pairs: pa.Table, scored: Scored, clusters: Any, bridges: pd.DataFrame, review_cut: float) -> pa.Table:
    """Choose the pairs that a person has to decide."""
    weight = pairs["weight"].to_numpy()
    is_open = ~pairs["is_joined"].to_numpy(zero_copy_only=False) & (weight >= review_cut)
    is_open &= ~decided_apart(scored, clusters)
    places, why = bridges["place"].to_numpy(), bridges["why"].tolist()
    few = only_a_spanning_few(scored.left[places], scored.right[places], why, weight[places], scored.n)
    is_open[places[~few]] = False
    pairs = pairs.filter(pa.array(is_open))
    ends = list(zip(pairs["record_l"].to_pylist(), pairs["record_r"].to_pylist(), strict=True))
    return pairs.filter(pa.array([all(_agree(label, *pair) for label in scored.labels) for pair in ends], pa.bool_()))


def _explain(pairs: pa.Table, further: Sequence[Column] = ()) -> pa.Table:
    """Say what speaks for one customer in each pair."""
    codes = _CODES | {column.key: column.name for column in further}
    there = [name for name in codes if f"mw_{name}" in pairs.column_names]
    weights = zip(*(pairs[f"mw_{name}"].to_pylist() for name in there), strict=True)
    why = [",".join(codes[name] for name, weight in zip(there, row, strict=True) if weight > 0) for row in weights]
    return pairs.select(_PAIR).append_column("why", pa.array(why, pa.string()))


def _agree(label: Mapping[int, str], a: int, b: int) -> bool:
    return a not in label or b not in label or label[a] == label[b]


_NO_PAIRS = pa.schema([("record_l", pa.int64()), ("record_r", pa.int64()), ("weight", pa.float64())]).empty_table()
