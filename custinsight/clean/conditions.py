"""Conditions over columns that have types: text, numbers, days, and yes or no."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis
from ibis.expr.types import BooleanValue, Value
from sqlglot import exp

from custinsight.ingest.expressions import NUMBER, Builder, RefusedError

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "__eq__",
    exp.NEQ: "__ne__",
    exp.LT: "__lt__",
    exp.LTE: "__le__",
    exp.GT: "__gt__",
    exp.GTE: "__ge__",
}
_RECKONINGS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.Abs, exp.Round, exp.Length)


class ConditionBuilder(Builder):
    """Rebuilds a condition; like the expressions of a source, but each column has its own type.

    A comparison with a missing value is neither true nor false, as in SQL.

    Parameters
    ----------
    columns : mapping of str to ibis value
        Columns by name, in their types.
    """

    columns: Mapping[str, Value]

    def __init__(self, columns: Mapping[str, Value]) -> None:
        # the parts of the base are frozen fields
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "text_of", self._text_column)
        object.__setattr__(self, "number_of", self._number_column)
        object.__setattr__(self, "day_of", lambda text: text.try_cast("date"))

    def condition(self, node: exp.Expr) -> BooleanValue:
        """Build a condition; anything else is refused."""
        node = node.unnest()
        if isinstance(node, exp.And):
            return self.condition(node.this) & self.condition(node.expression)
        if isinstance(node, exp.Or):
            return self.condition(node.this) | self.condition(node.expression)
        if isinstance(node, exp.Not):
            return ~self.condition(node.this)
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            return self._value(node.this, self._kind(node.this)).isnull()
        if isinstance(node, exp.In) and node.expressions and not node.args.get("query"):
            return self._in(node)
        if isinstance(node, exp.Between):
            return self._between(node)
        if isinstance(node, exp.Like) and isinstance(node.expression, exp.Literal) and node.expression.is_string:
            return self.text(node.this).like(node.expression.name)
        if type(node) in _COMPARISONS:
            return self.compare(node)
        if isinstance(node, exp.Column) and self._column(node).type().is_boolean():
            return self._column(node)
        raise RefusedError(node.sql())

    def compare(self, node: exp.Expr) -> BooleanValue:
        """Compare two sides of one kind; a text beside a day is read as a day."""
        kind = self._common(node.this, node.expression)
        left, right = self._value(node.this, kind), self._value(node.expression, kind)
        return getattr(left, _COMPARISONS[type(node)])(right)

    def is_numeric(self, node: exp.Expr) -> bool:
        """Whether a node is a number."""
        return self._kind(node) == "number"

    def build(self, node: exp.Expr) -> Value:
        """Build a node of any kind."""
        node = node.unnest()
        if isinstance(node, exp.Length):
            return self.text(node.this).length().cast(NUMBER)
        return super().build(node)

    def _in(self, node: exp.In) -> BooleanValue:
        kind = self._common(node.this, *node.expressions)
        return self._value(node.this, kind).isin([self._value(part, kind) for part in node.expressions])

    def _between(self, node: exp.Between) -> BooleanValue:
        low, high = node.args["low"], node.args["high"]
        kind = self._common(node.this, low, high)
        return self._value(node.this, kind).between(self._value(low, kind), self._value(high, kind))

    def _common(self, *nodes: exp.Expr) -> str:
        """Return the kind in which values are compared."""
        if any(isinstance(node.unnest(), exp.Null) for node in nodes):
            raise RefusedError("null")
        kinds = {self._kind(node) for node in nodes}
        return next((kind for kind in ("day", "number", "flag") if kind in kinds), "text")

    def _kind(self, node: exp.Expr) -> str:
        node = node.unnest()
        if isinstance(node, exp.Column):
            kind = self._column(node).type()
            return (
                "day" if kind.is_date() else "number" if kind.is_numeric() else "flag" if kind.is_boolean() else "text"
            )
        if isinstance(node, _RECKONINGS) or (isinstance(node, exp.Literal) and not node.is_string):
            return "number"
        if isinstance(node, exp.Boolean):
            return "flag"
        if isinstance(node, exp.Cast):
            return "day"
        if isinstance(node, exp.Coalesce | exp.Nullif | exp.Case):
            return next((kind for kind in map(self._kind, _branches(node)) if kind != "text"), "text")
        return "text"

    def _value(self, node: exp.Expr, kind: str) -> Value:
        if kind == "number":
            return self.number(node)
        if kind == "day":
            return self._day(node)
        return self._flag(node) if kind == "flag" else self.text(node)

    def _day(self, node: exp.Expr) -> Value:
        node = node.unnest()
        if isinstance(node, exp.Cast) and node.to.is_type("date"):
            node = node.this
        if isinstance(node, exp.Literal) and node.is_string:
            try:
                return ibis.literal(dt.date.fromisoformat(node.name))
            except ValueError:
                raise RefusedError(node.sql()) from None
        if isinstance(node, exp.Coalesce | exp.Nullif | exp.Case):
            return self.choice(node, self._day)
        if isinstance(node, exp.Column) and self._column(node).type().is_date():
            return self._column(node)
        raise RefusedError(node.sql())

    def _flag(self, node: exp.Expr) -> Value:
        node = node.unnest()
        return ibis.literal(bool(node.this)) if isinstance(node, exp.Boolean) else self.condition(node)

    def _column(self, node: exp.Expr) -> Value:
        if node.args.get("table") or node.name not in self.columns:
            raise RefusedError(node.sql())
        return self.columns[node.name]

    def _text_column(self, name: str) -> Value:
        column = self.columns[name]
        if not column.type().is_string():
            raise RefusedError(name)
        return column

    def _number_column(self, name: str) -> Value:
        column = self.columns[name]
        if not column.type().is_numeric():
            raise RefusedError(name)
        return column.try_cast(NUMBER)


def _branches(node: exp.Expr) -> list[exp.Expr]:
    """Return the results that a choice may have."""
    if isinstance(node, exp.Case):
        default = node.args.get("default")
        return [part.args["true"] for part in node.args["ifs"]] + ([default] if default else [])
    return [node.this, *node.expressions] if isinstance(node, exp.Coalesce) else [node.this]
