"""Columns of a file become canonical columns: cleaned, reckoned with, and read by the contract of each."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import BooleanValue
from sqlglot import exp

from custinsight.errors import SourceError
from custinsight.ingest import dates
from custinsight.ingest.binding import Binding
from custinsight.ingest.columns import code_name, column_steps, is_id
from custinsight.ingest.expressions import NUMBER, build_expression, column_names, number_names
from custinsight.ingest.numbers import is_nothing, native_number, number_steps
from custinsight.ingest.rejects import code_number
from custinsight.ingest.steps import Extend, Steps, mutate, run_steps
from custinsight.ingest.text import Field, Signs, clean_steps, signs_in
from custinsight.plan import Source
from custinsight.tables import TABLES, Column


@dataclass(frozen=True)
class Typed:
    """A canonical column that a file fills, and where it comes from: a header, or ``computed.<column>``."""

    column: Column
    header: str


def row_columns(
    rows: ibis.Table,
    source: Source,
    binding: Binding,
    fields: Mapping[str, Field],
    *,
    iso: bool,
    constants: Mapping[str, Any],
    extend: Extend = mutate,
) -> tuple[ibis.Table, list[Typed]]:
    """Add the canonical columns that a file fills, and their codes.

    Parameters
    ----------
    rows : ibis Table
        Rows of a file, lookups joined.
    source : plan.Source
    binding : Binding
    fields : mapping of str to Field
        Columns of the file and its lookups by the names that the mapping uses.
    iso : bool
        The file's own dates arrive as ISO 8601 text.
    constants : mapping of str to object
        Of :func:`constant_values`; they fill what the file leaves empty.
    extend : callable
        Adds columns, see :func:`custinsight.ingest.steps.run_steps`.

    Returns
    -------
    rows : ibis Table
        With ``<column>`` and ``ci_code_<column>`` for each canonical column.
    typed : list of Typed
        These columns, in the table's order.
    """
    spec = TABLES[source.table]
    rows = run_steps(rows, _cleaners(source, binding, fields), extend)
    rows, computed = _compute(rows, source, binding, fields, extend)
    drawn = {name: fields[header] for name, header in source.columns.items()} | computed
    if spec.name == "customers" and "source_id" not in {*drawn, *source.constants}:
        drawn["source_id"] = drawn["customer_id"]
    typed = [Typed(spec[name], drawn[name].header) for name in spec.names if name in drawn]
    rows = run_steps(
        rows,
        [
            functools.partial(
                column_steps,
                column=one.column,
                field=drawn[one.column.name],
                source=source,
                # days that were reckoned are written as ISO 8601
                iso=iso or one.column.name in computed,
            )
            for one in typed
        ],
        extend,
    )
    return _corrected(rows, source, binding, fields, constants, extend), typed


def constant_values(source: Source, con: Any) -> dict[str, Any]:
    """Values of columns that are the same in each row: constants, the source's system, defaults of absent columns.

    Raises
    ------
    SourceError
        A constant is no value of its column.
    """
    spec = TABLES[source.table]
    texts = dict(source.constants)
    if spec.name == "customers":
        texts.setdefault("source_system", source.source_system)
    for column in spec.columns:
        if column.default is not None and column.name not in {*source.columns, *source.computed, *texts}:
            texts[column.name] = column.default
    if not texts:
        return {}
    plain = source.model_copy(update={"decimal": ".", "date_formats": dates.ISO, "values": {}})
    fields = {name: Field(name, f"k{n}") for n, name in enumerate(texts)}
    rows = ibis.memtable(pa.table({fields[name].at: [text] for name, text in texts.items()}))
    cleaners = [_cleaner(field, ("",), as_id=is_id(spec[name])) for name, field in fields.items()]
    readers = [
        functools.partial(column_steps, column=spec[name], field=field, source=plain, iso=True)
        for name, field in fields.items()
    ]
    values = con.to_pyarrow(run_steps(run_steps(rows, cleaners), readers).select(*texts)).to_pylist()[0]
    for name, value in values.items():
        if value is None:
            raise SourceError(
                "sources.{source}.constants.{column} must be a value of the column {column}, got {value}.",
                source=source.name,
                column=name,
                value=repr(texts[name])[:60],
            )
    return values


def _cleaner(field: Field, null_values: tuple[str, ...], *, as_id: bool) -> Callable[[ibis.Table], Steps]:
    return functools.partial(clean_steps, field=field, null_values=null_values, as_id=as_id)


def _cleaners(source: Source, binding: Binding, fields: Mapping[str, Field]) -> list[Callable[[ibis.Table], Steps]]:
    """Cleaners of all columns that the mapping names: as codes for codes, as text for everything else."""
    spec = TABLES[source.table]
    ids = {header for name, header in source.columns.items() if is_id(spec[name])}
    texts = {header for name, header in source.columns.items() if not is_id(spec[name])} | set(source.keep)
    texts |= {name for tree in binding.computed.values() for name in column_names(tree)}
    wanted = {
        (fields[name].at, as_id): fields[name] for as_id, names in ((True, ids), (False, texts)) for name in names
    }
    return [_cleaner(field, source.null_values, as_id=as_id) for (_, as_id), field in sorted(wanted.items())]


def _compute(
    rows: ibis.Table, source: Source, binding: Binding, fields: Mapping[str, Field], extend: Extend
) -> tuple[ibis.Table, dict[str, Field]]:
    """Add the computed columns, cleaned like columns of the file."""
    numbers = {
        fields[name].at: fields[name]
        for column, tree in binding.computed.items()
        for name in number_names(tree, source=source.name, column=column)
    }
    readers = [functools.partial(_amount_steps, field=field, source=source) for field in numbers.values()]
    rows = run_steps(rows, readers, extend)
    values = {
        f"e_{column}": build_expression(
            tree,
            lambda name: rows[fields[name].text],
            lambda name: rows[_number_name(fields[name])],
            lambda text: dates.read_day(text, source.date_formats),
            source=source.name,
            column=column,
        )
        for column, tree in binding.computed.items()
    }
    rows = extend(rows, values) if values else rows
    computed = {
        column: Field(f"computed.{column}", f"e_{column}", _computed_signs(tree, fields))
        for column, tree in binding.computed.items()
    }
    spec = TABLES[source.table]
    cleaners = [
        functools.partial(
            clean_steps, field=field, null_values=source.null_values, as_id=is_id(spec[column]), computed=True
        )
        for column, field in computed.items()
    ]
    return run_steps(rows, cleaners, extend), computed


def _computed_signs(tree: exp.Expr, fields: Mapping[str, Field]) -> Signs:
    """What an expression's text may hold: what its columns and its own texts do, and any mark that numbers bring."""
    used = [fields[name].signs for name in column_names(tree)]
    used += [signs_in(pa.chunked_array([[node.name]])) for node in tree.find_all(exp.Literal)]
    return Signs(any(signs.control for signs in used), any(signs.wide for signs in used))


