"""What is known of each customer on a day: one row per customer, worked out in the engine.

Point in time: a feature of a day depends on nothing dated later. An order that is returned later still counts, a
complaint that is settled later is still open, a document that is paid later is still owed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import ibis

from custinsight.base.lines import as_day
from custinsight.base.rhythm import chance_of_silence, purchase_spans
from custinsight.churn.records import Records
from custinsight.engine import beside, collect
from custinsight.errors import DataError
from custinsight.tables import MONEY as DECIMAL

QUARTER, HALF, YEAR = 91, 182, 364
"""Spans in days that features look back: whole weeks, so that weekdays do not move them."""

RHYTHM = (
    "purchases",
    "age_days",
    "hiatus_days",
    "usual_gap_days",
    "hiatus_over_gap",
    "chance_silent",
    "gap_variation",
    "last_gap_over_usual",
    "recent_purchases",
    "year_purchases",
    "purchase_trend",
    "season_purchases",
)
MONEY = ("mean_spend", "last_spend_ratio", "year_spend", "spend_trend")
LINES = ("products", "categories", "return_share", "discount", "owner_changes")
PAYMENTS = ("late_days", "overdue_documents")
FEEDBACK = ("complaints", "open_complaints", "resolution_days", "satisfaction")
CONTACTS = ("contacts", "contact_hiatus_days", "web_visits")
FEATURES = (*RHYTHM, *MONEY, *LINES, *PAYMENTS, *FEEDBACK, *CONTACTS)
"""All features, in their order; a base's records may allow only some of them."""


def features(
    records: Records, as_of: str | dt.date, horizon_days: int = 90, customers: ibis.Table | None = None
) -> ibis.Table:
    """One row per customer who had bought by a day, and what was known of it then; lazy.

    Parameters
    ----------
    records : Records
        See :func:`custinsight.churn.read_records`.
    as_of : date or text
        Last day seen.
    horizon_days : int
        Days ahead that will be forecast; purchases in the same days a year before are counted for them.
    customers : ibis.Table, optional
        customer_id of those wanted; what is usual in the base is that of all.

    Returns
    -------
    ibis.Table
        customer_id and those of :data:`FEATURES` that the records allow, float64. Days: age_days (since the first
        purchase), hiatus_days (since the last), usual_gap_days (mean gap), resolution_days (mean, of complaints
        settled), late_days (mean, of documents paid), contact_hiatus_days. Counts: purchases (purchase days), of the
        last 91 days recent_purchases, contacts and web_visits, of the last 364 days year_purchases, products,
        categories, owner_changes and complaints, as they stand open_complaints and overdue_documents, and
        season_purchases (in the ``horizon_days`` after the same day 364 days before). Ratios: hiatus_over_gap,
        chance_silent (see :mod:`custinsight.base.rhythm`), gap_variation (standard deviation over mean),
        last_gap_over_usual, last_spend_ratio (over the mean), return_share and discount (of the last 364 days: money
        returned over money sold, and how far below the usual prices), purchase_trend and spend_trend (last 182 days
        against the 182 before: difference over sum), satisfaction (mean score over its scale). Money: mean_spend (per
        purchase day) and year_spend. Null where there is nothing to go by.

    Raises
    ------
    DataError
        Nobody had bought by the day, or the horizon is shorter than a day.

    Examples
    --------
    >>> import pandas as pd
    >>> from custinsight.churn import read_records
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "b"], "amount_net": [10, 30, 5],
    ...                       "doc_date": ["2024-01-01", "2024-01-31", "2024-02-05"]})
    >>> known = features(read_records(lines), "2024-03-31").to_pandas().set_index("customer_id")
    >>> known.loc["a", ["purchases", "hiatus_days", "usual_gap_days", "hiatus_over_gap"]].tolist()
    [2.0, 60.0, 30.0, 2.0]
    """
    day = as_day(as_of)
    if records.first > day:
        raise DataError(
            "Features must be of a day by which somebody had bought, got {day}; purchases begin on {first}.",
            day=day,
            first=records.first,
        )
    if not horizon_days >= 1:
        raise DataError("The horizon must be at least 1 day, got {days}.", days=str(horizon_days))
    occasions = records.purchases.occasions(day)
    usual = _usual_gap(occasions)
    if customers is not None:
        occasions = occasions.semi_join(customers, "customer_id")
    table = _rhythm_and_money(occasions, day, horizon_days, usual)
    parts = [
        _of_lines(records, day, customers),
        _of_feedback(records.feedback, day),
        _of_contacts(records.interactions, day),
        _of_payments(records.receivables, day),
    ]
    for part, counts in parts:
        if part is not None:
            table = _joined(table, part, counts)
    there = [name for name in FEATURES if name in table.columns]
    return table.select("customer_id", **{name: table[name].cast("float64") for name in there})


Part = tuple[ibis.Table | None, tuple[str, ...]]


