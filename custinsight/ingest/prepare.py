"""A file's rows mended by the source's contract, before they are typed.

Exports leave out what a reader would see: a value that is written once for several rows, the zeros in front of a code,
the zone that a time is told in. What the plan says about them is applied here, to whole Arrow chunks, and counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import pyarrow as pa

from custinsight.ingest.binding import Binding
from custinsight.ingest.fill import Filler
from custinsight.ingest.pad import Padder
from custinsight.ingest.raw import CHUNK_ROWS, RawFile
from custinsight.ingest.repeats import RepeatedHeaders
from custinsight.ingest.zones import Zones, day_positions
from custinsight.plan import Source
from custinsight.words import Message


class Mender(Protocol):
    """One way to mend rows; ``positions`` are the columns that it has to see, ``problems`` what it did so far."""

    positions: tuple[int, ...]

    def __call__(self, chunk: pa.Table) -> pa.Table:
        """Mend a chunk; chunks come in the order of the file."""
        ...

    @property
    def problems(self) -> list[Message]:
        """Sentences for the load report."""
        ...


class PreparedFile:
    """A file as its source means it: without repeated headers, cells filled, codes padded, times in one zone.

    Parameters
    ----------
    raw : RawFile
    menders : sequence of Mender
        In the order in which they are applied.
    """

    def __init__(self, raw: RawFile, menders: Sequence[Mender]) -> None:
        self.place, self.sheet, self.encoding = raw.place, raw.sheet, raw.encoding
        self.header, self.iso, self.counts = raw.header, raw.iso, raw.counts
        self._raw, self._menders = raw, menders

    @property
    def problems(self) -> list[Message]:
        """What was mended, as far as the file was read."""
        return [sentence for mender in self._menders for sentence in mender.problems]

    def chunks(self, wanted: Sequence[int], rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
        """Yield the rows, with the columns that the menders need beside the wanted ones."""
        needed = {position for mender in self._menders for position in mender.positions}
        for chunk in self._raw.chunks(sorted({*wanted, *needed}), rows):
            for mender in self._menders:
                chunk = mender(chunk)
            if chunk.num_rows:
                yield chunk


def prepare_file(raw: RawFile, source: Source, binding: Binding, zone: str) -> PreparedFile:
    """Apply a source's contract to a file.

    Parameters
    ----------
    raw : RawFile
    source : plan.Source
        For its ``fill``, ``fill_within``, ``pad`` and ``time_zone``.
    binding : Binding
    zone : str
        Zone of the plan, in which days begin; empty when it has none.

    Raises
    ------
    SourceError
        A column that the contract names is not in the file.
    """
    menders: list[Mender] = [RepeatedHeaders(raw)]
    menders += [Filler(raw, source)] if source.fill else []
    menders += [Padder(raw, source)] if source.pad else []
    days = day_positions(source, binding)
    menders += [Zones(days, source, zone)] if days else []
    return PreparedFile(raw, menders)


def prepare_lookup(raw: RawFile, source: Source, binding: Binding, number: int, zone: str) -> RawFile:
    """Apply the source's zone to a lookup; nothing else of the contract is about lookups."""
    days = day_positions(source, binding, number)
    return PreparedFile(raw, [Zones(days, source, zone)]) if days else raw
