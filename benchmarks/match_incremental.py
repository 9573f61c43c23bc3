"""An incremental match against a full one: processor time, and whether both find the same customers.

``python benchmarks/match_incremental.py [rows] [share]``: customers are made, a fifth of them are entered twice; the
first period is matched whole, then a share of new records joins, half of them further entries of known customers.
The second period is matched whole and incrementally in the same process, on the same cleaned records.
"""

from __future__ import annotations

import sys
import time
from typing import Any

import numpy as np
import pyarrow as pa
from made_customers import make_customers

from custinsight.clean import clean_customers
from custinsight.match import deduplicate, evaluate

_IDS = ("customer_id", "golden_id")


def enter_again(customers: pa.Table, *, seed: int, prefix: str) -> pa.Table:
    """Enter customers a second time, as another clerk would: with gaps, slips and another contact."""
    rng = np.random.default_rng(seed)
    frame = customers.to_pandas()

    def some(share: float) -> Any:
        return rng.random(len(frame)) < share

    for column, share in (("tax_id", 0.5), ("email", 0.4), ("phone", 0.5), ("mobile", 0.3), ("address", 0.3)):
        frame.loc[some(share), column] = None
    slip = some(0.3)
    frame.loc[slip, "customer_name"] = frame.loc[slip, "customer_name"].str.replace("有限", "", n=1, regex=False)
    lost = some(0.1)
    at = rng.integers(1, 4, lost.sum())
    names = frame.loc[lost, "customer_name"]
    frame.loc[lost, "customer_name"] = [name[:i] + name[i + 1 :] for name, i in zip(names, at, strict=True)]
    other = some(0.3)
    frame.loc[other, "contact_name"] = rng.permutation(frame.loc[other, "contact_name"].to_numpy())
    frame["source_id"] = prefix + frame["source_id"]
    return pa.Table.from_pandas(frame, schema=customers.schema, preserve_index=False)


def two_periods(rows: int, share: float) -> tuple[pa.Table, pa.Table]:
    """Make the cleaned records of a period, and of the next one with a share of new records more."""
    rng = np.random.default_rng(3)
    whole = make_customers(round(rows / 1.2))
    new = round(rows * share)
    twice = whole.take(pa.array(np.sort(rng.choice(whole.num_rows, rows - whole.num_rows, replace=False))))
    first = pa.concat_tables([whole, enter_again(twice, seed=4, prefix="D")])
    again = whole.take(pa.array(np.sort(rng.choice(whole.num_rows, new - new // 2, replace=False))))
    others = make_customers(new // 2, seed=5, start=whole.num_rows).cast(whole.schema)
    second = pa.concat_tables([first, enter_again(again, seed=6, prefix="E"), others])
    cleaned = clean_customers(second.append_column("customer_id", second["source_id"])).table
    return cleaned.slice(0, first.num_rows), cleaned


def timed(what: str, customers: pa.Table, **more: Any) -> tuple[Any, float]:
    """Match customers and print how long the processors took."""
    start = time.process_time()
    found = deduplicate(customers, **more)
    seconds = time.process_time() - start
    print(
        f"{what}: {customers.num_rows:,} records, {found.golden.num_rows:,} customers, {seconds:.1f} CPU s", flush=True
    )
    return found, seconds


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    before, after = two_periods(size, float(sys.argv[2]) if len(sys.argv) > 2 else 0.02)
    earlier = timed("first period, whole", before)
    whole = timed("second period, whole", after)
    later = timed("second period, incremental", after, earlier=earlier[0])
    score = evaluate(
        *(dict(zip(*(found[0].links[name].to_pylist() for name in _IDS), strict=True)) for found in (later, whole))
    )
    print(
        f"pairs of the whole match found incrementally: {score['pair_recall']:.4f}, "
        f"precision {score['pair_precision']:.4f}"
    )
    print(f"incremental / whole: {later[1] / whole[1]:.1%}")
