"""From what a file is taken for to the keys of a source: columns, expressions, constants, codes and formats."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from custinsight.ingest.evidence import DAY_FIRST, Evidence
from custinsight.ingest.samples import Sample
from custinsight.ingest.scoring import Guess, TableGuess
from custinsight.ingest.synonyms import plain_header, value_words
from custinsight.plan import Source
from custinsight.tables import TABLES
from custinsight.words import Message, msg

THRESHOLD = 0.6
"""A guess below this is written behind a # only."""
_DEFAULT_FORMATS = tuple(Source.model_fields["date_formats"].default)


@dataclass
class Draft:
    """A source being proposed.

    Parameters
    ----------
    sample : Sample
    evidence : list of Evidence
    guess : TableGuess
    keys : dict of str to object
        Keys of the source, without name and path.
    lines : list of Guess
        What fills each canonical column: a header or an expression; headers without a column last.
    notes : list of Message
        What a person should look at.
    """

    sample: Sample
    evidence: list[Evidence]
    guess: TableGuess
    keys: dict[str, Any] = field(default_factory=dict)
    lines: list[Guess] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    @property
    def table(self) -> str:
        """Canonical table."""
        return self.guess.table

    def column(self, header: str) -> tuple[Evidence, tuple[str, ...]]:
        """What a column looks like, and its values."""
        n = self.sample.header.index(header)
        return self.evidence[n], self.sample.columns[n]

    def fills(self, name: str) -> bool:
        """Whether something fills a canonical column for good."""
        return any(name in self.keys.get(part, ()) for part in ("columns", "computed", "constants"))


def draft_source(sample: Sample, evidence: list[Evidence], guess: TableGuess, threshold: float = THRESHOLD) -> Draft:
    """Propose the keys of a source for a file that is taken for a table."""
    draft = Draft(sample, evidence, guess, {"table": guess.table, **_layout(sample)})
    _map_columns(draft, threshold)
    for name, text in _expressions(draft).items():
        _compute(draft, name, text)
    _translate_codes(draft)
    _add_constants(draft)
    _declare_formats(draft)
    return draft


def quoted(header: str) -> str:
    """A column's name as expressions hold it.

    Examples
    --------
    >>> quoted("UnitPrice"), quoted("Lineitem price")
    ('UnitPrice', '"Lineitem price"')
    """
    return (
        header if re.fullmatch(r"[A-Za-z_]\w*", header, re.ASCII) and not _is_word(header) else f'"{_double(header)}"'
    )


def _double(header: str) -> str:
    return header.replace('"', '""')


def _is_word(header: str) -> bool:
    """Words that mean something to an expression."""
    return header.lower() in {
        *("date", "time", "order", "group", "case", "when", "then", "else", "end", "select", "from", "where", "desc"),
        *("and", "or", "not", "null", "in", "is", "as", "by", "table", "user", "all", "left", "right", "count", "sum"),
        *("limit", "offset", "to", "on", "interval", "timestamp", "true", "false", "values", "default", "set", "row"),
    }


def _layout(sample: Sample) -> dict[str, Any]:
    layout, keys = sample.layout, {}
    for name in ("encoding", "delimiter", "sheet", "query"):
        if getattr(layout, name):
            keys[name] = getattr(layout, name)
    if layout.header != 1:
        keys["header"] = layout.header
    if layout.whitespace:
        keys["whitespace"] = True
    if layout.column_names:
        keys["column_names"] = list(layout.column_names)
    return keys


def _map_columns(draft: Draft, threshold: float) -> None:
    repeated = {name for name in draft.sample.header if draft.sample.header.count(name) > 1}
    columns: dict[str, str] = {}
    order = [*TABLES[draft.table].names, ""]
    canonical = [one if not one.name.startswith("_") else Guess(one.header, "", 0.0) for one in draft.guess.guesses]
    for guess in sorted(canonical, key=lambda one: order.index(one.name)):
        if guess.header in repeated:
            guess = Guess(guess.header, "", 0.0, (msg("two columns bear this header"),))
        draft.lines.append(guess)
        if guess.name and guess.confidence >= threshold:
            columns[guess.name] = guess.header
        elif guess.name:
            draft.notes.append(msg("{column} is unsure", column=guess.name))
    draft.keys["columns"] = columns


