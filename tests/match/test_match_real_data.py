"""Real and published data with and without truth."""

import time

import pandas as pd
import pytest

from custinsight.clean import clean_customers
from custinsight.match import deduplicate, evaluate, match_report


def persons(names: pd.Series, numbers: pd.Series, **columns: pd.Series) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": numbers, "customer_name": names, "customer_type": "person", **columns})
    return frame.assign(source_system="x", source_id=frame["customer_id"])


def test_fake_1000_without_birthdays(shared_data):
    # no canonical column holds the birthday, so a third of the pairs has too little in common: recall is bounded
    raw = pd.read_csv(shared_data / "splink" / "fake_1000.csv", dtype=str)
    names = (raw["first_name"].fillna("") + " " + raw["surname"].fillna("")).str.strip().replace("", None)
    customers = persons(names, raw["unique_id"].str.zfill(4), city=raw["city"], email=raw["email"])
    links = deduplicate(customers).links
    truth = dict(zip(raw["unique_id"].str.zfill(4), raw["cluster"], strict=True))
    result = evaluate(dict(zip(links["customer_id"], links["golden_id"], strict=True)), truth)
    assert result["pair_precision"] >= 0.99
    assert result["b3_f1"] >= 0.70


def test_febrl3(shared_data):
    raw = pd.read_csv(shared_data / "febrl" / "dataset3.csv", dtype=str, skipinitialspace=True)
    raw.columns = [name.strip() for name in raw.columns]
    names = (raw["given_name"].fillna("") + " " + raw["surname"].fillna("")).str.strip().replace("", None)
    address = raw["street_number"].fillna("") + " " + raw["address_1"].fillna("")
    links = deduplicate(persons(names, raw["rec_id"], city=raw["suburb"], address=address)).links
    truth = dict(zip(raw["rec_id"], raw["rec_id"].str.extract(r"rec-(\d+)-")[0], strict=True))
    result = evaluate(dict(zip(links["customer_id"], links["golden_id"], strict=True)), truth)
    assert result["pair_precision"] >= 0.99
    assert result["pair_f1"] >= 0.85


def test_18_000_persons_with_their_own_emails_stay_apart_and_take_seconds(shared_data):
    raw = pd.read_csv(shared_data / "adventureworks" / "AdventureWorks_Customers.csv", encoding="latin-1", dtype=str)
    names = raw["Prefix"].fillna("") + " " + raw["FirstName"] + " " + raw["LastName"]
    customers = persons(names, raw["CustomerKey"], email=raw["EmailAddress"])
    started = time.process_time()
    matched = deduplicate(clean_customers(customers).table)
    assert time.process_time() - started < 20
    report = match_report(matched.links, matched.review).iloc[0]
    assert report["records"] == len(raw)
    assert report["duplicates"] <= 10


@pytest.mark.slow
def test_50_000_persons_with_errors(shared_data):
    raw = pd.read_parquet(shared_data / "splink" / "historical_figures_with_errors_50k.parquet")
    names = (raw["first_name"].fillna("") + " " + raw["surname"].fillna("")).str.strip().replace("", None)
    customers = persons(names, raw["unique_id"], city=raw["birth_place"], address=raw["postcode_fake"])
    links = deduplicate(customers).links
    truth = dict(zip(raw["unique_id"], raw["cluster"], strict=True))
    result = evaluate(dict(zip(links["customer_id"], links["golden_id"], strict=True)), truth)
    assert result["pair_precision"] >= 0.98
