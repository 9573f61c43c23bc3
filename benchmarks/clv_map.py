"""Fitting BG/NBD to the CDNOW sample beside the posterior mode of pymc-marketing, in processor seconds.

python benchmarks/clv_map.py [--data ../shared/data] [--rounds 5] [--peers FOLDER]

pymc-marketing gets an environment of its own, made in FOLDER (kept, so that a second run is quick) or in a temporary
one. Both get the same summary of 2,357 customers in memory; cold is the first fit of a process after the imports, with
what its compiler's own processes take, warm is the least of the later ones. It maximises the same likelihood under
priors of its own, so its parameters differ a little.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from clv_accuracy import read_cdnow

import custinsight as ci

PEER = ("pymc-marketing>=0.15,<0.16", "pytensor>=2.31,<2.32")

HEAD = """
import json, resource, sys
import pandas as pd
summary = pd.read_csv(sys.argv[1], dtype={"customer_id": str})
def cpu():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
def timed(fit, rounds):
    spent = []
    for _ in range(rounds + 1):
        before = cpu()
        found = fit()
        spent.append(cpu() - before)
    print(json.dumps({"cold": spent[0], "warm": min(spent[1:]), "parameters": found}))
"""

OURS = """
from custinsight.clv import BGNBD
timed(lambda: BGNBD().fit(summary).params_.to_dict(), int(sys.argv[2]))
"""

THEIRS = """
from pymc_marketing.clv import BetaGeoModel
def fit():
    model = BetaGeoModel(data=summary)
    model.build_model()
    model.fit(method="map", progressbar=False)
    return {name: float(model.fit_result[name].mean()) for name in ("r", "alpha", "a", "b")}
timed(fit, int(sys.argv[2]))
"""


def environment(folder: Path) -> str:
    """Make an environment with the peer; what is there already is used."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *PEER], check=True)
    return str(python)


def run(python: str, script: str, summary: Path, rounds: int) -> dict[str, Any]:
    command = [python, "-W", "ignore", "-c", HEAD + script, str(summary), str(rounds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=os.environ | {"COLUMNS": "80"})
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", type=Path, help="folder of the peer's environment")
    given = parser.parse_args()
    columns = ["master", "customer_id", "date", "cds", "amount"]
    lines = read_cdnow(given.data / "cdnow/CDNOW_sample.txt", columns, 0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "summary.csv")
        frame = ci.summarise(lines, end="1997-09-30")
        frame[["customer_id", "frequency", "recency", "T"]].to_csv(path, index=False)
        peer = environment(given.peers or Path(folder, "peers"))
        ours = run(sys.executable, OURS, path, given.rounds)
        theirs = run(peer, THEIRS, path, given.rounds)
    for name, found in (("custinsight", ours), ("pymc-marketing", theirs)):
        told = ", ".join(f"{key} {value:.4f}" for key, value in found["parameters"].items())
        print(f"{name:<16}cold {found['cold']:7.3f} s   warm {found['warm']:7.4f} s   {told}")
    print(f"warm ratio {theirs['warm'] / ours['warm']:.0f}, cold ratio {theirs['cold'] / ours['cold']:.0f}")


if __name__ == "__main__":
    main()
