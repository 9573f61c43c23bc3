"""The checks stage: what the records of a period are worth, at the period's end and in its revenue."""

from pathlib import Path

import pytest

from custinsight.audit import Audit, open_audit
from custinsight.errors import DataError

PLAN = """
currency = "CNY"
period = "2024Q2"
[[sources]]
name = "people"
table = "customers"
system = "ERP"
path = "people.csv"
[sources.columns]
customer_id = "id"
customer_name = "name"
mobile = "mobile"
city = "city"
owner_id = "owner"
created_date = "created"
[[sources]]
name = "lines"
table = "transactions"
system = "ERP"
path = "lines.csv"
[sources.columns]
doc_id = "doc"
doc_date = "day"
customer_id = "id"
amount_net = "net"
[sources.constants]
currency = "CNY"
[scope]
exclude_customers = ["0"]
[[checks]]
name = "no_gifts"
table = "transactions"
holds = "amount_net > 0"
severity = "fail"
why = "Gifts hide in the sales."
"""
PEOPLE = """id,name,mobile,city,owner,created
0,Counter sales,,,,2020-01-01
1,华东贸易有限公司,13912345678,上海,S1,2024-01-01
2,华东贸易有限公司,13912345678,,S1,2024-01-01
3,美的集团,,广州,,2024-01-01
4,海尔集团,13912345679,青岛,S1,2024-08-01
"""
LINES = """doc,day,id,net
A,2024-02-01,1,100
B,2024-05-01,3,300
C,2024-06-01,9,80
D,2022-06-01,3,1000
E,2024-06-01,1,0
F,2024-06-01,0,5
G,2024-09-01,3,-7
"""


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    folder: Path = tmp_path_factory.mktemp("trust")
    for name, content in (("audit.toml", PLAN), ("people.csv", PEOPLE), ("lines.csv", LINES)):
        (folder / name).write_text(content, encoding="utf-8")
    (folder / "keys").mkdir()
    (folder / "keys" / "pseudonym.key").write_text("11" * 32)
    return open_audit(folder / "audit.toml", "2024Q2")


def test_a_check_knows_the_revenue_of_its_rows(audit: Audit) -> None:
    checks = audit.table("checks").set_index("code")
    found = checks.loc["TRANSACTIONS_KNOWN_CUSTOMER_ID"]
    assert (found["records"], found["revenue"]) == (1, 80.0)
    assert found["revenue_share"] == pytest.approx(80 / 480)
    # the customer without an owner bought for 300 within twelve months, and for 1000 before
    assert checks.loc["HAS_OWNER_ID", "revenue"] == 300.0


def test_only_what_the_period_may_see_is_checked(audit: Audit) -> None:
    checks = audit.table("checks").set_index("code")
    # neither the customer of August nor the counter sales that the plan leaves out
    assert checks.loc["HAS_CUSTOMER_NAME", "denominator"] == 3
    own = checks.loc["OWN_no_gifts"]
    assert (own["numerator"], own["denominator"], own["severity"]) == (4, 5, "fail")


def test_repairs_are_ranked_by_the_revenue_they_touch(audit: Audit) -> None:
    ranked = audit.table("repairs_ranked")
    assert ranked["place"].tolist() == list(range(1, len(ranked) + 1))
    assert ranked["revenue"].is_monotonic_decreasing
    assert len(ranked) <= 10
    city = ranked.set_index("code").loc["HAS_CITY"]
    assert (city["records"], city["repaired"]) == (1, 1)


def test_a_repair_is_logged_with_what_it_rests_on(audit: Audit) -> None:
    made = audit.read("repairs").to_pyarrow().to_pylist()
    assert [(row["source_id"], row["column"], row["new_value"], row["rule"]) for row in made] == [
        ("2", "city", "上海", "FILLED_SAME_PHONE")
    ]


def test_rows_behind_a_check_are_for_those_who_may_see_numbers(audit: Audit) -> None:
    with pytest.raises(DataError, match="personal data"):
        audit.table("check_rows")
    rows = audit.read("check_rows").to_pyarrow().to_pylist()
    assert {"code": "HAS_CITY", "source_id": "2"}.items() <= next(r for r in rows if r["code"] == "HAS_CITY").items()
    assert "value" not in rows[0]


def test_examples_hold_no_value_of_the_export(audit: Audit) -> None:
    shown = " ".join(audit.table("check_examples")["example"])
    assert not any(word in shown for word in ("华东", "美的", "139", "上海"))


def test_quality_is_scored_by_source_and_owner(audit: Audit) -> None:
    by = audit.table("quality_by")
    assert {"total", "field", "source", "owner", "table"} == set(by["by"])
    assert set(by.loc[by["by"] == "source", "key"]) == {"ERP"}
    assert audit.quality()["score"].between(0, 1).all()
