"""How much of each source was rejected, and whether the plan takes that: told from one share on, refused from another.

The share is that of the rejected among the rejected and the kept: rows that the plan leaves out and total lines were
never meant to be kept. An amount's share is taken in the source's largest currency, since amounts of several are never
summed; it counts only what could be read as an amount.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from custinsight.ingest.rejects import code_sentence
from custinsight.plan import Limits, Trust
from custinsight.words import Message, msg

PASSED, WARNED, REFUSED = "passed", "warned", "refused"
COLUMNS = {
    "source": "str",
    "table": "str",
    "rows": "int64",
    "rejected": "int64",
    "share": "float64",
    "currency": "str",
    "amount_share": "float64",
    "code": "str",
    "state": "str",
}


def judge_sources(
    load_report: pd.DataFrame, load_amounts: pd.DataFrame, reject_counts: pd.DataFrame, trust: Trust
) -> pd.DataFrame:
    """One row per source: how much of it was rejected, most often why, and what the plan's limits say.

    Parameters
    ----------
    load_report, load_amounts : DataFrame
        Of :class:`custinsight.ingest.Ingested`.
    reject_counts : DataFrame
        source, code, rows.
    trust : plan.Trust

    Returns
    -------
    DataFrame
        source, table, rows (kept or rejected), rejected, share, currency (the largest), amount_share (NaN where the
        source has no amounts), code (the commonest, empty where nothing was rejected), state (passed, warned,
        refused); sources in their order.
    """
    sums = load_report.groupby(["source", "table"], sort=False, as_index=False)[["rows_kept", "rows_rejected"]].sum()
    amounts = _amount_shares(load_amounts)
    codes = _commonest(reject_counts)
    rows = []
    for source, table, kept, rejected in sums.itertuples(index=False, name=None):
        share = share_of(rejected, kept)
        currency, amount_share = amounts.get(source, ("", math.nan))
        state = state_of(share, amount_share, trust.limits(source))
        rows.append(
            (source, table, kept + rejected, rejected, share, currency, amount_share, codes.get(source, ""), state)
        )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)


def share_of(rejected: float, kept: float) -> float:
    """Share of the rejected; 0 where there is nothing.

    Examples
    --------
    >>> share_of(1, 3), share_of(0, 0)
    (0.25, 0.0)
    """
    total = abs(rejected) + abs(kept)
    return abs(rejected) / total if total else 0.0


def state_of(share: float, amount_share: float, limits: Limits) -> str:
    """State that shares of rows and of an amount give a source; NaN for no amount.

    Examples
    --------
    >>> state_of(0.05, float("nan"), Trust().limits("log")), state_of(0.0, 0.3, Trust().limits("log"))
    ('warned', 'refused')
    """
    if _reaches(share, limits.refuse_rejected) or _reaches(amount_share, limits.refuse_rejected_amount):
        return REFUSED
    warned = _reaches(share, limits.warn_rejected) or _reaches(amount_share, limits.warn_rejected_amount)
    return WARNED if warned else PASSED


def rejected_sentence(row: Mapping[Any, Any]) -> Message:
    """Say how much of a source was rejected, and most often why; ``row`` is one of :func:`judge_sources`."""
    values: dict[str, Any] = {
        "source": str(row["source"]),
        "share": float(row["share"]),
        "code": str(row["code"]),
        "why": code_sentence(str(row["code"])),
    }
    if not row["amount_share"] > 0:
        return msg("{source}: {share:percent} of the rows were rejected, mostly {code} ({why}).", **values)
    return msg(
        "{source}: {share:percent} of the rows and {amount:percent} of the amount in {currency} were rejected, mostly "
        "{code} ({why}).",
        amount=float(row["amount_share"]),
        currency=str(row["currency"]),
        **values,
    )


def _reaches(share: float, limit: float | None) -> bool:
    return share > 0 and limit is not None and share >= limit


def _amount_shares(amounts: pd.DataFrame) -> dict[str, tuple[str, float]]:
    """Currency with the largest amount of each source, and the share of it that was rejected."""
    found = {}
    # a table without currencies has one sum; elsewhere a line without a currency belongs to none
    alone = ~amounts["source"].duplicated(keep=False)
    named = amounts[(amounts["currency"] != "") | alone]
    sizes = named["amount_kept"].abs() + named["amount_rejected"].abs()
    ordered = named.assign(size=sizes).sort_values(["size", "currency"], ascending=[False, True])
    for row in ordered.drop_duplicates("source").to_dict("records"):
        share = share_of(float(row["amount_rejected"]), float(row["amount_kept"]))
        found[str(row["source"])] = (str(row["currency"]), share)
    return found


def _commonest(counts: pd.DataFrame) -> dict[str, str]:
    ordered = counts.sort_values(["rows", "code"], ascending=[False, True]).drop_duplicates("source")
    return {str(source): str(code) for source, code in zip(ordered["source"], ordered["code"], strict=True)}
