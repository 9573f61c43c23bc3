"""What is true of the demo company, written beside the exports; only tests may look at it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from custinsight.demo.purchases import END, START
from custinsight.demo.sheets import Sheet
from custinsight.demo.world import World


def write_truth(world: World, sheets: list[Sheet], folder: Path) -> list[Path]:
    """Write the truth: who is who, how they buy, what is dirty, and how many rows must arrive.

    Parameters
    ----------
    world : World
    sheets : list of Sheet
        As exported, with their dirt.
    folder : Path
        Made if it is not there.

    Returns
    -------
    list of Path
        customers_truth.csv, process.csv, purchases.csv, bgnbd.json, dirt.csv, expected.csv.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "customers_truth.csv": true_identities(world),
        "process.csv": true_process(world),
        "purchases.csv": true_purchases(world),
        "dirt.csv": dirt_list(sheets),
        "expected.csv": expected_rows(sheets),
    }
    paths = []
    for name, table in tables.items():
        table.to_csv(folder / name, index=False, lineterminator="\n", float_format="%.6f")
        paths.append(folder / name)
    return [*paths, _write_parameters(world, folder / "bgnbd.json")]


def true_identities(world: World) -> pd.DataFrame:
    """One row per customer record of any system: source_system, source_id, true_customer, role, variant, kind."""
    columns = ["source_system", "source_id", "true_customer", "role", "variant"]
    identities = pd.concat([world.records[columns], world.contacts[columns]], ignore_index=True)
    kinds = world.customers.set_index("true_customer")[["kind", "like"]]
    return identities.join(kinds, on="true_customer").fillna({"kind": "plain", "like": ""})


def true_process(world: World) -> pd.DataFrame:
    """One row per true customer: true_customer, subsidiary, rate (orders a week), dropout, mean_spend (CNY)."""
    people = world.customers[["true_customer", "subsidiary"]]
    return pd.concat([people, world.rates[["rate", "dropout", "mean_spend"]]], axis=1)


def true_purchases(world: World) -> pd.DataFrame:
    """One row per order: true_customer, date, spend (CNY, as invoiced), before anything was returned."""
    posted = world.lines[(world.lines["status"] == "posted") & (world.lines["kind"] == "invoice")]
    posted = posted[posted["customer"] >= 0].assign(spend=lambda lines: lines["net"] * lines["fx_rate"])
    purchases = posted.groupby(["customer", "date"])["spend"].sum().reset_index()
    names = world.customers["true_customer"].to_numpy()[purchases["customer"]]
    purchases.insert(0, "true_customer", names)
    return purchases.drop(columns="customer").sort_values(["date", "true_customer"], ignore_index=True)


def dirt_list(sheets: list[Sheet]) -> pd.DataFrame:
    """One row per piece of dirt: file, source, line, kind, column, right, expected, code."""
    rows = []
    for sheet in sheets:
        starts = sheet.lines()
        for dirt in sheet.dirt:
            line = starts[id(dirt.row)] if dirt.row is not None else pd.NA
            shown = (line, dirt.kind, dirt.column, dirt.right, dirt.expected, dirt.code)
            rows.append((sheet.path, sheet.source, *shown))
    columns = ["file", "source", "line", "kind", "column", "right", "expected", "code"]
    listed = pd.DataFrame(rows, columns=columns).astype({"line": "Int64"})
    return listed.sort_values(["source", "line", "kind"], kind="stable", ignore_index=True)


def expected_rows(sheets: list[Sheet]) -> pd.DataFrame:
    """One row per source: source, file, rows_in, rows_kept, rows_rejected, rows_total_lines."""
    rows = []
    for sheet in sheets:
        count = {kind: len({id(d.row) for d in sheet.dirt if d.expected == kind}) for kind in ("rejected", "total")}
        kept = len(sheet.rows) - count["rejected"] - count["total"]
        rows.append((sheet.source, sheet.path, len(sheet.rows), kept, count["rejected"], count["total"]))
    columns = ["source", "file", "rows_in", "rows_kept", "rows_rejected", "rows_total_lines"]
    return pd.DataFrame(rows, columns=columns)


def _write_parameters(world: World, path: Path) -> Path:
    real = world.lines[(world.lines["status"] == "posted") & (world.lines["customer"] >= 0)]
    money = np.asarray(real["net"] * real["fx_rate"])
    content = {
        "seed": world.seed,
        "time_unit": "W",
        "start": START.isoformat(),
        "end": END.isoformat(),
        "bgnbd": {name: getattr(world.process, name) for name in ("r", "alpha", "a", "b")},
        "gamma_gamma": {name: getattr(world.process, name) for name in ("p", "q", "gamma")},
        "customers": len(world.customers),
        "records": len(world.records),
        "duplicates": int((world.records["role"] == "duplicate").sum()),
        "lines": len(world.lines),
        "net_revenue_cny": round(float(money.sum()), 2),
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    return path
