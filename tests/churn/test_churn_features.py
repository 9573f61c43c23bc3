import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from custinsight.churn import features, read_records
from custinsight.churn.features import FEATURES
from custinsight.engine import as_table, collect
from custinsight.errors import DataError

CUT = dt.date(2024, 1, 1)


def known(records, day=CUT, horizon=90):
    return collect(features(records, day, horizon).order_by("customer_id"), max_rows=None).set_index("customer_id")


def lines(*rows):
    columns = ["customer_id", "doc_date", "amount_net", "doc_id", "product_id", "category", "quantity", "owner_id"]
    return pd.DataFrame(rows, columns=columns)


BY_HAND = lines(
    ("a", "2023-01-01", 100, "1", "p", "x", 1, "s1"),
    ("a", "2023-03-02", 200, "2", "q", "x", 2, "s1"),
    ("a", "2023-05-31", 300, "3", "p", "y", 2, "s2"),
    ("a", "2023-05-31", 60, "4", "r", "y", 1, "s2"),
    ("b", "2023-12-22", 80, "5", "p", "x", 1, "s1"),
    ("a", "2023-06-10", -90, "6", "p", "y", -1, "s2"),
    ("b", "2024-02-01", 999, "7", "q", "z", 1, "s9"),
)


def test_rhythm_by_hand():
    a = known(read_records(BY_HAND)).loc["a"]
    assert a[["purchases", "age_days", "hiatus_days", "usual_gap_days"]].tolist() == [3, 365, 215, 75]
    assert a["hiatus_over_gap"] == pytest.approx(215 / 75)
    # gaps of 60 and 90 days
    assert a["gap_variation"] == pytest.approx(15 / 75)
    assert a["last_gap_over_usual"] == pytest.approx(90 / 75)
    assert a[["recent_purchases", "year_purchases"]].tolist() == [0, 2]


def test_money_and_range_by_hand():
    table = known(read_records(BY_HAND))
    a = table.loc["a"]
    # days of 100, 200 and 360; the return of 90 stands on a day without a purchase
    assert a["mean_spend"] == pytest.approx(220)
    assert a["last_spend_ratio"] == pytest.approx(360 / 220)
    assert a["year_spend"] == pytest.approx(560)
    assert a["return_share"] == pytest.approx(90 / 560)
    assert a[["products", "categories", "owner_changes"]].tolist() == [3, 2, 1]
    assert table.loc["b", "owner_changes"] == 0


def test_the_discount_is_against_the_mean_price_of_the_year():
    rows = [("a", "2023-06-01", 80, "1", "p", "x", 1, "s"), ("b", "2023-06-01", 120, "2", "p", "x", 1, "s")]
    table = known(read_records(lines(*rows)))
    assert table["discount"].tolist() == pytest.approx([0.2, -0.2])


def test_trend_and_season_need_a_year():
    rows = [("a", day, 10, day, "p", "x", 1, "s") for day in ("2022-06-01", "2023-01-20", "2023-11-01", "2023-12-01")]
    table = known(read_records(lines(*rows, ("b", "2023-06-01", 5, "n", "p", "x", 1, "s"))))
    # two purchases in the last 182 days, one in the 182 before; one in the 90 days after the same day a year before
    assert table.loc["a", ["purchase_trend", "season_purchases"]].tolist() == pytest.approx([1 / 3, 1])
    assert table.loc["b", ["purchase_trend", "season_purchases"]].isna().all()


def test_complaints_contacts_and_payments_as_they_stood():
    records = read_records(
        BY_HAND,
        feedback=pd.DataFrame(
            {
                "customer_id": ["a", "a", "a"],
                "at": ["2023-10-01", "2023-11-01", "2024-01-15"],
                "kind": ["complaint"] * 3,
                "resolved_at": ["2023-10-11", "2024-01-20", None],
            }
        ),
        interactions=pd.DataFrame(
            {
                "customer_id": ["a", "a", "a"],
                "at": ["2023-12-01", "2023-12-20", "2024-01-02"],
                "kind": ["call", "web", "call"],
            }
        ),
        receivables=pd.DataFrame(
            {
                "customer_id": ["a", "a"],
                "doc_date": ["2023-10-01", "2023-10-01"],
                "due_date": ["2023-11-01", "2023-11-01"],
                "paid_date": ["2023-11-11", "2024-01-10"],
            }
        ),
    )
    table = known(records)
    a, b = table.loc["a"], table.loc["b"]
    assert a[["complaints", "open_complaints", "resolution_days"]].tolist() == [2, 1, 10]
    assert a[["contacts", "contact_hiatus_days", "web_visits"]].tolist() == [1, 31, 1]
    assert a[["late_days", "overdue_documents"]].tolist() == [10, 1]
    assert b[["complaints", "contacts", "overdue_documents"]].tolist() == [0, 0, 0]
    assert np.isnan(b["contact_hiatus_days"])


