"""How many columns `propose_mapping` proposes right: the demo, real logs by their examples' plans, Chinese exports.

A column is right when the proposal fills it from the header (or the headers, in an expression) that the plan names.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import tomllib
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import custinsight as ci
from custinsight.demo import demo_plan, write_demo
from custinsight.ingest.binding import parse_expression
from custinsight.ingest.expressions import column_names
from custinsight.ingest.places import find_places
from custinsight.plan import Source

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "ingest"))
Filled = dict[tuple[str, str, str], frozenset[str]]
"""File, table and canonical column, and the headers that fill it."""


def filled(sources: Iterator[Mapping[str, Any]], root: Path) -> Filled:
    """What sources fill, file by file; constants are no columns of a file."""
    found: Filled = {}
    for keys in sources:
        source = Source.model_validate(keys)
        parts = {name: frozenset([_bare(header)]) for name, header in source.columns.items()}
        for name, text in source.computed.items():
            used = column_names(parse_expression(text, source=source.name, column=name))
            parts[name] = frozenset(map(_bare, used))
        for place in find_places(source.name, source.path, root):
            found |= {(place.file, source.table, name): headers for name, headers in parts.items()}
    return found


def _bare(header: str) -> str:
    """A header without the name of its file."""
    return header.rpartition(".")[2] if header.count(".") == 1 and " " not in header else header


def score(exports: Path, truth: Filled, root: Path = ROOT) -> tuple[int, int, int, float]:
    """Columns of the truth, those proposed, those proposed right, and the seconds it took."""
    start = time.perf_counter()
    proposal = ci.propose_mapping(exports)
    seconds = time.perf_counter() - start
    proposed = filled(iter(proposal.sources), Path())
    files = {file for file, _, _ in truth}
    proposed = {key: headers for key, headers in proposed.items() if key[0] in files}
    right = sum(1 for key, headers in truth.items() if proposed.get(key) == headers)
    return len(truth), len(proposed), right, seconds


def demo() -> tuple[Path, Filled]:
    folder = Path(tempfile.mkdtemp())
    write_demo(folder / "data" / "demo", customers=1000, truth=False)
    return folder / "data" / "demo", filled(iter(tomllib.loads(demo_plan())["sources"]), folder)


def example(name: str, exports: str) -> Callable[[], tuple[Path, Filled]]:
    def load() -> tuple[Path, Filled]:
        folder = ROOT / "examples" / name
        plan = tomllib.loads((folder / "audit.toml").read_text(encoding="utf-8"))
        return ROOT.parent / "shared" / "data" / exports, filled(iter(plan["sources"]), folder)

    return load


def generated(make: Callable[[Path], Any]) -> Callable[[], tuple[Path, Filled]]:
    def load() -> tuple[Path, Filled]:
        folder = Path(tempfile.mkdtemp())
        truth: Filled = {}
        for file, (table, columns) in make(folder).items():
            truth |= {
                (file, table, name): frozenset(part.strip() for part in header.split(" - "))
                for name, header in columns.items()
            }
        return folder, truth

    return load


def main() -> None:
    from chinese_exports import COMPANIES

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verbose", action="store_true", help="show each column that is not right")
    verbose = parser.parse_args().verbose
    warnings.filterwarnings("ignore")
    sets = {
        "demo": demo,
        "Northwind (preset)": example("northwind", "northwind"),
        "AdventureWorks (preset)": example("adventureworks", "adventureworks"),
        "SAP sample (preset)": example("sap", "sap"),
        "Online Retail": example("onlineretail", "onlineretail.parquet"),
        **{f"Chinese: {name}": generated(make) for name, make in COMPANIES.items()},
    }
    print(f"{'data set':28}{'columns':>8}{'proposed':>10}{'right':>7}{'recall':>8}{'precision':>11}{'seconds':>9}")
    for name, load in sets.items():
        exports, truth = load()
        if not exports.exists():
            print(f"{name:28} the log is not on this machine")
            continue
        columns, proposed, right, seconds = score(exports, truth)
        shares = f"{right / columns:8.3f}{right / proposed:11.3f}"
        print(f"{name:28}{columns:8}{proposed:10}{right:7}{shares}{seconds:9.1f}")
        if verbose:
            found = filled(iter(ci.propose_mapping(exports).sources), Path())
            for key in sorted(set(truth) | {key for key in found if key[0] in {file for file, _, _ in truth}}):
                if truth.get(key) != found.get(key):
                    print("   ", *key, "| plan:", *truth.get(key, ()), "| proposed:", *found.get(key, ()))


if __name__ == "__main__":
    main()
