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

    Several changes of one cell, in any order and of several logs, are taken back to where the first of them began.
    Taking back an earlier change takes back what was built on it.

    Parameters
    ----------
    table : table
        Cleaned or repaired customers.
    changes : table
        Change logs, or the rows of them that are to be taken back; those that an audit stored, too.

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
    current, cells = as_table(table), _beginnings(_log(changes))
    names = collect(cells.select("column").distinct().order_by("column"))["column"].tolist()
    reverted = _write_cells(current, cells, names)
    return like(reverted.order_by(record_key(current)), table)


def apply_changes(table: Tabular, changes: Tabular, columns: Sequence[str] = ()) -> Any:
    """Make changes: each named cell gets its new value.

    Parameters
    ----------
    table : table
        Customers.
    changes : table
        Change log with at most one change of each cell.
    columns : sequence of str
        Columns that the log may name; looked up in it when empty.

    Returns
    -------
    table
        Same rows and columns, ordered by source.

    Examples
    --------
    >>> import pandas as pd
    >>> now = pd.DataFrame({"source_id": ["1", "2"], "city": [None, "北京"]})
    >>> log = {"source_system": [""], "source_id": ["1"], "column": ["city"], "old": [None], "new": ["上海"]}
    >>> apply_changes(now, pd.DataFrame(log))["city"].tolist()
    ['上海', '北京']
    """
    current, log = as_table(table), _log(changes)
    cells = log.select("source_system", "source_id", "column", value=log["new"].cast("string"))
    names = columns or collect(cells.select("column").distinct().order_by("column"))["column"].tolist()
    return like(_write_cells(current, cells, names).order_by(record_key(current)), table)


def _log(changes: Tabular) -> ibis.Table:
    """Return a change log under its own names; an audit stores the values under names of theirs."""
    log = as_table(changes)
    stored = {"old": "old_value", "new": "new_value"}
    return log.rename({name: kept for name, kept in stored.items() if kept in log.columns and name not in log.columns})


def _beginnings(log: ibis.Table) -> ibis.Table:
    """Return the value each changed cell had at first.

    Changes of a cell are steps of a path: only its beginning is left more often than it is reached. A path that ends
    where it began changed nothing.
    """
    key = ("source_system", "source_id", "column")
    left = log.select(*key, value=log["old"].cast("string"), steps=ibis.literal(1))
    reached = log.select(*key, value=log["new"].cast("string"), steps=ibis.literal(-1))
    sums = left.union(reached).group_by(*key, "value").agg(steps=lambda t: t.steps.sum())
    return sums.filter(sums.steps > 0).drop("steps")


def _write_cells(table: ibis.Table, cells: ibis.Table, columns: Sequence[str]) -> ibis.Table:
    """Write values into cells: ``cells`` has source_system, source_id, column, value."""
    names = [name for name in columns if name in table.columns]
    if not names:
        return table
    written = {f"hit__{name}": (cells["column"] == name).any() for name in names}
    written |= {f"value__{name}": cells["value"].max(where=cells["column"] == name) for name in names}
    wide = cells.group_by(cell__system="source_system", cell__number="source_id").agg(**written)
    system = table.source_system.fill_null("") if "source_system" in table.columns else ibis.literal("")
    number = table[record_key(table)[-1]].cast("string")
    joined = table.left_join(wide, [system == wide.cell__system, number == wide.cell__number])
    return joined.select(
        *(
            joined[f"hit__{name}"]
            .fill_null(False)
            .ifelse(joined[f"value__{name}"].cast(table[name].type()), joined[name])
            .name(name)
            if name in names
            else joined[name]
            for name in table.columns
        )
    )


def record_key(table: ibis.Table) -> list[str]:
    """Columns that tell the records of a table apart, the source's own before ours."""
    number = "source_id" if "source_id" in table.columns else "customer_id"
    return ["source_system", number] if "source_system" in table.columns else [number]
