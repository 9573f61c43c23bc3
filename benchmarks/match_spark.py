"""What matching costs in Spark on one machine, beside DuckDB: the same call, the same customers, the same links.

python benchmarks/match_spark.py [--rows 20000] [--threads 2] [--memory 3g]

Processor time is that of the whole process tree, Spark's Java and Python workers included. Spark starts and compiles
before it works, so small tables show what it costs at least.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
from made_companies import make_companies
from pyspark.sql import SparkSession

from custinsight.match import deduplicate, evaluate

TICKS = os.sysconf("SC_CLK_TCK")


def tree_seconds() -> float:
    """Processor seconds of this process and all that it started, those that have ended included."""
    parents, used = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(folder.name)] = int(fields[1])
            # fields 14 to 17: own and waited-for children's time, user and system
            used[int(folder.name)] = sum(map(int, fields[11:15])) / TICKS
    return sum(seconds for number, seconds in used.items() if is_ours(number, parents))


def is_ours(number: int, parents: dict[int, int]) -> bool:
    while number in parents:
        if number == os.getpid():
            return True
        number = parents[number]
    return False


def measure(name: str, run: Callable[[], pd.DataFrame], truth: dict[str, str]) -> pd.DataFrame:
    wall, cpu = time.perf_counter(), tree_seconds()
    links = run()
    wall, cpu = time.perf_counter() - wall, tree_seconds() - cpu
    found = evaluate(dict(zip(links["customer_id"], links["golden_id"], strict=True)), truth)
    print(f"{name:8} {len(links):9,} {found['pair_f1']:8.4f} {wall:8.1f} {cpu:8.1f}", flush=True)
    return links


def start_spark(threads: int, memory: str) -> Any:
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(f"local[{threads}]")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": str(2 * threads),
        "spark.driver.memory": memory,
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def in_spark(customers: pa.Table, threads: int, memory: str) -> pd.DataFrame:
    session = start_spark(threads, memory)
    session.createDataFrame(customers).createOrReplaceTempView("customers")
    return deduplicate(ibis.pyspark.connect(session).table("customers")).links.to_pandas()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="3g")
    options = parser.parse_args()
    frame, truth = make_companies(options.rows)
    customers = pa.Table.from_pandas(frame, preserve_index=False)
    print("engine        rows       f1   wall s    cpu s")
    duckdb = measure("DuckDB", lambda: deduplicate(customers).links.to_pandas(), truth)
    spark = measure("Spark", lambda: in_spark(customers, options.threads, options.memory), truth)
    is_same = (duckdb["golden_id"].to_numpy() == spark["golden_id"].to_numpy()).all()
    print("the same links" if is_same else "links differ")


if __name__ == "__main__":
    main()
