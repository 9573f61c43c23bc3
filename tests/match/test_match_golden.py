import pandas as pd
import pytest

from custinsight import engine
from custinsight.match.golden import choose_representatives, make_golden


def golden_of(**columns) -> pd.Series:
    """Make the golden record of three records of one customer."""
    base = {
        "customer_id": ["B", "C", "A"],
        "source_system": ["ERP", "CRM", "ERP"],
        "source_id": ["2", "3", "1"],
        "created_date": pd.to_datetime(["2022-01-01", "2023-01-01", "2022-06-01"]),
        "updated_at": pd.to_datetime(["2022-02-01", "2024-01-01", "2023-01-01"]),
        "cluster": [0, 0, 0],
        "is_contact": [False, False, False],
    }
    members = choose_representatives(engine.as_table(pd.DataFrame(base | columns)))
    golden = engine.collect(make_golden(members))
    assert len(golden) == 1
    return golden.iloc[0]


def test_the_representative_is_the_earliest():
    golden = golden_of()
    assert golden[["customer_id", "source_system", "source_id", "records"]].tolist() == ["B", "ERP", "2", 3]


def test_of_equally_early_records_the_smallest_number_represents():
    assert golden_of(created_date=pd.to_datetime(["2022-01-01"] * 3))["customer_id"] == "A"


def test_an_unknown_day_is_late():
    assert golden_of(created_date=pd.to_datetime([None, "2023-01-01", None]))["customer_id"] == "C"


def test_dates_span_all_records():
    golden = golden_of()
    assert golden["created_date"] == pd.Timestamp("2022-01-01")
    assert golden["updated_at"] == pd.Timestamp("2024-01-01")


@pytest.mark.parametrize(
    ("columns", "name", "survivor"),
    [
        (
            {"customer_name": ["华东", "华东", "华东贸易"], "legal_form": [None, None, "有限公司"]},
            "customer_name",
            "华东贸易",
        ),
        ({"customer_name": ["a", "b", "a"], "legal_form": [None] * 3}, "customer_name", "a"),
        ({"city": ["上海", "苏州", "上海"]}, "city", "上海"),
        ({"city": ["上海", "苏州", None]}, "city", "苏州"),
        ({"address": ["old", None, "newer"]}, "address", "newer"),
        ({"mobile": ["+861", "无", None]}, "mobile", "+861"),
        ({"email": ["a@x.com", "bad", None], "email_key": ["a@x.com", None, None]}, "email", "a@x.com"),
        ({"tax_id": ["1", "2", "3"], "tax_key": ["1", None, None]}, "tax_id", "1"),
        ({"owner_id": ["S1", None, "S2"], "owner_name": ["Ann", "Cyd", "Bob"]}, "owner_name", "Bob"),
        ({"status": ["active", "frozen", "active"]}, "status", "frozen"),
        ({"is_contact": [False, True, False], "address": ["of B", "of contact", None]}, "address", "of B"),
        ({"is_contact": [False, True, False], "address": [None, "of contact", None]}, "address", "of contact"),
        ({"is_contact": [True, False, False]}, "customer_id", "A"),
    ],
)
def test_survivors(columns, name, survivor):
    assert golden_of(**columns)[name] == survivor


def test_parents_are_named_by_their_golden_id():
    frame = pd.DataFrame(
        {
            "customer_id": ["A", "B", "C", "D", "E"],
            "parent_id": [None, "A", "B", "elsewhere", "C"],
            "cluster": [0, 0, 1, 2, 1],
            "is_contact": False,
        }
    )
    golden = engine.collect(make_golden(choose_representatives(engine.as_table(frame)))).set_index("customer_id")
    # B is A; its own parent is itself and goes. C and E are one customer whose parent B is A
    assert golden["parent_id"].fillna("").to_dict() == {"A": "", "C": "A", "D": "elsewhere"}


def test_single_records_stay_as_they_are():
    alone = pd.DataFrame(
        {"customer_id": ["1", "2"], "customer_name": ["a", None], "cluster": [0, 1], "is_contact": False}
    )
    golden = engine.collect(make_golden(choose_representatives(engine.as_table(alone))))
    assert golden["customer_id"].tolist() == ["1", "2"]
    assert golden["customer_name"].isna().tolist() == [False, True]
    assert golden["records"].tolist() == [1, 1]
