"""The scope stage: what the audit of a period may see, on golden customers and in the base currency."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import pandas as pd

from custinsight.base.order_key import check_order_key
from custinsight.base.returns import link_returns
from custinsight.engine import Tabular, collect
from custinsight.flow import money
from custinsight.flow.context import Context
from custinsight.flow.people import known_customers
from custinsight.match import relink
from custinsight.privacy import pseudonym, pseudonym_key
from custinsight.tables import MONEY, TRANSACTIONS

PROFILE = (
    "customer_id",
    "customer_type",
    "industry",
    "customer_group",
    "region",
    "city",
    "country",
    "owner_id",
    "owner_name",
    "department",
    "created_date",
    "status",
    "credit_limit",
    "payment_days",
    "source_channel",
    "records",
)
TABLES = (
    "transactions",
    "interactions",
    "feedback",
    "receivables",
    "receivables_without_rate",
    "currency_totals",
    "return_links",
    "return_counts",
    "order_key",
    "profile",
    "scope_report",
    "data_span",
)


def scope(audit: Context) -> Mapping[str, Tabular]:
    """Take the view of the period: nothing dated later, documents that count, one currency, golden customers."""
    links, end = audit.read("links"), audit.period.end
    lines, receivables = _judged_lines(audit), _receivables_until(audit)
    has_rate = receivables.currency == audit.plan.currency
    kept = relink(money.signed(lines.filter(lines.verdict == "kept")), links)
    # in document currency, where a return has the very amount of its purchase
    linked = link_returns(kept, match=audit.plan.scope.match_returns, by=audit.plan.scope.order)
    transactions = money.in_base_currency(audit, linked.transactions).select(*TRANSACTIONS.names)
    interactions = audit.read("loaded_interactions")
    return {
        "transactions": transactions,
        "interactions": relink(interactions.filter(interactions["at"] <= end), links),
        "feedback": relink(_feedback_until(audit), links),
        "receivables": relink(receivables.filter(has_rate), links),
        "profile": _profile(audit, kept),
        "receivables_without_rate": _without_rate(receivables.filter(~has_rate)),
        "currency_totals": money.currency_totals(money.signed(lines.filter(lines.verdict.isin(("kept", "no_rate"))))),
        "return_links": linked.links,
        "return_counts": _return_counts(linked.links),
        "order_key": check_order_key(kept),
        "scope_report": _scope_report(lines),
        "data_span": _data_span(lines),
    }


def records_until(audit: Context) -> dict[str, ibis.Table]:
    """Return the tables that the period may see as their sources wrote them: with records, not golden customers."""
    lines, end = _judged_lines(audit), audit.period.end
    customers, excluded = known_customers(audit), excluded_customers(audit)
    if excluded:
        customers = customers.filter(~customers.customer_id.isin(excluded))
    interactions = audit.read("loaded_interactions")
    return {
        "customers": customers,
        "transactions": money.in_base_currency(audit, money.signed(lines.filter(lines.verdict == "kept"))),
        "interactions": interactions.filter(interactions["at"] <= end),
        "feedback": _feedback_until(audit),
        "receivables": _receivables_until(audit),
        "targets": audit.read("loaded_targets"),
        "owners": audit.read("loaded_owners"),
    }


def _judged_lines(audit: Context) -> ibis.Table:
    """Add to each line why it is left out, or ``kept``."""
    lines, scope = money.with_rates(audit, audit.read("loaded_transactions")), audit.plan.scope
    excluded = excluded_customers(audit)
    verdict = ibis.cases(
        (lines.doc_date > audit.period.end, "later"),
        (~lines.status.isin(scope.statuses), "status"),
        (~lines.doc_type.isin(scope.doc_types), "doc_type"),
        (lines.customer_id.isin(excluded) if excluded else ibis.literal(False), "excluded_customer"),
        (lines.rate.isnull(), "no_rate"),
        else_="kept",
    )
    return lines.mutate(verdict=verdict)


def excluded_customers(audit: Context) -> list[str]:
    """Pseudonyms of the customers that the plan leaves out."""
    key = pseudonym_key(audit.folder / "keys")
    systems = sorted({source.source_system for source in audit.plan.sources})
    return [pseudonym(system, number, key) for system in systems for number in audit.plan.scope.exclude_customers]


def _feedback_until(audit: Context) -> ibis.Table:
    """Feedback as it was known at the period's end: what was resolved later was still open."""
    feedback, end = audit.read("loaded_feedback"), ibis.literal(audit.period.end)
    later = feedback.resolved_at > end
    return feedback.filter(feedback["at"] <= end).mutate(
        resolved_at=ibis.ifelse(later, ibis.null("date"), feedback.resolved_at),
        status=ibis.ifelse(later, "open", feedback.status),
    )


