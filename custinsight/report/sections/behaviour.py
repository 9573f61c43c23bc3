"""Page 6, behaviour: when, what and through which channel customers buy."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.figures import draw_columns, draw_lines, draw_rows
from custinsight.report.parts import Figure, Part, shown
from custinsight.report.sections.common import Measure, known, largest_row, measure_of, needs, pick, relative
from custinsight.report.sections.labels import OTHER, WEEKDAY_NAMES, WEEKDAYS, labelled
from custinsight.words import Message, msg
from custinsight.writers.columns import Col


def _columns(name: Col, frame: pd.DataFrame) -> tuple[Col, ...]:
    columns = (
        name,
        Col("customers", msg("Customers"), "count"),
        Col("orders", msg("Orders"), "count"),
        Col("spend", msg("Net sales"), "money"),
        Col("profit", msg("Profit"), "money"),
    )
    return columns if measure_of(frame).column == "profit" else columns[:-1]


@shown
@needs("by_month", without=msg("There are no purchases, so the season cannot be shown."))
def season(audit: Any) -> Part:
    """Net sales of the last twelve months over the twelve before."""
    frame = audit.table("by_month")
    months = pd.to_datetime(frame["month"])
    frame = frame.assign(month=months).sort_values("month", ignore_index=True)
    last = frame["month"].iloc[-1]
    window = pd.date_range(end=last, periods=12, freq="MS")
    spend = frame.set_index("month")["spend"].astype(float)
    first = frame["month"].iloc[0]
    years = pd.DataFrame(
        {
            "month": window,
            "now": [spend.get(day, 0.0 if day >= first else None) for day in window],
            "before": [spend.get(day, 0.0 if day >= first else None) for day in window - pd.DateOffset(years=1)],
        }
    ).astype({"now": "float64", "before": "float64"})
    series = [("now", msg("Last 12 months"))]
    if years["before"].notna().any():
        series.append(("before", msg("A year before")))
    return Figure(
        _season_title(years),
        msg("Net sales per month, laid over the same month one year earlier."),
        lambda words: draw_lines(years, words, x="month", series=series, x_show="month"),
        frame,
        _columns(Col("month", msg("Month"), "month"), frame),
    )


def _season_title(years: pd.DataFrame) -> Message:
    best = largest_row(years, "now")
    both = years.dropna()
    change = relative(both["now"].sum(), both["before"].sum()) if len(both) == len(years) else float("nan")
    if not known(change):
        return msg(
            "{month:month} was the strongest of the last twelve months, with {spend:money}.",
            month=best["month"],
            spend=best["now"],
        )
    return pick(
        change,
        up=msg(
            "Net sales of twelve months are up {change:percent} on the year before; {month:month} was the strongest.",
            change=abs(change),
            month=best["month"],
        ),
        down=msg(
            "Net sales of twelve months are down {change:percent} on the year before; {month:month} was the strongest.",
            change=abs(change),
            month=best["month"],
        ),
        same=msg(
            "Net sales of twelve months are the same as the year before; {month:month} was the strongest.",
            month=best["month"],
        ),
    )


@shown
@needs("by_category", without=msg("The purchases name no product categories, so preferences cannot be shown."))
def categories(audit: Any) -> Part:
    """Result per product category."""
    frame = audit.table("by_category")
    measure = measure_of(frame)
    named = frame[~frame["category"].isin(["other", ""]) & frame["category"].notna()]
    title = _leader_title(named if len(named) else frame, frame, "category", measure)
    return _split(
        frame,
        "category",
        msg("Category"),
        title,
        measure,
        msg("The twelve categories with most net sales in the period."),
    )


@shown
@needs("by_channel", without=msg("The purchases name no sales channels, so channels cannot be compared."))
def channels(audit: Any) -> Part:
    """Result per sales channel."""
    frame = audit.table("by_channel")
    measure = measure_of(frame)
    title = _leader_title(frame, frame, "channel", measure)
    return _split(frame, "channel", msg("Channel"), title, measure, msg("Purchases of the period by sales channel."))


def _leader_title(candidates: pd.DataFrame, frame: pd.DataFrame, name: str, measure: Measure) -> Message:
    """Say which row leads; with losses around, shares of the total would mislead, so the amount is said."""
    total, leader = float(frame[measure.column].sum()), largest_row(candidates, measure.column)
    called = labelled(leader[name] if pd.notna(leader[name]) else "", OTHER)
    losing = int((frame[measure.column] < 0).sum())
    if losing:
        return msg(
            "{name} brings most {what}, {amount:money}; {n:count} other loses money.",
            "{name} brings most {what}, {amount:money}; {n:count} others lose money.",
            n=losing,
            name=called,
            what=measure.name,
            amount=float(leader[measure.column]),
        )
    if len(frame) == 1:
        return msg("All {what} comes from one source: {name}.", what=measure.name, name=called)
    return msg(
        "{name} brings {share:percent} of {what}, more than any other.",
        name=called,
        share=float(leader[measure.column]) / total if total > 0 else float("nan"),
        what=measure.name,
    )


def _split(frame: pd.DataFrame, name: str, heading: Message, title: Message, measure: Measure, note: Message) -> Figure:
    drawn = frame.assign(**{name: frame[name].fillna("")})
    drawn = drawn.assign(rest=drawn[name].isin(list(OTHER)))
    drawn = drawn.sort_values(["rest", measure.column], ascending=[True, False], kind="stable", ignore_index=True)
    return Figure(
        title,
        note,
        lambda words: draw_rows(drawn, words, name=name, value=measure.column, labels=OTHER, signed=True),
        drawn,
        _columns(Col(name, heading, "label", OTHER), frame),
    )


@shown
@needs("by_weekday", without=msg("There are no purchases, so weekdays cannot be compared."))
def weekdays(audit: Any) -> Part:
    """Orders per day of the week."""
    frame = audit.table("by_weekday").sort_values("weekday", ignore_index=True)
    orders = frame["orders"].astype(float)
    best = largest_row(frame, "orders")["weekday"]
    title = msg(
        "{day} is the strongest day of the week, with {share:percent} of the orders.",
        day=WEEKDAY_NAMES.get(int(best), msg("One day")),
        share=float(orders.max() / orders.sum()) if orders.sum() else float("nan"),
    )
    return Figure(
        title,
        msg("Orders of the period by the weekday of their date."),
        lambda words: draw_columns(
            frame, words, name="weekday", value="orders", labels=WEEKDAYS, highlight=[best], height=2.3
        ),
        frame,
        _columns(Col("weekday", msg("Weekday"), "label", WEEKDAYS), frame),
    )
