import itertools

import numpy as np
import pyarrow as pa
import pytest

from custinsight import engine
from custinsight.match.chance import PRIOR_PAIRS, estimate_chance
from custinsight.match.model import probability, settle
from custinsight.match.names import read_names
from custinsight.match.records import prepare, take_keys
from custinsight.match.settings import make_settings
from custinsight.match.similarity import register_similarities

KEYS = (
    "customer_id parent_id customer_type name_key pinyin_key legal_form name_region branch_key contact_key "
    "phone_key other_phone_key email_key tax_key city address"
)


def records(con, **columns):
    """Make the table of records; columns that are not given are empty."""
    n = len(next(iter(columns.values())))
    empty = {name: pa.nulls(n, pa.string()) for name in KEYS.split()}
    keys = pa.table(
        {"record": pa.array(range(n)), **empty, **{k: pa.array(v, pa.string()) for k, v in columns.items()}}
    )
    return prepare(con, read_names(keys))


def levels(settings, comparison):
    found = next(c for c in settings["comparisons"] if c["output_column_name"] == comparison)
    return {level["label_for_charts"]: level for level in found["comparison_levels"]}


def test_only_filled_columns_are_compared():
    settings = make_settings({"name_key", "tax_key"})
    assert [c["output_column_name"] for c in settings["comparisons"]] == ["name_key", "tax_key"]
    rules = " ".join(rule["blocking_rule"] for rule in settings["blocking_rules_to_generate_predictions"])
    assert "email" not in rules
    assert "phones" not in rules


def test_chance_of_equality_is_counted_exactly():
    con = engine.connect(threads=1).con
    n = 400
    records(con, name_key=[f"name {i // 2}" for i in range(n)])
    register_similarities(con)
    start = make_settings({"name_key"})
    same = levels(estimate_chance(con, start, seed=1), "name_key")["same"]["u_probability"]
    before = levels(start, "name_key")["same"]["u_probability"]
    pairs = n * (n - 1) / 2
    assert same == pytest.approx((n / 2 + PRIOR_PAIRS * before) / (pairs + PRIOR_PAIRS))


def test_chances_of_one_comparison_add_up_to_one(cleaned):
    con = engine.connect(threads=1).con
    prepare(con, take_keys(engine.as_table(cleaned)))
    register_similarities(con)
    start = make_settings({"name_key", "place", "phones", "email_key", "tax_key", "contact_key", "address"})
    for comparison in estimate_chance(con, start, seed=1)["comparisons"]:
        chances = [level["u_probability"] for level in comparison["comparison_levels"] if "u_probability" in level]
        assert sum(chances) == pytest.approx(1)
        assert min(chances) > 0


def test_settled_weights_never_rise_with_less_likeness():
    start = make_settings({"email_key"})
    learnt = make_settings({"email_key"})
    learnt["comparisons"][0] = {
        **learnt["comparisons"][0],
        "comparison_levels": [
            {**level, **({"m_probability": m, "u_probability": u} if m else {})}
            for level, m, u in zip(
                start["comparisons"][0]["comparison_levels"],
                (0, 0.9, 1e-12, 0.05, 0.05),
                (0, 0.001, 0.1, 0.001, 0.898),
                strict=True,
            )
        ],
    }
    settled = levels(settle(learnt, start), "email_key")
    weights = [np.log2(level["m_probability"] / level["u_probability"]) for level in list(settled.values())[1:]]
    assert all(first >= second - 1e-9 for first, second in itertools.pairwise(weights))
    assert min(weights) > -15


def test_bits_and_probabilities():
    assert probability(np.array([0.0, 1.0, -1.0])).tolist() == pytest.approx([1 / 2, 2 / 3, 1 / 3])
    assert np.isfinite(probability(np.array([1e6, -1e6]))).all()


def test_values_that_too_many_records_share_are_ignored_and_counted():
    con = engine.connect(threads=1).con
    names = [f"name{i}" for i in range(100)]
    phones = ["+8613800138000"] * 60 + [f"+86139{i:08d}" for i in range(40)]
    assert records(con, name_key=names, phone_key=phones) == {"phone_key": 1}
    assert con.execute("SELECT count(*) FROM records WHERE len(phones) > 0").fetchone() == (40,)


def test_a_phone_of_many_names_is_nobody_s_own():
    con = engine.connect(threads=1).con
    records(con, name_key=["a", "b", "c", "d", "e"], phone_key=["+861", "+861", "+861", "+861", "+862"])
    assert con.execute("SELECT own_phones FROM records ORDER BY record").fetchall() == [([],)] * 4 + [(["+862"],)]


def test_blocking_passes_over_the_most_frequent_values():
    con = engine.connect(threads=1).con
    n = 1000
    records(con, name_key=["cash sale"] * n + ["rare name", "rare name"])
    blocks = con.execute(
        "SELECT DISTINCT block_name_sorted FROM records WHERE block_name_sorted IS NOT NULL"
    ).fetchall()
    assert blocks == [("name rare",)]


def test_a_name_is_registered_once_at_a_place():
    con = engine.connect(threads=1).con
    names, forms, cities = (
        ["smith plumbing"] * 4,
        ["llc", "llc", None, "llc"],
        ["Springfield, IL"] * 3 + ["Springfield, MO"],
    )
    records(con, name_key=names, legal_form=forms, city=cities)
    found = con.execute("SELECT registered, place FROM records ORDER BY record").fetchall()
    assert [row[0] for row in found] == [found[0][0], found[0][0], None, "smith plumbing|llc|Springfield, MO"]
    assert {row[1] for row in found} == {"Springfield"}


def test_names_with_one_wrong_character_meet():
    con = engine.connect(threads=1).con
    records(con, name_key=["华东贸易", "华冬贸易", "美的电器"])
    lists = [row[0] for row in con.execute("SELECT block_name_slips FROM records ORDER BY record").fetchall()]
    assert set(lists[0]) & set(lists[1]) == {"华_贸易"}
    assert lists[2] == []


def test_the_old_tax_number_stands_in_the_new_one():
    con = engine.connect(threads=1).con
    records(con, name_key=["a", "b"], tax_key=["91110000802100433B", "110000802100433"])
    assert con.execute("SELECT count(DISTINCT tax_key) FROM records").fetchone() == (1,)


def test_registered_names_of_customers_with_two_tax_numbers_count_for_less():
    def weight(tax_numbers):
        con = engine.connect(threads=1).con
        register_similarities(con)
        names = [f"company {i // 2}" for i in range(400)]
        records(con, name_key=names, legal_form=["ltd"] * 400, city=["x"] * 400, tax_key=tax_numbers)
        settings = estimate_chance(con, make_settings({"name_key", "registered", "tax_key"}), 1)
        level = levels(settings, "name_key")["same registered name"]
        return np.log2(level["m_probability"] / level["u_probability"])

    each_its_own, one_for_two = [f"{i:015d}" for i in range(400)], [f"{i // 2:015d}" for i in range(400)]
    assert weight(each_its_own) < weight(one_for_two) - 3
