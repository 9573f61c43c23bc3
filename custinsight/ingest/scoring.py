"""Which table a file is, and which column each header means: headers and values weighed together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np
from scipy.optimize import linear_sum_assignment

from custinsight.ingest.evidence import Evidence
from custinsight.ingest.synonyms import file_hint, header_score, names_of, value_words
from custinsight.tables import TABLES
from custinsight.words import Message, msg

LEAST = 0.3
"""Guesses below this are not worth telling."""
CORE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "customers": (("customer_id",), ("customer_name", "_last_name")),
    "transactions": (
        ("doc_date",),
        ("customer_id",),
        ("amount_net", "amount_gross", "_unit_price", "_unit_price_gross"),
    ),
    "interactions": (("customer_id",), ("at",), ("kind", "stage", "outcome", "next_action_date", "subject")),
    "feedback": (("customer_id",), ("at",), ("score", "severity", "text", "category", "resolved_at")),
    "receivables": (("customer_id",), ("due_date",), ("amount_open",), ("doc_date",)),
    "targets": (("owner_id",), ("period",), ("revenue_target",)),
    "owners": (("owner_id",), ("owner_name", "_last_name")),
    "rates": (("currency",), ("valid_from",), ("fx_rate",)),
}
"""What a file must hold to be a table: one of each."""
_NAMES = ("customer_name", "owner_name", "contact_name", "product_name")
_NUMBERS = ("_unit_price", "_unit_price_gross", "_discount_rate", "_discount_amount", "_tax_amount", "_unit_cost")
_LOOKS = {"mobile": "mobile", "email": "email", "tax_id": "tax", "phone": "phone", "currency": "currency"}


@dataclass(frozen=True)
class Guess:
    """What one header is taken for.

    Parameters
    ----------
    header : str
    name : str
        Canonical column or helper; empty when nothing fits.
    confidence : float
    evidence : tuple of Message
        Why; never with a value of the file.
    """

    header: str
    name: str
    confidence: float
    evidence: tuple[Message, ...] = ()


@dataclass(frozen=True)
class TableGuess:
    """What a file is taken for.

    Parameters
    ----------
    table : str
    score : float
        Between 0 and 1.
    missing : tuple of tuple of str
        What the table must hold and the file does not.
    guesses : tuple of Guess
        One per header.
    """

    table: str
    score: float
    missing: tuple[tuple[str, ...], ...]
    guesses: tuple[Guess, ...]

    def of(self, name: str) -> Guess | None:
        """Guess of a canonical column or helper."""
        return next((guess for guess in self.guesses if guess.name == name), None)


def guess_tables(
    stem: str, header: Sequence[str], evidence: Sequence[Evidence], linked: Mapping[int, float] | None = None
) -> list[TableGuess]:
    """Guess what a file is, best first.

    Parameters
    ----------
    stem : str
        Name of the file without suffix.
    header : sequence of str
    evidence : sequence of Evidence
        One per header.
    linked : mapping of int to float, optional
        Share of a column's values that are numbers of known customers.
    """
    found = [_guess_table(table, stem, header, evidence, linked or {}) for table in TABLES]
    return sorted(found, key=lambda guess: (bool(guess.missing), -guess.score))


def _guess_table(
    table: str, stem: str, header: Sequence[str], evidence: Sequence[Evidence], linked: Mapping[int, float]
) -> TableGuess:
    names = names_of(table)
    matrix = np.array(
        [[confidence(table, name, header[n], evidence[n], linked.get(n)) for name in names] for n in range(len(header))]
    ).reshape(len(header), len(names))
    matrix[matrix < LEAST] = 0
    # cubed, so that one good guess is worth more than two poor ones
    rows, columns = linear_sum_assignment(matrix**3, maximize=True)
    chosen = {int(row): names[column] for row, column in zip(rows, columns, strict=True) if matrix[row, column] > 0}
    guesses = tuple(
        Guess(
            header[n],
            chosen.get(n, ""),
            round(float(matrix[n, names.index(chosen[n])]), 2) if n in chosen else 0.0,
            reasons(table, chosen[n], header[n], evidence[n], linked.get(n)) if n in chosen else (),
        )
        for n in range(len(header))
    )
    best = {guess.name: guess.confidence for guess in guesses}
    cover = [max(best.get(name, 0.0) for name in one) for one in CORE[table]]
    explained = sum(guess.confidence for guess in guesses if not guess.name.startswith("_")) / max(len(header), 1)
    score = 0.6 * float(np.mean(cover)) + 0.3 * explained + 0.1 * file_hint(PurePath(stem).name, table)
    missing = tuple(one for one, most in zip(CORE[table], cover, strict=True) if most < 0.45)
    return TableGuess(table, score, missing, guesses)


def confidence(table: str, name: str, header: str, evidence: Evidence, linked: float | None = None) -> float:
    """Confidence between 0 and 1 that a header means a column; 0 when the values cannot be it.

    Examples
    --------
    >>> from custinsight.ingest.evidence import look_at
    >>> days = look_at(["2024-01-05", "2024-02-06"])
    >>> confidence("transactions", "doc_date", "日期", days), confidence("transactions", "amount_net", "金额", days)
    (1.0, 0.0)
    """
    fit = values_fit(table, name, evidence)
    if fit == 0:
        return 0.0
    known = header_score(header, table, name) * (0.6 + 0.4 * fit)
    if name == "customer_id" and table != "customers" and linked is not None:
        # many numbers that are customers' tell more than a word; none that is one tells against it
        if linked >= 0.5 and evidence.distinct >= 5:
            return max(known, 0.4 + 0.5 * linked if known else 0.3 + 0.4 * linked)
        return known * (0.85 if linked < 0.1 else 1.0)
    return max(known, _by_values(table, name, evidence))


def _by_values(table: str, name: str, evidence: Evidence) -> float:
    """Confidence from values alone, for what cannot be mistaken."""
    if table != "customers" or evidence.distinct < 5:
        return 0.0
    shape = _LOOKS.get(name)
    if shape in ("mobile", "email", "tax") and evidence.shapes[shape] >= 0.8:
        return 0.65 if shape != "tax" or evidence.length >= 15 else 0.0
    return 0.6 if name == "customer_name" and evidence.shapes["company"] >= 0.6 and evidence.length > 5 else 0.0


def values_fit(table: str, name: str, evidence: Evidence) -> float:
    """How well values are those of a column: 0 when they cannot be, 1 when they are as expected.

    Examples
    --------
    >>> from custinsight.ingest.evidence import look_at
    >>> values_fit("customers", "email", look_at(["a@example.com", "b@example.com"]))
    1.0
    """
    if evidence.distinct == 0:
        # an empty column can be anything
        return 0.5
    if name.startswith("_"):
        return _helper_fit(name, evidence)
    column = TABLES[table][name]
    if column.dtype == "date":
        return 1.0 if evidence.dates >= 0.8 else 0.6 if evidence.dates >= 0.5 else 0.0
    if column.dtype == "boolean":
        return 1.0 if evidence.shapes["truth"] >= 0.9 else 0.0
    if column.dtype != "string":
        return _number_fit(name, evidence)
    if name in _LOOKS:
        return _look_fit(name, evidence)
    if name.endswith("_id") or name == "return_of":
        return _id_fit(table, name, evidence)
    if column.allowed:
        return _code_fit(table, name, evidence)
    if name in _NAMES:
        return 0.2 if evidence.numbers > 0.8 or evidence.dates > 0.8 else _name_fit(table, name, evidence)
    return 0.5 if evidence.dates > 0.9 and name != "period" else 1.0


def _name_fit(table: str, name: str, evidence: Evidence) -> float:
    is_person = name in ("customer_name", "contact_name")
    if is_person and table == "customers" and evidence.rows > 50 and evidence.distinct <= 5:
        return 0.2
    return 0.4 if evidence.shapes["code"] > 0.9 else 1.0


def _number_fit(name: str, evidence: Evidence) -> float:
    share = evidence.numbers + (evidence.shapes["percent"] if name == "probability" else 0)
    if evidence.dates > 0.9 and evidence.formats != ("excel",) and evidence.largest > 1e7:
        return 0.0
    return 1.0 if share >= 0.9 else 0.6 if share >= 0.6 else 0.0


def _look_fit(name: str, evidence: Evidence) -> float:
    share = evidence.shapes[_LOOKS[name]]
    if name == "currency":
        return 1.0 if share >= 0.9 and evidence.distinct <= 40 else 0.0
    if name == "phone":
        share = max(share, evidence.shapes["mobile"])
    # dirty columns of phones and tax numbers are still what their header says
    return 1.0 if share >= 0.5 else 0.8 if share >= 0.1 else 0.1 if name == "email" else 0.5


def _id_fit(table: str, name: str, evidence: Evidence) -> float:
    if evidence.dates > 0.9 and evidence.formats not in (("excel",), ("%Y%m%d",)):
        return 0.1
    if name == f"{table[:-1]}_id" or (table, name) == ("feedback", "feedback_id"):
        return 1.0 if evidence.repeated < 0.5 else 0.4 if evidence.distinct > 12 else 0.1
    # amounts are no numbers of anything
    return 0.2 if evidence.numbers > 0.9 and evidence.whole < 0.5 else 1.0


def _code_fit(table: str, name: str, evidence: Evidence) -> float:
    if not evidence.is_category or evidence.dates > 0.5:
        return 0.2
    return 1.0 if value_words(table, name) else 0.8


def _helper_fit(name: str, evidence: Evidence) -> float:
    if name in _NUMBERS:
        return 1.0 if evidence.numbers >= 0.9 else 0.0
    if name in ("_due_date", "_date"):
        return 1.0 if evidence.dates >= 0.5 else 0.2
    return 0.8


def reasons(table: str, name: str, header: str, evidence: Evidence, linked: float | None = None) -> tuple[Message, ...]:
    """Say why a header is taken for a column, without showing a value."""
    score = header_score(header, table, name)
    said = (
        [msg("the header is a known word") if score >= 0.99 else msg("the header is like a known word")]
        if score
        else []
    )
    if linked is not None and name == "customer_id" and table != "customers":
        said.append(msg("{share:percent} are numbers of known customers", share=linked))
    kind = "" if name.startswith("_") else TABLES[table][name].dtype
    if kind == "date" and evidence.dates:
        said.append(msg("{share:percent} read as days", share=evidence.dates))
        if evidence.unsure:
            said.append(msg("day and month could be swapped"))
    elif kind and kind not in ("string", "boolean") and evidence.numbers:
        said.append(msg("{share:percent} read as numbers", share=evidence.numbers))
    elif name in _LOOKS and evidence.shapes[_LOOKS[name]]:
        said.append(msg("{share:percent} look like it", share=evidence.shapes[_LOOKS[name]]))
    elif evidence.distinct and evidence.is_unique:
        said.append(msg("each row has its own value"))
    elif evidence.distinct and evidence.is_category:
        said.append(msg("{n} different value", "{n} different values", n=evidence.distinct))
    return tuple(said) if evidence.distinct else (*said, msg("the column is empty"))
