"""Checks: how many rows of a table are as they should be, which are not, and how bad that is.

A check looks at each row of one table: it holds, it does not, or there is nothing to look at. All checks of a table
are counted in one pass; the rows behind them are worked out only when somebody asks for them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import pandas as pd

from custinsight.clean.check_sets import Check, Prepared, Setting
from custinsight.clean.checks_customers import customer_checks
from custinsight.clean.checks_documents import (
    feedback_checks,
    interaction_checks,
    other_checks,
    owner_checks,
    receivable_checks,
    target_checks,
    transaction_checks,
)
from custinsight.clean.checks_own import own_checks
from custinsight.engine import Tabular, as_table, collect, without_null_types
from custinsight.errors import DataError
from custinsight.plan_quality import OwnCheck, Quality, QualityLimits
from custinsight.tables import TABLES

_MAKERS = {
    "customers": customer_checks,
    "transactions": transaction_checks,
    "receivables": receivable_checks,
    "interactions": interaction_checks,
    "feedback": feedback_checks,
    "owners": owner_checks,
    "targets": target_checks,
}
COLUMNS = ("code", "dimension", "table", "field", "numerator", "denominator", "share", "severity", "name", "why")


@dataclass(frozen=True)
class Checked:
    """Tables that were checked.

    Parameters
    ----------
    table : pandas.DataFrame
        One row per check: code, dimension, table, field, numerator (rows in order), denominator (rows looked at),
        share (of the rows that are not in order), severity (``pass``, ``warn``, ``fail``), and name and why of a
        check of the plan's own. Checks with nothing to look at are left out.
    prepared : tuple of Prepared
        The tables with what each check found in each row, lazy.
    """

    table: pd.DataFrame
    prepared: tuple[Prepared, ...] = field(repr=False)

    @property
    def rows(self) -> ibis.Table:
        """One row per check and row that is not in order, lazy.

        code, table, source_system, source_id, customer_id (golden where links were given), owner_id, amount (net, of
        a sales line of the last year), value (what was looked at, as text: personal).
        """
        return ibis.union(*(failing_rows(each) for each in self.prepared))


def check_records(
    tables: Mapping[str, Tabular],
    *,
    as_of: dt.date,
    rules: Quality | None = None,
    own: Sequence[OwnCheck] = (),
    no_contact_days: int = 90,
) -> Checked:
    """Check tables of an audit, each by itself and against each other.

    Parameters
    ----------
    tables : mapping of str to table
        Canonical tables by name; customers as :func:`~custinsight.clean.clean_customers` returns them. ``links`` may
        stand among them: then customers are counted by their golden numbers. Checks that need a table or a column
        that is not there are left out, as are those of fields without any value.
    as_of : datetime.date
        Day by which timeliness is judged.
    rules : Quality, optional
        Fields that have to be there, limits, and days after which a record is stale.
    own : sequence of OwnCheck
        Checks of the plan's own.
    no_contact_days : int
        A customer without a contact for more days than this is neglected.

    Returns
    -------
    Checked

    Raises
    ------
    PlanError
        The expression of an own check cannot be used; the sentence names it.
    DataError
        A table is not one of the canonical ones.

    Examples
    --------
    >>> from custinsight.clean import clean_customers
    >>> given = {"source_id": ["1", "2"], "customer_name": ["Ann", "Bob"], "email": ["ann@example.com", "bob@"]}
    >>> customers = clean_customers(pd.DataFrame(given)).table
    >>> checked = check_records({"customers": customers}, as_of=dt.date(2024, 12, 31))
    >>> found = checked.table.set_index("code").loc["VALID_EMAIL"]
    >>> int(found["numerator"]), int(found["denominator"]), found["severity"]
    (1, 2, 'fail')
    """
    if unknown := sorted(set(tables) - {*TABLES, "links"}):
        raise DataError("The table must be one of {known}, got {name}.", known=", ".join(TABLES), name=unknown[0])
    given = {name: without_null_types(as_table(table), TABLES.get(name)) for name, table in tables.items()}
    rules = rules or Quality()
    setting = Setting(given, as_of, rules, no_contact_days)
    prepared = []
    for name in TABLES:
        if name in given:
            made = _MAKERS[name](setting) if name in _MAKERS else other_checks(setting, name)
            mine = tuple(check for check in own if check.table == name)
            prepared.append(made.extended(own_checks(made.table, mine)).ready())
    frames = [_count(each, rules) for each in prepared]
    found = pd.concat(frames, ignore_index=True) if frames else _frame([])
    there = set(found["code"])
    return Checked(found, tuple(each.only(there) for each in prepared))


def _count(prepared: Prepared, rules: Quality) -> pd.DataFrame:
    """Count all checks of a table in one pass."""
    if not prepared.checks:
        return _frame([])
    counts = collect(prepared.table.aggregate(**prepared.counts())).iloc[0]
    rows = []
    for n, check in enumerate(prepared.checks):
        good, looked_at = int(counts[f"n__{n}"]), int(counts[f"d__{n}"])
        never_filled = check.dimension == "completeness" and not good
        if looked_at and not never_filled:
            rows.append(_row(check, good, looked_at, rules))
    return _frame(rows)


def _row(check: Check, good: int, looked_at: int, rules: Quality) -> tuple[object, ...]:
    share = (looked_at - good) / looked_at
    severity: str
    if check.own is not None:
        severity = check.own.severity if share > check.own.allowed else "pass"
        name, why = check.own.name, check.own.why
    else:
        severity, name, why = _severity(share, getattr(rules, check.dimension)), "", ""
    return (check.code, check.dimension, check.table, check.field, good, looked_at, share, severity, name, why)


def _severity(share: float, limits: QualityLimits) -> str:
    return "fail" if share > limits.fail else "warn" if share > limits.warn else "pass"


def _frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    texts = dict.fromkeys(COLUMNS, "str")
    numbers = {"numerator": "int64", "denominator": "int64", "share": "float64"}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(texts | numbers)


def failing_rows(prepared: Prepared) -> ibis.Table:
    """Return one row per check and row that is not in order; see :attr:`Checked.rows`."""
    table = prepared.with_repetitions()
    codes = ibis.literal("")
    for n, check in enumerate(prepared.checks):
        failed = (~table[f"good__{n}"]).fill_null(False)
        codes = codes + failed.ifelse(f",{check.code}", "")
    table = table.mutate(check__codes=codes).filter(lambda t: t.check__codes != "")
    each = table.mutate(code=table.check__codes.substr(1).split(",").unnest())
    pairs = [(check.code, each[f"value__{n}"]) for n, check in enumerate(prepared.checks)]
    value = each.code.cases(*pairs, else_=ibis.null("string")) if pairs else ibis.null("string")
    return each.select(
        code=each.code,
        table=ibis.literal(prepared.name),
        source_system=each.row__system,
        source_id=each.row__number,
        customer_id=each.row__customer,
        owner_id=each.row__owner,
        amount=each.row__amount,
        value=value,
    )
