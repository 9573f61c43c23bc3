"""Which files of a folder are exports of a system that there is a preset for."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from custinsight.errors import CustinsightError
from custinsight.ingest.binding import bind_mapping, missing_columns, require_mapping
from custinsight.ingest.evidence import look_at
from custinsight.ingest.lookup_places import settle_lookups
from custinsight.ingest.lookups import open_lookups
from custinsight.ingest.places import Place
from custinsight.ingest.raw import Layout
from custinsight.ingest.readers import open_file
from custinsight.ingest.samples import Sample, read_sample
from custinsight.plan import Source
from custinsight.presets import Preset, presets
from custinsight.tables import TABLES

SURE_SIGNATURE = 4
"""So many headers of a signature tell a preset whatever the file is called."""
_UNKNOWN = {"receivables": {"as_of": "2000-01-01", "currency": "XXX"}, "transactions": {"currency": "XXX"}}


@dataclasses.dataclass(frozen=True)
class PresetMatch:
    """A file that a preset fits.

    Parameters
    ----------
    preset : Preset
    sample : Sample
    keys : mapping of str to object
        Keys of a source that the file needs beside its preset's.
    headers : tuple of (str, str)
        Header or expression and canonical column, as the preset fills them.
    lookups : tuple of Path
        Files that are joined to it.
    open_constants : tuple of str
        Required columns that neither the preset nor the file fills.
    """

    preset: Preset
    sample: Sample
    keys: Mapping[str, Any]
    headers: tuple[tuple[str, str], ...]
    lookups: tuple[Path, ...]
    open_constants: tuple[str, ...]


def match_presets(place: Place, sample: Sample | None) -> list[PresetMatch]:
    """Presets that fit a file, best first; a database file may hold several, each other file is one.

    Parameters
    ----------
    place : Place
    sample : Sample or None
        None for a database, whose tables only a query shows.
    """
    if sample is None:
        tried = (_match_database(preset, place) for preset in presets().values() if "query" in preset.keys)
        return [match for match in tried if match is not None]
    header = {name.casefold() for name in sample.header}
    fitting = [preset for preset in presets().values() if _has_signature(preset, header, place)]
    fitting.sort(key=lambda preset: (_is_named(preset, place), len(preset.signature)), reverse=True)
    matches = (_match(preset, sample) for preset in fitting)
    return [match for match in matches if match is not None][:1]


def _has_signature(preset: Preset, header: set[str], place: Place) -> bool:
    if not all(name.casefold() in header for name in preset.signature):
        return False
    return len(preset.signature) >= SURE_SIGNATURE or _is_named(preset, place)


def _is_named(preset: Preset, place: Place) -> bool:
    stem = PurePath(place.file).stem.casefold()
    return any(fnmatch.fnmatchcase(stem, pattern) for pattern in preset.files)


def _match_database(preset: Preset, place: Place) -> PresetMatch | None:
    try:
        sample = read_sample(place, Layout(query=preset.keys["query"]))
    except CustinsightError:
        return None
    header = {name.casefold() for name in sample.header}
    return _match(preset, sample) if {name.casefold() for name in preset.signature} <= header else None


def _match(preset: Preset, sample: Sample) -> PresetMatch | None:
    """Try a preset on a file: each column that it cannot do without must be there."""
    keys = _layout_keys(preset, sample)
    try:
        source = settle_lookups(_source(preset, sample.place, keys), Path())
        raw = open_file(sample.place, Layout.of(source))
        lookups = open_lookups(source, Path())
        computed = require_mapping(source)
        if missing_columns(source, raw, lookups, computed):
            return None
        absent = bind_mapping(source, raw, lookups).absent
    except (CustinsightError, OSError):
        return None
    keys |= _value_keys(source, sample)
    headers = [(name, column) for column, name in source.columns.items() if name not in absent]
    headers += [(text, column) for column, text in source.computed.items()]
    filled = {column for _, column in headers} | {*preset.keys.get("constants", {})}
    required = [column.name for column in TABLES[source.table].columns if column.required and column.default is None]
    implied = ("source_system", "source_id")
    missing = tuple(name for name in required if name not in filled and name not in implied)
    paths = tuple(Path(lookup.path) for lookup in source.lookups)
    return PresetMatch(preset, sample, keys, tuple(headers), paths, missing)


def _source(preset: Preset, place: Place, keys: Mapping[str, Any]) -> Source:
    constants = {
        name: text
        for name, text in _UNKNOWN.get(preset.keys["table"], {}).items()
        if not any(name in preset.keys.get(part, {}) for part in ("columns", "computed", "constants"))
    }
    given = {"name": "proposal", "preset": preset.name, "path": str(place.path), "constants": constants, **keys}
    return Source.model_validate(given)


def _layout_keys(preset: Preset, sample: Sample) -> dict[str, Any]:
    """How the file is written, where the preset does not say it or says it otherwise."""
    layout = sample.layout
    keys: dict[str, Any] = {}
    if layout.header != 1:
        keys["header"] = layout.header
    for name in ("encoding", "delimiter"):
        found = getattr(layout, name)
        if found and name not in preset.keys:
            keys[name] = found
    return keys


def _value_keys(source: Source, sample: Sample) -> dict[str, Any]:
    """Decimal sign and date formats, where the file's values need others than the preset's."""
    spec = TABLES[source.table]
    keys: dict[str, Any] = {}
    at = {name.casefold(): n for n, name in enumerate(sample.header)}
    numbers, formats = [], []
    for column, name in source.columns.items():
        n = at.get(name.casefold())
        if n is None or sample.is_typed:
            continue
        found = look_at(sample.columns[n][:2000])
        if spec[column].dtype == "date" and found.dates > 0.5:
            formats += [form for form in found.formats if form not in source.date_formats]
        elif spec[column].dtype.startswith("decimal"):
            numbers.append(found.decimal)
    for text in source.computed.values():
        numbers += [look_at(sample.columns[n][:2000]).decimal for name, n in at.items() if name in text.casefold()]
    if "," in numbers and "." not in numbers and source.decimal != ",":
        keys["decimal"] = ","
    if formats:
        keys["date_formats"] = [*dict.fromkeys(formats), *source.date_formats]
    return keys
