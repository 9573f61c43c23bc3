"""Second files whose columns are joined to each row of a source, such as order headers to their lines."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

import ibis
import pyarrow as pa

from custinsight.errors import SourceError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.places import find_places
from custinsight.ingest.raw import LINE, RAW, Layout, RawFile, file_position
from custinsight.ingest.readers import open_file
from custinsight.ingest.steps import Extend, mutate, run_steps
from custinsight.ingest.text import Field, Signs, clean_steps, trimmed_chunk
from custinsight.plan import Source
from custinsight.words import Message, msg


@dataclass(frozen=True)
class Joined:
    """A lookup file in the engine.

    Parameters
    ----------
    raw : RawFile
        For its header and its place.
    stem : str
        File name without suffix; ``stem.Column`` names a column that the source has too.
    on : mapping of str to str
        Column of the source to column of this file.
    table : ibis Table
        One row per key; columns ``k<n>`` (text keys) and ``c<position>``.
    signs : mapping of int to Signs
        What the texts of each position may hold.
    problems : tuple of Message
    """

    raw: RawFile
    stem: str
    on: Mapping[str, str]
    table: ibis.Table
    signs: Mapping[int, Signs]
    problems: tuple[Message, ...] = ()


def open_lookups(source: Source, root: Path | Grounds) -> list[RawFile]:
    """Open a source's lookup files.

    Raises
    ------
    SourceError
        A file is missing or cannot be read, or a path names several.
    """
    files = []
    for number, lookup in enumerate(source.lookups, 1):
        key = f"lookups[{number}].path"
        places = find_places(source.name, lookup.path, root, key=key)
        if len(places) > 1:
            raise SourceError(
                "sources.{source}.{key} must name one file, got {n}.", source=source.name, key=key, n=len(places)
            )
        files.append(open_file(places[0], Layout.of(lookup, source.decimal)))
    return files


def load_lookup(source: Source, number: int, raw: RawFile, wanted: Sequence[int], con: Any) -> Joined:
    """Read a lookup file into the engine, one row per key.

    Rows that agree in every column the source uses count once; an export of order headers may repeat them.

    Parameters
    ----------
    source : plan.Source
    number : int
        Which of the source's lookups, from 0.
    raw : RawFile
    wanted : sequence of int
        Positions of the columns that the source uses.
    con : ibis DuckDB backend

    Raises
    ------
    SourceError
        A key column is missing, or a key has several rows that differ.
    """
    lookup = source.lookups[number]
    keys = [_key_position(source, raw, name, number) for name in lookup.on.values()]
    parts = list(raw.chunks(sorted({*wanted, *keys})))
    if not parts:
        raise SourceError("sources.{source}.{key}: {file} must hold rows, got none.", **raw.place.names)
    arrow = pa.concat_tables(parts, promote_options="permissive")
    chunk = trimmed_chunk(arrow, [name for name in arrow.column_names if name not in (LINE, RAW)])
    arrow, signs = chunk.rows, {n: chunk.signs[f"c{n}"] for n in (*wanted, *keys)}
    rows = ibis.memtable(arrow.drop_columns([name for name in (LINE, RAW) if name in arrow.column_names]))
    rows = _key_texts(rows, {at: Field(raw.header[at], f"c{at}", signs[at]) for at in keys}, source.null_values)
    texts = {f"k{n}": rows[f"c{at}_id"] for n, at in enumerate(keys)}
    rows = rows.select(**texts, **{f"c{at}": rows[f"c{at}"] for at in wanted}).drop_null(list(texts)).distinct()
    table = con.create_table(ibis.util.gen_name("ingest_lookup"), rows, temp=True)
    repeated = int(table.group_by(list(texts)).having(ibis._.count() > 1).agg().count().execute())
    if repeated:
        raise SourceError(
            "sources.{source}.{key}: {file} must have one row per {on}, got several that differ for {n} of them. "
            "Name a file without repeats, or join on more columns.",
            on=" and ".join(map(repr, lookup.on.values())),
            n=repeated,
            **raw.place.names,
        )
    unread = len(raw.counts.unread)
    problem = msg(
        "{file}: {n} row of this lookup could not be read.",
        "{file}: {n} rows of this lookup could not be read.",
        n=unread,
        file=raw.place.file,
    )
    return Joined(raw, PurePath(raw.place.file).stem, lookup.on, table, signs, (problem,) if unread else ())


def join_lookup(
    table: ibis.Table,
    number: int,
    joined: Joined,
    keys: Mapping[str, Field],
    null_values: tuple[str, ...],
    extend: Extend = mutate,
) -> ibis.Table:
    """Join a lookup to a source's rows; each row stays one row.

    Parameters
    ----------
    table : ibis Table
        Rows of the source.
    number : int
        Which lookup, from 0: its columns are named ``l<number>_c<position>`` and ``l<number>_found``.
    joined : Joined
    keys : mapping of str to Field
        Key columns of the source by name; they may stand in lookups before this one.
    null_values : tuple of str
        Texts that stand for nothing.
    extend : callable
        Adds columns, see :func:`custinsight.ingest.steps.run_steps`.
    """
    names = {f"l{number}_{name}": joined.table[name] for name in joined.table.columns}
    right = joined.table.select(**names, **{f"l{number}_found": ibis.literal(True)})
    left = _key_texts(table, {n: keys[name] for n, name in enumerate(joined.on)}, null_values, extend)
    left = extend(left, {f"l{number}_key{n}": left[keys[name].id_text] for n, name in enumerate(joined.on)})
    pairs = [(f"l{number}_key{n}", f"l{number}_k{n}") for n in range(len(joined.on))]
    return left.left_join(right, pairs)


def _key_texts(
    rows: ibis.Table, keys: Mapping[int, Field], null_values: tuple[str, ...], extend: Extend = mutate
) -> ibis.Table:
    """Add the text of key columns, so that a number stored as 17850.0 meets the text 17850."""
    cleaners = [
        functools.partial(clean_steps, field=field, null_values=null_values, as_id=True) for field in keys.values()
    ]
    return run_steps(rows, cleaners, extend)


def _key_position(source: Source, raw: RawFile, name: str, number: int) -> int:
    tried = (file_position(raw, own, source) for own in (name, *source.aliases.get(name, ())))
    position = next((position for position in tried if position is not None), None)
    if position is None:
        raise SourceError(
            "sources.{source}.lookups[{number}].on names the column {column}, which {file} lacks; it has {there}.",
            source=raw.place.source,
            number=number + 1,
            column=repr(name),
            file=raw.place.file,
            there=header_list(raw.header),
        )
    return position


def header_list(header: Sequence[str]) -> str:
    """Column names as an error lists them.

    Examples
    --------
    >>> header_list(["a", "b"])
    "'a', 'b'"
    """
    shown = ", ".join(repr(name[:60]) for name in header[:60] if name)
    return f"{shown} …" if len(header) > 60 else shown
