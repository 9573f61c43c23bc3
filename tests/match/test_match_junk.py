"""Values that stand for nobody, and tables that hold next to nothing."""

import time

import numpy as np
import pandas as pd

from custinsight.match import deduplicate, match_report


def named(n: int) -> pd.DataFrame:
    letters = np.array(list("华东海天达信和泰兴隆盛昌永恒利丰宏远创新联合鼎立众诚金银鑫源"))
    drawn = np.random.default_rng(3).choice(letters, (n, 5))
    return pd.DataFrame(
        {
            "customer_id": [f"{i:06d}" for i in range(n)],
            "customer_name": ["".join(row) + "贸易有限公司" for row in drawn],
        }
    )


def test_100_000_records_with_one_phone_do_not_explode():
    n = 100_000
    customers = named(n).assign(mobile=np.resize(["13800000000", "无", "N/A"], n), phone="010-62345678")
    started = time.process_time()
    matched = deduplicate(customers)
    assert time.process_time() - started < 300
    assert matched.model.ignored["phone_key"] >= 1
    assert match_report(matched.links, matched.review)["largest_cluster"][0] < 10


def test_100_000_records_with_one_name_do_not_explode():
    customers = named(100_000).assign(customer_name="现金客户")
    matched = deduplicate(customers)
    assert match_report(matched.links, matched.review)["duplicates"][0] == 0


def test_a_frequent_day_is_ignored_and_reported():
    rng = np.random.default_rng(4)
    n = 4000
    born = pd.Series(pd.to_datetime("1950-01-01") + pd.to_timedelta(rng.integers(0, 20_000, n), "D")).dt.strftime(
        "%Y-%m-%d"
    )
    born[: n // 4] = "1900-01-01"
    matched = deduplicate(named(n).assign(dob=born))
    assert matched.model.ignored == {"dob": 1}
    assert match_report(matched.links, matched.review)["largest_cluster"][0] <= 2


def test_constant_and_empty_columns_change_nothing():
    customers = named(300)
    plain = deduplicate(customers)
    fuller = deduplicate(customers.assign(colour="red", remark=None))
    pd.testing.assert_frame_equal(fuller.links, plain.links)


def test_one_record_with_further_columns():
    links = deduplicate(pd.DataFrame({"customer_id": ["1"], "customer_name": ["Ann Lee"], "dob": ["1980-01-02"]})).links
    assert links["golden_id"].tolist() == ["1"]


def test_three_records_alike_in_everything_are_one():
    row = {"customer_name": "瀚岳模具有限公司", "mobile": "13912345678", "email": "a@hanyue.example.com"}
    links = deduplicate(pd.DataFrame([{"customer_id": number, **row} for number in "123"])).links
    assert links["golden_id"].tolist() == ["1", "1", "1"]


def test_a_file_exported_three_times_is_the_customers_of_one(few):
    once = few.assign(parent_id=None)
    copies = [once.assign(customer_id=once["customer_id"] + mark, source_system=mark) for mark in "ABC"]
    matched = deduplicate(pd.concat(copies, ignore_index=True))
    golden = matched.links.assign(record=matched.links["customer_id"].str[:-1]).groupby("record")["golden_id"]
    assert golden.nunique().max() == 1
    assert len(matched.golden) <= len(once)
