"""Lines as they were noted against lines as they are: which came late, which are gone, which amount to something else.

Lines are matched document by document: first equal amounts, since a new export may number its lines anew; what is left
is paired by its place in the document and changed; whatever still has no partner came late or is gone. So the amounts
of the three kinds always sum to the whole change of a period.
"""

from __future__ import annotations

from typing import Any

import ibis
import pandas as pd

from custinsight.engine import collect

CHANGES = {
    "kind": "str",
    "currency": "str",
    "lines": "int64",
    "documents": "int64",
    "customers": "int64",
    "amount": "float64",
}
"""Columns of what :func:`compare_lines` returns."""
LATE, GONE, CHANGED = "late", "gone", "changed"


def compare_lines(then: ibis.Table, now: ibis.Table, con: Any) -> pd.DataFrame:
    """One row per kind (late, gone, changed) and currency: lines, documents, customers, change of the amount.

    Parameters
    ----------
    then, now : ibis.Table
        Lines of the same days in the columns of :data:`custinsight.closing.lines.LINES`, as they were noted and as they
        are.
    con : ibis DuckDB backend
        Engine of both tables.

    Returns
    -------
    pandas.DataFrame
        The columns :data:`CHANGES`; ``amount`` is what the period's amount changed by, negative for lines that are
        gone.
    """
    name = ibis.util.gen_name("changed_documents")
    # the first look holds no more than two numbers of each line
    signed = [
        lines.select("doc", "amount_net", sign=ibis.literal(sign, "int8")) for lines, sign in ((then, -1), (now, 1))
    ]
    groups = ibis.union(*signed).group_by("doc", "amount_net").agg(n=lambda row: row.sign.sum())
    documents = con.create_table(name, groups.filter(groups.n != 0).select("doc").distinct(), temp=True)
    try:
        if not collect(documents.agg(n=documents.count()))["n"].iloc[0]:
            return change_frame()
        near = [_signed(lines.semi_join(documents, "doc"), sign) for lines, sign in ((then, -1), (now, 1))]
        return _summed(_unmatched(ibis.union(*near)))
    finally:
        con.drop_table(name)


def change_frame(found: pd.DataFrame | None = None, **more: str) -> pd.DataFrame:
    """Give a frame of changes its columns and types; ``more`` are columns of text that stand before the others."""
    shape = {**dict.fromkeys(more, "str"), **CHANGES}
    frame = pd.DataFrame(columns=list(CHANGES)) if found is None else found
    return frame.assign(**more)[list(shape)].astype(shape)


def _signed(lines: ibis.Table, sign: int) -> ibis.Table:
    return lines.select("doc", "slot", "customer_id", "currency", "amount_net", sign=ibis.literal(sign, type="int64"))


def _unmatched(rows: ibis.Table) -> ibis.Table:
    """Lines without a partner of the same amount, with their kind."""
    for by in (("doc", "amount_net", "slot"), ("doc", "amount_net")):
        rows = _paired(rows, by).filter(lambda row: ~row.is_paired).drop("is_paired")
    rows = _paired(rows, ("doc", "slot"))
    alone = ibis.ifelse(rows.sign > 0, LATE, GONE)
    return rows.mutate(kind=ibis.ifelse(rows.is_paired, CHANGED, alone))


def _paired(rows: ibis.Table, by: tuple[str, ...]) -> ibis.Table:
    """Tell of each line whether the other side has one to pair it with, in the order of place and amount."""
    side = ibis.window(group_by=[*by, "sign"], order_by=["slot", "amount_net"])
    whole = ibis.window(group_by=list(by))
    place = ibis.row_number().over(side) + 1
    there = (rows.sign > 0).cast("int64").sum().over(whole)
    before = (rows.sign < 0).cast("int64").sum().over(whole)
    return rows.mutate(is_paired=place <= ibis.least(there, before))


def _summed(rows: ibis.Table) -> pd.DataFrame:
    # a changed line is there twice: as it was and as it is
    lines = ((rows.kind != CHANGED) | (rows.sign > 0)).cast("int64").sum()
    sums = rows.group_by("kind", "currency").agg(
        lines=lines,
        documents=rows.doc.nunique(),
        customers=rows.customer_id.nunique(),
        amount=(rows.amount_net * rows.sign).sum(),
    )
    return change_frame(collect(sums.order_by("kind", "currency")))
