"""What churn is learnt from: purchases, and whatever else is on record of the customers, read once."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis
import pandas as pd

from custinsight.base.lines import LineReader, open_lines
from custinsight.base.purchases import Purchases, purchases_of
from custinsight.engine import Tabular, as_table, beside, require_columns
from custinsight.errors import DataError

LINE_EXTRAS = ("product_id", "category", "quantity", "owner_id")
"""Columns of the lines that features are made of, where they are there."""


@dataclass(frozen=True)
class Records:
    """What is on record of the customers; each table may hold what is dated later than anybody will look.

    Parameters
    ----------
    purchases : Purchases
    lines : LineReader
        The lines that the purchases were read from.
    extras : tuple of str
        Columns of :data:`LINE_EXTRAS` that the lines have.
    interactions : ibis.Table or None
        customer_id, at, kind.
    feedback : ibis.Table or None
        customer_id, at, kind, resolved_at, score, score_max.
    receivables : ibis.Table or None
        customer_id, doc_date, due_date, paid_date.
    """

    purchases: Purchases
    lines: LineReader
    extras: tuple[str, ...]
    interactions: ibis.Table | None = None
    feedback: ibis.Table | None = None
    receivables: ibis.Table | None = None

    @property
    def first(self) -> dt.date:
        """First day of the lines."""
        if self.purchases.first is None:
            raise DataError("The transactions must have at least one purchase, got none.")
        return self.purchases.first


def read_records(
    transactions: Tabular,
    *,
    interactions: Tabular | None = None,
    feedback: Tabular | None = None,
    receivables: Tabular | None = None,
) -> Records:
    """Read what churn is learnt from.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        Lines as :func:`custinsight.summarise` takes them; optionally product_id, category, quantity and owner_id.
    interactions : table, optional
        customer_id, at, kind (``web`` for visits of the customer, else contacts by the company).
    feedback : table, optional
        customer_id, at, kind (``complaint`` or a survey's); optionally resolved_at, score and score_max.
    receivables : table, optional
        customer_id, doc_date, due_date, paid_date (null while open). A list of open documents alone is left out: what
        had been paid by an earlier day is missing from it, so that the past would look worse than it was.

    Returns
    -------
    Records

    Raises
    ------
    DataError
        A table lacks a column.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a"], "doc_date": ["2024-01-03"], "amount_net": [5]})
    >>> read_records(lines).first.isoformat()
    '2024-01-03'
    """
    there = transactions.column_names if hasattr(transactions, "column_names") else list(transactions.columns)
    extras = tuple(name for name in LINE_EXTRAS if name in there)
    lines = open_lines(transactions, *extras)
    beside_lines = lines.table
    return Records(
        purchases_of(lines),
        lines,
        extras,
        _read(interactions, ("customer_id", "at", "kind"), (), "The interactions", beside_lines),
        _read(
            feedback,
            ("customer_id", "at", "kind"),
            (("resolved_at", "date"), ("score", "float64"), ("score_max", "float64")),
            "The feedback",
            beside_lines,
        ),
        _paid_or_none(
            _read(
                receivables,
                ("customer_id", "doc_date", "due_date", "paid_date"),
                (),
                "The receivables",
                beside_lines,
            )
        ),
    )


def _read(
    table: Tabular | None,
    needed: tuple[str, ...],
    optional: tuple[tuple[str, str], ...],
    name: str,
    lines: ibis.Table,
) -> ibis.Table | None:
    """Take the columns needed, optional ones as nulls where they are absent, days as days."""
    if table is None:
        return None
    given = as_table(_with_days(table) if isinstance(table, pd.DataFrame) else table)
    require_columns(given, needed, name=name)
    given = beside(given, lines)
    columns = {column: given[column] for column in needed}
    for column, kind in optional:
        columns[column] = given[column].cast(kind) if column in given.columns else ibis.null(kind)
    for column in ("at", "doc_date", "due_date", "paid_date", "resolved_at"):
        if column in columns:
            columns[column] = columns[column].cast("date")
    taken = given.select(**columns)
    return taken.filter(taken.customer_id.notnull())


def _with_days(frame: pd.DataFrame) -> pd.DataFrame:
    days = [name for name in frame if name in ("at", "doc_date", "due_date", "paid_date", "resolved_at")]
    return frame.assign(**{str(name): pd.to_datetime(frame[name]) for name in days})


def _paid_or_none(documents: ibis.Table | None) -> ibis.Table | None:
    """Leave out a list that names no paid document."""
    if documents is None:
        return None
    paid = documents.filter(documents.paid_date.notnull())
    return documents if int(paid.limit(1).count().to_pyarrow().as_py()) else None
