"""The stages on small logs: each runs once, sees nothing later than the period, and copes with what is missing."""

from pathlib import Path

import pandas as pd
import pytest

from custinsight.audit import Audit, open_audit
from custinsight.errors import DataError, PeriodError
from custinsight.flow import STAGES
from custinsight.words import Message

PLAN = """
currency = "CNY"
period = "2024Q2"
[[sources]]
name = "log"
table = "transactions"
path = "log.csv"
[sources.columns]
customer_id = "customer"
doc_id = "doc"
doc_date = "day"
amount_net = "amount"
[sources.constants]
currency = "CNY"
"""


def _log(last: str) -> pd.DataFrame:
    """Two hundred customers who buy every 10 to 59 days from staggered first days on."""
    rows = [
        (f"{customer:05d}", f"D{customer}-{n}", day, 100 + 7 * (customer % 13) + n)
        for customer in range(200)
        for n, day in enumerate(
            pd.date_range(
                pd.Timestamp("2023-01-02") + pd.Timedelta(days=2 * customer), last, freq=f"{10 + customer % 50}D"
            )
        )
    ]
    return pd.DataFrame(rows, columns=["customer", "doc", "day", "amount"])


def _folder(path: Path, last: str) -> Path:
    path.mkdir()
    _log(last).to_csv(path / "log.csv", index=False)
    (path / "audit.toml").write_text(PLAN, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _folder(tmp_path_factory.mktemp("flow") / "audit", "2024-12-31")


@pytest.fixture(autouse=True)
def _one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTINSIGHT_KEY", "11" * 32)


def _contents(audit: Audit) -> dict[str, str]:
    return {stage.name: audit.stored(stage.name).content for stage in STAGES}


def test_plan_is_found_from_the_notebooks_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "notebooks").mkdir(exist_ok=True)
    monkeypatch.chdir(folder / "notebooks")
    assert open_audit().folder == folder


def test_summary_counts_each_customer_of_the_log(folder: Path) -> None:
    audit = open_audit(folder / "audit.toml", "2024Q2")
    log = _log("2024-06-30")
    assert len(audit.summary()) == log["customer"].nunique()
    assert audit.summary()["frequency"].sum() == len(log) - log["customer"].nunique()


def test_a_second_audit_runs_no_stage_again(folder: Path) -> None:
    open_audit(folder / "audit.toml", "2024Q2").run()
    ran: list[Message] = []
    plan = open_audit(folder / "audit.toml", "2024Q2")
    Audit(plan.plan, plan.folder, plan.period, on_stage=ran.append).run()
    assert ran == []


def test_a_change_of_the_plan_runs_only_what_depends_on_it(folder: Path) -> None:
    open_audit(folder / "audit.toml", "2024Q2").run()
    opened = open_audit(folder / "audit.toml", "2024Q2")
    changed = opened.plan.model_copy(update={"actions": opened.plan.actions.model_copy(update={"due_days": 7})})
    ran: list[Message] = []
    Audit(changed, opened.folder, opened.period, on_stage=ran.append).run()
    assert [message.template for message in ran] == [
        stage.title.template for stage in STAGES if "actions" in stage.plan
    ]


def test_an_audit_sees_nothing_dated_after_its_period(folder: Path, tmp_path: Path) -> None:
    """A log that goes on for half a year gives the same audit as one that ends with the period."""
    shorter = _folder(tmp_path / "audit", "2024-06-30")
    later, then = (open_audit(place / "audit.toml", "2024Q2") for place in (folder, shorter))
    unlike = {name for name, content in _contents(later).items() if content != _contents(then)[name]}
    assert unlike <= {"ingest", "scope"}, "only the report on the files may tell that there are later rows"
    assert later.table("transactions").equals(then.table("transactions"))


def test_stages_give_the_same_bytes_when_run_again(folder: Path, tmp_path: Path) -> None:
    again = _folder(tmp_path / "audit", "2024-12-31")
    first, second = (open_audit(place / "audit.toml", "2024Q2") for place in (folder, again))
    assert _contents(first) == _contents(second)


def test_previous_audit_is_there_once_it_has_been_run(folder: Path) -> None:
    audit = open_audit(folder / "audit.toml", "2024Q4")
    open_audit(folder / "audit.toml", "2024Q3").run()
    assert audit.previous is not None
    assert audit.previous.period.label == "2024Q3"
    assert open_audit(folder / "audit.toml", "2023Q4").previous is None


@pytest.mark.parametrize("period", ["2031Q1", "2019"])
def test_a_period_outside_the_data_is_refused_with_their_span(folder: Path, period: str) -> None:
    with pytest.raises(PeriodError, match="2023-01-02 to 2024-12"):
        open_audit(folder / "audit.toml", period).run()


def test_customers_without_purchases_can_be_audited(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text(
        "id,name,mobile\n1,测试贸易有限公司,13800138000\n2,Sample Ltd,\n", encoding="utf-8"
    )
    (tmp_path / "audit.toml").write_text(
        '[[sources]]\nname = "people"\ntable = "customers"\npath = "people.csv"\n'
        '[sources.columns]\ncustomer_id = "id"\ncustomer_name = "name"\nmobile = "mobile"\n',
        encoding="utf-8",
    )
    audit = open_audit(tmp_path / "audit.toml", "2024Q4")
    audit.run()
    assert len(audit.golden()) == 2
    assert not audit.has("values")
    assert "transactions" in set(audit.table("missing_tables")["table"])


@pytest.mark.parametrize("name", ["golden", "links", "changes", "rejects", "loaded_customers"])
def test_a_page_cannot_show_a_table_with_personal_columns(folder: Path, name: str) -> None:
    with pytest.raises(DataError, match="personal data"):
        open_audit(folder / "audit.toml", "2024Q2").table(name)


def test_tables_for_analyses_hold_no_personal_column(folder: Path) -> None:
    audit = open_audit(folder / "audit.toml", "2024Q2")
    audit.run()
    for stage in STAGES:
        for name, entry in audit.stored(stage.name).tables.items():
            columns = set(audit.read(name).columns)
            assert entry["personal"] or not columns & {"customer_name", "mobile", "phone", "email", "tax_id", "raw"}
