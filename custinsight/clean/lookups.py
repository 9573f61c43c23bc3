"""All that cleaning reads out of a table of customers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from custinsight.clean.contacts import COLUMNS as CONTACT_COLUMNS
from custinsight.clean.divisions import describe, follow
from custinsight.clean.misplaced import read_misplaced
from custinsight.clean.pseudonymous import hide_residents
from custinsight.clean.readers import DATE_COLUMNS
from custinsight.clean.readings import read_each
from custinsight.clean.text import tidy

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
    *DATE_COLUMNS,
)
_OWN_READER = ("address", "contact_name")
_PLACES = {"value": "address", "near_city": "city", "near_region": "region"}
READER_OF = {"mobile": "phone", "phone": "phone", "email": "email", "tax_id": "tax_id"}
"""Contact columns and what reads them."""

_MOST_VALUES = 20_000


@dataclass(frozen=True)
class Lookups:
    """Small tables, one row per distinct value, that turn a table of customers into a cleaned one.

    Parameters
    ----------
    names : pyarrow.Table
        Customer names with their parts; one row per (value, kind).
    people : pyarrow.Table
        Contact persons, shown and as keys.
    places : pyarrow.Table
        Addresses with what they tell; one row per (address, city, region, country).
    texts : pyarrow.Table
        Plain texts that have to change or could not be read, with their new form.
    misplaced : pyarrow.Table
        Combinations of contact values of which one stands in a wrong column.
    contacts : dict of str to pyarrow.Table
        For each contact column its values, read; one row per (value, country).
    fills : dict of str to bool
        Columns whose gaps an address may fill, and whether their values are written in full (苏州市, not 苏州).
    """

    names: pa.Table
    people: pa.Table
    places: pa.Table
    texts: pa.Table
    misplaced: pa.Table
    contacts: dict[str, pa.Table]
    fills: dict[str, bool]


def read_lookups(table: ibis.Table, country: str, fills: dict[str, bool], secret: bytes | None = None) -> Lookups:
    """Read all distinct values of a table of customers.

    Parameters
    ----------
    table : ibis.Table
        Any canonical columns of customers, as text, with ``kind__code`` (the kind of customer, or '') and
        ``country__code`` (ISO 3166, several where it is not known).
    country : str
        ISO 3166 code where a row has none.
    fills : dict of str to bool
        Of :func:`judge_styles`.
    secret : bytes, optional
        Key of the digests that stand for resident identity numbers among the keys.

    Returns
    -------
    Lookups
    """
    misplaced = read_misplaced(table, table.country__code)
    there = [name for name in CONTACT_COLUMNS if name in table.columns]
    read = {
        reader: _read_contacts(table, misplaced, reader) for reader in dict.fromkeys(READER_OF[name] for name in there)
    }
    if secret is not None and "tax_id" in read:
        read["tax_id"] = hide_residents(read["tax_id"], secret)
    contacts = {name: read[READER_OF[name]] for name in there}
    names, people, places = _read_names(table), _read_people(table), _read_places(table)
    return Lookups(names, people, places, _read_texts(table, country), misplaced, contacts, fills)


def judge_styles(table: ibis.Table) -> dict[str, bool]:
    """Tell for the columns that an address may fill whether their values are written in full (苏州市, not 苏州).

    Parameters
    ----------
    table : ibis.Table
        All customers: a few of them would not show the style.
    """
    judged = {name: _is_written_in_full(table, name) for name in ("city", "region")}
    return {name: in_full for name, in_full in judged.items() if in_full is not None}


def _read_contacts(table: ibis.Table, misplaced: pa.Table, reader: str) -> pa.Table:
    """Read the values that stand in some columns, or will once the misplaced ones are moved."""
    names = [name for name, its_reader in READER_OF.items() if its_reader == reader]
    parts = [table.select(value=name, country=table.country__code) for name in names if name in table.columns]
    if misplaced.num_rows:
        moved = [misplaced.select([f"new_{n}", "cell_country"]).rename_columns(["value", "country"]) for n in names]
        parts += map(ibis.memtable, moved)
    return read_each(ibis.union(*parts) if len(parts) > 1 else parts[0], reader)


def _read_names(table: ibis.Table) -> pa.Table:
    name = table.customer_name if "customer_name" in table.columns else ibis.null("string")
    return read_each(table.select(value=name, kind=table.kind__code), "name")


def _read_people(table: ibis.Table) -> pa.Table:
    name = table.contact_name if "contact_name" in table.columns else ibis.null("string")
    return read_each(table.select(value=name), "person")


def _read_places(table: ibis.Table) -> pa.Table:
    values = table.select(**place_cells(table), where=table.country__code)
    return read_each(values.filter((values.value + values.near_city + values.near_region) != ""), "address")


def place_cells(table: ibis.Table) -> dict[str, ibis.Value]:
    """Return a row's address, city and region, '' where there is none."""
    nothing = ibis.literal("")
    return {cell: table[n].fill_null("") if n in table.columns else nothing for cell, n in _PLACES.items()}


def _read_texts(table: ibis.Table, country: str) -> pa.Table:
    """Read the plain texts of each column; only those that change or could not be read are kept."""
    schema = table.schema()
    names = [n for n in TEXT_COLUMNS if n in table.columns and n not in _OWN_READER and schema[n].is_string()]
    if not names:
        return pa.table({part: pa.array([], pa.string()) for part in ("column", "value", "new", "rule")})
    stacked = ibis.union(*(table.select(column=ibis.literal(name), value=name) for name in names))
    read = read_each(stacked.mutate(region=ibis.literal(country)), "text")
    is_same = pc.fill_null(pc.equal(read["value"], read["new"]), False)
    return read.filter(pc.or_(pc.invert(is_same), pc.invert(read["ok"]))).select(
        ["column", "value", "new", "ok", "rule"]
    )


def _is_written_in_full(table: ibis.Table, name: str) -> bool | None:
    """Tell how a column writes provinces or cities of China; None when it holds others, such as sales regions."""
    if name not in table.columns:
        return None
    values = table.select(value=name).drop_null()
    counted = values.group_by("value").agg(n=lambda t: t.count()).order_by(ibis.desc("n"), "value").limit(_MOST_VALUES)
    return _judge_style((tidy(row["value"][:40]), row["n"]) for row in counted.to_pyarrow().to_pylist())


def _judge_style(counts: Iterable[tuple[str, int]]) -> bool | None:
    known = in_full = total = 0
    for value, n in counts:
        found = describe(follow(value).code)
        total += n
        known += n if found.province else 0
        in_full += n if value in found else 0
    if not total:
        return True
    return None if known * 2 < total else in_full * 2 >= known
