"""Invoices and credit notes of the demo: orders become documents with lines, goods, costs and currencies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from custinsight.demo.chance import generator
from custinsight.demo.purchases import EXPORTED
from custinsight.demo.vocabulary import CATEGORIES, UNITS

LINES_PER_ORDER = 1.9
CHANNELS = ("直销", "网上商城", "经销", "电话")
_RATES = {"USD": (6.36, 6.95, 7.15, 7.25), "EUR": (7.2, 7.45, 7.8, 7.55), "HKD": (0.82, 0.89, 0.915, 0.93)}
_DECEMBERS = np.array(["2022-01-01", "2023-01-01", "2024-01-01", "2025-01-31"], dtype="datetime64[D]").astype(float)


def make_products(seed: int) -> pd.DataFrame:
    """Draw the price list: one row per product.

    Returns
    -------
    DataFrame
        product_id, category, name_zh, name_en, unit_zh, unit_en, price (CNY per unit), margin (share of price).
    """
    rng = generator(seed, "products")
    rows = []
    for number, (category, margin, _, low, high, chinese, english) in enumerate(CATEGORIES, start=1):
        for kind, (zh, en) in enumerate(zip(chinese.split(), english.split(","), strict=True), start=1):
            for size in range(1, 5):
                price = round(float(np.exp(rng.uniform(np.log(low), np.log(high)))), 2)
                unit = int(rng.integers(4))
                code, spec = f"{number:02d}{kind}{size:02d}", f"{'ABCD'[size - 1]}{rng.integers(10, 99)}"
                row = (code, category, f"{zh} {spec}", f"{en} {spec}", UNITS["zh"][unit], UNITS["en"][unit])
                rows.append((*row, price, margin + rng.normal(0, 0.02)))
    columns = ["product_id", "category", "name_zh", "name_en", "unit_zh", "unit_en", "price", "margin"]
    return pd.DataFrame(rows, columns=columns)


def exchange_rate(currency: str, dates: pd.Series) -> np.ndarray:
    """Return CNY per unit of a currency: a smooth line of round yearly values, fixed for each month.

    Examples
    --------
    >>> exchange_rate("USD", pd.Series(pd.to_datetime(["2023-01-15"]))).tolist()
    [6.95]
    """
    if currency == "CNY":
        return np.ones(len(dates))
    months = dates.to_numpy().astype("datetime64[M]").astype("datetime64[D]").astype(float)
    return np.interp(months, _DECEMBERS, _RATES[currency]).round(4)


def make_lines(orders: pd.DataFrame, customers: pd.DataFrame, products: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Write the orders as invoice lines: one row per line.

    Parameters
    ----------
    orders : DataFrame
        customer (row of ``customers``), date, spend (CNY).
    customers : DataFrame
        From :func:`custinsight.demo.companies.make_customers`, with owner_id.
    products : DataFrame
        From :func:`make_products`.
    seed : int

    Returns
    -------
    DataFrame
        order (row of ``orders``), customer, date, part (1; 2 where a second invoice was written on the same day),
        product (row of ``products``), quantity, net, cost (both in document currency, to the cent), currency, fx_rate,
        channel, kind ``invoice``.
    """
    rng = generator(seed, "lines")
    count = np.minimum(1 + rng.poisson(LINES_PER_ORDER - 1, len(orders)), 9)
    lines = orders.loc[orders.index.repeat(count), ["customer", "date", "spend"]].reset_index(names="order")
    lines["place"] = lines.groupby("order").cumcount()
    weight = rng.gamma(2.0, 1.0, len(lines))
    share = weight / np.bincount(lines["order"], weight)[lines["order"]]
    lines["product"] = _choose_products(lines["customer"].to_numpy(), len(customers), rng)
    lines["currency"] = _currencies(lines, customers, rng)
    lines["fx_rate"] = 1.0
    for currency in ("USD", "EUR", "HKD"):
        foreign = lines["currency"] == currency
        lines.loc[foreign, "fx_rate"] = exchange_rate(currency, lines.loc[foreign, "date"])
    net = np.maximum((lines["spend"] * share / lines["fx_rate"]).round(2), 0.5)
    price = products["price"].to_numpy()[lines["product"]] / lines["fx_rate"]
    lines["quantity"] = np.maximum(1, (net / price).round()).astype(int)
    lines["net"] = net
    lines["cost"] = (net * (1 - _margins(lines, len(customers), products, rng))).round(2)
    second = (count[lines["order"]] >= 3) & (rng.random(len(orders)) < 0.06)[lines["order"]]
    lines["part"] = np.where(second & (lines["place"] == count[lines["order"]] - 1), 2, 1)
    lines["channel"] = _choose_channels(lines["customer"].to_numpy(), lines["order"].to_numpy(), len(customers), rng)
    return lines.assign(kind="invoice").drop(columns=["spend", "place"])


def _choose_products(customer: np.ndarray, customers: int, rng: np.random.Generator) -> np.ndarray:
    """Each customer buys mostly from three categories of its own; the rest is by market share."""
    shares = np.array([row[2] for row in CATEGORIES], dtype=float)
    favourites = rng.choice(len(CATEGORIES), p=shares / shares.sum(), size=(customers, 3))
    own = favourites[customer, rng.integers(3, size=len(customer))]
    market = rng.choice(len(CATEGORIES), p=shares / shares.sum(), size=len(customer))
    category = np.where(rng.random(len(customer)) < 0.75, own, market)
    # the first goods of a category sell best
    return category * 16 + (rng.random(len(customer)) ** 1.6 * 16).astype(int)


