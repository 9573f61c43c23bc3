"""What Python reads out of the values of a column: once for each distinct value, joined back by the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import ibis
import pyarrow as pa

from custinsight.clean.emails import parse_email
from custinsight.clean.names import parse_name
from custinsight.clean.phones import parse_phone
from custinsight.clean.places import country_code
from custinsight.clean.tax_ids import parse_tax_id
from custinsight.clean.text import is_void, tidy

CERTAINTY = {
    "TEXT": 1.0,
    "NAME": 1.0,
    "PHONE": 1.0,
    "EMAIL": 1.0,
    "TAX_ID": 1.0,
    "MOVED": 0.99,
    "LIFTED": 0.99,
    "REPAIRED": 0.97,
    "VOID": 0.9,
}
"""How sure each rule of the change log is."""

_TEXT = pa.string()
_VALUE = {"new": _TEXT, "key": _TEXT, "ok": pa.bool_(), "rule": _TEXT}
_ROWS = 100_000
_MOST_COUNTRIES = 5


class Value(NamedTuple):
    """What was read out of one value.

    Parameters
    ----------
    new : str or None
        Value to show; the old one, untouched, where it could not be read.
    key : str or None
        Value to compare.
    ok : bool
        It could be read; a word such as ``无`` in the place of a number is not.
    rule : str
        Rule that made ``new`` of the old value.
    """

    new: str | None
    key: str | None
    ok: bool
    rule: str


class NameValue(NamedTuple):
    """What was read out of one name; see :class:`custinsight.clean.names.Name`."""

    new: str | None
    key: str | None
    legal_form: str | None
    region: str | None
    branch: str | None


def _nothing(text: str) -> Value:
    """Return the value of a text that says there is none; an empty one is no fault, a word such as ``无`` is."""
    return Value(None, None, not tidy(text[:40]), "VOID")


def read_phone(text: str, region: str) -> Value:
    """Read a telephone number for the column it stands in.

    Examples
    --------
    >>> read_phone("138-1234-5678", "CN")
    Value(new='+8613812345678', key='m+8613812345678', ok=True, rule='PHONE')
    """
    if is_void(text):
        return _nothing(text)
    phone = parse_phone(text, region)
    if phone is None:
        return Value(text, None, False, "PHONE")
    return Value(phone.shown, phone.key and ("m" if phone.is_mobile else "f") + phone.key, True, "PHONE")


def read_email(text: str, region: str = "") -> Value:
    """Read an e-mail address for the column it stands in; the region does not matter.

    Examples
    --------
    >>> read_email("no address")
    Value(new='no address', key=None, ok=False, rule='EMAIL')
    """
    if is_void(text):
        return _nothing(text)
    email = parse_email(text)
    return Value(email.shown, email.key, True, "EMAIL") if email else Value(text, None, False, "EMAIL")


def read_tax_id(text: str, region: str) -> Value:
    """Read a tax number for the column it stands in.

    Examples
    --------
    >>> read_tax_id("91110000802100433b", "CN").key
    '91110000802100433B'
    """
    if is_void(text):
        return _nothing(text)
    tax_id = parse_tax_id(text, region)
    if tax_id is None:
        return Value(text, None, False, "TAX_ID")
    return Value(tax_id.shown, tax_id.shown, True, "REPAIRED" if tax_id.repaired else "TAX_ID")


def read_text(text: str) -> Value:
    """Read a plain text such as a city or an address.

    Examples
    --------
    >>> read_text("上海　市").new, read_text("N/A").new
    ('上海 市', None)
    """
    return _nothing(text) if is_void(text) else Value(tidy(text), None, True, "TEXT")


def read_name(text: str, kind: str) -> NameValue:
    """Read a customer's name; ``kind`` is '' when it is not known.

    Examples
    --------
    >>> read_name("华东贸易有限公司", "").key
    '华东贸易'
    """
    name = parse_name(text, kind or None)
    return NameValue(name.shown, name.key, name.legal_form, name.region, name.branch)


def read_each(
    values: ibis.Table, read: Callable[..., tuple[Any, ...]], made: dict[str, pa.DataType] | None = None
) -> pa.Table:
    """Read each distinct row of a narrow table.

    Parameters
    ----------
    values : ibis.Table
        One column for each argument of ``read``.
    read : callable
        Pure function of one row's values; returns one tuple.
    made : dict of str to pyarrow.DataType, optional
        Columns of the tuple; those of :class:`Value` when not given.

    Returns
    -------
    pyarrow.Table
        One row per distinct row without a null: its columns, then the made ones, ordered by its columns.

    Examples
    --------
    >>> from custinsight.engine import as_table
    >>> cities = as_table(pa.table({"value": ["上海", "上海", None]}))
    >>> read_each(cities, read_text).to_pylist()
    [{'value': '上海', 'new': '上海', 'key': None, 'ok': True, 'rule': 'TEXT'}]
    """
    made = made or _VALUE
    distinct = values.drop_null().distinct().order_by(*values.columns)
    given = dict.fromkeys(values.columns, _TEXT)
    schema = pa.schema({**given, **made})
    parts = []
    for batch in distinct.to_pyarrow_batches(chunk_size=_ROWS):
        arguments = [column.to_pylist() for column in batch.columns]
        rows = [row + read(*row) for row in zip(*arguments, strict=True)]
        columns = zip(*rows, strict=True)
        parts.append(pa.record_batch([pa.array(list(c), f.type) for c, f in zip(columns, schema, strict=True)], schema))
    return pa.Table.from_batches(parts, schema)


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