def _receivables_until(audit: Context) -> ibis.Table:
    """Receivables as they stood at the period's end, in base currency wherever a rate is known.

    Each system's last list up to that day is taken. Where there is only a later one, documents paid in between were
    still open in full.
    """
    end = ibis.literal(audit.period.end)
    documents = _nearest_lists(audit.read("loaded_receivables"), end)
    documents = documents.filter(documents.doc_date <= end)
    paid_later = documents.paid_date > end
    paid_before = documents.paid_date.notnull() & ~paid_later
    zero = ibis.literal(0).cast(MONEY)
    still_open = ibis.cases((paid_later, documents.amount), (paid_before, zero), else_=documents.amount_open)
    documents = documents.mutate(
        amount_open=still_open.cast(MONEY),
        paid_date=ibis.ifelse(paid_later, ibis.null("date"), documents.paid_date),
        as_of=end,
    )
    return money.at_closing_rate(audit, documents)


def _without_rate(documents: ibis.Table) -> pd.DataFrame:
    """Receivables that no rate could convert, by currency; amounts of different currencies are never summed."""
    counted = documents.group_by("currency").agg(documents=documents.count(), amount_open=documents.amount_open.sum())
    return collect(counted.order_by("currency"))


def _nearest_lists(documents: ibis.Table, end: ibis.Value) -> ibis.Table:
    """Keep each system's last list up to a day, or its first one after it."""
    known = documents.group_by("source_system").agg(
        before=documents.as_of.max(where=documents.as_of <= end), after=documents.as_of.min()
    )
    nearest = known.select(nearest_system="source_system", nearest=known.before.fill_null(known.after))
    return documents.inner_join(
        nearest, [documents.source_system == nearest.nearest_system, documents.as_of == nearest.nearest]
    ).drop("nearest_system", "nearest")


def _profile(audit: Context, transactions: ibis.Table) -> ibis.Table:
    """One row per golden customer without personal columns; customers known only by their purchases included."""
    golden = audit.read("golden")
    known = golden.select(*PROFILE)
    buyers = transactions.select("customer_id").distinct().anti_join(golden, "customer_id")
    types = known.schema()
    blank = {name: ibis.null(types[name]) for name in PROFILE if name != "customer_id"}
    unknown = buyers.mutate(**{**blank, "records": ibis.literal(0).cast(types["records"])})
    return known.union(unknown.select(*PROFILE))


def _scope_report(lines: ibis.Table) -> pd.DataFrame:
    """Lines and amounts in document currency by the reason they were left out, ``kept`` among them."""
    counted = lines.group_by("verdict", "currency").agg(rows=lines.count(), amount=lines.amount_net.sum())
    return collect(counted.order_by("verdict", "currency"))


def _return_counts(links: ibis.Table) -> ibis.Table:
    """Return lines by the way their purchase was found: how, currency, lines, documents, amount."""
    return links.group_by("how", "currency").agg(
        lines=links.count(), documents=links.doc_id.nunique(), amount=links.amount.sum()
    )


def _data_span(lines: ibis.Table) -> pd.DataFrame:
    """First and last day of the purchases, later ones included: a period outside of it is refused."""
    return collect(lines.aggregate(first=lines.doc_date.min(), last=lines.doc_date.max(), rows=lines.count()))
