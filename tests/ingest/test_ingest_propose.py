"""Exports that nobody has described: what they are taken for."""

import tomllib
from pathlib import Path

import pytest
from chinese_exports import COMPANIES

from custinsight.demo import demo_plan, write_demo
from custinsight.errors import SourceError
from custinsight.ingest import check_sources, load_sources
from custinsight.ingest.propose import propose_mapping
from custinsight.plan import Source, read_plan

ORDERS = "Order ID;Kunde;Order Date;Customer No.;Qty;Unit Price;Discount\n"


def plan_of(proposal, tmp_path: Path):
    path = tmp_path / "audit.toml"
    path.write_text(proposal.to_toml(), encoding="utf-8")
    return read_plan(path)


def columns(proposal, file: str) -> dict[str, str]:
    """Canonical column to header of the file's rows of the proposal."""
    rows = proposal.columns[(proposal.columns["file"] == file) & (proposal.columns["column"] != "")]
    return dict(zip(rows["column"], rows["header"], strict=True))


def one(tmp_path: Path, text: str, name: str = "invoices.csv"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return propose_mapping(tmp_path / name)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder / "data" / "demo", customers=300, truth=False)
    return folder, propose_mapping(folder / "data" / "demo", root=folder)


def test_the_demo_is_proposed_as_its_own_plan_has_it(demo):
    _, proposal = demo
    wanted = {Path(keys["path"]).name: keys for keys in tomllib.loads(demo_plan())["sources"]}
    found = {Path(keys["path"]).name: keys for keys in proposal.sources}
    assert set(found) == set(wanted)
    truth = {(file, name, header) for file, keys in wanted.items() for name, header in keys["columns"].items()}
    proposed = {(file, name, header) for file, keys in found.items() for name, header in keys["columns"].items()}
    assert len(truth & proposed) / len(truth) >= 0.97
    assert len(truth & proposed) / len(proposed) >= 0.97
    for part in ("table", "system", "header"):
        assert {file: keys.get(part) for file, keys in found.items()} == {
            file: keys.get(part) for file, keys in wanted.items()
        }
    assert found["erp_customers.csv"]["values"]["status"] == {"停用": "disabled", "冻结": "frozen", "正常": "active"}
    assert (proposal.period, proposal.currency, proposal.country) == ("2024Q4", "CNY", "CN")


def test_the_demos_proposal_passes_the_check_and_loads(demo, con):
    folder, proposal = demo
    (folder / "audit.toml").write_text(proposal.to_toml(), encoding="utf-8")
    plan = read_plan(folder / "audit.toml")
    assert [found.problems for found in check_sources(plan.sources, folder) if found.problems] == []
    wanted = folder / "demo.toml"
    wanted.write_text(demo_plan(), encoding="utf-8")
    loaded = load_sources(plan.sources, folder, con).load_report["rows_kept"].sum()
    assert loaded >= 0.99 * load_sources(read_plan(wanted).sources, folder, con).load_report["rows_kept"].sum()


@pytest.mark.parametrize("name", COMPANIES)
def test_chinese_exports_with_headers_of_their_own(name, tmp_path, con):
    truth = COMPANIES[name](tmp_path)
    proposal = propose_mapping(tmp_path)
    wanted = {(file, column, header) for file, (_, known) in truth.items() for column, header in known.items()}
    found = {
        (file, column, header.replace('"', "")) for file in truth for column, header in columns(proposal, file).items()
    }
    assert len(wanted & found) / len(wanted) >= 0.95
    assert len(wanted & found) / len(found) >= 0.95
    plan = plan_of(proposal, tmp_path)
    assert {source.table for source in plan.sources} == {table for table, _ in truth.values()}
    assert [
        check.problems for check in check_sources(plan.sources, tmp_path, folders=plan.folders) if check.problems
    ] == []
    assert load_sources(plan.sources, tmp_path, con, folders=plan.folders).load_report["rows_rejected"].sum() == 0


