"""Price, quantity and mix: what a change owes to each, product by product."""

from __future__ import annotations

import math
from typing import Any

import ibis
import pandas as pd

from custinsight.base.dimensions import read_dimensions
from custinsight.base.drivers import require_sum
from custinsight.base.lines import UNITS, as_units
from custinsight.engine import Tabular, collect
from custinsight.errors import DataError
from custinsight.periods import Period
from custinsight.tables import MONEY

EFFECTS = ("price", "cost", "quantity", "mix", "new_products", "dropped_products", "unmeasured")


def price_quantity_mix(transactions: Tabular, before: str | Period, after: str | Period) -> pd.DataFrame:
    """One row per effect: how much of the change of profit it explains, or of spend where no cost is known.

    Value = quantity of all products × each product's share of it × (its price − its unit cost), product by product
    and, since kilogrammes and pieces do not add up, within each unit. The change is split over the four by Shapley
    values: the mean over all orders of changing one after the other. **price** and **cost**: the same goods at other
    prices and unit costs; **quantity**: more or less of everything; **mix**: another composition.
    **new_products** and **dropped_products** were sold in one period only. **unmeasured** is the change of what has no
    product or quantity, no known cost while others have one, or more returns than sales.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        Lines as :func:`custinsight.base.purchases.read_purchases` takes them, with product_id and quantity, optionally
        unit. A return's quantity is negative whatever sign it was exported with.
    before, after : str or Period

    Returns
    -------
    DataFrame
        effect (price, cost, quantity, mix, new_products, dropped_products, unmeasured), products (int64; their number),
        before, after (money of these products; the first four are of the same products), amount (money). The amounts
        sum exactly to the change. Without any cost there is no row ``cost``.

    Raises
    ------
    DataError
        The lines have no product_id or no quantity.

    References
    ----------
    Shapley (1953), A value for n-person games; for decompositions Shorrocks (2013), Decomposition procedures for
    distributional analysis, Journal of Economic Inequality 11. With three factors x, y, z the part of x is
    Δx ((y₀z₀ + y₁z₁) / 3 + (y₀z₁ + y₁z₀) / 6); the value is a difference of two such products.

    Examples
    --------
    >>> lines = pd.DataFrame({"customer_id": ["a", "a"], "doc_date": ["2023-01-03", "2024-01-03"],
    ...                       "product_id": ["p", "p"], "quantity": [10, 20], "amount_net": [100, 240]})
    >>> price_quantity_mix(lines, "2023", "2024").set_index("effect")["amount"].to_dict()
    {'price': 30.0, 'quantity': 110.0, 'mix': 0.0, 'new_products': 0.0, 'dropped_products': 0.0, 'unmeasured': 0.0}
    """
    there = transactions.column_names if hasattr(transactions, "column_names") else list(transactions.columns)
    for name in ("product_id", "quantity"):
        if name not in there:
            raise DataError(
                "Price, quantity and mix need the columns product_id and quantity; there is no {name}.", name=name
            )
    lines = read_dimensions(transactions, ["product_id"], extra=("quantity", "unit"))
    periods = Period.parse(before), Period.parse(after)
    has_cost = bool(collect(lines.aggregate(known=lines.cost.notnull().any().fill_null(False)))["known"].iloc[0])
    products = _products(lines, periods, has_cost).cache()
    sums = _effects(_shares(products)).cache()
    return _frame(collect(sums), has_cost)


def _products(lines: ibis.Table, periods: tuple[Period, Period], has_cost: bool) -> ibis.Table:
    """One row per product, unit and whether it can be measured: q, r, c and lines n of both periods."""
    quantity = lines.quantity.try_cast(MONEY)
    quantity = ibis.ifelse(lines.is_return, -quantity.abs(), quantity)
    zero = ibis.literal(0).cast(MONEY)
    costed = lines.cost.notnull() if has_cost else ibis.literal(True)
    measured = (lines.product_id.notnull() & quantity.notnull() & costed).fill_null(False)
    amount = lines.amount if not has_cost else ibis.ifelse(lines.cost.notnull(), lines.amount, zero)
    cost = lines.cost.fill_null(zero) if has_cost else zero
    sides: dict[str, Any] = {}
    for side, period in enumerate(periods):
        inside = lines.doc_date.between(ibis.literal(period.start), ibis.literal(period.end))
        sides[f"q{side}"] = quantity.sum(where=inside).fill_null(0).cast("float64")
        sides[f"r{side}"] = as_units(amount).sum(where=inside).fill_null(0).cast("float64")
        sides[f"c{side}"] = as_units(ibis.ifelse(inside, cost, zero)).sum().fill_null(0).cast("float64")
        sides[f"n{side}"] = inside.cast("int64").sum()
    wanted = lines.mutate(measured=measured)
    grouped = wanted.group_by("product_id", "measured", of_unit=wanted.unit.fill_null("")).aggregate(**sides)
    grouped = grouped.filter((grouped.n0 > 0) | (grouped.n1 > 0))
    both = (grouped.q0 > 0) & (grouped.q1 > 0)
    kind = ibis.cases(
        (~grouped.measured, "unmeasured"),
        (both, "both"),
        ((grouped.n0 == 0) & (grouped.q1 > 0), "new_products"),
        ((grouped.n1 == 0) & (grouped.q0 > 0), "dropped_products"),
        else_="unmeasured",
    )
    return grouped.mutate(kind=kind)


