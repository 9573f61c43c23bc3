"""All that cleaning reads out of a table of customers, and how it is joined back to the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _

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
    """Read the plain texts of each column; only those that have to change are kept."""
    names = [name for name in TEXT_COLUMNS if name in table.columns]
    if not names:
        return pa.table({part: pa.array([], pa.string()) for part in ("column", "value", "new", "rule")})
    stacked = ibis.union(*(table.select(column=ibis.literal(name), value=name) for name in names))
    read = read_each(stacked, lambda column, text: read_text(text))
    differs = [old != new for old, new in zip(read["value"].to_pylist(), read["new"].to_pylist(), strict=True)]
    return read.filter(pa.array(differs, pa.bool_())).select(["column", "value", "new", "rule"])


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
    kind = table.customer_type.fill_null("") if "customer_type" in table.columns else ibis.literal("")
    countries = country_codes(table, lookups.country)
    base = table.mutate(country__code=countries, kind__code=kind, **{f"old__{name}": table[name] for name in names})
    base = join_misplaced(base, lookups.misplaced, base.country__code)
    joined, news = base, dict[str, Any]()
    # one chain of joins with one selection behind it: nested selections cost the compiler more than the engine
    for part in (*_name_joins(base, lookups), *_contact_joins(base, lookups), *_text_joins(base, lookups)):
        joined = joined.left_join(part.found, part.on)
        news |= part.news
    absent = {f"name__{part}": ibis.null("string") for part in NameValue._fields} if not lookups.has_names else {}
    return joined.mutate(**news, **absent)


@dataclass(frozen=True)
class _Join:
    """A lookup to be joined, on which columns, and the columns it makes."""

    found: ibis.Table
    on: list[ibis.BooleanValue]
    news: dict[str, Any]


def _lookup(read: pa.Table, name: str) -> ibis.Table:
    """Make a table of its own to be joined to the column ``name``."""
    return ibis.memtable(read.rename_columns([f"{name}__{part}" for part in read.column_names]))


def _name_joins(base: ibis.Table, lookups: Lookups) -> Iterator[_Join]:
    if lookups.people.num_rows:
        people = _lookup(lookups.people, "contact")
        yield _Join(people, [base.contact_name == people.contact__value], {})
    if lookups.has_names:
        found = _lookup(lookups.names, "name")
        on = [base.customer_name == found.name__value, base.kind__code == found.name__kind]
        yield _Join(found, on, {"customer_name": _.name__new, "rule__customer_name": ibis.literal("NAME")})


def _contact_joins(base: ibis.Table, lookups: Lookups) -> Iterator[_Join]:
    for name, values in lookups.contacts.items():
        found = _lookup(values, name)
        on = [base[name] == found[f"{name}__value"], base.country__code == found[f"{name}__country"]]
        moved = ~_[name].identical_to(_[f"old__{name}"])
        rule = moved.ifelse("MOVED", _[f"{name}__rule"]).fill_null("MOVED")
        yield _Join(found, on, {name: _[f"{name}__new"], f"rule__{name}": rule})


def _text_joins(base: ibis.Table, lookups: Lookups) -> Iterator[_Join]:
    for name in pc.unique(lookups.texts["column"]).to_pylist():
        found = _lookup(lookups.texts.filter(pc.equal(lookups.texts["column"], name)), name)
        new = _[f"{name}__value"].notnull().ifelse(_[f"{name}__new"], _[name])
        yield _Join(found, [base[name] == found[f"{name}__value"]], {name: new, f"rule__{name}": _[f"{name}__rule"]})
