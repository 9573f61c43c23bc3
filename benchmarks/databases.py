"""Rows per second and peak memory from a PostgreSQL that this script starts, beside ibis' own ``to_pyarrow()``.

python benchmarks/databases.py [--rows 1000000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "ingest"))

import ibis
import psutil
from postgres_server import PASSWORD, USER, Server, find_programs, running_server

from custinsight import engine
from custinsight.ingest import extract_paths, load_sources
from custinsight.ingest.places import source_places
from custinsight.ingest.raw import Layout
from custinsight.ingest.readers import open_file
from custinsight.periods import Period
from custinsight.plan import Source
from custinsight.workspace import Workspace

# a table as an ERP has it: mixed types, Chinese text, rows not in the order of their numbers
TABLE = """
CREATE TABLE lines AS SELECT
    n AS no, date '2022-01-01' + n % 1000 AS day, '客户' || n % 20011 AS customer, '物料' || n % 997 AS product,
    (n % 500)::numeric(12, 2) AS quantity, (n % 100003)::numeric(12, 2) / 100 AS amount,
    timestamptz '2022-01-01 08:00+08' + n * interval '1 second' AS at, gen_random_uuid() AS key
FROM generate_series(1, {rows}) AS n ORDER BY md5(n::text)
"""
COLUMNS = {
    "doc_id": "no",
    "doc_date": "day",
    "customer_id": "customer",
    "product_name": "product",
    "quantity": "quantity",
    "amount_net": "amount",
}
WANTED = list(COLUMNS.values())


def plan_source(url: str, **asked: str) -> Source:
    mapping = {"columns": COLUMNS, "constants": {"currency": "CNY"}, "credentials": "env:ERP"}
    return Source.model_validate({"name": "erp", "table": "transactions", "url": url, **mapping, **asked})


def read_by_ibis(url: str) -> int:
    con = ibis.connect(url, user=USER, password=PASSWORD)
    return con.table("lines").select(*WANTED).to_pyarrow().num_rows


def read_by_ibis_sorted(url: str) -> int:
    con = ibis.connect(url, user=USER, password=PASSWORD)
    return con.table("lines").select(*WANTED).order_by(WANTED).to_pyarrow().num_rows


def read_relation(url: str) -> int:
    return _read(plan_source(url, relation="lines"))


def read_query(url: str) -> int:
    return _read(plan_source(url, query=f"SELECT {', '.join(WANTED)} FROM lines"))


def _read(source: Source) -> int:
    raw = open_file(source_places(source, Path())[0], Layout.of(source))
    return sum(table.num_rows for table in raw.chunks([raw.header.index(name) for name in WANTED]))


def load_relation(url: str) -> int:
    """Read, keep and load: all that an audit's first stage does."""
    source, root = plan_source(url, relation="lines"), Path()
    with tempfile.TemporaryDirectory() as folder:
        paths = extract_paths([source], root, Workspace(Path(folder)), Period.parse("2024"))
        return int(load_sources([source], root, engine.connect(), paths).load_report["rows_kept"].sum())


def measured(work: Callable[[str], int], url: str) -> tuple[int, float, float]:
    """Rows, seconds and peak MiB of some work in a process of its own, imports left out."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=_timed, args=(work, url, results))
    process.start()
    rows, seconds, peak = results.get()
    process.join()
    return rows, seconds, peak


def _timed(work: Callable[[str], int], url: str, results: multiprocessing.Queue[tuple[int, float, float]]) -> None:
    import resource

    before = psutil.Process().memory_info().rss
    start = time.perf_counter()
    rows = work(url)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    results.put((rows, seconds, (peak - before) / 2**20))


def compare(server: Server, rounds: int) -> None:
    """Print the best of some rounds; works take turns, so that a busy machine slows all of them."""
    works = {
        "ibis to_pyarrow()": read_by_ibis,
        "ibis to_pyarrow(), sorted": read_by_ibis_sorted,
        "custinsight, query": read_query,
        "custinsight, relation (sorted)": read_relation,
        "custinsight, read + keep + load": load_relation,
    }
    best: dict[str, tuple[int, float, float]] = {}
    for _ in range(rounds):
        for name, work in works.items():
            best[name] = min(best.get(name, (0, float("inf"), 0.0)), measured(work, server.url), key=lambda one: one[1])
    speed = {name: rows / seconds for name, (rows, seconds, _) in best.items()}
    for name, (_, seconds, peak) in best.items():
        ratio = speed[name] / speed["ibis to_pyarrow()"]
        print(f"{name:<34}{speed[name]:>10,.0f} rows/s{ratio:>7.2f} ×{seconds:>8.1f} s{peak:>8.0f} MiB more")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    programs = find_programs()
    if programs is None:
        sys.exit("PostgreSQL is not installed")
    os.environ |= {"ERP_USER": USER, "ERP_PASSWORD": PASSWORD}
    with running_server(programs) as server:
        with server.connect() as con:
            con.execute(TABLE.format(rows=given.rows))
            con.execute("ANALYZE lines")
        compare(server, given.rounds)


if __name__ == "__main__":
    main()
