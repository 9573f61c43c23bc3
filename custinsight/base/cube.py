"""The base as a tidy aggregate for other tools: metrics by dimensions and period, small cells left out."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import pandas as pd

from custinsight.base.calendar import check_step, name_of, number_of
from custinsight.base.deciles import add_ratios
from custinsight.base.dimensions import read_dimensions
from custinsight.base.disclosure import hide_small
from custinsight.base.lines import as_day
from custinsight.engine import Tabular, as_table, collect
from custinsight.errors import DataError

METRICS = ("customers", "orders", "spend", "profit", "aof", "aov", "margin")
ALL = "*"
NOT_STATED = "?"
MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class Cube:
    """Metrics of the base by period and dimensions, totals included.

    Parameters
    ----------
    cells : DataFrame
        One row per cell: period, the dimensions (text; ``*`` all values, ``?`` not stated), level (number of
        dimensions that are not ``*``), customers, orders, spend, profit, aof, aov, margin, hidden (whether the metrics
        were left out to protect its customers; they are null then).
    dimensions : tuple of str
    small : int
        Cells of fewer customers are hidden.
    hidden : DataFrame
        One row per period: period, cells, small (hidden since their customers are few), protecting (hidden so that
        those cannot be worked out from totals).
    """

    cells: pd.DataFrame
    dimensions: tuple[str, ...]
    small: int
    hidden: pd.DataFrame

    @property
    def tidy(self) -> pd.DataFrame:
        """One row per cell and metric: period, dimensions, level, metric, value, hidden."""
        keys = ["period", *self.dimensions, "level", "hidden"]
        long = self.cells.melt(keys, list(METRICS), "metric", "value")
        long["value"] = long["value"].astype("float64")
        return long[["period", *self.dimensions, "level", "metric", "value", "hidden"]]


def cube(
    transactions: Tabular,
    by: str = "Q",
    dimensions: Sequence[str] = (),
    customers: Tabular | None = None,
    *,
    end: str | None = None,
    first_month: int = 1,
    small: int = 10,
) -> Cube:
    """Metrics by period and dimensions, with all totals; cells of few customers are hidden.

    A hidden cell could be worked out from totals and its neighbours, so more are hidden until that is impossible: no
    hidden cell follows from those shown by any sum over a dimension, and what is left over between a total and the
    cells shown holds at least ``small`` customers.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    by : str
        Calendar step of the periods: W, M, Q, H or Y.
    dimensions : sequence of str
        At most four columns of the customers or else of the lines; of one of the lines, such as ``channel``, a
        customer counts under each value it bought under.
    customers : pandas frame, Arrow table or ibis table, optional
        customer_id and dimensions, one row per customer.
    end : str, optional
        Last day seen, such as 2024-12-31.
    first_month : int
        Month in which the fiscal year starts.
    small : int
        A cell with fewer customers is hidden; 1 hides none.

    Returns
    -------
    Cube

    Raises
    ------
    DataError
        A dimension is in neither table, there are too many, or the step is no calendar period.

    Notes
    -----
    Cubes of the same lines by other dimensions or steps are protected each by itself: who holds a cube by month and one
    by quarter may work out more than either shows.

    References
    ----------
    Cox (1980), Suppression methodology and statistical disclosure control, Journal of the American Statistical
    Association 75. Hundepool et al. (2012), *Statistical Disclosure Control*, chapter 4.

    Examples
    --------
    >>> rows = [(f"c{n:02d}", "north" if n < 15 else "south", "2024-05-02", 10) for n in range(30)]
    >>> lines = pd.DataFrame(rows, columns=["customer_id", "region", "doc_date", "amount_net"])
    >>> cube(lines, "Y", ["region"]).cells[["region", "customers", "spend"]].values.tolist()
    [['*', 30, 300.0], ['north', 15, 150.0], ['south', 15, 150.0]]
    """
    names = list(dict.fromkeys(dimensions))
    if len(names) > MOST_DIMENSIONS or small < 1:
        raise DataError(
            "A cube takes at most {most} dimensions, and a smallest cell of at least 1 customer, got {n} and {small}.",
            most=MOST_DIMENSIONS,
            n=len(names),
            small=small,
        )
    check_step(by)
    lines = read_dimensions(transactions, names, customers)
    if end is not None:
        lines = lines.filter(lines.doc_date <= ibis.literal(as_day(end)))
    lines = lines.mutate(number=number_of(lines.doc_date, by, first_month))
    has_cost = bool(collect(lines.aggregate(known=lines.cost.notnull().any().fill_null(False)))["known"].iloc[0])
    pieces = _pieces(lines, names).cache()
    cells = add_ratios(_all_levels(pieces, names), has_cost)
    cells["period"] = pd.Series([name_of(number, by, first_month) for number in cells["number"]], dtype="str")
    cells["customers"], cells["orders"] = cells["customers"].astype("Int64"), cells["orders"].astype("Int64")
    known = as_table(customers).columns if customers is not None else ()
    overlapping = [name for name in names if name not in known]
    shown, hidden = hide_small(cells, names, METRICS, small, overlapping)
    return Cube(shown[["period", *names, "level", *METRICS, "hidden"]], tuple(names), small, hidden)


def _pieces(lines: ibis.Table, names: Sequence[str]) -> ibis.Table:
    """One row per customer, order, period and combination: amount, profit, and ``counted``, the order's number.

    ``counted`` is null unless the order was placed in the period, with a sale in this combination, and was not wholly
    returned by the period's end.
    """
    zero = ibis.literal(0).cast(lines.amount.type())
    keys = ("customer_id", "order_id")
    dated = lines.group_by(*keys).aggregate(placed=lines.number.min(where=~lines.is_return))
    known = lines.left_join(dated, list(keys)).select(*lines.columns, "placed")
    within = known.number <= known.placed
    facts = known.group_by(of_customer="customer_id", of_order="order_id").aggregate(
        placed=known.placed.max(),
        sold=ibis.ifelse(known.is_return | ~within, zero, known.amount).sum(),
        returned=ibis.ifelse(known.is_return & within, -known.amount, zero).sum(),
    )
    stands = facts.placed.notnull() & ~((facts.returned > 0) & (facts.returned >= facts.sold))
    facts = facts.filter(stands).mutate(order_number=ibis.row_number().over(order_by=["of_customer", "of_order"]))
    filled = {name: lines[name].fill_null(NOT_STATED) for name in names}
    pieces = lines.mutate(**filled).group_by(*keys, "number", *names)
    sums = pieces.aggregate(
        amount=lines.amount.sum(),
        profit=(lines.amount - lines.cost).fill_null(0).sum(),
        sales=(~lines.is_return).cast("int64").sum(),
    )
    joined = sums.left_join(facts, [sums.customer_id == facts.of_customer, sums.order_id == facts.of_order])
    counts = (joined.placed == joined.number) & (joined.sales > 0)
    return joined.select(
        "customer_id",
        "number",
        *names,
        "amount",
        "profit",
        counted=ibis.ifelse(counts, joined.order_number, ibis.null("int64")),
    )


def _all_levels(pieces: ibis.Table, names: Sequence[str]) -> pd.DataFrame:
    """One row per cell of every level, from the totals of the periods down, in a fixed order."""
    buyer = ibis.ifelse(pieces.counted.notnull(), pieces.customer_id, ibis.null(pieces.customer_id.type()))
    parts = []
    for level in range(len(names) + 1):
        for chosen in itertools.combinations(names, level):
            grouped = (
                pieces.mutate(buyer=buyer)
                .group_by("number", *chosen)
                .aggregate(
                    customers=lambda t: t.buyer.nunique(),
                    persons=lambda t: t.customer_id.nunique(),
                    orders=lambda t: t.counted.nunique(),
                    spend=lambda t: t.amount.sum(),
                    profit=lambda t: t.profit.sum(),
                )
            )
            frame = collect(grouped, max_rows=1_000_000).assign(level=level)
            parts.append(frame.assign(**{name: ALL for name in names if name not in chosen}))
    whole = pd.concat(parts, ignore_index=True)
    kinds = {"number": "int64", "level": "int64", "customers": "int64", "persons": "int64", "orders": "int64"}
    whole = whole.astype(kinds | {"spend": "float64", "profit": "float64"} | dict.fromkeys(names, "str"))
    return whole.sort_values(["number", "level", *names], kind="stable", ignore_index=True)
