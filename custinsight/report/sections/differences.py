"""Page 3, lens 1: how different the customers of the period are."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from custinsight.report.figures import draw_columns, draw_lorenz, draw_panels
from custinsight.report.parts import Figure, Note, Part, Several, shown
from custinsight.report.sections.common import known, measure_of, needs, now_and_before, number, pick
from custinsight.report.sections.labels import MEASURE_SHOWS, MEASURES
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_NO_PURCHASES = msg("There are no purchases in the period, so the customers cannot be compared.")
_PANELS = ("spend", "orders", "spend_per_order", "profit")


@shown
@needs("distributions", without=_NO_PURCHASES)
def spend_distribution(audit: Any) -> Part:
    """How customers spread over spend, orders, spend per order and profit."""
    frame = audit.table("distributions")
    there = [name for name in _PANELS if (frame["measure"] == name).any()]
    drawn = frame[frame["measure"].isin(there)]
    drawn = drawn.assign(at=[low if math.isfinite(low) else msg("below 0") for low in drawn["bin_from"]])
    table = frame.assign(
        range=[
            _range_text(MEASURE_SHOWS.get(name, "decimal"), low, high)
            for name, low, high in zip(frame["measure"], frame["bin_from"], frame["bin_to"], strict=True)
        ]
    )
    return Figure(
        _half_title(frame),
        msg("Share of the customers in each class; under every column its lower edge, the last class is open."),
        lambda words: draw_panels(
            drawn,
            words,
            panel="measure",
            name="at",
            value="share",
            titles={name: MEASURES[name] for name in there},
            shows=MEASURE_SHOWS,
        ),
        table,
        (
            Col("measure", msg("Measure"), "label", MEASURES),
            Col("range", msg("Class")),
            Col("customers", msg("Customers"), "count"),
            Col("share", msg("Share"), "percent"),
        ),
    )


def _range_text(show: str, low: float, high: float) -> Message:
    values: dict[str, Any] = {"low": low, "high": high}
    if not math.isfinite(low):
        return msg("below 0")
    if not math.isfinite(high):
        return {
            "money": msg("{low:money} and more", **values),
            "count": msg("{low:count} and more", **values),
        }.get(show, msg("{low:percent} and more", **values))
    return {
        "money": msg("{low:money} to below {high:money}", **values),
        "count": msg("{low:count} to below {high:count}", **values),
    }.get(show, msg("{low:percent} to below {high:percent}", **values))


def _half_title(frame: pd.DataFrame) -> Message:
    """Say below which edge at least half of the customers lie, and how many buy just once."""
    spend = frame[frame["measure"] == "spend"]
    reached = spend[(spend["share"].cumsum() >= 0.5 - 1e-12) & spend["bin_to"].map(math.isfinite)]
    orders = frame[(frame["measure"] == "orders") & (frame["bin_from"] == 1)]
    once = float(orders["share"].iloc[0]) if len(orders) and float(orders["bin_to"].iloc[0]) == 2 else math.nan
    if reached.empty:
        return msg("How customers differ in what they buy")
    values: dict[str, Any] = {"limit": float(reached["bin_to"].iloc[0]), "once": once}
    if known(once):
        return msg(
            "Half of the customers or more spend less than {limit:money}, and {once:percent} order once.", **values
        )
    return msg("Half of the customers or more spend less than {limit:money}.", **values)


@shown
@needs("equal_customer_deciles", without=_NO_PURCHASES)
def customer_deciles(audit: Any) -> Part:
    """What each tenth of the customers brings, and how many customers bring each tenth of the result."""
    parts = [_equal_customers(audit)]
    if audit.has("equal_profit_deciles"):
        parts.append(_equal_result(audit))
    return Several(tuple(parts))


def _equal_customers(audit: Any) -> Figure:
    frame = audit.table("equal_customer_deciles")
    measure = measure_of(frame)
    values = frame[measure.column].astype(float)
    total = float(values.sum())
    frame = frame.assign(share=values / total if total > 0 else math.nan)
    drawn = frame[frame["customers"] > 0]
    return Figure(
        _decile_title(frame["share"], measure.name) if total > 0 else msg("All customers together made a loss."),
        msg("Customers from best to worst in ten groups of equal size; equal customers are never split."),
        lambda words: draw_columns(
            drawn,
            words,
            name="decile",
            value="share" if total > 0 else measure.column,
            show="percent" if total > 0 else "money",
            highlight=[1],
        ),
        frame,
        _decile_columns(frame),
    )


def _decile_title(shares: pd.Series, what: Message) -> Message:
    """Compare the best tenth with as many of the worst tenths as it outweighs."""
    best = number(shares.iloc[0])
    outweighed = [k for k in range(2, len(shares)) if shares.iloc[-k:].sum() < best]
    values: dict[str, Any] = {"share": best, "what": what}
    losing = -float(shares[shares < 0].sum())
    if losing >= 0.01:
        return msg(
            "The best tenth of the customers brings {share:percent} of {what}; losses with others eat up "
            "{loss:percent}.",
            loss=losing,
            **values,
        )
    if outweighed:
        return msg(
            "The best tenth of the customers brings {share:percent} of {what}, more than the last {k:count} tenths "
            "together.",
            k=max(outweighed),
            **values,
        )
    return msg("The best tenth of the customers brings {share:percent} of {what}.", **values)


def _equal_result(audit: Any) -> Figure:
    frame = audit.table("equal_profit_deciles")
    measure = measure_of(frame)
    customers = frame["customers"].astype(int)
    title = msg(
        "The best {n:count} customer brings the first tenth of {what}; the last tenth takes {last:count} customers.",
        "The best {n:count} customers bring the first tenth of {what}; the last tenth takes {last:count} customers.",
        n=int(customers.iloc[0]),
        last=int(customers.iloc[-1]),
        what=measure.name,
    )
    return Figure(
        title,
        msg("Customers needed for each tenth of the result, best first; customers who cost money are in the last."),
        lambda words: draw_columns(frame, words, name="decile", value="customers", highlight=[1], height=2.4),
        frame,
        _decile_columns(frame),
    )


def _decile_columns(frame: pd.DataFrame) -> tuple[Col, ...]:
    columns = (
        Col("decile", msg("Tenth"), "count"),
        Col("customers", msg("Customers"), "count"),
        Col("orders", msg("Orders"), "count"),
        Col("spend", msg("Net sales"), "money"),
        Col("profit", msg("Profit"), "money"),
        Col("aof", msg("Orders per customer"), "decimal"),
        Col("aov", msg("Spend per order"), "money"),
        Col("margin", msg("Margin"), "percent"),
        Col("lowest", msg("Lowest value"), "money"),
    )
    return tuple(column for column in columns if column.name in frame.columns and frame[column.name].notna().any())


@shown
@needs("lorenz", "totals", without=_NO_PURCHASES)
def concentration_curve(audit: Any) -> Part:
    """Lorenz curve, best customers first, with the share of the top 10 %."""
    frame = audit.table("lorenz")
    series = [(name, title) for name, title in _CURVES if frame[name].notna().any()]
    if not series:
        return Note(_LOSS)
    return Figure(
        _concentration_title(audit),
        msg("From the best customer on, each curve by its own order. The straight line: everybody brings the same."),
        lambda words: draw_lorenz(frame, words, series=series),
        frame.iloc[:: max(len(frame) // 20, 1)].reset_index(drop=True),
        (
            Col("customer_share", msg("Share of customers"), "percent"),
            *(Col(name, title, "percent") for name, title in series),
        ),
    )


_LOSS = msg("All customers together made a loss, so shares cannot be told.")
_CURVES = (("profit_share", msg("Profit")), ("spend_share", msg("Net sales")))


def _concentration_title(audit: Any) -> Message:
    totals = audit.table("totals").iloc[0]
    measure = measure_of(audit.table("totals"))
    share = number(totals["top_10_share"])
    if not known(share):
        return _LOSS
    change = math.nan
    values: dict[str, Any] = {"share": share, "what": measure.name, "before": audit.period.previous().label}
    if audit.has("history"):
        _now, before = now_and_before(audit)
        change = share - number(before["top_10_share"]) if before is not None else math.nan
    if not known(change):
        return msg("The top 10 % of customers bring {share:percent} of {what}.", **values)
    said = msg(
        "The top 10 % of customers bring {share:percent} of {what}, {change:points} against {before}.",
        change=change,
        **values,
    )
    same = msg("The top 10 % of customers bring {share:percent} of {what}, the same as in {before}.", **values)
    return pick(change, up=said, down=said, same=same)
