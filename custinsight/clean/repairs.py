"""Repairs: values missing in one record and known from another record of the same customer.

Two records are certainly of one customer when they share a valid tax number and the name, or the name and a phone
number. What another record says is then a vote; the plan says for each column which vote counts. A repair that is
certain enough is made and logged; the others are proposed, and so are mistyped domains of e-mail addresses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from custinsight.clean.changes import LOG_COLUMNS, apply_changes, record_key
from custinsight.engine import Tabular, as_table, like, require_columns, without_null_types
from custinsight.plan_quality import Repairs
from custinsight.tables import CUSTOMERS

CONTACT_COLUMNS = ("contact_name", "mobile", "phone", "email")
"""Columns that may differ between two people at one company."""

SAME_TAX_ID, SAME_PHONE, OTHER_NAME = "SAME_TAX_ID", "SAME_PHONE", "OTHER_NAME"
_OF_COMPANY = {SAME_TAX_ID: 0.99, SAME_PHONE: 0.98, OTHER_NAME: 0.85}
_OF_PERSON = {SAME_TAX_ID: 0.85, SAME_PHONE: 0.85, OTHER_NAME: 0.60}
_SAME_MOBILE = 0.98
# how much less sure it is to put another value in the place of one that cannot be read, or is outvoted
_STATES = {"missing": 1.0, "unreadable": 0.9, "outvoted": 0.8}
_LEAST_VOTES = 3
# gmial.com is hardly anybody's domain, but an address that was never used cannot tell
_MISTYPED = 0.85
_BAD = {"mobile": "BAD_PHONE", "phone": "BAD_PHONE", "email": "BAD_EMAIL", "tax_id": "BAD_TAX_ID"}
_TYPO = "EMAIL_TYPO"
_KEYS = ("name_key", "phone_key", "tax_key", "flags")


BORROWED = "borrowed"
"""Column of repaired records: the columns, with commas between, whose values came from other records."""


@dataclass(frozen=True)
class Repaired:
    """Repaired customer records.

    Parameters
    ----------
    table : table
        The records given, with the repairs that are certain enough; ``flags`` fit the new values. The keys by which
        duplicates are found stay, and ``borrowed`` (str) lists the columns that were taken from another record: they
        are no evidence of their own, nor are they repaired again.
    changes : table
        One row per repair that was made: source_system, source_id, column, old, new, rule, certainty.
    proposals : table
        One row per repair that somebody has to decide on, in the same columns.
    """

    table: Any
    changes: Any
    proposals: Any


def repair_customers(customers: Tabular, rules: Repairs | None = None) -> Repaired:
    """Fill what is missing from other records of the same customer.

    Parameters
    ----------
    customers : table
        As :func:`~custinsight.clean.clean_customers` returns them.
    rules : Repairs, optional
        Which record is believed, column by column, and from which certainty on a repair is made.

    Returns
    -------
    Repaired
        Tables of the kind that was given; those for an ibis table are lazy.

    Raises
    ------
    DataError
        The table lacks the columns that cleaning adds.

    Examples
    --------
    >>> import pandas as pd
    >>> from custinsight.clean import clean_customers
    >>> given = pd.DataFrame({"source_id": ["1", "2"], "customer_name": "华东贸易有限公司", "mobile": "13912345678"})
    >>> given["city"] = ["上海", None]
    >>> repaired = repair_customers(clean_customers(given).table)
    >>> repaired.changes[["source_id", "column", "new", "rule", "certainty"]].to_numpy().tolist()
    [['2', 'city', '上海', 'FILLED_SAME_PHONE', 0.98]]
    """
    table, rules = without_null_types(as_table(customers), CUSTOMERS), rules or Repairs()
    require_columns(table, _KEYS, name="customers")
    found = find_repairs(table, rules)
    if not isinstance(customers, ibis.Table):
        found = ibis.memtable(found.to_pyarrow())  # all three results are asked for at once: look only once
    changes = found.filter(found.certainty >= rules.apply_from)
    proposals = found.filter(found.certainty < rules.apply_from)
    repaired = apply_changes(table, changes, columns=tuple(rules.choices))
    repaired = _with_borrowed(_with_flags(repaired, changes), changes)
    repaired = repaired.order_by(*record_key(table))
    return Repaired(like(repaired, customers), like(changes, customers), like(proposals, customers))


def find_repairs(customers: ibis.Table, rules: Repairs) -> ibis.Table:
    """Return all repairs, made or proposed, in the columns of a change log: at most one per cell."""
    columns = [name for name, choice in rules.choices.items() if choice != "never" and name in customers.columns]
    members = _members(customers)
    cells = _cells(members, columns, rules.trusted)
    best = _elect(cells, rules.choices)
    pairs = cells.inner_join(
        best, [cells.kind == best.best__kind, cells.key == best.best__key, cells["column"] == best.best__column]
    )
    news = pairs.filter(~pairs.borrowed, (pairs.state != "outvoted") | _is_outvoted(pairs, columns))
    certainty = news.identity * news.best__agreement * news.state.cases(*_STATES.items(), else_=0.0)
    rule = news.state.cases(("missing", "FILLED"), ("unreadable", "REPLACED"), else_="OUTVOTED") + "_" + news.kind
    news = news.mutate(certainty=certainty.round(4), rule=rule, new=news.best__value, old=news.shown)
    news = news.select(*LOG_COLUMNS)
    if "email" in columns and "suggested_email" in customers.columns:
        news = news.union(_mistyped(customers))
    news = news.filter(~news.old.identical_to(news.new))
    place = ibis.row_number().over(
        group_by=[news.source_system, news.source_id, news["column"]],
        order_by=[news.certainty.desc(), news.rule, news.new],
    )
    first = news.mutate(place=place).filter(lambda t: t.place == 0)
    return first.select(*LOG_COLUMNS).order_by("source_system", "source_id", "column")


def _mistyped(customers: ibis.Table) -> ibis.Table:
    """Return a proposal for each e-mail address whose domain looks mistyped."""
    system = customers.source_system.fill_null("") if "source_system" in customers.columns else ibis.literal("")
    return customers.filter(customers.suggested_email.notnull()).select(
        source_system=system,
        source_id=customers[record_key(customers)[-1]].cast("string"),
        column=ibis.literal("email"),
        old=customers.email,
        new=customers.suggested_email,
        rule=ibis.literal(_TYPO),
        certainty=ibis.literal(_MISTYPED, "float64"),
    )


def _members(customers: ibis.Table) -> ibis.Table:
    """Return one row per record and group of records of one customer; groups of one record are left out."""

    def text(name: str) -> ibis.Value:
        return customers[name].cast("string") if name in customers.columns else ibis.null("string")

    name = customers.name_key + "|" + text("branch_key").fill_null("")
    kinds = {
        SAME_TAX_ID: name + "|" + customers.tax_key,
        SAME_PHONE: name + "|" + customers.phone_key,
        OTHER_NAME: customers.tax_key.cast("string"),
    }
    number = customers[record_key(customers)[-1]].cast("string")
    base = customers.mutate(source_system=text("source_system").fill_null(""), source_id=number)
    pairs = [ibis.struct({"kind": ibis.literal(kind), "key": key}) for kind, key in kinds.items()]
    each = base.mutate(group=ibis.array(pairs).unnest())
    each = each.mutate(kind=each.group.kind, key=each.group.key).drop("group").filter(lambda t: t.key.notnull())
    group = {"group_by": [each.kind, each.key]}
    tax_keys = each.tax_key.min().over(**group) == each.tax_key.max().over(**group)
    each = each.mutate(records=each.count().over(**group), is_one=tax_keys.fill_null(True))
    # two valid tax numbers are two companies, whatever number they are called on
    return each.filter(each.records > 1, each.is_one).drop("records", "is_one")


def _cells(members: ibis.Table, columns: Sequence[str], trusted: Sequence[str]) -> ibis.Table:
    """Return one row per cell of the members: its value, whether it can be read, and how sure the group is."""
    day = members.updated_at.cast("date") if "updated_at" in members.columns else ibis.null("date")
    rank = ibis.literal(len(trusted))
    for place, system in reversed(list(enumerate(trusted))):
        rank = (members.source_system == system).ifelse(ibis.literal(place), rank)
    cells = [
        ibis.struct(
            {
                "column": ibis.literal(name),
                "shown": members[name].cast("string"),
                "usable": _usable(members, name),
                "identity": _identity(members, name),
                "borrowed": _is_borrowed(members, name),
            }
        )
        for name in columns
    ]
    if not cells:
        nothing = {
            "column": "string",
            "shown": "string",
            "usable": "boolean",
            "identity": "float64",
            "borrowed": "boolean",
        }
        cells = [ibis.struct({part: ibis.null(kind) for part, kind in nothing.items()})]
    each = members.select(
        "source_system", "source_id", "kind", "key", day=day, rank=rank, cell=ibis.array(cells).unnest()
    )
    parts = ("column", "shown", "usable", "identity", "borrowed")
    each = each.select(
        "source_system", "source_id", "kind", "key", "day", "rank", *(each.cell[p].name(p) for p in parts)
    )
    each = each.filter(each["column"].notnull())
    state = ibis.cases((each.shown.isnull(), "missing"), (~each.usable, "unreadable"), else_="outvoted")
    return each.mutate(state=state)


def _is_borrowed(members: ibis.Table, name: str) -> ibis.Value:
    """Whether a value came from another record when the table was repaired before: no evidence of its own."""
    if BORROWED not in members.columns:
        return ibis.literal(False)
    return ("," + members[BORROWED] + ",").contains(f",{name},")


def _usable(members: ibis.Table, name: str) -> ibis.Value:
    """Whether a value can be read; a phone number that was is in E.164."""
    if name not in _BAD:
        return ibis.literal(True)
    bad = members["flags"].contains(_BAD[name])
    if name in ("mobile", "phone"):
        return (~bad | members[name].startswith("+")).fill_null(True)
    return (~bad).fill_null(True)


def _identity(members: ibis.Table, name: str) -> ibis.Value:
    """How sure it is that the members of a group share this column's value."""
    if name not in CONTACT_COLUMNS:
        return members.kind.cases(*_OF_COMPANY.items(), else_=0.0)
    # behind one landline sit several people, behind one mobile number sits one
    number = members.phone_key
    is_mobile = number.re_search(r"^\+861[3-9]\d{9}$")
    if "mobile" in members.columns:
        is_mobile = is_mobile | (~number.startswith("+86") & members.mobile.startswith(number)).fill_null(False)
    sure = (members.kind == SAME_PHONE) & is_mobile
    return sure.ifelse(_SAME_MOBILE, members.kind.cases(*_OF_PERSON.items(), else_=0.0))


