"""The readers: pure functions of one distinct value, and the columns that each makes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, get_type_hints

import pyarrow as pa

from custinsight.clean.addresses import parse_plain_address
from custinsight.clean.chinese import pinyin_key
from custinsight.clean.contacts import place_row
from custinsight.clean.currencies import currency_code
from custinsight.clean.dates import parse_date
from custinsight.clean.divisions import province_of
from custinsight.clean.emails import parse_email
from custinsight.clean.names import parse_name
from custinsight.clean.phones import parse_phone
from custinsight.clean.places import country_code
from custinsight.clean.tax_ids import parse_tax_id
from custinsight.clean.text import is_void, tidy, tidy_name

PEOPLE_COLUMNS = ("contact_name", "owner_name")
DATE_COLUMNS = ("created_date", "updated_at")


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


class PhoneValue(NamedTuple):
    """A :class:`Value` with what else stands in its cell; see :class:`custinsight.clean.phones.Phone`."""

    new: str | None
    key: str | None
    ok: bool
    rule: str
    others: str | None = None
    kind: str | None = None
    area: str | None = None


class EmailValue(NamedTuple):
    """A :class:`Value` with what else stands in its cell; see :class:`custinsight.clean.emails.Email`."""

    new: str | None
    key: str | None
    ok: bool
    rule: str
    others: str | None = None
    suggestion: str | None = None
    is_role: bool = False


class TaxValue(NamedTuple):
    """A :class:`Value` with its kind and the province in which it was given out."""

    new: str | None
    key: str | None
    ok: bool
    rule: str
    kind: str | None = None
    province: str | None = None


class NameValue(NamedTuple):
    """What was read out of one name; see :class:`custinsight.clean.names.Name`."""

    new: str | None
    key: str | None
    pinyin: str | None
    legal_form: str | None
    region: str | None
    branch: str | None


class AddressValue(NamedTuple):
    """An address as it is shown, with what it tells; see :class:`custinsight.clean.addresses.Address`."""

    new: str | None
    rule: str
    province: str | None
    city: str | None
    district: str | None
    postcode: str | None
    country: str | None
    is_sure: bool
    differs: bool


def _void(text: str) -> tuple[None, None, bool, str]:
    """Return the value of a text that says there is none; an empty one is no fault, a word such as ``无`` is."""
    return None, None, not tidy(text[:40]), "VOID"


def read_phone(text: str, region: str) -> PhoneValue:
    """Read a telephone number for the column it stands in; its key begins with m for a mobile number, else with f.

    Examples
    --------
    >>> read_phone("138-1234-5678", "CN")[:4]
    ('+8613812345678', 'm+8613812345678', True, 'PHONE')
    """
    if is_void(text):
        return PhoneValue(*_void(text))
    phone = parse_phone(text, region)
    if phone is None:
        return PhoneValue(text, None, False, "PHONE")
    key = phone.key and ("m" if phone.is_mobile else "f") + phone.key
    others = " / ".join(phone.others) or None
    return PhoneValue(phone.shown, key, True, "SEVERAL" if others else "PHONE", others, phone.kind, phone.area)


def read_email(text: str, region: str = "") -> EmailValue:
    """Read an e-mail address for the column it stands in; the region does not matter.

    Examples
    --------
    >>> read_email("no address")[:4], read_email("Info@gmial.com")[5:]
    (('no address', None, False, 'EMAIL'), ('info@gmail.com', True))
    """
    if is_void(text):
        return EmailValue(*_void(text))
    email = parse_email(text)
    if email is None:
        return EmailValue(text, None, False, "EMAIL")
    others = "; ".join(email.others) or None
    rule = "SEVERAL" if others else "EMAIL"
    return EmailValue(email.shown, email.key, True, rule, others, email.suggestion, email.is_role)


def read_tax_id(text: str, region: str) -> TaxValue:
    """Read a tax number for the column it stands in; an identity card's has a rule of its own, it is never shown.

    Examples
    --------
    >>> read_tax_id("91110000802100433b", "CN")
    TaxValue(new='91110000802100433B', key='91110000802100433B', ok=True, rule='TAX_ID', kind='unified',
             province='北京市')
    """
    if is_void(text):
        return TaxValue(*_void(text))
    found = parse_tax_id(text, region)
    if found is None:
        return TaxValue(text, None, False, "TAX_ID")
    rule = "REPAIRED" if found.repaired else "RESIDENT_ID" if found.kind == "resident" else "TAX_ID"
    return TaxValue(found.shown, found.shown, True, rule, found.kind, province_of(found.area))


def read_text(column: str, text: str, region: str = "CN") -> Value:
    """Read a plain text such as a city, by the column it stands in.

    Examples
    --------
    >>> read_text("city", "上海　市").new, read_text("city", "N/A").new, read_text("country", "Germany").new
    ('上海 市', None, 'DE')
    >>> read_text("created_date", "2024年3月5日").new, read_text("owner_name", "李 娜").new
    ('2024-03-05', '李娜')
    """
    if is_void(text):
        return Value(*_void(text))
    if column == "country" or column in DATE_COLUMNS:
        read, rule = (country_code(text), "COUNTRY") if column == "country" else (parse_date(text, region), "DATE")
        return Value(read or text, read, read is not None, rule)
    return Value(tidy_name(text) if column in PEOPLE_COLUMNS else tidy(text), None, True, "TEXT")


def read_name(text: str, kind: str) -> NameValue:
    """Read a customer's name; ``kind`` is '' when it is not known.

    Examples
    --------
    >>> read_name("华东贸易有限公司", "")[1:4]
    ('华东贸易', 'huadongmaoyi', '有限公司')
    """
    name = parse_name(text, kind or None)
    return NameValue(name.shown, name.key, pinyin_key(name.key), name.legal_form, name.region, name.branch)


def read_person(text: str) -> Value:
    """Read the name of a contact person.

    Examples
    --------
    >>> read_person("李 娜 女士")[:2]
    ('李娜女士', '李娜')
    """
    if is_void(text):
        return Value(*_void(text))
    name = parse_name(text, "person")
    return Value(name.shown or tidy_name(text), name.key, True, "TEXT")


def read_address(address: str, city: str, region: str, country: str) -> AddressValue:
    """Read an address together with the columns beside it; see :func:`custinsight.clean.addresses.parse_address`.

    Examples
    --------
    >>> read_address("江苏省　昆山市", "", "", "CN")[:5]
    ('江苏省 昆山市', 'TEXT', '江苏省', '苏州市', '昆山市')
    """
    shown = None if is_void(address) else tidy(address)
    return AddressValue(shown, "TEXT" if shown else "VOID", *parse_plain_address(shown or "", city, region, country))


def read_currency(text: str, region: str) -> Value:
    """Read a currency; see :func:`custinsight.clean.currencies.currency_code`.

    Examples
    --------
    >>> read_currency("人民币", "CN").new, read_currency("?", "CN").new
    ('CNY', None)
    """
    if is_void(text):
        return Value(*_void(text))
    code = currency_code(text, region)
    return Value(code or text, code, code is not None, "CURRENCY")


@dataclass(frozen=True)
class Reader:
    """A function of one distinct value, or of several that belong together, and the columns that it makes.

    Parameters
    ----------
    read : callable
        Takes texts, returns a tuple.
    made : dict of str to pyarrow.DataType
        Columns of the tuple.
    """

    read: Callable[..., tuple[Any, ...]]
    made: dict[str, pa.DataType]


def _made(kind: type) -> dict[str, pa.DataType]:
    return {name: pa.bool_() if hint is bool else pa.string() for name, hint in get_type_hints(kind).items()}


READERS = {
    "name": Reader(read_name, _made(NameValue)),
    "person": Reader(read_person, _made(Value)),
    "phone": Reader(read_phone, _made(PhoneValue)),
    "email": Reader(read_email, _made(EmailValue)),
    "tax_id": Reader(read_tax_id, _made(TaxValue)),
    "address": Reader(read_address, _made(AddressValue)),
    "text": Reader(read_text, _made(Value)),
    "currency": Reader(read_currency, _made(Value)),
    "misplaced": Reader(place_row, {f"new_{name}": pa.string() for name in ("mobile", "phone", "email", "tax_id")}),
}
"""Readers by the name under which their readings are remembered."""
