"""Golden ids that stay: a customer keeps its id from one audit to the next as long as its core stays.

The core of a customer is the larger part of its records:

- an earlier id goes to the cluster that holds most of its records (among equals the one with the record that the id
  is the number of, then the one with the smallest representative);
- a cluster that may have several earlier ids keeps the one that most of its records had (among equals its
  representative's own number, then the smallest); the others are *merged into* it;
- a cluster that holds records of earlier customers but gets none of their ids was *split from* the one that most of
  them came from; a cluster of new records only is *new*. Both get the number of their representative or, where another
  customer keeps that number as its id, the number with ``-2`` (``-3``, …) behind it.

An id that was merged away comes back when its records become a customer of their own again.
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import pandas as pd
import pyarrow as pa

from custinsight import engine

HISTORY = {
    "golden_id": "str",
    "event": "str",
    "other_id": "str",
    "records": "int64",
    "records_before": "int64",
}
"""Columns of the history of golden ids."""


def keep_ids(records: pd.DataFrame, earlier: Mapping[str, str]) -> pd.Series:
    """Give each record the golden id of its cluster.

    Parameters
    ----------
    records : DataFrame
        One row per record: customer_id, cluster and representative (the number of its cluster's representative).
    earlier : mapping
        Record to golden id in the audit before.

    Returns
    -------
    Series
        Golden id of each record, in the order of the rows; no two clusters have the same.

    Examples
    --------
    Record 1 was a customer of two records and is taken out of it; the two that stay keep the id.

    >>> records = pd.DataFrame({"customer_id": ["1", "2", "3"], "cluster": [0, 1, 1]})
    >>> records["representative"] = ["1", "2", "2"]
    >>> keep_ids(records, {"1": "1", "2": "1", "3": "1"}).tolist()
    ['1-2', '1', '1']
    """
    overlaps = _overlaps(records, earlier)
    ids = _inherit(overlaps)
    representatives = records.drop_duplicates("cluster").set_index("cluster")["representative"]
    without = representatives[~representatives.index.isin(ids.index)]
    ids = pd.concat([ids, _name(without, taken=set(ids), numbers=set(records["customer_id"]))])
    return records["cluster"].map(ids)


def _overlaps(records: pd.DataFrame, earlier: Mapping[str, str]) -> pd.DataFrame:
    """One row per cluster and earlier id that share records: n, and what breaks a tie."""
    known = records.assign(before=records["customer_id"].map(earlier)).dropna(subset="before")
    shared = known.groupby(["cluster", "before", "representative"], sort=True).size().rename("n").reset_index()
    anchors = known.loc[known["customer_id"] == known["before"], ["cluster", "before"]].assign(has_anchor=True)
    shared = shared.merge(anchors, on=["cluster", "before"], how="left")
    shared["has_anchor"] = shared["has_anchor"].eq(True)
    return shared.assign(is_own=shared["before"] == shared["representative"])


def _inherit(overlaps: pd.DataFrame) -> pd.Series:
    """Cluster to the earlier id that it keeps."""
    by_id = overlaps.sort_values(
        ["before", "n", "has_anchor", "representative"], ascending=[True, False, False, True], kind="stable"
    )
    won = by_id.drop_duplicates("before")
    by_cluster = won.sort_values(
        ["cluster", "n", "is_own", "before"], ascending=[True, False, False, True], kind="stable"
    )
    return by_cluster.drop_duplicates("cluster").set_index("cluster")["before"]


def _name(representatives: pd.Series, taken: set[str], numbers: set[str]) -> pd.Series:
    """Name clusters that inherit no id; in the order of the representatives, so that names do not depend on rows."""
    names = {}
    for cluster, number in representatives.sort_values().items():
        name, n = number, 1
        while name in taken or (n > 1 and name in numbers):
            n += 1
            name = f"{number}-{n}"
        taken.add(name)
        names[cluster] = name
    return pd.Series(names, dtype="str")


def with_kept_ids(members: ibis.Table, earlier: pd.DataFrame) -> ibis.Table:
    """Give the members of customers that were known before the golden ids of then.

    Parameters
    ----------
    members : ibis.Table
        Records with customer_id, cluster, representative, golden_id; with parent_id as a golden id.
    earlier : DataFrame
        customer_id and golden_id in the audit before.

    Returns
    -------
    ibis.Table
        The same rows; golden_id and parent_id are the ids kept.
    """
    records = engine.collect(members.select("customer_id", "cluster", "representative", "golden_id"), max_rows=None)
    kept = keep_ids(records, dict(zip(earlier["customer_id"], earlier["golden_id"], strict=True)))
    ids = records[["golden_id"]].assign(kept_id=kept.astype("str")).drop_duplicates()
    ids = ids[ids["golden_id"] != ids["kept_id"]]
    if ids.empty:
        return members
    for name in ("golden_id", *(["parent_id"] if "parent_id" in members.columns else [])):
        known = engine.as_table(pa.table({"id__now": ids["golden_id"], "id__kept": ids["kept_id"]}))
        known = engine.beside(known, members).view()
        joined = members.left_join(known, members[name] == known.id__now)
        members = joined.mutate(**{name: ibis.coalesce(joined.id__kept, joined[name])}).select(*members.columns)
    return members


def history_of(links: ibis.Table, earlier: pd.DataFrame) -> pd.DataFrame:
    """Tell what became of each golden id, from lazy links; see :func:`golden_history`."""
    return golden_history(engine.collect(links.select("customer_id", "golden_id"), max_rows=None), earlier)


def golden_history(links: pd.DataFrame, earlier: pd.DataFrame) -> pd.DataFrame:
    """Tell what became of each golden id since the audit before.

    Parameters
    ----------
    links, earlier : DataFrame
        customer_id and golden_id of each record, now and in the audit before.

    Returns
    -------
    DataFrame
        One row per id that there is or was, ordered by it: golden_id, event (kept, new, split: of its records' largest
        part, other_id is the id of; merged: into other_id; gone: none of its records is left), other_id, records (now),
        records_before.

    Examples
    --------
    >>> before = pd.DataFrame({"customer_id": ["1", "2", "3"], "golden_id": ["1", "2", "3"]})
    >>> now = pd.DataFrame({"customer_id": ["1", "2", "4"], "golden_id": ["1", "1", "4"]})
    >>> golden_history(now, before)[["golden_id", "event", "other_id"]].fillna("").to_numpy().tolist()
    [['1', 'kept', ''], ['2', 'merged', '1'], ['3', 'gone', ''], ['4', 'new', '']]
    """
    now, before = links.groupby("golden_id").size(), earlier.groupby("golden_id").size()
    both = links[["customer_id", "golden_id"]].merge(
        earlier[["customer_id", "golden_id"]].rename(columns={"golden_id": "before"}), on="customer_id"
    )
    shared = both.groupby(["golden_id", "before"]).size().rename("n").reset_index()
    went_to = _largest(shared, "before", "golden_id")
    came_from = _largest(shared, "golden_id", "before")
    table = pd.DataFrame(index=now.index.union(before.index))
    is_now, was = table.index.isin(now.index), table.index.isin(before.index)
    table["event"] = "kept"
    table.loc[is_now & ~was, "event"] = "new"
    table.loc[is_now & ~was & table.index.isin(came_from.index), "event"] = "split"
    table.loc[~is_now, "event"] = "gone"
    table.loc[~is_now & table.index.isin(went_to.index), "event"] = "merged"
    other = pd.Series(None, index=table.index, dtype="object")
    for event, where in (("split", came_from), ("merged", went_to)):
        chosen = table["event"] == event
        other[chosen] = where.reindex(table.index[chosen])
    sizes = {"records": now, "records_before": before}
    table = table.assign(other_id=other, **{k: v.reindex(table.index, fill_value=0) for k, v in sizes.items()})
    return table.rename_axis("golden_id").reset_index()[list(HISTORY)].astype(HISTORY)


def _largest(shared: pd.DataFrame, of: str, what: str) -> pd.Series:
    """For each value of one column the value of the other with which it shares most records."""
    order = shared.sort_values([of, "n", what], ascending=[True, False, True], kind="stable")
    return order.drop_duplicates(of).set_index(of)[what]


def no_history() -> pd.DataFrame:
    """Return a history without rows: that of the first audit."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in HISTORY.items()})
