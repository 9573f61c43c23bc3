import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from custinsight.match.bridges import find_bridges
from custinsight.match.clusters import LARGEST, _find_parts, _join_part, _part, cluster, without_limit


def clusters_of(n, pairs, cut=4.0, labels=(), **more):
    left, right, weight = (np.array([pair[i] for pair in pairs]) for i in range(3))
    return cluster(
        n, left.astype(int), right.astype(int), weight.astype(float), cut=cut, labels=labels, **more
    ).tolist()


def test_no_pairs_no_clusters():
    assert cluster(3, np.zeros(0, int), np.zeros(0, int), np.zeros(0), cut=4).tolist() == [0, 1, 2]


def test_a_sure_pair_is_joined_and_a_doubtful_one_not():
    assert clusters_of(4, [(0, 1, 5.0), (2, 3, 3.0)]) == [0, 0, 2, 3]


def test_three_records_that_all_agree():
    assert clusters_of(3, [(0, 1, 5.0), (1, 2, 5.0), (0, 2, 1.0)]) == [0, 0, 0]


def test_a_bridge_does_not_join_two_groups():
    # (5 + 3 x -5) / 4 < 0: the four records are two customers, though a chain of sure pairs connects them
    assert clusters_of(4, [(0, 1, 9.0), (2, 3, 9.0), (1, 2, 5.0)]) == [0, 0, 2, 2]


def test_a_chain_whose_ends_were_compared_and_differ_is_cut():
    assert clusters_of(3, [(0, 1, 9.0), (1, 2, 4.5), (0, 2, -5.0)]) == [0, 0, 2]


def test_records_with_different_labels_are_never_joined():
    pairs = [(0, 1, 15.0), (1, 2, 12.0)]
    assert clusters_of(3, pairs, labels=[{0: "A", 1: "B"}]) == [0, 1, 1]


def test_a_group_takes_over_the_label_of_its_records():
    # 1 has no number of its own; once it belongs to A, it cannot belong to B
    pairs = [(0, 1, 9.0), (1, 2, 8.0), (0, 2, 8.0)]
    assert clusters_of(3, pairs, labels=[{0: "A", 2: "B"}]) == [0, 0, 2]


def test_no_cluster_grows_beyond_the_largest():
    n = LARGEST + 5
    pairs = [(a, b, 9.0) for a in range(n) for b in range(a + 1, n)]
    sizes = np.bincount(clusters_of(n, pairs))
    assert sizes.max() <= LARGEST


def test_a_group_too_large_falls_into_the_pieces_that_hold_best():
    # two sure groups of three, whose members are all somewhat alike
    sure = {(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)}
    pairs = [(a, b, 12.0 if (a, b) in sure else 5.0) for a in range(6) for b in range(a + 1, 6)]
    assert clusters_of(6, pairs) == [0] * 6
    assert clusters_of(6, pairs, largest=5) == [0, 0, 0, 3, 3, 3]


def test_equal_records_too_many_for_one_customer_are_left_apart():
    pairs = [(a, b, 20.0) for a in range(6) for b in range(a + 1, 6)]
    assert clusters_of(6, pairs, largest=5) == list(range(6))
    assert clusters_of(6, pairs, largest=5, same=[(n, n + 1) for n in range(5)]) == [0] * 6


def test_a_decision_wins_over_weights_and_labels():
    assert clusters_of(3, [(0, 1, -9.0)], labels=[{0: "A", 1: "B"}], same=[(0, 1)]) == [0, 0, 2]
    assert clusters_of(3, [(0, 1, 15.0)], different=[(0, 1)]) == [0, 1, 2]


def test_what_joins_a_group_obeys_the_decisions_about_all_its_records():
    pairs = [(0, 1, 15.0), (1, 2, 12.0), (0, 2, 12.0)]
    assert clusters_of(3, pairs, different=[(0, 2)]) == [0, 0, 2]


def test_who_is_like_one_face_of_a_customer_need_not_be_like_all():
    # without the decision about 1 and 2, which have nothing in common, 0 would be with 1 alone, and so it must stay
    assert clusters_of(3, [(0, 1, 5.0)], same=[(1, 2)]) == [0, 0, 0]


