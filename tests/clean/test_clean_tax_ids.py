import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.clean.tax_ids import TaxId, is_resident_id, is_unified_code, parse_tax_id

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"

# codes that listed companies print on their own invoices and websites
PUBLISHED = ["91440300708461136T", "91110000802100433B", "91330000712560751D"]


def check_character(body: str) -> str:
    """Work out the last character the long way round: the weights as printed in GB 32100-2015."""
    weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]
    return ALPHABET[(31 - sum(w * ALPHABET.index(c) for w, c in zip(weights, body, strict=True)) % 31) % 31]


@pytest.mark.parametrize("code", PUBLISHED)
def test_published_codes_are_valid(code):
    assert parse_tax_id(code) == TaxId(code, "unified")


@pytest.mark.parametrize("code", PUBLISHED)
def test_one_wrong_digit_is_found(code):
    for place in range(8, 17):
        if code[place].isdigit():
            wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
            assert parse_tax_id(wrong) is None


@given(st.sampled_from("159ANY"), st.sampled_from(ALPHABET), st.text("0123456789", min_size=6, max_size=6))
def test_codes_of_every_authority(first, second, region):
    body = first + second + region + "MA5CE5LE5"
    code = body + check_character(body)
    assert is_unified_code(code)
    assert parse_tax_id(code).kind in ("unified", "resident")


def test_full_width_lower_case_and_blanks():
    assert parse_tax_id("９１１１ 0000-8021 0043 3b").shown == "91110000802100433B"


def test_letters_that_the_code_does_not_use_are_read_as_digits_when_the_check_fits():
    assert parse_tax_id("9111OOOO8O21OO433B") == TaxId("91110000802100433B", "unified", repaired=True)


def test_the_number_from_before_2015():
    assert parse_tax_id("110000802100433").kind == "legacy"
    assert parse_tax_id("990000802100433").kind == "legacy"
    assert parse_tax_id("000000802100433") is None


def test_identity_cards_are_told_apart():
    assert is_resident_id("11010519491231002X")
    assert parse_tax_id("11010519491231002X").kind == "resident"
    assert not is_resident_id("110105194913310021")


def test_older_personal_numbers_are_identity_cards_too():
    assert parse_tax_id("110105491231002").kind == "resident"
    assert parse_tax_id("11010519491231002X01").kind == "resident"


@pytest.mark.parametrize(
    ("text", "region", "kind"),
    [
        ("00-1234567", "US", "foreign"),
        ("00-1234567", "CN US", "foreign"),
        ("DE 136 695 976", "DE", "vat"),
        ("DE136695976", "CN", "vat"),
        ("136695976", "DE", "vat"),
        ("FR 40 303 265 045", "FR", "vat"),
        ("732 829 320", "FR", "vat"),
        ("PL 8567346215", "PL", "vat"),
        ("GB 980 7806 84", "GB", "vat"),
        ("CHE-107.787.577 IVA", "CH", "vat"),
        ("27AAPFU0939F1ZV", "IN", "vat"),
        ("00501503", "TW", "vat"),
        ("12345678", "HK", "foreign"),
    ],
)
def test_numbers_of_other_countries(text, region, kind):
    assert parse_tax_id(text, region).kind == kind


@pytest.mark.parametrize(("text", "region"), [("DE 136695977", "DE"), ("40303265046", "FR"), ("PL8567346216", "PL")])
def test_a_wrong_check_digit_of_another_country_is_found(text, region):
    assert parse_tax_id(text, region) is None


@pytest.mark.parametrize(
    ("text", "area"),
    [("91440300708461136T", "440300"), ("110000802100433", "110000"), ("11010519491231002X", "110105")],
)
def test_a_chinese_number_tells_where_it_was_given_out(text, area):
    assert parse_tax_id(text).area == area


@pytest.mark.parametrize("text", ["00-1234567", "DE123456789", "", "无", "12345678901234567", "13912345678"])
def test_what_is_no_chinese_number(text):
    assert parse_tax_id(text, "CN") is None


@given(st.text(max_size=30), st.sampled_from(["CN", "US", "CN US"]))
def test_reading_what_is_shown_again_changes_nothing(text, region):
    tax_id = parse_tax_id(text, region)
    if tax_id is not None:
        again = parse_tax_id(tax_id.shown, region)
        assert again is None or again.shown == tax_id.shown
