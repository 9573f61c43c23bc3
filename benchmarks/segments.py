"""RFM scores of transaction lines, beside a pandas groupby and openretailscience.

python benchmarks/segments.py [--rows 2000000 10000000] [--rounds 2] [--peers FOLDER] [--without-peer]

Ours goes from parquet lines to scores of recency, frequency and money and the named cell of each customer, in the
engine; the pandas script does the same by groupby and ranks; openretailscience, in an environment of its own made in
FOLDER (or a temporary one), takes the lines as a frame. Each run is a process of its own, turn by turn; what is timed
begins with the file on disk. The split of ties is counted: customers with equal values and different scores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

import duckdb

PEER = ("openretailscience>=0.40,<1",)
LOG = """
COPY (
  SELECT 'C' || lpad((hash(i * 7 + 1) % {customers})::VARCHAR, 7, '0') AS customer_id,
    DATE '2022-01-01' + (hash(i + 11) % 1096)::INT AS doc_date,
    'D' || (i // 3) AS doc_id,
    round(5 + exp((hash(i + 5) % 1000) / 180.0), 2)::DECIMAL(18, 2) AS amount_net
  FROM range({rows}) t(i)
) TO '{path}' (FORMAT parquet)
"""

HEAD = """
import json, resource, sys, time
path, rows = sys.argv[1], int(sys.argv[2])
def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
def split(frame, value, score):
    per = frame.groupby(value)[score].nunique()
    return int(frame[value].isin(per.index[per > 1]).sum())
"""

OURS = """
from custinsight.base import segments, summarise
from custinsight.engine import connect
warm = connect(); warm.sql("SELECT 1 AS one").to_pandas()
started, wall = cpu(), time.perf_counter()
con = connect(threads=2)
lines = con.read_parquet(path)
summary = summarise(lines, end="2024-12-31", unit="D")
scores = con.create_table("scores", segments.rfm(summary))
took, wall = cpu() - started, time.perf_counter() - wall
both = scores.join(con.create_table("summary", summary), "customer_id").to_pandas()
ties = {"r": split(both, "last_date", "r"), "f": split(both, "frequency", "f"), "m": split(both, "monetary_value", "m")}
"""

PANDAS = """
import numpy as np, pandas as pd
started, wall = cpu(), time.perf_counter()
lines = pd.read_parquet(path)
lines["amount_net"] = lines["amount_net"].astype("float64")
days = lines.groupby(["customer_id", "doc_date"], as_index=False)["amount_net"].sum()
grouped = days.groupby("customer_id")
both = grouped.agg(last_date=("doc_date", "max"), frequency=("doc_date", "size"), total=("amount_net", "sum"))
first = days.sort_values("doc_date").groupby("customer_id")["amount_net"].first()
both["frequency"] -= 1
both["monetary_value"] = ((both["total"] - first) / both["frequency"].where(both["frequency"] > 0)).fillna(0.0)
both["last_date"] = pd.to_datetime(both["last_date"])
for name, value in (("r", "last_date"), ("f", "frequency"), ("m", "monetary_value")):
    both[name] = np.minimum((both[value].rank(method="first") - 1) * 5 // len(both), 4).astype(int) + 1
took, wall = cpu() - started, time.perf_counter() - wall
ties = {"r": split(both, "last_date", "r"), "f": split(both, "frequency", "f"), "m": split(both, "monetary_value", "m")}
"""

PEERS = """
import pandas as pd
from openretailscience.segmentation.rfm import RFMSegmentation
started, wall = cpu(), time.perf_counter()
lines = pd.read_parquet(path)
lines["unit_spend"] = lines.pop("amount_net").astype("float64")
lines = lines.rename(columns={"doc_date": "transaction_date", "doc_id": "transaction_id"})
lines["transaction_date"] = pd.to_datetime(lines["transaction_date"])
both = RFMSegmentation(lines, current_date="2024-12-31").df
took, wall = cpu() - started, time.perf_counter() - wall
columns = {name.lower(): name for name in both.columns}
pairs = {"r": ("recency_days", "r_score"), "f": ("frequency", "f_score"), "m": ("monetary", "m_score")}
ties = {n: split(both, columns[v], columns[s]) for n, (v, s) in pairs.items() if v in columns and s in columns}
"""

TAIL = """
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"cpu": took, "wall": wall, "peak": peak, "customers": len(both), "ties": ties}))
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[2_000_000, 10_000_000])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--peers", type=Path)
    parser.add_argument("--without-peer", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        runs = {"custinsight": (sys.executable, OURS), "pandas groupby": (sys.executable, PANDAS)}
        if not given.without_peer:
            runs["openretailscience"] = (peer_python(given.peers or Path(folder, "peers")), PEERS)
        for rows in given.rows:
            path = Path(folder, f"log{rows}.parquet")
            duckdb.sql(LOG.format(rows=rows, customers=max(rows // 20, 1), path=path))
            show(rows, {name: best(run, path, rows, given.rounds) for name, run in runs.items()})
            path.unlink()


def peer_python(folder: Path) -> str:
    """Make the peer's environment where it is not yet, and return its Python."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PEER, "pyarrow"], check=True)
    return str(python)


def best(run: tuple[str, str], path: Path, rows: int, rounds: int) -> dict[str, object]:
    """Run a script in processes of its own and keep the round with the least processor time."""
    python, script = run
    found = []
    for _ in range(rounds):
        command = [python, "-W", "ignore", "-c", HEAD + script + TAIL, str(path), str(rows)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found.append(json.loads(done.stdout.strip().splitlines()[-1]))
    return min(found, key=lambda one: one["cpu"])


def show(rows: int, found: dict[str, dict[str, object]]) -> None:
    ours = float(str(found["custinsight"]["cpu"]))
    print(f"\n{rows:,} lines, {found['custinsight']['customers']:,} customers")
    print(f"{'':20}{'CPU s':>8}{'x ours':>8}{'wall s':>8}{'MB':>8}   customers of equal value and different score")
    for name, one in found.items():
        cpu, wall, peak = (float(str(one[key])) for key in ("cpu", "wall", "peak"))
        print(f"{name:20}{cpu:8.2f}{cpu / ours:8.2f}{wall:8.2f}{peak:8.0f}   {one['ties']}")


if __name__ == "__main__":
    main()
