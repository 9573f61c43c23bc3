"""Amounts with tax never pass for net ones: net is derived by a tax that the plan names, or the load stops."""

from decimal import Decimal

import pytest
from ingest_exports import MAPPING, codes, values

from custinsight.errors import SourceError
from custinsight.ingest import check_sources
from custinsight.ingest.tax import is_with_tax, net_basis
from custinsight.plan import Source

GROSS = {key: header for key, header in MAPPING["columns"].items() if key != "amount_net"} | {
    "amount_gross": "价税合计"
}
LOG = "No,Date,Customer,价税合计,税额\nA1,2024-01-05,7,113.00,13.00\nA2,2024-01-05,7,0.03,0.01\n"


def test_net_is_gross_less_the_tax_column(load):
    ingested = load(LOG, columns={**GROSS, "amount_tax": "税额"})
    assert values(ingested, "amount_net") == [Decimal("100.0000"), Decimal("0.0200")]
    assert values(ingested, "amount_gross") == [Decimal("113.0000"), Decimal("0.0300")]
    assert values(ingested, "amount_tax") == [Decimal("13.0000"), Decimal("0.0100")]
    assert ingested.load_amounts["amount_kept"].tolist() == [100.02]


def test_net_is_gross_without_the_declared_rate_to_the_cent(load):
    ingested = load(LOG + "A3,2024-01-05,7,100,\n", columns=GROSS, tax_rate=0.13)
    assert values(ingested, "amount_net") == [Decimal("100.0000"), Decimal("0.0300"), Decimal("88.5000")]


def test_computed_amounts_may_hold_tax_too(load):
    columns = {key: header for key, header in GROSS.items() if key != "amount_gross"}
    ingested = load(
        "No,Date,Customer,Price,Qty\nA1,2024-01-05,7,11.30,3\n",
        columns=columns,
        computed={"amount_gross": "Price * Qty"},
        tax_rate=0.13,
    )
    assert values(ingested, "amount_net") == [Decimal("30.0000")]


def test_a_row_whose_tax_is_not_known_is_rejected(load):
    ingested = load(LOG + "A3,2024-01-05,7,100,\n", columns={**GROSS, "amount_tax": "税额"})
    assert codes(ingested) == [(4, "MISSING_REQUIRED")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"columns": GROSS}, "got amount_gross alone, which holds tax"),
        (
            {"columns": {**GROSS, "amount_net": "税额"}, "tax_rate": 0.13},
            "tax_rate must stand beside amount_gross alone",
        ),
        ({"columns": {**GROSS, "amount_tax": "税额"}, "tax_rate": 0.13}, "tax_rate must stand beside"),
        ({"columns": {**MAPPING["columns"], "amount_net": "税额"}, "tax_rate": 0.13}, "tax_rate must stand beside"),
    ],
)
def test_a_mapping_that_mixes_them_is_refused(load, changes, said):
    with pytest.raises(SourceError, match=said):
        load(LOG, **changes)


@pytest.mark.parametrize(
    ("header", "with_tax"),
    [
        *(
            ("含税金额", True),
            ("价税合计", True),
            ("金额(含税)", True),
            ("Gross Amount", True),
            ("Total incl. VAT", True),
        ),
        *(("不含税金额", False), ("未税金额", False), ("无税金额", False), ("Net (excl. tax)", False), ("金额", False)),
        *(("Amount", False), ("Betrag brutto", True), ("Price ex VAT", False), ("Montant TTC", True)),
    ],
)
def test_headers_with_tax_are_told_from_those_without(header, with_tax):
    assert is_with_tax(header) == with_tax


def test_a_net_amount_from_a_header_with_tax_is_told_in_check_and_load_report(load, tmp_path):
    columns = {**MAPPING["columns"], "amount_net": "价税合计"}
    ingested = load(LOG, columns=columns)
    assert "looks as if it held tax" in ingested.load_report["problems"].iloc[0]
    (found,) = check_sources([Source.model_validate({**MAPPING, "path": "log.csv", "columns": columns})], tmp_path)
    assert [text.split(",")[0] for text in found.warnings] == ["amount_net is filled from 价税合计"]
    assert found.problems == ()


def test_where_net_amounts_come_from_is_known_per_source():
    plain = {"name": "log", "table": "transactions"}
    assert net_basis(Source(**plain, columns={"amount_net": "Net"})) == "net"
    assert net_basis(Source(**plain, computed={"amount_net": "a * b"})) == "computed"
    assert net_basis(Source(**plain, columns=GROSS | {"amount_tax": "税额"})) == "gross_less_tax"
    assert net_basis(Source(name="people", table="customers")) is None