@pytest.mark.parametrize(("name", "sources"), [("northwind", 3), ("adventureworks", 2), ("sap", 3)])
def test_real_exports_of_known_systems_get_their_presets(name, sources, shared_data, tmp_path):
    proposal = propose_mapping(shared_data / name)
    assert [keys["preset"].partition("/")[0].removesuffix("-sample") for keys in proposal.sources] == [name] * sources
    plan = plan_of(proposal, tmp_path)
    assert [
        check.problems for check in check_sources(plan.sources, tmp_path, folders=plan.folders) if check.problems
    ] == []


def test_real_logs_of_no_known_system(shared_data, tmp_path):
    retail = propose_mapping(shared_data / "onlineretail.parquet")
    assert retail.period == "2011Q3"
    assert retail.sources[0]["computed"] == {"amount_net": "Quantity * UnitPrice"}
    cdnow = propose_mapping(shared_data / "cdnow" / "CDNOW_master.txt")
    assert cdnow.sources[0]["whitespace"] is True
    assert columns(cdnow, "CDNOW_master.txt")["amount_net"] == "dollar_value"
    for proposal in (retail, cdnow):
        plan = plan_of(proposal, tmp_path)
        assert check_sources(plan.sources, tmp_path, folders=plan.folders)[0].problems == ()


# ----------------------------------------------------------------------------------------------- what values decide


def test_amounts_with_tax_are_never_taken_for_amounts_without(tmp_path):
    body = "".join(f"A{n},2024-01-{n:02d},C{n},113.00,13.00\n" for n in range(1, 29))
    proposal = one(tmp_path, "单据编号,日期,客户编码,价税合计,税额\n" + body)
    source = Source.model_validate(proposal.sources[0])
    assert source.columns["amount_gross"] == "价税合计"
    assert source.computed == {"amount_net": '"价税合计" - "税额"'}


def test_tax_that_cannot_be_taken_out_is_asked_for(tmp_path):
    body = "".join(f"A{n},2024-01-{n:02d},C{n},113.00\n" for n in range(1, 29))
    proposal = one(tmp_path, "单据编号,日期,客户编码,含税金额\n" + body)
    assert "amount_net" not in {**proposal.sources[0]["columns"], **proposal.sources[0].get("computed", {})}
    text = proposal.to_toml()
    assert '# amount_net = "\\"含税金额\\" / 1.13"' in text
    assert "only amounts with tax" in text


def test_prices_are_multiplied_and_discounts_taken_off(tmp_path):
    body = "".join(f"{n};X;{n:02d}.01.2024;C{n % 9};3;1.234,50;0,1\n" for n in range(1, 29))
    proposal = one(tmp_path, ORDERS + body, "orders.csv")
    (keys,) = proposal.sources
    assert (keys["decimal"], keys["date_formats"]) == (",", ["%d.%m.%Y"])
    assert keys["computed"]["amount_net"] == 'Qty * "Unit Price" * (1 - coalesce(Discount, 0))'
    assert keys["constants"]["doc_type"] == "order"


def test_day_and_month_are_told_by_the_days_or_else_asked_for(tmp_path):
    head = "Invoice,Date,Customer No,Net Amount\n"
    sure = one(tmp_path, head + "".join(f"{n},{n}/02/2024,7,1\n" for n in range(1, 29)))
    assert sure.sources[0]["date_formats"] == ["%d/%m/%Y"]
    unsure = one(tmp_path, head + "".join(f"{n},{n}/02/2024,7,1\n" for n in range(1, 12)))
    assert "day and month could be swapped" in unsure.to_toml()


def test_a_header_above_which_titles_stand_is_found(tmp_path):
    body = "".join(f"A{n};2024-01-{n:02d};C{n};10\n" for n in range(1, 29))
    (keys,) = one(tmp_path, "Sales report\n2024\n\nInvoice No;Date;Customer No;Net Amount\n" + body).sources
    assert keys["header"] == 4
    assert keys["columns"]["doc_id"] == "Invoice No"


def test_latin_text_is_declared(tmp_path):
    body = "".join(f"{n},Jos\xe9 M\xfcller \xdf,Stra\xdfe {n}\n" for n in range(1, 29))
    (tmp_path / "customers.csv").write_bytes(("Customer No,Customer Name,Address\n" + body).encode("latin-1"))
    assert propose_mapping(tmp_path).sources[0]["encoding"] == "latin-1"


