"""A change is split by hand-computed cases: what came late, what counts otherwise, who turned out to be one."""

import re
from pathlib import Path
from typing import Any

import browser
import ibis
import openpyxl
import pandas as pd
import pytest

from custinsight.audit import Audit
from custinsight.base import history
from custinsight.comparing import compare_audits
from custinsight.engine import connect
from custinsight.errors import PeriodError, ReportError
from custinsight.periods import Period
from custinsight.plan import AuditPlan
from custinsight.report.comparison import Comparison
from custinsight.report.comparison_view import comparison_parts, write_comparison
from custinsight.report.restated import late_lines, restate
from custinsight.report.sections.key_numbers import KeyNumber
from custinsight.tables import TRANSACTIONS
from custinsight.words import Words, msg
from custinsight.workspace import Workspace

PLAN = AuditPlan(sources=[{"name": "erp", "table": "transactions", "path": "sales.csv"}], currency="CNY")
Line = tuple[str, str, str, float]
Q3 = [("A", "c1", "2024-07-05", 100.0), ("B", "c2", "2024-08-05", 50.0), ("C", "c3", "2024-09-05", 20.0)]
Q4 = [("D", "c1", "2024-10-05", 90.0)]
OWN = {"c1": "c1", "c2": "c2", "c3": "c3"}


def _lines(rows: list[Line], links: dict[str, str] | None = None) -> Any:
    frame = pd.DataFrame(rows, columns=["doc_id", "customer_id", "doc_date", "amount_net"])
    frame["customer_id"] = frame["customer_id"].map(lambda name: (links or {}).get(name, name))
    table = connect().create_table("lines", frame)
    constants = {"doc_type": "invoice", "status": "posted", "currency": "CNY", "source_system": "ERP"}
    kinds = {column.name: column.dtype for column in TRANSACTIONS.columns} | {"source_system": "string"}
    filled = {name: table[name] if name in frame else ibis.literal(constants.get(name)) for name in kinds}
    return table.select(**filled).cast(kinds)


def _audit(space: Path, label: str, read: list[Line], counted: list[Line], links: dict[str, str]) -> Audit:
    """An audit whose stages are stored as a run would have stored them, as far as a comparison reads them."""
    audit = Audit(PLAN, space, Period.parse(label))
    audit.workspace = Workspace(space / "work")
    transactions = _lines(counted, links)
    tables = {
        "ingest": {"loaded_transactions": _lines(read)},
        "match": {"links": pd.DataFrame({"customer_id": list(links), "golden_id": list(links.values())})},
        "scope": {"transactions": transactions.drop("source_system")},
        "base": {"history": history(transactions, label)},
    }
    audit._stored = {stage: audit.workspace.store(stage, label, made) for stage, made in tables.items()}
    return audit


def _split(folder: Path, now: list[Line], counted: list[Line], links: dict[str, str]) -> pd.DataFrame:
    before = _audit(folder, "2024Q3", Q3, Q3, OWN)
    after = _audit(folder, "2024Q4", now, counted, links)
    return restate(before, after, "spend").set_index("figure")


def test_nothing_differs_when_nothing_changed(tmp_path: Path) -> None:
    split = _split(tmp_path, Q3 + Q4, Q3 + Q4, OWN)
    assert split.loc["spend", "reported"] == split.loc["spend", "restated"] == 170
    assert not split[["late", "definitions", "matching"]].to_numpy().any()


def test_a_document_that_came_late_is_late_data(tmp_path: Path) -> None:
    now = [*Q3, ("L", "c4", "2024-09-30", 30.0), *Q4]
    split = _split(tmp_path, now, now, OWN)
    assert split.loc["spend", ["late", "definitions", "matching", "restated"]].tolist() == [30, 0, 0, 200]
    assert split.loc["customers", ["late", "definitions", "matching"]].tolist() == [1, 0, 0]


def test_an_amount_that_was_changed_is_late_data(tmp_path: Path) -> None:
    now = [("A", "c1", "2024-07-05", 80.0), *Q3[1:], *Q4]
    split = _split(tmp_path, now, now, OWN)
    assert split.loc["spend", ["late", "definitions", "matching"]].tolist() == [-20, 0, 0]


def test_a_document_that_no_longer_counts_is_a_changed_definition(tmp_path: Path) -> None:
    split = _split(tmp_path, Q3 + Q4, [*Q3[:2], *Q4], OWN)
    assert split.loc["spend", ["late", "definitions", "matching"]].tolist() == [0, -20, 0]
    assert split.loc["customers", ["late", "definitions", "matching"]].tolist() == [0, -1, 0]


def test_two_customers_that_became_one_are_re_matched(tmp_path: Path) -> None:
    split = _split(tmp_path, Q3 + Q4, Q3 + Q4, {**OWN, "c2": "c1"})
    assert split.loc["customers", ["late", "definitions", "matching", "restated"]].tolist() == [0, 0, -1, 2]
    assert split.loc["spend", "matching"] == 0


