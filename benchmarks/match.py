"""Duplicates found without any setting, beside Splink set up by hand, on data whose truth is known.

python benchmarks/match.py [--data ../shared/data] [--rows 20000 100000] [--sets fake_1000 ...]

The same call for all: ``ci.deduplicate(table)``. The numbers of the records are drawn anew, since those of FEBRL and of
the historical persons tell the truth. A million companies take long: ``--rows 1000000``. F1 of pairs after clustering.
"""

from __future__ import annotations

import argparse
import logging
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from made_companies import make_companies

from custinsight.clean import clean_customers
from custinsight.match import deduplicate, evaluate

Data = tuple[pd.DataFrame, dict[str, str]]


def numbered(frame: pd.DataFrame, truth: pd.Series) -> Data:
    """Give the records numbers that tell nothing."""
    numbers = [f"{n:07d}" for n in np.random.default_rng(0).permutation(len(frame))]
    frame = frame.copy()
    frame.insert(0, "record_no", numbers)
    return frame, dict(zip(numbers, truth.astype(str), strict=True))


def febrl(*files: Path) -> Data:
    frame = pd.concat([pd.read_csv(file, dtype=str, skipinitialspace=True) for file in files], ignore_index=True)
    frame.columns = [name.strip() for name in frame.columns]
    return numbered(frame.drop(columns="rec_id"), frame["rec_id"].str.extract(r"rec-(\d+)-")[0])


def published(folder: Path) -> Iterator[tuple[str, Callable[[], Data]]]:
    fake, persons = folder / "splink/fake_1000.csv", folder / "splink/historical_figures_with_errors_50k.parquet"

    def splink(read: Callable[[], pd.DataFrame]) -> Data:
        frame = read()
        return numbered(frame.drop(columns=["cluster", "unique_id"]), frame["cluster"])

    yield "fake_1000", lambda: splink(lambda: pd.read_csv(fake, dtype=str))
    yield "historical_50k", lambda: splink(lambda: pd.read_parquet(persons))
    yield "febrl3", lambda: febrl(folder / "febrl/dataset3.csv")
    yield "febrl4", lambda: febrl(folder / "febrl/dataset4a.csv", folder / "febrl/dataset4b.csv")


def ours(frame: pd.DataFrame) -> dict[str, str]:
    links = deduplicate(frame).links
    return dict(zip(links["customer_id"], links["golden_id"], strict=True))


def by_hand(frame: pd.DataFrame, threshold: float = 0.95) -> dict[str, str]:
    """What a data scientist would write with Splink: one comparison per column, one block per column or two."""
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)
    names = {"record_no": "unique_id", "customer_id": "unique_id"}
    if "tax_id" in frame.columns:
        keys = ["name_key", "phone_key", "email_key", "tax_key", "contact_key", "city", "address"]
        frame = clean_customers(frame).table[["customer_id", *keys]]
        blocks = [block_on(key) for key in (*keys[:5], "address")]
    else:
        day = "dob" if "dob" in frame.columns else "date_of_birth"
        first = "first_name" if "first_name" in frame.columns else "given_name"
        place = next(name for name in ("birth_place", "suburb", "city") if name in frame.columns)
        drop = [name for name in frame.columns if name in ("full_name", "first_and_surname", "source_system")]
        frame = frame.drop(columns=drop)
        pairs = ((first, "surname"), ("surname", day), (first, day), (day, place), ("surname", place), (first, place))
        blocks = [block_on(*pair) for pair in pairs]
    frame = frame.rename(columns=names)
    few = [name for name in frame.columns if frame[name].nunique() < 100]
    comparisons = [
        cl.ExactMatch(name) if name in few else cl.JaroWinklerAtThresholds(name, [0.92, 0.8])
        for name in frame.columns
        if name != "unique_id"
    ]
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[one.configure(term_frequency_adjustments=True) for one in comparisons],
        blocking_rules_to_generate_predictions=blocks,
    )
    linker = Linker(DuckDBAPI().register(frame), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(blocks[:2], recall=0.6)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in blocks[:3]:
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    scored = linker.inference.predict(threshold_match_probability=threshold)
    found = linker.clustering.cluster_pairwise_predictions_at_threshold(scored, threshold).as_pandas_dataframe()
    return dict(zip(found["unique_id"].astype(str), found["cluster_id"].astype(str), strict=True))


def measure(name: str, tool: str, data: Data, run: Callable[[pd.DataFrame], dict[str, str]]) -> None:
    wall, cpu = time.perf_counter(), time.process_time()
    found = run(data[0])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    result = evaluate(found, data[1])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    parts = " ".join(f"{result[f'pair_{part}']:8.4f}" for part in ("precision", "recall", "f1"))
    print(f"{name:16} {tool:8} {parts} {result['b3_f1']:8.4f} {wall:7.1f} {cpu:7.1f} {peak:6.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--rows", type=int, nargs="*", default=[20_000, 100_000])
    parser.add_argument("--sets", nargs="*", help="only these")
    parser.add_argument("--alone", action="store_true", help="without the peer")
    options = parser.parse_args()
    sets = list(published(options.data)) if options.data.is_dir() else []
    if not sets:
        print(f"published data are not there: {options.data}", file=sys.stderr)
    sets += [(f"companies_{n}", lambda n=n: make_companies(n)) for n in options.rows]
    columns = "precision   recall       f1      b3f1   wall s   cpu s  peak GB so far"
    print(f"{'data':16} {'tool':8} {columns}")
    for name, read in sets:
        if options.sets and name not in options.sets:
            continue
        data = read()
        measure(name, "ours", data, ours)
        if not options.alone:
            measure(name, "by hand", data, by_hand)


if __name__ == "__main__":
    main()
