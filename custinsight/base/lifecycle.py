"""Stages of a customer's life, judged by its own rhythm, and what it takes to tell growth and return."""

from __future__ import annotations

import datetime as dt
from typing import Any

import ibis

from custinsight.base.lines import as_day
from custinsight.base.purchases import Purchases, TransactionsLike, read_purchases
from custinsight.base.rhythm import LAPSED, LOST, SLIPPING, add_rhythm, chance_of_silence, purchase_spans
from custinsight.engine import Tabular, as_table, collect, like, require_columns
from custinsight.errors import DataError

STAGES = ("potential", "new", "growing", "active", "declining", "recovered", "at_risk", "dormant", "lost")
GROWTH = 0.25
LIFE = ("customer_id", "stage", "days_silent", "usual_gap_days", "chance_silent")


def lifecycle(
    summary: Tabular,
    as_of: str | dt.date,
    active_days: int = 365,
    *,
    trends: Tabular | None = None,
    prospects: Tabular | None = None,
    growth: float = GROWTH,
) -> Any:
    """One row per customer: its stage of life, judged by its own rhythm.

    The silence comes first. One that only one in four customers of the same rhythm would show is **at_risk**, one in
    twenty **dormant**, one in a hundred **lost**. A customer with one purchase day has no rhythm: it is **new** for
    ``active_days``, **dormant** for as long again, then **lost**. Of those who are not silent, **recovered** came back
    from a lapse within ``active_days``; **new** has at most two purchase days, the first within ``active_days``;
    **growing** and **declining** are those whose spend of the last ``active_days`` differs by ``growth`` or more from
    that of the ``active_days`` before, which they were customers in all of; the others are **active**. **potential**
    are the prospects without any purchase.

    Parameters
    ----------
    summary : pandas frame, Arrow table or ibis table
        From :func:`custinsight.summarise`: customer_id, frequency, first_date, last_date.
    as_of : str or date
        The day that silence is counted to.
    active_days : int
    trends : pandas frame, Arrow table or ibis table, optional
        From :func:`trends`. Without it growing, declining and recovered cannot be told from active.
    prospects : pandas frame, Arrow table or ibis table, optional
        customer_id of all customers on file, whether they have bought or not.
    growth : float
        Relative change of spend from which a customer grows or declines.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        customer_id, stage, days_silent (int64), usual_gap_days (float64; null with one purchase day), chance_silent
        (float64; null with one purchase day), ordered by customer unless lazy. Of a prospect, all but the stage is
        null.

    Raises
    ------
    DataError
        A column is missing, or growth is not above 0.

    See Also
    --------
    custinsight.base.rhythm : the chance of a silence, with its source.

    Examples
    --------
    >>> import pandas as pd
    >>> summary = pd.DataFrame({"customer_id": list("abc"), "frequency": [0, 9, 9],
    ...     "first_date": ["2024-11-01", "2024-01-01", "2023-01-01"],
    ...     "last_date": ["2024-11-01", "2024-12-20", "2023-12-27"]})
    >>> lifecycle(summary, "2024-12-31")["stage"].tolist()
    ['new', 'active', 'lost']
    """
    if not growth > 0:
        raise DataError("The growth from which a customer grows must be above 0, got {growth}.", growth=str(growth))
    table = as_table(summary)
    require_columns(table, ("customer_id", "frequency", "first_date", "last_date"), name="The summary")
    spans = table.select(
        "customer_id",
        x=table.frequency.cast("int64"),
        first_date=table.first_date.cast("date"),
        last_date=table.last_date.cast("date"),
    )
    told = _with_trends(add_rhythm(spans, as_day(as_of), active_days), trends)
    staged = told.mutate(stage=_stage(told, as_day(as_of), active_days, growth)).select(*LIFE)
    if prospects is not None:
        staged = staged.union(_without_purchase(as_table(prospects), staged))
    return staged if isinstance(summary, ibis.Table) else like(staged.order_by("customer_id"), summary)


