"""What the plan says about churn: what a call costs, and how many of those who would leave it keeps."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from custinsight.plan_source import Part


class ChurnPlan(Part):
    """How churn is told and acted on."""

    customers: Literal["propose", "without_contract", "contract"] = Field(
        "propose", description="whether customers buy when they like or under a contract; else the data decide"
    )
    call_cost: float | None = Field(None, gt=0, description="cost of one call, in the base currency")
    save_rate: float = Field(
        0.1, gt=0, le=1, description="share of what is at stake that a call keeps where everything is still open"
    )
