"""Wall time and peak memory of reading a large workbook, beside python-calamine alone on the same file.

python benchmarks/sheets.py [--rows 1000000] [--repeat 3] [--book log.xlsx]
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import xlsxwriter

HEAD = ("No", "Date", "Customer", "Product", "Quantity", "Amount", "Cost", "Owner")
PEER = """
import sys, time
import python_calamine
start = time.perf_counter()
book = python_calamine.CalamineWorkbook.from_path(sys.argv[1])
rows = book.get_sheet_by_index(0).to_python()
print(time.perf_counter() - start, len(rows) - 1)
"""
OURS = """
import sys, time
from pathlib import Path
from custinsight import engine
from custinsight.ingest import load_sources
from custinsight.ingest.places import find_places
from custinsight.ingest.raw import Layout
from custinsight.ingest.readers import open_file
from custinsight.plan import Source
path = Path(sys.argv[1])
source = Source(
    name="log", table="transactions", path=path.name, constants={"currency": "CNY"},
    columns={"doc_id": "No", "doc_date": "Date", "customer_id": "Customer", "product_name": "Product",
             "quantity": "Quantity", "amount_net": "Amount", "cost": "Cost", "owner_id": "Owner"},
)
con = engine.connect()
start = time.perf_counter()
"""
READ = f"""{OURS}
(place,) = find_places("log", path.name, path.parent)
rows = sum(chunk.num_rows for chunk in open_file(place, Layout.of(source)).chunks(range(8)))
print(time.perf_counter() - start, rows)
"""
LOAD = f"""{OURS}
rows = int(load_sources([source], path.parent, con).load_report["rows_kept"].sum())
print(time.perf_counter() - start, rows)
"""


def write_book(path: Path, rows: int) -> None:
    """Write order lines: four columns of texts, one of days, three of numbers, as Excel stores them."""
    rng = random.Random(1)
    with xlsxwriter.Workbook(path) as book:
        day, page = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_worksheet()
        page.write_row(0, 0, HEAD)
        for row in range(1, rows + 1):
            amount = round(rng.lognormvariate(5, 1), 2)
            page.write_string(row, 0, f"SO{row // 3:08d}")
            page.write_datetime(row, 1, dt.date(2020, 1, 1) + dt.timedelta(rng.randrange(1800)), day)
            page.write_string(row, 2, f"C{rng.randrange(60_000):06d}")
            page.write_string(row, 3, f"产品 {rng.randrange(3000):04d} Widget")
            page.write_number(row, 4, rng.randrange(1, 50))
            page.write_number(row, 5, amount)
            page.write_number(row, 6, round(amount * 0.7, 2))
            page.write_string(row, 7, f"业务员{rng.randrange(40)}")


def measure(script: str, path: Path) -> tuple[float, float, float, int]:
    """Run a script: its own wall time, processor time and peak memory of its process tree, and its rows."""
    process = subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE, text=True)
    seen: dict[int, float] = {}
    peak = 0.0

    def watch() -> None:
        nonlocal peak
        root = psutil.Process(process.pid)
        while process.poll() is None:
            memory = 0.0
            for member in [root, *_children(root)]:
                try:
                    memory += member.memory_info().rss
                    seen[member.pid] = sum(member.cpu_times()[:2])
                except psutil.Error:
                    continue
            peak = max(peak, memory)
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, _ = process.communicate()
    watcher.join()
    if process.returncode:
        sys.exit("a script failed")
    seconds, rows = out.split()
    return float(seconds), sum(seen.values()), peak / 2**20, int(rows)


def _children(root: psutil.Process) -> list[psutil.Process]:
    try:
        return root.children(recursive=True)
    except psutil.Error:
        return []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--book", type=Path, help="kept between runs; written if it is not there")
    given = parser.parse_args()
    scripts = {"python-calamine alone": PEER, "custinsight reads": READ, "custinsight loads": LOAD}
    with tempfile.TemporaryDirectory() as folder:
        path = given.book or Path(folder) / "log.xlsx"
        if not path.exists():
            write_book(path, given.rows)
        # in turns, so that a busy moment of the machine meets all of them
        found = {name: [] for name in scripts}
        for _ in range(given.repeat):
            for name, script in scripts.items():
                found[name].append(measure(script, path.resolve()))
    print(f"{path.name}, {path.stat().st_size / 1e6 if path.exists() else 0:.0f} MB" if given.book else "")
    print(f"{'':<24}{'best':>8}{'median':>9}{'of peer':>9}{'median':>8}{'CPU s':>8}{'MiB':>7}{'rows':>11}")
    peer = [run[0] for run in found["python-calamine alone"]]
    for name, runs in found.items():
        wall = [run[0] for run in runs]
        best, median = min(wall), statistics.median(wall)
        cpu, memory = min(run[1] for run in runs), max(run[2] for run in runs)
        print(
            f"{name:<24}{best:7.2f}s{median:8.2f}s{best / min(peer):8.2f}×{median / statistics.median(peer):7.2f}×"
            f"{cpu:8.1f}{memory:7.0f}{runs[0][3]:11,}"
        )


if __name__ == "__main__":
    main()
