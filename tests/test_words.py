import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.words import Message, Words, msg

EN, ZH = Words("en", "USD"), Words("zh-CN", "CNY")


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (EN.money(1284000), "$1.28M"),
        (EN.money(-532.4), "−$532"),
        (EN.money(12.5), "$12.5"),
        (ZH.money(12840000), "¥1,284万"),
        (ZH.money(312000000), "¥3.12亿"),
        (EN.percent(0.3821), "38.2%"),
        (EN.signed_percent(-0.041), "−4.1%"),
        (EN.points(0.021), "+2.1 pts"),
        (ZH.points(-0.021), "−2.1 个百分点"),
        (EN.signed_count(1480), "+1,480"),
        (EN.day(dt.date(2024, 12, 31)), "2024-12-31"),
        (EN.exact_money(1234.5), "$1,234.50"),
        (EN.signed_money(-1e-9), "$0.00"),
        (EN.signed_percent(-0.0001), "0.0%"),
        (EN.decimal(-0.004), "0.00"),
        (EN.percent(-0.0001), "0.0%"),
    ],
)
def test_numbers_are_shown_as_readers_expect(shown: str, expected: str) -> None:
    assert shown == expected


@pytest.mark.parametrize("absent", [None, math.nan, math.inf])
def test_a_missing_number_is_a_dash(absent: float | None) -> None:
    assert EN.money(absent) == EN.percent(absent) == EN.count(absent) == "–"


def test_plural_follows_the_number() -> None:
    message = msg("{n} customer", "{n} customers", n=1)
    assert EN(message) == "1 customer"
    assert EN(msg("{n} customer", "{n} customers", n=2)) == "2 customers"


def test_message_within_a_message_is_said_in_the_same_language() -> None:
    assert ZH(msg("{change}", change=Message("{points} pts", {"points": "2"}))) == "2 个百分点"


def test_text_from_data_is_never_read_as_a_template() -> None:
    assert EN(msg("{name}", name="{0.__class__} {x}")) == "{0.__class__} {x}"


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15))
def test_every_amount_can_be_shown(value: float) -> None:
    assert EN.money(value)
    assert ZH.signed_money(value)
