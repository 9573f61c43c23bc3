"""What the plan says about the quality of the data: limits, rules of its own, and how gaps are filled."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from custinsight.plan_source import Name, Part, Share
from custinsight.tables import TABLES


class QualityLimits(Part):
    """Shares of rows that are not in order, above which a check warns or fails."""

    warn: Share
    fail: Share

    @model_validator(mode="after")
    def _in_order(self) -> QualityLimits:
        if self.warn > self.fail:
            raise ValueError(f"warn must not be above fail, got warn = {self.warn:g} and fail = {self.fail:g}")
        return self


def _limits(warn: float, fail: float) -> Any:
    return Field(
        QualityLimits(warn=warn, fail=fail), description="share of rows not in order above which it warns, fails"
    )


class Quality(Part):
    """What counts as good data: fields that have to be there, limits for each dimension, days until stale."""

    required: tuple[str, ...] = Field(
        (
            "customer_name",
            "customer_type",
            "industry",
            "region",
            "city",
            "address",
            "tax_id",
            "contact_name",
            "mobile",
            "phone",
            "email",
            "owner_id",
            "created_date",
        ),
        description="columns of customers that a record should have",
    )
    stale_days: int = Field(365, ge=1, description="a record not updated for more days than this is stale")
    completeness: QualityLimits = _limits(0.05, 0.20)
    validity: QualityLimits = _limits(0.02, 0.10)
    accuracy: QualityLimits = _limits(0.01, 0.05)
    uniqueness: QualityLimits = _limits(0.01, 0.05)
    consistency: QualityLimits = _limits(0.01, 0.05)
    timeliness: QualityLimits = _limits(0.20, 0.50)

    @field_validator("required")
    @classmethod
    def _known_columns(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        known = TABLES["customers"].names
        for name in given:
            if name not in known:
                raise ValueError(f"must be columns of customers ({', '.join(known)}), got {name!r}")
        return given


class OwnCheck(Part):
    """A rule of your own that the rows of a table must keep, such as ``amount_net >= 0 or doc_type = 'return'``."""

    name: Name
    table: str
    holds: str = Field(min_length=1, max_length=2_000, description="what must be true of each row")
    severity: Literal["warn", "fail"] = Field("warn", description="what the report says when it does not hold")
    dimension: Literal["completeness", "validity", "accuracy", "consistency", "timeliness"] = "consistency"
    allowed: Share = Field(0.0, description="share of rows that may break the rule")
    why: str = Field("", max_length=300, description="which results suffer, and how; shown in the report")
    responsible: Literal["owner", "steward"] = Field("steward", description="who has to put the rows right")

    @field_validator("table")
    @classmethod
    def _known_table(cls, table: str) -> str:
        if table not in TABLES:
            raise ValueError(f"must be one of {', '.join(TABLES)}")
        return table


Choice = Literal["majority", "newest", "trusted", "never"]


class Repairs(Part):
    """How a missing value is filled from other records of the same customer, column by column.

    ``majority`` takes what most of them say, ``newest`` what was updated last, ``trusted`` what the first of the
    trusted systems says; ``never`` leaves the column alone.
    """

    apply_from: Share = Field(0.95, description="repairs at least this certain are made; the others are proposed")
    trusted: tuple[str, ...] = Field((), description="source systems, the most trusted first")
    customer_type: Choice = "majority"
    industry: Choice = "majority"
    customer_group: Choice = "majority"
    region: Choice = "majority"
    city: Choice = "majority"
    address: Choice = "newest"
    country: Choice = "majority"
    tax_id: Choice = "majority"
    contact_name: Choice = "newest"
    mobile: Choice = "newest"
    phone: Choice = "newest"
    email: Choice = "newest"
    source_channel: Choice = "never"

    @model_validator(mode="after")
    def _trust_is_given(self) -> Repairs:
        column = next((name for name, choice in self.choices.items() if choice == "trusted"), None)
        if column and not self.trusted:
            raise ValueError(f'{column} = "trusted" needs the key trusted: your source systems, most trusted first')
        return self

    @property
    def choices(self) -> dict[str, str]:
        """Column to the way in which its missing values are filled."""
        return {name: getattr(self, name) for name in type(self).model_fields if name not in ("apply_from", "trusted")}
