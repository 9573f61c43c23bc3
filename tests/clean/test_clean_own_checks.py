"""Rules of the plan's own: what they may say, what they mean, and what is refused."""

import datetime as dt

import pandas as pd
import pytest

from custinsight.clean import check_records, require_own_checks
from custinsight.engine import collect
from custinsight.errors import PlanError
from custinsight.plan_quality import OwnCheck

AS_OF = dt.date(2024, 12, 31)
LINES = pd.DataFrame(
    {
        "doc_id": ["1", "2", "3", "4"],
        "doc_type": ["invoice", "return", "invoice", None],
        "doc_date": pd.to_datetime(["2024-01-01", "2024-02-01", "2023-12-31", None]),
        "customer_id": ["A", "B", "C", "D"],
        "amount_net": [10.0, -5.0, -1.0, None],
        "amount_gross": [11.3, -5.65, -1.1, 3.0],
        "product_name": ["Paper A4", "Paper A3", "Ink", "100% wool"],
    }
)


def rule(holds: str, **more: object) -> OwnCheck:
    return OwnCheck.model_validate({"name": "mine", "table": "transactions", "holds": holds, **more})


def found(holds: str, **more: object) -> pd.Series:
    checked = check_records({"transactions": LINES}, as_of=AS_OF, own=[rule(holds, **more)])
    return checked.table.set_index("code").loc["OWN_mine"]


@pytest.mark.parametrize(
    ("holds", "numerator", "denominator"),
    [
        ("amount_net >= 0 or doc_type = 'return'", 2, 3),
        ("amount_net is not null", 3, 4),
        ("not (amount_net < 0)", 1, 3),
        ("doc_date >= '2024-01-01'", 2, 3),
        ("doc_date between date '2024-01-01' and date '2024-01-31'", 1, 3),
        ("doc_type in ('invoice', 'return')", 3, 3),
        ("doc_type not in ('return')", 2, 3),
        ("product_name like 'Paper%'", 2, 4),
        ("product_name not like '%A_'", 2, 4),
        ("abs(amount_gross) - abs(amount_net) <= 0.13 * abs(amount_net) + 0.01", 3, 3),
        ("length(doc_id) = 1 and upper(doc_type) <> 'DRAFT'", 3, 3),
        ("coalesce(amount_net, 0) <> 0", 3, 4),
        ("case when doc_type = 'return' then -amount_net else amount_net end > 0", 2, 3),
        ("coalesce(doc_date, date '2024-06-01') > '2023-12-31'", 3, 4),
    ],
)
def test_rules_and_what_they_count(holds: str, numerator: int, denominator: int) -> None:
    row = found(holds)
    assert (row["numerator"], row["denominator"]) == (numerator, denominator)


def test_a_rule_fails_beyond_the_share_that_may_break_it() -> None:
    assert found("amount_net >= 0", severity="fail")["severity"] == "fail"
    assert found("amount_net >= 0")["severity"] == "warn"
    assert found("amount_net >= 0", allowed=0.7)["severity"] == "pass"


def test_the_rows_that_break_a_rule_can_be_listed() -> None:
    checked = check_records({"transactions": LINES}, as_of=AS_OF, own=[rule("amount_net >= -1")])
    rows = collect(checked.rows)
    assert rows.loc[rows["code"] == "OWN_mine", ["source_id", "value"]].to_numpy().tolist() == [["2", "-5.0"]]


def test_a_column_that_the_source_lacks_is_empty() -> None:
    row = found("channel is null or channel <> 'x'")
    assert (row["numerator"], row["denominator"]) == (4, 4)


@pytest.mark.parametrize(
    ("holds", "part"),
    [
        ("amount_net > 'a lot'", "a lot"),
        ("amount_net", "amount_net"),
        ("amount_net + 1", "amount_net"),
        ("doc_date > 'soon'", "soon"),
        ("amount_net = null", "null"),
        ("colour = 'red'", "colour"),
        ("t.amount_net > 0", "amount_net"),
        ("upper(doc_date) = 'A'", "doc_date"),
        ("amount_net in (select 1)", "SELECT"),
        ("amount_net > 0; drop table customers", "drop"),
        ("read_text('/etc/passwd') = ''", "READ_TEXT"),
        ("random() < 1", "RAND"),
        ("product_name like doc_id", "LIKE"),
        ("amount_net >", "amount_net"),
        (" and ".join(["cost > 0"] * 140), "cost"),
    ],
)
def test_what_cannot_be_used_is_refused_by_the_name_of_its_key(holds: str, part: str) -> None:
    with pytest.raises(PlanError, match=r"^checks\.mine\.holds must") as refused:
        require_own_checks([rule(holds)])
    assert part.lower() in str(refused.value).lower()


def test_a_plan_with_a_wrong_rule_is_refused_before_anything_is_read(tmp_path) -> None:
    from custinsight.audit import open_audit

    (tmp_path / "audit.toml").write_text(
        '[[sources]]\nname = "log"\ntable = "transactions"\npath = "missing.csv"\n'
        '[[checks]]\nname = "sign"\ntable = "transactions"\nholds = "amount > 0"\n',
        encoding="utf-8",
    )
    with pytest.raises(PlanError, match=r"checks\.sign\.holds must name columns of transactions, got amount"):
        open_audit(tmp_path / "audit.toml", "2024Q4")
