"""The findings engine: candidates from every section, ranked by the money behind them, and the decisions they ask for.

A candidate says how much money it is about and how sure it is; the product ranks. One candidate per topic is kept, so
that the three findings are about three things.
"""

from __future__ import annotations

from typing import Any

from custinsight.report.parts import Finding
from custinsight.report.sections.candidates import CANDIDATES, Candidate
from custinsight.report.sections.decisions import rank_lists

MOST = 3


def find(audit: Any, most: int = MOST) -> tuple[Finding, ...]:
    """Return the findings with the most money behind them.

    Parameters
    ----------
    audit : Audit
        Or anything with ``table``, ``has``, ``plan`` and ``period``.
    most : int
        At most so many.

    Returns
    -------
    tuple of Finding
        Best first; empty when nothing stands out.
    """
    return tuple(candidate.finding for candidate in rank(candidates(audit))[:most])


def decide(audit: Any, most: int = MOST) -> tuple[Finding, ...]:
    """Return the decisions with the most money at stake: action, owner, due date and amount of a worklist each."""
    return rank_lists(audit, most)


def findings(audit: Any) -> dict[str, tuple[Finding, ...]]:
    """Return the one-page summary's ``findings`` and ``decisions``."""
    return {"findings": find(audit), "decisions": decide(audit)}


def candidates(audit: Any) -> list[Candidate]:
    """Return everything that could be said, unranked."""
    made = (make(audit) for make in CANDIDATES)
    return [candidate for candidate in made if candidate is not None]


def rank(made: list[Candidate]) -> list[Candidate]:
    """Sort by money times certainty, best first, and keep one candidate per topic; ties keep their order.

    Examples
    --------
    >>> from custinsight.words import msg
    >>> sure, unsure, small = (Candidate(topic, money, certainty, Finding(msg("x"))) for topic, money, certainty in
    ...                        [("a", 80, 1.0), ("a", 100, 0.5), ("b", 60, 1.0)])
    >>> [(each.topic, each.money) for each in rank([unsure, small, sure])]
    [('a', 80), ('b', 60)]
    """
    best: dict[str, Candidate] = {}
    for candidate in sorted(made, key=lambda each: -each.weight):
        best.setdefault(candidate.topic, candidate)
    return list(best.values())
