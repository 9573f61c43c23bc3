"""The customer summary: frequency, recency, T and monetary value, as the purchase models read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import ibis

from custinsight.base.calendar import MONDAY, number_of
from custinsight.base.lines import as_day, open_lines
from custinsight.base.orders import read_occasions
from custinsight.base.purchases import Purchases, TransactionsLike
from custinsight.engine import collect, like
from custinsight.errors import DataError

DAYS = {"D": 1, "W": 7}
MONTHS = {"M": 1, "Q": 3, "Y": 12}
SUMMARY = ("customer_id", "frequency", "recency", "T", "monetary_value", "first_date", "last_date")
HOLDOUT = ("frequency_holdout", "monetary_value_holdout", "spend_holdout", "duration_holdout")


def summarise(
    transactions: TransactionsLike,
    *,
    end: str | dt.date,
    unit: str = "W",
    calibration_end: str | dt.date | None = None,
    whole_units: bool = False,
) -> Any:
    """One row per customer with a purchase up to the end: how often, how lately, for how long, how much.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines with customer_id, doc_date and amount_net; optionally doc_id (without it a customer's day is the
        order), doc_type, status and return_of. Later lines are not seen, so an order returned after the end counts.
    end : str or date
        Last day seen.
    unit : str
        What recency and T are counted in: D (days), W (days / 7), M, Q or Y (calendar months, of which Q holds 3 and
        Y 12; see Notes).
    calibration_end : str or date, optional
        If given, the summary is that of this earlier day, and four columns tell what came after it up to the end:
        frequency_holdout (purchase days), monetary_value_holdout (mean day total, 0 if none), spend_holdout (sum of
        the day totals) and duration_holdout.
    whole_units : bool
        Count time in whole calendar units, and purchases of one calendar unit as one: the summary that discrete-time
        models read. Weeks start on Monday.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        In the form of the lines given, ordered by customer unless lazy: customer_id, frequency (int64; purchase days
        after the first), recency (float64; first to last purchase day), T (float64; first purchase day to end),
        monetary_value (float64; mean total of the purchase days after the first, 0 if none), first_date, last_date
        (dates). Of Purchases, a pandas frame.

    Raises
    ------
    DataError
        A column is missing, a day cannot be read, the unit is unknown, or the calibration ends after the end.

    Notes
    -----
    A purchase day's total is the net amount of that day's lines without orders that were wholly returned. On lines
    without returns the result equals ``lifetimes.utils.summary_data_from_transaction_data`` with ``freq="D"``, and for
    weeks with ``freq="D", freq_multiplier=7``. Its ``freq="W"`` merges all purchases of a calendar week into one and
    counts whole weeks; that is ``whole_units=True`` here.

    Months run on the calendar: the position of a day is 12 × year + month + (day − 1) / days in the month, and a span
    the difference of two positions. Each month is one unit long, and spans add up.

    References
    ----------
    Fader, Hardie and Lee (2005), "Counting your customers" the easy way, Marketing Science 24(2).

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "a", "b"], "amount_net": [10, 20, 40, 5],
    ...                       "doc_date": ["2024-01-01", "2024-01-15", "2024-01-29", "2024-02-05"]})
    >>> summarise(lines, end="2024-02-12")[["frequency", "recency", "T", "monetary_value"]].values.tolist()
    [[2.0, 4.0, 6.0, 30.0], [0.0, 0.0, 1.0, 0.0]]
    """
    last = as_day(end)
    cut = as_day(calibration_end) if calibration_end is not None else last
    if cut > last:
        raise DataError("The calibration must end by {end}, got {cut}.", end=str(last), cut=str(cut))
    if unit not in DAYS and unit not in MONTHS:
        raise DataError("The time unit must be D, W, M, Q or Y, got {unit}.", unit=repr(unit)[:20])
    occasions_until = _known_occasions(transactions)
    table = _summarise_occasions(_merge(occasions_until(cut), unit, whole_units), cut, unit, whole_units)
    if calibration_end is not None:
        later = occasions_until(last)
        later = _merge(later.filter(later.day > ibis.literal(cut)), unit, whole_units)
        table = _add_holdout(table, later, _distance(ibis.literal(cut), ibis.literal(last), unit, whole_units))
    if isinstance(transactions, ibis.Table):
        return table
    ordered = table.order_by("customer_id")
    return collect(ordered, max_rows=None) if isinstance(transactions, Purchases) else like(ordered, transactions)


def _known_occasions(transactions: TransactionsLike) -> Callable[[dt.date], ibis.Table]:
    """Return what tells the purchase days that were known at the end of a day."""
    if isinstance(transactions, Purchases):
        return transactions.occasions
    reader = open_lines(transactions)
    return lambda end: read_occasions(reader.until(end))


def _merge(occasions: ibis.Table, unit: str, whole: bool) -> ibis.Table:
    """One row per customer and occasion: customer_id, day, last_day, amount; days of a whole unit are one occasion."""
    if not whole:
        return occasions.select("customer_id", "day", last_day=occasions.day, amount=occasions.amount)
    merged = occasions.group_by("customer_id", unit=_number(occasions.day, unit)).aggregate(
        first_day=occasions.day.min(), last_day=occasions.day.max(), amount=occasions.amount.sum()
    )
    return merged.select("customer_id", "last_day", "amount", day=merged.first_day)


def _summarise_occasions(occasions: ibis.Table, end: dt.date, unit: str, whole: bool) -> ibis.Table:
    grouped = occasions.group_by("customer_id").aggregate(
        occasions=occasions.count(),
        total=occasions.amount.sum(),
        first_date=occasions.day.min(),
        last_date=occasions.last_day.max(),
        first_amount=occasions.amount.argmin(occasions.day),
    )
    repeats = (grouped.occasions - 1).cast("int64")
    later_total = (grouped.total - grouped.first_amount).cast("float64")
    return grouped.select(
        "customer_id",
        frequency=repeats,
        recency=_distance(grouped.first_date, grouped.last_date, unit, whole),
        T=_distance(grouped.first_date, ibis.literal(end), unit, whole),
        monetary_value=(later_total / repeats.nullif(0)).fill_null(0.0),
        first_date=grouped.first_date,
        last_date=grouped.last_date,
    )


def _add_holdout(table: ibis.Table, later: ibis.Table, duration: Any) -> ibis.Table:
    held = later.group_by(holder=later.customer_id).aggregate(occasions=later.count(), total=later.amount.sum())
    joined = table.left_join(held, table.customer_id == held.holder)
    spend = joined.total.cast("float64")
    return joined.select(
        *SUMMARY,
        frequency_holdout=joined.occasions.fill_null(0).cast("int64"),
        monetary_value_holdout=(spend / joined.occasions.nullif(0)).fill_null(0.0),
        spend_holdout=spend.fill_null(0.0),
        duration_holdout=duration,
    )


def _distance(start: Any, end: Any, unit: str, whole: bool) -> Any:
    return (_number(end, unit) - _number(start, unit)).cast("float64") if whole else span(start, end, unit)


def _number(day: Any, unit: str) -> Any:
    """Number of the calendar unit that holds a day."""
    return day.delta(ibis.literal(MONDAY), unit="day") if unit == "D" else number_of(day, unit)


def span(start: Any, end: Any, unit: str) -> Any:
    """Time between two columns of days in a unit, float64."""
    if unit in DAYS:
        return end.delta(start, unit="day").cast("float64") / DAYS[unit]
    whole = (_month(end) - _month(start)).cast("float64")
    return (whole + (_part(end) - _part(start))) / MONTHS[unit]


def _month(day: Any) -> Any:
    """Number of the calendar month."""
    return day.year() * 12 + day.month()


def _part(day: Any) -> Any:
    """Part of the calendar month that has passed before the day."""
    this_month = day.truncate("M").cast("date")
    next_month = (this_month + ibis.interval(months=1)).cast("date")
    return (day.day() - 1).cast("float64") / next_month.delta(this_month, unit="day")
