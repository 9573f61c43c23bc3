"""Typing in layers: each parser names what it needs again, so that the engine works it out once.

An expression that uses a part twice makes the engine work that part out twice, and inside a condition ten times over.
A parser is therefore written as a generator: it yields named columns, gets back the table that has them, and goes on
from there; it may use no column of an earlier table. Parsers of different columns run in step, so that ten columns
cost no more layers than one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, TypeAlias

import ibis
import ibis.expr.operations as ops
from ibis.expr.types import Value
from sqlglot import exp

Steps: TypeAlias = Generator[dict[str, Value], ibis.Table, ibis.Table]
Extend: TypeAlias = Callable[[ibis.Table, Mapping[str, Value]], ibis.Table]


def mutate(rows: ibis.Table, columns: Mapping[str, Value]) -> ibis.Table:
    """Add columns to a table, as one more part of its expression."""
    return rows.mutate(**columns)


def run_steps(rows: ibis.Table, makers: Iterable[Callable[[ibis.Table], Steps]], extend: Extend = mutate) -> ibis.Table:
    """Run parsers in step, each layer of columns on top of the last.

    Parameters
    ----------
    rows : ibis Table
    makers : iterable of callables
        Each takes ``rows`` and makes a parser.
    extend : callable
        Adds a layer's columns: :func:`mutate`, or :meth:`Layers.extend`, which is quicker for many layers.

    Returns
    -------
    ibis Table
        ``rows`` with all columns that the parsers named.

    Examples
    --------
    >>> def double(rows):
    ...     rows = yield {"twice": rows["n"] * 2}
    ...     return (yield {"sum": rows["twice"] + rows["twice"]})
    >>> run_steps(ibis.memtable({"n": [1]}), [double])["sum"].execute().tolist()
    [4]
    """
    running = [maker(rows) for maker in makers]
    waiting = [(steps, columns) for steps in running if (columns := next(steps, None)) is not None]
    while waiting:
        rows = extend(rows, {name: value for _, columns in waiting for name, value in columns.items()})
        following = []
        for steps, _ in waiting:
            try:
                following.append((steps, steps.send(rows)))
            except StopIteration:
                continue
        waiting = following
    return rows


class Layers:
    """Temporary views on top of each other, one for each layer of columns.

    ibis spends the square of the layers on a deep expression. A view ends the expression, and a view that adds columns
    to ``*`` costs no more than the columns it adds.

    Parameters
    ----------
    con : ibis DuckDB backend
    """

    def __init__(self, con: Any) -> None:
        self.con = con
        self._views: list[str] = []

    def extend(self, rows: ibis.Table, columns: Mapping[str, Value]) -> ibis.Table:
        """Add columns to a view or table of the connection; a column that is there already is replaced."""
        if not columns:
            return rows
        if not set(columns).isdisjoint(rows.columns) or not isinstance(rows.op(), ops.DatabaseTable):
            return self.settle(rows.mutate(**columns))
        added = rows.select(**columns)
        query = self.con.compiler.to_sqlglot(added)
        source = query.args["from_"].this.alias
        everything = exp.Column(this=exp.Star(), table=exp.to_identifier(source, quoted=True))
        schema = ibis.schema({**rows.schema(), **added.schema()})
        return self._view(query.select(everything, *query.expressions, append=False), schema)

    def settle(self, rows: ibis.Table) -> ibis.Table:
        """Make a view of an expression."""
        return self._view(self.con.compiler.to_sqlglot(rows), rows.schema())

    def close(self) -> None:
        """Drop the views, the last one first."""
        while self._views:
            self.con.drop_view(self._views.pop())

    def _view(self, query: exp.Query, schema: ibis.Schema) -> ibis.Table:
        name = ibis.util.gen_name("ingest_layer")
        temporary = exp.Properties(expressions=[exp.TemporaryProperty()])
        view = exp.to_identifier(name, quoted=True)
        self.con.raw_sql(exp.Create(this=view, kind="VIEW", expression=query, properties=temporary).sql("duckdb"))
        self._views.append(name)
        # not con.table(name), which asks the engine for a schema that is known and takes longer than all the rest
        return ops.DatabaseTable(name=name, schema=schema, source=self.con).to_expr()
