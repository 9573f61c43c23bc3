"""The findings engine: what is said first, said once, and what is asked of whom."""

import numpy as np
import pandas as pd
import pytest
from example_audit import ExampleAudit, example_audit

from custinsight.report.parts import Finding
from custinsight.report.sections.candidates import Candidate
from custinsight.report.sections.findings import candidates, decide, find, findings, rank
from custinsight.words import Words, msg

EN = Words("en", "CNY")


@pytest.fixture(scope="module")
def audit() -> ExampleAudit:
    return example_audit()


def candidate(topic: str, money: float, certainty: float = 1.0) -> Candidate:
    return Candidate(topic, money, certainty, Finding(msg("x")))


def said(items: tuple[Finding, ...]) -> list[str]:
    return [EN(item.text) for item in items]


def test_money_times_certainty_ranks() -> None:
    made = [candidate("a", 100, 0.3), candidate("b", 50), candidate("c", 40)]
    assert [each.topic for each in rank(made)] == ["b", "c", "a"]


def test_one_thing_is_said_once() -> None:
    made = [candidate("a", 10), candidate("a", 30), candidate("b", 20)]
    assert [(each.topic, each.money) for each in rank(made)] == [("a", 30), ("b", 20)]


def test_what_has_no_number_comes_last() -> None:
    assert [each.topic for each in rank([candidate("a", float("nan")), candidate("b", 1)])] == ["b", "a"]


def test_every_candidate_of_the_example_is_found_with_its_page(audit: ExampleAudit) -> None:
    found = {each.topic: each for each in candidates(audit)}
    expected = {"result", "dependence", "leaving", "movement", "overdue", "losses", "targets", "rejects", "duplicates"}
    assert set(found) == expected
    assert found["leaving"].finding.section == "churn"
    assert found["overdue"].money == pytest.approx(5.1e5 * 0.02 + 2.2e5 * 0.1 + 9.4e4 * 0.25 + 1.6e5 * 0.5)
    assert all(each.money >= 0 and 0 <= each.certainty <= 1 for each in found.values())


def test_three_findings_of_three_topics(audit: ExampleAudit) -> None:
    found = said(find(audit))
    assert len(found) == len(set(found)) == 3


def test_a_great_change_of_the_result_comes_first(audit: ExampleAudit) -> None:
    bridge = audit.table("bridge").assign(effect=[-9.0e5, 1.0e4, 2.0e4, -3.0e4])
    first = find(audit.having(bridge=bridge))[0]
    assert EN(first.text).startswith("Profit fell by CN¥900k")
    assert EN(first.detail).startswith("Customers −CN¥900k, orders per customer +CN¥10k")
    assert first.section == "customer_base"


def test_a_change_too_small_to_see_is_no_finding(audit: ExampleAudit) -> None:
    history = audit.table("history").assign(top_10_share=0.382)
    topics = {each.topic for each in candidates(audit.having(history=history))}
    assert "dependence" not in topics


def test_leaving_counts_less_where_the_model_is_not_trusted(audit: ExampleAudit) -> None:
    def certainty(verdict: str) -> float:
        judged = audit.having(gate=pd.DataFrame({"verdict": [verdict]}))
        return next(each.certainty for each in candidates(judged) if each.topic == "leaving")

    assert certainty("use") > certainty("care") > certainty("refuse")


def test_decisions_name_action_owner_date_and_amount(audit: ExampleAudit) -> None:
    first = decide(audit)[0]
    assert EN(first.text) == "Collect from 14 customers what is overdue or above the credit limit."
    assert EN(first.detail) == "Wang Lei and 3 others · by 2025-01-30 · CN¥364k at stake (CN¥291k to CN¥473k)"
    assert first.section == "actions"


def test_a_list_of_customers_already_asked_for_waits(audit: ExampleAudit) -> None:
    due = pd.Timestamp("2025-01-30")
    rows = [("W6", "a", 100.0), ("W6", "b", 90.0), ("W1", "a", 99.0), ("W1", "b", 89.0), ("W3", "c", 10.0)]
    tasks = pd.DataFrame(rows, columns=["list_code", "customer_id", "amount_at_stake"])
    tasks = tasks.assign(owner_id="", amount_low=np.nan, amount_high=np.nan, due_date=due)
    texts = said(decide(audit.having(worklists=tasks)))
    assert [text.split()[0] for text in texts] == ["Collect", "Win", "Contact"]


def test_a_task_of_nobody_asks_for_an_owner(audit: ExampleAudit) -> None:
    tasks = audit.table("worklists").assign(owner_id="")
    assert EN(decide(audit.having(worklists=tasks))[0].detail).startswith("Owner to be named · by")


def test_one_customer_is_one_customer(audit: ExampleAudit) -> None:
    tasks = audit.table("worklists").head(1)
    assert said(decide(audit.having(worklists=tasks))) == ["Contact 1 valuable customer who is likely to leave."]


def test_an_audit_without_anything_says_nothing() -> None:
    assert findings(ExampleAudit({})) == {"findings": (), "decisions": ()}