def _currencies(lines: pd.DataFrame, customers: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Dollars in the subsidiary; from 2023 on some Chinese customers are billed in a foreign currency too."""
    foreign = rng.choice(["CNY", "USD", "EUR", "HKD"], p=[0.96, 0.02, 0.01, 0.01], size=len(customers))
    own = np.where(customers["subsidiary"] == "US", "USD", foreign)[lines["customer"]]
    early = (lines["date"] < "2023-01-01").to_numpy() & (customers["subsidiary"] == "CN").to_numpy()[lines["customer"]]
    return np.where(early, "CNY", own)


def _margins(lines: pd.DataFrame, customers: int, products: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Margin of each line: by product, by what the customer has negotiated, and some luck; a few lose money."""
    discount = rng.normal(0, 0.05, customers)
    loss_making = rng.random(customers) < 0.045
    discount[loss_making] -= rng.uniform(0.3, 0.5, loss_making.sum())
    margin = products["margin"].to_numpy()[lines["product"]] + discount[lines["customer"]]
    return np.minimum(margin + rng.normal(0, 0.04, len(lines)), 0.75)


def _choose_channels(customer: np.ndarray, order: np.ndarray, customers: int, rng: np.random.Generator) -> np.ndarray:
    """Each customer has a usual channel; one order in five comes another way."""
    usual = rng.choice(len(CHANNELS), p=[0.45, 0.25, 0.18, 0.12], size=customers)
    other = rng.choice(len(CHANNELS), size=order.max() + 1)
    stays = rng.random(order.max() + 1) < 0.8
    return np.array(CHANNELS, dtype=object)[np.where(stays[order], usual[customer], other[order])]


def make_returns(lines: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw what comes back within five weeks: lines like those of :func:`make_lines`, negative, kind ``return``."""
    rng = generator(seed, "returns")
    whole = rng.random(lines["order"].max() + 1) < 0.004
    # credit notes follow the single invoice of an order, so that each belongs to one document
    single = lines.groupby("order")["part"].transform("max").to_numpy() == 1
    returned = (whole[lines["order"]] | (rng.random(len(lines)) < 0.022)) & single
    back = lines[returned].copy()
    share = np.where(whole[back["order"]], 1.0, np.ceil(rng.random(len(back)) * 4) / 4)
    quantity = np.maximum(1, (back["quantity"] * share).round()).astype(int)
    share = quantity / back["quantity"]
    back["quantity"] = -quantity
    back["net"] = -(back["net"] * share).round(2)
    back["cost"] = -(back["cost"] * share).round(2)
    delay = (3 + rng.random(lines["order"].max() + 1) * 30).astype(int)[back["order"]]
    back["date"] = back["date"] + pd.to_timedelta(delay, unit="D")
    return back[back["date"] <= pd.Timestamp(EXPORTED)].assign(kind="return")


def number_documents(lines: pd.DataFrame, american: np.ndarray, seed: int) -> pd.DataFrame:
    """Give documents their numbers, by day, and lines theirs.

    Parameters
    ----------
    lines : DataFrame
        Invoices and returns together.
    american : ndarray of bool
        Which customers belong to the subsidiary.
    seed : int

    Returns
    -------
    DataFrame
        The lines with doc_id, line_no and return_of (number of the invoice, empty for invoices), by date and document.
        A few numbers were given out twice, to different customers.
    """
    keys = ["kind", "date", "order", "part"]
    lines = lines.sort_values([*keys[1:], "kind"], kind="stable", ignore_index=True)
    lines["american"] = american[lines["customer"]]
    documents = lines[[*keys, "american", "customer"]].drop_duplicates(ignore_index=True)
    month = documents["date"].dt.strftime("%Y%m")
    number = documents.groupby(["american", "kind", month]).cumcount() + 1
    prefix = np.where(documents["american"], np.where(documents["kind"] == "invoice", "SI", "CM"), "")
    prefix = np.where(prefix == "", np.where(documents["kind"] == "invoice", "XS", "TH"), prefix)
    documents["doc_id"] = [f"{p}{m}{n:04d}" for p, m, n in zip(prefix, month, number, strict=True)]
    documents["doc_id"] = _reuse_numbers(documents, generator(seed, "numbers"))
    lines = lines.merge(documents[[*keys, "doc_id"]], on=keys, how="left", validate="many_to_one")
    lines["line_no"] = lines.groupby(keys).cumcount() + 1
    invoice = documents[documents["kind"] == "invoice"].drop_duplicates("order").set_index("order")["doc_id"]
    lines["return_of"] = np.where(lines["kind"] == "return", lines["order"].map(invoice), "")
    return lines


def _reuse_numbers(documents: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Give twelve invoices of 2023 the number of an earlier invoice of another customer: the counter was reset."""
    numbers = documents["doc_id"].copy()
    in_2023 = (documents["date"] >= "2023-01-01") & (documents["date"] < "2024-01-01")
    plain = documents.index[
        in_2023 & ~documents["american"] & (documents["kind"] == "invoice") & (documents["part"] == 1)
    ]
    chosen = np.sort(rng.permutation(plain.to_numpy())[:24])
    for earlier, later in zip(chosen[:12], chosen[12:], strict=False):
        if documents.loc[earlier, "customer"] != documents.loc[later, "customer"]:
            numbers.loc[later] = numbers.loc[earlier]
    return numbers
