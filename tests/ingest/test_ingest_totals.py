"""Total lines of an export: dropped, and checked against the rows."""

import pytest
from ingest_exports import HEADER, MAPPING, report, values

BODY = "A1,2024-01-05,7,10.50\nA2,2024-01-05,8,20\n"


def problems(ingested) -> str:
    return ingested.load_report["problems"].iloc[0]


@pytest.mark.parametrize("word", ["合计", "总计", "合 计：", "Total", "Grand Total", "TOTALS:", "本页合计"])
def test_a_total_line_is_dropped_and_agrees(load, word):
    ingested = load(f"{HEADER}\n{BODY}{word},,,30.50\n")
    assert report(ingested) == {"in": 3, "kept": 2, "rejected": 0, "total_lines": 1, "out_of_scope": 0}
    assert problems(ingested) == ""
    assert float(ingested.load_amounts["amount_in"].iloc[0]) == 30.5


def test_a_total_that_does_not_agree_is_told(load):
    assert (
        problems(load(f"{HEADER}\n{BODY}合计,,,31\n"))
        == "Line 4: the total of amount_net says 31.00, the rows sum to 30.50."
    )


def test_the_word_may_stand_in_any_first_column_even_an_unmapped_one(load):
    content = "Nr,No,Date,Customer,Amount\n1,A1,2024-01-05,7,10\n合计,,,,10\n"
    assert report(load(content))["total_lines"] == 1


def test_subtotals_sum_the_rows_since_the_last_one(load):
    content = f"{HEADER}\nA1,2024-01-05,7,1\nA2,2024-01-05,7,2\n小计,,,3\nA3,2024-01-05,8,4\n小计,,,5\n合计,,,7\n"
    ingested = load(content)
    assert report(ingested)["total_lines"] == 3
    assert problems(ingested) == "Line 6: the total of amount_net says 5.00, the rows sum to 4.00."


def test_rejected_rows_are_part_of_the_exports_total(load):
    ingested = load(f"{HEADER}\n{BODY}A3,2024-01-05,,5\n合计,,,35.50\n")
    assert problems(ingested) == ""
    assert report(ingested)["rejected"] == 1


def test_a_customer_called_total_is_a_customer(load):
    people = {"name": "crm", "table": "customers", "columns": {"customer_id": "Id", "customer_name": "Name"}}
    ingested = load("Name,Id\nTotal,9\n合计,\n", **people, constants={})
    assert values(ingested, "customer_name", "customers") == ["Total"]
    assert report(ingested)["total_lines"] == 1


def test_each_money_column_is_checked(load):
    content = "No,Date,Customer,Amount,Cost\nA1,2024-01-05,7,10,6\nTotal,,,10,7\n"
    ingested = load(content, columns={**MAPPING["columns"], "cost": "Cost"})
    assert problems(ingested) == "Line 3: the total of cost says 7.00, the rows sum to 6.00."


def test_a_total_in_a_long_file_sums_all_of_it(load):
    """The check goes on from one chunk of half a million rows to the next."""
    ingested = load(f"{HEADER}\n" + "A1,2024-01-05,7,1.01\n" * 600_000 + "合计,,,606000.00\n")
    assert report(ingested) == {"in": 600_001, "kept": 600_000, "rejected": 0, "total_lines": 1, "out_of_scope": 0}
    assert problems(ingested) == ""
