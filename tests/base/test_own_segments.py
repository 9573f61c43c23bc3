"""Rules of the user's own: what they may say, and what they hold."""

import pandas as pd
import pytest

from custinsight.base.rules import Rule, own_segments, require_own_segments
from custinsight.errors import PlanError
from custinsight.plan import AuditPlan, read_plan
from custinsight.plan_segments import COLUMNS

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c"],
        "region": ["华东", "华北", None],
        "tier": ["A", "B", "A"],
        "spend": [900.0, 80.0, None],
        "last_date": pd.to_datetime(["2024-12-01", "2024-03-01", "2024-11-01"]).date,
    }
)


def members(when):
    return own_segments(CUSTOMERS, [Rule("s", when)])["customer_id"].tolist()


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("region = '华东' and spend > 500", ["a"]),
        ("tier in ('A', 'B')", ["a", "b", "c"]),
        ("spend < 100 or region is null", ["b", "c"]),
        ("not tier = 'A'", ["b"]),
        ("last_date >= '2024-11-01'", ["a", "c"]),
        ("region <> '华东'", ["b"]),
        ("spend between 80 and 900", ["a", "b"]),
    ],
)
def test_conditions_by_hand(when, expected):
    assert members(when) == expected


def test_a_customer_may_be_in_several_segments_in_the_plans_order():
    found = own_segments(CUSTOMERS, [Rule("z", "tier = 'A'"), Rule("a", "spend > 500")])
    assert found.values.tolist() == [["z", "a"], ["z", "c"], ["a", "a"]]


def test_no_rule_holds_nobody():
    assert own_segments(CUSTOMERS, []).columns.tolist() == ["segment", "customer_id"]
    assert own_segments(CUSTOMERS, []).empty


def test_a_column_that_an_audit_lacks_holds_for_nobody():
    assert own_segments(CUSTOMERS, [Rule("rich", "clv > 0")], COLUMNS).empty


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("regoin = '华东'", "segments.s.when must name columns of the customer, got regoin"),
        ("spend > 'a lot'", "segments.s.when must be made of the columns of the customer, .* got \"'a lot'\""),
        ("region = (select 1)", "segments.s.when must be made of"),
        ("read_csv('x')", "segments.s.when must be made of"),
        ("spend >", "segments.s.when must be made of"),
    ],
)
def test_what_cannot_be_used_is_named(when, said):
    with pytest.raises(PlanError, match=said):
        require_own_segments([Rule("s", when)], COLUMNS)


SOURCE = '[[sources]]\nname = "log"\ntable = "transactions"\npath = "log.csv"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[segments]]\nname = "s"\n', r"the key segments\[s\].when is missing"),
        ('[[segments]]\nname = "s"\nwhen = "1 = 1"\nwhy_not = ""\n', r"segments\[s\].why_not is unknown"),
        ('[[segments]]\nname = "s"\nwhen = "1 = 1"\n' * 2, "two segments are named s"),
        ("[tiers]\ncut_offs = [10, 20]\n", "cut_offs must be the lowest values"),
        ("[tiers]\na = 0.9\n", "a must not be above b"),
    ],
)
def test_the_plan_names_the_key(text, said, tmp_path):
    (tmp_path / "audit.toml").write_text(SOURCE + text, encoding="utf-8")
    with pytest.raises(PlanError, match=said):
        read_plan(tmp_path / "audit.toml")


def test_pinned_cut_offs_and_segments_are_read():
    plan = AuditPlan(
        sources=[{"name": "log", "table": "transactions", "path": "log.csv"}],
        tiers={"cut_offs": [1000, 200]},
        segments=[{"name": "east", "when": "region = 'east'", "why": "a campaign"}],
    )
    assert plan.tiers.cut_offs == (1000, 200)
    require_own_segments(plan.segments, COLUMNS)