def test_a_list_of_open_documents_alone_tells_nothing_of_the_past():
    columns = ["customer_id", "doc_date", "due_date", "paid_date"]
    records = read_records(
        BY_HAND, receivables=pd.DataFrame([("a", "2023-10-01", "2023-11-01", None)], columns=columns)
    )
    assert "overdue_documents" not in known(records)


def test_features_are_those_that_the_records_allow_in_their_order(log):
    table = known(read_records(log))
    assert table.columns.tolist() == [name for name in FEATURES if name in table.columns]
    plain = known(read_records(log[["customer_id", "doc_date", "amount_net"]]))
    assert "products" not in plain
    assert "hiatus_days" in plain


def test_lazy_tables_give_the_same(log):
    pd.testing.assert_frame_equal(known(read_records(as_table(log))), known(read_records(log)))


def test_some_customers_have_the_features_that_they_have_among_all(log):
    records = read_records(log)
    every = known(records)
    wanted = every.index[::7]
    some = features(records, CUT, 90, as_table(pd.DataFrame({"customer_id": list(wanted)})))
    some = collect(some.order_by("customer_id"), max_rows=None).set_index("customer_id")
    pd.testing.assert_frame_equal(some, every.loc[wanted], check_exact=True)


def test_nobody_had_bought_by_then(log):
    with pytest.raises(DataError, match="by which somebody had bought"):
        features(read_records(log), "2020-01-01")


def test_a_missing_column_is_named():
    with pytest.raises(DataError, match="The feedback must have the columns kind"):
        read_records(BY_HAND, feedback=pd.DataFrame({"customer_id": ["a"], "at": ["2023-01-01"]}))


DAYS = st.dates(dt.date(2022, 6, 1), dt.date(2024, 12, 31))
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c"]),
        DAYS,
        st.integers(-50, 300),
        st.sampled_from(["1", "2", "3", "4", "5"]),
        st.sampled_from(["p", "q"]),
        st.sampled_from(["x", "y"]),
        st.integers(1, 4),
        st.sampled_from(["s1", "s2"]),
    ),
    min_size=3,
    max_size=25,
)
EVENTS = st.lists(st.tuples(st.sampled_from(["a", "b"]), DAYS, DAYS), max_size=6)


def _others(events):
    pairs = [(who, min(one, two), max(one, two)) for who, one, two in events]
    frame = pd.DataFrame(pairs, columns=["customer_id", "one", "two"])
    return {
        "feedback": frame.rename(columns={"one": "at", "two": "resolved_at"}).assign(kind="complaint"),
        "interactions": frame.rename(columns={"one": "at"}).drop(columns="two").assign(kind="call"),
        # one document paid before the cut, so that the list is taken for one with paid documents
        "receivables": pd.concat(
            [
                frame.rename(columns={"one": "doc_date", "two": "paid_date"}).assign(due_date=dt.date(2023, 6, 1)),
                pd.DataFrame(
                    {
                        "customer_id": ["c"],
                        "doc_date": [dt.date(2022, 7, 1)],
                        "paid_date": [dt.date(2022, 8, 1)],
                        "due_date": [dt.date(2022, 8, 1)],
                    }
                ),
            ]
        ),
    }


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, events=EVENTS, order=st.randoms(use_true_random=False), drop=st.booleans())
def test_nothing_dated_later_moves_a_feature(rows, events, order, drop):
    """Shuffle or delete what is dated after the cut: lines, complaints and their ends, contacts, payments."""
    first = ("a", dt.date(2022, 5, 1), 10, "0", "p", "x", 1, "s1")
    before = known(read_records(lines(first, *rows), **_others(events)))
    later = [row for row in rows if row[1] > CUT]
    values = [row[2:] for row in later]
    order.shuffle(values)
    moved = (
        []
        if drop
        else [(row[0], row[1] + dt.timedelta(days=9), *rest) for row, rest in zip(later, values, strict=True)]
    )
    # a return that names no purchase is an order of its own document: only documents of later lines may change
    kept = [row for row in rows if row[1] <= CUT]
    changed = [
        (who, at, end if end <= CUT else end + dt.timedelta(days=30))
        for who, at, end in [(who, min(one, two), max(one, two)) for who, one, two in events]
        if at <= CUT
    ]
    after = known(read_records(lines(first, *kept, *moved), **_others(changed)))
    pd.testing.assert_frame_equal(before, after, check_exact=True)
