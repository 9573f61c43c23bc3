"""Wall time and peak memory of whole audits, beside a pandas + lifetimes script on the same log.

python benchmarks/audit.py [--retail onlineretail.parquet] [--jobs N]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]

# the smallest penalty of 0.001, 0.01 and 0.1 with which lifetimes converges on this log
PEER = """
import sys
import pandas as pd
from lifetimes import BetaGeoFitter, GammaGammaFitter
from lifetimes.utils import summary_data_from_transaction_data
lines = pd.read_parquet(sys.argv[1])
lines = lines[lines.CustomerID.notna()]
lines = lines[~lines.InvoiceNo.astype(str).str.startswith("C")]
lines["amount"] = lines.Quantity * lines.UnitPrice
summary = summary_data_from_transaction_data(lines, "CustomerID", "InvoiceDate", "amount", freq="D", freq_multiplier=7)
model = BetaGeoFitter(penalizer_coef=0.1).fit(summary.frequency, summary.recency, summary["T"])
again = summary[(summary.frequency > 0) & (summary.monetary_value > 0)]
spend = GammaGammaFitter(penalizer_coef=0.1).fit(again.frequency, again.monetary_value)
spend.customer_lifetime_value(model, again.frequency, again.recency, again["T"], again.monetary_value, time=12)
"""


@dataclass(frozen=True)
class Measure:
    """What one command cost."""

    name: str
    seconds: float
    peak_mib: float


def measure(name: str, *command: str | Path, cwd: Path) -> Measure:
    """Run a command and sample the memory of its whole process tree."""
    start = time.perf_counter()
    process = subprocess.Popen(list(map(str, command)), cwd=cwd, stdout=subprocess.DEVNULL)
    peak = 0.0

    def watch() -> None:
        nonlocal peak
        root = psutil.Process(process.pid)
        while process.poll() is None:
            try:
                family = [root, *root.children(recursive=True)]
                peak = max(peak, sum(member.memory_info().rss for member in family))
            except psutil.Error:
                continue
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    code = process.wait()
    watcher.join()
    if code:
        sys.exit(f"{name} ended with exit code {code}")
    return Measure(name, time.perf_counter() - start, peak / 2**20)


def demo(folder: Path, jobs: str) -> list[Measure]:
    """Audit two quarters of the demo company: first from nothing, then with every stage stored."""
    tool = Path(sys.executable).with_name("custinsight")
    made = measure("demo: write the exports", tool, "new", folder, "--demo", cwd=folder.parent)
    command = (tool, "run", "--plan", "audit.toml", "--periods", "2024Q3..2024Q4", "--jobs", jobs)
    first = measure("demo: two periods, two languages", *command, cwd=folder)
    again = measure("demo: the same again, stages stored", *command, cwd=folder)
    for report in sorted(folder.glob("reports/*/report.*.html")):
        print(f"{report.relative_to(folder)}: {report.stat().st_size / 1e6:.2f} MB")
    return [made, first, again]


def retail(folder: Path, log: Path, jobs: str) -> list[Measure]:
    """Audit the Online Retail log from parquet to report, and run the peer on it."""
    plan = (ROOT / "examples" / "onlineretail" / "audit.toml").read_text(encoding="utf-8")
    (folder / "audit.toml").write_text(plan.replace("../../../shared/data", "."))
    shutil.copyfile(log, folder / "onlineretail.parquet")
    tool = Path(sys.executable).with_name("custinsight")
    ours = measure("Online Retail: parquet to report", tool, "run", "--plan", "audit.toml", "--jobs", jobs, cwd=folder)
    peer = measure("Online Retail: pandas + lifetimes", sys.executable, "-c", PEER, log, cwd=folder)
    return [ours, peer]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--retail", type=Path)
    parser.add_argument("--jobs", default="2")
    given = parser.parse_args()
    measures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("demo", "retail"):
            (folder / part).mkdir()
        measures += demo(folder / "demo", given.jobs)
        if given.retail:
            measures += retail(folder / "retail", given.retail.resolve(), given.jobs)
    for one in measures:
        print(f"{one.name:<42}{one.seconds:8.1f} s{one.peak_mib:10.0f} MiB")
    if given.retail:
        ours, peer = measures[-2:]
        print(f"{'audit over peer':<42}{ours.seconds / peer.seconds:8.2f} ×{ours.peak_mib / peer.peak_mib:10.2f} ×")


if __name__ == "__main__":
    main()
