"""Two periods' audits, found by the plan and compared; nothing is run for it."""

from __future__ import annotations

from pathlib import Path

from custinsight.audit import Audit, open_audit
from custinsight.errors import PeriodError, ReportError
from custinsight.periods import Period
from custinsight.report.comparison import Comparison, compare


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
