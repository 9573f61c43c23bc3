"""Two audits side by side: each key figure before and after, what moved it, and what only looks like a movement."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from custinsight.audit import Audit, open_audit
from custinsight.base import lenses, movement, read_purchases
from custinsight.errors import PeriodError, ReportError
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


def compare_audits(plan: Path, first: str, second: str) -> Comparison:
    """Compare the audits of two periods as they were run last; nothing is run for it.

    Parameters
    ----------
    plan : Path
        The plan's file.
    first, second : str
        Periods of one kind, such as ``2024Q3`` and ``2024Q4``; the earlier one counts as before.

    Returns
    -------
    Comparison

    Raises
    ------
    PeriodError
        The periods are the same or of different kinds.
    ReportError
        One of them was never audited, or its tables are gone.
    """
    periods = sorted(open_audit(plan, label).period for label in (first, second))
    if periods[0] == periods[1] or periods[0].kind != periods[1].kind:
        raise PeriodError(
            "Two different periods of the same kind can be compared, such as 2024Q3 and 2024Q4, got {first} and "
            "{second}.",
            first=first,
            second=second,
        )
    opened = open_audit(plan, periods[1].label)
    before, after = (_audited(opened, period) for period in periods)
    return compare(before, after)


def _audited(opened: Audit, period: Period) -> Audit:
    audit = opened.of(period)
    if audit is None:
        raise ReportError(
            "The period {period} was never audited, or its tables are gone. Run it first: custinsight run --period "
            "{period}",
            period=period.label,
        )
    return audit


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
