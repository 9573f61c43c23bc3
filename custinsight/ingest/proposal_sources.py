"""Proposed sources side by side: names, paths, whose customer numbers they use, currencies, files of one kind."""

from __future__ import annotations

import fnmatch
import itertools
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

from custinsight.ingest.proposal_links import best_partner, numbers_of
from custinsight.ingest.proposal_presets import PresetMatch
from custinsight.ingest.proposal_source import Draft
from custinsight.ingest.samples import Sample
from custinsight.ingest.scoring import Guess
from custinsight.ingest.synonyms import plain_header, simplified, value_words
from custinsight.presets import presets
from custinsight.words import Message, msg

_WITH_CUSTOMER = ("customers", "transactions", "interactions", "feedback", "receivables")
_WITH_CURRENCY = ("transactions", "receivables")
_FILE_DAY = re.compile(r"(20\d{2})[-_.年]?(0[1-9]|1[0-2])[-_.月]?(0[1-9]|[12]\d|3[01])")
_SYSTEM_WORDS = re.compile(
    r"customers?|clients?|accounts?|contacts?|partners?|master|export|list|data|all|客户|档案|清单|资料|列表|导出|信息|主数据|表"
)


@dataclass
class Proposed:
    """A source of the proposal.

    Parameters
    ----------
    table : str
    file : str
    sample : Sample
    keys : dict of str to object
        Keys of a source.
    lines : list of Guess
        What fills each column; headers without a column last.
    asked : dict of str to str
        Keys such as ``constants.as_of`` that a person has to fill, with an example.
    notes : list of Message
    preset : str
        Its title, where a preset fits.
    customer : str
        Header of the customers' numbers; empty where there is none.
    currency : str
        Currency that most documents name.
    lookup : tuple of Sample and (str, str), optional
        A file that is joined, and the keys.
    """

    table: str
    file: str
    sample: Sample
    keys: dict[str, Any]
    lines: list[Guess]
    asked: dict[str, str] = field(default_factory=dict)
    notes: list[Message] = field(default_factory=list)
    preset: str = ""
    customer: str = ""
    currency: str = ""
    lookup: tuple[Sample, tuple[str, str]] | None = None

    @property
    def remarks(self) -> list[Message]:
        """The notes, each once, behind the file's name."""
        once = [note for n, note in enumerate(self.notes) if note not in self.notes[:n]]
        return [msg("{file}: {note}", file=self.file, note=note) for note in once]

    @classmethod
    def from_draft(cls, draft: Draft, lookup: tuple[Sample, tuple[str, str]] | None) -> Proposed:
        """Make a source of a file that no preset fits."""
        keys = {name: value for name, value in draft.keys.items() if name != "asked" and value not in ({}, [])}
        columns = draft.keys["columns"]
        currency = _most(draft.sample, columns.get("currency", "")) or _sign(draft.sample)
        asked = dict(draft.keys.get("asked", {}))
        return cls(
            draft.table,
            draft.sample.place.file,
            draft.sample,
            keys,
            draft.lines,
            asked,
            draft.notes,
            customer=columns.get("customer_id", ""),
            currency=currency,
            lookup=lookup,
        )

    @classmethod
    def from_preset(cls, match: PresetMatch) -> Proposed:
        """Make a source of a file that a preset fits."""
        preset = match.preset
        evidence = (msg("the preset {preset} fits", preset=preset.name),)
        lines = [Guess(header, column, 1.0, evidence) for header, column in match.headers]
        # what the preset leaves out, it leaves out on purpose
        table = str(preset.keys["table"])
        at = {name.casefold(): name for name in match.sample.header}
        header = next((name for name, column in match.headers if column == "customer_id"), "")
        currency = next((name for name, column in match.headers if column == "currency"), "")
        return cls(
            table,
            match.sample.place.file,
            match.sample,
            {"preset": preset.name, **match.keys},
            lines,
            dict.fromkeys(match.open_constants, ""),
            preset=preset.title,
            customer=at.get(header.casefold(), ""),
            currency=_most(match.sample, at.get(currency.casefold(), ""))
            or str(preset.keys.get("constants", {}).get("currency", "")),
        )


