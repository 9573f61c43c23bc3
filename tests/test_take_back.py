"""Review workbooks filled in by people and taken back."""

import shutil
import sys

import openpyxl
import pytest

import custinsight as ci
from custinsight.cli import main
from custinsight.errors import CustinsightError
from custinsight.match import read_decisions
from custinsight.report.review_file import write_review
from custinsight.take_back import take_back


@pytest.fixture(scope="module")
def audited(demo_folder, tmp_path_factory):
    """A copy of the small demo, matched, with its review workbooks."""
    folder = tmp_path_factory.mktemp("review") / "audit"
    shutil.copytree(demo_folder, folder)
    audit = ci.open_audit(folder / "audit.toml", languages="en,zh-CN")
    write_review(audit, folder / "review")
    return folder


@pytest.fixture
def folder(audited):
    yield audited
    (audited / "decisions.jsonl").unlink(missing_ok=True)


def opened(folder):
    return ci.open_audit(folder / "audit.toml", languages="en,zh-CN")


def filled(folder, tmp_path, *answers, language="en", name="filled.xlsx"):
    """Fill in the first rows of a workbook."""
    book = openpyxl.load_workbook(folder / "review" / language / "review.xlsx")
    for row, answer in enumerate(answers, start=2):
        book.active.cell(row, 1).value = answer
    book.save(tmp_path / name)
    return tmp_path / name


def test_the_workbooks_are_for_their_owner_alone_and_offer_the_answers(folder):
    for language, answers in (("en", '"Same,Different,Not sure"'), ("zh-CN", '"相同,不同,不确定"')):
        path = folder / "review" / language / "review.xlsx"
        assert path.stat().st_mode & 0o777 == 0o600
        sheet = openpyxl.load_workbook(path).active
        assert [rule.formula1 for rule in sheet.data_validations.dataValidation] == [answers]


def test_answers_are_kept_once(folder, tmp_path):
    path = filled(folder, tmp_path, "Same", "Different", "Not sure")
    (first,) = take_back(opened(folder), [path], who="li")
    assert (first.taken, first.known) == (3, 0)
    assert first.rows == first.taken + first.unanswered + first.known
    before = (folder / "decisions.jsonl").read_bytes()
    (again,) = take_back(opened(folder), [path], who="wang")
    assert (again.taken, again.known) == (0, 3)
    assert (folder / "decisions.jsonl").read_bytes() == before
    assert [each.who for each in read_decisions(folder)] == ["li"] * 3


def test_chinese_answers_say_the_same(folder, tmp_path):
    take_back(opened(folder), [filled(folder, tmp_path, "相同", "不同", "不确定", language="zh-CN")])
    assert sorted(each.answer for each in read_decisions(folder)) == ["different", "not_sure", "same"]


def test_an_answer_wins_over_the_model_and_unmerge_takes_it_back(folder, tmp_path):
    take_back(opened(folder), [filled(folder, tmp_path, "Same")])
    (decision,) = read_decisions(folder)
    audit = opened(folder)
    assert golden_of(audit, decision.left) == golden_of(audit, decision.right)
    ci.unmerge(audit, golden_of(audit, decision.left), [decision.left])
    audit = opened(folder)
    assert golden_of(audit, decision.left) != golden_of(audit, decision.right)


def golden_of(audit, record):
    links = audit.read("links")
    found = links.filter(links.source_system == record[0], links.source_id == record[1])
    return found.golden_id.execute().item()


@pytest.mark.parametrize(
    ("cell", "value", "said"),
    [((2, 1), "perhaps", "Pairs to decide, 2: the answer"), ((3, 4), "0815", "Pairs to decide, 3: the systems")],
)
def test_a_row_that_cannot_be_understood_is_named_and_nothing_is_kept(folder, tmp_path, cell, value, said):
    book = openpyxl.load_workbook(folder / "review" / "en" / "review.xlsx")
    book.active.cell(4, 1).value = "Same"
    book.active.cell(*cell).value = value
    book.save(tmp_path / "bad.xlsx")
    with pytest.raises(CustinsightError, match=said):
        take_back(opened(folder), [tmp_path / "bad.xlsx"])
    assert not (folder / "decisions.jsonl").exists()


def test_two_files_that_disagree_are_refused(folder, tmp_path):
    one, other = filled(folder, tmp_path, "Same"), filled(folder, tmp_path, "Different", name="other.xlsx")
    with pytest.raises(CustinsightError, match=r"other.xlsx.*must agree"):
        take_back(opened(folder), [one, other])
    assert not (folder / "decisions.jsonl").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no workbook", b"a,b\n1,2\n"])
def test_a_bad_file_ends_with_one_sentence(folder, tmp_path, content, monkeypatch, capsys):
    (tmp_path / "bad.xlsx").write_bytes(content)
    monkeypatch.setattr(
        sys, "argv", ["custinsight", "take-back", str(tmp_path / "bad.xlsx"), "--plan", str(folder / "audit.toml")]
    )
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert capsys.readouterr().err.count("bad.xlsx") == 1