def test_a_column_of_unknown_codes_is_left_out_and_told(tmp_path):
    body = "".join(f"A{n},2024-01-{n:02d},C{n},10,Z{n % 3}\n" for n in range(1, 29))
    proposal = one(tmp_path, "Invoice No,Date,Customer No,Net Amount,Status\n" + body)
    assert "status" not in proposal.sources[0]["columns"]
    assert "Status has codes of its own" in proposal.to_toml()


def test_a_weak_header_is_believed_when_its_values_are_customers(tmp_path):
    numbers = [f"C{n:03d}" for n in range(40)]
    (tmp_path / "customers.csv").write_text(
        "Customer No,Customer Name\n" + "".join(f"{number},Firm {number} Ltd\n" for number in numbers)
    )
    lines = "".join(f"A{n},2024-01-{n % 28 + 1:02d},{number},10\n" for n, number in enumerate(numbers))
    (tmp_path / "sales.csv").write_text("Invoice No,Date,Firm,Net Amount\n" + lines)
    proposal = propose_mapping(tmp_path)
    rows = proposal.columns.set_index(["file", "header"])
    assert rows.loc[("sales.csv", "Firm"), "column"] == "customer_id"
    assert "100.0% are numbers of known customers" in rows.loc[("sales.csv", "Firm"), "evidence"]


def test_lines_get_their_headers_from_another_file(tmp_path, con):
    (tmp_path / "heads.csv").write_text(
        "Order No,Order Date,Customer No,Total\n" + "".join(f"{n},2024-01-{n:02d},C{n},30\n" for n in range(1, 29))
    )
    (tmp_path / "lines.csv").write_text(
        "Order No,Item No,Quantity,Net Amount\n" + "".join(f"{n},P{m},1,15\n" for n in range(1, 29) for m in (1, 2))
    )
    proposal = propose_mapping(tmp_path)
    (keys,) = proposal.sources
    assert keys["lookups"][0]["on"] == {"Order No": "Order No"}
    assert set(proposal.unused) == {"heads.csv"}
    plan = plan_of(proposal, tmp_path)
    assert load_sources(plan.sources, tmp_path, con, folders=plan.folders).load_report["rows_kept"].tolist() == [56]


def test_totals_per_document_beside_their_lines_are_not_counted_twice(tmp_path):
    (tmp_path / "heads.csv").write_text(
        "Invoice No,Date,Customer No,Net Amount\n" + "".join(f"{n},2024-01-{n:02d},C{n},30\n" for n in range(1, 29))
    )
    lines = [f"{n},{m},2024-01-{n:02d},C{n},P{m},15\n" for n in range(1, 29) for m in (1, 2)]
    (tmp_path / "lines.csv").write_text("Invoice No,Line No,Date,Customer No,Item No,Net Amount\n" + "".join(lines))
    proposal = propose_mapping(tmp_path)
    assert [keys["name"] for keys in proposal.sources] == ["lines"]
    assert "its documents are in lines.csv" in proposal.to_toml()


def test_files_that_look_alike_become_one_source(tmp_path):
    for year in (2023, 2024):
        body = "".join(f"A{year}{n},{year}-03-{n:02d},C{n},10\n" for n in range(1, 32))
        (tmp_path / f"invoices_{year}.csv").write_text("Invoice No,Date,Customer No,Net Amount\n" + body)
    proposal = propose_mapping(tmp_path)
    assert [Path(keys["path"]).name for keys in proposal.sources] == ["invoices_202*.csv"]
    assert proposal.period == "2024Q1"


