"""Which column of which file each name of a source's mapping means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from sqlglot import exp

from custinsight.errors import SourceError
from custinsight.ingest.expressions import column_names, parse_expression
from custinsight.ingest.lookups import header_list
from custinsight.ingest.raw import RawFile, column_position
from custinsight.plan import Source
from custinsight.tables import TABLES

IMPLIED = ("source_system", "source_id")
"""Columns of customers that are filled from the source's name and the customer's number."""


@dataclass(frozen=True)
class At:
    """Where a column stands: in the file itself (``lookup`` is None) or in a lookup, at a position."""

    position: int
    lookup: int | None = None

    @property
    def name(self) -> str:
        """Name of the column in the engine."""
        return f"c{self.position}" if self.lookup is None else f"l{self.lookup}_c{self.position}"


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
        return sorted({at.position for at in self.at.values() if at.lookup == lookup})


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
    at: dict[str, At] = {}
    for key, name in mapped_names(source, computed):
        if name not in at:
            found = find_column(name, raw, lookups)
            if found is None:
                raise unknown_column(source, key, name, raw)
            at[name] = found
    for number, lookup in enumerate(source.lookups):
        for name in lookup.on:
            found = find_column(name, raw, lookups[:number])
            if found is None:
                raise unknown_column(source, f"lookups[{number + 1}].on", name, raw)
            at[name] = found
    return Binding(at, computed)


def mapped_names(source: Source, computed: Mapping[str, exp.Expr]) -> list[tuple[str, str]]:
    """Key and column name of everything that a source's mapping reads, lookups' keys left out."""
    named = [(f"columns.{key}", name) for key, name in source.columns.items()]
    named += [(f"computed.{key}", name) for key, tree in computed.items() for name in column_names(tree)]
    return named + [(f"keep.{name}", name) for name in source.keep]


def unknown_column(source: Source, key: str, name: str, raw: RawFile) -> SourceError:
    """Say that a mapped column is not in the file, and which are."""
    return SourceError(
        "sources.{source}.{key} names the column {column}, which {file} lacks; it has {there}.",
        source=source.name,
        key=key,
        column=repr(name)[:80],
        file=raw.place.file,
        there=header_list(raw.header),
    )


def find_column(name: str, raw: RawFile, lookups: Sequence[RawFile]) -> At | None:
    """Find a column in a file or in its lookups, where ``orders.Date`` means the column Date of the file orders."""
    position = column_position(raw, name)
    if position is not None:
        return At(position)
    for number, lookup in enumerate(lookups):
        stem = f"{PurePath(lookup.place.file).stem}."
        position = column_position(lookup, name)
        if position is None and name.startswith(stem):
            position = column_position(lookup, name.removeprefix(stem))
        if position is not None:
            return At(position, number)
    return None
