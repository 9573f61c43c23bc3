"""Parsers of single columns: a column of a file becomes a canonical column, with a code where something is wrong."""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.datatypes as dt
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Value

from custinsight.ingest import dates
from custinsight.ingest.numbers import is_nothing, native_number, number_steps
from custinsight.ingest.rejects import code_number
from custinsight.ingest.steps import Steps
from custinsight.ingest.text import ANY_SIGN, CONTROL, NO_VALUES, Field, Signs, equals_any
from custinsight.plan import Source
from custinsight.tables import Column

LOSSY = r"^-?\d([.,]\d+)?[eE]\+\d{2,}$"
"""A long number that a spreadsheet has rounded, such as 1.1E+17."""
_YES = ("true", "t", "yes", "y", "1", "x", "是", "有", "已", "√")
_NO = ("false", "f", "no", "n", "0", "否", "无", "未", "×")


def is_id(column: Column) -> bool:
    """Whether a column's text tells one thing from another, so that each sign counts.

    Examples
    --------
    >>> is_id(Column("customer_id")), is_id(Column("region"))
    (True, False)
    """
    return column.dtype == "string" and column.name.endswith(("_id", "return_of", "line_no"))


def code_name(column: Column) -> str:
    """Name of the column that holds a canonical column's reject code, 0 where nothing is wrong."""
    return f"ci_code_{column.name}"


def column_steps(rows: ibis.Table, column: Column, field: Field, source: Source, *, iso: bool) -> Steps:
    """Name a canonical column and its code.

    The value is null where there is none or it could not be read; a code beside a value says that it was cleaned.

    Parameters
    ----------
    rows : ibis Table
        With the field's cleaned text, see :func:`custinsight.ingest.text.clean_steps`.
    column : tables.Column
    field : Field
    source : plan.Source
        For its values, decimal sign and date formats.
    iso : bool
        ISO 8601 is read beside the declared date formats.
    """
    if column.dtype not in ("string", "boolean", "date") and rows[field.at].type().is_numeric():
        return (yield from _native_number_steps(rows, column, field))
    given = rows[field.id_text if is_id(column) else field.text]
    values = source.values.get(column.name)
    rows = yield {f"{column.name}_given": given.substitute(values) if values else given}
    if column.dtype == "date":
        return (yield from _day_steps(rows, column, field, source, iso=iso))
    if column.dtype == "string":
        return (yield from _text_steps(rows, column, field))
    if column.dtype == "boolean":
        return (yield from _truth_steps(rows, column, field))
    return (yield from _number_steps(rows, column, field, source))


def _text_steps(rows: ibis.Table, column: Column, field: Field) -> Steps:
    rows = yield {f"{column.name}_known": _allowed(column, rows[f"{column.name}_given"])}
    text, known, raw = rows[f"{column.name}_given"], rows[f"{column.name}_known"], rows[field.at]
    is_text = raw.type().is_string()
    faults = _no_value(rows, field)
    if is_id(column) or column.name in ("mobile", "phone"):
        may_lose = any(map(field.signs.may_hold, ("e+", "E+")))
        lossy = text.re_search(LOSSY) if is_text and may_lose else _is_long(raw)
        faults += [] if lossy is None else [(lossy.fill_null(False), "LOSSY_ID")]
    faults += [(text.notnull() & known.isnull(), "UNKNOWN_VALUE")] if column.allowed else []
    dirty = [(raw.re_search(CONTROL).fill_null(False), "CONTROL_CHARACTER")] if is_text and field.signs.control else []
    if not faults and not dirty:
        return (yield {column.name: known, code_name(column): _code([])})
    rows = yield {
        f"{column.name}_fault": _code([*faults, *(dirty if is_id(column) else [])]),
        f"{column.name}_dirty": _code(dirty),
    }
    fault = rows[f"{column.name}_fault"]
    value = ibis.ifelse(fault == 0, rows[f"{column.name}_known"], ibis.null(dt.string))
    code = ibis.ifelse(fault == 0, rows[f"{column.name}_dirty"], fault)
    return (yield {column.name: value, code_name(column): code})


def _is_long(raw: Value) -> BooleanValue | None:
    """Whether a number that came as floating point is too long to have kept its last digit."""
    return raw.abs() >= 1e15 if raw.type().is_floating() else None


