"""Labels and intervals against simulated pairs whose truth is known."""

import numpy as np
import pytest

from custinsight.match.calibrate import Calibration, calibrate, chances
from custinsight.match.clusters import cluster
from custinsight.match.counting import count_customers
from custinsight.match.estimate import estimate_quality

TRIALS = 200


def pairs_of(rng, n=3000, offset=0.0, slope=1.0):
    """Weights as a model gives them, and the truth, which is offset + slope x weight bits sure."""
    weight = np.r_[rng.normal(11, 3, n // 3), rng.normal(-3, 3, n - n // 3)]
    return weight, rng.random(len(weight)) < chances(offset + slope * weight)


def labelled_of(rng, weight):
    """Mostly doubtful pairs, and a few controls on either side: the sample that the worklists draw."""
    doubtful = np.flatnonzero((weight > 0) & (weight < 4.25))
    sure, unlikely = np.flatnonzero(weight >= 4.25), np.flatnonzero(weight <= 0)
    return np.r_[rng.permutation(doubtful)[:80], rng.permutation(sure)[:40], rng.permutation(unlikely)[:20]]


def test_no_labels_leave_the_weights_alone():
    learnt = calibrate(np.zeros(0), np.zeros(0, bool))
    assert (learnt.offset, learnt.slope, learnt.is_enough) == (0.0, 1.0, False)


@pytest.mark.parametrize(("offset", "slope"), [(0.0, 1.0), (-3.0, 1.0), (1.0, 0.7)])
def test_labels_move_the_threshold_to_where_it_holds(offset, slope):
    rng = np.random.default_rng(3)
    weight, same = pairs_of(rng, 30_000, offset, slope)
    places = rng.permutation(np.flatnonzero(np.abs(weight) < 12))[:1500]
    cut = calibrate(weight[places], same[places]).weight_of(np.log2(19))
    assert cut == pytest.approx((np.log2(19) - offset) / slope, abs=0.8)


@pytest.mark.parametrize("honest", [1.0, 0.97])
def test_intervals_of_precision_and_recall_hold_the_truth(honest):
    # 0.97: three in a hundred pairs are wrong however sure the model is, which no weight can tell
    rng = np.random.default_rng(11)
    held = {"precision": 0, "recall": 0}
    for _ in range(TRIALS):
        weight, same = pairs_of(rng, offset=rng.normal(0, 1.5), slope=max(rng.normal(1, 0.2), 0.4))
        same &= rng.random(len(same)) < honest
        joined, places = weight >= 4.25, labelled_of(rng, weight)
        learnt = calibrate(weight[places], same[places])
        found = estimate_quality(weight, joined, places, same[places], learnt, seed=5)
        true = {"precision": same[joined].mean(), "recall": (same & joined).sum() / same.sum()}
        for name, value in true.items():
            _, low, high = getattr(found, name)
            held[name] += low <= value <= high
    assert all(count / TRIALS >= 0.85 for count in held.values()), held


def test_the_share_among_the_labelled_alone_would_be_wrong():
    rng = np.random.default_rng(2)
    weight, same = pairs_of(rng, 30_000)
    joined, places = weight >= 0, labelled_of(rng, weight)
    true = same[joined].mean()
    naive = same[places][joined[places]].mean()
    found = estimate_quality(weight, joined, places, same[places], calibrate(weight[places], same[places]), seed=5)
    assert abs(found.precision[0] - true) < abs(naive - true)


def test_without_labels_the_basis_is_the_model():
    weight, _ = pairs_of(np.random.default_rng(1))
    found = estimate_quality(weight, weight > 4, np.zeros(0, int), np.zeros(0, bool), Calibration(), seed=5)
    assert (found.basis, found.labels) == ("model", 0)
    assert found.precision[1] < found.precision[0] < found.precision[2]


def groups_of(rng, n, offset, slope):
    """Records of customers of one to three, and the weights of pairs whose log-odds are off by offset and slope."""
    truth = np.repeat(np.arange(n), rng.choice([1, 2, 3], n, p=[0.7, 0.2, 0.1]))
    left, right = [np.concatenate(each) for each in zip(*(_near(truth, step) for step in (1, 2)), strict=True)]
    same = truth[left] == truth[right]
    # pairs of one customer and of two, weighed as log2 of the ratio of two normal densities and of their numbers
    spread, middle = 3.0, 3.0
    signal = rng.normal(np.where(same, middle, -middle), spread)
    bits = (2 * middle * signal / spread**2) / np.log(2) + np.log2(same.sum() / (~same).sum())
    return truth, left, right, (bits - offset) / slope


def _near(truth, step):
    left = np.arange(len(truth) - step)
    return left, left + step


@pytest.mark.parametrize("with_labels", [False, True])
def test_the_interval_of_the_number_of_customers_holds_the_truth(with_labels):
    rng = np.random.default_rng(17)
    held = 0
    for _ in range(TRIALS // 2):
        offset, slope = rng.normal(0, 1.0), max(rng.normal(1, 0.15), 0.5)
        truth, left, right, weight = groups_of(rng, 400, offset, slope)
        learnt = Calibration()
        if with_labels:
            places = labelled_of(rng, weight)
            learnt = calibrate(weight[places], (truth[left] == truth[right])[places])
        found = cluster(len(truth), left, right, weight, cut=4.25)
        count = count_customers(found, left, right, weight, learnt, seed=5)
        held += count.low <= 400 <= count.high
    assert held / (TRIALS // 2) >= 0.8


def test_labels_make_the_interval_narrower():
    rng = np.random.default_rng(4)
    truth, left, right, weight = groups_of(rng, 400, 0.0, 1.0)
    places = labelled_of(rng, weight)
    found = cluster(len(truth), left, right, weight, cut=4.25)
    learnt = calibrate(weight[places], (truth[left] == truth[right])[places])
    wide, narrow = (count_customers(found, left, right, weight, each, seed=5) for each in (Calibration(), learnt))
    assert narrow.high - narrow.low < wide.high - wide.low


def test_what_is_decided_leaves_nothing_to_estimate():
    pair = np.array([0]), np.array([1]), np.array([1.0])
    together = count_customers(np.array([0, 0]), *pair, Calibration(), same=[(0, 1)], seed=1)
    apart = count_customers(np.array([0, 1]), *pair, Calibration(), apart=np.array([True]), seed=1)
    assert (together, apart) == ((1, 1, 1), (2, 2, 2))