def finish_sources(proposed: Sequence[Proposed], root: str | Path | None, currency: str | None) -> list[Proposed]:
    """Give sources their names, paths, systems and currencies; files that look alike become one source.

    Parameters
    ----------
    proposed : sequence of Proposed
    root : path, optional
        Folder that relative paths start from.
    currency : str, optional
        ISO code of amounts without one.
    """
    for one in proposed:
        _add_place(one, root)
    _add_systems(proposed)
    kinds = [one.currency for one in proposed if one.currency]
    usual = currency or max(sorted(set(kinds)), key=kinds.count, default="")
    for one in proposed:
        _add_currency(one, usual or _home(one))
        _add_day(one, proposed)
    finished = _grouped(list(proposed))
    names: set[str] = set()
    for one in finished:
        name = _free_name(one, names)
        names.add(name)
        one.keys = {"name": name, **one.keys}
    return finished


def _add_place(one: Proposed, root: str | Path | None) -> None:
    one.keys["path"] = _shown(one.sample.place.path, root)
    if one.lookup:
        other, (key, theirs) = one.lookup
        extra = {name: getattr(other.layout, name) for name in ("sheet", "encoding", "delimiter")}
        lookup = {"path": _shown(other.place.path, root), "on": {key: theirs}}
        one.keys["lookups"] = [lookup | {name: value for name, value in extra.items() if value}]


def _shown(path: Path, root: str | Path | None) -> str:
    """A path as the plan holds it: absolute where it was given so, else from the plan's folder."""
    if path.is_absolute() or root is None:
        return path.as_posix()
    return PurePath(os.path.relpath(path, root)).as_posix()


def _add_systems(proposed: Sequence[Proposed]) -> None:
    """Name the systems after the files of customers, and let each other file use the one that it points to."""
    known = {one.file: numbers_of(one.sample, one.customer) for one in proposed if _is_customers(one)}
    systems: dict[str, str] = {}
    for one in proposed:
        if _is_customers(one):
            systems[one.file] = one.keys.get("system") or _preset_system(one) or _system(one.file, systems)
    for one in proposed:
        if one.table not in _WITH_CUSTOMER or one.preset:
            continue
        file, share = (one.file, 1.0) if one.table == "customers" else ("", 0.0)
        if one.table != "customers" and one.customer:
            file, share = best_partner(one.sample, one.customer, known)
        if file in systems and share >= 0.3:
            one.keys["system"] = systems[file]
        elif len(set(systems.values())) == 1 and not one.preset:
            one.keys["system"] = next(iter(systems.values()))
            one.notes.append(msg("few of its customer numbers are among the customers'"))
        elif systems:
            one.notes.append(msg("no file of customers has its customer numbers: correct the system"))


def _is_customers(one: Proposed) -> bool:
    return one.table == "customers" and one.customer != ""


def _preset_system(one: Proposed) -> str:
    return str(presets()[one.keys["preset"]].keys.get("system", "")) if one.preset else ""


def _system(file: str, systems: dict[str, str]) -> str:
    bare = _SYSTEM_WORDS.sub(" ", simplified(plain_header(PurePath(file).stem)))
    words = [word for word in bare.split() if not word.isdigit()]
    name = words[0] if words else "ERP"
    name = name.upper() if name.isascii() and len(name) <= 4 else name
    return name if name not in systems.values() else f"{name}{len(systems) + 1}"


def _add_currency(one: Proposed, usual: str) -> None:
    if one.table not in _WITH_CURRENCY:
        return
    if one.preset:
        if "currency" in one.asked:
            del one.asked["currency"]
            one.keys.setdefault("constants", {})["currency"] = usual
        return
    columns = one.keys.get("columns", {})
    if "currency" not in columns:
        one.keys.setdefault("constants", {})["currency"] = one.currency or usual
        one.notes.append(msg("no column of currencies: {currency} is assumed", currency=one.currency or usual))


