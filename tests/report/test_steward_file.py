"""The data steward's workbook: every check with its rows, and proposals to decide on."""

import stat
from pathlib import Path

import openpyxl
import pytest

from custinsight.audit import Audit, open_audit
from custinsight.report import write_steward_file

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
email = "email"
city = "city"
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
"""
PEOPLE = """id,name,mobile,email,city
1,华东贸易有限公司,13912345678,li.na@gmial.com,上海
2,华东贸易有限公司,13912345678,,
3,美的集团,12,,
"""
LINES = "doc,day,id,net\nA,2024-02-01,1,100\nB,2024-05-01,3,300\n"


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    folder: Path = tmp_path_factory.mktemp("steward")
    for name, content in (("audit.toml", PLAN), ("people.csv", PEOPLE), ("lines.csv", LINES)):
        (folder / name).write_text(content, encoding="utf-8")
    return open_audit(folder / "audit.toml", "2024Q2")


def sheets(path: Path) -> dict[str, list[tuple[object, ...]]]:
    book = openpyxl.load_workbook(path)
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def test_a_workbook_for_each_language_that_only_its_owner_may_read(audit: Audit, tmp_path: Path) -> None:
    english, chinese = write_steward_file(audit, tmp_path)
    assert list(sheets(english)) == ["Checks", "Rows to put right", "To decide", "Known for certain"]
    assert list(sheets(chinese)) == ["检查", "待修正的行", "待决定", "可确定的修正"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (english, chinese)} == {0o600}


def test_each_check_names_its_rows_those_with_the_most_revenue_first(audit: Audit, tmp_path: Path) -> None:
    found = sheets(write_steward_file(audit, tmp_path)[0])
    heading, *rows = found["Rows to put right"]
    check, number, revenue = (heading.index(name) for name in ("Check", "Number in the source", "Revenue"))
    without_city = [(row[number], row[revenue]) for row in rows if row[check] == "Filled in: city"]
    assert [name for name, _ in without_city] == ["3", "2"]
    assert without_city[0][1] == 300
    totals = {row[0]: row[2] for row in found["Checks"][1:]}
    assert totals["Filled in: city"] == 2


def test_what_is_likely_waits_for_a_decision_and_what_is_certain_is_listed(audit: Audit, tmp_path: Path) -> None:
    found = sheets(write_steward_file(audit, tmp_path)[0])
    assert ("ERP", "1", "E-mail", "li.na@gmial.com", "li.na@gmail.com", "The domain looks mistyped") in [
        row[:6] for row in found["To decide"]
    ]
    assert ("2", "City", None, "上海") in [row[1:5] for row in found["Known for certain"]]
