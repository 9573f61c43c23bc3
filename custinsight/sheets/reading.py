"""Reads a sheet of xlsx, xls, xlsb or ods in a process of its own: ``python -m custinsight.sheets.reading JOB``.

The answer goes to standard output: a line of JSON with the sheet's name, one with the header's rows, then an Arrow
stream of batches with a text column ``c<n>`` for each column of the sheet and its row numbers, then an end code 0. A
line with ``fault`` comes in the place of any other; an end without code 0 means that the stream is not whole.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import python_calamine as calamine

from custinsight.sheets.cells import cell_text, column_text, whole_numbers
from custinsight.sheets.limits import limit_process

BATCH_ROWS = 2_048
"""Rows turned into text at a time: as many as a processor's cache holds, which is twice as quick as ten times more."""
ENCRYPTED, DAMAGED, TOO_LARGE, NO_SHEET = "encrypted", "damaged", "too large", "no sheet"


def main() -> None:
    """Answer one job: ``{"path", "sheet", "head", "decimal"}``, and end the process."""
    job = json.loads(sys.argv[1])
    out = os.fdopen(os.dup(1), "wb")
    limit_process()
    gc.disable()  # rows hold no circles, and looking for some among millions of cells takes its time
    try:
        code = _answer(job, out)
    except calamine.PasswordError:
        code = _say(out, fault=ENCRYPTED)
    except MemoryError:
        code = _say(out, fault=TOO_LARGE)
    except BrokenPipeError:
        os._exit(1)
    except BaseException:  # calamine panics, which is no Exception, on some damaged files
        code = _say(out, fault=DAMAGED)
    out.flush()
    # not sys.exit, which would take its time to free a million rows
    os._exit(code)


def _answer(job: dict[str, Any], out: BinaryIO) -> int:
    with calamine.CalamineWorkbook.from_path(job["path"]) as book:
        name = choose_sheet(book, job["sheet"])
        if name is None:
            fault = NO_SHEET if book.sheet_names else DAMAGED
            return _say(out, fault=fault, there=book.sheet_names[:20])
        _say(out, sheet=name)
        sheet = book.get_sheet_by_name(name)
    rows = padded_rows(sheet)
    head = [[cell_text(cell) for cell in row] for row in itertools.islice(rows, job["head"])]
    _say(out, head=head, merged=sheet.merged_cell_ranges or [])
    _stream(rows, len(head), sheet.end[1] + 1 if sheet.end else 0, job["decimal"], out)
    return 0


def choose_sheet(book: Any, wanted: str | None) -> str | None:
    """Name of the sheet that the plan names, or of the first that is visible; None when there is none."""
    if wanted is not None:
        return wanted if wanted in book.sheet_names else None
    visible = (
        meta.name
        for meta in book.sheets_metadata
        if meta.typ == calamine.SheetTypeEnum.WorkSheet and meta.visible == calamine.SheetVisibleEnum.Visible
    )
    return next(visible, None)


def padded_rows(sheet: Any) -> Iterator[list[Any]]:
    """Yield the rows from the sheet's top left corner on; calamine leaves out the empty columns before the first."""
    left = [""] * (sheet.start[1] if sheet.start else 0)
    rows: Iterator[list[Any]] = sheet.iter_rows()
    return ([*left, *row] for row in rows) if left else rows


def _stream(rows: Iterator[list[Any]], above: int, width: int, decimal: str, out: BinaryIO) -> None:
    schema = pa.schema([(f"c{n}", pa.string()) for n in range(width)] + [("line", pa.int64())])
    line = above + 1
    with pa.ipc.new_stream(out, schema) as stream:
        while part := list(itertools.islice(rows, BATCH_ROWS)):
            columns = [column_text(cells, decimal) for cells in zip(*part, strict=True)]
            lines = whole_numbers(np.arange(line, line + len(part)))
            stream.write_batch(pa.record_batch([*columns, lines], schema=schema))
            line += len(part)


def _say(out: BinaryIO, **answer: Any) -> int:
    out.write(json.dumps(answer).encode() + b"\n")
    out.flush()
    return int("fault" in answer)


if __name__ == "__main__":
    main()
