"""Stable pseudonyms for customers: analyses see them, and nobody without the key can turn them back."""

from __future__ import annotations

import base64
import hashlib
import hmac

import ibis
import pyarrow as pa

_CHARACTERS = 12
_ROWS = 100_000


def pseudonym(system: str, number: str, key: bytes) -> str:
    """Turn a system's customer number into a pseudonym.

    HMAC-SHA256 with a secret key; a plain hash of a number could be reversed by trying all numbers.

    Parameters
    ----------
    system, number : str
        Source system and the customer's number there.
    key : bytes
        Secret key; another key gives other pseudonyms.

    Returns
    -------
    str
        ``C`` and twelve letters and digits (60 bits).

    Examples
    --------
    >>> pseudonym("ERP", "00123", b"k" * 32)
    'CJX3O7SGCAEB7'
    """
    digest = hmac.digest(key, f"{system}\x1f{number}".encode(), hashlib.sha256)
    return "C" + base64.b32encode(digest)[:_CHARACTERS].decode()


def pseudonymise(numbers: ibis.Table, key: bytes) -> pa.Table:
    """Make the pseudonyms of distinct customer numbers.

    Parameters
    ----------
    numbers : ibis.Table
        Columns ``source_system`` and ``source_id`` (text).
    key : bytes
        Secret key.

    Returns
    -------
    pyarrow.Table
        One row per distinct (source_system, source_id), with ``customer_id``, its pseudonym; ordered by both.

    Examples
    --------
    >>> from custinsight.engine import as_table
    >>> given = as_table(pa.table({"source_system": ["ERP", "ERP"], "source_id": ["1", "1"]}))
    >>> pseudonymise(given, b"k" * 32).num_rows
    1
    """
    distinct = numbers.select("source_system", "source_id").distinct().order_by("source_system", "source_id")
    parts = [_add(batch, key) for batch in distinct.to_pyarrow_batches(chunk_size=_ROWS)]
    schema = pa.schema([(name, pa.string()) for name in ("source_system", "source_id", "customer_id")])
    return pa.Table.from_batches(parts, schema=schema)


def _add(batch: pa.RecordBatch, key: bytes) -> pa.RecordBatch:
    systems, numbers = batch.column(0).to_pylist(), batch.column(1).to_pylist()
    made = [pseudonym(system, number, key) for system, number in zip(systems, numbers, strict=True)]
    return pa.record_batch(
        {"source_system": pa.array(systems), "source_id": pa.array(numbers), "customer_id": pa.array(made)}
    )
