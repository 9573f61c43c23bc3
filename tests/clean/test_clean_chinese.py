import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC
from pypinyin import lazy_pinyin

from custinsight.clean.chinese import pinyin_key, simplify


def test_traditional_becomes_simplified():
    assert simplify("華東國際貿易（上海）") == "华东国际贸易（上海）"


def test_simplified_stays():
    text = "华东国际贸易有限公司后里面干发只系历"
    assert simplify(text) == text


def test_the_table_agrees_with_the_library():
    text = "臺灣積體電路製造股份有限公司 鴻海精密工業 國泰世華商業銀行 遠東新世紀 統一企業 聯發科技"
    assert simplify(text) == OpenCC("t2s").convert(text)


@given(st.text(max_size=40))
def test_simplifying_twice_changes_nothing_more(text):
    assert simplify(simplify(text)) == simplify(text)


@pytest.mark.parametrize(("one", "other"), [("张伟", "章玮"), ("华东贸易", "花冬茂易"), ("女娲", "nvwa")])
def test_homophones_have_one_key(one, other):
    assert pinyin_key(one) == pinyin_key(other)


def test_the_key_is_the_library_s_reading_without_tones():
    text = "海尔智家信息科技"
    assert pinyin_key(text) == "".join(lazy_pinyin(text, v_to_u=False))


@pytest.mark.parametrize("key", [None, "", "--"])
def test_what_has_no_sound_has_no_key(key):
    assert pinyin_key(key) is None


@given(st.text(max_size=40))
def test_any_text_has_a_key_or_none(text):
    assert pinyin_key(text) != ""
