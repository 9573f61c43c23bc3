"""Drivers by dimension and price, quantity, mix: by hand, and always summing to the change."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.base import lenses, movement, read_purchases
from custinsight.errors import DataError


def goods(*rows, **more):
    frame = pd.DataFrame([list(row) for row in rows], columns=["doc_date", "product_id", "quantity", "amount_net"])
    return frame.assign(customer_id="a", doc_id=range(len(frame)), **more)


def amounts(frame, before="2023", after="2024"):
    found = movement.price_quantity_mix(frame, before, after)
    return found.set_index("effect")["amount"].to_dict()


def test_price_and_quantity_by_hand():
    # 10 at 10 -> 20 at 12: half of each order of changing, 2 × 15 and 10 × 11
    assert amounts(goods(("2023-01-03", "p", 10, 100), ("2024-01-03", "p", 20, 240))) == {
        "price": 30,
        "quantity": 110,
        "mix": 0,
        "new_products": 0,
        "dropped_products": 0,
        "unmeasured": 0,
    }


def test_the_mix_by_hand():
    # the same quantity in all, one dearer product more and a cheaper one less
    frame = goods(
        ("2023-01-03", "p", 10, 100),
        ("2023-01-03", "q", 10, 20),
        ("2024-01-03", "p", 15, 150),
        ("2024-01-03", "q", 5, 10),
    )
    found = amounts(frame)
    assert found["mix"] == pytest.approx(40)
    assert found["price"] == found["quantity"] == pytest.approx(0)


def test_unit_costs_have_an_effect_of_their_own():
    found = amounts(goods(("2023-01-03", "p", 10, 100), ("2024-01-03", "p", 10, 120), cost=[50, 80]))
    assert found["price"] == pytest.approx(20)
    assert found["cost"] == pytest.approx(-30)
    assert found["quantity"] == found["mix"] == pytest.approx(0)


def test_new_dropped_and_unmeasured_goods_by_hand():
    frame = goods(
        ("2023-01-03", "old", 1, 7),
        ("2024-01-03", "new", 1, 9),
        ("2023-01-03", None, 1, 1),
        ("2024-01-03", "p", None, 5),
    )
    found = amounts(frame)
    assert (found["new_products"], found["dropped_products"], found["unmeasured"]) == (9, -7, 4)


def test_kilogrammes_and_pieces_are_not_added_up():
    frame = goods(
        ("2023-01-03", "p", 1000, 100),
        ("2023-01-03", "q", 1, 100),
        ("2024-01-03", "p", 1000, 100),
        ("2024-01-03", "q", 2, 200),
        unit=["kg", "pc", "kg", "pc"],
    )
    found = amounts(frame)
    assert found["quantity"] == pytest.approx(100)
    assert found["mix"] == pytest.approx(0)


def test_a_return_takes_quantity_and_money_back_whatever_its_sign():
    frame = goods(
        ("2023-01-03", "p", 10, 100), ("2024-01-03", "p", 12, 120), ("2024-02-03", "p", 2, 20),
        doc_type=["invoice", "invoice", "return"],
    )  # fmt: skip
    assert set(amounts(frame).values()) == {0}


def test_lines_without_products_cannot_be_split():
    with pytest.raises(DataError, match="there is no product_id"):
        movement.price_quantity_mix(goods().drop(columns="product_id"), "2023", "2024")


def test_no_line_gives_zeros():
    assert set(amounts(goods())) == {"price", "quantity", "mix", "new_products", "dropped_products", "unmeasured"}
    assert set(amounts(goods()).values()) == {0.0}


row = st.tuples(
    st.sampled_from(["2023-02-01", "2024-03-01"]),
    st.sampled_from(["p", "q", "r", None]),
    st.one_of(st.integers(-3, 9), st.none()),
    st.integers(-40, 90),
    st.one_of(st.integers(-30, 60), st.none()),
)


def change_of(frame):
    """Change of profit, or of spend without any cost, worked out apart."""
    amount = frame["amount_net"].astype("float64")
    value = (amount - frame["cost"].astype("float64")).fillna(0.0) if frame["cost"].notna().any() else amount
    years = value.groupby(frame["doc_date"].str[:4]).sum()
    return years.get("2024", 0.0) - years.get("2023", 0.0)


@settings(max_examples=12, deadline=None)
@given(st.lists(row, max_size=14))
def test_price_quantity_and_mix_always_sum_to_the_change(rows):
    frame = goods(*[one[:4] for one in rows], cost=pd.Series([one[4] for one in rows], dtype="float64"))
    found = movement.price_quantity_mix(frame, "2023", "2024")
    assert found["amount"].notna().all()
    assert found["amount"].sum() == pytest.approx(change_of(frame), abs=1e-6)


def test_price_quantity_and_mix_of_a_real_log_sum_to_the_cent(retail):
    found = movement.price_quantity_mix(retail, "2010", "2011")
    spend = retail.groupby(retail["doc_date"].dt.year)["amount_net"].sum()
    assert found["amount"].sum() == pytest.approx(spend[2011] - spend[2010], abs=0.005)


@pytest.fixture(scope="module")
def retail(shared_data):
    frame = pd.read_parquet(shared_data / "onlineretail.parquet")
    names = {"InvoiceNo": "doc_id", "StockCode": "product_id", "Quantity": "quantity", "InvoiceDate": "doc_date"}
    frame = frame.rename(columns=names).dropna(subset="CustomerID")
    return frame.assign(
        amount_net=(frame["quantity"] * frame["UnitPrice"]).round(2),
        customer_id=frame["CustomerID"].astype("int64").astype("str"),
    )


def test_drivers_by_a_dimension_of_lines_by_hand(lines):
    frame = lines(
        ("a", "1", "2023-05-01", 100),
        ("a", "2", "2024-05-01", 100),
        ("a", "3", "2024-05-02", 50),
        ("b", "4", "2024-06-01", 80),
        channel=["web", "web", "shop", "web"],
    )
    found = movement.drivers(frame, "2023", "2024", by="channel")
    web = found[found["channel"] == "web"].set_index("factor")
    assert web.loc["customers", ["before", "after"]].tolist() == [1, 2]
    assert web["effect"].sum() == pytest.approx(80)
    assert found.drop_duplicates("channel").set_index("channel")["change"].to_dict() == pytest.approx(
        {"web": 80, "shop": 50}
    )


def test_drivers_by_a_dimension_of_customers_take_what_is_not_stated_along(lines):
    people = pd.DataFrame({"customer_id": ["a", "b"], "region": ["east", None]})
    frame = lines(("a", "1", "2023-05-01", 10), ("b", "2", "2024-05-01", 30), ("c", "3", "2024-05-01", 5))
    found = movement.drivers(read_purchases(frame), "2023", "2024", "region", people)
    assert found.groupby("region", dropna=False)["effect"].sum().sum() == pytest.approx(25)
    assert found["region"].isna().sum() == 3


@settings(max_examples=8, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"), st.sampled_from("123456"), st.sampled_from(["2023-03-01", "2024-03-01"]),
            st.integers(-20, 50), st.integers(0, 40), st.sampled_from(["web", "shop", None]),
        ),
        max_size=15,
    )
)  # fmt: skip
def test_drivers_by_dimension_sum_to_the_change_of_the_whole(rows):
    columns = ["customer_id", "doc_id", "doc_date", "amount_net", "cost", "channel"]
    frame = pd.DataFrame(rows, columns=columns).astype({"customer_id": "str", "channel": "str"})
    found = movement.drivers(frame, "2023", "2024", by="channel")
    if frame.empty:
        assert found.empty
        return
    assert found["effect"].sum() == pytest.approx(change_of(frame), abs=1e-6)
    assert not found["effect"].isna().any()


def test_drivers_of_a_real_log_by_channel_sum_to_the_cent(fh):
    found = movement.drivers(fh, "2017", "2018", by="channel")
    spend = [lenses.one_period(fh, year).totals["spend"] for year in ("2017", "2018")]
    assert found["effect"].sum() == pytest.approx(spend[1] - spend[0], abs=0.005)


def test_purchases_have_no_lines_to_split(lines):
    with pytest.raises(DataError, match="need the lines themselves"):
        movement.drivers(read_purchases(lines(("a", "1", "2023-05-01", 10))), "2023", "2024", by="channel")
