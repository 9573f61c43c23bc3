"""Pairs to decide as a workbook: both records side by side, what differs named, an answer to choose."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import ibis
import pandas as pd

from custinsight.engine import collect
from custinsight.match import in_force, read_decisions
from custinsight.match.decisions import DIFFERENT, NOT_SURE, SAME, Record
from custinsight.words import Message, Words, msg
from custinsight.writers.columns import Col
from custinsight.writers.sheets import SheetData, write_xlsx

ANSWERS: dict[str, Message] = {SAME: msg("Same"), DIFFERENT: msg("Different"), NOT_SURE: msg("Not sure")}
FIELDS: dict[str, Message] = {
    "customer_name": msg("Name"),
    "tax_id": msg("Tax number"),
    "contact_name": msg("Contact person"),
    "mobile": msg("Mobile"),
    "phone": msg("Phone"),
    "email": msg("E-mail"),
    "city": msg("City"),
    "address": msg("Address"),
}
RECORD_COLUMNS = ("source_system_l", "source_id_l", "source_system_r", "source_id_r")
TITLES: dict[str, Message] = {
    "answer": msg("Same customer?"),
    "source_system_l": msg("System A"),
    "source_id_l": msg("Number A"),
    "source_system_r": msg("System B"),
    "source_id_r": msg("Number B"),
    "key": msg("Key of the pair"),
}


def pair_key(left: Record, right: Record) -> str:
    """Return the key of a pair: it shows whether a row's numbers were changed or sorted apart.

    Examples
    --------
    >>> pair_key(("ERP", "1"), ("CRM", "2")) == pair_key(("CRM", "2"), ("ERP", "1"))
    True
    """
    return hashlib.sha256(json.dumps(sorted([left, right])).encode()).hexdigest()[:16]


def review_pairs(audit: Any) -> pd.DataFrame:
    """One row per pair to decide: both records, the fields that differ, and the answer given so far.

    The doubtful pairs come first, the likeliest at the top; pairs that only check the model follow.
    """
    columns = ("customer_id_l", "customer_id_r")
    listed = [collect(audit.read(name), max_rows=None) for name in ("review", "controls")]
    listed[0] = listed[0].sort_values(["probability", *columns], ascending=[False, True, True])
    listed[1] = listed[1].sort_values(list(columns))
    pairs = pd.concat([each[list(columns)] for each in listed], ignore_index=True).drop_duplicates()
    records = _records(audit, pairs)
    for side in "lr":
        pairs = pairs.merge(records.add_suffix(f"_{side}"), on=f"customer_id_{side}", how="inner")
    pairs = pairs.reset_index(drop=True)
    answered = {pair: each.answer for pair, each in in_force(read_decisions(audit.folder)).items()}
    ends = [((a, b), (c, d)) for a, b, c, d in pairs[list(RECORD_COLUMNS)].itertuples(index=False, name=None)]
    given = [answered.get((min(pair), max(pair)), "") for pair in ends]
    return pairs.assign(
        key=[pair_key(*pair) for pair in ends],
        answer=given,
        differences=pd.Series([differing(row) for row in pairs.to_dict("records")], dtype=object),
    )


def differing(row: dict[Any, Any]) -> list[str]:
    """Fields that both records of a pair have and that differ.

    Examples
    --------
    >>> differing({"city_l": "Suzhou", "city_r": "Wuxi", "email_l": "A@x", "email_r": "a@x", "phone_l": None})
    ['city']
    """

    def text(value: Any) -> str:
        return "" if value is None or value != value else " ".join(str(value).casefold().split())

    sides = {name: (text(row.get(f"{name}_l")), text(row.get(f"{name}_r"))) for name in FIELDS}
    return [name for name, (a, b) in sides.items() if a and b and a != b]


def _records(audit: Any, pairs: pd.DataFrame) -> pd.DataFrame:
    wanted = ibis.memtable(
        pd.DataFrame({"wanted": sorted({*pairs["customer_id_l"], *pairs["customer_id_r"]})}, dtype="str")
    )
    customers = audit.read("customers")
    there = [name for name in FIELDS if name in customers.columns]
    chosen = customers.semi_join(wanted, customers.customer_id == wanted.wanted)
    frame = collect(chosen.select("customer_id", "source_system", "source_id", *there), max_rows=None)
    return frame.reindex(columns=["customer_id", "source_system", "source_id", *FIELDS])


def write_review(audit: Any, folder: Path) -> list[Path]:
    """Write the pairs to decide, one workbook for each language, readable by its owner alone: it holds names.

    Parameters
    ----------
    audit : custinsight.Audit
    folder : Path
        A folder for each language is made in it.

    Returns
    -------
    list of Path
        None when there is nothing to decide.
    """
    pairs = review_pairs(audit)
    if pairs.empty:
        return []
    written = []
    for language in audit.languages:
        words = Words(language, audit.plan.currency)
        said = pairs.assign(
            answer=pd.Series([ANSWERS.get(answer, "") for answer in pairs["answer"]], dtype=object),
            differences=[", ".join(words(FIELDS[name]) for name in names) for names in pairs["differences"]],
        )
        path = folder / language / "review.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet = SheetData(said, _columns(words), fill_in={"answer": tuple(ANSWERS.values())})
        write_xlsx(path, {words(msg("Pairs to decide")): sheet}, words, private=True)
        written.append(path)
    return written


def _columns(words: Words) -> tuple[Col, ...]:
    sides = [
        Col(f"{name}_{side}", msg("{field} {side}", field=words(title), side=letter))
        for name, title in FIELDS.items()
        for side, letter in (("l", "A"), ("r", "B"))
    ]
    own = {name: Col(name, title) for name, title in TITLES.items()}
    records = [own[name] for name in RECORD_COLUMNS]
    return (own["answer"], Col("differences", msg("What differs")), *records, *sides, own["key"])
