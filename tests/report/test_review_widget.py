"""The review widget, driven as a person would: by its buttons and its keys."""

import shutil

import pytest

import custinsight as ci
from custinsight.match import read_decisions
from custinsight.report.review_widget import ReviewBox


@pytest.fixture(scope="module")
def folder(demo_folder, tmp_path_factory):
    copy = tmp_path_factory.mktemp("widget") / "audit"
    shutil.copytree(demo_folder, copy)
    return copy


@pytest.fixture
def box(folder):
    (folder / "decisions.jsonl").unlink(missing_ok=True)
    return ReviewBox(ci.open_audit(folder / "audit.toml", languages="en"), who="li")


def test_a_button_keeps_the_answer_and_shows_the_next_pair(box, folder):
    before = box.view.value
    box.buttons["different"].click()
    (decision,) = read_decisions(folder)
    assert (decision.answer, decision.who, decision.how) == ("different", "li", "asked")
    assert box.progress.value.startswith("Pair 2 of")
    assert box.view.value != before


def test_keys_decide_and_go_back(box, folder):
    box.letters.value = "s"
    assert box.letters.value == ""
    box.letters.value = "b"
    assert box.at == 0
    box.letters.value = "x"
    assert (box.at, [each.answer for each in read_decisions(folder)]) == (0, ["same"])


def test_differences_are_marked_in_words(box):
    place = next(n for n, names in enumerate(box.pairs["differences"]) if names)
    box.at = place
    box._show()
    assert box.view.value.count("<td>differs</td>") == len(box.pairs["differences"][place])


def test_what_a_record_says_cannot_act_on_the_page(box):
    row = box.pairs.iloc[0].to_dict() | {"customer_name_l": "<script>alert(1)</script>"}
    assert "<script" not in box._table(row)


def test_nothing_of_a_record_is_saved_with_the_notebook(box):
    assert box._repr_mimebundle_()["text/plain"] == "ReviewBox()"


def test_a_decided_pair_is_not_shown_again(box, folder):
    total = len(box.pairs)
    box.buttons["not_sure"].click()
    assert len(ReviewBox(ci.open_audit(folder / "audit.toml", languages="en")).pairs) == total - 1
