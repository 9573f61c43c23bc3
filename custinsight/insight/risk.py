"""On how few customers the business hangs, and who owes money."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pandas as pd

from custinsight.base.lines import UNITS, as_day, as_units
from custinsight.base.orders import sum_customers
from custinsight.base.purchases import TransactionsLike, read_purchases
from custinsight.engine import Tabular, as_table, collect, require_columns
from custinsight.periods import Period
from custinsight.tables import MONEY

TOPS = (1, 5, 10, 20, 50, 100)
YEAR_DAYS = 365
BUCKETS = ("not_due", "1-30", "31-60", "61-90", "over_90")
MOST_CUSTOMERS = 10_000
OVERDUE = ("customer_id", "amount_open", "amount_overdue", "oldest_days", "documents", "credit_limit")


@dataclass(frozen=True)
class Risk:
    """Dependence on few customers, and open amounts.

    Parameters
    ----------
    concentration : DataFrame
        top (1, 5, 10, 20, 50, 100, as far as there are customers), customers (in all), spend, share_spend,
        share_value (of the customers' value; NaN when none is given). Each share counts its own largest customers.
    aging : DataFrame
        bucket (not_due, 1-30, 31-60, 61-90, over_90 days after the due date), documents, amount_open. All five, or
        none without receivables.
    overdue : DataFrame
        Customers with something overdue, the most first, at most 10,000: customer_id, amount_open, amount_overdue,
        oldest_days, documents (overdue ones), credit_limit (NaN when unknown).
    over_limit : DataFrame
        Customers who owe more than their credit limit, in the same columns.
    """

    concentration: pd.DataFrame
    aging: pd.DataFrame
    overdue: pd.DataFrame
    over_limit: pd.DataFrame


def risk(
    transactions: TransactionsLike,
    receivables: Tabular | None,
    values: Tabular | None,
    as_of: str | dt.date,
    *,
    period: str | Period | None = None,
    profile: Tabular | None = None,
) -> Risk:
    """Measure dependence and receivables as they stood on a day.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
    receivables : table or None
        customer_id, doc_id, doc_date, due_date, amount_open; with amount and paid_date, what was paid after the day
        counts as open in full, what was paid by then as paid.
    values : table or None
        customer_id, clv (or value): expected value, for the share of the future that hangs on the largest.
    as_of : str or date
    period : str or Period, optional
        Period whose spend is looked at; the 365 days up to ``as_of`` when not given.
    profile : table or None
        customer_id, credit_limit.

    Returns
    -------
    Risk

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "b"], "amount_net": [75, 25], "doc_date": ["2024-01-03"] * 2})
    >>> risk(lines, None, None, "2024-12-31").concentration[["top", "share_spend"]].values.tolist()
    [[1.0, 0.75], [5.0, 1.0]]
    """
    day = as_day(as_of)
    open_documents = None if receivables is None else _open_documents(receivables, day)
    return Risk(
        concentration=_concentration(transactions, values, day, period),
        aging=_aging(open_documents),
        overdue=_customers(open_documents, profile, "overdue"),
        over_limit=_customers(open_documents, profile, "over_limit"),
    )


def _concentration(
    transactions: TransactionsLike, values: Tabular | None, day: dt.date, period: str | Period | None
) -> pd.DataFrame:
    purchases = read_purchases(transactions)
    start, end = day - dt.timedelta(days=YEAR_DAYS - 1), day
    if period is not None:
        span = Period.parse(period)
        start, end = span.start, span.end
    customers = sum_customers(purchases.events(end), start, end)
    buyers = customers.filter(customers.orders > 0)
    spend = _tops(buyers.select("customer_id", amount=buyers.spend))
    columns = ["top", "customers", "spend", "share_spend", "share_value"]
    if spend.empty:
        return pd.DataFrame(columns=columns, dtype="float64")
    frame = spend.rename(columns={"amount": "spend", "share": "share_spend"}).assign(share_value=np.nan)
    if values is not None:
        table = as_table(values)
        column = "clv" if "clv" in table.columns else "value"
        require_columns(table, ("customer_id", column), name="The table of values")
        worth = _tops(table.select("customer_id", amount=table[column].cast(MONEY)).filter(lambda t: t.amount > 0))
        frame["share_value"] = frame["top"].map(worth.set_index("top")["share"]) if len(worth) else np.nan
    return frame[columns].astype({"top": "int64", "customers": "int64"})


def _tops(customers: ibis.Table) -> pd.DataFrame:
    """One row per number of largest customers: top, customers, amount, share of the total."""
    units = customers.select("customer_id", units=as_units(customers.amount))
    ranked = units.mutate(place=ibis.row_number().over(order_by=[units.units.desc(), units.customer_id]) + 1)
    sums = {f"top_{top}": ranked.units.sum(where=ranked.place <= top) for top in TOPS}
    row = collect(ranked.aggregate(n=ranked.count(), total=ranked.units.sum(), **sums)).iloc[0]
    n, total = int(row["n"]), 0 if row["n"] == 0 else int(row["total"])
    tops = [top for place, top in enumerate(TOPS) if n and (place == 0 or TOPS[place - 1] < n)]
    amounts = [int(row[f"top_{top}"]) for top in tops]
    return pd.DataFrame(
        {
            "top": tops,
            "customers": n,
            "amount": [amount / UNITS for amount in amounts],
            "share": [amount / total if total > 0 else np.nan for amount in amounts],
        }
    )


def _open_documents(receivables: Tabular, day: dt.date) -> ibis.Table:
    """One row per open document: customer_id, amount (open on the day), days (past the due date)."""
    table = as_table(receivables)
    require_columns(table, ("customer_id", "doc_date", "due_date", "amount_open"), name="The table receivables")
    as_of = ibis.literal(day)
    amount: Any = table.amount_open.cast(MONEY)
    if "paid_date" in table.columns:
        paid = table.paid_date.cast("date")
        full = table.amount.cast(MONEY) if "amount" in table.columns else amount
        zero = ibis.literal(0).cast(MONEY)
        amount = ibis.cases((paid > as_of, full), (paid <= as_of, zero), else_=amount)
    known = table.filter(table.doc_date.cast("date") <= as_of)
    documents = known.select("customer_id", amount=amount, days=as_of.delta(known.due_date.cast("date"), unit="day"))
    return documents.filter(documents.amount != 0)


def _aging(documents: ibis.Table | None) -> pd.DataFrame:
    if documents is None:
        return pd.DataFrame({"bucket": pd.Series(dtype="str"), "documents": [], "amount_open": []})
    days = documents.days
    bucket = ibis.cases(
        (days <= 0, "not_due"), (days <= 30, "1-30"), (days <= 60, "31-60"), (days <= 90, "61-90"), else_="over_90"
    )
    marked = documents.mutate(bucket=bucket)
    found = collect(marked.group_by("bucket").aggregate(documents=marked.count(), amount_open=marked.amount.sum()))
    if found.empty:
        return found.astype({"bucket": "str", "documents": "int64", "amount_open": "float64"})
    frame = found.set_index("bucket").reindex(pd.Index(BUCKETS, name="bucket")).fillna(0)
    return frame.astype({"documents": "int64", "amount_open": "float64"}).reset_index()


def _customers(documents: ibis.Table | None, profile: Tabular | None, which: str) -> pd.DataFrame:
    """Customers with something overdue, or over their credit limit."""
    empty = pd.DataFrame({name: pd.Series(dtype="str" if name == "customer_id" else "float64") for name in OVERDUE})
    if documents is None:
        return empty
    late = documents.days > 0
    grouped = documents.group_by("customer_id").aggregate(
        amount_open=documents.amount.sum(),
        amount_overdue=ibis.ifelse(late, documents.amount, 0).sum(),
        oldest_days=documents.days.max(where=late & (documents.amount > 0)),
        documents=late.cast("int64").sum(),
    )
    grouped = _with_limit(grouped, profile)
    if which == "overdue":
        chosen, order = grouped.filter(grouped.amount_overdue > 0), grouped.amount_overdue
    else:
        chosen, order = grouped.filter(grouped.amount_open > grouped.credit_limit), grouped.amount_open
    frame = collect(chosen.order_by(order.desc(), "customer_id").limit(MOST_CUSTOMERS).select(*OVERDUE))
    return frame if len(frame) else empty


def _with_limit(customers: ibis.Table, profile: Tabular | None) -> ibis.Table:
    known = None if profile is None else as_table(profile)
    if known is None or "credit_limit" not in known.columns:
        return customers.mutate(credit_limit=ibis.null(MONEY))
    limits = known.select(limited=known.customer_id, credit_limit=known.credit_limit.cast(MONEY))
    return customers.left_join(limits, customers.customer_id == limits.limited).drop("limited")
