"""The checks of customer records."""

from __future__ import annotations

import datetime as dt

import ibis

from custinsight.clean.check_sets import (
    Check,
    Prepared,
    Setting,
    completeness,
    has,
    reference,
    text,
    where,
    with_row,
)

_VALID = {
    "phone": ("BAD_PHONE", ("mobile", "phone")),
    "email": ("BAD_EMAIL", ("email",)),
    "tax_id": ("BAD_TAX_ID", ("tax_id",)),
}
_UNIQUE = ("name_key", "phone_key", "email_key", "tax_key")
_MOBILE = r"^\+861[3-9]"
_MOST_PAYMENT_DAYS = 730
# a city says which region its customers belong to when so many of them agree
_LEAST_RECORDS, _LEAST_SHARE = 5, 0.8


def customer_checks(setting: Setting) -> Prepared:
    """Make the cleaned customer records ready for their checks.

    Returns
    -------
    Prepared
        Rows are counted for the golden customer where the setting has links.
    """
    table = with_row(setting.tables["customers"], ("source_id",) if _has_source(setting) else ("customer_id",))
    table = _with_golden(table, setting)
    table = _with_last_contact(_with_usual_region(table), setting)
    checks = [
        *_completeness(table, setting),
        *_validity(table),
        *_accuracy(table),
        *_uniqueness(table),
        *_names_and_numbers(table),
        *_places(table),
        *_references(table, setting),
        *_dates(table, setting),
        *_timeliness(table, setting),
    ]
    return Prepared("customers", table, tuple(checks))


def _has_source(setting: Setting) -> bool:
    return has(setting.tables["customers"], "source_id")


def _with_golden(table: ibis.Table, setting: Setting) -> ibis.Table:
    links = setting.tables.get("links")
    if links is None or "customer_id" not in table.columns:
        return table.mutate(row__customer=ibis.coalesce(table.row__customer, table.row__number))
    known = links.select(link__record="customer_id", link__golden="golden_id").distinct(on="link__record", keep="first")
    joined = table.left_join(known, table.customer_id == known.link__record)
    return joined.mutate(row__customer=ibis.coalesce(joined.link__golden, joined.row__customer))


def _completeness(table: ibis.Table, setting: Setting) -> list[Check]:
    """Persons need no tax number and no industry."""
    for_companies = [name for name in setting.rules.required if name in ("tax_id", "industry")]
    for_all = [name for name in setting.rules.required if name not in for_companies]
    checks = completeness(table, "customers", for_all)
    if "customer_type" in table.columns:
        is_company = ~table.customer_type.identical_to("person")
        return checks + completeness(table, "customers", for_companies, is_company)
    return checks + completeness(table, "customers", for_companies)


def _validity(table: ibis.Table) -> list[Check]:
    checks = []
    for shown, (flag, names) in _VALID.items():
        values = [table[name].cast("string") for name in names if name in table.columns]
        if values and "flags" in table.columns:
            given = ibis.or_(*(value.notnull() for value in values))
            good = where(given, ~table.flags.contains(flag))
            value = ibis.coalesce(*values)
            if len(values) == 2:
                # of two numbers the example has to show the one that could not be read
                value = (values[0].isnull() | values[0].startswith("+")).ifelse(values[1], values[0]).fill_null(value)
            checks.append(Check(f"VALID_{shown}".upper(), "validity", "customers", shown, good, value))
    return checks


def _accuracy(table: ibis.Table) -> list[Check]:
    """Values of the right form that cannot be true."""
    checks = []
    if has(table, "phone_key", "flags") and (has(table, "mobile") or has(table, "phone")):
        value = ibis.coalesce(text(table, "mobile"), text(table, "phone"))
        good = where(value.notnull() & ~table.flags.contains("BAD_PHONE"), table.phone_key.notnull())
        checks.append(Check("REAL_PHONE", "accuracy", "customers", "phone", good, value))
    if has(table, "payment_days"):
        days = table.payment_days
        good = days.between(0, _MOST_PAYMENT_DAYS)
        checks.append(Check("REAL_PAYMENT_DAYS", "accuracy", "customers", "payment_days", good, days))
    if has(table, "credit_limit"):
        limit = table.credit_limit
        checks.append(Check("REAL_CREDIT_LIMIT", "accuracy", "customers", "credit_limit", limit >= 0, limit))
    return checks


