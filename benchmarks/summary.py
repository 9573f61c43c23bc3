"""The customer summary of a made-up log: processor seconds beside hand-written DuckDB SQL and beside lifetimes.

python benchmarks/summary.py [--rows 10000000] [--customers 460000] [--folder KEEP] [--no-lifetimes] [--spark]

Two inputs: customer, day and amount only, where a day is an order; and with document numbers and returns that name
the order they undo. The SQL does the same work: it sums by customer and day, and of the second input leaves out orders
that were wholly returned. lifetimes knows no returns and gets customer, day and amount. Each starts from the file,
in a process of its own on two threads, three times in turn; the least counts, and the results are compared.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from made_log import write_log

END = "2024-12-31"
COMMON = """
import sys, time
import duckdb, ibis
from custinsight import engine
from custinsight.base import summarise
con = engine.connect(threads=2)
log = con.read_parquet(sys.argv[1])
few = log.select("customer_id", "doc_date", "amount_net")
def done(start, table):
    spent = time.process_time() - start
    sums = con.raw_sql(f'''select count(*), sum(frequency)::bigint, sum(recency)::bigint, sum(t)::bigint,
                                  round(sum(monetary_value)) from {table}''').fetchone()
    print(spent, *sums)
"""
OURS = """
start = time.process_time()
con.create_table("found", summarise({table}, end="2024-12-31", unit="D"), temp=True)
done(start, "found")
"""
SQL = """
start = time.process_time()
con.raw_sql('''create temp table found as {query}''')
done(start, "found")
"""
PLAIN = """
with days as (select customer_id, doc_date::date as day, sum(amount_net::decimal(18, 4)) as amount
              from '{log}' where doc_date <= date '2024-12-31' group by all
              having count(*) filter (amount_net >= 0) > 0
                 and (sum(amount_net::decimal(18, 4)) > 0 or count(*) filter (amount_net < 0) = 0))
select customer_id, count(*) - 1 as frequency, max(day) - min(day) as recency, date '2024-12-31' - min(day) as t,
       coalesce((sum(amount) - arg_min(amount, day)) / nullif(count(*) - 1, 0), 0)::double as monetary_value,
       min(day) as first_date, max(day) as last_date
from days group by customer_id
"""
WITH_RETURNS = """
with lines as (select customer_id, doc_date::date as day, amount_net::decimal(18, 4) as amount,
                      coalesce(doc_type = 'return', false) or amount_net < 0 as back,
                      case when coalesce(doc_type = 'return', false) or amount_net < 0 then coalesce(return_of, doc_id)
                           else doc_id end as order_id
               from '{log}' where doc_date <= date '2024-12-31'),
     undone as (select customer_id, order_id from lines group by all
                having bool_or(not back) and sum(amount) filter (back) < 0 and sum(amount) <= 0),
     days as (select customer_id, day, sum(amount) as amount from lines anti join undone using (customer_id, order_id)
              group by all having bool_or(not back))
select customer_id, count(*) - 1 as frequency, max(day) - min(day) as recency, date '2024-12-31' - min(day) as t,
       coalesce((sum(amount) - arg_min(amount, day)) / nullif(count(*) - 1, 0), 0)::double as monetary_value,
       min(day) as first_date, max(day) as last_date
from days group by customer_id
"""
LIFETIMES = """
import sys, time, warnings
warnings.simplefilter("ignore")
import pandas as pd
from lifetimes.utils import summary_data_from_transaction_data
start = time.process_time()
lines = pd.read_parquet(sys.argv[1], columns=["customer_id", "doc_date", "amount_net"])
lines["doc_date"] = pd.to_datetime(lines["doc_date"])
read = time.process_time() - start
made = summary_data_from_transaction_data(lines, "customer_id", "doc_date", "amount_net",
                                          observation_period_end="2024-12-31")
print(time.process_time() - start, read, len(made), int(made["frequency"].sum()))
"""
SPARK = """
import sys, time
import ibis
from pyspark.sql import SparkSession
from custinsight.base import summarise
session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
log = ibis.pyspark.connect(session).read_parquet(sys.argv[1]).select("customer_id", "doc_date", "amount_net")
start = time.perf_counter()
made = summarise(log, end="2024-12-31", unit="D")
sums = made.aggregate(n=made.count(), f=made.frequency.sum()).to_pandas().iloc[0]
print(time.perf_counter() - start, int(sums["n"]), int(sums["f"]))
session.stop()
"""


def run(code: str, log: Path) -> tuple[float, list[str]]:
    """Run a program on the log; its processor seconds and what it found."""
    answer = subprocess.run([sys.executable, "-c", code, str(log)], check=True, capture_output=True, text=True)
    seconds, *found = answer.stdout.strip().splitlines()[-1].split()
    return float(seconds), found


def compare(name: str, ours: str, peer: str, log: Path) -> float:
    """Print the seconds of both and their ratio."""
    rounds = [(run(ours, log), run(peer, log)) for _ in range(3)]
    mine, theirs = (min(pair[side][0] for pair in rounds) for side in (0, 1))
    same = "same result" if rounds[0][0][1] == rounds[0][1][1] else f"{rounds[0][0][1]} against {rounds[0][1][1]}"
    print(f"{name:<32}{mine:7.2f} s, SQL by hand {theirs:7.2f} s, ratio {mine / theirs:.2f}; {same}", flush=True)
    return mine


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--customers", type=int, default=460_000)
    options.add_argument("--folder", type=Path, help="where the log is kept between runs")
    options.add_argument("--no-lifetimes", action="store_true")
    options.add_argument("--spark", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        log = (given.folder or Path(name)) / f"log_{given.rows}_{given.customers}.parquet"
        if not log.exists():
            print(f"{write_log(log, given.rows, given.customers):,} lines written")
        plain = compare(
            "customer, day and amount",
            COMMON + OURS.format(table="few"),
            COMMON + SQL.format(query=PLAIN.format(log=log)),
            log,
        )
        compare(
            "with documents and returns",
            COMMON + OURS.format(table="log"),
            COMMON + SQL.format(query=WITH_RETURNS.format(log=log)),
            log,
        )
        if not given.no_lifetimes:
            theirs, (read, *_) = run(LIFETIMES, log)
            ratio = f"over custinsight {theirs / plain:.1f}"
            print(f"{'lifetimes':<32}{theirs:7.2f} s, of which reading {float(read):.2f}; {ratio}")
        if given.spark:
            wall, found = run(SPARK, log)
            print(f"{'Spark on two local cores':<32}{wall:7.2f} s wall, {found}")


if __name__ == "__main__":
    main()
