"""Conditions over pairs of records, written in SQL by the model's levels and decided in numpy.

Read: texts of one side (columns, ``substr``, ``||``), compared by ``=``, ``starts_with``, ``contains``,
``name_similarity`` and ``text_similarity``; their ``length`` and numbers with ``least``, ``greatest``, ``-`` and ``/``;
lists by ``list_has_any`` and ``len(…) = 0``; ``IS NULL``; and all of these joined by ``AND``, ``OR`` and ``NOT``, with
SQL's three values. A condition that says anything else is not decided.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, reduce
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlglot
from sqlglot import exp

from custinsight.match.columns import Floats, Ints, Values

Flags = npt.NDArray[np.bool_]
Truth = npt.NDArray[np.int8]
"""1 where true, 0 where false, -1 where null."""

_SIMILARITIES = {"name_similarity": True, "text_similarity": False}
_TESTS: dict[type[exp.Expression], Callable[[Floats, Floats], Flags]] = {
    exp.EQ: np.equal,
    exp.GT: np.greater,
    exp.GTE: np.greater_equal,
}


class Pairs:
    """Pairs of records; the likeness of two texts is worked out once for a pair, when it is first asked for.

    Parameters
    ----------
    values : Values
    left, right : array of int
    """

    def __init__(self, values: Values, left: Ints, right: Ints) -> None:
        self.values, self.left, self.right = values, left, right
        self._likeness: dict[tuple[bool, str, str], tuple[Floats, Flags]] = {}

    def likeness(self, a: exp.Expression, b: exp.Expression, places: Ints, *, as_names: bool) -> Floats:
        """Likeness of the texts of the pairs at these places."""
        key = (as_names, a.sql(), b.sql())
        if key not in self._likeness:
            self._likeness[key] = np.full(len(self.left), np.nan), np.zeros(len(self.left), bool)
        found, is_known = self._likeness[key]
        new = places[~is_known[places]]
        if len(new):
            texts, others = self.values.texts(a), self.values.texts(b)
            found[new] = texts.likeness(self.left[new], others, self.right[new], as_names=as_names)
            is_known[new] = True
        return found[places]


class Condition:
    """A condition; not decided when it says what is not known here.

    Parameters
    ----------
    sql : str
        In DuckDB's dialect, over columns ``…_l`` and ``…_r``; ``ELSE`` always holds.
    """

    def __init__(self, sql: str) -> None:
        self._tree: Any = None if sql.strip() == "ELSE" else sqlglot.parse_one(sql, read="duckdb")

    @cached_property
    def is_known(self) -> bool:
        """Whether it can be decided."""
        return bool(self._tree is None or _is_test(self._tree))

    @cached_property
    def is_costly(self) -> bool:
        """Whether the likeness of texts has to be worked out."""
        if self._tree is None:
            return False
        likenesses = (each for each in self._tree.find_all(exp.Anonymous) if each.name in _SIMILARITIES)
        # whether a likeness is missing is known without it
        return not all(isinstance(each.parent, exp.Is) for each in likenesses)

    @cached_property
    def columns(self) -> set[str]:
        """Columns it looks at, without their side; none if it is not decided."""
        return {each.name[:-2] for each in self._tree.find_all(exp.Column)} if self._tree and self.is_known else set()

    def holds(self, pairs: Pairs, places: Ints, is_costly: bool) -> Flags | None:
        """Tell for which of the pairs at these places it holds; None if that is not known or would cost too much."""
        if not self.is_known or (self.is_costly and not is_costly):
            return None
        if self._tree is None:
            return np.ones(len(places), bool)
        try:
            return np.asarray(_decide(self._tree, pairs, places) == 1)
        except _UndecidedError:
            return None


class _UndecidedError(Exception):
    """The columns hold what is not looked at: lists that are too long."""


def _is_test(node: exp.Expression) -> bool:
    """Whether a node is something that this module tells true from false."""
    if isinstance(node, exp.Paren | exp.Not):
        return _is_test(node.this)
    if isinstance(node, exp.And | exp.Or):
        return _is_test(node.this) and _is_test(node.expression)
    if isinstance(node, exp.Is):
        return isinstance(node.expression, exp.Null) and (_is_text(node.this) or _is_number(node.this))
    if isinstance(node, exp.ArrayOverlaps):
        return isinstance(node.this, exp.Column) and isinstance(node.expression, exp.Column)
    if isinstance(node, exp.StartsWith | exp.Contains):
        return _is_text(node.this) and _is_text(node.expression)
    if type(node) not in _TESTS:
        return False
    are_texts = _is_text(node.this) and _is_text(node.expression)
    return (are_texts and isinstance(node, exp.EQ)) or (_is_number(node.this) and _is_number(node.expression))


def _is_text(node: exp.Expression) -> bool:
    """Whether a node is a text of one record, made in a way that is known here."""
    if len({each.name[-2:] for each in node.find_all(exp.Column)}) != 1:
        return False
    if isinstance(node, exp.Substring):
        parts = (node.args.get("start"), node.args.get("length"))
        return _is_text(node.this) and all(isinstance(part, exp.Literal) and part.is_int for part in parts)
    if isinstance(node, exp.DPipe):
        return _is_text(node.this) and _is_text(node.expression)
    return isinstance(node, exp.Column) and node.name.endswith(("_l", "_r"))


def _is_number(node: exp.Expression) -> bool:
    if isinstance(node, exp.Paren):
        return _is_number(node.this)
    if isinstance(node, exp.Literal):
        return not node.is_string
    if isinstance(node, exp.Length):
        return _is_text(node.this)
    if isinstance(node, exp.Least | exp.Greatest):
        return all(_is_number(each) for each in (node.this, *node.expressions))
    if isinstance(node, exp.Sub | exp.Div):
        return _is_number(node.this) and _is_number(node.expression)
    if isinstance(node, exp.Anonymous) and node.name in _SIMILARITIES:
        return all(_is_text(each) for each in node.expressions)
    return False


def _decide(node: exp.Expression, pairs: Pairs, places: Ints) -> Truth:
    if isinstance(node, exp.Paren):
        return _decide(node.this, pairs, places)
    if isinstance(node, exp.Not):
        found = _decide(node.this, pairs, places)
        return np.where(found < 0, found, 1 - found).astype(np.int8)
    if isinstance(node, exp.And | exp.Or):
        return _decide_both(node, pairs, places)
    if isinstance(node, exp.Is):
        return _is_missing(node.this, pairs, places).astype(np.int8)
    if isinstance(node, exp.ArrayOverlaps):
        return _have_common(node, pairs, places)
    if isinstance(node, exp.StartsWith | exp.Contains):
        return _compare_texts(node, pairs, places)
    if isinstance(node, exp.EQ) and _is_text(node.this):
        codes = pairs.values.codes(_plain(node.this), _plain(node.expression))
        first, second = (code[_side(each, pairs)[places]] for code, each in zip(codes, _sides(node), strict=True))
        return _truth(first == second, (first < 0) | (second < 0))
    left, right = (_number(each, pairs, places) for each in _sides(node))
    return _truth(_TESTS[type(node)](left, right), np.isnan(left) | np.isnan(right))


def _decide_both(node: exp.Expression, pairs: Pairs, places: Ints) -> Truth:
    """AND and OR; the second side is only looked at where the first leaves it open."""
    settled = 0 if isinstance(node, exp.And) else 1
    found = _decide(node.this, pairs, places)
    open_ = np.flatnonzero(found != settled)
    second = _decide(node.expression, pairs, places[open_])
    found[open_] = np.where(second == settled, settled, np.where(found[open_] < 0, -1, second))
    return found


def _compare_texts(node: exp.Expression, pairs: Pairs, places: Ints) -> Truth:
    first, second = (pairs.values.texts(_plain(each)) for each in _sides(node))
    left, right = (_side(each, pairs)[places] for each in _sides(node))
    is_null = ~(first.is_there[left] & second.is_there[right])
    if isinstance(node, exp.StartsWith):
        return _truth(first.start_with(left, second, right), is_null)
    return _truth(
        np.fromiter(map(str.__contains__, first.text[left], second.text[right]), np.bool_, len(left)), is_null
    )


def _have_common(node: exp.Expression, pairs: Pairs, places: Ints) -> Truth:
    if _plain(node.this) != _plain(node.expression):
        raise _UndecidedError  # their values' codes are not the same
    first, second = (_list_codes(each, pairs, places) for each in _sides(node))
    found = np.zeros(len(places), np.int8)
    for i in range(first.shape[1]):
        for j in range(second.shape[1]):
            found |= (first[:, i] == second[:, j]) & (first[:, i] >= 0)
    return found


def _list_codes(node: exp.Expression, pairs: Pairs, places: Ints) -> Ints:
    codes = pairs.values.lists(_plain(node).name)
    if codes is None:
        raise _UndecidedError
    return codes[_side(node, pairs)[places]]


def _is_missing(node: exp.Expression, pairs: Pairs, places: Ints) -> Flags:
    if isinstance(node, exp.Anonymous):
        return np.logical_or(*(_is_missing(each, pairs, places) for each in node.expressions))
    if _is_text(node):
        return np.asarray(pairs.values.codes(_plain(node), _plain(node))[0][_side(node, pairs)[places]] < 0)
    return np.isnan(_number(node, pairs, places))


def _number(node: exp.Expression, pairs: Pairs, places: Ints) -> Floats:
    if isinstance(node, exp.Paren):
        return _number(node.this, pairs, places)
    if isinstance(node, exp.Literal):
        return np.full(len(places), float(node.name))
    if isinstance(node, exp.Length):
        return _length(node.this, pairs, places)
    if isinstance(node, exp.Least | exp.Greatest):
        choose = np.fmin if isinstance(node, exp.Least) else np.fmax  # without the missing, as in SQL
        return reduce(choose, (_number(each, pairs, places) for each in (node.this, *node.expressions)))
    if isinstance(node, exp.Anonymous):
        a, b = node.expressions
        if _side(a, pairs) is not pairs.left or _side(b, pairs) is not pairs.right:
            raise _UndecidedError
        return pairs.likeness(_plain(a), _plain(b), places, as_names=_SIMILARITIES[node.name])
    left, right = (_number(each, pairs, places) for each in _sides(node))
    # by nothing is null
    return left - right if isinstance(node, exp.Sub) else left / np.where(right == 0, np.nan, right)


def _length(node: exp.Expression, pairs: Pairs, places: Ints) -> Floats:
    plain = _plain(node)
    if isinstance(plain, exp.Column) and pairs.values.is_list(plain.name):
        return np.asarray((_list_codes(node, pairs, places) >= 0).sum(axis=1), np.float64)
    return pairs.values.lengths(plain)[_side(node, pairs)[places]]


def _truth(holds: Flags, is_null: Flags) -> Truth:
    return np.where(is_null, -1, holds).astype(np.int8)


def _sides(node: exp.Expression) -> tuple[exp.Expression, exp.Expression]:
    return node.this, node.expression


def _side(node: exp.Expression, pairs: Pairs) -> Ints:
    """Records of the side that a text is of."""
    column = node.find(exp.Column)
    return pairs.left if column is not None and column.name.endswith("_l") else pairs.right


def _plain(node: exp.Expression) -> exp.Expression:
    """Write a text of one record without its side."""
    return node.transform(lambda each: exp.column(each.name[:-2]) if isinstance(each, exp.Column) else each)
