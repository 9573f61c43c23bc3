"""The checks of everything but customer records: sales lines, receivables, contacts, feedback, salespeople, targets."""

from __future__ import annotations

import datetime as dt

import ibis

from custinsight.clean.check_sets import (
    Check,
    Prepared,
    Setting,
    code_of,
    completeness,
    has,
    in_order,
    reference,
    with_row,
)
from custinsight.tables import MONEY

YEAR = 365
"""Days of the revenue that a row of the sales lines is weighed by."""


def transaction_checks(setting: Setting) -> Prepared:
    """Make the sales lines ready for their checks."""
    table = _ready(setting, "transactions", ("doc_id", "line_no"))
    if has(table, "amount_net", "doc_date"):
        last_year = table.doc_date > ibis.literal(setting.as_of - dt.timedelta(days=YEAR))
        nothing = ibis.literal(0).cast(MONEY)
        table = table.mutate(row__amount=last_year.ifelse(table.amount_net.cast(MONEY), nothing))
    checks = [
        *completeness(table, "transactions", ("owner_id", "category", "cost", "channel")),
        *_customers(table, setting, "transactions"),
        *_owners(table, setting, "transactions"),
        *_lines_once(table),
        *_same_sign(table, "amount_net", "amount_gross"),
    ]
    return Prepared("transactions", table, tuple(checks))


def receivable_checks(setting: Setting) -> Prepared:
    """Make the receivables ready for their checks."""
    table = _ready(setting, "receivables", ("doc_id",))
    checks = [
        *_customers(table, setting, "receivables"),
        *in_order(table, "receivables", "doc_date", "due_date"),
        *in_order(table, "receivables", "doc_date", "paid_date"),
    ]
    if has(table, "amount", "amount_open"):
        # credit notes are negative, and so is what is open of them
        good = table.amount_open.abs() <= table.amount.abs()
        value = table.amount_open.cast("string") + " / " + table.amount.cast("string")
        checks.append(Check("RECEIVABLES_OPEN_PART", "accuracy", "receivables", "amount_open", good, value))
    return Prepared("receivables", table, tuple(checks))


def interaction_checks(setting: Setting) -> Prepared:
    """Make the contacts with customers ready for their checks."""
    table = _ready(setting, "interactions", ("interaction_id",))
    checks = [*_customers(table, setting, "interactions"), *_owners(table, setting, "interactions")]
    return Prepared("interactions", table, tuple(checks))


def feedback_checks(setting: Setting) -> Prepared:
    """Make complaints and feedback ready for their checks."""
    table = _ready(setting, "feedback", ("feedback_id",))
    checks = [
        *_customers(table, setting, "feedback"),
        *in_order(table, "feedback", "at", "first_response_at"),
        *in_order(table, "feedback", "at", "resolved_at"),
    ]
    if has(table, "score", "score_max"):
        good = table.score.between(0, table.score_max)
        value = table.score.cast("string") + " / " + table.score_max.cast("string")
        checks.append(Check("FEEDBACK_SCORE_RANGE", "accuracy", "feedback", "score", good, value))
    return Prepared("feedback", table, tuple(checks))


def owner_checks(setting: Setting) -> Prepared:
    """Make the salespeople ready for their checks."""
    table = _ready(setting, "owners", ("owner_id",))
    checks = list(reference(table, "owners", "manager_id", setting.known("owners", "owner_id")))
    if "owner_id" in table.columns:
        key = table.owner_id
        checks.append(Check("OWNERS_UNIQUE_OWNER_ID", "uniqueness", "owners", "owner_id", None, key, key=key))
    return Prepared("owners", table, tuple(checks))


def target_checks(setting: Setting) -> Prepared:
    """Make the sales targets ready for their checks."""
    table = _ready(setting, "targets", ("owner_id", "period"))
    return Prepared("targets", table, tuple(_owners(table, setting, "targets")))


def other_checks(setting: Setting, name: str) -> Prepared:
    """Make a table ready that only checks of the plan's own look at."""
    return Prepared(name, _ready(setting, name, tuple(setting.tables[name].columns[:2])), ())


def _ready(setting: Setting, name: str, number: tuple[str, ...]) -> ibis.Table:
    """Add what tells a row apart; its customer is the golden one where there are links."""
    table = with_row(setting.tables[name], number)
    links = setting.tables.get("links")
    if links is None or "customer_id" not in table.columns:
        return table
    known = links.select(link__record="customer_id", link__golden="golden_id").distinct(on="link__record", keep="first")
    joined = table.left_join(known, table.customer_id == known.link__record)
    return joined.mutate(row__customer=ibis.coalesce(joined.link__golden, joined.row__customer))


def _customers(table: ibis.Table, setting: Setting, name: str) -> list[Check]:
    return reference(table, name, "customer_id", setting.known("customers", "customer_id"))


def _owners(table: ibis.Table, setting: Setting, name: str) -> list[Check]:
    return reference(table, name, "owner_id", setting.known("owners", "owner_id"))


def _lines_once(table: ibis.Table) -> list[Check]:
    """A line of a document counts once; documents without line numbers cannot be told from repeated ones."""
    if not has(table, "doc_id", "customer_id", "line_no"):
        return []
    parts = (table.row__system, table.customer_id, table.doc_id.cast("string"), table.line_no.cast("string"))
    # null as soon as one part is: such a line is not looked at
    key = parts[0] + "\x1f" + parts[1] + "\x1f" + parts[2] + "\x1f" + parts[3]
    code = code_of("UNIQUE", "transactions", "line_no")
    return [Check(code, "uniqueness", "transactions", "line_no", None, table.row__number, key=key)]


def _same_sign(table: ibis.Table, net: str, gross: str) -> list[Check]:
    """Net and gross of a line have the same sign, and the gross amount is not the smaller one."""
    if not has(table, net, gross):
        return []
    one, other = table[net], table[gross]
    good = ((one >= 0) & (other >= one)) | ((one <= 0) & (other <= one))
    value = one.cast("string") + " / " + other.cast("string")
    return [Check("TRANSACTIONS_NET_AND_GROSS", "accuracy", "transactions", "amount_gross", good, value)]
