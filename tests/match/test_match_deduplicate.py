import json
import logging

import numpy as np
import pandas as pd
import pytest

from custinsight import engine
from custinsight.clean import clean_customers
from custinsight.errors import DataError
from custinsight.match import deduplicate, evaluate, match_report, relink
from custinsight.tables import CUSTOMERS

TAX = ("91440300708461136T", "91110000802100433B", "91330000712560751D")


@pytest.fixture(scope="module")
def matched(cleaned):
    return deduplicate(cleaned)


def found(matched) -> dict[str, str]:
    return dict(zip(matched.links["customer_id"], matched.links["golden_id"], strict=True))


def with_others(rows: list[dict], others: pd.DataFrame) -> pd.DataFrame:
    """Put a few records among many others, so that there is something to learn from."""
    mine = pd.DataFrame(rows).assign(source_system="T")
    mine["customer_id"] = mine["source_id"] = [f"T{i}" for i in range(len(mine))]
    return pd.concat([others, mine], ignore_index=True)


def groups_of(customers: pd.DataFrame) -> list[str]:
    """Golden ids of the records that a test put in."""
    links = deduplicate(customers).links.set_index("customer_id")
    return links.loc[[name for name in customers["customer_id"] if name.startswith("T")], "golden_id"].tolist()


def test_quality_on_the_demo(matched, demo):
    result = evaluate(found(matched), demo[1])
    assert result["pair_precision"] >= 0.97
    assert result["pair_f1"] >= 0.95
    assert result["b3_f1"] >= 0.97


def test_each_record_has_one_link(matched, cleaned):
    assert sorted(matched.links["customer_id"]) == sorted(cleaned["customer_id"])
    assert list(matched.links.columns) == ["source_system", "source_id", "customer_id", "golden_id", "probability"]
    assert matched.links["probability"].between(0, 1).all()
    alone = matched.links.groupby("golden_id")["probability"].transform("size") == 1
    assert (matched.links.loc[alone, "probability"] == 1).all()


def test_each_customer_is_one_golden_record(matched):
    assert sorted(matched.golden["customer_id"]) == sorted(matched.links["golden_id"].unique())
    assert matched.golden["records"].sum() == len(matched.links)


def test_doubtful_pairs_are_of_different_customers(matched):
    golden = found(matched)
    review = matched.review
    assert list(review.columns) == ["customer_id_l", "customer_id_r", "probability", "why"]
    assert (review["probability"] >= 0.5).all()
    assert review["probability"].is_monotonic_decreasing
    assert (review["customer_id_l"].map(golden) != review["customer_id_r"].map(golden)).all()
    assert (review["customer_id_l"] < review["customer_id_r"]).all()
    codes = {code for why in review["why"] for code in why.split(",")}
    assert codes <= {"name", "place", "phone", "email", "tax_id", "contact", "address"}


def test_twice_the_same_to_the_byte(cleaned):
    first, second = deduplicate(cleaned), deduplicate(cleaned)
    for name in ("links", "golden", "review"):
        one, other = (getattr(each, name).to_csv(float_format="%.17g") for each in (first, second))
        assert one == other
    assert json.dumps(first.model.settings) == json.dumps(second.model.settings)


def test_the_order_of_the_rows_given_does_not_matter(cleaned, matched):
    again = deduplicate(cleaned.sample(frac=1, random_state=5))
    pd.testing.assert_frame_equal(again.links, matched.links)
    pd.testing.assert_frame_equal(again.golden, matched.golden)


def test_an_ibis_table_gives_the_same(cleaned, matched):
    con = engine.connect()
    lazy = deduplicate(con.create_table("customers", cleaned))
    for name in ("links", "golden", "review"):
        pd.testing.assert_frame_equal(engine.collect(getattr(lazy, name)), getattr(matched, name), check_dtype=False)
    assert not [table for table in con.list_tables() if "splink" in table]


def test_raw_customers_are_cleaned_first(demo, matched):
    assert found(deduplicate(demo[0])) == found(matched)


def test_two_different_valid_tax_numbers_are_two_customers(demo):
    same = {
        "customer_name": "苏州瀚岳模具有限公司",
        "mobile": "13912345678",
        "email": "a@hanyue.example.com",
        "city": "苏州",
    }
    customers = with_others([{**same, "tax_id": TAX[0]}, {**same, "tax_id": TAX[1]}, {**same}], demo[0])
    groups = groups_of(customers)
    assert groups[0] != groups[1]


