import pandas as pd
import pyarrow as pa
import pytest

from custinsight import engine
from custinsight.clean import clean_customers
from custinsight.clean import readings as readings_module
from custinsight.clean import records as records_module
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


def people(*emails):
    ids = [str(n) for n in range(len(emails))]
    return pd.DataFrame(
        {"source_id": ids, "customer_name": "Ann Lee", "email": emails, "credit_limit": range(len(ids))}
    )


def test_only_records_that_changed_are_read(counted):
    memory = InMemory()
    clean_customers(people("a@example.com", "b@example.com", "a@example.com"), memory=memory)
    counted.clear()
    later = people("b@example.com", "c@example.com", "b@example.com").assign(credit_limit=7)
    found = clean_customers(later, memory=memory).table
    assert set(counted) & {"a@example.com", "b@example.com", "c@example.com"} == {"c@example.com"}
    assert found["email_key"].tolist() == ["b@example.com", "c@example.com", "b@example.com"]


def test_nothing_is_read_of_the_same_records(counted):
    memory = InMemory()
    clean_customers(people("a@example.com"), memory=memory)
    counted.clear()
    clean_customers(people("a@example.com"), memory=memory)
    assert counted == []


def test_records_that_are_gone_are_forgotten():
    memory = Spy()
    clean_customers(people("gone@example.com", "b@example.com"), memory=memory)
    clean_customers(people("b@example.com", "c@example.com"), memory=memory)
    kept = memory.get(memory.names[-1]).to_pyarrow()
    assert sorted(kept["email__key"].to_pylist()) == ["b@example.com", "c@example.com"]


class Spy(InMemory):
    """A memory that says under which names it was asked to keep something."""

    def __init__(self):
        super().__init__()
        self.names = []

    def put(self, name, rows):
        self.names.append(name)
        return super().put(name, rows)


def test_a_record_is_remembered_for_its_country():
    memory = InMemory()
    abroad = pd.DataFrame({"source_id": ["1"], "customer_name": ["Ann"], "phone": ["(415) 555-2671"]})
    there = [clean_customers(abroad, country, memory=memory).table["flags"][0] for country in ("CN", "US")]
    assert ["BAD_PHONE" in flags for flags in there] == [True, False]


def test_a_secret_of_another_audit_reads_anew():
    memory = InMemory()
    card = pd.DataFrame({"source_id": ["1"], "customer_name": ["王芳"], "tax_id": ["11010519491231002X"]})
    keys = {
        clean_customers(card, memory=memory, secret=secret).table["tax_key"][0] for secret in (b"a" * 32, b"b" * 32)
    }
    assert len(keys) == 2


def test_portions_make_no_difference(dirty, monkeypatch):
    whole = clean_customers(dirty)
    monkeypatch.setattr(records_module, "_PORTION", 3)
    for name in ("table", "changes", "rejects"):
        pd.testing.assert_frame_equal(getattr(clean_customers(dirty), name), getattr(whole, name))


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
    clean_customers(people("a@example.com"), memory=memory)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.stat().st_mode & 0o777 for path in files] == [0o600]


def test_what_is_kept_takes_the_place_of_what_was(tmp_path):
    con = engine.connect()
    memory = Remembered(tmp_path / "readings", "k1", con)
    first = memory.put("people", pa.table({"value": ["a"]}).to_reader())
    second = memory.put("people", first.to_pyarrow_batches())
    assert second.to_pyarrow()["value"].to_pylist() == ["a"]
    assert len(list(tmp_path.rglob("*.parquet"))) == 1


def test_readings_of_other_code_are_deleted(tmp_path):
    con = engine.connect()
    Remembered(tmp_path / "readings", "k1", con).put("email", pa.table({"value": ["a@example.com"]}).to_reader())
    assert Remembered(tmp_path / "readings", "k2", con).get("email") is None
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
