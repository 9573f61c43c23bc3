"""Purchase and value models beside lifetimes on the same made-up customers, in processor seconds.

python benchmarks/clv.py [--customers 100000 1000000] [--pareto 100000] [--growth 10000000] [--no-peer]

Customers are drawn from BG/NBD on whole days, recency and T in weeks; both libraries get the same frame and begin with
no parameters known. What is timed begins with the frame (or, for the growth of the cost and the whole chain, with a
table in DuckDB) in memory. DuckDB's threads are counted, as processor time of the process. Run it with
OPENBLAS_NUM_THREADS=1, so that BLAS, which only the peer uses, is not counted for waiting.
"""

from __future__ import annotations

import argparse
import resource
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

import custinsight as ci
from custinsight import engine
from custinsight.clv import BGNBD, MBGNBD, GammaGamma, ParetoNBD, lifetime_value


def draw_summary(n: int, *, seed: int = 1, weeks: int = 104, whole_weeks: bool = False) -> pd.DataFrame:
    """One row per customer: r 0.6, alpha 3 weeks, a 0.5, b 2.5; purchase days are whole, one purchase a day."""
    rng = np.random.default_rng(seed)
    age = rng.integers(1, weeks * 7, n).astype(float)
    rate, stop = rng.gamma(0.6, 1 / 3.0 / 7, n), rng.beta(0.5, 2.5, n)
    now, last, x, alive = np.zeros(n), np.zeros(n), np.zeros(n, int), np.ones(n, bool)
    while alive.any():
        now = now + rng.exponential(1 / np.maximum(rate, 1e-12))
        made = alive & (now <= age)
        day = np.ceil(now)
        fresh = made & (day > last)
        x, last = x + fresh, np.where(fresh, np.minimum(day, age), last)
        alive = made & (rng.random(n) > stop)
    step = np.ceil if whole_weeks else np.asarray
    spend = np.where(x > 0, rng.gamma(6.25, 1 / rng.gamma(3.74, 1 / 15.44, n)).round(2) + 0.01, 0.0)
    columns = {"frequency": x, "recency": step(last / 7), "T": step(age / 7), "monetary_value": spend}
    return pd.DataFrame({"customer_id": np.arange(n), **columns})


def draw_lines(n: int, seed: int = 1) -> pd.DataFrame:
    """Purchase lines of the same kind of customers, about four a customer, on whole days of two years."""
    summary = draw_summary(n, seed=seed)
    rng = np.random.default_rng(seed + 1)
    times = summary["frequency"].to_numpy() + 1
    owner = np.repeat(np.arange(n), times)
    first = (104 * 7 - summary["T"].to_numpy() * 7).round()[owner]
    place = np.where(np.r_[True, owner[1:] != owner[:-1]], 0.0, rng.random(len(owner)))
    day = first + np.ceil(place * summary["recency"].to_numpy()[owner] * 7)
    when = np.datetime64("2022-01-01") + day.astype("timedelta64[D]")
    return pd.DataFrame({"customer_id": owner, "doc_date": when, "amount_net": rng.gamma(5, 8, len(owner)).round(2)})


def cpu(work: Callable[[], Any], rounds: int = 1) -> tuple[float, Any]:
    """Least processor seconds of some rounds, and the last result."""
    spent, result = [], None
    for _ in range(rounds):
        before = time.process_time()
        result = work()
        spent.append(time.process_time() - before)
    return min(spent), result


