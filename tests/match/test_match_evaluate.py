import pytest

from custinsight.match import evaluate


def test_counted_by_hand():
    # found: {a b c} {d}; true: {a b} {c d}
    result = evaluate({"a": 1, "b": 1, "c": 1, "d": 2}, {"a": "x", "b": "x", "c": "y", "d": "y"})
    assert result["pairs_found"] == 3
    assert result["pairs_true"] == 2
    assert result["pair_precision"] == pytest.approx(1 / 3)
    assert result["pair_recall"] == pytest.approx(1 / 2)
    assert result["pair_f1"] == pytest.approx(0.4)
    # precision of a, b: 2/3; c: 1/3; d: 1. Recall of a, b: 1; c, d: 1/2
    assert result["b3_precision"] == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1) / 4)
    assert result["b3_recall"] == pytest.approx((1 + 1 + 0.5 + 0.5) / 4)


def test_the_truth_itself_is_perfect():
    truth = {"a": "x", "b": "x", "c": "y"}
    assert evaluate(truth, truth).drop(["records", "pairs_found", "pairs_true"]).eq(1).all()


def test_no_pairs_at_all():
    assert evaluate({"a": 1, "b": 2}, {"a": 1, "b": 2})["pair_f1"] == 1


def test_records_without_truth_are_left_out():
    assert evaluate({"a": 1, "b": 1}, {"a": "x"})["records"] == 1
