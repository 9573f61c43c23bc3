"""Companies that belong together and are not one customer: branches, subsidiaries, several under one tax number.

========== ==========================================================================================
relation   the customer
========== ==========================================================================================
head       stands at the top of its group
branch     has a branch in its name, and the rest is the registered name of the group
subsidiary names another customer of the group as its parent
same_tax   shares its tax number with another customer of the group
========== ==========================================================================================

The first of these relations that holds is given. A group is whatever these relations connect; its id is the golden id
of its head: a customer that is neither branch nor subsidiary, the one with the most others below it, then the smallest.
"""

from __future__ import annotations

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from custinsight.engine import collect
from custinsight.match.records import SHARED_BY_MOST

_RELATIONS = ("branch", "subsidiary", "same_tax")
_GROUPS = pa.schema([(name, pa.string()) for name in ("golden_id", "group_id", "relation")])


def find_groups(members: ibis.Table) -> ibis.Table:
    """Link customers that belong together.

    Parameters
    ----------
    members : ibis.Table
        Records with golden_id; parent_id as a golden id, name_key, branch_key, legal_form, name_region, tax_key and
        customer_type may be absent.

    Returns
    -------
    ibis.Table
        One row per customer in a group of at least two: golden_id, group_id, relation; ordered by group and customer.
    """
    ties = pd.concat([_branches(members), _subsidiaries(members), _same_tax(members)], ignore_index=True)
    return ibis.memtable(pa.Table.from_pandas(group_ties(ties), schema=_GROUPS, preserve_index=False)).order_by(
        "group_id", "golden_id"
    )


def group_ties(ties: pd.DataFrame) -> pd.DataFrame:
    """Connect ties to groups.

    Parameters
    ----------
    ties : DataFrame
        below, above (golden ids) and relation (branch, subsidiary, same_tax) of the one below.

    Returns
    -------
    DataFrame
        golden_id, group_id, relation.

    Examples
    --------
    >>> ties = pd.DataFrame({"below": ["B", "S"], "above": ["A", "A"], "relation": ["branch", "subsidiary"]})
    >>> group_ties(ties).to_numpy().tolist()
    [['A', 'A', 'head'], ['B', 'A', 'branch'], ['S', 'A', 'subsidiary']]
    """
    ties = ties[ties["below"] != ties["above"]].drop_duplicates()
    if ties.empty:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in _GROUPS.names})
    ids = np.unique(ties[["below", "above"]].to_numpy(dtype=str))
    low, high = (np.searchsorted(ids, ties[name].to_numpy(dtype=str)) for name in ("below", "above"))
    graph = coo_array((np.ones(len(ties), np.int8), (low, high)), shape=(len(ids), len(ids)))
    group = connected_components(graph, directed=False)[1]
    order = ties["relation"].map({name: i for i, name in enumerate(_RELATIONS)}).to_numpy()
    relation = np.full(len(ids), len(_RELATIONS))
    np.minimum.at(relation, low, order)
    is_equal = ties["relation"].eq("same_tax").to_numpy()
    np.minimum.at(relation, high[is_equal], order[is_equal])
    table = pd.DataFrame(
        {"golden_id": ids, "group": group, "rank": relation, "above": np.bincount(high, minlength=len(ids))}
    )
    heads = table.assign(is_below=table["rank"] < 2).sort_values(
        ["group", "is_below", "above", "golden_id"], ascending=[True, True, False, True]
    )
    head = heads.drop_duplicates("group").set_index("group")["golden_id"]
    table["group_id"] = table["group"].map(head)
    names = np.array([*_RELATIONS, "head"], dtype=object)
    table["relation"] = np.where(table["golden_id"] == table["group_id"], "head", names[table["rank"]])
    return table.sort_values(["group_id", "golden_id"], ignore_index=True)[list(_GROUPS.names)]


def _text(members: ibis.Table, name: str) -> ibis.Value:
    return members[name].cast("string") if name in members.columns else ibis.null("string")


def _branches(members: ibis.Table) -> pd.DataFrame:
    """Tie branches to the company whose whole registered name they carry, or to each other where it is no customer."""
    parts = [_text(members, name).fill_null("") for name in ("name_key", "legal_form", "name_region")]
    named = members.select(
        golden_id="golden_id",
        company=ibis.literal("|").join(parts),
        is_named=_text(members, "name_key").notnull() & _text(members, "legal_form").notnull(),
        is_branch=_text(members, "branch_key").notnull(),
    )
    named = named.filter(named.is_named).distinct()
    branches = named.filter(named.is_branch)
    companies = named.filter(named.company.isin(branches.select("company").distinct().company))
    known = collect(companies.order_by("company", "is_branch", "golden_id"), max_rows=None)
    first = known.drop_duplicates("company")[["company", "golden_id"]].rename(columns={"golden_id": "above"})
    ties = known.merge(first, on="company").rename(columns={"golden_id": "below"})
    ties = ties[ties["is_branch"]]
    return ties[["below", "above"]].assign(relation="branch")


def _subsidiaries(members: ibis.Table) -> pd.DataFrame:
    """Tie customers to the customer that they name as their parent."""
    parent = members.select(below="golden_id", above=_text(members, "parent_id"))
    parent = parent.filter(parent.above.notnull()).distinct()
    known = members.select(known="golden_id").distinct()
    ties = parent.semi_join(known, parent.above == known.known).order_by("below", "above")
    return collect(ties, max_rows=None).assign(relation="subsidiary")


def _same_tax(members: ibis.Table) -> pd.DataFrame:
    """Tie customers of one valid tax number to the first of them; a number that too many share stands for nobody."""
    numbers = members.select(golden_id="golden_id", tax=_text(members, "tax_key"))
    numbers = numbers.filter(numbers.tax.notnull()).distinct()
    shared = numbers.group_by("tax").agg(n=numbers.count(), above=numbers.golden_id.min())
    shared = shared.filter(shared.n > 1, shared.n <= SHARED_BY_MOST)
    ties = numbers.inner_join(shared, "tax").select(below="golden_id", above="above").order_by("below", "above")
    return collect(ties, max_rows=None).assign(relation="same_tax")
