"""Reject codes, the sentences that go with them, and the table of rejected rows."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from custinsight.ingest.raw import RawFile, Unread
from custinsight.plan import Source
from custinsight.words import Message, Words, msg

MISSING_REQUIRED = "MISSING_REQUIRED"
CODES = (
    MISSING_REQUIRED,
    "FORMULA_EMPTY",
    "CONTROL_CHARACTER",
    "LOSSY_ID",
    "AMBIGUOUS_DATE",
    "SENTINEL_DATE",
    "BAD_DATE",
    "BAD_NUMBER",
    "UNKNOWN_VALUE",
    "RAGGED_ROW",
    "UNCLOSED_QUOTE",
)
REJECTS = {
    "MISSING_REQUIRED": msg("A required value is missing"),
    "FORMULA_EMPTY": msg("A formula without a value"),
    "CONTROL_CHARACTER": msg("Control characters"),
    "LOSSY_ID": msg("A number that lost its digits"),
    "AMBIGUOUS_DATE": msg("A date that can be read in two ways"),
    "SENTINEL_DATE": msg("A stand-in for a date"),
    "BAD_DATE": msg("No date"),
    "BAD_NUMBER": msg("No number"),
    "UNKNOWN_VALUE": msg("A value that is not known"),
    "RAGGED_ROW": msg("Too many or too few values"),
    "UNCLOSED_QUOTE": msg("A quotation mark that is not closed"),
}
"""What the codes are called."""
COLUMNS = ("source", "table", "file", "sheet", "line", "code", "reason", "raw", "column", "header")
MAX_RAW = 10_000
"""Characters of a rejected row that are kept."""


def code_number(code: str) -> int:
    """Number of a code in the engine; 0 is kept for a value without fault.

    Examples
    --------
    >>> code_number("MISSING_REQUIRED"), code_of(1)
    (1, 'MISSING_REQUIRED')
    """
    return CODES.index(code) + 1


def code_of(number: int) -> str:
    """Code of a number of :func:`code_number`."""
    return CODES[number - 1]


def code_sentence(code: str) -> Message:
    """What a code is called, in the middle of a sentence or alone.

    Examples
    --------
    >>> Words("en")(code_sentence("BAD_DATE"))
    'No date'
    """
    return REJECTS.get(code, msg("Not known."))


def reason(code: str, column: str, header: str) -> Message:
    """Say why a row was rejected, or a value left out; the sentence holds no value of the row.

    Parameters
    ----------
    code : str
        One of :data:`CODES`.
    column : str
        Canonical column; empty for rows that could not be read.
    header : str
        Where the column comes from: a header of the file, an expression or a constant.

    Examples
    --------
    >>> Words("en")(reason("BAD_DATE", "doc_date", "OrderDate"))
    'doc_date must be a day in one of the declared formats; OrderDate holds something else.'
    """
    names = {"column": column, "header": header}
    sentences = {
        MISSING_REQUIRED: msg("{column} must have a value; {header} is empty.", **names),
        "FORMULA_EMPTY": msg(
            "{column} must have a value; {header} holds an error or a formula without a value.", **names
        ),
        "CONTROL_CHARACTER": msg("{column} must hold printable signs; {header} holds control characters.", **names),
        "LOSSY_ID": msg("{column} must have all its digits; {header} was cut to a rounded number.", **names),
        "AMBIGUOUS_DATE": msg(
            "{column} must be a day that can be read one way only; {header} can be read in two.", **names
        ),
        "SENTINEL_DATE": msg("{column} must be a real day; {header} holds a stand-in such as 1900-01-01.", **names),
        "BAD_DATE": msg(
            "{column} must be a day in one of the declared formats; {header} holds something else.", **names
        ),
        "BAD_NUMBER": msg("{column} must be a number; {header} holds something else.", **names),
        "UNKNOWN_VALUE": msg("{column} must be one of its known values; {header} holds another one.", **names),
        "RAGGED_ROW": msg("The row must have as many values as the header has columns; it has more or fewer."),
        "UNCLOSED_QUOTE": msg("A quoted value must be closed within 20 lines; the row opens one that is not."),
    }
    return sentences[code]


def unread_frame(raw: RawFile, source: Source, unread: Sequence[Unread]) -> pd.DataFrame:
    """One row per row that could not be read as a row; the columns are :data:`COLUMNS`."""
    rows = [(row.line, row.code, "", "", row.raw) for row in unread]
    return reject_frame(raw, source, pd.DataFrame(rows, columns=["line", "code", "column", "header", "raw"]))


def reject_frame(raw: RawFile, source: Source, rows: pd.DataFrame) -> pd.DataFrame:
    """One row per rejected row of a file, in the order of the file; the columns are :data:`COLUMNS`.

    Parameters
    ----------
    raw : RawFile
    source : plan.Source
    rows : DataFrame
        line, code, column, header, raw.
    """
    say = Words("en")
    kinds = rows[["code", "column", "header"]].drop_duplicates()
    sentences = {kind: say(reason(*kind)) for kind in kinds.itertuples(index=False, name=None)}
    keys = zip(rows["code"], rows["column"], rows["header"], strict=True)
    return pd.DataFrame(
        {
            "source": source.name,
            "table": source.table,
            "file": raw.place.file,
            "sheet": raw.sheet,
            "line": rows["line"].astype("int64"),
            "code": rows["code"].astype("str"),
            "reason": pd.Series([sentences[key] for key in keys], index=rows.index, dtype="str"),
            "raw": rows["raw"].astype("str").str.rstrip("\n").str.slice(0, MAX_RAW),
            "column": rows["column"].astype("str"),
            "header": rows["header"].astype("str"),
        },
        columns=list(COLUMNS),
    ).sort_values("line", kind="stable", ignore_index=True)


def join_frames(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put reject tables under each other; an empty one with the right columns when there are none."""
    filled = [frame for frame in frames if len(frame)]
    if filled:
        return pd.concat(filled, ignore_index=True)
    types = {name: "int64" if name == "line" else "str" for name in COLUMNS}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})
