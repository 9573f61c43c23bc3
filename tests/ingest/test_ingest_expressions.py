"""Expressions of the plan: what is allowed works, everything else is refused with the key's name."""

from decimal import Decimal

import pytest
from ingest_exports import HEADER, MAPPING, codes, values

from custinsight.errors import SourceError

FILE = f'{HEADER},Qty,Price,Kind,"Unit 单位"\nA1,2024-01-05,7,10,3,"1,000.5",C, pcs \nA2,2024-01-05,8,20,-2,￥2,x,\n'


def computed(load, expression: str, column: str = "channel"):
    return values(load(FILE, computed={column: expression}), column)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("No || '-' || Customer", ["A1-7", "A2-8"]),
        ("upper(Kind)", ["C", "X"]),
        ("lower(Kind)", ["c", "x"]),
        ("substr(No, 2, 1)", ["1", "2"]),
        ("substr(No, 2)", ["1", "2"]),
        ("replace(No, 'A', 'B')", ["B1", "B2"]),
        ('trim("Unit 单位")', ["pcs", None]),
        ("coalesce(\"Unit 单位\", 'box')", ["pcs", "box"]),
        ("nullif(Kind, 'C')", [None, "x"]),
        ("case Kind when 'C' then 'credit' else 'invoice' end", ["credit", "invoice"]),
        ("case when Qty < 0 then 'back' when Qty >= 3 then 'many' end", ["many", "back"]),
        ("case when Kind in ('C', 'D') and not (Qty = 1) then 'y' else 'n' end", ["y", "n"]),
        ("case when \"Unit 单位\" is null or Kind <> 'C' then 'y' else 'n' end", ["n", "y"]),
    ],
)
def test_texts(load, expression, expected):
    assert computed(load, expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("Qty * Price", ["3001.5", "-4"]),
        ("Amount - Qty * (Price + 1)", ["-2994.5", "26"]),
        ("Amount / Qty", ["3.3333", "-10"]),
        ("round(Amount / Qty, 2)", ["3.33", "-10"]),
        ("abs(Qty)", ["3", "2"]),
        ("-Qty", ["-3", "2"]),
        ("coalesce(Qty, 0) + 0.5", ["3.5", "-1.5"]),
        ("case when Kind = 'C' then -Amount else Amount end", ["-10", "20"]),
        ("case Kind when 'C' then Amount * 2 else 0 end", ["20", "0"]),
        ("Amount / 0", [None, None]),
    ],
)
def test_numbers_read_columns_as_money(load, expression, expected):
    assert computed(load, expression, "cost") == [None if n is None else Decimal(n) for n in expected]


def test_a_text_that_is_no_number_makes_the_row_a_bad_number(load):
    content = "No,Date,Customer,Qty,Price\nA1,2024-01-05,7,three,2\nA2,2024-01-05,7,,2\nA3,2024-01-05,7,3,2\n"
    columns = {name: header for name, header in MAPPING["columns"].items() if name != "amount_net"}
    ingested = load(content, columns=columns, computed={"amount_net": "Qty * Price"})
    assert codes(ingested) == [(2, "BAD_NUMBER"), (3, "MISSING_REQUIRED")]
    assert (
        ingested.rejects["reason"].iloc[0] == "amount_net must be a number; computed.amount_net holds something else."
    )


def test_a_product_beyond_what_money_holds_is_a_bad_number_and_stops_nothing(load):
    content = "No,Date,Customer,Qty,Price\nA1,2024-01-05,7,99999999999,99999999999\nA2,2024-01-05,7,3,2\n"
    columns = {name: header for name, header in MAPPING["columns"].items() if name != "amount_net"}
    ingested = load(content, columns=columns, computed={"amount_net": "Qty * Price"})
    assert values(ingested, "doc_id") == ["A2"]


@pytest.mark.parametrize(
    "expression",
    [
        "read_csv('/etc/passwd')",
        "(SELECT 1)",
        "No; DROP TABLE x",
        "cast(No AS INTEGER)",
        "No::int",
        "count(*)",
        "sum(Amount)",
        "row_number() over ()",
        "getenv('HOME')",
        "random()",
        "current_user",
        "No LIKE 'A%'",
        "No ~ 'A'",
        "$1",
        "?",
        "*",
        "No AS x",
        "Amount + 'x'",
        "No || 1",
        "case when No then 'x' end",
        "substr(No, -1)",
        "substr(No, length(No))",
        "Amount % 2",
        "[1, 2]",
        "{'a': 1}",
        "x -> x",
        "1e400 + Amount",
        "",
        "No ||",
        "(" * 300 + "No" + ")" * 300,
        "'" + "x" * 3_000 + "'",
    ],
)
def test_everything_else_is_refused_by_name(load, expression):
    with pytest.raises(SourceError, match=r"sources\.log\.computed\.channel"):
        computed(load, expression)


def test_columns_that_the_file_lacks_are_named(load):
    with pytest.raises(
        SourceError, match=r"sources\.log\.computed\.channel names the column 'Qyt', which log\.csv lacks; it has 'No'"
    ):
        computed(load, "Qyt * Price")


def test_quotes_in_texts_stay_in_texts(load):
    assert computed(load, "'a''); DROP TABLE x; --' || Kind") == ["a'); DROP TABLE x; --C", "a'); DROP TABLE x; --x"]


def test_days_are_reckoned_from_a_day_by_the_sources_formats(load):
    ingested = load(
        "No,Date,Customer,Amount,Terms\nA1,05.01.2024,7,1,30\nA2,31.12.2024,7,1,\nA3,00000000,7,1,10\n",
        computed={"return_of": "days_after(Date, coalesce(Terms, 1))"},
        date_formats=["%d.%m.%Y"],
    )
    assert values(ingested, "return_of") == ["2024-02-04", "2025-01-01"]
