"""All five lenses over a made-up log: wall and processor seconds of each, and the largest resident memory.

python benchmarks/lenses.py [--rows 10000000] [--customers 460000] [--folder KEEP]

The log is a parquet file of three years; it is read once, and the lenses are taken at the last year (lens 1), the last
two years (2), the first quarter's cohort (3), all quarterly cohorts (4) and all quarters (5). The peer is a pandas
group-by in a process of its own: what it costs to bring the same lines to one row per customer and quarter.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from made_log import write_log

OURS = """
import sys, time
from custinsight import engine
from custinsight.base import lenses, read_purchases
start = (time.perf_counter(), time.process_time())
def took(name):
    global start
    now = (time.perf_counter(), time.process_time())
    print(f"{name:<44}{now[0] - start[0]:7.1f} s wall{now[1] - start[1]:8.1f} s processor", flush=True)
    start = now
con = engine.connect()
read = read_purchases(con.read_parquet(sys.argv[1]))
took("reading")
lenses.one_period(read, "2024")
took("lens 1, one period")
lenses.two_periods(read, "2023", "2024")
took("lens 2, two periods")
lenses.one_cohort(read, "2022Q1")
took("lens 3, one cohort")
lenses.cohorts(read, by="Q")
took("lens 4, cohorts")
lenses.whole_base(read, by="Q")
took("lens 5, the whole base")
"""
PEER = """
import sys, time
import pandas as pd
start = time.process_time()
lines = pd.read_parquet(sys.argv[1], columns=["customer_id", "doc_id", "doc_date", "amount_net", "cost"])
lines["quarter"] = pd.to_datetime(lines["doc_date"]).dt.to_period("Q")
lines["profit"] = lines["amount_net"] - lines["cost"]
lines.groupby(["customer_id", "quarter"]).agg(orders=("doc_id", "nunique"), spend=("amount_net", "sum"),
                                              profit=("profit", "sum"))
print(time.process_time() - start)
"""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--customers", type=int, default=460_000)
    options.add_argument("--folder", type=Path, help="where the log is kept between runs")
    options.add_argument("--alone", action="store_true", help="without the peer")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        log = (given.folder or Path(name)) / f"log_{given.rows}_{given.customers}.parquet"
        if not log.exists():
            print(f"{write_log(log, given.rows, given.customers):,} lines written")
        start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", OURS, str(log)], check=True)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
        wall, peak = time.perf_counter() - start, used.ru_maxrss / 1024
        print(f"{'together, imports included':<44}{wall:7.1f} s wall{seconds:8.1f} s processor{peak:8,.0f} MiB")
        if not given.alone:
            answer = subprocess.run([sys.executable, "-c", PEER, str(log)], check=True, capture_output=True, text=True)
            print(f"{'pandas, one row per customer and quarter':<44}{float(answer.stdout):23.1f} s processor")


if __name__ == "__main__":
    main()
