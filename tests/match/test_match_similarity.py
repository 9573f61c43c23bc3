import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight import engine
from custinsight.match.similarity import name_similarity, register_similarities, text_similarity


def alike(left: str, right: str) -> float:
    return name_similarity([left], [right]).to_pylist()[0]


def test_one_wrong_chinese_character_is_one_edit_not_three_bytes():
    assert alike("华东贸易", "华冬贸易") == pytest.approx(0.75)


def test_an_exchange_of_neighbours_is_one_edit():
    assert alike("华东贸易", "华贸东易") == pytest.approx(0.75)


def test_order_of_words_does_not_matter():
    assert alike("smith john", "john smith") == 1.0


def test_jaro_winkler_as_published():
    # Winkler (1990): MARTHA and MARHTA 0.961, DWAYNE and DUANE 0.840
    assert alike("martha", "marhta") == pytest.approx(0.961, abs=0.0005)
    assert alike("dwayne", "duane") == pytest.approx(0.840, abs=0.0005)


def test_missing_names_have_no_likeness():
    assert name_similarity([None, "a", None], ["a", None, None]).to_pylist() == [None, None, None]


def test_arrays_of_nothing():
    assert len(name_similarity(pa.array([], pa.string()), pa.array([], pa.string()))) == 0


NAMES = st.text(alphabet="华东贸易abc ", max_size=8)


@given(NAMES, NAMES)
def test_likeness_is_symmetric_and_bounded(left, right):
    assert alike(left, right) == alike(right, left)
    assert 0 <= alike(left, right) <= 1


@given(NAMES)
def test_a_name_is_like_itself(name):
    assert alike(name, name) == 1.0


def test_the_engine_gets_the_same_values_as_python():
    left, right = ["华东贸易", "smith john", None], ["华冬贸易", "jon smith", "x"]
    con = engine.connect().con
    register_similarities(con)
    con.register("pairs", pa.table({"l": left, "r": right}))
    found = con.execute("SELECT name_similarity(l, r), text_similarity(l, r) FROM pairs").fetchall()
    expected = name_similarity(left, right).to_pylist(), text_similarity(left, right).to_pylist()
    assert found == list(zip(*expected, strict=True))
