"""The cube: totals as the lenses give them, and hidden cells that nothing shown gives away."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.base import lenses
from custinsight.base.cube import cube
from custinsight.base.disclosure import Line, determined, protect
from custinsight.errors import DataError


def log(groups, year=2024):
    """Lines of customers of groups (region, channel, number of customers, amount each)."""
    rows = [
        (f"{region}-{channel}-{n}", region, channel, f"{year}-05-0{1 + n % 9}", amount, f"{region}{channel}{n}")
        for region, channel, number, amount in groups
        for n in range(number)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "region", "channel", "doc_date", "amount_net", "doc_id"])


def values(frame, **where):
    for name, value in where.items():
        frame = frame[frame[name] == value]
    return frame.iloc[0]


def test_cells_by_hand():
    lines = log([("north", "web", 12, 10), ("south", "web", 20, 5)])
    found = cube(lines, "Y", ["region"]).cells
    assert found[["period", "region", "level", "customers", "orders", "spend", "hidden"]].values.tolist() == [
        ["2024", "*", 0, 32, 32, 220.0, False],
        ["2024", "north", 1, 12, 12, 120.0, False],
        ["2024", "south", 1, 20, 20, 100.0, False],
    ]
    assert found["aov"].tolist() == [220 / 32, 10.0, 5.0]


def test_a_small_cell_hides_another_with_it():
    lines = log([("north", "web", 4, 10), ("south", "web", 20, 5), ("west", "web", 30, 5)])
    found = cube(lines, "Y", ["region"])
    assert found.cells.set_index("region")["hidden"].to_dict() == {
        "*": False,
        "north": True,
        "south": True,
        "west": False,
    }
    assert found.cells.loc[found.cells["hidden"], ["customers", "spend", "aov"]].isna().all(axis=None)
    assert found.hidden.values.tolist() == [["2024", 4, 1, 1]]


def test_two_small_cells_that_are_few_together_hide_a_third():
    lines = log([("a", "web", 2, 10), ("b", "web", 3, 10), ("c", "web", 20, 5), ("d", "web", 30, 5)])
    assert cube(lines, "Y", ["region"]).cells.set_index("region")["hidden"].tolist() == [False, True, True, True, False]


def test_customers_of_several_channels_are_not_counted_twice_when_hiding():
    # the same six customers in two channels: what is hidden of the total is six customers, not twelve
    both = pd.concat([log([("n", channel, 6, 10)]).assign(customer_id=[*"abcdef"]) for channel in ("web", "fax")])
    lines = pd.concat([both, log([("n", "shop", 40, 10)]), log([("n", "phone", 50, 10)])])
    found = cube(lines, "Y", ["channel"]).cells.set_index("channel")
    assert found.loc[["web", "fax", "shop"], "hidden"].all()
    assert not found.loc["phone", "hidden"]


def test_a_period_of_few_customers_is_hidden_whole():
    found = cube(log([("n", "web", 3, 10), ("s", "web", 4, 10)]), "Y", ["region", "channel"])
    assert found.cells["hidden"].all()
    assert found.tidy["value"].isna().all()


def test_nothing_is_hidden_with_a_limit_of_one():
    assert not cube(log([("n", "web", 1, 10)]), "Y", ["region"], small=1).cells["hidden"].any()


def test_the_tidy_form_has_a_row_for_each_metric():
    found = cube(log([("north", "web", 12, 10)]), "Q", ["region"])
    assert len(found.tidy) == 7 * len(found.cells)
    assert values(found.tidy, region="north", metric="spend")["value"] == 120


def test_dimensions_of_customers_and_lines_together():
    lines = log([("x", "web", 15, 10), ("x", "shop", 25, 10)]).drop(columns="region")
    people = pd.DataFrame({"customer_id": lines["customer_id"], "region": ["east", None] * 20})
    found = cube(lines, "Y", ["region", "channel"], people, small=1).cells
    assert set(found["region"]) == {"*", "?", "east"}
    assert found.loc[found["level"] == 2, "customers"].sum() == 40


def test_no_line_gives_an_empty_cube_with_its_columns():
    found = cube(log([]), "Q", ["region"])
    assert found.cells.empty
    assert list(found.cells.columns[:3]) == ["period", "region", "level"]
    assert found.tidy.empty


def test_too_many_dimensions_are_refused():
    with pytest.raises(DataError, match="at most 4 dimensions"):
        cube(log([]), "Q", list("abcde"))
    with pytest.raises(DataError, match="must be a column of the lines or of the customers, got colour"):
        cube(log([("n", "web", 1, 1)]), "Q", ["colour"])


@pytest.mark.parametrize("by", ["Q", "Y"])
def test_totals_are_those_of_the_lenses(by, fh):
    found = cube(fh, by, ["channel"]).cells
    totals = found[found["level"] == 0].set_index("period")
    for label in totals.index[[2, -2]]:
        lens = lenses.one_period(fh, label).totals
        assert totals.loc[label, ["customers", "orders"]].tolist() == lens[["customers", "orders"]].tolist()
        assert totals.loc[label, "spend"] == pytest.approx(lens["spend"])
    shown = found[(found["level"] == 1) & ~found["hidden"]].groupby("period")["spend"].sum()
    assert (shown <= totals["spend"].reindex(shown.index) + 1e-6).all()


def test_returned_orders_do_not_count_as_in_the_lenses(lines):
    frame = lines(
        ("a", "1", "2024-01-05", 10),
        ("a", "R", "2024-02-05", -10),
        ("b", "2", "2024-01-06", 10),
        ("b", "S", "2024-05-06", -10),
        return_of=[None, "1", None, "2"],
    )
    found = cube(frame, "Q", small=1).cells
    lens = [lenses.one_period(frame, label).totals for label in ("2024Q1", "2024Q2")]
    assert found["orders"].tolist() == [one["orders"] for one in lens] == [1, 0]
    assert found["customers"].tolist() == [one["customers"] for one in lens]
    assert found["spend"].tolist() == [one["spend"] for one in lens]


def table(counts):
    """Places of all cells of a table of two dimensions with its margins, and the lines that tie them."""
    rows, columns = counts.shape
    full = np.zeros((rows + 1, columns + 1), dtype=int)
    full[1:, 1:] = counts
    full[0] = full.sum(axis=0)
    full[:, 0] = full[:, 1:].sum(axis=1)
    number = np.arange(full.size).reshape(full.shape)
    lines = [Line(int(number[r, 0]), number[r, 1:][full[r, 1:] > 0]) for r in range(rows + 1) if full[r, 0]]
    lines += [Line(int(number[0, c]), number[1:, c][full[1:, c] > 0]) for c in range(columns + 1) if full[0, c]]
    return full.ravel(), lines


def rank_says_determined(lines, hidden):
    """The same question asked another way: does a cell's own unit vector lie in the span of the sums?"""
    unknown = np.flatnonzero(hidden)
    sums = np.zeros((len(lines), len(hidden)))
    for row, line in enumerate(lines):
        sums[row, line.below], sums[row, line.total] = 1, -1
    sums = sums[:, unknown]
    rank = np.linalg.matrix_rank(sums)
    return [
        int(c)
        for i, c in enumerate(unknown)
        if np.linalg.matrix_rank(np.vstack([sums, np.eye(len(unknown))[i]])) == rank
    ]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=12, max_size=12), st.sampled_from([(3, 4), (2, 6), (4, 3)]))
