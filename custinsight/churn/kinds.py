"""Whether customers buy when they like or under a contract: proposed from the data, with reasons."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import ibis

from custinsight.base.lines import as_day
from custinsight.base.purchases import TransactionsLike, read_purchases
from custinsight.clv.regularity import FEWEST, estimate_regularity
from custinsight.clv.verdict import CONTRACT as AS_REGULAR
from custinsight.engine import collect
from custinsight.errors import DataError
from custinsight.words import Message, msg

WITHOUT, UNDER, UNKNOWN = "without_contract", "contract", "unknown"
CALENDAR = (7, 14, 30, 61, 91, 182, 365)
"""Gaps, in days, that contracts are billed at."""
SLACK = 0.1
MOST_GAPS = 0.6
"""Share of the gaps, and of the amounts, from which a contract is proposed."""


@dataclass(frozen=True)
class Kind:
    """What kind of customers these are.

    Parameters
    ----------
    kind : str
        "without_contract", "contract" or "unknown".
    reasons : tuple of Message
    calendar : float
        Share of the gaps between purchases that lie at a calendar's distance; nan where there are none.
    same_amount : float
        Share of repeat purchases for the very amount of the one before.
    """

    kind: str
    reasons: tuple[Message, ...]
    calendar: float
    same_amount: float


def propose_kind(transactions: TransactionsLike, end: str | dt.date | None = None) -> Kind:
    """Tell customers under contract from others by how they buy.

    A contract shows in gaps that follow the calendar (a week, a month, a quarter, a year; 10 % either way), in amounts
    that repeat to the cent, and in gaps far more regular than a customer's free choice makes them.

    Parameters
    ----------
    transactions : table or Purchases
        As :func:`custinsight.summarise` takes them.
    end : date or text, optional
        Last day seen.

    Returns
    -------
    Kind
        "contract" where six in ten gaps follow the calendar and six in ten amounts repeat, or the gaps are as regular
        as a contract's; "unknown" with fewer than 50 gaps.

    Examples
    --------
    >>> import pandas as pd
    >>> months = pd.date_range("2023-01-15", periods=12, freq="30D")
    >>> fees = pd.DataFrame([(f"C{i}", day, 29.9) for i in range(10) for day in months],
    ...                     columns=["customer_id", "doc_date", "amount_net"])
    >>> propose_kind(fees).kind
    'contract'
    """
    purchases = read_purchases(transactions)
    last = as_day(end) if end is not None else purchases.last
    if last is None:
        return Kind(UNKNOWN, (_few(0),), float("nan"), float("nan"))
    occasions = purchases.occasions(last)
    order = ibis.window(group_by=occasions.customer_id, order_by=occasions.day)
    steps = occasions.select(
        gap=occasions.day.delta(occasions.day.lag().over(order), unit="day"),
        is_same=(occasions.amount == occasions.amount.lag().over(order)),
    )
    steps = steps.filter(steps.gap.notnull())
    near = [steps.gap.between(days * (1 - SLACK), days * (1 + SLACK)) for days in CALENDAR]
    row = collect(
        steps.aggregate(
            n=steps.count(),
            **{f"near_{days}": there.cast("int64").sum() for days, there in zip(CALENDAR, near, strict=True)},
            same=steps.is_same.cast("int64").sum(),
        )
    ).iloc[0]
    n = int(row["n"])
    if n < FEWEST:
        return Kind(UNKNOWN, (_few(n),), float("nan"), float("nan"))
    # one period at a time: many kinds of gaps together follow no calendar
    best = max(CALENDAR, key=lambda days: float(row[f"near_{days}"]))
    calendar, same = float(row[f"near_{best}"]) / n, float(row["same"]) / n
    regular = _regularity(transactions, last)
    under = (calendar >= MOST_GAPS and same >= MOST_GAPS) or regular > AS_REGULAR
    return Kind(UNDER if under else WITHOUT, _reasons(best, calendar, same, regular), calendar, same)


def _regularity(transactions: TransactionsLike, last: dt.date) -> float:
    """Lower bound of how regular the gaps are; 0 where it cannot be told."""
    try:
        return estimate_regularity(transactions, last).k_low
    except DataError:
        return 0.0


def _few(n: int) -> Message:
    return msg(
        "There are only {n:count} gaps between purchases: too few to tell whether customers buy under a contract.", n=n
    )


def _reasons(best: int, calendar: float, same: float, regular: float) -> tuple[Message, ...]:
    return (
        msg(
            "{share:percent} of the gaps between purchases are about {days:count} days, the most frequent distance of "
            "a calendar; {same:percent} of the purchases repeat the amount of the one before.",
            share=calendar,
            days=best,
            same=same,
        ),
        msg(
            "Regularity of the gaps is at least {k:decimal} (1 is at random, {limit:count} and more as under a "
            "contract).",
            k=min(regular, 999.0),
            limit=AS_REGULAR,
        ),
    )
