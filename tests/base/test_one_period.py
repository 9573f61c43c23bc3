"""Lens 1 by hand, on a real log, and on input that leaves nothing to say."""

import math

import pandas as pd
import pytest

from custinsight.base import lenses, read_purchases


@pytest.fixture
def shop(lines):
    """Three customers in the first quarter of 2024, one of them at a loss; lines before and after."""
    return lines(
        ("a", "1", "2023-12-31", 1000),
        ("a", "2", "2024-01-01", 100),
        ("a", "2", "2024-01-01", 50),
        ("a", "3", "2024-03-31", 50),
        ("b", "4", "2024-02-01", 60),
        ("c", "5", "2024-02-02", 40),
        ("c", "6", "2024-04-01", 999),
        cost=[1, 60, 40, 20, 30, 50, 1],
    )


def test_totals_by_hand(shop):
    totals = lenses.one_period(shop, "2024Q1").totals
    assert totals[["customers", "orders", "spend", "profit"]].tolist() == [3, 4, 300, 100]
    assert totals[["aof", "aov", "margin"]].tolist() == pytest.approx([4 / 3, 75, 1 / 3])
    assert totals[["one_time", "loss_making", "cost_known"]].tolist() == [2, 1, 1]


def test_the_product_of_the_factors_is_the_profit(shop):
    totals = lenses.one_period(shop, "2024Q1").totals
    assert totals[["customers", "aof", "aov", "margin"]].prod() == pytest.approx(totals["profit"])


def test_a_customers_own_spend_per_order_is_averaged_apart_from_aov(shop):
    averages = lenses.one_period(shop, "2024Q1").averages.set_index("measure")
    assert averages.loc["spend_per_order", "mean"] == pytest.approx((100 + 60 + 40) / 3, abs=1e-4)
    assert averages.loc["spend", ["mean", "median"]].tolist() == [100, 60]
    assert averages.loc["spend", "below_mean"] == pytest.approx(2 / 3)


def test_spend_per_order_by_number_of_orders(shop):
    found = lenses.one_period(shop, "2024Q1").by_orders
    assert found[["orders", "customers", "spend", "aov"]].values.tolist() == [[1, 2, 100, 50], [2, 1, 200, 100]]


def test_bins_hold_each_customer_once(shop):
    bins = lenses.one_period(shop, "2024Q1").distributions
    assert bins.groupby("measure")["customers"].sum().to_dict() == dict.fromkeys(
        ("spend", "orders", "spend_per_order", "profit", "margin"), 3
    )
    profit = bins[bins["measure"] == "profit"]
    assert profit.iloc[0][["bin_from", "bin_to", "customers"]].tolist() == [-math.inf, 0, 1]
    assert profit.iloc[-1]["bin_to"] == math.inf


def test_bins_are_equal_and_hold_their_lower_edge(lines):
    frame = lines(*[(f"c{n}", "1", "2024-01-01", 10 * n) for n in range(1, 41)])
    spend = lenses.one_period(frame, "2024").distributions.query("measure == 'spend'")
    assert spend["bin_from"].tolist() == [20.0 * n for n in range(21)]
    assert spend["customers"].tolist() == [1, *[2] * 19, 1]


def test_without_cost_profit_is_unknown_and_spend_ranks(shop):
    lens = lenses.one_period(shop.drop(columns="cost"), "2024Q1")
    assert lens.value_column == "spend"
    assert lens.totals[["profit", "margin", "loss_making"]].isna().all()
    assert lens.equal_customer_deciles["profit"].isna().all()
    assert lens.equal_profit_deciles["spend"].sum() == 300
    assert set(lens.distributions["measure"]) == {"spend", "orders", "spend_per_order"}


def test_a_column_of_missing_costs_is_no_cost(shop):
    assert lenses.one_period(shop.assign(cost=None), "2024Q1").value_column == "spend"


def test_the_part_of_spend_with_known_cost_is_told(shop):
    shop.loc[4, "cost"] = None
    totals = lenses.one_period(shop, "2024Q1").totals
    assert (totals["profit"], totals["cost_known"]) == (70, 0.8)


def test_customers_that_only_returned_goods_are_told_apart_and_their_money_counts(lines):
    frame = lines(("a", "1", "2024-01-01", 100), ("b", "2", "2023-06-01", 80), ("b", "R", "2024-01-09", -30))
    lens = lenses.one_period(frame, "2024")
    assert lens.totals[["customers", "spend", "return_only", "return_only_spend"]].tolist() == [1, 70, 1, -30]
    assert lens.equal_customer_deciles["spend"].sum() == 70
    assert lens.equal_customer_deciles["customers"].sum() == 1


