"""Clusters are found where they are, not where they are not, and the same way each time."""

import ibis
import numpy as np
import pandas as pd
import pytest

from custinsight.base import segments
from custinsight.base.stability import bootstrap_jaccard
from custinsight.errors import DataError
from custinsight.words import Words


def groups(*sizes, seed=3, apart=9.0):
    """Customers around as many points as there are sizes."""
    rng = np.random.default_rng(seed)
    points = np.vstack([rng.normal(apart * place, 1, (size, 2)) for place, size in enumerate(sizes)])
    frame = pd.DataFrame(points, columns=["visits", "basket"])
    return frame.assign(customer_id=[f"c{n:04d}" for n in range(len(frame))], of=np.repeat(range(len(sizes)), sizes))


def test_three_groups_are_found_as_planted():
    frame = groups(120, 80, 40)
    found = segments.clusters(frame[["customer_id", "visits", "basket"]])
    assert found.verdict == "stable"
    both = found.labels.merge(frame, on="customer_id")
    assert both.groupby(["of", "cluster"]).size().to_dict() == {(0, 1): 120, (1, 2): 80, (2, 3): 40}
    means = found.profiles.set_index(["cluster", "feature"])["mean"]
    assert means[1, "visits"] == pytest.approx(frame.loc[frame["of"] == 0, "visits"].mean())
    assert found.stability.loc[found.stability["clusters"] == 3, "jaccard"].min() > 0.99


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"customer_id": ["a"], "visits": [3.0]}),
        pd.DataFrame({"customer_id": list("abcdefghijklmnopqrstuvwx"), "visits": 3.0}),
        pd.DataFrame({"customer_id": list("ab"), "visits": [None, None]}).astype({"visits": "float64"}),
        pd.DataFrame({"customer_id": pd.Series(dtype="str"), "visits": pd.Series(dtype="float64")}),
    ],
    ids=["one customer", "all the same", "nothing known", "nobody"],
)
def test_no_groups_where_there_is_nothing_to_tell_customers_apart(frame):
    found = segments.clusters(frame)
    assert found.verdict == "none"
    assert found.labels["cluster"].tolist() == [1] * len(frame)
    assert not np.isinf(found.profiles["difference"]).any()


def test_the_same_customers_in_another_order_and_lazily_give_the_same():
    frame = groups(60, 50)[["customer_id", "visits", "basket"]]
    first = segments.clusters(frame, resamples=5)
    pd.testing.assert_frame_equal(
        first.labels, segments.clusters(frame.sample(frac=1, random_state=1), resamples=5).labels
    )
    con = ibis.duckdb.connect()
    lazy = segments.clusters(con.create_table("features", frame), resamples=5).labels
    assert isinstance(lazy, ibis.Table)
    pd.testing.assert_frame_equal(lazy.order_by("customer_id").to_pandas(), first.labels, check_dtype=False)
    con.disconnect()


def test_a_cluster_that_is_found_again_has_a_jaccard_of_one():
    points = np.r_[np.linspace(0, 1, 30), np.linspace(50, 51, 30)][:, None]
    assert bootstrap_jaccard(points, np.repeat([0, 1], 30), 2, 10, 0).tolist() == [1, 1]
    # half of each planted cluster swapped: each resample's clusters share half of either
    mixed = bootstrap_jaccard(points, np.tile([0, 1], 30), 2, 10, 0)
    assert (mixed < 0.5).all()


def test_profiles_say_what_sets_customers_apart_in_both_languages():
    frame = groups(120, 80)[["customer_id", "visits"]].rename(columns={"visits": "days_silent"})
    said = segments.clusters(frame, resamples=5).words
    assert Words("en")(said[2]).startswith("80 customers (40.0%): silent for long (")
    assert Words("zh-CN")(said[2]).startswith("80 位客户（40.0%）：久未购买（")


def test_features_of_behaviour_by_hand(lines):
    frame = lines(
        ("a", "1", "2023-01-01", 100), ("a", "2", "2024-12-31", 50), ("b", "3", "2024-12-31", 30), cost=[60, 40, None]
    )
    found = segments.behaviour_features(frame, "2024-12-31").set_index("customer_id")
    assert found.loc["a", ["spend_per_purchase", "days_silent", "tenure_days", "margin"]].tolist() == pytest.approx(
        [75, 0, 730, 50 / 150]
    )
    assert found.loc["a", "purchases_per_year"] == pytest.approx(2 / (730 / 365.25))
    assert found.loc["b", "purchases_per_year"] == 4
    assert np.isnan(found.loc["b", "margin"])


def test_features_must_be_numbers():
    with pytest.raises(DataError, match="at least one numeric column"):
        segments.clusters(pd.DataFrame({"customer_id": ["a"], "name": ["x"]}))
