"""Delimited text: encodings, delimiters, quotes, and the right line number for each reject."""

import datetime as dt

import pytest
from ingest_exports import HEADER, codes, report, values

from custinsight.errors import SourceError

ROWS = "A1,2024-01-05,合肥,10.50\nA2,2024-01-06,上海,20.00\n"


@pytest.mark.parametrize(
    ("encoding", "recorded"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("gb18030", "gb18030"), ("utf-16", "utf-16"), ("gbk", "gb18030")],
)
def test_encodings_are_found_in_a_strict_order(load, encoding, recorded):
    ingested = load(f"{HEADER}\n{ROWS}".encode(encoding))
    assert values(ingested, "customer_id") == ["合肥", "上海"]
    assert ingested.load_report["encoding"].tolist() == [recorded]


def test_utf_16_without_a_mark_is_read_when_declared(load):
    assert values(load(f"{HEADER}\n{ROWS}".encode("utf-16-be"), encoding="utf-16-be"), "doc_id") == ["A1", "A2"]


def test_latin_1_is_read_only_when_declared(load):
    content = f"{HEADER}\nA1,2024-01-05,Duperré,1\n".encode("latin-1")
    with pytest.raises(SourceError, match=r"sources\.log\.path: log\.csv must be text in utf-8 or gb18030"):
        load(content)
    assert values(load(content, encoding="latin-1"), "customer_id") == ["Duperré"]


def test_a_declared_encoding_is_never_replaced_by_another(load):
    with pytest.raises(SourceError, match="must be text in ascii"):
        load(f"{HEADER}\n{ROWS}", encoding="ascii")


def test_an_unknown_encoding_is_named(load):
    with pytest.raises(SourceError, match="must be one that Python knows, got 'klingon'"):
        load(f"{HEADER}\n{ROWS}", encoding="klingon")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_read_off_the_header(load, delimiter):
    content = f"{HEADER}\nA1,2024-01-05,C 1,10.50\n".replace(",", delimiter)
    assert values(load(content), "customer_id") == ["C 1"]


def test_a_delimiter_inside_quotes_of_the_header_does_not_count(load):
    content = '"No, internal, of the order",Date;"Customer;x",Amount\n'.replace(",Date", ";Date").replace(",A", ";A")
    columns = {"doc_id": "No, internal, of the order", "doc_date": "Date", "customer_id": "Customer;x"}
    ingested = load(content + "A1;2024-01-05;7;1\n", columns={**columns, "amount_net": "Amount"})
    assert values(ingested, "customer_id") == ["7"]


def test_a_delimiter_must_be_one_sign(load):
    with pytest.raises(SourceError, match=r"sources\.log\.delimiter must be one sign"):
        load(f"{HEADER}\n{ROWS}", delimiter="||")


def test_title_lines_stand_above_the_header(load):
    content = f'Sales report\n"printed by ""ERP"", page 1"\n{HEADER}\nA1,2024-01-05,7,1\nA2,x,7,1\n'
    ingested = load(content, header=3)
    assert values(ingested, "doc_id") == ["A1"]
    assert codes(ingested) == [(5, "BAD_DATE")]


def test_a_header_may_span_lines(load):
    content = 'No,Date,Customer,"Amount\n(net)"\nA1,2024-01-05,7,1\nA2,x,7,1\n'
    columns = {"doc_id": "No", "doc_date": "Date", "customer_id": "Customer", "amount_net": "Amount (net)"}
    assert codes(load(content, columns=columns)) == [(4, "BAD_DATE")]


def test_whitespace_separates_columns_without_a_header(load):
    ingested = load(
        " 0001 19970101  2   29.33\r\n 0002 19970118\t1   14.96 \r\n",
        whitespace=True,
        column_names=["Customer", "Date", "Pieces", "Amount"],
        date_formats=["%Y%m%d"],
        columns={"doc_id": "Date", "doc_date": "Date", "customer_id": "Customer", "amount_net": "Amount"},
    )
    assert values(ingested, "customer_id") == ["0001", "0002"]
    assert [float(amount) for amount in values(ingested, "amount_net")] == [29.33, 14.96]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_all_systems(load, end):
    ingested = load(f"{HEADER}\nA1,2024-01-05,7,1\n\nA2,x,7,1\n".replace("\n", end))
    assert (values(ingested, "doc_id"), codes(ingested)) == (["A1"], [(4, "BAD_DATE")])


def test_a_file_may_end_without_a_line_end(load):
    assert values(load(f"{HEADER}\nA1,2024-01-05,7,1"), "doc_id") == ["A1"]


