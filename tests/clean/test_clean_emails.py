import pytest
from email_validator import validate_email
from hypothesis import given
from hypothesis import strategies as st

from custinsight.clean.emails import _PLAIN, parse_email


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Li.Na@Example.COM", "li.na@example.com"),
        (" li.na＠example。com ", "li.na@example.com"),
        ("li.na @ example.com", "li.na@example.com"),
        ("mailto:li.na@example.com", "li.na@example.com"),
        ("李娜 <li.na@example.com>", "li.na@example.com"),
        ("a@163.com，", "a@163.com"),
        ("张三@例子.中国", "张三@例子.中国"),
    ],
)
def test_addresses(text, shown):
    assert parse_email(text).shown == shown


@pytest.mark.parametrize("text", ["", "li.na", "li.na@", "@example.com", "a@b@example.com", "a@x", "a..b@example.com"])
def test_what_is_no_address(text):
    assert parse_email(text) is None


def test_what_follows_a_plus_is_not_part_of_the_key():
    assert parse_email("li.na+news@example.com").key == "li.na@example.com"


@given(st.from_regex(_PLAIN, fullmatch=True))
def test_the_fast_path_accepts_only_what_the_library_accepts(text):
    if text.find("@") <= 64 and len(text) <= 254:
        assert validate_email(text, check_deliverability=False).normalized


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_none(text):
    email = parse_email(text + "@" + text)
    assert email is None or "@" in email.key


@pytest.mark.parametrize(
    ("text", "shown", "others"),
    [
        ("a@example.com; b@example.cn", "a@example.com", ("b@example.cn",)),
        ("a@example.com b@example.cn a@example.com", "a@example.com", ("b@example.cn",)),
        ("李娜, li@example.com", "li@example.com", ("李娜",)),
    ],
)
def test_of_several_the_first_is_shown_and_none_dropped(text, shown, others):
    email = parse_email(text)
    assert (email.shown, email.others) == (shown, others)


@pytest.mark.parametrize(
    ("domain", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("hotmal.com", "hotmail.com"),
        ("1163.com", "163.com"),
        ("163.con", "163.com"),
        ("qq.con", "qq.com"),
        ("firm.con", "firm.com"),
        ("firm.con.cn", "firm.com.cn"),
    ],
)
def test_a_mistyped_domain_is_suggested_and_not_changed(domain, meant):
    email = parse_email(f"li@{domain}")
    assert (email.shown, email.suggestion) == (f"li@{domain}", f"li@{meant}")


@pytest.mark.parametrize("domain", ["gmail.com", "163.com", "126.com", "136.com", "mail.com", "qq.cn", "example.com"])
def test_a_domain_of_its_own_is_not_questioned(domain):
    assert parse_email(f"li@{domain}").suggestion is None


@pytest.mark.parametrize(
    ("local", "is_role"), [("info", True), ("sales02", True), ("客服", True), ("li.na", False), ("salesman", False)]
)
def test_addresses_of_a_function(local, is_role):
    assert parse_email(f"{local}@example.com").is_role is is_role


@given(st.one_of(st.emails(), st.from_regex(_PLAIN, fullmatch=True)))
def test_what_is_suggested_needs_no_suggestion(text):
    email = parse_email(text)
    if email is not None and email.suggestion is not None:
        assert parse_email(email.suggestion).suggestion is None


@given(st.emails())
def test_reading_what_is_shown_again_changes_nothing(text):
    email = parse_email(text)
    if email is not None:
        assert parse_email(email.shown) == email
