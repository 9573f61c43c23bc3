"""The books of a load: rows and amounts that came in, and where each of them went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import ibis
import pandas as pd

from custinsight import engine
from custinsight.errors import DataError
from custinsight.messages import message_json
from custinsight.plan import Source
from custinsight.words import Message, Words

AMOUNTS = {
    "transactions": "amount_net",
    "receivables": "amount",
    "interactions": "amount",
    "targets": "revenue_target",
}
"""Column whose sums are reconciled, by table; the others have none."""
REPORT_COLUMNS = {
    "source": "str",
    "table": "str",
    "file": "str",
    "encoding": "str",
    "rows_in": "int64",
    "rows_kept": "int64",
    "rows_rejected": "int64",
    "rows_total_lines": "int64",
    "rows_out_of_scope": "int64",
    "problems": "str",
}
AMOUNT_COLUMNS = {
    "source": "str",
    "currency": "str",
    "amount_in": "float64",
    "amount_kept": "float64",
    "amount_rejected": "float64",
    "amount_out_of_scope": "float64",
    "difference": "float64",
}
PROBLEM_COLUMNS = {"source": "str", "table": "str", "file": "str", "problem": "str"}


@dataclass
class FileBooks:
    """Rows of one file.

    Parameters
    ----------
    file, encoding : str
    rows_in : int
        Rows that the reader met.
    kept, rejected, total_lines, out_of_scope : int
    problems : list of Message
        Sentences for whoever keeps the data.
    """

    file: str
    encoding: str
    rows_in: int = 0
    kept: int = 0
    rejected: int = 0
    total_lines: int = 0
    out_of_scope: int = 0
    problems: list[Message] = field(default_factory=list)

    def close(self, source: Source) -> None:
        """Check that each row went somewhere.

        Raises
        ------
        DataError
            Rows in differ from rows kept, rejected, out of scope and total lines together.
        """
        went = self.kept + self.rejected + self.total_lines + self.out_of_scope
        if went != self.rows_in:
            raise DataError(
                "The rows of {file} (source {source}) must all be accounted for: {rows_in} came in, {went} went on. "
                "Please report this with the file's first lines.",
                file=self.file,
                source=source.name,
                rows_in=self.rows_in,
                went=went,
            )

    def report_row(self, source: Source) -> dict[str, object]:
        """Row of the load report."""
        return {
            "source": source.name,
            "table": source.table,
            "file": self.file,
            "encoding": self.encoding,
            "rows_in": self.rows_in,
            "rows_kept": self.kept,
            "rows_rejected": self.rejected,
            "rows_total_lines": self.total_lines,
            "rows_out_of_scope": self.out_of_scope,
            "problems": " ".join(map(Words("en"), self.problems)),
        }


def require_stored(source: Source, books: Sequence[FileBooks], kept: ibis.Table) -> None:
    """Check that the rows booked as kept are the rows that were stored.

    Raises
    ------
    DataError
        They are not.
    """
    stored, booked = int(engine.collect(kept.agg(n=kept.count()))["n"].iloc[0]), sum(book.kept for book in books)
    if stored != booked:
        raise DataError(
            "The rows kept of the source {source} must all be stored: {booked} were kept, {stored} are stored.",
            source=source.name,
            booked=booked,
            stored=stored,
        )


def load_report(source: Source, books: Sequence[FileBooks]) -> pd.DataFrame:
    """One row per file of a source; the columns are :data:`REPORT_COLUMNS`."""
    rows = [book.report_row(source) for book in books]
    return pd.DataFrame(rows, columns=list(REPORT_COLUMNS)).astype(REPORT_COLUMNS)


def problem_frame(source: Source, books: Sequence[FileBooks]) -> pd.DataFrame:
    """One row per problem of a source's files, its sentence kept for any language, see :mod:`custinsight.messages`."""
    rows = [
        (source.name, source.table, book.file, message_json(problem)) for book in books for problem in book.problems
    ]
    return pd.DataFrame(rows, columns=list(PROBLEM_COLUMNS)).astype(PROBLEM_COLUMNS)


def amount_frame(source: Source, gone: pd.DataFrame, kept: pd.DataFrame) -> pd.DataFrame:
    """One row per currency of a source; the columns are :data:`AMOUNT_COLUMNS`, amounts rounded to the cent.

    Parameters
    ----------
    source : plan.Source
    gone : DataFrame
        currency, amount_in, amount_rejected, amount_out_of_scope: summed as the rows were read.
    kept : DataFrame
        currency, amount_kept: summed over the table that was stored.

    Raises
    ------
    DataError
        The amounts of a currency do not add up to the cent.
    """
    frame = gone.groupby("currency", as_index=False).sum().merge(kept, on="currency", how="outer").fillna(0.0)
    went = frame["amount_kept"] + frame["amount_rejected"] + frame["amount_out_of_scope"]
    frame["difference"] = (frame["amount_in"] - went).round(2) + 0.0
    frame.insert(0, "source", source.name)
    off = frame.loc[frame["difference"] != 0, "currency"]
    if len(off):
        raise DataError(
            "The amounts of the source {source} must reconcile to the cent, got a difference in {currency}. "
            "Please report this with the file's first lines.",
            source=source.name,
            currency=", ".join(off),
        )
    amounts = [name for name, kind in AMOUNT_COLUMNS.items() if kind == "float64"]
    frame[amounts] = frame[amounts].round(2)
    return frame[list(AMOUNT_COLUMNS)].astype(AMOUNT_COLUMNS).sort_values("currency", ignore_index=True)
