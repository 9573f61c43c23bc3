"""Which files of a folder are exports of a system that there is a preset for."""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from typing import Any

from custinsight.errors import CustinsightError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.binding import At, Binding, bind_mapping, missing_columns, require_mapping
from custinsight.ingest.evidence import look_at
from custinsight.ingest.expressions import column_names
from custinsight.ingest.lookup_places import settle_lookups
from custinsight.ingest.lookups import open_lookups
from custinsight.ingest.places import Place
from custinsight.ingest.raw import Layout, RawFile
from custinsight.ingest.readers import open_file
from custinsight.ingest.samples import LOOKED_AT, Sample, read_sample
from custinsight.plan import Source
from custinsight.presets import Preset, presets
from custinsight.tables import TABLES

SURE_SIGNATURE = 4
"""So many headers of a signature tell a preset whatever the file is called."""
_UNKNOWN = {"receivables": {"as_of": "2000-01-01", "currency": "XTS"}, "transactions": {"currency": "XTS"}}


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
        source = settle_lookups(_source(preset, sample.place, keys), Grounds.anywhere())
        raw = open_file(sample.place, Layout.of(source))
        lookups = open_lookups(source, Grounds.anywhere())
        computed = require_mapping(source)
        if missing_columns(source, raw, lookups, computed):
            return None
        binding = bind_mapping(source, raw, lookups)
        keys |= _value_keys(source, sample, binding, lookups)
    except (CustinsightError, OSError):
        return None
    absent = binding.absent
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


def _value_keys(source: Source, sample: Sample, binding: Binding, lookups: Sequence[RawFile]) -> dict[str, Any]:
    """Decimal sign and date formats, where the values need others than the preset's."""
    if sample.is_typed:
        return {}
    spec = TABLES[source.table]
    keys: dict[str, Any] = {}
    formats: list[str] = []
    for column, name in source.columns.items():
        if spec[column].dtype == "date" and name not in binding.absent:
            found = look_at(_values(binding.at[name], sample, lookups))
            formats += [form for form in found.formats if found.dates > 0.5 and form not in source.date_formats]
    amounts = [name for column, name in source.columns.items() if spec[column].dtype.startswith("decimal")]
    amounts += [name for tree in binding.computed.values() for name in column_names(tree)]
    present = [name for name in dict.fromkeys(amounts) if name not in binding.absent]
    signs = [look_at(_values(binding.at[name], sample, lookups)).decimal for name in present]
    if "," in signs and "." not in signs and source.decimal != ",":
        keys["decimal"] = ","
    if formats:
        keys["date_formats"] = [*dict.fromkeys(formats), *source.date_formats]
    return keys


def _values(at: At, sample: Sample, lookups: Sequence[RawFile]) -> Sequence[str]:
    """Some values of a column, be it the file's own or a lookup's."""
    if at.lookup is None:
        return sample.columns[at.position][:LOOKED_AT]
    chunk = next(lookups[at.lookup].chunks([at.position], LOOKED_AT), None)
    values = [] if chunk is None else chunk[f"c{at.position}"].slice(0, LOOKED_AT).to_pylist()
    return ["" if value is None else str(value) for value in values]
