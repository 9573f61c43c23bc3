"""Second files joined to each row."""

import pytest
from ingest_exports import codes, report, values

from custinsight.errors import SourceError

ITEMS = "No,Line,Customer No,Amount\n007,1,A,10\n007,2,A,20\n8,1,B,30\n"
COLUMNS = {"doc_id": "No", "doc_date": "Date", "customer_id": "Customer No", "amount_net": "Amount"}


@pytest.fixture
def orders(load, tmp_path):
    """Load the items with a file of order headers."""

    def orders(headers: str, **changes):
        (tmp_path / "orders.csv").write_text(headers)
        given = {"columns": COLUMNS, "lookups": [{"path": "orders.csv", "on": {"No": "Number"}}]}
        return load(changes.pop("items", ITEMS), **{**given, **changes})

    return orders


def test_each_row_gets_the_columns_of_its_key(orders):
    ingested = orders("Number;Date\n8;2024-01-06\n007;2024-01-05\n")
    assert [str(day) for day in values(ingested, "doc_date")] == ["2024-01-05", "2024-01-05", "2024-01-06"]
    assert report(ingested)["kept"] == 3


def test_rows_without_a_partner_stay_rows(orders):
    ingested = orders("Number,Date\n007,2024-01-05\n")
    assert codes(ingested) == [(4, "MISSING_REQUIRED")]
    assert "1 row finds no row in orders.csv." in ingested.load_report["problems"].iloc[0]


def test_a_key_with_rows_that_differ_is_refused(orders):
    with pytest.raises(
        SourceError, match=r"sources\.log\.lookups\[1\]\.path: orders\.csv must have one row per 'Number'"
    ):
        orders("Number,Date\n007,2024-01-05\n007,2024-01-06\n8,2024-01-06\n")


def test_rows_that_agree_in_what_is_used_count_once(orders):
    ingested = orders("Number,Date,Printed\n007,2024-01-05,1\n007,2024-01-05,2\n8,2024-01-06,3\n")
    assert report(ingested)["kept"] == 3


def test_a_name_in_both_files_means_the_source_unless_the_file_is_named(orders):
    headers = "Number,Date,Amount\n007,2024-01-05,99\n8,2024-01-06,98\n"
    ingested = orders(
        headers, columns={**COLUMNS, "amount_gross": "orders.Amount"}, computed={"cost": "orders.Amount - Amount"}
    )
    assert [int(amount) for amount in values(ingested, "amount_net")] == [10, 20, 30]
    assert [int(amount) for amount in values(ingested, "amount_gross")] == [99, 99, 98]
    assert [int(amount) for amount in values(ingested, "cost")] == [89, 79, 68]


def test_a_lookup_may_start_from_the_one_before(orders, tmp_path):
    (tmp_path / "regions.csv").write_text("Code,Name\nN,North\nS,South\n")
    lookups = [{"path": "orders.csv", "on": {"No": "Number"}}, {"path": "regions.csv", "on": {"Region": "Code"}}]
    ingested = orders(
        "Number,Date,Region\n007,2024-01-05,N\n8,2024-01-06,S\n",
        lookups=lookups,
        columns={**COLUMNS, "channel": "Name"},
    )
    assert values(ingested, "channel") == ["North", "North", "South"]


def test_two_columns_may_make_the_key(orders):
    headers = "Number,Item,Date\n007,1,2024-01-05\n007,2,2024-01-06\n8,1,2024-01-07\n"
    ingested = orders(headers, lookups=[{"path": "orders.csv", "on": {"No": "Number", "Line": "Item"}}])
    assert [day.day for day in values(ingested, "doc_date")] == [5, 6, 7]


def test_empty_keys_meet_nobody(orders):
    ingested = orders("Number,Date\n,2024-01-05\n8,2024-01-06\n", items="No,Customer No,Amount\n,A,1\n8,B,2\n")
    assert values(ingested, "doc_id") == ["8"]


def test_a_key_column_that_is_missing_is_named(orders):
    with pytest.raises(
        SourceError, match=r"lookups\[1\]\.on names the column 'Number', which orders\.csv lacks; it has 'Nr'"
    ):
        orders("Nr,Date\n007,2024-01-05\n")
    with pytest.raises(SourceError, match=r"lookups\[1\]\.on names the column 'Nein'"):
        orders("Number,Date\n007,2024-01-05\n", lookups=[{"path": "orders.csv", "on": {"Nein": "Number"}}])


def test_unreadable_rows_of_a_lookup_are_told(orders):
    ingested = orders("Number,Date\n007,2024-01-05\n8,2024-01-06,9\n")
    assert "orders.csv: 1 row of this lookup could not be read." in ingested.load_report["problems"].iloc[0]
