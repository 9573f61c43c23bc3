"""The checks stage: how far the records can be trusted, what that biases, and what can be repaired."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import ibis
import pandas as pd

from custinsight.clean import check_records, quality_by, repair_customers
from custinsight.clean.checks_documents import YEAR
from custinsight.clean.impact import count_by_column, examples_of, rank_repairs, revenue_touched
from custinsight.clean.quality import quality_by_field
from custinsight.engine import Tabular
from custinsight.flow.context import Context
from custinsight.flow.view import records_until
from custinsight.tables import MONEY

TABLES = (
    "checks",
    "check_rows",
    "check_examples",
    "quality",
    "quality_by",
    "repairs",
    "proposals",
    "repair_counts",
    "repairs_ranked",
)
_LOG = {"old_value": "old", "new_value": "new"}


def ingredients(audit: Context) -> object:
    """Name the period, and the days after which a customer counts as neglected."""
    return [audit.period.label, audit.plan.actions.no_contact_days]


def check(audit: Context) -> Mapping[str, Tabular]:
    """Check what the period may see, weigh what is wrong by the last year's revenue, and repair what is certain."""
    plan, tables = audit.plan, records_until(audit)
    checked = check_records(
        {**tables, "links": audit.read("links")},
        as_of=audit.period.end,
        rules=plan.quality,
        own=plan.checks,
        no_contact_days=plan.actions.no_contact_days,
    )
    rows = checked.rows.cache()
    revenue = _revenue(audit)
    repaired = repair_customers(tables["customers"], plan.repairs)
    repairs, proposals = repaired.changes.cache(), repaired.proposals.cache()
    made, proposed = count_by_column(repairs), count_by_column(proposals)
    checks = _weighed(checked.table, rows, revenue)
    return {
        "checks": checks,
        "check_rows": _with_revenue(rows, revenue),
        "check_examples": examples_of(rows),
        "quality": quality_by_field(checked),
        "quality_by": quality_by(checked),
        # what the vault must keep has names of its own
        "repairs": repairs.rename(_LOG),
        "proposals": proposals.rename(_LOG),
        "repair_counts": _repair_counts(made, proposed),
        "repairs_ranked": rank_repairs(checks, made, proposed),
    }


def _revenue(audit: Context) -> ibis.Table:
    """What each customer brought in the last twelve months: customer_id, revenue."""
    lines = audit.read("transactions")
    lines = lines.filter(lines.doc_date > ibis.literal(audit.period.end - dt.timedelta(days=YEAR)))
    return lines.group_by("customer_id").agg(revenue=lines.amount_net.sum()).cache()


def _with_revenue(rows: ibis.Table, revenue: ibis.Table) -> ibis.Table:
    """Put what its customer brought beside each row, so that the rows which matter most can come first."""
    brought = revenue.select(its="customer_id", brought="revenue")
    joined = rows.left_join(brought, rows.customer_id == brought.its)
    weight = ibis.coalesce(joined.amount, joined.brought, ibis.literal(0).cast(MONEY))
    return joined.select(*(name for name in rows.columns if name not in ("value", "amount")), revenue=weight)


def _weighed(checks: pd.DataFrame, rows: ibis.Table, revenue: ibis.Table) -> pd.DataFrame:
    """Add to each check its records, customers and revenue, and the share of all revenue."""
    total = revenue.revenue.sum().to_pyarrow().as_py()
    weighed = checks.merge(revenue_touched(rows, revenue), on="code", how="left")
    weighed = weighed.fillna({"records": 0, "customers": 0, "revenue": 0.0})
    weighed = weighed.astype({"records": "int64", "customers": "int64"})
    share = weighed["revenue"] / float(total) if total else float("nan")
    return weighed.assign(revenue_share=share)


def _repair_counts(made: pd.DataFrame, proposed: pd.DataFrame) -> pd.DataFrame:
    """Count by column what was repaired and what is proposed."""
    both = made.rename(columns={"repairs": "repaired"}).merge(
        proposed.rename(columns={"repairs": "proposed"}), on="column", how="outer"
    )
    counts = both.fillna({"repaired": 0, "proposed": 0}).astype({"repaired": "int64", "proposed": "int64"})
    return counts.sort_values("column", ignore_index=True)