def test_bridges_that_were_cut_say_why():
    pairs = [(0, 1, 9.0), (1, 2, 4.5), (2, 3, 9.0), (4, 5, 9.0), (6, 7, 9.0), (8, 9, 9.0)]
    labels = {"tax_id": {4: "A", 5: "B"}, "branch": {6: "", 7: "上海"}}
    found = np.array(clusters_of(10, pairs, labels=list(labels.values()), different=[(8, 9)]))
    left, right, weight = (np.array([pair[i] for pair in pairs]) for i in range(3))
    places, why = find_bridges(left, right, weight, found, found, cut=4.0, labels=labels, different=[(8, 9)])
    assert dict(zip(places.tolist(), why, strict=True)) == {1: "average", 3: "tax_id", 4: "branch", 5: "decided"}


PAIRS = st.dictionaries(
    st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda pair: pair[0] < pair[1]),
    st.floats(-10, 20, allow_nan=False),
    max_size=25,
)


@settings(deadline=None)
@given(PAIRS, st.randoms())
def test_the_order_of_the_pairs_does_not_matter(pairs, random):
    listed = [(a, b, weight) for (a, b), weight in pairs.items()]
    shuffled = listed.copy()
    random.shuffle(shuffled)
    assert not listed or clusters_of(10, listed) == clusters_of(10, shuffled)


@settings(deadline=None)
@given(PAIRS, st.dictionaries(st.integers(0, 9), st.sampled_from("ABC")))
def test_no_cluster_holds_two_labels(pairs, label):
    if pairs:
        found = clusters_of(10, [(a, b, weight) for (a, b), weight in pairs.items()], labels=[label])
        for group in set(found):
            assert len({label[record] for record in range(10) if found[record] == group and record in label}) <= 1


@settings(deadline=None)
@given(PAIRS)
def test_a_cluster_is_named_by_its_smallest_record(pairs):
    if pairs:
        found = clusters_of(10, [(a, b, weight) for (a, b), weight in pairs.items()])
        assert all(found[group] == group and group <= record for record, group in enumerate(found))


@settings(deadline=None)
@given(PAIRS, st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4))
def test_what_a_person_said_always_holds(pairs, different):
    different = [pair for pair in different if pair[0] != pair[1]]
    if pairs:
        listed = [(a, b, weight) for (a, b), weight in pairs.items()]
        found = clusters_of(10, listed, different=different)
        assert all(found[a] != found[b] for a, b in different)


@settings(deadline=None)
@given(
    st.lists(st.floats(-10, 20, allow_nan=False), min_size=1, max_size=12),
    st.dictionaries(st.integers(0, 23), st.sampled_from("AB")),
    st.sets(st.integers(0, 11)),
)
def test_pairs_joined_at_a_stroke_are_those_joined_one_by_one(weights, label, linked):
    n, pairs = 24, [(2 * i, 2 * i + 1, weight) for i, weight in enumerate(weights)]
    # some of the pairs belong to more records
    pairs += [(2 * i + 1, 2 * i + 2, 9.0) for i in sorted(linked) if i < 11]
    left, right, weight = (np.array([pair[i] for pair in pairs]) for i in range(3))
    weight = np.clip(weight, -5, 15)
    expected = np.arange(n)
    parts = _find_parts(n, left, right, weight, 0.0, expected)
    for i in range(len(parts.size)):
        part = _part(parts, i, left, right, weight, np.arange(n), [label], {})
        expected[parts.records_of(i)] = _join_part(part, 0.0, LARGEST)
    assert clusters_of(n, pairs, cut=0.0, labels=[label]) == expected.tolist()


def test_without_a_limit_a_group_too_large_is_one():
    pairs = [(a, b, 20.0) for a in range(6) for b in range(a + 1, 6)] + [(6, 7, 9.0)]
    left, right, weight = (np.array([pair[i] for pair in pairs]) for i in range(3))
    found = cluster(8, left, right, weight, cut=4, largest=5)
    assert without_limit(8, left, right, weight, found, cut=4, largest=5).tolist() == [0] * 6 + [6, 6]
