"""Page 8, sales team: what each salesperson's customers bring, what is at stake, and who was not contacted."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.figures import draw_rows, draw_targets
from custinsight.report.parts import Figure, Note, Part, shown
from custinsight.report.sections.common import measure_of_audit, needs, number, top_rows
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_WITHOUT = msg("Neither customers nor purchases name a salesperson, so results cannot be told per person.")
_MOST = 15


def _team(audit: Any) -> pd.DataFrame:
    """One row per owner with the name that is shown; customers without an owner under their own name."""
    frame = audit.table("sales_team")
    return frame.assign(who=[_who(row) for row in frame.to_dict("records")])


def _who(row: dict[str, Any]) -> Message | str:
    name, code = row.get("owner_name"), row.get("owner_id")
    if isinstance(name, str) and name:
        return name
    return code if isinstance(code, str) and code else msg("Nobody")


def _without_owner(frame: pd.DataFrame) -> pd.Series:
    return frame["owner_id"].fillna("") == ""


_COLUMNS = (
    Col("who", msg("Salesperson")),
    Col("customers", msg("Customers"), "count"),
    Col("active", msg("Active"), "count"),
    Col("revenue", msg("Net sales"), "money"),
    Col("target", msg("Target"), "money"),
    Col("attainment", msg("Reached"), "percent"),
    Col("at_stake", msg("At stake"), "money"),
    Col("not_contacted", msg("Not contacted"), "count"),
)


def _columns(frame: pd.DataFrame) -> tuple[Col, ...]:
    """Columns that hold anything."""
    return tuple(column for column in _COLUMNS if column.name == "who" or frame[column.name].notna().any())


@shown
@needs("sales_team", without=_WITHOUT)
def revenue_by_owner(audit: Any) -> Part:
    """Net sales per salesperson, against the target where there is one."""
    frame = _team(audit).sort_values(["revenue", "owner_id"], ascending=[False, True], ignore_index=True)
    has_targets = frame["target"].notna().any()
    top = frame.head(_MOST)
    note = (
        msg("Net sales of the period by the customer's salesperson; the mark is the target.")
        if has_targets
        else msg("Net sales of the period by the customer's salesperson. No targets were delivered.")
    )
    if has_targets:
        titles = (msg("Net sales"), msg("Target"))

        def draw(words: Any) -> Any:
            return draw_targets(top, words, name="who", value="revenue", target="target", titles=titles)
    else:

        def draw(words: Any) -> Any:
            return draw_rows(top, words, name="who", value="revenue")

    return Figure(_revenue_title(frame), note, draw, frame, _columns(frame))


def _revenue_title(frame: pd.DataFrame) -> Message:
    aimed = frame[frame["target"].notna() & (frame["target"] > 0)]
    if len(aimed):
        short = aimed[aimed["revenue"] < aimed["target"]]
        gap = float((short["target"] - short["revenue"]).sum())
        values: dict[str, Any] = {"n": len(aimed), "short": len(short), "gap": gap}
        if short.empty:
            return msg(
                "The salesperson reached the target.", "All {n:count} salespeople reached their targets.", **values
            )
        return msg(
            "The only salesperson with a target missed it by {gap:money}.",
            "{short:count} of {n:count} salespeople missed their targets, by {gap:money} together.",
            **values,
        )
    people = frame[~_without_owner(frame)]
    if people.empty:
        return msg("No purchase is tied to a salesperson.")
    total = float(frame["revenue"].sum())
    return msg(
        "The customers of {who} bring {share:percent} of net sales, more than those of anybody else.",
        who=people["who"].iloc[0],
        share=float(people["revenue"].iloc[0]) / total if total > 0 else float("nan"),
    )


@shown
@needs("sales_team", without=_WITHOUT)
def stake_by_owner(audit: Any) -> Part:
    """Margin at stake per salesperson."""
    frame = _team(audit)
    if not (number(frame["at_stake"].sum()) > 0):
        return Note(msg("What is at stake cannot be told per salesperson: no churn probabilities are known."))
    top = top_rows(frame, "at_stake", _MOST)
    total = float(frame["at_stake"].sum())
    worst = top.iloc[0]
    values: dict[str, Any] = {"share": float(worst["at_stake"]) / total, "total": total}
    title = (
        msg("{share:percent} of the {total:money} at stake lies with customers whom nobody looks after.", **values)
        if _without_owner(top).iloc[0]
        else msg(
            "{share:percent} of the {total:money} at stake lies with the customers of {who}.",
            who=worst["who"],
            **values,
        )
    )
    return Figure(
        title,
        msg(
            "Expected {what} times the probability of no purchase within {days:count} days.",
            what=measure_of_audit(audit).name,
            days=int(audit.plan.model.churn_days),
        ),
        lambda words: draw_rows(top, words, name="who", value="at_stake", highlight=[worst["who"]]),
        top_rows(frame, "at_stake", len(frame)),
        _columns(frame),
    )


@shown
@needs(
    "sales_team",
    "interactions",
    without=msg("No contacts with customers were delivered, so it is not known who was forgotten."),
)
def not_contacted(audit: Any) -> Part:
    """Active customers without a contact, per salesperson."""
    frame = _team(audit)
    count, customers = int(frame["not_contacted"].fillna(0).sum()), int(frame["active"].fillna(0).sum())
    days = int(audit.plan.actions.no_contact_days)
    if count == 0:
        return Note(msg("Every active customer was contacted within {days:count} days.", days=days), tone="pass")
    top = top_rows(frame[frame["not_contacted"] > 0], "not_contacted", _MOST)
    title = msg(
        "{n:count} customer was not contacted within {days:count} days.",
        "{n:count} customers were not contacted within {days:count} days.",
        n=count,
        days=days,
    )
    return Figure(
        title,
        msg("Customers without a call, visit, e-mail or meeting; {count:count} are active.", count=customers),
        lambda words: draw_rows(top, words, name="who", value="not_contacted", show="count"),
        top_rows(frame, "not_contacted", len(frame)),
        _columns(frame),
    )
