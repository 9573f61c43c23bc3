import pandas as pd
import pytest

from custinsight.errors import DataError
from custinsight.match import Decision, add_decisions, deduplicate, evaluate, in_force, read_decisions, split_off

DAY = "2024-05-01T10:00:00Z"
LATER = "2024-05-02T10:00:00Z"
NAMES = {"1": "瀚岳模具有限公司", "2": "瀚岳模具有限公司", "3": "晨光电子科技", "4": "南洋食品集团"}
TAX = ("91440300708461136T", "91110000802100433B")


def customers(**more) -> pd.DataFrame:
    frame = pd.DataFrame({"source_system": "ERP", "source_id": list(NAMES), "customer_name": list(NAMES.values())})
    return frame.assign(customer_id="G" + frame["source_id"], mobile=["13912345678"] * 2 + [None] * 2, **more)


def decided(a: str, b: str, answer: str, at: str = DAY) -> Decision:
    return Decision(("ERP", a), ("ERP", b), at, answer)


def golden(frame: pd.DataFrame, *decisions: Decision) -> dict[str, str]:
    links = deduplicate(frame, decisions=decisions).links
    return dict(zip(links["source_id"], links["golden_id"], strict=True))


def test_same_joins_what_the_model_would_not():
    found = golden(customers(), decided("3", "4", "same"))
    assert found["3"] == found["4"] != found["1"]


def test_same_is_transitive():
    found = golden(customers(), decided("1", "3", "same"), decided("3", "4", "same"))
    assert len(set(found.values())) == 1


def test_different_parts_what_the_model_joins():
    assert golden(customers())["1"] == golden(customers())["2"]
    found = golden(customers(), decided("1", "2", "different"))
    assert found["1"] != found["2"]


def test_same_wins_over_different_tax_numbers():
    found = golden(customers(tax_id=[*TAX, None, None]), decided("1", "2", "same"))
    assert found["1"] == found["2"]


def test_decisions_outlive_golden_ids():
    renamed = customers()
    renamed["customer_id"] = ["z", "y", "x", "w"]
    found = golden(renamed, decided("1", "2", "different"), decided("3", "4", "same"))
    assert found["1"] != found["2"]
    assert found["3"] == found["4"]


def test_the_newest_decision_counts():
    both = (decided("3", "4", "different", LATER), decided("3", "4", "same"))
    assert golden(customers(), *both)["3"] != golden(customers(), *both)["4"]


def test_a_decision_about_a_record_that_is_gone_waits():
    matched = deduplicate(customers(), decisions=[decided("1", "99", "same")])
    assert matched.estimate["decided_unknown"].tolist() == [1]


def test_contradictions_are_named():
    three = [decided("1", "3", "same"), decided("3", "4", "same"), decided("1", "4", "different")]
    with pytest.raises(DataError, match="ERP 1 = ERP 3 = ERP 4"):
        deduplicate(customers(), decisions=three)
    with pytest.raises(DataError, match="same second"):
        in_force([decided("1", "3", "same"), decided("1", "3", "different")])


def test_splitting_off_undoes_a_merge():
    matched = deduplicate(customers())
    whole = matched.links.set_index("source_id").loc["1", "golden_id"]
    found = golden(customers(), *split_off(matched.links, whole, [("ERP", "2")]))
    assert found["1"] != found["2"]


@pytest.mark.parametrize("records", [[("ERP", "9")], [("ERP", "1"), ("ERP", "2")]])
def test_only_some_records_of_the_customer_can_be_split_off(records):
    matched = deduplicate(customers())
    whole = matched.links.set_index("source_id").loc["1", "golden_id"]
    with pytest.raises(DataError):
        split_off(matched.links, whole, records)


def test_a_contact_that_does_not_belong_to_the_company_is_a_customer_of_its_own():
    frame = customers(customer_type=["company", "company", "person", "company"], parent_id=[None, None, "G4", None])
    assert golden(frame)["3"] == golden(frame)["4"]
    found = golden(frame, decided("3", "4", "different"))
    assert found["3"] != found["4"]


def test_copies_of_the_file_are_read_together(tmp_path):
    add_decisions(tmp_path, [decided("1", "2", "same")])
    (tmp_path / "decisions.jsonl").rename(tmp_path / "decisions (copy of Li).jsonl")
    add_decisions(tmp_path, [decided("3", "4", "different")])
    assert len(read_decisions(tmp_path)) == 2
    text = "".join(sorted(line for path in tmp_path.iterdir() for line in path.open()))
    (tmp_path / "decisions.jsonl").write_text(text * 2)
    assert len(read_decisions(tmp_path)) == 2


@pytest.mark.parametrize(
    "line", ["<<<<<<< HEAD", "{}", '{"left": 1}', "[]", '{"left": ["a", "b"], "right": ["a", "b"]}']
)
def test_a_line_that_is_no_decision_is_named(tmp_path, line):
    (tmp_path / "decisions.jsonl").write_text(line + "\n")
    with pytest.raises(DataError, match=r"decisions.jsonl: line 1"):
        read_decisions(tmp_path)


def test_contradicting_decisions_are_not_written(tmp_path):
    add_decisions(tmp_path, [decided("1", "2", "same"), decided("2", "3", "same")])
    before = (tmp_path / "decisions.jsonl").read_bytes()
    with pytest.raises(DataError):
        add_decisions(tmp_path, [decided("1", "3", "different")])
    assert (tmp_path / "decisions.jsonl").read_bytes() == before


def test_the_file_holds_no_name(tmp_path):
    add_decisions(tmp_path, [decided("1", "2", "same")])
    assert not any(name in (tmp_path / "decisions.jsonl").read_text() for name in NAMES.values())


def test_answers_about_the_demo_make_it_better(demo):
    frame, truth = demo
    matched = deduplicate(frame)
    record = frame.set_index("customer_id")[["source_system", "source_id"]].apply(tuple, axis=1)
    asked = pd.concat([matched.review, matched.controls])
    answers = [
        Decision(record[a], record[b], DAY, "same" if truth[a] == truth[b] else "different", how="asked")
        for a, b in zip(asked["customer_id_l"], asked["customer_id_r"], strict=True)
    ]
    again = deduplicate(frame, decisions=answers)
    before, after = (
        evaluate(dict(zip(m.links["customer_id"], m.links["golden_id"], strict=True)), truth) for m in (matched, again)
    )
    assert after["pair_f1"] >= before["pair_f1"]
    assert again.estimate["labels"][0] >= 30
    by_itself = before["pair_precision"]
    assert again.estimate["precision_low"][0] - 0.01 <= by_itself <= again.estimate["precision_high"][0] + 0.01
