"""Segments by rules of the user's own: a name and a condition over what is known of a customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import ibis
from ibis.expr.types import BooleanValue

from custinsight.clean.checks_own import ALLOWED
from custinsight.clean.conditions import ConditionBuilder
from custinsight.engine import Tabular, as_table, like, require_columns
from custinsight.errors import PlanError, SourceError
from custinsight.ingest.expressions import RefusedError, column_names, parse_expression


class RuleLike(Protocol):
    """Anything with a name and a condition, such as a ``[[segments]]`` of the plan."""

    @property
    def name(self) -> str:
        """What the segment is called."""

    @property
    def when(self) -> str:
        """What must be true of its customers."""


@dataclass(frozen=True)
class Rule:
    """A segment: its name, and what must be true of its customers, such as ``"region = '华东' and spend > 10000"``."""

    name: str
    when: str


def own_segments(customers: Tabular, rules: Sequence[RuleLike], columns: Mapping[str, str] | None = None) -> Any:
    """One row per segment and customer in it; a customer may be in several, or in none.

    Parameters
    ----------
    customers : pandas frame, Arrow table or ibis table
        customer_id and whatever the conditions speak of, one row per customer.
    rules : sequence of Rule
        Conditions as in the ``holds`` of the plan's checks; a comparison with a missing value does not hold.
    columns : mapping of str to str, optional
        Type of each column that a condition may name; those of the table if not given. A named one that the table
        lacks is empty.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        segment, customer_id, in the order of the rules and by customer unless lazy.

    Raises
    ------
    PlanError
        A condition cannot be used; the sentence names ``segments.<name>.when``.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"customer_id": ["a", "b"], "region": ["east", "west"], "spend": [900.0, 80.0]})
    >>> own_segments(frame, [Rule("big in the east", "region = 'east' and spend >= 500")]).values.tolist()
    [['big in the east', 'a']]
    """
    table = as_table(customers)
    require_columns(table, ("customer_id",), name="The table of customers")
    known = dict(columns) if columns is not None else {name: str(kind) for name, kind in table.schema().items()}
    parts = []
    for place, rule in enumerate(rules):
        inside = table.filter(condition_of(rule, table, known).fill_null(False))
        parts.append(
            inside.select(place=ibis.literal(place), segment=ibis.literal(rule.name), customer_id="customer_id")
        )
    if not parts:
        parts = [table.limit(0).select(place=ibis.literal(0), segment=ibis.literal(""), customer_id="customer_id")]
    both = ibis.union(*parts) if len(parts) > 1 else parts[0]
    if isinstance(customers, ibis.Table):
        return both.drop("place")
    return like(both.order_by("place", "customer_id").drop("place"), customers)


def require_own_segments(rules: Iterable[RuleLike], columns: Mapping[str, str]) -> None:
    """Refuse rules whose conditions cannot be used, before anything is read.

    Raises
    ------
    PlanError
        Names the key ``segments.<name>.when``.

    Examples
    --------
    >>> require_own_segments([Rule("big", "spend > 'a lot'")], {"spend": "float64"})
    Traceback (most recent call last):
    custinsight.errors.PlanError: segments.big.when must be made of the columns of the customer, ... got "'a lot'".
    """
    empty = ibis.memtable(ibis.schema(dict(columns)).to_pyarrow().empty_table())
    for rule in rules:
        condition_of(rule, empty, columns)


def condition_of(rule: RuleLike, table: ibis.Table, columns: Mapping[str, str]) -> BooleanValue:
    """Build the condition of a rule over a table."""
    try:
        tree = parse_expression(rule.when, source="", column="")
        names = column_names(tree)
        _require_known(rule, names, columns)
        found = {
            name: table[name].cast(columns[name]) if name in table.columns else ibis.null(columns[name])
            for name in names
        }
        return ConditionBuilder(found).condition(tree)
    except SourceError as refused:
        raise _error(rule, str(refused.message.values["part"])) from None
    except RefusedError as refused:
        raise _error(rule, repr(str(refused))[:120]) from None
    except (TypeError, ValueError, AttributeError, KeyError, RecursionError, ibis.common.exceptions.IbisError):
        raise _error(rule, repr(rule.when)[:120]) from None


def _require_known(rule: RuleLike, names: Iterable[str], columns: Mapping[str, str]) -> None:
    for name in names:
        if name not in columns:
            raise PlanError(
                "segments.{name}.when must name columns of the customer, got {column}. Known are {known}.",
                name=rule.name,
                column=name[:60],
                known=", ".join(columns),
            )


def _error(rule: RuleLike, part: str) -> PlanError:
    return PlanError(
        "segments.{name}.when must be made of {allowed}, got {part}.",
        name=rule.name,
        allowed=ALLOWED.replace("the table", "the customer"),
        part=part,
    )
