"""The few slices that explain a change: searched over single dimensions and their interactions.

The search
----------
Let each customer's part in a combination of dimensions change from b to a, and weigh w = (|b| + |a|) / 2. A slice S,
such as region = North and category = A, **exceeds** its surroundings by

    x(S) = δ(S) − ρ w(S),   ρ = the rate δ / w of everything outside S that is not explained yet,

and explains the sum of squares G(S) = x² w_rest / (w_S w), the gain of the best split of a regression tree over rates
(Breiman, Friedman, Olshen and Stone 1984, *Classification and Regression Trees*, section 8.4). Sarawagi (VLDB 1999)
and Adtributor (Bhagwan et al., NSDI 2014) rank in the same spirit, by what a slice explains beyond what was expected of
it. The slice with the largest gain is taken; one with fewer conditions is taken in its place if it gains nearly as
much. Then its cells are set aside and the search goes on in what is left, so that no slice repeats one that contains it
or that it contains. A uniform change of everything explains nothing: each slice moves like the rest.

A slice must hold enough customers, exceed enough of the change, and be no accident. With e the deviation of a part's
change from its own side's rate, x has the variance Σe² over the slice plus (w_S / w_rest)² Σe² over the rest; x must be
so many standard deviations as normal noise would reach once in a hundred searches over as many slices (Bonferroni). And
it must be many customers' doing: x² / Σ(δ − ρ w)², which is n where n customers exceed by the same, must be half of the
customers that a slice needs. One large customer is no slice.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import ibis
import pandas as pd

from custinsight.base.dimensions import read_dimensions
from custinsight.base.lines import UNITS, as_units
from custinsight.engine import Tabular, collect
from custinsight.errors import DataError
from custinsight.periods import Period

NEARLY = 0.85
CHANCE = 0.01
LEAST_WEIGHT = 0.005
_SQUARES = ("squares", "cross", "weights")
_NUMBERS = ("before", "after", "weight", "squares", "cross", "weights", "parts")
_TRIED = 200


def slices(
    transactions: Tabular,
    before: str | Period,
    after: str | Period,
    by: Sequence[str],
    customers: Tabular | None = None,
    *,
    most: int = 5,
    depth: int = 3,
    min_customers: int = 10,
    min_share: float = 0.05,
) -> pd.DataFrame:
    """One row per slice, the most explaining first: the few that explain a change of profit, or of spend without cost.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    before, after : str or Period
    by : sequence of str
        Dimensions: columns of the customers or else of the lines.
    customers : pandas frame, Arrow table or ibis table, optional
        customer_id and dimensions, one row per customer.
    most : int
        Most slices.
    depth : int
        Most conditions of a slice.
    min_customers : int
        Least number of customers with a purchase or return in either period.
    min_share : float
        Least excess of a slice, relative to the whole change; and half a percent of what moved between the periods.

    Returns
    -------
    DataFrame
        rank (int64), slice (``region = North · category = A``), the dimensions (text; null where the slice holds any
        value), conditions (int64), customers (int64), before, after, change (money, of the whole slice), share (of
        the whole change; null where that is 0), own (money; the change of what no slice above it holds), beyond
        (money; by how much own exceeds what the rest's rate would have brought). Empty where nothing stands out.

    Raises
    ------
    DataError
        A dimension is in neither table, or a bound makes no sense.

    See Also
    --------
    custinsight.base.change_slices : the search and its sources.

    Examples
    --------
    >>> rows = [(f"{region}{n}", region, year, 50 if (region, year) == ("north", 2024) else 100 + n % 3)
    ...         for region in ("north", "south", "west") for n in range(20) for year in (2023, 2024)]
    >>> lines = pd.DataFrame(rows, columns=["customer_id", "region", "year", "amount_net"])
    >>> lines["doc_date"] = lines["year"].astype(str) + "-05-01"
    >>> slices(lines, "2023", "2024", by=["region"])[["slice", "customers", "change", "share"]].values.tolist()
    [['region = north', 20, -1019.0, 1.0]]
    """
    if not by or depth < 1 or most < 1 or min_customers < 1:
        raise DataError("The search needs at least one dimension, and most, depth and min_customers of at least 1.")
    names = list(dict.fromkeys(by))
    lines = read_dimensions(transactions, names, customers)
    atoms = _atoms(lines, names, Period.parse(before), Period.parse(after)).cache()
    cells = _cells(atoms, names).cache()
    whole = _sums(cells)
    floor = max(min_share * abs(whole["after"] - whole["before"]), LEAST_WEIGHT * whole["weight"])
    chosen: list[dict[str, Any]] = []
    for _ in range(most):
        best = _best(atoms, cells, names, chosen, depth=depth, min_customers=min_customers, floor=floor)
        if best is None:
            break
        chosen.append(best)
    return _frame([_measured(atoms, one, names) for one in chosen], names, whole["after"] - whole["before"])


def _atoms(lines: ibis.Table, names: Sequence[str], before: Period, after: Period) -> ibis.Table:
    """One row per customer and combination of dimensions: value before and after, in ten-thousandths."""
    has_cost = bool(collect(lines.aggregate(known=lines.cost.notnull().any().fill_null(False)))["known"].iloc[0])
    value = (lines.amount - lines.cost).fill_null(0) if has_cost else lines.amount
    sides = {
        name: as_units(value).sum(where=lines.doc_date.between(ibis.literal(p.start), ibis.literal(p.end))).fill_null(0)
        for name, p in (("before", before), ("after", after))
    }
    inside = lines.doc_date.between(ibis.literal(before.start), ibis.literal(before.end))
    inside |= lines.doc_date.between(ibis.literal(after.start), ibis.literal(after.end))
    keys = {name: lines[name].fill_null("") for name in names}
    return (
        lines.filter(inside)
        .mutate(**keys)
        .group_by("customer_id", *names)
        .aggregate(**{name: side.cast("int64") for name, side in sides.items()})
    )


def _cells(atoms: ibis.Table, names: Sequence[str]) -> ibis.Table:
    """One row per combination of dimensions: sums, and what the variance of any rate needs."""
    change = (atoms.after - atoms.before).cast("float64")
    weight = (atoms.before.abs() + atoms.after.abs()).cast("float64") / 2
    return atoms.group_by(*names).aggregate(
        before=atoms.before.sum().cast("int64"),
        after=atoms.after.sum().cast("int64"),
        weight=weight.sum(),
        squares=(change * change).sum(),
        cross=(change * weight).sum(),
        weights=(weight * weight).sum(),
        parts=atoms.count(),
    )


def _best(
    atoms: ibis.Table,
    cells: ibis.Table,
    names: Sequence[str],
    chosen: Sequence[Mapping[str, Any]],
    *,
    depth: int,
    min_customers: int,
    floor: float,
) -> dict[str, Any] | None:
    """Return the slice with the largest gain in what is left, None where none stands out."""
    left = cells
    for one in chosen:
        left = left.filter(~_inside(left, one["where"]))
    total = _sums(left)
    if not total["weight"] > 0:
        return None
    candidates = _candidates(left, names, total, depth, min_customers, floor)
    for row in candidates.head(_TRIED).to_dict("records"):
        where = {name: row[name] for name in names if isinstance(row[name], str)}
        simpler = _simpler(candidates, names, where, float(row["gain"]))
        for found in (simpler, row):
            if found is not None:
                where = {name: found[name] for name in names if isinstance(found[name], str)}
                if _number_of_customers(atoms, where) >= min_customers:
                    return {"where": where, "own": found["after"] - found["before"], "beyond": found["excess"]}
    return None


def _sums(cells: ibis.Table) -> dict[str, float]:
    """Sum up all cells."""
    sums = collect(cells.aggregate(**{name: cells[name].sum() for name in _NUMBERS})).iloc[0]
    return {name: float(sums[name]) if pd.notna(sums[name]) else 0.0 for name in _NUMBERS}


def _candidates(
    left: ibis.Table, names: Sequence[str], total: Mapping[str, float], depth: int, min_customers: int, floor: float
) -> pd.DataFrame:
    """Slices that are large and sure enough, by their gain; of equal gain the one with fewer conditions first."""
    looked_at, found = 0, []
    for number in range(1, min(depth, len(names)) + 1):
        for chosen in itertools.combinations(names, number):
            grouped = left.group_by(*chosen).aggregate(**{name: left[name].sum() for name in _NUMBERS})
            large = grouped.filter(grouped.parts >= min_customers, grouped.weight > 0)
            rated = _rated(large, total).mutate(looked=lambda t: t.count().over())
            # also where no slice is large enough, the number looked at has to be known
            stands_out = (rated.excess.abs() >= floor) & (rated.together >= min_customers / 2)
            kept = rated.mutate(stands_out=stands_out)
            kept = kept.order_by(ibis.desc("stands_out"), ibis.desc("gain"), *chosen).limit(_TRIED)
            frame = collect(kept).assign(conditions=number)
            looked_at += int(frame["looked"].max()) if len(frame) else 0
            frame = frame[frame["stands_out"].astype(bool)]
            for name in names:
                frame[name] = pd.Series(frame[name].to_list() if name in chosen else None, frame.index, dtype=object)
            found.append(frame)
    sure = _deviations(looked_at) ** 2
    everything = pd.concat([frame for frame in found if len(frame)] or found[:1], ignore_index=True)
    everything = everything[everything["excess"] ** 2 > sure * everything["noise"]]
    everything = everything.assign(rounded=everything["gain"].map(lambda gain: float(f"{gain:.9e}")))
    return everything.sort_values(["rounded", "conditions"], ascending=[False, True], kind="stable")


def _deviations(looked_at: int) -> float:
    """Standard deviations that the largest of so many normal numbers exceeds once in a hundred times."""
    from scipy.stats import norm

    return float(norm.isf(CHANCE / 2 / max(looked_at, 1)))


def _rated(grouped: ibis.Table, total: Mapping[str, float]) -> ibis.Table:
    """Add excess, its noise and the gain of each slice."""
    change, weight = (grouped.after - grouped.before).cast("float64"), grouped.weight
    rest = float(total["weight"]) - weight
    # a slice that holds everything has no surroundings: it cannot exceed them
    rate = ((total["after"] - total["before"]) - change) / ibis.ifelse(rest > 1e-9 * weight, rest, None)
    told = grouped.mutate(rate=rate.cast("float64"), rest=rest)
    told = told.mutate(excess=change - told.rate * weight)
    own_rate = change / weight
    inside = tuple(told[name] for name in _SQUARES)
    outside = tuple(float(total[name]) - part for name, part in zip(_SQUARES, inside, strict=True))
    leverage = weight / told.rest
    noise = _squared(own_rate, *inside) + leverage * leverage * _squared(told.rate, *outside)
    together = told.excess * told.excess / _squared(told.rate, *inside).nullif(0)
    gain = told.excess * told.excess * told.rest / (weight * float(total["weight"]))
    told = told.mutate(noise=noise, gain=gain, together=together.fill_null(float("inf")))
    return told.filter(told.excess.notnull())


def _squared(rate: Any, squares: Any, cross: Any, weights: Any) -> Any:
    """Sum of the squared deviations from a rate."""
    return ibis.greatest(squares - 2 * rate * cross + rate * rate * weights, 0.0)


def _simpler(
    candidates: pd.DataFrame, names: Sequence[str], where: Mapping[str, str], gain: float
) -> dict[Any, Any] | None:
    """Return the slice with fewest of the conditions that gains nearly as much."""
    near = candidates[(candidates["conditions"] < len(where)) & (candidates["gain"] >= NEARLY * gain)]
    for name in names:
        near = near[near[name].isna() | (near[name] == where.get(name))]
    return near.sort_values("conditions", kind="stable").iloc[0].to_dict() if len(near) else None


def _inside(table: ibis.Table, where: Mapping[str, str]) -> Any:
    held: Any = ibis.literal(True)
    for name, value in where.items():
        held = held & (table[name] == value)
    return held


def _number_of_customers(atoms: ibis.Table, where: Mapping[str, str]) -> int:
    inside = atoms.filter(_inside(atoms, where))
    return int(collect(inside.aggregate(n=inside.customer_id.nunique()))["n"].iloc[0])


def _measured(atoms: ibis.Table, one: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Numbers of the whole slice, whatever the slices above it hold."""
    where = one["where"]
    inside = atoms.filter(_inside(atoms, where))
    sums = inside.aggregate(
        customers=inside.customer_id.nunique(),
        before=inside.before.sum().cast("float64") / UNITS,
        after=inside.after.sum().cast("float64") / UNITS,
    )
    row = collect(sums).iloc[0]
    return {
        "slice": " · ".join(f"{name} = {where[name] or '?'}" for name in names if name in where),
        **{name: where.get(name) for name in names},
        "conditions": len(where),
        "customers": int(row["customers"]),
        "before": float(row["before"]),
        "after": float(row["after"]),
        "change": round(float(row["after"]) - float(row["before"]), 6),
        "own": round(float(one["own"]) / UNITS, 6),
        "beyond": round(float(one["beyond"]) / UNITS, 2),
    }


def _frame(rows: Sequence[Mapping[str, Any]], names: Sequence[str], change: float) -> pd.DataFrame:
    kinds = {"rank": "int64", "slice": "str", **dict.fromkeys(names, "str"), "conditions": "int64"}
    kinds |= {"customers": "int64"} | dict.fromkeys(("before", "after", "change", "share", "own", "beyond"), "float64")
    whole = change / UNITS
    full = [
        {**row, "rank": place, "share": row["change"] / whole if whole else None}
        for place, row in enumerate(rows, start=1)
    ]
    return pd.DataFrame(full, columns=list(kinds)).astype(kinds)
