"""Scores of recency, frequency and money that never split equal customers, and the named cells of their cube."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis

from custinsight.base.tiers import units_of
from custinsight.engine import Tabular, as_table, like, require_columns
from custinsight.errors import DataError

SCORES = 5


@dataclass(frozen=True)
class Cell:
    """A part of the cube of scores and what it is called.

    Parameters
    ----------
    name : str
    r, f, m : tuple of two int
        Lowest and highest score of recency, frequency and money; (1, 5) is any.
    """

    name: str
    r: tuple[int, int] = (1, SCORES)
    f: tuple[int, int] = (1, SCORES)
    m: tuple[int, int] = (1, SCORES)

    def __post_init__(self) -> None:
        for name, (low, high) in (("r", self.r), ("f", self.f), ("m", self.m)):
            if not 1 <= low <= high <= SCORES:
                raise DataError(
                    "The scores {name} of an RFM cell must be a lowest and a highest between 1 and {most}, got {low}, "
                    "{high}.",
                    name=name,
                    most=SCORES,
                    low=str(low),
                    high=str(high),
                )


CELLS: tuple[Cell, ...] = (
    Cell("champions", r=(4, 5), f=(4, 5), m=(4, 5)),
    Cell("loyal", r=(3, 5), f=(4, 5)),
    Cell("big_spenders", r=(3, 5), m=(5, 5)),
    Cell("newcomers", r=(5, 5), f=(1, 1)),
    Cell("promising", r=(4, 5), f=(1, 3)),
    Cell("need_attention", r=(3, 3), f=(2, 3)),
    Cell("about_to_sleep", r=(3, 3)),
    Cell("cannot_lose", r=(1, 2), f=(4, 5), m=(4, 5)),
    Cell("at_risk", r=(1, 2), f=(3, 5)),
    Cell("hibernating", r=(2, 2)),
    Cell("lost", r=(1, 1)),
)
"""Cells in use; the first that fits counts, and together they hold all scores."""


def rfm(summary: Tabular, cells: Sequence[Cell] = CELLS) -> Any:
    """One row per customer: scores 1 to 5 (the best) of recency, frequency and monetary value, and the cell's name.

    A score's classes are of equal customers by the rule of :mod:`custinsight.base.deciles`: customers with equal
    values never get different scores, so classes may be uneven.

    Parameters
    ----------
    summary : pandas frame, Arrow table or ibis table
        From :func:`custinsight.summarise`: customer_id, last_date, frequency, monetary_value.
    cells : sequence of Cell
        The first that fits names a customer; ``other`` where none does.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        customer_id, r, f, m (int64), rfm (text such as ``"545"``), cell, ordered by customer unless lazy.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame({"customer_id": list("abc"), "frequency": [0, 0, 4], "monetary_value": [0, 0, 20.5],
    ...                         "last_date": ["2024-01-01", "2024-03-01", "2024-06-30"]})
    >>> rfm(summary)[["r", "f", "m", "cell"]].values.tolist()
    [[2, 4, 4, 'cannot_lose'], [4, 4, 4, 'champions'], [5, 5, 5, 'champions']]
    >>> rfm(summary, [Cell("here", r=(4, 5))])["cell"].tolist()
    ['other', 'here', 'here']
    """
    table = as_table(summary)
    require_columns(table, ("customer_id", "last_date", "frequency", "monetary_value"), name="The summary")
    days = table.last_date.cast("date").delta(ibis.literal(dt.date(1970, 1, 1)), unit="day")
    measures = {"r": days, "f": table.frequency.cast("int64"), "m": units_of(table.monetary_value)}
    scored = table.select("customer_id", **measures)
    ranks = {f"{name}_better": ibis.rank().over(order_by=ibis.desc(scored[name])) for name in measures}
    scored = scored.mutate(**ranks, n=scored.count().over())
    scores = {name: SCORES + 1 - _class_in(scored[f"{name}_better"], scored.n, SCORES) for name in measures}
    scored = scored.select("customer_id", **{name: score.cast("int64") for name, score in scores.items()})
    text = scored.r.cast("string") + scored.f.cast("string") + scored.m.cast("string")
    named = scored.mutate(rfm=text, cell=_cell_of(scored, cells))
    return named if isinstance(summary, ibis.Table) else like(named.order_by("customer_id"), summary)


def _cell_of(scored: ibis.Table, cells: Sequence[Cell]) -> Any:
    steps = [
        (scored.r.between(*cell.r) & scored.f.between(*cell.f) & scored.m.between(*cell.m), cell.name) for cell in cells
    ]
    return ibis.cases(*steps, else_="other") if steps else ibis.literal("other")


def _class_in(better: Any, n: Any, classes: int) -> Any:
    """Class of customers with ``better`` strictly better ones among ``n``, where n is known to the engine only."""
    number: Any = ibis.literal(1, "int64")
    for k in range(1, classes):
        number = number + (better * classes >= n * k).cast("int64")
    return number
