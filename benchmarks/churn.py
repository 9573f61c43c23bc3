"""How good churn probabilities are on real logs cut in time, and on contract customers.

python benchmarks/churn.py [--data ../shared/data] [--scale 1000000]

Logs: ``ci.churn.fit`` sees what was known at the cut, chooses on stretches of that past alone, and its choice is held
against what customers then did; beside it BG/NBD, Pareto/NBD, the days of silence (ranking; its level is learnt on the
last stretch before the cut) and everybody's own past rate. Contracts: Telco, five folds, all choices made inside the
other four; beside it scikit-learn's boosting with interactions. Printed are Brier score, calibration error (ten bins of
equal mass), AUC, PR-AUC and processor seconds. With ``--scale``: processor and wall seconds and peak memory of reading,
features, fit, score and reasons for so many made-up customers with ten lines each.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from clv_accuracy import list_cases
from made_log import LAST, write_log
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

import custinsight as ci
from custinsight.churn.encoding import encode, levels_of
from custinsight.clv import BGNBD, ParetoNBD
from custinsight.clv.metrics import brier, calibration_error
from custinsight.engine import connect


def say(name: str, probability: np.ndarray, silent: np.ndarray, rank: np.ndarray | None = None, note: str = "") -> None:
    rank = probability if rank is None else rank
    honest = f"{brier(probability, silent):>8.4f}{calibration_error(probability, silent):>8.4f}"
    ranked = f"{roc_auc_score(silent, rank):>8.4f}{average_precision_score(silent, rank):>8.4f}"
    print(f"  {name:<34}{honest}{ranked}  {note}", flush=True)


def head(name: str) -> None:
    print(f"{name}\n  {'':<34}{'Brier':>8}{'ECE':>8}{'AUC':>8}{'PR-AUC':>8}")


def judge_log(name: str, lines: pd.DataFrame, cut: dt.date, days: int) -> None:
    head(name)
    frame = ci.summarise(lines, end=cut + dt.timedelta(days=days), calibration_end=cut)
    silent = (frame["frequency_holdout"] == 0).to_numpy()
    for model in (BGNBD(), ParetoNBD()):
        say(model.name, model.fit(frame).probability_no_purchase(frame, days / 7).to_numpy(), silent)
    hiatus = (frame["T"] - frame["recency"]).to_numpy() * 7
    length = min(days, (cut - frame["first_date"].min().date()).days // 2)
    earlier = ci.summarise(lines, end=cut, calibration_end=cut - dt.timedelta(days=length))
    learnt = IsotonicRegression(out_of_bounds="clip").fit(
        (earlier["T"] - earlier["recency"]) * 7, earlier["frequency_holdout"] == 0
    )
    say("days of silence", learnt.predict(hiatus), silent, hiatus)
    own = (frame["frequency"] / frame["T"].clip(lower=1 / 7) * days / 7).to_numpy()
    say("own past rate", np.exp(-own), silent)
    begun = time.process_time()
    found = ci.churn.fit(lines[pd.to_datetime(lines["doc_date"]) <= pd.Timestamp(cut)], end=cut, horizon_days=days)
    spent = time.process_time() - begun
    if found.verdict == "refuse":
        print("  refused")
        return
    scores = found.scores.set_index("customer_id")["probability"].reindex(frame["customer_id"]).to_numpy()
    say(f"ci.churn.fit: {found.method}", scores, silent, note=f"{spent:.1f} CPU s, verdict {found.verdict}")


def judge_telco(path: Path) -> None:
    customers = pd.read_csv(path).rename(columns={"customerID": "customer_id"})
    left = (customers["Churn"] == "Yes").to_numpy()
    ours, boosted, chosen = np.zeros(len(left)), np.zeros(len(left)), []
    folds = StratifiedKFold(5, shuffle=True, random_state=1)
    begun = time.process_time()
    for train, test in folds.split(customers, left):
        found = ci.churn.fit_contracts(customers.iloc[train], label="Churn")
        ours[test] = found.probability(customers.iloc[test].drop(columns="Churn"))
        chosen.append(found.method)
    spent = time.process_time() - begun
    for train, test in folds.split(customers, left):
        known = customers.drop(columns="Churn")
        levels = levels_of(known.iloc[train])
        design, asked = (encode(known.iloc[rows], levels) for rows in (train, test))
        trees = HistGradientBoostingClassifier(learning_rate=0.05, max_iter=150, max_leaf_nodes=8, random_state=0)
        boosted[test] = trees.fit(design, left[train]).predict_proba(asked)[:, 1]
    head("Telco, contract, five folds")
    say("boosting with interactions", boosted, left)
    say(f"ci.churn.fit_contracts: {'/'.join(dict.fromkeys(chosen))}", ours, left, note=f"{spent:.1f} CPU s")


def judge_scale(customers: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.parquet"
        lines = write_log(path, customers * 10, customers)
        con = connect(memory_limit="4GB")
        wall, cpu = time.perf_counter(), time.process_time()
        found = ci.churn.fit(con.read_parquet(str(path)), end=LAST, horizon_days=90)
        spent = f"{time.perf_counter() - wall:.0f} s wall, {time.process_time() - cpu:.0f} CPU s"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{len(found.scores):,} customers, {lines:,} lines: {spent}, peak {peak:.1f} GiB, {found.method}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--scale", type=int, default=0, help="made-up customers; nothing else is done then")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.scale:
        judge_scale(given.scale)
        return
    for case in list_cases(given.data):
        judge_log(*case)
    judge_telco(given.data / "Telco-Customer-Churn.csv")


if __name__ == "__main__":
    main()
