"""Page 1, money and documents: currencies and their rates, returns and their purchases, the key of orders."""

from __future__ import annotations

from typing import Any

import pandas as pd

from custinsight.report.parts import Note, Part, Several, Table, shown
from custinsight.report.sections.common import needs
from custinsight.report.sections.labels import OTHER, RETURNS
from custinsight.words import Message, msg
from custinsight.writers.columns import Col

_LINKED = ("named", "own", "matched", "ambiguous")


@shown
@needs("currency_totals", without=msg("There are no transactions, so no amount had to be converted."))
def currencies(audit: Any) -> Part:
    """Sales per currency, what they come to in base currency, and lines that no rate converts."""
    frame = audit.table("currency_totals")
    frame = frame.assign(base=frame["currency"] == audit.plan.currency)
    frame = frame.sort_values(["base", "lines", "currency"], ascending=[False, False, True], ignore_index=True)
    columns = (
        Col("currency", msg("Currency"), "label", OTHER),
        Col("lines", msg("Lines"), "count"),
        Col("amount", msg("In this currency"), "decimal"),
        Col("amount_base", msg("In base currency"), "decimal"),
        Col("own_rate", msg("Own rate"), "count"),
        Col("table_rate", msg("Rate table"), "count"),
        Col("without_rate", msg("No rate"), "count"),
        Col("amount_without_rate", msg("Amount without rate"), "decimal"),
    )
    note = msg(
        "Lines in scope. A line is converted at its own rate, else at the newest rate of the rate table on its day; "
        "lines without a rate are in no total of this report."
    )
    parts: list[Part] = [Table(_currency_title(frame, audit.plan.currency), note, frame, columns)]
    differ = int(frame["rates_differ"].sum())
    if differ:
        text = msg(
            "{n:count} line names a rate that is more than {limit:percent} away from the rate table's; its own is "
            "used.",
            "{n:count} lines name a rate that is more than {limit:percent} away from the rate table's; their own is "
            "used.",
            n=differ,
            limit=audit.plan.trust.rate_tolerance,
        )
        parts.append(Note(text, tone="warn"))
    return Several(tuple(parts))


def _currency_title(frame: pd.DataFrame, base: str) -> Message:
    missing = frame[frame["without_rate"] > 0]
    if len(missing):
        return msg(
            "{n:count} line in {currencies} has no rate into {base} and is in no total.",
            "{n:count} lines in {currencies} have no rate into {base} and are in no total.",
            n=int(missing["without_rate"].sum()),
            currencies=", ".join(map(str, missing["currency"])),
            base=base,
        )
    foreign = frame[~frame["base"]]
    if foreign.empty:
        return msg("Every line is in the base currency, {base}.", base=base)
    return msg(
        "Every line has a rate: {n:count} line in a foreign currency was converted into {base}.",
        "Every line has a rate: {n:count} lines in foreign currencies were converted into {base}.",
        n=int(foreign["lines"].sum()),
        base=base,
    )


@shown
@needs("return_counts", without=msg("There are no returns, so none had to be linked to its purchase."))
def returns(audit: Any) -> Part:
    """Returned lines by the way in which their purchase was found."""
    frame = audit.table("return_counts")
    order = {how: place for place, how in enumerate(RETURNS)}
    frame = frame.assign(order=frame["how"].map(order).fillna(len(order)))
    frame = frame.sort_values(["order", "how", "currency"], ignore_index=True)
    by = frame.groupby("how")["lines"].sum()
    lines, linked = int(by.sum()), int(by.reindex(_LINKED).sum())
    ambiguous = int(by.get("ambiguous", 0))
    if linked == 0:
        title = msg(
            "The purchase of the {n:count} returned line is not known.",
            "The purchases of the {n:count} returned lines are not known.",
            n=lines,
        )
    elif ambiguous:
        title = msg(
            "{linked:count} of {lines:count} returned lines are linked to a purchase; {ambiguous:count} of them fit "
            "several.",
            linked=linked,
            lines=lines,
            ambiguous=ambiguous,
        )
    elif linked == lines:
        title = msg("All {n:count} returned lines are linked to a purchase.", n=lines)
    else:
        title = msg(
            "{linked:count} of {lines:count} returned lines are linked to a purchase.", linked=linked, lines=lines
        )
    note = msg(
        "An order whose goods all came back is no purchase. A return that names none is held against the customer's "
        "earlier purchases of the same product for the same amount; where several fit, the newest is taken."
    )
    columns = (
        Col("how", msg("Purchase"), "label", RETURNS),
        Col("currency", msg("Currency"), "label", OTHER),
        Col("lines", msg("Lines"), "count"),
        Col("documents", msg("Documents"), "count"),
        Col("amount", msg("Amount"), "decimal"),
    )
    return Table(title, note, frame, columns)


@shown
@needs("order_key", without=msg("There are no transactions, so no order number could be checked."))
def order_key(audit: Any) -> Part:
    """Whether order numbers tell orders apart: numbers shared by customers or days, per source system."""
    frame = audit.table("order_key").sort_values("source_system", ignore_index=True)
    orders = frame["orders"].where(frame["orders"] > 0)
    frame = frame.assign(shared_share=frame["shared_orders"] / orders, long_share=frame["long_orders"] / orders)
    columns = (
        Col("source_system", msg("System"), "label", OTHER),
        Col("numbers", msg("Numbers"), "count"),
        Col("orders", msg("Orders"), "count"),
        Col("shared_numbers", msg("Of several customers"), "count"),
        Col("shared_share", msg("Share of orders"), "percent"),
        Col("long_numbers", msg("Of several days"), "count"),
        Col("long_orders", msg("Orders of several days"), "count"),
        Col("long_share", msg("Share of orders"), "percent"),
    )
    return Table(_order_title(frame), _order_note(str(audit.plan.scope.order)), frame, columns)


def _order_title(frame: pd.DataFrame) -> Message:
    numbers = int(frame["numbers"].sum())
    shared, days = int(frame["shared_numbers"].sum()), int(frame["long_numbers"].sum())
    if shared:
        return msg(
            "{n:count} of {numbers:count} order numbers is used by several customers ({share:percent} of the orders).",
            "{n:count} of {numbers:count} order numbers are used by several customers ({share:percent} of the orders).",
            n=shared,
            numbers=numbers,
            share=int(frame["shared_orders"].sum()) / max(int(frame["orders"].sum()), 1),
        )
    if days:
        return msg(
            "Each order number belongs to one customer; {n:count} of {numbers:count} stands on several days.",
            "Each order number belongs to one customer; {n:count} of {numbers:count} stand on several days.",
            n=days,
            numbers=numbers,
        )
    return msg("Each order number belongs to one customer and one day.")


def _order_note(order: str) -> Message:
    if order == "day":
        return msg("By the plan, an order is what a customer buys on one day, whatever its numbers.")
    return msg(
        "An order is a customer's document, so a number that two customers share is two orders; one that stands on "
        "several days is one order, dated by the first."
    )
