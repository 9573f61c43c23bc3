"""Times told in several zones, brought to the zone of the plan before their day is taken.

A day without a time is never shifted. A time with an offset, such as 2024-03-05T23:30:00Z, is an instant: it falls on
the day that it is in the plan's zone. A time without one is taken as it stands, or, when the source names the zone that
its times are told in, brought from there to the plan's.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from babel.core import get_global

from custinsight.ingest.binding import NOWHERE, Binding
from custinsight.ingest.dates import EXCEL
from custinsight.plan import Source
from custinsight.tables import TABLES
from custinsight.words import Message, msg

_MAIN = {
    "CN": "Asia/Shanghai",
    "DE": "Europe/Berlin",
    "ES": "Europe/Madrid",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
}
"""Zone of business of countries that have more than one, where there is no doubt."""
_OFFSET = (
    r"^(?P<day>\d{4}-\d{1,2}-\d{1,2})[T ](?P<time>\d{1,2}:\d{2})(?P<second>:\d{2})?(?:[.,]\d+)?"
    r" ?(?P<zone>[Zz]|UTC|GMT|(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})?)$"
)
_SHORTEST = len("2024-1-5 9:05Z")
_TIMED = re.compile(r"%[HI]")
_FRACTION = r"(:\d{2})[.,]\d+$"


def home_zone(zone: str | None, country: str) -> str:
    """Zone in which the days of an audit begin: the plan's, else the country's when it has one zone of business.

    Empty for a country of several zones, such as the United States: then a time with an offset keeps the day that it
    is written with.

    Parameters
    ----------
    zone : str, optional
        The plan's ``time_zone``.
    country : str
        ISO 3166 code.

    Examples
    --------
    >>> home_zone(None, "CN"), home_zone(None, "FR"), home_zone(None, "US"), home_zone("America/New_York", "US")
    ('Asia/Shanghai', 'Europe/Paris', '', 'America/New_York')
    """
    if zone or country in _MAIN:
        return zone or _MAIN[country]
    zones = [name for name, place in get_global("zone_territories").items() if place == country]
    return zones[0] if len(zones) == 1 else ""


def day_positions(source: Source, binding: Binding, lookup: int | None = None) -> tuple[int, ...]:
    """Positions of the columns that fill days, in a source's file or in one of its lookups."""
    spec = TABLES[source.table]
    found = [binding.at[header] for name, header in source.columns.items() if spec[name].dtype == "date"]
    return tuple(sorted({at.position for at in found if at.lookup == lookup and at != NOWHERE}))