def _compute(draft: Draft, name: str, text: str) -> None:
    parts = [one for one in draft.guess.guesses if one.name and quoted(one.header) in text]
    confidence = round(0.9 * min((one.confidence for one in parts), default=0.0), 2)
    if confidence >= 0.5 * THRESHOLD:
        draft.keys.setdefault("computed", {})[name] = text
        draft.lines.insert(0, Guess(text, name, confidence, (msg("worked out from other columns"),)))


def _expressions(draft: Draft) -> dict[str, str]:
    """Expressions for what no column holds as it stands."""
    given = {one.name: one for one in draft.guess.guesses if one.name and one.confidence >= 0.45}
    found: dict[str, str] = {}
    if draft.table == "transactions":
        found |= _amounts(draft, given)
        if "doc_id" not in draft.keys["columns"] and {"customer_id", "doc_date"} <= {*draft.keys["columns"]}:
            customer, day = (quoted(draft.keys["columns"][name]) for name in ("customer_id", "doc_date"))
            found["doc_id"] = f"{customer} || '-' || {day}"
            draft.notes.append(msg("no document number: a customer's lines of one day are taken for one document"))
    name = {"customers": "customer_name", "owners": "owner_name"}.get(draft.table)
    if name and name not in draft.keys["columns"] and "_last_name" in given:
        last = quoted(given["_last_name"].header)
        first = quoted(given["_first_name"].header) if "_first_name" in given else ""
        found[name] = f"coalesce({first} || ' ', '') || coalesce({last}, '')" if first else last
    return found


def _amounts(draft: Draft, given: Mapping[str, Guess]) -> dict[str, str]:
    """Net amounts from prices, or from what holds tax: an amount with tax is never taken for one without."""
    columns = draft.keys["columns"]
    names = {name: quoted(guess.header) for name, guess in given.items()}
    found: dict[str, str] = {}
    if "cost" not in columns and {"quantity", "_unit_cost"} <= {*names}:
        found["cost"] = f"{names['quantity']} * {names['_unit_cost']}"
    if "amount_net" in columns:
        return found
    if "amount_gross" in columns and "_tax_amount" in names:
        return found | {"amount_net": f"{names['amount_gross']} - {names['_tax_amount']}"}
    if {"quantity", "_unit_price"} <= {*names}:
        return found | {"amount_net": f"{names['quantity']} * {names['_unit_price']}{_discount(draft, given)}"}
    if {"quantity", "_unit_price_gross"} <= {*names} and "amount_gross" not in columns:
        found["amount_gross"] = f"{names['quantity']} * {names['_unit_price_gross']}"
    if "amount_gross" in columns or "amount_gross" in found:
        gross = names["amount_gross"] if "amount_gross" in columns else f"({found['amount_gross']})"
        rate = given.get("_tax_rate")
        if rate and draft.column(rate.header)[0].numbers >= 0.9:
            share = quoted(rate.header) if draft.column(rate.header)[0].largest <= 1 else f"{quoted(rate.header)} / 100"
            return found | {"amount_net": f"{gross} / (1 + {share})"}
        draft.notes.append(msg("only amounts with tax: say under computed how to take the tax out"))
        draft.keys["asked"] = {"computed.amount_net": f"{gross} / 1.13"}
    return found


def _discount(draft: Draft, given: Mapping[str, Guess]) -> str:
    rate, amount = given.get("_discount_rate"), given.get("_discount_amount")
    if rate:
        largest = draft.column(rate.header)[0].largest
        share = quoted(rate.header) if largest <= 1 else f"{quoted(rate.header)} / 100"
        draft.notes.append(msg("a discount is taken off the price"))
        return f" * (1 - coalesce({share}, 0))"
    return f" - coalesce({quoted(amount.header)}, 0)" if amount else ""


def _translate_codes(draft: Draft) -> None:
    """Translate the codes of columns that take known values only; a column of unknown codes is left out."""
    spec = TABLES[draft.table]
    for name, header in [*draft.keys["columns"].items()]:
        known = value_words(draft.table, name)
        if not (spec[name].allowed or name == "currency"):
            continue
        _, values = draft.column(header)
        codes = [value.strip() for value in values if value.strip()]
        meant = {code: known.get(code.lower()) for code in dict.fromkeys(codes)}
        for code in meant:
            meant[code] = meant[code] or _as_is(code, spec[name].allowed, name)
        lost = [code for code in codes if meant[code] is None]
        if codes and len(lost) > 0.5 * len(codes):
            del draft.keys["columns"][name]
            draft.notes.append(msg("{header} has codes of its own: say under values what they mean", header=header))
            draft.lines = [one if one.name != name else Guess(header, "", 0.0) for one in draft.lines]
            continue
        table = {code: value for code, value in meant.items() if value and code != value and code.lower() != value}
        if table:
            draft.keys.setdefault("values", {})[name] = dict(sorted(table.items()))
        if lost:
            n = len(set(lost))
            text = msg(
                "{header}: {n} code has no meaning yet", "{header}: {n} codes have no meaning yet", header=header, n=n
            )
            draft.notes.append(text)


