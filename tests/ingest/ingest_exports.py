"""What the tests of this room ask of a load."""

from typing import Any

from custinsight.ingest import Ingested

HEADER = "No,Date,Customer,Amount"
MAPPING: dict[str, Any] = {
    "name": "log",
    "table": "transactions",
    "columns": {"doc_id": "No", "doc_date": "Date", "customer_id": "Customer", "amount_net": "Amount"},
    "constants": {"currency": "CNY"},
}


def values(ingested: Ingested, column: str, table: str = "transactions") -> list[Any]:
    """Values of a column as Python objects: decimals exact, days as dates, None for nothing."""
    return ingested.tables[table][column].to_pyarrow().to_pylist()


def codes(ingested: Ingested) -> list[tuple[int, str]]:
    return list(zip(ingested.rejects["line"].tolist(), ingested.rejects["code"].tolist(), strict=True))


def report(ingested: Ingested) -> dict[str, int]:
    """Rows of the only file: in, kept, rejected, total lines, out of scope."""
    (row,) = ingested.load_report.to_dict("records")
    return {name.removeprefix("rows_"): row[name] for name in row if name.startswith("rows_")}
