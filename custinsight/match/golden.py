"""The golden record: of several records of one customer, which value of each column survives.

======================================================= ==========================================================
columns                                                 survivor
======================================================= ==========================================================
customer_name                                           a name with its legal form, then the most frequent, newest
customer_type industry customer_group region city       the most frequent, then the newest
country
mobile phone email tax_id                               a valid one, then the newest
owner_id owner_name department                          the newest owner, all three of one record
created_date / updated_at                               the earliest / the latest
source_system source_id                                 of the representative record
parent_id                                               the newest, as the parent's golden id; never the customer itself
all others                                              the newest
======================================================= ==========================================================

Only values that are there compete. Newest goes by updated_at, then created_date. A record of a person who is only the
contact of a company gives a value where no other record has one. The representative, whose number the customer
keeps, is the earliest record by created_date, then the smallest customer_id: it stays when later records join.
"""

from __future__ import annotations

import ibis

from custinsight.tables import CUSTOMERS

_FREQUENT = ("customer_name", "customer_type", "industry", "customer_group", "region", "city", "country")
_OF_REPRESENTATIVE = ("customer_id", "source_system", "source_id")


def choose_representatives(members: ibis.Table) -> ibis.Table:
    """Give each record the number of its cluster's representative.

    Parameters
    ----------
    members : ibis.Table
        Cleaned customers with cluster (int) and is_contact (bool).

    Returns
    -------
    ibis.Table
        The same rows with golden_id, and with parent_id as a golden id.
    """
    created = [members.created_date.asc(nulls_first=False)] if "created_date" in members.columns else []
    order = [members.is_contact, *created, members.customer_id]
    first = members.customer_id.first().over(group_by=members.cluster, order_by=order)
    chosen = members.mutate(golden_id=first)
    return _with_golden_parents(chosen) if "parent_id" in members.columns else chosen


def _with_golden_parents(members: ibis.Table) -> ibis.Table:
    """Let each record name its parent by the parent's golden id; nobody is its own parent."""
    known = members.select(parent__record="customer_id", parent__golden="golden_id").view()
    joined = members.left_join(known, members.parent_id == known.parent__record)
    parent = ibis.coalesce(joined.parent__golden, joined.parent_id).nullif(joined.golden_id)
    return joined.mutate(parent_id=parent).select(*members.columns)


def make_golden(members: ibis.Table) -> ibis.Table:
    """Make one row per customer.

    Parameters
    ----------
    members : ibis.Table
        Cleaned customers with golden_id and is_contact (bool).

    Returns
    -------
    ibis.Table
        One row per golden customer, ordered by customer_id: the canonical columns of customers that are there, and
        records (int64, how many records it was made of).
    """
    names = [name for name in CUSTOMERS.names if name in members.columns]
    counted = members.mutate(records=members.count().over(group_by="golden_id").cast("int64"))
    single = counted.filter(counted.records == 1).select(*names, "records")
    several = counted.filter(counted.records > 1)
    return ibis.union(single, _merge(several, names)).order_by("customer_id")


def _merge(several: ibis.Table, names: list[str]) -> ibis.Table:
    newest = [several[name].asc(nulls_first=True) for name in ("updated_at", "created_date") if name in several.columns]
    freshness = ibis.row_number().over(group_by="golden_id", order_by=[*newest, several.customer_id.desc()])
    several = several.mutate(freshness=freshness.cast("int64"))
    several = several.mutate(**{f"score__{name}": _score(several, name) for name in names})
    merged = several.group_by("golden_id").agg(
        **{f"new__{name}": _survivor(several, name) for name in names}, records=several.records.max()
    )
    return merged.select(*(merged[f"new__{name}"].name(name) for name in names), merged.records)


def _survivor(several: ibis.Table, name: str) -> ibis.Value:
    column = several[name]
    if name == "created_date":
        return column.min()
    if name == "updated_at":
        return column.max()
    return column.argmax(several[f"score__{name}"], where=column.notnull())


def _score(several: ibis.Table, name: str) -> ibis.Value:
    """Rank the records of a customer for one column; no two of them rank equal."""
    if name in _OF_REPRESENTATIVE:
        return (several.customer_id == several.golden_id).cast("int64")
    frequency = several.count().over(group_by=["golden_id", name]) if name in _FREQUENT else ibis.literal(0)
    parts = ((~several.is_contact, 40), (_is_preferred(several, name), 39), (frequency, 20), (several.freshness, 0))
    return sum((part.cast("int64") * 2**bits for part, bits in parts), ibis.literal(0, "int64"))


def _is_preferred(several: ibis.Table, name: str) -> ibis.Value:
    """Tell whether a record's value is a better one than the same column of others."""
    if name == "customer_name" and "legal_form" in several.columns:
        return several.legal_form.notnull()
    if name in ("mobile", "phone"):
        return several[name].startswith("+").fill_null(False)
    if name == "email" and "email_key" in several.columns:
        return several.email_key.notnull()
    if name == "tax_id" and "tax_key" in several.columns:
        return several.tax_key.notnull()
    if name in ("owner_name", "department") and "owner_id" in several.columns:
        return several.owner_id.notnull()
    return ibis.literal(False)
