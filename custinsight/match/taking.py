"""The records that are compared with each other, and what is known of them before they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from custinsight.clean import clean_customers
from custinsight.engine import Tabular, as_table, require_columns
from custinsight.errors import DataError
from custinsight.match.decisions import Decision
from custinsight.match.records import take_keys
from custinsight.match.roles import Column, find_columns, name_columns, require_usable
from custinsight.match.rulings import Rulings, put_in_force
from custinsight.match.saved import Settings, columns_of, read_settings, require_saved_columns


@dataclass(frozen=True, eq=False)
class Taken:
    """What deduplication works on.

    Parameters
    ----------
    table : ibis.Table
        Customers with their keys.
    keys, compared : pyarrow.Table
        Of :func:`custinsight.match.records.take_keys`: all records, and those that are not only somebody's contact.
    parents : pyarrow.Table
        record and parent of the contacts of companies.
    rulings : Rulings
        What people decided, by record number.
    further : sequence of Column
        Columns besides the canonical ones that are compared.
    known : dict or None
        Settings learnt before, where such were given.
    """

    table: ibis.Table
    keys: pa.Table
    compared: pa.Table
    parents: pa.Table
    rulings: Rulings
    further: Sequence[Column]
    known: dict[str, Any] | None


def take_records(customers: Tabular, settings: Settings | None, decisions: Iterable[Decision]) -> Taken:
    """Take what deduplication works on out of customers; see :func:`custinsight.match.deduplicate`.

    Raises
    ------
    DataError
        ``customer_id`` repeats, no column could tell who a customer is, the settings are not those of a model for
        these columns, or decisions contradict each other.
    """
    table = _with_keys(name_columns(as_table(customers)))
    known = read_settings(settings) if settings is not None else None
    further = columns_of(known) if known else find_columns(table)
    if known:
        require_saved_columns(known, table.columns)
    require_usable(table, further)
    keys = take_keys(table, further)
    _require_unique(keys)
    parents = _parents_of_contacts(keys)
    rulings = put_in_force(decisions, table, keys, parents)
    parents = parents.filter(pc.invert(pc.is_in(parents["record"], pa.array(rulings.contacts))))
    is_contact = pc.is_in(keys["record"], parents["record"])
    return Taken(table, keys, keys.filter(pc.invert(is_contact)), parents, rulings, further, known)


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
