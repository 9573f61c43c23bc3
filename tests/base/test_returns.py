"""Which purchase a return undoes: one hand-computed case for each kind, and the same by a plain stack on real data."""

from collections import defaultdict
from pathlib import Path

import pandas as pd
import pytest

from custinsight import engine
from custinsight.base import link_returns, summarise


def linked(*rows, **more):
    """Lines (customer, document, day, product, amount), and the links of their returns in the order of documents."""
    columns = ["customer_id", "doc_id", "doc_date", "product_id", "amount_net"]
    frame = pd.DataFrame([list(row) for row in rows], columns=columns).assign(**more)
    frame["doc_date"] = pd.to_datetime(frame["doc_date"])
    found = link_returns(frame)
    return found.transactions, found.links.sort_values(["doc_id", "product_id"], ignore_index=True)


def said(links):
    return [
        (row.how, row.candidates, None if pd.isna(row.purchase_id) else row.purchase_id) for row in links.itertuples()
    ]


def test_a_return_is_matched_to_the_one_purchase_of_its_customer_product_and_amount():
    _, links = linked(
        ("a", "1", "2024-01-05", "bolt", 50),
        ("a", "2", "2024-01-06", "bolt", 60),
        ("a", "3", "2024-01-07", "nut", 50),
        ("b", "4", "2024-01-08", "bolt", 50),
        ("a", "C1", "2024-02-01", "bolt", -50),
    )
    assert said(links) == [("matched", 1, "1")]
    assert links["purchase_date"].iloc[0] == pd.Timestamp("2024-01-05")


def test_of_several_purchases_the_newest_is_taken_and_the_ambiguity_told():
    _, links = linked(
        ("a", "1", "2024-01-05", "bolt", 50),
        ("a", "2", "2024-01-06", "bolt", 50),
        ("a", "C1", "2024-02-01", "bolt", -50),
    )
    assert said(links) == [("ambiguous", 2, "2")]


def test_a_purchase_is_returned_once():
    _, links = linked(
        ("a", "1", "2024-01-05", "bolt", 50),
        ("a", "2", "2024-01-06", "bolt", 50),
        ("a", "C1", "2024-02-01", "bolt", -50),
        ("a", "C2", "2024-02-02", "bolt", -50),
        ("a", "C3", "2024-02-03", "bolt", -50),
    )
    assert said(links) == [("ambiguous", 2, "2"), ("matched", 1, "1"), ("none", 0, None)]


def test_a_return_cannot_undo_a_later_purchase():
    _, links = linked(("a", "C1", "2024-01-05", "bolt", -50), ("a", "1", "2024-01-06", "bolt", 50))
    assert said(links) == [("none", 0, None)]


def test_a_purchase_of_the_same_day_comes_before_its_return():
    _, links = linked(("a", "C1", "2024-01-05", "bolt", -50), ("a", "1", "2024-01-05", "bolt", 50))
    assert said(links) == [("matched", 1, "1")]


def test_two_lines_of_one_document_are_no_ambiguity():
    _, links = linked(
        ("a", "1", "2024-01-05", "bolt", 50),
        ("a", "1", "2024-01-05", "bolt", 50),
        ("a", "C1", "2024-02-01", "bolt", -50),
    )
    assert said(links) == [("matched", 1, "1")]


def test_a_named_purchase_is_taken_whatever_its_amount_and_leaves_the_others():
    _, links = linked(
        ("a", "1", "2024-01-05", "bolt", 50),
        ("a", "2", "2024-01-06", "bolt", 50),
        ("a", "C1", "2024-02-01", "bolt", -50),
        ("a", "C2", "2024-02-02", "bolt", -50),
        return_of=[None, None, "2", None],
    )
    assert said(links) == [("named", 0, "2"), ("matched", 1, "1")]


@pytest.mark.parametrize("customer", ["a", "b"])
def test_a_name_that_the_customers_purchases_lack_is_told(customer):
    _, links = linked(
        (customer, "1", "2024-01-05", "bolt", 50),
        ("a", "C1", "2024-02-01", "bolt", -50),
        return_of=[None, "9" if customer == "a" else "1"],
    )
    assert said(links) == [("missing", 0, None)]


def test_a_negative_line_on_an_invoice_belongs_to_it_and_uses_its_purchase_up():
    _, links = linked(
        ("a", "1", "2024-01-05", "bolt", 50),
        ("a", "1", "2024-01-05", "bolt", -50),
        ("a", "C1", "2024-02-01", "bolt", -50),
    )
    assert said(links) == [("own", 0, "1"), ("none", 0, None)]


