"""How much of a source was rejected: told from one share on, refused from another, by rows and by amount."""

import math

import pandas as pd
import pytest
from ingest_exports import HEADER, MAPPING

from custinsight.errors import PlanError
from custinsight.flow.sources import reject_counts
from custinsight.ingest import check_sources
from custinsight.ingest.trust import judge_sources, rejected_sentence
from custinsight.plan import Source, Trust, read_plan
from custinsight.words import Words


def _lines(good: int, bad: int, amount: float = 1.0) -> str:
    return (
        f"{HEADER}\n" + "A1,2024-01-05,7,1\n" * good + f"A2,soon,7,{amount}\n" * bad + "合计,,,9\n"
    )  # the total line counts for nothing


def _judge(ingested, **limits) -> pd.Series:
    trust = Trust(sources={"log": limits})
    counts = reject_counts(ingested.rejects)
    return judge_sources(ingested.load_report, ingested.load_amounts, counts, trust).iloc[0]


@pytest.mark.parametrize(
    ("good", "bad", "state"),
    [
        (100, 0, "passed"),
        (991, 9, "passed"),
        (99, 1, "warned"),
        (81, 19, "warned"),
        (80, 20, "refused"),
        (0, 3, "refused"),
    ],
)
def test_the_limits_hold_from_their_share_on(load, good, bad, state):
    judged = _judge(load(_lines(good, bad)))
    assert judged["state"] == state
    assert judged["share"] == pytest.approx(bad / (good + bad))


def test_a_source_may_have_limits_of_its_own(load):
    ingested = load(_lines(60, 40))
    assert _judge(ingested, refuse_rejected=0.5, refuse_rejected_amount=0.5)["state"] == "warned"
    assert (
        _judge(ingested, warn_rejected=0.5, warn_rejected_amount=0.5, refuse_rejected=0.6, refuse_rejected_amount=0.6)[
            "state"
        ]
        == "passed"
    )


def test_few_rows_with_much_of_the_amount_are_refused(load):
    judged = _judge(load(_lines(999, 1, amount=300)))
    assert (judged["share"], judged["state"]) == (0.001, "refused")
    assert judged["amount_share"] == pytest.approx(300 / 1299)


def test_the_amount_is_that_of_the_largest_currency(load):
    content = (
        "No,Date,Customer,Amount,Cur\n" + "A1,2024-01-05,7,10,CNY\n" * 50 + "A2,soon,7,10,HKD\nA3,2024-01-05,7,5,\n"
    )
    ingested = load(content, columns={**MAPPING["columns"], "currency": "Cur"}, constants={})
    judged = _judge(ingested)
    assert (judged["currency"], judged["amount_share"], judged["state"]) == ("CNY", 0.0, "warned")


def test_amounts_without_any_currency_are_judged_too(load):
    targets = {"name": "log", "table": "targets", "columns": {"owner_id": "O", "period": "P", "revenue_target": "T"}}
    judged = _judge(load("O,P,T\n" + "a,2024,1\n" * 30 + ",2024,15\n", constants={}, **targets))
    assert (judged["amount_share"], judged["state"]) == (1 / 3, "refused")


def test_a_source_without_amounts_is_judged_by_its_rows(load):
    people = {"name": "log", "table": "customers", "columns": {"customer_id": "Id", "customer_name": "Name"}}
    judged = _judge(load("Id,Name\n1,Ann\n2,\n", constants={}, **people))
    assert math.isnan(judged["amount_share"])
    assert (judged["share"], judged["state"]) == (0.5, "refused")


def test_the_sentence_names_source_share_and_the_commonest_code(load):
    row = _judge(load(_lines(80, 20))).to_dict()
    assert Words("en")(rejected_sentence(row)) == (
        "log: 20.0% of the rows and 20.0% of the amount in CNY were rejected, mostly BAD_DATE (No date)."
    )
    assert "最常见的是 BAD_DATE" in Words("zh-CN")(rejected_sentence(row))


def test_check_warns_and_refuses_by_the_first_rows(tmp_path):
    source = Source.model_validate({**MAPPING, "path": "log.csv"})
    for good, bad in ((95, 5), (50, 50)):
        (tmp_path / "log.csv").write_text(_lines(good, bad))
        (found,) = check_sources([source], tmp_path, Trust())
        said = found.warnings if bad == 5 else found.problems[-1:]
        assert said == (
            f"{bad / 100:.1%} of the 100 rows looked at are rejected; custinsight rejects lists rows and reasons.",
        )


def test_limits_of_a_source_that_is_not_there_are_refused(tmp_path):
    (tmp_path / "audit.toml").write_text(
        '[[sources]]\nname = "log"\ntable = "transactions"\n[trust.sources.lgo]\nwarn_rejected = 0.1\n'
    )
    with pytest.raises(PlanError, match=r"trust\.sources\.lgo: no source has this name; there are log"):
        read_plan(tmp_path / "audit.toml")
