"""What people decide about an audit's records: written into its folder, under a lock, whole or not at all."""

from __future__ import annotations

import getpass
from collections.abc import Iterable, Sequence
from typing import Any

from custinsight.match import Decision, add_decisions, in_force, read_decisions, split_off
from custinsight.match.decisions import ASKED, VOLUNTEERED, Record, now


def keep_decisions(audit: Any, new: Iterable[Decision]) -> list[Decision]:
    """Add decisions to an audit's file; what is in force already is left out.

    Parameters
    ----------
    audit : custinsight.Audit
    new : iterable of Decision

    Returns
    -------
    list of Decision
        Those that were added; the audit's duplicates are found anew with them when it is opened next.

    Raises
    ------
    DataError
        The decisions contradict others; nothing is written.
    """
    with audit.workspace.locked("decisions"):
        known = read_decisions(audit.folder)
        valid = in_force(known)
        taken = {(each.pair, each.answer, each.origin) for each in known if each.origin}
        fresh = [
            each
            for each in new
            if (each.pair, each.answer, each.origin) not in taken
            and (each.pair not in valid or valid[each.pair].answer != each.answer)
        ]
        if fresh:
            add_decisions(audit.folder, fresh)
    return fresh


def decide(
    audit: Any, left: Record, right: Record, answer: str, *, who: str = "", asked: bool = False
) -> list[Decision]:
    """Write down what a person decided about two records.

    Parameters
    ----------
    audit : custinsight.Audit
    left, right : (source_system, source_id)
    answer : str
        ``same``, ``different`` or ``not_sure``.
    who : str
        The user's name on this machine when empty.
    asked : bool
        Whether a list asked for it; only such answers tell how good the model is.

    Returns
    -------
    list of Decision
        The decision, or nothing when it was in force already.
    """
    how = ASKED if asked else VOLUNTEERED
    return keep_decisions(audit, [Decision(left, right, now(), answer, who or user_name(), how)])


def unmerge(audit: Any, golden_id: str, records: Sequence[Record] | None = None, *, who: str = "") -> list[Decision]:
    """Undo a merge: records of a golden customer are split off, for ever.

    Parameters
    ----------
    audit : custinsight.Audit
    golden_id : str
    records : sequence of (source_system, source_id), optional
        Records to split off as one customer; every record becomes a customer of its own when not given.
    who : str

    Returns
    -------
    list of Decision
        What was written down; open the audit anew to see it in force. Without an audit, give
        :func:`custinsight.match.split_off` the links and its result to :func:`custinsight.deduplicate`.

    Raises
    ------
    DataError
        There is no such golden customer, or a record is none of its own.
    """
    return keep_decisions(audit, split_off(audit.read("links"), golden_id, records, who=who or user_name()))


def user_name() -> str:
    """Name of the user on this machine; empty where there is none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