def fits(customers: list[int], pareto: list[int], peer: bool) -> None:
    print(f"{'fit':<12}{'customers':>11}{'triples':>10}{'ours':>9}{'lifetimes':>11}{'ratio':>8}  largest difference")
    plan = [(kind, n) for n in customers for kind in ((BGNBD, "BetaGeoFitter"), (MBGNBD, "ModifiedBetaGeoFitter"))]
    plan += [((ParetoNBD, "ParetoNBDFitter"), n) for n in pareto]
    for (kind, fitter), n in plan:
        summary = draw_summary(n)
        distinct = len(summary[["frequency", "recency", "T"]].drop_duplicates())
        ours, model = cpu(lambda kind=kind, summary=summary: kind().fit(summary), rounds=3)
        row = f"{model.name:<12}{n:>11,}{distinct:>10,}{ours:>9.2f}"
        if not peer:
            print(row)
            continue
        import lifetimes

        triple = (summary["frequency"], summary["recency"], summary["T"])
        theirs, fitted = cpu(lambda fitter=fitter, triple=triple: getattr(lifetimes, fitter)().fit(*triple))
        gap = float((model.params_ / fitted.params_ - 1).abs().max())
        better = model.log_likelihood_ - model.from_params(**fitted.params_).log_likelihood(summary)
        print(f"{row}{theirs:>11.2f}{theirs / ours:>8.1f}  {gap:.1e} (log-likelihood {better:+.1e})")


def value(n: int, peer: bool) -> None:
    summary = draw_summary(n)
    model, spend = BGNBD().fit(summary), GammaGamma().fit(summary)
    ours, _ = cpu(lambda: lifetime_value(model, spend, summary, "12M", 0.1, 0.3), rounds=3)
    print(f"\n12-month values with intervals of {n:,} customers: {ours:.2f} s")
    if peer:
        money = (summary["frequency"], summary["recency"], summary["T"], summary["monetary_value"])
        theirs, _ = cpu(
            lambda: spend.to_lifetimes().customer_lifetime_value(model.to_lifetimes(), *money, time=12, freq="W")
        )
        print(f"lifetimes, without intervals: {theirs:.2f} s, ratio {theirs / ours:.1f}")


def growth(most: int) -> None:
    print(f"\nBG/NBD on a table in DuckDB, whole weeks\n{'customers':>11}{'triples':>10}{'fit':>9}{'counted':>10}")
    costs = []
    for n in (100_000, 1_000_000, most):
        table = engine.connect().create_table("summary", draw_summary(n, whole_weeks=True))
        spent, _ = cpu(lambda table=table: BGNBD().fit(table), rounds=3)
        counted = table.group_by(["frequency", "recency", "T"]).aggregate(n=table.count()).to_pandas()
        alone, _ = cpu(lambda counted=counted: BGNBD().fit(counted, weights="n"), rounds=3)
        costs.append((spent, alone))
        print(f"{n:>11,}{len(counted):>10,}{spent:>9.3f}{alone:>10.3f}")
        del table
    whole, alone = (last / first for first, last in zip(costs[0], costs[-1], strict=True))
    print(f"100 times the customers cost {whole:.1f} times as much, {alone:.1f} times where they are counted already")


def chain(n: int) -> None:
    con = engine.connect()
    lines = con.create_table("lines", draw_lines(n))

    def run() -> float:
        summary = con.create_table("summary", ci.summarise(lines, end="2023-12-30"), overwrite=True)
        model, spend = BGNBD().fit(summary), GammaGamma().fit(summary)
        scored = con.create_table("scored", lifetime_value(model, spend, summary, "12M", 0.1, 0.3), overwrite=True)
        return float(scored.clv.sum().execute())

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent, total = cpu(run)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nsummary, fit and score of {n:,} customers in DuckDB: {spent:.2f} s, total value {total:,.0f}")
    print(f"peak memory of the process {peak:,.0f} MB ({before:,.0f} MB before, with the lines in memory)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="*", default=[100_000, 1_000_000])
    parser.add_argument("--pareto", type=int, nargs="*", default=[100_000])
    parser.add_argument("--growth", type=int, default=10_000_000)
    parser.add_argument("--scored", type=int, default=1_000_000)
    parser.add_argument("--chain", type=int, default=1_000_000)
    parser.add_argument("--no-peer", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    if given.chain:
        chain(given.chain)
    fits(given.customers, given.pareto, not given.no_peer)
    if given.scored:
        value(given.scored, not given.no_peer)
    if given.growth:
        growth(given.growth)


if __name__ == "__main__":
    main()
