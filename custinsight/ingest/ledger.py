"""What became of each row of a file: booked once the file is read, to the last row and cent."""

from __future__ import annotations

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
from custinsight.words import Message, msg

_SUM = "decimal(38, 4)"


class FileLedger:
    """Books the rows of one file.

    Parameters
    ----------
    raw : RawFile
    source : plan.Source
    currency : str
        Currency of rows that have no column for it.
    """

    def __init__(self, raw: RawFile, source: Source, currency: str) -> None:
        self.raw, self.source, self.currency = raw, source, currency
        self.books = FileBooks(raw.place.file, raw.encoding)
        self.amounts = no_amounts()
        self.rejects = unread_frame(raw, source, [])
        self._problems: list[Message] = []

    def book(self, staged: Staged) -> ibis.Table:
        """Book a typed file and hand back the rows to keep, in the order of the file.

        Raises
        ------
        DataError
            The file has other rows than came in.
        """
        names = [name for name in staged.names if TABLES[self.source.table][name].dtype == MONEY]
        counts = engine.collect(self._sums(staged), max_rows=None)
        if int(counts["n"].sum()) != staged.n:
            raise DataError(
                "The lookups of the source {source} must leave each row one row, got another number of rows.",
                source=self.source.name,
            )
        by_state = counts.groupby("ci_state")["n"].sum()
        self.books.kept = int(by_state.get(KEPT, 0))
        self.books.out_of_scope = int(by_state.get(OUT_OF_SCOPE, 0))
        self.books.total_lines = int(by_state.get(TOTAL, 0))
        self.books.rejected = int(by_state[by_state.index >= REJECTED].sum())
        self.amounts = _gone(counts)
        if self.books.rejected:
            self.rejects = self._rejected(staged)
        self._problems += _fault_sentences(staged) + self._lost_keys(staged)
        self._problems += _wrong_totals(staged, names) if self.books.total_lines else []
        return staged.kept.select(staged.names)

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
        parts = [self.rejects, unread_frame(self.raw, self.source, unread)]
        self.rejects = join_frames(parts).sort_values("line", kind="stable", ignore_index=True)
        self.books.problems += [*self.raw.counts.problems, *self._problems, *problems]
        self.books.close(self.source)
        return self.books

    def _sums(self, staged: Staged) -> ibis.Table:
        """One row per state and currency: rows and amounts."""
        amount = AMOUNTS.get(self.source.table)
        parts = []
        for rows in (staged.kept.mutate(ci_state=ibis.literal(KEPT, "int16")), staged.others):
            currency = rows["currency"].fill_null("") if "currency" in rows.columns else ibis.literal(self.currency)
            total = rows[amount].sum().fill_null(0) if amount in rows.columns else ibis.literal(0).cast(MONEY)
            parts.append(rows.group_by("ci_state", currency=currency).agg(n=rows.count(), amount=total.cast(_SUM)))
        return parts[0].union(parts[1]).order_by("ci_state", "currency")

    def _rejected(self, staged: Staged) -> pd.DataFrame:
        rows = staged.rows.filter(staged.rows["ci_state"] >= REJECTED).select("ci_line", "ci_state").order_by("ci_line")
        frame = engine.collect(rows, max_rows=None).merge(staged.raws.to_pandas(), on="ci_line")
        faults = {state: staged.fault(int(state)) for state in frame["ci_state"].unique()}
        parts = pd.DataFrame(
            [faults[state] for state in frame["ci_state"]], columns=["code", "column", "header"], index=frame.index
        )
        return reject_frame(self.raw, self.source, parts.assign(line=frame["ci_line"], raw=frame["ci_raw"]))

    def _lost_keys(self, staged: Staged) -> list[Message]:
        """Count the rows that find nothing in a lookup."""
        said = []
        for number, lookup in enumerate(self.source.lookups):
            found = engine.collect(staged.rows.agg(n=staged.rows[f"ci_lost_{number}"].sum()))["n"].iloc[0]
            if pd.notna(found) and (n := int(found)):
                file = Path(lookup.path).name
                said.append(msg("{n} row finds no row in {file}.", "{n} rows find no row in {file}.", n=n, file=file))
        return said


def _fault_sentences(staged: Staged) -> list[Message]:
    """Count values of kept rows that were left out or cleaned."""
    said = []
    rows = staged.rows.filter(staged.rows["ci_state"] == KEPT)
    worst = engine.collect(
        rows.agg(**{code_name(one.column): rows[code_name(one.column)].max() for one in staged.typed})
    )
    for typed in staged.typed:
        code = code_name(typed.column)
        if worst[code].iloc[0] > 0:
            counts = rows.filter(rows[code] > 0).group_by(code).agg(n=ibis._.count()).order_by(code)
            for number, n in engine.collect(counts).itertuples(index=False):
                said.append(fault_sentence((code_of(int(number)), typed.column.name, typed.header), int(n)))
    return said


def _wrong_totals(staged: Staged, names: Sequence[str]) -> list[Message]:
    """Compare the total lines with the rows above them."""
    totals = TotalsCheck(names)
    runs = _runs(staged, names)
    data, lines = runs.filter(runs["ci_state"] != TOTAL), runs.filter(runs["ci_state"] == TOTAL)
    sums = engine.collect(data.group_by("run").agg(**{name: data[name].sum() for name in names}), max_rows=None)
    by_run = sums.set_index("run").to_dict("index")
    totals.add(by_run.get(0, {}))
    shown = engine.collect(lines.select("run", "ci_line", *names).order_by("ci_line"), max_rows=None)
    for line in shown.merge(staged.raws.to_pandas(), on="ci_line").to_dict("records"):
        totals.check(int(line["ci_line"]), str(line["ci_raw"]), line)
        totals.add(by_run.get(line["run"], {}))
    return totals.problems


def _runs(staged: Staged, names: Sequence[str]) -> ibis.Table:
    """Number the runs of rows between total lines."""
    kept = staged.kept.mutate(ci_state=ibis.literal(KEPT, "int16")).select("ci_line", "ci_state", *names)
    rows = kept.union(staged.others.select("ci_line", "ci_state", *names))
    upto = ibis.window(order_by="ci_line", preceding=None, following=0)
    return rows.mutate(run=(rows["ci_state"] == TOTAL).cast("int64").sum().over(upto))


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
    >>> from custinsight.words import Words
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
