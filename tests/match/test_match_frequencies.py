"""How frequent values are among other customers, and which threshold that leaves."""

import numpy as np
import pytest

from custinsight import engine
from custinsight.match.chance import without_matches
from custinsight.match.frequencies import FEWEST_OTHERS, add_frequencies
from custinsight.match.threshold import HIGHEST, LOWEST, WRONG, choose_threshold


def frequencies(values, own):
    con = engine.connect(threads=1).con
    rows = ", ".join(f"({n}, {value!r})" for n, value in enumerate(values))
    con.execute(f"CREATE TABLE records AS SELECT * FROM (VALUES {rows}) AS t(record, name)")
    add_frequencies(con, {"name": own})
    return [row[0] for row in con.execute("SELECT tf_name FROM records ORDER BY record").fetchall()]


def test_a_record_and_its_customers_further_ones_are_no_others():
    assert frequencies(["a"] * 6 + ["b"] * 4, own=1.0) == pytest.approx([4 / 10] * 6 + [2 / 10] * 4)


def test_a_value_of_nobody_else_is_still_not_impossible():
    assert frequencies(["a", "b", "c", "d"], own=0.5) == pytest.approx([FEWEST_OTHERS / 4] * 4)


def test_what_matches_add_to_a_chance_is_taken_out():
    levels = [
        {"label_for_charts": "same", "m_probability": 0.8, "u_probability": 0.01},
        {"label_for_charts": "different", "m_probability": 0.2, "u_probability": 0.99},
    ]
    settings = {
        "probability_two_random_records_match": 0.01,
        "comparisons": [{"comparison_levels": [{"is_null_level": True}, *levels]}],
    }
    same, different = (
        level["u_probability"] for level in without_matches(settings)["comparisons"][0]["comparison_levels"][1:]
    )
    assert same == pytest.approx(0.002 / (0.002 + 0.988), rel=1e-6)
    assert same + different == pytest.approx(1)


def share_wrong(weight, cut):
    able = weight[weight >= cut]
    return float((1 / (1 + np.exp2(able))).mean())


@pytest.mark.parametrize("doubtful", [0, 10, 1_000, 100_000])
def test_few_of_the_pairs_joined_are_wrong(doubtful):
    rng = np.random.default_rng(1)
    weight = np.r_[np.full(1_000, 14.0), rng.uniform(0, 8, doubtful)]
    cut = choose_threshold(weight)
    assert np.log2(LOWEST / (1 - LOWEST)) <= cut <= np.log2(HIGHEST / (1 - HIGHEST))
    assert share_wrong(weight, cut) <= WRONG


def test_the_larger_the_file_the_higher_the_threshold():
    rng = np.random.default_rng(1)
    # true pairs grow with the records, pairs that are alike by chance with their square
    cuts = [choose_threshold(np.r_[np.full(500 * n, 14.0), rng.uniform(0, 8, 5 * n * n)]) for n in (1, 30, 300)]
    assert cuts[0] < cuts[1] < cuts[2]
