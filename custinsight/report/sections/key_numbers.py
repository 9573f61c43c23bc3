"""The six key figures of an audit as numbers, for whatever sets several audits side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from custinsight.report.sections.common import SALES, measure_of, number
from custinsight.report.sections.summary import mean_quality, top_share_name, value_interval
from custinsight.report.sections.value import verdict_of
from custinsight.words import Message, msg

CHANGES = {"count": "signed_count", "money": "signed_money", "percent": "points", "decimal": "signed_decimal"}
"""Number format of a key figure to that of a difference of two."""


@dataclass(frozen=True)
class KeyNumber:
    """A key figure as a number.

    Parameters
    ----------
    name : str
        ``customers``, ``profit`` or ``spend``, ``top_10_share``, ``value``, ``churn``, ``quality``.
    title : Message
    value : float
        nan where the audit's data do not give it.
    show : str
        Number format of :class:`~custinsight.words.Words`.
    """

    name: str
    title: Message
    value: float
    show: str

    def change_from(self, before: KeyNumber | None) -> float:
        """Difference to the same figure of an earlier audit, nan where it cannot be told."""
        return self.value - before.value if before is not None and before.name == self.name else math.nan

    @property
    def change_show(self) -> str:
        """Number format of a difference."""
        return CHANGES[self.show]


def key_numbers(audit: Any) -> tuple[KeyNumber, ...]:
    """Return the figures of the summary: customers, result, dependence, expected value, churn, quality.

    Parameters
    ----------
    audit : custinsight.audit.Audit

    Returns
    -------
    tuple of KeyNumber
        Always six.

    Examples
    --------
    >>> class Nothing:
    ...     plan = None
    ...     def has(self, table):
    ...         return False
    >>> [each.name for each in key_numbers(Nothing())]
    ['customers', 'spend', 'top_10_share', 'value', 'churn', 'quality']
    """
    return (*_of_the_base(audit), _value(audit), _churn(audit), _quality(audit))


def _of_the_base(audit: Any) -> tuple[KeyNumber, ...]:
    rows = audit.table("history").tail(1) if audit.has("history") else None
    measure = measure_of(rows) if rows is not None else SALES
    now = {name: math.nan if rows is None else number(rows.iloc[0][name]) for name in base_columns(measure.column)}
    return (
        KeyNumber("customers", msg("Customers who bought"), now["customers"], "count"),
        KeyNumber(measure.column, measure.title, now[measure.column], "money"),
        KeyNumber("top_10_share", top_share_name(measure), now["top_10_share"], "percent"),
    )


def base_columns(measure: str) -> tuple[str, str, str]:
    """Columns of a history that key figures are read from."""
    return "customers", measure, "top_10_share"


def _value(audit: Any) -> KeyNumber:
    told = audit.has("values") and verdict_of(audit) != "refuse"
    return KeyNumber("value", msg("Expected value"), value_interval(audit)[1] if told else math.nan, "money")


def _churn(audit: Any) -> KeyNumber:
    mean = number(audit.table("scores")["probability"].mean()) if audit.has("scores") else math.nan
    return KeyNumber("churn", msg("Mean churn probability"), mean, "percent")


def _quality(audit: Any) -> KeyNumber:
    score = mean_quality(audit.table("quality")) * 100 if audit.has("quality") else math.nan
    return KeyNumber("quality", msg("Data quality score"), score, "decimal")