def test_a_preset_learns_decimal_sign_and_dates_from_the_file(tmp_path, con):
    head = "VBELN;VBTYP;WAERK;FKDAT;KUNAG\n"
    (tmp_path / "VBRK.csv").write_text(head + "".join(f"9{n:03d};M;EUR;2024/01/{n:02d};1000\n" for n in range(1, 29)))
    head = "VBELN;POSNR;FKIMG;NETWR;MATNR\n"
    (tmp_path / "VBRP.csv").write_text(head + "".join(f"9{n:03d};10;1,000;1.234,50;M1\n" for n in range(1, 29)))
    proposal = propose_mapping(tmp_path)
    (keys,) = proposal.sources
    assert (keys["preset"], keys["decimal"]) == ("sap/invoices", ",")
    plan = plan_of(proposal, tmp_path)
    amounts = (
        load_sources(plan.sources, tmp_path, con, folders=plan.folders)
        .tables["transactions"]["amount_net"]
        .to_pyarrow()
        .to_pylist()
    )
    assert float(amounts[0]) == 1234.5


# ------------------------------------------------------------------------------------------------- what is not said


def test_unsure_lines_are_written_behind_a_sign(tmp_path):
    body = "".join(f"A{n},2024-01-{n:02d},C{n},10,x{n}\n" for n in range(1, 29))
    (tmp_path / "invoices.csv").write_text("Invoice No,Date,Customer No,Net Amount,Colour\n" + body)
    text = propose_mapping(tmp_path, threshold=1.01).to_toml()
    assert '# amount_net = "Net Amount" # 1.00' in text
    assert '# without a column: "Colour"' in text


def test_a_proposal_holds_no_values(tmp_path):
    secret = ["13812345678", "王小明", "secret@example.com", "91320500MA1ABCDE2X"]
    rows = "".join(f"{n},{secret[1]}{n},{secret[0]},{secret[2]},{secret[3]}\n" for n in range(1, 29))
    (tmp_path / "客户.csv").write_text("客户编码,客户名称,手机,邮箱,税号\n" + rows, encoding="utf-8")
    (tmp_path / "ohne.csv").write_text(rows, encoding="utf-8")
    proposal = propose_mapping(tmp_path)
    said = proposal.to_toml() + proposal.columns.to_string() + repr(proposal.unused)
    assert [value for value in secret if value in said] == []
    assert "ohne.csv" in said


def test_headers_cannot_break_out_of_the_plan(tmp_path):
    header = 'Invoice No,Date,Customer No,"Net Amount","x""]\nevil = ""1"\n'
    body = "".join(f"A{n},2024-01-{n:02d},C{n},10,1\n" for n in range(1, 29))
    proposal = one(tmp_path, header + body)
    assert "evil" not in tomllib.loads(proposal.to_toml())
    assert plan_of(proposal, tmp_path).sources[0].columns["amount_net"] == "Net Amount"


def test_files_that_are_no_tables_are_told(tmp_path):
    one(tmp_path, "Invoice No,Date,Customer No,Net Amount\n" + "A1,2024-01-01,C1,10\n" * 5)
    (tmp_path / "page.csv").write_text("<html><body>no</body></html>")
    (tmp_path / "colours.csv").write_text("Colour,Shade\nred,1\n")
    unused = propose_mapping(tmp_path).unused
    assert set(unused) == {"page.csv", "colours.csv"}
    with pytest.raises(
        SourceError, match=r"None of the files can be taken for customers or transactions: colours\.csv"
    ):
        propose_mapping(tmp_path / "colours.csv")


def test_a_database_without_a_preset_is_proposed_table_by_table(tmp_path, con):
    import sqlite3

    base = sqlite3.connect(tmp_path / "shop.db")
    base.execute("CREATE TABLE invoices (invoice_no, invoice_date, customer_no, net_amount)")
    base.executemany("INSERT INTO invoices VALUES (?, ?, ?, ?)", [(n, f"2024-01-{n:02d}", n, n) for n in range(1, 29)])
    base.execute("CREATE TABLE colours (name, shade)")
    base.commit()
    base.close()
    proposal = propose_mapping(tmp_path)
    (keys,) = proposal.sources
    assert keys["query"] == 'SELECT * FROM "invoices"'
    plan = plan_of(proposal, tmp_path)
    assert load_sources(plan.sources, tmp_path, con, folders=plan.folders).load_report["rows_kept"].tolist() == [28]
