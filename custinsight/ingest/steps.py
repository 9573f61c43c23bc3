"""Typing in layers: each parser names what it needs again, so that the engine works it out once.

An expression that uses a part twice makes the engine work that part out twice, and inside a condition ten times over.
A parser is therefore written as a generator: it yields named columns, gets back the table that has them, and goes on
from there. Parsers of different columns run in step, so that ten columns cost no more layers than one.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeAlias

import ibis
from ibis.expr.types import Value

Steps: TypeAlias = Generator[dict[str, Value], ibis.Table, None]


def run_steps(rows: ibis.Table, makers: Iterable[Callable[[ibis.Table], Steps]]) -> ibis.Table:
    """Run parsers in step, each layer of columns on top of the last.

    Parameters
    ----------
    rows : ibis Table
    makers : iterable of callables
        Each takes ``rows`` and makes a parser.

    Returns
    -------
    ibis Table
        ``rows`` with all columns that the parsers named.

    Examples
    --------
    >>> def double(rows):
    ...     rows = yield {"twice": rows["n"] * 2}
    ...     yield {"sum": rows["twice"] + rows["twice"]}
    >>> run_steps(ibis.memtable({"n": [1]}), [double])["sum"].execute().tolist()
    [4]
    """
    running = [maker(rows) for maker in makers]
    waiting = [(steps, columns) for steps in running if (columns := next(steps, None)) is not None]
    while waiting:
        rows = rows.mutate(**{name: value for _, columns in waiting for name, value in columns.items()})
        following = []
        for steps, _ in waiting:
            try:
                following.append((steps, steps.send(rows)))
            except StopIteration:
                continue
        waiting = following
    return rows
