"""What is done with which group of customers: one rule per value tier and stage."""

from __future__ import annotations

import pandas as pd

from custinsight.engine import require_columns

_TIERS = ("A", "B", "C", "")
_STAGES = ("potential", "new", "growing", "active", "declining", "recovered", "at_risk", "dormant", "lost", "")

RULES: dict[tuple[str, str], str] = {
    ("A", "new"): "offer_second",
    ("A", "growing"): "develop",
    ("A", "active"): "keep",
    ("A", "declining"): "ask_why_less",
    ("A", "recovered"): "keep",
    ("A", "at_risk"): "call_now",
    ("A", "dormant"): "win_back",
    ("A", "lost"): "win_back",
    ("B", "new"): "offer_second",
    ("B", "growing"): "develop",
    ("B", "active"): "develop",
    ("B", "declining"): "ask_why_less",
    ("B", "recovered"): "develop",
    ("B", "at_risk"): "call_now",
    ("B", "dormant"): "win_back",
    ("B", "lost"): "win_back",
    ("C", "new"): "offer_second",
    ("C", "growing"): "develop",
    ("C", "active"): "serve_well",
    ("C", "declining"): "self_service",
    ("C", "recovered"): "serve_well",
    ("C", "at_risk"): "self_service",
    ("C", "dormant"): "let_go",
    ("C", "lost"): "let_go",
    ("", "potential"): "win_first",
}
"""Action by tier and stage."""


def strategy(
    segments: pd.DataFrame, values: pd.DataFrame | None = None, scores: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What is done with which group: one row per tier and stage that has customers.

    Parameters
    ----------
    segments : pandas.DataFrame
        customer_id, tier (A, B, C), stage (of :data:`custinsight.base.lifecycle.STAGES`); null where not known.
    values : pandas.DataFrame, optional
        customer_id, clv.
    scores : pandas.DataFrame, optional
        customer_id, value_at_stake.

    Returns
    -------
    pandas.DataFrame
        tier, stage, customers, value and at_stake (money, sums over the group; 0 where not known), action (code).
        Best tier first, stages in the order of a customer's life; the customers of all rows add up to the segments'.

    Raises
    ------
    DataError
        A table lacks a column.

    Examples
    --------
    >>> segments = pd.DataFrame({"customer_id": ["x", "y"], "tier": ["A", "A"], "stage": ["active", "active"]})
    >>> strategy(segments, pd.DataFrame({"customer_id": ["x"], "clv": [70.0]})).values.tolist()
    [['A', 'active', 2, 70.0, 0.0, 'keep']]
    """
    require_columns(segments, ("customer_id", "tier", "stage"), name="The segments")
    frame = segments[["customer_id", "tier", "stage"]].fillna({"tier": "", "stage": ""})
    frame["value"] = _of(values, "clv", "The values", frame["customer_id"])
    frame["at_stake"] = _of(scores, "value_at_stake", "The scores", frame["customer_id"])
    grouped = frame.groupby(["tier", "stage"], sort=False, as_index=False).agg(
        customers=("customer_id", "size"), value=("value", "sum"), at_stake=("at_stake", "sum")
    )
    grouped["action"] = [
        RULES.get(group, "serve_well") for group in zip(grouped["tier"], grouped["stage"], strict=True)
    ]
    return grouped.sort_values(["tier", "stage"], key=_in_order, kind="stable", ignore_index=True)


def _of(table: pd.DataFrame | None, column: str, name: str, customers: pd.Series) -> pd.Series | float:
    if table is None:
        return 0.0
    require_columns(table, ("customer_id", column), name=name)
    known = table.drop_duplicates("customer_id").set_index("customer_id")[column]
    return customers.map(known).astype(float).fillna(0.0)


def _in_order(codes: pd.Series) -> pd.Series:
    """Known codes in their own order, unknown ones behind them by name."""
    order = {code: f"{i}" for i, code in enumerate(_TIERS if codes.name == "tier" else _STAGES)}
    return codes.map(lambda code: order.get(code, f"~{code}"))
