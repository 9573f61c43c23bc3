"""Presets: what a well-known system's exports look like, kept as data and merged into a plan's sources.

A preset file holds templates; ``sap/invoices`` is the template ``invoices`` of ``sap.toml``. A template is a source
without its path: the keys of :class:`custinsight.plan.Source`, and beside them ``files`` (usual file names) and
``signature`` (headers that tell such a file from others).
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

FILLING = ("columns", "computed")
"""Keys of a source that may each fill a canonical column, but not both the same one."""


@dataclass(frozen=True)
class Preset:
    """A template of a source.

    Parameters
    ----------
    name : str
        ``<system>/<template>``.
    title : str
        What the system is called.
    files : tuple of str
        Patterns of file names that such an export usually has, in lower case.
    signature : tuple of str
        Headers that tell such a file.
    keys : mapping of str to object
        Keys of a source.
    """

    name: str
    title: str
    files: tuple[str, ...]
    signature: tuple[str, ...]
    keys: Mapping[str, Any]


def presets() -> Mapping[str, Preset]:
    """Return all presets by name, in the order of systems and of the templates in their files.

    Examples
    --------
    >>> presets()["northwind/customers"].keys["table"]
    'customers'
    """
    return _presets()


def merge_preset(given: Mapping[str, Any]) -> dict[str, Any]:
    """Fill what a source does not say from its preset.

    The source's own keys win. Tables are merged key by key; an empty text removes a key. A column that the source
    fills itself is not filled by the preset, whether under ``columns`` or ``computed``. Lookups are merged by name;
    one with an empty path is left out.

    Parameters
    ----------
    given : mapping of str to object
        Keys of a source, as in audit.toml.

    Raises
    ------
    ValueError
        There is no such preset; the sentence lists all.

    Examples
    --------
    >>> merged = merge_preset({"preset": "northwind/customers", "columns": {"city": "", "region": "Land"}})
    >>> merged["columns"]["customer_id"], merged["columns"]["region"], "city" in merged["columns"]
    ('CustomerID', 'Land', False)
    """
    name = given.get("preset")
    if not name:
        return dict(given)
    if name not in presets():
        raise ValueError(f"preset must be one of {', '.join(presets())}, got {str(name)[:60]!r}")
    base = dict(presets()[name].keys)
    for part, other in (FILLING, FILLING[::-1]):
        own = given.get(part)
        if isinstance(own, Mapping) and other in base:
            base[other] = {column: text for column, text in base[other].items() if column not in own}
    merged = _merge(base, given)
    if "lookups" in base:
        merged["lookups"] = _merge_lookups(base["lookups"], given.get("lookups", ()))
    if "optional" in base:
        merged["optional"] = [*base["optional"], *given.get("optional", ())]
    return merged


def _merge(base: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Merge tables key by key; below the first level an empty text removes."""
    merged = dict(base)
    for key, value in own.items():
        there = merged.get(key)
        if isinstance(there, Mapping) and isinstance(value, Mapping):
            inner = _merge(there, value)
            merged[key] = {name: text for name, text in inner.items() if text != ""}
        else:
            merged[key] = value
    return merged


def _merge_lookups(base: list[dict[str, Any]], own: Any) -> list[Any]:
    if not isinstance(own, list | tuple):
        return [own]
    named = {one["name"]: one for one in own if isinstance(one, Mapping) and "name" in one}
    known = {one["name"] for one in base}
    merged: list[Any] = [_merge(one, named.get(one["name"], {})) for one in base]
    merged = [one for one in merged if one.get("path") != ""]
    return merged + [one for one in own if not (isinstance(one, Mapping) and one.get("name") in known)]


@functools.lru_cache(maxsize=1)
def _presets() -> dict[str, Preset]:
    # by path inside the package: importing the room of the presets would turn the order of rooms round
    folder = files("custinsight").joinpath("ingest", "presets")
    found: dict[str, Preset] = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            content = tomllib.loads(entry.read_text(encoding="utf-8"))
            title = content.pop("title")
            for template, keys in content.items():
                preset = _preset(f"{entry.name.removesuffix('.toml')}/{template}", title, dict(keys))
                found[preset.name] = preset
    return found


def _preset(name: str, title: str, keys: dict[str, Any]) -> Preset:
    patterns, signature = keys.pop("files", ()), keys.pop("signature", ())
    return Preset(name, title, tuple(pattern.lower() for pattern in patterns), tuple(signature), keys)
