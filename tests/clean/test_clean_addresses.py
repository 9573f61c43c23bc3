import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.clean.addresses import parse_address
from custinsight.clean.divisions import describe, follow, province_of


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("江苏省苏州市昆山市人民路", "320583"),
        ("江苏省昆山市", "320583"),
        ("江苏苏州", "3205"),
        ("上海浦东新区", "310115"),
        ("北京市北京市朝阳区", "110105"),
        ("内蒙古自治区呼和浩特市新城区", "150102"),
        ("吉林长春朝阳区", "220104"),
        ("吉林市昌邑区", "220202"),
        ("朝阳市双塔区", "211302"),
        ("恩施土家族苗族自治州恩施市", "422801"),
        ("湖北省仙桃市", "429004"),
        ("广东省东莞市长安镇", "4419"),
        ("青岛市市南区", "370202"),
        ("浙江杭州临平区", "330113"),
        ("香港特别行政区", "81"),
    ],
)
def test_divisions_are_followed_down(text, code):
    assert follow(text).code == code


@pytest.mark.parametrize("text", ["朝阳区建国路1号", "鼓楼区中山路", "海南路12号", "中山东路1号", "人民路", "", "ACME"])
def test_what_could_be_several_or_is_a_street_is_left_open(text):
    assert follow(text).code == ""


def test_an_open_district_is_followed_within_its_city():
    assert [follow("鼓楼区", within=city).code for city in ("3201", "3203", "32")] == ["320106", "320302", "32"]


def test_a_district_that_is_no_more_leads_to_its_city():
    assert [describe(follow(text).code).city for text in ("北京市崇文区", "杭州市江干区")] == ["北京市", "杭州市"]


def test_the_table_has_the_provinces_and_none_without_a_name():
    assert province_of("650000") == "新疆维吾尔自治区"
    assert province_of("100000") is None
    assert describe("") == (None, None, None)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("朝阳区建国路1号", "北京", ""), ("北京市", "北京市", "朝阳区")),
        (("朝阳区建国路1号", "长春市", ""), ("吉林省", "长春市", "朝阳区")),
        (("西湖区文三路", "", "浙江"), ("浙江省", "杭州市", "西湖区")),
        (("江蘇省蘇州市人民路", "", ""), ("江苏省", "苏州市", None)),
        (("中国江苏省苏州市", "", ""), ("江苏省", "苏州市", None)),
        (("地址：江苏省 苏州市 吴中区", "", ""), ("江苏省", "苏州市", "吴中区")),
        (("", "徐州", "华东 East China"), ("江苏省", "徐州市", None)),
        (("无", "上海", ""), ("上海市", "上海市", None)),
    ],
)
def test_an_address_is_read_with_its_columns(parts, expected):
    assert parse_address(*parts)[:3] == expected


def test_an_address_that_differs_from_its_columns_says_so():
    found = parse_address("昆山市人民路", "上海")
    assert (found.city, found.differs) == ("苏州市", True)
    assert not parse_address("昆山市人民路", "苏州").differs


@pytest.mark.parametrize(("text", "is_sure"), [("江苏苏州人民路", True), ("苏州市人民路", True), ("苏州人民路", False)])
def test_only_a_full_name_or_two_levels_are_sure(text, is_sure):
    assert parse_address(text).is_sure is is_sure


@pytest.mark.parametrize(
    ("text", "country", "postcode", "found"),
    [
        ("江苏省昆山市人民路1号 215300", "CN", "215300", "CN"),
        ("100020 北京市朝阳区建国路", "CN", "100020", "CN"),
        ("12345 Lewis St, Springfield, IL 71455-0001", "US", "71455-0001", "US"),
        ("12345 Lewis St, Springfield", "US", None, "US"),
        ("10 Downing St, London SW1A 2AA", "GB", "SW1A 2AA", "GB"),
        ("Hauptstr. 1, 10115 Berlin, Germany", "CN DE", "10115", "DE"),
        ("〒100-0001 東京都千代田区", "JP", "100-0001", "JP"),
        ("Kerkstraat 1, 1017 GA Amsterdam", "NL", "1017 GA", "NL"),
    ],
)
def test_postcode_and_country(text, country, postcode, found):
    address = parse_address(text, country=country)
    assert (address.postcode, address.country) == (postcode, found)


texts = st.one_of(st.text(max_size=30), st.text(alphabet="江苏省市区县朝阳北京上海路号0123 ,", max_size=20))


@given(texts, texts, texts, st.sampled_from(["CN", "US", "CN US", "", "DE"]))
def test_any_address_can_be_read(address, city, region, country):
    found = parse_address(address, city, region, country)
    assert found.district is None or found.city is not None or found.province is not None
