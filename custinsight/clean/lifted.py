"""Values written into another one: a tax number behind the name, an e-mail address beside a telephone number.

They are lifted out when a check digit or the form vouches for them, what stays is still a name or a number, and their
own column is free or says the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import ibis
import pyarrow as pa

from custinsight.clean.emails import parse_email
from custinsight.clean.lookups import Lookups
from custinsight.clean.phones import parse_phone
from custinsight.clean.pseudonymous import digest_of
from custinsight.clean.readers import NameValue, read_name
from custinsight.clean.tax_ids import parse_tax_id
from custinsight.clean.text import is_nameless, is_void, tidy

RULE = "LIFTED"
_CODE = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{18}(?![0-9A-Za-z])")
_LABEL = re.compile(
    r"(?:统一社会信用代码|社会信用代码|信用代码|纳税人识别号|税务登记号|税号|身份证号码?|身份证|tax\s*(?:id|no\.?)|uscc)"
    r"\s*[:：]?\s*(?=[\s)(,;/|·\-]*$)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+", re.ASCII)
_EDGES = " \t,;/|、，；·-:：()（）"
_LONGEST = 200


class NumberInName(NamedTuple):
    """A name without the tax number that was written into it, the number, and whether it is an identity card's."""

    name: str
    tax_id: str
    is_resident: bool


def split_name(text: str) -> NumberInName | None:
    """Lift a tax number out of a name; None when there is none that its check digit vouches for.

    Examples
    --------
    >>> split_name("华东贸易有限公司（税号：91110000802100433B）")
    NumberInName(name='华东贸易有限公司', tax_id='91110000802100433B', is_resident=False)
    >>> split_name("华东贸易有限公司 911100008021004330"), split_name("91110000802100433B")
    (None, None)
    """
    tidied = tidy(text[:_LONGEST])
    codes = [(found[0], parse_tax_id(found[0])) for found in _CODE.finditer(tidied)]
    checked = {tax_id.shown: (code, tax_id.kind) for code, tax_id in codes if tax_id is not None and tax_id.is_checked}
    if len(checked) != 1:
        return None
    number, (code, kind) = next(iter(checked.items()))
    before, _, behind = tidied.partition(code)
    parts = [_LABEL.sub("", before.rstrip(_EDGES) + " ").strip(_EDGES), behind.strip(_EDGES)]
    name = " ".join(filter(None, parts))
    return None if is_nameless(name) or number in name.upper() else NumberInName(name, number, kind == "resident")


class AddressInNumber(NamedTuple):
    """A telephone number without the e-mail address that was written beside it, and both their keys."""

    phone: str | None
    phone_key: str | None
    email: str
    email_key: str


def split_phone(text: str, region: str = "CN") -> AddressInNumber | None:
    """Lift an e-mail address out of a telephone number; None when not both can be read.

    Examples
    --------
    >>> split_phone("13912345678 / li.na@example.com")
    AddressInNumber(phone='+8613912345678', phone_key='m+8613912345678', email='li.na@example.com',
                    email_key='li.na@example.com')
    >>> split_phone("999 li.na@example.com")
    """
    found = _ADDRESS.findall(text[:_LONGEST])
    email = parse_email(found[0]) if len(found) == 1 else None
    if email is None:
        return None
    rest = text.replace(found[0], " ").strip(_EDGES)
    if is_void(rest):
        return AddressInNumber(None, None, email.shown, email.key)
    phone = parse_phone(rest, region)
    if phone is None:
        return None
    key = phone.key and ("m" if phone.is_mobile else "f") + phone.key
    return AddressInNumber(phone.shown, key, email.shown, email.key)


