"""The file of decisions: a line of JSON for each, sorted, so that copies of it can be put together by any tool.

Two people may each have a copy: the lines of both together are a valid file, in whatever order and however often. Tools
that synchronise folders keep a copy beside when both sides wrote; every ``decisions*.jsonl`` is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from custinsight.errors import DataError
from custinsight.match.decisions import Decision, require_consistent
from custinsight.writers.atomic import write_bytes

FILE = "decisions.jsonl"


def read_decisions(folder: Path) -> list[Decision]:
    """Read all decisions of an audit's folder; none where there is no file.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Decision
        Sorted, each once.

    Raises
    ------
    DataError
        A line is no decision, or a file cannot be read.

    Examples
    --------
    >>> read_decisions(Path("/nowhere"))
    []
    """
    found: set[Decision] = set()
    for path in sorted(folder.glob("decisions*.jsonl")):
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError):
            raise DataError("{file} cannot be read as UTF-8 text. Restore it from a copy.", file=path.name) from None
        found.update(_read_line(line, path.name, n) for n, line in enumerate(lines, start=1) if line.strip())
    return sorted(found)


def add_decisions(folder: Path, new: Iterable[Decision]) -> list[Decision]:
    """Add decisions to the file of an audit's folder, all or none; the caller holds a lock.

    Returns
    -------
    list of Decision
        All there are now.

    Raises
    ------
    DataError
        The file cannot be read, or the new decisions contradict others; the file is as it was then.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     one = Decision(("ERP", "1"), ("ERP", "2"), "2024-05-01T10:00:00Z", "same", "li")
    ...     added = add_decisions(Path(name), [one])
    ...     print((Path(name) / "decisions.jsonl").read_text(), read_decisions(Path(name)) == [one], sep="")
    {"left": ["ERP", "1"], "right": ["ERP", "2"], "answer": "same", "who": "li", "at": "2024-05-01T10:00:00Z", \
"how": "volunteered"}
    True
    """
    known = read_decisions(folder)
    both = sorted({*known, *new})
    require_consistent(both)
    if both != known:
        # numbers of customers are personal where a shop numbers people by their phones
        text = "".join(_write_line(decision) for decision in both)
        write_bytes(folder / FILE, text.encode("utf-8"), private=True)
    return both


def _write_line(decision: Decision) -> str:
    content: dict[str, object] = {
        "left": decision.left,
        "right": decision.right,
        "answer": decision.answer,
        "who": decision.who,
        "at": decision.at,
        "how": decision.how,
    }
    if decision.origin:
        content["origin"] = decision.origin
    return json.dumps(content, ensure_ascii=False) + "\n"


def _read_line(line: str, file: str, number: int) -> Decision:
    try:
        content = json.loads(line)
        left, right = ((str(system), str(each)) for system, each in (content["left"], content["right"]))
        rest = {key: content[key] for key in ("at", "answer", "who", "how", "origin") if key in content}
        if not all(isinstance(value, str) for value in rest.values()):
            raise TypeError
        return Decision(left, right, **rest)
    except (ValueError, KeyError, TypeError, DataError):
        raise DataError(
            "{file}: line {line} must be a decision as custinsight writes it, got something else. "
            "Mend or delete the line.",
            file=file,
            line=number,
        ) from None
