"""The view of a period on receivables: one currency, the right list, nothing paid too early."""

import pandas as pd
import pytest

from custinsight.audit import Audit, open_audit

PLAN = """
currency = "CNY"
period = "2024Q3"
[[sources]]
name = "lines"
table = "transactions"
path = "lines.csv"
system = "ERP"
[sources.columns]
customer_id = "customer"
doc_id = "doc"
doc_date = "day"
amount_net = "amount"
currency = "currency"
fx_rate = "rate"
[[sources]]
name = "open"
table = "receivables"
path = "open.csv"
system = "ERP"
[sources.columns]
customer_id = "customer"
doc_id = "doc"
doc_date = "day"
due_date = "due"
amount = "amount"
amount_open = "open"
paid_date = "paid"
currency = "currency"
as_of = "as_of"
"""
LINES = """customer,doc,day,amount,currency,rate
1,A,2024-07-01,100,CNY,
2,B,2024-07-02,10,USD,7.0
2,C,2024-08-02,10,USD,7.2
2,D,2024-10-02,10,USD,9.9
"""
OPEN = """customer,doc,day,due,amount,open,paid,currency,as_of
1,A,2024-07-01,2024-08-01,100,100,,CNY,2024-12-31
2,B,2024-07-02,2024-08-02,10,0,2024-11-05,USD,2024-12-31
2,C,2024-08-02,2024-09-02,10,0,2024-09-05,USD,2024-12-31
2,D,2024-10-02,2024-11-02,10,10,,USD,2024-12-31
3,E,2024-07-02,2024-08-02,50,50,,EUR,2024-12-31
"""


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    folder = tmp_path_factory.mktemp("view")
    for name, text in (("audit.toml", PLAN), ("lines.csv", LINES), ("open.csv", OPEN)):
        (folder / name).write_text(text, encoding="utf-8")
    return open_audit(folder / "audit.toml")


def _open(audit: Audit) -> pd.Series:
    return audit.table("receivables").set_index("doc_id")["amount_open"]


def test_foreign_receivables_are_converted_at_the_newest_known_rate(audit: Audit) -> None:
    assert _open(audit)["B"] == pytest.approx(72.0)


def test_what_was_paid_after_the_period_was_still_open(audit: Audit) -> None:
    assert _open(audit)["A"] == 100
    assert _open(audit)["C"] == 0


def test_documents_dated_later_are_not_seen(audit: Audit) -> None:
    assert "D" not in _open(audit)


def test_receivables_without_a_rate_are_told_and_never_summed(audit: Audit) -> None:
    assert "E" not in _open(audit)
    assert audit.table("receivables_without_rate").values.tolist() == [["EUR", 1, 50.0]]
