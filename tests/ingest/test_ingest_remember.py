"""Files that were loaded before are not read again, and nothing can be seen of it in the tables."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingest_exports import HEADER, MAPPING

from custinsight import engine
from custinsight.errors import SourceError
from custinsight.ingest import Ingested, count_known, load_sources
from custinsight.ingest import source_load as load_module
from custinsight.known_files import KEPT_LOADS, KnownFiles
from custinsight.plan import Source
from custinsight.workspace import Workspace

DIRTY = f"{HEADER}\n1,2024-01-05,007,10.10\n2,soon,008,5\n3,2024-01-06,,7\n4,2024-01-07,009,x\n合计,,,10.10\n"


class Folder:
    """A folder of exports that is loaded again and again with one store."""

    def __init__(self, root: Path, con: Any, **changes: Any) -> None:
        self.root, self.con = root, con
        (root / "data").mkdir()
        self.source = Source.model_validate({**MAPPING, "path": "data", **changes})

    @property
    def store(self) -> KnownFiles:
        return KnownFiles(Workspace(self.root / "work"), "v1")

    def write(self, name: str, text: str) -> None:
        (self.root / "data" / name).write_text(text, encoding="utf-8")

    def load(self, store: KnownFiles | None = None) -> Ingested:
        store = store or self.store
        ingested = load_sources([self.source], self.root, self.con, store=store)
        store.sweep()
        return ingested

    def load_anew(self) -> Ingested:
        return load_sources([self.source], self.root, self.con)


@pytest.fixture
def folder(tmp_path: Path, con: Any) -> Folder:
    made = Folder(tmp_path, con)
    made.write("a.csv", DIRTY)
    made.write("b.csv", f"{HEADER}\n9,2024-02-01,007,1.25\n8,2024-02-02,007,2.50\n")
    return made


def require_same(one: Ingested, other: Ingested) -> None:
    """All that a load gives, rows in their order and types included."""
    assert one.tables.keys() == other.tables.keys()
    for name, table in one.tables.items():
        assert table.to_pyarrow().equals(other.tables[name].to_pyarrow())
    for name in ("rejects", "load_report", "load_amounts"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_a_second_load_reads_nothing_and_gives_the_same(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    first = folder.load()
    monkeypatch.setattr(load_module, "open_file", None)
    second = folder.load()
    assert (first.known_files, second.known_files) == (0, 2)
    require_same(first, second)


def test_without_a_store_each_file_is_read(folder: Folder) -> None:
    folder.load()
    assert folder.load_anew().known_files == 0


def test_only_a_new_or_changed_file_is_read(folder: Folder) -> None:
    folder.load()
    folder.write("b.csv", f"{HEADER}\n9,2024-02-01,007,99.99\n")
    folder.write("c.csv", f"{HEADER}\n10,2024-03-01,007,3\n")
    again = folder.load()
    assert again.known_files == 1
    require_same(again, folder.load_anew())


def test_a_renamed_file_is_known_and_the_books_show_its_new_name(folder: Folder) -> None:
    folder.load()
    (folder.root / "data" / "a.csv").rename(folder.root / "data" / "z.csv")
    again = folder.load()
    assert again.known_files == 2
    assert again.load_report["file"].tolist() == ["b.csv", "z.csv"]
    assert set(again.rejects["file"]) == {"z.csv"}
    require_same(again, folder.load_anew())


def test_a_copy_of_a_file_is_loaded_twice_as_before(folder: Folder) -> None:
    folder.load()
    folder.write("copy.csv", DIRTY)
    again = folder.load()
    assert again.known_files == 3
    require_same(again, folder.load_anew())


@pytest.mark.parametrize(
    "changes",
    [{"constants": {"currency": "USD"}}, {"keep": {"Customer": ["007"]}}, {"name": "other"}, {"decimal": ","}],
)
def test_another_plan_for_the_source_knows_none_of_its_files(folder: Folder, changes: dict[str, Any]) -> None:
    folder.load()
    folder.source = folder.source.model_copy(
        update={name: Source.model_validate({**MAPPING, **changes}).__dict__[name] for name in changes}
    )
    again = folder.load()
    assert again.known_files == 0
    require_same(again, folder.load_anew())


def test_other_code_knows_no_file(folder: Folder) -> None:
    folder.load()
    other = KnownFiles(Workspace(folder.root / "work"), "v2")
    assert folder.load(other).known_files == 0


def test_a_changed_lookup_is_joined_anew(tmp_path: Path, con: Any) -> None:
    columns = {"doc_id": "No", "doc_date": "Date", "customer_id": "Who", "amount_net": "Amount"}
    folder = Folder(tmp_path, con, columns=columns, lookups=[{"path": "orders.csv", "on": {"No": "Number"}}])
    folder.write("items.csv", "No,Who,Amount\n1,A,10\n2,B,20\n")
    (tmp_path / "orders.csv").write_text("Number,Date\n1,2024-01-05\n2,2024-01-06\n")
    folder.load()
    (tmp_path / "orders.csv").write_text("Number,Date\n1,2024-01-05\n3,2024-01-06\n")
    again = folder.load()
    assert again.known_files == 0
    require_same(again, folder.load_anew())


def test_rows_that_a_database_has_only_in_its_log_are_seen(tmp_path: Path, con: Any) -> None:
    """SQLite writes new rows beside its file first; the file's own bytes stay what they were."""
    folder = Folder(tmp_path, con, query="SELECT * FROM lines")
    folder.source = folder.source.model_copy(update={"path": "data/erp.db"})
    path = tmp_path / "data" / "erp.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as erp:
        erp.execute("PRAGMA journal_mode=WAL")
        erp.execute("PRAGMA wal_autocheckpoint=0")
        erp.execute("CREATE TABLE lines (No TEXT, Date TEXT, Customer TEXT, Amount TEXT)")
        erp.execute("INSERT INTO lines VALUES ('1', '2024-01-05', '007', '1.00')")
        assert (folder.load().known_files, folder.load().known_files) == (0, 1)
        erp.execute("INSERT INTO lines VALUES ('2', '2024-01-06', '007', '2.00')")
        again = folder.load()
        assert again.known_files == 0
        assert again.load_report["rows_kept"].tolist() == [2]


