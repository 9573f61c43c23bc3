"""Text of a file as it stands in the engine: cleaned of signs that nobody typed, trimmed, told from nothing."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import ibis
import ibis.expr.datatypes as dt
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.expr.types import BooleanValue, StringValue, Value

from custinsight.ingest.steps import Steps

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}]"
UNSEEN = r"[\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{feff}]"
NO_VALUES = ("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#CALC!", "#SPILL!")
"""What a spreadsheet writes into a cell whose formula has no value."""
MARKS = "#+-_/\\,.eEN \t\n\r"
"""Characters that tell plain values from those that have to be looked at more closely."""


@ibis.udf.scalar.builtin(name="trim")
def trim_blanks(text: str) -> str:  # type: ignore[empty-body]
    """Strip blanks from both ends; the engine's own function, quick because it knows one kind of blank only."""
    ...


@ibis.udf.scalar.pyarrow
def plain_code(text: str) -> str:
    """Text of a code in Unicode's compatibility form, without blanks around it and unseen signs inside."""
    seen = pc.replace_substring_regex(pc.utf8_normalize(text, form="NFKC"), UNSEEN, "")
    return pc.utf8_trim_whitespace(seen)


class Signs(NamedTuple):
    """What the texts of a column may hold; for what they cannot, the engine spends nothing.

    Parameters
    ----------
    control : bool
        Control characters.
    wide : bool
        Characters outside ASCII.
    marks : str
        Which of the characters of :data:`MARKS`.
    """

    control: bool = True
    wide: bool = True
    marks: str = MARKS

    def may_hold(self, text: str) -> bool:
        """Tell whether a text can stand in the column.

        Examples
        --------
        >>> Signs(control=False, wide=False, marks="-").may_hold("#N/A")
        False
        """
        return self.wide or all(sign in self.marks or (sign not in MARKS and sign.isascii()) for sign in text)

    def __or__(self, other: Signs) -> Signs:
        """Signs of both columns together."""
        both = "".join(sign for sign in MARKS if sign in self.marks or sign in other.marks)
        return Signs(self.control or other.control, self.wide or other.wide, both)


ANY_SIGN = Signs()


@dataclass(frozen=True)
class Field:
    """A column of a file in the engine.

    Parameters
    ----------
    header : str
        Its header in the file, for sentences.
    at : str
        Its name in the engine.
    signs : Signs
    """

    header: str
    at: str
    signs: Signs = ANY_SIGN

    @property
    def text(self) -> str:
        """Name of its trimmed text, null for nothing, once :func:`clean_steps` has run."""
        return f"{self.at}_text"

    @property
    def id_text(self) -> str:
        """Name of its text as a code: NFKC, trimmed, nothing unseen inside."""
        return f"{self.at}_id"


def clean_steps(
    rows: ibis.Table, field: Field, null_values: tuple[str, ...], *, as_id: bool = False, computed: bool = False
) -> Steps:
    r"""Name a column's cleaned text ``<at>_text``, or as a code ``<at>_id``.

    Control characters are taken out, null values and empty texts made null; :func:`trimmed_texts` has stripped the
    blanks. A typed column becomes text without losing a digit.

    Parameters
    ----------
    rows : ibis Table
    field : Field
    null_values : tuple of str
        Texts that stand for nothing.
    as_id : bool
        The text is a code or number that tells one thing from another.
    computed : bool
        The text was cut or joined in the engine and may have blanks at its ends.

    Examples
    --------
    >>> from custinsight.ingest.steps import run_steps
    >>> rows = ibis.memtable({"c0": ["１２\u200b ", "-"]})
    >>> field = Field("Customer", "c0")
    >>> run_steps(rows, [lambda rows: clean_steps(rows, field, ("-",), as_id=True)])["c0_id"].to_pyarrow().to_pylist()
    ['12', None]
    """
    column, name = rows[field.at], field.id_text if as_id else field.text
    if not column.type().is_string():
        return (yield {name: native_text(column)})
    if as_id and field.signs.wide:
        column = plain_code(column)
    if field.signs.control:
        column = column.re_replace(CONTROL, "")
    if computed or field.signs.control:
        column = trim_blanks(column)
    rows = yield {f"{name}_trim": column}
    trimmed = rows[f"{name}_trim"]
    nothing = ("", *filter(field.signs.may_hold, null_values))
    known = ibis.ifelse(equals_any(trimmed, nothing), ibis.null(dt.string), trimmed)
    return (yield {name: known})