def _as_is(code: str, allowed: Sequence[str], name: str) -> str | None:
    if name == "currency":
        return code if re.fullmatch(r"[A-Z]{3}", code) else code.upper() if re.fullmatch(r"[a-z]{3}", code) else None
    return code if code.lower() in allowed else None


def _add_constants(draft: Draft) -> None:
    """Say what no column says: the kind of documents or contacts, a number for each; a chance of 40 is one of 0.4."""
    constants: dict[str, str] = {}
    stem = plain_header(PurePath(draft.sample.place.file).stem)
    if draft.table == "transactions" and not draft.fills("doc_type"):
        constants |= _doc_type(stem, draft)
    if draft.table == "interactions" and not draft.fills("kind"):
        constants["kind"] = "opportunity" if draft.fills("stage") or draft.fills("probability") else _contact(stem)
        draft.notes.append(msg("no kind of contact in the file: {kind} is assumed", kind=constants["kind"]))
    if constants:
        draft.keys["constants"] = constants
    if draft.table in ("interactions", "feedback") and not draft.fills(f"{draft.table.rstrip('s')}_id"):
        headers = [draft.keys["columns"].get(name) for name in ("customer_id", "at")]
        if all(headers):
            _compute(draft, f"{draft.table.rstrip('s')}_id", " || '-' || ".join(map(quoted, headers)))
    probability = draft.keys["columns"].get("probability")
    if probability and draft.column(probability)[0].largest > 1:
        del draft.keys["columns"]["probability"]
        draft.lines = [one for one in draft.lines if one.name != "probability"]
        _compute(draft, "probability", f"{quoted(probability)} / 100")


def _doc_type(stem: str, draft: Draft) -> dict[str, str]:
    words = value_words("transactions", "doc_type")
    headers = " ".join(map(plain_header, draft.keys["columns"].values()))
    for kind in ("order", "shipment", "return"):
        if any(meant == kind and len(word) > 2 and word in stem for word, meant in words.items()):
            return {"doc_type": kind}
    if any(word in stem for word in ("发票", "invoice", "开票")):
        return {}
    return {"doc_type": "order"} if re.search(r"\border (id|no|number|date)\b|订单|下单", headers) else {}


def _contact(stem: str) -> str:
    words = value_words("interactions", "kind")
    return next((kind for word, kind in words.items() if len(word) > 1 and word in stem), "call")


def _declare_formats(draft: Draft) -> None:
    """Declare the date formats that the mapped columns need, and their decimal sign."""
    spec, formats, signs = TABLES[draft.table], [], []
    used = {*draft.keys["columns"].values(), *_in_expressions(draft)}
    for n, header in enumerate(draft.sample.header):
        names = [name for name, one in draft.keys["columns"].items() if one == header]
        found = draft.evidence[n]
        if any(spec[name].dtype == "date" for name in names):
            formats.append(found)
        elif header in used and found.numbers > 0.5:
            signs.append(found.decimal)
    if "," in signs and "." not in signs:
        draft.keys["decimal"] = ","
    if draft.sample.is_typed:
        return
    chosen = list(dict.fromkeys(form for found in formats for form in _settled(found, formats, draft)))
    if chosen and not set(chosen) <= set(_DEFAULT_FORMATS):
        draft.keys["date_formats"] = chosen


def _in_expressions(draft: Draft) -> list[str]:
    texts = " ".join(draft.keys.get("computed", {}).values())
    return [header for header in draft.sample.header if quoted(header) in texts]


def _settled(found: Evidence, others: Sequence[Evidence], draft: Draft) -> list[str]:
    """Formats of a column; where day and month could be swapped, the file's other columns decide."""
    if not found.unsure:
        return list(found.formats)
    sure = {form for other in others if not other.unsure for form in other.formats}
    settled = []
    for form in found.formats:
        swapped = DAY_FIRST.get(form)
        settled.append(swapped if swapped in sure and form not in sure else form)
    if not sure & {*settled}:
        note = msg("day and month could be swapped: {formats} is assumed", formats=", ".join(settled))
        if note not in draft.notes:
            draft.notes.append(note)
    return settled
