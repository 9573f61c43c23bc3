"""A period as its own audit told of it, and as a later audit tells of it: how much is data, definitions, matching.

The lines of both audits are stored as they were seen. So the key figures of the earlier period are computed again from
lines of which one thing after the other is replaced by what the later audit knows: first documents that came late,
vanished or were changed; then which lines count and what they amount to in base currency; then whom each line belongs
to. Each step is a difference of two such results, so that the steps sum to the whole difference.
"""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from custinsight.base import history
from custinsight.closing import closing_lines, compare_lines
from custinsight.flow.late import counting_lines
from custinsight.report.sections.common import number
from custinsight.report.sections.key_numbers import base_columns

STEPS = ("late", "definitions", "matching")
"""What can make a period look different later, in the order in which it is replaced."""
_LINE = ("customer_id", "line_no", "product_id", "doc_type", "status", "currency", "amount_net", "cost", "return_of")
_DOC = ("doc_id", "doc_date")
_BAR = "\x1f"


def restate(before: Any, after: Any, measure: str) -> pd.DataFrame:
    """One row per key figure of the earlier period: reported, late, definitions, matching, restated.

    Parameters
    ----------
    before, after : custinsight.audit.Audit
        Audits of one workspace whose stages are stored; the first of the earlier period.
    measure : str
        ``profit`` or ``spend``, the result that both can speak of.

    Returns
    -------
    DataFrame
        figure (customers, profit or spend, top_10_share), reported (by the earlier audit), late, definitions, matching
        (differences), restated (by the later audit); reported and the differences sum to restated. A difference that
        comes from another version of the program counts as definitions.
    """
    columns = base_columns(measure)
    reported = before.table("history").iloc[-1]
    steps = [_figures(lines, before, columns) for lines in _replaced(before, after)]
    rows = []
    for name in columns:
        same, data, defined, matched = (number(step[name]) for step in steps)
        program = same - number(reported[name])
        rows.append(
            {
                "figure": name,
                "reported": number(reported[name]),
                "late": data - same,
                "definitions": defined - data + program,
                "matching": matched - defined,
                "restated": matched,
            }
        )
    return pd.DataFrame(rows)


def late_lines(before: Any, after: Any) -> pd.DataFrame:
    """Lines of the earlier period that the later audit sees otherwise, as :func:`custinsight.closing.compare_lines`."""
    days = before.period
    # both sides are digested here and now, so the secret needs no keeping
    sides = [closing_lines(_read(audit, after, "loaded_transactions"), "") for audit in (before, after)]
    counted = [counting_lines(after, side) for side in sides]
    within = [
        lines.filter(lines.doc_date >= ibis.date(str(days.start)), lines.doc_date <= ibis.date(str(days.end)))
        for lines in counted
    ]
    return compare_lines(within[0], within[1], after.con)


def _figures(lines: ibis.Table, before: Any, columns: tuple[str, ...]) -> pd.Series:
    return history(lines, before.period, n=1).iloc[0][list(columns)]


def _replaced(before: Any, after: Any) -> list[ibis.Table]:
    """Lines as the earlier audit saw them, with later data, by later definitions, and as the later audit sees them."""
    end = ibis.date(str(before.period.end))
    then, now = (_keyed(_read(audit, after, "transactions")) for audit in (before, after))
    now = now.filter(now.doc_date <= end)
    changed = _changed_documents(before, after)
    unmatched = _with_earlier_customers(now, before, after)
    kept = then.anti_join(changed, "doc_key")
    data = kept.union(unmatched.semi_join(changed, "doc_key").select(*kept.columns))
    return [lines.drop("doc_key").cache() for lines in (then, data, unmatched, now)]


def _read(audit: Any, engine: Any, table: str) -> ibis.Table:
    """Read a stored table of an audit in the other's engine, so that both can be joined."""
    from custinsight.flow import stage_of

    return engine.workspace.read(engine.con, audit.stored(stage_of(table).name), table)


def _keyed(lines: ibis.Table) -> ibis.Table:
    return lines.mutate(doc_key=lines.doc_id.fill_null("") + _BAR + lines.doc_date.cast("string"))


def _changed_documents(before: Any, after: Any) -> ibis.Table:
    """Documents whose lines, as they were read, are not the same in both audits."""
    end = ibis.date(str(before.period.end))
    sides = []
    for audit, sign in ((before, -1), (after, 1)):
        lines = _read(audit, after, "loaded_transactions")
        lines = _keyed(lines.filter(lines.doc_date <= end))
        sides.append(lines.select("doc_key", *_LINE, sign=ibis.literal(sign, "int8")))
    both = ibis.union(*sides)
    counts = both.group_by("doc_key", *_LINE).agg(n=both.sign.sum())
    return counts.filter(counts.n != 0).select("doc_key").distinct().cache()


def _with_earlier_customers(now: ibis.Table, before: Any, after: Any) -> ibis.Table:
    """Give each line the golden customer that its record belonged to in the earlier audit; new records keep theirs."""
    earlier, later = (
        _read(audit, after, "links").select(record="customer_id", golden="golden_id").distinct()
        for audit in (before, after)
    )
    loaded = _keyed(_read(after, after, "loaded_transactions"))
    lines = loaded.select("doc_key", record="customer_id").distinct()
    seen = lines.left_join(later, "record").select("doc_key", "record", "golden")
    seen = seen.mutate(golden=ibis.coalesce(seen.golden, seen.record))
    known = seen.left_join(earlier.rename(then="golden"), "record").select("doc_key", "golden", "record", "then")
    # a document of two records that are one customer now: the first of them stands for both
    owners = known.group_by("doc_key", "golden").agg(then=ibis.coalesce(known.then, known.golden).argmin(known.record))
    owners = owners.select(owner_doc="doc_key", owner_golden="golden", owner_then="then")
    joined = now.left_join(owners, [now.doc_key == owners.owner_doc, now.customer_id == owners.owner_golden])
    return joined.mutate(customer_id=ibis.coalesce(joined.owner_then, joined.customer_id)).select(*now.columns)
