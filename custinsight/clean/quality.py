"""The quality score: how much of what was looked at is in order, by dimension, field, source, owner and table.

The dimensions are those of GB/T 36344-2018 and ISO/IEC 25012, with uniqueness as an extra one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pandas as pd

from custinsight.clean.check_sets import Prepared
from custinsight.clean.checks import Checked, check_records
from custinsight.engine import Tabular, collect
from custinsight.plan_quality import Quality

DIMENSIONS = ("completeness", "validity", "accuracy", "uniqueness", "consistency", "timeliness")
"""Dimensions that are measured row by row; accessibility is measured on the rows that came in."""

_BY = ("by", "key", "dimension", "numerator", "denominator", "score")
_SPLITS = {"source": "row__system", "owner": "row__owner"}


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
            records with a value / records; persons need no tax number and no industry.
        validity
            values that could be read / values.
        accuracy
            values that can be true / values of the right form.
        uniqueness
            distinct values / values, of the keys by which duplicates are found.
        consistency
            ``created_date``: not after ``updated_at`` nor after ``as_of``; ``owner_name``: the only name of its
            ``owner_id``; ``contact``: at least one way to reach the customer; ``tax_id``, ``customer_name``: one name
            of a tax number and the other way round; ``phone``, ``address``, ``region``: they fit the city;
            ``parent_id``: it is there.
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
    checked = check_records({"customers": customers}, as_of=as_of, rules=Quality(stale_days=stale_days))
    return quality_by_field(checked)


def quality_by_field(checked: Checked) -> pd.DataFrame:
    """Score the customer records by dimension and field; see :func:`quality`."""
    mine = checked.table[checked.table["table"] == "customers"]
    sums = mine.groupby(["dimension", "field"], sort=False, as_index=False)[["numerator", "denominator"]].sum()
    return sums.assign(score=sums["numerator"] / sums["denominator"])


def quality_by(checked: Checked) -> pd.DataFrame:
    """Score what was checked from several sides: one row per side and dimension.

    Parameters
    ----------
    checked : Checked

    Returns
    -------
    pandas.DataFrame
        by, key, dimension, numerator, denominator, score. ``by`` is ``total`` (of the customer records; of all tables
        where there are none), ``source``, ``owner`` and ``field`` of the customer records, or ``table``. Numerators
        and denominators are sums over the checks of a dimension.

    Examples
    --------
    >>> from custinsight.clean import clean_customers
    >>> given = {"source_id": ["1", "2"], "customer_name": ["Ann", "Bob"], "email": ["ann@example.com", "bob@"]}
    >>> customers = clean_customers(pd.DataFrame(given)).table
    >>> found = quality_by(check_records({"customers": customers}, as_of=dt.date(2024, 12, 31)))
    >>> found[found["dimension"] == "validity"][["by", "key", "score"]].to_numpy().tolist()
    [['total', '', 0.5], ['field', 'email', 0.5], ['source', '', 0.5], ['owner', '', 0.5], ['table', 'customers', 0.5]]
    """
    table = checked.table
    mine = table[table["table"] == "customers"]
    whole = mine if len(mine) else table
    parts = [
        whole.assign(by="total", key=""),
        mine.assign(by="field", key=mine["field"]),
        *(_split(each, by) for each in checked.prepared if each.name == "customers" for by in _SPLITS),
        table.assign(by="table", key=table["table"]),
    ]
    found = pd.concat([part[["by", "key", "dimension", "numerator", "denominator"]] for part in parts])
    place = {name: n for n, name in enumerate(["total", "field", "source", "owner", "table"])}
    sums = found.groupby(["by", "key", "dimension"], as_index=False)[["numerator", "denominator"]].sum()
    sums = sums[sums["denominator"] > 0].assign(score=lambda frame: frame["numerator"] / frame["denominator"])
    order = sums["by"].map(place), sums["key"], sums["dimension"].map(DIMENSIONS.index)
    sums = sums.assign(a=order[0], b=order[1], c=order[2]).sort_values(["a", "b", "c"], ignore_index=True)
    texts = dict.fromkeys(("by", "key", "dimension"), "str")
    return sums[list(_BY)].astype({**texts, "numerator": "int64", "denominator": "int64", "score": "float64"})


def _split(prepared: Prepared, by: str) -> pd.DataFrame:
    """Count a table's checks apart for each source or owner."""
    columns = ["by", "key", "dimension", "numerator", "denominator"]
    if not prepared.checks:
        return pd.DataFrame(columns=columns)
    key = prepared.table[_SPLITS[by]].fill_null("")
    counts = prepared.table.group_by(split__key=key).aggregate(**prepared.counts())
    return pd.DataFrame(_fold(prepared, by, collect(counts.order_by("split__key"))), columns=columns)


def _fold(prepared: Prepared, by: str, counts: pd.DataFrame) -> Iterator[tuple[str, str, str, int, int]]:
    for row in counts.to_dict("records"):
        for n, check in enumerate(prepared.checks):
            yield by, str(row["split__key"]), check.dimension, int(row[f"n__{n}"]), int(row[f"d__{n}"])
