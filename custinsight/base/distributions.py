"""How customers differ: equal bins and averages of spend, orders, spend per order, profit and margin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis
import numpy as np
import pandas as pd

from custinsight.base.lines import UNITS, as_units
from custinsight.engine import collect

MOST_BINS = 20
TAIL = 0.95
MARGIN_UNITS = 10**8
SCALES = {"spend": UNITS, "orders": 1, "spend_per_order": UNITS, "profit": UNITS, "margin": MARGIN_UNITS}
"""Measures of a customer, and the whole-number units they are counted in."""

BINS = ("measure", "bin_from", "bin_to", "customers", "share")
AVERAGES = ("measure", "mean", "median", "below_mean")


@dataclass(frozen=True)
class Bins:
    """Equal bins of one measure in its units: ``count`` of them from ``start`` on, then an open one."""

    start: int
    width: int
    count: int


def measure_customers(customers: ibis.Table, has_cost: bool) -> ibis.Table:
    """One row per customer and measure: measure, v (whole units).

    Without spend a margin means nothing: it counts as 0, or as below 0 when there is a loss.
    """
    spend, profit = as_units(customers.spend), as_units(customers.profit)
    per_order = (spend / customers.orders.nullif(0)).round().cast("int64")
    share = (profit / spend.nullif(0) * MARGIN_UNITS).round().cast("int64")
    margin = ibis.cases((spend > 0, share), (profit < 0, -1), else_=0).cast("int64")
    columns = {"spend": spend, "orders": customers.orders, "spend_per_order": per_order}
    if has_cost:
        columns |= {"profit": profit, "margin": margin}
    parts = [customers.select(measure=ibis.literal(name), v=column) for name, column in columns.items()]
    return ibis.union(*parts)


def describe(measured: ibis.Table) -> pd.DataFrame:
    """One row per measure: customers, total, median, tail (95th percentile of those not below zero), in units."""
    grouped = measured.group_by("measure").aggregate(
        customers=measured.count(),
        total=measured.v.sum().cast("float64"),
        median=measured.v.cast("float64").median(),
        tail=measured.v.cast("float64").quantile(TAIL, where=measured.v >= 0),
    )
    return collect(grouped).set_index("measure").reindex(list(SCALES)).dropna(how="all")


def choose_bins(*described: pd.DataFrame) -> dict[str, Bins]:
    """Bins that fit each measure; of several periods, bins that fit them all.

    Examples
    --------
    >>> one = pd.DataFrame({"tail": [4.0]}, index=["orders"])
    >>> choose_bins(one)["orders"]
    Bins(start=1, width=1, count=4)
    """
    tails = pd.concat([part["tail"] for part in described]).groupby(level=0).max()
    chosen = {}
    for name, scale in SCALES.items():
        if name not in tails.index:
            continue
        if name == "margin":
            chosen[name] = Bins(0, scale // MOST_BINS, MOST_BINS)
            continue
        start = 1 if name == "orders" else 0
        tail = 0.0 if math.isnan(tails[name]) else max(float(tails[name]), 0.0)
        width = max(1, _round_up(tail / MOST_BINS)) if tail > 0 else scale
        chosen[name] = Bins(start, width, max(1, math.ceil((tail - start + 1) / width)))
    return chosen


def count_bins(measured: ibis.Table, described: pd.DataFrame, bins: Mapping[str, Bins]) -> pd.DataFrame:
    """One row per measure and bin that has customers: measure, bin (-1 below zero), customers, below (the mean)."""
    number = ibis.cases(*((measured.measure == name, _bin_of(measured.v, part)) for name, part in bins.items()))
    sizes = described[["customers", "total"]].itertuples()
    below = ibis.cases(
        *((measured.measure == name, measured.v * int(n) < ibis.literal(int(total))) for name, n, total in sizes)
    )
    marked = measured.mutate(bin=number, below=below.cast("int64"))
    return collect(marked.group_by("measure", "bin").aggregate(customers=marked.count(), below=marked.below.sum()))


def no_bins() -> pd.DataFrame:
    """Counted bins of nobody."""
    return pd.DataFrame(columns=["measure", "bin", "customers", "below"])


def lay_out(counted: pd.DataFrame, bins: Mapping[str, Bins]) -> pd.DataFrame:
    """One row per measure and bin, in order: measure, bin_from, bin_to, customers, share.

    A bin holds its lower edge and not its upper one. The first bin of a measure is open below zero, and only there
    when it has customers; the last one is open on the right, empty or not.
    """
    rows = []
    for name, part in bins.items():
        found = counted[counted["measure"] == name].set_index("bin")["customers"]
        total, scale = found.sum(), SCALES[name]
        for number in range(-1 if -1 in found.index else 0, part.count + 1):
            lower = part.start + number * part.width
            rows.append(
                {
                    "measure": name,
                    "bin_from": -math.inf if number < 0 else lower / scale,
                    "bin_to": 0.0 if number < 0 else math.inf if number == part.count else (lower + part.width) / scale,
                    "customers": int(found.get(number, 0)),
                    "share": found.get(number, 0) / total,
                }
            )
    return pd.DataFrame(rows, columns=list(BINS))


def average(described: pd.DataFrame, counted: pd.DataFrame) -> pd.DataFrame:
    """One row per measure: mean and median of the customers' own values, share of customers below the mean."""
    scale = pd.Series(SCALES, dtype="float64").reindex(described.index)
    below = counted.groupby("measure")["below"].sum().reindex(described.index)
    frame = pd.DataFrame(
        {
            "mean": described["total"] / described["customers"] / scale,
            "median": described["median"] / scale,
            "below_mean": below / described["customers"],
        }
    ).rename_axis("measure")
    return frame.reset_index()[list(AVERAGES)]


def compare_bins(customers: Sequence[ibis.Table], labels: Sequence[str], has_cost: bool) -> pd.DataFrame:
    """Bins of several periods on common edges: the columns of the bins after ``period``, one block per period."""
    measured = [measure_customers(part, has_cost) for part in customers]
    described = [describe(part) for part in measured]
    bins = choose_bins(*described)
    frames = []
    for label, part, stats in zip(labels, measured, described, strict=True):
        counted = count_bins(part, stats, bins) if len(stats) else pd.DataFrame(columns=["measure", "bin", "customers"])
        frame = lay_out(counted, bins) if len(stats) else pd.DataFrame(columns=list(BINS))
        frames.append(frame.assign(period=label))
    return pd.concat(frames, ignore_index=True)[["period", *BINS]]


def _bin_of(v: ibis.Column, bins: Bins) -> ibis.Column:
    number = ((v - bins.start) / bins.width).floor().cast("int64")
    return ibis.cases((v < 0, -1), (number > bins.count, bins.count), else_=number).cast("int64")


def _round_up(value: float) -> int:
    """Round up to 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> [_round_up(value) for value in (0.4, 3, 12, 51)]
    [1, 5, 20, 100]
    """
    if not np.isfinite(value) or value <= 1:
        return 1
    power = 10 ** math.floor(math.log10(value))
    return next(int(step * power) for step in (1, 2, 5, 10) if step * power >= value)
