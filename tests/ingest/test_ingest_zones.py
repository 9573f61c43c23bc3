"""Times told in several zones fall on the day of the plan's zone."""

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_exports import HEADER, MAPPING, codes, values
from pydantic import ValidationError

from custinsight.ingest import home_zone, load_sources
from custinsight.plan import AuditPlan, Source

FIFTH, SIXTH = dt.date(2024, 3, 5), dt.date(2024, 3, 6)


@pytest.fixture
def days(tmp_path, con):
    """Days of texts, by a plan's zone and a source's keys; what is no day is its code."""

    def days(texts, zone="Asia/Shanghai", **changes):
        body = "".join(f'A{n},"{text}",7,1\n' for n, text in enumerate(texts))
        (tmp_path / "log.csv").write_text(f"{HEADER}\n{body}")
        source = Source.model_validate({**MAPPING, "path": "log.csv", **changes})
        ingested = load_sources([source], tmp_path, con, zone=zone)
        found = dict(zip(values(ingested, "doc_id"), values(ingested, "doc_date"), strict=True))
        return [found.get(f"A{n}", dict(codes(ingested)).get(n + 2)) for n in range(len(texts))]

    return days


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-03-05T23:30:00+00:00", SIXTH),
        ("2024-03-05T23:30:00Z", SIXTH),
        ("2024-03-05 23:30:00.123456Z", SIXTH),
        ("2024-03-05 23:30:00 +0800", FIFTH),
        ("2024-03-06T00:30+09:00", FIFTH),
        ("2024-03-05 11:30:00 -05", SIXTH),
        ("2024-03-05 09:12:33 UTC", FIFTH),
        ("2024-03-05 23:30:00", FIFTH),
        ("2024-03-05", FIFTH),
    ],
)
def test_a_time_with_an_offset_falls_on_the_day_of_the_plans_zone(days, text, day):
    assert days([text]) == [day]


def test_offsets_may_be_mixed_in_one_column(days):
    texts = ["2024-03-05T23:30:00Z", "2024-03-05T23:30:00+08:00", "2024-03-05", "2024-03-05T10:00:00-08:00", "soon"]
    assert days(texts) == [SIXTH, FIFTH, FIFTH, SIXTH, "BAD_DATE"]


def test_times_of_a_source_are_told_in_its_zone_but_days_are_days(days):
    texts = ["2024-03-05 12:00:00", "2024-03-05 09:00:00", "2024-03-05", "2024-03-05T12:00:00Z", ""]
    assert days(texts, time_zone="America/New_York") == [SIXTH, FIFTH, FIFTH, FIFTH, "MISSING_REQUIRED"]


def test_a_source_in_the_plans_own_zone_shifts_nothing(days):
    assert days(["2024-03-05 23:59:59"], time_zone="Asia/Shanghai") == [FIFTH]


def test_days_are_read_by_the_formats_of_the_source(days):
    forms = ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
    assert days(["2024-03-05T23:30:00Z", "05.03.2024 23:30", "05.03.2024"], date_formats=forms) == [SIXTH, FIFTH, FIFTH]
    shifted = days(["05.03.2024 23:30", "05.03.2024"], date_formats=forms, time_zone="Europe/Berlin")
    assert shifted == [SIXTH, FIFTH]


def test_a_time_that_two_formats_read_differently_stays_ambiguous(days):
    forms = ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d"]
    found = days(["01/02/2024 23:30", "05/05/2024 23:30"], date_formats=forms, time_zone="UTC")
    assert found == ["AMBIGUOUS_DATE", dt.date(2024, 5, 6)]


def test_an_hour_that_does_not_exist_or_exists_twice_is_a_time(days):
    texts = ["2024-03-10 02:30:00", "2024-11-03 01:30:00"]
    assert days(texts, zone="UTC", time_zone="America/New_York") == [dt.date(2024, 3, 10), dt.date(2024, 11, 3)]


def test_without_a_zone_a_time_keeps_the_day_that_it_is_written_with(days):
    assert days(["2024-03-05T23:30:00Z", "2024-03-05T23:30:00-08:00"], zone="") == [FIFTH, FIFTH]


def test_what_was_shifted_is_told(tmp_path, con):
    (tmp_path / "log.csv").write_text(f"{HEADER}\nA1,2024-03-05T23:30:00Z,7,1\nA2,2024-03-05T03:30:00Z,7,1\n")
    source = Source.model_validate({**MAPPING, "path": "log.csv"})
    report = load_sources([source], tmp_path, con, zone="Asia/Shanghai").load_report
    assert report["problems"].iloc[0] == "1 time fell on another day once it was told in the zone of the plan."


@pytest.mark.parametrize(("zone", "day"), [("Asia/Shanghai", SIXTH), ("UTC", FIFTH), ("", FIFTH)])
def test_native_instants_fall_on_the_day_of_the_plans_zone(tmp_path, con, zone, day):
    instants = pa.array([dt.datetime(2024, 3, 5, 23, 30, tzinfo=dt.UTC)], pa.timestamp("us", "UTC"))
    pq.write_table(pa.table({"No": ["A1"], "Date": instants, "Customer": ["7"], "Amount": [1]}), tmp_path / "l.parquet")
    source = Source.model_validate({**MAPPING, "path": "l.parquet"})
    assert values(load_sources([source], tmp_path, con, zone=zone), "doc_date") == [day]


def test_native_times_are_told_in_the_sources_zone(tmp_path, con):
    times = pa.array([dt.datetime(2024, 3, 5, 23, 30), None], pa.timestamp("ns"))
    table = pa.table({"No": ["A1", "A2"], "Date": times, "Customer": ["7", "7"], "Amount": [1, 2]})
    pq.write_table(table, tmp_path / "l.parquet")
    source = Source.model_validate({**MAPPING, "path": "l.parquet", "time_zone": "UTC"})
    assert values(load_sources([source], tmp_path, con, zone="Asia/Shanghai"), "doc_date") == [SIXTH]
    assert values(load_sources([source], tmp_path, con), "doc_date") == [FIFTH]


def test_times_of_a_lookup_are_shifted_too(tmp_path, con):
    (tmp_path / "orders.csv").write_text("Order,Date,Customer\nA1,2024-03-05T23:30:00Z,7\n")
    (tmp_path / "lines.csv").write_text("No,Amount\nA1,1\n")
    lookups = [{"path": "orders.csv", "on": {"No": "Order"}}]
    source = Source.model_validate({**MAPPING, "path": "lines.csv", "lookups": lookups})
    assert values(load_sources([source], tmp_path, con, zone="Asia/Shanghai"), "doc_date") == [SIXTH]


def test_the_zone_of_a_country():
    assert [home_zone(None, country) for country in ("CN", "GB", "US", "ZZ")] == [
        "Asia/Shanghai",
        "Europe/London",
        "",
        "",
    ]
    assert home_zone("Asia/Urumqi", "CN") == "Asia/Urumqi"


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "/etc/localtime", ""])
def test_an_unknown_zone_is_refused(zone):
    source = {**MAPPING, "path": "log.csv"}
    with pytest.raises(ValidationError, match="must be a time zone such as Asia/Shanghai"):
        Source.model_validate({**source, "time_zone": zone})
    with pytest.raises(ValidationError, match="must be a time zone such as Asia/Shanghai"):
        AuditPlan.model_validate({"sources": [source], "time_zone": zone})
