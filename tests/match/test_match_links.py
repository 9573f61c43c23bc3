"""Moving other tables to the golden customers: no row and no cent is lost."""

from decimal import Decimal

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.match import relink

AMOUNTS = {"transactions": "amount_net", "receivables": "amount_open", "interactions": "amount"}
cents = st.integers(-(10**12), 10**12).map(lambda n: Decimal(n) / 100)


@pytest.mark.parametrize("table", AMOUNTS)
@settings(max_examples=20, deadline=None)
@given(
    lines=st.lists(st.tuples(st.sampled_from("abcdefg"), cents), max_size=30),
    golden=st.dictionaries(st.sampled_from("abcde"), st.sampled_from("abcde")),
)
def test_amounts_are_the_same_to_the_cent(table, lines, golden):
    amount = AMOUNTS[table]
    rows = pa.table(
        {
            "customer_id": pa.array([customer for customer, _ in lines], pa.string()),
            amount: pa.array([value for _, value in lines], pa.decimal128(18, 2)),
        }
    )
    links = pa.table(
        {
            "customer_id": pa.array(list(golden), pa.string()),
            "golden_id": pa.array(list(golden.values()), pa.string()),
        }
    )
    moved = relink(ibis.memtable(rows), ibis.memtable(links)).to_pyarrow()
    expected: dict[str, Decimal] = {}
    for customer, value in lines:
        owner = golden.get(customer, customer)
        expected[owner] = expected.get(owner, Decimal(0)) + value
    found: dict[str, Decimal] = {}
    for customer, value in zip(moved["customer_id"].to_pylist(), moved[amount].to_pylist(), strict=True):
        found[customer] = found.get(customer, Decimal(0)) + value
    assert moved.num_rows == len(lines)
    assert found == expected
