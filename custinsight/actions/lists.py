"""Who is on which worklist: one function per list, from the joined customer table to its rows.

A function sets customer_id, tier, reason, the values of the reason, amount_at_stake with bounds, and action.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from custinsight.actions.sentences import FIELDS

TOP_TIERS = ("A", "B")
GONE = ("dormant", "lost")
"""Stages of customers who have lapsed by their own rhythm."""
FELL = 2
LIKELY = 0.5
WINDOW = 0.9
LONGEST_WINDOW_DAYS = 365.0


@dataclass(frozen=True)
class Material:
    """What the lists are made of.

    Parameters
    ----------
    customers : pandas.DataFrame
        One row per customer: profile, summary, segments, values, scores, deciles, overdue, profits side by side.
    open_feedback : pandas.DataFrame
        customer_id, days_open, optionally category.
    last_contact : pandas.DataFrame or None
        customer_id, days_without_contact; None where contacts are not recorded at all.
    review : pandas.DataFrame
        customer_id_l, customer_id_r, probability.
    has_profile : bool
        Whether there are customer master data.
    no_contact_days : int
    """

    customers: pd.DataFrame
    open_feedback: pd.DataFrame
    last_contact: pd.DataFrame | None
    review: pd.DataFrame
    has_profile: bool
    no_contact_days: int

    @property
    def served(self) -> pd.DataFrame:
        """Customers that may be sold to: neither frozen nor disabled."""
        return self.customers[~self.customers["status"].isin(["frozen", "disabled"])]


def _leaving(material: Material) -> pd.DataFrame:
    """W1: tiers A and B, silent beyond their own rhythm, or likely to buy no more though not lapsed yet."""
    c = material.served
    silent = (c["stage"] == "at_risk") | (
        (c["probability"].astype(float) >= LIKELY)
        & (c["days_silent"].astype(float) > c["usual_gap_days"].astype(float))
    )
    rows = c[c["tier"].isin(TOP_TIERS) & silent & ~c["stage"].isin(GONE)].copy()
    rows["reason"] = np.where(rows["usual_gap_days"].isna(), "silent_after_first", "silent_beyond_rhythm")
    rows = _with_value(rows, "call_now")
    # value at stake may be of another horizon than the value: the interval keeps its relative width
    stake, value = rows["value_at_stake"].astype(float), rows["clv"].astype(float)
    share = (stake / value.where(value != 0)).where(stake.notna(), 1.0)
    for bound in ("amount_low", "amount_high"):
        rows[bound] = rows[bound] * share
    rows["amount_at_stake"] = stake.fillna(value)
    return rows


def _fallen(material: Material) -> pd.DataFrame:
    """W2: fell two or more deciles, or a tier, and still bought."""
    c = material.served
    before, after = c["decile_before"].astype(float), c["decile_after"].astype(float)
    fell = (before >= 1) & (after >= 1) & (after - before >= FELL)
    lower = c["tier_before"].notna() & c["tier"].notna() & (c["tier_before"].astype(str) < c["tier"].astype(str))
    rows = c[(fell | lower) & ~c["stage"].isin(GONE)].copy()
    rows["reason"] = np.where(fell[rows.index], "fell_deciles", "fell_tier")
    return _with_value(rows, "ask_why_less")


def _lapsed(material: Material) -> pd.DataFrame:
    """W3: lapsed customers of tiers A and B."""
    c = material.served
    return _with_value(c[c["stage"].isin(GONE) & c["tier"].isin(TOP_TIERS)].assign(reason="lapsed"), "win_back")


def _second_order(material: Material) -> pd.DataFrame:
    """W4: one order so far, not longer ago than nine in ten of the usual gaps of those who came back."""
    c = material.served
    gaps = c["usual_gap_days"].astype(float).dropna()
    if gaps.empty:
        return c.iloc[:0]
    window = min(float(gaps.quantile(WINDOW)), LONGEST_WINDOW_DAYS)
    once = (c["frequency"] == 0) & (c["days_silent"].astype(float) <= window)
    rows = c[once & ((c["stage"] == "new") | c["stage"].isna())].assign(reason="second_order", usual_gap_days=window)
    return _with_value(rows, "offer_second")


def _owing(material: Material) -> pd.DataFrame:
    """W6: overdue amounts, and open amounts above the credit limit."""
    c = material.customers
    overdue = c["amount_overdue"].astype(float).fillna(0.0)
    owed = c["amount_open"].astype(float).fillna(overdue)
    excess = (owed - c["credit_limit"].astype(float)).fillna(0.0)
    above = excess > 0
    stake = np.maximum(overdue, excess)
    rows = c.assign(
        amount_open=owed,
        reason=np.where(above, "over_limit", "overdue"),
        action=np.where(above, "check_credit", "collect"),
        amount_at_stake=stake,
    )
    return _without_forecast(rows[stake > 0])


def _complaining(material: Material) -> pd.DataFrame:
    """W7: the oldest open complaint of each customer of tiers A and B; of all, where tiers are not known."""
    oldest = material.open_feedback.sort_values(["days_open", "customer_id"], ascending=[False, True], kind="stable")
    oldest = oldest.drop_duplicates("customer_id").reindex(columns=["customer_id", "days_open", "category"])
    c = material.customers
    rows = oldest.merge(c.drop(columns=["days_open", "category"], errors="ignore"), on="customer_id", how="left")
    if c["tier"].notna().any():
        rows = rows[rows["tier"].isin(TOP_TIERS)]
    return _with_value(rows.assign(reason="complaint_open"), "resolve")


def _unattended(material: Material) -> pd.DataFrame:
    """W8: customers without an owner, where others have one; tier A without a contact in time."""
    c = material.served
    owned = c["owner_id"].notna() & (c["owner_id"].astype(str) != "")
    alone = c[~owned & ~c["stage"].isin(GONE)] if owned.any() else c.iloc[:0]
    parts = [_with_value(alone.assign(reason="no_owner"), "assign_owner")]
    if material.last_contact is not None:
        watched = c[owned & (c["tier"] == "A")].merge(material.last_contact, on="customer_id", how="left")
        late = ~(watched["days_without_contact"] <= material.no_contact_days)
        parts.append(_with_value(watched[late].assign(reason="no_contact"), "contact"))
    return _stacked(parts)


def _unclear(material: Material) -> pd.DataFrame:
    """W9: pairs that may be one customer, and tiers A and B with empty fields that others have filled."""
    pairs = material.review.rename(columns={"customer_id_l": "customer_id", "customer_id_r": "other_customer_id"})
    pairs = pairs.merge(material.customers[["customer_id", "tier"]], on="customer_id", how="left")
    parts = [pairs.assign(reason="duplicate", action="decide_duplicate")]
    c = material.served
    fields = [name for name in FIELDS if name in c and _is_filled(c[name]).any()]
    top = c[c["tier"].isin(TOP_TIERS)]
    if material.has_profile and fields and len(top):
        empty = ~top[fields].apply(_is_filled)
        missing = [",".join(name for name in fields if row[name]) for row in empty.to_dict("records")]
        rows = top.assign(missing=missing, reason="missing_fields")
        parts.append(_without_forecast(_with_value(rows[rows["missing"] != ""], "complete_data")))
    return _stacked(parts)


def _losing(material: Material) -> pd.DataFrame:
    """W10: customers whose purchases in the period brought a loss."""
    c = material.customers
    rows = c[c["profit"].astype(float) < 0]
    loss = -rows["profit"].astype(float)
    return _without_forecast(rows.assign(reason="loss", action="review_price", amount_at_stake=loss))


LISTS: dict[str, Callable[[Material], pd.DataFrame]] = {
    "W1": _leaving,
    "W2": _fallen,
    "W3": _lapsed,
    "W4": _second_order,
    "W6": _owing,
    "W7": _complaining,
    "W8": _unattended,
    "W9": _unclear,
    "W10": _losing,
}


def _with_value(rows: pd.DataFrame, action: str) -> pd.DataFrame:
    return rows.assign(
        amount_at_stake=rows["clv"].astype(float),
        amount_low=rows["clv_low"].astype(float),
        amount_high=rows["clv_high"].astype(float),
        action=action,
    )


def _without_forecast(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out what does not belong to the reason."""
    return rows.assign(probability=np.nan, usual_gap_days=np.nan, days_silent=np.nan)


def _is_filled(column: pd.Series) -> pd.Series:
    return column.notna() & (column.astype(str).str.strip() != "")


def _stacked(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]
