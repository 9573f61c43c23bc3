"""How near the chosen models come on real logs, beside lifetimes' models and a rule without a model.

python benchmarks/clv_accuracy.py [--data ../shared/data]

Each log is cut; ``ci.clv.select`` sees what was known at the cut, chooses on stretches of that past alone, and the
choice is held against what customers then did. Printed are the errors of numbers of purchases (mean absolute error,
bias of the total) and of the probability of no purchase (Brier score, calibration error in ten bins of equal mass).
"""

from __future__ import annotations

import argparse
import datetime as dt
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import custinsight as ci
from custinsight.clv import BGNBD, MBGNBD, ParetoNBD
from custinsight.clv.metrics import brier, calibration_error, count_errors


def read_cdnow(path: Path, columns: list[str], skip: int) -> pd.DataFrame:
    log = pd.read_csv(path, sep=r"\s+", header=None, skiprows=skip, names=columns, dtype=str)
    when = pd.to_datetime(log["date"], format="%Y%m%d").dt.date
    return pd.DataFrame(
        {"customer_id": log["customer_id"], "doc_date": when, "amount_net": log["amount"].astype(float)}
    )


def list_cases(data: Path) -> Iterator[tuple[str, pd.DataFrame, dt.date, int]]:
    """Name, lines, cut and weeks ahead."""
    sample = read_cdnow(data / "cdnow/CDNOW_sample.txt", ["master", "customer_id", "date", "cds", "amount"], 0)
    master = read_cdnow(data / "cdnow/CDNOW_master.txt", ["customer_id", "date", "cds", "amount"], 1)
    yield "CDNOW 1/10, 39/39 weeks", sample, dt.date(1997, 9, 30), 273
    yield "CDNOW, 39/39 weeks", master, dt.date(1997, 9, 30), 273
    yield "CDNOW, 52/26 weeks", master, dt.date(1997, 12, 31), 181
    log = pd.read_csv(data / "fh/transaction-log-example.csv", encoding="utf-8-sig")
    log = log.rename(columns={"order_date": "doc_date", "cust_id": "customer_id", "net_sales": "amount_net"})
    log["doc_date"] = pd.to_datetime(log["doc_date"]).dt.date
    yield "fh log, 39 weeks", log[log["amount_net"] > 0].astype({"customer_id": str}), dt.date(2018, 6, 30), 273
    retail = pd.read_parquet(data / "onlineretail.parquet")
    sold = retail[retail["CustomerID"].notna() & (retail["Quantity"] > 0) & (retail["UnitPrice"] > 0)]
    lines = pd.DataFrame(
        {
            "customer_id": sold["CustomerID"].astype(int).astype(str),
            "doc_date": sold["InvoiceDate"].dt.date,
            "amount_net": sold["Quantity"] * sold["UnitPrice"],
        }
    )
    yield "Online Retail, 39/14 weeks", lines, dt.date(2011, 8, 31), 98


def say(name: str, predicted: np.ndarray, silent: np.ndarray, actual: np.ndarray) -> None:
    errors, quiet = count_errors(predicted, actual), actual == 0
    honest = f"{brier(silent, quiet):>8.4f}{calibration_error(silent, quiet):>8.4f}"
    print(f"  {name:<34}{errors['mae']:>8.4f}{errors['rmse']:>8.3f}{errors['bias']:>8.1%}{honest}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    data = parser.parse_args().data
    warnings.simplefilter("ignore")
    for name, lines, cut, days in list_cases(data):
        print(f"{name}\n  {'':<34}{'MAE':>8}{'RMSE':>8}{'bias':>8}{'Brier':>8}{'ECE':>8}")
        frame = ci.summarise(lines, end=cut + dt.timedelta(days=days), calibration_end=cut)
        actual, t = frame["frequency_holdout"].to_numpy(float), days / 7
        for model in (BGNBD(), MBGNBD(), ParetoNBD()):
            model.fit(frame)
            silent = model.probability_no_purchase(frame, t).to_numpy()
            say(model.name, model.expected_purchases(frame, t).to_numpy(), silent, actual)
        own = (frame["frequency"] / frame["T"].clip(lower=1 / 7) * t).to_numpy()
        say("own past rate", own, np.exp(-own), actual)
        chosen = ci.clv.select(lines, end=cut, horizon_days=days)
        both = f"chosen: {type(chosen.model).__name__}, {type(chosen.silence_model).__name__}"
        numbers = chosen.level * chosen.model.expected_purchases(frame, t).to_numpy()
        say(both, numbers, chosen.silence_model.probability_no_purchase(frame, t).to_numpy(), actual)


if __name__ == "__main__":
    main()
