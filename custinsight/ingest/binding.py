"""Which column of which file each name of a source's mapping means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sqlglot import exp

from custinsight.errors import SourceError
from custinsight.ingest.expressions import column_names, parse_expression
from custinsight.ingest.lookups import header_list
from custinsight.ingest.raw import RawFile, file_position
from custinsight.plan import Source
from custinsight.presets import FILLING, merge_preset
from custinsight.tables import TABLES

IMPLIED = ("source_system", "source_id")
"""Columns of customers that are filled from the source's name and the customer's number."""
ABSENT = "absent"
"""Name in the engine of the empty column that stands for every optional one which a file lacks."""


@dataclass(frozen=True)
class At:
    """Where a column stands: in the file itself (``lookup`` is None) or in a lookup, at a position; nowhere below 0."""

    position: int
    lookup: int | None = None

    @property
    def name(self) -> str:
        """Name of the column in the engine."""
        if self.position < 0:
            return ABSENT
        return f"c{self.position}" if self.lookup is None else f"l{self.lookup}_c{self.position}"


NOWHERE = At(-1)


@dataclass(frozen=True)
class Binding:
    """A source's mapping bound to a file's columns.

    Parameters
    ----------
    at : mapping of str to At
        Place of each name that the mapping uses.
    computed : mapping of str to sqlglot Expression
        Parsed expressions by canonical column.
    """

    at: Mapping[str, At]
    computed: Mapping[str, exp.Expr]

    def wanted(self, lookup: int | None = None) -> list[int]:
        """Positions that are read from the file, or from one of its lookups."""
        return sorted({at.position for at in self.at.values() if at.lookup == lookup and at != NOWHERE})

    @property
    def absent(self) -> list[str]:
        """Optional columns that the file lacks."""
        return [name for name, at in self.at.items() if at == NOWHERE]


def require_mapping(source: Source) -> dict[str, exp.Expr]:
    """Check a source's mapping without looking at its files, and parse its expressions.

    Raises
    ------
    SourceError
        A required column is filled by nothing, a column is filled twice, or an expression cannot be used.
    """
    spec = TABLES[source.table]
    twice = sorted(set(source.columns) & set(source.computed))
    if twice:
        raise SourceError(
            "sources.{source}: {column} must be filled once, got it under columns and under computed.",
            source=source.name,
            column=twice[0],
        )
    filled = {*source.columns, *source.computed, *source.constants}
    for column in spec.columns:
        implied = column.name in IMPLIED and spec.name == "customers"
        if column.required and column.name not in filled and column.default is None and not implied:
            raise SourceError(
                "sources.{source}: the table {table} must have the column {column}. "
                "Fill it under columns, computed or constants.",
                source=source.name,
                table=source.table,
                column=column.name,
            )
    return {name: parse_expression(text, source=source.name, column=name) for name, text in source.computed.items()}


def bind_mapping(source: Source, raw: RawFile, lookups: Sequence[RawFile]) -> Binding:
    """Find each column that a source's mapping names, first in the file, then in its lookups.

    Raises
    ------
    SourceError
        A column is in none of the files; the sentence names the key and lists the file's header.
    """
    computed = require_mapping(source)
    missing = missing_columns(source, raw, lookups, computed)
    if missing:
        raise unknown_column(source, *missing[0], raw)
    at = {name: find_column(name, raw, lookups, source) or NOWHERE for _, name in mapped_names(source, computed)}
    for number, lookup in enumerate(source.lookups):
        for name in lookup.on:
            found = find_column(name, raw, lookups[:number], source)
            if found is None:
                raise unknown_column(source, f"lookups[{number + 1}].on", name, raw)
            at[name] = found
    return Binding(at, computed)


def missing_columns(
    source: Source, raw: RawFile, lookups: Sequence[RawFile], computed: Mapping[str, exp.Expr]
) -> list[tuple[str, str]]:
    """Key and name of each column that a source cannot do without and that is in none of its files.

    An optional column is one of them when nothing else would fill a required column.
    """
    named = mapped_names(source, computed)
    absent = {name for _, name in named if find_column(name, raw, lookups, source) is None}
    empty = {
        key
        for key in {key for key, _ in named}
        if all(name in absent for other, name in named if other == key) and _is_needed(source, key)
    }
    return [(key, name) for key, name in named if name in absent and (name not in source.optional or key in empty)]


def _is_needed(source: Source, key: str) -> bool:
    part, _, column = key.partition(".")
    if part == "keep" or column in source.constants:
        return False
    spec = TABLES[source.table][column]
    return spec.required and spec.default is None


def mapped_names(source: Source, computed: Mapping[str, exp.Expr]) -> list[tuple[str, str]]:
    """Key and column name of everything that a source's mapping reads, lookups' keys left out."""
    named = [(f"columns.{key}", name) for key, name in source.columns.items()]
    named += [(f"computed.{key}", name) for key, tree in computed.items() for name in column_names(tree)]
    return named + [(f"keep.{name}", name) for name in source.keep]


def unknown_column(source: Source, key: str, name: str, raw: RawFile) -> SourceError:
    """Say that a mapped column is not in the file, and which are."""
    if source.preset and not _is_own(source, key, name):
        return SourceError(
            "sources.{source}: the preset {preset} takes {key} from the column {column}, which {file} lacks; "
            "it has {there}. Say under {key} what fills it here.",
            source=source.name,
            preset=source.preset,
            key=key,
            column=repr(name)[:80],
            file=raw.place.file,
            there=header_list(raw.header),
        )
    return SourceError(
        "sources.{source}.{key} names the column {column}, which {file} lacks; it has {there}.",
        source=source.name,
        key=key,
        column=repr(name)[:80],
        file=raw.place.file,
        there=header_list(raw.header),
    )


def _is_own(source: Source, key: str, name: str) -> bool:
    """Whether a mapping is the plan's own, and not its preset's."""
    part, _, column = key.partition(".")
    theirs = merge_preset({"preset": source.preset}).get(part, {})
    return part in FILLING and theirs.get(column) != getattr(source, part).get(column)


def find_column(name: str, raw: RawFile, lookups: Sequence[RawFile], source: Source | None = None) -> At | None:
    """Find a column in a file or in its lookups, where ``orders.Date`` means the column Date of the file orders.

    A lookup is called by the name that the source gives it, or by its file's name without suffix. Where the column is
    nowhere, the source's aliases are tried.
    """
    for own in (name, *(source.aliases.get(name, ()) if source else ())):
        position = file_position(raw, own, source)
        if position is not None:
            return At(position)
        for number, lookup in enumerate(lookups):
            position = _lookup_position(own, number, lookup, source)
            if position is not None:
                return At(position, number)
    return None


def _lookup_position(name: str, number: int, lookup: RawFile, source: Source | None) -> int | None:
    called = source.lookups[number].name if source else None
    stem = f"{called or PurePath(lookup.place.file).stem}."
    position = file_position(lookup, name, source)
    if position is None and name.startswith(stem):
        position = file_position(lookup, name.removeprefix(stem), source)
    return position