def _shares(products: ibis.Table) -> ibis.Table:
    """Add each product's price, unit cost and share of its unit's quantity to those of both periods."""
    unit = ibis.window(group_by=[products.kind, products.of_unit])
    told = products.mutate(
        all0=ibis.ifelse(products.kind == "both", products.q0, 0.0).sum().over(unit),
        all1=ibis.ifelse(products.kind == "both", products.q1, 0.0).sum().over(unit),
    )
    ratios: dict[str, Any] = {}
    for side in (0, 1):
        ratios[f"s{side}"] = told[f"q{side}"] / told[f"all{side}"].nullif(0)
        ratios[f"p{side}"] = told[f"r{side}"] / told[f"q{side}"].nullif(0)
        ratios[f"k{side}"] = told[f"c{side}"] / told[f"q{side}"].nullif(0)
    return told.mutate(**ratios)


def _effects(t: ibis.Table) -> ibis.Table:
    """One row per kind of product: its sums, and the four effects of those sold in both periods."""
    margin0, margin1 = t.p0 - t.k0, t.p1 - t.k1
    amounts = {
        "price": _third(t.p0, t.p1, t.all0, t.all1, t.s0, t.s1),
        "cost": -_third(t.k0, t.k1, t.all0, t.all1, t.s0, t.s1),
        "quantity": _third(t.all0, t.all1, t.s0, t.s1, margin0, margin1),
        "mix": _third(t.s0, t.s1, t.all0, t.all1, margin0, margin1),
    }
    is_both = t.kind == "both"
    return t.group_by("kind").aggregate(
        products=t.product_id.nunique(),
        before=(t.r0 - t.c0).sum(),
        after=(t.r1 - t.c1).sum(),
        **{name: ibis.ifelse(is_both, amount, 0.0).sum() for name, amount in amounts.items()},
    )


def _third(x0: Any, x1: Any, y0: Any, y1: Any, z0: Any, z1: Any) -> Any:
    """Shapley value of x in the change of x y z."""
    return (x1 - x0) * ((y0 * z0 + y1 * z1) / 3 + (y0 * z1 + y1 * z0) / 6)


def _frame(found: pd.DataFrame, has_cost: bool) -> pd.DataFrame:
    kinds = ("both", "new_products", "dropped_products", "unmeasured")
    sums = found.set_index("kind").reindex(list(kinds)).fillna(0.0)
    parts = [name for name in EFFECTS if has_cost or name != "cost"]
    rows = []
    for name in parts:
        source = sums[sums.index == (name if name in kinds else "both")].iloc[0]
        amount = source["after"] - source["before"] if name in kinds else source[name]
        rows.append([name, source["products"], source["before"], source["after"], amount])
    frame = pd.DataFrame(rows, columns=["effect", "products", "before", "after", "amount"])
    amounts = frame["amount"].tolist()
    change = math.fsum(sums["after"]) - math.fsum(sums["before"])
    require_sum(amounts, change, scale=float(sums[["before", "after"]].abs().to_numpy().max()))
    # the last digits of a float go to the largest part, so that the sum is the change itself
    largest = max(range(len(amounts)), key=lambda place: abs(amounts[place]))
    amounts[largest] += change - math.fsum(amounts)
    frame["amount"] = amounts
    money = ["before", "after", "amount"]
    frame[money] = (frame[money].astype("float64") / UNITS).round(6) + 0.0
    return frame.astype({"effect": "str", "products": "int64"})
