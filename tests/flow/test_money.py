from collections.abc import Iterator
from pathlib import Path

import pytest

from custinsight.audit import Audit, open_audit

PLAN = """
currency = "CNY"
period = "2024Q3"
[[sources]]
name = "lines"
table = "transactions"
path = "lines.csv"
[sources.columns]
customer_id = "customer"
doc_id = "doc"
doc_date = "day"
doc_type = "type"
product_id = "product"
amount_net = "amount"
currency = "currency"
fx_rate = "rate"
return_of = "returns"
"""
RATES = """
[[sources]]
name = "rates"
table = "rates"
path = "rates.csv"
[sources.columns]
currency = "currency"
valid_from = "from"
fx_rate = "rate"
base_currency = "base"
"""
LINES = """customer,doc,day,type,product,amount,currency,rate,returns
1,A,2024-07-01,invoice,bolt,100.10,CNY,,
1,B,2024-07-05,invoice,bolt,10,USD,7.0,
1,C,2024-07-15,invoice,bolt,10,USD,,
1,D,2024-08-15,invoice,nut,10,USD,8.0,
2,E,2024-07-09,invoice,bolt,10,USD,,
2,F,2024-07-09,invoice,bolt,30,EUR,,
2,F,2024-07-10,invoice,nut,5,CNY,,
1,F,2024-08-01,invoice,nut,7,CNY,,
1,R1,2024-09-01,return,nut,7,CNY,,
1,R2,2024-09-02,return,bolt,100.10,CNY,,A
2,R3,2024-09-03,return,bolt,4,CNY,,
"""
TABLE = """currency,from,rate,base
USD,2024-07-10,7.1,CNY
USD,2024-08-01,7.2,CNY
USD,2024-12-01,9.9,CNY
EUR,2024-07-01,1.1,USD
"""


@pytest.fixture(scope="module", autouse=True)
def _one_key() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CUSTINSIGHT_KEY", "11" * 32)
        yield


def _audit(folder: Path, plan: str, period: str = "2024Q3") -> Audit:
    for name, text in (("audit.toml", plan), ("lines.csv", LINES), ("rates.csv", TABLE)):
        (folder / name).write_text(text, encoding="utf-8")
    return open_audit(folder / "audit.toml", period)


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    return _audit(tmp_path_factory.mktemp("money"), PLAN + RATES)


def _amounts(audit: Audit) -> dict[str, float]:
    lines = audit.table("transactions")
    return dict(zip(lines["doc_id"] + lines["product_id"], lines["amount_net"], strict=True))


def test_a_line_takes_its_own_rate_else_the_newest_of_its_day(audit: Audit) -> None:
    amounts = _amounts(audit)
    assert (amounts["Bbolt"], amounts["Cbolt"], amounts["Dnut"]) == (70.0, 71.0, 80.0)


def test_lines_without_a_rate_are_counted_and_in_no_total(audit: Audit) -> None:
    """E is dated before the first rate of its currency; F's rate is one into dollars."""
    totals = audit.table("currency_totals").set_index("currency")
    assert totals.loc["USD", ["lines", "own_rate", "table_rate", "without_rate"]].tolist() == [4, 2, 1, 1]
    assert totals.loc["USD", ["amount", "amount_without_rate", "amount_base"]].tolist() == [40.0, 10.0, 221.0]
    assert totals.loc["EUR", ["without_rate", "amount_without_rate", "amount_base"]].tolist() == [1, 30.0, 0.0]
    assert not {"Ebolt", "Fbolt"} & set(_amounts(audit))


def test_totals_in_base_currency_are_those_of_the_lines(audit: Audit) -> None:
    summed = audit.table("transactions")["amount_net"].sum()
    assert round(audit.table("currency_totals")["amount_base"].sum(), 4) == round(summed, 4) == 222.0
    assert audit.read("currency_totals").amount_base.type().is_decimal()


def test_a_rate_far_from_the_tables_is_told(audit: Audit) -> None:
    """8.0 against 7.2 is more than 2 %; 7.0 stands before the table's first rate and is against nothing."""
    assert audit.table("currency_totals").set_index("currency").loc["USD", "rates_differ"] == 1


