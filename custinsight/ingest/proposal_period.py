"""The last complete quarter of proposed documents."""

from __future__ import annotations

import collections
import datetime as dt
import os
import statistics
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from custinsight.errors import CustinsightError
from custinsight.ingest.allowed import Grounds
from custinsight.ingest.binding import NOWHERE, bind_mapping, mapped_names, require_mapping
from custinsight.ingest.dates import EXCEL, ISO
from custinsight.ingest.lookup_places import settle_lookups
from custinsight.ingest.lookups import open_lookups
from custinsight.ingest.places import find_places
from custinsight.ingest.raw import Layout
from custinsight.ingest.readers import open_file
from custinsight.plan import Source

_NEAR_END = dt.timedelta(days=7)


def last_quarter(sources: Sequence[Mapping[str, Any]], root: Path) -> str | None:
    """Name the last quarter that the documents cover to its end; None where no day can be read.

    Parameters
    ----------
    sources : sequence of mapping
        Keys of sources of transactions.
    root : Path
        Folder that their paths start from.
    """
    days: collections.Counter[dt.date] = collections.Counter()
    for keys in sources:
        try:
            days.update(_days(Source.model_validate(_from_here(keys, root)), Path()))
        except (CustinsightError, ValueError, OSError):
            # the check will say what is wrong with this source; the others still have days
            continue
    return quarter_of(days)


def _from_here(keys: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """Keys with their paths resolved: the plan's folder need not be there yet."""
    lookups = [{**one, "path": os.path.normpath(root / one["path"])} for one in keys.get("lookups", ())]
    found = {**keys, "path": os.path.normpath(root / keys["path"])}
    return found | ({"lookups": lookups} if lookups else {})


def quarter_of(days: Mapping[dt.date, int]) -> str | None:
    """Name the last quarter whose end the days reach and that is as full as others are.

    Examples
    --------
    >>> quarter_of({dt.date(2024, month, 28): 9 for month in range(1, 12)})
    '2024Q3'
    """
    today = dt.date.today()
    counts: collections.Counter[tuple[int, int]] = collections.Counter()
    last: dict[tuple[int, int], dt.date] = {}
    for day, rows in days.items():
        if day <= today and day.year >= 1970:
            quarter = (day.year, (day.month + 2) // 3)
            counts[quarter] += rows
            last[quarter] = max(last.get(quarter, day), day)
    if not counts:
        return None
    usual = 0.1 * statistics.median(counts.values())
    for year, number in sorted(counts, reverse=True):
        end = dt.date(year + number // 4, number * 3 % 12 + 1, 1) - dt.timedelta(days=1)
        goes_on = any(other > (year, number) and counts[other] >= usual for other in counts)
        if counts[year, number] >= usual and (goes_on or last[year, number] >= end - _NEAR_END):
            return f"{year}Q{number}"
    year, number = max(counts)
    return f"{year}Q{number}"


def _days(source: Source, root: Path) -> Iterator[dt.date]:
    """Yield the day of each row, as far as it can be read."""
    grounds = Grounds.anywhere(root)
    source = settle_lookups(source, grounds)
    lookups = open_lookups(source, grounds)
    for place in find_places(source.name, source.path, grounds):
        raw = open_file(place, Layout.of(source))
        binding = bind_mapping(source, raw, lookups)
        named = [name for key, name in mapped_names(source, require_mapping(source)) if key.endswith(".doc_date")]
        at = next((binding.at[name] for name in named if binding.at[name] != NOWHERE), None)
        if at is None:
            continue
        file = raw if at.lookup is None else open_lookups(source, grounds)[at.lookup]
        for chunk in file.chunks([at.position]):
            yield from _read(chunk[f"c{at.position}"], source.date_formats)


def _read(column: pa.ChunkedArray, formats: Sequence[str]) -> Iterator[dt.date]:
    if pa.types.is_timestamp(column.type) or pa.types.is_date(column.type):
        texts = column.cast(pa.date32()).cast(pa.string())
    else:
        # the hour does not matter, and without it few different texts are left
        texts = pc.replace_substring_regex(column.cast(pa.string()), r"[ T]\d{1,2}:.*$", "")
    bare = [form.partition(" %H")[0].partition("T%H")[0] for form in (*formats, *ISO)]
    for pair in pc.value_counts(pc.utf8_trim_whitespace(texts)).to_pylist():
        day = _day(pair["values"] or "", bare)
        if day is not None:
            yield from [day] * pair["counts"]


def _day(text: str, formats: Sequence[str]) -> dt.date | None:
    for form in formats:
        if form == EXCEL:
            if text[:5].isdigit() and 20_000 < int(text[:5]) < 80_000 and len(text.partition(".")[0]) == 5:
                return dt.date(1899, 12, 30) + dt.timedelta(days=int(text[:5]))
            continue
        try:
            return dt.datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None
