"""Looking at a large sales log with ``custinsight check``: seconds per million rows that are looked at.

python benchmarks/check.py [--rows 10000000] [--sample 1000000]

The log is looked at as csv in UTF-8, as csv in GB18030 with Chinese names, and as parquet; beside it stands what it
takes DuckDB to read the same rows of the csv as text.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

import duckdb

from custinsight.ingest import check_sources
from custinsight.plan import Source

LOG = """
SELECT 'A' || lpad((i // 3)::VARCHAR, 9, '0') AS doc_no, i % 3 + 1 AS line,
  strftime(DATE '2021-01-01' + (hash(i // 3) % 1400)::INT, '%Y-%m-%d') AS day,
  'C' || lpad((hash(i // 3 + 7) % 300000)::VARCHAR, 6, '0') AS customer,
  CASE WHEN i % 400 = 0 THEN '￥1,' ELSE '' END || lpad((hash(i) % 1000)::VARCHAR, 3, '0') || '.50' AS net,
  CASE WHEN hash(i) % 2 = 0 THEN '{north}' ELSE '{south}' END AS region
FROM range({rows}) t(i)
"""
NAMES = {"doc_id": "doc_no", "doc_date": "day", "customer_id": "customer", "amount_net": "net", "channel": "region"}


def write_logs(folder: Path, rows: int) -> list[Path]:
    """Write the log in three forms."""
    plain, chinese, parquet = (folder / name for name in ("log.csv", "log-gb18030.csv", "log.parquet"))
    query = LOG.format(rows=rows, north="North", south="South")
    duckdb.sql(f"COPY ({query}) TO '{plain}' (HEADER)")
    duckdb.sql(f"COPY ({query}) TO '{parquet}' (FORMAT parquet)")
    utf8 = folder / "chinese.csv"
    duckdb.sql(f"COPY ({LOG.format(rows=rows, north='华北大区', south='华南大区')}) TO '{utf8}' (HEADER)")
    with utf8.open(encoding="utf-8") as source, chinese.open("w", encoding="gb18030") as target:
        while block := source.read(1 << 24):
            target.write(block)
    utf8.unlink()
    return [plain, chinese, parquet]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=10_000_000)
    options.add_argument("--sample", type=int, default=1_000_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        logs = write_logs(Path(name), given.rows)
        print(f"{'':<18}{'wall s':>8}{'CPU s':>8}{'looked at':>12}{'in the file':>13}{'s per million':>15}")
        for path in logs:
            for sample in sorted({100_000, given.sample}):
                source = Source(
                    name="log", table="transactions", path=path.name, columns=NAMES, constants={"currency": "CNY"}
                )
                start, used = time.perf_counter(), time.process_time()
                (found,) = check_sources([source], name, sample=sample)
                wall, cpu = time.perf_counter() - start, time.process_time() - used
                assert not found.problems, found.problems
                size = f"{found.rows_in_file:,} {found.counted}"
                per = wall / found.rows * 1e6
                print(f"{path.name:<18}{wall:8.2f}{cpu:8.2f}{found.rows:12,}{size:>17}{per:11.2f}")
        start = time.perf_counter()
        duckdb.sql(
            f"CREATE TEMP TABLE t AS SELECT * FROM read_csv('{logs[0]}', all_varchar = true) LIMIT {given.sample}"
        )
        print(f"{'read_csv, LIMIT':<18}{time.perf_counter() - start:8.2f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
