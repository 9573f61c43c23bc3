"""Planted changes are found, as planted, and nothing else is."""

import numpy as np
import pandas as pd
import pytest

from custinsight.base import movement
from custinsight.errors import DataError

REGIONS, GROUPS, CHANNELS = ("north", "south", "east", "west"), ("retail", "public", "trade"), ("web", "shop")


def log(effect, customers=720, seed=7, noise=0.25):
    """Lines of two years: each customer's region, group and channel, and an effect on the second year's amount."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{n:04d}" for n in range(customers)],
            "region": rng.choice(REGIONS, customers),
            "group": rng.choice(GROUPS, customers),
            "channel": rng.choice(CHANNELS, customers),
            "before": rng.lognormal(4, noise, customers),
        }
    )
    frame["after"] = frame["before"] * rng.lognormal(0, noise, customers)
    frame["after"] *= [effect(row) for row in frame.to_dict("records")]
    keys = ["customer_id", "region", "group", "channel"]
    long = frame.melt(keys, ["before", "after"], "side", "amount_net").round(2)
    return long.assign(doc_date=long["side"].map({"before": "2023-05-01", "after": "2024-05-01"}))


def found(lines, **more):
    return movement.slices(lines, "2023", "2024", ["region", "group", "channel"], **more)


def test_nothing_stands_out_where_everything_moves_alike():
    assert found(log(lambda row: 0.8)).empty
    assert found(log(lambda row: 1.0)).empty


def test_a_change_of_one_dimension_is_told_by_it_alone():
    frame = found(log(lambda row: 0.4 if row["region"] == "north" else 1.0))
    assert frame["slice"].tolist() == ["region = north"]
    assert frame["share"].iloc[0] == pytest.approx(1, abs=0.3)


def test_a_change_of_two_dimensions_together_is_told_by_both():
    lines = log(lambda row: 0.3 if (row["region"], row["group"]) == ("north", "trade") else 1.02)
    frame = found(lines)
    assert frame["slice"].tolist() == ["region = north · group = trade"]
    inside = lines[(lines["region"] == "north") & (lines["group"] == "trade")]
    sums = inside.groupby("side")["amount_net"].sum()
    assert frame[["before", "after"]].iloc[0].tolist() == pytest.approx([sums["before"], sums["after"]])
    assert frame["customers"].iloc[0] == inside["customer_id"].nunique()
    assert frame["change"].iloc[0] == frame["own"].iloc[0] == pytest.approx(sums["after"] - sums["before"])


def test_a_change_of_three_dimensions_together_is_told_by_all():
    where = {"region": "east", "group": "public", "channel": "web"}
    frame = found(log(lambda row: 3.0 if where.items() <= row.items() else 1.0, customers=1500))
    assert frame["slice"].tolist() == ["region = east · group = public · channel = web"]


def test_no_three_conditions_with_a_depth_of_two():
    where = {"region": "east", "group": "public", "channel": "web"}
    frame = found(log(lambda row: 6.0 if where.items() <= row.items() else 1.0, customers=1500), depth=2)
    assert (frame["conditions"] <= 2).all()


def test_two_changes_that_cancel_out_are_both_told():
    def effect(row):
        return {("north", "web"): 0.3, ("south", "shop"): 1.7}.get((row["region"], row["channel"]), 1.0)

    frame = found(log(effect, customers=1200, seed=8))
    assert set(frame["slice"]) == {"region = north · channel = web", "region = south · channel = shop"}
    assert frame["beyond"].lt(0).sum() == 1


def test_a_slice_does_not_repeat_one_above_it():
    def effect(row):
        return 0.2 if (row["region"], row["group"]) == ("north", "trade") else 0.7 if row["region"] == "north" else 1.0

    frame = found(log(effect, customers=2000))
    assert set(frame["slice"]) == {"region = north", "region = north · group = trade"}
    assert frame["own"].sum() == pytest.approx(frame.loc[frame["slice"] == "region = north", "change"].iloc[0])


def test_two_names_of_the_same_customers_are_told_once():
    lines = log(lambda row: 0.4 if row["region"] == "north" else 1.0)
    lines["owner"] = lines["region"].map(dict(zip(REGIONS, "NSEW", strict=True)))
    frame = movement.slices(lines, "2023", "2024", ["region", "owner"])
    assert frame["slice"].tolist() == ["region = north"]


def test_one_large_customer_is_no_slice():
    lines = log(lambda row: 1.0)
    big = pd.DataFrame({"customer_id": "big", "region": "north", "group": "trade", "channel": "web"}, index=[0])
    lines = pd.concat([lines, big.assign(amount_net=30_000.0, doc_date="2023-06-01")])
    assert found(lines).empty


def test_too_few_customers_are_no_slice():
    lines = log(lambda row: 1.0)
    chosen = lines["customer_id"].isin(lines["customer_id"].unique()[:8])
    lines["region"] = lines["region"].mask(chosen, "island")
    lines["amount_net"] = lines["amount_net"].mask(chosen & (lines["side"] == "after"), 600.0)
    assert "region = island" not in set(found(lines)["slice"])
    assert found(lines, min_customers=5)["slice"].tolist() == ["region = island"]


def test_profit_may_be_negative_and_dimensions_of_customers():
    lines = log(lambda row: 1.0)
    dearer = (lines["group"] == "public") & (lines["side"] == "after")
    lines["cost"] = (lines["amount_net"] * 0.9).mask(dearer, lines["amount_net"] * 1.3)
    people = lines.drop_duplicates("customer_id")[["customer_id", "group"]]
    frame = movement.slices(lines.drop(columns="group"), "2023", "2024", ["group", "region"], people)
    assert frame["slice"].tolist() == ["group = public"]
    assert frame["after"].iloc[0] < 0 < frame["before"].iloc[0]


def test_the_order_of_rows_does_not_matter():
    lines = log(lambda row: 0.4 if row["region"] == "north" else 1.0)
    pd.testing.assert_frame_equal(found(lines), found(lines.sample(frac=1, random_state=3)))


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_hardly_any_line_gives_an_empty_frame_with_its_columns(rows):
    frame = found(log(lambda row: 1.0).head(rows))
    assert frame.empty
    assert frame.columns[:6].tolist() == ["rank", "slice", "region", "group", "channel", "conditions"]


def test_a_dimension_that_is_not_there_is_refused():
    with pytest.raises(DataError, match="got colour; there are amount_net, channel"):
        movement.slices(log(lambda row: 1.0), "2023", "2024", ["colour"])
    with pytest.raises(DataError, match="at least one dimension"):
        movement.slices(log(lambda row: 1.0), "2023", "2024", [])
