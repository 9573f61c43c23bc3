"""Golden ids over many periods: they stay with the core of a customer, whatever is edited, merged or split."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.match.identity import _inherit, _overlaps, _tell, golden_history, keep_ids

PERIODS = 8


def clustered(groups: list[list[str]]) -> pd.DataFrame:
    rows = [(record, number, min(group)) for number, group in enumerate(groups) for record in group]
    return pd.DataFrame(rows, columns=["customer_id", "cluster", "representative"])


def ids_of(groups: list[list[str]], earlier: dict[str, str]) -> dict[str, str]:
    records = clustered(groups)
    return dict(zip(records["customer_id"], keep_ids(records, earlier), strict=True))


@pytest.mark.parametrize(
    ("groups", "earlier", "expected"),
    [
        pytest.param([["1", "2"]], {"1": "1", "2": "1"}, {"1": "1", "2": "1"}, id="stays"),
        pytest.param([["0", "2"]], {"2": "2"}, {"0": "2", "2": "2"}, id="an earlier record joins"),
        pytest.param([["1", "2", "3"]], {"1": "1", "2": "2", "3": "2"}, dict.fromkeys("123", "2"), id="larger keeps"),
        pytest.param([["1", "2"]], {"1": "1", "2": "2"}, {"1": "1", "2": "1"}, id="equal: the representative's"),
        pytest.param([["1"], ["2", "3"]], dict.fromkeys("123", "1"), {"1": "1-2", "2": "1", "3": "1"}, id="core keeps"),
        pytest.param([["1"], ["2"]], dict.fromkeys("12", "1"), {"1": "1", "2": "2"}, id="equal: its own number"),
        pytest.param(
            [["2", "3"]], dict.fromkeys("123", "1"), {"2": "1", "3": "1"}, id="the record it is named by goes"
        ),
        pytest.param([["1"], ["2"]], {"1": "2", "2": "2"}, {"1": "1", "2": "2"}, id="a merged id comes back"),
    ],
)
def test_rules(groups: list[list[str]], earlier: dict[str, str], expected: dict[str, str]) -> None:
    assert ids_of(groups, earlier) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 6), min_size=12, max_size=12), min_size=PERIODS, max_size=PERIODS))
def test_over_eight_periods_ids_stay_with_the_core(periods: list[list[int]]) -> None:
    earlier: dict[str, str] = {}
    for clusters in periods:
        groups = [[f"{i:02d}" for i, c in enumerate(clusters) if c == k and c] for k in range(7)]
        groups = [group for group in groups if group]
        if not groups:
            continue
        now = ids_of(groups, earlier)
        ids = [{now[record] for record in group} for group in groups]
        assert all(len(found) == 1 for found in ids)
        assert len(set.union(*ids)) == len(groups)
        sizes = pd.Series(earlier).value_counts()
        for group, (found,) in zip(groups, ids, strict=True):
            before = pd.Series([earlier.get(record) for record in group]).value_counts()
            # whoever keeps more than half of a customer, and is for more than half made of it, is that customer
            for golden, shared in before.items():
                if shared * 2 > sizes[golden] and shared * 2 > sum(before):
                    assert found == golden
        history = golden_history(frame(now), frame(earlier)).set_index("golden_id")
        assert set(history.index) == set(now.values()) | set(earlier.values())
        assert set(history.index[history["event"].isin(["kept", "new", "split"])]) == set(now.values())
        assert history["records"].sum() == len(now)
        assert history["records_before"].sum() == len(earlier)
        earlier = now


def frame(ids: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list(ids), "golden_id": list(ids.values())}).astype("str")


def test_history_names_merges_splits_and_what_is_gone() -> None:
    before = frame({"1": "1", "2": "2", "3": "3", "4": "3", "5": "3", "6": "6"})
    now = frame({"1": "1", "2": "1", "3": "3-2", "4": "3", "5": "3", "7": "7"})
    history = golden_history(now, before).fillna({"other_id": ""}).set_index("golden_id")
    assert history[["event", "other_id"]].apply(tuple, axis=1).to_dict() == {
        "1": ("kept", ""),
        "2": ("merged", "1"),
        "3": ("kept", ""),
        "3-2": ("split", "3"),
        "6": ("gone", ""),
        "7": ("new", ""),
    }


def test_the_order_of_the_records_does_not_matter() -> None:
    records = clustered([["1"], ["2", "3"], ["4", "5"], ["6"]])
    earlier = {"1": "1", "2": "1", "3": "1", "4": "4", "6": "4"}
    expected = dict(zip(records["customer_id"], keep_ids(records, earlier), strict=True))
    for seed in range(5):
        mixed = records.iloc[np.random.default_rng(seed).permutation(len(records))]
        assert dict(zip(mixed["customer_id"], keep_ids(mixed, earlier), strict=True)) == expected


assigned = st.lists(st.integers(0, 5), min_size=10, max_size=10)


@settings(max_examples=100, deadline=None)
@given(assigned, assigned)
def test_customers_passed_over_are_told_as_if_they_were_looked_into(now: list[int], before: list[int]) -> None:
    after, earlier = ({f"{i:02d}": "abcdef"[k] for i, k in enumerate(clusters) if k} for clusters in (now, before))
    pd.testing.assert_frame_equal(golden_history(frame(after), frame(earlier)), _tell(frame(after), frame(earlier)))


@settings(max_examples=100, deadline=None)
@given(assigned, assigned)
def test_ids_kept_at_a_glance_are_those_that_the_rules_keep(now: list[int], before: list[int]) -> None:
    records = clustered([group for k in range(1, 6) if (group := [f"{i:02d}" for i, c in enumerate(now) if c == k])])
    earlier = {f"{i:02d}": "abcdef"[k] for i, k in enumerate(before) if k}
    kept = records.assign(kept=keep_ids(records, earlier)).drop_duplicates("cluster").set_index("cluster")["kept"]
    known = records.assign(before=records["customer_id"].map(earlier)).dropna(subset="before")
    if len(known):
        ruled = _inherit(_overlaps(known))
        assert kept[ruled.index].tolist() == ruled.tolist()
