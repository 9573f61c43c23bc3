"""Header lines in the middle of a file, which exports glued together leave behind."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from custinsight.ingest.raw import RAW, RawFile, trimmed_header
from custinsight.ingest.records import loose_fields
from custinsight.words import Message, msg


class RepeatedHeaders:
    """Drops rows that say again what the columns are called; they are no rows of the export.

    Parameters
    ----------
    raw : RawFile
    """

    positions: tuple[int, ...] = ()

    def __init__(self, raw: RawFile) -> None:
        self._raw = raw
        self._dropped = 0

    @property
    def problems(self) -> list[Message]:
        """How many lines were dropped."""
        n = self._dropped
        sentence = msg(
            "{n} line repeats the header and was left out.", "{n} lines repeat the header and were left out.", n=n
        )
        return [sentence] if n else []

    def __call__(self, chunk: pa.Table) -> pa.Table:
        """Drop the header lines of a chunk."""
        repeats = [row for row in self._candidates(chunk) if self._is_header(chunk, int(row))]
        if not repeats:
            return chunk
        self._dropped += len(repeats)
        self._raw.counts.records -= len(repeats)
        keep = np.ones(chunk.num_rows, bool)
        keep[repeats] = False
        return chunk.filter(pa.array(keep))

    def _candidates(self, chunk: pa.Table) -> np.ndarray:
        """Rows that hold the header's longest word in its own column: few or none, and found quickly."""
        words = {
            name: max(self._raw.header[position].split(), key=len)
            for name, position in _text_columns(chunk)
            if position < len(self._raw.header) and self._raw.header[position]
        }
        if not words:
            return np.array([], np.int64)
        name = max(words, key=lambda name: len(words[name]))
        return np.flatnonzero(np.asarray(pc.match_substring(chunk[name], words[name]).fill_null(False)))

    def _is_header(self, chunk: pa.Table, row: int) -> bool:
        if RAW in chunk.column_names:
            fields = loose_fields(chunk[RAW][row].as_py().encode(), getattr(self._raw, "delimiter", "\t"))
        else:
            columns = {position: name for name, position in _text_columns(chunk)}
            if len(columns) < len(self._raw.header):
                return False
            fields = [chunk[columns[position]][row].as_py() or "" for position in sorted(columns)]
        width = len(self._raw.header)
        return trimmed_header(fields[:width]) == self._raw.header and not any(map(str.strip, fields[width:]))


def _text_columns(chunk: pa.Table) -> list[tuple[str, int]]:
    """Names and positions of a chunk's text columns."""
    return [
        (name, int(name[1:]))
        for name in chunk.column_names
        if name[0] == "c" and name[1:].isdigit() and pa.types.is_string(chunk.schema.field(name).type)
    ]
