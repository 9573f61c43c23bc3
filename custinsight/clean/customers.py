"""Customer records cleaned: every value normalised and checked, every change written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from custinsight.clean.changes import change_log
from custinsight.clean.contacts import COLUMNS as CONTACT_COLUMNS
from custinsight.clean.derived import READ_COLUMNS, read_columns, read_flags
from custinsight.clean.lookups import TEXT_COLUMNS
from custinsight.clean.memory import Memory
from custinsight.clean.records import join_readings
from custinsight.engine import Tabular, as_table, like, require_columns
from custinsight.errors import DataError
from custinsight.tables import CUSTOMERS

CLEANED_COLUMNS = ("customer_name", *CONTACT_COLUMNS, *TEXT_COLUMNS)
"""Columns whose values may change; numbers, codes and ids stay as they are, and so do dates that are no text."""

DERIVED_COLUMNS = (
    "name_key",
    "branch_key",
    "contact_key",
    "email_key",
    "phone_key",
    "other_phone_key",
    "tax_key",
    "legal_form",
    "name_region",
    *READ_COLUMNS,
    "flags",
)
"""Columns that cleaning adds."""


@dataclass(frozen=True)
class Cleaned:
    """Cleaned customer records.

    Parameters
    ----------
    table : table
        One row per customer record, ordered by source_system and source_id unless it is lazy: the columns given, in
        their order, with normalised values, then :data:`DERIVED_COLUMNS`. The keys are for comparing; null where there
        is none. ``flags`` holds codes joined by commas: BAD_PHONE, BAD_EMAIL, BAD_TAX_ID, NO_CONTACT, and those of
        :func:`custinsight.clean.derived.read_flags`.
    changes : table
        One row per changed value: source_system, source_id, column, old, new, rule, certainty (0 to 1).
    rejects : table
        One row per given row that is no customer: the columns given, then code and reason.
    """

    table: Any
    changes: Any
    rejects: Any


def clean_customers(
    customers: Tabular, country: str = "CN", *, memory: Memory | None = None, secret: bytes | None = None
) -> Cleaned:
    """Normalise customer records and derive the keys by which duplicates are found.

    A value that cannot be read stays as it is and is flagged. Rows without a name, without a number, or repeating a
    number are rejected, not dropped; if no row has a name, names are not asked for.

    Parameters
    ----------
    customers : table
        Any of the canonical columns of customers, at least ``customer_id`` or ``source_id``. Other columns are
        handed on.
    country : str
        ISO 3166 code that numbers are read with where a row has no country.
    memory : Memory, optional
        Where the readings of distinct values are kept, so that the next call reads only new ones.
    secret : bytes, optional
        Key of the digests that stand in ``tax_key`` for identity card numbers; they stand there in clear without one.

    Returns
    -------
    Cleaned
        Tables of the kind that was given; those for an ibis table are lazy.

    Raises
    ------
    DataError
        There is no column with customer numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> given = {"source_id": ["1"], "customer_name": ["华东贸易（上海）有限公司"], "mobile": ["138-1234-5678"]}
    >>> cleaned = clean_customers(pd.DataFrame(given))
    >>> cleaned.table[["name_key", "phone_key", "flags"]].to_numpy().tolist()
    [['华东贸易', '+8613812345678', '']]
    >>> cleaned.changes[["column", "new", "rule"]].to_numpy().tolist()
    [['customer_name', '华东贸易(上海)有限公司', 'NAME'], ['mobile', '+8613812345678', 'PHONE']]
    """
    given = _typed(as_table(customers))
    cleaned = join_readings(given, country, memory, secret)
    has_names = _has_names(cleaned)
    cleaned = cleaned.mutate(code=_judge(given, cleaned, has_names), **({} if has_names else _unnamed(cleaned)))
    if not isinstance(customers, ibis.Table):
        cleaned = ibis.memtable(cleaned.to_pyarrow())  # all three results are asked for at once: join only once
    kept, rejected = cleaned.filter(cleaned.code.isnull()), cleaned.filter(cleaned.code.notnull())
    names = tuple(name for name in given.columns if "__" not in name)
    table = _derive(kept, names)
    originals = [rejected[f"old__{n}" if f"old__{n}" in rejected.columns else n].name(n) for n in names]
    rejects = rejected.select(*originals, rejected.code, reason=rejected.code.cases(*_REASONS))
    if not isinstance(customers, ibis.Table):
        table, rejects = table.order_by(*_record_key(names)), rejects.order_by(*names)
    changes = change_log(kept, [name for name in CLEANED_COLUMNS if name in names])
    return Cleaned(like(table, customers), like(changes, customers), like(rejects, customers))


_REASONS = (
    ("NO_NAME", "The row has no customer name."),
    ("NO_NUMBER", "The row has no customer number."),
    ("REPEATED_NUMBER", "The customer number stands in another, newer or fuller row of the same system."),
)


def _typed(table: ibis.Table) -> ibis.Table:
    """Cast text columns to text and drop what an earlier cleaning derived."""
    if "customer_id" not in table.columns and "source_id" not in table.columns:
        require_columns(table, ("source_id",), name="customers")
    strange = [name for name in table.columns if "__" in name]
    if strange:
        names = ", ".join(strange)
        raise DataError("The columns of customers must not hold two underscores, got {names}.", names=names)
    # what stood beside the first number of a cell is nowhere else any more
    table = table.rename(
        {f"earlier__{name}": name for name in ("other_phones", "other_emails") if name in table.columns}
    )
    table = table.drop(*(name for name in DERIVED_COLUMNS if name in table.columns))
    texts = [c.name for c in CUSTOMERS.columns if c.dtype == "string" and c.name in table.columns]
    return table.mutate(**{name: table[name].cast("string") for name in texts})


def _has_names(cleaned: ibis.Table) -> bool:
    """Tell whether at least one row has a usable name."""
    if "old__customer_name" not in cleaned.columns:
        return False
    return cleaned.filter(cleaned.customer_name.notnull()).select("customer_name").limit(1).to_pyarrow().num_rows > 0


def _unnamed(cleaned: ibis.Table) -> dict[str, ibis.Value]:
    """Leave the names of a table without names as they are."""
    if "old__customer_name" not in cleaned.columns:
        return {}
    return {"customer_name": cleaned.old__customer_name}


def _record_key(names: tuple[str, ...]) -> list[str]:
    """Columns that tell records apart, the source's own before ours."""
    number = "source_id" if "source_id" in names else "customer_id"
    return ["source_system", number] if "source_system" in names else [number]


