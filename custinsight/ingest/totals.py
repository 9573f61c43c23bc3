"""Lines of an export that hold totals: told from data, and checked against the sum of the rows above them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from custinsight.words import Message, msg

_WORDS = (
    r"(?:本页|本月|本期|本年|总)?(?:合\s*计|总\s*计|小\s*计|累\s*计|共\s*计|合\s*計|總\s*計|小\s*計)(?:金额)?|总\s*额"
    r"|(?:grand\s+|sub-?\s?)?totals?|sum"
)
PATTERN = rf'(?i)^[\s",;|]*(?:{_WORDS})\s*[:：]?["\s]*(?:[,;|\t\n]|$)'
"""Fits the text of a row whose first value is a word for a total."""
_PART = re.compile(r'(?i)^[\s",;|]*(?:小\s*计|小\s*計|本页|sub)')


@dataclass
class TotalsCheck:
    """Sums of a file's rows as they are read, and what its total lines say.

    Parameters
    ----------
    columns : sequence of str
        Money columns that are summed.

    Examples
    --------
    >>> from custinsight.words import Words
    >>> totals = TotalsCheck(["amount_net"])
    >>> totals.add({"amount_net": 100.0})
    >>> totals.check(9, "合计,,100.50", {"amount_net": 100.5})
    >>> [Words("en")(problem) for problem in totals.problems]
    ['Line 9: the total of amount_net says 100.50, the rows sum to 100.00.']
    """

    columns: Sequence[str]
    whole: dict[str, float] = field(default_factory=dict)
    part: dict[str, float] = field(default_factory=dict)
    problems: list[Message] = field(default_factory=list)

    def add(self, sums: Mapping[Any, Any]) -> None:
        """Add the sums of a run of rows, by column; a column without a sum has none."""
        for name in self.columns:
            amount = float(sums[name]) if pd.notna(sums.get(name)) else 0.0
            self.whole[name] = self.whole.get(name, 0.0) + amount
            self.part[name] = self.part.get(name, 0.0) + amount

    def check(self, line: int, raw: str, said: Mapping[Any, Any]) -> None:
        """Compare a total line with the rows above it: a subtotal with those since the last one, a total with all.

        Parameters
        ----------
        line : int
        raw : str
            Text of the line.
        said : mapping of str to float
            Its amounts by column, NaN where it has none.
        """
        sums = self.part if _PART.search(raw) else self.whole
        for name in self.columns:
            summed = sums.get(name, 0.0)
            if pd.notna(said[name]) and abs(float(said[name]) - summed) >= 0.005 + 1e-12 * abs(summed):
                self.problems.append(
                    msg(
                        "Line {line}: the total of {column} says {said:decimal}, the rows sum to {summed:decimal}.",
                        line=str(line),
                        column=name,
                        said=float(said[name]),
                        summed=summed,
                    )
                )
        self.part = {}