def equals_any(text: StringValue, values: Iterable[str]) -> BooleanValue:
    """Whether a text is one of a few; the engine would make a join of a list, which changes the order of rows.

    Examples
    --------
    >>> bool(equals_any(ibis.literal("b"), ("a", "b")).execute())
    True
    """
    return functools.reduce(operator.or_, (text == value for value in dict.fromkeys(values)))


def native_text(value: Value) -> StringValue:
    """Text of a typed value: whole numbers without a point, days without a time.

    Examples
    --------
    >>> native_text(ibis.literal(17850.0)).execute()
    '17850'
    """
    kind, nothing = value.type(), ibis.null(dt.string)
    if kind.is_floating():
        whole = (value == value.floor()) & (value.abs() < 1e15)
        text = ibis.ifelse(whole, value.try_cast("int64").cast("string"), value.cast("string"))
        return ibis.ifelse(value.isnan() | value.isinf(), nothing, text)
    if kind.is_decimal():
        whole = value.cast(f"decimal({kind.precision}, 0)")
        return ibis.ifelse(value == whole, whole.cast("string"), value.cast("string"))
    if kind.is_timestamp():
        return ibis.ifelse(value == value.truncate("D"), value.date().cast("string"), value.cast("string"))
    return value.cast("string")


@dataclass(frozen=True)
class Chunk:
    """Rows of a file on their way to the engine.

    Parameters
    ----------
    rows : pyarrow Table
        Text columns without blanks of any kind at both ends, typed ones as they came.
    signs : mapping of str to Signs
        What each column but line number and raw text may hold.
    """

    rows: pa.Table
    signs: Mapping[str, Signs]


def trimmed_chunk(table: pa.Table, names: Iterable[str]) -> Chunk:
    r"""Strip blanks of any kind from both ends of text columns, before they reach the engine, which is slow at it.

    Examples
    --------
    >>> trimmed_chunk(pa.table({"c0": [" a\u3000"]}), ["c0"]).rows["c0"].to_pylist()
    ['a']
    """
    signs = {}
    for name in names:
        signs[name] = signs_in(table[name])
        if pa.types.is_string(table.schema.field(name).type) and _may_be_padded(signs[name]):
            position = table.schema.get_field_index(name)
            table = table.set_column(position, name, pc.utf8_trim_whitespace(table[name]))
    return Chunk(table, signs)


def _may_be_padded(signs: Signs) -> bool:
    return signs.control or signs.wide or not set(signs.marks).isdisjoint(" \t\n\r")


def signs_in(column: pa.ChunkedArray) -> Signs:
    r"""Look at a text column's bytes for signs that need care; typed columns hold none.

    Slices are judged by their neighbours too, which may cost time but no truth.

    Examples
    --------
    >>> signs_in(pa.chunked_array([["plain"]])), signs_in(pa.chunked_array([["合计", "\x00"]]))
    (Signs(control=False, wide=False, marks=''), Signs(control=True, wide=True, marks=''))
    """
    counts, control = np.zeros(256, np.int64), False
    for chunk in column.chunks if pa.types.is_string(column.type) else ():
        data = chunk.buffers()[-1]
        if data is None or not data.size:
            continue
        signs = np.frombuffer(data, np.uint8)
        here = np.bincount(signs, minlength=256)
        counts += here
        # the controls from U+0080 to U+009F are 0xC2 and a byte up to 0x9F
        control |= bool(here[0xC2] and ((signs[:-1] == 0xC2) & (signs[1:] < 0xA0)).any())
    control |= bool(counts[:9].any() or counts[11:13].any() or counts[14:32].any() or counts[127])
    return Signs(control, bool(counts[128:].any()), "".join(sign for sign in MARKS if counts[ord(sign)]))