def test_what_is_stored_is_readable_by_the_owner_alone(folder: Folder) -> None:
    folder.load()
    stored = list((folder.root / "work" / "files").rglob("*.parquet"))
    assert stored
    assert {path.stat().st_mode & 0o777 for path in stored} == {0o600}


@pytest.mark.parametrize("spoil", [lambda content: content[:-40], lambda content: content[:60] + b"?" + content[61:]])
@pytest.mark.parametrize("name", ["rows", "rejects", "books"])
def test_a_damaged_entry_is_read_anew(folder: Folder, name: str, spoil: Any) -> None:
    first = folder.load()
    for path in (folder.root / "work" / "files").rglob(f"{name}.parquet"):
        path.write_bytes(spoil(path.read_bytes()))
    again = folder.load()
    assert again.known_files == 0
    require_same(first, again)
    assert folder.load().known_files == 2


def test_an_entry_goes_when_the_last_loads_did_not_use_it(folder: Folder) -> None:
    folder.load()
    old = (folder.root / "data" / "b.csv").read_text()
    entries = folder.root / "work" / "files"
    folder.write("b.csv", f"{HEADER}\n1,2024-02-01,7,1\n")
    for _ in range(KEPT_LOADS - 1):
        folder.load()
        assert len(list(entries.iterdir())) == 3
    folder.load()
    assert len(list(entries.iterdir())) == 2
    folder.write("b.csv", old)
    assert folder.load().known_files == 1


