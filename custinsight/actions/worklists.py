"""The worklists: who should be called, by whom, why, what hangs on it, and by when.

Each list is one small function from the joined customer table to its rows; a list appears only where the data allow
it. Lists, rows and amounts are the same for the same input, whatever the order of its rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import numpy as np
import pandas as pd

from custinsight.actions.lists import LISTS, Material
from custinsight.engine import require_columns

COLUMNS: dict[str, str] = {
    "list_code": "str",
    "owner_id": "str",
    "customer_id": "str",
    "tier": "str",
    "reason": "str",
    "days_silent": "float64",
    "usual_gap_days": "float64",
    "probability": "float64",
    "expected_spend": "float64",
    "decile_before": "float64",
    "decile_after": "float64",
    "tier_before": "str",
    "amount_overdue": "float64",
    "amount_open": "float64",
    "oldest_days": "float64",
    "credit_limit": "float64",
    "days_open": "float64",
    "category": "str",
    "days_without_contact": "float64",
    "other_customer_id": "str",
    "missing": "str",
    "spend": "float64",
    "profit": "float64",
    "amount_at_stake": "float64",
    "amount_low": "float64",
    "amount_high": "float64",
    "action": "str",
    "due_date": "datetime64[us]",
}
"""Columns of the worklists and their types."""


def worklists(
    *,
    as_of: dt.date,
    profile: pd.DataFrame | None = None,
    summary: pd.DataFrame | None = None,
    segments: pd.DataFrame | None = None,
    values: pd.DataFrame | None = None,
    scores: pd.DataFrame | None = None,
    deciles: pd.DataFrame | None = None,
    overdue: pd.DataFrame | None = None,
    over_limit: pd.DataFrame | None = None,
    open_feedback: pd.DataFrame | None = None,
    interactions: pd.DataFrame | None = None,
    review: pd.DataFrame | None = None,
    profits: pd.DataFrame | None = None,
    due_days: int = 30,
    no_contact_days: int = 90,
    rows_per_owner: int = 50,
) -> pd.DataFrame:
    """What is to be done: one row per list, customer and (for possible duplicates) other customer.

    Parameters
    ----------
    as_of : date
        The period's end.
    profile : pandas.DataFrame, optional
        customer_id; optionally owner_id, status, credit_limit and other master data.
    summary : pandas.DataFrame, optional
        customer_id, frequency, first_date, last_date.
    segments : pandas.DataFrame, optional
        customer_id, tier (A, B, C), stage (new, growing, core, slipping, lapsed).
    values : pandas.DataFrame, optional
        customer_id, clv, clv_low, clv_high, expected_spend.
    scores : pandas.DataFrame, optional
        customer_id, probability, hiatus_days, usual_gap_days, value_at_stake.
    deciles : pandas.DataFrame, optional
        customer_id, decile_before, decile_after (1 is the best; 0 or missing: no purchase), optionally tier_before.
    overdue : pandas.DataFrame, optional
        customer_id, amount_overdue, oldest_days, optionally amount_open and credit_limit.
    over_limit : pandas.DataFrame, optional
        Customers who owe more than their limit, in the same columns.
    open_feedback : pandas.DataFrame, optional
        customer_id, days_open, optionally category.
    interactions : pandas.DataFrame, optional
        customer_id, at.
    review : pandas.DataFrame, optional
        customer_id_l, customer_id_r, probability.
    profits : pandas.DataFrame, optional
        customer_id, spend, profit in the period.
    due_days : int
        Days from ``as_of`` to the due date.
    no_contact_days : int
        A customers of tier A must be contacted within so many days.
    rows_per_owner : int
        Most rows an owner gets: the first rows of each list in turn.

    Returns
    -------
    pandas.DataFrame
        The columns of ``COLUMNS``: list_code (W1 to W10), owner_id ("" for nobody), customer_id, tier, reason (code),
        the values of the reason (null where they do not belong to it), amount_at_stake, amount_low, amount_high
        (money; null where no value is known), action (code), due_date. Sorted by owner, list, and in a list by
        amount at stake, largest first. Customers who are frozen or disabled are on no sales list.

    Raises
    ------
    DataError
        A table lacks a column that it must have.

    Examples
    --------
    >>> tasks = worklists(
    ...     as_of=dt.date(2024, 12, 31),
    ...     overdue=pd.DataFrame({"customer_id": ["C1"], "amount_overdue": [900.0], "oldest_days": [45]}),
    ... )
    >>> tasks[["list_code", "customer_id", "reason", "amount_at_stake", "action"]].values.tolist()
    [['W6', 'C1', 'overdue', 900.0, 'collect']]
    """
    material = Material(
        customers=_customers(
            profile, summary, segments, values, scores, deciles, _both(overdue, over_limit), profits, as_of
        ),
        open_feedback=_checked(open_feedback, ("customer_id", "days_open"), "The open feedback"),
        last_contact=_last_contact(interactions, as_of),
        review=_checked(review, ("customer_id_l", "customer_id_r", "probability"), "The review list"),
        has_profile=profile is not None,
        no_contact_days=no_contact_days,
    )
    found = [_standard(rows(material), code) for code, rows in LISTS.items()]
    tasks = pd.concat(found, ignore_index=True)
    tasks["owner_id"] = tasks["customer_id"].map(_owners(profile)).astype(object).fillna("").astype("str")
    tasks["due_date"] = pd.Timestamp(as_of) + pd.Timedelta(days=due_days)
    return _shortened(tasks, rows_per_owner)


_NEEDS: dict[str, tuple[str, ...]] = {
    "The profile": ("customer_id",),
    "The summary": ("customer_id", "frequency", "first_date", "last_date"),
    "The segments": ("customer_id", "tier", "stage"),
    "The values": ("customer_id", "clv", "clv_low", "clv_high", "expected_spend"),
    "The scores": ("customer_id", "probability", "hiatus_days", "usual_gap_days", "value_at_stake"),
    "The deciles": ("customer_id", "decile_before", "decile_after"),
    "The overdue list": ("customer_id", "amount_overdue", "oldest_days"),
    "The profits": ("customer_id", "spend", "profit"),
}
_OPTIONAL: dict[str, tuple[str, ...]] = {
    "The deciles": ("tier_before",),
    "The overdue list": ("amount_open", "credit_limit"),
}


def _customers(*given: object) -> pd.DataFrame:
    """Join what is known of each customer; every column is there, null where its table is missing."""
    *tables, as_of = given
    known = dict(zip(_NEEDS, tables, strict=True))
    ids: set[object] = set()
    parts: list[pd.DataFrame] = []
    for name, table in known.items():
        frame = _checked(table, _NEEDS[name], name)  # type: ignore[arg-type]
        if name != "The profile":
            extra = [column for column in _OPTIONAL.get(name, ()) if column in frame]
            frame = frame[[*_NEEDS[name], *extra]]
        frame = frame.drop_duplicates("customer_id").set_index("customer_id")
        ids.update(frame.index)
        parts.append(frame)
    joined = pd.DataFrame(index=pd.Index(sorted(ids, key=str), name="customer_id", dtype=object))
    for frame in parts:
        joined = joined.join(frame.drop(columns=[column for column in frame if column in joined]))
    last = pd.to_datetime(joined["last_date"])
    joined["days_silent"] = joined["hiatus_days"].fillna((pd.Timestamp(as_of) - last).dt.days)  # type: ignore[arg-type]
    for column in ("credit_limit", "amount_open", "status", "tier_before", "owner_id"):
        if column not in joined:
            joined[column] = pd.Series(np.nan, index=joined.index, dtype=object)
    return joined.reset_index()


def _both(overdue: pd.DataFrame | None, over_limit: pd.DataFrame | None) -> pd.DataFrame | None:
    given = [table for table in (overdue, over_limit) if table is not None]
    return pd.concat(given, ignore_index=True) if given else None


def _checked(table: pd.DataFrame | None, columns: tuple[str, ...], name: str) -> pd.DataFrame:
    if table is None:
        return pd.DataFrame({column: pd.Series(dtype=object) for column in columns})
    require_columns(table, columns, name=name)
    return table


def _last_contact(interactions: pd.DataFrame | None, as_of: dt.date) -> pd.DataFrame | None:
    """Days since each customer was last contacted; None where contacts are not recorded at all."""
    if interactions is None or interactions.empty:
        return None
    frame = _checked(interactions, ("customer_id", "at"), "The interactions")
    latest = pd.to_datetime(frame["at"]).groupby(frame["customer_id"].to_numpy()).max()
    days = (pd.Timestamp(as_of) - latest).dt.days.astype(float)
    return days.rename_axis("customer_id").reset_index(name="days_without_contact")


def _owners(profile: pd.DataFrame | None) -> dict[str, str]:
    if profile is None or "owner_id" not in profile:
        return {}
    owned = profile.dropna(subset=["owner_id"]).drop_duplicates("customer_id")
    return dict(zip(owned["customer_id"], owned["owner_id"].astype(str), strict=True))


def _standard(rows: pd.DataFrame, code: str) -> pd.DataFrame:
    """Give a list's rows all columns in their types."""
    rows = rows.assign(list_code=code, owner_id="", due_date=pd.Timestamp("NaT")).reindex(columns=list(COLUMNS))
    return rows.astype({column: kind for column, kind in COLUMNS.items() if kind != "str"}).assign(
        **{column: rows[column].astype("str") for column, kind in COLUMNS.items() if kind == "str"}
    )


def _shortened(tasks: pd.DataFrame, rows_per_owner: int) -> pd.DataFrame:
    """Order the rows, and keep of each owner the first rows of each list in turn."""
    number: Callable[[pd.Series], pd.Series] = lambda codes: codes.str[1:].astype(int)  # noqa: E731
    keys = tasks.assign(
        list_number=number(tasks["list_code"]),
        amount=tasks["amount_at_stake"].fillna(-np.inf),
        sure=tasks["probability"].fillna(0.0),
    )
    by = ["owner_id", "list_number", "amount", "sure", "customer_id", "other_customer_id"]
    keys = keys.sort_values(by, ascending=[True, True, False, False, True, True], na_position="first")
    keys["place"] = keys.groupby(["owner_id", "list_number"]).cumcount()
    turns = keys.sort_values(["owner_id", "place", "list_number"]).groupby("owner_id").cumcount()
    kept = keys[turns.reindex(keys.index) < rows_per_owner]
    return kept[list(COLUMNS)].reset_index(drop=True)
