"""Cleaning a million customers: the first time, the next period, and beside the same libraries row by row in pandas.

python benchmarks/clean.py [--rows 1000000] [--sample 3000]

Each step runs in a process of its own. The rows are made, four fifths of them Chinese, and stream from one parquet file
to others; readings are kept in a vault as in an audit. In the next period 95 % of the records are those of the last.
Processor seconds count all processes: on a machine that others use, too, they say more than the clock does.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
import pyarrow.parquet as pq
from made_customers import make_customers, next_period

OURS = """
import sys
from custinsight import engine
from custinsight.clean import clean_customers
from custinsight.privacy.remembered import Remembered
from pathlib import Path
given, folder = Path(sys.argv[1]), Path(sys.argv[2])
con = engine.connect()
cleaned = clean_customers(con.read_parquet(given), memory=Remembered(folder / "readings", "benchmark", con))
for name in ("table", "changes", "rejects"):
    getattr(cleaned, name).to_parquet(folder / f"{name}.parquet")
"""
PEER = """
import sys, time, unicodedata
import pandas as pd
import phonenumbers
from email_validator import EmailNotValidError, validate_email
from opencc import OpenCC
from phonenumbers import NumberParseException, PhoneNumberFormat, geocoder
from pypinyin import lazy_pinyin
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError
simplify = OpenCC("t2s").convert
def phone(text):
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), "CN")
    except NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    form = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return form, phonenumbers.number_type(number), geocoder.description_for_number(number, "zh")
def email(text):
    try:
        return validate_email(unicodedata.normalize("NFKC", text), check_deliverability=False).normalized
    except EmailNotValidError:
        return None
def tax_id(text):
    try:
        return uscc.validate(unicodedata.normalize("NFKC", text))
    except ValidationError:
        return None
def name(text):
    key = simplify(unicodedata.normalize("NFKC", text))
    return key, "".join(lazy_pinyin(key))
rows = pd.read_parquet(sys.argv[1])
phone("13912345678"), email("a@example.com"), name("华东")
start = time.process_time()
for column, read in (("customer_name", name), ("contact_name", name), ("mobile", phone), ("phone", phone),
                     ("email", email), ("tax_id", tax_id)):
    rows[column] = rows[column].map(read, na_action="ignore")
rows["address"] = rows["address"].map(lambda text: simplify(unicodedata.normalize("NFKC", text)), na_action="ignore")
print(time.process_time() - start)
"""


class Watch:
    """Wall and processor seconds and the largest resident memory of a process and all that it starts."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.start, self.peak, self._seconds = time.perf_counter(), 0.0, dict[int, float]()
        self._process = process
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        root = psutil.Process(self._process.pid)
        while self._process.poll() is None:
            try:
                family = [root, *root.children(recursive=True)]
                self.peak = max(self.peak, sum(member.memory_info().rss for member in family) / 2**20)
                self._seconds |= {member.pid: sum(member.cpu_times()[:2]) for member in family}
            except psutil.Error:
                continue
            time.sleep(0.05)

    def end(self) -> tuple[float, float, float]:
        """Wait for the process; wall seconds, processor seconds, MiB."""
        self._process.wait()
        self._thread.join()
        return time.perf_counter() - self.start, sum(self._seconds.values()), self.peak


def clean(name: str, given: Path, folder: Path) -> float:
    """Clean a file and print what it cost; returns processor seconds."""
    process = subprocess.Popen([sys.executable, "-c", OURS, given, folder], text=True)
    wall, seconds, peak = Watch(process).end()
    if process.returncode:
        sys.exit(f"{name} ended with exit code {process.returncode}")
    print(f"{name:<44}{wall:7.1f} s wall{seconds:8.1f} s processor{peak:8,.0f} MiB", flush=True)
    return seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--sample", type=int, default=3_000)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = make_customers(given.rows)
        pq.write_table(made, folder / "first.parquet")
        pq.write_table(next_period(made), folder / "next.parquet")
        pq.write_table(made.slice(0, given.sample), folder / "sample.parquet")
        del made
        ours = clean(f"{given.rows:,} customers, the first time", folder / "first.parquet", folder)
        clean("the next period, 95 % seen", folder / "next.parquet", folder)
        answer = subprocess.run(
            [sys.executable, "-c", PEER, folder / "sample.parquet"], check=True, capture_output=True, text=True
        )
        peer = float(answer.stdout) * given.rows / given.sample
        print(f"libraries row by row in pandas, {given.sample:,} rows scaled{peer:27.1f} s processor")
        print(f"processor seconds, row by row over custinsight: {peer / ours:.1f}")


if __name__ == "__main__":
    main()
