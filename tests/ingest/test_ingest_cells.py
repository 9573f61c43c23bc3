"""Columns of cells become text just as each of their cells does."""

import datetime as dt
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.sheets.cells import cell_text, column_text

CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    st.floats(),
    st.integers(-(10**18), 10**18).map(float),
    st.decimals(-(10**12), 10**12, places=2).map(float),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.integers(),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(CELLS, max_size=30), st.sampled_from(".,"))
def test_a_column_is_the_text_of_its_cells(cells, decimal):
    assert column_text(cells, decimal).to_pylist() == [cell_text(cell, decimal) for cell in cells]


@pytest.mark.parametrize("size", range(-8, 17))
def test_numbers_keep_all_their_digits_whatever_their_size(size):
    rng = random.Random(size)
    numbers = [rng.uniform(-1, 1) * 10.0**size for _ in range(2000)]
    texts = column_text(numbers).to_pylist()
    assert texts == [cell_text(number) for number in numbers]
    if size < 15:
        assert list(map(float, texts)) == numbers


def test_a_text_with_the_separator_inside_stays_whole():
    assert column_text(["a\0b", "c", ""]).to_pylist() == ["a\0b", "c", ""]


def test_days_before_the_epoch_are_days():
    assert column_text([dt.date(1899, 12, 31), dt.date(2024, 2, 29)]).to_pylist() == ["1899-12-31", "2024-02-29"]
