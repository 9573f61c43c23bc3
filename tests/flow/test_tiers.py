"""Value tiers by what customers brought, or by what they are expected to bring."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from custinsight.audit import Audit, open_audit
from custinsight.report import sections as page

PLAN = """
currency = "CNY"
period = "2024Q2"
[[sources]]
name = "log"
table = "transactions"
path = "log.csv"
[sources.columns]
customer_id = "customer"
doc_id = "doc"
doc_date = "day"
amount_net = "amount"
[sources.constants]
currency = "CNY"
[tiers]
by = "clv"
"""


@pytest.fixture(autouse=True)
def _one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUSTINSIGHT_KEY", "11" * 32)


def _audit(folder: Path, log: pd.DataFrame) -> Audit:
    log.to_csv(folder / "log.csv", index=False)
    (folder / "audit.toml").write_text(PLAN, encoding="utf-8")
    return open_audit(folder / "audit.toml")


def _buyers(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Customers who come along over two years and buy at random at rates of their own, with amounts of their own."""
    born = rng.integers(0, 400, n)
    counts = rng.poisson(rng.gamma(0.6, 0.02, n) * (910 - born))
    customer = np.repeat(np.arange(n), counts + 1)
    first = np.r_[True, customer[1:] != customer[:-1]]
    day = np.where(first, born[customer], rng.uniform(born[customer], 910)).astype(int)
    typical = rng.lognormal(5, 0.6, n)
    amount = (typical[customer] * rng.lognormal(0, 0.3, len(customer))).round(2)
    dates = (pd.Timestamp("2022-01-01") + pd.to_timedelta(day, unit="D")).strftime("%Y-%m-%d")
    return pd.DataFrame(
        {"customer": [f"C{i}" for i in customer], "doc": np.arange(len(customer)), "day": dates, "amount": amount}
    )


def test_tiers_by_clv_put_those_first_who_are_expected_to_bring_most(tmp_path: Path) -> None:
    audit = _audit(tmp_path, _buyers(800, np.random.default_rng(5)))
    assert audit.table("tier_basis")["basis"].tolist() == ["clv"]
    tiers = audit.table("tiers").merge(audit.table("values")[["customer_id", "clv"]], on="customer_id")
    assert tiers["value"].tolist() == pytest.approx(tiers["clv"].tolist())
    lowest, highest = tiers.groupby("tier")["clv"].min(), tiers.groupby("tier")["clv"].max()
    assert lowest["A"] >= highest["B"] > highest["C"]
    groups = audit.table("value_by_group")
    total = groups.loc[groups["kind"] == "total", "clv"].iloc[0]
    assert groups.loc[groups["kind"] == "tier", "clv"].sum() == pytest.approx(total)
    moved = audit.table("tier_moves")
    assert moved.loc[moved["tier_after"] != "none", "customers"].sum() == len(tiers)
    assert "expected in the next 365 days" in page.tier_matrix(audit).said["en"]["html"]


def test_where_the_value_model_is_refused_the_tiers_go_by_what_was_brought(tmp_path: Path) -> None:
    months = (pd.date_range("2023-07-01", "2024-06-01", freq="MS") + pd.Timedelta(days=5)).strftime("%Y-%m-%d")
    rows = [(f"C{n}", f"{n}-{month}", month, 100 + n) for n in range(9) for month in months]
    log = pd.DataFrame(rows, columns=["customer", "doc", "day", "amount"])
    audit = _audit(tmp_path, log)
    assert audit.table("gate")["verdict"].tolist() == ["refuse"]
    assert audit.table("tier_basis")["basis"].tolist() == ["spend"]
    assert audit.table("tiers")["value"].sum() == pytest.approx(log["amount"].sum())
