"""When the demo's customers buy: a BG/NBD process with known parameters, run on a calendar with seasons.

Seasons are a change of time. A customer buys at a constant rate in business time, which runs fast before the year's
end and nearly stands still at the Chinese new year and on Sundays; over a year both clocks go equally far. So the
process stays BG/NBD apart from the season itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from custinsight.demo.chance import generator

START = dt.date(2022, 1, 1)
END = dt.date(2024, 12, 31)
EXPORTED = dt.date(2025, 1, 13)
"""Day of the exports: some rows are later than the last period."""

NEW_YEARS = (dt.date(2022, 2, 1), dt.date(2023, 1, 22), dt.date(2024, 2, 10), dt.date(2025, 1, 29))


@dataclass(frozen=True)
class Process:
    """Parameters of the truth: BG/NBD (time in weeks) and Gamma-Gamma (spend per order in CNY).

    Notes
    -----
    Fader, Hardie and Lee (2005), "Counting your customers" the easy way; Fader and Hardie (2013), The Gamma-Gamma
    model of monetary value.
    """

    r: float = 0.75
    alpha: float = 6.5
    a: float = 0.55
    b: float = 4.2
    p: float = 5.0
    q: float = 3.6
    gamma: float = 2000.0

    def as_dict(self) -> dict[str, float]:
        """Parameters by name."""
        return asdict(self)


def day_weights(days: pd.DatetimeIndex, *, american: bool = False) -> np.ndarray:
    """Return how much business time each day holds; a plain working day holds more than one.

    Parameters
    ----------
    days : DatetimeIndex
    american : bool
        Calendar of the American subsidiary, which has no Chinese new year.

    Returns
    -------
    ndarray of float64, shape (days,)
        Mean 1 over the days from START to END.
    """
    weights = np.ones(len(days))
    weights[days.day_of_week == 5] = 0.05 if american else 0.35
    weights[days.day_of_week == 6] = 0.02 if american else 0.08
    weights[(days.month == 12) | ((days.month == 11) & (days.day > 10))] *= 1.3
    weights[(days.month == 6)] *= 1.1
    if american:
        weights[(days.month == 12) & (days.day > 22)] *= 0.3
    else:
        weights[(days.month == 10) & (days.day <= 7)] *= 0.35
        for new_year in NEW_YEARS:
            distance = (days - pd.Timestamp(new_year)).days
            weights[(distance >= -6) & (distance <= 11)] *= 0.25
    return weights / weights[(days >= pd.Timestamp(START)) & (days <= pd.Timestamp(END))].mean()


def draw_rates(n: int, process: Process, seed: int) -> pd.DataFrame:
    """Draw who the customers are, as the models see them: one row per customer.

    Returns
    -------
    DataFrame
        rate (orders per week of business time), dropout (probability after each repeat order), mean_spend (CNY per
        order), started (share of the three years that had passed at the first order; above 1 for the first weeks
        of 2025, nan for those that never bought).
    """
    rng = generator(seed, "rates")
    rates = pd.DataFrame(
        {
            "rate": rng.gamma(process.r, 1 / process.alpha, n),
            "dropout": rng.beta(process.a, process.b, n),
            "mean_spend": process.p / rng.gamma(process.q, 1 / process.gamma, n),
            "started": np.where(rng.random(n) < 0.2, 0.08 * rng.random(n), rng.beta(1.0, 1.3, n)),
        }
    )
    luck = rng.random(n)
    rates.loc[luck < 0.03, "started"] = np.nan
    rates.loc[luck > 0.996, "started"] = 1 + 0.009 * rng.random(int((luck > 0.996).sum()))
    return rates


def draw_orders(rates: pd.DataFrame, american: np.ndarray, process: Process, seed: int) -> pd.DataFrame:
    """Draw all orders: one row per customer and day with an order.

    Parameters
    ----------
    rates : DataFrame
        From :func:`draw_rates`.
    american : ndarray of bool
        Which customers follow the American calendar.
    process : Process
    seed : int

    Returns
    -------
    DataFrame
        customer (row of ``rates``), date (datetime64), spend (CNY), by date and customer.
    """
    rng = generator(seed, "orders")
    customer, when = _draw_times(rates, process, rng)
    days = pd.date_range(START, EXPORTED)
    date = np.empty(len(when), dtype="datetime64[ns]")
    for is_american in (False, True):
        clock = np.cumsum(day_weights(days, american=is_american)) / 7
        mine = american[customer] == is_american
        position = np.searchsorted(clock, when[mine])
        date[mine] = np.where(
            position < len(days), days.to_numpy()[np.minimum(position, len(days) - 1)], np.datetime64("NaT")
        )
    orders = pd.DataFrame({"customer": customer, "date": date}).dropna().drop_duplicates()
    orders = orders.sort_values(["date", "customer"], ignore_index=True)
    mean = rates["mean_spend"].to_numpy()[orders["customer"]]
    orders["spend"] = rng.gamma(process.p, 1 / process.p, len(orders)) * mean
    return orders


def _draw_times(rates: pd.DataFrame, process: Process, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Order times in weeks of business time; after each repeat order a customer may leave for good."""
    length = ((END - START).days + 1) / 7
    last = length + 2
    alive = np.flatnonzero(rates["started"].notna())
    time = rates["started"].to_numpy()[alive] * length
    rate, dropout = rates["rate"].to_numpy(), rates["dropout"].to_numpy()
    customers, times = [alive], [time]
    while len(alive):
        time = time + rng.exponential(1, len(alive)) / rate[alive]
        stays = rng.random(len(alive)) >= dropout[alive]
        inside = time <= last
        customers.append(alive[inside])
        times.append(time[inside])
        alive, time = alive[inside & stays], time[inside & stays]
    return np.concatenate(customers), np.concatenate(times)
