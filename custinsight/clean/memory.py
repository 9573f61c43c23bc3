"""What cleaning may remember from one period to the next: values it has read, with what it read out of them."""

from __future__ import annotations

from typing import Protocol

import ibis
import pyarrow as pa


class Memory(Protocol):
    """A place for tables of readings, by name; cleaning itself knows no disk.

    The tables hold personal data. Whoever keeps them forgets them when the code that read the values, or a library
    that it calls, has changed.
    """

    def get(self, name: str) -> ibis.Table | None:
        """Return the table put under this name, or None."""

    def put(self, name: str, rows: pa.RecordBatchReader) -> ibis.Table:
        """Keep rows in the place of all that was kept, whole or not at all; they may come out of the earlier table."""


LIBRARIES = ("babel", "email-validator", "opencc", "phonenumbers", "pypinyin", "python-stdnum", "rapidfuzz")
"""Packages whose versions readings depend on."""


class InMemory:
    """A memory that lasts as long as the object: for several tables cleaned in one process.

    Examples
    --------
    >>> memory = InMemory()
    >>> memory.put("names", pa.table({"value": ["华东"]}).to_reader()).count().execute()
    1
    >>> memory.get("names").columns, memory.get("phones")
    (('value',), None)
    """

    def __init__(self) -> None:
        self._tables: dict[str, pa.Table] = {}

    def get(self, name: str) -> ibis.Table | None:
        """Return the table put under this name, or None."""
        return ibis.memtable(self._tables[name]) if name in self._tables else None

    def put(self, name: str, rows: pa.RecordBatchReader) -> ibis.Table:
        """Keep rows under this name."""
        self._tables = {name: rows.read_all()}
        return ibis.memtable(self._tables[name])
