"""Lines of a delimited text file made into records: quotes that span lines, and quotes that never close.

Most files have a record on each line, and Arrow reads them whole. This module is the slow and careful way for blocks
of lines with quotes that do not pair up.
"""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from custinsight.ingest.raw import Unread

MAX_LINES = 20
QUOTE = b'"'


@dataclass
class Records:
    """Records taken out of a block of lines.

    Parameters
    ----------
    lines : list of int
        Line that each record starts on.
    texts : list of bytes
        Text of each record, well formed.
    raws : list of bytes
        The same as it stands in the file.
    unread : list of Unread
    rest : list of tuple of int and bytes
        Lines at the end that may go on in the next block.
    """

    lines: list[int] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    raws: list[bytes] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    rest: list[tuple[int, bytes]] = field(default_factory=list)

    def add(self, line: int, text: bytes, raw: bytes) -> None:
        """Take a record."""
        self.lines.append(line)
        self.texts.append(text)
        self.raws.append(raw)


def is_regular(block: bytes, starts: np.ndarray, delimiter: str) -> bool:
    r"""Tell whether each line of a block holds an even number of quotes, so that none can span lines.

    Parameters
    ----------
    block : bytes
        Whole lines.
    starts : ndarray of int64, shape (lines,)
        Where each line starts.
    delimiter : str

    Examples
    --------
    >>> is_regular(b'1,"a"\n2,"b\n', np.array([0, 6]), ",")
    False
    """
    if QUOTE not in block:
        return True
    quotes = np.flatnonzero(np.frombuffer(block, np.uint8) == QUOTE[0])
    per_line = np.diff(np.searchsorted(quotes, np.append(starts, len(block))))
    if (per_line % 2).any():
        return False
    last = block[starts[-1] :].rstrip(b"\n")
    return QUOTE not in last or strict_fields(last, delimiter) is not None


def gather_records(lines: Iterable[tuple[int, bytes]], delimiter: str, width: int, *, final: bool) -> Records:
    r"""Make records of lines, joining those that a quoted value spans.

    A quote that is not closed within 20 lines in a way that gives a well-formed record costs its first line only:
    that line is rejected as UNCLOSED_QUOTE and reading goes on with the next.

    Parameters
    ----------
    lines : iterable of tuple of int and bytes
        Line numbers and lines, without line ends.
    delimiter : str
    width : int
        Number of columns.
    final : bool
        No lines follow; else lines that may go on are handed back as ``rest``.

    Examples
    --------
    >>> found = gather_records([(2, b'1,"a'), (3, b'b"'), (4, b'2,"c')], ",", 2, final=True)
    >>> found.texts, [(row.line, row.code) for row in found.unread]
    ([b'1,"a\nb"'], [(4, 'UNCLOSED_QUOTE')])
    """
    found, waiting = Records(), deque(lines)
    while waiting:
        line, text = waiting.popleft()
        if not text:
            continue
        if text.count(QUOTE) % 2 == 0 or _is_literal(text, delimiter):
            _take_line(found, line, text, delimiter, width)
            continue
        closing = next((n for n in range(min(len(waiting), MAX_LINES - 1)) if waiting[n][1].count(QUOTE) % 2), None)
        if closing is None and not final and len(waiting) < MAX_LINES - 1:
            found.rest = [(line, text), *waiting]
            break
        joined = b"\n".join([text, *(waiting[n][1] for n in range(closing + 1))]) if closing is not None else b""
        fields = strict_fields(joined, delimiter) if joined else None
        if fields is not None and _fills(fields, width):
            found.add(line, joined if len(fields) == width else _written(fields[:width], delimiter), joined)
            for _ in range((closing or 0) + 1):
                waiting.popleft()
        else:
            found.unread.append(Unread(line, "UNCLOSED_QUOTE", text.decode()))
    return found


def strict_fields(text: bytes, delimiter: str) -> list[str] | None:
    """Values of a well-formed record; None when its quotes are not well formed.

    Examples
    --------
    >>> strict_fields(b'a,"b, c"', ","), strict_fields(b'a,"b', ",")
    (['a', 'b, c'], None)
    """
    return _fields(text, delimiter, strict=True)


def loose_fields(text: bytes, delimiter: str) -> list[str]:
    """Values of a record, taking its quotes as they come."""
    return _fields(text, delimiter, strict=False) or []


def _fields(text: bytes, delimiter: str, *, strict: bool) -> list[str] | None:
    reader = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter, strict=strict)
    try:
        return next(reader, [])
    except csv.Error:
        return None


def _is_literal(text: bytes, delimiter: str) -> bool:
    """Tell whether an odd quote only stands inside a value, as in ``5" pipe``, and opens nothing."""
    return strict_fields(text, delimiter) is not None


def _take_line(found: Records, line: int, text: bytes, delimiter: str, width: int) -> None:
    """Take a line as a record; one whose quotes are not well formed is written anew or rejected."""
    if QUOTE not in text or strict_fields(text, delimiter) is not None:
        found.add(line, text, text)
        return
    fields = loose_fields(text, delimiter)
    if not _fills(fields, width):
        found.unread.append(Unread(line, "RAGGED_ROW", text.decode()))
        return
    found.add(line, _written(fields[:width], delimiter), text)


def _fills(fields: list[str], width: int) -> bool:
    """Whether values fill all columns, with nothing but blanks behind them."""
    return len(fields) >= width and not any(map(str.strip, fields[width:]))


def _written(fields: list[str], delimiter: str) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="").writerow(fields)
    return written.getvalue().encode()