def _uniqueness(table: ibis.Table) -> list[Check]:
    checks = []
    for name in _UNIQUE:
        if name in table.columns:
            field = name.removesuffix("_key")
            code = f"UNIQUE_{field}".upper()
            checks.append(Check(code, "uniqueness", "customers", field, None, table[name], key=table[name]))
    return checks


def _names_and_numbers(table: ibis.Table) -> list[Check]:
    """One tax number has one name, one name has one tax number."""
    if not has(table, "name_key", "tax_key"):
        return []
    name = text(table, "customer_name").fill_null(table.name_key)
    several_names = _values_with_several(table, "tax_key", "name_key")
    several_numbers = _values_with_several(table, "name_key", "tax_key")
    both = table.tax_key.notnull() & table.name_key.notnull()
    shown = name + " / " + table.tax_key
    one_name, one_number = ~table.tax_key.isin(several_names.one), ~table.name_key.isin(several_numbers.one)
    return [
        Check("ONE_NAME_OF_TAX_ID", "consistency", "customers", "tax_id", where(both, one_name), shown),
        Check("ONE_TAX_ID_OF_NAME", "consistency", "customers", "customer_name", where(both, one_number), shown),
    ]


def _values_with_several(table: ibis.Table, one: str, other: str) -> ibis.Table:
    """Return the values of a column that stand beside more than one value of another."""
    both = table.filter(table[one].notnull(), table[other].notnull())
    counted = both.group_by(one=both[one]).agg(least=both[other].min(), most=both[other].max())
    return counted.filter(counted.least != counted.most).select("one")


def _places(table: ibis.Table) -> list[Check]:
    """A landline's area, the tax number's province, the address and the city lie in one place."""
    checks = []
    if has(table, "addr_province", "phone_key", "other_phone_key", "flags"):
        landlines = [
            (key.startswith("+86") & ~key.re_search(_MOBILE)).ifelse(key, ibis.null("string"))
            for key in (table.phone_key, table.other_phone_key)
        ]
        landline = ibis.coalesce(*landlines)
        checks.append(_of_place(table, "PHONE_OF_PLACE", "phone", landline, "PHONE_REGION"))
    if has(table, "addr_province", "tax_key", "flags"):
        number = table.flags.contains("RESIDENT_ID").ifelse(ibis.null("string"), table.tax_key)
        checks.append(_of_place(table, "TAX_ID_OF_PLACE", "tax_id", number, "TAX_REGION"))
    if has(table, "addr_city", "address", "city", "flags"):
        looked_at = table.addr_city.notnull() & table.address.notnull() & table.city.notnull()
        good = where(looked_at, ~table.flags.contains("ADDR_REGION"))
        value = table.city + " / " + table.address
        checks.append(Check("ADDRESS_OF_CITY", "consistency", "customers", "address", good, value))
    if "usual__region" in table.columns:
        value = table.city + " / " + table.region
        good = table.region == table.usual__region
        checks.append(Check("REGION_OF_CITY", "consistency", "customers", "region", good, value))
    return checks


def _of_place(table: ibis.Table, code: str, field: str, number: ibis.Value, flag: str) -> Check:
    """Check that a number was given out in the province in which the customer is."""
    good = where(number.notnull() & table.addr_province.notnull(), ~table.flags.contains(flag))
    place = ibis.coalesce(text(table, "city"), text(table, "address"), table.addr_province)
    return Check(code, "consistency", "customers", field, good, number + " / " + place)


