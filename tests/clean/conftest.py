"""Customers as an export gives them."""

import pandas as pd
import pytest


@pytest.fixture
def dirty() -> pd.DataFrame:
    """Four records with faults of every kind, one that is no customer and one that comes twice."""
    return pd.DataFrame(
        {
            "customer_id": ["C1", "C2", "C3", "C4", "C5", "C5"],
            "customer_name": ["華東貿易（上海）有限公司", " ACME　Trading Co., Ltd.", "张\u200b三", "NA", "--", "--"],
            "customer_type": ["company", "company", "person", None, None, None],
            "mobile": ["１３９１２３４５６７８", None, "li.na@example.com", "无", None, None],
            "phone": ["010-62345678转801", "(415) 555-2671", None, "123", None, None],
            "email": ["Li.Na@Example.com", None, "13812345678", "li@", None, None],
            "tax_id": ["９１１１００００８０２１００４３３b", "00-1234567", None, "911100008021004330", None, None],
            "contact_name": ["李 娜", "Ann Lee", None, None, None, None],
            "city": ["上海　市", "Phoenix, AZ", "N/A", "", None, None],
            "country": ["中国", "USA", None, None, None, None],
            "created_date": pd.to_datetime(["2022-01-01"] * 6),
            "source_system": ["ERP", "US", "ERP", "CRM", "ERP", "ERP"],
            "source_id": ["1", "1", "2", "1", "9", "9"],
            "updated_at": pd.to_datetime(["2023-01-01"] * 6),
        }
    )
