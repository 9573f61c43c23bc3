"""Dimensions of lines and of customers: region, group, owner, channel, category or any other column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import ibis

from custinsight.base.lines import read_lines
from custinsight.base.purchases import Purchases, TransactionsLike, read_purchases
from custinsight.engine import Tabular, as_table, require_columns
from custinsight.errors import DataError

_BETWEEN = "\x1f"


@dataclass(frozen=True)
class Parts:
    """Purchases by the value of a dimension.

    Parameters
    ----------
    purchases : Purchases
        Its customer_id names a customer, or that part of a customer which bought under one value.
    values : ibis.Table
        customer_id (of the purchases), value (text, null where not stated).
    """

    purchases: Purchases
    values: ibis.Table

    def add_value(self, table: ibis.Table, name: str) -> ibis.Table:
        """Add the dimension to a table by customer_id; null where nothing is known of the customer."""
        known = self.values.select(part_id="customer_id", **{name: self.values["value"]})
        return table.left_join(known, table.customer_id == known.part_id).drop("part_id")


def split_by(transactions: TransactionsLike, by: str, customers: Tabular | None = None) -> Parts:
    """Split purchases by a dimension.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    by : str
        A column of the customers, whose value then holds for all of a customer's purchases; else one of the lines,
        such as ``channel``: then a customer counts under each value it bought under.
    customers : pandas frame, Arrow table or ibis table, optional
        customer_id and dimensions, one row per customer.

    Returns
    -------
    Parts

    Raises
    ------
    DataError
        Neither table has the column, or lines are needed and purchases were given.
    """
    if customers is not None and by in (table := as_table(customers)).columns:
        require_columns(table, ("customer_id",), name="The table of customers")
        values = table.select("customer_id", value=table[by].cast("string").nullif(""))
        return Parts(read_purchases(transactions), values)
    lines = read_dimensions(transactions, [by], customers)
    part = lines.customer_id.cast("string") + _BETWEEN + lines[by].fill_null("")
    parts = lines.mutate(part=part).cache()
    raw = parts.select(
        customer_id="part",
        doc_id="order_id",
        return_of="order_id",
        doc_date="doc_date",
        amount_net="amount",
        cost="cost",
        # negative lines are returns by themselves; as documents of that type their costs would change sign
        doc_type=ibis.ifelse(parts.is_return & (parts.amount == 0), "return", "invoice"),
    )
    values = parts.group_by(customer_id=parts.part).aggregate(value=parts[by].max())
    return Parts(read_purchases(raw), values)


def read_dimensions(
    transactions: TransactionsLike, names: Sequence[str], customers: Tabular | None = None, extra: Sequence[str] = ()
) -> ibis.Table:
    """One row per line that counts, as :func:`custinsight.base.lines.read_lines` gives it, with its dimensions as text.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
    names : sequence of str
        Columns of the customers, or else of the lines.
    customers : pandas frame, Arrow table or ibis table, optional
        customer_id and dimensions, one row per customer.
    extra : sequence of str
        Further columns of the lines, as text; null where the lines lack them.

    Raises
    ------
    DataError
        A dimension is in neither table, or purchases were given, which have no lines any more.
    """
    if isinstance(transactions, Purchases):
        raise DataError("Dimensions of lines need the lines themselves, got Purchases. Hand over the transactions.")
    there = transactions.column_names if hasattr(transactions, "column_names") else list(transactions.columns)
    table = as_table(customers) if customers is not None else None
    of_customers = [name for name in names if table is not None and name in table.columns]
    of_lines = [name for name in names if name not in of_customers]
    for name in of_lines:
        if name not in there:
            known = sorted({*map(str, there), *(table.columns if table is not None else ())})
            raise DataError(
                "The dimension must be a column of the lines or of the customers, got {name}; there are {known}.",
                name=name,
                known=", ".join(known),
            )
    lines = read_lines(transactions, *dict.fromkeys((*of_lines, *extra)))
    lines = lines.mutate(**{name: lines[name].nullif("") for name in of_lines})
    if table is None or not of_customers:
        return lines
    require_columns(table, ("customer_id",), name="The table of customers")
    known_of = table.select(
        dimension_of=table.customer_id.cast(lines.customer_id.type()),
        **{name: table[name].cast("string").nullif("") for name in of_customers},
    )
    return lines.left_join(known_of, lines.customer_id == known_of.dimension_of).drop("dimension_of")