def trends(transactions: TransactionsLike, as_of: str | dt.date, active_days: int = 365) -> Any:
    """One row per customer with a purchase: spend of two spans of equal length, and the return from its last lapse.

    Parameters
    ----------
    transactions : pandas frame, Arrow table, ibis table or Purchases
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them.
    as_of : str or date
        Last day of the later span.
    active_days : int
        Length of a span in days.

    Returns
    -------
    pandas frame, Arrow table or ibis table
        customer_id, recent, earlier (float64; spend of the last span and of the one before), back_since (date of the
        purchase that ended the last lapse; null without one), ordered by customer unless lazy. Of Purchases, a
        pandas frame.

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({"customer_id": ["a", "a", "a"], "amount_net": [5, 7, 9],
    ...                       "doc_date": ["2022-01-03", "2024-02-05", "2024-03-06"]})
    >>> trends(lines, "2024-12-31")[["recent", "earlier"]].values.tolist()
    [[16.0, 0.0]]
    >>> trends(lines, "2024-12-31")["back_since"].dt.date.tolist()
    [datetime.date(2024, 2, 5)]
    """
    purchases, end = read_purchases(transactions), as_day(as_of)
    days = purchases.occasions(end)
    span = dt.timedelta(days=active_days)
    is_recent = days.day > ibis.literal(end - span)
    is_earlier = ~is_recent & (days.day > ibis.literal(end - 2 * span))
    zero = ibis.literal(0).cast(days.amount.type())
    spend = days.group_by("customer_id").aggregate(
        recent=ibis.ifelse(is_recent, days.amount, zero).sum().cast("float64"),
        earlier=ibis.ifelse(is_earlier, days.amount, zero).sum().cast("float64"),
    )
    back = _returns_from_lapse(days, end, active_days)
    joined = spend.left_join(back, spend.customer_id == back.returner).drop("returner")
    if isinstance(transactions, ibis.Table):
        return joined
    ordered = joined.order_by("customer_id")
    return collect(ordered, max_rows=None) if isinstance(transactions, Purchases) else like(ordered, transactions)


def _returns_from_lapse(days: ibis.Table, end: dt.date, active_days: int) -> ibis.Table:
    """Last purchase day of each customer that ended a lapse, judged by the rhythm up to that lapse."""
    usual = add_rhythm(purchase_spans(days), end, active_days).select(rhythm_of="customer_id", usual="usual")
    order = ibis.window(group_by=days.customer_id, order_by=days.day)
    gaps = days.mutate(
        before=days.day.lag().over(order), started=days.day.min().over(order), place=ibis.row_number().over(order)
    )
    gaps = gaps.filter(gaps.before.notnull())
    known = gaps.inner_join(usual, gaps.customer_id == usual.rhythm_of)
    gap, took = known.day.delta(known.before, unit="day"), known.before.delta(known.started, unit="day")
    # the second purchase day ends the first gap: nothing was known of a rhythm then
    chance = chance_of_silence(known.place - 1, took, gap, known.usual)
    lapse = ibis.ifelse(known.place > 1, chance < LAPSED, gap >= active_days)
    ended = known.filter(lapse)
    return ended.group_by(returner="customer_id").aggregate(back_since=ended.day.max())


def _with_trends(told: ibis.Table, trends: Tabular | None) -> ibis.Table:
    if trends is None:
        return told.mutate(recent=ibis.null("float64"), earlier=ibis.null("float64"), back_since=ibis.null("date"))
    table = as_table(trends)
    require_columns(table, ("customer_id", "recent", "earlier", "back_since"), name="The trends")
    table = table.select(
        trend_of="customer_id",
        recent=table.recent.cast("float64"),
        earlier=table.earlier.cast("float64"),
        back_since=table.back_since.cast("date"),
    )
    return told.left_join(table, told.customer_id == table.trend_of).drop("trend_of")


def _stage(told: ibis.Table, end: dt.date, active_days: int, growth: float) -> Any:
    comparable = (told.age >= 2 * active_days) & (told.earlier > 0)
    change = told.recent / told.earlier.nullif(0) - 1
    return ibis.cases(
        ((told.x == 0) & (told.age >= 2 * active_days), "lost"),
        ((told.x == 0) & (told.age >= active_days), "dormant"),
        (told.chance_silent < LOST, "lost"),
        (told.chance_silent < LAPSED, "dormant"),
        (told.chance_silent < SLIPPING, "at_risk"),
        (told.back_since > ibis.literal(end - dt.timedelta(days=active_days)), "recovered"),
        ((told.age < active_days) & (told.x <= 1), "new"),
        (comparable & (change >= growth), "growing"),
        (comparable & (change <= -growth), "declining"),
        else_="active",
    )


def _without_purchase(prospects: ibis.Table, staged: ibis.Table) -> ibis.Table:
    require_columns(prospects, ("customer_id",), name="The table of prospects")
    kinds = staged.schema()
    ids = prospects.select(customer_id=prospects.customer_id.cast(kinds["customer_id"])).distinct()
    rest = ids.filter(ids.customer_id.notnull()).anti_join(staged, "customer_id")
    blank = {name: ibis.null(kinds[name]) for name in LIFE if name not in ("customer_id", "stage")}
    return rest.mutate(stage=ibis.literal("potential"), **blank).select(*LIFE)
