import os
import stat
from pathlib import Path

import pandas as pd
import pytest

from custinsight.engine import as_table, connect
from custinsight.errors import BusyError
from custinsight.workspace import Workspace

PEOPLE = pd.DataFrame({"customer_id": ["C1"], "email": ["a@example.com"]})
TOTALS = pd.DataFrame({"customers": [3], "spend": [1.5]})


def test_stored_table_reads_back(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    stored = space.store("base", "key", {"totals": TOTALS})
    assert space.read(connect(), stored, "totals").to_pandas().equals(TOTALS)


def test_same_rows_make_the_same_content_in_any_order(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    frame = pd.DataFrame({"a": [2, 1, 3], "b": ["x", "y", "z"]})
    first = space.store("s", "k1", {"t": as_table(frame)})
    second = space.store("s", "k2", {"t": as_table(frame.iloc[::-1])})
    assert first.content == second.content


def test_personal_columns_are_readable_by_the_owner_alone(tmp_path: Path) -> None:
    stored = Workspace(tmp_path).store("clean", "key", {"people": PEOPLE, "totals": TOTALS})
    assert stored.tables["people"]["personal"]
    assert not stored.tables["totals"]["personal"]
    assert stat.S_IMODE((stored.folder / "people.parquet").stat().st_mode) == 0o600


def test_a_stage_that_fails_while_storing_leaves_nothing(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    mixed = pd.DataFrame({"a": [1, "x"]})
    with pytest.raises(Exception, match=r"Expected|convert|object"):
        space.store("base", "key", {"good": TOTALS, "mixed": mixed})
    assert space.find("base", "key") is None
    assert list((tmp_path / "tables" / "base").iterdir()) == []


def test_second_run_on_one_folder_is_told_to_wait(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    with (
        space.locked("run"),
        pytest.raises(BusyError, match="Another run"),
        Workspace(tmp_path).locked("run", timeout=0),
    ):
        pass


def test_fingerprint_follows_the_content(tmp_path: Path) -> None:
    space, path = Workspace(tmp_path / "work"), tmp_path / "export.csv"
    path.write_text("a")
    first = space.fingerprint(path)
    path.write_text("b")
    os.utime(path, ns=(1, 1))
    assert space.fingerprint(path) != first


def test_records_read_back(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    space.remember("audit-2024Q4", {"base": "k"})
    assert space.recall("audit-2024Q4") == {"base": "k"}
    assert space.recall("audit-2024Q3") is None
