"""Segments of the plan's own: a name, and a condition over what an audit knows of a customer."""

from __future__ import annotations

from pydantic import Field

from custinsight.plan_source import Name, Part

COLUMNS: dict[str, str] = {
    "customer_type": "string",
    "industry": "string",
    "customer_group": "string",
    "region": "string",
    "city": "string",
    "country": "string",
    "owner_id": "string",
    "department": "string",
    "created_date": "date",
    "status": "string",
    "credit_limit": "float64",
    "payment_days": "float64",
    "source_channel": "string",
    "first_date": "date",
    "last_date": "date",
    "frequency": "float64",
    "monetary_value": "float64",
    "days_silent": "float64",
    "usual_gap_days": "float64",
    "tier": "string",
    "stage": "string",
    "r": "float64",
    "f": "float64",
    "m": "float64",
    "cell": "string",
    "spend": "float64",
    "profit": "float64",
    "clv": "float64",
    "probability": "float64",
}
"""What a condition may name: columns of the customer record; of the summary; tier, stage, RFM scores and cell; spend
and profit of the last active_days; the customer value and the probability of no purchase, where models give them."""


class OwnSegment(Part):
    """A segment of your own, such as ``region = '华东' and tier = 'A' and stage <> 'lost'``.

    A customer may be in several. A comparison with a missing value does not hold.
    """

    name: Name
    when: str = Field(min_length=1, max_length=2_000, description="what must be true of its customers")
    why: str = Field("", max_length=300, description="what it is for; shown in the report")
