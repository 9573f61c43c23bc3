"""What holds for every reader, whatever stands in a cell."""

import inspect

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.clean import clean_customers
from custinsight.clean.customers import CLEANED_COLUMNS
from custinsight.clean.readers import READERS

READ = {name: reader for name, reader in READERS.items() if name != "misplaced"}
PIECES = [
    "华東（上海）有限公司",
    "Ltd.",
    "139",
    "1234",
    "5678",
    "@qq.con",
    "转801",
    "/",
    ";",
    "9111",
    "朝阳区",
    "2024年",
    "\u200b\u202eㅤ",
    "李娜",
    "$",
]
cells = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES), max_size=6).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=6).map("".join),
)
STRANGE = {
    "right to left": "\u202e\u2067华东贸易\u2069 ltd",
    "zero width": "\u200b" * 50,
    "one of everything": "".join(map(chr, [*range(1, 0x300), *range(0xFE00, 0xFE10), 0x1F600, 0xE0041])),
    "combining": "e" + "\u0301" * 500,
    "long": "华 a1@、" * 8_000,
    "long digits": "1" * 40_000,
    "long blanks": " " * 40_000,
    "nul": "a\x00b",
}


def arguments(name: str, text: str) -> list[str]:
    """Fill a reader's arguments: the text, then what a row without more would give."""
    known = {"region": "CN US", "country": "CN US", "kind": "", "column": "city", "city": "", "text": text}
    first, *others = inspect.signature(READ[name].read).parameters
    return [
        text if parameter in (first, "text") and parameter != "column" else known[parameter]
        for parameter in (first, *others)
    ]


@pytest.mark.parametrize("name", sorted(READ))
@given(text=cells)
@settings(max_examples=60, deadline=None)
def test_reading_what_was_read_changes_nothing(name, text):
    made = list(READ[name].made)
    first = dict(zip(made, READ[name].read(*arguments(name, text)), strict=True))
    if first["new"] is not None:
        again = dict(zip(made, READ[name].read(*arguments(name, first["new"])), strict=True))
        assert again["new"] == first["new"]
        assert again.get("key") == first.get("key")


@pytest.mark.parametrize("name", sorted(READ))
@pytest.mark.parametrize("kind", sorted(STRANGE))
def test_strange_cells_are_read_in_no_time(name, kind):
    assert len(READ[name].read(*arguments(name, STRANGE[kind]))) == len(READ[name].made)


def row(text: str | None) -> dict[str, str | None]:
    return {"source_system": "ERP", "source_id": "1", **dict.fromkeys(CLEANED_COLUMNS, text), "customer_name": "华东"}


@pytest.mark.parametrize("kind", sorted(set(STRANGE) - {"nul"}))
def test_a_row_of_strange_cells_is_cleaned_once_and_for_all(kind):
    once = clean_customers(pd.DataFrame([row(STRANGE[kind])]))
    twice = clean_customers(once.table)
    assert len(once.table) == 1
    assert twice.changes.empty


def test_columns_of_nothing():
    cleaned = clean_customers(pd.DataFrame([row(None), row("") | {"source_id": "2"}]))
    assert len(cleaned.table) == 2
    assert cleaned.table["flags"].tolist() == ["NO_CONTACT", "NO_CONTACT"]


def test_all_rows_the_same():
    cleaned = clean_customers(pd.DataFrame([row("li@example.com")] * 50))
    assert (len(cleaned.table), len(cleaned.rejects)) == (1, 49)
