"""Rows that are kept: of small files copied into one table, of large ones left where they were typed."""

from __future__ import annotations

from typing import Any

import ibis

LARGE = 200_000
"""Rows from which a file's table is kept as it is, since copying it would take longer than the look-up of one more."""


class KeptRows:
    """Rows of a source's files, in the order in which they are added.

    Parameters
    ----------
    schema : ibis Schema
        Columns that the files fill.
    con : ibis DuckDB backend
        The tables live there, as temporary ones.

    Examples
    --------
    >>> from custinsight import engine
    >>> kept = KeptRows(ibis.schema({"n": "int64"}), engine.connect())
    >>> kept.add(ibis.memtable({"n": [2, 1]}), 2), kept.table().to_pyarrow()["n"].to_pylist()
    (True, [2, 1])
    """

    def __init__(self, schema: ibis.Schema, con: Any) -> None:
        self.schema, self.con = schema, con
        self._parts: list[ibis.Table] = []
        self._open: str = ""

    def add(self, rows: ibis.Table, n: int) -> bool:
        """Take rows; tell whether they were copied, so that the table behind them may be dropped.

        Parameters
        ----------
        rows : ibis Table
            With the columns of the schema at least.
        n : int
            Rows of the table behind ``rows``.
        """
        rows = rows.select(*self.schema.names)
        if n >= LARGE:
            self._parts.append(rows)
            self._open = ""
            return False
        if not self._open:
            self._start()
        self.con.insert(self._open, rows)
        return True

    def table(self) -> ibis.Table:
        """All rows, file by file."""
        if not self._parts:
            self._start()
        return ibis.union(*self._parts) if len(self._parts) > 1 else self._parts[0]

    def _start(self) -> None:
        self._open = ibis.util.gen_name("ingest_kept")
        self._parts.append(self.con.create_table(self._open, schema=self.schema, temp=True))
