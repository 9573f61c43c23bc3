"""The data steward's workbook: what is proposed and waits for a decision, and the rows behind each check."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from custinsight.clean.check_words import RESPONSIBLE, words_of_check
from custinsight.engine import collect
from custinsight.report.sections.labels import FIELDS, TABLES
from custinsight.words import Words, msg
from custinsight.writers.columns import Col
from custinsight.writers.sheets import SheetData, write_xlsx

FILE = "data-steward.xlsx"
MOST_ROWS = 2_000
"""Rows of one check that are listed, those with the most revenue first; the first sheet says how many there are."""

_MOST_PROPOSALS = 100_000
_BY_TAX_ID = msg("Another record with the same tax number and name says so")
_BY_PHONE = msg("Another record with the same name and phone number says so")
_BY_NUMBER_ALONE = msg("A record with the same tax number under another name says so")
_WHY = {
    **{f"{how}_SAME_TAX_ID": _BY_TAX_ID for how in ("FILLED", "REPLACED", "OUTVOTED")},
    **{f"{how}_SAME_PHONE": _BY_PHONE for how in ("FILLED", "REPLACED", "OUTVOTED")},
    **{f"{how}_OTHER_NAME": _BY_NUMBER_ALONE for how in ("FILLED", "REPLACED", "OUTVOTED")},
    "EMAIL_TYPO": msg("The domain looks mistyped"),
}
_DECISIONS = (msg("Correct: take it over"), msg("Wrong: leave it as it is"), msg("Another value, see the remark"))
_PLACE = (Col("source_system", msg("Source system")), Col("source_id", msg("Number in the source")))
_LOG = (
    *_PLACE,
    Col("column", msg("Field"), "label", FIELDS),
    Col("old_value", msg("Old value")),
    Col("new_value", msg("New value")),
    Col("rule", msg("Why"), "label", _WHY),
    Col("certainty", msg("Certainty"), "percent"),
)


def write_steward_file(audit: Any, folder: Path) -> list[Path]:
    """Write the data steward's workbook, one for each language.

    It holds values of single customers: only the owner of the file may read it.

    Parameters
    ----------
    audit : custinsight.audit.Audit
    folder : Path
        A folder for each language is made in it.

    Returns
    -------
    list of Path
        Empty when no record was checked.

    Examples
    --------
    >>> import tempfile
    >>> from types import SimpleNamespace
    >>> nothing = SimpleNamespace(has=lambda table: False)
    >>> with tempfile.TemporaryDirectory() as made:
    ...     write_steward_file(nothing, Path(made))
    []
    """
    if not audit.has("checks"):
        return []
    checks = _checks(audit)
    rows = _rows(audit, checks)
    proposals, repairs = (_log(audit, name) for name in ("proposals", "repairs"))
    written = []
    decide = proposals.assign(decision="", remark="")
    for language in audit.languages:
        words = Words(language, audit.plan.currency)
        sheets = {
            words(msg("Checks")): SheetData(checks, _CHECKS),
            words(msg("Rows to put right")): SheetData(rows, _ROWS, fill_in={"remark": ()}),
            words(msg("To decide")): SheetData(decide, _PROPOSALS, fill_in={"decision": _DECISIONS, "remark": ()}),
            words(msg("Known for certain")): SheetData(repairs, _LOG),
        }
        path = folder / language / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        write_xlsx(path, sheets, words, private=True)
        written.append(path)
    return written


_PROPOSALS = (*_LOG, Col("decision", msg("Decision")), Col("remark", msg("Correction or remark")))
_CHECKS = (
    Col("title", msg("Check")),
    Col("table", msg("Table"), "label", TABLES),
    Col("records", msg("Rows not in order"), "count"),
    Col("listed", msg("Rows listed here"), "count"),
    Col("revenue", msg("Revenue"), "money"),
    Col("bias", msg("Direction of bias")),
    Col("action", msg("What to do")),
    Col("who", msg("Who")),
)
_ROWS = (
    Col("title", msg("Check")),
    Col("table", msg("Table"), "label", TABLES),
    *_PLACE,
    Col("customer_id", msg("Customer id")),
    Col("owner_id", msg("Salesperson")),
    Col("revenue", msg("Revenue"), "money"),
    Col("action", msg("What to do")),
    Col("who", msg("Who")),
    Col("remark", msg("Correction or remark")),
)


def _checks(audit: Any) -> pd.DataFrame:
    """Return the checks that found something, in words, the most revenue first."""
    frame = audit.table("checks")
    frame = frame[frame["records"] > 0].sort_values(["revenue", "code"], ascending=[False, True], ignore_index=True)
    asked = {check.name: check.responsible for check in audit.plan.checks}
    said = [words_of_check(row, asked.get(row["name"], "steward")) for row in frame.to_dict("records")]
    return frame.assign(
        listed=frame["records"].clip(upper=MOST_ROWS),
        title=[words.title for words in said],
        bias=[words.bias for words in said],
        action=[words.action for words in said],
        who=[RESPONSIBLE[words.responsible] for words in said],
    )


def _rows(audit: Any, checks: pd.DataFrame) -> pd.DataFrame:
    """Return the rows behind the checks that weigh most, in the order of the checks."""
    rows = audit.read("check_rows")
    order = [rows.revenue.desc(), rows.source_system, rows.source_id, rows.customer_id, rows.owner_id]
    numbered = rows.mutate(place=ibis.row_number().over(group_by=rows.code, order_by=order))
    found = collect(numbered.filter(numbered.place < MOST_ROWS), max_rows=None)
    words = checks[["code", "title", "action", "who"]].assign(order=range(len(checks)))
    joined = found.merge(words, on="code").sort_values(["order", "place"], ignore_index=True)
    return joined.assign(revenue=joined["revenue"].astype(float), remark="")


def _log(audit: Any, name: str) -> pd.DataFrame:
    log = audit.read(name)
    log = log.order_by(log.certainty.desc(), "source_system", "source_id", "column").limit(_MOST_PROPOSALS)
    return collect(log, max_rows=None)
