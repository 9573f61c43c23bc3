"""Lines of hand-made cases, and the real logs in canonical columns."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path

import pandas as pd
import pytest

COLUMNS = ["customer_id", "doc_id", "doc_date", "amount_net"]


@pytest.fixture(scope="session")
def cdnow() -> pd.DataFrame:
    """CDNOW one-tenth sample, as the lifetimes package carries it."""
    with files("lifetimes.datasets").joinpath("CDNOW_sample.txt").open() as file:
        frame = pd.read_csv(
            file, sep=r"\s+", header=None, names=["master", "customer_id", "doc_date", "q", "amount_net"]
        )
    return frame[["customer_id", "doc_date", "amount_net"]]


@pytest.fixture(scope="session")
def fh(shared_data: Path) -> pd.DataFrame:
    """Four years of a shop with web and stores; one line per customer, day and channel, few negative."""
    frame = pd.read_csv(shared_data / "fh" / "transaction-log-example.csv", encoding="utf-8-sig")
    names = {"order_date": "doc_date", "cust_id": "customer_id", "net_sales": "amount_net", "source": "channel"}
    return frame.rename(columns=names)


@pytest.fixture
def lines() -> Callable[..., pd.DataFrame]:
    """Make lines from rows (customer, document, day, amount) and further columns."""

    def make(*rows: Sequence[object], **more: Sequence[object]) -> pd.DataFrame:
        return pd.DataFrame([list(row) for row in rows], columns=COLUMNS).assign(**more)

    return make
