"""Values that stand in the wrong column: an e-mail in the phone column is moved when its own place is free."""

from __future__ import annotations

from typing import NamedTuple

import ibis
import pyarrow as pa

from custinsight.clean.emails import parse_email
from custinsight.clean.phones import parse_phone
from custinsight.clean.readings import read_each
from custinsight.clean.tax_ids import parse_tax_id
from custinsight.clean.text import is_void

COLUMNS = ("mobile", "phone", "email", "tax_id")
"""Columns whose values can be told from each other by their form."""

_NOTHING = "\x1f"


class Cells(NamedTuple):
    """The four cells of one customer."""

    mobile: str | None
    phone: str | None
    email: str | None
    tax_id: str | None


def place(cells: Cells, region: str = "CN") -> Cells:
    """Put each value of a customer into the column it belongs to.

    A value is moved only when it is no valid value of its own column, surely one of another column, and that one is
    free. If one value of a customer cannot be placed, none is moved.

    Parameters
    ----------
    cells : Cells
    region : str
        ISO 3166 code of the customer's country.

    Returns
    -------
    Cells

    Examples
    --------
    >>> place(Cells(None, "li.na@example.com", None, None))
    Cells(mobile=None, phone=None, email='li.na@example.com', tax_id=None)
    >>> place(Cells("li.na@example.com", None, "13912345678", None))
    Cells(mobile='13912345678', phone=None, email='li.na@example.com', tax_id=None)
    >>> place(Cells(None, "li.na@example.com", "zhang@example.com", None)).phone
    'li.na@example.com'
    """
    homes = {column: _homes(column, value, region) for column, value in zip(COLUMNS, cells, strict=True)}
    placed = {
        column: None if homes[column] or (value is not None and is_void(value)) else value
        for column, value in zip(COLUMNS, cells, strict=True)
    }
    for column, value in zip(COLUMNS, cells, strict=True):
        if homes[column]:
            free = next((home for home in homes[column] if placed[home] is None), None)
            if free is None:
                return cells
            placed[free] = value
    moved = Cells(**placed)
    kept = (old if new is None and not homes[c] else new for c, old, new in zip(COLUMNS, cells, moved, strict=True))
    return Cells(*kept)


def _homes(column: str, value: str | None, region: str) -> tuple[str, ...]:
    """Columns a misplaced value belongs to, the best first; empty when it stays where it is."""
    if value is None or is_void(value):
        return ()
    email, tax_id = parse_email(value), parse_tax_id(value, region)
    if (column == "email" and email is not None) or (column == "tax_id" and tax_id is not None):
        return ()
    phone = parse_phone(value, region)
    if column in ("mobile", "phone") and phone is not None:
        return ()
    if email is not None:
        return ("email",)
    if tax_id is not None and tax_id.is_checked:
        return ("tax_id",)
    if phone is not None:
        return ("mobile", "phone") if phone.is_mobile else ("phone",)
    return ()


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
    read = read_each(suspects, _place_row, {f"new_{column}": pa.string() for column in COLUMNS})
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
    nothing = ibis.literal(_NOTHING)
    return {f"cell_{c}": table[c].fill_null(nothing) if c in table.columns else nothing for c in COLUMNS}


def _place_row(*row: str) -> Cells:
    return place(Cells(*map(_absent, row[:-1])), row[-1])


def _absent(value: str) -> str | None:
    return None if value == _NOTHING else value


def _is_suspect(row: ibis.Table) -> ibis.BooleanValue:
    """Tell cheaply whether a row may hold a misplaced value; Python then judges."""
    at, code = "[@＠]", r"^[\s0-9A-Za-z０-９Ａ-Ｚａ-ｚ]{18,24}$"
    return (
        (row.cell_mobile + row.cell_phone + row.cell_tax_id).re_search(at)
        | row.cell_mobile.re_search(code)
        | row.cell_phone.re_search(code)
        | ((row.cell_email != _NOTHING) & ~row.cell_email.re_search(at))
        | row.cell_tax_id.re_search(r"^\D*(86)?\D*1[3-9]\d[\s\d\-]{8,10}$")
    )
