from hypothesis import given
from hypothesis import strategies as st

from custinsight.clean.contacts import Cells, place
from custinsight.clean.text import is_void

EMAIL, MOBILE, LANDLINE, TAX = "li.na@example.com", "13912345678", "010-62345678", "91110000802100433B"


def test_an_email_in_the_phone_column_moves():
    assert place(Cells(None, EMAIL, None, None)) == Cells(None, None, EMAIL, None)


def test_two_values_change_places():
    assert place(Cells(EMAIL, None, MOBILE, None)) == Cells(MOBILE, None, EMAIL, None)


def test_a_tax_number_in_the_phone_column_moves():
    assert place(Cells(None, TAX, None, None)) == Cells(None, None, None, TAX)


def test_a_mobile_in_the_tax_column_moves():
    assert place(Cells(None, None, None, MOBILE)) == Cells(MOBILE, None, None, None)


def test_a_second_mobile_goes_to_the_phone_column():
    assert place(Cells("13812345678", None, MOBILE, None)) == Cells("13812345678", MOBILE, None, None)


def test_nothing_moves_onto_another_value():
    cells = Cells(None, EMAIL, "zhang@example.com", None)
    assert place(cells) == cells


def test_nothing_moves_onto_a_value_that_cannot_be_read():
    cells = Cells(None, EMAIL, "zhang(at)example", None)
    assert place(cells) == cells


def test_a_word_for_nothing_gives_way():
    assert place(Cells(None, EMAIL, "无", None)) == Cells(None, None, EMAIL, None)


def test_a_landline_in_the_mobile_column_is_no_fault():
    cells = Cells(LANDLINE, None, None, None)
    assert place(cells) == cells


cell = st.one_of(st.none(), st.sampled_from([EMAIL, MOBILE, LANDLINE, TAX, "?", "无", "12"]), st.text(max_size=12))


@given(st.builds(Cells, cell, cell, cell, cell))
def test_placing_twice_changes_nothing_more(cells):
    assert place(place(cells)) == place(cells)


@given(st.builds(Cells, cell, cell, cell, cell))
def test_no_value_is_lost(cells):
    before, after = (sorted(v for v in each if v is not None and not is_void(v)) for each in (cells, place(cells)))
    assert after == before
