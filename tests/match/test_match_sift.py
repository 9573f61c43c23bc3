"""Pairs taken out before they are scored: none of them would have reached the lowest weight."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from custinsight import engine
from custinsight.match.columns import Values
from custinsight.match.conditions import Condition, Pairs
from custinsight.match.frequencies import add_frequencies
from custinsight.match.model import _linker, score_pairs
from custinsight.match.records import prepare
from custinsight.match.saved import own_records_of
from custinsight.match.sift import columns_of, sift_pairs
from custinsight.match.taking import take_records

RECORDS = pa.table(
    {
        "record": [0, 2, 5],
        "name": pa.array(["华东贸易", "华冬贸易", None]),
        "other": pa.array(["华冬贸易", None, "x"]),
        "phones": pa.array([["1", "2"], ["2"], []], pa.list_(pa.string())),
    }
)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name_l = name_r", [False, False, True]),
        ("other_l = name_r", [True, False, False]),
        ("name_similarity(name_l, name_r) >= 0.75", [True, False, True]),
        ("text_similarity(name_l, name_r) >= 0.76", [False, False, True]),
        ("name_similarity(name_l, name_r) IS NULL", [False, True, False]),
        ("name_l IS NULL OR other_r IS NULL", [True, False, False]),
        ("list_has_any(phones_l, phones_r)", [True, False, True]),
        ("len(phones_l) = 0 OR len(phones_r) = 0", [False, True, False]),
        ("name_l = name_r AND list_has_any(phones_l, phones_r)", [False, False, True]),
        ("name_l = other_r OR list_has_any(phones_l, phones_r)", [True, False, True]),
        ("NOT name_l = name_r", [True, False, False]),
        ("substr(name_l, 3, 2) = substr(name_r, 3, 2)", [True, False, True]),
        ("starts_with(name_l, substr(name_r, 1, 1))", [True, False, True]),
        ("contains(name_l, name_r)", [False, False, True]),
        ("name_l = substr(name_r, 1, 2) || substr(name_r, 3, 2)", [False, False, True]),
        ("least(length(name_l), length(other_r)) > 3", [True, False, True]),
        ("name_similarity(name_l, name_r) >= 1 - 1.01 / greatest(length(name_l), 3)", [True, False, True]),
        ("ELSE", [True, True, True]),
    ],
)
def test_conditions(condition, expected):
    pairs = Pairs(Values(RECORDS), np.array([0, 0, 0]), np.array([2, 5, 0]))
    assert Condition(condition).holds(pairs, np.arange(3), True).tolist() == expected


def test_a_condition_of_another_form_is_not_decided():
    pairs = Pairs(Values(RECORDS), np.array([0]), np.array([2]))
    for condition in ("upper(name_l) = name_r", "name_l = name_r OR trim(other_l) = other_r"):
        assert Condition(condition).holds(pairs, np.arange(1), True) is None


@pytest.mark.parametrize("what", ["companies", "persons"])
def test_no_pair_is_lost(demo, what):
    customers = demo[0] if what == "companies" else persons()
    taken = take_records(customers, None, ())
    con = engine.connect(threads=1).con
    numbered = taken.compared.set_column(0, "record", pa.array(np.arange(taken.compared.num_rows)))
    prepare(con, numbered, taken.further)
    _, settings = score_pairs(con, seed=1, lowest_weight=-5.0, further=taken.further)
    prepare(con, numbered, taken.further)
    add_frequencies(con, own_records_of(settings))
    linker = _linker(con, settings)
    whole = linker.inference.predict(threshold_match_weight=-30, warning_mode="never").as_pandas_dataframe()
    names, adjusted = columns_of(settings)
    columns = ", ".join(["record", *names, *(f"tf_{name}" for name in adjusted)])
    records = con.execute(f"SELECT {columns} FROM records ORDER BY record").to_arrow_table()
    left, right = (whole[f"record_{side}"].to_numpy() for side in "lr")
    for lowest in (-5.0, 4.0):
        keep = sift_pairs(left, right, records, settings, lowest_weight=lowest)
        reach = whole["match_weight"].to_numpy() >= lowest
        assert reach.any()
        assert keep[reach].all()
        assert keep.sum() < len(keep)


def persons() -> pd.DataFrame:
    rng = np.random.default_rng(5)
    n = 400
    first = rng.choice(["ann", "bob", "carl", "dora", "emil", "fay", "gus", "hal"], n)
    last = rng.choice([f"{a}{b}son" for a in "abcdefghij" for b in ("lin", "mar", "ter")], n)
    born = pd.Series(pd.to_datetime("1950-01-01") + pd.to_timedelta(rng.integers(0, 9000, n), "D"))
    frame = pd.DataFrame({"first_name": first, "surname": last, "dob": born.dt.strftime("%Y-%m-%d")})
    twice = frame.sample(120, random_state=1)
    twice.loc[twice.index[:40], "dob"] = "1960-05-05"
    frame = pd.concat([frame, twice], ignore_index=True)
    frame.insert(0, "customer_id", [f"{i:04d}" for i in range(len(frame))])
    return frame
