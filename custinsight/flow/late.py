"""The late stage: what came, vanished or changed in a period after its report had been written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import ibis
import pandas as pd

from custinsight.closing import Closing, Closings, between, change_frame, closing_lines, compare_lines
from custinsight.engine import Tabular
from custinsight.flow.context import Context
from custinsight.flow.view import excluded_customers
from custinsight.privacy import pseudonym_key
from custinsight.workspace import digest

LATE_TABLES = ("late_rows",)


def changed_closings(audit: Context) -> object:
    """Closings that the transactions may differ from; those made with the very same transactions leave no trace.

    So an audit that is run again with the same inputs gives the same tables, whatever has been closed meanwhile.
    """
    return [asdict(closing) for closing in _changed(audit)]


def late(audit: Context) -> Mapping[str, Tabular]:
    """Compare the lines of the closed periods with what they were closed with."""
    found = [_changes(audit, closing) for closing in _changed(audit)]
    return {"late_rows": pd.concat([change_frame(period="", closed_on=""), *found], ignore_index=True)}


def close_period(audit: Context, *, again: bool = False) -> None:
    """Note the lines that an audit's report was written from; a period that is closed stays as it is.

    Parameters
    ----------
    audit : Audit
        Its report has been written.
    again : bool
        Close it anew, so that what came late so far becomes part of it.
    """
    closings = _closings(audit)
    if again or not closings.has(audit.period):
        closings.close(audit.period, _lines(audit), transactions=audit.content_of("loaded_transactions"))


def _changed(audit: Context) -> list[Closing]:
    content = audit.content_of("loaded_transactions")
    return [closing for closing in _closings(audit).until(audit.period.end) if closing.transactions != content]


def _changes(audit: Context, closing: Closing) -> pd.DataFrame:
    closings = _closings(audit)
    days = closings.days_of(closing)
    then, now = (
        between(counting_lines(audit, lines), *days) for lines in (closings.read(closing, audit.con), _lines(audit))
    )
    return change_frame(compare_lines(then, now, audit.con), period=closing.period, closed_on=closing.closed_on)


def counting_lines(audit: Context, lines: ibis.Table) -> ibis.Table:
    """Keep the lines that count by the plan: a draft that is posted later has come late, a voided line is gone."""
    scope, excluded = audit.plan.scope, excluded_customers(audit)
    lines = lines.filter(lines.status.isin(scope.statuses), lines.doc_type.isin(scope.doc_types))
    return lines.filter(lines.customer_id.notin(excluded)) if excluded else lines


def _lines(audit: Context) -> ibis.Table:
    secret = digest(["closing", pseudonym_key(audit.folder / "keys").hex()])
    return closing_lines(audit.read("loaded_transactions"), secret)


def _closings(audit: Context) -> Closings:
    return Closings(audit.workspace, digest(pseudonym_key(audit.folder / "keys").hex()))
