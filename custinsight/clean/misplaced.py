"""Rows whose contact values stand in a wrong column: found, and put right by the engine."""

from __future__ import annotations

import ibis
import pyarrow as pa

from custinsight.clean.contacts import COLUMNS, NOTHING
from custinsight.clean.readings import read_each


def read_misplaced(table: ibis.Table, country: ibis.Value) -> pa.Table:
    """Find the distinct combinations of contact values that hold a misplaced one.

    Parameters
    ----------
    table : ibis.Table
        Any of the columns :data:`COLUMNS`, as text.
    country : ibis.Value
        ISO 3166 code of each row's country.

    Returns
    -------
    pyarrow.Table
        cell_mobile … cell_tax_id and cell_country as they stand, new_mobile … new_tax_id as they should.
    """
    suspects = table.select(**_cells(table), cell_country=country).filter(_is_suspect)
    read = read_each(suspects, "misplaced")
    changed = [row for row in read.to_pylist() if any(row[f"new_{c}"] != _absent(row[f"cell_{c}"]) for c in COLUMNS)]
    return pa.Table.from_pylist(changed, read.schema)


def join_misplaced(table: ibis.Table, misplaced: pa.Table, country: ibis.Value) -> ibis.Table:
    """Put the misplaced values of each row into the columns they belong to; same rows and columns."""
    if not misplaced.num_rows:
        return table
    placed, cells = ibis.memtable(misplaced), _cells(table)
    same_cells = [placed[name] == cell for name, cell in cells.items()]
    joined = table.left_join(placed, [*same_cells, placed.cell_country == country])
    hit = joined.cell_country.notnull()
    news = {c: hit.ifelse(joined[f"new_{c}"], joined[c]) for c in COLUMNS if c in table.columns}
    return joined.mutate(**news).select(*table.columns)


def _cells(table: ibis.Table) -> dict[str, ibis.Value]:
    """Contact values of each row, a mark where there is none, so that they can be joined on."""
    nothing = ibis.literal(NOTHING)
    return {f"cell_{c}": table[c].fill_null(nothing) if c in table.columns else nothing for c in COLUMNS}


def _is_suspect(row: ibis.Table) -> ibis.BooleanValue:
    """Tell cheaply whether a row may hold a misplaced value; Python then judges."""
    at, code = "[@＠]", r"^[\s0-9A-Za-z０-９Ａ-Ｚａ-ｚ]{18,24}$"
    return (
        (row.cell_mobile + row.cell_phone + row.cell_tax_id).re_search(at)
        | row.cell_mobile.re_search(code)
        | row.cell_phone.re_search(code)
        | ((row.cell_email != NOTHING) & ~row.cell_email.re_search(at))
        | row.cell_tax_id.re_search(r"^\D*(86)?\D*1[3-9]\d[\s\d\-]{8,10}$")
    )


def _absent(value: str) -> str | None:
    return None if value == NOTHING else value
