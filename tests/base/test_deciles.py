"""The rule of the classes: the customer that carries the running total over the cut is the last of its class."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.base import lenses


def buyers(values, costs=None):
    """One customer per value, one order each in 2024; costs so that profit is the value, when given."""
    frame = pd.DataFrame({"customer_id": [f"c{n:03d}" for n in range(len(values))], "amount_net": values})
    frame = frame.assign(doc_date="2024-06-01", doc_id="1")
    return frame if costs is None else frame.assign(cost=costs)


def sizes(frame):
    return frame["customers"].tolist()


def test_ten_customers_are_one_to_a_decile():
    lens = lenses.one_period(buyers([100, 90, 80, 70, 60, 50, 40, 30, 20, 10]), "2024")
    assert sizes(lens.equal_customer_deciles) == [1] * 10
    assert lens.equal_customer_deciles["spend"].tolist() == [100, 90, 80, 70, 60, 50, 40, 30, 20, 10]


def test_the_customer_that_passes_the_cut_belongs_to_the_decile():
    # the cuts lie at 1.5, 3, 4.5 … customers: the 2nd customer passes the first, the 3rd reaches the second
    lens = lenses.one_period(buyers(list(range(15, 0, -1))), "2024")
    assert sizes(lens.equal_customer_deciles) == [2, 1] * 5


def test_equal_values_stay_together():
    # 4 of 10 customers share the best value, so they all are in decile 1, and decile 2 to 4 are empty
    lens = lenses.one_period(buyers([9, 9, 9, 9, 5, 4, 3, 2, 1, 0.5]), "2024")
    assert sizes(lens.equal_customer_deciles) == [4, 0, 0, 0, 1, 1, 1, 1, 1, 1]


def test_all_the_same_are_all_in_the_first():
    lens = lenses.one_period(buyers([7] * 6), "2024")
    assert sizes(lens.equal_customer_deciles) == [6] + [0] * 9
    assert sizes(lens.equal_profit_deciles) == [6] + [0] * 9


def test_equal_profit_by_hand():
    # total 100, cuts at 10, 20, …: running totals before each customer are 0, 30, 50, 60, 70, 80, 90, 95
    lens = lenses.one_period(buyers([30, 20, 10, 10, 10, 10, 5, 5]), "2024")
    # 30 passes cuts 1 to 3: decile 1; 20 begins at 30: decile 4; the four 10s begin at 50: decile 6; the 5s at 90
    assert sizes(lens.equal_profit_deciles) == [1, 0, 0, 1, 0, 4, 0, 0, 0, 2]


def test_losses_are_in_the_last_decile_and_the_columns_sum_to_the_totals():
    profit = [60, 50, 20, -10, -20]
    lens = lenses.one_period(buyers([100] * 5, costs=[100 - value for value in profit]), "2024")
    # net total 100, cuts at 10, 20, …: before each customer the total is 0, 60, 110, 130 and 120
    assert sizes(lens.equal_profit_deciles) == [1, 0, 0, 0, 0, 0, 1, 0, 0, 3]
    assert lens.equal_profit_deciles["profit"].sum() == lens.totals["profit"] == 100
    assert lens.totals["loss_making"] == 2


def test_a_net_loss_shares_out_the_positive_profit():
    lens = lenses.one_period(buyers([10] * 3, costs=[4, 6, 30]), "2024")
    assert lens.totals["profit"] == -10
    assert sizes(lens.equal_profit_deciles) == [1, 0, 0, 0, 0, 0, 1, 0, 0, 1]


def test_without_any_profit_all_are_in_the_last_decile():
    lens = lenses.one_period(buyers([10] * 3, costs=[11, 12, 13]), "2024")
    assert sizes(lens.equal_profit_deciles) == [0] * 9 + [3]
    assert sizes(lens.equal_customer_deciles) == [1, 0, 0, 1, 0, 0, 1, 0, 0, 0]


def test_cut_offs_are_shown():
    lens = lenses.one_period(buyers([9, 9, 5, 1.25]), "2024")
    shown = lens.equal_customer_deciles.dropna(subset=["highest"])
    assert shown[["decile", "highest", "lowest"]].values.tolist() == [[1, 9, 9], [6, 5, 5], [8, 1.25, 1.25]]


def test_ten_thousandths_decide_and_no_rounding():
    # 0.1 + 0.2 against 0.3 as floats would be two values
    frame = buyers([0.3, 0.1, 0.3])
    frame = pd.concat([frame, frame.iloc[[1]].assign(amount_net=0.2)])
    lens = lenses.one_period(frame, "2024")
    assert sizes(lens.equal_customer_deciles)[0] == 3


def plain_classes(values, weights, total, n=10):
    """The rule as it is written down, by brute force."""
    result = []
    for value in values:
        better = sum(weight for other, weight in zip(values, weights, strict=True) if other > value)
        result.append(1 + sum(better * n >= k * total for k in range(1, n)) if total > 0 else n)
    return result


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=1, max_size=40))
def test_deciles_follow_the_rule_for_any_values(profit):
    lens = lenses.one_period(buyers([100] * len(profit), costs=[100 - value for value in profit]), "2024")
    total = sum(profit) if sum(profit) > 0 else sum(value for value in profit if value > 0)
    for frame, classes in (
        (lens.equal_customer_deciles, plain_classes(profit, [1] * len(profit), len(profit))),
        (lens.equal_profit_deciles, plain_classes(profit, [max(value, 0) for value in profit], total)),
    ):
        assert sizes(frame) == [classes.count(k) for k in range(1, 11)]
        for k in range(1, 11):
            assert frame["profit"][k - 1] == sum(v for v, c in zip(profit, classes, strict=True) if c == k)
        edges = frame.dropna(subset=["lowest"])
        assert (edges["lowest"].to_numpy()[:-1] > edges["highest"].to_numpy()[1:]).all()


def test_the_same_on_a_connection_of_the_users_own():
    frame = buyers([30, 20, 10, 10, 10, 10, 5, 5])
    con = ibis.duckdb.connect()
    lens = lenses.one_period(con.create_table("lines", frame), "2024")
    pd.testing.assert_frame_equal(lens.equal_profit_deciles, lenses.one_period(frame, "2024").equal_profit_deciles)
    con.disconnect()


@pytest.mark.parametrize(("values", "gini"), [([1, 1, 1, 1], 0.0), ([0, 0, 0, 8], 0.75), ([1, 3], 0.25)])
def test_gini_by_hand(values, gini):
    assert lenses.one_period(buyers(values), "2024").totals["gini"] == pytest.approx(gini)


def test_gini_is_twice_the_area_between_curve_and_diagonal(fh):
    lens = lenses.one_period(fh, "2018")
    assert len(lens.lorenz) <= 201
    area = np.trapezoid(lens.lorenz["spend_share"], lens.lorenz["customer_share"])
    assert lens.totals["gini"] == pytest.approx(2 * area - 1, abs=1e-3)


def test_the_best_tenth_is_rounded_up_to_whole_customers():
    # of 15 customers the best two: 15 + 14 of 120
    lens = lenses.one_period(buyers(list(range(15, 0, -1))), "2024")
    assert lens.totals["top_10_share"] == pytest.approx(29 / 120)


def test_the_curve_of_few_customers_has_a_point_for_each():
    lens = lenses.one_period(buyers([6, 3, 1], costs=[1, 1, 2]), "2024")
    assert lens.lorenz["customer_share"].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert lens.lorenz["spend_share"].tolist() == pytest.approx([0, 0.6, 0.9, 1])
    assert lens.lorenz["profit_share"].tolist() == pytest.approx([0, 5 / 6, 7 / 6, 1])