def test_without_a_rate_table_lines_need_their_own(tmp_path: Path) -> None:
    totals = _audit(tmp_path, PLAN).table("currency_totals").set_index("currency")
    assert totals.loc["USD", ["own_rate", "table_rate", "without_rate"]].tolist() == [2, 0, 2]


def test_a_return_is_negative_and_linked(audit: Audit) -> None:
    lines = audit.table("transactions").set_index("doc_id")
    assert lines.loc["R1", ["amount_net", "return_of"]].tolist() == [-7.0, "F"]
    counts = audit.table("return_counts").set_index("how")["lines"].to_dict()
    assert counts == {"named": 1, "matched": 1, "none": 1}


def test_an_order_that_came_back_is_no_purchase(audit: Audit) -> None:
    """Customer 1 keeps B, C and D of five orders; customer 2 keeps what of F is in base currency."""
    orders = audit.table("totals")["orders"].iloc[0]
    assert orders == 4


def test_matching_is_a_choice_of_the_plan(tmp_path: Path) -> None:
    audit = _audit(tmp_path, PLAN + RATES + "[scope]\nmatch_returns = false\n")
    assert audit.table("return_counts").set_index("how")["lines"].to_dict() == {"named": 1, "none": 2}
    assert audit.table("totals")["orders"].iloc[0] == 5


def test_a_number_of_two_customers_and_of_several_days_is_told(audit: Audit) -> None:
    (row,) = audit.table("order_key").to_dict("records")
    assert (row["numbers"], row["orders"]) == (5, 6)
    assert (row["shared_numbers"], row["shared_orders"]) == (1, 2)
    assert (row["long_numbers"], row["long_orders"]) == (1, 0)


def test_an_order_may_be_a_day_instead(tmp_path: Path) -> None:
    lines = LINES + "2,G,2024-07-10,invoice,bolt,9,CNY,,\n"
    plan = PLAN + RATES
    counts = []
    for name, more in (("document", ""), ("day", '[scope]\norder = "day"\n')):
        folder = tmp_path / name
        folder.mkdir()
        _audit(folder, plan + more)
        (folder / "lines.csv").write_text(lines, encoding="utf-8")
        audit = open_audit(folder / "audit.toml")
        counts.append(int(audit.table("totals")["orders"].iloc[0]))
    assert counts == [5, 4]


def test_a_period_sees_no_rate_and_no_return_of_later(tmp_path: Path) -> None:
    july = _audit(tmp_path, PLAN + RATES, "2024-07")
    assert not july.has("return_counts")
    assert july.table("totals")["orders"].iloc[0] == 4


RECEIVABLES = """
[[sources]]
name = "open"
table = "receivables"
path = "open.csv"
[sources.columns]
doc_id = "doc"
customer_id = "customer"
doc_date = "day"
due_date = "day"
amount = "amount"
amount_open = "amount"
currency = "currency"
[sources.constants]
as_of = "2024-09-30"
"""


def test_receivables_take_the_rate_that_the_table_has_at_the_periods_end(tmp_path: Path) -> None:
    (tmp_path / "open.csv").write_text(
        "doc,customer,day,amount,currency\nB,1,2024-07-05,10,USD\nF,2,2024-07-09,30,EUR\n", encoding="utf-8"
    )
    audit = _audit(tmp_path, PLAN + RATES + RECEIVABLES)
    assert audit.table("receivables")["amount_open"].tolist() == [72.0]
    assert audit.table("receivables_without_rate").values.tolist() == [["EUR", 1, 30.0]]


def test_the_stage_gives_the_same_bytes_again(audit: Audit, tmp_path: Path) -> None:
    again = _audit(tmp_path, PLAN + RATES)
    names = ("transactions", "return_links", "currency_totals", "order_key", "return_counts")
    first, second = (each.stored("scope").tables for each in (audit, again))
    assert [first[name]["sha256"] for name in names] == [second[name]["sha256"] for name in names]
