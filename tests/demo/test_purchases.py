import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from custinsight.demo import DemoFiles
from custinsight.demo.purchases import END, START, Process, day_weights, draw_orders, draw_rates

END_DAY = pd.Timestamp(END)


@pytest.fixture(scope="module")
def purchases(demo: DemoFiles) -> pd.DataFrame:
    table = pd.read_csv(Path(demo.folder) / "truth" / "purchases.csv", parse_dates=["date"])
    return table[table["date"] <= END_DAY]


@pytest.fixture(scope="module")
def summary(purchases: pd.DataFrame) -> pd.DataFrame:
    grouped = purchases.groupby("true_customer")["date"].agg(["nunique", "min", "max"])
    weeks = {"recency": grouped["max"] - grouped["min"], "T": END_DAY - grouped["min"]}
    frame = pd.DataFrame({name: gap.dt.days / 7 for name, gap in weeks.items()})
    return frame.assign(frequency=grouped["nunique"] - 1)


def test_business_time_and_calendar_time_go_equally_far() -> None:
    days = pd.date_range(START, END)
    for american in (False, True):
        assert day_weights(days, american=american).mean() == pytest.approx(1)


def test_new_year_is_quiet_and_december_busy() -> None:
    days = pd.date_range("2024-01-01", "2024-12-31")
    weight = pd.Series(day_weights(days), days)
    assert weight["2024-02-08":"2024-02-18"].mean() < 0.4
    assert weight["2024-12"].mean() > 1.15


def test_rate_of_a_plain_poisson_process_is_kept() -> None:
    # no dropout, one rate: 400 customers at 0.5 a week over 100 weeks each
    n, process = 400, Process()
    rates = pd.DataFrame({"rate": 0.5, "dropout": 0.0, "mean_spend": 100.0, "started": 0.0}, index=range(n))
    orders = draw_orders(rates, np.zeros(n, dtype=bool), process, seed=1)
    weeks = ((END_DAY - pd.Timestamp(START)).days + 1) / 7
    inside = orders[orders["date"] <= END_DAY].groupby("customer").size()
    # two orders on one day are one order, which costs a few percent
    assert inside.mean() == pytest.approx(0.5 * weeks, rel=0.08)


def test_a_certain_dropout_ends_after_the_first_repeat() -> None:
    n = 200
    rates = pd.DataFrame({"rate": 2.0, "dropout": 1.0, "mean_spend": 100.0, "started": 0.1}, index=range(n))
    orders = draw_orders(rates, np.zeros(n, dtype=bool), Process(), seed=1)
    assert orders.groupby("customer").size().max() == 2


def test_rates_follow_the_gamma_distribution() -> None:
    process = Process()
    rates = draw_rates(20_000, process, seed=3)
    assert rates["rate"].mean() == pytest.approx(process.r / process.alpha, rel=0.05)
    assert rates["dropout"].mean() == pytest.approx(process.a / (process.a + process.b), rel=0.05)
    mean_spend = process.p * process.gamma / (process.q - 1)
    assert rates["mean_spend"].mean() == pytest.approx(mean_spend, rel=0.06)


def test_lifetimes_recovers_the_truth(demo: DemoFiles, summary: pd.DataFrame) -> None:
    from lifetimes import BetaGeoFitter

    truth = json.loads((Path(demo.folder) / "truth" / "bgnbd.json").read_text())["bgnbd"]
    fitted = BetaGeoFitter().fit(summary["frequency"], summary["recency"], summary["T"])
    estimate, error = fitted.params_, fitted.standard_errors_
    for name, value in truth.items():
        # seasons and orders merged on a day bias a little beyond sampling
        assert abs(estimate[name] - value) < 3 * error[name] + 0.05 * value, name
    rate = estimate["r"] / estimate["alpha"]
    assert rate == pytest.approx(truth["r"] / truth["alpha"], rel=0.06)


def test_spend_does_not_depend_on_how_often_somebody_buys(purchases: pd.DataFrame) -> None:
    customers = purchases.groupby("true_customer")["spend"].agg(["size", "mean"])
    assert abs(customers[customers["size"] > 1].corr().iloc[0, 1]) < 0.1


def test_the_base_is_as_unequal_as_real_ones(purchases: pd.DataFrame) -> None:
    spend = purchases.groupby("true_customer")["spend"].sum().sort_values(ascending=False)
    assert 0.40 <= spend.head(len(spend) // 10).sum() / spend.sum() <= 0.55
    assert 0.1 < (purchases.groupby("true_customer").size() == 1).mean() < 0.3


def test_the_fourth_quarter_is_the_strongest(purchases: pd.DataFrame) -> None:
    quarters = purchases.groupby(purchases["date"].dt.to_period("Q"))["spend"].sum()
    for year in (2022, 2023, 2024):
        assert quarters[f"{year}Q4"] > quarters[f"{year}Q1"] * 1.1


def test_customers_arrive_over_the_three_years(purchases: pd.DataFrame) -> None:
    first = purchases.groupby("true_customer")["date"].min().dt.year.value_counts(normalize=True)
    assert first.loc[[2022, 2023, 2024]].min() > 0.1
