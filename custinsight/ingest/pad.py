"""Leading zeros that a spreadsheet has taken from codes."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from custinsight.ingest.fill import require_position
from custinsight.ingest.raw import RawFile
from custinsight.plan import Source
from custinsight.words import Message, msg


class Padder:
    """Puts zeros before codes of digits that are shorter than the plan's ``pad`` says; other codes stay as they are.

    Parameters
    ----------
    raw : RawFile
    source : plan.Source

    Raises
    ------
    SourceError
        The column is not in the file itself.
    """

    def __init__(self, raw: RawFile, source: Source) -> None:
        self._widths = {
            f"c{require_position(raw, source, f'pad.{name}', source.columns[name])}": (name, width)
            for name, width in source.pad.items()
        }
        self.positions = tuple(int(name[1:]) for name in self._widths)
        self._counts: Counter[str] = Counter()

    @property
    def problems(self) -> list[Message]:
        """How many codes of each column got zeros."""
        return [
            msg(
                "{n} code of {column} got leading zeros, up to {width} digits.",
                "{n} codes of {column} got leading zeros, up to {width} digits.",
                n=self._counts[name],
                column=column,
                width=width,
            )
            for name, (column, width) in self._widths.items()
            if self._counts[name]
        ]

    def __call__(self, chunk: pa.Table) -> pa.Table:
        """Pad the codes of a chunk."""
        for name, (_, width) in self._widths.items():
            codes = _texts(chunk[name])
            short = pc.match_substring_regex(codes, rf"^\s*[0-9０-９]{{1,{width - 1}}}\s*$").fill_null(False)
            n = pc.sum(short).as_py() or 0
            if n:
                self._counts[name] += n
                plain = pc.utf8_trim_whitespace(pc.utf8_normalize(codes, form="NFKC"))
                codes = pc.if_else(short, pc.utf8_lpad(plain, width, "0"), codes)
                chunk = chunk.set_column(chunk.schema.get_field_index(name), name, codes)
        return chunk


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Codes as text; whole numbers lose their point."""
    if pa.types.is_floating(column.type):
        nothing = pa.scalar(None, column.type)
        number = pc.if_else(pc.is_finite(column), column, nothing)
        whole = pc.and_(pc.equal(pc.floor(number), number), pc.less(pc.abs(number), 1e15))
        return pc.coalesce(
            pc.if_else(whole, number, nothing).cast(pa.int64()).cast(pa.string()), number.cast(pa.string())
        )
    return column if pa.types.is_string(column.type) else column.cast(pa.string())
