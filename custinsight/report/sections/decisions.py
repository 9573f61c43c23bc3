"""Decisions that the worklists ask for: one per list, with its owner, date and amount."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.parts import Finding
from custinsight.report.sections.actions import owner_names
from custinsight.report.sections.common import known, number
from custinsight.words import Message, msg


def _ask(code: str, n: int) -> Message:
    """Say what is asked for, for the ``n`` customers of a worklist."""
    asked = {
        "W1": msg(
            "Contact {n:count} valuable customer who is likely to leave.",
            "Contact {n:count} valuable customers who are likely to leave.",
            n=n,
        ),
        "W2": msg("Find out why {n:count} customer fell back.", "Find out why {n:count} customers fell back.", n=n),
        "W3": msg("Win back {n:count} lapsed customer.", "Win back {n:count} lapsed customers.", n=n),
        "W4": msg(
            "Bring {n:count} new customer to a second order.", "Bring {n:count} new customers to a second order.", n=n
        ),
        "W5": msg(
            "Offer {n:count} customer what similar customers buy.",
            "Offer {n:count} customers what similar customers buy.",
            n=n,
        ),
        "W6": msg(
            "Collect from {n:count} customer what is overdue or above the credit limit.",
            "Collect from {n:count} customers what is overdue or above the credit limit.",
            n=n,
        ),
        "W7": msg(
            "Settle the open complaint of {n:count} customer.",
            "Settle the open complaints of {n:count} customers.",
            n=n,
        ),
        "W8": msg(
            "Get in touch with {n:count} customer whom nobody follows up.",
            "Get in touch with {n:count} customers whom nobody follows up.",
            n=n,
        ),
        "W9": msg(
            "Settle the doubtful or incomplete records of {n:count} customer.",
            "Settle the doubtful or incomplete records of {n:count} customers.",
            n=n,
        ),
        "W10": msg(
            "Change the terms of {n:count} customer who loses money.",
            "Change the terms of {n:count} customers who lose money.",
            n=n,
        ),
        "W11": msg("Move {n:count} customer to self-service.", "Move {n:count} customers to self-service.", n=n),
    }
    return asked.get(code, msg("Work off list {code}: {n:count}.", code=code, n=n))


def rank_lists(audit: Any, most: int) -> tuple[Finding, ...]:
    """Choose the worklists with the most money at stake.

    A customer can be on several lists; once a list is chosen, its customers add nothing to the weight of the others.
    """
    if not audit.has("worklists"):
        return ()
    tasks = audit.table("worklists").assign(
        owner_id=lambda frame: frame["owner_id"].fillna(""),
        amount=lambda frame: frame["amount_at_stake"].astype(float).fillna(0.0).clip(lower=0.0),
    )
    chosen: list[Finding] = []
    left = tasks
    while len(chosen) < most and len(left):
        weights = left.groupby("list_code")["amount"].sum()
        code = str(weights.sort_values(ascending=False, kind="stable").index[0])
        chosen.append(_decision(audit, code, tasks[tasks["list_code"] == code]))
        done = tasks.loc[tasks["list_code"] == code, "customer_id"]
        left = left[left["list_code"] != code]
        left = left.assign(amount=left["amount"].where(~left["customer_id"].isin(done), 0.0))
    return tuple(chosen)


def _decision(audit: Any, code: str, tasks: pd.DataFrame) -> Finding:
    low, high = (number(tasks[name].sum(min_count=1)) for name in ("amount_low", "amount_high"))
    values: dict[str, Any] = {
        "owner": _owners(audit, tasks),
        "due": tasks["due_date"].min(),
        "amount": number(tasks["amount"].sum()),
        "low": low,
        "high": high,
    }
    if not values["amount"]:
        detail = msg("{owner} · by {due:day}", **values)
    elif known(low) and known(high) and low < high:
        detail = msg("{owner} · by {due:day} · {amount:money} at stake ({low:money} to {high:money})", **values)
    else:
        detail = msg("{owner} · by {due:day} · {amount:money} at stake", **values)
    return Finding(_ask(code, int(tasks["customer_id"].nunique())), detail, "actions")


def _owners(audit: Any, tasks: pd.DataFrame) -> Message:
    """Who has most of it to do, and how many others."""
    amounts = tasks.groupby("owner_id")[["amount"]].sum().assign(tasks=tasks.groupby("owner_id").size())
    ranked = amounts.sort_values(["amount", "tasks"], ascending=False, kind="stable").index
    people = [str(code) for code in ranked if code]
    if not people:
        return msg("Owner to be named")
    first = owner_names(audit).get(people[0], people[0])
    if len(people) == 1:
        return msg("{who}", who=first)
    return msg("{who} and {n:count} other", "{who} and {n:count} others", who=first, n=len(people) - 1)