def _judge(given: ibis.Table, cleaned: ibis.Table, has_names: bool) -> ibis.Value:
    """Return a code for the rows that are no customer; null for the others."""
    key = _record_key(given.columns)
    no_number = cleaned[key[-1]].isnull()
    no_name = cleaned.customer_name.isnull() if has_names else ibis.literal(False)
    code = ibis.cases((no_number, "NO_NUMBER"), (no_name, "NO_NAME"), else_=ibis.null("string"))
    counts = given.filter(given[key[-1]].notnull()).group_by(key).agg(n=lambda t: t.count())
    if int(counts.n.max().fill_null(1).to_pyarrow().as_py()) < 2:
        return code
    newest = [cleaned.updated_at.desc(nulls_first=False)] if "updated_at" in cleaned.columns else []
    filled = sum((cleaned[name].notnull().cast("int64") for name in given.columns), ibis.literal(0))
    # a column named twice would be sorted by its last mention only
    order = [*newest, filled.desc(), *(cleaned[name] for name in cleaned.columns if name != "updated_at")]
    place = ibis.row_number().over(group_by=[*(cleaned[name] for name in key), code], order_by=order)
    return (code.isnull() & (place > 0)).ifelse("REPEATED_NUMBER", code)


def _derive(table: ibis.Table, names: tuple[str, ...]) -> ibis.Table:
    """Select the columns given, then the derived ones."""
    nothing = ibis.null("string")

    def part(name: str) -> ibis.Value:
        return table[name] if name in table.columns else nothing

    phones = [part("mobile__key"), part("phone__key")]
    # keys of mobile numbers begin with m, those of others with f: a mobile number tells people apart better
    best = ibis.coalesce(*(key.startswith("m").ifelse(key, nothing) for key in phones), *phones)
    other = ibis.coalesce(*((key == best).ifelse(nothing, key) for key in reversed(phones)))
    derived = {
        "name_key": table.name__key,
        "branch_key": table.name__branch,
        "contact_key": part("person__key"),
        "email_key": part("email__key"),
        "phone_key": best.substr(1),
        "other_phone_key": other.substr(1),
        "tax_key": part("tax_id__key"),
        "legal_form": table.name__legal_form,
        "name_region": table.name__region,
        **read_columns(table),
        "flags": _flags(table),
    }
    return table.select(*names, **derived)


def _flags(table: ibis.Table) -> ibis.Value:
    """Join the codes of what is wrong with a record."""

    def bad(*names: str) -> ibis.Value:
        tests = [~table[f"{name}__ok"].fill_null(True) for name in names if f"{name}__ok" in table.columns]
        return ibis.or_(*tests) if tests else ibis.literal(False)

    contacts = [table[f"{n}__ok"] & table[n].notnull() for n in CONTACT_COLUMNS[:3] if f"{n}__ok" in table.columns]
    reachable = ibis.or_(*(known.fill_null(False) for known in contacts)) if contacts else ibis.literal(False)
    codes = {
        "BAD_PHONE": bad("mobile", "phone"),
        "BAD_EMAIL": bad("email"),
        "BAD_TAX_ID": bad("tax_id"),
        "NO_CONTACT": ~reachable,
        **read_flags(table),
    }
    joined = ibis.literal("")
    for code, holds in codes.items():
        joined = joined + holds.ifelse(f",{code}", "")
    return joined.substr(1)