def test_a_file_that_changes_while_it_is_read_is_refused(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = load_module.open_file

    def open_and_change(place: Any, layout: Any) -> Any:
        raw = opened(place, layout)
        place.path.write_text(f"{HEADER}\n1,2024-01-05,007,1\n")
        return raw

    monkeypatch.setattr(load_module, "open_file", open_and_change)
    with pytest.raises(SourceError, match=r"a\.csv must not change while it is read"):
        folder.load()
    monkeypatch.undo()
    require_same(folder.load(), folder.load_anew())


def test_large_files_stay_in_their_order(tmp_path: Path, con: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custinsight.ingest.kept.LARGE", 3)
    folder = Folder(tmp_path, con)
    for name, first in (("a", 50), ("b", 10), ("c", 30)):
        rows = (f"{first + n},2024-01-05,7,{n}" for n in range(5))
        folder.write(f"{name}.csv", "\n".join([HEADER, *rows, ""]))
    folder.load()
    folder.write("b.csv", f"{HEADER}\n1,2024-01-05,7,1\n")
    require_same(folder.load(), folder.load_anew())


def test_files_known_are_counted_without_being_read(folder: Folder) -> None:
    assert count_known([folder.source], folder.root, folder.store) == (2, 0)
    folder.load()
    folder.write("c.csv", DIRTY + "\n")
    assert count_known([folder.source], folder.root, folder.store) == (3, 2)


TEXTS = st.lists(
    st.tuples(st.sampled_from(["1", "2", ""]), st.sampled_from(["2024-01-05", "soon", "2024-02-30"]),
              st.sampled_from(["007", ""]), st.sampled_from(["1.10", "-2.25", "x", ""])),
    max_size=4,
)  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from("abc"), TEXTS),
        st.tuples(st.just("remove"), st.sampled_from("abc"), st.just([])),
        st.tuples(st.just("rename"), st.sampled_from("abc"), st.just([])),
    ),
    min_size=1,
    max_size=4,
)


def _states(folder: Folder, steps: list[Any]) -> Iterator[None]:
    """Change the folder step by step."""
    data = folder.root / "data"
    for kind, name, rows in steps:
        path = data / f"{name}.csv"
        if kind == "write":
            folder.write(path.name, "\n".join([HEADER, *map(",".join, rows), ""]))
        elif kind == "remove":
            path.unlink(missing_ok=True)
        elif path.exists():
            path.rename(data / f"{name}{name}.csv")
        yield


@settings(max_examples=10, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_to_the_files_a_load_equals_one_that_reads_all(steps: list[Any]) -> None:
    con = engine.connect()
    with tempfile.TemporaryDirectory() as root:
        folder = Folder(Path(root), con)
        folder.write("first.csv", DIRTY)
        folder.load()
        for _ in _states(folder, steps):
            require_same(folder.load(), folder.load_anew())
        assert folder.load().known_files == len(list((folder.root / "data").iterdir()))
    con.disconnect()


KILLED = """
import os, signal, sys
from pathlib import Path
from custinsight import engine
from custinsight.ingest import load_sources
from custinsight.known_files import KnownFiles
from custinsight.plan import Source
from custinsight.privacy import vault
from custinsight.workspace import Workspace

root, last = Path(sys.argv[1]), int(sys.argv[2])
write, written = vault.write_parquet, []

def write_and_die(file, batches, **how):
    if len(written) == last:
        file.write(b"PAR1 half a file")
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    written.append(file)
    write(file, batches, **how)

vault.write_parquet = write_and_die
source = Source.model_validate_json(sys.argv[3])
load_sources([source], root, engine.connect(), store=KnownFiles(Workspace(root / "work"), "v1"))
"""


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
@pytest.mark.parametrize(("last", "known"), [(0, 0), (2, 0), (5, 1)])
def test_a_load_that_is_killed_leaves_a_store_that_works(folder: Folder, last: int, known: int) -> None:
    arguments = [str(folder.root), str(last), folder.source.model_dump_json()]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, capture_output=True)
    assert killed.returncode == -9, killed.stderr.decode()
    again = folder.load()
    assert again.known_files == known
    require_same(again, folder.load_anew())
    left = [path.name for path in (folder.root / "work" / "files").iterdir()]
    assert len(left) == 2
    assert not any(name.startswith(".new-") for name in left)


def test_kept_rows_of_a_known_file_stay_in_their_file(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large known file is read by the engine when its rows are needed, not before."""
    monkeypatch.setattr("custinsight.ingest.kept.LARGE", 1)
    folder.load()
    table = folder.load().tables["transactions"]
    for path in (folder.root / "work" / "files").rglob("rows.parquet"):
        rows = pq.read_table(path)
        pq.write_table(rows.slice(0, 0), path)
    assert table.count().execute() == 0
    assert isinstance(table, ibis.Table)
