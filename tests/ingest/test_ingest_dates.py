"""Days: declared formats in order, nothing guessed."""

import datetime as dt

import ibis
import pytest

from custinsight.errors import SourceError
from custinsight.ingest.dates import day_steps, require_formats
from custinsight.ingest.steps import run_steps
from custinsight.plan_source import DATE_FORMATS


def read(text: str, *formats: str) -> dt.date | str | None:
    """The day, or what is wrong with it."""
    rows = ibis.memtable({"text": [text]})
    rows = run_steps(rows, [lambda rows: day_steps(rows, "text", "day", formats or DATE_FORMATS)])
    (row,) = rows.select("day", "day_ambiguous", "day_sentinel").to_pyarrow().to_pylist()
    if row["day"]:
        return row["day"]
    return "ambiguous" if row["day_ambiguous"] else "sentinel" if row["day_sentinel"] else None


@pytest.mark.parametrize(
    "text",
    ["2024-03-05", "2024-3-5", "2024/3/5", "20240305", "2024年3月5日", "2024-03-05 23:59:59", "２０２４-０３-０５"],
)
def test_the_usual_ways_to_write_a_day(text):
    assert read(text) == dt.date(2024, 3, 5)


@pytest.mark.parametrize(
    "text",
    [
        "2024/3/5 9:05",
        "2024-03-05 09:05:07.123",
        "2024-03-05T09:05:07",
        "2024年03月05日",
        "2024年3月5日 9:05:07",
        "2024年3月5日9时5分7秒",
        "2024年3月5日 09时05分",
    ],
)
def test_times_behind_a_day_are_read_without_being_declared(text):
    assert read(text) == dt.date(2024, 3, 5)


@pytest.mark.parametrize("text", ["2024-02-30", "2024-13-01", "soon", "2024-03", "13/02/2024", "12024-01-01", "46027"])
def test_what_no_format_fits_is_no_day(text):
    assert read(text) is None


@pytest.mark.parametrize("text", ["01/02/2024", "26-1-5", "3.4.24"])
def test_an_undeclared_order_that_can_be_read_in_two_ways_is_ambiguous(text):
    assert read(text) == "ambiguous"


def test_a_declared_order_decides():
    assert read("01/02/2024", "%d/%m/%Y") == dt.date(2024, 2, 1)
    assert read("01/02/2024", "%m/%d/%Y") == dt.date(2024, 1, 2)
    assert read("26-1-5", "%Y-%m-%d", "%y-%m-%d") == dt.date(2026, 1, 5)


def test_two_declared_orders_that_give_two_days_are_ambiguous():
    both = ("%d/%m/%Y", "%m/%d/%Y")
    assert read("01/02/2024", *both) == "ambiguous"
    assert read("13/02/2024", *both) == dt.date(2024, 2, 13)
    assert read("05/05/2024", *both) == dt.date(2024, 5, 5)


def test_a_year_has_four_digits_where_the_format_says_so():
    assert read("26-13-05", "%Y-%m-%d") is None


def test_two_digit_years_and_mixed_separators_of_one_column():
    formats = ("%m/%d/%Y", "%m-%d-%y")
    assert read("01-12-21", *formats) == dt.date(2021, 1, 12)
    assert read("01/13/2021", *formats) == dt.date(2021, 1, 13)


def test_day_numbers_of_a_spreadsheet():
    assert read("46027", "%Y-%m-%d", "excel") == dt.date(2026, 1, 5)
    assert read("46027.75", "excel") == dt.date(2026, 1, 5)
    assert read("20260105", "%Y%m%d", "excel") == dt.date(2026, 1, 5)


@pytest.mark.parametrize("text", ["1900-01-01", "9999-12-31", "00000000", "0000-00-00", "1970-01-01", "2999-12-31"])
def test_stand_ins_are_no_days(text):
    assert read(text) == "sentinel"


@pytest.mark.parametrize("form", ["%Q", "%H:%M", "yyyy-mm-dd", "%Y-%m-%d %z", "'); DROP TABLE x; --%Y%"])
def test_a_format_that_cannot_be_read_is_refused(form):
    with pytest.raises(SourceError, match=r"sources\.log\.date_formats must hold formats such as"):
        require_formats((form,), "log")
