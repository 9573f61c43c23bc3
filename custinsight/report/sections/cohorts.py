"""Page 3, lens 5: what the customers of each year bring, how many buy again, how many are won."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.figures import draw_cohorts, draw_columns, draw_lines
from custinsight.report.parts import Figure, Part, Several, shown
from custinsight.report.sections.common import known, needs, number, pick, relative
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_NO_PURCHASES = msg("There are no purchases, so the customers of one year cannot be compared with those of another.")
_MOST_COHORTS = 6
_MOST_PERIODS = 24


@shown
@needs("c3", without=_NO_PURCHASES)
def cohort_spend(audit: Any) -> Part:
    """Net sales of each period by the year in which the customers were won (C3)."""
    c3 = audit.table("c3")
    frame = c3[c3["cohort"] != ""].assign(year=lambda part: part["cohort"].str[:4])
    years = sorted(frame["year"].unique())
    first_shown = years[max(len(years) - _MOST_COHORTS, 0)]
    early = f"…{years[years.index(first_shown) - 1]}" if first_shown != years[0] else ""
    frame["cohort"] = frame["year"].where(frame["year"] >= first_shown, early)
    frame = frame.groupby(["period", "cohort"], as_index=False).agg(
        customers=("customers", "sum"), spend=("spend", "sum")
    )
    kept = sorted(frame["period"].unique())[-_MOST_PERIODS:]
    frame = frame[frame["period"].isin(kept)].reset_index(drop=True)
    frame = frame.assign(order=frame["cohort"].str.startswith("…").map({True: 0, False: 1}))
    frame = frame.sort_values(["period", "order", "cohort"], ignore_index=True)
    return Figure(
        _cohort_title(frame),
        msg("Net sales, stacked by the year of the customers' first purchase, the oldest at the bottom (C3)."),
        lambda words: draw_cohorts(frame, words, value="spend"),
        frame,
        (
            Col("period", msg("Period")),
            Col("cohort", msg("Won in")),
            Col("customers", msg("Customers"), "count"),
            Col("spend", msg("Net sales"), "money"),
        ),
    )


def _cohort_title(frame: pd.DataFrame) -> Message:
    """Say what part of the last period still comes from customers who were won before its year."""
    last = frame[frame["period"] == frame["period"].iloc[-1]]
    total, year = float(last["spend"].sum()), str(last["period"].iloc[0])[:4]
    older = float(last.loc[last["cohort"] < year, "spend"].sum() + last.loc[last["order"] == 0, "spend"].sum())
    if total <= 0:
        return msg("Nobody bought in {period}.", period=str(last["period"].iloc[0]))
    share = older / total
    values: dict[str, Any] = {"share": share, "year": year, "period": str(last["period"].iloc[0])}
    if share <= 0:
        return msg("All net sales of {period} come from customers won in {year}.", **values)
    if share >= 1:
        return msg("All net sales of {period} come from customers won before {year}.", **values)
    return msg("{share:percent} of the net sales of {period} come from customers won before {year}.", **values)


@shown
@needs("active", without=_NO_PURCHASES)
def active_and_repeat(audit: Any) -> Part:
    """Customers who bought per period, new and known, the repeat-buying rate, and how many were won."""
    parts = [_active(audit.table("active").tail(_MOST_PERIODS).reset_index(drop=True))]
    if audit.has("repeat_rate"):
        parts.append(_repeat(audit.table("repeat_rate").tail(_MOST_PERIODS).reset_index(drop=True)))
    if audit.has("acquired"):
        parts.append(_won(audit.table("acquired").tail(_MOST_PERIODS).reset_index(drop=True)))
    return Several(tuple(parts))


def _active(frame: pd.DataFrame) -> Figure:
    last = frame.iloc[-1]
    customers, new = int(last["customers"]), int(last["new"])
    title = (
        msg(
            "In {period} {n:count} customer bought, {share:percent} for the first time.",
            "In {period} {n:count} customers bought, {share:percent} of them for the first time.",
            n=customers,
            period=str(last["period"]),
            share=new / customers,
        )
        if customers
        else msg("Nobody bought in {period}.", period=str(last["period"]))
    )
    series = (("customers", msg("All")), ("repeat", msg("Known")), ("new", msg("New")))
    return Figure(
        title,
        msg("Customers with at least one order in the period; new: it holds their first."),
        lambda words: draw_lines(frame, words, x="period", series=series, show="count", height=2.6),
        frame,
        (Col("period", msg("Period")), *(Col(name, heading, "count") for name, heading in series)),
    )


def _repeat(frame: pd.DataFrame) -> Figure:
    last = frame.iloc[-1]
    rate, change = number(last["rate"]), relative(1, None)
    if len(frame) > 1:
        change = rate - number(frame.iloc[-2]["rate"])
    values: dict[str, Any] = {
        "rate": rate,
        "previous": str(last["previous"]),
        "period": str(last["period"]),
        "change": change,
    }
    if not known(rate):
        title = msg("Nobody bought in {previous}, so nobody could buy again in {period}.", **values)
    elif not known(change):
        title = msg("{rate:percent} of the customers of {previous} bought again in {period}.", **values)
    else:
        said = msg(
            "{rate:percent} of the customers of {previous} bought again in {period}, {change:points} against the "
            "period "
            "before.",
            **values,
        )
        same = msg(
            "{rate:percent} of the customers of {previous} bought again in {period}, as in the period before.", **values
        )
        title = pick(change, up=said, down=said, same=same)
    return Figure(
        title,
        msg("Repeat-buying rate: customers of one period who buy again in the next, over all customers of the first."),
        lambda words: draw_lines(
            frame, words, x="period", series=[("rate", msg("Bought again"))], show="percent", height=2.4
        ),
        frame,
        (
            Col("period", msg("Period")),
            Col("bought_before", msg("Customers of the period before"), "count"),
            Col("bought_again", msg("Of those, bought again"), "count"),
            Col("rate", msg("Rate"), "percent"),
        ),
    )


def _won(frame: pd.DataFrame) -> Figure:
    last = frame.iloc[-1]
    change = relative(last["customers"], frame.iloc[-2]["customers"]) if len(frame) > 1 else float("nan")
    values: dict[str, Any] = {"n": int(last["customers"]), "period": str(last["cohort"]), "change": abs(change)}
    if not known(change):
        title = msg("{n:count} customer was won in {period}.", "{n:count} customers were won in {period}.", **values)
    else:
        title = pick(
            change,
            up=msg(
                "{n:count} customer was won in {period}, {change:percent} more than in the period before.",
                "{n:count} customers were won in {period}, {change:percent} more than in the period before.",
                **values,
            ),
            down=msg(
                "{n:count} customer was won in {period}, {change:percent} fewer than in the period before.",
                "{n:count} customers were won in {period}, {change:percent} fewer than in the period before.",
                **values,
            ),
            same=msg(
                "{n:count} customer was won in {period}, as in the period before.",
                "{n:count} customers were won in {period}, as many as in the period before.",
                **values,
            ),
        )
    return Figure(
        title,
        msg("Customers by the period of their first purchase in the data; the first periods hold older customers too."),
        lambda words: draw_columns(
            frame, words, name="cohort", value="customers", highlight=[last["cohort"]], height=2.3
        ),
        frame,
        (Col("cohort", msg("Won in")), Col("customers", msg("Customers"), "count")),
    )
