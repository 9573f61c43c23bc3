"""A thousand dirty files: no row and no cent is lost, and each value is what was meant."""

import itertools
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from generated_exports import COLUMNS, KEEP, Expected, Export, dirty_files
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from custinsight import engine
from custinsight.ingest import Ingested, load_sources
from custinsight.plan import Source

FILES, ROUNDS = 50, 21
"""Files of a folder, which is loaded at once, and folders; the first is always a plain one."""
VALUES = ("doc_id", "doc_date", "customer_id", "amount_net", "currency", "channel")
ALL = ("in", "kept", "rejected", "out_of_scope")


@pytest.mark.slow
def test_a_thousand_dirty_files_reconcile(tmp_path_factory):
    seen: list[int] = []

    @settings(
        max_examples=ROUNDS,
        deadline=None,
        derandomize=True,
        database=None,
        # a smaller folder would be found by loading hundreds of them; the file that differs is named instead
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(dirty_files(), min_size=FILES, max_size=FILES))
    def folder_reconciles(files: list[Export]) -> None:
        folder = tmp_path_factory.mktemp("dirty")
        exports = {f"{number:03d}.csv": one for number, one in enumerate(files)}
        for name, one in exports.items():
            (folder / name).write_bytes(one.content)
        require_books(load(folder), exports)
        seen.append(len(files))

    folder_reconciles()
    assert sum(seen[1:]) >= 1_000


def load(folder: Path) -> Ingested:
    con = engine.connect()
    source = Source(name="log", table="transactions", path=".", columns=COLUMNS, keep=KEEP)
    return load_sources([source], folder, con)


def require_books(ingested: Ingested, exports: dict[str, Export]) -> None:
    """Compare rows, rejects, values and cents with what was written; the first file that differs is shown."""
    rows = ingested.tables["transactions"].select(*VALUES).to_pyarrow().to_pylist()
    kept = iter([tuple(row.values()) for row in rows])
    for row in ingested.load_report.to_dict("records"):
        one = exports[row["file"]]
        books, shown = one.expected, repr(one.content)
        assert row["rows_in"] == books.rows_in, shown
        assert (row["rows_total_lines"], row["rows_out_of_scope"]) == (books.total_lines, books.out_of_scope), shown
        assert row["problems"].count("the total of amount_net says") == books.wrong_totals, shown
        assert ("repeat" in row["problems"]) == bool(books.repeated_headers), shown
        rejects = ingested.rejects[ingested.rejects["file"] == row["file"]]
        assert list(zip(rejects["line"], rejects["code"], strict=True)) == books.rejects, shown
        assert list(itertools.islice(kept, row["rows_kept"])) == books.kept, shown
    assert cents_of(ingested) == cents_written(one.expected for one in exports.values())


def cents_of(ingested: Ingested) -> dict[tuple[str, str], int]:
    """Cents by destination and currency; those of no currency are under an empty one."""
    return {
        (where, row["currency"]): cents
        for row in ingested.load_amounts.to_dict("records")
        for where in ALL
        if (cents := round(row[f"amount_{where}"] * 100))
    }


def cents_written(books: Iterable[Expected]) -> dict[tuple[str, str], int]:
    total: Counter[tuple[str, str]] = Counter()
    for one in books:
        total.update(one.cents)
    return {key: cents for key, cents in total.items() if cents}