def test_rows_with_more_or_fewer_values_are_rejected_with_line_and_text(load):
    ingested = load(f"{HEADER}\nA1,2024-01-05,7,1\nA2,2024-01-05,7\n\nA3,2024-01-05,7,1,9\nA4,2024-01-05,7,1\n")
    assert codes(ingested) == [(3, "RAGGED_ROW"), (5, "RAGGED_ROW")]
    assert ingested.rejects["raw"].tolist() == ["A2,2024-01-05,7", "A3,2024-01-05,7,1,9"]
    assert values(ingested, "doc_id") == ["A1", "A4"]
    assert report(ingested) == {"in": 4, "kept": 2, "rejected": 2, "total_lines": 0, "out_of_scope": 0}


def test_a_trailing_delimiter_shifts_nothing(load):
    ingested = load(f"{HEADER}\nA1,2024-01-05,7,1,\nA2,2024-01-06,8,2\n")
    assert values(ingested, "doc_id") == ["A1", "A2"]
    assert values(ingested, "customer_id") == ["7", "8"]


def test_a_trailing_delimiter_behind_a_value_that_spans_lines_shifts_nothing(load):
    content = f'{HEADER}\nA1,2024-01-05,"7\n8",1,\nA2,2024-01-05,"7\n8","1", ,\nA3,2024-01-05,"7\n8",1,x\n'
    ingested = load(content)
    assert values(ingested, "customer_id") == ["7\n8", "7\n8"]
    assert codes(ingested)[0] == (6, "UNCLOSED_QUOTE")


def test_rows_of_nothing_but_delimiters_are_no_rows(load):
    ingested = load(f'{HEADER}\nA1,2024-01-05,7,1\n,,,\n  \n"",,,\n,,,,,\n')
    assert report(ingested) == {"in": 1, "kept": 1, "rejected": 0, "total_lines": 0, "out_of_scope": 0}


def test_a_quoted_value_may_span_lines(load):
    ingested = load(f'{HEADER}\nA1,2024-01-05,"7\n8",1\nA2,x,7,1\n')
    assert values(ingested, "customer_id") == ["7\n8"]
    assert codes(ingested) == [(4, "BAD_DATE")]


def test_a_quote_that_never_closes_costs_its_own_line_only(load):
    ingested = load(f'{HEADER}\nA1,2024-01-05,"7,1\nA2,2024-01-05,8,1\nA3,x,9,1\n')
    assert codes(ingested) == [(2, "UNCLOSED_QUOTE"), (4, "BAD_DATE")]
    assert ingested.rejects["raw"].iloc[0] == 'A1,2024-01-05,"7,1'
    assert values(ingested, "doc_id") == ["A2"]


def test_two_unclosed_quotes_do_not_swallow_what_lies_between_them(load):
    ingested = load(f'{HEADER}\nA1,2024-01-05,"7,1\nA2,2024-01-05,8,1\nA3,2024-01-05,"9,1\nA4,2024-01-05,9,1\n')
    assert codes(ingested) == [(2, "UNCLOSED_QUOTE"), (4, "UNCLOSED_QUOTE")]
    assert values(ingested, "doc_id") == ["A2", "A4"]


def test_a_quote_closed_more_than_twenty_lines_later_is_not_closed(load):
    filler = "".join(f"F{n},2024-01-05,8,1\n" for n in range(20))
    ingested = load(f'{HEADER}\nA1,2024-01-05,"7\n{filler}8",1\n')
    assert codes(ingested)[0] == (2, "UNCLOSED_QUOTE")
    assert len(values(ingested, "doc_id")) == 20


def test_quotes_inside_a_value_are_letters(load):
    ingested = load(f'{HEADER}\n5" pipe,2024-01-05,"say ""7""",1\n3" x 4",2024-01-05,7,1\n')
    assert values(ingested, "doc_id") == ['5" pipe', '3" x 4"']
    assert values(ingested, "customer_id") == ['say "7"', "7"]


def test_an_even_number_of_quotes_can_still_leave_one_open(load):
    ingested = load(f'{HEADER}\n5" pipe,2024-01-05,"7,1\nA2,2024-01-05,8,1\n')
    assert values(ingested, "doc_id") == ["A2"]
    assert report(ingested)["in"] == 2


def test_200000_rows_behind_an_unclosed_quote_are_read(load):
    body = "".join(f"B{n},2024-01-05,{n % 97},1.25\n" for n in range(200_000))
    ingested = load(f'{HEADER}\nA1,2024-01-05,"7,1\n{body}')
    assert report(ingested) == {"in": 200_001, "kept": 200_000, "rejected": 1, "total_lines": 0, "out_of_scope": 0}
    assert float(ingested.load_amounts["amount_kept"].iloc[0]) == 250_000.0


