"""The worklists as workbooks: one for each salesperson, with the names of their own customers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd

from custinsight.actions import action_message, list_title, reason_message
from custinsight.churn import join_reasons
from custinsight.engine import collect
from custinsight.words import Words, msg
from custinsight.writers.columns import Col
from custinsight.writers.sheets import SheetData, write_xlsx

_LEAVING = "W1"
_REVEALED = ("customer_name", "contact_name", "mobile", "phone", "email")
_ANSWERS = (
    msg("Reached, will order"),
    msg("Reached, will not order"),
    msg("Not reached"),
    msg("Data are wrong"),
    msg("Not my customer"),
)
_COLUMNS = (
    Col("list_title", msg("List")),
    Col("customer_id", msg("Customer id")),
    Col("numbers", msg("Customer numbers")),
    Col("customer_name", msg("Name")),
    Col("contact_name", msg("Contact person")),
    Col("mobile", msg("Mobile")),
    Col("phone", msg("Phone")),
    Col("email", msg("E-mail")),
    Col("tier", msg("Tier")),
    Col("why", msg("Reason")),
    Col("reasons", msg("Reasons of the probability")),
    Col("amount_at_stake", msg("Amount at stake"), "money"),
    Col("amount_low", msg("At least"), "money"),
    Col("amount_high", msg("At most"), "money"),
    Col("what", msg("What to do")),
    Col("due_date", msg("Due"), "day"),
    Col("result", msg("Outcome")),
    Col("correction", msg("Correction or remark")),
)


def write_worklists(audit: Any, folder: Path) -> list[Path]:
    """Write one workbook for each salesperson and language.

    A salesperson sees the names and phones of the customers that are theirs: the worklist is for them alone. What
    nobody owns goes into a workbook of its own, for whoever assigns the customers.

    Parameters
    ----------
    audit : custinsight.audit.Audit
    folder : Path
        A folder for each language is made in it.

    Returns
    -------
    list of Path
    """
    tasks = audit.table("worklists")
    if tasks.empty:
        return []
    tasks = tasks.merge(_people(audit, tasks["customer_id"]), on="customer_id", how="left")
    tasks = tasks.assign(
        list_title=[list_title(code) for code in tasks["list_code"]],
        why=[reason_message(row) for _, row in tasks.iterrows()],
        reasons=_reasons(audit, tasks),
        what=[action_message(code) for code in tasks["action"]],
        result="",
        correction="",
    )
    written = []
    for language in audit.languages:
        words = Words(language, audit.plan.currency)
        (folder / language).mkdir(parents=True, exist_ok=True)
        for owner, rows in tasks.groupby("owner_id", sort=True):
            path = folder / language / f"{_file_name(str(owner))}.xlsx"
            sheet = SheetData(rows.reset_index(drop=True), _COLUMNS, fill_in={"result": _ANSWERS, "correction": ()})
            write_xlsx(path, {words(msg("Worklist")): sheet}, words)
            path.chmod(0o600)
            written.append(path)
    return written


def _people(audit: Any, customers: pd.Series) -> pd.DataFrame:
    """Names, phones and numbers of the customers on the lists."""
    golden, links = audit.read("golden"), audit.read("links")
    wanted = sorted(set(customers))
    known = collect(golden.filter(golden.customer_id.isin(wanted)).select("customer_id", *_REVEALED), max_rows=None)
    records = links.filter(links.golden_id.isin(wanted))
    numbers = collect(records.select("golden_id", "source_system", "source_id"), max_rows=None)
    numbers = numbers.sort_values(["golden_id", "source_system", "source_id"])
    joined = (numbers["source_system"] + " " + numbers["source_id"]).groupby(numbers["golden_id"]).agg(", ".join)
    return known.assign(numbers=known["customer_id"].map(joined))


def _reasons(audit: Any, tasks: pd.DataFrame) -> list[Any]:
    """Reasons of the churn probability, for those who are likely to leave; nothing on other lists."""
    if not audit.has("churn_reasons"):
        return [""] * len(tasks)
    reasons = audit.table("churn_reasons")
    said = join_reasons(reasons[reasons["customer_id"].isin(tasks.loc[tasks["list_code"] == _LEAVING, "customer_id"])])
    pairs = zip(tasks["list_code"], tasks["customer_id"], strict=True)
    return [said.get(customer, "") if code == _LEAVING else "" for code, customer in pairs]


def _file_name(owner: str) -> str:
    return re.sub(r"[^\w-]", "_", owner)[:60] or "unassigned"
