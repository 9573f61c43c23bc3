"""Amounts in one currency: each line at its own rate, or at the newest of the rate table on its day.

Amounts that no rate converts are never summed with others: they are counted, by currency, and shown.
"""

from __future__ import annotations

import ibis

from custinsight.flow.context import Context
from custinsight.tables import MONEY, RATE

AMOUNTS = ("amount_net", "amount_gross", "amount_tax", "cost")
_SIGNED = (*AMOUNTS, "quantity")


def signed(lines: ibis.Table) -> ibis.Table:
    """Make amounts and quantities of lines of type ``return`` negative, whatever sign they were exported with."""
    back = lines.doc_type == "return"
    return lines.mutate(**{name: ibis.ifelse(back, -lines[name].abs(), lines[name]).cast(MONEY) for name in _SIGNED})


def with_rates(audit: Context, lines: ibis.Table) -> ibis.Table:
    """Add to each line ``rate`` (base currency per unit; null where none is known), ``rate_from`` and ``rates_differ``.

    ``rate_from`` is ``base``, ``line``, ``table`` or null. Two rates differ when the line's own is further from the
    table's than the plan's tolerance; a line in base currency has the rate 1.
    """
    base, one = audit.plan.currency, ibis.literal(1).cast(RATE)
    if audit.has("loaded_rates"):
        days = lines.select("currency", "doc_date").distinct()
        found = _rates_on(rate_table(audit), days.select(rate_currency="currency", rate_day="doc_date"))
        pairs = [("currency", "rate_currency"), ("doc_date", "rate_day")]
        lines = lines.left_join(found, pairs).drop("rate_currency", "rate_day")
    else:
        lines = lines.mutate(table_rate=ibis.null(RATE))
    is_base = lines.currency == base
    own = ibis.ifelse(lines.fx_rate > 0, lines.fx_rate, ibis.null(RATE))
    listed = ibis.ifelse(is_base, one, lines.table_rate)
    apart = (own - listed).abs().cast("float64") > listed.cast("float64") * audit.plan.trust.rate_tolerance
    return lines.mutate(
        rate=ibis.cases((is_base, one), else_=ibis.coalesce(own, listed)).cast(RATE),
        rate_from=ibis.cases((is_base, "base"), (own.notnull(), "line"), (listed.notnull(), "table"), else_=None),
        rates_differ=apart.fill_null(False),
    ).drop("table_rate")


def in_base_currency(audit: Context, lines: ibis.Table) -> ibis.Table:
    """Convert the lines' amounts; where the cost is unknown, the plan's margin stands in for it."""
    base, margin = audit.plan.currency, audit.plan.model.margin
    amounts = {name: (lines[name] * lines.rate).round(4).cast(MONEY) for name in AMOUNTS}
    lines = lines.mutate(**amounts, currency=ibis.literal(base), fx_rate=ibis.null(RATE))
    if margin is None:
        return lines
    usual = (lines.amount_net * ibis.literal(1 - margin).cast(MONEY)).round(4).cast(MONEY)
    return lines.mutate(cost=lines.cost.fill_null(usual))


def currency_totals(lines: ibis.Table) -> ibis.Table:
    """One row per currency of lines that count or would count if they had a rate.

    currency, lines, amount (in this currency), amount_base (of those with a rate), own_rate, table_rate, without_rate
    (numbers of lines), amount_without_rate, rates_differ (lines whose own rate is far from the table's).
    """
    base = (lines.amount_net * lines.rate).round(4).cast(MONEY)
    missing, zero = lines.rate.isnull(), ibis.literal(0).cast(MONEY)
    return lines.group_by("currency").agg(
        lines=lines.count(),
        amount=lines.amount_net.sum(),
        amount_base=base.sum().fill_null(zero),
        own_rate=(lines.rate_from == "line").fill_null(False).cast("int64").sum(),
        table_rate=(lines.rate_from == "table").fill_null(False).cast("int64").sum(),
        without_rate=missing.cast("int64").sum(),
        amount_without_rate=ibis.ifelse(missing, lines.amount_net, zero).sum(),
        rates_differ=lines.rates_differ.cast("int64").sum(),
    )


def at_closing_rate(audit: Context, documents: ibis.Table) -> ibis.Table:
    """Convert open documents at the period's end: by the rate table, or by the newest rate that sales lines name.

    What no rate converts keeps its currency.
    """
    base = audit.plan.currency
    rates = _closing_rates(audit)
    joined = documents.left_join(rates, documents.currency == rates.rate_currency)
    rate = ibis.ifelse(joined.currency == base, ibis.literal(1).cast(RATE), joined.rate)
    amounts = {
        name: (joined[name] * rate).round(4).cast(MONEY).fill_null(joined[name]) for name in ("amount", "amount_open")
    }
    shown = ibis.ifelse(rate.notnull(), ibis.literal(base), joined.currency)
    return joined.mutate(**amounts, currency=shown).select(*documents.columns)


def rate_table(audit: Context) -> ibis.Table:
    """Rates into the base currency: currency, valid_from, rate; of several for one day, the largest."""
    rates = audit.read("loaded_rates")
    into_base = rates.base_currency.isnull() | (rates.base_currency == audit.plan.currency)
    known = rates.filter(into_base, rates.fx_rate > 0)
    return known.group_by("currency", "valid_from").agg(rate=known.fx_rate.max())


def _rates_on(rates: ibis.Table, days: ibis.Table) -> ibis.Table:
    """Newest rate on each day: rate_currency, rate_day, table_rate; days before the first rate are left out."""
    pairs = days.join(rates, [days.rate_currency == rates.currency, days.rate_day >= rates.valid_from])
    newest = pairs.group_by("rate_currency", "rate_day").agg(table_rate=pairs.rate.argmax(pairs.valid_from))
    return newest.select("rate_currency", "rate_day", table_rate=newest.table_rate.cast(RATE))


def _closing_rates(audit: Context) -> ibis.Table:
    """Rate of each currency at the period's end: rate_currency, rate."""
    end = ibis.literal(audit.period.end)
    lines = audit.read("loaded_transactions")
    known = lines.filter(lines.fx_rate > 0, lines.doc_date <= end)
    # two lines of one day may differ in their rate; the larger one makes the choice the same in every run
    newest = known.group_by("currency", "doc_date").agg(rate=known.fx_rate.max())
    by_lines = newest.group_by(rate_currency="currency").agg(rate=newest.rate.argmax(newest.doc_date))
    if not audit.has("loaded_rates"):
        return by_lines
    listed = rate_table(audit)
    listed = listed.filter(listed.valid_from <= end)
    by_table = listed.group_by(rate_currency="currency").agg(rate=listed.rate.argmax(listed.valid_from))
    others = by_lines.anti_join(by_table, "rate_currency")
    return by_table.cast({"rate": RATE}).union(others.cast({"rate": RATE}))