def _add_day(one: Proposed, proposed: Sequence[Proposed]) -> None:
    """Ask for the day of a balance where neither a column nor the file's name says it."""
    if one.table != "receivables":
        return
    filled = [*one.keys.get("columns", {}), *one.keys.get("computed", {}), *one.keys.get("constants", {})]
    day = _FILE_DAY.search(PurePath(one.file).stem)
    one.asked.pop("as_of", None)
    if "as_of" in filled:
        return
    if day:
        one.keys.setdefault("constants", {})["as_of"] = "-".join(day.groups())
    else:
        one.asked["constants.as_of"] = "2024-12-31"
        one.notes.append(msg("say under constants of which day the balances are (as_of)"))


def _home(one: Proposed) -> str:
    return "CNY" if any("\u4e00" <= sign <= "\u9fff" for sign in "".join(one.sample.header)) else "USD"


def _most(sample: Sample, header: str) -> str:
    """Currency that most rows name."""
    if header not in sample.header:
        return ""
    words = value_words("transactions", "currency")
    found = [value.strip() for value in sample.columns[sample.header.index(header)] if value.strip()]
    codes = [words.get(value.lower(), value if re.fullmatch("[A-Z]{3}", value) else "") for value in found]
    codes = [code for code in codes if code]
    return max(sorted(set(codes)), key=codes.count, default="")


def _sign(sample: Sample) -> str:
    """Currency that a header names in brackets, such as Amount (USD)."""
    named = [
        word.upper() for header in sample.header for word in re.findall(r"[(（\[]\s*([A-Za-z]{3})\s*[)）\]]", header)
    ]
    codes = {*value_words("transactions", "currency").values()}
    return next((word for word in named if word in codes), "")


def _grouped(proposed: list[Proposed]) -> list[Proposed]:
    """Make one source of files that differ in their names alone, when a glob names exactly them."""
    groups: dict[str, list[Proposed]] = {}
    for one in proposed:
        bare = {name: value for name, value in one.keys.items() if name != "path"}
        alike = repr((bare, one.sample.header, str(one.sample.place.path.parent), one.sample.layout))
        groups.setdefault(alike, []).append(one)
    finished = []
    for group in groups.values():
        pattern = _pattern(group) if len(group) > 1 and "query" not in group[0].keys and not group[0].asked else None
        if pattern is None or group[0].table in ("receivables",):
            finished += group
            continue
        group[0].keys["path"] = pattern
        finished.append(group[0])
    return finished


def _pattern(group: Sequence[Proposed]) -> str | None:
    names = [PurePath(one.keys["path"]).name for one in group]
    start = _common_start(names)
    end = _common_start([name[len(start) :][::-1] for name in names])[::-1]
    pattern = f"{start}*{end}"
    if len(start) < 3 or re.search(r"[\[\]*?]", start + end):
        return None
    there = [
        path.name for path in group[0].sample.place.path.parent.iterdir() if fnmatch.fnmatchcase(path.name, pattern)
    ]
    return (
        str(PurePath(group[0].keys["path"]).with_name(pattern).as_posix()) if sorted(there) == sorted(names) else None
    )


def _common_start(names: Sequence[str]) -> str:
    same = itertools.takewhile(lambda signs: len(set(signs)) == 1, zip(*names, strict=False))
    return "".join(signs[0] for signs in same)


def _free_name(one: Proposed, taken: set[str]) -> str:
    stem = PurePath(one.keys["path"]).stem if "query" not in one.keys else PurePath(one.file).stem
    if one.preset and "query" not in one.keys and one.sample.layout.query:
        stem = str(one.keys["preset"]).partition("/")[2]
    name = re.sub(r"[^A-Za-z0-9_\u4e00-\u9fff-]+", "_", stem).strip("_-")[:36].lower() or one.table
    free = name
    for number in range(2, 1000):
        if free not in taken:
            break
        free = f"{name}_{number}"
    return free
