"""Values that stand in the wrong column: an e-mail in the phone column is moved when its own place is free."""

from __future__ import annotations

from typing import NamedTuple

from custinsight.clean.emails import parse_email
from custinsight.clean.phones import parse_phone
from custinsight.clean.tax_ids import parse_tax_id
from custinsight.clean.text import is_void

COLUMNS = ("mobile", "phone", "email", "tax_id")
"""Columns whose values can be told from each other by their form."""

NOTHING = "\x1f"
"""Stands for no value, so that cells can be compared."""


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
    if email is not None and email.is_whole:
        return ("email",)
    if tax_id is not None and tax_id.is_checked:
        return ("tax_id",)
    if phone is not None and phone.is_whole:
        return ("mobile", "phone") if phone.is_mobile else ("phone",)
    return ()


def place_row(*row: str) -> Cells:
    """Put each value of a customer into its column; a cell without a value holds :data:`NOTHING`, the last the country.

    Examples
    --------
    >>> place_row(NOTHING, "li.na@example.com", NOTHING, NOTHING, "CN").email
    'li.na@example.com'
    """
    return place(Cells(*(None if value == NOTHING else value for value in row[:-1])), row[-1])
