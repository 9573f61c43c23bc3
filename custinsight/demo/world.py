"""The whole demo company before it is exported: clean tables that know the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from custinsight.demo.chance import generator
from custinsight.demo.companies import make_customers
from custinsight.demo.crm import make_activities, make_complaints, make_contacts
from custinsight.demo.documents import make_lines, make_products, make_returns, number_documents
from custinsight.demo.finance import make_receivables, make_targets
from custinsight.demo.people import assign_owners, make_staff
from custinsight.demo.purchases import EXPORTED, START, Process, draw_orders, draw_rates
from custinsight.demo.records import SYSTEMS, make_records

WALK_IN = "000000"
"""Number that sales over the counter are booked on; no customer, and out of scope in the plan."""


@dataclass(frozen=True)
class World:
    """Everything there is to know about the demo company.

    Parameters
    ----------
    seed : int
    process : Process
        True parameters of buying.
    customers, rates : DataFrame
        One row per true customer, same index.
    orders : DataFrame
        One row per order: customer, date, spend.
    staff, products : DataFrame
        One row per salesperson, per product.
    records, contacts : DataFrame
        One row per customer record of the ERP systems, of the CRM.
    lines : DataFrame
        One row per document line, with record_id, status {posted, draft, void} and kind {invoice, return}.
    activities, complaints, receivables, targets : DataFrame
        As made by their functions.
    """

    seed: int
    process: Process
    customers: pd.DataFrame
    rates: pd.DataFrame
    orders: pd.DataFrame
    staff: pd.DataFrame
    products: pd.DataFrame
    records: pd.DataFrame
    contacts: pd.DataFrame
    lines: pd.DataFrame
    activities: pd.DataFrame
    complaints: pd.DataFrame
    receivables: pd.DataFrame
    targets: pd.DataFrame


def make_world(customers: int = 3000, seed: int = 7, process: Process | None = None) -> World:
    """Invent the demo company.

    Parameters
    ----------
    customers : int
        Number of true customers.
    seed : int
    process : Process, optional

    Examples
    --------
    >>> world = make_world(customers=60)
    >>> len(world.customers), len(world.records) > 60
    (60, True)
    """
    process = process or Process()
    staff, products = make_staff(seed), make_products(seed)
    people = make_customers(customers, seed)
    people["owner_id"] = assign_owners(people["region"], staff, seed)
    rates = draw_rates(customers, process, seed)
    american = (people["subsidiary"] == "US").to_numpy()
    orders = draw_orders(rates, american, process, seed)
    first_order = orders.groupby("customer")["date"].min().reindex(people.index)
    records = make_records(people, rates, first_order, seed)
    lines = _make_all_lines(orders, people, products, records, american, seed)
    contacts = make_contacts(people, rates, first_order, seed)
    posted = lines[lines["status"] == "posted"].reset_index(drop=True)
    owner_of = _owners_of(posted, people)
    real = posted[posted["record_id"] != WALK_IN]
    return World(
        seed=seed,
        process=process,
        customers=people,
        rates=rates,
        orders=orders,
        staff=staff,
        products=products,
        records=records,
        contacts=contacts,
        lines=lines,
        activities=make_activities(contacts, staff, seed),
        complaints=make_complaints(real, seed),
        receivables=make_receivables(real, records, seed),
        targets=make_targets(posted, owner_of, staff, seed),
    )


def _make_all_lines(
    orders: pd.DataFrame,
    customers: pd.DataFrame,
    products: pd.DataFrame,
    records: pd.DataFrame,
    american: np.ndarray,
    seed: int,
) -> pd.DataFrame:
    lines = make_lines(orders, customers, products, seed)
    lines["record_id"] = _choose_records(lines, orders, records, seed)
    lines["status"] = "posted"
    lines = pd.concat([lines, make_returns(lines, seed), _unposted(lines, seed)], ignore_index=True)
    lines = number_documents(lines, american, seed)
    counter = _counter_sales(lines, seed)
    lines = pd.concat([lines, counter], ignore_index=True)
    owners = _owners_of(lines, customers)
    return lines.assign(owner_id=owners).sort_values(["date", "doc_id", "line_no"], kind="stable", ignore_index=True)


def _choose_records(lines: pd.DataFrame, orders: pd.DataFrame, records: pd.DataFrame, seed: int) -> pd.Series:
    """Book each order on one of its customer's records that existed on the day."""
    rng = generator(seed, "booking")
    main = records[records["role"] == "main"].set_index("customer")["source_id"]
    booked = orders["customer"].map(main)
    for _, record in records[records["role"] == "duplicate"].iterrows():
        mine = (orders["customer"] == record["customer"]) & (orders["date"] >= record["created_date"])
        booked[mine & (rng.random(len(orders)) < 0.5)] = record["source_id"]
    return lines["order"].map(booked)


def _unposted(lines: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Write some orders down twice, once as a draft or as a document that was voided."""
    rng = generator(seed, "unposted")
    orders = lines["order"].max() + 1
    chosen = np.sort(rng.choice(orders, size=max(4, orders // 250), replace=False))
    extra = lines[lines["order"].isin(chosen)].copy()
    extra["status"] = np.where(extra["order"].isin(chosen[::3]), "draft", "void")
    extra["order"] = extra["order"].map({order: orders + place for place, order in enumerate(chosen)})
    return extra


def _counter_sales(lines: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw small cash sales, one line each, on the number that stands for nobody."""
    rng = generator(seed, "counter")
    n = max(5, len(lines) // 130)
    days = np.sort(rng.integers((EXPORTED - START).days + 1, size=n))
    models = lines[(lines["kind"] == "invoice") & (lines["currency"] == "CNY")]
    counter = models.iloc[rng.integers(len(models), size=n)].copy()
    share = 0.15 + 0.2 * rng.random(n)
    counter["net"] = (counter["net"] * share).round(2).clip(lower=1)
    counter["cost"] = (counter["net"] * 0.72).round(2)
    counter["quantity"] = 1
    counter["date"] = pd.Timestamp(START) + pd.to_timedelta(days, unit="D")
    counter["doc_id"] = [f"LS{day:%Y%m}{i:04d}" for i, day in enumerate(counter["date"], start=1)]
    fixed: dict[str, Any] = {"order": -1, "customer": -1, "part": 1, "line_no": 1, "return_of": "", "status": "posted"}
    return counter.assign(record_id=WALK_IN, american=False, channel="直销", **fixed)


def _owners_of(lines: pd.DataFrame, customers: pd.DataFrame) -> pd.Series:
    """Salesperson of each line; nobody for sales over the counter."""
    return lines["customer"].map(customers["owner_id"]).fillna("")


def source_system(american: pd.Series) -> np.ndarray:
    """Name the system of each line."""
    return np.where(american, SYSTEMS["US"], SYSTEMS["CN"])
