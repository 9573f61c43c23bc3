"""Loading a sales log as canonical tables, beside DuckDB's own read_csv with every column as text.

python benchmarks/ingest.py [--rows 10000000] [--rounds 3]

The same file is read by both, each time in a process of its own, turn by turn. Beside a plain file stands one in
which each hundredth row is out of the ordinary: amounts with signs and separators, days that cannot be read, quoted
names, and empty customers.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb

PLAIN = """
SELECT 'A' || lpad((i // 3)::VARCHAR, 9, '0') AS doc_no, i % 3 + 1 AS line,
  strftime(DATE '2021-01-01' + (hash(i // 3) % 1400)::INT, '%Y-%m-%d') AS day,
  'C' || lpad((hash(i // 3 + 7) % 300000)::VARCHAR, 6, '0') AS customer, 'P' || (hash(i) % 5000) AS product,
  hash(i + 1) % 20 + 1 AS qty, round((hash(i + 2) % 1000000) / 100.0, 2)::DECIMAL(18, 2)::VARCHAR AS net,
  CASE WHEN hash(i) % 2 = 0 THEN 'North' ELSE 'South' END AS region
FROM range({rows}) t(i)
"""
ODD = """
SELECT doc_no, line, CASE WHEN i % 400 = 100 THEN '31.13.2024' ELSE day END AS day,
  CASE WHEN i % 400 = 300 THEN '' ELSE customer END AS customer, product, qty,
  CASE WHEN i % 400 = 200 THEN '¥1,' || lpad(replace(net, '.', ''), 3, '0') || '.50' ELSE net END AS net,
  CASE WHEN i % 400 = 0 THEN 'North, East' ELSE region END AS region
FROM (SELECT *, row_number() OVER () AS i FROM ({plain}))
"""
OURS = """
import sys
from custinsight import engine
from custinsight.ingest import load_sources
from custinsight.plan import Source
names = {"doc_id": "doc_no", "line_no": "line", "doc_date": "day", "customer_id": "customer", "product_id": "product",
         "quantity": "qty", "amount_net": "net", "channel": "region"}
source = Source(name="log", table="transactions", path=sys.argv[1], columns=names, constants={"currency": "CNY"})
def work():
    return load_sources([source], sys.argv[2], engine.connect()).load_report.rows_in.sum()
"""
PEER = """
import sys
import duckdb
def work():
    con = duckdb.connect()
    con.execute("CREATE TEMP TABLE log AS SELECT * FROM read_csv(?, all_varchar = true)", [sys.argv[1]])
    return con.execute("SELECT count(*) FROM log").fetchone()[0]
"""
TIMED = """
import resource, time
start, used = time.perf_counter(), time.process_time()
n = work()
mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(n, time.perf_counter() - start, time.process_time() - used, mib)
"""


def timed(script: str, path: Path) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and peak memory (MiB) of one reading."""
    command = [sys.executable, "-c", script + TIMED, path.name, str(path.parent)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=path.parent).stdout.split()[-4:]
    return float(answer[1]), float(answer[2]), float(answer[3])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    plain = PLAIN.format(rows=given.rows)
    with tempfile.TemporaryDirectory() as folder:
        for kind, query in (("plain", plain), ("odd", ODD.format(plain=plain))):
            path = Path(folder, f"{kind}.csv")
            duckdb.sql(f"COPY ({query}) TO '{path}' (HEADER)")
            rounds = [(timed(PEER, path), timed(OURS, path)) for _ in range(given.rounds)]
            print(f"{kind}: {given.rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB")
            for name, at in (("DuckDB read_csv", 0), ("custinsight", 1)):
                wall, cpu = (min(one[at][n] for one in rounds) for n in (0, 1))
                peak = max(one[at][2] for one in rounds)
                print(f"  {name:<16} {wall:6.1f} s wall  {cpu:6.1f} s processor  {peak:6,.0f} MiB")
            ratios = sorted(peer[0] / ours[0] for peer, ours in rounds)
            print(f"  throughput, custinsight over DuckDB: {', '.join(f'{ratio:.2f}' for ratio in ratios)}")


if __name__ == "__main__":
    main()