def _allowed(column: Column, text: StringValue) -> StringValue:
    """Let only the column's known values through, in whatever case they are written."""
    if not column.allowed:
        return text
    lower = text.lower()
    return ibis.cases(
        (equals_any(text, column.allowed), text),
        (equals_any(lower, column.allowed), lower),
        else_=ibis.null(dt.string),
    )


def _day_steps(rows: ibis.Table, column: Column, field: Field, source: Source, *, iso: bool) -> Steps:
    name, text = f"{column.name}_day", f"{column.name}_given"
    if rows[field.at].type().is_date() or rows[field.at].type().is_timestamp():
        rows = yield {name: rows[field.at].cast("date")}
        sentinel = dates.is_stand_in(rows[name])
        day = ibis.ifelse(sentinel, ibis.null(dt.date), rows[name])
        return (yield {column.name: day, code_name(column): _code([(sentinel, "SENTINEL_DATE")])})
    formats = tuple(dict.fromkeys((*source.date_formats, *(dates.ISO if iso else ()))))
    rows = yield from dates.day_steps(rows, text, name, formats, signs=_given_signs(column, field, source))
    faults = [
        *_no_value(rows, field),
        (rows[f"{name}_sentinel"], "SENTINEL_DATE"),
        (rows[f"{name}_ambiguous"], "AMBIGUOUS_DATE"),
        (rows[text].notnull() & rows[name].isnull(), "BAD_DATE"),
    ]
    return (yield {column.name: rows[name], code_name(column): _code(faults)})


def _number_steps(rows: ibis.Table, column: Column, field: Field, source: Source) -> Steps:
    name, text = f"{column.name}_number", f"{column.name}_given"
    signs = _given_signs(column, field, source)
    rows = yield from number_steps(rows, text, name, _number_type(column), source.decimal, signs)
    rows = yield {f"{name}_whole": _whole(column, rows[name])}
    number = rows[f"{name}_whole"]
    bad = rows[text].notnull() & number.isnull()
    code = _code([*_no_value(rows, field), (bad, "BAD_NUMBER")])
    return (yield {column.name: number, code_name(column): code})


def _native_number_steps(rows: ibis.Table, column: Column, field: Field) -> Steps:
    name, raw = f"{column.name}_number", rows[field.at]
    rows = yield {name: _whole(column, native_number(raw, _number_type(column)))}
    bad = ~is_nothing(rows[field.at]) & rows[name].isnull()
    return (yield {column.name: rows[name], code_name(column): _code([(bad, "BAD_NUMBER")])})


def _number_type(column: Column) -> str:
    return "decimal(18, 4)" if column.dtype == "int64" else column.dtype


def _whole(column: Column, number: Value) -> Value:
    """Let only whole numbers through where the column holds whole numbers."""
    if column.dtype != "int64":
        return number
    return ibis.ifelse(number == number.round(0), number, ibis.null(number.type())).cast("int64")


def _truth_steps(rows: ibis.Table, column: Column, field: Field) -> Steps:
    text = rows[f"{column.name}_given"].lower()
    rows = yield {
        f"{column.name}_truth": ibis.cases(
            (equals_any(text, _YES), True), (equals_any(text, _NO), False), else_=ibis.null(dt.boolean)
        )
    }
    truth = rows[f"{column.name}_truth"]
    unknown = rows[f"{column.name}_given"].notnull() & truth.isnull()
    code = _code([*_no_value(rows, field), (unknown, "UNKNOWN_VALUE")])
    return (yield {column.name: truth, code_name(column): code})


def _no_value(rows: ibis.Table, field: Field) -> list[tuple[BooleanValue, str]]:
    """Whether a cell holds a spreadsheet's sign for a formula without a value, where the column may hold one."""
    raw = rows[field.at]
    if not raw.type().is_string() or not field.signs.may_hold("#"):
        return []
    return [(ibis.ifelse(raw.startswith("#"), equals_any(raw, NO_VALUES), False).fill_null(False), "FORMULA_EMPTY")]


def _given_signs(column: Column, field: Field, source: Source) -> Signs:
    """What a column's text may hold once the plan's values have replaced its codes."""
    return ANY_SIGN if column.name in source.values else field.signs


def _code(faults: Sequence[tuple[BooleanValue, str]]) -> IntegerValue:
    """Number of the first code whose condition holds, else 0."""
    fine = ibis.literal(0, type="int16")
    if not faults:
        return fine
    return ibis.cases(*((fault, ibis.literal(code_number(code), type="int16")) for fault, code in faults), else_=fine)