def _joined(table: ibis.Table, part: ibis.Table, counts: tuple[str, ...]) -> ibis.Table:
    """Join features of some customers to all; counts of the others are 0."""
    named = beside(part, table).rename(holder__="customer_id")
    joined = table.left_join(named, table.customer_id == named.holder__)
    added = {name: joined[name].fill_null(0) if name in counts else joined[name] for name in part.columns[1:]}
    return joined.select(*table.columns, **added)


def _usual_gap(occasions: ibis.Table) -> float:
    """Median of the customers' mean gaps between purchases, in days; a year where nobody bought twice."""
    spans = purchase_spans(occasions)
    took = spans.last_date.delta(spans.first_date, unit="day").cast("float64")
    found = collect(spans.aggregate(usual=(took / spans.x.nullif(0)).median()))["usual"].iloc[0]
    return float(YEAR) if found is None or found != found else float(found)


def _rhythm_and_money(occasions: ibis.Table, as_of: dt.date, horizon_days: int, usual: float) -> ibis.Table:
    order = ibis.window(group_by=occasions.customer_id, order_by=occasions.day)
    days = occasions.select(
        "customer_id",
        "day",
        amount=occasions.amount,
        gap=occasions.day.delta(occasions.day.lag().over(order), unit="day").cast("int64"),
    )
    sums = days.group_by("customer_id").aggregate(**_sums(days, as_of, horizon_days))
    end = ibis.literal(as_of)
    known = sums.mutate(
        age_days=end.delta(sums.first_date, unit="day").cast("float64"),
        hiatus_days=end.delta(sums.last_date, unit="day").cast("float64"),
        took=sums.last_date.delta(sums.first_date, unit="day").cast("float64"),
        gaps=(sums.purchases - 1).cast("float64"),
    )
    known = known.mutate(usual_gap_days=known.took / known.gaps.nullif(0))
    return known.mutate(**_ratios(known, usual))


def _sums(days: ibis.Table, as_of: dt.date, horizon_days: int) -> dict[str, Any]:
    """What one pass over the purchase days tells of each customer."""
    season = as_of - dt.timedelta(days=YEAR)
    recent, half, before = (_within(days.day, as_of, span) for span in (QUARTER, HALF, YEAR))
    return {
        "purchases": days.count(),
        "first_date": days.day.min(),
        "last_date": days.day.max(),
        "spend": days.amount.sum(),
        "last_spend": days.amount.argmax(days.day),
        "last_gap": days.gap.argmax(days.day),
        "squares": (days.gap * days.gap).sum(),
        "recent_purchases": recent.cast("int64").sum(),
        "half_purchases": half.cast("int64").sum(),
        "year_purchases": before.cast("int64").sum(),
        "half_spend": days.amount.sum(where=half).fill_null(0),
        "year_spend": days.amount.sum(where=before).fill_null(0),
        "same_season": _within(days.day, season + dt.timedelta(days=min(horizon_days, YEAR)), min(horizon_days, YEAR))
        .cast("int64")
        .sum(),
    }


def _ratios(known: ibis.Table, usual: float) -> Mapping[str, Any]:
    gaps, mean = known.gaps, known.usual_gap_days
    spend, last_spend = known.spend.cast("float64"), known.last_spend.cast("float64")
    each = spend / known.purchases.nullif(0)
    spread = ibis.greatest(known.squares.cast("float64") / gaps.nullif(0) - mean * mean, 0.0).sqrt()
    old = known.age_days >= YEAR
    nothing = ibis.null("float64")
    chance = chance_of_silence(gaps, known.took, known.hiatus_days, ibis.literal(usual))
    return {
        "hiatus_over_gap": known.hiatus_days / mean.nullif(0),
        "chance_silent": ibis.ifelse(gaps > 0, chance, nothing),
        "gap_variation": ibis.ifelse(gaps > 1, spread / mean.nullif(0), nothing),
        "last_gap_over_usual": ibis.ifelse(gaps > 1, known.last_gap / mean.nullif(0), nothing),
        "purchase_trend": ibis.ifelse(old, _balance(known.half_purchases, known.year_purchases), nothing),
        "season_purchases": ibis.ifelse(old, known.same_season.cast("float64"), nothing),
        "mean_spend": each,
        "last_spend_ratio": last_spend / each.nullif(0),
        "spend_trend": ibis.ifelse(old, _balance(known.half_spend, known.year_spend), nothing),
    }


def _balance(latest: Any, both: Any) -> Any:
    """Difference of two halves over their sum, from -1 to 1 where neither is negative."""
    return (latest.cast("float64") * 2 - both.cast("float64")) / both.cast("float64").nullif(0)


def _within(day: Any, end: dt.date, days: int) -> Any:
    """Whether a day lies within the last ``days`` days up to the end."""
    return day.between(ibis.literal(end - dt.timedelta(days=days - 1)), ibis.literal(end))


