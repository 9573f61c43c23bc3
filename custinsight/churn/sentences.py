"""Reasons in words: one sentence per reason, from the values stored with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pandas as pd

from custinsight.words import Message, msg

Row: TypeAlias = Mapping[str, Any] | pd.Series


def reason_sentence(row: Row) -> Message:
    """Say one reason, with how much likelier or less likely it makes leaving.

    Parameters
    ----------
    row : Series or mapping
        topic, effect, first, second and value, as :func:`custinsight.churn.reasons.list_reasons` gives them.

    Examples
    --------
    >>> from custinsight.words import Words
    >>> row = {"topic": "silence", "effect": 0.31, "first": 94.0, "second": 31.0, "value": ""}
    >>> Words("en")(reason_sentence(row))
    'Last order 94 days ago, usually every 31 (+31.0 pts).'
    """
    return msg("{what} ({effect:points}).", what=topic_sentence(row), effect=float(row["effect"]))


def join_reasons(reasons: pd.DataFrame) -> dict[str, Message]:
    """Say all reasons of each customer, one after the other: customer_id to message.

    Parameters
    ----------
    reasons : pandas.DataFrame
        As :func:`custinsight.churn.reasons.list_reasons` gives them.
    """
    said: dict[str, Message] = {}
    for _, row in reasons.sort_values(["customer_id", "place"]).iterrows():
        one, customer = reason_sentence(row), str(row["customer_id"])
        said[customer] = msg("{first} {second}", first=said[customer], second=one) if customer in said else one
    return said


def topic_sentence(row: Row) -> Message:
    """Say what a reason is about, without its size."""
    say = _SENTENCES.get(str(row["topic"]))
    return say(row) if say is not None else _own(row)


def _value(row: Row, name: str) -> float:
    value = row.get(name)
    return float("nan") if value is None or pd.isna(value) else float(value)


def _silence(row: Row) -> Message:
    days, gap = _value(row, "first"), _value(row, "second")
    if pd.isna(gap):
        return msg("One order so far, {days:count} days ago", days=days)
    return msg("Last order {days:count} days ago, usually every {gap:count}", days=days, gap=gap)


def _trend(row: Row) -> Message:
    change = _value(row, "first")
    if pd.isna(change):
        return msg("The last gap between orders was {times:decimal} times the usual one", times=_value(row, "second"))
    # a balance of b between two halves is a ratio of (1 + b) / (1 - b) between them
    share = (1 + change) / (1 - change) - 1 if change < 1 else float("nan")
    if pd.isna(share):
        return msg("Orders again, after none in the half-year before")
    return msg("Orders of the last half-year against the half-year before: {change:signed_percent}", change=share)


def _spend_trend(row: Row) -> Message:
    change = _value(row, "first")
    share = (1 + change) / (1 - change) - 1 if -1 <= change < 1 else float("nan")
    return msg("Spend of the last half-year against the half-year before: {change:signed_percent}", change=share)


def _owner(row: Row) -> Message:
    changes = _value(row, "first")
    if not changes >= 1:
        return msg("The same salesperson all year")
    return msg(
        "{n:count} change of salesperson in the last year",
        "{n:count} changes of salesperson in the last year",
        n=int(changes),
    )


def _payment(row: Row) -> Message:
    overdue, late = _value(row, "first"), _value(row, "second")
    if overdue >= 1:
        return msg("{n:count} document overdue", "{n:count} documents overdue", n=int(overdue))
    if late > 0:
        return msg("Pays {days:count} days late on average", days=late)
    return msg("Pays in time")


def _complaints(row: Row) -> Message:
    cases, still_open = _value(row, "first"), _value(row, "second")
    if still_open >= 1:
        return msg("{n:count} open complaint", "{n:count} open complaints", n=int(still_open))
    if cases >= 1:
        return msg("{n:count} complaint in the last year", "{n:count} complaints in the last year", n=int(cases))
    return msg("No complaint in the last year")


def _satisfaction(row: Row) -> Message:
    score = _value(row, "first")
    if pd.isna(score):
        return msg("No survey answered in the last year")
    return msg("Satisfaction {share:percent} of the full score", share=score)


def _contacts(row: Row) -> Message:
    days = _value(row, "first")
    return msg("Never contacted") if pd.isna(days) else msg("Last contact {days:count} days ago", days=days)


def _discount(row: Row) -> Message:
    below = _value(row, "first")
    if pd.isna(below):
        return msg("No prices to compare in the last year")
    if below < 0:
        return msg("Pays {share:percent} above the usual prices", share=-below)
    return msg("Pays {share:percent} below the usual prices", share=below)


def _returns(row: Row) -> Message:
    share = _value(row, "first")
    if not share > 0:
        return msg("Returned nothing in the last year")
    return msg("Returned {share:percent} of what was bought in the last year", share=share)


def _season(row: Row) -> Message:
    n = _value(row, "first")
    if pd.isna(n):
        return msg("Not yet a customer in the same season a year ago")
    return msg(
        "{n:count} order in the same season a year ago", "{n:count} orders in the same season a year ago", n=int(n)
    )


def _frequency(row: Row) -> Message:
    n = _value(row, "first")
    return msg("{n:count} order in the last year", "{n:count} orders in the last year", n=0 if pd.isna(n) else int(n))


def _regularity(row: Row) -> Message:
    spread = _value(row, "first")
    if pd.isna(spread):
        return msg("Too few orders to know a rhythm")
    if spread < 0.5:
        return msg("Orders at regular intervals")
    return msg("Orders at irregular intervals")


def _range(row: Row) -> Message:
    n = _value(row, "first")
    n = _value(row, "second") if pd.isna(n) else n
    return msg(
        "{n:count} different product in the last year",
        "{n:count} different products in the last year",
        n=0 if pd.isna(n) else int(n),
    )


def _web(row: Row) -> Message:
    n = _value(row, "first")
    return msg(
        "{n:count} visit to the website in the last quarter",
        "{n:count} visits to the website in the last quarter",
        n=0 if pd.isna(n) else int(n),
    )


def _own(row: Row) -> Message:
    """Say a column of the user's own."""
    name, text = str(row["topic"]), str(row.get("value") or "")
    if text:
        return msg("{column}: {value}", column=name, value=text)
    return msg("{column}: {value:decimal}", column=name, value=_value(row, "first"))


