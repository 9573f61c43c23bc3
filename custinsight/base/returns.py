"""Which purchase each return undoes: named by the export, or found by customer, product and amount.

A return that names no purchase is held against the customer's earlier purchases of the same product for the same
amount that were not returned yet, and takes the newest of them. What is matched on a day depends on nothing dated
later but on the names that later returns give.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis

from custinsight.engine import Tabular, as_table, like, require_columns
from custinsight.tables import MONEY

NAMED, OWN, MATCHED, AMBIGUOUS, MISSING, NONE = "named", "own", "matched", "ambiguous", "missing", "none"
"""How a return was linked, in :attr:`LinkedReturns.links`."""
REQUIRED = ("customer_id", "doc_id", "doc_date", "amount_net")
OPTIONAL = ("line_no", "doc_type", "product_id", "product_name", "currency", "return_of")
LINK_COLUMNS = (
    "customer_id",
    "doc_id",
    "line_no",
    "doc_date",
    "product_id",
    "currency",
    "amount",
    "names",
    "how",
    "candidates",
    "purchase_id",
    "purchase_date",
)
_KEY = ["customer_id", "ci_product", "currency", "ci_size"]


@dataclass(frozen=True)
class LinkedReturns:
    """Lines whose returns name their purchases, and how each was found.

    Parameters
    ----------
    transactions : table
        The lines given, ``return_of`` filled in where a purchase was found.
    links : table
        One row per return line: customer_id, doc_id, line_no, doc_date, product_id, currency, amount (positive), names
        (``return_of`` as exported), how, candidates (purchase documents it might undo), purchase_id, purchase_date.
        ``how`` is ``named`` (the export names the purchase), ``own`` (it stands on the document of its purchase),
        ``matched`` (one document fits), ``ambiguous`` (several fit, the newest was taken), ``missing`` (the export
        names a document that the customer's purchases lack) or ``none``.
    """

    transactions: Any
    links: Any


def link_returns(transactions: Tabular, *, match: bool = True, by: str = "document") -> LinkedReturns:
    """Find the purchase that each return undoes.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        Lines with customer_id, doc_id, doc_date and amount_net in document currency; optionally line_no, doc_type,
        product_id, product_name, currency and return_of. A return is a line of type ``return`` or a negative one.
    match : bool
        Look for purchases of returns that name none.
    by : {"document", "day"}
        What makes an order of a customer. With ``day``, ``doc_id`` becomes the line's day, and ``return_of`` the day
        of the purchase.

    Returns
    -------
    LinkedReturns
        In the form of what was given; lazy for ibis tables.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({"customer_id": ["a", "a"], "doc_id": ["1", "C1"], "product_id": ["x", "x"],
    ...                       "doc_date": pd.to_datetime(["2024-01-03", "2024-02-05"]), "amount_net": [5, -5]})
    >>> link_returns(lines).links[["doc_id", "how", "purchase_id"]].values.tolist()
    [['C1', 'matched', '1']]
    """
    table = as_table(transactions)
    require_columns(table, REQUIRED, name="The table transactions")
    columns = list(table.columns)
    lines = _marked(table)
    purchases, returns = lines.filter(~lines.ci_return), lines.filter(lines.ci_return)
    returns = _settle(returns, purchases)
    searched = returns.how.isnull() & returns.ci_product.notnull() & (returns.ci_size > 0)
    if not match:
        searched = ibis.literal(False)
    settled = returns.filter(~searched)
    settled = settled.mutate(how=settled.how.fill_null(NONE), candidates=ibis.literal(0, "int64"))
    found = _match(returns.filter(searched), purchases, settled)
    columns_of_both = [name for name in settled.columns if name != "ci_target"]
    # few lines next to the purchases, and both results are made of them
    linked = settled.select(*columns_of_both).union(found.select(*columns_of_both)).cache()
    links = linked.select(
        *(name for name in LINK_COLUMNS if name not in ("amount", "names")),
        amount=linked.ci_size,
        names=linked.return_of,
    ).select(*LINK_COLUMNS)
    if by == "day":
        purchases = purchases.mutate(doc_id=_day_text(purchases.doc_date))
        filled = linked.mutate(doc_id=_day_text(linked.doc_date), return_of=_day_text(linked.purchase_date))
    else:
        filled = linked.mutate(return_of=ibis.coalesce(linked.purchase_id, linked.return_of))
    kept = [name for name in lines.columns if not name.startswith("ci_")]
    result = purchases.select(*kept).union(filled.select(*kept))
    result = result.select(*dict.fromkeys((*columns, "return_of")))
    return LinkedReturns(like(result, transactions), like(links, transactions))


def _day_text(day: Any) -> Any:
    return day.cast("date").cast("string")


def _marked(table: ibis.Table) -> ibis.Table:
    """Add what returns and purchases are compared by; absent columns are null."""
    absent = {name: ibis.null("string") for name in OPTIONAL if name not in table.columns}
    lines = table.mutate(**absent)
    texts = {name: lines[name].cast("string") for name in (*OPTIONAL, "doc_id")}
    lines = lines.mutate(**texts, amount_net=lines.amount_net.cast(MONEY))
    return lines.mutate(
        return_of=lines.return_of.nullif(""),
        currency=lines.currency.fill_null(""),
        ci_return=(lines.doc_type == "return").fill_null(False) | (lines.amount_net < 0).fill_null(False),
        ci_product=ibis.coalesce(lines.product_id.nullif(""), lines.product_name.nullif("")),
        ci_size=lines.amount_net.abs().cast(MONEY),
    )


def _settle(returns: ibis.Table, purchases: ibis.Table) -> ibis.Table:
    """Say how returns are linked that need no search: how, purchase_id, purchase_date; null for the others."""
    documents = purchases.group_by("customer_id", "doc_id").agg(ci_day=purchases.doc_date.min())
    documents = documents.select(ci_customer="customer_id", ci_document="doc_id", ci_day="ci_day")
    target = ibis.coalesce(returns.return_of, returns.doc_id)
    returns = returns.mutate(ci_target=target)
    joined = returns.left_join(documents, [("customer_id", "ci_customer"), ("ci_target", "ci_document")])
    how = ibis.cases(
        (joined.return_of.notnull() & joined.ci_document.notnull(), NAMED),
        (joined.return_of.notnull(), MISSING),
        (joined.ci_document.notnull(), OWN),
        else_=ibis.null("string"),
    )
    return joined.select(
        *returns.columns,
        how=how,
        purchase_id=joined.ci_document,
        purchase_date=joined.ci_day,
    )


def _match(returns: ibis.Table, purchases: ibis.Table, settled: ibis.Table) -> ibis.Table:
    """Link returns to the newest fitting purchase that is still there: how, candidates, purchase_id, purchase_date.

    Purchases of one key are put onto a stack as they come, and a return takes the uppermost. ``ci_sum`` counts them,
    ``ci_low`` the returns that found the stack empty; the height of a return's purchase follows from both, and the
    purchase is the event before it at that height.
    """
    asked = returns.select(*_KEY).distinct()
    columns = [name for name in purchases.columns if name in returns.columns]
    fitting = _still_there(purchases.filter(purchases.ci_size > 0), settled).semi_join(asked, _KEY)
    events = fitting.select(*columns).union(returns.select(*columns))
    # the last columns only tell apart what the first ones do not, so that each run takes the same line
    order = list(dict.fromkeys(["doc_date", "ci_return", "doc_id", "line_no", *sorted(columns)]))
    events = events.mutate(ci_seq=ibis.row_number().over(group_by=_KEY, order_by=order))
    upto = ibis.window(group_by=_KEY, order_by="ci_seq", preceding=None, following=0)
    events = events.mutate(ci_sum=ibis.ifelse(events.ci_return, -1, 1).sum().over(upto))
    events = events.mutate(ci_low=ibis.least(events.ci_sum.min().over(upto), 0))
    before = events.ci_low.lag().over(group_by=_KEY, order_by="ci_seq").fill_null(0)
    height = ibis.cases(
        (~events.ci_return, events.ci_sum - events.ci_low),
        (events.ci_sum >= before, events.ci_sum - events.ci_low + 1),
        else_=0,
    )
    events = events.mutate(ci_height=height)
    level = ibis.window(group_by=[*_KEY, "ci_height"], order_by="ci_seq")
    events = events.mutate(
        purchase_id=events.doc_id.lag().over(level),
        purchase_date=events.doc_date.lag().over(level),
        ci_gone=events.ci_seq.lead().over(level),
    )
    return _with_candidates(events)


def _still_there(purchases: ibis.Table, settled: ibis.Table) -> ibis.Table:
    """Leave out purchase lines that a return undoes by name, or on the document itself."""
    key = [*_KEY, "ci_target"]
    gone = settled.filter(settled.purchase_id.notnull(), settled.ci_product.notnull())
    gone = gone.group_by(key).agg(ci_n=gone.count())
    gone = gone.select(*(gone[name].name(f"{name}_gone") for name in key), "ci_n")
    columns = purchases.columns
    order = list(dict.fromkeys(["doc_date", "line_no", *sorted(columns)]))
    numbered = purchases.mutate(
        ci_place=ibis.row_number().over(group_by=[*_KEY, "doc_id"], order_by=order),
    )
    pairs = [*((name, f"{name}_gone") for name in _KEY), ("doc_id", "ci_target_gone")]
    joined = numbered.left_join(gone, pairs)
    return joined.filter(joined.ci_place >= joined.ci_n.fill_null(0)).select(*columns)


def _with_candidates(events: ibis.Table) -> ibis.Table:
    """Keep the returns, and count the documents that each might undo."""
    returns = events.filter(events.ci_return)
    taken = events.filter(events.ci_return & (events.ci_height > 1)).select(*_KEY, ci_at="ci_seq")
    stack = events.filter(~events.ci_return).select(*_KEY, "ci_seq", "ci_gone", ci_doc="doc_id")
    pairs = taken.join(stack, _KEY)
    there = pairs.filter(pairs.ci_seq < pairs.ci_at, pairs.ci_gone.isnull() | (pairs.ci_gone >= pairs.ci_at))
    counted = there.group_by(*_KEY, "ci_at").agg(ci_n=there.ci_doc.nunique())
    counted = counted.select(*(counted[name].name(f"{name}_n") for name in _KEY), "ci_at", "ci_n")
    pairs_back = [*((name, f"{name}_n") for name in _KEY), ("ci_seq", "ci_at")]
    joined = returns.left_join(counted, pairs_back)
    fits = joined.ci_height > 0
    candidates = ibis.ifelse(fits, joined.ci_n.fill_null(1), 0).cast("int64")
    how = ibis.cases((candidates > 1, AMBIGUOUS), (candidates == 1, MATCHED), else_=NONE)
    return joined.mutate(
        how=how,
        candidates=candidates,
        purchase_id=ibis.ifelse(fits, joined.purchase_id, ibis.null("string")),
        purchase_date=ibis.ifelse(fits, joined.purchase_date, ibis.null(joined.purchase_date.type())),
    )
