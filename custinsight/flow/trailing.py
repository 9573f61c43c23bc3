"""What customers brought in the days that make one active: the ground of tiers, margins and loss makers."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from custinsight.base import segments
from custinsight.engine import collect
from custinsight.flow.context import Context
from custinsight.plan import Tiers


def trailing_totals(audit: Context, end: dt.date) -> pd.DataFrame:
    """Sum up each customer's lines of the plan's ``active_days`` up to a day.

    Returns
    -------
    pandas.DataFrame
        customer_id, spend (net), spend_known (net of the lines whose cost is known), profit (of these lines),
        ordered by customer; amounts in base currency.
    """
    lines = audit.read("transactions")
    start = end - dt.timedelta(days=audit.plan.model.active_days)
    lines = lines.filter(lines.doc_date > start, lines.doc_date <= end)
    known = lines.cost.notnull()
    sums = lines.group_by("customer_id").agg(
        spend=lines.amount_net.sum(),
        spend_known=lines.amount_net.sum(where=known),
        profit=(lines.amount_net - lines.cost).sum(where=known),
    )
    return collect(sums.order_by("customer_id"), max_rows=None)


def tiers_of(totals: pd.DataFrame, plan: Tiers) -> pd.DataFrame:
    """Put customers into value tiers by profit, or by net sales where no cost is known at all."""
    column = "profit" if totals["profit"].notna().any() else "spend"
    values = totals[["customer_id"]].assign(value=totals[column].astype("float64").fillna(0.0))
    return segments.value_tiers(values, plan.a, plan.b, plan.cut_offs)


def usual_margin(totals: pd.DataFrame) -> float:
    """Margin on net sales of the lines whose cost is known; 1 where none is: value then means net sales."""
    spend = totals["spend_known"].sum()
    return float(totals["profit"].sum() / spend) if spend else 1.0