def lift_values(cleaned: ibis.Table, lookups: Lookups, secret: bytes | None = None) -> ibis.Table:
    """Lift values out of each other in customers that the lookups were joined to; same rows and columns.

    Parameters
    ----------
    cleaned : ibis.Table
        Of :func:`custinsight.clean.lookups.join_lookups`.
    lookups : Lookups
    secret : bytes, optional
        Key of the digests that stand for resident identity numbers among the keys.

    Returns
    -------
    ibis.Table
        The columns hold their new values and keys; ``rule__<column>`` says LIFTED.
    """
    if {"customer_name", "tax_id"} <= set(cleaned.columns):
        cleaned = _lift_numbers(cleaned, list(_numbers_in(lookups.names, secret)))
    if "email" in cleaned.columns:
        for column in ("mobile", "phone"):
            if column in cleaned.columns:
                cleaned = _lift_addresses(cleaned, column, list(_addresses_in(lookups.contacts[column])))
    return cleaned


def _numbers_in(names: pa.Table, secret: bytes | None) -> Iterator[dict[str, Any]]:
    for value, kind in zip(names["value"].to_pylist(), names["kind"].to_pylist(), strict=True):
        # most names are shorter than a tax number
        if len(value) > 18 and (found := split_name(value)):
            parts = {f"lift__{part}": text for part, text in read_name(found.name, kind)._asdict().items()}
            key = digest_of(found.tax_id, secret) if found.is_resident and secret else found.tax_id
            number = {"lift__tax_id": found.tax_id, "lift__tax_key": key}
            yield {"lift__value": value, "lift__kind": kind, **number, **parts}


def _addresses_in(values: pa.Table) -> Iterator[dict[str, Any]]:
    wanted = values.select(["value", "country", "ok"]).to_pylist() if values.num_rows else []
    for row in wanted:
        if not row["ok"] and "@" in row["value"] and (found := split_phone(row["value"], row["country"])):
            parts = {f"lift__{part}": text for part, text in found._asdict().items()}
            yield {"lift__value": row["value"], "lift__country": row["country"], **parts}


def _lift_numbers(cleaned: ibis.Table, found: list[dict[str, Any]]) -> ibis.Table:
    if not found:
        return cleaned
    lifted = _text_table(found)
    on = [cleaned.old__customer_name == lifted.lift__value, cleaned.kind__code == lifted.lift__kind]
    joined = cleaned.left_join(lifted, on)
    free = joined.tax_id.isnull() | (joined.tax_id__key == joined.lift__tax_key).fill_null(False)
    names = {f"name__{part}": joined[f"lift__{part}"] for part in NameValue._fields[1:]}
    news = {"customer_name": joined.lift__new, "rule__customer_name": ibis.literal(RULE), **names}
    news |= {"tax_id": joined.lift__tax_id, "tax_id__key": joined.lift__tax_key}
    news |= {"tax_id__ok": ibis.literal(True), "rule__tax_id": ibis.literal(RULE)}
    return _write(joined, cleaned, free & joined.lift__value.notnull(), news)


def _lift_addresses(cleaned: ibis.Table, column: str, found: list[dict[str, Any]]) -> ibis.Table:
    if not found:
        return cleaned
    lifted = _text_table(found)
    on = [cleaned[column] == lifted.lift__value, cleaned.country__code == lifted.lift__country]
    joined = cleaned.left_join(lifted, on)
    free = joined.email.isnull() | (joined.email__key == joined.lift__email_key).fill_null(False)
    news = {column: joined.lift__phone, f"{column}__key": joined.lift__phone_key}
    news |= {"email": joined.lift__email, "email__key": joined.lift__email_key}
    for name in (column, "email"):
        news |= {f"{name}__ok": ibis.literal(True), f"rule__{name}": ibis.literal(RULE)}
    return _write(joined, cleaned, free & joined.lift__value.notnull(), news)


def _text_table(rows: list[dict[str, Any]]) -> ibis.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, pa.schema([(name, pa.string()) for name in rows[0]])))


def _write(joined: ibis.Table, given: ibis.Table, hit: ibis.Value, news: dict[str, ibis.Value]) -> ibis.Table:
    changed = {name: hit.ifelse(value, joined[name]) for name, value in news.items()}
    return joined.mutate(**changed).select(*given.columns)
