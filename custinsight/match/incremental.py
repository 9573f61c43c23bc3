"""A later audit matches new and changed records against the customers found before; the others keep their links.

What was scored is kept: the keys that records were compared by, and the weights of their pairs. A record whose keys
are as they were is not scored again with any other such record, and stays with its customer unless a record of that
customer changed or vanished: then that customer alone is put together anew, from the weights kept. Customers may be
merged when fresh records speak for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from custinsight import engine
from custinsight.engine import Tabular, as_table
from custinsight.match.clusters import cluster

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Labels = Sequence[Mapping[int, str]]


@dataclass(frozen=True)
class Scored:
    """What matching keeps for the next period.

    Parameters
    ----------
    keys : pyarrow.Table
        One row per record that was compared: customer_id and the keys it was compared by. Personal.
    pairs : pyarrow.Table
        One row per pair scored: customer_id_l, customer_id_r, weight (bits), mw_… (bits of each comparison).
    settings : dict
        What the pairs were scored with; empty when there was nothing to compare.
    """

    keys: pa.Table
    pairs: pa.Table
    settings: dict[str, Any]


@dataclass(frozen=True)
class Earlier:
    """What an earlier audit found.

    Parameters
    ----------
    links : table
        Its ``Matched.links``; golden ids are kept from there.
    scored : Scored or None
        Its ``Matched.scored``; when None, all records are matched anew.
    """

    links: Tabular
    scored: Scored | None = None

    def golden_ids(self) -> pd.DataFrame:
        """customer_id and golden_id of each record."""
        return engine.collect(as_table(self.links).select("customer_id", "golden_id"), max_rows=None)


def find_fresh(compared: pa.Table, scored: Scored | None, anew_from: float) -> Flags | None:
    """Tell which records are new or were changed since they were scored.

    Parameters
    ----------
    compared : pyarrow.Table
        Keys of the records to compare, ordered by customer_id.
    scored : Scored or None
    anew_from : float
        Share of fresh records from which all are better matched anew.

    Returns
    -------
    array of bool or None
        One flag per record; None when all have to be matched anew.
    """
    keys = kept_keys(compared)
    if scored is None or not scored.settings or scored.keys.column_names != keys.column_names:
        return None
    con = engine.connect().con
    try:
        con.register("now", keys)
        con.register("before", scored.keys)
        fresh = con.execute("SELECT customer_id FROM (SELECT * FROM now EXCEPT SELECT * FROM before)").to_arrow_table()
    finally:
        con.close()
    flags = pc.is_in(compared["customer_id"], fresh["customer_id"].combine_chunks()).to_numpy()
    return None if flags.sum() >= anew_from * len(flags) else np.asarray(flags, np.bool_)


def kept_keys(compared: pa.Table) -> pa.Table:
    """Return the keys as they are kept for the next period: without the numbers of this run."""
    return compared.drop_columns(["record"])


def keep_scored(compared: pa.Table, pairs: pa.Table, settings: dict[str, Any]) -> Scored:
    """Take what the next period needs out of scored pairs, which name records by their place in ``compared``."""
    ids = compared["customer_id"].combine_chunks()
    named = pa.table({f"customer_id_{side}": ids.take(pairs[f"record_{side}"]) for side in "lr"})
    for name in pairs.column_names:
        if name == "weight" or name.startswith("mw_"):
            named = named.append_column(name, pairs[name])
    return Scored(kept_keys(compared), named, settings)


def join_pairs(compared: pa.Table, scored: Scored, is_fresh: Flags, fresh_pairs: pa.Table) -> pa.Table:
    """Put the pairs of records that stayed as they were beside those just scored.

    Returns
    -------
    pyarrow.Table
        record_l < record_r (places in ``compared``), weight, mw_…, ordered by the records.
    """
    ids = compared["customer_id"].combine_chunks()
    ends = [pc.index_in(scored.pairs[f"customer_id_{side}"], value_set=ids) for side in "lr"]
    # filled with a fresh record's flag: pairs of records that are gone go, too
    flags = pa.array(is_fresh)
    stays = [pc.invert(pc.fill_null(pc.take(flags, end), True)) for end in ends]
    kept = scored.pairs.filter(pc.and_(*stays))
    left, right = (pc.index_in(kept[f"customer_id_{side}"], value_set=ids).cast("int64") for side in "lr")
    kept = kept.drop_columns(["customer_id_l", "customer_id_r"])
    kept = kept.add_column(0, "record_r", right).add_column(0, "record_l", left)
    return pa.concat_tables([kept, fresh_pairs.select(kept.column_names).cast(kept.schema)]).sort_by(
        [("record_l", "ascending"), ("record_r", "ascending")]
    )


def recluster(
    earlier: Sequence[str | None],
    is_fresh: Flags,
    left: Ints,
    right: Ints,
    weight: npt.NDArray[np.float64],
    *,
    dissolved: frozenset[str] = frozenset(),
    cut: float,
    labels: Labels = (),
) -> Ints:
    """Join fresh records to the customers found before, and put those together anew that lost or changed a record.

    Parameters
    ----------
    earlier : sequence of str or None
        Golden id of each record before.
    is_fresh : array of bool
        Whether the record is new or changed.
    left, right, weight : arrays
        All pairs, as :func:`custinsight.match.clusters.cluster` takes them.
    dissolved : frozenset of str
        Earlier golden ids to be put together anew besides those of changed records, such as those with records that
        are gone.
    cut : float
    labels : sequence of mappings

    Returns
    -------
    array of int
        Cluster of each record: the number of its smallest record.

    Examples
    --------
    Records 0 and 1 are customer A; the fresh record 3 is like both, record 2 was alone and stays so.

    >>> pairs = np.array([0, 0, 1]), np.array([1, 3, 3]), np.array([9.0, 9.0, 9.0])
    >>> recluster(["A", "A", "C", None], np.array([False, False, False, True]), *pairs, cut=4).tolist()
    [0, 0, 2, 0]
    """
    ids = pd.Series(list(earlier), dtype="object")
    loose = ids.isna() | is_fresh | ids.isin(dissolved | set(ids[is_fresh].dropna()))
    ids = ids.mask(loose, None)
    codes = pd.factorize(ids, use_na_sentinel=True)[0]
    kept = np.where(codes >= 0, codes, codes.max(initial=-1) + 1 + np.arange(len(codes)))
    active = codes < 0
    touched = np.union1d(kept[left[active[right]]], kept[right[active[left]]])
    in_play = np.isin(kept, touched) | active
    _, first, place = np.unique(kept, return_index=True, return_inverse=True)
    found = np.asarray(first[place], np.int64)
    records = np.flatnonzero(in_play)
    both = in_play[left] & in_play[right]
    position = np.cumsum(in_play) - 1
    joined = cluster(
        len(records),
        position[left[both]],
        position[right[both]],
        weight[both],
        cut=cut,
        labels=[{int(position[r]): label[r] for r in records.tolist() if r in label} for label in labels],
        same=_chains(position, records, kept),
    )
    found[records] = records[joined]
    return found


def _chains(position: Ints, records: Ints, kept: Ints) -> list[tuple[int, int]]:
    """Link the records of each customer that stays, one to the next."""
    order = records[np.argsort(kept[records], kind="stable")]
    follows = kept[order[1:]] == kept[order[:-1]]
    return list(zip(position[order[:-1][follows]].tolist(), position[order[1:][follows]].tolist(), strict=True))


def extend(
    compared: pa.Table,
    scored: Scored,
    earlier: pd.DataFrame,
    is_fresh: Flags,
    pairs: pa.Table,
    weight: npt.NDArray[np.float64],
    cut: float,
    labels: Labels,
) -> Ints:
    """Give each record its cluster, from the customers found before and all pairs.

    Parameters
    ----------
    compared : pyarrow.Table
        Keys of the records.
    scored : Scored
        What was compared before.
    earlier : DataFrame
        customer_id and golden_id before.
    is_fresh, pairs, weight, cut, labels
        As :func:`recluster` takes them; ``pairs`` holds record_l and record_r.

    Returns
    -------
    array of int
        Cluster of each record: the number of its smallest record.
    """
    ids = compared["customer_id"].combine_chunks()
    was_there = pc.is_in(scored.keys["customer_id"], ids)
    gone = set(scored.keys["customer_id"].filter(pc.invert(was_there)).to_pylist())
    before = earlier.set_index("customer_id")["golden_id"]
    return recluster(
        before.reindex(ids.to_pylist()).astype("object").where(lambda found: found.notna(), None).to_list(),
        is_fresh,
        pairs["record_l"].to_numpy(),
        pairs["record_r"].to_numpy(),
        weight,
        dissolved=frozenset(before[before.index.isin(gone)]),
        cut=cut,
        labels=labels,
    )
