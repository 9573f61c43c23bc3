from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.engine import as_table
from custinsight.errors import WorkspaceError
from custinsight.privacy import pseudonym, pseudonym_key, pseudonymise

KEY, OTHER = b"k" * 32, b"o" * 32


@given(st.text(max_size=8), st.text(max_size=8), st.text(max_size=8), st.text(max_size=8))
def test_different_numbers_or_systems_have_different_pseudonyms(a: str, b: str, c: str, d: str) -> None:
    same = (a, b) == (c, d)
    if "\x1f" not in a + b + c + d:
        assert (pseudonym(a, b, KEY) == pseudonym(c, d, KEY)) is same


def test_another_key_gives_another_pseudonym() -> None:
    assert pseudonym("ERP", "1", KEY) != pseudonym("ERP", "1", OTHER)


def test_each_distinct_number_gets_one_row() -> None:
    given_rows = pa.table({"source_system": ["ERP", "CRM", "ERP"], "source_id": ["1", "1", "1"]})
    made = pseudonymise(as_table(given_rows), KEY)
    assert made.num_rows == 2
    assert len(set(made["customer_id"].to_pylist())) == 2


def test_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    first = pseudonym_key(tmp_path / "keys")
    assert pseudonym_key(tmp_path / "keys") == first
    assert (tmp_path / "keys" / "pseudonym.key").stat().st_mode & 0o777 == 0o600


def test_key_from_the_environment_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTINSIGHT_KEY", KEY.hex())
    assert pseudonym_key(tmp_path) == KEY
    assert list(tmp_path.iterdir()) == []


def test_damaged_key_is_refused_without_showing_it(tmp_path: Path) -> None:
    (tmp_path / "pseudonym.key").write_text("secretsecret")
    with pytest.raises(WorkspaceError) as caught:
        pseudonym_key(tmp_path)
    assert "secretsecret" not in str(caught.value)
