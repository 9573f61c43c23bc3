"""Checks of the plan's own: a name, a table, and an expression that must hold in each of its rows, without code.

The expressions are parsed and rebuilt node by node like the computed columns of a source; nothing of the plan's text
reaches the engine as text. As in SQL, a comparison with a missing value is neither true nor false: such a row is not
looked at, unless the expression says ``is null`` or ``is not null``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import ibis
from ibis.expr.types import Value

from custinsight.clean.check_sets import Check
from custinsight.clean.conditions import ConditionBuilder
from custinsight.engine import empty_table
from custinsight.errors import PlanError, SourceError
from custinsight.ingest.expressions import RefusedError, column_names, parse_expression
from custinsight.plan_quality import OwnCheck
from custinsight.tables import TABLES

ALLOWED = (
    "the columns of the table, 'text', numbers, date '2024-12-31', = <> < <= > >=, in, between, like, is null, "
    "and, or, not, + - * /, ||, coalesce, nullif, trim, upper, lower, substr, replace, abs, round, length, case"
)


def require_own_checks(checks: Iterable[OwnCheck]) -> None:
    """Refuse checks whose expressions cannot be used, before anything is read.

    Raises
    ------
    PlanError
        Names the key ``checks.<name>.holds``.

    Examples
    --------
    >>> require_own_checks([OwnCheck(name="sign", table="transactions", holds="amount_net > 'a lot'")])
    Traceback (most recent call last):
    custinsight.errors.PlanError: checks.sign.holds must be made of the columns of the table, ... got "'a lot'".
    """
    for check in checks:
        own_checks(empty_table(TABLES[check.table]), [check])


def own_checks(table: ibis.Table, checks: Sequence[OwnCheck]) -> list[Check]:
    """Make checks of expressions over a table.

    Parameters
    ----------
    table : ibis.Table
        Columns of the canonical table that it lacks are taken as empty.
    checks : sequence of OwnCheck
        All of this table.

    Returns
    -------
    list of Check

    Raises
    ------
    PlanError
        An expression cannot be used; the sentence names it.
    """
    return [_make(table, check) for check in checks]


def _make(table: ibis.Table, check: OwnCheck) -> Check:
    try:
        tree = parse_expression(check.holds, source="", column="")
        names = column_names(tree)
        good = ConditionBuilder(_columns(table, check, names)).condition(tree)
    except SourceError as refused:
        raise _error(check, str(refused.message.values["part"])) from None
    except RefusedError as refused:
        raise _error(check, repr(str(refused))[:120]) from None
    except (TypeError, ValueError, AttributeError, KeyError, RecursionError, ibis.common.exceptions.IbisError):
        raise _error(check, repr(check.holds)[:120]) from None
    shown = [_shown(table, name) for name in names] or [ibis.literal("")]
    value = shown[0]
    for part in shown[1:]:
        value = value + " / " + part
    field = names[0] if len(names) == 1 else ""
    return Check(f"OWN_{check.name}", check.dimension, check.table, field, good, value, own=check)


def _columns(table: ibis.Table, check: OwnCheck, names: Iterable[str]) -> dict[str, Value]:
    """Return the named columns in their canonical types."""
    spec, found = TABLES[check.table], {}
    for name in names:
        if name not in spec.names:
            raise PlanError(
                "checks.{name}.holds must name columns of {table}, got {column}. Known are {known}.",
                name=check.name,
                table=check.table,
                column=name[:60],
                known=", ".join(spec.names),
            )
        kind = spec[name].dtype
        found[name] = table[name].cast(kind) if name in table.columns else ibis.null(kind)
    return found


def _shown(table: ibis.Table, name: str) -> Value:
    return (table[name].cast("string") if name in table.columns else ibis.null("string")).fill_null("-")


def _error(check: OwnCheck, part: str) -> PlanError:
    return PlanError(
        "checks.{name}.holds must be made of {allowed}, got {part}.", name=check.name, allowed=ALLOWED, part=part
    )
