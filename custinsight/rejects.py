"""The rejected rows as a file for those who may see them: where each stands, what is wrong with it, and its text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from custinsight.engine import collect
from custinsight.errors import SourceError
from custinsight.ingest.rejects import REJECTS, reason
from custinsight.words import Words, msg
from custinsight.writers.columns import Col
from custinsight.writers.sheets import SheetData, Written, write_csv, write_xlsx

_COLUMNS = (
    Col("source", msg("Source")),
    Col("file", msg("File")),
    Col("sheet", msg("Sheet")),
    Col("line", msg("Line")),
    Col("code", msg("Code")),
    Col("kind", msg("Kind"), "label", REJECTS),
    Col("reason", msg("Reason")),
    Col("raw", msg("Row as it stands")),
)


def write_rejects(audit: Any, path: Path, words: Words, source: str = "") -> Written:
    """Write the rejected rows of all sources or of one, readable by the owner of the file alone.

    Parameters
    ----------
    audit : custinsight.audit.Audit
    path : Path
        ``.xlsx`` or ``.csv``; replaced when it is there.
    words : Words
        Language of headings and reasons.
    source : str
        Name of a source; all when empty.

    Returns
    -------
    Written
        No file is written when no row was rejected.

    Raises
    ------
    SourceError
        The plan has no such source, or the file's ending is neither.
    """
    known = [each.name for each in audit.plan.sources]
    if source and source not in known:
        raise SourceError("The source must be one of {known}, got {source}.", known=", ".join(known), source=source)
    if path.suffix not in (".xlsx", ".csv"):
        raise SourceError("The file of rejected rows must end in .xlsx or .csv, got {file}.", file=path.name)
    frame = _rejected_rows(audit, source, words)
    if frame.empty:
        return Written(path, 0)
    if path.suffix == ".csv":
        return write_csv(path, frame, _COLUMNS, words, private=True)
    return write_xlsx(path, {words(msg("Rejected rows")): SheetData(frame, _COLUMNS)}, words, private=True)


def _rejected_rows(audit: Any, source: str, words: Words) -> pd.DataFrame:
    """Rejected rows in the order of sources, files and lines, their reasons said in one language."""
    rows = audit.read("rejects")
    rows = rows.filter(rows.source == source) if source else rows
    frame = collect(rows, max_rows=None)
    place = {each.name: number for number, each in enumerate(audit.plan.sources)}
    frame = frame.assign(place=frame["source"].map(place)).sort_values(
        ["place", "file", "sheet", "line", "code"], kind="stable", ignore_index=True
    )
    kinds = frame[["code", "column", "header"]].drop_duplicates()
    said = {kind: words(reason(*kind)) for kind in kinds.itertuples(index=False, name=None)}
    keys = zip(frame["code"], frame["column"], frame["header"], strict=True)
    return frame.assign(kind=frame["code"], reason=[said[key] for key in keys])