def test_no_hidden_cell_follows_from_what_is_shown(counts, shape):
    persons, lines = table(np.array(counts).reshape(shape))
    there = persons > 0
    first = there & (persons < 10)
    hidden = protect(lines, persons, first, 10)
    assert hidden[first].all()
    if hidden.any():
        assert rank_says_determined(lines, hidden) == []
    for line in lines:
        left = persons[line.below[hidden[line.below]]].sum()
        assert hidden[line.total] or left == 0 or left >= 10


def test_a_cell_between_two_loops_is_found_though_each_line_hides_two():
    # rows and columns 0-1 and 2-3 hold a loop each, and one cell ties them together: its sums give it away
    shown = np.full((4, 4), 50)
    persons, lines = table(shown)
    hidden = np.zeros(25, dtype=bool)
    for row, column in [*itertools.product((1, 2), (1, 2)), *itertools.product((3, 4), (3, 4)), (2, 3)]:
        hidden[row * 5 + column] = True
    assert determined(lines, hidden) == [2 * 5 + 3] == rank_says_determined(lines, hidden)
    after = protect(lines, persons, hidden, 10)
    assert rank_says_determined(lines, after) == []


def test_large_groups_are_solved_as_small_ones_are():
    rng = np.random.default_rng(1)
    persons, lines = table(rng.integers(1, 400, (30, 40)))
    hidden = protect(lines, persons, persons < 200, 200)
    assert hidden.sum() > 400
    assert rank_says_determined(lines, hidden) == []
