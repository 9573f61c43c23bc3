"""What a check is, and a table made ready for its checks: one column per check with what it found in each row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import ibis

from custinsight.plan_quality import OwnCheck, Quality
from custinsight.tables import MONEY


@dataclass(frozen=True, eq=False)
class Setting:
    """What checks look at beside the row itself.

    Parameters
    ----------
    tables : mapping of str to ibis.Table
        Canonical tables by name, ``links`` among them where duplicates were found.
    as_of : datetime.date
    rules : Quality
    no_contact_days : int
    """

    tables: Mapping[str, ibis.Table]
    as_of: dt.date
    rules: Quality
    no_contact_days: int

    def known(self, table: str, column: str) -> ibis.Table | None:
        """Return the distinct values of another table's column; None where there are none to compare with."""
        given = self.tables.get(table)
        if given is None or column not in given.columns:
            return None
        values = given.select(known=given[column].cast("string")).filter(lambda t: t.known.notnull()).distinct()
        return values if bool(values.limit(1).count().to_pyarrow().as_py()) else None


@dataclass(frozen=True, eq=False)
class Check:
    """One check of one table.

    Parameters
    ----------
    code : str
    dimension : str
        ``completeness``, ``validity``, ``accuracy``, ``uniqueness``, ``consistency`` or ``timeliness``.
    table, field : str
        What it looks at.
    good : ibis boolean or None
        Whether it holds in a row; null where there is nothing to look at. None for a check of repetitions.
    value : ibis value
        What was looked at, for the examples.
    key : ibis value or None
        For a check of repetitions: the value that must not come twice.
    own : OwnCheck or None
        The plan's words where the check is one of its own.
    """

    code: str
    dimension: str
    table: str
    field: str
    good: ibis.Value | None
    value: ibis.Value
    key: ibis.Value | None = None
    own: OwnCheck | None = None


@dataclass(frozen=True, eq=False)
class Prepared:
    """A table and its checks.

    Parameters
    ----------
    name : str
    table : ibis.Table
        With row__system, row__number, row__customer, row__owner, row__amount.
    checks : tuple of Check
    """

    name: str
    table: ibis.Table
    checks: tuple[Check, ...]

    def extended(self, checks: Iterable[Check]) -> Prepared:
        """Add checks of the same table."""
        return replace(self, checks=(*self.checks, *checks))

    def ready(self) -> Prepared:
        """Keep what tells rows apart, and ``good__n``, ``value__n`` and ``key__n`` of the n-th check."""
        found = {}
        for n, check in enumerate(self.checks):
            found[f"value__{n}"] = check.value.cast("string")
            if check.good is not None:
                found[f"good__{n}"] = check.good
            if check.key is not None:
                found[f"key__{n}"] = check.key.cast("string")
        return replace(self, table=self.table.select(*_ROW, **found))

    def only(self, codes: set[str]) -> Prepared:
        """Keep the checks with these codes."""
        kept = [n for n, check in enumerate(self.checks) if check.code in codes]
        parts = ("value", "good", "key")
        columns = {
            f"{part}__{new}": self.table[f"{part}__{old}"]
            for new, old in enumerate(kept)
            for part in parts
            if f"{part}__{old}" in self.table.columns
        }
        return replace(self, table=self.table.select(*_ROW, **columns), checks=tuple(self.checks[n] for n in kept))

    def counts(self) -> dict[str, ibis.Value]:
        """Return ``n__`` (rows in order) and ``d__`` (rows looked at) of each check, to be aggregated."""
        parts: dict[str, ibis.Value] = {}
        for n, check in enumerate(self.checks):
            if check.key is not None:
                parts[f"n__{n}"], parts[f"d__{n}"] = self.table[f"key__{n}"].nunique(), self.table[f"key__{n}"].count()
            else:
                good = self.table[f"good__{n}"]
                parts[f"n__{n}"], parts[f"d__{n}"] = good.sum().fill_null(0), good.count()
        return parts

    def with_repetitions(self) -> ibis.Table:
        """Give the checks of repetitions their ``good__n``: all but the first row of a value are too many."""
        found = {}
        for n, check in enumerate(self.checks):
            if check.key is not None:
                key = self.table[f"key__{n}"]
                order = [self.table.row__system, self.table.row__number]
                place = ibis.row_number().over(group_by=key, order_by=order)
                found[f"good__{n}"] = key.isnull().ifelse(ibis.null("boolean"), place == 0)
        return self.table.mutate(**found) if found else self.table


_ROW = ("row__system", "row__number", "row__customer", "row__owner", "row__amount")


def with_row(table: ibis.Table, number: Sequence[str]) -> ibis.Table:
    """Add what tells a row apart and whose it is.

    Parameters
    ----------
    table : ibis.Table
    number : sequence of str
        Columns that make the row's number in its system; those that are there are joined by ``/``.
    """
    there = [table[name].cast("string").fill_null("") for name in number if name in table.columns]
    joined = there[0] if there else ibis.literal("")
    for part in there[1:]:
        joined = joined + "/" + part
    return table.mutate(
        row__system=text(table, "source_system").fill_null(""),
        row__number=joined,
        row__customer=text(table, "customer_id"),
        row__owner=text(table, "owner_id"),
        row__amount=ibis.null(MONEY),
    )


def text(table: ibis.Table, name: str) -> ibis.Value:
    """Return a column as text; null where the table has none."""
    return table[name].cast("string") if name in table.columns else ibis.null("string")


def has(table: ibis.Table, *names: str) -> bool:
    """Whether a table has all these columns."""
    return set(names) <= set(table.columns)


def where(given: ibis.Value, good: ibis.Value) -> ibis.Value:
    """Look only at the rows in which something is given.

    Examples
    --------
    >>> where(ibis.literal(False), ibis.literal(True)).execute() is None
    True
    """
    return given.fill_null(False).ifelse(good, ibis.null("boolean"))


def completeness(table: ibis.Table, name: str, fields: Iterable[str], least: ibis.Value | None = None) -> list[Check]:
    """Check that fields have a value; ``least`` says in which rows they have to."""
    return [
        Check(
            code=code_of("HAS", name, column),
            dimension="completeness",
            table=name,
            field=column,
            good=table[column].notnull() if least is None else where(least, table[column].notnull()),
            value=table.row__number,
        )
        for column in fields
        if column in table.columns
    ]


def reference(table: ibis.Table, name: str, column: str, known: ibis.Table | None, code: str = "") -> list[Check]:
    """Check that what a column names stands in another table."""
    if known is None or column not in table.columns:
        return []
    own = table[column].cast("string")
    code = code or code_of("KNOWN", name, column)
    return [Check(code, "consistency", name, column, own.isin(known.known), own)]


def in_order(table: ibis.Table, name: str, earlier: str, later: str) -> list[Check]:
    """Check that one day is not after another."""
    if not has(table, earlier, later):
        return []
    value = table[earlier].cast("string") + " / " + table[later].cast("string")
    code = code_of("ORDER", name, later)
    return [Check(code, "consistency", name, later, table[earlier] <= table[later], value)]


def code_of(kind: str, table: str, column: str) -> str:
    """Make a check's code; those of customers do without the table.

    Examples
    --------
    >>> code_of("HAS", "customers", "tax_id"), code_of("KNOWN", "transactions", "owner_id")
    ('HAS_TAX_ID', 'TRANSACTIONS_KNOWN_OWNER_ID')
    """
    prefix = "" if table == "customers" else f"{table}_"
    return f"{prefix}{kind}_{column}".upper()
