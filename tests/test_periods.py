import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.errors import PeriodError
from custinsight.periods import Period


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024H2", "2024-07-01", "2024-12-31"),
        ("2024Q1", "2024-01-01", "2024-03-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2024W01", "2024-01-01", "2024-01-07"),
        ("2020W53", "2020-12-28", "2021-01-03"),
        ("2024-10-01..2024-10-10", "2024-10-01", "2024-10-10"),
    ],
)
def test_period_spans_the_days_it_names(text: str, start: str, end: str) -> None:
    period = Period.parse(text)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        *("", "../../x", "/etc", "%2e%2e", "2024Q5", "2024-13", "2023W53", "2024Q4 ", "{x.__class__}", "0000"),
        *("2024-02-30..2024-03-01", "2024-03-01..2024-02-01", "２０２４Q1", "2024Q4\n"),
    ],
)
def test_impossible_period_is_refused(text: str) -> None:
    with pytest.raises(PeriodError, match="must look like"):
        Period.parse(text)


def test_fiscal_year_starts_in_its_first_month() -> None:
    assert Period.parse("2024", first_month=4).end == dt.date(2025, 3, 31)
    assert Period.parse("2024Q4", first_month=4).start == dt.date(2025, 1, 1)


def test_range_of_periods_includes_both_ends() -> None:
    assert [p.label for p in Period.parse_many("2024-11..2025-02")] == ["2024-11", "2024-12", "2025-01", "2025-02"]


def test_range_that_runs_backwards_is_refused() -> None:
    with pytest.raises(PeriodError, match="earlier to a later"):
        Period.parse_many("2024Q4..2024Q1")


@pytest.mark.parametrize("text", ["../../x", "..", "2024Q1..", "2024Q1..x"])
def test_half_a_range_is_refused(text: str) -> None:
    with pytest.raises(PeriodError, match="must look like"):
        Period.parse_many(text)


def test_year_before_a_leap_day_range_ends_on_the_28th() -> None:
    assert Period.parse("2024-02-01..2024-02-29").year_before().end == dt.date(2023, 2, 28)


_labels = st.one_of(
    st.integers(1990, 2090).map(str),
    st.tuples(st.integers(1990, 2090), st.integers(1, 2)).map(lambda p: f"{p[0]}H{p[1]}"),
    st.tuples(st.integers(1990, 2090), st.integers(1, 4)).map(lambda p: f"{p[0]}Q{p[1]}"),
    st.tuples(st.integers(1990, 2090), st.integers(1, 12)).map(lambda p: f"{p[0]}-{p[1]:02d}"),
    st.tuples(st.integers(1990, 2090), st.integers(1, 52)).map(lambda p: f"{p[0]}W{p[1]:02d}"),
)


@given(_labels, st.integers(1, 12))
def test_periods_follow_each_other_without_gap(label: str, first_month: int) -> None:
    period = Period.parse(label, first_month)
    after = period.next()
    assert after.start == period.end + dt.timedelta(days=1)
    assert after.previous() == period
