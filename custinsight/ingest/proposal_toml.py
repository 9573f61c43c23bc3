"""A proposal as the text of an audit.toml, with the confidence behind each line."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from custinsight.ingest.scoring import Guess
from custinsight.presets import presets
from custinsight.words import Message, Words, msg

if TYPE_CHECKING:
    from custinsight.ingest.proposal_sources import Proposed

_TABLES = ("columns", "computed", "constants", "values", "keep")
_FIRST = ("name", "table", "preset", "system", "path")


def toml_value(value: Any) -> str:
    r"""Write a value as TOML.

    Examples
    --------
    >>> print(toml_value('say "x"\n'), toml_value(["a", 1]), toml_value({"存货": "a b"}))
    "say \"x\"\n" ["a", 1] { "存货" = "a b" }
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{toml_key(str(name))} = {toml_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    # JSON's escapes are TOML's, but for the one sign that JSON leaves as it is
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def toml_key(name: str) -> str:
    """Write a key, in quotes where it needs them."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else toml_value(name)


def write_plan(
    proposed: Sequence[Proposed],
    unused: Mapping[str, Message],
    currency: str,
    country: str,
    period: str | None,
    say: Words,
    *,
    folders: Sequence[str] = (),
) -> str:
    """Write the plan's text: what was found, what is unsure behind a #, what nobody can know as a question.

    Parameters
    ----------
    proposed : sequence of Proposed
    unused : mapping of str to Message
    currency, country : str
    period : str or None
    say : Words
        Language of the comments.
    folders : sequence of str
        Folders outside the plan's own that the files lie in.
    """
    lines = [
        _comment(say(msg("Proposed from your exports. Correct it, then run custinsight check."))),
        _comment(say(msg("The number behind a line is the confidence; a line behind a # was too unsure."))),
        "",
        f"currency = {toml_value(currency)}",
        f"country = {toml_value(country)}",
        *([f"period = {toml_value(period)}"] if period else []),
        *([f"folders = {toml_value(folders)}"] if folders else []),
        "",
    ]
    for file, why in sorted(unused.items()):
        lines.append(_comment(say(msg("not used: {file} ({why})", file=file, why=why))))
    for one in proposed:
        lines += ["", *_source(one, say)]
    return "\n".join(
        [*lines, "", "[scope]", f"doc_types = {toml_value(_doc_types(proposed))}", 'statuses = ["posted"]', ""]
    )


def _doc_types(proposed: Sequence[Proposed]) -> list[str]:
    """Kinds of documents that count: the invoices where there are any, else shipments, else orders."""
    kinds: set[str] = set()
    for one in (one for one in proposed if one.table == "transactions"):
        kinds |= _kinds(one)
    return [next((kind for kind in ("invoice", "shipment", "order") if kind in kinds), "invoice"), "return"]


def _kinds(one: Proposed) -> set[str]:
    keys = dict(one.keys)
    base = presets()[keys["preset"]].keys if "preset" in keys else {}
    said = [part.get("doc_type", "") for part in (keys.get("constants", {}), base.get("constants", {}))]
    found = {kind for kind in said if kind}
    text = str(base.get("computed", {}).get("doc_type", "")) + str(base.get("values", {}).get("doc_type", ""))
    found |= {kind for kind in ("invoice", "shipment", "order") if f"'{kind}'" in text}
    translated = keys.get("values", {}).get("doc_type", {})
    found |= set(translated.values()) & {"invoice", "shipment", "order"}
    return found or {"invoice"}


def _source(one: Proposed, say: Words) -> list[str]:
    lines = [_comment(say(note)) for note in one.remarks]
    lines.append("[[sources]]")
    order = [*_FIRST, *(name for name in one.keys if name not in (*_FIRST, *_TABLES, "lookups"))]
    for name in order:
        if name in one.keys:
            lines.append(f"{name} = {toml_value(one.keys[name])}{_title(one, name)}")
    for lookup in one.keys.get("lookups", ()):
        lines += ["", "[[sources.lookups]]", *(f"{name} = {toml_value(value)}" for name, value in lookup.items())]
    if not one.preset:
        lines += _mapping(one, say)
    lines += _asked(one, say)
    return lines


def _title(one: Proposed, name: str) -> str:
    return f"    # {one.preset}" if name == "preset" else ""


def _mapping(one: Proposed, say: Words) -> list[str]:
    columns, computed = one.keys.get("columns", {}), one.keys.get("computed", {})
    guesses = {line.name: line for line in one.lines if line.name}
    lines = ["", "[sources.columns]"]
    for name, header in columns.items():
        lines.append(f"{toml_key(name)} = {toml_value(header)}{_behind(guesses.get(name), say)}")
    for name, line in guesses.items():
        if name not in columns and name not in computed:
            lines.append(_comment(f"{name} = {toml_value(line.header)}{_behind(line, say)}"))
    left = [line.header for line in one.lines if not line.name and line.header]
    if left:
        lines.append(_comment(say(msg("without a column: {headers}", headers=", ".join(map(toml_value, left))))))
    if computed:
        lines += ["", "[sources.computed]"]
        lines += [f"{name} = {toml_value(text)}{_behind(guesses.get(name), say)}" for name, text in computed.items()]
    if one.keys.get("values"):
        lines += ["", "[sources.values]"]
        lines += [f"{toml_key(name)} = {toml_value(codes)}" for name, codes in one.keys["values"].items()]
    return lines


def _asked(one: Proposed, say: Words) -> list[str]:
    """Constants, and what a person has to add, each behind a # with an example."""
    constants = one.keys.get("constants", {})
    lines = ["", "[sources.constants]"] if constants else []
    lines += [f"{toml_key(name)} = {toml_value(value)}" for name, value in constants.items()]
    for key, example in one.asked.items():
        part, _, name = key.rpartition(".")
        if part == "constants":
            lines += ([] if lines else ["", "[sources.constants]"]) + [_comment(f"{name} = {toml_value(example)}")]
        else:
            lines += ["", _comment(f"[sources.{part or 'constants'}]"), _comment(f"{name} = {toml_value(example)}")]
    return lines


def _behind(guess: Guess | None, say: Words) -> str:
    return f"    # {guess.confidence:.2f}" if guess else ""


def _comment(text: str) -> str:
    r"""A comment of one line, whatever the text holds.

    Examples
    --------
    >>> _comment("a\nb")
    '# a b'
    """
    return "# " + " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
