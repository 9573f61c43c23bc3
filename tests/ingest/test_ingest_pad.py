"""Leading zeros that a spreadsheet has taken, put back by the plan."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ingest_exports import HEADER, MAPPING, values
from pydantic import ValidationError

from custinsight.errors import SourceError
from custinsight.plan import Source


def test_codes_of_digits_get_leading_zeros_and_are_counted(load):
    codes = ["123", "1234567", "X12", "１２", " 7 ", "001234"]
    body = "".join(f"A{n},2024-01-05,{code},1\n" for n, code in enumerate(codes))
    ingested = load(f"{HEADER}\n{body}", pad={"customer_id": 6})
    assert values(ingested, "customer_id") == ["000123", "1234567", "X12", "000012", "000007", "001234"]
    assert ingested.load_report["problems"].iloc[0] == "3 codes of customer_id got leading zeros, up to 6 digits."


def test_nothing_is_padded_that_is_not_declared(load):
    assert values(load(f"{HEADER}\nA1,2024-01-05,123,1\n"), "customer_id") == ["123"]


def test_the_number_in_the_source_is_padded_with_the_customers(load):
    people = {"table": "customers", "columns": {"customer_id": "Id", "customer_name": "Name"}, "constants": {}}
    ingested = load("Id,Name\n7,Ann\n", **people, pad={"customer_id": 4})
    assert values(ingested, "source_id", "customers") == values(ingested, "customer_id", "customers") == ["0007"]


def test_codes_that_came_as_numbers_are_padded(load, tmp_path):
    for kind in (pa.int64(), pa.float64()):
        table = pa.table({"No": ["A1", "A2"], "Date": ["2024-01-05"] * 2, "Customer": pa.array([123, 7654321], kind)})
        pq.write_table(table.append_column("Amount", pa.array([1, 2])), tmp_path / "log.parquet")
        assert values(load(path="log.parquet", pad={"customer_id": 6}), "customer_id") == ["000123", "7654321"]


@pytest.mark.parametrize("pad", [{"doc_date": 6}, {"owner_id": 6}, {"customer_id": 1}])
def test_only_codes_that_the_file_fills_can_be_padded(pad):
    with pytest.raises(ValidationError, match="pad"):
        Source.model_validate({**MAPPING, "pad": pad})


def test_a_code_of_a_lookup_cannot_be_padded(load, tmp_path):
    (tmp_path / "orders.csv").write_text("Order,Customer\nA1,7\n")
    with pytest.raises(
        SourceError, match=r"sources\.log\.pad\.customer_id names the column 'Customer', which log\.csv"
    ):
        load(
            "No,Date,Amount\nA1,2024-01-05,1\n",
            lookups=[{"path": "orders.csv", "on": {"No": "Order"}}],
            pad={"customer_id": 6},
        )