class Zones:
    """Turns times that are told in another zone into days of the plan's.

    Parameters
    ----------
    positions : tuple of int
        Columns that hold days or times.
    source : plan.Source
        For its ``time_zone`` and ``date_formats``.
    home : str
        Zone of the plan; empty when it has none.
    """

    def __init__(self, positions: tuple[int, ...], source: Source, home: str) -> None:
        self.positions = positions
        self._home = home
        self._from = source.time_zone if home and source.time_zone and source.time_zone != home else ""
        # times without an offset are read by these, and days written by the first that can mean one day only
        self._timed = [form for form in source.date_formats if _TIMED.search(form)]
        self._written = _sure_format(source.date_formats)
        self._shifted = 0

    @property
    def problems(self) -> list[Message]:
        """How many times fell on another day than the one they were written with."""
        n = self._shifted
        sentence = msg(
            "{n} time fell on another day once it was told in the zone of the plan.",
            "{n} times fell on another day once they were told in the zone of the plan.",
            n=n,
        )
        return [sentence] if n else []

    def __call__(self, chunk: pa.Table) -> pa.Table:
        """Bring a chunk's times to the plan's zone."""
        for name in (f"c{position}" for position in self.positions):
            column = chunk[name]
            if pa.types.is_timestamp(column.type):
                column = self._native(column)
            elif pa.types.is_string(column.type):
                column = self._texts(column)
            chunk = chunk.set_column(chunk.schema.get_field_index(name), name, column)
        return chunk

    def _native(self, times: pa.ChunkedArray) -> pa.ChunkedArray:
        """Times that came with their type: instants, or times of the source's zone."""
        if times.type.tz is not None:
            return self._local(times.cast(pa.timestamp(times.type.unit, "UTC")), pc.local_timestamp(times))
        if self._from:
            return self._local(_told_in(times, self._from), times)
        return times

    def _texts(self, texts: pa.ChunkedArray) -> pa.ChunkedArray:
        if (pc.max(pc.binary_length(texts)).as_py() or 0) < _SHORTEST:
            return texts
        trimmed = pc.utf8_trim_whitespace(texts)
        has_offset = pc.match_substring_regex(trimmed, _OFFSET).fill_null(False)
        if self._from and self._timed:
            texts = self._of_source(texts, trimmed, pc.invert(has_offset))
        return self._with_offset(texts, trimmed, has_offset) if pc.any(has_offset).as_py() else texts

    def _with_offset(self, texts: pa.ChunkedArray, trimmed: pa.ChunkedArray, rows: pa.ChunkedArray) -> pa.ChunkedArray:
        """Read texts such as 2024-03-05T23:30:00+08:00."""
        parts = pc.extract_regex(trimmed.filter(rows), _OFFSET).combine_chunks().flatten()
        named = dict(zip(("day", "time", "second", "zone", "sign", "hours", "minutes"), parts, strict=True))
        second = pc.if_else(pc.equal(named["second"], ""), ":00", named["second"])
        stamp = pc.binary_join_element_wise(named["day"], pc.binary_join_element_wise(named["time"], second, ""), " ")
        written = pc.strptime(stamp, "%Y-%m-%d %H:%M:%S", "s", error_is_null=True)
        sign = pc.if_else(pc.equal(named["sign"], "-"), -1, 1)
        seconds = pc.add(pc.multiply(_number(named["hours"]), 3600), pc.multiply(_number(named["minutes"]), 60))
        offset = pc.multiply(sign, seconds).cast(pa.duration("s"))
        instant = pc.assume_timezone(pc.subtract(written, offset), "UTC")
        return self._rewritten(texts, rows, self._local(instant, written))

    def _of_source(self, texts: pa.ChunkedArray, trimmed: pa.ChunkedArray, rows: pa.ChunkedArray) -> pa.ChunkedArray:
        """Read times without an offset by the declared formats; a text that two of them read differently stays."""
        plain = pc.replace_substring_regex(trimmed, _FRACTION, r"\1")
        readings = [pc.strptime(plain, form, "s", error_is_null=True) for form in self._timed]
        first = pc.coalesce(*readings)
        agree = pc.and_(rows, pc.greater(pc.year(first), 999).fill_null(False))
        for reading in readings:
            agree = pc.and_(agree, pc.equal(reading, first).fill_null(True))
        times = first.filter(agree)
        return self._rewritten(texts, agree, self._local(_told_in(times, self._from), times))

    def _local(self, instants: pa.Array, written: pa.Array) -> pa.Array:
        """Times as a clock in the plan's zone shows them; as they were written where the plan has no zone."""
        if not self._home:
            return written
        local = pc.local_timestamp(instants.cast(pa.timestamp(instants.type.unit, self._home)))
        moved = pc.not_equal(pc.floor_temporal(local, unit="day"), pc.floor_temporal(written, unit="day"))
        self._shifted += pc.sum(moved).as_py() or 0
        return local

    def _rewritten(self, texts: pa.ChunkedArray, rows: pa.ChunkedArray, times: pa.Array) -> pa.ChunkedArray:
        """Write times back as days, in a form that the source's formats read; what is no time stays as it was."""
        days = pc.strftime(times, format=_whole_seconds(self._written))
        found = np.flatnonzero(np.asarray(rows))
        taken = np.arange(len(texts))
        known = np.asarray(days.is_valid())
        taken[found[known]] = len(texts) + np.flatnonzero(known)
        days = pa.chunked_array([days]) if isinstance(days, pa.Array) else days
        return pa.chunked_array([*texts.chunks, *days.chunks], texts.type).take(pa.array(taken))


def _told_in(times: pa.Array, zone: str) -> pa.Array:
    """Instants of times that a zone's clocks show; an hour that comes twice is the first, one that is skipped ends."""
    return pc.assume_timezone(times, zone, ambiguous="earliest", nonexistent="latest")


def _sure_format(formats: tuple[str, ...]) -> str:
    """Choose a declared format that no other one can be taken for, to write days in."""
    bare = [re.sub(r"%[YymdbB]", "", form) for form in formats]
    sure = (
        form for form in formats if form != EXCEL and "%Y" in form and bare.count(re.sub(r"%[YymdbB]", "", form)) == 1
    )
    return next(sure, "%Y-%m-%d")


def _number(digits: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(digits, ""), "0", digits).cast(pa.int64())


def _whole_seconds(form: str) -> str:
    """Write a format that the engine reads as one that Arrow writes, which adds a fraction only to finer units."""
    return form.replace("%f", "000000").replace("%g", "000")
