"""Matching a large generated file beside Splink by hand on the same records, blocks and threads: time and memory.

``python benchmarks/match_scale.py [--rows 100000] [--only ours|peer] [--keep /tmp/companies]``

Each tool runs in a process of its own, so that each has its own peak. The file is cleaned once, in a process of its own
too, and both read the cleaned records from parquet, as an audit does, and prepare the same columns and blocks. From
there on the peer does what a data scientist would with Splink's own library: comparisons of texts by Jaro-Winkler with
term frequencies, u by random sampling, EM on three rules, predict, clusters at a threshold; no golden record, no review
list, no reasons. Ours makes all of these.
"""

from __future__ import annotations

import argparse
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
from made_companies import make_companies

from custinsight import engine
from custinsight.clean import clean_customers
from custinsight.match import deduplicate, evaluate
from custinsight.match.records import prepare
from custinsight.match.settings import make_settings
from custinsight.match.taking import take_records

_TEXTS = ("name_key", "place", "email_key", "contact_key", "address")
_COLUMNS = (*_TEXTS, "phones", "tax_key")


def generated(rows: int, folder: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """Make the companies, or read those made before."""
    folder.mkdir(parents=True, exist_ok=True)
    customers, truth = (folder / f"{name}_{rows}.parquet" for name in ("companies", "truth"))
    if not truth.exists():
        made = make_companies(rows)
        made[0].to_parquet(customers)
        pd.DataFrame(made[1].items(), columns=["customer_id", "company"]).to_parquet(truth)
    known = pd.read_parquet(truth)
    return pd.read_parquet(customers), dict(zip(known["customer_id"], known["company"], strict=True))


@contextmanager
def timed(what: str) -> Iterator[None]:
    """Print the time that a step took: wall, and that of all processors, with the peak of memory so far."""
    wall, cpu = time.perf_counter(), _cpu()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{what:34} {time.perf_counter() - wall:8.1f} {_cpu() - cpu:8.1f} {peak:8.2f}", flush=True)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def clean(rows: int, folder: Path) -> None:
    """Clean the generated companies once for both tools."""
    path = folder / f"cleaned_{rows}.parquet"
    if not path.exists():
        with timed("cleaning, for both"):
            clean_customers(generated(rows, folder)[0]).table.to_parquet(path)


def ours(cleaned: ibis.Table) -> dict[str, str]:
    with timed("ours: matching, all of it"):
        links = deduplicate(cleaned).links.to_pyarrow()
    return dict(zip(links["customer_id"].to_pylist(), links["golden_id"].to_pylist(), strict=True))


def peer(cleaned: ibis.Table, threshold: float = 0.95) -> dict[str, str]:
    con = engine.connect().con
    with timed("peer: records and blocks"):
        compared = take_records(cleaned, None, ()).compared
        prepare(con, compared.set_column(0, "record", pa.array(np.arange(compared.num_rows))))
    with timed("peer: Splink"):
        found = _splink(con, threshold)
    ids = compared["customer_id"].to_numpy()
    return dict(zip(ids[found["record"]].tolist(), found["cluster_id"].astype(str).tolist(), strict=True))


def _splink(con: Any, threshold: float) -> dict[str, Any]:
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    blocks = make_settings(_COLUMNS)["blocking_rules_to_generate_predictions"]
    settings = SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="record",
        comparisons=[
            *(
                cl.JaroWinklerAtThresholds(name, [0.92, 0.8]).configure(term_frequency_adjustments=True)
                for name in _TEXTS
            ),
            cl.ArrayIntersectAtSizes("phones", [1]),
            cl.ExactMatch("tax_key"),
        ],
        blocking_rules_to_generate_predictions=blocks,
    )
    linker = Linker(DuckDBAPI(connection=con).register("records"), settings, log_level=None)
    sure = [block_on("tax_key"), block_on("email_key", "block_name_start")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for name in ("tax_key", "email_key", "phone_key"):
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(name))
    scored = linker.inference.predict(threshold_match_probability=threshold)
    clusters = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold)
    found: dict[str, Any] = con.sql(f"SELECT record, cluster_id FROM {clusters.physical_name}").fetchnumpy()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--only", choices=("clean", "ours", "peer"))
    parser.add_argument("--keep", type=Path, default=Path("/tmp/companies"), help="where generated files are kept")
    options = parser.parse_args()
    if not options.only:
        print(f"{'step':34} {'wall s':>8} {'cpu s':>8} {'peak GB':>8}", flush=True)
        generated(options.rows, options.keep)
        for tool in ("clean", "peer", "ours"):
            command = [sys.executable, __file__, "--rows", str(options.rows), "--only", tool]
            subprocess.run([*command, "--keep", str(options.keep)], check=True)
        return
    if options.only == "clean":
        clean(options.rows, options.keep)
        return
    truth = generated(options.rows, options.keep)[1]
    cleaned = engine.connect().read_parquet(options.keep / f"cleaned_{options.rows}.parquet")
    with timed(f"{options.only}: in all"):
        found = {"ours": ours, "peer": peer}[options.only](cleaned)
    score = evaluate(found, truth)
    parts = ", ".join(f"{name} {score[f'pair_{name}']:.4f}" for name in ("precision", "recall", "f1"))
    print(f"{options.only}: {parts}")


if __name__ == "__main__":
    main()