def _elect(cells: ibis.Table, choices: Mapping[str, str]) -> ibis.Table:
    """Return the value that each group gives each column, and how far its members agree."""
    votes = cells.filter(cells.shown.notnull(), cells.usable, ~cells.borrowed)
    counted = votes.group_by("kind", "key", "column", value=votes.shown).agg(
        n=votes.count(), day=votes.day.max(), rank=votes["rank"].min()
    )
    choice = counted["column"].cases(*choices.items(), else_="majority")
    age = counted.day.cast("timestamp").epoch_seconds()
    lead = ibis.cases((choice == "newest", age.fill_null(-1)), (choice == "trusted", -counted["rank"]), else_=counted.n)
    led = counted.mutate(lead=lead, choice=choice)
    group = [led.kind, led.key, led["column"]]
    order = [led.lead.desc(), led.n.desc(), led.day.desc(nulls_first=False), led["rank"], led.value]
    chosen = led.mutate(
        place=ibis.row_number().over(group_by=group, order_by=order),
        ties=led.count().over(group_by=[*group, led.lead]),
        votes=led.n.sum().over(group_by=group),
    ).filter(lambda t: t.place == 0)
    agreement = (chosen.choice == "majority").ifelse(chosen.n / chosen.votes, 1 / chosen.ties)
    names = ("kind", "key", "column", "value", "votes")
    return chosen.select(**{f"best__{name}": chosen[name] for name in names}, best__agreement=agreement)


