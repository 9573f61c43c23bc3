"""The insight and actions stages: behaviour, risk, the sales team, and what is to be done."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from custinsight import actions as actions_room
from custinsight import insight as insight_room
from custinsight.engine import Tabular, collect
from custinsight.flow.context import Context

INSIGHT_TABLES = (
    "by_month",
    "by_category",
    "by_channel",
    "by_weekday",
    "concentration",
    "aging",
    "overdue",
    "over_limit",
    "feedback_by_category",
    "feedback_open",
    "sales_team",
)


def insight(audit: Context) -> Mapping[str, Tabular]:
    """Look at behaviour, risk, feedback and the sales team."""
    period, transactions = audit.period, audit.read("transactions")
    behaviour = insight_room.behaviour(transactions, period)
    receivables = audit.read("receivables") if audit.has("receivables") else None
    values = audit.table("values") if audit.has("values") else None
    risk = insight_room.risk(
        transactions, receivables, values, period.end, period=period, profile=audit.read("profile")
    )
    feedback = insight_room.feedback(audit.read("feedback"), period)
    team = insight_room.sales_team(
        transactions,
        audit.read("profile"),
        audit.read("interactions") if audit.has("interactions") else None,
        audit.read("loaded_targets") if audit.has("loaded_targets") else None,
        audit.read("loaded_owners") if audit.has("loaded_owners") else None,
        audit.table("scores") if audit.has("values") else None,
        period,
        no_contact_days=audit.plan.actions.no_contact_days,
    )
    return {
        "by_month": behaviour.by_month,
        "by_category": behaviour.by_category,
        "by_channel": behaviour.by_channel,
        "by_weekday": behaviour.by_weekday,
        "concentration": risk.concentration,
        "aging": risk.aging,
        "overdue": risk.overdue,
        "over_limit": risk.over_limit,
        "feedback_by_category": feedback.by_category,
        "feedback_open": feedback.open,
        "sales_team": team,
    }


def actions(audit: Context) -> Mapping[str, Tabular]:
    """Write the worklists and the strategy per group of customers."""
    plan = audit.plan.actions
    values, scores = _rows(audit, "values"), _rows(audit, "scores")
    lists = actions_room.worklists(
        as_of=audit.period.end,
        profile=audit.table("profile"),
        summary=_rows(audit, "summary"),
        segments=_rows(audit, "segments"),
        values=values,
        scores=scores,
        deciles=_earlier_tiers(audit),
        overdue=_rows(audit, "overdue"),
        over_limit=_rows(audit, "over_limit"),
        open_feedback=_rows(audit, "feedback_open"),
        interactions=_contacts(audit),
        review=_rows(audit, "review"),
        profits=audit.table("trailing") if audit.table("trailing")["profit"].notna().any() else None,
        due_days=plan.due_days,
        no_contact_days=plan.no_contact_days,
        rows_per_owner=plan.rows_per_owner,
    )
    return {"worklists": lists, "strategy": actions_room.strategy(audit.table("segments"), values, scores)}


def _rows(audit: Context, table: str) -> pd.DataFrame | None:
    return audit.table(table) if audit.has(table) else None


def _earlier_tiers(audit: Context) -> pd.DataFrame:
    """Tier of each customer at the end of the period before; the deciles of a quarter jump too much to act on."""
    before = audit.table("tiers_before")
    named = before[["customer_id"]].assign(tier_before=before["tier"])
    return named.assign(decile_before=0, decile_after=0)


def _contacts(audit: Context) -> pd.DataFrame | None:
    """Last contact of each customer."""
    if not audit.has("interactions"):
        return None
    contacts = audit.read("interactions")
    last = contacts.group_by("customer_id").agg(at=contacts["at"].max())
    return collect(last.order_by("customer_id"), max_rows=None)
