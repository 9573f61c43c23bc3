"""What customers brought in the days that make one active: the ground of tiers, margins and loss makers."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from custinsight.engine import collect
from custinsight.flow.context import Context


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


def usual_margin(totals: pd.DataFrame) -> float:
    """Margin on net sales of the lines whose cost is known; 1 where none is: value then means net sales."""
    spend = totals["spend_known"].sum()
    return float(totals["profit"].sum() / spend) if spend else 1.0
