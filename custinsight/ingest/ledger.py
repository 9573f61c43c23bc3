"""What became of each row of a file: booked chunk by chunk, and closed when the file is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import ibis
import pandas as pd

from custinsight import engine
from custinsight.errors import DataError
from custinsight.ingest.columns import code_name
from custinsight.ingest.raw import RawFile
from custinsight.ingest.reconcile import AMOUNTS, FileBooks
from custinsight.ingest.rejects import code_of, join_frames, reason, reject_frame, unread_frame
from custinsight.ingest.staging import KEPT, OUT_OF_SCOPE, REJECTED, TOTAL, Staged
from custinsight.ingest.totals import TotalsCheck
from custinsight.plan import Source
from custinsight.tables import MONEY, TABLES
from custinsight.words import Message, Words, msg


class FileLedger:
    """Books the rows of one file.

    Parameters
    ----------
    raw : RawFile
    source : plan.Source
    kept : ibis Table
        Where kept rows go; its columns are those that the file fills.
    currency : str
        Currency of rows that have no column for it.
    """

    def __init__(self, raw: RawFile, source: Source, kept: ibis.Table, currency: str) -> None:
        self.raw, self.source, self.currency = raw, source, currency
        self.books = FileBooks(raw.place.file, raw.encoding)
        self.amounts: list[pd.DataFrame] = []
        self._rejects: list[pd.DataFrame] = []
        self._faults: Counter[tuple[str, str, str]] = Counter()
        self._lost: Counter[int] = Counter()
        spec = TABLES[source.table]
        self._totals = TotalsCheck([name for name in kept.columns if spec[name].dtype == MONEY])

    def book(self, staged: Staged, rows_in: int) -> ibis.Table:
        """Book a typed chunk and hand back the rows to keep, in the order of the file.

        Raises
        ------
        DataError
            The chunk has other rows than came in.
        """
        counts = engine.collect(self._by_state(staged), max_rows=None)
        if int(counts["n"].sum()) != rows_in:
            raise DataError(
                "The lookups of the source {source} must leave each row one row, got another number of rows.",
                source=self.source.name,
            )
        by_state = counts.groupby("ci_state")["n"].sum()
        self.books.kept += int(by_state.get(KEPT, 0))
        self.books.out_of_scope += int(by_state.get(OUT_OF_SCOPE, 0))
        self.books.total_lines += int(by_state.get(TOTAL, 0))
        self.books.rejected += int(by_state[by_state.index >= REJECTED].sum())
        self.amounts.append(_gone(counts))
        if (by_state.index >= REJECTED).any():
            self._rejects.append(self._rejected(staged))
        self._count_faults(staged)
        self._add_totals(staged, has_total_lines=bool(by_state.get(TOTAL, 0)))
        rows = staged.rows
        return rows.filter(rows["ci_state"] == KEPT).order_by("ci_line").select(staged.names)

    def close(self, problems: Sequence[Message] = ()) -> FileBooks:
        """Close the books once the file is read.

        Parameters
        ----------
        problems : sequence of Message
            Sentences about the file's lookups.

        Raises
        ------
        DataError
            A row is unaccounted for.
        """
        unread = self.raw.counts.unread
        self.books.rows_in = self.raw.counts.records
        self.books.rejected += len(unread)
        self._rejects.append(unread_frame(self.raw, self.source, unread))
        said = [fault_sentence(fault, n) for fault, n in self._faults.items()]
        for number, n in self._lost.items():
            file = Path(self.source.lookups[number].path).name
            said.append(msg("{n} row finds no row in {file}.", "{n} rows find no row in {file}.", n=n, file=file))
        self.books.problems += map(Words("en"), [*said, *self._totals.problems, *problems])
        self.books.close(self.source)
        return self.books

    def reject_table(self) -> pd.DataFrame:
        """One row per rejected row, in the order of the file."""
        return join_frames(self._rejects).sort_values("line", kind="stable", ignore_index=True)

    def _by_state(self, staged: Staged) -> ibis.Table:
        """One row per state and currency: rows, and the amount that is reconciled."""
        rows, amount = staged.rows, AMOUNTS.get(self.source.table)
        currency = rows["currency"].fill_null("") if "currency" in rows.columns else ibis.literal(self.currency)
        total = rows[amount].sum().fill_null(0) if amount in rows.columns else ibis.literal(0).cast(MONEY)
        counts = rows.group_by(ci_state=rows["ci_state"], currency=currency).agg(n=rows.count(), amount=total)
        return counts.order_by("ci_state", "currency")

    def _rejected(self, staged: Staged) -> pd.DataFrame:
        rows = staged.rows.filter(staged.rows["ci_state"] >= REJECTED).select("ci_line", "ci_state", "ci_raw")
        frame = engine.collect(rows, max_rows=None)
        faults = {state: staged.fault(int(state)) for state in frame["ci_state"].unique()}
        parts = pd.DataFrame(
            [faults[state] for state in frame["ci_state"]], columns=["code", "column", "header"], index=frame.index
        )
        return reject_frame(self.raw, self.source, parts.assign(line=frame["ci_line"], raw=frame["ci_raw"]))

    def _count_faults(self, staged: Staged) -> None:
        """Count values of kept rows that were left out or cleaned, and keys that lookups lack."""
        rows = staged.rows
        names = [name for name in rows.columns if name.startswith(("ci_code_", "ci_lost_"))]
        worst = engine.collect(rows.agg(**{name: rows[name].cast("int64").max() for name in names})).iloc[0]
        for typed in staged.typed:
            code = code_name(typed.column)
            if worst[code]:
                faulty = rows.filter((rows["ci_state"] == KEPT) & (rows[code] > 0))
                counts = faulty.group_by(code).agg(n=faulty.count()).order_by(code)
                for number, n in engine.collect(counts).itertuples(index=False):
                    self._faults[code_of(int(number)), typed.column.name, typed.header] += int(n)
        for number in range(len(self.source.lookups)):
            if worst[f"ci_lost_{number}"]:
                lost = rows.agg(n=rows[f"ci_lost_{number}"].sum())
                self._lost[number] += int(engine.collect(lost)["n"].iloc[0])

    def _add_totals(self, staged: Staged, *, has_total_lines: bool) -> None:
        """Add a chunk's sums; with total lines in it, run by run between them."""
        rows, names = staged.rows, list(self._totals.columns)
        if not names:
            return
        is_data = rows["ci_state"] != TOTAL
        if not has_total_lines:
            sums = rows.filter(is_data).agg(**{name: rows[name].sum() for name in names})
            self._totals.add(engine.collect(sums).iloc[0].to_dict())
            return
        upto = ibis.window(order_by="ci_line", preceding=None, following=0)
        runs = rows.mutate(run=(~is_data).cast("int64").sum().over(upto))
        data = runs.filter(runs["ci_state"] != TOTAL)
        sums = engine.collect(data.group_by("run").agg(**{name: data[name].sum() for name in names}), max_rows=None)
        by_run = sums.set_index("run").to_dict("index")
        lines = runs.filter(runs["ci_state"] == TOTAL).select("run", "ci_line", "ci_raw", *names).order_by("ci_line")
        self._totals.add(by_run.get(0, {}))
        for line in engine.collect(lines, max_rows=None).to_dict("records"):
            self._totals.check(int(line["ci_line"]), str(line["ci_raw"]), line)
            self._totals.add(by_run.get(line["run"], {}))


