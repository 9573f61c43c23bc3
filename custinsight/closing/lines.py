"""What is noted of a line: enough to know it again and to tell what it amounted to, and no more."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import IntegerValue, StringValue

from custinsight.tables import MONEY

LINES = {
    "customer_id": "string",
    "doc": "uint64",
    "slot": "uint64",
    "doc_date": "date",
    "doc_type": "string",
    "status": "string",
    "currency": "string",
    "amount_net": MONEY,
}
"""Columns of the noted lines."""


@ibis.udf.scalar.builtin(name="md5_number_lower", signature=((dt.string,), dt.uint64))
def md5_half(text: str) -> int:  # type: ignore[empty-body]
    """Half of a text's MD5 as a number; the engine's own function, the same in each of its versions.

    Eight bytes in place of a number of any length: of ten million documents, no two are likely to share them.
    """
    ...


def closing_lines(transactions: ibis.Table, secret: str) -> ibis.Table:
    """One row per line of the transactions, in the columns :data:`LINES`; ``doc`` and ``slot`` are keyed digests.

    ``doc`` stands for a document: its system, number, customer and currency. ``slot`` stands for the place of a line
    in it: its number, or its product where lines have none.

    Parameters
    ----------
    transactions : ibis.Table
        With ``source_system``; customers are pseudonyms.
    secret : str
        Goes into the digests, so that nobody without it can try document numbers.

    Examples
    --------
    >>> from custinsight.engine import connect
    >>> row = {"source_system": "ERP", "doc_id": "A-1", "line_no": None, "product_id": "P7", "customer_id": "C1"}
    >>> row |= {"doc_date": "2024-05-01", "doc_type": "invoice", "status": "posted", "currency": "CNY"}
    >>> rows = ibis.memtable([{**row, "amount_net": 5}]).cast({"line_no": "string"})
    >>> connect().to_pyarrow(closing_lines(rows, "s")["doc"])[0].as_py() < 2**64
    True
    """
    of = transactions
    doc = _digest(secret, of.source_system, of.doc_id, of.customer_id, of.currency)
    columns = {"doc": doc, "slot": _digest(secret, ibis.coalesce(of.line_no, of.product_id))}
    return of.select(**{name: columns.get(name, of[name] if name in of.columns else None) for name in LINES}).cast(
        {name: kind for name, kind in LINES.items() if name not in columns}
    )


def _digest(secret: str, *parts: StringValue) -> IntegerValue:
    text = ibis.literal(secret)
    for part in parts:
        text = text + "\x1f" + part.fill_null("")
    return md5_half(text)
