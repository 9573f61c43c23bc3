"""Receivables at two days and revenue targets of the demo."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custinsight.demo.chance import generator
from custinsight.demo.purchases import END

VAT = 0.13
SNAPSHOTS = ("2024-09-30", "2024-12-31")


def make_receivables(lines: pd.DataFrame, records: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw how invoices are paid, and list what is open at each snapshot: one row per snapshot and invoice.

    Parameters
    ----------
    lines : DataFrame
        All lines with doc_id, record_id, american, currency.
    records : DataFrame
        ERP records with payment_days.
    seed : int

    Returns
    -------
    DataFrame
        as_of, american, doc_id, record_id, date, due, gross, open (both in currency, tax included), paid (NaT while
        open), disputed {是, 否}, currency, fx_rate. Documents paid within a month before the
        snapshot are listed with nothing open.
    """
    rng = generator(seed, "receivables")
    keys = ["american", "record_id", "doc_id", "date", "currency", "fx_rate"]
    documents = lines[lines["kind"] == "invoice"].groupby(keys)["net"].sum().reset_index()
    documents = documents.sort_values(["date", "american", "doc_id"], kind="stable", ignore_index=True)
    n = len(documents)
    known = records.set_index(["source_system", "source_id"])
    system = np.where(documents["american"], "US", "ERP")
    places = known.index.get_indexer(pd.MultiIndex.from_arrays([system, documents["record_id"]]))
    terms = np.where(places >= 0, known["payment_days"].to_numpy()[places], 0)
    habit = rng.gamma(0.7, 18.0, len(known))[places]
    bad = (rng.random(len(known)) < 0.02)[places]
    documents["due"] = documents["date"] + pd.to_timedelta(terms, unit="D")
    delay = np.maximum(-terms, rng.normal(habit - 5, 8)).round()
    paid = documents["due"] + pd.to_timedelta(
        np.where(bad & (rng.random(n) < 0.6), rng.integers(40, 400, n), delay), unit="D"
    )
    documents["paid"] = paid
    documents["gross"] = (documents["net"] * np.where(documents["american"], 1, 1 + VAT)).round(2)
    part = np.where(rng.random(n) < 0.12, rng.choice([0.3, 0.5, 0.7], size=n), 1.0)
    documents["disputed"] = np.where(rng.random(n) < 0.012, "是", "否")
    return pd.concat([_snapshot(documents, part, day) for day in SNAPSHOTS], ignore_index=True)


def _snapshot(documents: pd.DataFrame, part: np.ndarray, day: str) -> pd.DataFrame:
    as_of = pd.Timestamp(day)
    month = as_of - pd.Timedelta(days=30)
    listed = (documents["date"] <= as_of) & (documents["paid"] > month)
    snapshot = documents[listed].copy()
    is_open = snapshot["paid"] > as_of
    snapshot["open"] = (snapshot["gross"] * part[listed]).round(2).where(is_open, 0.0)
    snapshot["paid"] = snapshot["paid"].where(~is_open)
    snapshot.insert(0, "as_of", as_of)
    return snapshot.drop(columns="net")


def make_targets(lines: pd.DataFrame, owner_of: pd.Series, staff: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw revenue targets: one row per salesperson and quarter, CNY.

    Parameters
    ----------
    lines : DataFrame
        All lines.
    owner_of : Series of str
        Salesperson of each line, same rows.
    staff : DataFrame
    seed : int
    """
    rng = generator(seed, "targets")
    money = lines["net"] * lines["fx_rate"]
    quarter = lines["date"].dt.to_period("Q")
    sold = money.groupby([owner_of, quarter]).sum()
    rows = []
    for owner in staff["owner_id"]:
        for period in pd.period_range("2022Q1", pd.Period(END, "Q"), freq="Q"):
            wish = float(sold.get((owner, period), 0.0)) * rng.uniform(0.85, 1.3)
            rows.append((owner, str(period), max(20_000, round(wish / 5000) * 5000)))
    return pd.DataFrame(rows, columns=["owner_id", "period", "revenue_target"])
