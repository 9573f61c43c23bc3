"""What was read out of each distinct record: in portions, so that memory does not grow with the table, and once.

A record whose cleaned columns say what they said in the last period is not looked at again. What was read out of the
others is put behind what is still needed of the old.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import ibis
import pyarrow as pa

from custinsight import engine
from custinsight.clean.contacts import COLUMNS as CONTACT_COLUMNS
from custinsight.clean.joins import join_lookups
from custinsight.clean.lifted import lift_values
from custinsight.clean.lookups import READER_OF, TEXT_COLUMNS, judge_styles, read_lookups
from custinsight.clean.memory import InMemory, Memory
from custinsight.clean.pseudonymous import digest_of
from custinsight.clean.readers import READERS
from custinsight.clean.readings import country_codes

KEY = "row__key"
_CODES = ("kind__code", "country__code")
_PORTION = 100_000
_BETWEEN, _MISSING = "\x1f", "\x1e"


def join_readings(
    given: ibis.Table, country: str, memory: Memory | None = None, secret: bytes | None = None
) -> ibis.Table:
    """Give each record its new values and what was read out of it.

    Parameters
    ----------
    given : ibis.Table
        Any canonical columns of customers, text as text.
    country : str
        ISO 3166 code where a row has none.
    memory : Memory, optional
        What was read before, and where what is read now is kept.
    secret : bytes, optional
        Key of the digests that stand for resident identity numbers among the keys.

    Returns
    -------
    ibis.Table
        The same rows. Each cleaned column of text holds its new value, ``old__<column>`` the old one,
        ``rule__<column>`` what changed it; further columns as :func:`custinsight.clean.joins.join_lookups` makes them,
        null where there is nothing.
    """
    texts = _texts_of(given)
    kind = given.customer_type.fill_null("") if "customer_type" in given.columns else ibis.literal("")
    coded = given.mutate(kind__code=kind, country__code=country_codes(given, country))
    keyed = coded.mutate(**{KEY: _digest(coded, texts)})
    styles = judge_styles(given)
    name = _name_of(texts, country, styles, secret)
    memory = memory or InMemory()
    seen = memory.get(name)
    seen = engine.beside(seen, keyed) if seen is not None else None
    wanted = keyed.select(KEY, *_CODES, *texts)
    new = wanted.distinct(on=KEY, keep="first") if seen is None else _unseen(wanted, seen)
    schema = _schema(texts)
    read = _read(new, country, styles, secret, schema)
    if seen is not None:
        read = _after(_needed(seen, keyed, schema), read)
    records = memory.put(name, pa.RecordBatchReader.from_batches(schema, read))
    return _apply(keyed, engine.beside(records, keyed), texts)


def _texts_of(given: ibis.Table) -> list[str]:
    schema = given.schema()
    cleaned = ("customer_name", *CONTACT_COLUMNS, *TEXT_COLUMNS)
    return [name for name in cleaned if name in given.columns and schema[name].is_string()]


def _digest(coded: ibis.Table, texts: list[str]) -> ibis.StringValue:
    said = coded.kind__code + _BETWEEN + coded.country__code
    for name in texts:
        said = said + _BETWEEN + coded[name].fill_null(_MISSING)
    return said.hexdigest("sha256")


def _name_of(texts: list[str], country: str, styles: dict[str, bool], secret: bytes | None) -> str:
    """Name what readings depend on besides the record: readings of another name are of no use."""
    hidden = digest_of("", secret) if secret is not None else ""
    said = json.dumps([texts, country, styles, hidden], sort_keys=True)
    return "records-" + hashlib.sha256(said.encode()).hexdigest()[:12]


def _unseen(wanted: ibis.Table, seen: ibis.Table) -> ibis.Table:
    return wanted.anti_join(seen, KEY).distinct(on=KEY, keep="first")


def _needed(seen: ibis.Table, keyed: ibis.Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    kept = seen.semi_join(keyed, KEY).select(*schema.names)
    for batch in kept.to_pyarrow_batches():
        yield from pa.Table.from_batches([batch]).cast(schema).to_batches()


def _after(first: Iterator[pa.RecordBatch], then: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    yield from first
    yield from then


def _read(
    new: ibis.Table, country: str, styles: dict[str, bool], secret: bytes | None, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    # a connection of its own: the other one is still handing out the rows
    worker = engine.connect()
    try:
        for batch in new.to_pyarrow_batches(chunk_size=_PORTION):
            portion = worker.create_table("portion", obj=pa.Table.from_batches([batch]), overwrite=True)
            lookups = read_lookups(portion, country, styles, secret)
            read = lift_values(join_lookups(portion, lookups), lookups, secret)
            yield from _shape(read, schema).to_pyarrow().cast(schema).to_batches()
    finally:
        worker.disconnect()


def _schema(texts: list[str]) -> pa.Schema:
    """Return the columns of what is kept: they are the same whatever a portion holds."""
    columns: dict[str, pa.DataType] = {KEY: pa.string()}
    for name in texts:
        columns |= {f"new__{name}": pa.string(), f"rule__{name}": pa.string()}
        columns |= {f"{name}__{part}": kind for part, kind in _parts(READER_OF.get(name, ""))}
        if name in TEXT_COLUMNS:
            columns[f"{name}__ok"] = pa.bool_()
    columns |= {f"name__{part}": kind for part, kind in _parts("name")}
    columns |= {f"place__{part}": kind for part, kind in _parts("address")}
    return pa.schema({**columns, "person__key": pa.string()})


def _parts(reader: str) -> list[tuple[str, pa.DataType]]:
    return (
        [(part, kind) for part, kind in READERS[reader].made.items() if part not in ("new", "rule")] if reader else []
    )


def _shape(read: ibis.Table, schema: pa.Schema) -> ibis.Table:
    def column(name: str, kind: pa.DataType) -> ibis.Value:
        stands = name.removeprefix("new__")
        missing = ibis.null("boolean" if pa.types.is_boolean(kind) else "string")
        return (read[stands] if stands in read.columns else missing).name(name)

    return read.select(*(column(field.name, field.type) for field in schema))


def _apply(keyed: ibis.Table, records: ibis.Table, texts: list[str]) -> ibis.Table:
    found = records.rename({f"read__{KEY}": KEY})
    joined = keyed.inner_join(found, keyed[KEY] == found[f"read__{KEY}"])
    news = {f"old__{name}": joined[name] for name in texts} | {name: joined[f"new__{name}"] for name in texts}
    return joined.mutate(**news).drop(KEY, f"read__{KEY}", *(f"new__{name}" for name in texts))
