"""Names of tables and views, as a plan writes them and as SQL wants them."""

from __future__ import annotations

import contextlib

import sqlglot
from sqlglot import exp

from custinsight.errors import SourceError
from custinsight.ingest.places import Place


def relation_parts(place: Place, relation: str, dialect: str) -> list[str]:
    """Split the name of a table or view at its dots, except inside quotes.

    Parameters
    ----------
    place : Place
        For errors.
    relation : str
        Written as the database stores it: ``sales.orders``, or ``sales."Order Lines"``.
    dialect : str
        What sqlglot calls the database's SQL.

    Raises
    ------
    SourceError
        It is no name of at most three parts.

    Examples
    --------
    >>> from pathlib import Path
    >>> relation_parts(Place(Path(), "sales", "erp", "url"), 'shop."Order.Lines"', "postgres")
    ['shop', 'Order.Lines']
    """
    parts: list[str] = []
    if '"' in relation or "`" in relation or "[" in relation:
        with contextlib.suppress(sqlglot.errors.SqlglotError, AttributeError):
            table = sqlglot.parse_one(relation, into=exp.Table, dialect=dialect)
            parts = [] if table.alias else [part.name for part in table.parts]
    elif "\x00" not in relation:
        parts = [part.strip() for part in relation.split(".")]
    if not 1 <= len(parts) <= 3 or not all(parts):
        raise SourceError(
            "sources.{source}.relation must be the name of a table or view in {file}, got {relation}.",
            source=place.source,
            file=place.file,
            relation=repr(relation)[:80],
        )
    return parts


def quoted_relation(place: Place, relation: str, dialect: str) -> str:
    """Write the name of a table or view for SQL, each part in quotes.

    Examples
    --------
    >>> from pathlib import Path
    >>> quoted_relation(Place(Path(), "sales", "erp", "url"), "shop.lines", "mysql")
    '`shop`.`lines`'
    """
    parts = relation_parts(place, relation, dialect)
    return ".".join(exp.to_identifier(part, quoted=True).sql(dialect) for part in parts)
