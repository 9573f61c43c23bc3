"""Page 3, moves of customers between tiers and between stages of life since the period before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from custinsight.report.figures import draw_heatmap
from custinsight.report.parts import Figure, Part
from custinsight.report.sections.labels import STAGES, TIERS
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

NONE = "none"
_ABSENT = {NONE: msg("none")}
_TIER_NAMES = {**TIERS, **_ABSENT}
_STAGE_NAMES = {**STAGES, **_ABSENT}
_GOOD = ("new", "growing", "active", "declining", "recovered")
_GONE = ("dormant", "lost")


def class_moves(audit: Any) -> tuple[Part, ...]:
    """Heat maps of the moves between tiers and between stages, as far as the tables are there."""
    parts: list[Part] = []
    if audit.has("tier_moves"):
        parts.append(_tiers(audit.table("tier_moves")))
    if audit.has("stage_moves"):
        parts.append(_stages(audit.table("stage_moves")))
    return tuple(parts)


def _tiers(frame: pd.DataFrame) -> Figure:
    order = ["A", "B", "C", NONE]
    both = frame[(frame["tier_before"] != NONE) & (frame["tier_after"] != NONE)]
    n = int(both["customers"].sum())
    up = int(both.loc[both["tier_after"] < both["tier_before"], "customers"].sum())
    down = int(both.loc[both["tier_after"] > both["tier_before"], "customers"].sum())
    title = (
        msg(
            "Of {n:count} customer with a tier on both days, {up:count} rose and {down:count} fell.",
            "Of {n:count} customers with a tier on both days, {up:count} rose and {down:count} fell.",
            n=n,
            up=up,
            down=down,
        )
        if n
        else msg("No customer had a tier on both days.")
    )
    note = msg("The cut-offs of the earlier day hold for both; none: no purchase in the days that make one active.")
    return _figure(frame, "tier", order, _TIER_NAMES, title, note)


def _stages(frame: pd.DataFrame) -> Figure:
    there = {*frame["stage_before"], *frame["stage_after"]}
    order = [code for code in (*STAGES, NONE) if code in there]
    was_good, gone_now = frame["stage_before"].isin((*_GOOD, "at_risk")), frame["stage_after"].isin(_GONE)
    lapsed = int(frame.loc[was_good & gone_now, "customers"].sum())
    back = int(frame.loc[frame["stage_before"].isin(_GONE) & ~gone_now, "customers"].sum())
    at_risk = int(frame.loc[frame["stage_before"].isin(_GOOD) & (frame["stage_after"] == "at_risk"), "customers"].sum())
    title = msg(
        "{n:count} customer fell silent beyond its rhythm, {risk:count} more came at risk; {back:count} came back.",
        "{n:count} customers fell silent beyond their rhythm, {risk:count} more came at risk; {back:count} came back.",
        n=lapsed,
        risk=at_risk,
        back=back,
    )
    note = msg("Stages by each customer's own rhythm, by what was known on either day; none: no purchase by then.")
    return _figure(frame, "stage", order, _STAGE_NAMES, title, note)


def _figure(
    frame: pd.DataFrame, name: str, order: Sequence[str], labels: Mapping[Any, Message], title: Message, note: Message
) -> Figure:
    before, after = f"{name}_before", f"{name}_after"
    # those who stay, and those not there on one day, would outshine everything else
    moved = (frame[before] != frame[after]) & (frame[before] != NONE) & (frame[after] != NONE)
    drawn = frame.assign(shade=frame["customers"].where(moved, 0))
    return Figure(
        title,
        note,
        lambda words: draw_heatmap(
            drawn,
            words,
            down=before,
            across=after,
            value="customers",
            colour_by="shade",
            down_order=[code for code in order if code in set(frame[before])],
            across_order=[code for code in order if code in set(frame[after])],
            down_labels=labels,
            across_labels=labels,
            titles=(msg("Before"), msg("Now")),
        ),
        frame,
        (
            Col(before, msg("Before"), "label", labels),
            Col(after, msg("Now"), "label", labels),
            Col("customers", msg("Customers"), "count"),
            Col("share", msg("Share of those before"), "percent"),
        ),
    )
