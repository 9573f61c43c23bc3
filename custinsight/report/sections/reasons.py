"""Page 3, why the result changed: price, quantity and mix; the few slices that explain it; each dimension."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.figures import draw_rows, draw_waterfall
from custinsight.report.parts import Figure, Note, Part, Table
from custinsight.report.sections.common import PROFIT, SALES, Measure, known, largest_row, number, pick
from custinsight.report.sections.labels import FACTORS, FIELDS
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

EFFECTS = {
    "price": msg("Price"),
    "cost": msg("Unit cost"),
    "quantity": msg("Quantity"),
    "mix": msg("Mix"),
    "new_products": msg("New goods"),
    "dropped_products": msg("Dropped"),
    "unmeasured": msg("Unmeasured"),
    "total": msg("Change"),
}
NAMES: dict[str, Message] = {
    **FIELDS,
    "owner_id": msg("Salesperson"),
    "channel": msg("Channel"),
    "category": msg("Category"),
    "source_channel": msg("Channel of origin"),
}
_MOST_ROWS = 12


def change_parts(audit: Any) -> tuple[Part, ...]:
    """What lies behind the bridge of the result, as far as the tables are there."""
    parts: list[Part] = []
    if audit.has("price_mix"):
        parts.append(_price_mix(audit))
    if audit.has("slices"):
        parts.append(_slices(audit))
    elif audit.has("drivers_by"):
        parts.append(Note(msg("No region, group, salesperson, channel or category stands out from the rest.")))
    if audit.has("drivers_by"):
        parts.append(_by_dimension(audit))
    return tuple(parts)


def _measure(audit: Any) -> Measure:
    """What the parts speak of: profit where a cost is known, as the engine chose it."""
    return PROFIT if (audit.table("price_mix")["effect"] == "cost").any() else SALES


def _price_mix(audit: Any) -> Part:
    frame = audit.table("price_mix")
    measured = frame[frame["effect"].isin(("price", "new_products", "dropped_products"))]
    if not int(measured["products"].sum()):
        return Note(msg("The lines name no products and quantities, so price, quantity and mix cannot be told apart."))
    change = float(frame["amount"].sum())
    kept = frame[(frame["amount"] != 0) | frame["effect"].isin(("price", "quantity", "mix"))]
    steps = pd.DataFrame({"effect": [*kept["effect"], "total"], "amount": [*kept["amount"], change]})
    measure = _measure(audit)
    return Figure(
        _price_title(frame, change, measure),
        msg(
            "Product by product: quantity of all × share of the product × (price − unit cost), within each unit of "
            "measure; the change is split fairly over all four (Shapley), and the parts sum exactly to it."
        ),
        lambda words: draw_waterfall(
            steps,
            words,
            step="effect",
            value="amount",
            totals=("total",),
            show="signed_money",
            signed="signed_money",
            labels=EFFECTS,
        ),
        frame,
        (
            Col("effect", msg("Effect"), "label", EFFECTS),
            Col("products", msg("Products"), "count"),
            Col("before", msg("Before"), "money"),
            Col("after", msg("Now"), "money"),
            Col("amount", msg("Change"), "signed_money"),
        ),
    )


def _price_title(frame: pd.DataFrame, change: float, measure: Measure) -> Message:
    amounts = {str(row["effect"]): float(row["amount"]) for row in frame.to_dict("records")}
    main = max(amounts, key=lambda name: abs(amounts[name]))
    values: dict[str, Any] = {
        "what": measure.title,
        "change": change,
        "effect": EFFECTS[main],
        "amount": amounts[main],
        "price": amounts.get("price", 0.0),
        "quantity": amounts.get("quantity", 0.0),
    }
    if main in ("price", "quantity"):
        return msg(
            "{what} changed by {change:signed_money}: {price:signed_money} through prices, {quantity:signed_money} "
            "through quantities.",
            **values,
        )
    return msg(
        "{what} changed by {change:signed_money}; the largest part is “{effect}” with {amount:signed_money}, prices "
        "brought {price:signed_money}, quantities {quantity:signed_money}.",
        **values,
    )


def slice_name(row: Any, dimensions: list[str]) -> Message:
    """Say a slice: Region: North, Channel: Web."""
    said: Message | None = None
    for name in dimensions:
        value = row[name]
        if not isinstance(value, str):
            continue
        shown: Any = value or msg("not stated")
        one = msg("{dimension}: {value}", dimension=NAMES.get(name, msg("{name}", name=name)), value=shown)
        said = one if said is None else msg("{some}, {more}", some=said, more=one)
    return said or msg("All")


def _slices(audit: Any) -> Part:
    frame = audit.table("slices")
    dimensions = [name for name in frame.columns if name in NAMES]
    frame = frame.assign(name=[slice_name(row, dimensions) for row in frame.to_dict("records")])
    labels = {row["rank"]: row["name"] for row in frame.to_dict("records")}
    measure = _measure(audit) if audit.has("price_mix") else PROFIT
    return Figure(
        _slices_title(frame, measure, audit.period.previous().label),
        msg(
            "Searched over single dimensions and combinations of two and three: the slices whose change differs most "
            "from the rest, each without what those above it hold, of at least 10 customers, and beyond chance."
        ),
        lambda words: draw_rows(
            frame, words, name="rank", value="own", show="signed_money", labels=labels, signed=True, name_width=46
        ),
        frame,
        (
            Col("rank", msg("Rank"), "count"),
            Col("name", msg("Slice")),
            Col("customers", msg("Customers"), "count"),
            Col("before", msg("Before"), "money"),
            Col("after", msg("Now"), "money"),
            Col("change", msg("Change"), "signed_money"),
            Col("share", msg("Share of the change"), "percent"),
            Col("own", msg("Not told above"), "signed_money"),
            Col("beyond", msg("Beyond the rest"), "signed_money"),
        ),
    )


def _slices_title(frame: pd.DataFrame, measure: Measure, before: str) -> Message:
    first = frame.iloc[0]
    change, beyond = number(first["change"]), number(first["beyond"])
    values: dict[str, Any] = {
        "slice": first["name"],
        "what": measure.name,
        "n": int(first["customers"]),
        "change": change,
        "beyond": abs(beyond),
        "before": before,
    }
    return pick(
        beyond,
        up=msg(
            "What stands out most is {slice}: {n:count} customer, {change:signed_money} of {what} against {before}, "
            "{beyond:money} more than had it moved like the rest.",
            "What stands out most is {slice}: {n:count} customers, {change:signed_money} of {what} against {before}, "
            "{beyond:money} more than had they moved like the rest.",
            **values,
        ),
        down=msg(
            "What stands out most is {slice}: {n:count} customer, {change:signed_money} of {what} against {before}, "
            "{beyond:money} less than had it moved like the rest.",
            "What stands out most is {slice}: {n:count} customers, {change:signed_money} of {what} against {before}, "
            "{beyond:money} less than had they moved like the rest.",
            **values,
        ),
        same=msg("What stands out most is {slice}, though it hardly differs from the rest.", slice=first["name"]),
    )


def _by_dimension(audit: Any) -> Part:
    """Show the drivers by the dimension in which the values' changes differ most."""
    frame = audit.table("drivers_by")
    whole = frame.drop_duplicates(["dimension", "value"])
    spread = whole.groupby("dimension", sort=False)["change"].agg(lambda changes: changes.abs().max()).reset_index()
    chosen = str(largest_row(spread, "change")["dimension"])
    rows = frame[frame["dimension"] == chosen]
    effects = rows.assign(value=rows["value"].fillna("")).pivot_table("effect", "value", "factor", "sum", sort=False)
    changes = rows.assign(value=rows["value"].fillna("")).groupby("value", sort=False)["change"].first()
    table = effects.assign(change=changes).reset_index().sort_values("change", key=lambda c: -c.abs(), kind="stable")
    table["name"] = [value or msg("Not stated") for value in table["value"]]
    factors = [name for name in FACTORS if name in table.columns]
    name = NAMES.get(chosen, msg("{name}", name=chosen))
    first = table.iloc[0]
    title = msg(
        "{dimension}: {value} changed most, by {change:signed_money}.",
        dimension=name,
        value=first["name"],
        change=number(first["change"]) if known(number(first["change"])) else 0.0,
    )
    return Table(
        title,
        msg("Effects of customers, orders per customer, spend per order and margin; each row sums to its change."),
        table.reset_index(drop=True),
        (
            Col("name", name),
            *(Col(factor, FACTORS[factor], "signed_money") for factor in factors),
            Col("change", msg("Change"), "signed_money"),
        ),
        rows=_MOST_ROWS,
    )
