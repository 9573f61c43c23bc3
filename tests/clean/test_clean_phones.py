import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.clean.phones import parse_phone


@pytest.mark.parametrize(
    ("text", "region", "shown"),
    [
        ("13912345678", "CN", "+8613912345678"),
        ("139-1234-5678", "CN", "+8613912345678"),
        ("１３９ １２３４ ５６７８", "CN", "+8613912345678"),
        ("+86 139 1234 5678", "CN", "+8613912345678"),
        ("0086(139)12345678", "US", "+8613912345678"),
        ("手机：13912345678", "CN", "+8613912345678"),
        ("139٠٠٠٠٥٦٧٨", "CN", "+8613900005678"),
        ("010-62345678", "CN", "+861062345678"),
        ("(0512) 62345678", "CN", "+8651262345678"),
        ("86-21-62345678", "CN", "+862162345678"),
        ("010-62345678转801", "CN", "+861062345678;ext=801"),
        ("010-62345678-801", "CN", "+861062345678;ext=801"),
        ("400-820-8820", "CN", "+864008208820"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("+1 415 555 2671", "CN", "+14155552671"),
        ("1-415-555-2671 x20", "CN US", "+14155552671;ext=20"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+852 2345 6789", "CN", "+85223456789"),
    ],
)
def test_numbers(text, region, shown):
    assert parse_phone(text, region).shown == shown


@pytest.mark.parametrize(
    "text", ["", "12345", "00000000000", "待补", "li@example.com", "123456789012345678", "1" * 50_000]
)
def test_what_is_no_number(text):
    assert parse_phone(text) is None


def test_ten_digits_without_a_zero_are_no_chinese_landline():
    assert parse_phone("206 555 0123", "CN") is None
    assert parse_phone("206 555 0123", "CN US").shown == "+12065550123"


def test_american_grouping_is_no_chinese_mobile():
    assert parse_phone("1-614-555-0123", "CN US").shown == "+16145550123"


@pytest.mark.parametrize(
    ("text", "shown", "others"),
    [
        ("010-62345678/62345679", "+861062345678", ("+861062345679",)),
        ("13912345678、13812345678", "+8613912345678", ("+8613812345678",)),
        ("13912345678 13812345678", "+8613912345678", ("+8613812345678",)),
        ("010-62345678/13912345678", "+8613912345678", ("+861062345678",)),
        ("00000000000; 021-62345678转8", "+862162345678;ext=8", ("00000000000",)),
        ("13912345678/123", "+8613912345678", ("123",)),
        ("13800000000/13912345678", "+8613912345678", ("+8613800000000",)),
    ],
)
def test_of_several_numbers_the_best_is_shown_and_none_dropped(text, shown, others):
    phone = parse_phone(text)
    assert (phone.shown, phone.others) == (shown, others)


def test_a_cell_with_a_part_that_is_no_number_says_so():
    assert not parse_phone("13912345678/123").is_whole
    assert parse_phone("13912345678/13812345678").is_whole


@pytest.mark.parametrize(
    ("text", "region", "kind", "area"),
    [
        ("13912345678", "CN", "mobile", "江苏省常州市"),
        ("0512-62345678", "CN", "fixed", "江苏省苏州市"),
        ("010-62345678", "CN", "fixed", "北京市"),
        ("400-820-8820", "CN", "shared_cost", None),
        ("800-820-8820", "CN", "toll_free", None),
        ("(415) 555-2671", "US", "fixed_or_mobile", "US"),
        ("020 7946 0958", "GB", "fixed", "GB"),
        ("+1 604 555 0123", "CN", "fixed_or_mobile", "CA"),
    ],
)
def test_kind_and_area(text, region, kind, area):
    phone = parse_phone(text, region)
    assert (phone.kind, phone.area) == (kind, area)


def test_a_number_of_equal_digits_stands_for_nobody():
    phone = parse_phone("13800000000")
    assert (phone.shown, phone.key, phone.is_mobile) == ("+8613800000000", None, True)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from(["{}", "+86{}", "0086 {}", "{} "]))
def test_chinese_mobiles(digits, form):
    assert parse_phone(form.format(digits)).shown == f"+86{digits}"


@given(st.from_regex(r"0(10|2[0-9]|[3-9][0-9]{2})[2-8][0-9]{7}", fullmatch=True))
def test_the_fast_path_agrees_with_the_library(digits):
    number = phonenumbers.parse(digits, "CN")
    if phonenumbers.is_valid_number(number):
        expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert parse_phone(digits).shown == expected


@given(st.text(alphabet="0123456789+-() /转x.,", max_size=40), st.sampled_from(["CN", "US", "CN US", "DE"]))
def test_reading_what_is_shown_again_changes_nothing(text, region):
    phone = parse_phone(text, region)
    if phone is not None:
        assert parse_phone(phone.shown, region) == phone._replace(others=(), is_whole=True)


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_none(text):
    phone = parse_phone(text, "CN US")
    assert phone is None or phone.shown.startswith("+")