def _is_outvoted(pairs: ibis.Table, columns: Iterable[str]) -> ibis.Value:
    """Whether most records of a customer contradict a value that is of the company, not of a person."""
    shared = [name for name in columns if name not in CONTACT_COLUMNS]
    enough = (pairs.best__votes >= _LEAST_VOTES) & (pairs.best__agreement * 3 >= 2) & (pairs.best__agreement < 1)
    return pairs["column"].isin(shared) & enough if shared else ibis.literal(False)


def _with_borrowed(repaired: ibis.Table, changes: ibis.Table) -> ibis.Table:
    """Write down which columns of a record hold another record's value, so that it is not taken for a second voice."""
    taken = changes.filter(changes.rule != _TYPO)
    lists = taken.group_by(lent__system="source_system", lent__number="source_id").agg(
        lent__columns=taken["column"].group_concat(",", order_by=taken["column"])
    )
    system = repaired.source_system.fill_null("") if "source_system" in repaired.columns else ibis.literal("")
    number = repaired[record_key(repaired)[-1]].cast("string")
    joined = repaired.left_join(lists, [system == lists.lent__system, number == lists.lent__number])
    before = joined[BORROWED] if BORROWED in repaired.columns else ibis.literal("")
    both = before + "," + joined.lent__columns.fill_null("")
    kept = [name for name in repaired.columns if name != BORROWED]
    return joined.select(*kept, both.re_replace("^,+|,+$", "").name(BORROWED))


def _with_flags(repaired: ibis.Table, changes: ibis.Table) -> ibis.Table:
    """Take away the flags that the new values no longer deserve."""
    column = changes["column"]
    parts = {"phone": ("mobile", "phone"), "email": ("email",), "tax_id": ("tax_id",)}
    touched = changes.group_by(touched__system="source_system", touched__number="source_id").agg(
        **{f"touched__{part}": column.isin(names).any() for part, names in parts.items()}
    )
    system = repaired.source_system.fill_null("") if "source_system" in repaired.columns else ibis.literal("")
    number = repaired[record_key(repaired)[-1]].cast("string")
    joined = repaired.left_join(touched, [system == touched.touched__system, number == touched.touched__number])
    phone, email, tax_id = (joined[f"touched__{part}"].fill_null(False) for part in parts)
    readable = [
        (joined[name].isnull() | joined[name].startswith("+")) for name in parts["phone"] if name in joined.columns
    ]
    flags = ibis.literal(",") + joined["flags"] + ","
    gone = {
        "BAD_PHONE": phone & ibis.and_(*readable),
        "BAD_EMAIL": email,
        "BAD_TAX_ID": tax_id,
        "NO_CONTACT": phone | email,
    }
    for code, holds in gone.items():
        flags = holds.ifelse(flags.replace(f",{code},", ","), flags)
    return joined.mutate(flags=flags.re_replace("^,+|,+$", "")).select(*repaired.columns)
