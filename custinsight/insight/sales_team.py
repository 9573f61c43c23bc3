"""What each salesperson's customers bring, what is at stake, and who was not contacted."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis
import numpy as np
import pandas as pd

from custinsight.base.lines import read_lines
from custinsight.base.orders import group_pieces, list_events, sum_customers
from custinsight.engine import Tabular, as_table, collect, require_columns
from custinsight.errors import PeriodError
from custinsight.periods import Period
from custinsight.tables import MONEY

SALES_TEAM = [
    *("owner_id", "owner_name", "department", "customers", "active", "revenue", "profit", "target", "attainment"),
    *("at_stake", "not_contacted"),
]
NOBODY = ""
CONTACTS = ("call", "visit", "email", "meeting")


def sales_team(
    transactions: Tabular,
    profile: Tabular | None,
    interactions: Tabular | None,
    targets: Tabular | None,
    owners: Tabular | None,
    scores: Tabular | None,
    period: str | Period,
    *,
    no_contact_days: int = 90,
) -> pd.DataFrame:
    """One row per salesperson: the customers looked after, what they brought, and who was forgotten.

    A customer belongs to its own salesperson (``profile.owner_id``), or else to the one on its newest line; revenue
    goes with the customer. Customers of nobody have the owner ``""``.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        Lines; optionally with owner_id.
    profile : table or None
        customer_id; optionally owner_id, owner_name, department.
    interactions : table or None
        customer_id, at, kind; calls, visits, e-mails and meetings are contacts.
    targets : table or None
        owner_id, period, revenue_target.
    owners : table or None
        owner_id, owner_name; optionally department. People with a target or customers only are listed.
    scores : table or None
        customer_id, value_at_stake.
    period : str or Period
    no_contact_days : int
        Days up to the period's end without a contact that make a customer not contacted.

    Returns
    -------
    DataFrame
        owner_id, owner_name, department, customers, active (with an order in the period), revenue, profit (NaN
        without cost), target (NaN without one), attainment (revenue over target), at_stake (NaN without scores),
        not_contacted (active customers; NaN without interactions). Largest revenue first. Empty when neither
        customers nor lines name a salesperson.

    Notes
    -----
    A target's period counts when it is this one, or the sum of those within it, or else the share of days that this
    period has of a longer one.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "b"], "amount_net": [75, 25], "doc_date": ["2024-01-03"] * 2})
    >>> profile = pd.DataFrame({"customer_id": ["a", "b"], "owner_id": ["s1", None]})
    >>> team = sales_team(lines, profile, None, None, None, None, "2024Q1")
    >>> team[["owner_id", "customers", "revenue"]].values.tolist()
    [['s1', 1, 75.0], ['', 1, 25.0]]
    """
    period = Period.parse(period)
    lines = read_lines(transactions, "owner_id").filter(lambda t: t.doc_date <= ibis.literal(period.end))
    pieces = group_pieces(lines).cache()
    customers = _customers(lines, pieces, profile, period)
    customers = _add_stake(customers, scores)
    customers = _add_contacts(customers, interactions, period.end - dt.timedelta(days=no_contact_days))
    sums = customers.group_by("owner_id").aggregate(
        customers=customers.count(),
        active=customers.active.sum(),
        revenue=customers.spend.sum(),
        profit=customers.profit.sum(),
        at_stake=customers.at_stake.sum(),
        not_contacted=(customers.active * customers.silent).sum(),
    )
    frame = collect(sums)
    if frame.empty or frame["owner_id"].eq(NOBODY).all():
        return pd.DataFrame({name: pd.Series(dtype="float64") for name in SALES_TEAM})
    has_cost = collect(pieces.aggregate(known=(pieces.costed_lines > 0).any()))["known"].fillna(False).iloc[0]
    frame = frame if has_cost else frame.assign(profit=np.nan)
    frame = _add_targets(frame, targets, period)
    return _add_names(frame, owners, profile)[SALES_TEAM]


def _customers(lines: ibis.Table, pieces: ibis.Table, profile: Tabular | None, period: Period) -> ibis.Table:
    """One row per customer known or buying: customer_id, owner_id, active (0 or 1), spend, profit."""
    sums = sum_customers(list_events(pieces), period.start, period.end)
    named = lines.filter(lines.owner_id.nullif("").notnull())
    newest = named.group_by("customer_id").aggregate(day=named.doc_date.max())
    on_newest = named.inner_join(newest, ["customer_id", named.doc_date == newest.day])
    sold_by = on_newest.group_by(seller=on_newest.customer_id).aggregate(sold_by=on_newest.owner_id.min())
    ids = lines.select("customer_id").distinct()
    own: Any = None
    if profile is not None:
        table = as_table(profile)
        require_columns(table, ("customer_id",), name="The table profile")
        owner = table.owner_id.cast("string") if "owner_id" in table.columns else ibis.null("string")
        own = table.select(known=table.customer_id, owner=owner.nullif(""))
        ids = ids.union(table.select("customer_id")).distinct()
    joined = ids.left_join(sold_by, ids.customer_id == sold_by.seller).drop("seller")
    joined = joined.left_join(sums.rename(buyer="customer_id"), joined.customer_id == sums.customer_id)
    owner = joined.sold_by
    if own is not None:
        joined = joined.left_join(own, joined.customer_id == own.known)
        owner = ibis.coalesce(joined.owner, joined.sold_by)
    return joined.select(
        "customer_id",
        owner_id=owner.fill_null(NOBODY),
        active=(joined.orders > 0).fill_null(False).cast("int64"),
        spend=joined.spend.fill_null(0),
        profit=joined.profit.fill_null(0),
    )


def _add_stake(customers: ibis.Table, scores: Tabular | None) -> ibis.Table:
    if scores is None:
        return customers.mutate(at_stake=ibis.null(MONEY))
    table = as_table(scores)
    require_columns(table, ("customer_id", "value_at_stake"), name="The table scores")
    stakes = table.select(scored=table.customer_id, at_stake=table.value_at_stake.cast(MONEY))
    return customers.left_join(stakes, customers.customer_id == stakes.scored).drop("scored")


def _add_contacts(customers: ibis.Table, interactions: Tabular | None, since: dt.date) -> ibis.Table:
    """Add silent: 1 when nobody contacted the customer after the day; null without interactions."""
    if interactions is None:
        return customers.mutate(silent=ibis.null("int64"))
    table = as_table(interactions)
    require_columns(table, ("customer_id", "at"), name="The table interactions")
    contacts = table.filter(table["at"].cast("date") > ibis.literal(since))
    if "kind" in table.columns:
        contacts = contacts.filter(contacts.kind.isin(CONTACTS))
    met = contacts.select(met=contacts.customer_id).distinct()
    joined = customers.left_join(met, customers.customer_id == met.met)
    return joined.mutate(silent=joined.met.isnull().cast("int64")).drop("met")


def _add_targets(frame: pd.DataFrame, targets: Tabular | None, period: Period) -> pd.DataFrame:
    aims = pd.Series(dtype="float64")
    if targets is not None:
        table = as_table(targets)
        require_columns(table, ("owner_id", "period", "revenue_target"), name="The table targets")
        wanted = table.select(
            owner_id=table.owner_id.cast("string"),
            period=table.period.cast("string"),
            revenue_target=table.revenue_target.cast(MONEY),
        )
        aims = _targets_of(collect(wanted), period)
    people = frame.set_index("owner_id")
    people = people.reindex(people.index.union(aims.index[aims.index != NOBODY], sort=False))
    counts = ["customers", "active", "revenue"]
    people[counts] = people[counts].fillna(0)
    people["target"] = aims.reindex(people.index)
    people["attainment"] = people["revenue"] / people["target"].where(people["target"] > 0)
    return people.rename_axis("owner_id").reset_index().astype({"customers": "int64", "active": "int64"})


def _targets_of(targets: pd.DataFrame, period: Period) -> pd.Series:
    """Target per owner for the period, from the closest fitting periods there are."""
    amounts: dict[str, float] = {}
    for owner, rows in targets.groupby("owner_id"):
        spans = [(span, amount) for span, amount in _spans(rows, period)]
        same = [amount for span, amount in spans if (span.start, span.end) == (period.start, period.end)]
        inside = [amount for span, amount in spans if period.start <= span.start and span.end <= period.end]
        around = [
            amount * period.days / span.days
            for span, amount in sorted(spans, key=lambda pair: pair[0].days)
            if span.start <= period.start and period.end <= span.end
        ]
        if same or inside or around:
            amounts[str(owner)] = same[0] if same else sum(inside) if inside else around[0]
    return pd.Series(amounts, dtype="float64")


def _spans(rows: pd.DataFrame, period: Period) -> list[tuple[Period, float]]:
    spans = []
    for label, amount in zip(rows["period"], rows["revenue_target"], strict=True):
        try:
            spans.append((Period.parse(str(label), period.first_month), float(amount)))
        except PeriodError:
            continue
    return spans


def _add_names(frame: pd.DataFrame, owners: Tabular | None, profile: Tabular | None) -> pd.DataFrame:
    """Add owner_name and department, from the owners or else from the customers; sort by revenue."""
    names = pd.DataFrame(columns=["owner_name", "department"], dtype="str")
    for source in (owners, profile):
        if source is None:
            continue
        table = as_table(source)
        if "owner_id" not in table.columns:
            continue
        columns = {
            name: table[name].cast("string").nullif("") if name in table.columns else ibis.null("string")
            for name in ("owner_name", "department")
        }
        people = table.select(owner_id=table.owner_id.cast("string"), **columns).filter(lambda t: t.owner_id.notnull())
        found = people.group_by("owner_id").aggregate(
            owner_name=people.owner_name.min(), department=people.department.min()
        )
        names = names.combine_first(collect(found).set_index("owner_id"))
    named = frame.join(names[["owner_name", "department"]], on="owner_id")
    named[["owner_name", "department"]] = named[["owner_name", "department"]].fillna("")
    return named.sort_values(["revenue", "owner_id"], ascending=[False, True], ignore_index=True)
