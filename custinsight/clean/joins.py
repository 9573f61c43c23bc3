"""How what was read is joined back to the rows of customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _

from custinsight.clean.contacts import COLUMNS as CONTACT_COLUMNS
from custinsight.clean.lookups import TEXT_COLUMNS, Lookups, place_cells
from custinsight.clean.misplaced import join_misplaced

_SUFFIX = "(省|市|特别行政区|(壮族|回族|维吾尔)?自治区)$"


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
        changed it; ``<column>__key``, ``<column>__ok`` and so on what was read out of a contact column;
        ``name__<part>`` the parts of the customer's name; ``person__key`` the key of the contact person;
        ``place__<part>`` what the address tells.
    """
    names = [n for n in ("customer_name", *CONTACT_COLUMNS, *TEXT_COLUMNS) if n in table.columns]
    base = table.mutate(**{f"old__{name}": table[name] for name in names})
    base = join_misplaced(base, lookups.misplaced, base.country__code)
    joined, news = base, dict[str, Any]()
    parts = (*_name_joins(base, lookups), *_contact_joins(base, lookups), *_place_joins(base, lookups))
    # one chain of joins with one selection behind it: nested selections cost the compiler more than the engine
    for part in (*parts, *_text_joins(base, lookups)):
        joined = joined.left_join(part.found, part.on)
        news |= part.news
    return _fill(joined.mutate(**news), lookups.fills)


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
    if "contact_name" in base.columns and lookups.people.num_rows:
        people = _lookup(lookups.people.select(["value", "new", "key", "rule"]), "person")
        news = {"contact_name": _.person__new, "rule__contact_name": _.person__rule}
        yield _Join(people, [base.contact_name == people.person__value], news)
    if lookups.names.num_rows and "customer_name" in base.columns:
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


def _place_joins(base: ibis.Table, lookups: Lookups) -> Iterator[_Join]:
    if lookups.places.num_rows:
        found = _lookup(lookups.places, "place")
        on = [cell == found[f"place__{name}"] for name, cell in place_cells(base).items()]
        news = {"address": _.place__new, "rule__address": _.place__rule} if "address" in base.columns else {}
        yield _Join(found, [*on, base.country__code == found.place__where], news)


def _text_joins(base: ibis.Table, lookups: Lookups) -> Iterator[_Join]:
    for name in sorted(pc.unique(lookups.texts["column"]).to_pylist()):
        found = _lookup(lookups.texts.filter(pc.equal(lookups.texts["column"], name)).drop(["column"]), name)
        new = _[f"{name}__value"].notnull().ifelse(_[f"{name}__new"], _[name])
        yield _Join(found, [base[name] == found[f"{name}__value"]], {name: new, f"rule__{name}": _[f"{name}__rule"]})


def _fill(joined: ibis.Table, fills: dict[str, bool]) -> ibis.Table:
    """Fill the gaps that an address fills for certain."""
    news: dict[str, ibis.Value] = {}
    if "place__is_sure" not in joined.columns:
        return joined
    for name, in_full in fills.items():
        told = joined["place__city" if name == "city" else "place__province"]
        told = told if in_full else told.re_replace(_SUFFIX, "")
        is_gap = joined[name].isnull() & joined.place__is_sure & told.notnull()
        rule = f"rule__{name}"
        before = joined[rule] if rule in joined.columns else ibis.null("string")
        news |= {name: is_gap.ifelse(told, joined[name]), rule: is_gap.ifelse("FROM_ADDRESS", before)}
    return joined.mutate(**news) if news else joined
