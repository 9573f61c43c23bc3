"""What the worklists say: titles, reasons and actions, as messages that each language then says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pandas as pd

from custinsight.errors import DataError
from custinsight.words import Message, msg

Row: TypeAlias = Mapping[str, Any] | pd.Series

TITLES: dict[str, Message] = {
    "W1": msg("High-value customers about to leave"),
    "W2": msg("Downgraded customers"),
    "W3": msg("Customers to wake up"),
    "W4": msg("New customers: the second order"),
    "W6": msg("Overdue and over the credit limit"),
    "W7": msg("Open complaints"),
    "W8": msg("Nobody follows up"),
    "W9": msg("Possible duplicates and missing data"),
    "W10": msg("Loss-making customers"),
}

ACTIONS: dict[str, Message] = {
    "call_now": msg("Call now and ask what has changed; agree on the next order."),
    "ask_why_less": msg("Find out why they buy less, and what they buy elsewhere."),
    "win_back": msg("Win back: one personal offer, then leave it."),
    "offer_second": msg("Offer the second order while the first is fresh."),
    "collect": msg("Collect the overdue amount before the next delivery."),
    "check_credit": msg("Review the credit limit and agree on a payment plan."),
    "resolve": msg("Resolve the complaint and tell the customer."),
    "assign_owner": msg("Name an owner."),
    "contact": msg("Get in touch; record the contact."),
    "decide_duplicate": msg("Decide whether these are one customer."),
    "complete_data": msg("Fill in the missing data."),
    "review_price": msg("Review prices, discounts and cost to serve."),
    "win_first": msg("Win the first order, or take them off the list."),
    "keep": msg("Keep: look after them in person, secure the next order."),
    "develop": msg("Develop: offer more of the range."),
    "serve_well": msg("Serve reliably at little cost."),
    "self_service": msg("Lead them to self-service."),
    "let_go": msg("Spend no more sales time here."),
}

FIELDS: dict[str, Message] = {
    "customer_type": msg("customer type"),
    "industry": msg("industry"),
    "customer_group": msg("customer group"),
    "region": msg("region"),
    "city": msg("city"),
    "payment_days": msg("payment days"),
    "credit_limit": msg("credit limit"),
    "source_channel": msg("source"),
}


def list_title(code: str) -> Message:
    """Title of a worklist.

    Examples
    --------
    >>> list_title("W1").template
    'High-value customers about to leave'
    """
    return _known(TITLES, code, "worklist")


def action_message(code: str) -> Message:
    """What is to be done.

    Examples
    --------
    >>> action_message("resolve").template
    'Resolve the complaint and tell the customer.'
    """
    return _known(ACTIONS, code, "action")


def reason_message(row: Row) -> Message:
    """Why a customer is on a list, from one row of the worklists.

    Parameters
    ----------
    row : Series or mapping
        With the columns of :func:`custinsight.actions.worklists`.

    Examples
    --------
    >>> from custinsight.words import Words
    >>> row = {"reason": "silent_beyond_rhythm", "days_silent": 94.0, "usual_gap_days": 31.0, "probability": 0.62}
    >>> Words("en")(reason_message(row))
    'Last order 94 days ago, usually one every 31 days; 62.0% chance of no order in the months ahead.'
    """
    code = str(row["reason"])
    if code not in _REASONS:
        raise DataError("The reason must be one of {known}, got {code}.", known=", ".join(_REASONS), code=code[:40])
    return _REASONS[code](row)


def _known(table: Mapping[str, Message], code: str, thing: str) -> Message:
    if code not in table:
        raise DataError(
            "The {thing} must be one of {known}, got {code}.", thing=thing, known=", ".join(table), code=str(code)[:40]
        )
    return table[code]


def _silent(row: Row) -> Message:
    if pd.isna(row.get("probability")):
        return msg(
            "Last order {days:count} days ago, usually one every {gap:count} days.",
            days=row["days_silent"],
            gap=row["usual_gap_days"],
        )
    return msg(
        "Last order {days:count} days ago, usually one every {gap:count} days; {share:percent} chance of no order in "
        "the months ahead.",
        days=row["days_silent"],
        gap=row["usual_gap_days"],
        share=row["probability"],
    )


def _silent_after_first(row: Row) -> Message:
    return msg("One order only, {days:count} days ago.", days=row["days_silent"])


def _fell_deciles(row: Row) -> Message:
    return msg(
        "Fell from tenth {before:count} to tenth {after:count} of the customers by value.",
        before=row["decile_before"],
        after=row["decile_after"],
    )


def _fell_tier(row: Row) -> Message:
    return msg("Fell from tier {before} to tier {after}.", before=str(row["tier_before"]), after=str(row["tier"]))


def _lapsed(row: Row) -> Message:
    return msg(
        "Last order {days:count} days ago; spent {spend:money} per order before.",
        days=row["days_silent"],
        spend=row["expected_spend"],
    )


def _second_order(row: Row) -> Message:
    return msg(
        "First order {days:count} days ago; those who order again mostly do so within {gap:count} days.",
        days=row["days_silent"],
        gap=row["usual_gap_days"],
    )


def _overdue(row: Row) -> Message:
    return msg(
        "{amount:money} overdue, the oldest for {days:count} days.",
        amount=row["amount_overdue"],
        days=row["oldest_days"],
    )


def _over_limit(row: Row) -> Message:
    return msg(
        "{amount:money} open, above the credit limit of {limit:money}.",
        amount=row["amount_open"],
        limit=row["credit_limit"],
    )


def _complaint(row: Row) -> Message:
    days, category = row["days_open"], row.get("category")
    if pd.isna(category) or category == "":
        return msg("Complaint open for {days:count} days.", days=days)
    return msg("Complaint ({category}) open for {days:count} days.", category=str(category), days=days)


def _no_owner(row: Row) -> Message:
    return msg("Nobody is responsible for this customer.")


def _no_contact(row: Row) -> Message:
    if pd.isna(row.get("days_without_contact")):
        return msg("No contact on record.")
    return msg("No contact for {days:count} days.", days=row["days_without_contact"])


def _duplicate(row: Row) -> Message:
    return msg(
        "May be the same customer as {other}: {probability:percent}.",
        other=str(row["other_customer_id"]),
        probability=row["probability"],
    )


def _missing(row: Row) -> Message:
    names = [FIELDS[name] for name in str(row["missing"]).split(",") if name in FIELDS]
    listed = names[0] if names else msg("unknown")
    for name in names[1:]:
        listed = msg("{some}, {more}", some=listed, more=name)
    return msg("Missing in the master data: {fields}.", fields=listed)


def _loss(row: Row) -> Message:
    return msg("A loss of {loss:money} on sales of {spend:money}.", loss=-row["profit"], spend=row["spend"])


_REASONS: dict[str, Callable[[Row], Message]] = {
    "silent_beyond_rhythm": _silent,
    "silent_after_first": _silent_after_first,
    "fell_deciles": _fell_deciles,
    "fell_tier": _fell_tier,
    "lapsed": _lapsed,
    "second_order": _second_order,
    "overdue": _overdue,
    "over_limit": _over_limit,
    "complaint_open": _complaint,
    "no_owner": _no_owner,
    "no_contact": _no_contact,
    "duplicate": _duplicate,
    "missing_fields": _missing,
    "loss": _loss,
}