def test_without_product_or_in_another_currency_nothing_is_matched():
    _, links = linked(
        ("a", "1", "2024-01-05", None, 50),
        ("a", "2", "2024-01-05", "bolt", 50),
        ("a", "C1", "2024-02-01", None, -50),
        ("a", "C2", "2024-02-01", "bolt", -50),
        currency=["CNY", "CNY", "CNY", "USD"],
    )
    assert said(links) == [("none", 0, None), ("none", 0, None)]


def test_a_return_with_a_positive_amount_is_one_by_its_type():
    _, links = linked(
        ("a", "1", "2024-01-05", "bolt", 50),
        ("a", "R1", "2024-02-01", "bolt", 50),
        doc_type=["invoice", "return"],
    )
    assert said(links) == [("matched", 1, "1")]


def test_an_order_whose_returns_were_matched_is_no_purchase():
    lines, _ = linked(
        ("a", "1", "2024-01-05", "bolt", 50),
        ("a", "1", "2024-01-05", "nut", 20),
        ("a", "2", "2024-01-09", "bolt", 30),
        ("a", "C1", "2024-02-01", "bolt", -50),
        ("a", "C2", "2024-02-02", "nut", -20),
    )
    summary = summarise(lines, end="2024-12-31", unit="D")
    assert summary[["frequency", "T"]].to_numpy().tolist() == [[0, 357]]


def test_lines_come_back_as_they_were_but_for_the_names():
    lines, _ = linked(
        ("a", "1", "2024-01-05", "bolt", 50), ("a", "C1", "2024-02-01", "bolt", -50), ("a", "C2", "2024-02-01", "x", -1)
    )
    by_document = lines.set_index("doc_id")
    assert by_document["amount_net"].to_dict() == {"1": 50, "C1": -50, "C2": -1}
    assert by_document["return_of"].dropna().to_dict() == {"C1": "1"}


def test_matching_can_be_turned_off():
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "a"],
            "doc_id": ["1", "C1"],
            "doc_date": pd.to_datetime(["2024-01-05", "2024-02-05"]),
            "product_id": ["x", "x"],
            "amount_net": [5.0, -5.0],
        }
    )
    assert link_returns(frame, match=False).links["how"].tolist() == ["none"]


def _by_stack(lines: pd.DataFrame) -> pd.Series:
    """How each return without a name is linked, worked out one line after the other."""
    stacks, found = defaultdict(list), []
    lines = lines.assign(back=lines["amount_net"] < 0).sort_values(["doc_date", "back", "doc_id"], kind="stable")
    for row in lines.itertuples():
        stack = stacks[row.customer_id, row.product_id, abs(row.amount_net)]
        if not row.back:
            if row.amount_net > 0:
                stack.append(row.doc_id)
            continue
        how = "none" if not stack else "ambiguous" if len(set(stack)) > 1 else "matched"
        found.append(
            (row.customer_id, row.doc_id, row.product_id, abs(row.amount_net), how, stack.pop() if stack else "")
        )
    columns = ["customer_id", "doc_id", "product_id", "amount", "how", "purchase_id"]
    return pd.DataFrame(found, columns=columns).sort_values(columns, ignore_index=True)


@pytest.fixture(scope="module")
def onlineretail(shared_data: Path) -> pd.DataFrame:
    """The lines with a customer; a credit note's number begins with C and names no invoice."""
    con = engine.connect()
    return con.con.execute(
        """SELECT CAST(CAST(CustomerID AS BIGINT) AS VARCHAR) AS customer_id, InvoiceNo AS doc_id,
        CAST(InvoiceDate AS DATE) AS doc_date, StockCode AS product_id,
        round(Quantity * CAST(UnitPrice AS DOUBLE), 4) AS amount_net
        FROM read_parquet(?) WHERE CustomerID IS NOT NULL""",
        [str(shared_data / "onlineretail.parquet")],
    ).df()


def test_credit_notes_of_online_retail_are_linked_as_a_plain_stack_links_them(onlineretail):
    expected = _by_stack(onlineretail)
    links = link_returns(onlineretail).links
    links = links.assign(purchase_id=links["purchase_id"].fillna(""))[list(expected.columns)]
    links = links.sort_values(list(expected.columns), ignore_index=True)
    pd.testing.assert_frame_equal(links, expected, check_dtype=False)
    assert links["how"].value_counts().to_dict() == {"none": 6_028, "matched": 2_185, "ambiguous": 692}