def test_nothing_after_the_period_is_seen(lines):
    frame = lines(("a", "1", "2024-01-01", 100), ("a", "R", "2024-04-02", -100), return_of=[None, "1"])
    assert lenses.one_period(frame, "2024Q1").totals["orders"] == 1
    assert lenses.one_period(frame, "2024H1").totals["orders"] == 0


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "1", "2020-01-01", 5)],
        [("a", "1", "2024-01-01", -5)],
        [("a", "1", "2024-01-01", 0)],
        [("a", "1", "2024-01-01", 5)],
        [(f"c{n}", "1", "2024-01-01", 5) for n in range(30)],
    ],
    ids=["no purchase", "only a return", "free goods", "one customer", "all the same"],
)
def test_nothing_to_say_is_said_without_an_error(lines, rows):
    lens = lenses.one_period(lines(*rows), "2024")
    assert len(lens.equal_customer_deciles) == len(lens.equal_profit_deciles) == 10
    assert lens.equal_customer_deciles["customers"].sum() == lens.totals["customers"]
    assert not lens.totals[["customers", "orders", "spend"]].isna().any()


def test_an_empty_table_is_a_period_without_purchases(lines):
    lens = lenses.one_period(lines().astype({"doc_date": "datetime64[us]", "amount_net": "float64"}), "2024")
    assert lens.totals["customers"] == 0
    assert lens.distributions.empty
    assert lens.lorenz.empty


def test_a_real_log(fh):
    lens = lenses.one_period(fh, "2018")
    year = fh[pd.to_datetime(fh["doc_date"]).dt.year == 2018]
    days = year.groupby(["customer_id", "doc_date"])["amount_net"].agg(["sum", "min"])
    orders = days[(days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] == 0))]
    assert lens.totals["orders"] == len(orders)
    assert lens.totals["customers"] == orders.index.get_level_values(0).nunique()
    assert lens.totals["spend"] == pytest.approx(year["amount_net"].sum(), abs=1e-3)
    assert lens.equal_customer_deciles["customers"].sum() == lens.totals["customers"]
    assert lens.equal_customer_deciles["spend"].sum() == pytest.approx(lens.totals["spend"])
    # each of the equal-spend deciles holds a tenth of it, give or take the customers of equal spend at the cuts
    assert lens.equal_profit_deciles["spend"].to_numpy() == pytest.approx(lens.totals["spend"] / 10, rel=0.15)


def test_twice_the_same(fh):
    first, second = (lenses.one_period(fh.sample(frac=1, random_state=seed), "2018") for seed in (1, 2))
    for name in ("equal_customer_deciles", "equal_profit_deciles", "distributions", "averages", "by_orders", "lorenz"):
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_exact=True)
    pd.testing.assert_series_equal(first.totals, second.totals, check_exact=True)


def test_lines_read_once_serve_all_periods(shop):
    read = read_purchases(shop)
    assert lenses.one_period(read, "2024Q1").totals.equals(lenses.one_period(shop, "2024Q1").totals)
    assert lenses.one_period(read, "2023").totals["spend"] == 1000


def test_what_the_best_customers_hold_by_hand(lines):
    frame = lines(*[(f"c{n}", "1", "2024-01-01", n) for n in range(1, 16)])
    found = lenses.one_period(frame, "2024").top_shares.set_index("top")
    assert found["customers"].to_dict() == {0.01: 1, 0.05: 1, 0.1: 2, 0.2: 3, 0.5: 8}
    assert found.loc[0.2, ["value", "share"]].tolist() == pytest.approx([42, 42 / 120])


@pytest.mark.parametrize("cost", [[5, 9], [9, 9]], ids=["profit of nothing", "a loss"])
def test_a_profit_that_is_not_positive_is_not_shared_out(lines, cost):
    lens = lenses.one_period(lines(("a", "1", "2024-01-01", 5), ("b", "2", "2024-01-01", 5), cost=cost), "2024")
    assert lens.top_shares["share"].isna().all()
    assert lens.equal_profit_deciles["customers"].sum() == 2
    assert lens.equal_profit_deciles["profit"].sum() == 10 - sum(cost)