def _of_lines(records: Records, as_of: dt.date, customers: ibis.Table | None) -> Part:
    """Range of products, returns, prices and owners of the last year."""
    reader = records.lines.until(as_of)
    year = reader.columns["doc_date"] > ibis.literal(as_of - dt.timedelta(days=YEAR))
    everybodys = reader.select("customer_id", "amount", "is_return", *records.extras, where=year)
    lines = everybodys if customers is None else everybodys.semi_join(customers, "customer_id")
    sold = ~lines.is_return
    # sums of decimals, whose last digits do not hang on the order of the lines
    sums: dict[str, Any] = {
        "sold": lines.amount.sum(where=sold),
        "returned": (-lines.amount).sum(where=lines.is_return).fill_null(0),
    }
    if "product_id" in records.extras:
        sums["products"] = lines.product_id.nunique(where=sold)
    if "category" in records.extras:
        sums["categories"] = lines.category.nunique(where=sold)
    if "owner_id" in records.extras:
        sums["owners"] = lines.owner_id.nunique(where=sold)
    table = lines.group_by("customer_id").aggregate(**sums)
    added: dict[str, Any] = {"return_share": table.returned.cast("float64") / table.sold.cast("float64").nullif(0)}
    if "owner_id" in records.extras:
        added["owner_changes"] = ibis.greatest(table.owners - 1, 0)
    table = table.mutate(**added)
    if {"product_id", "quantity"} <= set(records.extras):
        table = _joined(table, _discounts(lines, everybodys), ())
    kept = [name for name in LINES if name in table.columns]
    counts = tuple(name for name in kept if name in ("products", "categories", "owner_changes"))
    return table.select("customer_id", *kept), counts


def _discounts(lines: ibis.Table, everybodys: ibis.Table) -> ibis.Table:
    """How far below the mean price of the last year each customer bought, over its products."""
    own, all_sold = _priced(lines), _priced(everybodys)
    prices = all_sold.group_by(product__="product_id").aggregate(money=all_sold.amount.sum(), n=all_sold.n.sum())
    prices = prices.select("product__", price=prices.money.cast("float64") / prices.n.cast("float64").nullif(0))
    priced = own.inner_join(prices, own.product_id == prices.product__)
    due = (priced.price * priced.n.cast("float64")).cast(DECIMAL)
    usual = priced.group_by("customer_id").aggregate(paid=priced.amount.sum(), usual=due.sum())
    return usual.select("customer_id", discount=1 - usual.paid.cast("float64") / usual.usual.cast("float64").nullif(0))


def _priced(lines: ibis.Table) -> ibis.Table:
    """Lines sold of known products in known quantities."""
    sold = lines.filter(~lines.is_return, lines.quantity.cast(DECIMAL) > 0, lines.product_id.notnull())
    return sold.select("customer_id", "product_id", "amount", n=sold.quantity.cast(DECIMAL))


def _of_feedback(feedback: ibis.Table | None, as_of: dt.date) -> Part:
    if feedback is None:
        return None, ()
    day = ibis.literal(as_of)
    cases = feedback.filter(feedback["at"] <= day)
    complaint, year = cases.kind == "complaint", _within(cases["at"], as_of, YEAR)
    settled = cases.resolved_at.notnull() & (cases.resolved_at <= day)
    took = cases.resolved_at.delta(cases["at"], unit="day").cast("int64")
    table = cases.group_by("customer_id").aggregate(
        complaints=(complaint & year).cast("int64").sum(),
        open_complaints=(complaint & ~settled).cast("int64").sum(),
        resolution_days=took.mean(where=complaint & year & settled),
        satisfaction=(cases.score / cases.score_max.nullif(0)).cast(DECIMAL).mean(where=year),
    )
    return table, ("complaints", "open_complaints")


def _of_contacts(interactions: ibis.Table | None, as_of: dt.date) -> Part:
    if interactions is None:
        return None, ()
    day = ibis.literal(as_of)
    known = interactions.filter(interactions["at"] <= day)
    web, recent = known.kind == "web", _within(known["at"], as_of, QUARTER)
    table = known.group_by("customer_id").aggregate(
        contacts=(~web & recent).cast("int64").sum(),
        last_contact=known["at"].max(where=~web),
        web_visits=(web & recent).cast("int64").sum(),
    )
    silent = day.delta(table.last_contact, unit="day").cast("float64")
    return table.mutate(contact_hiatus_days=silent).select("customer_id", *CONTACTS), ("contacts", "web_visits")


def _of_payments(documents: ibis.Table | None, as_of: dt.date) -> Part:
    """Payment as it was known on the day: what was paid later was still open."""
    if documents is None:
        return None, ()
    day = ibis.literal(as_of)
    known = documents.filter(documents.doc_date <= day)
    paid = known.paid_date.notnull() & (known.paid_date <= day)
    late = known.paid_date.delta(known.due_date, unit="day").cast("int64")
    table = known.group_by("customer_id").aggregate(
        late_days=late.mean(where=paid & _within(known.doc_date, as_of, YEAR)),
        overdue_documents=(~paid & (known.due_date < day)).cast("int64").sum(),
    )
    return table, ("overdue_documents",)
