"""The demo's soiled exports, read, cleaned and matched, against the truth that lies beside them."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from custinsight import engine
from custinsight.clean import clean_customers
from custinsight.demo import demo_plan, write_demo
from custinsight.ingest import load_sources
from custinsight.match import deduplicate, evaluate
from custinsight.plan import read_plan


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """Folder of the demo with its plan, the loaded customers, and the truth's folder."""
    folder = tmp_path_factory.mktemp("demo")
    written = write_demo(folder / "data" / "demo", customers=600)
    (folder / "audit.toml").write_text(demo_plan(), encoding="utf-8")
    plan = read_plan(folder / "audit.toml")
    sources = [source for source in plan.sources if source.table == "customers"]
    loaded = load_sources(sources, folder, engine.connect()).tables["customers"]
    numbered = loaded.mutate(
        customer_id=loaded.source_system + ":" + loaded.source_id,
        parent_id=loaded.source_system + ":" + loaded.parent_id,
    )
    return clean_customers(engine.collect(numbered), country=plan.country), written.truth


def test_duplicates_are_found_in_dirty_exports(exports):
    cleaned, truth = exports
    known = pd.read_csv(truth / "customers_truth.csv", dtype=str)
    of = dict(zip(known["source_system"] + ":" + known["source_id"], known["true_customer"], strict=True))
    links = deduplicate(cleaned.table).links
    result = evaluate(dict(zip(links["customer_id"], links["golden_id"], strict=True)), of)
    assert result["records"] == pytest.approx(len(of), rel=0.01)
    assert result["pair_precision"] >= 0.97
    assert result["pair_f1"] >= 0.95


def test_dirt_is_undone_as_the_truth_says(exports):
    cleaned, truth = exports
    dirt = pd.read_csv(truth / "dirt.csv", dtype=str, keep_default_na=False).query("source == 'erp_customers'")
    right = {kind: set(rows["right"]) for kind, rows in dirt.groupby("kind")}
    mobiles, emails = set(cleaned.table["mobile"].dropna()), set(cleaned.table["email"].dropna())
    numbers = {value for value in right["wrong_column"] if "@" not in value}
    assert emails >= {value for value in right["wrong_column"] if "@" in value}
    assert mobiles >= {"+86" + "".join(filter(str.isdigit, value))[-11:] for value in numbers}
    assert set(cleaned.table["tax_id"].dropna()) >= right["blanks_in_code"] | right["lower_case_code"]
    assert set(cleaned.table["customer_name"]) >= right["null_like_name"]


def test_dirt_is_flagged_as_the_truth_says(exports):
    cleaned, truth = exports
    dirt = pd.read_csv(truth / "dirt.csv", dtype=str).query("source == 'erp_customers'")
    flags = cleaned.table.loc[cleaned.table["source_system"] == "ERP", "flags"]
    for code in ("BAD_PHONE", "BAD_EMAIL"):
        planted = (dirt["code"] == code).sum()
        assert planted > 0
        assert flags.str.contains(code).sum() >= planted


def test_another_process_finds_the_same_to_the_byte(exports, tmp_path):
    cleaned, _ = exports
    file = tmp_path / "customers.parquet"
    cleaned.table.head(400).to_parquet(file)
    program = (
        "import sys, pandas as pd; from custinsight.match import deduplicate;"
        "m = deduplicate(pd.read_parquet(sys.argv[1]));"
        "print(m.links.to_csv(), m.golden.to_csv(), m.review.to_csv(), m.model.settings)"
    )
    digests = set()
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", program, str(file)],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
        )
        digests.add(hashlib.sha256(run.stdout).hexdigest())
    assert len(digests) == 1
