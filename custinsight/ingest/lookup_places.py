"""Where the lookups of a source lie: at the path that the plan names, or beside the source's own file."""

from __future__ import annotations

import fnmatch
from pathlib import Path

from custinsight.errors import SourceError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.places import SUFFIXES, Place, find_places, source_places
from custinsight.plan import Source
from custinsight.plan_source import Lookup


def settle_lookups(source: Source, root: Path | Grounds) -> Source:
    """Return the source with a path for each lookup, and without the optional ones that are not there.

    Parameters
    ----------
    source : plan.Source
    root : Path or Grounds
        Folder that holds audit.toml.

    Raises
    ------
    SourceError
        A lookup that is needed is not there, or several files could be meant.

    Examples
    --------
    >>> log = Source(
    ...     name="log", table="owners", path="package:custinsight/words.py",
    ...     lookups=[{"on": {"id": "id"}, "beside": ["nothing*"], "optional": True}],
    ... )
    >>> settle_lookups(log, Path(".")).lookups
    ()
    """
    if not any(lookup.beside or lookup.optional for lookup in source.lookups):
        return source
    own = source_places(source, root)
    settled = (_settle(lookup, number, source, own, root) for number, lookup in enumerate(source.lookups, 1))
    return source.model_copy(update={"lookups": tuple(lookup for lookup in settled if lookup is not None)})


def _settle(lookup: Lookup, number: int, source: Source, own: list[Place], root: Path | Grounds) -> Lookup | None:
    if lookup.path:
        return lookup if not lookup.optional or _is_there(lookup, number, source, root) else None
    found = _beside(lookup.beside, own)
    if not found and lookup.optional:
        return None
    if len(found) != 1:
        raise SourceError(
            "sources.{source}: one file {patterns} must lie beside {file} as its lookup {name}, got {n}. "
            "Name it in a [[sources.lookups]] with this name and a path.",
            source=source.name,
            patterns=" / ".join(lookup.beside),
            file=own[0].file,
            name=lookup.name or str(number),
            n=len(found),
        )
    return lookup.model_copy(update={"path": str(found[0].absolute())})


def _is_there(lookup: Lookup, number: int, source: Source, root: Path | Grounds) -> bool:
    try:
        return bool(find_places(source.name, lookup.path, root, key=f"lookups[{number}].path"))
    except SourceError:
        return False


def _beside(patterns: tuple[str, ...], own: list[Place]) -> list[Path]:
    """Files of the first pattern that fits any, in the folder of the source's own files."""
    if own[0].server is not None:
        return []
    used = {place.path.resolve() for place in own}
    there = [
        path
        for path in sorted(own[0].path.parent.iterdir())
        if path.suffix.lower() in SUFFIXES and path.is_file() and path.resolve() not in used
    ]
    for pattern in patterns:
        # the name without its suffix: an export may be csv today and xlsx tomorrow
        found = [path for path in there if fnmatch.fnmatchcase(path.stem.casefold(), pattern.casefold())]
        if found:
            return found
    return []