def test_head_office_and_branch_are_two_customers(demo):
    same = {"mobile": "13912345678", "email": "a@hanyue.example.com", "tax_id": TAX[0], "city": "苏州"}
    names = ("苏州瀚岳模具有限公司", "苏州瀚岳模具有限公司上海分公司", "瀚岳模具公司")
    groups = groups_of(with_others([{**same, "customer_name": name} for name in names], demo[0]))
    assert groups[0] == groups[2] != groups[1]


def test_a_phone_alone_does_not_join_different_names(demo):
    same = {"mobile": "13912345678", "city": "苏州"}
    groups = groups_of(
        with_others([{**same, "customer_name": "瀚岳模具有限公司"}, {**same, "customer_name": "陈飞"}], demo[0])
    )
    assert groups[0] != groups[1]


def test_old_and_new_tax_number_of_one_company(demo):
    rows = [
        {"customer_name": "苏州瀚岳模具有限公司", "tax_id": TAX[0]},
        {"customer_name": "瀚岳模具", "tax_id": TAX[0][2:17]},
    ]
    groups = groups_of(with_others(rows, demo[0]))
    assert groups[0] == groups[1]


def test_a_contact_belongs_to_its_company_and_gives_it_nothing_but_what_it_lacks(demo):
    rows = [
        {"customer_name": "苏州瀚岳模具有限公司", "customer_type": "company", "mobile": None},
        {"customer_name": "陈飞", "customer_type": "person", "parent_id": "T0", "mobile": "13912345678"},
    ]
    customers = with_others(rows, demo[0])
    customers.loc[customers["customer_id"] == "T1", "created_date"] = pd.Timestamp("2000-01-01")
    matched = deduplicate(customers)
    assert found(matched)["T1"] == "T0"
    golden = matched.golden.set_index("customer_id").loc["T0"]
    assert golden["customer_name"] == "苏州瀚岳模具有限公司"
    assert golden["mobile"] == "+8613912345678"
    assert golden["records"] == 2


def test_a_subsidiary_is_not_its_parent(demo):
    rows = [
        {"customer_name": "瀚岳集团有限公司", "customer_type": "company", "tax_id": TAX[0]},
        {"customer_name": "瀚岳物流有限公司", "customer_type": "company", "parent_id": "T0", "tax_id": TAX[1]},
    ]
    groups = groups_of(with_others(rows, demo[0]))
    assert groups[0] != groups[1]


def test_a_placeholder_phone_in_all_records_joins_nobody():
    n = 3000
    names = [f"{a}{b}贸易有限公司" for a in "东南西北中" for b in "金木水火土" for _ in range(120)][:n]
    customers = pd.DataFrame({"customer_id": [f"{i:05d}" for i in range(n)], "phone": "010-62345678"})
    customers["customer_name"] = [f"{name}{i}" for i, name in enumerate(names)]
    matched = deduplicate(customers)
    assert matched.model.ignored == {"phone_key": 1}
    assert match_report(matched.links, matched.review)["duplicates"][0] == 0


@pytest.mark.parametrize("n", [1, 2, 5])
def test_few_records(n):
    customers = pd.DataFrame(
        {"customer_id": [str(i) for i in range(n)], "customer_name": [f"客户{i}号贸易" for i in range(n)]}
    )
    matched = deduplicate(customers)
    assert matched.links["golden_id"].tolist() == matched.links["customer_id"].tolist()
    assert matched.review.empty or n > 1


def test_names_and_cities_alone_join_companies_but_not_namesakes(demo):
    names, numbers = demo[0][["customer_name", "city", "customer_type"]], demo[0]["customer_id"]
    links = deduplicate(names.assign(customer_id=numbers)).links
    people = set(numbers[names["customer_type"] == "person"])
    assert 50 < links["golden_id"].duplicated().sum() < 300
    joined = links[links["golden_id"].duplicated(keep=False)]
    assert joined["customer_id"].isin(people).mean() < 0.05


def test_two_equal_records_are_one_customer():
    customers = pd.DataFrame(
        {
            "customer_id": ["1", "2"],
            "customer_name": ["瀚岳模具有限公司"] * 2,
            "mobile": ["13912345678"] * 2,
            "email": ["a@hanyue.example.com"] * 2,
        }
    )
    assert found(deduplicate(customers)) == {"1": "1", "2": "1"}


