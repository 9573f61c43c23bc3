"""A made-up company whose customers stay away for known reasons, for the tests of the room."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


def make_log(customers: int = 400, days: int = 900, seed: int = 5) -> pd.DataFrame:
    """Customers with a pace of their own who stop for good at some time; those with many returns stop sooner."""
    rng = np.random.default_rng(seed)
    begun = pd.Timestamp("2022-01-01")
    rows = []
    for customer in range(customers):
        gap = float(rng.gamma(3.0, 12.0)) + 5
        unhappy = rng.random() < 0.3
        day, stop = float(rng.integers(0, days // 2)), float(rng.exponential(250 if unhappy else 900))
        born = day
        while day < days and day - born <= stop:
            amount = round(float(rng.gamma(4.0, 25.0)) + 1, 2)
            rows.append((f"C{customer:04d}", f"D{len(rows)}", begun + pd.Timedelta(days=int(day)), amount, "invoice"))
            if unhappy and rng.random() < 0.5:
                later = begun + pd.Timedelta(days=int(day) + 3)
                rows.append((f"C{customer:04d}", f"R{len(rows)}", later, -round(amount / 4, 2), "return"))
            day += float(rng.exponential(gap)) + 1
    frame = pd.DataFrame(rows, columns=["customer_id", "doc_id", "doc_date", "amount_net", "doc_type"])
    products = rng.integers(0, 30, len(frame))
    return frame.assign(
        product_id=[f"P{n}" for n in products],
        category=[f"K{n % 5}" for n in products],
        quantity=1 + products % 3,
        owner_id=[f"S{n}" for n in rng.integers(0, 3, len(frame))],
    )


@pytest.fixture(scope="session")
def log() -> pd.DataFrame:
    return make_log()
