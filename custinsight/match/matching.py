"""Duplicates found, golden customers built, doubtful pairs handed to a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from custinsight import engine
from custinsight.clean import clean_customers
from custinsight.engine import Tabular, as_table, like, require_columns
from custinsight.errors import DataError
from custinsight.match.clusters import cluster
from custinsight.match.explain import explain_merges
from custinsight.match.golden import choose_representatives, make_golden, trace_golden
from custinsight.match.groups import find_groups
from custinsight.match.identity import history_of, no_history, with_kept_ids
from custinsight.match.incremental import Earlier, Scored, extend, find_fresh, join_pairs, keep_scored
from custinsight.match.model import MatchModel, is_comparable, probability, score_fresh_pairs, score_pairs
from custinsight.match.narrow import narrower
from custinsight.match.records import prepare, take_keys
from custinsight.plan_match import Survivorship

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


@dataclass(frozen=True)
class Matched:
    """What deduplication found.

    Parameters
    ----------
    golden : table
        One row per customer: the canonical columns, ``customer_id`` being the golden id, and ``records``.
    origins : table
        Where the values of the golden records of several records come from: golden_id, column, source_system,
        source_id, rule.
    links : table
        One row per record, ordered by source: source_system, source_id, customer_id (the record's), golden_id,
        probability (of the record's best pair inside its cluster; 1 when it is alone or its source says whose contact
        it is).
    review : table
        One row per doubtful pair, the likeliest first: customer_id_l, customer_id_r, probability, why (codes of what
        speaks for one customer, joined by commas: name, place, phone, email, tax_id, contact, address). Pairs as
        probable as the threshold are among them when their clusters were kept apart.
    groups : table
        Companies that belong together and are not one customer: golden_id, group_id, relation.
    reasons : table
        What decided each merge: golden_id, customer_id_l, customer_id_r, probability, rank, fact, direction, weight,
        hint.
    history : DataFrame
        What became of each earlier golden id, see :func:`custinsight.match.identity.golden_history`.
    model : MatchModel
        ``.settings`` holds what was learnt.
    scored : Scored
        What the next period needs to match only what is new; holds personal data.
    """

    golden: Any
    links: Any
    review: Any
    model: MatchModel
    origins: Any
    groups: Any
    reasons: Any
    history: pd.DataFrame
    scored: Scored


def deduplicate(
    customers: Tabular,
    threshold: float = 0.95,
    review_from: float = 0.5,
    seed: int = 20240101,
    *,
    survivorship: Survivorship | None = None,
    earlier: Earlier | Matched | None = None,
    anew_from: float = 0.2,
) -> Matched:
    """Find the records that are one customer.

    The setting is fixed and adapts only to which columns are filled. Same input, same result: random numbers are
    seeded, sums are made in one order. Two records with different valid tax numbers, or of different branches of a
    company, are never one customer; a record of a person whose ``parent_id`` names a company's record is that
    company's contact and belongs to it. Names that are wholly different, without the same tax number, are at most
    doubtful; one name with its legal form at one place is as good as sure, for no register enters it twice.

    Parameters
    ----------
    customers : table
        Customers, cleaned by :func:`custinsight.clean_customers` or not; customer_id must be unique.
    threshold : float
        Probability from which a pair joins two groups of records, if all pairs between them together speak for it.
    review_from : float
        Probability from which a pair that was not joined is handed to a person.
    seed : int
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
        ``customer_id`` repeats, or the thresholds are not in order.

    Examples
    --------
    >>> import pandas as pd
    >>> names = ["华东贸易有限公司", "华东贸易公司", "美的集团"]
    >>> people = pd.DataFrame({"customer_id": ["1", "2", "3"], "customer_name": names})
    >>> people["tax_id"] = ["91110000802100433B", "9111 0000 8021 0043 3B", None]
    >>> deduplicate(people).links[["customer_id", "golden_id"]].to_numpy().tolist()
    [['1', '1'], ['2', '1'], ['3', '3']]
    """
    if not 0 < review_from <= threshold < 1:
        raise DataError(
            "The thresholds must satisfy 0 < review_from <= threshold < 1, got {review_from} and {threshold}.",
            review_from=review_from,
            threshold=threshold,
        )
    table = _with_keys(as_table(customers))
    keys = take_keys(table)
    _require_unique(keys)
    parents = _parents_of_contacts(keys)
    is_contact = pc.is_in(keys["record"], parents["record"])
    compared = keys.filter(pc.invert(is_contact))
    is_fresh = find_fresh(compared, earlier.scored, anew_from) if earlier else None
    pairs, labels, model = _score(compared, seed, earlier.scored if earlier else None, is_fresh)
    cut = float(np.log2(threshold / (1 - threshold)))
    before = Earlier(earlier.links).golden_ids() if earlier else None
    if earlier is None or is_fresh is None:
        left, right = pairs["record_l"].to_numpy(), pairs["record_r"].to_numpy()
        clusters = cluster(compared.num_rows, left, right, _restrain(pairs, cut), cut=cut, labels=labels)
    else:
        clusters = extend(compared, earlier.scored, before, is_fresh, pairs, _restrain(pairs, cut), cut, labels)
    pairs = _describe(pairs, compared, clusters)
    placed = _place(keys, parents, compared, clusters, pairs)
    members = choose_representatives(table.inner_join(ibis.memtable(placed), "customer_id"))
    if before is not None:
        members = with_kept_ids(members, before)
    links = members.select("source_system", "source_id", "customer_id", "golden_id", "probability")
    review = ibis.memtable(_doubtful(pairs, labels, review_from))
    return Matched(
        golden=like(make_golden(members, survivorship), customers),
        links=like(links.order_by("source_system", "source_id", "customer_id"), customers),
        review=like(review.order_by(review.probability.desc(), "customer_id_l", "customer_id_r"), customers),
        model=model,
        origins=like(trace_golden(members, survivorship), customers),
        groups=like(find_groups(members), customers),
        reasons=like(explain_merges(pairs, compared, _contacts(keys, parents), links), customers),
        history=no_history() if before is None else history_of(links, before),
        scored=keep_scored(compared, pairs, model.settings),
    )


def _with_keys(table: ibis.Table) -> ibis.Table:
    """Return the customers with keys and with all the numbers they are known by."""
    if "name_key" not in table.columns:
        table = clean_customers(table).table
    if "customer_id" not in table.columns:
        require_columns(table, ("source_id",), name="customers")
        table = table.mutate(customer_id=table.source_id)
    absent = {"source_system": ibis.literal(""), "source_id": table.customer_id.cast("string")}
    return table.mutate(
        customer_id=table.customer_id.cast("string"),
        **{name: value for name, value in absent.items() if name not in table.columns},
    )


def _require_unique(keys: pa.Table) -> None:
    repeated = keys.num_rows - pc.count_distinct(keys["customer_id"], mode="all").as_py()
    if repeated:
        raise DataError(
            "customer_id must be unique, got {repeated} repeated ones. "
            "Put the name of the system before the numbers of several systems.",
            repeated=repeated,
        )


def _parents_of_contacts(keys: pa.Table) -> pa.Table:
    """Find the records of persons that are only contacts of a company: record and parent (both record numbers)."""
    everybody = keys.select(["record", "customer_id", "parent_id", "customer_type"])
    people = everybody.filter(pc.equal(keys["customer_type"], "person")).select(["record", "parent_id"])
    others = everybody.filter(pc.fill_null(pc.not_equal(keys["customer_type"], "person"), True))
    others = others.select(["record", "customer_id"]).rename_columns(["parent", "customer_id"])
    joined = people.join(others, keys="parent_id", right_keys="customer_id", join_type="inner")
    return joined.select(["record", "parent"]).sort_by("record")


def _contacts(keys: pa.Table, parents: pa.Table) -> pd.DataFrame:
    """Name the companies and their contacts by their customer_id."""
    ids = keys["customer_id"].combine_chunks()
    sides = {"customer_id_l": "parent", "customer_id_r": "record"}
    return pd.DataFrame({name: ids.take(parents[side].combine_chunks()).to_pylist() for name, side in sides.items()})


def _score(compared: pa.Table, seed: int, scored: Scored | None, is_fresh: Any) -> tuple[pa.Table, Labels, MatchModel]:
    """Score the pairs of records worth comparing; also return the labels that keep records apart."""
    labels: Labels = ()

    def narrow(con: Any, budget: int) -> None:
        nonlocal labels
        labels = _labels(con)
        narrower(scored.settings, is_fresh)(con, budget)

    is_later = scored is not None and is_fresh is not None
    # a connection of its own: one thread, so that sums have one order, and nothing is left behind in the user's
    con = engine.connect(threads=1).con
    try:
        numbered = compared.set_column(0, "record", pa.array(np.arange(compared.num_rows)))
        ignored = prepare(con, numbered, narrow if is_later else None)
        pairs, settings = _NO_PAIRS, dict[str, Any]()
        if is_later:
            settings = scored.settings
            fresh_pairs = score_fresh_pairs(con, settings, lowest_weight=LOWEST_WEIGHT)
            pairs = join_pairs(compared, scored, is_fresh, fresh_pairs)
        elif is_comparable(con):
            pairs, settings = score_pairs(con, seed=seed, lowest_weight=LOWEST_WEIGHT)
        labels = labels or _labels(con)
    finally:
        con.close()
    return pairs, labels, MatchModel(settings, ignored)


def _labels(con: Any) -> Labels:
    """Read from ``records`` what keeps them apart: tax numbers and branches."""
    tax = con.execute("SELECT record, tax_number FROM records WHERE tax_number IS NOT NULL").fetchall()
    branch = con.execute("SELECT record, coalesce(branch_key, '') FROM records").fetchall()
    return dict(tax), dict(branch)


def _restrain(pairs: pa.Table, cut: float) -> Any:
    """Keep pairs with wholly different names below the cut, unless their tax numbers are the same."""
    weight = pairs["weight"].to_numpy()
    if "mw_name_key" not in pairs.column_names:
        return weight
    doubtful = pairs["mw_name_key"].to_numpy() < 0
    if "mw_tax_key" in pairs.column_names:
        doubtful &= ~(pairs["mw_tax_key"].to_numpy() > 0)
    return np.where(doubtful, np.minimum(weight, cut - 0.01), weight)


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


def _doubtful(pairs: pa.Table, labels: Labels, review_from: float) -> pa.Table:
    """Choose the pairs that a person has to decide."""
    is_open = pc.and_(pc.invert(pairs["is_joined"]), pc.greater_equal(pairs["probability"], review_from))
    pairs = pairs.filter(is_open)
    ends = list(zip(pairs["record_l"].to_pylist(), pairs["record_r"].to_pylist(), strict=True))
    pairs = pairs.filter(pa.array([all(_agree(label, *pair) for label in labels) for pair in ends], pa.bool_()))
    there = [name for name in _CODES if f"mw_{name}" in pairs.column_names]
    weights = zip(*(pairs[f"mw_{name}"].to_pylist() for name in there), strict=True)
    why = [",".join(_CODES[name] for name, weight in zip(there, row, strict=True) if weight > 0) for row in weights]
    chosen = pairs.select(["customer_id_l", "customer_id_r", "probability"])
    return chosen.append_column("why", pa.array(why, pa.string()))


def _agree(label: Mapping[int, str], a: int, b: int) -> bool:
    return a not in label or b not in label or label[a] == label[b]


_NO_PAIRS = pa.schema([("record_l", pa.int64()), ("record_r", pa.int64()), ("weight", pa.float64())]).empty_table()
