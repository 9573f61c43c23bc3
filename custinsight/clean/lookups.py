"""All that cleaning reads out of a table of customers, and how it is joined back to the rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa

from custinsight.clean.contacts import COLUMNS as CONTACT_COLUMNS
from custinsight.clean.contacts import join_misplaced, read_misplaced
from custinsight.clean.readings import (
    NameValue,
    country_codes,
    read_each,
    read_email,
    read_name,
    read_phone,
    read_tax_id,
    read_text,
    values_of,
)

TEXT_COLUMNS = (
    "industry",
    "customer_group",
    "region",
    "city",
    "address",
    "country",
    "contact_name",
    "owner_name",
    "department",
    "source_channel",
)
_NAME_VALUE = dict.fromkeys(NameValue._fields, pa.string())


@dataclass(frozen=True)
class Lookups:
    """Small tables, one row per distinct value, that turn a table of customers into a cleaned one.

    Parameters
    ----------
    names : pyarrow.Table
        Customer names with their parts; one row per (value, kind).
    people : pyarrow.Table
        Keys of contact persons.
    texts : pyarrow.Table
        Plain texts that have to change, with their new form.
    misplaced : pyarrow.Table
        Combinations of contact values of which one stands in a wrong column.
    contacts : dict of str to pyarrow.Table
        For each contact column its values, read; one row per (value, country).
    country : str
        ISO 3166 code where a row has none.
    """

    names: pa.Table
    people: pa.Table
    texts: pa.Table
    misplaced: pa.Table
    contacts: dict[str, pa.Table]
    country: str

    @property
    def has_names(self) -> bool:
        """At least one row has a usable name."""
        return self.names["new"].null_count < self.names.num_rows


def read_lookups(table: ibis.Table, country: str) -> Lookups:
    """Read all distinct values of a table of customers.

    Parameters
    ----------
    table : ibis.Table
        Any canonical columns of customers, as text.
    country : str
        ISO 3166 code where a row has none.

    Returns
    -------
    Lookups
    """
    countries = country_codes(table, country)
    there = [name for name in CONTACT_COLUMNS if name in table.columns]
    misplaced = read_misplaced(table, countries)
    phones = _read_contacts(table, countries, misplaced, read_phone, "mobile", "phone")
    emails = _read_contacts(table, countries, misplaced, read_email, "email")
    tax_ids = _read_contacts(table, countries, misplaced, read_tax_id, "tax_id")
    read = {"mobile": phones, "phone": phones, "email": emails, "tax_id": tax_ids}
    return Lookups(
        _read_names(table),
        _read_people(table),
        _read_texts(table),
        misplaced,
        {name: read[name] for name in there},
        country,
    )


def _read_contacts(
    table: ibis.Table, countries: ibis.Value, misplaced: pa.Table, read: Callable[..., tuple[Any, ...]], *names: str
) -> pa.Table:
    """Read the values that stand in some columns, or will once the misplaced ones are moved."""
    parts = [table.select(value=name, country=countries) for name in names if name in table.columns]
    moved = [misplaced.select([f"new_{name}", "cell_country"]).rename_columns(["value", "country"]) for name in names]
    if misplaced.num_rows:
        parts += [ibis.memtable(part) for part in moved]
    values = ibis.union(*parts) if parts else ibis.memtable(moved[0])
    return read_each(values, read)


def _read_names(table: ibis.Table) -> pa.Table:
    name = table.customer_name if "customer_name" in table.columns else ibis.null("string")
    kind = table.customer_type.fill_null("") if "customer_type" in table.columns else ibis.literal("")
    return read_each(table.select(value=name, kind=kind), read_name, _NAME_VALUE)


def _read_people(table: ibis.Table) -> pa.Table:
    name = table.contact_name if "contact_name" in table.columns else ibis.null("string")
    read = read_each(table.select(value=name, kind=ibis.literal("person")), read_name, _NAME_VALUE)
    return read.select(["value", "key"])


def _read_texts(table: ibis.Table) -> pa.Table:
    names = [name for name in TEXT_COLUMNS if name in table.columns]
    if not names:
        return pa.table({part: pa.array([], pa.string()) for part in ("value", "new", "rule")})
    read = read_each(values_of(table, names), read_text).select(["value", "new", "rule"])
    differs = [old != new for old, new in zip(read["value"].to_pylist(), read["new"].to_pylist(), strict=True)]
    return read.filter(pa.array(differs, pa.bool_()))


def join_lookups(table: ibis.Table, lookups: Lookups) -> ibis.Table:
    """Give each row its new values.

    Parameters
    ----------
    table : ibis.Table
        The table the lookups were read from.
    lookups : Lookups

    Returns
    -------
    ibis.Table
        The same rows. Each cleaned column holds its new value, ``old__<column>`` the old one, ``rule__<column>`` what
        changed it; ``<column>__key`` and ``<column>__ok`` what was read out of a contact column; ``name__<part>`` the
        parts of the customer's name; ``contact__key`` the key of the contact person.
    """
    names = [n for n in ("customer_name", *CONTACT_COLUMNS, *TEXT_COLUMNS) if n in table.columns]
    countries = country_codes(table, lookups.country)
    table = table.mutate(country__code=countries, **{f"old__{name}": table[name] for name in names})
    table = _join_names(table, lookups)
    table = join_misplaced(table, lookups.misplaced, table.country__code)
    for name, values in lookups.contacts.items():
        table = _join_contact(table, name, values)
    for name in TEXT_COLUMNS if lookups.texts.num_rows else ():
        table = _join_text(table, name, lookups.texts) if name in table.columns else table
    return table


def _lookup(read: pa.Table, name: str) -> ibis.Table:
    """Make a table of its own to be joined to the column ``name``."""
    return ibis.memtable(read.rename_columns([f"{name}__{part}" for part in read.column_names]))


def _join_names(table: ibis.Table, lookups: Lookups) -> ibis.Table:
    if lookups.people.num_rows:
        people = _lookup(lookups.people, "contact")
        table = table.left_join(people, table.contact_name == people.contact__value).drop("contact__value")
    else:
        table = table.mutate(contact__key=ibis.null("string"))
    if not lookups.has_names:
        return table.mutate(**{f"name__{part}": ibis.null("string") for part in NameValue._fields})
    found = _lookup(lookups.names, "name")
    kind = table.customer_type.fill_null("") if "customer_type" in table.columns else ibis.literal("")
    joined = table.left_join(found, [table.customer_name == found.name__value, found.name__kind == kind])
    joined = joined.mutate(customer_name=joined.name__new, rule__customer_name=ibis.literal("NAME"))
    return joined.drop("name__value", "name__kind")


def _join_contact(table: ibis.Table, name: str, values: pa.Table) -> ibis.Table:
    found = _lookup(values, name)
    on = [table[name] == found[f"{name}__value"]]
    if f"{name}__country" in found.columns:
        on.append(table.country__code == found[f"{name}__country"])
    joined = table.left_join(found, on)
    moved = ~joined[name].identical_to(joined[f"old__{name}"])
    rule = moved.ifelse("MOVED", joined[f"{name}__rule"]).fill_null("MOVED")
    return joined.mutate(**{name: joined[f"{name}__new"], f"rule__{name}": rule})


def _join_text(table: ibis.Table, name: str, texts: pa.Table) -> ibis.Table:
    found = _lookup(texts, name)
    joined = table.left_join(found, table[name] == found[f"{name}__value"])
    new = joined[f"{name}__value"].notnull().ifelse(joined[f"{name}__new"], joined[name])
    return joined.mutate(**{name: new, f"rule__{name}": joined[f"{name}__rule"]})
