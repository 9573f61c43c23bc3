"""What cleaning may remember from one period to the next: values it has read, with what it read out of them."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa


class Memory(Protocol):
    """A place for tables of readings, by name; cleaning itself knows no disk.

    The tables hold personal data. Whoever keeps them forgets them when the code that read the values, or a library
    that it calls, has changed.
    """

    def get(self, name: str) -> pa.Table | None:
        """Return the table put under this name, or None."""

    def put(self, name: str, table: pa.Table) -> None:
        """Keep a table under this name in the place of any earlier one."""


LIBRARIES = ("babel", "email-validator", "opencc", "phonenumbers", "pypinyin", "python-stdnum", "rapidfuzz")
"""Packages whose versions readings depend on."""


class InMemory:
    """A memory that lasts as long as the object: for several tables cleaned in one process.

    Examples
    --------
    >>> memory = InMemory()
    >>> memory.put("name", pa.table({"value": ["华东"]}))
    >>> memory.get("name").num_rows, memory.get("phone")
    (1, None)
    """

    def __init__(self) -> None:
        self._tables: dict[str, pa.Table] = {}

    def get(self, name: str) -> pa.Table | None:
        """Return the table put under this name, or None."""
        return self._tables.get(name)

    def put(self, name: str, table: pa.Table) -> None:
        """Keep a table under this name."""
        self._tables[name] = table
