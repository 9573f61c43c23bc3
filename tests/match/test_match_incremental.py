"""A later period on the demo's records: what is new finds its customer, what did not change stays where it was."""

from itertools import pairwise

import pandas as pd
import pytest

from custinsight import engine
from custinsight.match import Decision, deduplicate, evaluate, relink
from custinsight.match.matching import Matched


def ids(matched: Matched) -> dict[str, str]:
    return dict(zip(matched.links["customer_id"], matched.links["golden_id"], strict=True))


@pytest.fixture(scope="module")
def periods(cleaned: pd.DataFrame) -> list[pd.DataFrame]:
    """Eight exports: records join, some are edited (and later edited back), some vanish."""
    mixed = cleaned.sample(frac=1, random_state=3).reset_index(drop=True)
    exports = []
    for n in range(8):
        known = mixed.iloc[: 620 + 30 * n].copy()
        edited = known.index % 40 == n
        known.loc[edited, ["phone_key", "mobile"]] = None
        exports.append(known[known.index % 90 != n])
    return exports


@pytest.fixture(scope="module")
def matches(periods: list[pd.DataFrame]) -> list[Matched]:
    found = [deduplicate(periods[0])]
    for customers in periods[1:]:
        found.append(deduplicate(customers, earlier=found[-1]))
    return found


def test_later_periods_are_matched_with_what_the_first_learnt(matches: list[Matched]) -> None:
    assert all(later.model.settings == matches[0].model.settings for later in matches[1:])


def test_customers_are_found_as_well_as_by_a_full_match(matches, periods, demo) -> None:
    whole = evaluate(ids(deduplicate(periods[-1])), demo[1])
    later = evaluate(ids(matches[-1]), demo[1])
    assert later["pair_precision"] >= 0.97
    assert later["pair_f1"] >= whole["pair_f1"] - 0.01


def test_golden_ids_stay_over_eight_periods(matches: list[Matched]) -> None:
    for before, now in pairwise(matches):
        history = now.history.set_index("golden_id")
        assert set(history.index[history["records"] > 0]) == set(now.golden["customer_id"])
        old, new = ids(before), ids(now)
        stays = [old[record] == new[record] for record in old.keys() & new.keys()]
        assert sum(stays) / len(stays) >= 0.98
        moved = {old[record] for record in old.keys() & new.keys() if old[record] != new[record]}
        told = history[history["event"].isin(["merged", "split"])]
        assert moved <= set(told.index) | set(told["other_id"])


def test_nothing_new_changes_nothing(matches, periods) -> None:
    again = deduplicate(periods[-1], earlier=matches[-1])
    pd.testing.assert_frame_equal(again.links, matches[-1].links)
    pd.testing.assert_frame_equal(again.golden, matches[-1].golden)
    assert set(again.history["event"]) == {"kept"}


def test_twice_the_same_to_the_byte(matches, periods) -> None:
    again = deduplicate(periods[1].sample(frac=1, random_state=1), earlier=matches[0])
    for name in ("links", "golden", "origins", "groups", "reasons", "history", "review"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(matches[1], name))
    assert again.scored.pairs.equals(matches[1].scored.pairs)


def test_many_new_records_are_matched_anew_but_ids_are_kept(matches, periods) -> None:
    anew = deduplicate(periods[1], earlier=matches[0], anew_from=0)
    assert anew.model.settings != matches[0].model.settings
    old, new = ids(matches[0]), ids(anew)
    assert sum(old[record] == new[record] for record in old.keys() & new.keys()) / len(old) >= 0.95


def test_amounts_reconcile_to_the_cent_over_all_periods(matches, periods) -> None:
    for matched, customers in zip(matches, periods, strict=True):
        money = pd.DataFrame({"customer_id": customers["customer_id"], "cents": range(1, len(customers) + 1)})
        moved = relink(money, matched.links)
        assert (len(moved), moved["cents"].sum()) == (len(money), money["cents"].sum())
        assert set(moved["customer_id"]) == set(matched.golden["customer_id"])


def test_every_origin_is_a_record_of_that_customer(matches) -> None:
    matched = matches[-1]
    of = {(row.source_system, row.source_id): row.golden_id for row in matched.links.itertuples()}
    assert len(matched.origins)
    assert all(of[row.source_system, row.source_id] == row.golden_id for row in matched.origins.itertuples())
    several = matched.golden[matched.golden["records"] > 1].set_index("customer_id")
    named = matched.origins[matched.origins["column"] == "customer_name"]["golden_id"]
    assert set(named) == set(several.index[several["customer_name"].notna()])


def test_every_merge_is_explained(matches) -> None:
    matched = matches[-1]
    merges = matched.reasons.drop_duplicates(["customer_id_l", "customer_id_r"]).groupby("golden_id").size()
    sizes = matched.golden.set_index("customer_id")["records"]
    assert (merges + 1).to_dict() == sizes[sizes > 1].to_dict()
    assert engine.as_table(matched.reasons).count().execute() == len(matched.reasons)


def test_a_decision_wins_in_a_later_period_too(matches, periods) -> None:
    known = matches[0].links.drop_duplicates("golden_id").sort_values("customer_id")
    known = known[known["customer_id"].isin(periods[1]["customer_id"])]
    pair = next(
        (one, other)
        for one, other in pairwise(known.itertuples())
        if ids(matches[1])[one.customer_id] != ids(matches[1])[other.customer_id]
    )
    ends = [(row.source_system, row.source_id) for row in pair]
    decided = Decision(ends[0], ends[1], "2024-05-01T10:00:00Z", "same")
    later = deduplicate(periods[1], earlier=matches[0], decisions=[decided])
    assert later.model.settings == matches[0].model.settings
    assert len({ids(later)[row.customer_id] for row in pair}) == 1
    assert later.scored.pairs.equals(matches[1].scored.pairs)