def fault_sentence(fault: tuple[str, str, str], n: int) -> Message:
    """Say how many values of a column were left out or cleaned, and why.

    Parameters
    ----------
    fault : tuple of str
        Code, canonical column and header.
    n : int
        Rows.

    Examples
    --------
    >>> Words("en")(fault_sentence(("BAD_NUMBER", "quantity", "Qty"), 3))
    'BAD_NUMBER in 3 rows: quantity must be a number; Qty holds something else.'
    """
    return msg("{code} in {n} row: {why}", "{code} in {n} rows: {why}", n=n, code=fault[0], why=reason(*fault))


def no_amounts() -> pd.DataFrame:
    """Amounts of a source without rows."""
    kinds = {"ci_state": "int64", "currency": "str", "amount": "float64"}
    return _gone(pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()}))


def _gone(counts: pd.DataFrame) -> pd.DataFrame:
    """Amounts by currency that came in, were rejected or are out of scope; total lines are no part of them."""
    counts = counts[counts["ci_state"] != TOTAL]
    state = counts["ci_state"]
    return pd.DataFrame(
        {
            "currency": counts["currency"].astype("str"),
            "amount_in": counts["amount"],
            "amount_rejected": counts["amount"].where(state >= REJECTED, 0.0),
            "amount_out_of_scope": counts["amount"].where(state == OUT_OF_SCOPE, 0.0),
        }
    )
