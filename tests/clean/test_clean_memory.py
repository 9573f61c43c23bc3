import pandas as pd
import pyarrow as pa
import pytest

from custinsight import engine
from custinsight.clean import clean_customers
from custinsight.clean import readings as readings_module
from custinsight.clean.memory import InMemory
from custinsight.clean.readers import READERS
from custinsight.clean.readings import read_each
from custinsight.privacy.remembered import Remembered


def contacts(*values: str) -> object:
    return engine.as_table(pa.table({"value": pa.array(values, pa.string()), "country": ["CN"] * len(values)}))


@pytest.fixture
def counted(monkeypatch):
    """Count what is really read: the reader itself stays as it is."""
    seen = []
    real = readings_module.read_batch

    def counting(batch, reader):
        seen.extend(batch.column(0).to_pylist())
        return real(batch, reader)

    monkeypatch.setattr(readings_module, "read_batch", counting)
    return seen


def test_only_new_values_are_read(counted):
    memory = InMemory()
    read_each(contacts("a@example.com", "b@example.com", "a@example.com"), "email", memory)
    counted.clear()
    found = read_each(contacts("b@example.com", "c@example.com"), "email", memory)
    assert counted == ["c@example.com"]
    assert {"b@example.com", "c@example.com"} <= set(found["key"].to_pylist())


def test_values_that_are_gone_are_forgotten():
    memory = InMemory()
    read_each(contacts("gone@example.com", "b@example.com"), "email", memory)
    read_each(contacts("b@example.com", "c@example.com"), "email", memory)
    assert sorted(memory.get("email")["value"].to_pylist()) == ["b@example.com", "c@example.com"]


def test_a_value_is_remembered_for_its_country():
    memory = InMemory()
    values = pa.table({"value": ["(415) 555-2671"] * 2, "country": ["CN", "US"]})
    read_each(engine.as_table(values.slice(0, 1)), "phone", memory)
    found = read_each(engine.as_table(values), "phone", memory)
    assert sorted(found["ok"].to_pylist()) == [False, True]


def test_a_table_of_another_form_is_read_anew():
    memory = InMemory()
    memory.put("email", pa.table({"value": ["a@example.com"], "country": ["CN"], "key": ["wrong"]}))
    assert read_each(contacts("a@example.com"), "email", memory)["key"].to_pylist() == ["a@example.com"]


def test_with_and_without_memory_the_tables_are_the_same(dirty):
    memory, fresh = InMemory(), clean_customers(dirty)
    other = dirty.assign(customer_name=dirty["customer_name"] + " 2")
    clean_customers(other, memory=memory)
    remembered = clean_customers(dirty, memory=memory)
    for name in ("table", "changes", "rejects"):
        pd.testing.assert_frame_equal(getattr(remembered, name), getattr(fresh, name))


def test_names_known_from_before_do_not_make_this_table_one_with_names(dirty):
    memory = InMemory()
    clean_customers(dirty, memory=memory)
    nameless = pd.DataFrame({"source_id": ["1", "2"], "customer_name": [None, None]})
    assert len(clean_customers(nameless, memory=memory).table) == 2


@pytest.mark.parametrize("reader", sorted(set(READERS) - {"misplaced"}))
def test_each_reader_makes_its_columns(reader):
    import inspect

    names = list(inspect.signature(READERS[reader].read).parameters)
    batch = pa.record_batch({name: ["上海"] for name in names})
    assert readings_module.read_batch(batch, reader).schema.names == [*names, *READERS[reader].made]


def test_processes_read_what_one_process_reads(monkeypatch):
    values = contacts(*(f"13{n:09d}" for n in range(2_000)))
    alone = read_each(values, "phone").sort_by("value")
    monkeypatch.setattr(readings_module, "_WORTH_PROCESSES", 1_000)
    monkeypatch.setattr(readings_module, "_ROWS", 500)
    monkeypatch.setenv("CUSTINSIGHT_THREADS", "2")
    assert read_each(values, "phone").sort_by("value").equals(alone)


def test_the_vault_keeps_readings_for_their_owner_alone(tmp_path):
    memory = Remembered(tmp_path / "readings", "k1", engine.connect())
    read_each(contacts("a@example.com"), "email", memory)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]
    assert memory.get("email")["key"].to_pylist() == ["a@example.com"]


def test_readings_of_other_code_are_deleted(tmp_path):
    con = engine.connect()
    Remembered(tmp_path / "readings", "k1", con).put("email", pa.table({"value": ["a@example.com"]}))
    assert Remembered(tmp_path / "readings", "k2", con).get("email") is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
