"""A column of a table that people read: its heading, and how its values are shown.

The same description serves the report's tables, the workbooks and the CSV files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from custinsight.errors import ReportError
from custinsight.words import MISSING, Message, Words

NUMBERS = frozenset(
    {
        "count",
        "decimal",
        "precise",
        "percent",
        "signed_percent",
        "points",
        "signed_count",
        "signed_decimal",
        "money",
        "signed_money",
        "exact_money",
    }
)
SHOWS = NUMBERS | {"", "label", "day", "month"}

# Control characters that XML cannot hold, and the marks that turn the direction of text or hide in it:
# a name must not be able to rearrange the line that it stands in.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


@dataclass(frozen=True)
class Col:
    """A column that is shown.

    Parameters
    ----------
    name : str
        Column of the frame.
    title : Message
        Heading.
    show : str
        A number format of :class:`~custinsight.words.Words` (``count decimal precise percent signed_percent points
        signed_count money signed_money exact_money day month``), ``"label"`` for codes that are translated through
        ``labels``, or ``""`` for text. A cell that is a :class:`~custinsight.words.Message` is always said.
    labels : mapping of object to Message
        What the codes are called; a code that is not in it is shown as it is.

    Raises
    ------
    ReportError
        ``show`` is no format.

    Examples
    --------
    >>> from custinsight.words import msg
    >>> cell_text(0.382, Col("share", msg("Share"), "percent"), Words("en"))
    '38.2%'
    """

    name: str
    title: Message
    show: str = ""
    labels: Mapping[Any, Message] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.show not in SHOWS:
            raise ReportError(
                "The column {name} must be shown as one of {formats}, got {show}.",
                name=self.name,
                formats=", ".join(sorted(SHOWS - {""})),
                show=self.show,
            )

    @property
    def is_number(self) -> bool:
        """Whether the values are numbers, which stand right-aligned."""
        return self.show in NUMBERS


def clean_text(text: str) -> str:
    r"""Take out control characters, direction marks and zero-width characters.

    Examples
    --------
    >>> clean_text("Li\u202eHua\x00")
    'LiHua'
    """
    return _HIDDEN.sub("", text)


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing: None, NaN, NaT or NA."""
    if isinstance(value, str | Message):
        return False
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def cell_text(value: Any, column: Col, words: Words) -> str:
    """Say one cell in the language of ``words``.

    Parameters
    ----------
    value : object
        Number, date, text, code or Message.
    column : Col
    words : Words

    Returns
    -------
    str
        Plain text, not escaped; an en dash where there is nothing.
    """
    if isinstance(value, Message):
        return clean_text(words(value))
    if is_missing(value):
        return MISSING
    if column.show == "label":
        label = column.labels.get(value)
        return clean_text(words(label) if label is not None else str(value))
    if column.show == "":
        return clean_text(str(value))
    return str(getattr(words, column.show)(value))


def require(frame: pd.DataFrame, columns: tuple[Col, ...]) -> None:
    """Refuse a frame that lacks a column that is to be shown.

    Raises
    ------
    ReportError
        Names the missing columns and those there are.
    """
    missing = [column.name for column in columns if column.name not in frame.columns]
    if missing:
        raise ReportError(
            "A table of the report must have the columns {missing}; it has {there}.",
            missing=", ".join(missing),
            there=", ".join(map(str, frame.columns)),
        )
