"""The five real logs load by their examples' plans, and reconcile."""

from pathlib import Path

import pytest

from custinsight import engine
from custinsight.ingest import check_sources, load_sources
from custinsight.plan import read_plan

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def load(name: str):
    path = EXAMPLES / name / "audit.toml"
    plan = read_plan(path)
    ingested = load_sources(plan.sources, path.parent, engine.connect(), folders=plan.folders)
    report = ingested.load_report
    went = report[["rows_kept", "rows_rejected", "rows_total_lines", "rows_out_of_scope"]].sum(axis=1)
    assert (report["rows_in"] == went).all()
    assert (ingested.load_amounts["difference"] == 0).all()
    first, last = day_range(ingested)
    period = plan.parse_period()
    assert first < period.previous().start
    assert period.end <= last
    return ingested


def day_range(ingested):
    days = ingested.tables["transactions"]["doc_date"]
    row = engine.collect(ingested.tables["transactions"].agg(first=days.min(), last=days.max())).iloc[0]
    return row["first"].date(), row["last"].date()


def count(ingested, table: str = "transactions", **distinct: str) -> int:
    rows = ingested.tables[table]
    return int((rows[distinct["of"]].nunique() if distinct else rows.count()).execute())


def total(ingested) -> float:
    return round(float(ingested.load_amounts["amount_kept"].sum()), 2)


def test_cdnow_runs_anywhere():
    ingested = load("cdnow")
    assert count(ingested) == 6_919
    assert count(ingested, of="customer_id") == 2_357
    assert total(ingested) == 244_091.94


@pytest.mark.usefixtures("shared_data")
def test_online_retail_tells_what_it_cannot_attribute():
    ingested = load("onlineretail")
    assert ingested.load_report["rows_in"].tolist() == [541_909]
    assert ingested.load_report["rows_rejected"].tolist() == [135_080]
    assert set(ingested.rejects["code"]) == {"MISSING_REQUIRED"}
    assert count(ingested, of="customer_id") == 4_372
    assert ingested.load_amounts["amount_in"].tolist() == [9_747_747.93]
    assert total(ingested) == 8_300_065.81
    rows = ingested.tables["transactions"]
    returns = rows.filter(rows["doc_type"] == "return")
    assert int(returns.count().execute()) == 8_905
    assert float(returns["amount_net"].max().execute()) < 0


@pytest.mark.usefixtures("shared_data")
def test_adventureworks_mends_the_year_that_holds_prices():
    ingested = load("adventureworks")
    assert count(ingested, "customers") == 18_148
    assert count(ingested) == 56_046
    assert count(ingested, of="customer_id") == 17_416
    assert ingested.load_report["rows_rejected"].sum() == 0
    assert total(ingested) == 24_914_586.82
    rows = ingested.tables["transactions"]
    assert int(rows["cost"].isnull().sum().execute()) == 0
    assert int(rows.filter(rows["category"].isnull()).count().execute()) == 0


@pytest.mark.usefixtures("shared_data")
def test_northwind_is_read_by_queries():
    ingested = load("northwind")
    assert [count(ingested, table) for table in ("customers", "transactions", "owners")] == [93, 2_155, 9]
    assert count(ingested, of="doc_id") == 830
    assert total(ingested) == 1_265_793.04


@pytest.mark.usefixtures("shared_data")
def test_sap_rejects_items_without_a_header():
    ingested = load("sap")
    assert [count(ingested, table) for table in ("customers", "owners")] == [40, 14]
    assert count(ingested) == 12_940
    assert len(ingested.rejects) == 4_878
    assert ingested.tables["transactions"]["status"].nunique().execute() == 3
    owners = ingested.tables["owners"]["owner_id"].to_pyarrow().to_pylist()
    assert set(ingested.tables["transactions"]["owner_id"].to_pyarrow().to_pylist()) <= set(owners)
    assert "Pénélope Duperré" in ingested.tables["owners"]["owner_name"].to_pyarrow().to_pylist()


@pytest.mark.parametrize("name", ["cdnow", "adventureworks", "northwind", "sap", "onlineretail"])
def test_a_check_of_the_examples_finds_no_problem(name, request):
    if name != "cdnow":
        request.getfixturevalue("shared_data")
    path = EXAMPLES / name / "audit.toml"
    plan = read_plan(path)
    found = check_sources(plan.sources, path.parent, plan.trust, folders=plan.folders)
    assert [one.problems for one in found if one.problems] == []