def _with_usual_region(table: ibis.Table) -> ibis.Table:
    """Add the region that nearly all records of a city have, where there are enough of them."""
    if not has(table, "city", "region"):
        return table
    both = table.filter(table.city.notnull(), table.region.notnull())
    counts = both.group_by(usual__city=both.city, usual__region=both.region).agg(usual__n=both.count())
    all_of_city = counts.usual__n.sum().over(group_by=counts.usual__city)
    clear = counts.mutate(usual__all=all_of_city).filter(
        lambda t: (t.usual__all >= _LEAST_RECORDS) & (t.usual__n >= _LEAST_SHARE * t.usual__all)
    )
    clear = clear.select("usual__city", "usual__region")
    return table.left_join(clear, table.city == clear.usual__city)


def _references(table: ibis.Table, setting: Setting) -> list[Check]:
    checks = reference(table, "customers", "owner_id", setting.known("owners", "owner_id"))
    if has(table, "parent_id", "customer_id"):
        checks += reference(table, "customers", "parent_id", setting.known("customers", "customer_id"))
    if has(table, "owner_id", "owner_name"):
        several = _values_with_several(table, "owner_id", "owner_name")
        owned = table.owner_id.notnull() & table.owner_name.notnull()
        good = where(owned, ~table.owner_id.isin(several.one))
        value = table.owner_id + " / " + table.owner_name
        checks.append(Check("ONE_NAME_OF_OWNER", "consistency", "customers", "owner_name", good, value))
    if "flags" in table.columns:
        good = ~table.flags.contains("NO_CONTACT")
        checks.append(Check("REACHABLE", "consistency", "customers", "contact", good, table.row__number))
    return checks


def _dates(table: ibis.Table, setting: Setting) -> list[Check]:
    checks = []
    if "created_date" in table.columns:
        created = table.created_date
        value, good = created.cast("string"), created <= ibis.literal(setting.as_of)
        if "updated_at" in table.columns:
            good = good & (created <= table.updated_at).fill_null(True)
            value = value + " / " + table.updated_at.cast("string").fill_null("-")
        checks.append(Check("ORDER_CREATED_DATE", "consistency", "customers", "created_date", good, value))
    return checks


def _with_last_contact(table: ibis.Table, setting: Setting) -> ibis.Table:
    """Add the day of the last contact with the customer, of any of its records."""
    contacts = setting.tables.get("interactions")
    if contacts is None or setting.known("interactions", "customer_id") is None:
        return table
    links = setting.tables.get("links")
    if links is not None:
        known = links.select(link__one="customer_id", link__its="golden_id").distinct(on="link__one", keep="first")
        contacts = contacts.left_join(known, contacts.customer_id == known.link__one)
        contacts = contacts.mutate(customer_id=ibis.coalesce(contacts.link__its, contacts.customer_id))
    last = contacts.filter(contacts["at"] <= ibis.literal(setting.as_of))
    last = last.group_by(contact__customer=last.customer_id).agg(contact__last=last["at"].max())
    return table.left_join(last, table.row__customer == last.contact__customer).mutate(contact__known=True)


def _timeliness(table: ibis.Table, setting: Setting) -> list[Check]:
    checks = []
    if "updated_at" in table.columns:
        least = setting.as_of - dt.timedelta(days=setting.rules.stale_days)
        good, value = table.updated_at >= ibis.literal(least), table.updated_at
        checks.append(Check("FRESH_RECORD", "timeliness", "customers", "updated_at", good, value))
    if "contact__known" in table.columns:
        least = setting.as_of - dt.timedelta(days=setting.no_contact_days)
        good = (table.contact__last >= ibis.literal(least)).fill_null(False)
        if "status" in table.columns:
            good = where(table.status.fill_null("active") == "active", good)
        value = table.contact__last.cast("string").fill_null("-")
        checks.append(Check("RECENT_CONTACT", "timeliness", "customers", "last_contact", good, value))
    return checks
