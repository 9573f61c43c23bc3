"""Customers with duplicates whose truth is known."""

import pandas as pd
import pytest

from custinsight.clean import clean_customers
from custinsight.demo.world import make_world


def demo_customers(n: int, seed: int) -> tuple[pd.DataFrame, dict[str, str]]:
    """Make the demo company's customer records, not soiled, and which true customer each is."""
    world = make_world(customers=n, seed=seed)
    records = pd.concat([world.records, world.contacts], ignore_index=True)
    customers = pd.DataFrame(
        {
            "customer_id": records["source_system"] + ":" + records["source_id"],
            "customer_name": records["name"],
            "parent_id": ("CRM:" + records["parent_id"]).where(records["parent_id"].fillna("") != ""),
            "customer_type": records["customer_type"],
            "city": records["city"],
            "address": records["address"],
            "country": records["source_system"].map({"ERP": "CN", "US": "US"}),
            "tax_id": records["tax_id"],
            "contact_name": records["contact"],
            "mobile": records["mobile"],
            "phone": records["phone"],
            "email": records["email"],
            "owner_id": records["owner_id"],
            "created_date": records["created_date"],
            "source_system": records["source_system"],
            "source_id": records["source_id"],
            "updated_at": records["updated_at"],
        }
    ).replace({"": None})
    return customers, dict(zip(customers["customer_id"], records["true_customer"], strict=True))


@pytest.fixture(scope="session")
def demo():
    """About 900 records of 640 customers, and the truth."""
    return demo_customers(600, seed=7)


@pytest.fixture
def few():
    """About 60 records of 40 customers."""
    return demo_customers(40, seed=5)[0]


@pytest.fixture(scope="session")
def cleaned(demo):
    return clean_customers(demo[0]).table
