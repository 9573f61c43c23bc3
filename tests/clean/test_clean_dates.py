import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.clean.currencies import currency_code
from custinsight.clean.dates import parse_date
from custinsight.clean.places import country_code


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-05",
        "2024/3/5",
        "2024.03.05",
        "2024年3月5日",
        "２０２４年３月５日",
        "二〇二四年三月五日",
        "20240305",
        "2024-03-05 12:30:00",
        "2024-03-05T12:30:00Z",
        "05.03.2024",
        "5 Mar 2024",
        "March 5, 2024",
        "45356",
    ],
)
def test_days(text):
    assert parse_date(text) == "2024-03-05"


@pytest.mark.parametrize(
    "text",
    ["", "26-1-5", "03/04/2024", "2024-02-30", "1900-01-01", "9999-12-31", "00000000", "无", "2024", "13812345678"],
)
def test_what_is_no_day_or_could_be_two(text):
    assert parse_date(text) is None


@pytest.mark.parametrize(("region", "day"), [("US", "2024-03-04"), ("GB", "2024-04-03"), ("CN", None)])
def test_the_country_tells_day_from_month(region, day):
    assert parse_date("03/04/2024", region) == day


def test_chinese_tens():
    assert [parse_date(f"二〇二四年十二月{day}日") for day in ("十", "十一", "二十", "三十一")] == [
        "2024-12-10",
        "2024-12-11",
        "2024-12-20",
        "2024-12-31",
    ]


@given(st.dates(dt.date(1901, 1, 1), dt.date(2199, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]))
def test_any_day(day, form):
    assert parse_date(day.strftime(form)) == (day.isoformat() if day != dt.date(1970, 1, 1) else None)


@given(st.text(max_size=20), st.sampled_from(["CN", "US", "GB"]))
def test_reading_a_day_again_changes_nothing(text, region):
    day = parse_date(text, region)
    assert day is None or parse_date(day, region) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CNY", "CNY"),
        ("rmb", "CNY"),
        ("人民币", "CNY"),
        ("￥", "CNY"),
        ("US$", "USD"),
        ("美元", "USD"),
        ("Euro", "EUR"),
        ("€", "EUR"),
        ("Schweizer Franken", "CHF"),
        ("港币", "HKD"),
        ("$", None),
        ("", None),
        ("xyz", None),
    ],
)
def test_currencies(text, code):
    assert currency_code(text) == code


def test_shared_signs_are_read_by_the_country():
    assert [currency_code("$", region) for region in ("US", "CA", "DE")] == ["USD", "CAD", None]
    assert [currency_code("kr", region) for region in ("SE", "DK", "CN")] == ["SEK", "DKK", None]


@pytest.mark.parametrize(
    ("text", "code"),
    [("DEU", "DE"), ("156", "CN"), ("中国", "CN"), ("Deutschland", "DE"), ("ＵＳＡ", "US"), ("?", None)],
)
def test_countries(text, code):
    assert country_code(text) == code


@given(st.text(max_size=30))
def test_any_text_is_a_country_or_a_currency_or_none(text):
    assert country_code(text) is None or len(country_code(text)) == 2
    assert currency_code(text) is None or len(currency_code(text)) == 3