def test_a_record_may_span_blocks_of_the_file(load):
    """A block holds four megabytes; with records of a thousand bytes some lie across each border."""
    record = f'S1,2024-01-05,"{"x" * 500}\n{"y" * 500}",1\nB1,2024-01-05,7,1\n'
    ingested = load(f"{HEADER}\n{record * 9_000}A9,x,7,1\n")
    assert report(ingested) == {"in": 18_001, "kept": 18_000, "rejected": 1, "total_lines": 0, "out_of_scope": 0}
    assert codes(ingested) == [(9_000 * 3 + 2, "BAD_DATE")]


def test_line_numbers_go_on_across_blocks(load):
    body = "".join(f"B{n},2024-01-05,{'y' * 500},1\n" for n in range(20_000))
    assert codes(load(f"{HEADER}\n{body}A9,2024-13-45,7,1\n")) == [(20_002, "BAD_DATE")]


def test_the_rows_keep_the_order_of_the_file(load):
    body = "".join(f"B{n:06d},2024-01-05,7,1\n" for n in range(30_000))
    numbers = values(load(f"{HEADER}\n{body}"), "doc_id")
    assert numbers == sorted(numbers)


def test_computed_rows_of_several_blocks_keep_the_order_of_the_file(load):
    """The engine types blocks of four megabytes side by side; a join among its steps would mix them."""
    body = "".join(f"B{n:06d},2024/01/05,{'y' * 700},1\n" for n in range(30_000))
    columns = {"doc_date": "Date", "amount_net": "Amount", "doc_id": "No"}
    computed = {"customer_id": "case when Customer in ('a', 'b', 'c', 'd', 'e', 'f', 'g') then 'x' else '7' end"}
    numbers = values(load(f"{HEADER}\n{body}", columns=columns, computed=computed), "doc_id")
    assert numbers == sorted(numbers)


def test_a_line_without_end_is_refused(load):
    with pytest.raises(SourceError, match="must have lines shorter than 16 MB"):
        load(f"{HEADER}\n" + "x" * (1 << 25))


def test_a_folder_and_a_glob_are_one_source(load, tmp_path):
    (tmp_path / "logs").mkdir()
    for year in (2023, 2024):
        (tmp_path / "logs" / f"sales_{year}.csv").write_text(f"{HEADER}\nA{year},{year}-01-05,7,1\n")
    (tmp_path / "logs" / "notes.md").write_text("no export")
    (tmp_path / "logs" / "~$sales.xlsx").write_text("Excel's lock")
    days = [dt.date(2023, 1, 5), dt.date(2024, 1, 5)]
    assert values(load(path="logs"), "doc_date") == days
    ingested = load(path="logs/sales_20*.csv")
    assert values(ingested, "doc_date") == days
    assert ingested.load_report["file"].tolist() == ["sales_2023.csv", "sales_2024.csv"]


def test_files_of_one_source_may_order_their_columns_differently(load, tmp_path):
    (tmp_path / "a1.csv").write_text(f"{HEADER}\nA1,2024-01-05,7,1\n")
    (tmp_path / "a2.csv").write_text("Amount;Customer;No;Date;More\n2;8;A2;2024-01-06;x\n")
    assert values(load(path="a*.csv"), "customer_id") == ["7", "8"]


def test_a_text_file_is_told_by_its_content_not_its_name(load):
    """Chinese ERP systems save tab-separated GBK as .xls."""
    content = f"{HEADER}\nA1,2024-01-05,上海,1\n".replace(",", "\t").encode("gb18030")
    assert values(load(content, path="export.xls"), "customer_id") == ["上海"]


def test_a_folder_of_files_is_translated_for_the_engine_once(load, tmp_path):
    """Files of the same columns share their queries; each has its own rows, rejects and books."""
    (tmp_path / "logs").mkdir()
    for n in range(12):
        total = f"合计,,,{n}\n" if n % 2 else ""
        (tmp_path / "logs" / f"{n:02d}.csv").write_text(f"{HEADER}\nA{n},2024-01-05,7,{n}\nB{n},bad,7,0\n{total}")
    ingested = load(path="logs")
    assert values(ingested, "doc_id") == [f"A{n}" for n in range(12)]
    assert ingested.rejects["raw"].tolist() == [f"B{n},bad,7,0" for n in range(12)]
    assert ingested.load_report["rows_total_lines"].tolist() == [0, 1] * 6
    assert set(ingested.load_report["problems"]) == {""}
