"""The change log: what cleaning changed, value by value, and how it is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ibis

from custinsight.clean.readings import CERTAINTY
from custinsight.engine import Tabular, as_table, collect, like

LOG_COLUMNS = ("source_system", "source_id", "column", "old", "new", "rule", "certainty")
"""Columns of a change log."""


def change_log(table: ibis.Table, columns: Sequence[str]) -> ibis.Table:
    """Write down each changed value: one row per record and column whose new value differs from the old one.

    Parameters
    ----------
    table : ibis.Table
        Each column with its new value, ``old__<column>`` beside it, and ``rule__<column>`` where a rule applies.
    columns : sequence of str
        Columns to compare.

    Returns
    -------
    ibis.Table
        :data:`LOG_COLUMNS`, ordered by the first three.

    Examples
    --------
    >>> from custinsight.engine import as_table, collect
    >>> import pandas as pd
    >>> seen = pd.DataFrame({"source_id": ["1", "2"], "city": ["上海", "北京"], "old__city": [" 上海", "北京"]})
    >>> seen["rule__city"] = "TEXT"
    >>> collect(change_log(as_table(seen), ["city"]))[["source_id", "column", "old", "new"]].to_numpy().tolist()
    [['1', 'city', ' 上海', '上海']]
    """
    system = table.source_system.fill_null("") if "source_system" in table.columns else ibis.literal("")
    number = table.source_id if "source_id" in table.columns else table.customer_id.cast("string")
    cells = [_cell(table, name) for name in columns if f"rule__{name}" in table.columns]
    if not cells:
        cells = [ibis.struct({part: ibis.null("string") for part in ("column", "old", "new", "rule")})]
    each = table.select(source_system=system, source_id=number, cell=ibis.array(cells).unnest())
    changed = each.select(
        "source_system", "source_id", *(each.cell[p].name(p) for p in ("column", "old", "new", "rule"))
    )
    changed = changed.filter(~changed.old.identical_to(changed.new))
    certainty = changed.rule.cases(*CERTAINTY.items(), else_=1.0).cast("float64")
    return changed.mutate(certainty=certainty).order_by("source_system", "source_id", "column")


def _cell(table: ibis.Table, name: str) -> ibis.Value:
    values = {
        "column": ibis.literal(name),
        "old": table[f"old__{name}"],
        "new": table[name],
        "rule": table[f"rule__{name}"],
    }
    return ibis.struct({part: value.cast("string") for part, value in values.items()})


def revert(table: Tabular, changes: Tabular) -> Any:
    """Take changes back: each changed value becomes again what it was, to the character.

    Parameters
    ----------
    table : table
        Cleaned customers.
    changes : table
        Change log, or the rows of it that are to be taken back.

    Returns
    -------
    table
        Same rows and columns, ordered by source; derived columns such as ``name_key`` are left as they are.

    Examples
    --------
    >>> import pandas as pd
    >>> now = pd.DataFrame({"source_id": ["1", "2"], "city": ["上海", "北京"]})
    >>> log = {"source_system": [""], "source_id": ["1"], "column": ["city"], "old": [" 上海"], "new": ["上海"]}
    >>> revert(now, pd.DataFrame(log))["city"].tolist()
    [' 上海', '北京']
    """
    current, log = as_table(table), as_table(changes)
    number = "source_id" if "source_id" in current.columns else "customer_id"
    names = collect(log.select("column").distinct().order_by("column"))["column"].tolist()
    for name in names:
        old = log.filter(log["column"] == name).select(
            log__system="source_system", log__number="source_id", log__old=log["old"].cast("string")
        )
        system = current.source_system.fill_null("") if "source_system" in current.columns else ibis.literal("")
        joined = current.left_join(old, [system == old.log__system, current[number].cast("string") == old.log__number])
        hit = joined.log__number.notnull()
        before = {name: hit.ifelse(joined.log__old, joined[name])}
        current = joined.mutate(**before).select(*current.columns)
    key = ["source_system", number] if "source_system" in current.columns else [number]
    return like(current.order_by(key), table)
