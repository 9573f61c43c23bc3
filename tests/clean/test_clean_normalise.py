import pytest

from custinsight.clean import normalise
from custinsight.errors import DataError


@pytest.mark.parametrize(
    ("kind", "value", "new"),
    [
        ("name", "華東貿易（上海）有限公司", "華東貿易(上海)有限公司"),
        ("person", "李 娜", "李娜"),
        ("phone", "139 1234 5678", "+8613912345678"),
        ("email", "Li@Example.com", "li@example.com"),
        ("tax_id", "9144 0300 7084 6113 6t", "91440300708461136T"),
        ("address", "上海市　浦东新区", "上海市 浦东新区"),
        ("date", "2024年3月5日", "2024-03-05"),
        ("country", "Germany", "DE"),
        ("currency", "人民币", "CNY"),
    ],
)
def test_each_kind(kind, value, new):
    found = normalise([value, None, value], kind)
    assert found["value"].tolist() == [value, None, value]
    assert found["new"].tolist() == [new, None, new]


def test_what_cannot_be_read_stays():
    found = normalise(["?!"], "email")
    assert found[["new", "ok"]].to_numpy().tolist() == [["?!", False]]


def test_an_unknown_kind_is_refused():
    with pytest.raises(DataError, match="fax"):
        normalise(["1"], "fax")
