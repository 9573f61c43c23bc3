"""Closings in an audit's folder: which periods were closed when, and the lines that each was closed with."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ibis

from custinsight.errors import WorkspaceError
from custinsight.periods import Period
from custinsight.privacy import vault
from custinsight.workspace import Workspace, write_json
from custinsight.writers.atomic import replacing, sweep

_ROWS = 500_000


@dataclass(frozen=True)
class Closing:
    """What is known of a closed period.

    Parameters
    ----------
    period : str
        Its label.
    end : str
        Its last day, ISO 8601.
    after : str
        Lines dated after this day are noted here, earlier ones with the period closed before; empty for all.
    closed_on : str
        Day on which it was closed.
    transactions : str
        Hash of the transactions it was closed with: as long as they stay the same, no line can differ.
    key : str
        Fingerprint of the key behind the pseudonyms: with another one no line is known again.
    file : str
        Name of the file with the noted lines.
    sha256 : str
        Hash of that file.
    """

    period: str
    end: str
    after: str
    closed_on: str
    transactions: str
    key: str
    file: str
    sha256: str


class Closings:
    """The closed periods of an audit's folder; of periods that end on one day, one is closed.

    Parameters
    ----------
    workspace : Workspace
    key : str
        Fingerprint of the key behind the pseudonyms; closings made with another one cannot be compared and count as
        none.

    Examples
    --------
    >>> import tempfile
    >>> from custinsight.closing.lines import LINES
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     closings = Closings(Workspace(Path(folder)), key="k")
    ...     _ = closings.close(Period.parse("2024Q3"), ibis.memtable([], schema=LINES), transactions="t")
    ...     [closing.period for closing in closings.until(dt.date(2024, 12, 31))]
    ['2024Q3']
    """

    def __init__(self, workspace: Workspace, key: str) -> None:
        self.folder, self.key = workspace.root / "closed", key

    def until(self, end: dt.date) -> list[Closing]:
        """Closings of periods that end on a day or before, in their order."""
        found = [_read(path) for path in sorted(self.folder.glob("*.json"))]
        return [one for one in found if one.key == self.key and one.end <= end.isoformat()]

    def has(self, period: Period) -> bool:
        """Whether a period that ends on the same day is closed."""
        return any(closing.end == period.end.isoformat() for closing in self.until(period.end))

    def days_of(self, closing: Closing) -> tuple[str, str]:
        """Return the days that a closing answers for: after the first, up to the second, ISO 8601.

        A line belongs to the first closed period that reaches it, so that no line is told of twice.
        """
        before = [one.end for one in self.until(dt.date.fromisoformat(closing.end)) if one.end < closing.end]
        return max([closing.after, *before]), closing.end

    def read(self, closing: Closing, con: Any) -> ibis.Table:
        """Read the lines that a period was closed with.

        Raises
        ------
        WorkspaceError
            They are not what was written.
        """
        path = self.folder / closing.file
        if not path.is_file() or _sha256(path) != closing.sha256:
            raise WorkspaceError(
                "The closing of {period} is damaged. Restore the folder {folder}, or remove {file} in it.",
                period=closing.period,
                folder=self.folder.name,
                file=f"{closing.end}.json",
            )
        return vault.read_personal(con, path)

    def close(self, period: Period, lines: ibis.Table, *, transactions: str) -> Closing:
        """Close a period, or close it anew.

        Parameters
        ----------
        period : Period
        lines : ibis.Table
            Lines dated in the period or before, in the columns of :data:`custinsight.closing.lines.LINES`; those that
            an earlier closing has noted are left out.
        transactions : str
            Hash of the transactions.
        """
        sweep(self.folder)
        end, now = period.end.isoformat(), dt.datetime.now().astimezone()
        after = max([one.end for one in self.until(period.end) if one.end < end], default="")
        path = self.folder / f"{end}.{now:%Y%m%dT%H%M%S%f}.parquet"
        lines = between(lines, after, end).order_by("customer_id", "doc", "slot", "amount_net", "doc_date", "status")
        with replacing(path) as beside:
            vault.write_personal(beside, lines.to_pyarrow_batches(chunk_size=_ROWS))
        closing = Closing(
            period.label, end, after, now.date().isoformat(), transactions, self.key, path.name, _sha256(path)
        )
        # from here on the new lines count; the old ones are no longer named by any closing
        write_json(self.folder / f"{end}.json", asdict(closing))
        for old in self.folder.glob(f"{end}.*.parquet"):
            if old != path:
                old.unlink()
        return closing


def between(lines: ibis.Table, after: str, end: str) -> ibis.Table:
    """Lines dated after a day and up to another; all up to it when the first is empty."""
    lines = lines.filter(lines.doc_date <= ibis.date(end))
    return lines.filter(lines.doc_date > ibis.date(after)) if after else lines


def _read(path: Path) -> Closing:
    return Closing(**json.loads(path.read_text(encoding="utf-8")))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
