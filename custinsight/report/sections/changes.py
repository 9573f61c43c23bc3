"""Page 3, lens 2: what changed between the period before and this one, customer by customer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.figures import draw_heatmap, draw_rows, draw_waterfall
from custinsight.report.parts import Figure, Note, Part, Several, shown
from custinsight.report.sections.common import SALES, Measure, measure_of, needs
from custinsight.report.sections.labels import GROUPS
from custinsight.report.sections.moves import class_moves
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_NOTHING_BEFORE = msg("There is no earlier period with purchases, so customers cannot be compared between periods.")
_MOST_PATTERNS = 8


@shown
@needs("groups", without=_NOTHING_BEFORE)
def buyer_groups(audit: Any) -> Part:
    """Result of customers who bought only before, in both periods, only now."""
    frame = audit.table("groups")
    measure = measure_of(
        frame[["profit_before", "profit_after"]].bfill(axis=1).iloc[:, [0]].set_axis(["profit"], axis=1)
    )
    before, after = (float(frame[f"{measure.column}_{side}"].sum()) for side in ("before", "after"))
    steps = pd.DataFrame(
        {
            "step": ["before", *frame["group"], "after"],
            "amount": [before, *frame["change"].astype(float), after],
        }
    )
    labels = {**GROUPS, "before": msg("Before"), "after": msg("Now")}
    title = _groups_title(frame, measure, before)
    note = msg(
        "Customers who did not buy in this period are not lost: many pause. Compared with {before}.",
        before=audit.period.previous().label,
    )
    columns = [
        Col("group", msg("Group"), "label", GROUPS),
        Col("customers", msg("Customers"), "count"),
        *(
            Col(f"{name}_{side}", heading, "money")
            for name, side, heading in (
                ("spend", "before", msg("Net sales before")),
                ("spend", "after", msg("Net sales now")),
                ("profit", "before", msg("Profit before")),
                ("profit", "after", msg("Profit now")),
            )
            if frame[f"{name}_{side}"].notna().any()
        ),
        Col("change", msg("Change"), "signed_money"),
    ]
    return Figure(
        title,
        note,
        lambda words: draw_waterfall(
            steps,
            words,
            step="step",
            value="amount",
            totals=("before", "after"),
            show="money",
            signed="signed_money",
            labels=labels,
        ),
        frame,
        tuple(columns),
    )


def _groups_title(frame: pd.DataFrame, measure: Measure, before: float) -> Message:
    changes = dict(zip(frame["group"], frame["change"].astype(float), strict=True))
    lost, gained, stayed = -changes.get("only_before", 0.0), changes.get("only_after", 0.0), changes.get("both", 0.0)
    values: dict[str, Any] = {"what": measure.name, "lost": lost, "gained": gained, "stayed": stayed}
    if not before and not lost:
        return msg("Nobody bought in the period before; {gained:money} of {what} is new.", **values)
    if gained >= lost:
        return msg(
            "Customers who bought only now brought {gained:money} of {what}, those who stayed away had brought "
            "{lost:money}; customers of both periods changed by {stayed:signed_money}.",
            **values,
        )
    return msg(
        "Customers who stayed away had brought {lost:money} of {what}, those who bought only now just {gained:money}; "
        "customers of both periods changed by {stayed:signed_money}.",
        **values,
    )


@shown
@needs("decile_changes", without=_NOTHING_BEFORE)
def decile_migration(audit: Any) -> Part:
    """Customers by their tenth in the period before and in this one."""
    frame = audit.table("decile_changes")
    in_both = (frame["decile_before"] > 0) & (frame["decile_after"] > 0)
    # those who bought in one period only would outshine everything else
    frame = frame.assign(shade=frame["customers"].where(in_both, 0))
    both = frame[in_both]
    step = both["decile_after"] - both["decile_before"]
    customers = int(both["customers"].sum())
    order = [*range(1, 11), 0]
    labels = {0: msg("none")}
    if customers:
        title = msg(
            "Of {n:count} customer of both periods, {stayed:percent} stayed in their tenth; {down:count} fell by two "
            "or "
            "more, {up:count} rose by two or more.",
            "Of {n:count} customers of both periods, {stayed:percent} stayed in their tenth; {down:count} fell by two "
            "or more, {up:count} rose by two or more.",
            n=customers,
            stayed=float(both.loc[step == 0, "customers"].sum()) / customers,
            down=int(both.loc[step >= 2, "customers"].sum()),
            up=int(both.loc[step <= -2, "customers"].sum()),
        )
    else:
        title = msg("No customer bought in both periods.")
    figure = Figure(
        title,
        msg("Tenths of the period before hold for both periods; 1 is the best; none: no purchase in that period."),
        lambda words: draw_heatmap(
            frame,
            words,
            down="decile_before",
            across="decile_after",
            value="customers",
            colour_by="shade",
            down_order=order,
            across_order=order,
            down_labels=labels,
            across_labels=labels,
            titles=(msg("Before"), msg("Now")),
            row_height=0.29,
        ),
        frame,
        (
            Col("decile_before", msg("Tenth before"), "label", labels),
            Col("decile_after", msg("Tenth now"), "label", labels),
            Col("customers", msg("Customers"), "count"),
            Col("value_before", msg("Result before"), "money"),
            Col("value_after", msg("Result now"), "money"),
        ),
    )
    moves = class_moves(audit)
    return Several((figure, *moves)) if moves else figure


@shown
@needs("patterns", without=_NOTHING_BEFORE)
def growth_patterns(audit: Any) -> Part:
    """In which way customers of both periods grew or shrank."""
    frame = audit.table("patterns")
    frame = frame[frame["customers"] > 0]
    if frame.empty:
        return Note(msg("No customer bought in both periods."))
    measure = measure_of(frame.rename(columns={"profit_after": "profit"}))
    frame = frame.assign(change=frame[f"{measure.column}_after"] - frame[f"{measure.column}_before"])
    frame = frame.sort_values("change", key=lambda values: -values.abs(), kind="stable", ignore_index=True)
    labels = {pattern: _pattern(pattern, measure) for pattern in frame["pattern"]}
    top = frame.head(_MOST_PATTERNS).sort_values("change", ascending=False, ignore_index=True)
    return Figure(
        _pattern_title(frame, measure),
        msg("Customers of both periods; ▲ up or equal, ▼ down, each customer against its own period before."),
        lambda words: draw_rows(
            top, words, name="pattern", value="change", show="signed_money", labels=labels, signed=True, name_width=48
        ),
        frame,
        (
            Col("pattern", msg("Pattern"), "label", labels),
            Col("customers", msg("Customers"), "count"),
            Col(f"{measure.column}_before", msg("Before"), "money"),
            Col(f"{measure.column}_after", msg("Now"), "money"),
            Col("change", msg("Change"), "signed_money"),
        ),
    )


def _pattern(pattern: str, measure: Measure) -> Message:
    signs = ["▲" if letter == "U" else "▼" for letter in pattern]
    if measure is SALES:
        return msg(
            "Sales {sales}  orders {orders}  per order {order}",
            sales=signs[0],
            orders=signs[1],
            order=signs[2],
        )
    return msg(
        "Profit {profit}  orders {orders}  per order {order}  margin {margin}",
        profit=signs[0],
        orders=signs[1],
        order=signs[2],
        margin=signs[3],
    )


def _pattern_title(frame: pd.DataFrame, measure: Measure) -> Message:
    """Say how many shrank, and how much of their decline lies with customers who ordered less often."""
    shrank = frame[frame["pattern"].str[0] == "D"]
    n, customers, loss = int(shrank["customers"].sum()), int(frame["customers"].sum()), -float(shrank["change"].sum())
    if not n or loss <= 0:
        return msg("No customer of both periods brought less {what} than before.", what=measure.name)
    seldom = -float(shrank.loc[shrank["pattern"].str[1] == "D", "change"].sum())
    return msg(
        "{n:count} of {customers:count} customers of both periods brought {loss:money} less {what}; {share:percent} of "
        "that lies with those who ordered less often.",
        "{n:count} of {customers:count} customers of both periods brought {loss:money} less {what}; {share:percent} of "
        "that lies with those who ordered less often.",
        n=n,
        customers=customers,
        loss=loss,
        what=measure.name,
        share=max(seldom, 0.0) / loss,
    )
