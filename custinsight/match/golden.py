"""The golden record: of several records of one customer, which value of each column survives, and where it is from.

The rule of each column is in the plan (:class:`custinsight.plan_match.Survivorship`). Only values that are there
compete. A record of a person who is only the contact of a company gives a value where no other record has one; a
valid value goes before a broken one; then the rule decides; then the newest record, by updated_at, created_date and
the smallest customer_id. Some columns have rules that no plan can change:

============================== =====================================================================
owner_name department          of the record that gives the owner_id
created_date / updated_at      the earliest / the latest
source_system source_id        of the representative: the earliest record by created_date, then the
                               smallest customer_id
parent_id                      named by the parent's golden id; never the customer itself
============================== =====================================================================
"""

from __future__ import annotations

import ibis

from custinsight.plan_match import Survivorship
from custinsight.tables import CUSTOMERS

_OF_OWNER = ("owner_name", "department")
_OF_REPRESENTATIVE = ("source_system", "source_id")
_MOST = 2**19 - 1
"""Largest frequency, length or place in a list that is told apart."""


def choose_representatives(members: ibis.Table) -> ibis.Table:
    """Give each record its customer's golden id and representative.

    Parameters
    ----------
    members : ibis.Table
        Cleaned customers with cluster (int) and is_contact (bool); with golden_id where ids were given before.

    Returns
    -------
    ibis.Table
        The same rows with representative (customer_id of the record that stands for its cluster), golden_id (the
        representative where none was given), and with parent_id as a golden id.
    """
    created = [members.created_date.asc(nulls_first=False)] if "created_date" in members.columns else []
    order = [members.is_contact, *created, members.customer_id]
    first = members.customer_id.first().over(group_by=members.cluster, order_by=order)
    chosen = members.mutate(representative=first)
    if "golden_id" not in members.columns:
        chosen = chosen.mutate(golden_id=chosen.representative)
    return name_parents(chosen)


def name_parents(members: ibis.Table) -> ibis.Table:
    """Let each record name its parent, if there is a parent_id, by the parent's golden id; nobody is its own parent."""
    if "parent_id" not in members.columns:
        return members
    known = members.select(parent__record="customer_id", parent__golden="golden_id").view()
    joined = members.left_join(known, members.parent_id == known.parent__record)
    parent = ibis.coalesce(joined.parent__golden, joined.parent_id).nullif(joined.golden_id)
    return joined.mutate(parent_id=parent).select(*members.columns)


def choose_survivors(members: ibis.Table, survivorship: Survivorship | None = None) -> ibis.Table:
    """Choose for each customer of several records and each column the record whose value survives.

    Parameters
    ----------
    members : ibis.Table
        Cleaned customers with golden_id, representative and is_contact (bool).
    survivorship : Survivorship, optional
        Column to rule; the defaults of the plan when not given.

    Returns
    -------
    ibis.Table
        golden_id, records, and for each column ``of__…``: its value and its source.
    """
    sizes = members.mutate(records=members.count().over(group_by="golden_id").cast("int64"))
    return _survivors(sizes.filter(sizes.records > 1), survivorship or Survivorship())


def make_golden(members: ibis.Table, survivors: ibis.Table | None = None) -> ibis.Table:
    """Make one row per customer.

    Parameters
    ----------
    members : ibis.Table
        Cleaned customers with golden_id, representative and is_contact (bool).
    survivors : ibis.Table, optional
        From :func:`choose_survivors`; by the defaults of the plan when not given.

    Returns
    -------
    ibis.Table
        One row per golden customer, ordered by customer_id: the canonical columns of customers that are there, and
        records (int64, how many records it was made of).
    """
    names = _canonical(members)
    counted = members.mutate(records=members.count().over(group_by="golden_id").cast("int64"))
    alone = counted.filter(counted.records == 1).mutate(customer_id=counted.golden_id)
    several = choose_survivors(members) if survivors is None else survivors
    values = {name: several[f"of__{name}"].value for name in names if name != "customer_id"}
    merged = several.select(customer_id="golden_id", **values, records="records")
    return ibis.union(alone.select(*names, "records"), merged.select(*names, "records")).order_by("customer_id")


