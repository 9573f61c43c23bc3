"""The quality score: completeness, validity, uniqueness, consistency and timeliness of the customer records.

The dimensions are those of GB/T 36344-2018 and ISO/IEC 25012, with uniqueness as an extra one.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import pandas as pd

from custinsight.engine import Tabular, as_table, collect

_COMPLETE = (
    "customer_name",
    "customer_type",
    "industry",
    "region",
    "city",
    "address",
    "tax_id",
    "contact_name",
    "mobile",
    "phone",
    "email",
    "owner_id",
    "created_date",
)
_VALID = {
    "phone_key": ("BAD_PHONE", ("mobile", "phone")),
    "email": ("BAD_EMAIL", ("email",)),
    "tax_id": ("BAD_TAX_ID", ("tax_id",)),
}
_UNIQUE = ("name_key", "phone_key", "email_key", "tax_key")


def quality(customers: Tabular, *, as_of: dt.date, stale_days: int = 365) -> pd.DataFrame:
    """Score customer records: one row per dimension and field.

    Fields without any value in the whole table were not exported and are left out.

    Parameters
    ----------
    customers : table
        Cleaned customers, one row per record, at least ``flags`` and the keys.
    as_of : datetime.date
        Day by which timeliness is judged.
    stale_days : int
        A record not updated for more days than this is stale.

    Returns
    -------
    pandas.DataFrame
        dimension, field, numerator (good ones), denominator, score (0 to 1).

        completeness
            records with a value / records.
        validity
            values that could be read / values.
        uniqueness
            distinct values / values, of the keys by which duplicates are found.
        consistency
            ``created_date``: not after ``updated_at`` nor after ``as_of``; ``owner_name``: the only name of its
            ``owner_id``; ``contact``: at least one way to reach the customer.
        timeliness
            records updated within ``stale_days`` of ``as_of`` / records with an update date.

    Examples
    --------
    >>> from custinsight.clean import clean_customers
    >>> given = {"source_id": ["1", "2"], "customer_name": ["Ann", "Bob"], "email": ["ann@example.com", "bob@"]}
    >>> scores = quality(clean_customers(pd.DataFrame(given)).table, as_of=dt.date(2024, 12, 31))
    >>> scores[scores["dimension"] == "validity"].to_numpy().tolist()
    [['validity', 'email', 1, 2, 0.5]]
    """
    table = as_table(customers)
    counts = _completeness(table) | _validity(table) | _uniqueness(table) | _consistency(table, as_of)
    counts |= _timeliness(table, as_of, stale_days)
    parts = {
        f"{kind}__{n}": part for n, pair in enumerate(counts.values()) for kind, part in zip("nd", pair, strict=True)
    }
    found = collect(table.aggregate(**parts)).iloc[0]
    rows = [
        (dimension, field, int(found[f"n__{n}"]), int(found[f"d__{n}"])) for n, (dimension, field) in enumerate(counts)
    ]
    frame = pd.DataFrame(rows, columns=["dimension", "field", "numerator", "denominator"])
    empty = (frame["denominator"] == 0) | ((frame["dimension"] == "completeness") & (frame["numerator"] == 0))
    frame = frame[~empty].reset_index(drop=True)
    return frame.assign(score=frame["numerator"] / frame["denominator"])


Counts = dict[tuple[str, str], tuple[Any, Any]]


def _count(condition: ibis.BooleanValue) -> ibis.Value:
    return condition.fill_null(False).sum().fill_null(0)


def _completeness(table: ibis.Table) -> Counts:
    return {("completeness", n): (table[n].count(), table.count()) for n in _COMPLETE if n in table.columns}


def _validity(table: ibis.Table) -> Counts:
    counts: Counts = {}
    for field, (flag, names) in _VALID.items():
        there = [table[name].notnull() for name in names if name in table.columns]
        if there:
            given = ibis.or_(*there)
            shown = "phone" if field == "phone_key" else field
            counts["validity", shown] = (_count(given & ~table["flags"].contains(flag)), _count(given))
    return counts


def _uniqueness(table: ibis.Table) -> Counts:
    return {
        ("uniqueness", n.removesuffix("_key")): (table[n].nunique(), table[n].count())
        for n in _UNIQUE
        if n in table.columns
    }


def _consistency(table: ibis.Table, as_of: dt.date) -> Counts:
    counts: Counts = {}
    if "created_date" in table.columns:
        created = table["created_date"]
        late = created > ibis.literal(as_of)
        if "updated_at" in table.columns:
            late = late | (created > table["updated_at"]).fill_null(False)
        counts["consistency", "created_date"] = (_count(created.notnull() & ~late), created.count())
    if {"owner_id", "owner_name"} <= set(table.columns):
        names = table.filter(table.owner_name.notnull()).group_by("owner_id").agg(n=lambda t: t.owner_name.nunique())
        one = names.filter(names.n == 1)
        owned = table["owner_id"].notnull() & table["owner_name"].notnull()
        counts["consistency", "owner_name"] = (_count(owned & table["owner_id"].isin(one["owner_id"])), _count(owned))
    counts["consistency", "contact"] = (_count(~table["flags"].contains("NO_CONTACT")), table.count())
    return counts


def _timeliness(table: ibis.Table, as_of: dt.date, stale_days: int) -> Counts:
    if "updated_at" not in table.columns:
        return {}
    fresh = table["updated_at"] >= ibis.literal(as_of - dt.timedelta(days=stale_days))
    return {("timeliness", "updated_at"): (_count(fresh), table["updated_at"].count())}
