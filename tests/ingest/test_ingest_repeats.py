"""Exports glued together: header lines in the middle of a file are no rows."""

import openpyxl
from ingest_exports import HEADER, codes, report, values


def problems(ingested) -> str:
    return ingested.load_report["problems"].iloc[0]


def test_a_repeated_header_is_left_out_and_counted(load):
    ingested = load(f"{HEADER}\nA1,2024-01-05,7,1\n{HEADER}\nA2,2024-01-05,7,2\n\ufeff{HEADER}\nA3,bad,7,3\n")
    assert report(ingested) == {"in": 3, "kept": 2, "rejected": 1, "total_lines": 0, "out_of_scope": 0}
    assert codes(ingested) == [(6, "BAD_DATE")]
    assert problems(ingested) == "2 lines repeat the header and were left out."


def test_blanks_quotes_and_a_trailing_delimiter_make_no_difference(load):
    ingested = load(f' No , Date,Customer,Amount\nA1,2024-01-05,7,1\n"No","Date","Customer","Amount",\n{HEADER}\n')
    assert report(ingested)["in"] == 1


def test_only_a_row_that_is_the_header_as_a_whole_is_one(load):
    content = f"{HEADER},Note\nA1,2024-01-05,Customer,1,x\nNo,Date,Customer,Amount,x\n"
    ingested = load(content)
    assert values(ingested, "customer_id") == ["Customer"]
    assert codes(ingested) == [(3, "BAD_DATE")]


def test_a_header_that_spans_lines_is_known_again(load):
    columns = {"doc_id": "No", "doc_date": "Date", "customer_id": "Customer", "amount_net": "Amount (net)"}
    head = 'No,Date,Customer,"Amount\n(net)"\n'
    ingested = load(f"{head}A1,2024-01-05,7,1\n{head}A2,2024-01-05,7,1\n", columns=columns)
    assert report(ingested) == {"in": 2, "kept": 2, "rejected": 0, "total_lines": 0, "out_of_scope": 0}


def test_a_repeated_header_of_a_sheet_is_left_out(load, tmp_path):
    book = openpyxl.Workbook()
    head = HEADER.split(",")
    for row in (head, ["A1", "2024-01-05", "7", 1], head, ["A2", "2024-01-05", "7", 2]):
        book.active.append(row)
    book.save(tmp_path / "log.xlsx")
    assert report(load(path="log.xlsx"))["in"] == 2


def test_rows_of_another_delimiter_are_rejected(load):
    """Two exports glued together, the second one from another program."""
    ingested = load(f"{HEADER}\nA1,2024-01-05,7,1\n{HEADER.replace(',', ';')}\nA2;2024-01-05;7;1,5\n")
    assert codes(ingested) == [(3, "RAGGED_ROW"), (4, "RAGGED_ROW")]
    assert values(ingested, "doc_id") == ["A1"]