def trace_golden(survivors: ibis.Table, survivorship: Survivorship | None = None) -> ibis.Table:
    """Tell where the values of the golden records come from.

    Parameters
    ----------
    survivors : ibis.Table
        From :func:`choose_survivors`.
    survivorship : Survivorship, optional
        What they were chosen by.

    Returns
    -------
    ibis.Table
        One row per golden customer of several records and column that is filled: golden_id, column, source_system,
        source_id, rule. The values of a customer of one record are that record's.
    """
    survivorship = survivorship or Survivorship()
    there = {name.removeprefix("of__") for name in survivors.columns}
    names = [name for name in CUSTOMERS.names if name in there and name not in _OF_REPRESENTATIVE]
    wide = survivors.select("golden_id", **{name: survivors[f"of__{name}"].source for name in names})
    long = wide.pivot_longer([*names], names_to="column", values_to="source")
    long = long.filter(long.source.notnull())
    rule = long.column.cases(*((name, _rule_of(name, survivorship)) for name in names))
    return long.select(
        "golden_id",
        "column",
        source_system=long.source.source_system,
        source_id=long.source.source_id,
        rule=rule,
    ).order_by("golden_id", "column")


def _canonical(members: ibis.Table) -> list[str]:
    return [name for name in CUSTOMERS.names if name in members.columns]


def _rule_of(name: str, survivorship: Survivorship) -> str:
    fixed = {"created_date": "earliest", "updated_at": "latest"}
    return fixed.get(name) or survivorship.rules["owner_id" if name in _OF_OWNER else name]


def _survivors(several: ibis.Table, survivorship: Survivorship) -> ibis.Table:
    """Choose for each customer and column a record: its value and its source, packed together."""
    names = [name for name in _canonical(several) if name != "customer_id"]
    newest = [several[name].asc(nulls_first=True) for name in ("updated_at", "created_date") if name in several.columns]
    freshness = ibis.row_number().over(group_by="golden_id", order_by=[*newest, several.customer_id.desc()])
    several = several.mutate(freshness=freshness.cast("int64"), filled=_filled(several, names))
    several = several.mutate(**{f"score__{name}": _score(several, name, survivorship) for name in names})
    return several.group_by("golden_id").agg(
        **{f"of__{name}": _survivor(several, name) for name in names}, records=several.records.max()
    )


def _survivor(several: ibis.Table, name: str) -> ibis.Value:
    system, number = (
        several[part].cast("string") if part in several.columns else ibis.null("string")
        for part in ("source_system", "source_id")
    )
    source = ibis.struct({"source_system": system, "source_id": number})
    packed = ibis.struct(
        {"value": several[name], "source": ibis.ifelse(several[name].notnull(), source, ibis.null(source.type()))}
    )
    return packed.argmax(several[f"score__{name}"])


def _filled(several: ibis.Table, names: list[str]) -> ibis.Value:
    return sum((several[name].notnull().cast("int64") for name in names), ibis.literal(0, "int64"))


def _score(several: ibis.Table, name: str, survivorship: Survivorship) -> ibis.Value:
    """Rank the records of a customer for one column; no two of them rank equal."""
    if name in _OF_REPRESENTATIVE:
        return (several.customer_id == several.representative).cast("int64")
    if name in ("created_date", "updated_at"):
        return _rank_by_day(several, name)
    ruled = "owner_id" if name in _OF_OWNER and "owner_id" in several.columns else name
    parts = (
        (several[ruled].notnull(), 41),
        (~several.is_contact, 40),
        (_is_valid(several, ruled), 39),
        (_measure(several, ruled, survivorship), 20),
        (several.freshness, 0),
    )
    return sum((part.cast("int64") * 2**bits for part, bits in parts), ibis.literal(0, "int64"))


def _rank_by_day(several: ibis.Table, name: str) -> ibis.Value:
    day = several[name]
    order = [day.desc(nulls_first=True)] if name == "created_date" else [day.asc(nulls_first=True)]
    return ibis.row_number().over(group_by="golden_id", order_by=[*order, several.customer_id.desc()])


def _measure(several: ibis.Table, name: str, survivorship: Survivorship) -> ibis.Value:
    """Measure what a column's rule looks at: the larger, the better; newest looks at nothing but freshness."""
    rule = _rule_of(name, survivorship)
    if rule == "most_trusted" and "source_system" in several.columns:
        places = [(system, _MOST - i) for i, system in enumerate(survivorship.trusted)]
        return several.source_system.cases(*places, else_=0)
    if rule == "most_frequent":
        return several.count().over(group_by=["golden_id", name])
    if rule == "most_complete":
        return several.filled
    if rule == "longest":
        return ibis.least(several[name].cast("string").length().fill_null(0), _MOST)
    return ibis.literal(0)


def _is_valid(several: ibis.Table, name: str) -> ibis.Value:
    """Tell whether a record's value is a better one than the same column of others."""
    if name == "customer_name" and "legal_form" in several.columns:
        return several.legal_form.notnull()
    if name in ("mobile", "phone"):
        return several[name].startswith("+").fill_null(False)
    if name == "email" and "email_key" in several.columns:
        return several.email_key.notnull()
    if name == "tax_id" and "tax_key" in several.columns:
        return several.tax_key.notnull()
    return ibis.literal(False)
