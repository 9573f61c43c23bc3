import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.clean import CLEANED_COLUMNS, clean_customers, revert

TEXTS = st.one_of(
    st.none(),
    st.text(max_size=15),
    st.sampled_from(
        ["１３９１２３４５６７８", "li＠example.com", "无", "9111 0000 8021 0043 3B", "010-62345678", "上海\u3000市"]
    ),
)
COLUMNS = ("customer_name", "mobile", "phone", "email", "tax_id", "city", "contact_name")


@st.composite
def customers(draw):
    n = draw(st.integers(1, 5))
    frame = {column: draw(st.lists(TEXTS, min_size=n, max_size=n)) for column in COLUMNS}
    numbers = [f"{i:03d}" for i in range(n)]
    return pd.DataFrame({"source_system": "ERP", "source_id": numbers, **frame})


def same(left: pd.DataFrame, right: pd.DataFrame) -> bool:
    """Compare texts to the character; missing is missing."""
    a, b = (frame.astype(object).where(frame.notna(), None).to_numpy().tolist() for frame in (left, right))
    return a == b


def test_each_change_is_one_row(dirty):
    cleaned = clean_customers(dirty)
    given = dirty.set_index(["source_system", "source_id"])
    for change in cleaned.changes.to_dict("records"):
        old = given.loc[[(change["source_system"], change["source_id"])], change["column"]].iloc[0]
        assert (old if isinstance(old, str) else None) == (change["old"] if isinstance(change["old"], str) else None)
    assert not cleaned.changes.duplicated(["source_system", "source_id", "column"]).any()
    assert cleaned.changes["certainty"].between(0, 1).all()
    assert set(cleaned.changes["column"]) <= set(CLEANED_COLUMNS)


def test_no_change_no_row():
    given = pd.DataFrame({"source_id": ["1"], "customer_name": ["华东贸易有限公司"], "email": ["li@example.com"]})
    assert clean_customers(given).changes.empty


def test_reverting_gives_the_original_back(dirty):
    cleaned = clean_customers(dirty)
    restored = revert(cleaned.table, cleaned.changes)
    kept = dirty.iloc[[3, 0, 2, 1]]
    assert same(restored[list(COLUMNS)], kept[list(COLUMNS)])


@given(customers())
@settings(max_examples=40, deadline=None)
def test_reverting_gives_any_original_back(given_customers):
    cleaned = clean_customers(given_customers)
    kept = given_customers[given_customers["source_id"].isin(cleaned.table["source_id"])]
    restored = revert(cleaned.table, cleaned.changes)
    assert same(restored[list(given_customers.columns)], kept)
    assert len(cleaned.table) + len(cleaned.rejects) == len(given_customers)


@given(customers())
@settings(max_examples=25, deadline=None)
def test_cleaning_any_customers_twice_changes_nothing_more(given_customers):
    once = clean_customers(given_customers)
    twice = clean_customers(once.table)
    assert same(twice.table[list(COLUMNS)], once.table[list(COLUMNS)])
    assert twice.changes.empty
