"""Two audits side by side: each key figure before and after, what moved it, and what only looks like a movement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from custinsight.base import lenses, movement, read_purchases
from custinsight.periods import Period
from custinsight.report.restated import late_lines, restate
from custinsight.report.sections.key_numbers import KeyNumber, base_columns, key_numbers


@dataclass(frozen=True)
class Comparison:
    """What two audits say of two periods.

    Parameters
    ----------
    before, after : Period
    currency : str
        ISO 4217 code of the amounts.
    company : str
    figures : tuple of (KeyNumber, KeyNumber)
        Each key figure as the two reports gave it.
    split : DataFrame
        figure, reported, late, definitions, matching, restated, real (movement between the periods as the later audit
        sees both), after. Figures that come from models are not in it. Empty where a period has no purchases.
    bridge : DataFrame
        As :func:`custinsight.base.movement.bridge` gives it, both periods as the later audit sees them.
    groups : DataFrame
        Customers who bought only before, in both, only after; see :func:`custinsight.base.two_periods.two_periods`.
    late : DataFrame
        Lines of the earlier period that came late, vanished or changed between the audits.
    """

    before: Period
    after: Period
    currency: str
    company: str
    figures: tuple[tuple[KeyNumber, KeyNumber], ...]
    split: pd.DataFrame
    bridge: pd.DataFrame
    groups: pd.DataFrame
    late: pd.DataFrame


def compare(before: Any, after: Any) -> Comparison:
    """Compare two audits of one workspace whose stages are stored."""
    pairs = tuple(zip(key_numbers(before), _like(key_numbers(after), key_numbers(before)), strict=True))
    purchases = read_purchases(after.read("transactions"))
    there = before.has("history") and after.has("history")
    two = lenses.two_periods(purchases, before.period, after.period)
    return Comparison(
        before.period,
        after.period,
        after.plan.currency,
        after.plan.company.name,
        pairs,
        _split(before, after, pairs) if there else pd.DataFrame(columns=["figure"]),
        movement.bridge(purchases, before.period, after.period),
        two.groups,
        late_lines(before, after),
    )


def _like(after: tuple[KeyNumber, ...], before: tuple[KeyNumber, ...]) -> tuple[KeyNumber, ...]:
    """Leave out what the two audits do not both speak of: profit on one side, net sales on the other."""
    return tuple(
        now if now.name == then.name else KeyNumber(now.name, now.title, math.nan, now.show)
        for now, then in zip(after, before, strict=True)
    )


def _split(before: Any, after: Any, pairs: tuple[tuple[KeyNumber, KeyNumber], ...]) -> pd.DataFrame:
    measure = "profit" if all(each.name == "profit" for each in pairs[1]) else "spend"
    now = after.table("history").iloc[-1]
    frame = restate(before, after, measure)
    frame["after"] = [float(now[name]) for name in base_columns(measure)]
    return frame.assign(real=frame["after"] - frame["restated"])
