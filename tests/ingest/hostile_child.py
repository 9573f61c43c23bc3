"""Loads one file in a process of its own and prints what came of it, with the time and the memory that it took."""

import json
import resource
import sys
import time
from pathlib import Path

from ingest_exports import MAPPING

from custinsight import engine
from custinsight.errors import CustinsightError
from custinsight.ingest import load_sources
from custinsight.plan import Source

MIB = 1 << 10  # ru_maxrss counts KiB


def peak(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / MIB


def main(folder: Path, path: str) -> None:
    con = engine.connect()
    before, start = peak(resource.RUSAGE_SELF), time.perf_counter()
    found = {"code": "", "said": "", "rows": 0, "rejected": []}
    try:
        loaded = load_sources([Source.model_validate({**MAPPING, "path": path})], folder, con)
        found |= {"rows": int(loaded.load_report["rows_kept"].sum()), "rejected": sorted(set(loaded.rejects["code"]))}
    except CustinsightError as error:
        found |= {"code": error.code, "said": str(error)}
    found |= {
        "seconds": time.perf_counter() - start,
        "grown": peak(resource.RUSAGE_SELF) - before,
        "children": peak(resource.RUSAGE_CHILDREN),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
