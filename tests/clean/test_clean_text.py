import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.clean.text import is_nameless, is_void, tidy, tidy_name, without_accents


@pytest.mark.parametrize(
    ("given_text", "tidied"),
    [
        ("１３８", "138"),
        ("a\u200bb\u202ec", "abc"),
        (" a \t\n b ", "a b"),
        ("ＡＢＣ　（上海）", "ABC (上海)"),
        ("㈱", "(株)"),
        ("e\u0301", "é"),
        ("\u2066华东\u2069\u00ad", "华东"),
        ("\u3164", ""),
        ("华\ufe0f东\u2800", "华东"),
        ("", ""),
    ],
)
def test_tidy(given_text, tidied):
    assert tidy(given_text) == tidied


@given(st.text(max_size=60))
def test_tidy_twice_changes_nothing_more(text):
    assert tidy(tidy(text)) == tidy(text)


@given(st.text(max_size=60))
def test_tidy_name_twice_changes_nothing_more(text):
    assert tidy_name(tidy_name(text)) == tidy_name(text)


@given(st.text(max_size=60))
def test_tidy_leaves_nothing_unseen(text):
    assert all(char == " " or char.isprintable() for char in tidy(text) if char not in "\u2028\u2029")


def test_tidy_stands_a_cell_of_40_000_characters():
    assert tidy("\u200b华 " * 13_000).startswith("华 华")


def test_names_lose_blanks_only_between_chinese_characters():
    assert tidy_name("张 三 John Li") == "张三 John Li"


@pytest.mark.parametrize("text", ["", "  ", "无", "N/A", "null", "-", "０", "待补"])
def test_words_for_nothing_are_void(text):
    assert is_void(text)


@pytest.mark.parametrize("text", ["无锡", "Nadia", "13912345678"])
def test_values_are_not_void(text):
    assert not is_void(text)


@pytest.mark.parametrize(("text", "nameless"), [("NA", False), ("Nan", False), ("无", True), ("——", True), ("", True)])
def test_a_name_may_look_like_null(text, nameless):
    assert is_nameless(text) is nameless


def test_accents_go():
    assert without_accents("Société Générale Łódź Straße") == "Societe Generale Lodz Strasse"
