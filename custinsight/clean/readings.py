"""What Python reads out of the values of a column: once for each distinct value, joined back by the engine."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

import ibis
import pyarrow as pa

from custinsight.clean.places import country_code
from custinsight.clean.readers import READERS
from custinsight.clean.text import tidy

CERTAINTY = {
    "TEXT": 1.0,
    "NAME": 1.0,
    "PHONE": 1.0,
    "EMAIL": 1.0,
    "TAX_ID": 1.0,
    "RESIDENT_ID": 1.0,
    "COUNTRY": 1.0,
    "DATE": 1.0,
    "CURRENCY": 1.0,
    "SEVERAL": 0.99,
    "MOVED": 0.99,
    "LIFTED": 0.99,
    "FROM_ADDRESS": 0.98,
    "REPAIRED": 0.97,
    "VOID": 0.9,
}
"""How sure each rule of the change log is."""

_TEXT = pa.string()
_ROWS = 10_000
_WORTH_PROCESSES = 20_000
_MOST_COUNTRIES = 5
_IDLE_SECONDS = 10


def read_each(values: ibis.Table, reader: str) -> pa.Table:
    """Read each distinct row of a narrow table.

    Parameters
    ----------
    values : ibis.Table
        One column for each argument of the reader, in their order, as text.
    reader : str
        One of :data:`custinsight.clean.readers.READERS`.

    Returns
    -------
    pyarrow.Table
        One row per distinct row without a null: its columns, then the made ones.

    Examples
    --------
    >>> from custinsight.engine import as_table
    >>> names = as_table(pa.table({"value": ["ACME Ltd", "ACME Ltd", None], "kind": ["", "", ""]}))
    >>> read_each(names, "name").select(["value", "key"]).to_pylist()
    [{'value': 'ACME Ltd', 'key': 'acme'}]
    """
    values = values.drop_null().distinct()
    schema = pa.schema({**dict.fromkeys(values.columns, _TEXT), **READERS[reader].made})
    return _read(values.to_pyarrow(), reader, schema)


def _read(values: pa.Table, reader: str, schema: pa.Schema) -> pa.Table:
    """Read rows here, or in processes where there are so many that these pay."""
    texts = pa.schema(dict.fromkeys(values.column_names, _TEXT))
    batches = values.cast(texts).combine_chunks().to_batches(max_chunksize=_ROWS)
    jobs = int(os.environ.get("CUSTINSIGHT_THREADS") or os.cpu_count() or 1)
    is_much = values.num_rows >= _WORTH_PROCESSES and jobs > 1
    parts = _in_processes(batches, reader, jobs) if is_much else (read_batch(batch, reader) for batch in batches)
    return pa.Table.from_batches(parts, schema)


def _in_processes(batches: Iterable[pa.RecordBatch], reader: str, jobs: int) -> Iterator[pa.RecordBatch]:
    # joblib's processes do not run the user's script again, as those of multiprocessing do
    from joblib import Parallel, delayed

    # values stay out of files: nothing is memory-mapped
    kept = {"max_nbytes": None, "idle_worker_timeout": _IDLE_SECONDS}
    run = Parallel(n_jobs=jobs, backend="loky", return_as="generator", pre_dispatch=2 * jobs, batch_size=1, **kept)
    return (_unpack(packed) for packed in run(delayed(_read_packed)(_pack(batch), reader) for batch in batches))


def _pack(batch: pa.RecordBatch) -> bytes:
    """Write a batch as bytes; pickling it would take along all rows of the table that it is a part of."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


def _unpack(packed: bytes) -> pa.RecordBatch:
    return pa.ipc.open_stream(packed).read_next_batch()


def _read_packed(packed: bytes, reader: str) -> bytes:
    return _pack(read_batch(_unpack(packed), reader))


def read_batch(batch: pa.RecordBatch, reader: str) -> pa.RecordBatch:
    """Read each row of a batch of texts; the made columns stand behind those given.

    Examples
    --------
    >>> batch = pa.record_batch({"value": ["li@example.com"], "country": ["CN"]})
    >>> read_batch(batch, "email").column("key").to_pylist()
    ['li@example.com']
    """
    chosen = READERS[reader]
    rows = list(map(chosen.read, *(column.to_pylist() for column in batch.columns)))
    columns = zip(*rows, strict=True) if rows else [()] * len(chosen.made)
    made = [pa.array(values, kind) for values, kind in zip(columns, chosen.made.values(), strict=True)]
    return pa.record_batch([*batch.columns, *made], [*batch.schema.names, *chosen.made])


def country_codes(table: ibis.Table, default: str) -> ibis.Value:
    """Return each row's country as an ISO 3166 code.

    A row whose country is not known gets ``default``, then the other countries of the table: numbers are tried with
    one after the other.

    Examples
    --------
    >>> from custinsight.engine import as_table
    >>> table = as_table(pa.table({"country": ["中国", "USA", "?", None]}))
    >>> table.select(code=country_codes(table, "CN")).to_pyarrow()["code"].to_pylist()
    ['CN', 'US', 'CN US', 'CN US']
    """
    if "country" not in table.columns:
        return ibis.literal(default)
    names = table.select("country").drop_null().distinct().order_by("country").to_pyarrow()["country"].to_pylist()
    known = [(name, code) for name in names if (code := country_code(tidy(name)))]
    others = sorted({code for _, code in known} - {default})[:_MOST_COUNTRIES]
    unknown = " ".join([default, *others])
    return table["country"].cases(*known, else_=unknown) if known else ibis.literal(unknown)
