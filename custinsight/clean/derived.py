"""Columns and flags that say what was read out of a record besides its normalised values."""

from __future__ import annotations

import ibis

from custinsight.clean.readers import DATE_COLUMNS

READ_COLUMNS = (
    "pinyin_key",
    "phone_type",
    "phone_area",
    "other_phones",
    "other_emails",
    "suggested_email",
    "addr_country",
    "addr_province",
    "addr_city",
    "addr_district",
    "addr_postcode",
)
"""Columns that :func:`read_columns` makes."""

# an identity card's number anywhere in a text: county, birthday, three digits and the check character
_RESIDENT = r"(^|[^0-9])[1-8][0-9]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]([^0-9]|$)"
_FREE_TEXTS = ("customer_name", "contact_name", "mobile", "phone", "address")


def read_columns(table: ibis.Table) -> dict[str, ibis.Value]:
    """Return the columns that describe a record's name, numbers and address.

    Parameters
    ----------
    table : ibis.Table
        As :func:`custinsight.clean.joins.join_lookups` returns it.

    Returns
    -------
    dict of str to ibis.Value
        pinyin_key
            How the name's key sounds.
        phone_type, phone_area
            Of the best phone: mobile, fixed and so on; province and city in China, the country elsewhere.
        other_phones, other_emails
            Further numbers and addresses of a cell, behind those that an earlier cleaning found.
        suggested_email
            A proposal where the domain looks mistyped.
        addr_country, addr_province, addr_city, addr_district, addr_postcode
            What the address tells, together with the columns for city and region.
    """
    mobile, phone = (_part(table, f"{name}__key").fill_null("") for name in ("mobile", "phone"))
    is_in_phone = ~mobile.startswith("m") & (phone.startswith("m") | (mobile == ""))

    def of_best(part: str) -> ibis.Value:
        found = is_in_phone.ifelse(_part(table, f"phone__{part}"), _part(table, f"mobile__{part}"))
        return (mobile + phone != "").ifelse(found, _nothing())

    numbers = [_part(table, name) for name in ("earlier__other_phones", "mobile__others", "phone__others")]
    addresses = [_part(table, name) for name in ("earlier__other_emails", "email__others")]
    country = ibis.coalesce(_part(table, "place__country"), _one(table))
    return {
        "pinyin_key": _part(table, "name__pinyin"),
        "phone_type": of_best("kind"),
        "phone_area": of_best("area"),
        "other_phones": _join(numbers, " / "),
        "other_emails": _join(addresses, "; "),
        "suggested_email": _part(table, "email__suggestion"),
        "addr_country": country,
        **{f"addr_{part}": _part(table, f"place__{part}") for part in ("province", "city", "district", "postcode")},
    }


def read_flags(table: ibis.Table) -> dict[str, ibis.BooleanValue]:
    """Return, by its code, whether each flag holds.

    Parameters
    ----------
    table : ibis.Table
        As :func:`custinsight.clean.joins.join_lookups` returns it.

    Returns
    -------
    dict of str to ibis.BooleanValue
        EMAIL_TYPO
            The domain looks mistyped; ``suggested_email`` says what was probably meant.
        ROLE_EMAIL
            The address is a function's, such as info@.
        RESIDENT_ID
            The record holds the number of an identity card; it is specially protected and shown nowhere.
        TAX_REGION
            The tax number was given out in another province than the customer's.
        ADDR_REGION
            The address lies elsewhere than the columns for city and region say.
        PHONE_REGION
            A landline belongs to another province than the customer's.
        BAD_COUNTRY, BAD_DATE
            The value is not known as a country, cannot be read as one day.
    """
    is_resident_id = elsewhere = ibis.literal(False)
    if "tax_id__kind" in table.columns:
        is_resident_id = (table.tax_id__kind == "resident").fill_null(False)
        if "place__province" in table.columns:
            elsewhere = (table.tax_id__province != table.place__province).fill_null(False) & ~is_resident_id
    dates = [_is_unread(table, name) for name in DATE_COLUMNS]
    return {
        "EMAIL_TYPO": _part(table, "email__suggestion").notnull(),
        "ROLE_EMAIL": _flag(table, "email__is_role"),
        "RESIDENT_ID": is_resident_id | _has_resident_id(table),
        "TAX_REGION": elsewhere,
        "ADDR_REGION": _flag(table, "place__differs"),
        "PHONE_REGION": ibis.or_(*(_rings_elsewhere(table, name) for name in ("mobile", "phone"))),
        "BAD_COUNTRY": _is_unread(table, "country"),
        "BAD_DATE": ibis.or_(*dates),
    }


def _rings_elsewhere(table: ibis.Table, name: str) -> ibis.BooleanValue:
    """Tell whether a landline's area lies in another province; people move with their mobile numbers."""
    if f"{name}__area" not in table.columns or "place__province" not in table.columns:
        return ibis.literal(False)
    # two characters tell provinces apart, and areas are written without 壮族自治区 and the like
    differs = table[f"{name}__area"].substr(0, 2) != table.place__province.substr(0, 2)
    return (table[f"{name}__key"].startswith("f+86") & differs).fill_null(False)


def _has_resident_id(table: ibis.Table) -> ibis.BooleanValue:
    """Tell whether any text of a record holds the number of an identity card."""
    joined = ibis.literal("")
    for name in _FREE_TEXTS:
        if f"old__{name}" in table.columns:
            joined = joined + "|" + table[f"old__{name}"].fill_null("")
    return joined.re_search(_RESIDENT)


def _nothing() -> ibis.Value:
    return ibis.null("string")


def _part(table: ibis.Table, name: str) -> ibis.Value:
    return table[name] if name in table.columns else _nothing()


def _flag(table: ibis.Table, name: str) -> ibis.BooleanValue:
    return table[name].fill_null(False) if name in table.columns else ibis.literal(False)


def _is_unread(table: ibis.Table, name: str) -> ibis.BooleanValue:
    """Tell whether a text is there that its reader did not understand."""
    return ~table[f"{name}__ok"].fill_null(True) if f"{name}__ok" in table.columns else ibis.literal(False)


def _one(table: ibis.Table) -> ibis.Value:
    """Return the country's code where it is known, that is, where it is only one."""
    is_given = table.country.notnull() if "country" in table.columns else ibis.literal(False)
    return (is_given & (table.country__code.length() == 2)).ifelse(table.country__code, _nothing())


def _join(parts: list[ibis.Value], between: str) -> ibis.Value:
    """Join what is there; null where nothing is."""
    joined = ibis.literal("")
    for part in parts:
        joined = joined + (ibis.literal(between) + part).fill_null("")
    return joined.substr(len(between)).nullif("")