def test_no_records():
    empty = pd.DataFrame({name: pd.Series([], dtype="str") for name in ("customer_id", "customer_name")})
    matched = deduplicate(empty)
    assert (len(matched.links), len(matched.golden), len(matched.review)) == (0, 0, 0)


def test_customers_that_are_numbers_only_stay_as_they_are():
    customers = pd.DataFrame({"customer_id": [f"{i:05d}" for i in range(23_570)], "customer_name": None})
    matched = deduplicate(customers)
    assert match_report(matched.links, matched.review).to_numpy().tolist() == [[23_570, 23_570, 0, 1, 0]]
    assert matched.model.settings == {}


def test_repeated_customer_numbers_are_refused():
    with pytest.raises(DataError, match="unique, got 1"):
        deduplicate(pd.DataFrame({"source_system": ["A", "B"], "source_id": ["1", "1"], "customer_name": ["a", "b"]}))


@pytest.mark.parametrize("thresholds", [(0.4, 0.5), (1.0, 0.5), (0.9, 0.0)])
def test_thresholds_out_of_order_are_refused(thresholds, cleaned):
    with pytest.raises(DataError, match="review_from <= threshold"):
        deduplicate(cleaned, *thresholds)


def test_a_higher_threshold_never_joins_more(cleaned, matched):
    stricter = deduplicate(cleaned, threshold=0.999)
    assert stricter.links["golden_id"].nunique() >= matched.links["golden_id"].nunique()


def test_the_model_can_be_written_down(matched):
    settings = json.loads(json.dumps(matched.model.settings))
    assert {c["output_column_name"] for c in settings["comparisons"]} >= {"name_key", "phones", "email_key", "tax_key"}


def test_nothing_is_logged_or_printed(cleaned, caplog, capfd):
    with caplog.at_level(logging.INFO):
        deduplicate(cleaned.head(300))
    assert not [record for record in caplog.records if record.name.startswith("splink")]
    assert capfd.readouterr() == ("", "")


def test_relinked_transactions_keep_their_rows_and_sums(matched, cleaned):
    rng = np.random.default_rng(1)
    lines = pd.DataFrame(
        {
            "line": range(5000),
            "customer_id": rng.choice([*cleaned["customer_id"], "unknown"], 5000),
            "amount_net": rng.integers(-100_00, 1000_00, 5000) / 100,
        }
    )
    moved = relink(lines, matched.links)
    assert list(moved.columns) == list(lines.columns)
    assert len(moved) == len(lines)
    assert round(moved["amount_net"].sum() * 100) == round(lines["amount_net"].sum() * 100)
    golden = found(matched)
    expected = lines.set_index("line")["customer_id"].map(lambda number: golden.get(number, number))
    pd.testing.assert_series_equal(moved.set_index("line")["customer_id"].sort_index(), expected, check_dtype=False)


def test_relinking_twice_changes_nothing_more(matched, cleaned):
    lines = pd.DataFrame({"line": range(len(cleaned)), "customer_id": cleaned["customer_id"]})
    once = relink(lines, matched.links).sort_values("line", ignore_index=True)
    pd.testing.assert_frame_equal(relink(once, matched.links).sort_values("line", ignore_index=True), once)


def test_report_counts(matched):
    report = match_report(matched.links, matched.review).iloc[0]
    assert report["records"] - report["duplicates"] == report["customers"] == len(matched.golden)
    assert report["largest_cluster"] == matched.golden["records"].max()
    assert report["review_pairs"] == len(matched.review)


def test_golden_columns_are_the_canonical_ones(matched, demo):
    names = [name for name in CUSTOMERS.names if name in demo[0].columns]
    assert list(matched.golden.columns) == [*names, "records"]
    assert matched.golden["customer_id"].is_monotonic_increasing


def test_a_later_duplicate_leaves_the_golden_id_alone(demo):
    base, _ = demo
    before = found(deduplicate(base))
    copy = (
        base[base["tax_id"].notna()]
        .iloc[[10]]
        .assign(customer_id="A-later", source_id="later", created_date=pd.Timestamp("2030-01-01"))
    )
    after = found(deduplicate(pd.concat([base, copy], ignore_index=True)))
    assert after["A-later"] == before[copy_of(base)]
    changed = [number for number, golden in before.items() if after[number] != golden]
    assert len(changed) <= 2


def copy_of(base: pd.DataFrame) -> str:
    return base[base["tax_id"].notna()].iloc[10]["customer_id"]


def test_cleaned_keys_are_not_made_again(cleaned):
    assert "name_key" in clean_customers(cleaned).table.columns
