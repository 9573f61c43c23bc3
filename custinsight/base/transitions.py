"""Moves of customers between classes from one audit to the next."""

from __future__ import annotations

import ibis
import pandas as pd

from custinsight.engine import Tabular, as_table, collect, require_columns

ABSENT = "none"


def transitions(before: Tabular, after: Tabular, column: str = "stage") -> pd.DataFrame:
    """One row per pair of classes with customers: how many moved from one to the other.

    Parameters
    ----------
    before, after : pandas frame, Arrow table or ibis table
        customer_id and the column, one row per customer, at two days.
    column : str
        The class: tier, stage, cell, cluster or any other.

    Returns
    -------
    DataFrame
        <column>_before, <column>_after (text; ``none``: no such customer that day), customers (int64), share (of
        the customers of the class before). Each customer of either day is in exactly one row.

    Raises
    ------
    DataError
        A column is missing.

    Examples
    --------
    >>> day_1 = pd.DataFrame({"customer_id": ["a", "b"], "tier": ["A", "A"]})
    >>> day_2 = pd.DataFrame({"customer_id": ["a", "c"], "tier": ["B", "A"]})
    >>> transitions(day_1, day_2, "tier").values.tolist()
    [['A', 'B', 1, 0.5], ['A', 'none', 1, 0.5], ['none', 'A', 1, 1.0]]
    """
    sides = []
    for name, given in (("before", before), ("after", after)):
        table = as_table(given)
        require_columns(table, ("customer_id", column), name="The table of classes")
        label = table[column].cast("string").fill_null(ABSENT)
        columns = {f"{column}_{side}": label if side == name else ibis.null("string") for side in ("before", "after")}
        sides.append(table.select(customer_id=table.customer_id.cast("string"), **columns))
    both = sides[0].union(sides[1])
    names = [f"{column}_before", f"{column}_after"]
    merged = both.group_by("customer_id").aggregate(**{name: both[name].max().fill_null(ABSENT) for name in names})
    frame = collect(merged.group_by(names).aggregate(customers=merged.count()).order_by(names))
    frame["customers"] = frame["customers"].astype("int64")
    share = frame["customers"] / frame.groupby(names[0])["customers"].transform("sum")
    return frame.assign(share=share.astype("float64"))