def test_all_at_once_still_sums_to_the_whole(tmp_path: Path) -> None:
    now = [("A", "c1", "2024-07-05", 80.0), *Q3[1:], ("L", "c4", "2024-09-30", 30.0), *Q4]
    split = _split(tmp_path, now, [line for line in now if line[0] != "C"], {**OWN, "c2": "c1", "c4": "c1"})
    assert split.loc["spend", ["late", "definitions", "matching"]].tolist() == [10, -20, 0]
    assert split.loc["customers", ["late", "definitions", "matching"]].tolist() == [0, -1, -1]
    sums = split[["reported", "late", "definitions", "matching"]].sum(axis=1)
    assert sums.tolist() == pytest.approx(split["restated"].tolist())


def test_late_lines_are_counted_within_the_earlier_period_only(tmp_path: Path) -> None:
    before = _audit(tmp_path, "2024Q3", Q3, Q3, OWN)
    now = [*Q3[:2], ("L", "c4", "2024-09-30", 30.0), *Q4]
    found = late_lines(before, _audit(tmp_path, "2024Q4", now, now, OWN))
    assert found[["kind", "lines", "amount"]].to_numpy().tolist() == [["gone", 1, -20.0], ["late", 1, 30.0]]


@pytest.fixture
def found() -> Comparison:
    names = (("customers", "count", 3.0, 1.0), ("spend", "money", 170.0, 90.0), ("churn", "percent", 0.5, 0.4))
    figures = tuple(
        (KeyNumber(name, msg(name), then, show), KeyNumber(name, msg(name), now, show))
        for name, show, then, now in names
    )
    split = pd.DataFrame(
        [("customers", 3.0, 1.0, 0.0, -1.0, 3.0, -2.0, 1.0), ("spend", 170.0, 30.0, 0.0, 0.0, 200.0, -110.0, 90.0)],
        columns=["figure", "reported", "late", "definitions", "matching", "restated", "real", "after"],
    )
    bridge = pd.DataFrame(
        {
            "factor": ["customers", "aof", "aov", "margin"],
            "before": [3.0, 1.0, 200 / 3, None],
            "after": [1.0, 1.0, 90.0, None],
            "effect": [-150.0, 0.0, 40.0, None],
        }
    )
    groups = pd.DataFrame(
        {"group": ["only_before", "both"], "customers": [2, 1], "spend_before": [100.0, 100.0]}
    ).assign(spend_after=[0.0, 90.0], change=[-100.0, -10.0])
    late = pd.DataFrame(
        [("late", "CNY", 1, 1, 1, 30.0)], columns=["kind", "currency", "lines", "documents", "customers", "amount"]
    )
    periods = Period.parse("2024Q3"), Period.parse("2024Q4")
    return Comparison(*periods, "CNY", "<b>A</b> & B", figures, split, bridge, groups, late)


def test_the_sentence_gives_what_is_real_and_what_is_not(found: Comparison) -> None:
    said = Words("en", "CNY")(comparison_parts(found)[1].title)
    assert said == (
        "Of the change of −CN¥80, −CN¥110 is real; 2024Q3 would be reported with CN¥200 today, not with CN¥170."
    )


def test_page_is_whole_and_fits_a_phone(found: Comparison, tmp_path: Path) -> None:
    path = write_comparison(found, tmp_path / "c.html", Words("zh-CN", "CNY"))
    text = path.read_text(encoding="utf-8")
    assert "&lt;b&gt;A&lt;/b&gt; &amp; B" in text
    assert not re.search("Real movement|Late data|Changed definitions", text)
    assert int(browser.ask(path, "return document.documentElement.scrollWidth - innerWidth", width=390)) <= 0


def test_numbers_stay_numbers_in_the_workbook(found: Comparison, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(write_comparison(found, tmp_path / "c.xlsx", Words("en", "CNY")))
    assert [cell.value for cell in book["Key figures"][4]][1:4] == pytest.approx([0.5, 0.4, -0.1])
    assert [cell.value for cell in book["Split"][3]][1:] == [-80, -110, 30, 0, 0]
    assert book.sheetnames == ["Key figures", "Split", "Drivers", "Customers", "Late data"]


def test_another_kind_of_file_is_refused(found: Comparison, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"\.html or \.xlsx, got c\.docx"):
        write_comparison(found, tmp_path / "c.docx", Words("en"))


@pytest.mark.parametrize(
    ("periods", "error", "said"),
    [
        (("2024Q3", "2024Q4"), ReportError, "2024Q3 was never audited"),
        (("2024Q3", "2024"), PeriodError, "same kind"),
        (("2024Q3", "2024Q3"), PeriodError, "Two different periods"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path: Path, periods: Any, error: Any, said: str) -> None:
    plan = tmp_path / "audit.toml"
    plan.write_text('[[sources]]\nname = "a"\ntable = "transactions"\npath = "a.csv"\n', encoding="utf-8")
    with pytest.raises(error, match=said):
        compare_audits(plan, *periods)
