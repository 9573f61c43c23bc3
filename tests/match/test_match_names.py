"""Names taken apart by what the whole file knows, and names that say that two companies are two."""

import itertools

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custinsight.clean import clean_customers
from custinsight.engine import as_table
from custinsight.match import deduplicate
from custinsight.match.conflicts import find_conflicts
from custinsight.match.names import Known, read_names
from custinsight.match.records import take_keys


def read(names, city=None, **known):
    customers = pd.DataFrame({"customer_id": [f"{n:03d}" for n in range(len(names))], "customer_name": names})
    customers["city"] = city
    keys = take_keys(as_table(clean_customers(customers).table))
    return keys.select(["name_key", "brand", "trade", "branch_key", "name_region"]).to_pylist()


def test_a_county_is_known_by_those_who_live_there():
    names = ["关岭驰诺模具有限公司", "关岭方正食品有限公司", "关岭大明贸易有限公司", "关岭四海物流"]
    first, *_, last = read(names, city=["关岭", "关岭", "关岭", None])
    assert (first["name_key"], first["name_region"]) == ("驰诺模具", "关岭")
    assert (last["name_key"], last["name_region"]) == ("四海物流", "关岭")


def test_a_branch_is_known_without_the_legal_form_of_its_company():
    with_form, without = read(["驰诺模具有限公司昆明分公司", "驰诺模具昆明分公司"])
    assert with_form == without
    assert (without["name_key"], without["branch_key"]) == ("驰诺模具昆明分公司", "昆明分公司")


def test_an_ending_behind_many_brands_is_a_trade():
    letters = "华东海天达信和泰兴隆盛昌永恒利丰宏远创新联合鼎立"
    names = [f"{one}{other}殡仪有限公司" for one, other in itertools.pairwise(letters)]
    assert {row["trade"] for row in read(names)} == {"殡仪"}


def test_a_latin_name_is_its_own_brand():
    [row] = read(["Acme Trading Co., Ltd."])
    assert (row["name_key"], row["brand"], row["trade"]) == ("acme trading", "acme trading", "")


@given(st.lists(st.text("华东海天贸易科技昆明分公司 ab", min_size=1, max_size=12), min_size=1, max_size=5))
def test_no_name_is_lost(names):
    keys = pa.table({name: pa.nulls(len(names), pa.string()) for name in ("branch_key", "legal_form", "name_region")})
    keys = keys.append_column("city", pa.nulls(len(names), pa.string()))
    keys = keys.append_column("pinyin_key", pa.nulls(len(names), pa.string())).append_column(
        "name_key", pa.array(names)
    )
    read_ = read_names(keys, Known(frozenset(["昆明"]), frozenset(["贸易", "科技"])))
    for name, key, brand, trade in zip(
        names, *(read_[part].to_pylist() for part in ("name_key", "brand", "trade")), strict=True
    ):
        assert brand
        assert name.endswith(key)
        assert (brand + trade) in name


def pair(first, second, **more):
    customers = pd.DataFrame({"customer_id": ["1", "2"], "customer_name": [first, second], **more})
    compared = take_keys(as_table(clean_customers(customers).table))
    pairs = pa.table({"record_l": [0], "record_r": [1], "mw_name_key": [5.0], "mw_tax_key": [0.0]})
    return bool(find_conflicts(pairs, compared)[0])


@pytest.mark.parametrize(
    ("first", "second", "is_conflict"),
    [
        ("张家港艾迪合物流有限公司", "张家港艾迪合化工有限公司", True),
        ("贵阳创朋仪器有限公司", "西安创朋仪器有限公司", True),
        ("江苏创朋仪器有限公司", "苏州创朋仪器有限公司", False),
        ("苏州创朋仪器有限公司", "创朋仪器", False),
        ("艾迪合农业开发有限公司", "艾迪合农业公司", False),
        ("艾迪合家具有限公司", "艾迪合家俱有限公司", False),
        ("张家港艾迪合物流有限公司", "张家港艾迪合", False),
    ],
)
def test_names_of_two_companies(first, second, is_conflict):
    assert pair(first, second) == is_conflict


def test_sisters_with_one_switchboard_are_two_customers():
    sisters = pd.DataFrame(
        {
            "customer_id": ["1", "2", "3"],
            "customer_name": ["张家港艾迪合物流有限公司", "张家港艾迪合化工有限公司", "张家港艾迪合物流"],
            "phone": "0512-58901234",
            "email": ["li@adh.example.com", "li@adh.example.com", "wang@adh.example.com"],
            "city": "张家港",
        }
    )
    golden = deduplicate(sisters).links.set_index("customer_id")["golden_id"]
    assert golden["1"] == golden["3"] != golden["2"]


def test_an_abbreviation_is_its_company_if_their_numbers_say_so():
    customers = pd.DataFrame(
        {
            "customer_id": ["1", "2", "3", "4"],
            "customer_name": ["中国石油天然气股份有限公司", "中石油", "华东贸易有限公司", "海天食品有限公司"],
            "phone": ["010-59986114", "010-59986114", "021-58881234", "021-58881235"],
            "email": ["li@cnpc.example.com", "li@cnpc.example.com", None, "a@ht.example.com"],
            "address": ["东直门北大街9号", "东直门北大街9号", "南京路1号", "南京路2号"],
        }
    )
    golden = deduplicate(customers).links.set_index("customer_id")["golden_id"]
    assert golden["1"] == golden["2"]
    assert golden.nunique() == 3