_SENTENCES: dict[str, Callable[[Row], Message]] = {
    "silence": _silence,
    "frequency": _frequency,
    "trend": _trend,
    "regularity": _regularity,
    "season": _season,
    "age": lambda row: msg("Customer for {days:count} days", days=_value(row, "first")),
    "spend": lambda row: msg("Spends {amount:money} per order", amount=_value(row, "first")),
    "spend_trend": _spend_trend,
    "range": _range,
    "returns": _returns,
    "discount": _discount,
    "owner": _owner,
    "payment": _payment,
    "complaints": _complaints,
    "satisfaction": _satisfaction,
    "contacts": _contacts,
    "web": _web,
}

TOPIC_NAMES: dict[str, Message] = {
    "silence": msg("Silence against the own rhythm"),
    "frequency": msg("How often they order"),
    "trend": msg("Trend of the orders"),
    "regularity": msg("Regularity"),
    "season": msg("Season"),
    "age": msg("Time as a customer"),
    "spend": msg("Spend"),
    "spend_trend": msg("Trend of the spend"),
    "range": msg("Range of products"),
    "returns": msg("Returns"),
    "discount": msg("Discounts"),
    "owner": msg("Changes of salesperson"),
    "payment": msg("Payment"),
    "complaints": msg("Complaints"),
    "satisfaction": msg("Satisfaction"),
    "contacts": msg("Contacts"),
    "web": msg("Web activity"),
}
"""What topics are called."""
