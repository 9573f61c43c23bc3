import pandas as pd
import pytest

from custinsight.demo import DemoFiles
from custinsight.demo.codes import is_credit_code
from custinsight.demo.world import World, make_world


@pytest.fixture(scope="module")
def world() -> World:
    return make_world()


def test_about_eight_percent_of_the_erp_records_are_duplicates(identities: pd.DataFrame) -> None:
    erp = identities[identities["source_system"] != "CRM"]
    assert len(erp) == pytest.approx(3260, abs=5)
    assert 1 - erp["true_customer"].nunique() / len(erp) == pytest.approx(0.08, abs=0.005)


def test_numbers_are_unique_in_a_system_and_shared_between_systems(identities: pd.DataFrame) -> None:
    assert not identities.duplicated(["source_system", "source_id"]).any()
    numbers = identities.groupby("source_system")["source_id"].agg(set)
    assert len(numbers["ERP"] & numbers["US"]) > 400
    assert all(number.startswith("000") for number in sorted(numbers["ERP"])[:50])


def test_most_crm_records_describe_erp_customers(identities: pd.DataFrame) -> None:
    crm = identities[identities["source_system"] == "CRM"]
    assert len(crm) == 1200
    erp = set(identities.loc[identities["source_system"] != "CRM", "true_customer"])
    assert crm["true_customer"].isin(erp).mean() == pytest.approx(0.88, abs=0.01)
    roles = crm["role"].value_counts()
    assert roles["prospect"] == 144
    assert roles["contact"] == 96


def test_duplicates_share_a_number_or_the_name(world: World) -> None:
    main = world.records[world.records["role"] == "main"].set_index("customer")
    hard = 0
    duplicates = world.records[world.records["role"] == "duplicate"]
    for _, record in duplicates.iterrows():
        true = world.customers.loc[record["customer"]]
        has_phone = any(char.isdigit() for char in record["mobile"] + record["phone"])
        same_name = record["name"] == main.loc[record["customer"], "name"]
        same_code = record["tax_id"] != "" and is_credit_code(record["tax_id"])
        hard += not (has_phone or same_name or same_code or record["email"] == true["email"])
    assert hard < 0.06 * len(duplicates)


def test_name_variants_cover_every_kind(identities: pd.DataFrame) -> None:
    kinds = {"legal_form", "abbreviation", "full_width", "homophone", "lookalike", "traditional", "capitals", "keying"}
    assert kinds <= set(identities.loc[identities["role"] == "duplicate", "variant"])


def test_namesakes_are_other_customers_with_other_tax_numbers(world: World) -> None:
    people = world.customers.set_index("true_customer")
    namesakes = people[people["kind"] == "same_name"]
    assert len(namesakes) >= 10
    for _, namesake in namesakes.iterrows():
        original = people.loc[namesake["like"]]
        assert namesake["name"] == original["name"]
        assert namesake["city"] != original["city"]
        assert namesake["tax_id"] != original["tax_id"]


def test_branches_share_the_phone_but_not_the_tax_number(world: World) -> None:
    people = world.customers.set_index("true_customer")
    branches = people[people["kind"] == "branch"]
    assert len(branches) >= 10
    for _, branch in branches.iterrows():
        head = people.loc[branch["like"]]
        assert branch["name"].startswith(head["name"])
        assert branch["name"].endswith("分公司")
        assert branch["phone"] == head["phone"]
        assert branch["tax_id"] != head["tax_id"]


def test_all_true_tax_numbers_are_valid(world: World) -> None:
    chinese = world.customers[(world.customers["subsidiary"] == "CN") & (world.customers["tax_id"] != "")]
    assert chinese["tax_id"].map(is_credit_code).all()
    written = world.records.loc[(world.records["source_system"] == "ERP") & (world.records["tax_id"] != ""), "tax_id"]
    assert 0.005 < 1 - written.map(is_credit_code).mean() < 0.06


def test_mail_addresses_are_of_the_domain_kept_for_examples(world: World) -> None:
    for table in (world.records, world.contacts):
        emails = table.loc[table["email"] != "", "email"]
        assert emails.str.endswith(".example.com").all()


def test_companies_and_persons_of_two_languages(world: World) -> None:
    shares = world.customers.groupby(["subsidiary", "customer_type"]).size() / len(world.customers)
    assert shares.min() > 0.01
    assert shares["US"].sum() == pytest.approx(0.18)


def test_orders_are_booked_on_records_of_their_customer(world: World, demo: DemoFiles) -> None:
    lines = world.lines[world.lines["customer"] >= 0]
    key = lines["american"].map({True: "US", False: "ERP"}) + lines["record_id"]
    owner = dict(
        zip(world.records["source_system"] + world.records["source_id"], world.records["customer"], strict=True)
    )
    assert (key.map(owner) == lines["customer"]).all()
    used = set(key)
    duplicates = world.records[world.records["role"] == "duplicate"]
    assert (duplicates["source_system"] + duplicates["source_id"]).isin(used).mean() > 0.3
