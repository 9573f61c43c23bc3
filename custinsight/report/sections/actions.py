"""Page 9, actions: the worklists, the strategy per group, and the appendix with methods, parameters and hashes."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.actions import action_message, list_title
from custinsight.report.figures import draw_heatmap, draw_rows
from custinsight.report.parts import Figure, Note, Part, Several, Table, shown
from custinsight.report.sections.common import largest_row, needs, number
from custinsight.report.sections.labels import STAGES, TIERS
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_NO_LISTS = msg("No customer needs anything to be done, or the data do not allow any of the worklists.")


@shown
@needs("worklists", without=_NO_LISTS)
def worklist_summary(audit: Any) -> Part:
    """Tasks and amount at stake per worklist."""
    tasks = audit.table("worklists")
    frame = tasks.groupby("list_code", as_index=False, sort=False).agg(
        tasks=("customer_id", "size"),
        owners=("owner_id", "nunique"),
        amount=("amount_at_stake", lambda amounts: amounts.sum(min_count=1)),
        due=("due_date", "min"),
    )
    frame = frame.sort_values("list_code", key=lambda codes: codes.str[1:].astype(int), ignore_index=True)
    titles = {code: list_title(code) for code in frame["list_code"]}
    largest = largest_row(frame, "amount")
    title = msg(
        "{n:count} task waits. The largest amount is at stake here: {list}, {amount:money}.",
        "{n:count} tasks wait. The largest amount is at stake here: {list}, {amount:money}.",
        n=len(tasks),
        list=titles[largest["list_code"]],
        amount=number(largest["amount"]),
    )
    note = msg("What is at stake on each worklist. A customer can be on several lists, so the amounts do not add up.")
    return Figure(
        title,
        note,
        lambda words: draw_rows(
            frame, words, name="list_code", value="amount", labels=titles, highlight=[largest["list_code"]]
        ),
        frame,
        (
            Col("list_code", msg("Worklist"), "label", titles),
            Col("tasks", msg("Tasks"), "count"),
            Col("owners", msg("Salespeople"), "count"),
            Col("amount", msg("At stake"), "money"),
            Col("due", msg("Due by"), "day"),
        ),
    )


@shown
@needs("worklists", without=_NO_LISTS)
def worklists_by_owner(audit: Any) -> Part:
    """Tasks per salesperson."""
    tasks = audit.table("worklists").assign(owner_id=lambda frame: frame["owner_id"].fillna(""))
    frame = tasks.groupby("owner_id", as_index=False).agg(
        tasks=("customer_id", "size"),
        customers=("customer_id", "nunique"),
        amount=("amount_at_stake", lambda amounts: amounts.sum(min_count=1)),
        due=("due_date", "min"),
    )
    names = owner_names(audit)
    frame["who"] = [names.get(code, code) if code else msg("Nobody") for code in frame["owner_id"]]
    frame = frame.sort_values(["tasks", "owner_id"], ascending=[False, True], ignore_index=True)
    nobody = int(frame.loc[frame["owner_id"] == "", "tasks"].sum())
    people = frame[frame["owner_id"] != ""]
    title = (
        msg(
            "{n:count} salesperson has tasks; {nobody:count} tasks have nobody to do them.",
            "{n:count} salespeople have tasks; {nobody:count} tasks have nobody to do them.",
            n=len(people),
            nobody=nobody,
        )
        if nobody
        else msg(
            "{n:count} salesperson has tasks, and every task has somebody to do it.",
            "{n:count} salespeople have tasks, and every task has somebody to do it.",
            n=len(people),
        )
    )
    columns = (
        Col("who", msg("Salesperson")),
        Col("tasks", msg("Tasks"), "count"),
        Col("customers", msg("Customers"), "count"),
        Col("amount", msg("At stake"), "money"),
        Col("due", msg("Due by"), "day"),
    )
    note = msg(
        "At most {n:count} task each.",
        "At most {n:count} tasks each, the largest amounts first.",
        n=int(audit.plan.actions.rows_per_owner),
    )
    return Table(title, note, frame, columns)


def owner_names(audit: Any) -> dict[str, str]:
    """Names of the salespeople by their number."""
    if not audit.has("sales_team"):
        return {}
    team = audit.table("sales_team").dropna(subset=["owner_id", "owner_name"])
    team = team[team["owner_name"] != ""]
    return dict(zip(team["owner_id"].astype(str), team["owner_name"].astype(str), strict=True))


@shown
@needs("strategy", without=msg("There are no purchases to group customers by, so no strategy can be given."))
def strategy_matrix(audit: Any) -> Part:
    """What each group of customers is worth, and what is done about it."""
    frame = audit.table("strategy")
    frame = frame.assign(tier=frame["tier"].fillna(""), stage=frame["stage"].fillna(""))
    tiers, stages = _present(frame["tier"], TIERS), _present(frame["stage"], STAGES)
    if number(frame["value"].abs().sum()) > 0:
        figure = _value_matrix(frame, tiers, stages)
        return Several((figure, _strategy_table(frame)))
    return _strategy_table(frame)


def _value_matrix(frame: pd.DataFrame, tiers: list[str], stages: list[str]) -> Figure:
    total, best = float(frame["value"].sum()), largest_row(frame, "value")
    title = msg(
        "{share:percent} of the expected value lies in one group: {tier}, {stage}.",
        share=float(best["value"]) / total if total > 0 else float("nan"),
        tier=TIERS.get(best["tier"], best["tier"]),
        stage=STAGES.get(best["stage"], best["stage"]),
    )
    return Figure(
        title,
        msg("Expected value of the customers of each tier and stage."),
        lambda words: draw_heatmap(
            frame,
            words,
            down="tier",
            across="stage",
            value="value",
            show="money",
            down_order=tiers,
            across_order=stages,
            down_labels=TIERS,
            across_labels=STAGES,
            row_height=0.42,
        ),
        frame,
        (*_GROUP, Col("customers", msg("Customers"), "count"), Col("value", msg("Expected value"), "money")),
    )


_GROUP = (Col("tier", msg("Tier"), "label", TIERS), Col("stage", msg("Stage"), "label", STAGES))


def _strategy_table(frame: pd.DataFrame) -> Table:
    actions = {code: action_message(code) for code in frame["action"].dropna().unique()}
    return Table(
        msg("What is done with which group"),
        msg("One rule per group of customers, so that the same case is treated the same everywhere."),
        frame,
        (
            *_GROUP,
            Col("customers", msg("Customers"), "count"),
            Col("at_stake", msg("At stake"), "money"),
            Col("action", msg("Action"), "label", actions),
        ),
    )


def _present(codes: pd.Series, labels: dict[str, Message]) -> list[str]:
    there = set(codes)
    return [code for code in labels if code in there] + sorted(there - set(labels))


@shown
def where_the_files_are(audit: Any) -> Part:
    """Where the worklists lie and how they come back."""
    if not audit.has("worklists"):
        return Note(_NO_LISTS)
    return Note(
        msg(
            "The worklists lie in the folder worklists beside this report, one workbook for each salesperson. The "
            "columns for results and corrections are theirs to fill in."
        )
    )
