"""Small expressions over a file's columns, as ``computed`` of the plan holds them.

An expression is parsed and rebuilt node by node; whatever is not on the list below is refused. Nothing of the plan's
text reaches the engine as text.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import ibis
import ibis.expr.datatypes as dt
import sqlglot
import sqlglot.errors
from ibis.expr.types import BooleanValue, Value
from sqlglot import exp

from custinsight.errors import SourceError

NUMBER = "decimal(18, 6)"
MAX_LENGTH = 2_000
MAX_NODES = 400
ALLOWED = (
    "columns, 'text', numbers, + - * /, ||, (…), coalesce, nullif, trim, upper, lower, substr, replace, abs, round, "
    "case when … = <> < <= > >= in, is null, and, or, not, days_after(day, number)"
)
_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "__eq__",
    exp.NEQ: "__ne__",
    exp.LT: "__lt__",
    exp.LTE: "__le__",
    exp.GT: "__gt__",
    exp.GTE: "__ge__",
}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "__add__", exp.Sub: "__sub__", exp.Mul: "__mul__"}


class _RefusedError(Exception):
    """A part of an expression that is not allowed; its text is that part."""


@dataclass(frozen=True)
class _Builder:
    """Rebuilds an expression; the callables hand it a column as text and as a number, and the day that a text holds."""

    text_of: Callable[[str], Value]
    number_of: Callable[[str], Value]
    day_of: Callable[[Value], Value]

    def text(self, node: exp.Expr) -> Value:
        value = self.build(node)
        if not value.type().is_string():
            raise _RefusedError(node.sql())
        return value

    def number(self, node: exp.Expr) -> Value:
        """Build a node where a number is wanted; a column is read as one."""
        node = node.unnest()
        if isinstance(node, exp.Column):
            return self.number_of(_column_name(node))
        if isinstance(node, exp.Coalesce | exp.Nullif | exp.Case):
            return self.choice(node, self.number)
        value = self.build(node)
        if not value.type().is_numeric():
            raise _RefusedError(node.sql())
        return value

    def build(self, node: exp.Expr) -> Value:
        """Build a node of any kind; a column is text."""
        node = node.unnest()
        kind = type(node)
        if kind is exp.Column:
            return self.text_of(_column_name(node))
        if kind is exp.Literal:
            return _literal(node)
        if kind is exp.Null:
            return ibis.null(dt.string)
        if kind in _ARITHMETIC or kind in (exp.Div, exp.Neg, exp.Abs, exp.Round):
            return self.arithmetic(node)
        if kind in (exp.Coalesce, exp.Nullif, exp.Case):
            return self.choice(node, self.number if self.is_numeric(node) else self.text)
        return self.text_function(node)

    def arithmetic(self, node: exp.Expr) -> Value:
        left = self.number(node.this)
        if isinstance(node, exp.Neg):
            return (-left).try_cast(NUMBER)
        if isinstance(node, exp.Abs):
            return left.abs().try_cast(NUMBER)
        if isinstance(node, exp.Round):
            return left.round(_whole(node.args.get("decimals"), 0)).try_cast(NUMBER)
        # worked out in double precision and rounded to six digits at each step, so that the result is exact to the
        # cent up to 1e13; the engine's own product of decimals is eighty times slower, or stops where it overflows
        one, other = left.cast("float64"), self.number(node.expression).cast("float64")
        if isinstance(node, exp.Div):
            return (one / other.nullif(0)).try_cast(NUMBER)
        return getattr(one, _ARITHMETIC[type(node)])(other).try_cast(NUMBER)

    def choice(self, node: exp.Expr, branch: Callable[[exp.Expr], Value]) -> Value:
        if isinstance(node, exp.Coalesce):
            return ibis.coalesce(*(branch(part) for part in (node.this, *node.expressions)))
        if isinstance(node, exp.Nullif):
            return branch(node.this).nullif(branch(node.expression))
        whens = [(self.when(node.this, part.this), branch(part.args["true"])) for part in node.args["ifs"]]
        default = node.args.get("default")
        missing = ibis.null(whens[0][1].type())
        return ibis.cases(*whens, else_=missing if default is None else branch(default))

    def is_numeric(self, node: exp.Expr) -> bool:
        """Whether a choice is between numbers: one of its results is one for certain."""
        parts: list[exp.Expr] = [node.this, *node.expressions] if isinstance(node, exp.Coalesce) else [node.this]
        if isinstance(node, exp.Case):
            parts = [part.args["true"] for part in node.args["ifs"]]
            parts += [node.args["default"]] if node.args.get("default") else []
        parts = [part.unnest() for part in parts]
        sure = (*_ARITHMETIC, exp.Div, exp.Neg, exp.Abs, exp.Round)
        return any(
            isinstance(part, sure)
            or (isinstance(part, exp.Literal) and not part.is_string)
            or (isinstance(part, exp.Coalesce | exp.Nullif | exp.Case) and self.is_numeric(part))
            for part in parts
        )

    def when(self, subject: exp.Expr | None, node: exp.Expr) -> BooleanValue:
        """Build a condition; ``case x when 'a'`` compares x with each value."""
        if subject is not None:
            return self.compare(exp.EQ(this=subject.copy(), expression=node.copy()))
        return self.condition(node)

    def condition(self, node: exp.Expr) -> BooleanValue:
        node = node.unnest()
        if isinstance(node, exp.And):
            return self.condition(node.this) & self.condition(node.expression)
        if isinstance(node, exp.Or):
            return self.condition(node.this) | self.condition(node.expression)
        if isinstance(node, exp.Not):
            return ~self.condition(node.this)
        if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
            return self.build(node.this).isnull()
        if isinstance(node, exp.In) and node.expressions and not node.args.get("query"):
            # not isin, which the engine makes a join of, and a join changes the order of rows
            text = self.text(node.this)
            return functools.reduce(operator.or_, (text == self.text(part) for part in node.expressions)).fill_null(
                False
            )
        if type(node) in _COMPARISONS:
            return self.compare(node)
        raise _RefusedError(node.sql())

    def compare(self, node: exp.Expr) -> BooleanValue:
        """Compare as numbers when one side is a number for certain, else as text; nothing equals nothing."""
        sides = (node.this, node.expression)
        numeric = any(self.is_numeric(exp.Coalesce(this=side.copy(), expressions=[])) for side in sides)
        left, right = (self.number(side) if numeric else self.text(side) for side in sides)
        return getattr(left, _COMPARISONS[type(node)])(right).fill_null(False)

    def text_function(self, node: exp.Expr) -> Value:
        if isinstance(node, exp.DPipe):
            return self.text(node.this) + self.text(node.expression)
        if isinstance(node, exp.Upper):
            return self.text(node.this).upper()
        if isinstance(node, exp.Lower):
            return self.text(node.this).lower()
        if isinstance(node, exp.Trim) and set(_given(node)) == {"this"}:
            return self.text(node.this).strip()
        if isinstance(node, exp.Replace) and node.args.get("replacement") is not None:
            return self.text(node.this).replace(self.text(node.expression), self.text(node.args["replacement"]))
        if isinstance(node, exp.Substring):
            start, length = node.args.get("start"), node.args.get("length")
            text = self.text(node.this)
            first = _whole(start, 1) - 1
            if first < 0:
                raise _RefusedError(node.sql())
            return text.substr(first) if length is None else text.substr(first, _whole(length, 0))
        if isinstance(node, exp.Anonymous) and node.name.lower() == "days_after" and len(node.expressions) == 2:
            day, number = node.expressions
            days = self.number(number).try_cast("int64").as_interval("D")
            return (self.day_of(self.text(day)) + days).strftime("%Y-%m-%d")
        raise _RefusedError(node.sql())


def parse_expression(text: str, *, source: str, column: str) -> exp.Expr:
    """Parse an expression and refuse what is none.

    Raises
    ------
    SourceError
        Names the source and the key ``computed.<column>``.
    """
    parsed: list[exp.Expr | None] = []
    if len(text) <= MAX_LENGTH:
        try:
            parsed = list(sqlglot.parse(text, dialect="duckdb"))
        except (sqlglot.errors.SqlglotError, RecursionError):
            parsed = []
    tree = parsed[0] if len(parsed) == 1 else None
    if tree is None or sum(1 for _ in tree.walk()) > MAX_NODES or isinstance(tree, exp.Alias):
        raise _error(source, column, text)
    return tree


def column_names(tree: exp.Expr) -> list[str]:
    """Columns that an expression names, in the order of their appearance.

    Examples
    --------
    >>> column_names(parse_expression('Quantity * "Unit Price"', source="log", column="amount_net"))
    ['Quantity', 'Unit Price']
    """
    return list(dict.fromkeys(_column_name(node) for node in tree.find_all(exp.Column, bfs=False)))


def number_names(tree: exp.Expr, *, source: str, column: str) -> list[str]:
    """Columns that an expression reckons with, and that are therefore read as numbers.

    Raises
    ------
    SourceError
        A part of the expression is not allowed; the sentence names it.

    Examples
    --------
    >>> tree = parse_expression("case when Kind = 'C' then -Amount else Amount end", source="log", column="cost")
    >>> number_names(tree, source="log", column="cost")
    ['Amount']
    """
    found: dict[str, None] = {}

    def number_of(name: str) -> Value:
        found[name] = None
        return ibis.literal(Decimal(0), type=NUMBER)

    build_expression(tree, lambda name: ibis.literal(name), number_of, source=source, column=column)
    return list(found)


def build_expression(
    tree: exp.Expr,
    text_of: Callable[[str], Value],
    number_of: Callable[[str], Value],
    day_of: Callable[[Value], Value] = lambda text: text.try_cast("date"),
    *,
    source: str,
    column: str,
) -> Value:
    """Build an expression over a file's columns.

    Parameters
    ----------
    tree : sqlglot Expression
        Of :func:`parse_expression`.
    text_of, number_of : callable
        Hand on a column of the file as text, and as DECIMAL(18, 6).
    day_of : callable
        Reads the day that a text holds.
    source, column : str
        For errors.

    Returns
    -------
    ibis Value
        Text or DECIMAL(18, 6).

    Raises
    ------
    SourceError
        A part of the expression is not allowed; the sentence names it.
    """
    try:
        return _Builder(text_of, number_of, day_of).build(tree)
    except _RefusedError as refused:
        raise _error(source, column, str(refused)) from None
    except (TypeError, ValueError, AttributeError, RecursionError, ibis.common.exceptions.IbisError):
        raise _error(source, column, tree.sql()) from None


def _error(source: str, column: str, part: str) -> SourceError:
    return SourceError(
        "sources.{source}.computed.{column} must be made of {allowed}, got {part}.",
        source=source,
        column=column,
        allowed=ALLOWED,
        part=repr(part)[:120],
    )


def _column_name(node: exp.Expr) -> str:
    """Name of a column; ``orders.Date`` is the column Date of the lookup orders."""
    parts = [part.name for part in node.args.values() if isinstance(part, exp.Identifier)]
    if isinstance(node.this, exp.Star):
        raise _RefusedError("*")
    return ".".join(reversed(parts)) if len(parts) > 1 else node.name


def _literal(node: exp.Expr) -> Value:
    if node.is_string:
        return ibis.literal(node.name)
    try:
        return ibis.literal(Decimal(node.name), type=NUMBER)
    except (ArithmeticError, ValueError, TypeError):
        raise _RefusedError(node.sql()) from None


def _whole(node: exp.Expr | None, missing: int) -> int:
    if node is None:
        return missing
    if isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit():
        return int(node.name)
    raise _RefusedError(node.sql())


def _given(node: exp.Expr) -> list[str]:
    return [name for name, value in node.args.items() if value not in (None, False, [])]


# what checks of the plan's own build their conditions with
Builder = _Builder
RefusedError = _RefusedError