def _amount_steps(rows: ibis.Table, field: Field, source: Source) -> Steps:
    """Name the numbers of a column that expressions reckon with."""
    name = _number_name(field)
    if rows[field.at].type().is_numeric():
        return (yield {name: native_number(rows[field.at], NUMBER)})
    return (yield from number_steps(rows, field.text, name, NUMBER, source.decimal, field.signs))


def _number_name(field: Field) -> str:
    return f"{field.at}_number"


def _corrected(
    rows: ibis.Table,
    source: Source,
    binding: Binding,
    fields: Mapping[str, Field],
    constants: Mapping[str, Any],
    extend: Extend,
) -> ibis.Table:
    """Tell a computed value that is missing because a text was no number; let constants fill what is empty."""
    changes: dict[str, ibis.Value] = {}
    spec = TABLES[source.table]
    for name, tree in binding.computed.items():
        reckoned = [fields[one] for one in number_names(tree, source=source.name, column=name)]
        bad = _any_of([_is_bad(rows, one) for one in reckoned])
        if reckoned:
            code, number = rows[code_name(spec[name])], code_number("BAD_NUMBER")
            changes[code_name(spec[name])] = ibis.ifelse((code == 0) & bad, number, code).cast("int16")
            changes[name] = ibis.ifelse(bad, ibis.null(rows[name].type()), rows[name])
    for name in {*source.columns, *source.computed} & set(source.constants):
        value, code = changes.get(name, rows[name]), changes.get(code_name(spec[name]), rows[code_name(spec[name])])
        constant = ibis.literal(constants[name], type=spec[name].dtype)
        changes[name] = ibis.ifelse(value.isnull() & (code == 0), constant, value)
    for name, header in source.columns.items():
        if header in binding.absent and spec[name].default is not None and name not in source.constants:
            changes[name] = ibis.literal(spec[name].default)
    return extend(rows, changes) if changes else rows


def _is_bad(rows: ibis.Table, field: Field) -> BooleanValue:
    """Whether a column that is reckoned with holds something that is no number."""
    given = ~is_nothing(rows[field.at]) if rows[field.at].type().is_numeric() else rows[field.text].notnull()
    return given & rows[_number_name(field)].isnull()


def _any_of(conditions: Sequence[BooleanValue]) -> BooleanValue:
    return functools.reduce(lambda one, other: one | other, conditions, ibis.literal(False))
