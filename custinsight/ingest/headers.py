"""Column names that stand in one row or in several, one above the other."""

from __future__ import annotations

from collections.abc import Sequence

from custinsight.ingest.raw import trimmed_header


def joined_header(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name per column of a header that may have several rows: ``Top Sub``.

    A name that spans columns stands over the first of them only, as merged cells are exported; it is carried to the
    right as far as nothing else stands in its row. A name with nothing below it is a column of its own and spans none.

    Parameters
    ----------
    rows : sequence of sequence of str
        The header's rows, from the top.

    Examples
    --------
    >>> joined_header([["No", "Customer", "", "Amount", ""], ["", "Code", "Name", "net", "gross"]])
    ('No', 'Customer Code', 'Customer Name', 'Amount net', 'Amount gross')
    """
    width = max(map(len, rows), default=0)
    names = [list(trimmed_header([*row, *[""] * (width - len(row))])) for row in rows]
    for upper, lower in zip(names[-2::-1], names[:0:-1], strict=True):
        carried = ""
        for n in range(width):
            if upper[n]:
                carried = upper[n] if lower[n] else ""
            elif lower[n]:
                upper[n] = carried
            else:
                carried = ""
            # what is below becomes part of the name, so that a row further up sees it
            lower[n] = " ".join(filter(None, (upper[n], lower[n])))
        upper[:] = lower
    return tuple(names[0]) if names else ()
