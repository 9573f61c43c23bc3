"""Whether a document's number tells one order from another: numbers that several customers or several days share."""

from __future__ import annotations

import ibis

from custinsight.engine import Tabular, as_table, require_columns


def check_order_key(transactions: Tabular) -> ibis.Table:
    """One row per source system: how many numbers there are, and how many several customers or days share.

    Parameters
    ----------
    transactions : pandas frame, Arrow table or ibis table
        Lines with customer_id, doc_id, doc_date and amount_net; optionally doc_type and source_system. Returns are
        left out.

    Returns
    -------
    ibis.Table
        source_system, numbers (different document numbers), orders (of customer and number), shared_numbers (used by
        several customers), shared_orders (orders that bear such a number), long_numbers (used on several days),
        long_orders (orders of one customer with lines on several days).

    Examples
    --------
    >>> import pandas as pd
    >>> lines = pd.DataFrame({"customer_id": ["a", "b", "b"], "doc_id": ["1", "1", "2"], "amount_net": [5, 5, 5],
    ...                       "doc_date": ["2024-01-03", "2024-01-03", "2024-01-04"]})
    >>> check_order_key(lines).to_pandas()[["numbers", "orders", "shared_numbers"]].values.tolist()
    [[2, 3, 1]]
    """
    table = as_table(transactions)
    require_columns(table, ("customer_id", "doc_id", "doc_date", "amount_net"), name="The table transactions")
    if "source_system" not in table.columns:
        table = table.mutate(source_system=ibis.literal(""))
    if "doc_type" in table.columns:
        table = table.filter((table.doc_type != "return").fill_null(True))
    lines = table.filter(table.amount_net >= 0, table.customer_id.notnull(), table.doc_id.notnull())
    day = lines.doc_date.cast("date")
    orders = lines.group_by("source_system", "doc_id", "customer_id").agg(first=day.min(), last=day.max())
    numbers = orders.group_by("source_system", "doc_id").agg(
        customers=orders.count(),
        long_orders=(orders.first < orders["last"]).cast("int64").sum(),
        is_long=orders.first.min() < orders["last"].max(),
    )
    shared = numbers.customers > 1
    return numbers.group_by("source_system").agg(
        numbers=numbers.count(),
        orders=numbers.customers.sum(),
        shared_numbers=shared.cast("int64").sum(),
        shared_orders=ibis.ifelse(shared, numbers.customers, 0).sum(),
        long_numbers=numbers.is_long.cast("int64").sum(),
        long_orders=numbers.long_orders.sum(),
    )
