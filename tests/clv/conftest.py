"""The CDNOW sample as the papers use it, and bases simulated from known parameters."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="session")
def cdnow_log() -> pd.DataFrame:
    """One row per purchase day of the one-tenth sample; found without importing lifetimes, which is slow."""
    package = importlib.util.find_spec("lifetimes")
    assert package is not None
    assert package.submodule_search_locations
    path = Path(package.submodule_search_locations[0]) / "datasets" / "CDNOW_sample.txt"
    log = pd.read_csv(path, sep=r"\s+", header=None, names=["master", "customer_id", "date", "cds", "amount"])
    log["date"] = pd.to_datetime(log["date"].astype(str))
    return log.groupby(["customer_id", "date"], as_index=False)["amount"].sum()


@pytest.fixture(scope="session")
def summary_at(cdnow_log: pd.DataFrame) -> Callable[[str], pd.DataFrame]:
    def summarise(end: str) -> pd.DataFrame:
        seen = cdnow_log[cdnow_log["date"] <= end].sort_values(["customer_id", "date"])
        grouped = seen.groupby("customer_id")
        first, last, days = grouped["date"].min(), grouped["date"].max(), grouped.size()
        later = grouped["amount"].sum() - grouped["amount"].first()
        return pd.DataFrame(
            {
                "frequency": days - 1,
                "recency": (last - first).dt.days / 7,
                "T": (pd.Timestamp(end) - first).dt.days / 7,
                "monetary_value": np.where(days > 1, later / np.maximum(days - 1, 1), 0.0),
            }
        ).reset_index()

    return summarise


@pytest.fixture(scope="session")
def cdnow(summary_at: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """The calibration period of 39 weeks."""
    return summary_at("1997-09-30")


@pytest.fixture(scope="session")
def cdnow_holdout(cdnow: pd.DataFrame, cdnow_log: pd.DataFrame) -> pd.DataFrame:
    """Purchases and spend in the 39 weeks after."""
    later = cdnow_log[cdnow_log["date"] > "1997-09-30"]
    return later.groupby("customer_id")["amount"].agg(purchases="size", spend="sum").reset_index()


@pytest.fixture(scope="session")
def simulate() -> Callable[..., pd.DataFrame]:
    """Draw a base from BG/NBD and Gamma-Gamma, followed for ``ahead`` weeks after T."""

    def draw(
        n: int,
        seed: int = 1,
        weeks: int = 100,
        ahead: float = 0.0,
        r: float = 0.5,
        alpha: float = 8.0,
        a: float = 0.8,
        b: float = 2.5,
    ) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        T = rng.integers(1, weeks * 7, n) / 7
        rate, stop = rng.gamma(r, 1 / alpha, n), rng.beta(a, b, n)
        spend_rate = rng.gamma(3.74, 1 / 15.44, n)
        now, last, money, later_money = (np.zeros(n) for _ in range(4))
        x, later = np.zeros(n, int), np.zeros(n, int)
        alive = np.ones(n, bool)
        while alive.any():
            now = now + rng.exponential(1 / np.maximum(rate, 1e-12))
            spend = rng.gamma(6.25, 1 / spend_rate)
            before, after = alive & (now <= T), alive & (now > T) & (now <= T + ahead)
            last = np.where(before, now, last)
            x, later = x + before, later + after
            money, later_money = money + spend * before, later_money + spend * after
            alive = (before | after) & (rng.random(n) > stop)
        return pd.DataFrame(
            {
                "customer_id": [f"C{i:05d}" for i in range(n)],
                "frequency": x,
                "recency": last,
                "T": T,
                "monetary_value": np.where(x > 0, money / np.maximum(x, 1), 0.0),
                "purchases": later,
                "spend": later_money,
            }
        )

    return draw
