"""Amounts as people and programs write them."""

from decimal import Decimal

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.ingest.numbers import number_steps
from custinsight.ingest.steps import run_steps


def read(texts: list[str], dtype: str = "decimal(18, 4)", decimal: str = ".") -> list[Decimal | None]:
    rows = ibis.memtable({"text": texts}, schema={"text": "string"})
    return run_steps(rows, [lambda rows: number_steps(rows, "text", "n", dtype, decimal)])["n"].to_pyarrow().to_pylist()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1234.56", "1234.56"),
        ("￥1,234.56", "1234.56"),
        ("$ 1,234,567", "1234567"),
        ("USD 12.50", "12.5"),
        ("12.50元", "12.5"),
        ("(500)", "-500"),
        ("($1,234.50)", "-1234.5"),
        ("300-", "-300"),
        ("-300", "-300"),
        ("−300", "-300"),
        ("+7", "7"),
        ("１，２３４．５", "1234.5"),
        ("1 234.50", "1234.5"),
        ("1\u00a0234.50", "1234.5"),
        ("1'234.50", "1234.5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("00123", "123"),
        ("1.5E3", "1500"),
        ("1.23456", "1.2346"),
    ],
)
def test_numbers_that_are_meant(text, number):
    assert read([text]) == [Decimal(number)]


@pytest.mark.parametrize(
    "text",
    ["1,23", "12,3456", "1.2.3", "(5", "5)", "-5-", "(-5)", "abc", "12 pcs", "1_000", "0x10", "--5", "", "1e30", "."],
)
def test_texts_that_are_no_numbers(text):
    assert read([text]) == [None]


@pytest.mark.parametrize(
    ("text", "number"),
    [("4374,13", "4374.13"), ("1.234,56", "1234.56"), ("1.234", "1234"), ("12", "12"), ("-,5", "-0.5")],
)
def test_decimal_comma(text, number):
    assert read([text], decimal=",") == [Decimal(number)]


@pytest.mark.parametrize("text", ["12.34", "1,234.56", "1.23.456"])
def test_a_point_is_no_decimal_comma(text):
    assert read([text], decimal=",") == [None]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.decimals(min_value=-(10**12), max_value=10**12, places=2), min_size=1, max_size=30))
def test_every_way_of_writing_gives_the_amount_back(amounts):
    ways = [
        lambda n: f"{n:f}",
        lambda n: f"{n:,f}",
        lambda n: f"({-n:,f})" if n < 0 else f"￥{n:,f}",
        lambda n: f"{-n:f}-" if n < 0 else f"{n:f} CNY",
    ]
    for way in ways:
        assert read([way(amount) for amount in amounts]) == amounts
    european = [f"{amount:,f}".translate(str.maketrans(",.", ".,")) for amount in amounts]
    assert read(european, decimal=",") == amounts
