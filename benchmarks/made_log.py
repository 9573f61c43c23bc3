"""A made-up log of purchases for the benchmarks: customers of very different rhythm, lines per order, a few returns."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

FIRST, LAST = dt.date(2022, 1, 1), dt.date(2024, 12, 31)
PART = 1_000_000
REGIONS = np.array(["east", "north", "south", "west"])


def write_log(path: Path, lines: int, customers: int, seed: int = 7) -> int:
    """Write about ``lines`` lines of ``customers`` customers over three years, in parts; returns their exact number.

    Columns: customer_id, doc_id, doc_type, doc_date, product_id, amount_net, cost, return_of, region. Customers come
    one after another over the three years, buy at a rate of their own (gamma, shape 0.8) and mostly fall silent at
    some time. One order in fifty has a line returned, one in a hundred all of it.
    """
    rng = np.random.default_rng(seed)
    per_part = max(1, round(customers * PART / lines))
    written = 0
    with pq.ParquetWriter(path, _table(rng, 0, 1, lines / customers).schema) as writer:
        for start in range(0, customers, per_part):
            table = _table(rng, start, min(per_part, customers - start), lines / customers)
            writer.write_table(table)
            written += len(table)
    return written


def _table(rng: np.random.Generator, start: int, n: int, lines_each: float) -> pa.Table:
    days = (LAST - FIRST).days + 1
    first = np.minimum(rng.integers(0, days, n), rng.integers(0, days, n))
    stay = np.minimum(first + rng.exponential(500, n), days - 1)
    rate = rng.gamma(0.8, 1 / 0.8, n) * lines_each / 3.6
    orders = 1 + rng.poisson(rate * (stay - first) / 300)
    customer = np.repeat(np.arange(start, start + n), orders)
    day = (first[customer - start] + rng.random(len(customer)) * (stay - first)[customer - start]).astype(int)
    day[np.concatenate([[0], np.cumsum(orders)[:-1]])] = first
    order = np.arange(len(customer)) + start * 1000
    size = 1 + rng.poisson(1.6, len(customer))
    line = np.repeat(np.arange(len(customer)), size)
    amount = np.round(np.exp(rng.normal(3.2, 0.9, len(line))), 2)
    cost = np.round(amount * np.clip(rng.normal(0.65, 0.15, len(line)), 0.2, 1.3), 2)
    fate = rng.random(len(customer))
    back = (fate[line] < 0.01) | ((fate[line] < 0.03) & np.concatenate([[True], line[1:] != line[:-1]]))
    later = np.minimum(day[line[back]] + rng.integers(1, 40, back.sum()), days - 1)
    returned = order[line[back]]
    ids = np.concatenate([order[line], returned])
    rows = len(line)
    owner = np.concatenate([customer[line], customer[line[back]]])
    return pa.table(
        {
            "customer_id": _ids("C", owner),
            "doc_id": _ids("D", np.concatenate([order[line], returned + 10**9])),
            "doc_type": pa.array(np.where(np.arange(len(ids)) < rows, "invoice", "return")),
            "doc_date": pa.array(np.datetime64(FIRST) + np.concatenate([day[line], later]), pa.date32()),
            "product_id": _ids("P", rng.integers(0, 5000, len(ids))),
            "amount_net": pa.array(np.concatenate([amount, -amount[back]])),
            "cost": pa.array(np.concatenate([cost, -cost[back]])),
            "return_of": pc.if_else(np.arange(len(ids)) < rows, None, _ids("D", ids)),
            "region": pa.array(REGIONS[owner % 4]),
        }
    )


def _ids(letter: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(letter, pa.array(numbers).cast(pa.string()), "")
