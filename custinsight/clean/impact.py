"""What the rows behind the checks weigh: whose revenue they touch, what they look like, which repairs pay most."""

from __future__ import annotations

import ibis
import pandas as pd

from custinsight.clean.masks import mask
from custinsight.engine import collect
from custinsight.tables import MONEY

_EXAMPLES = 3


def revenue_touched(rows: ibis.Table, revenue: ibis.Table) -> pd.DataFrame:
    """Weigh each check by the revenue of its rows: one row per check that has any.

    Parameters
    ----------
    rows : ibis.Table
        ``Checked.rows``.
    revenue : ibis.Table
        customer_id, revenue (of the last twelve months).

    Returns
    -------
    pandas.DataFrame
        code, records, customers, revenue. A line of a sale weighs its own amount, any other row what its customer
        brought; a customer counts once for each check.
    """
    counts = rows.group_by("code").agg(
        records=rows.count(), customers=rows.customer_id.nunique(), amount=rows.amount.sum()
    )
    once = rows.filter(rows.customer_id.notnull()).select("code", "customer_id").distinct()
    brought = revenue.group_by(its="customer_id").agg(revenue=revenue.revenue.cast(MONEY).sum())
    joined = once.inner_join(brought, once.customer_id == brought.its)
    weighed = joined.group_by(its__code="code").agg(brought=joined.revenue.sum())
    both = counts.left_join(weighed, counts.code == weighed.its__code)
    value = ibis.coalesce(both.amount, both.brought, ibis.literal(0).cast(MONEY))
    frame = collect(both.select("code", "records", "customers", revenue=value).order_by("code"))
    return frame.astype({"code": "str", "records": "int64", "customers": "int64", "revenue": "float64"})


def examples_of(rows: ibis.Table, count: int = _EXAMPLES) -> pd.DataFrame:
    """Show a few rows of each check so that nobody can be told by them.

    Parameters
    ----------
    rows : ibis.Table
        ``Checked.rows``.
    count : int

    Returns
    -------
    pandas.DataFrame
        code, place (1, 2, …), source_system, example: what was looked at, masked.
    """
    order = [rows.source_system, rows.source_id, rows.value]
    numbered = rows.mutate(place=ibis.row_number().over(group_by=rows.code, order_by=order) + 1)
    first = numbered.filter(numbered.place <= count).select("code", "place", "source_system", "value")
    frame = collect(first.order_by("code", "place"))
    shown = [mask(value) if isinstance(value, str) else "" for value in frame.pop("value")]
    types = {"code": "str", "place": "int64", "source_system": "str", "example": "str"}
    return frame.assign(example=shown).astype(types)


def rank_repairs(checks: pd.DataFrame, repairs: pd.DataFrame, proposals: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """Rank the most worthwhile repairs by the revenue that they touch: one row per check.

    Parameters
    ----------
    checks : pandas.DataFrame
        ``Checked.table`` with records, customers and revenue of :func:`revenue_touched`.
    repairs, proposals : pandas.DataFrame
        column, repairs: how many cells of a column were repaired, or can be, from other records.
    count : int

    Returns
    -------
    pandas.DataFrame
        place, code, dimension, table, field, name, severity, records, customers, revenue, repaired, proposed; only
        checks that warn or fail.

    Examples
    --------
    >>> checks = pd.DataFrame({"code": ["HAS_EMAIL"], "dimension": "completeness", "table": "customers"})
    >>> checks = checks.assign(field="email", name="", severity="warn", records=3, customers=2, revenue=50.0)
    >>> made, none = pd.DataFrame({"column": ["email"], "repairs": [1]}), pd.DataFrame({"column": [], "repairs": []})
    >>> rank_repairs(checks, made, none)[["place", "code", "records", "repaired", "proposed"]].to_numpy().tolist()
    [[1, 'HAS_EMAIL', 3, 1, 0]]
    """
    worth = checks[(checks["severity"] != "pass") & (checks["records"] > 0)]
    worth = worth.sort_values(["revenue", "records", "code"], ascending=[False, False, True]).head(count)
    is_filled = (worth["dimension"] == "completeness") & (worth["table"] == "customers")
    columns = {}
    for name, log in (("repaired", repairs), ("proposed", proposals)):
        known = dict(zip(log["column"], log["repairs"], strict=True))
        counted = worth["field"].map(known).fillna(0).where(is_filled, 0)
        columns[name] = counted.astype("int64")
    names = ["code", "dimension", "table", "field", "name", "severity", "records", "customers", "revenue"]
    ranked = worth[names].assign(**columns).reset_index(drop=True)
    ranked.insert(0, "place", range(1, len(ranked) + 1))
    return ranked


def count_by_column(log: ibis.Table) -> pd.DataFrame:
    """Count a change log by column: column, repairs."""
    counted = log.group_by("column").agg(repairs=lambda t: t.count())
    return collect(counted.order_by("column")).astype({"column": "str", "repairs": "int64"})
